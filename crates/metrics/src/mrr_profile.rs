//! Definitions of recurring revenue, as data: where the tools of the trade disagree, and what each of them says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::MetricError;

/// When revenue that was cancelled is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChurnMoment {
    /// When the paid service ends.
    #[default]
    End,
    /// When the customer cancels, though service goes on.
    Cancel,
}

/// What a coupon does to revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coupons {
    /// It reduces it, as long as it lasts.
    Reduce,
    /// Nothing: the list price counts.
    Ignore,
}

/// What the share of customers lost is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoWhole {
    /// Customers when the period begins.
    Start,
    /// These and the new ones of the period.
    StartAndNew,
}

/// What a profile decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definitions {
    /// When revenue that was cancelled is gone.
    pub churn_moment: ChurnMoment,
    /// So many days after it was due an unpaid invoice ends the contract it bills; without it, only an end in the facts does.
    pub past_due_days: Option<u32>,
    /// What a coupon does.
    pub coupons: Coupons,
    /// What the share of customers lost is a share of.
    pub logo_whole: LogoWhole,
}

/// Whose definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MrrProfile {
    /// Ours.
    #[default]
    Regulars,
    /// As ChartMogul counts unless told otherwise.
    Chartmogul,
    /// As Stripe Billing counts unless told otherwise.
    Stripe,
    /// As ProfitWell counts.
    Profitwell,
    /// As Baremetrics counts.
    Baremetrics,
}

impl MrrProfile {
    /// Every profile.
    pub const ALL: [MrrProfile; 5] = [
        MrrProfile::Regulars,
        MrrProfile::Chartmogul,
        MrrProfile::Stripe,
        MrrProfile::Profitwell,
        MrrProfile::Baremetrics,
    ];

    /// Its name for programs.
    pub fn id(self) -> &'static str {
        match self {
            MrrProfile::Regulars => "regulars",
            MrrProfile::Chartmogul => "chartmogul",
            MrrProfile::Stripe => "stripe",
            MrrProfile::Profitwell => "profitwell",
            MrrProfile::Baremetrics => "baremetrics",
        }
    }

    /// What it decides.
    ///
    /// Sources: ChartMogul help, "Configuring Subscription Analytics settings" (churn when the subscription ends, the
    /// default); Stripe docs, "Billing metric definitions", and Stripe support, "Billing analytics" (past due counts,
    /// subscriber churn over customers at the start and new ones, coupons of finite length leave MRR alone); ProfitWell,
    /// "ProfitWell vs. Stripe" (MRR until the end of the billing cycle, discounts always subtracted; Stripe removes it
    /// at the cancellation). Baremetrics differs in the 30 days its rates look back, which the period of a question says.
    pub fn definitions(self) -> Definitions {
        let usual = Definitions {
            churn_moment: ChurnMoment::End,
            past_due_days: None,
            coupons: Coupons::Reduce,
            logo_whole: LogoWhole::Start,
        };
        match self {
            MrrProfile::Regulars => Definitions { past_due_days: Some(PAST_DUE_DAYS), ..usual },
            MrrProfile::Chartmogul | MrrProfile::Profitwell | MrrProfile::Baremetrics => usual,
            MrrProfile::Stripe => Definitions {
                churn_moment: ChurnMoment::Cancel,
                coupons: Coupons::Ignore,
                logo_whole: LogoWhole::StartAndNew,
                ..usual
            },
        }
    }

    /// What it would need to know and the facts do not say; nothing where they say all of it.
    pub fn cannot_know(self) -> Option<&'static str> {
        match self {
            MrrProfile::Regulars => None,
            MrrProfile::Chartmogul => Some(
                "settings of a ChartMogul account (churn recognition, past due, free plans) are taken at their defaults",
            ),
            MrrProfile::Stripe => Some(
                "Stripe lets coupons without an end reduce MRR: the facts do not say which have none, so all are added back; \
                 settings of a Stripe account are taken at their defaults",
            ),
            MrrProfile::Profitwell => Some(
                "ProfitWell adds recurring metered usage and ends customers after a dunning window of its own: \
                 the facts hold neither",
            ),
            MrrProfile::Baremetrics => {
                Some("Baremetrics looks 30 days back: ask for the period 30d to get the rates it shows")
            }
        }
    }
}

/// Days after which an unpaid invoice ends a contract in our own profile.
pub const PAST_DUE_DAYS: u32 = 30;

impl fmt::Display for MrrProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for MrrProfile {
    type Err = MetricError;

    fn from_str(text: &str) -> Result<MrrProfile, MetricError> {
        let known = MrrProfile::ALL.into_iter().find(|profile| profile.id() == text);
        known.ok_or_else(|| MetricError::UnknownProfile(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_as_they_are_written() {
        for profile in MrrProfile::ALL {
            assert_eq!(profile.to_string().parse::<MrrProfile>().unwrap(), profile);
        }
        assert_eq!("textbook".parse::<MrrProfile>().unwrap_err().code(), "unknown_profile");
    }
}
