//! One customer: the same numbers as in every list, what happened, what it was worth, and all we know.

use std::collections::HashMap;

use metrics::rfm::rfm_customers;
use reports::pages::customer::{
    CustomerMonth, CustomerNote, CustomerPage, GroupThen, HappeningKind, Known, State, Tile, Worth,
};
use reports::pages::{Rule, Sentence, Value as Shown};
use serde_json::{Value, json};
use terms::{Date, Grain, Instant, Money, Period, WeekStart};

use super::cards::family;
use super::columns::label_of;
use super::customer_facts::{FACTS_MAX, Facts, short, text, told};
use super::ground::{Ground, ask, files_of, moment};
use super::names::{Name, names};
use super::query::page_number;
use super::roster::{Member, Roster, Status};
use super::timeline::{UNDATED, instant};
use crate::{App, Problem, rfc3339};

/// Months of the bars.
const MONTHS: i32 = 12;
/// Ends of months at which the group is told.
const GROUPS: i32 = 6;
/// Things that are known and shown.
const KNOWN_MAX: usize = 100;
/// Everything that lies in the history of a customer.
const VIEWS: [&str; 10] = [
    "orders",
    "order_lines",
    "refunds",
    "subscription_changes",
    "invoices",
    "events",
    "tickets",
    "responses",
    "costs",
    "profiles",
];

/// The query string of the page of one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerQuery {
    /// Only this kind of things that happened.
    pub kind: Option<HappeningKind>,
    /// Page of what happened, from 1: the newest.
    pub page: u32,
    /// The order whose lines are shown; empty for none.
    pub order: String,
}

impl CustomerQuery {
    /// Reads the parameters of an address; others are left alone.
    pub fn from_pairs(pairs: &[(String, String)]) -> CustomerQuery {
        let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str());
        CustomerQuery {
            kind: get("kind").and_then(HappeningKind::from_word),
            page: page_number(get("page")),
            order: get("order").unwrap_or_default().to_owned(),
        }
    }
}

/// A customer who was found.
struct Found {
    ground: Ground,
    roster: std::sync::Arc<Roster>,
    key: u32,
    name: Name,
}

impl App {
    async fn find_customer(&self, customer_id: &str) -> Result<Option<Found>, Problem> {
        let Some(ground) = self.ground().await? else { return Ok(None) };
        let Some(key) = ground.snapshot.customer_key(customer_id).await? else { return Ok(None) };
        let roster = ground.roster().await?;
        // A key stays when all facts of its customer were taken back; a name does not.
        let name = names(&ground.snapshot, [key].into()).await?.remove(&key);
        Ok(name.map(|name| Found { ground, roster, key, name }))
    }

    /// One customer by the identifier of the source; nothing when nobody has it.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read.
    pub async fn customer_page(&self, id: &str, query: &CustomerQuery) -> Result<Option<CustomerPage>, Problem> {
        let Some(found) = self.find_customer(id).await? else { return Ok(None) };
        let Found { ground, roster, key, name } = &found;
        let Some(member) = roster.of(*key) else { return Ok(None) };
        let facts = ground.all_facts(*key).await?;
        let (timeline, goods, groups, overdue, known, notes) = tokio::try_join!(
            ground.timeline(*key, &facts, query),
            ground.goods(*key),
            ground.groups_then(member),
            ground.is_overdue(*key),
            self.known(&found, &facts),
            self.customer_notes(&found),
        )?;
        let worth = ground.worth_card(member, &facts, goods);
        let days: Vec<Date> = facts.orders.iter().rev().filter_map(|row| ground.day(row)).collect();
        let usual_gap_days = usual_gap(&days);
        let counted = if facts.orders.is_empty() { HappeningKind::Event } else { HappeningKind::Order };
        let rows = if facts.orders.is_empty() { &facts.events } else { &facts.orders };
        let state = state_of(member);
        let days_since = member.last_order.map(|day| ground.days_to(day));
        Ok(Some(CustomerPage {
            rule: ground.kind(),
            id: id.to_owned(),
            name: name.name.as_deref().map(|name| short(name, 300)),
            country: name.country.as_deref().map(|country| short(country, 100)),
            state,
            reason: matches!(state, State::Left(_)).then(|| why_left(&facts)).flatten(),
            active: member.status() == Status::Active,
            active_days: ground.window(),
            group: member.group.map(|group| (group.id.to_owned(), family(group.family))),
            overdue,
            tiles: ground.tiles(member, roster, usual_gap_days, facts.tickets.len() as u64),
            orders: u64::from(member.orders),
            spend: ground.money(member.spend),
            refunded: ground.money(member.refunded),
            first_order: member.first_order,
            last_order: member.last_order,
            days_since,
            usual_gap_days,
            counted,
            months: ground.months(rows),
            timeline,
            value: worth,
            groups,
            facts: known,
            notes,
            freshness: ground.freshness,
            workspace: ground.workspace.clone(),
        }))
    }

