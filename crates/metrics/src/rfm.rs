//! RFM: who bought lately, often, and much.

use std::collections::HashMap;

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use models::quantile::{ntile, score, thresholds};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Instant};

use crate::buyers::{Buyer, buyers};
use crate::money::{Excluded, Spend};
use crate::rfm_grid::{Family, Group, Preset};
use crate::scope::{Horizon, Scope};
use crate::{Card, MetricError, Unit};

/// What every surface says of this metric.
pub const CARD: Card = Card {
    id: "rfm",
    title: "Customer groups (RFM)",
    question: "Who are our best customers, and who is slipping away?",
    formula: "days since the last order, number of orders and net spend, each scored by quantile; three scores name a group",
    source: "Hughes, Strategic Database Marketing (1994); quantiles of type 7, equal values share a score",
    unit: Unit::Customers,
    example: "Five buyers last ordered 1, 5, 10, 20 and 60 days ago: recency scores 5, 4, 3, 2, 1. Two who both ordered \
              once share one frequency score.",
};

/// How values become scores.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Scoring {
    /// By quantile; equal values share a score, whatever the order of rows.
    #[default]
    Quantiles,
    /// By thresholds of one's own: four rising numbers each. A value above k of them scores k + 1 (recency: 5 − k).
    Fixed {
        /// Days since the last order.
        recency_days: Vec<i64>,
        /// Numbers of orders.
        orders: Vec<i64>,
        /// Net spend in minor units.
        spend_minor: Vec<i64>,
    },
    /// Five groups of equal size, as SQL's `NTILE(5)`: ties are split by the customers' identifiers (as numbers, where
    /// all are). For comparison with other tools only.
    Tiles,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RfmAsk {
    /// Only orders and refunds of this many days before the horizon; all without it.
    pub window_days: Option<u32>,
    /// How values become scores.
    pub scoring: Scoring,
    /// How many scores there are for quantiles: 5, or 3. Without it 3 under 1,000 buyers, for fifths of few are noise.
    pub bins: Option<u8>,
    /// The grid of names.
    pub preset: Preset,
    /// As of when, and about which orders.
    pub scope: Scope,
}

/// One customer with scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RfmCustomer {
    /// The dense key.
    pub customer: u32,
    /// The last order.
    pub last_at: Instant,
    /// The day of the last order.
    pub last_day: Date,
    /// Days from it to the last day that counts: 0 is on that day.
    pub days_since_last_order: i32,
    /// Orders in the window.
    pub orders: u32,
    /// Net spend in the window, in minor units.
    pub spend_minor: i64,
    /// Score of recency: 5 is the most recent.
    pub r: u8,
    /// Score of frequency.
    pub f: u8,
    /// Score of spend.
    pub m: u8,
    /// The group.
    pub group: &'static Group,
}

/// The thresholds the scores were cut at; empty for tiles.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RfmThresholds {
    /// Days since the last order.
    pub recency_days: Vec<f64>,
    /// Numbers of orders.
    pub orders: Vec<f64>,
    /// Net spend in minor units.
    pub spend_minor: Vec<f64>,
}

/// Every buyer with scores, by customer key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RfmCustomers {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Number of scores: 5 or 3.
    pub bins: u8,
    /// Where the scores were cut.
    pub thresholds: RfmThresholds,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// Orders and refunds left out of the sums of money.
    pub excluded: Excluded,
    /// The buyers.
    pub customers: Vec<RfmCustomer>,
}

/// One group of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RfmGroup {
    /// The group.
    pub group: &'static Group,
    /// Customers in it.
    pub customers: u64,
    /// Their orders in the window.
    pub orders: u64,
    /// Their net spend in the window, in minor units.
    pub spend_minor: i64,
}

/// One cell: all customers with the same three scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RfmCell {
    /// Recency, frequency, spend.
    pub scores: (u8, u8, u8),
    /// Customers in it.
    pub customers: u64,
    /// Their net spend in the window, in minor units.
    pub spend_minor: i64,
    /// The group it belongs to.
    pub group: &'static str,
}

/// The answer: sizes of groups and cells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rfm {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The days of the window; all without it.
    pub window_days: Option<u32>,
    /// The grid.
    pub preset: Preset,
    /// Number of scores: 5 or 3.
    pub bins: u8,
    /// Where the scores were cut.
    pub thresholds: RfmThresholds,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// Orders and refunds left out of the sums of money.
    pub excluded: Excluded,
    /// Buyers in all.
    pub buyers: u64,
    /// Every group of the grid, best first, empty ones too.
    pub groups: Vec<RfmGroup>,
    /// Every cell with somebody in it, best first.
    pub cells: Vec<RfmCell>,
}

