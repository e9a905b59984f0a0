//! Sets of customers.

use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use crate::HistoryError;

/// Sets of customers by name, for conditions such as `segment('vip')`.
///
/// The history knows no rules of who belongs: whoever asks it brings them.
#[async_trait::async_trait]
pub trait Audiences: Send + Sync {
    /// The set of that name.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Query`] when there is none, with those there are.
    async fn audience(&self, name: &str) -> Result<Arc<Audience>, HistoryError>;
}

/// A set of customers of one version of the history, by their dense keys.
///
/// Useful for whatever isolates people: a segment, the customers behind a number. Keys mean nothing in another version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Audience(RoaringBitmap);

impl Audience {
    /// Whether a customer is in it.
    pub fn contains(&self, customer: u32) -> bool {
        self.0.contains(customer)
    }

    /// Adds a customer.
    pub fn insert(&mut self, customer: u32) {
        self.0.insert(customer);
    }

    /// How many customers.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys, rising.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter()
    }

    /// Adds everybody of another set.
    pub fn add(&mut self, other: &Audience) {
        self.0 |= &other.0;
    }

    /// Keeps those who are in another set as well.
    pub fn keep(&mut self, other: &Audience) {
        self.0 &= &other.0;
    }

    /// Takes out everybody of another set.
    pub fn leave_out(&mut self, other: &Audience) {
        self.0 -= &other.0;
    }
}

impl FromIterator<u32> for Audience {
    fn from_iter<I: IntoIterator<Item = u32>>(keys: I) -> Audience {
        Audience(keys.into_iter().collect())
    }
}
