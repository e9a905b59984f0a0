//! The sample shop: *Online Retail* by D. Chen (2015), CC BY 4.0, carried inside the program. See `sample/README.md`.

use history::{ImportReport, Progress};

use crate::{App, Problem};

/// The file's name, under which its import is listed.
pub const SAMPLE_FILE: &str = "online_retail.parquet";

static SAMPLE: &[u8] = include_bytes!("../../../sample/online_retail.parquet");

impl App {
    /// Imports the sample shop.
    ///
    /// # Errors
    ///
    /// As [`App::import`]; nothing was changed then.
    pub async fn import_sample(
        &self,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<ImportReport, Problem> {
        let path = self.data().join(SAMPLE_FILE);
        std::fs::write(&path, SAMPLE).map_err(|error| {
            let full = error.kind() == std::io::ErrorKind::StorageFull;
            let message = format!("cannot write {}: {error}", path.display());
            let problem = Problem::invalid("no_folder", message, "choose another folder with --data");
            Problem { kind: if full { crate::Kind::Full } else { crate::Kind::Invalid }, ..problem }
        })?;
        let found = self.inspect(std::slice::from_ref(&path), None, None).await?;
        let report = self.import(found, progress).await;
        let _ = std::fs::remove_file(&path); // the history has it now, and the program carries another copy
        report
    }
}