/// Below this many buyers quantile scores go from 1 to 3 only.
pub const BUYERS_FOR_FIFTHS: usize = 1_000;

/// Sizes and spend of all groups.
///
/// Recency is the number of whole days from the last order to the last day that counts, frequency the number of orders,
/// monetary the net spend (orders less refunds), all within the window. Scores run from 1 to 5, 5 being best. With
/// three scores, 1, 2 and 3 read the grid at 1, 3 and 5.
///
/// # Errors
///
/// When fixed thresholds do not rise or are not four.
pub async fn rfm(snapshot: &Snapshot, ask: &RfmAsk) -> Result<Rfm, MetricError> {
    let scored = rfm_customers(snapshot, ask).await?;
    let (cells, mut groups) = sizes(&scored, ask.preset);
    if let Some(prospects) = ask.preset.without_orders() {
        let without = without_orders(snapshot, &scored).await?.len() as u64;
        groups.iter_mut().filter(|sums| sums.group == prospects).for_each(|sums| sums.customers = without);
    }
    Ok(Rfm {
        as_of: scored.as_of,
        window_days: ask.window_days,
        preset: ask.preset,
        bins: scored.bins,
        thresholds: scored.thresholds,
        currency: scored.currency,
        excluded: scored.excluded,
        buyers: scored.customers.len() as u64,
        groups,
        cells,
    })
}

/// Customers known by the date of the scores who have no order in their window, rising.
pub(crate) async fn without_orders(snapshot: &Snapshot, scored: &RfmCustomers) -> Result<Vec<u32>, MetricError> {
    // Keys of customers whose facts were all taken back stay in the table.
    let scan = Scan::of("customers", &["first_at"]).with_filter(Some("facts > 0".to_owned()));
    let before = snapshot.zone().start_of(scored.as_of).0;
    let mut known = snapshot.fold(&scan, KnownMachine { before }).await?;
    known.retain(|key| scored.customers.binary_search_by_key(key, |customer| customer.customer).is_err());
    known.sort_unstable();
    Ok(known)
}

/// The cells with somebody in them, and all groups, best first.
fn sizes(scored: &RfmCustomers, preset: Preset) -> (Vec<RfmCell>, Vec<RfmGroup>) {
    let empty = |group: &'static Group| RfmGroup { group, customers: 0, orders: 0, spend_minor: 0 };
    // Scores run from 1 to 5: counting in a plain array first leaves 125 look-ups of names, not one a customer.
    let mut sums = vec![(0u64, 0u64, 0i64); 6 * 6 * 6];
    for customer in &scored.customers {
        let place = usize::from(customer.r) * 36 + usize::from(customer.f) * 6 + usize::from(customer.m);
        let sum = &mut sums[place];
        *sum = (sum.0 + 1, sum.1 + u64::from(customer.orders), sum.2.saturating_add(customer.spend_minor));
    }
    let mut groups: Vec<RfmGroup> = preset.groups().iter().map(empty).collect();
    let mut cells = Vec::new();
    for (place, (customers, orders, spend_minor)) in sums.into_iter().enumerate().rev().filter(|(_, sum)| sum.0 > 0) {
        let (r, f, m) = ((place / 36) as u8, (place / 6 % 6) as u8, (place % 6) as u8);
        let of_five = |score: u8| of_five(score, scored.bins);
        let group = preset.cell(of_five(r), of_five(f), of_five(m));
        cells.push(RfmCell { scores: (r, f, m), customers, spend_minor, group: group.id });
        if let Some(sums) = groups.iter_mut().find(|sums| sums.group == group) {
            sums.customers += customers;
            sums.orders += orders;
            sums.spend_minor = sums.spend_minor.saturating_add(spend_minor);
        }
    }
    (cells, groups)
}

