//! What a run is asked for.

use serde::Serialize;
use terms::{Currency, Date, Zone};

/// How much to simulate, from which seed, and how untidy the files are to be.
#[derive(Debug, Clone, Serialize)]
pub struct Settings {
    /// How many customers sign up. Customer 7 lives the same life however many others there are.
    pub customers: u32,
    /// Every other seed is another world.
    #[serde(serialize_with = "as_text")]
    pub seed: u64,
    /// The first day.
    pub start: Date,
    /// How many days the history covers.
    pub days: u32,
    /// The business's zone: its days are the days of the run.
    #[serde(serialize_with = "by_name")]
    pub zone: Zone,
    /// What prices are in.
    pub currency: Currency,
    /// A second currency that some customers pay in.
    pub other_currency: Option<OtherCurrency>,
    /// Share of facts that are written twice, with the same identifier.
    pub duplicates: f64,
    /// Share of facts that are left out of the files and delivered in files of their own, under `late/`.
    pub late: f64,
}

/// A second currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OtherCurrency {
    /// Which.
    pub currency: Currency,
    /// Share of customers who pay in it.
    pub share: f64,
    /// Its units for one unit of the first currency; prices are converted once and for all.
    pub rate: f64,
}

/// Settings that make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No days, or more than a century.
    #[error("a run of {0} days: between 1 and 36,525 are possible")]
    Days(u32),
    /// Not a share.
    #[error("{what} must be a share from 0 to 1, not {found}")]
    Share {
        /// Of what.
        what: &'static str,
        /// What was found.
        found: String,
    },
    /// A rate that is no rate.
    #[error("the rate of the second currency must be above 0, not {0}")]
    Rate(String),
}

impl Settings {
    /// Three years from 2022-01-01, in one currency, with tidy files.
    pub fn new(customers: u32, seed: u64, zone: Zone, currency: Currency) -> Settings {
        let start = Date(18_993); // 2022-01-01
        let (duplicates, late) = (0.0, 0.0);
        Settings { customers, seed, start, days: 1_095, zone, currency, other_currency: None, duplicates, late }
    }

    /// Whether a run can be made of them.
    pub(crate) fn checked(self) -> Result<Settings, SettingsError> {
        if !(1..=36_525).contains(&self.days) {
            return Err(SettingsError::Days(self.days));
        }
        let other = self.other_currency.map_or(0.0, |other| other.share);
        let shares = [("duplicates", self.duplicates), ("late facts", self.late), ("the second currency", other)];
        if let Some((what, found)) = shares.into_iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            return Err(SettingsError::Share { what, found: found.to_string() });
        }
        match self.other_currency {
            Some(other) if !(other.rate > 0.0 && other.rate.is_finite()) => {
                Err(SettingsError::Rate(other.rate.to_string()))
            }
            _ => Ok(self),
        }
    }
}

fn by_name<S: serde::Serializer>(zone: &Zone, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(zone.name())
}

/// TOML's numbers end at 2⁶³.
fn as_text<S: serde::Serializer>(seed: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(seed)
}
