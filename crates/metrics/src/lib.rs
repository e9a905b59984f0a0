//! One file a metric: card, fold, function, worked example. Metrics read the history and never write it; they know no
//! clock, and answer with counts and sums, never with a bare percentage.
//!
//! Every question carries a [`Scope`] (as of when, about which facts) and every rate both its counts. What is unknown
//! stays unknown: an empty whole has no rate.

pub mod active_customers;
mod activity;
pub mod average_order_value;
mod buyers;
mod card;
pub mod cohort_difference;
pub mod cohorts;
pub mod concentration;
mod contract_levels;
pub mod customer_retention;
pub mod doing;
mod error;
pub mod event_retention;
mod first_day;
pub mod friction;
pub mod funnel;
mod groups_of;
mod later_refunds;
pub mod lifecycle;
mod money;
pub mod mrr_movements;
pub mod mrr_people;
mod mrr_profile;
mod names;
mod order_counts;
pub mod overdue;
pub mod paths;
pub mod people;
pub mod purchase_frequency;
pub mod reconcile;
pub mod repeat_purchase_rate;
pub mod retention_change;
pub mod retention_flow;
pub mod retention_series;
pub mod returning_order_share;
pub mod revenue;
pub mod revenue_change;
pub mod revenue_churn;
pub mod revenue_cohorts;
pub mod revenue_retention;
pub mod rfm;
mod rfm_grid;
pub mod rfm_kept;
mod scope;
pub mod sessions;
mod span;
pub mod standings;
pub mod stayed_did;
mod steps_of;
pub mod stickiness;
pub mod survival;
#[cfg(test)]
mod testing;
pub mod time_between_orders;
mod words;

pub use activity::{Activity, ActivityRule, WINDOW_MIN_DAYS, Window, WindowBasis};
pub use card::{Card, Unit};
pub use doing::{Doing, Facts};
pub use error::MetricError;
pub use first_day::first_known_day;
pub use groups_of::ChangeGroup;
pub use money::{Excluded, Spend};
pub use mrr_profile::{ChurnMoment, Coupons, Definitions, LogoWhole, MrrProfile, PAST_DUE_DAYS};
pub use order_counts::{OrderCounts, OrdersAsk};
pub use rfm_grid::{Family, Group, Preset};
pub use scope::Scope;
pub use span::Span;
pub use words::customers_by_word;

/// Every metric there is, in the order of the documentation.
pub const ALL: &[&Card] = &[
    &customer_retention::CARD,
    &retention_series::CARD,
    &retention_change::CARD,
    &retention_flow::CARD,
    &active_customers::CARD,
    &repeat_purchase_rate::CARD,
    &returning_order_share::CARD,
    &purchase_frequency::CARD,
    &time_between_orders::CARD,
    &average_order_value::CARD,
    &revenue::CARD,
    &revenue_change::CARD,
    &cohorts::CARD,
    &lifecycle::CARD,
    &stickiness::CARD,
    &survival::CARD,
    &event_retention::CARD,
    &funnel::CARD,
    &sessions::CARD,
    &paths::CARD,
    &friction::CARD,
    &stayed_did::CARD,
    &cohort_difference::CARD,
    &rfm::CARD,
    &concentration::CARD,
    &overdue::CARD,
    &mrr_movements::CARD,
    &revenue_retention::CARD,
    &revenue_churn::CARD,
    &revenue_cohorts::CARD,
];

/// The card of that id.
pub fn card(id: &str) -> Option<&'static Card> {
    ALL.iter().copied().find(|card| card.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_is_whole_and_known_by_its_id() {
        for one in ALL {
            assert_eq!(card(one.id), Some(*one));
            assert!(one.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", one.id);
            assert!(one.question.ends_with('?'), "{}", one.id);
            for text in [one.title, one.formula, one.source, one.example] {
                assert!(!text.is_empty() && !text.contains("  "), "{}: {text}", one.id);
            }
        }
        assert_eq!(card("nonsense"), None);
    }
}
