//! The people behind a number: which customers it counted, and a page of them to read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use history::Snapshot;
use history::fold::{Machine, Run};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Period};

use crate::activity::{Activity, SpellReader, Spells, Views};
use crate::buyers::{Buyer, Buyers, buyers};
use crate::cohorts::{CohortKey, CohortsAsk, Entry, EntryReader, begun, entered_steps, later};
use crate::concentration::{ConcentrationAsk, amounts};
use crate::event_retention::{EventRetentionAsk, event_retention_customers};
use crate::friction::{Became, FrictionAsk, friction_customers};
use crate::funnel::{FunnelAsk, funnel_customers};
use crate::lifecycle::{LifecycleAsk, LifecycleState, state_in};
use crate::money::{Excluded, Spend};
use crate::mrr_people::{MrrPart, MrrPeriodAsk, mrr_customers};
use crate::order_counts::OrdersAsk;
use crate::overdue::{OverdueAsk, overdue};
use crate::paths::{PathsAsk, path_customers};
use crate::retention_flow::{RetentionFlowAsk, WayReader};
use crate::rfm::{RfmAsk, RfmCustomer, RfmMigrationAsk, each_of_both, rfm_customers, without_orders};
use crate::rfm_grid::Family;
use crate::rfm_kept::{RfmKeptAsk, both};
use crate::scope::{Horizon, Scope, Steps};
use crate::stayed_did::{StayedDidAsk, stayed_did_customers};
use crate::steps_of::{StepReader, Visited};
use crate::{MetricError, activity::ActivityRule};

/// A term of a retention figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionPart {
    /// Active at the start: CS.
    Start,
    /// Active at the end: CE.
    End,
    /// Active at both.
    Retained,
    /// Active at the start and not at the end.
    Lost,
    /// Active at the end and not at the start: CN.
    New,
    /// Of these, customers for the first time.
    FirstTime,
    /// Of these, customers before.
    Returned,
    /// Became customers in the period, even if gone again.
    Acquired,
    /// Became customers in the period and were gone again by its end.
    GoneAgain,
}

/// A number, and with it the customers it counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "behind", rename_all = "snake_case")]
pub enum Behind {
    /// Everybody with an order.
    Everybody {
        /// As of when, and about which orders.
        scope: Scope,
    },
    /// A term of retention or churn.
    Retention {
        /// The period.
        period: Period,
        /// The term.
        part: RetentionPart,
        /// The rule; the business's own without it.
        activity: Option<Activity>,
        /// As of when, and about which facts.
        scope: Scope,
    },
    /// Customers active on the first morning that is not counted.
    Active {
        /// The rule; the business's own without it.
        activity: Option<Activity>,
        /// As of when, and about which facts.
        scope: Scope,
    },
    /// A ribbon of the flow, between two of its nodes.
    Flow {
        /// The flow.
        ask: RetentionFlowAsk,
        /// Where it leaves.
        from: String,
        /// Where it arrives.
        to: String,
    },
    /// Customers with so many orders in the period.
    Ordered {
        /// The orders.
        ask: OrdersAsk,
        /// The fewest: 1 for buyers, 2 for repeat buyers.
        orders_min: u32,
        /// The most; any number without it.
        orders_max: Option<u32>,
    },
    /// Customers whose first order lies in the period (new), or in it and before it (returning).
    Newness {
        /// The orders.
        ask: OrdersAsk,
        /// New or returning.
        new: bool,
    },
    /// A cell of the cohort matrix: those counted in it, or those of the same whole who were not there.
    Cohort {
        /// The matrix.
        ask: CohortsAsk,
        /// The row. Rows by start are known by their first day.
        key: CohortKey,
        /// Steps after the beginning; without it everybody in the row.
        step: Option<u32>,
        /// Whether to take those who were there, or those who were not.
        there: bool,
    },
    /// A state of the lifecycle in the step that holds a day.
    Lifecycle {
        /// The lifecycle.
        ask: LifecycleAsk,
        /// A day of the step.
        date: Date,
        /// The state.
        state: LifecycleState,
    },
    /// An RFM group.
    RfmGroup {
        /// The grid.
        ask: RfmAsk,
        /// The group's id.
        group: String,
    },
    /// An RFM cell.
    RfmCell {
        /// The grid.
        ask: RfmAsk,
        /// Recency, frequency, spend.
        scores: (u8, u8, u8),
    },
    /// Customers with these scores of recency and frequency, whatever they spent.
    RfmScores {
        /// The grid.
        ask: RfmAsk,
        /// Recency and frequency.
        scores: (u8, u8),
    },
    /// All RFM groups that are doing alike.
    RfmFamily {
        /// The grid.
        ask: RfmAsk,
        /// How they are doing.
        family: Family,
    },
    /// Of an RFM group, who was active at a later date, or who was not.
    RfmKept {
        /// The two dates and the grid.
        ask: RfmKeptAsk,
        /// The group's id.
        group: String,
        /// Whether to take those who were active, or those who were not.
        active: bool,
    },
    /// Customers who moved from one RFM group to another.
    RfmMove {
        /// The two dates and the grid.
        ask: RfmMigrationAsk,
        /// The earlier group; nothing for those without an order by then.
        from: Option<String>,
        /// The later group; nothing for those without one any more.
        to: Option<String>,
    },
    /// The customers with the largest spend.
    Top {
        /// The spend.
        ask: ConcentrationAsk,
        /// So many per cent of all customers, rounded up.
        percent: u32,
    },
    /// Customers past their own rhythm.
    Overdue {
        /// The rule.
        ask: OverdueAsk,
    },
    /// A number of recurring revenue.
    Mrr {
        /// The period and the currency.
        ask: MrrPeriodAsk,
        /// The number.
        part: MrrPart,
    },
    /// Customers who got to a step of a funnel, or of them those who got no further.
    Funnel {
        /// The funnel.
        ask: FunnelAsk,
        /// A group of its breakdown, or everybody.
        group: CohortKey,
        /// The step, from 1.
        step: u32,
        /// Whether to take only those who got no further.
        stopped: bool,
    },
    /// A cell of event retention: those who returned, or those who did not; everybody in the row without a cell.
    EventRetention {
        /// The matrix.
        ask: EventRetentionAsk,
        /// The row.
        key: CohortKey,
        /// The cell.
        cell: Option<u32>,
        /// Whether to take those who returned.
        there: bool,
    },
    /// Customers with a way that begins with these events.
    Path {
        /// The ways.
        ask: PathsAsk,
        /// The events from the anchor on, without it.
        begins: Vec<String>,
        /// Whether the way must end there.
        ends: bool,
    },
    /// Customers who did a thing in their first days, or did not.
    StayedDid {
        /// The question.
        ask: StayedDidAsk,
        /// The event.
        name: String,
        /// So often or more.
        times: u32,
        /// Whether to take those who did it.
        did: bool,
        /// Of them those who stayed, or who did not; all without it.
        stayed: Option<bool>,
    },
    /// Customers with a visit to an event that became this, or with any.
    Friction {
        /// The question.
        ask: FrictionAsk,
        /// The event.
        name: String,
        /// What became of it.
        became: Option<Became>,
    },
}

