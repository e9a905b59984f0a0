//! Whose pages these are, for those that show no numbers: definitions, errors, the first page.

use reports::pages::Workspace;

use crate::{App, Problem};

impl App {
    /// Whose pages these are.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn whose(&self) -> Result<Workspace, Problem> {
        let (settings, imports, _) = self.about().await?;
        self.workspace(&settings, &imports, self.snapshot().await?.currency())
    }
}
