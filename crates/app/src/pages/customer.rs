//! One customer: the same numbers as in every list, and what happened.

use std::collections::{BTreeMap, HashSet};

use metrics::people::{Behind, Person, customers, persons};
use metrics::rfm::rfm_customers;
use reports::pages::Label;
use reports::pages::customer::{CustomerMonth, CustomerPage, Happening, HappeningKind};
use serde_json::Value;
use terms::{Date, Grain, Instant, Money, Period, WeekStart};

use super::cards::family;
use super::ground::{Ground, ask};
use super::list::{Line, name_all};
use crate::{App, Problem};

/// What happened most recently, so much of it is shown.
const TIMELINE_MAX: usize = 200;
/// Rows of one kind of facts that are looked at.
const FACTS_MAX: usize = 20_000;
/// Months of the bars.
const MONTHS: i32 = 12;
/// What else is told of customers, in the order it is shown.
const TRAITS: [&str; 7] = ["email", "phone", "city", "language", "channel", "birthday", "time_zone"];

impl App {
    /// One customer by the identifier of the source; nothing when nobody has it.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read.
    pub async fn customer_page(&self, customer_id: &str) -> Result<Option<CustomerPage>, Problem> {
        let Some(ground) = self.ground().await? else { return Ok(None) };
        let Some(key) = ground.snapshot.customer_key(customer_id).await? else { return Ok(None) };
        let known = persons(&ground.snapshot, &HashSet::from([key]), None).await?;
        let Some(person) = known.rows.first() else { return Ok(None) };
        let mut lines = [Line::of(person, &ground)];
        name_all(&ground, &mut lines).await?;
        let [line] = lines;
        if line.name.is_none() {
            return Ok(None);
        }
        Ok(Some(ground.customer(customer_id, person, &line).await?))
    }
}

impl Ground {
    async fn customer(&self, id: &str, person: &Person, line: &Line) -> Result<CustomerPage, Problem> {
        let key = line.key;
        let (active, group, late, orders, facts, mut timeline) = tokio::try_join!(
            self.is_active(key),
            self.group_of(key),
            self.late(""),
            self.order_days(id),
            self.traits(id),
            self.timeline(id),
        )?;
        let left_out = timeline.len().saturating_sub(TIMELINE_MAX) as u64;
        timeline.truncate(TIMELINE_MAX);
        Ok(CustomerPage {
            workspace: self.workspace.clone(),
            id: id.to_owned(),
            name: line.called(),
            country: line.country(),
            active,
            active_days: self.window(),
            group,
            overdue: late.lines.iter().any(|other| other.key == key),
            orders: line.orders,
            spend: line.spend,
            refunded: self.money(person.refunded_minor),
            first_order: person.first_order,
            last_order: person.last_order,
            days_since: person.last_order.map(|_| line.days_since),
            usual_gap_days: usual_gap(&orders),
            months: self.months(&orders),
            timeline,
            timeline_left_out: left_out,
            facts,
            freshness: self.freshness,
        })
    }

    async fn is_active(&self, key: u32) -> Result<bool, Problem> {
        let behind = Behind::Active { activity: self.activity(), scope: self.scope("") };
        Ok(ask!(self, customers, behind)?.binary_search(&key).is_ok())
    }

    async fn group_of(&self, key: u32) -> Result<Option<(String, reports::pages::retention::Family)>, Problem> {
        let scored = ask!(self, rfm_customers, self.rfm_ask("", self.horizon))?;
        let found = scored.customers.iter().find(|customer| customer.customer == key);
        Ok(found.map(|customer| (customer.group.id.to_owned(), family(customer.group.family))))
    }

    /// The days with an order, the earliest first; a day as often as there were orders.
    async fn order_days(&self, id: &str) -> Result<Vec<Date>, Problem> {
        let rows = self.snapshot.latest_of_customer("orders", id, &["day"], FACTS_MAX).await?.json()?;
        let mut days: Vec<Date> = rows.iter().filter_map(|row| text(row, "day")?.parse().ok()).collect();
        days.reverse();
        Ok(days)
    }

