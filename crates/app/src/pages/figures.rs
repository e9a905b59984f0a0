//! The strip of six, and what "In short" is made of.

use std::sync::Arc;

use metrics::OrdersAsk;
use metrics::average_order_value::{AverageOrderValue, average_order_value};
use metrics::customer_retention::RetentionCounts;
use metrics::repeat_purchase_rate::repeat_by;
use metrics::retention_series::{RetentionPoint, retention_of_periods};
use metrics::revenue::{Revenue, RevenueAsk, RevenueSums, revenue};
use reports::pages::{Asked, Better, Figure, Value, Who, interval};
use terms::{Date, Estimate, Grain, Money, Period, Share};

use super::ground::{Ground, ask};
use super::query::history;
use crate::Problem;

/// Days a series of single days may have; earlier values of a sparkline are left out.
const DAYS_MAX: i32 = 18_000;

/// All the strip needs. What failed is unknown, and said in the log.
pub(super) struct Strip {
    /// The period and those before it, oldest first.
    history: Vec<Period>,
    counts: Vec<RetentionPoint>,
    counts_before: Option<RetentionCounts>,
    repeat: Vec<Share>,
    repeat_before: Option<Share>,
    revenue: Option<RevenueSums>,
    revenue_before: Option<RevenueSums>,
    days: Option<Arc<Revenue>>,
    order_value: Option<Arc<AverageOrderValue>>,
    order_value_before: Option<Arc<AverageOrderValue>>,
}

impl Strip {
    /// The counts of the period.
    pub fn counts(&self) -> Option<RetentionCounts> {
        self.counts.last().map(|point| point.counts)
    }

    /// Those of the period compared with.
    pub fn counts_before(&self) -> Option<RetentionCounts> {
        self.counts_before
    }

    /// Gross revenue of the period, and of the one compared with, in minor units.
    pub fn revenue(&self) -> (Option<i64>, Option<i64>) {
        (self.revenue.map(|sums| sums.gross_minor), self.revenue_before.map(|sums| sums.gross_minor))
    }
}

/// The answer, or nothing with a line in the log.
pub(super) fn or_unknown<T>(what: &str, answer: Result<T, Problem>) -> Option<T> {
    answer.map_err(|problem| tracing::error!(what, code = problem.code, "{problem}")).ok()
}

impl Ground {
    /// Asks all the strip needs, at once.
    pub async fn strip(&self, asked: &Asked) -> Strip {
        let (segment, period, before) = (asked.segment.as_str(), asked.period, asked.compared);
        let mut history = history(period, self);
        while period.end.0 - history.first().map_or(period.end, |first| first.start).0 > DAYS_MAX && history.len() > 1 {
            history.remove(0);
        }
        let sold = self.snapshot.has("orders");
        let mornings: Vec<Date> = history.iter().chain(&before).map(|period| period.end).collect();
        let over = Period { start: history.first().map_or(period.start, |first| first.start), end: period.end };
        let (counts, counts_before, repeat, now, then, days, value, value_before) = tokio::join!(
            self.counts(segment, history.clone()),
            async {
                Ok::<_, Problem>(match before {
                    Some(before) => self.counts(segment, vec![before]).await?.first().map(|point| point.counts),
                    None => None,
                })
            },
            async { if sold { self.repeat(segment, &mornings).await } else { Ok(Vec::new()) } },
            self.revenue(segment, Some(period).filter(|_| sold)),
            self.revenue(segment, before.filter(|_| sold)),
            async {
                Ok::<_, Problem>(match sold && over.days() <= DAYS_MAX {
                    true => Some(ask!(self, revenue, self.revenue_ask(segment, over, Some(Grain::Day)))?),
                    false => None,
                })
            },
            self.order_value(segment, Some(period).filter(|_| sold)),
            self.order_value(segment, before.filter(|_| sold)),
        );
        let mut repeat = or_unknown("repeat", repeat).unwrap_or_default();
        let repeat_before = before.and_then(|_| if repeat.len() > history.len() { repeat.pop() } else { None });
        Strip {
            counts: or_unknown("retention", counts).unwrap_or_default(),
            counts_before: or_unknown("retention", counts_before).flatten(),
            repeat,
            repeat_before,
            revenue: or_unknown("revenue", now).flatten(),
            revenue_before: or_unknown("revenue", then).flatten(),
            days: or_unknown("revenue", days).flatten(),
            order_value: or_unknown("order value", value).flatten(),
            order_value_before: or_unknown("order value", value_before).flatten(),
            history,
        }
    }