/// Every buyer with scores and group; see [`rfm`].
///
/// # Errors
///
/// When fixed thresholds do not rise or are not four.
pub async fn rfm_customers(snapshot: &Snapshot, ask: &RfmAsk) -> Result<RfmCustomers, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let from = ask.window_days.map(|days| horizon.as_of.0.saturating_sub(days.min(1_000_000) as i32));
    let buyers = buyers(snapshot, &ask.scope, &horizon, from, Spend::Net).await?;
    let few = buyers.list.len() < BUYERS_FOR_FIFTHS;
    let bins = match ask.scoring {
        Scoring::Quantiles => ask.bins.unwrap_or(if few { 3 } else { 5 }).clamp(2, 5),
        _ => 5,
    };
    let last_day = horizon.last_day().0;
    let values = Values::of(&buyers.list, last_day);
    let (scores, thresholds) = match &ask.scoring {
        Scoring::Quantiles => by_thresholds(&values, values.quantiles(bins)),
        Scoring::Fixed { recency_days, orders, spend_minor } => {
            by_thresholds(&values, fixed(recency_days, orders, spend_minor)?)
        }
        Scoring::Tiles => {
            let by_id = in_order_of_ids(snapshot, &buyers.list).await?;
            (by_tiles(&buyers.list, &by_id), RfmThresholds::default())
        }
    };
    let scored = buyers.list.iter().zip(scores).map(|(buyer, (r, f, m))| RfmCustomer {
        customer: buyer.customer,
        last_at: Instant(buyer.last_at),
        last_day: Date(buyer.last_day),
        days_since_last_order: last_day - buyer.last_day,
        orders: buyer.orders,
        spend_minor: buyer.spend(Spend::Net),
        r,
        f,
        m,
        group: ask.preset.cell(of_five(r, bins), of_five(f, bins), of_five(m, bins)),
    });
    let customers = scored.collect();
    let (as_of, currency) = (horizon.as_of, snapshot.currency());
    Ok(RfmCustomers { as_of, bins, thresholds, currency, excluded: buyers.excluded, customers })
}

/// A score of `bins` as a score of five: the ends stay the ends.
fn of_five(score: u8, bins: u8) -> u8 {
    1 + (score - 1) * 4 / (bins - 1).max(1)
}

/// The three values of every buyer.
struct Values {
    recency: Vec<i64>,
    orders: Vec<i64>,
    spend: Vec<i64>,
}

impl Values {
    fn of(buyers: &[Buyer], last_day: i32) -> Values {
        Values {
            recency: buyers.iter().map(|buyer| i64::from(last_day - buyer.last_day)).collect(),
            orders: buyers.iter().map(|buyer| i64::from(buyer.orders)).collect(),
            spend: buyers.iter().map(|buyer| buyer.spend(Spend::Net)).collect(),
        }
    }

    fn quantiles(&self, bins: u8) -> RfmThresholds {
        let cut = |values: &[i64]| thresholds(&mut values.to_vec(), u32::from(bins));
        RfmThresholds { recency_days: cut(&self.recency), orders: cut(&self.orders), spend_minor: cut(&self.spend) }
    }
}

/// Recency, frequency, spend.
type Scores = (u8, u8, u8);

fn by_thresholds(values: &Values, cuts: RfmThresholds) -> (Vec<Scores>, RfmThresholds) {
    let bins = cuts.recency_days.len() as u8 + 1;
    let scores = (0..values.orders.len()).map(|i| {
        let r = bins + 1 - score(values.recency[i], &cuts.recency_days);
        (r, score(values.orders[i], &cuts.orders), score(values.spend[i], &cuts.spend_minor))
    });
    (scores.collect(), cuts)
}

fn fixed(recency: &[i64], orders: &[i64], spend: &[i64]) -> Result<RfmThresholds, MetricError> {
    let read = |values: &[i64], which: &'static str| {
        let rises = values.len() == 4 && values.windows(2).all(|pair| pair[0] < pair[1]);
        if rises {
            Ok(values.iter().map(|value| *value as f64).collect())
        } else {
            Err(MetricError::Thresholds { which })
        }
    };
    Ok(RfmThresholds {
        recency_days: read(recency, "recency")?,
        orders: read(orders, "frequency")?,
        spend_minor: read(spend, "monetary")?,
    })
}

