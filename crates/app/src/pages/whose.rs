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
        let snapshot = self.snapshot().await?;
        let contracts = snapshot.has("subscription_changes");
        Ok(Workspace { contracts, ..self.workspace(&settings, &imports, snapshot.currency())? })
    }
}
