//! Revenue: what orders brought, what went back, and who brought it.

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Grain, Instant, Period, Zone};

use crate::later_refunds::LaterRefunds;
use crate::money::{Excluded, Purse};
use crate::scope::{Horizon, Scope, Steps, Timeline, check_steps};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "revenue",
    title: "Revenue",
    question: "What do our customers bring, and is it new or returning customers?",
    formula: "gross = Σ paid for goods; net = gross − Σ given back; new customers placed their first order in the period",
    source: "gross sales, returns and net sales as in retail accounting",
    unit: Unit::Money,
    example: "In January Ana orders for 10.00 and 20.00, her first ever; in February for 5.00, and returns the 20.00. \
              January: gross 30.00, net 30.00, 1 new customer. February: gross 5.00, refunds 20.00, net −15.00, \
              1 returning customer.",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RevenueAsk {
    /// Only these days; all without it.
    pub period: Option<Period>,
    /// A row for each step; one row for everything without it.
    pub grain: Option<Grain>,
    /// As of when, and about which orders.
    pub scope: Scope,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueRow {
    /// The days.
    pub period: Period,
    /// Whether they are over.
    pub complete: bool,
    /// The sums.
    #[serde(flatten)]
    pub sums: RevenueSums,
}

/// What is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RevenueSums {
    /// Orders placed.
    pub orders: u64,
    /// Customers who placed them.
    pub customers: u64,
    /// Of these, customers whose first order is among them.
    pub new_customers: u64,
    /// Customers who had ordered before.
    pub returning_customers: u64,
    /// Paid for goods, in minor units.
    pub gross_minor: i64,
    /// Of that, by new customers.
    pub gross_new_minor: i64,
    /// Given back, in minor units.
    pub refunds_minor: i64,
    /// Orders and refunds left out of the sums of money (not of the counts).
    pub excluded: Excluded,
}

impl RevenueSums {
    /// Gross less refunds.
    pub fn net_minor(self) -> i64 {
        self.gross_minor.saturating_sub(self.refunds_minor)
    }

    /// Gross by customers who had ordered before.
    pub fn gross_returning_minor(self) -> i64 {
        self.gross_minor.saturating_sub(self.gross_new_minor)
    }

    fn add(&mut self, other: RevenueSums) {
        self.orders += other.orders;
        self.customers += other.customers;
        self.new_customers += other.new_customers;
        self.returning_customers += other.returning_customers;
        self.gross_minor = self.gross_minor.saturating_add(other.gross_minor);
        self.gross_new_minor = self.gross_new_minor.saturating_add(other.gross_new_minor);
        self.refunds_minor = self.refunds_minor.saturating_add(other.refunds_minor);
        self.excluded.add(other.excluded);
    }
}

/// Which day a refund counts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundDay {
    /// The day it was given back.
    Refund,
    /// The day of the order it belongs to, as far as it was known on the day of the question. Only so can refunds follow a filter on orders.
    Order,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revenue {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// Which day refunds count on.
    pub refund_day: RefundDay,
    /// The rows, by time, without a gap.
    pub rows: Vec<RevenueRow>,
}

/// Revenue of a period, or of each of its steps.
///
/// ```text
/// gross = Σ amount of orders        net = gross − Σ refunds
/// ```
///
/// A customer is new in the step of the first order (the first one the filter lets through). Refunds count on the day
/// they were given back; with a filter, which is a condition on orders, on the day of their order.
///
/// # Errors
///
/// When there would be more than 20,000 rows.
pub async fn revenue(snapshot: &Snapshot, ask: &RevenueAsk) -> Result<Revenue, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let steps = Steps::new(ask.grain, snapshot.week(), ask.period, &horizon);
    let refund_day = if ask.scope.filter.is_some() { RefundDay::Order } else { RefundDay::Refund };
    let with_refunds = refund_day == RefundDay::Order;
    let mut columns = vec!["day", "amount", "currency", "refunded"];
    let later = match refund_day {
        RefundDay::Order => LaterRefunds::of(snapshot, &ask.scope, &mut columns).await?,
        RefundDay::Refund => LaterRefunds::default(),
    };
    let scan = Scan::of("orders", &columns).with_filter(ask.scope.filter.clone());
    let purse = Purse::new(snapshot, AMOUNT, CURRENCY);
    let machine = OrderMachine { steps: steps.clone(), purse: purse.clone(), with_refunds, later };
    let mut sums = snapshot.fold(&scan, machine).await?;
    if refund_day == RefundDay::Refund {
        let scan = Scan::of("refunds", &["at", "amount", "currency"]);
        let machine = RefundMachine { steps: steps.clone(), purse, zone: snapshot.zone().clone() };
        sums.merge(snapshot.fold(&scan, machine).await?, |mine, theirs| mine.add(theirs));
    }
    check_steps(sums.len())?;
    let row = |(index, sums): (i32, RevenueSums)| {
        let period = steps.period(index);
        RevenueRow {
            period,
            complete: ask.grain.is_none() && ask.period.is_none() || horizon.complete(period.end),
            sums,
        }
    };
    let rows = sums.ascending().map(row).collect();
    Ok(Revenue { as_of: horizon.as_of, currency: snapshot.currency(), refund_day, rows })
}

struct OrderMachine {
    steps: Steps,
    purse: Purse,
    with_refunds: bool,
    later: LaterRefunds,
}

const DAY: Slot = 0;
const AMOUNT: Slot = 1;
const CURRENCY: Slot = 2;
const REFUNDED: Slot = 3;

impl Machine for OrderMachine {
    type Partial = Timeline<RevenueSums>;