/// How a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleSort {
    /// By what they spent.
    #[default]
    Spend,
    /// By their last order.
    LastOrder,
    /// By their first order.
    FirstOrder,
    /// By their number of orders.
    Orders,
}

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The order.
    pub sort: PeopleSort,
    /// The smallest, or earliest, first.
    pub ascending: bool,
    /// How many to skip.
    pub skip: u64,
    /// How many to show; at most [`PAGE_MAX`].
    pub limit: u32,
}

impl Default for Page {
    fn default() -> Page {
        Page { sort: PeopleSort::Spend, ascending: false, skip: 0, limit: 50 }
    }
}

/// The longest page.
pub const PAGE_MAX: u32 = 1_000;

/// One customer of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The dense key; `app` joins names to it.
    pub customer: u32,
    /// Day of the first order, as of the question; nothing without orders.
    pub first_order: Option<Date>,
    /// Day of the last order.
    pub last_order: Option<Date>,
    /// Days from it to the last day that counts.
    pub days_since_last_order: Option<i32>,
    /// Orders so far.
    pub orders: u32,
    /// Paid for goods so far, in minor units.
    pub spend_minor: i64,
    /// Given back so far, in minor units.
    pub refunded_minor: i64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// The first day that is not counted.
    pub as_of: Date,
    /// The currency of the sums.
    pub currency: Option<Currency>,
    /// How many customers there are in all: the number on the page this list opened from.
    pub total: u64,
    /// What they all spent, in minor units.
    pub spend_minor: i64,
    /// The page.
    pub rows: Vec<Person>,
    /// Orders of anybody left out of the sums of money.
    pub excluded: Excluded,
}

/// The customers a number counted, a page at a time.
///
/// The keys come from the same readers that counted the number, so that list and number cannot differ. Orders and spend
/// of each are all there are as of the question, whatever its filter.
///
/// # Errors
///
/// Those of the number itself; an unknown group, node or column.
pub async fn people(snapshot: &Snapshot, behind: &Behind, page: &Page) -> Result<People, MetricError> {
    let keys: HashSet<u32> = customers(snapshot, behind).await?.into_iter().collect();
    let Everyone { as_of, mut rows, excluded } = persons(snapshot, &keys, behind.as_of()).await?;
    let spend_minor = rows.iter().fold(0i64, |sum, person| sum.saturating_add(person.spend_minor));
    sort(&mut rows, page);
    let limit = page.limit.min(PAGE_MAX) as usize;
    let skip = usize::try_from(page.skip).unwrap_or(usize::MAX);
    let rows = rows.into_iter().skip(skip).take(limit).collect();
    let currency = snapshot.currency();
    Ok(People { as_of, currency, total: keys.len() as u64, spend_minor, rows, excluded })
}

/// What is known of some customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Everyone {
    /// The first day that is not counted.
    pub as_of: Date,
    /// One for each customer asked for, in no order.
    pub rows: Vec<Person>,
    /// Orders of anybody left out of the sums of money.
    pub excluded: Excluded,
}

/// Orders and spend of some customers, all of them, for those who sort and filter by what metrics do not know: names.
///
/// # Errors
///
/// When the files cannot be read.
pub async fn persons(snapshot: &Snapshot, keys: &HashSet<u32>, as_of: Option<Date>) -> Result<Everyone, MetricError> {
    let scope = Scope { as_of, filter: None };
    let horizon = Horizon::of(snapshot, scope.as_of);
    // Net: every refund counts, also those that name no order.
    let Buyers { list, excluded } = buyers(snapshot, &scope, &horizon, None, Spend::Net).await?;
    let mut rows: Vec<Person> =
        list.iter().filter(|buyer| keys.contains(&buyer.customer)).map(|buyer| Person::of(buyer, &horizon)).collect();
    // Customers without an order (contracts, events) belong to the list as well.
    let bought: HashSet<u32> = rows.iter().map(|person| person.customer).collect();
    rows.extend(keys.iter().filter(|key| !bought.contains(key)).map(|key| Person::without_orders(*key)));
    Ok(Everyone { as_of: horizon.as_of, rows, excluded })
}

