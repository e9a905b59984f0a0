//! Retention of recurring revenue: of what was paid at the start, how much is still paid at the end.

use serde::{Deserialize, Serialize};
use terms::Share;

use crate::mrr_movements::{MrrMove, MrrRow};
use crate::mrr_profile::{LogoWhole, MrrProfile};
use crate::{Card, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "revenue-retention",
    title: "Revenue retention",
    question: "Of the recurring revenue we had, how much did we keep, and did those who stayed make up for those who left?",
    formula: "over customers who pay at the start: GRR = Σ min(MRR at the end, MRR at the start) / Σ MRR at the start; NRR = Σ MRR \
              at the end / Σ MRR at the start; gross churn = (churn + contraction) / start; net churn = (churn + contraction − \
              expansion − reactivation) / start, negative churn below 0; quick ratio = (new + expansion + reactivation) / \
              (contraction + churn); ARPA = MRR / customers, at the end; logo churn = customers lost / customers at the start",
    source: "ChartMogul help, \"MRR Churn Rate\" (reactivation counts against net churn, not for NRR); Stripe docs, \"Billing \
             metric definitions\"; quick ratio after Mamoon Hamid. Customers who changed currency are on neither side",
    unit: Unit::Money,
    example: "600 at the start of 6 customers; contraction 30, churn 60 of one customer, expansion 30, reactivation 30, new 90. \
              GRR 510/600 = 85 %, NRR 540/600 = 90 %, gross churn 15 %, net churn 30/600 = 5 %, \
              quick ratio 150/90 = 1.67, logo churn 1/6 = 16.7 %.",
};

/// An amount of an amount, both kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ratio {
    /// Minor units; below zero where more came than went.
    pub part_minor: i64,
    /// Minor units.
    pub whole_minor: i64,
}

impl Ratio {
    /// `part / whole`; unknown when there is no whole.
    pub fn rate(self) -> Option<f64> {
        (self.whole_minor > 0).then(|| self.part_minor as f64 / self.whole_minor as f64)
    }
}

/// Gains for each unit of losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuickRatio {
    /// Gains and losses, in minor units.
    Of(Ratio),
    /// Nothing was lost: no number says how much better than that it could be.
    NoLosses,
}

impl QuickRatio {
    /// The number, where there were losses.
    pub fn number(self) -> Option<f64> {
        match self {
            QuickRatio::Of(ratio) => ratio.rate(),
            QuickRatio::NoLosses => None,
        }
    }
}

impl MrrRow {
    /// What could be kept: the start without those who changed currency, whose end is in another unit.
    fn whole(&self) -> i64 {
        self.start.minor.saturating_sub(self.sums.of(MrrMove::FxOut).minor)
    }

    fn of_whole(&self, part_minor: i64) -> Ratio {
        Ratio { part_minor, whole_minor: self.whole() }
    }

    /// Net revenue retention.
    pub fn nrr(&self) -> Ratio {
        let kept = self.whole().saturating_sub(self.sums.lost_minor());
        self.of_whole(kept.saturating_add(self.sums.of(MrrMove::Expansion).minor))
    }

    /// Gross revenue retention: never above 1, never above net.
    pub fn grr(&self) -> Ratio {
        self.of_whole(self.whole().saturating_sub(self.sums.lost_minor()))
    }

    /// Gross revenue churn: 1 − GRR.
    pub fn gross_churn(&self) -> Ratio {
        self.of_whole(self.sums.lost_minor())
    }

    /// Net revenue churn. What comes back counts against it.
    pub fn net_churn(&self) -> Ratio {
        let back = self.sums.of(MrrMove::Expansion).minor.saturating_add(self.sums.of(MrrMove::Reactivation).minor);
        self.of_whole(self.sums.lost_minor().saturating_sub(back))
    }

    /// Whether those who stayed and came back brought more than was lost; unknown without a start.
    pub fn negative_churn(&self) -> Option<bool> {
        self.net_churn().rate().map(|rate| rate < 0.0)
    }

    /// Gains for each unit of losses.
    pub fn quick_ratio(&self) -> QuickRatio {
        match self.sums.lost_minor() {
            0 => QuickRatio::NoLosses,
            lost => QuickRatio::Of(Ratio { part_minor: self.sums.gained_minor(), whole_minor: lost }),
        }
    }

    /// Mean revenue of a customer at the end, in minor units; unknown without customers.
    pub fn arpa_minor(&self) -> Option<f64> {
        (self.end.customers > 0).then(|| self.end.minor as f64 / self.end.customers as f64)
    }

    /// Customers lost, of those there could be by the profile.
    pub fn logo_churn(&self, profile: MrrProfile) -> Share {
        let new = match profile.definitions().logo_whole {
            LogoWhole::Start => 0,
            LogoWhole::StartAndNew => {
                self.sums.of(MrrMove::New).customers + self.sums.of(MrrMove::Reactivation).customers
            }
        };
        Share { part: self.sums.of(MrrMove::Churn).customers, whole: self.start.customers + new }
    }
}
