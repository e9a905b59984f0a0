//! A figure explained: its definition, its formula with this question's own figures, what a reader must know, and the SQL
//! by which an analyst gets the same number.

use metrics::{Activity, Scope};
use reports::{Answer, Value};
use serde::Serialize;
use terms::{Date, Instant, Period};

use crate::ask::period_of;
use crate::{App, Ask, Problem, rfc3339};

/// A figure explained.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The answer itself: card, terms, flags.
    pub answer: Answer,
    /// The query that gives the same figures, or why there is none.
    pub sql: Result<Sql, &'static str>,
    /// The last fact there is.
    pub data_until: Option<String>,
}

/// A query that gives the figures of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sql {
    /// For `regulars sql`, or any tool that reads the files.
    pub text: String,
    /// The terms of the answer that its columns give, in their order: `retention.part` is the part of a share.
    pub gives: Vec<&'static str>,
}

impl App {
    /// A metric asked and explained.
    ///
    /// # Errors
    ///
    /// As [`metric`](App::metric).
    pub async fn explain(&self, id: &str, ask: &Ask) -> Result<Explained, Problem> {
        let answer = self.metric(id, ask).await?;
        let snapshot = self.snapshot().await?;
        let scope = ask.scope()?;
        let horizon = App::horizon(&snapshot, &scope);
        let period = ask.period.as_deref().map(|text| period_of(text, horizon)).transpose()?;
        let chosen = if ask.rule.is_none() && ask.event.is_none() { self.chosen_rule(&snapshot).await? } else { None };
        let activity = ask.activity()?.or(chosen).unwrap_or_else(|| Activity::of(&snapshot));
        // The window is that of the answer, whenever it was learned.
        let window_days =
            answer.terms.iter().find(|term| term.name == "window_days").and_then(|term| match term.value {
                Value::Count(days) => u32::try_from(days).ok(),
                _ => None,
            });
        let rule = match activity {
            Activity::Purchase { .. } => Some(Activity::Purchase { window_days }),
            Activity::Event { name, .. } => Some(Activity::Event { window_days, name }),
            Activity::Contract => None,
        };
        let month = App::last_month(&snapshot, &scope);
        let currency = snapshot.currency().map(|currency| currency.code().to_owned());
        let start = |day: Date| snapshot.zone().start_of(day);
        let asked = Asked { ask, scope: &scope, horizon, period, month, rule, currency, start: &start };
        let data_until = snapshot.watermark().map(rfc3339);
        Ok(Explained { sql: asked.sql(answer.card.id), answer, data_until })
    }
}

const NO_SEGMENT: &str = "a segment is a set of customers, which SQL does not know; ask without it to see the query";
const NO_SERIES: &str = "a series has a query for each of its steps; ask for one period to see it";
const NO_QUERY: &str = "this is folded over whole timelines of customers; no short query says the same";
const NOT_OVER: &str = "the period is not over: its end is not known yet";

struct Asked<'a> {
    ask: &'a Ask,
    scope: &'a Scope,
    horizon: Date,
    period: Option<Period>,
    month: Period,
    rule: Option<Activity>,
    currency: Option<String>,
    start: &'a dyn Fn(Date) -> Instant,
}

