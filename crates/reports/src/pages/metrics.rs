//! What the numbers mean: every metric's card, and the rule by which customers are counted here.

use serde::{Deserialize, Serialize};

use super::Workspace;
use super::settings::Counted;

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricsPage {
    /// Whose numbers.
    pub workspace: Workspace,
    /// Who is a customer here; nothing while there are no facts.
    pub by: Option<Counted>,
    /// Whether somebody chose that; otherwise it follows from the facts.
    pub chosen: bool,
    /// Every card there is, in the order of the documentation.
    pub cards: Vec<Card>,
}

/// A metric's card. Its words are those of programs, in English; pages have their own for every language by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its name for programs.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The question it answers.
    pub question: String,
    /// How it is computed.
    pub formula: String,
    /// Where the definition comes from.
    pub source: String,
    /// The word of what its figures are: `share`, `customers`, `money`, ...
    pub unit: String,
    /// A case small enough to redo by hand.
    pub example: String,
}

/// Every card there is.
pub fn cards() -> Vec<Card> {
    let unit = |unit: &metrics::Unit| serde_json::to_value(unit).ok().and_then(|word| word.as_str().map(str::to_owned));
    metrics::ALL
        .iter()
        .map(|card| Card {
            id: card.id.to_owned(),
            title: card.title.to_owned(),
            question: card.question.to_owned(),
            formula: card.formula.to_owned(),
            source: card.source.to_owned(),
            unit: unit(&card.unit).unwrap_or_default(),
            example: card.example.to_owned(),
        })
        .collect()
}
