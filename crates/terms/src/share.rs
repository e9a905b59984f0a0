//! A share keeps both its counts; an estimate keeps its interval.

use serde::{Deserialize, Serialize};

/// `part` of `whole`. The percentage is made where it is shown.
///
/// ```
/// use terms::Share;
/// assert_eq!(Share { part: 1, whole: 4 }.rate(), Some(0.25));
/// assert_eq!(Share { part: 0, whole: 0 }.rate(), None); // nobody to ask: unknown, not zero
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Share {
    /// How many of the whole.
    pub part: u64,
    /// How many there are.
    pub whole: u64,
}

impl Share {
    /// `part / whole`, or nothing when the whole is empty.
    pub fn rate(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 / self.whole as f64)
    }

    /// The other part of the same whole.
    pub fn rest(self) -> Share {
        Share { part: self.whole.saturating_sub(self.part), whole: self.whole }
    }
}

/// A value with the interval that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}