impl Asked<'_> {
    fn sql(&self, id: &str) -> Result<Sql, &'static str> {
        let names_segment = |filter: &String| filter.to_lowercase().contains("segment(");
        if self.scope.filter.as_ref().is_some_and(names_segment) {
            return Err(NO_SEGMENT);
        }
        if self.ask.grain.is_some() {
            return Err(NO_SERIES);
        }
        match id {
            "customer-retention" => self.retention(),
            "active-customers" => self.active(),
            "repeat-purchase-rate" => Ok(Sql {
                text: format!(
                    "select count(*) filter (where orders >= 2) as part, count(*) as whole\n\
                     from (select customer, count(*) as orders from orders where {} group by customer)",
                    self.days()
                ),
                gives: vec!["repeat_purchase_rate.part", "repeat_purchase_rate.whole"],
            }),
            "returning-order-share" => Ok(Sql {
                text: format!(
                    "select count(*) filter (where number > 1) as part, count(*) as whole\nfrom orders where {}",
                    self.days()
                ),
                gives: vec!["returning_order_share.part", "returning_order_share.whole"],
            }),
            "purchase-frequency" => Ok(Sql {
                text: format!(
                    "select count(*) as orders, count(distinct customer) as customers\nfrom orders where {}",
                    self.days()
                ),
                gives: vec!["orders", "customers"],
            }),
            "average-order-value" => Ok(Sql {
                text: format!(
                    "select count(*) as orders, sum(amount) as revenue\nfrom orders where {} and {}",
                    self.days(),
                    self.ours()
                ),
                gives: vec!["orders", "revenue.minor"],
            }),
            "revenue" => Ok(self.revenue()),
            _ => Err(NO_QUERY),
        }
    }

    /// The days of the period that are known, and the filter.
    fn days(&self) -> String {
        let to = self.period.map_or(self.horizon, |period| period.end.min(self.horizon));
        let from = self.period.map(|period| format!("day >= date '{}' and ", period.start)).unwrap_or_default();
        let filter = self.scope.filter.as_ref().map(|filter| format!(" and ({filter})")).unwrap_or_default();
        format!("{from}day < date '{to}'{filter}")
    }

    /// Amounts that are known and in the reporting currency.
    fn ours(&self) -> String {
        let same = self.currency.as_ref().map(|code| format!(" and (currency is null or currency = '{code}')"));
        format!("amount is not null{}", same.unwrap_or_default())
    }

    fn revenue(&self) -> Sql {
        let (days, ours) = (self.days(), self.ours());
        if self.scope.filter.is_some() {
            return Sql {
                text: format!(
                    "select sum(amount) as revenue, sum(refunded) as refunds -- of these orders, so far\n\
                     from orders where {days} and {ours}"
                ),
                gives: vec!["revenue.minor", "refunds.minor"],
            };
        }
        let to = (self.start)(self.period.map_or(self.horizon, |period| period.end.min(self.horizon)));
        let from = self.period.map(|period| format!("at >= '{}' and ", rfc3339((self.start)(period.start))));
        let when = format!("{}at < '{}'", from.unwrap_or_default(), rfc3339(to));
        Sql {
            text: format!(
                "select (select sum(amount) from orders where {days} and {ours}) as revenue,\n\
                 (select coalesce(sum(amount), 0) from refunds where {when} and {ours}) as refunds"
            ),
            gives: vec!["revenue.minor", "refunds.minor"],
        }
    }

    /// Customers with a fact of the rule in the days of its window before a morning.
    fn on(&self, morning: Date) -> Result<String, &'static str> {
        let (view, window, name) = match self.rule.as_ref().ok_or(NO_QUERY)? {
            Activity::Contract => return Err(NO_QUERY),
            Activity::Purchase { window_days } => ("order_days", window_days, None),
            Activity::Event { window_days, name } => ("event_days", window_days, name.as_ref()),
        };
        if name.is_some() {
            return Err(NO_QUERY);
        }
        let window = i32::try_from(window.unwrap_or(0)).unwrap_or(i32::MAX);
        // Days alone know of no other column.
        let view = if self.scope.filter.is_some() && view == "order_days" { "orders" } else { view };
        if self.scope.filter.is_some() && view != "orders" {
            return Err(NO_QUERY);
        }
        let filter = self.scope.filter.as_ref().map(|filter| format!(" and ({filter})")).unwrap_or_default();
        Ok(format!(
            "select distinct customer from {view} where day >= date '{}' and day < date '{morning}'{filter}",
            morning.plus(-window)
        ))
    }

    fn active(&self) -> Result<Sql, &'static str> {
        let morning = self.period.map_or(self.horizon, |period| period.end.min(self.horizon));
        Ok(Sql {
            text: format!("select count(*) as active_customers from ({})", self.on(morning)?),
            gives: vec!["active_customers"],
        })
    }

    fn retention(&self) -> Result<Sql, &'static str> {
        let period = self.period.unwrap_or(self.month);
        if period.end > self.horizon {
            return Err(NOT_OVER);
        }
        let (start, end) = (self.on(period.start)?, self.on(period.end)?);
        Ok(Sql {
            text: format!(
                "with at_start as ({start}),\nat_end as ({end})\n\
                 select count(*) as customers_start, (select count(*) from at_end) as customers_end,\n\
                 count(at_end.customer) as retained\n\
                 from at_start left join at_end on at_end.customer = at_start.customer"
            ),
            gives: vec!["customers_start", "customers_end", "retained"],
        })
    }
}