/// Tiles of equal size: rows sorted by value, ties in the order of the identifiers.
fn by_tiles(buyers: &[Buyer], by_id: &[u32]) -> Vec<Scores> {
    // The rows are in the order of identifiers before each sort, and the sort keeps the order of equals: comparing one
    // number beside its row is several times as fast as looking two up elsewhere.
    let tiles = |value: &dyn Fn(&Buyer) -> i64| {
        let mut rows: Vec<(i64, u32)> = by_id.iter().map(|row| (value(&buyers[*row as usize]), *row)).collect();
        rows.sort_by_key(|row| row.0);
        let mut tile = vec![0u8; buyers.len()];
        for (position, (_, row)) in rows.into_iter().enumerate() {
            tile[row as usize] = ntile(position, buyers.len(), 5);
        }
        tile
    };
    let r = tiles(&|buyer: &Buyer| buyer.last_at);
    let f = tiles(&|buyer: &Buyer| i64::from(buyer.orders));
    let m = tiles(&|buyer: &Buyer| buyer.spend(Spend::Net));
    (0..buyers.len()).map(|i| (r[i], f[i], m[i])).collect()
}

/// The buyers in the order of their identifiers: as numbers when all are whole numbers, else as text.
async fn in_order_of_ids(snapshot: &Snapshot, buyers: &[Buyer]) -> Result<Vec<u32>, MetricError> {
    let keys = buyers.iter().map(|buyer| buyer.customer);
    let numbers: Option<Vec<i64>> = snapshot.customer_numbers(keys).await?.into_iter().collect();
    if let Some(numbers) = numbers {
        let mut rows: Vec<(i64, u32)> = numbers.into_iter().zip(0..).collect();
        rows.sort_unstable();
        return Ok(rows.into_iter().map(|(_, row)| row).collect());
    }
    let ids: HashMap<u32, String> =
        snapshot.fold(&Scan::of("customers", &["customer_id"]), IdMachine).await?.into_iter().collect();
    let mut rows: Vec<u32> = (0..buyers.len() as u32).collect();
    rows.sort_by_key(|row| ids.get(&buyers[*row as usize].customer));
    Ok(rows)
}

/// Collects the identifiers of customers.
struct IdMachine;

const ID: Slot = 0;

impl Machine for IdMachine {
    type Partial = Vec<(u32, String)>;

    fn start(&self) -> Vec<(u32, String)> {
        Vec::new()
    }

    fn customer(&self, partial: &mut Vec<(u32, String)>, run: &Run<'_>) {
        partial.extend(run.text(ID, 0).map(|id| (run.customer, id.to_owned())));
    }

    fn merge(&self, into: &mut Vec<(u32, String)>, other: Vec<(u32, String)>) {
        into.extend(other);
    }
}

/// Collects the keys of customers whose first fact is older than an instant.
struct KnownMachine {
    before: i64,
}

const FIRST: Slot = 0;

impl Machine for KnownMachine {
    type Partial = Vec<u32>;

    fn start(&self) -> Vec<u32> {
        Vec::new()
    }

    fn customer(&self, partial: &mut Vec<u32>, run: &Run<'_>) {
        if run.i64(FIRST).first().is_some_and(|first| *first < self.before) {
            partial.push(run.customer);
        }
    }

    fn merge(&self, into: &mut Vec<u32>, other: Vec<u32>) {
        into.extend(other);
    }
}

/// What is asked of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RfmMigrationAsk {
    /// The earlier date: orders before it count.
    pub before: Date,
    /// The question as of the later date.
    pub now: RfmAsk,
}

/// Customers who went from one group to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RfmMove {
    /// The group at the earlier date; nothing for those without an order in the window by then.
    pub from: Option<&'static Group>,
    /// The group at the later date; nothing for those without an order in the window any more.
    pub to: Option<&'static Group>,
    /// How many.
    pub customers: u64,
    /// Their net spend in the later window, in minor units.
    pub spend_minor: i64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RfmMigration {
    /// The earlier and the later date: the first days that are not counted.
    pub dates: (Date, Date),
    /// The grid.
    pub preset: Preset,
    /// Every move with somebody in it, in the order of the groups.
    pub moves: Vec<RfmMove>,
}