    /// Everything about one customer, for the right of access; nothing when nobody has the identifier.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read.
    pub async fn customer_export(&self, id: &str) -> Result<Option<Value>, Problem> {
        let Some(found) = self.find_customer(id).await? else { return Ok(None) };
        let Found { ground, roster, key, name } = &found;
        let mut facts = serde_json::Map::new();
        for view in VIEWS.into_iter().filter(|view| ground.snapshot.has(view)) {
            let mut rows = ground.snapshot.latest_rows(view, *key, &[], usize::MAX).await?.json()?;
            // The number that joins views of one version says nothing to anybody else.
            for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                row.remove("customer");
            }
            // A list of customers often carries no date: then there is none.
            for row in rows.iter_mut().filter(|row| instant(row, "at") == Some(UNDATED)) {
                row["at"] = Value::Null;
            }
            if !rows.is_empty() {
                facts.insert(view.to_owned(), Value::Array(rows));
            }
        }
        let notes = self.store().customer_notes(id).await?;
        let notes: Vec<Value> =
            notes.iter().map(|note| json!({ "at": rfc3339(Instant(note.at)), "text": note.text })).collect();
        let member = roster.of(*key);
        Ok(Some(json!({
            "customer_id": name.id,
            "name": name.name,
            "country": name.country,
            "data_until": ground.snapshot.watermark().map(rfc3339),
            "amounts": "whole numbers of the smallest unit of the currency beside them",
            "derived": member.map(|member| json!({
                "status": member.status().word(),
                "customer_since": member.since.map(|day| day.to_string()),
                "customer_until": member.until.map(|day| day.to_string()),
                "rfm_group": member.group.map(|group| group.id),
                "orders": member.orders,
                "spend": member.spend,
                "refunded": member.refunded,
                "currency": ground.workspace.currency.to_string(),
            })),
            "facts": facts,
            "notes": notes,
        })))
    }

    async fn customer_notes(&self, found: &Found) -> Result<Vec<CustomerNote>, Problem> {
        let rows = self.store().customer_notes(&found.name.id).await?;
        let zone = found.ground.snapshot.zone();
        let note = |row: store::CustomerNoteRow| CustomerNote {
            id: row.id,
            at: moment(Instant(row.at), zone),
            text: row.text,
        };
        Ok(rows.into_iter().map(note).collect())
    }

    /// Writes a note about a customer there is; false when there is none of this identifier.
    ///
    /// # Errors
    ///
    /// `store-bad-value` when the note is empty or too long, or when there are 200 already.
    pub async fn add_customer_note(&self, id: &str, text: &str) -> Result<bool, Problem> {
        if self.find_customer(id).await?.is_none() {
            return Ok(false);
        }
        self.store().add_customer_note(id, text.trim(), self.now().0).await?;
        Ok(true)
    }

    /// Takes a note about a customer away.
    ///
    /// # Errors
    ///
    /// `no_note` when there is none of that number about this customer.
    pub async fn remove_customer_note(&self, id: &str, note: i64) -> Result<(), Problem> {
        if self.store().remove_customer_note(id, note).await? {
            return Ok(());
        }
        let hint = "it may have been removed already: open the customer again";
        Err(Problem::not_found("no_note", "there is no such note about this customer", hint))
    }

    /// Everything told of the customer, with the file that told it last.
    async fn known(&self, found: &Found, facts: &Facts) -> Result<Vec<Known>, Problem> {
        let mut files: HashMap<i64, String> = HashMap::new();
        let mut known = Vec::new();
        for name in found.ground.traits().iter().filter(|name| *name != "name").take(KNOWN_MAX) {
            let Some((row, value)) = facts.profiles.iter().find_map(|row| Some((row, told(row, name)?))) else {
                continue;
            };
            let import = text(row, "imports").and_then(|set| set.rsplit(',').next()?.parse::<i64>().ok());
            let source = match import {
                Some(id) => Some(self.file_of(id, &mut files).await?).filter(|file| !file.is_empty()),
                None => None,
            };
            known.push(Known { label: label_of(name), value, source });
        }
        if !known.iter().any(|one| one.label == label_of("country"))
            && let Some(country) = &found.name.country
        {
            known.push(Known { label: label_of("country"), value: short(country, 100), source: None });
        }
        Ok(known)
    }

    /// The name of the file of an import; the look-ups of one page are remembered.
    async fn file_of(&self, id: i64, known: &mut HashMap<i64, String>) -> Result<String, Problem> {
        if let Some(file) = known.get(&id) {
            return Ok(file.clone());
        }
        let file = self.store().import(id).await?.map(|row| files_of(&row).join(", ")).unwrap_or_default();
        known.insert(id, file.clone());
        Ok(file)
    }
}

