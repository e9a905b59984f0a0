//! What each customer bought in a window: the rows under RFM, concentration and lists of people.

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Instant, Zone};

use crate::MetricError;
use crate::later_refunds::LaterRefunds;
use crate::money::{Excluded, Purse, Spend};
use crate::scope::{Horizon, Scope};

/// One customer with at least one order in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Buyer {
    pub customer: u32,
    /// Day of the first and of the last order in the window.
    pub first_day: i32,
    pub last_day: i32,
    pub last_at: i64,
    pub orders: u32,
    /// Paid for goods, and given back, in minor units.
    pub gross: i64,
    pub refunded: i64,
}

impl Buyer {
    /// What was spent.
    pub fn spend(&self, spend: Spend) -> i64 {
        match spend {
            Spend::Gross => self.gross,
            Spend::Net => self.gross.saturating_sub(self.refunded),
        }
    }
}

/// All buyers of a window, by customer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Buyers {
    pub list: Vec<Buyer>,
    pub excluded: Excluded,
}

/// Reads the buyers of the days from `from` (all without it) to the horizon.
///
/// Refunds are those given back in the window. A filter is a condition on orders, which refunds do not know: with one,
/// they are those of the orders it lets through, as known on the day of the question.
pub(crate) async fn buyers(
    snapshot: &Snapshot,
    scope: &Scope,
    horizon: &Horizon,
    from: Option<i32>,
    spend: Spend,
) -> Result<Buyers, MetricError> {
    let (from, to) = (from.unwrap_or(i32::MIN), horizon.as_of.0);
    let by_order = scope.filter.is_some() || spend == Spend::Gross;
    let purse = Purse::new(snapshot, AMOUNT, CURRENCY);
    let mut columns = vec!["at", "amount", "currency", "day", "refunded"];
    let later = match spend {
        Spend::Net if by_order => LaterRefunds::of(snapshot, scope, &mut columns).await?,
        _ => LaterRefunds::default(),
    };
    let scan = Scan::of("orders", &columns).with_filter(scope.filter.clone());
    let machine = BuyerMachine { from, to, purse: purse.clone(), by_order, later };
    let mut buyers = snapshot.fold(&scan, machine).await?;
    buyers.list.sort_unstable_by_key(|buyer| buyer.customer);
    if !by_order {
        let scan = Scan::of("refunds", &["at", "amount", "currency"]);
        let zone = snapshot.zone().clone();
        let refunds = snapshot.fold(&scan, RefundMachine { from, to, purse, zone }).await?;
        buyers.excluded.add(refunds.excluded);
        for (customer, refunded) in refunds.list {
            if let Ok(place) = buyers.list.binary_search_by_key(&customer, |buyer| buyer.customer) {
                buyers.list[place].refunded = refunded;
            }
        }
    }
    Ok(buyers)
}

struct BuyerMachine {
    from: i32,
    to: i32,
    purse: Purse,
    by_order: bool,
    later: LaterRefunds,
}

const AT: Slot = 0;
const AMOUNT: Slot = 1;
const CURRENCY: Slot = 2;
const DAY: Slot = 3;
const REFUNDED: Slot = 4;

impl Machine for BuyerMachine {
    type Partial = Buyers;

    fn start(&self) -> Buyers {
        Buyers::default()
    }

    fn customer(&self, partial: &mut Buyers, run: &Run<'_>) {
        let (days, at) = (run.i32(DAY), run.i64(AT));
        let inside = days.partition_point(|day| *day < self.from)..days.partition_point(|day| *day < self.to);
        let (Some(first_day), Some(last)) =
            (days.get(inside.start).filter(|_| !inside.is_empty()), inside.end.checked_sub(1))
        else {
            return;
        };
        let mut buyer = Buyer {
            customer: run.customer,
            first_day: *first_day,
            last_day: days[last],
            last_at: at.get(last).copied().unwrap_or_default(),
            orders: inside.len() as u32,
            gross: 0,
            refunded: 0,
        };
        for row in inside {
            if let Some(amount) = self.purse.amount(run, row, &mut partial.excluded) {
                buyer.gross = buyer.gross.saturating_add(amount);
                if self.by_order {
                    let back = run.i64(REFUNDED).get(row).copied().unwrap_or(0);
                    buyer.refunded = buyer.refunded.saturating_add(self.later.known(run, row, back));
                }
            }
        }
        partial.list.push(buyer);
    }

    fn merge(&self, into: &mut Buyers, other: Buyers) {
        into.list.extend(other.list);
        into.excluded.add(other.excluded);
    }
}

struct RefundMachine {
    from: i32,
    to: i32,
    purse: Purse,
    zone: Zone,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Refunds {
    list: Vec<(u32, i64)>,
    excluded: Excluded,
}

impl Machine for RefundMachine {
    type Partial = Refunds;

    fn start(&self) -> Refunds {
        Refunds::default()
    }

    fn customer(&self, partial: &mut Refunds, run: &Run<'_>) {
        let mut refunded = 0i64;
        for (row, at) in run.i64(AT).iter().enumerate() {
            let day = self.zone.date(Instant(*at)).0;
            if self.from <= day
                && day < self.to
                && let Some(amount) = self.purse.amount(run, row, &mut partial.excluded)
            {
                refunded = refunded.saturating_add(amount);
            }
        }
        partial.list.push((run.customer, refunded));
    }

    fn merge(&self, into: &mut Refunds, other: Refunds) {
        into.list.extend(other.list);
        into.excluded.add(other.excluded);
    }
}