/// How customers moved between groups from one date to another. Both dates are scored by themselves: each against the
/// buyers there were.
///
/// # Errors
///
/// As [`rfm`].
pub async fn rfm_migration(snapshot: &Snapshot, ask: &RfmMigrationAsk) -> Result<RfmMigration, MetricError> {
    let now = rfm_customers(snapshot, &ask.now).await?;
    let scope = Scope { as_of: Some(ask.before), ..ask.now.scope.clone() };
    let before = rfm_customers(snapshot, &RfmAsk { scope, ..ask.now.clone() }).await?;
    let mut moves: HashMap<(usize, usize), RfmMove> = HashMap::new();
    let place = |group: Option<&'static Group>| {
        let groups = ask.now.preset.groups();
        group.and_then(|group| groups.iter().position(|other| other == group)).unwrap_or(groups.len())
    };
    each_of_both(&before.customers, &now.customers, |_, from, to| {
        let (from_group, to_group) = (from.map(|c| c.group), to.map(|c| c.group));
        let moved = RfmMove { from: from_group, to: to_group, customers: 0, spend_minor: 0 };
        let sums = moves.entry((place(from_group), place(to_group))).or_insert(moved);
        sums.customers += 1;
        sums.spend_minor = sums.spend_minor.saturating_add(to.map_or(0, |customer| customer.spend_minor));
    });
    let mut moves: Vec<_> = moves.into_iter().collect();
    moves.sort_unstable_by_key(|(places, _)| *places);
    let moves = moves.into_iter().map(|(_, moved)| moved).collect();
    Ok(RfmMigration { dates: (before.as_of, now.as_of), preset: ask.now.preset, moves })
}

/// Walks two lists that are both sorted by customer.
pub(crate) fn each_of_both(
    before: &[RfmCustomer],
    now: &[RfmCustomer],
    mut each: impl FnMut(u32, Option<&RfmCustomer>, Option<&RfmCustomer>),
) {
    let (mut before, mut now) = (before.iter().peekable(), now.iter().peekable());
    loop {
        let next = [before.peek().map(|c| c.customer), now.peek().map(|c| c.customer)].into_iter().flatten().min();
        let Some(customer) = next else { return };
        let from = before.next_if(|other| other.customer == customer);
        let to = now.next_if(|other| other.customer == customer);
        each(customer, from, to);
    }
}

impl RfmGroup {
    /// How the group is doing.
    pub fn family(&self) -> Family {
        self.group.family
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answer, date, orders};
    use proptest::prelude::*;

    const SHOP: &str = "ana 2024-01-01 10\nana 2024-03-30 10\nana 2024-03-31 30\nben 2024-03-26 5\ncem 2024-03-21 20\n\
                        dia 2024-03-11 5\neva 2024-01-31 50\neva 2024-02-02 refund 45\nana 2024-04-01T12:00 refund 1";

    /// Customers as `days orders spend scores`.
    fn check(ask: RfmAsk, expected: &[&str]) {
        let found = answer(rfm_customers(&orders(SHOP), &ask)).unwrap();
        let line = |c: &RfmCustomer| {
            format!("{} {} {} {}{}{}", c.days_since_last_order, c.orders, c.spend_minor, c.r, c.f, c.m)
        };
        let mut lines: Vec<String> = found.customers.iter().map(line).collect();
        lines.sort_by_key(|line| line.split(' ').next().unwrap().parse::<i32>().unwrap());
        assert_eq!(lines, expected, "{ask:?}");
    }

    fn ask(as_of: &str, bins: Option<u8>) -> RfmAsk {
        RfmAsk { bins, scope: Scope::as_of(date(as_of)), ..RfmAsk::default() }
    }

    #[test]
    fn worked_example() {
        // On 2 April Ana has got 1.00 back. Spend is cut at 5, 5, 11 and 25.80: three share the lowest score.
        let fifths = ["1 3 4900 555", "6 1 500 411", "11 1 2000 314", "21 1 500 211", "61 1 500 111"];
        check(ask("2024-04-02", Some(5)), &fifths);
        // Under 1,000 buyers there are three scores.
        check(
            ask("2024-04-01", None),
            &["0 3 5000 333", "5 1 500 311", "10 1 2000 213", "20 1 500 111", "60 1 500 111"],
        );
    }

    #[test]
    fn windows_and_what_was_not_known_yet() {
        // Before 2 February Eva's return had not happened; nobody but Ana and Eva had ordered.
        check(ask("2024-02-02", Some(5)), &["1 1 5000 515", "31 1 1000 111"]);
        // In the 30 days before 1 April (from 2 March) Ana's first order and Eva do not count.
        let window = RfmAsk { window_days: Some(30), ..ask("2024-04-01", Some(5)) };
        check(window, &["0 2 4000 555", "5 1 500 411", "10 1 2000 214", "20 1 500 111"]);
    }