    /// Retention of each period.
    pub async fn counts(&self, segment: &str, periods: Vec<Period>) -> Result<Vec<RetentionPoint>, Problem> {
        let scope = self.scope(segment);
        let key = format!("retention {periods:?} {scope:?}");
        let found = self.keep(key, retention_of_periods(&self.snapshot, &self.rule, &periods, &scope)).await?;
        Ok(found.to_vec())
    }

    async fn repeat(&self, segment: &str, mornings: &[Date]) -> Result<Vec<Share>, Problem> {
        let scope = self.scope(segment);
        let key = format!("repeat {mornings:?} {scope:?}");
        Ok(self.keep(key, repeat_by(&self.snapshot, mornings, &scope)).await?.to_vec())
    }

    fn revenue_ask(&self, segment: &str, period: Period, grain: Option<Grain>) -> RevenueAsk {
        RevenueAsk { period: Some(period), grain, scope: self.scope(segment) }
    }

    async fn revenue(&self, segment: &str, period: Option<Period>) -> Result<Option<RevenueSums>, Problem> {
        let Some(period) = period else { return Ok(None) };
        let found = ask!(self, revenue, self.revenue_ask(segment, period, None))?;
        // No row is no order: that is known, and zero.
        Ok(Some(found.rows.first().map(|row| row.sums).unwrap_or_default()))
    }

    async fn order_value(
        &self,
        segment: &str,
        period: Option<Period>,
    ) -> Result<Option<Arc<AverageOrderValue>>, Problem> {
        let Some(period) = period else { return Ok(None) };
        let ask = OrdersAsk { period: Some(period), scope: self.scope(segment) };
        Ok(Some(ask!(self, average_order_value, ask)?))
    }

    /// The figures: six of a business with orders; without orders, who came and who came back instead of money.
    pub fn figures(&self, asked: &Asked, strip: &Strip) -> Vec<Figure> {
        let mut figures = vec![self.retention(asked, strip), self.active(asked, strip), self.churn(asked, strip)];
        if self.snapshot.has("orders") {
            let (orders, revenue) = strip.by_period(self);
            figures.push(self.repeat_figure(asked, strip));
            figures.push(self.order_value_figure(asked, strip, orders));
            figures.push(self.revenue_figure(asked, strip, revenue));
        } else {
            figures.push(of_count("first", strip, |counts| counts.acquired, Who::First(asked.period)));
            figures.push(of_count("returned", strip, |counts| counts.returned(), Who::Returned(asked.period)));
        }
        figures
    }

    fn retention(&self, asked: &Asked, strip: &Strip) -> Figure {
        let share = strip.counts().unwrap_or_default().retention();
        let history = strip.counts.iter().filter_map(|point| point.counts.retention().rate()).collect();
        let before = strip.counts_before.map(RetentionCounts::retention);
        of_share("retention", share, before, Better::Up, history, Who::Kept(asked.period))
    }

    fn churn(&self, asked: &Asked, strip: &Strip) -> Figure {
        let share = strip.counts().unwrap_or_default().churn();
        let history = strip.counts.iter().filter_map(|point| point.counts.churn().rate()).collect();
        let before = strip.counts_before.map(RetentionCounts::churn);
        of_share("churn", share, before, Better::Down, history, Who::Lost(asked.period))
    }

    fn repeat_figure(&self, asked: &Asked, strip: &Strip) -> Figure {
        let share = strip.repeat.last().copied().unwrap_or_default();
        let history = strip.repeat.iter().filter_map(|share| share.rate()).collect();
        of_share("repeat", share, strip.repeat_before, Better::Up, history, Who::Repeat(asked.period))
    }

    fn active(&self, asked: &Asked, strip: &Strip) -> Figure {
        let counts = strip.counts();
        let terms = counts.map(|counts| [counts.retained, counts.first_time, counts.returned()].map(Value::Count));
        Figure {
            id: "active".to_owned(),
            value: counts.map(|counts| Value::Count(counts.end)),
            before: strip.counts_before.map(|counts| Value::Count(counts.end)),
            better: Better::Up,
            terms: terms.map(Vec::from).unwrap_or_default(),
            interval: None,
            n: counts.map_or(0, |counts| counts.end),
            history: strip.counts.iter().map(|point| point.counts.end as f64).collect(),
            people: Who::AtEnd(asked.period),
        }
    }