impl Person {
    fn of(buyer: &Buyer, horizon: &Horizon) -> Person {
        Person {
            customer: buyer.customer,
            first_order: Some(Date(buyer.first_day)),
            last_order: Some(Date(buyer.last_day)),
            days_since_last_order: Some(horizon.last_day().0 - buyer.last_day),
            orders: buyer.orders,
            spend_minor: buyer.gross,
            refunded_minor: buyer.refunded,
        }
    }

    fn without_orders(customer: u32) -> Person {
        Person {
            customer,
            first_order: None,
            last_order: None,
            days_since_last_order: None,
            orders: 0,
            spend_minor: 0,
            refunded_minor: 0,
        }
    }
}

/// Sorts a list; equal values by key, so that pages never overlap.
fn sort(rows: &mut [Person], page: &Page) {
    let day = |date: Option<Date>| date.map_or(i64::MIN, |date| i64::from(date.0));
    let value = |person: &Person| match page.sort {
        PeopleSort::Spend => person.spend_minor,
        PeopleSort::LastOrder => day(person.last_order),
        PeopleSort::FirstOrder => day(person.first_order),
        PeopleSort::Orders => i64::from(person.orders),
    };
    rows.sort_unstable_by(|a, b| {
        let order = value(a).cmp(&value(b));
        let order = if page.ascending { order } else { order.reverse() };
        order.then(a.customer.cmp(&b.customer))
    });
}

impl Behind {
    /// As of when it is asked.
    fn as_of(&self) -> Option<Date> {
        match self {
            Behind::Everybody { scope } | Behind::Retention { scope, .. } | Behind::Active { scope, .. } => scope.as_of,
            Behind::Flow { ask, .. } => ask.scope.as_of,
            Behind::Ordered { ask, .. } | Behind::Newness { ask, .. } => ask.scope.as_of,
            Behind::Cohort { ask, .. } => ask.scope.as_of,
            Behind::Lifecycle { ask, .. } => ask.scope.as_of,
            Behind::RfmGroup { ask, .. }
            | Behind::RfmCell { ask, .. }
            | Behind::RfmScores { ask, .. }
            | Behind::RfmFamily { ask, .. } => ask.scope.as_of,
            Behind::RfmKept { ask, .. } => Some(ask.until),
            Behind::RfmMove { ask, .. } => ask.now.scope.as_of,
            Behind::Top { ask, .. } => ask.orders.scope.as_of,
            Behind::Overdue { ask } => ask.scope.as_of,
            Behind::Mrr { ask, .. } => ask.scope.as_of,
            Behind::Funnel { ask, .. } => ask.scope.as_of,
            Behind::EventRetention { ask, .. } => ask.scope.as_of,
            Behind::Path { ask, .. } => ask.scope.as_of,
            Behind::StayedDid { ask, .. } => ask.scope.as_of,
            Behind::Friction { ask, .. } => ask.scope.as_of,
        }
    }

    /// Asks as of this day, where the number does not say its own.
    pub fn set_as_of(&mut self, day: Date) {
        let scope = match self {
            Behind::Everybody { scope } | Behind::Retention { scope, .. } | Behind::Active { scope, .. } => scope,
            Behind::Flow { ask, .. } => &mut ask.scope,
            Behind::Ordered { ask, .. } | Behind::Newness { ask, .. } => &mut ask.scope,
            Behind::Cohort { ask, .. } => &mut ask.scope,
            Behind::Lifecycle { ask, .. } => &mut ask.scope,
            Behind::RfmGroup { ask, .. }
            | Behind::RfmCell { ask, .. }
            | Behind::RfmScores { ask, .. }
            | Behind::RfmFamily { ask, .. } => &mut ask.scope,
            Behind::RfmKept { .. } => return,
            Behind::RfmMove { ask, .. } => &mut ask.now.scope,
            Behind::Top { ask, .. } => &mut ask.orders.scope,
            Behind::Overdue { ask } => &mut ask.scope,
            Behind::Mrr { ask, .. } => &mut ask.scope,
            Behind::Funnel { ask, .. } => &mut ask.scope,
            Behind::EventRetention { ask, .. } => &mut ask.scope,
            Behind::Path { ask, .. } => &mut ask.scope,
            Behind::StayedDid { ask, .. } => &mut ask.scope,
            Behind::Friction { ask, .. } => &mut ask.scope,
        };
        scope.as_of.get_or_insert(day);
    }
}

