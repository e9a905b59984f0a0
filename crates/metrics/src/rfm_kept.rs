//! RFM groups of one date, and who of each was a customer at a later one: whether a group holds.

use std::collections::HashSet;

use history::Snapshot;
use serde::{Deserialize, Serialize};
use terms::{Date, Share};

use crate::people::active;
use crate::rfm::{RfmAsk, RfmCustomer, rfm_customers};
use crate::{Activity, Group, MetricError, Scope};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RfmKeptAsk {
    /// The groups, as of the earlier date.
    pub groups: RfmAsk,
    /// Who is a customer at the later date; the business's own rule without it.
    pub activity: Option<Activity>,
    /// The morning on which they are looked for again.
    pub until: Date,
}

/// For each group of the grid, best first: of those in it at the earlier date, how many were active at the later one.
///
/// # Errors
///
/// As [`rfm`](crate::rfm::rfm), and those of the activity rule.
pub async fn rfm_kept(snapshot: &Snapshot, ask: &RfmKeptAsk) -> Result<Vec<(&'static Group, Share)>, MetricError> {
    let mut shares: Vec<(&'static Group, Share)> =
        ask.groups.preset.groups().iter().map(|group| (group, Share::default())).collect();
    for (customer, kept) in both(snapshot, ask).await? {
        if let Some((_, share)) = shares.iter_mut().find(|(group, _)| *group == customer.group) {
            share.whole += 1;
            share.part += u64::from(kept);
        }
    }
    Ok(shares)
}

/// Every customer of the earlier date, with whether each was active at the later one.
pub(crate) async fn both(snapshot: &Snapshot, ask: &RfmKeptAsk) -> Result<Vec<(RfmCustomer, bool)>, MetricError> {
    let scored = rfm_customers(snapshot, &ask.groups).await?;
    let scope = Scope { as_of: Some(ask.until), ..ask.groups.scope.clone() };
    let active: HashSet<u32> = active(snapshot, ask.activity.as_ref(), &scope).await?.into_iter().collect();
    Ok(scored.customers.into_iter().map(|customer| (customer, active.contains(&customer.customer))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, orders};

    #[test]
    fn worked_example() {
        let shop = orders(
            "ana 2024-01-01 10\nana 2024-01-20 10\nana 2024-01-30 30\nben 2024-01-29 5\ncem 2024-01-02 5\n\
             ana 2024-02-20 5\ncem 2024-02-28 5\ndia 2024-02-10 5",
        );
        // On 1 February Ana (three orders, the last a day ago) is a champion, Ben (one, two days ago) drifts away, Cem
        // (one, 29 days ago) sleeps. On 1 March Ana and Cem have ordered within 20 days, Ben has not; Dia was in no group.
        let groups = RfmAsk { bins: Some(3), scope: Scope::as_of(date("2024-02-01")), ..RfmAsk::default() };
        let activity = Some(Activity::Purchase { window_days: Some(20) });
        let ask = RfmKeptAsk { groups, activity, until: date("2024-03-01") };
        let found = answer(rfm_kept(&shop, &ask)).unwrap();
        let some: Vec<(&str, u64, u64)> = found
            .iter()
            .filter(|(_, share)| share.whole > 0)
            .map(|(group, share)| (group.id, share.part, share.whole))
            .collect();
        assert_eq!(found.len(), 10);
        assert_eq!(some, [("champions", 1, 1), ("about_to_sleep", 0, 1), ("hibernating", 1, 1)]);
    }
}
