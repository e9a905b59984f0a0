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

    /// How many days an order keeps a customer active by the rule of this business; nothing before there are facts,
    /// and nothing where contracts decide.
    ///
    /// # Errors
    ///
    /// When the history cannot be read.
    pub async fn active_days(&self) -> Result<Option<u32>, Problem> {
        Ok(self.ground().await?.map(|ground| ground.window()).filter(|days| *days > 0))
    }
}