/// The keys of the customers a number counted, rising.
///
/// # Errors
///
/// Those of the number itself; an unknown group, node or column.
pub async fn customers(snapshot: &Snapshot, behind: &Behind) -> Result<Vec<u32>, MetricError> {
    let mut keys = match behind {
        Behind::Everybody { scope } => {
            ordered(snapshot, &OrdersAsk { period: None, scope: scope.clone() }, 1, u32::MAX).await?
        }
        Behind::Retention { period, part, activity, scope } => {
            retention(snapshot, *period, *part, activity.as_ref(), scope).await?
        }
        Behind::Active { activity, scope } => active(snapshot, activity.as_ref(), scope).await?,
        Behind::Flow { ask, from, to } => flow(snapshot, ask, from, to).await?,
        Behind::Ordered { ask, orders_min, orders_max } => {
            ordered(snapshot, ask, (*orders_min).max(1), orders_max.unwrap_or(u32::MAX)).await?
        }
        Behind::Newness { ask, new } => newness(snapshot, ask, *new).await?,
        Behind::Cohort { ask, key, step, there } => cohort(snapshot, ask, key, *step, *there).await?,
        Behind::Lifecycle { ask, date, state } => lifecycle(snapshot, ask, *date, *state).await?,
        Behind::RfmGroup { ask, group } => rfm_group(snapshot, ask, group).await?,
        Behind::RfmCell { ask, scores } => scored(snapshot, ask, |one| (one.r, one.f, one.m) == *scores).await?,
        Behind::RfmScores { ask, scores } => scored(snapshot, ask, |one| (one.r, one.f) == *scores).await?,
        Behind::RfmFamily { ask, family } => scored(snapshot, ask, |one| one.group.family == *family).await?,
        Behind::RfmKept { ask, group, active } => {
            let group = ask.groups.preset.group(group)?;
            let all = both(snapshot, ask).await?;
            all.iter().filter(|(one, kept)| one.group == group && kept == active).map(|(one, _)| one.customer).collect()
        }
        Behind::RfmMove { ask, from, to } => rfm_move(snapshot, ask, from.as_deref(), to.as_deref()).await?,
        Behind::Top { ask, percent } => top(snapshot, ask, *percent).await?,
        Behind::Mrr { ask, part } => mrr_customers(snapshot, ask, part).await?,
        Behind::Funnel { ask, group, step, stopped } => funnel_customers(snapshot, ask, group, *step, *stopped).await?,
        Behind::EventRetention { ask, key, cell, there } => {
            event_retention_customers(snapshot, ask, key, *cell, *there).await?
        }
        Behind::Path { ask, begins, ends } => path_customers(snapshot, ask, begins, *ends).await?,
        Behind::StayedDid { ask, name, times, did, stayed } => {
            stayed_did_customers(snapshot, ask, name, *times, *did, *stayed).await?
        }
        Behind::Friction { ask, name, became } => friction_customers(snapshot, ask, name, *became).await?,
        Behind::Overdue { ask } => {
            overdue(snapshot, ask).await?.customers.iter().map(|customer| customer.customer).collect()
        }
    };
    keys.sort_unstable();
    Ok(keys)
}

/// Collects the keys of customers for whom a question is answered yes. `S` is what the question may write on.
pub(crate) struct Pick<S, F> {
    ask: F,
    scratch: std::marker::PhantomData<fn() -> S>,
}