fn state_of(member: &Member) -> State {
    match (member.since, member.until) {
        (None, _) => State::Never,
        (Some(since), None) => State::Active(since),
        (Some(_), Some(until)) => State::Left(until),
    }
}

/// Why the last contract ended, or the last survey of those who leave: as the source says it.
fn why_left(facts: &Facts) -> Option<String> {
    let ended = |row: &&Value| matches!(text(row, "kind"), Some("end" | "cancel"));
    let said = facts.changes.iter().filter(ended).find_map(|row| text(row, "reason"));
    let exit =
        || facts.responses.iter().find(|row| text(row, "kind") == Some("exit")).and_then(|row| text(row, "reason"));
    said.or_else(exit).map(|reason| short(reason, 100))
}

/// What the goods a customer bought cost, where the cost of every line is known.
#[derive(Debug, Clone, Copy, Default)]
struct Goods {
    cost: Option<Money>,
}

impl Ground {
    fn days_to(&self, day: Date) -> u32 {
        (self.horizon.0 - 1 - day.0).max(0) as u32
    }

    async fn is_overdue(&self, key: u32) -> Result<bool, Problem> {
        if !self.snapshot.has("orders") {
            return Ok(false);
        }
        let found = ask!(self, metrics::overdue::overdue, self.overdue_ask(""))?;
        Ok(found.customers.iter().any(|customer| customer.customer == key))
    }

    /// The key numbers that suit how somebody is a customer here.
    fn tiles(&self, member: &Member, roster: &Roster, gap: Option<f64>, tickets: u64) -> Vec<Tile> {
        let mut tiles = Vec::new();
        let mut tile = |label: &str, value: Option<Shown>, below: Option<Sentence>| {
            tiles.push(Tile { label: label.to_owned(), value, below });
        };
        let on = |day: Option<Date>| day.map(|day| Sentence::new("customer.on", [("date", Shown::Date(day))]));
        let ago = |day: Option<Date>| day.map(|day| Shown::Days(self.days_to(day)));
        let spend = (member.orders > 0).then(|| Shown::Money(self.money(member.spend)));
        let refunded = (member.refunded > 0)
            .then(|| Sentence::new("customer.refunded", [("amount", Shown::Money(self.money(member.refunded)))]));
        if self.kind() == Rule::Contract {
            tile("column.plan", roster.plan(member).map(|plan| Shown::Text(short(plan, 40))), None);
            tile("column.mrr", member.mrr.map(|minor| Shown::Money(self.money(minor))), None);
            tile("column.since", member.since.map(Shown::Date), member.since.and_then(|day| self.for_days(day)));
        }
        if member.orders > 0 {
            let mean = self.mean(member.spend, u64::from(member.orders));
            tile("customer.orders", Some(Shown::Count(u64::from(member.orders))), None);
            tile("customer.spend", spend, refunded);
            if self.kind() == Rule::Purchase {
                let first = member.first_order;
                tile("customer.per_order", Some(Shown::Money(mean)), None);
                tile("column.first_order", first.map(Shown::Date), first.and_then(|day| self.for_days(day)));
                tile("column.days_since", ago(member.last_order), on(member.last_order));
                tile("column.usual_gap", gap.map(|days| Shown::Days(days.round() as u32)), None);
                return tiles;
            }
        }
        if self.snapshot.has("events") {
            tile("column.events", Some(Shown::Count(member.events)), None);
        }
        if self.kind() != Rule::Contract {
            tile("column.first_seen", member.first_seen.map(Shown::Date), None);
        }
        tile("column.days_unseen", ago(member.last_seen), on(member.last_seen));
        if tickets > 0 {
            tile("customer.tickets", Some(Shown::Count(tickets)), None);
        }
        tiles
    }

