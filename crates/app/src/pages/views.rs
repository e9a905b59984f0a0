//! Saved views of the list of customers: an address under a name.

use reports::pages::people::SavedView;

use super::PeopleQuery;
use crate::{App, Problem};

/// Parameters that are no part of a view: where somebody was in it, and what they had ticked.
const PASSING: [&str; 7] = ["page", "id", "all", "csrf", "lang", "view", "remove"];
/// The most parameters a view has.
const PAIRS_MAX: usize = 64;

impl App {
    /// The saved views, and which of them is shown.
    pub(super) async fn saved_views(&self, query: &PeopleQuery) -> Result<Vec<SavedView>, Problem> {
        let shown = PeopleQuery { page: 1, ..query.clone() };
        let rows = self.store().views().await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let pairs: Vec<(String, String)> = serde_json::from_str(&row.address).unwrap_or_default();
                let current = PeopleQuery::from_pairs(&pairs) == shown;
                SavedView { id: row.id, name: row.name, pairs, current }
            })
            .collect())
    }

    /// Saves the list at an address under a name; one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// `store-bad-value` when the name is empty or too long, or when there are 50 already.
    pub async fn save_view(&self, name: &str, pairs: &[(String, String)]) -> Result<Vec<(String, String)>, Problem> {
        let kept = pairs.iter().filter(|pair| !pair.1.is_empty() && !PASSING.contains(&pair.0.as_str()));
        let kept: Vec<(String, String)> = kept.take(PAIRS_MAX).cloned().collect();
        // Names are shown in one line, whatever was pasted.
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let address = serde_json::to_string(&kept).unwrap_or_default();
        self.store().save_view(&name, &address, self.now().0).await?;
        Ok(kept)
    }

    /// Takes a saved view away.
    ///
    /// # Errors
    ///
    /// `no_view` when there is none of that number.
    pub async fn remove_view(&self, id: i64) -> Result<(), Problem> {
        if self.store().remove_view(id).await? {
            return Ok(());
        }
        Err(Problem::not_found("no_view", "there is no such view", "it may have been removed already: see /customers"))
    }
}
