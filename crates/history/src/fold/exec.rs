//! The fold as a node of a physical plan: one partition in, one row of bytes out.
//!
//! The input must hand each customer's rows together and in time order, and all of a customer's rows in one partition.
//! Scans of the history do (files are clustered by customer, and a bucket is one file). A customer may still be cut by
//! the end of a batch, so the rows of the last customer of a batch are carried over to the next one.

use std::fmt;
use std::sync::{Arc, Mutex};

use arrow::array::{Array, AsArray, BinaryArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
    ReplaceChildrenOptions, SendableRecordBatchStream,
};
use futures::{StreamExt, TryStreamExt};

use super::{Block, Machine};
use crate::HistoryError;
use crate::audience::Audience;

/// How partial results come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As they are: the fold ran in this process.
    Handed,
    /// As bytes, as they will from another machine. Histories in memory, which tests use, always go this way, so that
    /// every machine is known to travel.
    Packed,
}

/// Wraps `input` in a fold and runs every partition of it on its own task; returns the merged result.
pub(crate) async fn fold_plan<M: Machine>(
    input: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    machine: M,
    way: Way,
    among: Option<Arc<Audience>>,
) -> Result<M::Partial, HistoryError> {
    let machine = Arc::new(machine);
    let typed = Arc::new(Typed { machine: machine.clone(), way, among, handed: Mutex::default() });
    let plan = Arc::new(FoldExec::new(input, typed.clone()));
    let partitions = plan.properties().output_partitioning().partition_count();
    let tasks: Vec<_> = (0..partitions)
        .map(|partition| {
            let stream = plan.execute(partition, context.clone())?;
            Ok(tokio::spawn(stream.try_collect::<Vec<_>>()))
        })
        .collect::<Result<_, HistoryError>>()?;
    let mut total = machine.start();
    for task in tasks {
        let batches = task.await.map_err(|error| HistoryError::internal(format!("a fold stopped: {error}")))??;
        for batch in &batches {
            for bytes in batch.column(0).as_binary::<i32>().iter().flatten() {
                let partial = match way {
                    Way::Handed => crate::history::lock(&typed.handed).pop(),
                    Way::Packed => {
                        Some(postcard::from_bytes(bytes).map_err(|error| HistoryError::internal(error.to_string()))?)
                    }
                };
                machine.merge(&mut total, partial.ok_or_else(|| HistoryError::internal("a partition gave no result"))?);
            }
        }
    }
    Ok(total)
}

/// A machine whose partial result is bytes, so that the plan node need not know its type.
#[async_trait::async_trait]
trait Opaque: Send + Sync {
    async fn fold(&self, input: SendableRecordBatchStream) -> Result<Vec<u8>, HistoryError>;
}

struct Typed<M: Machine> {
    machine: Arc<M>,
    way: Way,
    /// Whom the machine sees; everybody without it.
    among: Option<Arc<Audience>>,
    handed: Mutex<Vec<M::Partial>>,
}

#[async_trait::async_trait]
impl<M: Machine> Opaque for Typed<M> {
    async fn fold(&self, mut input: SendableRecordBatchStream) -> Result<Vec<u8>, HistoryError> {
        let mut partial = self.machine.start();
        let mut carried: Option<RecordBatch> = None;
        while let Some(batch) = input.next().await {
            let batch = batch?;
            if batch.num_rows() == 0 {
                continue;
            }
            carried = self.feed(&mut partial, carried, batch)?;
        }
        if let Some(rest) = carried {
            let block = Block::open(&rest)?;
            self.each_customer(&mut partial, &block, block.len());
        }
        if self.way == Way::Handed {
            crate::history::lock(&self.handed).push(partial);
            return Ok(Vec::new());
        }
        postcard::to_allocvec(&partial).map_err(|error| HistoryError::internal(error.to_string()))
    }
}

impl<M: Machine> Typed<M> {
    /// Folds every customer of `batch` but the last, who may go on in the next batch and is handed back.
    fn feed(
        &self,
        partial: &mut M::Partial,
        carried: Option<RecordBatch>,
        batch: RecordBatch,
    ) -> Result<Option<RecordBatch>, HistoryError> {
        let mut batch = batch;
        if let Some(before) = carried {
            // Only the first customer of the batch can be the carried one: join those rows alone, not the whole batch.
            let block = Block::open(&batch)?;
            let same = block.run(0..1).customer == Block::open(&before)?.run(0..1).customer;
            let cut = if same { block.end_of_customer(0) } else { 0 };
            let joined = concat_batches(&before.schema(), [&before, &batch.slice(0, cut)])?;
            if cut == batch.num_rows() {
                return Ok(Some(joined));
            }
            let block = Block::open(&joined)?;
            self.each_customer(partial, &block, block.len());
            batch = batch.slice(cut, batch.num_rows() - cut);
        }
        let block = Block::open(&batch)?;
        let last = block.start_of_last_customer();
        self.each_customer(partial, &block, last);
        Ok(Some(batch.slice(last, batch.num_rows() - last)))
    }

    fn each_customer(&self, partial: &mut M::Partial, block: &Block, end: usize) {
        let mut row = 0;
        while row < end {
            let next = block.end_of_customer(row);
            let run = block.run(row..next);
            if self.among.as_ref().is_none_or(|among| among.contains(run.customer)) {
                self.machine.customer(partial, &run);
            }
            row = next;
        }
    }
}

/// The plan node.
struct FoldExec {
    input: Arc<dyn ExecutionPlan>,
    machine: Arc<dyn Opaque>,
    properties: Arc<PlanProperties>,
}

impl FoldExec {
    fn new(input: Arc<dyn ExecutionPlan>, machine: Arc<dyn Opaque>) -> FoldExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(partial_schema()),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        FoldExec { input, machine, properties: Arc::new(properties) }
    }
}

fn partial_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("partial", DataType::Binary, false)]))
}

impl fmt::Debug for FoldExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FoldExec")
    }
}

impl DisplayAs for FoldExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FoldExec: whole customers in time order")
    }
}

impl ExecutionPlan for FoldExec {
    fn name(&self) -> &str {
        "FoldExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) if children.is_empty() => Ok(Arc::new(FoldExec::new(input, self.machine.clone()))),
            _ => Err(DataFusionError::Internal("FoldExec has one input".to_owned())),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let recompute = datafusion::physical_plan::ChildrenPropertiesMode::Recompute;
        self.replace_children(children, ReplaceChildrenOptions::new(recompute))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> EngineResult<TreeNodeRecursion>,
    ) -> EngineResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> EngineResult<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let machine = self.machine.clone();
        let output = futures::stream::once(async move {
            let bytes = machine.fold(input).await.map_err(|error| DataFusionError::External(Box::new(error)))?;
            let column = Arc::new(BinaryArray::from_vec(vec![&bytes])) as Arc<dyn Array>;
            Ok(RecordBatch::try_new(partial_schema(), vec![column])?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(partial_schema(), output)))
    }
}
