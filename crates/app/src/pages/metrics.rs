//! What the numbers mean: every card, and the rule in force.

use reports::pages::metrics::{MetricsPage, cards};

use super::settings::counted;
use crate::{App, Problem};

impl App {
    /// Every definition there is, with the rule by which customers are counted here.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read.
    pub async fn metrics_page(&self) -> Result<MetricsPage, Problem> {
        let ground = self.ground().await?;
        let chosen = self.chosen_rule(&self.snapshot().await?).await?.is_some();
        let by = ground.map(|ground| counted(&ground.found));
        Ok(MetricsPage { workspace: self.whose().await?, by, chosen, cards: cards() })
    }
}
