//! Everybody we know, with the numbers lists are filtered and sorted by: made once for each version of the history.
//!
//! Names and other texts are not in it: they are read for the rows that are shown, and folded over where they decide which
//! rows those are. So a list of a hundred thousand costs a pass over plain numbers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use history::Scan;
use history::fold::{Machine, Run};
use metrics::people::persons;
use metrics::rfm::rfm_customers;
use metrics::standings::{Seen, StandingsAsk, seen, standings};
use terms::{Date, Instant};

use super::ground::{Ground, ask};
use super::names::texts;
use crate::Problem;

/// One customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub key: u32,
    pub orders: u32,
    /// Refunds taken off, in minor units.
    pub spend: i64,
    /// Given back, in minor units.
    pub refunded: i64,
    pub first_order: Option<Date>,
    pub last_order: Option<Date>,
    /// The first and the last day with a fact.
    pub first_seen: Option<Date>,
    pub last_seen: Option<Date>,
    /// The day they became a customer by the rule; nothing for somebody who never did.
    pub since: Option<Date>,
    /// The last day as a customer, for those who left.
    pub until: Option<Date>,
    /// A place in [`Roster::plans`].
    pub plan: Option<u32>,
    pub mrr: Option<i64>,
    pub events: u64,
    pub group: Option<&'static metrics::Group>,
}

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Left,
    Never,
}

impl Status {
    pub const ALL: [Status; 3] = [Status::Active, Status::Left, Status::Never];

    pub fn word(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Left => "left",
            Status::Never => "never",
        }
    }

    pub fn from_word(word: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.word() == word)
    }
}

impl Member {
    fn new(key: u32) -> Member {
        Member {
            key,
            orders: 0,
            spend: 0,
            refunded: 0,
            first_order: None,
            last_order: None,
            first_seen: None,
            last_seen: None,
            since: None,
            until: None,
            plan: None,
            mrr: None,
            events: 0,
            group: None,
        }
    }

    pub fn status(&self) -> Status {
        match (self.since, self.until) {
            (None, _) => Status::Never,
            (Some(_), None) => Status::Active,
            (Some(_), Some(_)) => Status::Left,
        }
    }
}

/// Everybody, by key.
#[derive(Debug, Default)]
pub(super) struct Roster {
    pub members: Vec<Member>,
    /// Names of plans.
    pub plans: Vec<String>,
}

impl Roster {
    pub fn of(&self, key: u32) -> Option<&Member> {
        let place = self.members.binary_search_by_key(&key, |member| member.key).ok()?;
        self.members.get(place)
    }

    pub fn plan(&self, member: &Member) -> Option<&str> {
        self.plans.get(member.plan? as usize).map(String::as_str)
    }

    /// Hands each entry of a list to the member of its key.
    fn each<T>(&mut self, list: &[T], key: impl Fn(&T) -> u32, add: impl Fn(&mut Member, &T)) {
        for one in list {
            if let Ok(place) = self.members.binary_search_by_key(&key(one), |member| member.key)
                && let Some(member) = self.members.get_mut(place)
            {
                add(member, one);
            }
        }
    }
}

impl Ground {
    /// Everybody we know.
    pub async fn roster(&self) -> Result<Arc<Roster>, Problem> {
        self.keep("roster".to_owned(), self.call_roll()).await
    }

    async fn call_roll(&self) -> Result<Roster, Problem> {
        let snapshot = &self.snapshot;
        let scan = Scan::of("customers", &["first_at", "last_at"]).with_filter(Some("facts > 0".to_owned()));
        let mut known = snapshot.fold(&scan, SeenMachine).await?;
        known.sort_unstable_by_key(|one| one.0);
        let day = |at: i64| (at != UNSEEN).then(|| snapshot.zone().date(Instant(at)));
        let member = |(key, first, last): &(u32, i64, i64)| Member {
            first_seen: day(*first),
            last_seen: day(*last),
            ..Member::new(*key)
        };
        let mut roster = Roster { members: known.iter().map(member).collect(), plans: Vec::new() };
        let currency = Some(self.workspace.currency);
        let standing = StandingsAsk { activity: self.activity(), scope: self.scope(""), currency };
        let found = standings(snapshot, &standing).await?;
        roster.each(
            &found.customers,
            |one| one.customer,
            |member, one| {
                (member.since, member.until, member.plan, member.mrr) =
                    (Some(one.since), one.until, one.plan, one.mrr_minor);
            },
        );
        roster.plans = found.plans;
        if snapshot.has("orders") {
            self.roll_of_orders(&mut roster).await?;
        }
        if snapshot.has("events") {
            let found: Vec<Seen> = seen(snapshot, &self.scope("")).await?;
            roster.each(&found, |one| one.customer, |member, one| member.events = one.events);
        }
        Ok(roster)
    }

    async fn roll_of_orders(&self, roster: &mut Roster) -> Result<(), Problem> {
        let keys: HashSet<u32> = roster.members.iter().map(|member| member.key).collect();
        let scored = async { ask!(self, rfm_customers, self.rfm_ask("", self.horizon)) };
        let known = async { Ok::<_, Problem>(persons(&self.snapshot, &keys, None).await?) };
        let (known, scored) = tokio::try_join!(known, scored)?;
        roster.each(
            &known.rows,
            |person| person.customer,
            |member, person| {
                member.orders = person.orders;
                member.spend = person.spend_minor.saturating_sub(person.refunded_minor);
                member.refunded = person.refunded_minor;
                (member.first_order, member.last_order) = (person.first_order, person.last_order);
            },
        );
        roster.each(&scored.customers, |one| one.customer, |member, one| member.group = Some(one.group));
        Ok(())
    }

    /// The place of everybody when sorted by some text, in the order of the roster; nothing where there is none.
    pub async fn ranks(&self, columns: &[&str]) -> Result<Arc<Vec<Option<u32>>>, Problem> {
        let key = format!("ranks {columns:?}");
        self.keep(key, async {
            let roster = self.roster().await?;
            let mut said = texts(&self.snapshot, columns).await?;
            said.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
            let mut rank = 0;
            let mut ranks: HashMap<u32, u32> = HashMap::with_capacity(said.len());
            for (at, (key, text)) in said.iter().enumerate() {
                // Equal texts have one rank, so that ties are broken as everywhere.
                if at > 0 && said.get(at - 1).is_some_and(|before| before.1 != *text) {
                    rank += 1;
                }
                ranks.insert(*key, rank);
            }
            Ok::<_, Problem>(roster.members.iter().map(|member| ranks.get(&member.key).copied()).collect())
        })
        .await
    }
}

/// Whoever has only a profile was never seen doing anything.
const UNSEEN: i64 = i64::MIN;

/// Collects the key and the instants of the first and the last fact.
struct SeenMachine;

impl Machine for SeenMachine {
    type Partial = Vec<(u32, i64, i64)>;

    fn start(&self) -> Vec<(u32, i64, i64)> {
        Vec::new()
    }

    fn customer(&self, partial: &mut Vec<(u32, i64, i64)>, run: &Run<'_>) {
        let at = |slot| if run.is_null(slot, 0) { UNSEEN } else { run.i64(slot).first().copied().unwrap_or(UNSEEN) };
        partial.push((run.customer, at(0), at(1)));
    }

    fn merge(&self, into: &mut Vec<(u32, i64, i64)>, other: Vec<(u32, i64, i64)>) {
        into.extend(other);
    }
}