    /// Orders of the last months, every month named.
    fn months(&self, days: &[Date]) -> Vec<CustomerMonth> {
        let month = |date: Date| Grain::Month.index(date, WeekStart::Monday);
        let last = month(self.horizon.plus(-1));
        let of = |index: i32| CustomerMonth {
            month: Period::of(Grain::Month, Grain::Month.start(index, WeekStart::Monday), WeekStart::Monday),
            orders: days.iter().filter(|day| month(**day) == index).count() as u64,
        };
        (last + 1 - MONTHS..=last).map(of).collect()
    }

    async fn traits(&self, id: &str) -> Result<Vec<(Label, String)>, Problem> {
        let rows = self.snapshot.latest_of_customer("customers", id, &TRAITS, 1).await?.json()?;
        let Some(row) = rows.first() else { return Ok(Vec::new()) };
        let told = |name: &&str| Some((Label::Text((*name).replace('_', " ")), text(row, name)?.to_owned()));
        Ok(TRAITS.iter().filter_map(told).collect())
    }

    /// What happened, newest first.
    async fn timeline(&self, id: &str) -> Result<Vec<Happening>, Problem> {
        let read = async |view: &str, columns: &[&str]| {
            Ok::<_, Problem>(self.snapshot.latest_of_customer(view, id, columns, FACTS_MAX).await?.json()?)
        };
        let (orders, refunds, events, changes) = tokio::try_join!(
            read("orders", &["at", "order_id", "amount", "currency", "lines"]),
            read("refunds", &["at", "refund_id", "order_id", "amount", "currency"]),
            read("events", &["at", "name"]),
            read("subscription_changes", &["at", "kind", "plan"]),
        )?;
        let mut all: Vec<(i64, Happening)> = orders.iter().filter_map(|row| self.order(row)).collect();
        all.extend(self.refunds(&refunds));
        all.extend(events.iter().filter_map(|row| self.event(row, &["name"])));
        all.extend(changes.iter().filter_map(|row| self.event(row, &["kind", "plan"])));
        all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Ok(all.into_iter().map(|(_, happening)| happening).collect())
    }

    fn order(&self, row: &Value) -> Option<(i64, Happening)> {
        let (at, date) = self.when(row)?;
        let lines = row["lines"].as_u64().filter(|lines| *lines > 0);
        let name = text(row, "order_id").unwrap_or_default().to_owned();
        Some((at, Happening { date, kind: HappeningKind::Order, name, amount: self.amount(row), lines }))
    }

    /// Refunds, those of one number and moment together: sources tell them line by line.
    fn refunds(&self, rows: &[Value]) -> Vec<(i64, Happening)> {
        let mut together: BTreeMap<(i64, String, String), Happening> = BTreeMap::new();
        for row in rows {
            let (Some((at, date)), Some(amount)) = (self.when(row), self.amount(row)) else { continue };
            let name = text(row, "refund_id").or_else(|| text(row, "order_id")).unwrap_or_default().to_owned();
            let found = together.entry((at, name.clone(), amount.currency.to_string())).or_insert_with(|| Happening {
                date,
                kind: HappeningKind::Refund,
                name,
                amount: None,
                lines: None,
            });
            let before = found.amount.map_or(0, |before| before.minor);
            found.amount = Some(Money { minor: before.saturating_add(amount.minor), ..amount });
        }
        together.into_iter().map(|((at, _, _), happening)| (at, happening)).collect()
    }

    fn event(&self, row: &Value, words: &[&str]) -> Option<(i64, Happening)> {
        let (at, date) = self.when(row)?;
        let name: Vec<&str> = words.iter().filter_map(|word| text(row, word)).collect();
        Some((at, Happening { date, kind: HappeningKind::Event, name: name.join(" · "), amount: None, lines: None }))
    }

    fn when(&self, row: &Value) -> Option<(i64, Date)> {
        let at: jiff::Timestamp = text(row, "at")?.parse().ok()?;
        let at = Instant(at.as_microsecond());
        Some((at.0, self.snapshot.zone().date(at)))
    }

    /// The amount of a row in its own currency.
    fn amount(&self, row: &Value) -> Option<Money> {
        let own = text(row, "currency").and_then(|code| code.parse().ok());
        Some(Money { minor: row["amount"].as_i64()?, currency: own.unwrap_or(self.workspace.currency) })
    }
}

/// Text of a row that is there and not empty.
fn text<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    row[name].as_str().filter(|text| !text.is_empty())
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