impl<S, F> Pick<S, F> {
    pub fn new(ask: F) -> Pick<S, F>
    where
        F: Fn(&Run<'_>, &mut S) -> bool,
    {
        Pick { ask, scratch: std::marker::PhantomData }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Picked<S: Default> {
    /// The customers, in no order.
    pub keys: Vec<u32>,
    #[serde(skip)]
    scratch: S,
}

impl<S, F> Machine for Pick<S, F>
where
    S: Default + Send + 'static,
    F: Fn(&Run<'_>, &mut S) -> bool + Send + Sync + 'static,
{
    type Partial = Picked<S>;

    fn start(&self) -> Picked<S> {
        Picked::default()
    }

    fn customer(&self, partial: &mut Picked<S>, run: &Run<'_>) {
        if (self.ask)(run, &mut partial.scratch) {
            partial.keys.push(run.customer);
        }
    }

    fn merge(&self, into: &mut Picked<S>, other: Picked<S>) {
        into.keys.extend(other.keys);
    }
}

async fn settled(
    snapshot: &Snapshot,
    activity: Option<&Activity>,
    scope: &Scope,
) -> Result<(ActivityRule, Horizon), MetricError> {
    let rule = Activity::settle(activity, snapshot, scope).await?;
    rule.check(snapshot)?;
    Ok((rule, Horizon::of(snapshot, scope.as_of)))
}

async fn retention(
    snapshot: &Snapshot,
    period: Period,
    part: RetentionPart,
    activity: Option<&Activity>,
    scope: &Scope,
) -> Result<Vec<u32>, MetricError> {
    let (rule, horizon) = settled(snapshot, activity, scope).await?;
    if period.start >= horizon.as_of {
        return Err(MetricError::NotYet { period, as_of: horizon.as_of });
    }
    let reader = SpellReader::new(&rule, snapshot, scope, &horizon);
    let scan = reader.scan.clone();
    let (start, end) = (period.start.0, period.end.min(horizon.as_of).0);
    let pick = Pick::new(move |run: &Run<'_>, spells: &mut Spells| {
        if !reader.read(run, spells) {
            return false;
        }
        let (s, e, acquired) = (spells.holds(start), spells.holds(end), start <= spells.first && spells.first < end);
        match part {
            RetentionPart::Start => s,
            RetentionPart::End => e,
            RetentionPart::Retained => s && e,
            RetentionPart::Lost => s && !e,
            RetentionPart::New => e && !s,
            RetentionPart::FirstTime => e && acquired,
            RetentionPart::Returned => e && !s && !acquired,
            RetentionPart::Acquired => acquired,
            RetentionPart::GoneAgain => acquired && !e,
        }
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

/// Customers active on the first morning that is not counted.
pub(crate) async fn active(
    snapshot: &Snapshot,
    activity: Option<&Activity>,
    scope: &Scope,
) -> Result<Vec<u32>, MetricError> {
    let (rule, horizon) = settled(snapshot, activity, scope).await?;
    let reader = SpellReader::new(&rule, snapshot, scope, &horizon);
    let (scan, day) = (reader.scan.clone(), horizon.as_of.0);
    let pick = Pick::new(move |run: &Run<'_>, spells: &mut Spells| reader.read(run, spells) && spells.holds(day));
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

async fn flow(snapshot: &Snapshot, ask: &RetentionFlowAsk, from: &str, to: &str) -> Result<Vec<u32>, MetricError> {
    let (rule, horizon) = settled(snapshot, ask.activity.as_ref(), &ask.scope).await?;
    if !crate::retention_flow::Way::ALL.iter().any(|way| way.passes(from, to)) {
        return Err(MetricError::UnknownGroup(format!("{from} → {to}")));
    }
    let reader = WayReader::new(&rule, snapshot, &ask.scope, &horizon, ask.period)?;
    let scan = reader.reader.scan.clone();
    let (from, to) = (from.to_owned(), to.to_owned());
    let pick = Pick::new(move |run: &Run<'_>, (days, spells): &mut (Vec<i32>, Spells)| {
        reader.way(run, days, spells).is_some_and(|way| way.passes(&from, &to))
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

/// The first and the first day after the orders asked for.
fn days_of(ask: &OrdersAsk, horizon: &Horizon) -> (i32, i32) {
    let end = ask.period.map_or(horizon.as_of, |period| period.end.min(horizon.as_of));
    (ask.period.map_or(i32::MIN, |period| period.start.0), end.0)
}

async fn ordered(snapshot: &Snapshot, ask: &OrdersAsk, min: u32, max: u32) -> Result<Vec<u32>, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let (from, to) = days_of(ask, &horizon);
    let scan = history::Scan::of("orders", &["day"]).with_filter(ask.scope.filter.clone());
    let pick = Pick::new(move |run: &Run<'_>, (): &mut ()| {
        let orders = run.i32(0).iter().filter(|day| from <= **day && **day < to).count() as u32;
        (min..=max).contains(&orders)
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

async fn newness(snapshot: &Snapshot, ask: &OrdersAsk, new: bool) -> Result<Vec<u32>, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let (from, to) = days_of(ask, &horizon);
    let scan = history::Scan::of("orders", &["day"]).with_filter(ask.scope.filter.clone());
    let pick = Pick::new(move |run: &Run<'_>, (): &mut ()| {
        let inside = run.i32(0).iter().any(|day| from <= *day && *day < to);
        inside && (run.i32(0)[0] >= from) == new
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

async fn cohort(
    snapshot: &Snapshot,
    ask: &CohortsAsk,
    key: &CohortKey,
    step: Option<u32>,
    there: bool,
) -> Result<Vec<u32>, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let activity = ask.activity.clone().unwrap_or_else(|| Activity::of(snapshot));
    let begun = begun(snapshot, ask, &activity, &horizon).await?;
    let ask = &if begun.is_some() { later(ask) } else { ask.clone() };
    let reader = EntryReader::new(snapshot, ask, &activity, &horizon).await?;
    let scan = reader.scan();
    let row = Row::new(snapshot, ask, key, horizon, reader.steps().clone());
    let Some(begun) = begun else {
        let pick = Pick::new(move |run: &Run<'_>, entry: &mut Entry| {
            if !reader.read(run, entry, &mut Excluded::default()) {
                return false;
            }
            let counted = row.counts(entry.visited.entry, reader.word(run), step);
            counted && step.is_none_or(|k| entry.was_at(k) == there)
        });
        return Ok(snapshot.fold(&scan, pick).await?.keys);
    };
    let counted = begun.iter().filter(|(_, one)| row.counts(one.step, begun.word(one), step));
    let counted: HashMap<u32, i32> = counted.map(|(customer, beginning)| (customer, beginning.step)).collect();
    let Some(k) = step else { return Ok(counted.into_keys().collect()) };
    let counted = Arc::new(counted);
    let beginnings = counted.clone();
    let pick = Pick::new(move |run: &Run<'_>, entry: &mut Entry| {
        let Some(first) = beginnings.get(&run.customer) else { return false };
        let read = reader.read(run, entry, &mut Excluded::default());
        entry.visited.entry = *first;
        read && entry.was_at(k)
    });
    let came: HashSet<u32> = snapshot.fold(&scan, pick).await?.keys.into_iter().collect();
    // Those who were not there are all others who began, also those without any fact later.
    Ok(counted.keys().copied().filter(|customer| came.contains(customer) == there).collect())
}

/// A row of the cohort matrix, and who is counted in its cells.
struct Row {
    key: CohortKey,
    start: Option<i32>,
    entered: (i32, i32),
    horizon: Horizon,
    steps: Steps,
}

impl Row {
    fn new(snapshot: &Snapshot, ask: &CohortsAsk, key: &CohortKey, horizon: Horizon, steps: Steps) -> Row {
        let start = match key {
            CohortKey::Start(period) => Some(ask.grain.index(period.start, snapshot.week())),
            _ => None,
        };
        Row { key: key.clone(), start, entered: entered_steps(ask, snapshot), horizon, steps }
    }

    /// Whether a customer who began in step `first` with this word counts in the row's cell `k`, or at all without one.
    fn counts(&self, first: i32, word: Option<Option<&str>>, k: Option<u32>) -> bool {
        let in_row = match (&self.key, word) {
            (CohortKey::Start(_), _) => Some(first) == self.start,
            (CohortKey::Word(key), Some(word)) => word == Some(key.as_str()),
            (CohortKey::Unknown, Some(word)) => word.is_none(),
            (CohortKey::Everybody, _) => true,
            _ => false,
        };
        in_row
            && self.entered.0 <= first
            && first <= self.entered.1
            && k.is_none_or(|k| self.over(later_step(first, k)))
    }

    /// Rows of many starts count only those old enough, as the cell does; one start is old enough as a whole.
    fn over(&self, step: i32) -> bool {
        let complete = || self.horizon.complete(self.steps.period(step).end);
        step <= self.steps.last() && (self.start.is_some() || complete())
    }
}

fn later_step(first: i32, k: u32) -> i32 {
    first.saturating_add(k.min(1 << 20) as i32)
}

impl Entry {
    /// Whether the customer was there in the k-th step after the beginning.
    fn was_at(&self, k: u32) -> bool {
        self.visited.steps.binary_search(&later_step(self.visited.entry, k)).is_ok()
    }
}

async fn lifecycle(
    snapshot: &Snapshot,
    ask: &LifecycleAsk,
    date: Date,
    state: LifecycleState,
) -> Result<Vec<u32>, MetricError> {
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let activity = ask.activity.clone().unwrap_or_else(|| Activity::of(snapshot));
    let steps = Steps::new(Some(ask.grain), snapshot.week(), None, &horizon);
    let reader = StepReader::new(&activity, snapshot, &ask.scope, &horizon, steps, Views::Smallest);
    let (scan, step) = (reader.scan.clone(), ask.grain.index(date, snapshot.week()));
    let pick = Pick::new(move |run: &Run<'_>, visited: &mut Visited| {
        reader.read(run, visited) && state_in(step, &visited.steps) == Some(state)
    });
    Ok(snapshot.fold(&scan, pick).await?.keys)
}

async fn scored(snapshot: &Snapshot, ask: &RfmAsk, of: impl Fn(&RfmCustomer) -> bool) -> Result<Vec<u32>, MetricError> {
    let scored = rfm_customers(snapshot, ask).await?.customers;
    Ok(scored.iter().filter(|one| of(one)).map(|one| one.customer).collect())
}

async fn rfm_group(snapshot: &Snapshot, ask: &RfmAsk, group: &str) -> Result<Vec<u32>, MetricError> {
    let group = ask.preset.group(group)?;
    if ask.preset.without_orders() == Some(group) {
        return without_orders(snapshot, &rfm_customers(snapshot, ask).await?).await;
    }
    scored(snapshot, ask, |one| one.group == group).await
}

async fn rfm_move(
    snapshot: &Snapshot,
    ask: &RfmMigrationAsk,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Vec<u32>, MetricError> {
    let known = |id: Option<&str>| id.map(|id| ask.now.preset.group(id)).transpose();
    let (from, to) = (known(from)?, known(to)?);
    let now = rfm_customers(snapshot, &ask.now).await?;
    let scope = Scope { as_of: Some(ask.before), ..ask.now.scope.clone() };
    let before = rfm_customers(snapshot, &RfmAsk { scope, ..ask.now.clone() }).await?;
    let mut keys = Vec::new();
    each_of_both(&before.customers, &now.customers, |customer, earlier, later| {
        if earlier.map(|c| c.group) == from && later.map(|c| c.group) == to {
            keys.push(customer);
        }
    });
    Ok(keys)
}

async fn top(snapshot: &Snapshot, ask: &ConcentrationAsk, percent: u32) -> Result<Vec<u32>, MetricError> {
    let (mut amounts, _, _) = amounts(snapshot, ask).await?;
    let spread = models::concentration::Concentration::new(amounts.iter().map(|(_, amount)| *amount).collect());
    let count = spread.count_of_share(f64::from(percent.min(100)) / 100.0);
    amounts.sort_unstable_by_key(|(customer, amount)| (std::cmp::Reverse((*amount).max(0)), *customer));
    Ok(amounts.into_iter().take(count).map(|(customer, _)| customer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohorts::{CohortBy, cohorts};
    use crate::customer_retention::{CustomerRetentionAsk, customer_retention};
    use crate::lifecycle::lifecycle as lifecycle_of;
    use crate::retention_flow::retention_flow;
    use crate::revenue::{RevenueAsk, revenue};
    use crate::rfm::{rfm, rfm_migration};
    use crate::rfm_kept::rfm_kept;
    use crate::testing::{answer, changes, date, orders, period};
    use terms::Grain;

    const SHOP: &str = "ana 2023-12-20 10 country=FI\nana 2024-01-15 20 country=FI\nben 2023-12-10 5 country=SE\n\
                        cem 2024-01-10 7 country=SE\ndia 2023-09-01 9 country=FI\ndia 2024-01-31 9\n\
                        eva 2023-12-31 1 country=FI\neva 2024-01-01 1\nfay 2024-01-01 2 country=SE\nana 2024-03-01 1\n\
                        ana 2024-03-02 refund 1\nhal 2024-02-01 3 currency=USD";

    fn purchase() -> Option<Activity> {
        Some(Activity::Purchase { window_days: Some(30) })
    }

    fn count(shop: &Snapshot, behind: Behind) -> u64 {
        let keys = answer(customers(shop, &behind)).unwrap();
        assert!(keys.is_sorted());
        let page = answer(people(shop, &behind, &Page { limit: 2, ..Page::default() })).unwrap();
        assert_eq!(page.total, keys.len() as u64);
        assert_eq!(page.rows.len(), keys.len().min(2));
        keys.len() as u64
    }

    #[test]
    fn a_list_is_as_long_as_its_number() {
        let shop = orders(SHOP);
        let scope = Scope::default();
        let january = period("2024-01");
        let ask = CustomerRetentionAsk { period: january, activity: purchase(), scope: scope.clone() };
        let counts = answer(customer_retention(&shop, &ask)).unwrap().point.counts;
        for (part, number) in [
            (RetentionPart::Start, counts.start),
            (RetentionPart::End, counts.end),
            (RetentionPart::Retained, counts.retained),
            (RetentionPart::Lost, counts.lost()),
            (RetentionPart::New, counts.new_customers()),
            (RetentionPart::FirstTime, counts.first_time),
            (RetentionPart::Returned, counts.returned()),
            (RetentionPart::Acquired, counts.acquired),
            (RetentionPart::GoneAgain, counts.gone_again()),
        ] {
            let behind = Behind::Retention { period: january, part, activity: purchase(), scope: scope.clone() };
            assert_eq!(count(&shop, behind), number, "{part:?}");
        }
        let flow = RetentionFlowAsk { period: january, activity: purchase(), scope: scope.clone() };
        let found = answer(retention_flow(&shop, &flow)).unwrap();
        for (from, to) in [("start", "waiting"), ("ordered", "active"), ("ordered", "left"), ("first", "ordered")] {
            let behind = Behind::Flow { ask: flow.clone(), from: from.into(), to: to.into() };
            assert_eq!(count(&shop, behind), found.between(from, to), "{from} {to}");
        }
        let nowhere = Behind::Flow { ask: flow, from: "start".into(), to: "left".into() };
        assert_eq!(answer(customers(&shop, &nowhere)).unwrap_err().code(), "unknown_group");
        let orders = OrdersAsk { period: Some(january), ..OrdersAsk::default() };
        let sums =
            answer(revenue(&shop, &RevenueAsk { period: Some(january), ..Default::default() })).unwrap().rows[0].sums;
        assert_eq!(count(&shop, Behind::Newness { ask: orders.clone(), new: true }), sums.new_customers);
        assert_eq!(count(&shop, Behind::Newness { ask: orders.clone(), new: false }), sums.returning_customers);
        assert_eq!(count(&shop, Behind::Ordered { ask: orders, orders_min: 1, orders_max: None }), sums.customers);
        let all = OrdersAsk::default();
        assert_eq!(count(&shop, Behind::Ordered { ask: all, orders_min: 2, orders_max: None }), 3);
        assert_eq!(count(&shop, Behind::Everybody { scope: Scope::as_of(date("2024-01-01")) }), 4);
        assert_eq!(count(&shop, Behind::Active { activity: purchase(), scope: Scope::as_of(date("2024-01-01")) }), 3);
    }

    /// The pooled row opens to those it counted.
    fn check_average(shop: &Snapshot, ask: &CohortsAsk) {
        for (k, cell) in answer(cohorts(shop, ask)).unwrap().average.iter().enumerate() {
            let behind =
                |there| Behind::Cohort { ask: ask.clone(), key: CohortKey::Everybody, step: Some(k as u32), there };
            let share = cell.map(|cell| cell.share).unwrap_or_default();
            assert_eq!(count(shop, behind(true)), share.part, "{k}");
            assert_eq!(count(shop, behind(false)), share.rest().part, "{k}");
        }
    }

    #[test]
    fn cells_open_where_the_beginning_has_facts_of_its_own() {
        let app = crate::testing::events(
            "ana 2024-01-31 signup plan=a\nana 2024-02-01 use\nben 2024-01-05 signup plan=b\ncem 2024-01-20 use\n\
             cem 2024-02-20 signup plan=a\ndia 2024-01-02 use\ncem 2024-03-01 use\neva 2024-02-02 signup",
        );
        let named = |name: &str| Some(Activity::Event { window_days: None, name: Some(name.into()) });
        for by in [CohortBy::Start, CohortBy::Column { column: "plan".into() }] {
            let ask = CohortsAsk { begin: named("signup"), activity: named("use"), by, ..CohortsAsk::of(Grain::Month) };
            let found = answer(cohorts(&app, &ask)).unwrap();
            assert_eq!(found.rows.iter().map(|row| row.size).sum::<u64>(), 4);
            for row in found.rows {
                let behind = |step, there| Behind::Cohort { ask: ask.clone(), key: row.key.clone(), step, there };
                assert_eq!(count(&app, behind(None, true)), row.size, "{:?}", row.key);
                for (k, cell) in row.cells.iter().enumerate().filter(|(_, cell)| cell.complete) {
                    assert_eq!(count(&app, behind(Some(k as u32), true)), cell.share.part, "{:?} {k}", row.key);
                    assert_eq!(count(&app, behind(Some(k as u32), false)), cell.share.rest().part, "{:?} {k}", row.key);
                }
            }
            check_average(&app, &ask);
        }
    }

    #[test]
    fn cells_groups_and_states_open_too() {
        let shop = orders(SHOP);
        for by in [CohortBy::Start, CohortBy::Column { column: "country".into() }] {
            let ask = CohortsAsk { by, ..CohortsAsk::of(Grain::Month) };
            for row in answer(cohorts(&shop, &ask)).unwrap().rows {
                let behind = |step, there| Behind::Cohort { ask: ask.clone(), key: row.key.clone(), step, there };
                assert_eq!(count(&shop, behind(None, true)), row.size);
                for (k, cell) in row.cells.iter().enumerate().filter(|(_, cell)| cell.complete) {
                    assert_eq!(count(&shop, behind(Some(k as u32), true)), cell.share.part, "{:?} {k}", row.key);
                    assert_eq!(count(&shop, behind(Some(k as u32), false)), cell.share.rest().part);
                }
            }
        }
        let together = CohortsAsk { entered: Some(period("2023-Q4")), ..CohortsAsk::of(Grain::Month) };
        check_average(&shop, &together);
        let ask = LifecycleAsk { activity: None, grain: Grain::Month, over: None, scope: Scope::default() };
        for row in answer(lifecycle_of(&shop, &ask)).unwrap().rows {
            for (state, number) in [
                (LifecycleState::New, row.counts.new),
                (LifecycleState::Returning, row.counts.returning),
                (LifecycleState::Resurrected, row.counts.resurrected),
                (LifecycleState::Dormant, row.counts.dormant),
            ] {
                let behind = Behind::Lifecycle { ask: ask.clone(), date: row.period.start, state };
                assert_eq!(count(&shop, behind), number, "{state:?} in {}", row.period);
            }
        }
        let top = Behind::Top { ask: ConcentrationAsk::default(), percent: 20 };
        assert_eq!(count(&shop, top), 2); // a fifth of seven, rounded up
        assert_eq!(count(&shop, Behind::Overdue { ask: OverdueAsk::default() }), 0);
    }

    #[test]
    fn rfm_opens_whatever_the_grid() {
        let shop = orders(SHOP);
        for preset in crate::Preset::ALL {
            for (window_days, bins) in [(None, None), (Some(40), Some(5)), (Some(90), Some(3))] {
                rfm_opens(&shop, &RfmAsk { preset, window_days, bins, ..RfmAsk::default() });
            }
        }
    }

    /// Every number of a grid and of the moves since January against its list; and nobody is in two lists or in none.
    fn rfm_opens(shop: &Snapshot, grid: &RfmAsk) {
        let found = answer(rfm(shop, grid)).unwrap();
        let mut families = std::collections::HashMap::new();
        for group in &found.groups {
            let behind = Behind::RfmGroup { ask: grid.clone(), group: group.group.id.into() };
            assert_eq!(count(shop, behind), group.customers, "{} {grid:?}", group.group.id);
            if grid.preset.without_orders() != Some(group.group) {
                *families.entry(group.family()).or_insert(0) += group.customers;
            }
        }
        for (family, customers) in families {
            assert_eq!(count(shop, Behind::RfmFamily { ask: grid.clone(), family }), customers, "{family:?}");
        }
        let mut scores = std::collections::HashMap::new();
        for cell in &found.cells {
            assert_eq!(count(shop, Behind::RfmCell { ask: grid.clone(), scores: cell.scores }), cell.customers);
            *scores.entry((cell.scores.0, cell.scores.1)).or_insert(0) += cell.customers;
        }
        for (scores, customers) in scores {
            assert_eq!(count(shop, Behind::RfmScores { ask: grid.clone(), scores }), customers, "{scores:?}");
        }
        let ask = RfmMigrationAsk { before: date("2024-01-01"), now: grid.clone() };
        let moves = answer(rfm_migration(shop, &ask)).unwrap().moves;
        let mut moved_all = 0;
        for moved in &moves {
            let id = |group: Option<&'static crate::Group>| group.map(|group| group.id.to_owned());
            let behind = Behind::RfmMove { ask: ask.clone(), from: id(moved.from), to: id(moved.to) };
            assert_eq!(count(shop, behind), moved.customers);
            moved_all += moved.customers;
        }
        let then = RfmAsk { scope: Scope::as_of(ask.before), ..grid.clone() };
        let before: HashSet<u32> =
            answer(rfm_customers(shop, &then)).unwrap().customers.iter().map(|c| c.customer).collect();
        let now = answer(rfm_customers(shop, grid)).unwrap().customers;
        assert_eq!(moved_all, now.iter().map(|c| c.customer).chain(before).collect::<HashSet<u32>>().len() as u64);
        let ask = RfmKeptAsk { groups: then, activity: purchase(), until: date("2024-02-01") };
        for (group, share) in answer(rfm_kept(shop, &ask)).unwrap() {
            let behind = |active| Behind::RfmKept { ask: ask.clone(), group: group.id.into(), active };
            assert_eq!(count(shop, behind(true)), share.part, "{}", group.id);
            assert_eq!(count(shop, behind(false)), share.rest().part, "{}", group.id);
        }
        let nobody = Behind::RfmGroup { ask: grid.clone(), group: "friends".into() };
        assert_eq!(answer(customers(shop, &nobody)).unwrap_err().code(), "unknown_group");
    }

    #[test]
    fn a_page_is_sorted_and_knows_the_whole() {
        let shop = orders(SHOP);
        let everybody = Behind::Everybody { scope: Scope::default() };
        let spend = |sort, ascending, skip| {
            let page = Page { sort, ascending, skip, limit: 3 };
            let found = answer(people(&shop, &everybody, &page)).unwrap();
            assert_eq!((found.total, found.spend_minor, found.excluded.currency), (7, 6500, 1));
            found.rows.iter().map(|person| person.spend_minor).collect::<Vec<_>>()
        };
        assert_eq!(spend(PeopleSort::Spend, false, 0), [3100, 1800, 700]);
        assert_eq!(spend(PeopleSort::Spend, false, 5), [200, 0]);
        assert_eq!(spend(PeopleSort::LastOrder, true, 0), [500, 200, 200]);
        assert_eq!(spend(PeopleSort::FirstOrder, true, 0), [1800, 500, 3100]);
        assert_eq!(spend(PeopleSort::Orders, false, 0), [3100, 1800, 200]);
        assert!(spend(PeopleSort::Spend, false, 100).is_empty());
    }

    #[test]
    fn members_without_orders_are_people() {
        let members = changes("ana 2024-01-01 start\nben 2024-01-01 start\nben 2024-02-10 end\ncem 2024-03-05 start");
        let lost = Behind::Retention {
            period: period("2024-02"),
            part: RetentionPart::Lost,
            activity: None,
            scope: Scope::default(),
        };
        assert_eq!(count(&members, lost.clone()), 1);
        let found = answer(people(&members, &lost, &Page::default())).unwrap();
        assert_eq!((found.rows[0].orders, found.rows[0].last_order), (0, None));
    }
}