    /// How long ago a day is.
    fn for_days(&self, day: Date) -> Option<Sentence> {
        Some(Sentence::new("unit.days_ago", [("n", Shown::Count(u64::from(self.days_to(day))))]))
    }

    /// Rows of the last months, every month named.
    fn months(&self, rows: &[Value]) -> Vec<CustomerMonth> {
        let month = |date: Date| Grain::Month.index(date, WeekStart::Monday);
        let mut counts: HashMap<i32, u64> = HashMap::new();
        for day in rows.iter().filter_map(|row| self.day(row)) {
            *counts.entry(month(day)).or_default() += 1;
        }
        let last = month(self.horizon.plus(-1));
        let of = |index: i32| CustomerMonth {
            month: Period::of(Grain::Month, Grain::Month.start(index, WeekStart::Monday), WeekStart::Monday),
            orders: counts.get(&index).copied().unwrap_or_default(),
        };
        (last + 1 - MONTHS..=last).map(of).collect()
    }

    /// The group at the end of the last months, and now; nothing for somebody without an order.
    async fn groups_then(&self, member: &Member) -> Result<Vec<GroupThen>, Problem> {
        let Some(first) = member.first_order else { return Ok(Vec::new()) };
        let last = Grain::Month.index(self.horizon.plus(-1), WeekStart::Monday);
        let ends = (last + 1 - GROUPS..=last).map(|index| Grain::Month.start(index, WeekStart::Monday));
        let ends: Vec<Date> = ends.filter(|end| *end > first && *end < self.horizon).chain([self.horizon]).collect();
        let mut groups = Vec::with_capacity(ends.len());
        for as_of in ends {
            let groups_of_all = self.group_ids(as_of).await?;
            let place = groups_of_all.binary_search_by_key(&member.key, |one| one.0);
            let found = place.ok().and_then(|place| groups_of_all.get(place));
            let group = found.map(|(_, group)| (group.id.to_owned(), family(group.family)));
            groups.push(GroupThen { as_of, group });
        }
        Ok(groups)
    }

    /// The group of everybody as of a day, by key: what is kept of the scores.
    async fn group_ids(&self, as_of: Date) -> Result<std::sync::Arc<Vec<(u32, &'static metrics::Group)>>, Problem> {
        let key = format!("groups as of {as_of}");
        self.keep(key, async {
            let scored = rfm_customers(&self.snapshot, &self.rfm_ask("", as_of)).await?;
            let mut ids: Vec<_> = scored.customers.iter().map(|one| (one.customer, one.group)).collect();
            ids.sort_unstable_by_key(|one| one.0);
            Ok::<_, metrics::MetricError>(ids)
        })
        .await
    }

    /// The cost of the goods. Where no line of the business has a cost, none of the customer is read.
    async fn goods(&self, key: u32) -> Result<Goods, Problem> {
        if !self.snapshot.has("order_lines")
            || !*self.keep("costs of lines".to_owned(), self.lines_have_costs()).await?
        {
            return Ok(Goods::default());
        }
        let rows = self.facts_of("order_lines", key, &["quantity", "unit_cost", "currency"]).await?;
        if rows.len() >= FACTS_MAX {
            return Ok(Goods::default()); // the cost of some lines alone would be no cost
        }
        let mut cost = 0i64;
        for row in &rows {
            let (Some(one), Some(quantity)) = (self.reported(row, "unit_cost"), row["quantity"].as_f64()) else {
                return Ok(Goods::default());
            };
            cost = cost.saturating_add((one as f64 * quantity).round() as i64);
        }
        Ok(Goods { cost: (!rows.is_empty()).then(|| self.money(cost)) })
    }

