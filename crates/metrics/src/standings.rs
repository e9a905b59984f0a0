//! Where every customer stands: active or gone, since when, on which plan, for how much a month.
//!
//! The rows under lists of people. They come from the same spells that retention and churn are counted from, so that a
//! list of who left and the number of those who left cannot differ.

use std::collections::BTreeMap;

use history::fold::{Machine, Run, Slot};
use history::{Scan, Snapshot};
use serde::{Deserialize, Serialize};
use terms::{Currency, Date, Instant, Zone};

use crate::MetricError;
use crate::activity::{Activity, Change, SpellReader, Spells, spells_of_subscription};
use crate::money::{Excluded, Purse};
use crate::scope::{Horizon, Scope};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct StandingsAsk {
    /// The rule; the business's own without it.
    pub activity: Option<Activity>,
    /// As of when, and about which facts.
    pub scope: Scope,
    /// The currency of the revenue; that of reports without it.
    pub currency: Option<Currency>,
}

/// One customer: somebody of whom the rule says that they ever became one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The dense key.
    pub customer: u32,
    /// The first day of activity.
    pub since: Date,
    /// The last day at whose start they were active, if that is over.
    pub until: Option<Date>,
    /// The plan, as a place in [`Standings::plans`]: that of the contract they have, or of the last one they had.
    pub plan: Option<u32>,
    /// Monthly recurring revenue in minor units, where all of it is known and in the reporting currency.
    pub mrr_minor: Option<i64>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standings {
    /// The first day that is not counted.
    pub as_of: Date,
    /// Customers by key, rising.
    pub customers: Vec<Standing>,
    /// The plans there are, by name.
    pub plans: Vec<String>,
}

impl Standings {
    /// Where a customer stands; nothing for somebody who never became one.
    pub fn of(&self, customer: u32) -> Option<&Standing> {
        let place = self.customers.binary_search_by_key(&customer, |standing| standing.customer).ok()?;
        self.customers.get(place)
    }

    /// The name of the plan of a customer.
    pub fn plan(&self, standing: &Standing) -> Option<&str> {
        self.plans.get(standing.plan? as usize).map(String::as_str)
    }
}

/// Where every customer stands.
///
/// The monthly revenue is the sum of what the running subscriptions bring after their last change before the horizon;
/// zero when none runs, unknown when one of them is unknown or in another currency.
///
/// # Errors
///
/// When the facts the rule needs are not there.
pub async fn standings(snapshot: &Snapshot, ask: &StandingsAsk) -> Result<Standings, MetricError> {
    let rule = Activity::settle(ask.activity.as_ref(), snapshot, &ask.scope).await?;
    rule.check(snapshot)?;
    let horizon = Horizon::of(snapshot, ask.scope.as_of);
    let reader = SpellReader::new(&rule, snapshot, &ask.scope, &horizon);
    let contracts = rule.activity == Activity::Contract;
    let mut scan = reader.scan.clone();
    if contracts {
        scan.columns.extend(["plan", "currency"].map(str::to_owned));
    }
    let purse = Purse::counting(ask.currency.or_else(|| snapshot.currency()), MRR, CURRENCY);
    let machine = StandingMachine { reader, contracts, as_of: horizon.as_of.0, zone: snapshot.zone().clone(), purse };
    let found = snapshot.fold(&scan, machine).await?.list;
    Ok(by_key(found, horizon.as_of))
}

/// Sorted, and every plan named once.
fn by_key(found: Vec<(Standing, Option<String>)>, as_of: Date) -> Standings {
    let mut places: BTreeMap<String, u32> =
        found.iter().filter_map(|(_, plan)| plan.clone()).map(|plan| (plan, 0)).collect();
    for (place, number) in (0..).zip(places.values_mut()) {
        *number = place;
    }
    let place = |plan: Option<String>| plan.and_then(|plan| places.get(&plan).copied());
    let mut customers: Vec<Standing> =
        found.into_iter().map(|(standing, plan)| Standing { plan: place(plan), ..standing }).collect();
    customers.sort_unstable_by_key(|standing| standing.customer);
    Standings { as_of, customers, plans: places.into_keys().collect() }
}

struct StandingMachine {
    reader: SpellReader,
    contracts: bool,
    as_of: i32,
    zone: Zone,
    purse: Purse,
}

