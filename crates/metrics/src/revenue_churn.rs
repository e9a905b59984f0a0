//! Revenue churn: what was lost, why it was lost, and what is already known to go.

use serde::{Deserialize, Serialize};

use crate::{Card, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "revenue-churn",
    title: "Lost recurring revenue",
    question: "How much recurring revenue left, did customers choose that, and how much more has been cancelled already?",
    formula: "lost = Σ MRR at the start of customers with none at the end, by the reason their last contract ended for; \
              scheduled = Σ MRR at the end of contracts that are cancelled and still run",
    source: "voluntary and involuntary churn as in Stripe's cancellation_details.reason (cancellation_requested, \
             payment_failed, payment_disputed); a lost customer without a reason is of unknown class, not voluntary",
    unit: Unit::Money,
    example: "At the start Ana, Ben and Cem pay 10.00 each. Ana's payment fails for good, Ben switches to another tool; \
              Cem cancels and has paid for two more weeks. Lost 20.00: involuntary 10.00, voluntary 10.00; scheduled 10.00.",
};

/// Why revenue was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChurnClass {
    /// Nobody said.
    Unknown,
    /// The customer chose to.
    Voluntary,
    /// A payment never came, though nobody chose to leave.
    Involuntary,
    /// A payment was disputed.
    Dispute,
}

/// Words by which sources say that a payment never came.
const UNPAID: [&str; 10] = [
    "payment_fail",
    "failed_payment",
    "failed payment",
    "non_payment",
    "non-payment",
    "nonpayment",
    "unpaid",
    "past_due",
    "delinquen",
    "uncollectible",
];
/// The same of cards and retries.
const CARD_GONE: [&str; 6] =
    ["payment failed", "card_expired", "expired_card", "card_declined", "dunning", "involuntary"];
/// Words by which sources say that a payment was disputed.
const DISPUTED: [&str; 3] = ["disput", "chargeback", "fraud"];
/// Words that say nothing.
const NOTHING: [&str; 5] = ["", "unknown", "none", "n/a", "null"];

impl ChurnClass {
    /// Every class, in the order of pages.
    pub const ALL: [ChurnClass; 4] =
        [ChurnClass::Voluntary, ChurnClass::Involuntary, ChurnClass::Dispute, ChurnClass::Unknown];

    /// Its word for programs.
    pub fn word(self) -> &'static str {
        match self {
            ChurnClass::Unknown => "unknown",
            ChurnClass::Voluntary => "voluntary",
            ChurnClass::Involuntary => "involuntary",
            ChurnClass::Dispute => "dispute",
        }
    }

    /// Its place in counts.
    pub(crate) fn place(self) -> usize {
        ChurnClass::ALL.iter().position(|class| *class == self).unwrap_or(0)
    }

    /// The class of a change that ended revenue, by its reason: one about payments is involuntary, one about disputes a
    /// dispute, any other was chosen. A pause without a reason was chosen too; an end without one is of unknown class.
    pub(crate) fn of(kind: &str, reason: Option<&str>) -> ChurnClass {
        let reason = reason.unwrap_or_default().trim().to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
        match () {
            () if NOTHING.contains(&reason.as_str()) && kind == "pause" => ChurnClass::Voluntary,
            () if NOTHING.contains(&reason.as_str()) => ChurnClass::Unknown,
            () if says(&DISPUTED) => ChurnClass::Dispute,
            () if says(&UNPAID) || says(&CARD_GONE) => ChurnClass::Involuntary,
            () => ChurnClass::Voluntary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_decides() {
        for (kind, reason, class) in [
            ("end", Some("payment_failed"), ChurnClass::Involuntary),
            ("end", Some("Failed payment"), ChurnClass::Involuntary),
            ("end", Some("payment_disputed"), ChurnClass::Dispute),
            ("end", Some("cancellation_requested"), ChurnClass::Voluntary),
            ("cancel", Some("too_expensive"), ChurnClass::Voluntary),
            ("end", None, ChurnClass::Unknown),
            ("end", Some("Unknown"), ChurnClass::Unknown),
            ("pause", None, ChurnClass::Voluntary),
        ] {
            assert_eq!(ChurnClass::of(kind, reason), class, "{kind} {reason:?}");
        }
        assert!(ChurnClass::ALL.iter().enumerate().all(|(at, class)| class.place() == at));
    }
}
