//! The words of customer retention: days, periods, money, shares, estimates. No I/O, no clock.

mod calendar;
mod currency;
mod money;
mod period;
mod share;
mod zone;

pub use calendar::{Date, Grain, Instant, WeekStart};
pub use currency::Currency;
pub use money::Money;
pub use period::Period;
pub use share::{Estimate, Share};
pub use zone::Zone;

/// What is wrong with a word somebody wrote: a date, a period, a currency, a zone.
///
/// The text says what was found and what would have been understood, so that a surface can print it as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// Not a calendar date.
    #[error("'{0}' is not a date; write it as 2024-03-01")]
    Date(String),
    /// Not a period.
    #[error(
        "'{0}' is not a period; write 2024-03, 2024-Q1, 2024, 2024-W09 or 2024-01-01..2024-02-01 (the end is not included)"
    )]
    Period(String),
    /// A period that ends before it starts, or at once.
    #[error("the period '{0}' is empty: its end must be after its start")]
    EmptyPeriod(String),
    /// Not a grain.
    #[error("'{0}' is not a step of time; use day, week, month, quarter or year")]
    Grain(String),
    /// Not an ISO 4217 code.
    #[error("'{0}' is not a currency code; write three letters such as EUR")]
    Currency(String),
    /// Not an IANA zone.
    #[error("'{0}' is not a time zone; write a name such as Europe/Helsinki or UTC")]
    Zone(String),
}