const AT: Slot = 0;
const SUBSCRIPTION: Slot = 1;
const MRR: Slot = 3;
const PLAN: Slot = 4;
const CURRENCY: Slot = 5;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Found {
    list: Vec<(Standing, Option<String>)>,
    #[serde(skip)]
    spells: Spells,
}

impl Machine for StandingMachine {
    type Partial = Found;

    fn start(&self) -> Found {
        Found::default()
    }

    fn customer(&self, partial: &mut Found, run: &Run<'_>) {
        let Found { list, spells } = partial;
        if !self.reader.read(run, spells) {
            return;
        }
        let last = spells.list.last().map_or(spells.first, |spell| spell.to - 1);
        let until = (!spells.holds(self.as_of)).then_some(Date(last));
        let (plan, mrr_minor) = if self.contracts { self.contract(run) } else { (None, None) };
        let since = Date(spells.first);
        list.push((Standing { customer: run.customer, since, until, plan: None, mrr_minor }, plan));
    }

    fn merge(&self, into: &mut Found, other: Found) {
        into.list.extend(other.list);
    }
}

impl StandingMachine {
    /// The plan and the revenue of the subscriptions that run; the last plan where none does.
    fn contract(&self, run: &Run<'_>) -> (Option<String>, Option<i64>) {
        let day = |row: usize| run.i64(AT).get(row).map_or(i32::MAX, |at| self.zone.date(Instant(*at)).0);
        let mut rows: Vec<usize> = (0..run.len()).collect();
        // Rows come in time order; a stable sort keeps it within each subscription.
        rows.sort_by_key(|row| run.text(SUBSCRIPTION, *row).unwrap_or(""));
        let mut mrr = Some(0i64);
        // (running, day of the change, plan): the running one and the latest of them wins.
        let mut best: Option<(bool, i32, &str)> = None;
        for one in rows.chunk_by(|a, b| run.text(SUBSCRIPTION, *a) == run.text(SUBSCRIPTION, *b)) {
            let changes: Vec<Change<'_>> = one.iter().map(|row| Change::of(run, *row, day(*row))).collect();
            let mut spells = Vec::new();
            spells_of_subscription(&changes, self.as_of, &mut spells);
            let runs = spells.last().is_some_and(|spell| spell.to == i32::MAX);
            let seen = || one.iter().rev().filter(|row| day(**row) < self.as_of);
            if runs {
                let known = seen().find(|row| !run.is_null(MRR, **row));
                let amount = known.and_then(|row| self.purse.amount(run, *row, &mut Excluded::default()));
                mrr = mrr.zip(amount).map(|(sum, amount)| sum.saturating_add(amount));
            }
            let plan = seen().find_map(|row| Some((runs, day(*row), run.text(PLAN, *row)?)));
            best = best.max(plan);
        }
        (best.map(|(_, _, plan)| plan.to_owned()), mrr)
    }
}

/// What somebody did, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The dense key.
    pub customer: u32,
    /// Events so far.
    pub events: u64,
    /// The first day with one.
    pub first_day: Date,
    /// The last day with one.
    pub last_day: Date,
}

/// Events of every customer who did anything before the horizon, by key.
///
/// # Errors
///
/// When the files cannot be read.
pub async fn seen(snapshot: &Snapshot, scope: &Scope) -> Result<Vec<Seen>, MetricError> {
    let as_of = Horizon::of(snapshot, scope.as_of).as_of.0;
    let scan = Scan::of("event_days", &["day", "events"]);
    let mut list = snapshot.fold(&scan, SeenMachine { as_of }).await?;
    list.sort_unstable_by_key(|seen| seen.customer);
    Ok(list)
}

struct SeenMachine {
    as_of: i32,
}

impl Machine for SeenMachine {
    type Partial = Vec<Seen>;

    fn start(&self) -> Vec<Seen> {
        Vec::new()
    }

    fn customer(&self, partial: &mut Vec<Seen>, run: &Run<'_>) {
        let days = run.i32(0);
        let visible = days.partition_point(|day| *day < self.as_of);
        let (Some(first), Some(last)) = (days.first(), visible.checked_sub(1).and_then(|last| days.get(last))) else {
            return;
        };
        let events = run.u32(1).iter().take(visible).map(|events| u64::from(*events)).sum();
        partial.push(Seen { customer: run.customer, events, first_day: Date(*first), last_day: Date(*last) });
    }

