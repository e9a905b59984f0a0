//! The query engine around the files: one for SQL, one for folds, and scans that are plain Parquet scans.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use object_store::local::LocalFileSystem;
use store::FileRow;

use crate::HistoryError;
use crate::history::blocking;
use crate::intact::Intact;

/// Where history files are found by plans; the folder behind it is the installation's.
const FILES: &str = "history://files/";
/// Rows of a batch handed to a fold. Larger than the engine's default: a fold has nothing to pipeline.
const FOLD_ROWS: usize = 64 << 10;

/// The engine of one installation; cheap to clone. Decoded file footers are cached across queries.
#[derive(Clone)]
pub(crate) struct Engine {
    folds: SessionContext,
    config: SessionConfig,
}

impl Engine {
    /// An engine over the files in `folder`.
    pub(crate) fn new(folder: Option<&Path>, threads: usize) -> Result<Engine, HistoryError> {
        let config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_information_schema(true)
            .with_collect_statistics(false)
            .set_bool("datafusion.execution.parquet.pushdown_filters", true)
            .set_bool("datafusion.execution.parquet.reorder_filters", true)
            .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
            .set_bool("datafusion.optimizer.repartition_file_scans", false);
        // A fold needs whole customers in one partition: nothing may deal rows around.
        let fold_config = config
            .clone()
            .with_batch_size(FOLD_ROWS)
            .with_round_robin_repartition(false)
            .set_bool("datafusion.execution.parquet.reorder_filters", false);
        let folds = SessionContext::new_with_config(fold_config);
        if let Some(folder) = folder {
            let files = LocalFileSystem::new_with_prefix(folder)
                .map_err(|error| HistoryError::file("open", folder, std::io::Error::other(error)))?;
            let url = ObjectStoreUrl::parse(FILES)?;
            folds.register_object_store(url.as_ref(), Arc::new(files));
        }
        Ok(Engine { folds, config })
    }

    /// The context for folds.
    pub(crate) fn folds(&self) -> &SessionContext {
        &self.folds
    }

    /// A context for SQL over these tables.
    pub(crate) fn sql(&self, tables: &HashMap<String, Source>) -> Result<SessionContext, HistoryError> {
        let context = SessionContext::new_with_config_rt(self.config.clone(), self.folds.runtime_env());
        for (name, source) in tables {
            context.register_table(name.as_str(), source.provider())?;
        }
        Ok(context)
    }
}

/// The rows of one table: files, or memory in tests.
#[derive(Clone)]
pub(crate) enum Source {
    Files(Arc<FileTable>),
    Memory(Arc<MemTable>),
}

impl Source {
    /// A table of files.
    pub(crate) fn files(schema: SchemaRef, files: Vec<FileRow>, intact: Intact) -> Source {
        Source::Files(Arc::new(FileTable { schema, files, intact }))
    }

    /// A table in memory: one list of batches per bucket.
    pub(crate) fn memory(schema: SchemaRef, buckets: Vec<Vec<RecordBatch>>) -> Result<Source, HistoryError> {
        Ok(Source::Memory(Arc::new(MemTable::try_new(schema, buckets)?)))
    }

    pub(crate) fn provider(&self) -> Arc<dyn TableProvider> {
        match self {
            Source::Files(table) => table.clone(),
            Source::Memory(table) => table.clone(),
        }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        self.provider().schema()
    }

    /// The table restricted to one bucket's files: a look-up of one customer opens nothing else.
    pub(crate) fn bucket(&self, bucket: u32) -> Source {
        match self {
            Source::Files(table) => {
                let files = table.files.iter().filter(|file| file.bucket == bucket as i32).cloned().collect();
                Source::files(table.schema.clone(), files, table.intact.clone())
            }
            Source::Memory(_) => self.clone(),
        }
    }
}

/// A table of live history files.
pub(crate) struct FileTable {
    schema: SchemaRef,
    files: Vec<FileRow>,
    intact: Intact,
}

impl FileTable {
    /// A number from a damaged file would be wrong without a word: nothing is planned over one.
    async fn check(&self) -> Result<(), HistoryError> {
        if self.intact.knows(&self.files) {
            return Ok(());
        }
        let (intact, files) = (self.intact.clone(), self.files.clone());
        blocking(move || intact.check(&files)).await
    }
}

impl fmt::Debug for FileTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileTable({} files)", self.files.len())
    }
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// A stock Parquet scan, so that it can travel to workers; whole files per partition, so that a customer never
    /// meets two of them.
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        self.check().await.map_err(|error| DataFusionError::External(Box::new(error)))?;
        let url = ObjectStoreUrl::parse(FILES)?;
        let runtime = state.runtime_env();
        let footers = runtime.cache_manager.get_file_metadata_cache();
        let reader = CachedParquetFileReaderFactory::new(runtime.object_store(&url)?, footers);
        let options = &state.config_options().execution.parquet;
        let source = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(TableParquetOptions { global: options.clone(), ..Default::default() })
            .with_parquet_file_reader_factory(Arc::new(reader));
        let groups = deal(&self.files, state.config().target_partitions());
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Deals files to partitions, the largest first to the emptiest, always the same way.
fn deal(files: &[FileRow], partitions: usize) -> Vec<FileGroup> {
    let mut order: Vec<&FileRow> = files.iter().collect();
    order.sort_by(|a, b| (b.bytes, &a.path).cmp(&(a.bytes, &b.path)));
    let mut groups: Vec<(i64, Vec<PartitionedFile>)> = vec![(0, Vec::new()); partitions.clamp(1, files.len().max(1))];
    for file in order {
        if let Some(group) = groups.iter_mut().min_by_key(|group| group.0) {
            group.0 += file.bytes;
            group.1.push(PartitionedFile::new(file.path.clone(), file.bytes as u64));
        }
    }
    groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
}