    #[test]
    fn fixed_thresholds() {
        let scoring = |recency: &[i64]| Scoring::Fixed {
            recency_days: recency.to_vec(),
            orders: vec![1, 2, 3, 4],
            spend_minor: vec![500, 1000, 2000, 3000],
        };
        let fixed = |recency: &[i64]| RfmAsk { scoring: scoring(recency), ..ask("2024-04-01", None) };
        check(
            fixed(&[1, 5, 10, 30]),
            &["0 3 5000 535", "5 1 500 411", "10 1 2000 313", "20 1 500 211", "60 1 500 111"],
        );
        let wrong = answer(rfm_customers(&orders(SHOP), &fixed(&[1, 5, 5, 30]))).unwrap_err();
        assert_eq!(wrong.code(), "bad_thresholds");
        assert!(answer(rfm(&orders(SHOP), &fixed(&[1, 2, 3]))).is_err());
    }

    #[test]
    fn tiles_split_ties_by_identifier() {
        let tiles = RfmAsk { scoring: Scoring::Tiles, ..ask("2024-04-01", None) };
        // Spend: Ben, Dia and Eva 5.00 each, in that order; then Cem, then Ana.
        check(tiles, &["0 3 5000 555", "5 1 500 411", "10 1 2000 324", "20 1 500 232", "60 1 500 143"]);
    }

    #[test]
    fn groups_hold_everybody_once() {
        for preset in Preset::ALL {
            let found = answer(rfm(&orders(SHOP), &RfmAsk { preset, ..ask("2024-04-01", Some(5)) })).unwrap();
            assert_eq!(found.buyers, 5);
            assert_eq!(found.groups.iter().map(|group| group.customers).sum::<u64>(), 5, "{preset:?}");
            assert_eq!(found.groups.iter().map(|group| group.spend_minor).sum::<i64>(), 8500);
            assert_eq!(found.cells.iter().map(|cell| cell.customers).sum::<u64>(), 5);
        }
        // Without an order in the window: Eva on 1 April, nobody on 1 February, when the others were not yet known.
        let prospects = |as_of: &str, window_days: Option<u32>| {
            let ask = RfmAsk { preset: Preset::Shopify11, window_days, ..ask(as_of, Some(5)) };
            let found = answer(rfm(&orders(SHOP), &ask)).unwrap();
            let prospects = found.groups.iter().find(|group| group.group.id == "prospects").unwrap();
            (found.buyers, prospects.customers)
        };
        assert_eq!(prospects("2024-02-01", None), (2, 0));
        assert_eq!(prospects("2024-04-01", Some(30)), (4, 1));
        assert_eq!(answer(rfm(&orders(""), &RfmAsk::default())).unwrap().buyers, 0);
    }

    #[test]
    fn moves_between_two_dates() {
        let now = RfmAsk { window_days: Some(60), preset: Preset::Classic10, ..ask("2024-04-01", Some(5)) };
        let found = answer(rfm_migration(&orders(SHOP), &RfmMigrationAsk { before: date("2024-02-02"), now })).unwrap();
        let line = |m: &RfmMove| {
            let id = |group: Option<&'static Group>| group.map_or("nobody", |group| group.id);
            format!("{} -> {}: {}", id(m.from), id(m.to), m.customers)
        };
        // Ana was the earlier of two buyers; Eva's order is too old by April; the others are new.
        let moves: Vec<String> = found.moves.iter().map(line).collect();
        assert_eq!(
            moves,
            ["new -> nobody: 1", "hibernating -> champions: 1", "nobody -> promising: 1", "nobody -> hibernating: 2"]
        );
        assert_eq!(found.moves.iter().map(|m| m.customers).sum::<u64>(), 5);
    }

    proptest! {
        #[test]
        fn equal_values_share_scores(recency in prop::collection::vec(0i64..40, 1..80), bins in 3u8..=5) {
            let n = recency.len();
            let values = Values { orders: recency.iter().map(|r| r % 4).collect(), spend: vec![7; n], recency };
            let (scores, _) = by_thresholds(&values, values.quantiles(bins));
            for i in 0..n {
                prop_assert!((1..=bins).contains(&scores[i].0) && scores[i].2 == 1);
                for j in 0..n {
                    prop_assert!(values.recency[i] > values.recency[j] || scores[i].0 >= scores[j].0);
                    prop_assert!(values.orders[i] < values.orders[j] || scores[i].1 >= scores[j].1);
                }
            }
        }
    }
}