    async fn lines_have_costs(&self) -> Result<bool, Problem> {
        let scan = history::Scan::of("order_lines", &["unit_cost"]);
        let scan = scan.with_filter(Some("unit_cost is not null".to_owned()));
        Ok(self.snapshot.fold(&scan, AnyMachine).await?)
    }

    /// An amount of a row, where it is in the currency of reports.
    fn reported(&self, row: &Value, name: &str) -> Option<i64> {
        let amount = self.amount(row, name)?;
        (amount.currency == self.workspace.currency).then_some(amount.minor)
    }

    fn worth_card(&self, member: &Member, facts: &Facts, goods: Goods) -> Worth {
        let paid = (member.orders > 0).then(|| self.money(member.spend.saturating_add(member.refunded)));
        let mut costs: Vec<(String, Money)> = Vec::new();
        let mut other_currency = 0;
        for row in &facts.costs {
            let Some(minor) = self.reported(row, "amount") else {
                other_currency += 1;
                continue;
            };
            let kind = text(row, "kind").unwrap_or_default();
            match costs.iter_mut().find(|(known, _)| known == kind) {
                Some((_, sum)) => sum.minor = sum.minor.saturating_add(minor),
                None => costs.push((kind.to_owned(), self.money(minor))),
            }
        }
        let foreign = |row: &&Value| row["amount"].is_i64() && self.reported(row, "amount").is_none();
        other_currency += facts.orders.iter().chain(&facts.refunds).filter(foreign).count() as u64;
        let invoices = facts.invoices.iter().filter(|row| text(row, "outcome") == Some("paid"));
        let invoices: Vec<i64> = invoices
            .filter_map(|row| self.reported(row, "amount_paid").or_else(|| self.reported(row, "amount")))
            .collect();
        let sum = |list: &[i64]| list.iter().fold(0i64, |sum, minor| sum.saturating_add(*minor));
        let spent: i64 = costs.iter().fold(0i64, |sum, (_, money)| sum.saturating_add(money.minor));
        // An order in another currency or without lines has goods nobody counted.
        let whole = other_currency == 0 && facts.orders.iter().all(|row| row["lines"].as_u64().unwrap_or(0) > 0);
        let goods = goods.cost.filter(|_| whole && paid.is_some());
        Worth {
            paid,
            refunded: self.money(member.refunded),
            goods,
            margin: goods.map(|goods| self.money(member.spend.saturating_sub(goods.minor).saturating_sub(spent))),
            costs,
            invoiced: (!invoices.is_empty()).then(|| self.money(sum(&invoices))),
            other_currency,
        }
    }
}

/// Whether there is any row at all.
struct AnyMachine;

impl history::fold::Machine for AnyMachine {
    type Partial = bool;

    fn start(&self) -> bool {
        false
    }

    fn customer(&self, partial: &mut bool, _run: &history::fold::Run<'_>) {
        *partial = true;
    }

    fn merge(&self, into: &mut bool, other: bool) {
        *into |= other;
    }
}

/// The median of the gaps between days with an order, as the rule of who is overdue takes it.
fn usual_gap(days: &[Date]) -> Option<f64> {
    let mut gaps: Vec<i32> = days.windows(2).map(|pair| pair[1].0 - pair[0].0).filter(|gap| *gap > 0).collect();
    gaps.sort_unstable();
    let (low, high) = (gaps.get(gaps.len().checked_sub(1)? / 2)?, gaps.get(gaps.len() / 2)?);
    Some(f64::from(low + high) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_gap_is_the_one_in_the_middle() {
        let gap = |days: &[i32]| usual_gap(&days.iter().map(|day| Date(*day)).collect::<Vec<_>>());
        assert_eq!(gap(&[]), None);
        assert_eq!(gap(&[3, 3]), None);
        assert_eq!(gap(&[0, 10]), Some(10.0));
        assert_eq!(gap(&[0, 10, 10, 40]), Some(20.0));
        assert_eq!(gap(&[0, 10, 40, 45]), Some(10.0));
    }
}
