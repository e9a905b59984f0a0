//! A card: what every surface says of a metric. CLI help, API reference, page and glossary read the same one.

use serde::Serialize;

/// The words of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Its name for programs.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The question it answers, in a shopkeeper's words.
    pub question: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// What its figures are.
    pub unit: Unit,
    /// A case small enough to redo by hand.
    pub example: &'static str,
}

/// What the figures of a metric are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A part of a whole.
    Share,
    /// A number of customers.
    Customers,
    /// A number of orders for each customer.
    OrdersPerCustomer,
    /// Money in minor units.
    Money,
    /// Days.
    Days,
    /// Between 0 and 1, without being a part of anything.
    Index,
}