    fn start(&self) -> Timeline<RevenueSums> {
        Timeline::new(self.steps.last())
    }

    fn customer(&self, partial: &mut Timeline<RevenueSums>, run: &Run<'_>) {
        let days = run.i32(DAY);
        // The step of the first order ever, even when it lies outside the period: then nobody is new in it.
        let first = days.first().and_then(|day| self.steps.index(*day));
        let mut last = None;
        for (row, day) in days.iter().enumerate() {
            let Some(index) = self.steps.index(*day) else { continue };
            let is_new = first == Some(index);
            let sums = partial.at(index);
            sums.orders += 1;
            if last != Some(index) {
                sums.customers += 1;
                sums.new_customers += u64::from(is_new);
                sums.returning_customers += u64::from(!is_new);
                last = Some(index);
            }
            if let Some(amount) = self.purse.amount(run, row, &mut sums.excluded) {
                sums.gross_minor = sums.gross_minor.saturating_add(amount);
                if is_new {
                    sums.gross_new_minor = sums.gross_new_minor.saturating_add(amount);
                }
                if self.with_refunds {
                    let back = run.i64(REFUNDED).get(row).copied().unwrap_or(0);
                    sums.refunds_minor = sums.refunds_minor.saturating_add(self.later.known(run, row, back));
                }
            }
        }
    }

    fn merge(&self, into: &mut Timeline<RevenueSums>, other: Timeline<RevenueSums>) {
        into.merge(other, |mine, theirs| mine.add(theirs));
    }
}

struct RefundMachine {
    steps: Steps,
    purse: Purse,
    zone: Zone,
}

impl Machine for RefundMachine {
    type Partial = Timeline<RevenueSums>;

    fn start(&self) -> Timeline<RevenueSums> {
        Timeline::new(self.steps.last())
    }

    fn customer(&self, partial: &mut Timeline<RevenueSums>, run: &Run<'_>) {
        for (row, at) in run.i64(DAY).iter().enumerate() {
            let Some(index) = self.steps.index(self.zone.date(Instant(*at)).0) else { continue };
            let sums = partial.at(index);
            if let Some(amount) = self.purse.amount(run, row, &mut sums.excluded) {
                sums.refunds_minor = sums.refunds_minor.saturating_add(amount);
            }
        }
    }

    fn merge(&self, into: &mut Timeline<RevenueSums>, other: Timeline<RevenueSums>) {
        into.merge(other, |mine, theirs| mine.add(theirs));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, orders, period};

    const SHOP: &str = "ana 2024-01-01 10.00\nana 2024-01-31T23:59 20.00 order=a2\nana 2024-02-01 5.00\n\
                        ana 2024-02-10 refund 20.00 order=a2\nben 2024-04-01 7.00 country=FI\n\
                        ben 2024-04-02 8.00 currency=USD country=FI\nben 2024-04-03 country=FI";

    /// Rows as `period orders customers new returning gross refunds`.
    fn check(ask: &RevenueAsk, expected: &[&str]) {
        let found = answer(revenue(&orders(SHOP), ask)).unwrap();
        let row = |row: &RevenueRow| {
            let s = row.sums;
            assert_eq!(s.customers, s.new_customers + s.returning_customers);
            let open = if row.complete { "" } else { " open" };
            format!(
                "{} {} {} {} {} {} {}{open}",
                row.period,
                s.orders,
                s.customers,
                s.new_customers,
                s.returning_customers,
                s.gross_minor,
                s.refunds_minor
            )
        };
        assert_eq!(found.rows.iter().map(row).collect::<Vec<_>>(), expected, "{ask:?}");
    }

    #[test]
    fn worked_example_by_month_without_a_gap() {
        let ask = RevenueAsk { grain: Some(Grain::Month), ..RevenueAsk::default() };
        check(
            &ask,
            &[
                "2024-01 2 1 1 0 3000 0",
                "2024-02 1 1 0 1 500 2000",
                "2024-03 0 0 0 0 0 0",
                "2024-04 3 1 1 0 700 0 open",
            ],
        );
        let found = answer(revenue(&orders(SHOP), &ask)).unwrap();
        assert_eq!(found.rows[1].sums.net_minor(), -1500);
        assert_eq!(found.rows[3].sums.excluded, Excluded { currency: 1, unknown: 1 });
    }

    #[test]
    fn one_period_a_day_before_and_a_filter() {
        check(&RevenueAsk { period: Some(period("2024-02")), ..RevenueAsk::default() }, &["2024-02 1 1 0 1 500 2000"]);
        let early = RevenueAsk { scope: Scope::as_of(date("2024-02-10")), grain: Some(Grain::Month), period: None };
        check(&early, &["2024-01 2 1 1 0 3000 0", "2024-02 1 1 0 1 500 0 open"]);
        let scope = Scope { filter: Some("currency = 'EUR'".into()), as_of: None };
        let ask = RevenueAsk { scope, grain: Some(Grain::Quarter), period: None };
        // With a filter the return counts where its order was.
        check(&ask, &["2024-Q1 3 1 1 0 3500 2000", "2024-Q2 2 1 1 0 700 0 open"]);
        // Asked as of a day before the return, nobody knows of it.
        let scope = Scope { filter: Some("currency = 'EUR'".into()), as_of: Some(date("2024-02-10")) };
        check(&RevenueAsk { scope, grain: Some(Grain::Quarter), period: None }, &["2024-Q1 3 1 1 0 3500 0 open"]);
    }

    #[test]
    fn nothing_sold() {
        assert!(answer(revenue(&orders(""), &RevenueAsk::default())).unwrap().rows.is_empty());
    }
}