    fn merge(&self, into: &mut Vec<Seen>, other: Vec<Seen>) {
        into.extend(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Behind, customers};
    use crate::testing::{answer, changes, date, events, orders};

    /// Standings as `since [until] [plan] [mrr]`, in the order of the customers' first facts in the text.
    fn check(snapshot: &Snapshot, ask: &StandingsAsk, expected: &[&str]) {
        let found = answer(standings(snapshot, ask)).unwrap();
        let show = |standing: &Standing| {
            let until = standing.until.map_or("now".to_owned(), |day| day.to_string());
            let plan = found.plan(standing).unwrap_or("-");
            let mrr = standing.mrr_minor.map_or("-".to_owned(), |minor| minor.to_string());
            format!("{} {until} {plan} {mrr}", standing.since)
        };
        let mut shown: Vec<String> = found.customers.iter().map(show).collect();
        shown.sort();
        assert_eq!(shown, expected);
        // Whoever the list calls active is whom the number of active customers counts.
        let behind = Behind::Active { activity: ask.activity.clone(), scope: ask.scope.clone() };
        let active: Vec<u32> =
            found.customers.iter().filter(|one| one.until.is_none()).map(|one| one.customer).collect();
        assert_eq!(active, answer(customers(snapshot, &behind)).unwrap());
    }

    #[test]
    fn contracts_with_plans_and_money() {
        let members = changes(
            "ana 2024-01-01 start 10 plan=basic\nana 2024-02-01 change 25 plan=pro\n\
             ben 2024-01-02 start 10 plan=basic\nben 2024-02-10 end 0\n\
             cem 2024-01-03 start 10 plan=basic subscription=a\ncem 2024-01-04 start 5 plan=extra subscription=b\n\
             dia 2024-01-04 start plan=basic\n\
             eva 2024-01-05 start 0 plan=trial\n\
             fay 2024-01-06 start 7 plan=basic currency=USD\n\
             gus 2024-03-01 start 9 plan=late",
        );
        let ask = StandingsAsk { currency: "EUR".parse().ok(), ..StandingsAsk::default() };
        let whole = [
            "2024-01-01 now pro 2500",
            "2024-01-02 2024-02-10 basic 0",
            "2024-01-03 now extra 1500",
            "2024-01-04 now basic -",
            "2024-01-06 now basic -",
            "2024-03-01 now late 900",
        ];
        check(&members, &ask, &whole);
        // In January Ana was on basic, and nobody knew of March.
        let then = StandingsAsk { scope: Scope::as_of(date("2024-02-01")), ..ask };
        let january = [
            "2024-01-01 now basic 1000",
            "2024-01-02 now basic 1000",
            "2024-01-03 now extra 1500",
            "2024-01-04 now basic -",
            "2024-01-06 now basic -",
        ];
        check(&members, &then, &january);
    }

    #[test]
    fn a_shop_and_an_app() {
        let rule = Some(Activity::Purchase { window_days: Some(30) });
        let shop = orders("ana 2024-01-01\nana 2024-01-20\nben 2024-03-01\ncem 2024-03-10");
        let ask = StandingsAsk { activity: rule, ..StandingsAsk::default() };
        check(&shop, &ask, &["2024-01-01 2024-02-19 - -", "2024-03-01 now - -", "2024-03-10 now - -"]);
        let app = events("ana 2024-01-01 login\nana 2024-01-01 view\nana 2024-01-03 view\nben 2024-01-09 login");
        let rule = Some(Activity::Event { window_days: Some(2), name: None });
        check(
            &app,
            &StandingsAsk { activity: rule, ..StandingsAsk::default() },
            &["2024-01-01 2024-01-05 - -", "2024-01-09 now - -"],
        );
        let counts: Vec<_> = answer(seen(&app, &Scope::default())).unwrap();
        let mut counts: Vec<String> =
            counts.iter().map(|one| format!("{} {} {}", one.events, one.first_day, one.last_day)).collect();
        counts.sort();
        assert_eq!(counts, ["1 2024-01-09 2024-01-09", "3 2024-01-01 2024-01-03"]);
        assert_eq!(answer(seen(&app, &Scope::as_of(date("2024-01-03")))).unwrap()[0].events, 2);
        assert!(answer(seen(&shop, &Scope::default())).unwrap().is_empty());
    }

    #[test]
    fn a_rule_without_its_facts_is_refused() {
        let shop = orders("ana 2024-01-01");
        let ask = StandingsAsk { activity: Some(Activity::Contract), ..StandingsAsk::default() };
        assert_eq!(answer(standings(&shop, &ask)).unwrap_err().code(), "no_facts");
    }
}