    fn order_value_figure(&self, asked: &Asked, strip: &Strip, history: Vec<f64>) -> Figure {
        let value = |found: &Option<Arc<AverageOrderValue>>| {
            let found = found.as_ref().filter(|found| found.orders > 0)?;
            Some(Value::Money(self.mean(found.gross_minor, found.orders)))
        };
        let found = strip.order_value.as_ref();
        let terms = found.map(|found| [Value::Money(self.money(found.gross_minor)), Value::Count(found.orders)]);
        Figure {
            id: "order_value".to_owned(),
            value: value(&strip.order_value),
            before: value(&strip.order_value_before),
            better: Better::Up,
            terms: terms.map(Vec::from).unwrap_or_default(),
            interval: None,
            n: found.map_or(0, |found| found.orders),
            history,
            people: Who::Ordered(asked.period),
        }
    }

    fn revenue_figure(&self, asked: &Asked, strip: &Strip, history: Vec<f64>) -> Figure {
        let value = |sums: Option<RevenueSums>| sums.map(|sums| Value::Money(self.money(sums.gross_minor)));
        let terms = strip.revenue.map(|sums| [Value::Count(sums.orders), Value::Count(sums.customers)]);
        Figure {
            id: "revenue".to_owned(),
            value: value(strip.revenue),
            before: value(strip.revenue_before),
            better: Better::Up,
            terms: terms.map(Vec::from).unwrap_or_default(),
            interval: None,
            n: strip.revenue.map_or(0, |sums| sums.orders),
            history,
            people: Who::Ordered(asked.period),
        }
    }
}

impl Strip {
    /// Mean order value and revenue of each period of the sparkline, summed from its days. A mean with rows left out of
    /// the sums is a gap.
    fn by_period(&self, ground: &Ground) -> (Vec<f64>, Vec<f64>) {
        let Some(days) = &self.days else { return (Vec::new(), Vec::new()) };
        let (mut means, mut sums) = (Vec::new(), Vec::new());
        for period in &self.history {
            let (mut orders, mut minor, mut excluded) = (0u64, 0i64, 0u64);
            for row in days.rows.iter().filter(|row| period.contains(row.period.start)) {
                orders += row.sums.orders;
                minor = minor.saturating_add(row.sums.gross_minor);
                excluded += row.sums.excluded.rows();
            }
            let decimal = ground.money(minor).decimal();
            sums.push(decimal);
            if orders > 0 && excluded == 0 {
                means.push(decimal / orders as f64);
            }
        }
        (means, sums)
    }
}

/// A figure that is one of the counts of retention.
fn of_count(id: &str, strip: &Strip, count: fn(RetentionCounts) -> u64, people: Who) -> Figure {
    let n = strip.counts().map(count);
    Figure {
        id: id.to_owned(),
        value: n.map(Value::Count),
        before: strip.counts_before.map(|counts| Value::Count(count(counts))),
        better: Better::Up,
        terms: n.map(Value::Count).into_iter().collect(),
        interval: None,
        n: n.unwrap_or_default(),
        history: strip.counts.iter().map(|point| count(point.counts) as f64).collect(),
        people,
    }
}

fn of_share(id: &str, share: Share, before: Option<Share>, better: Better, history: Vec<f64>, people: Who) -> Figure {
    let known = |share: Share| share.rate().map(|_| Value::Share(share));
    let interval: Option<Estimate> = interval(share);
    Figure {
        id: id.to_owned(),
        value: known(share),
        before: before.and_then(known),
        better,
        terms: vec![Value::Count(share.part), Value::Count(share.whole)],
        interval,
        n: share.whole,
        history,
        people,
    }
}

/// What "In short" tells, from the strip and those overdue.
pub(super) fn told(
    ground: &Ground,
    asked: &Asked,
    strip: &Strip,
    overdue: Option<(u64, Money)>,
) -> reports::pages::brief::Told {
    let (now, before) = strip.revenue();
    reports::pages::brief::Told {
        retention: strip.counts().unwrap_or_default().retention(),
        before: strip.counts_before().map(RetentionCounts::retention).zip(asked.compared),
        revenue: now.map(|minor| ground.money(minor)),
        revenue_before: before.map(|minor| ground.money(minor)),
        overdue,
    }
}
