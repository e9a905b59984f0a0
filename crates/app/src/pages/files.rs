//! The numbers of the Retention page as rows for a file: raw numbers, ISO dates, every point a picture leaves out.

use history::Rows;
use reports::pages::retention::{CohortCell, Survival};
use reports::pages::{Figure, Slot, Value};
use terms::Share;

use super::PageQuery;
use super::list::Line;
use super::people::nobody_yet;
use super::sheet::Sheet;
use crate::{App, Problem};

/// What a card shows, or why it shows nothing.
pub(super) fn ready<T>(slot: Slot<T>) -> Result<T, Problem> {
    match slot {
        Slot::Ready(card) => Ok(card),
        Slot::TooLittle(_) => {
            Err(Problem::not_found("too_little", "there is not enough data for this yet", "import more"))
        }
        Slot::Failed(trouble) => {
            Err(Problem::invalid(&trouble.code, trouble.message, trouble.hint.unwrap_or_default()))
        }
    }
}

impl App {
    /// The numbers of one part of the Retention page: `cohorts`, `daily`, `survival`, `flow`, `groups`, `concentration`,
    /// `overdue`, or the strip of figures without one.
    ///
    /// # Errors
    ///
    /// `unknown_part`; `too_little` when there is nothing to show; `no_facts` before the first import.
    pub async fn retention_csv(&self, part: &str, query: &PageQuery) -> Result<Rows, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let asked = query.asked(&ground);
        let segment = asked.segment.as_str();
        match part {
            "" | "figures" => {
                let strip = ground.strip(&asked).await;
                figures(&ground.figures(&asked, &strip), &asked.period.to_string())
            }
            "cohorts" => cohorts(ready(ground.cohorts_card(&asked).await?)?),
            "daily" => {
                let points = ground.daily(segment).await?;
                Sheet::default()
                    .text("date", &points, |point| Some(point.period.end.to_string()))
                    .whole("customers_start", &points, |point| Some(point.counts.start))
                    .whole("retained", &points, |point| Some(point.counts.retained))
                    .number("retention", &points, |point| point.counts.retention().rate())
                    .rows()
            }
            "survival" => survival(&ground.survival(ground.rule.activity.clone(), segment).await?),
            "flow" => {
                let links = ready(ground.flow_card(&asked).await?)?.links;
                Sheet::default()
                    .text("from", &links, |link| Some(link.from.clone()))
                    .text("to", &links, |link| Some(link.to.clone()))
                    .whole("customers", &links, |link| Some(link.customers))
                    .rows()
            }
            "groups" => {
                let groups = ready(ground.groups_card(&asked).await?)?.groups;
                Sheet::default()
                    .text("group", &groups, |group| Some(group.id.clone()))
                    .whole("customers", &groups, |group| Some(group.customers))
                    .whole("before", &groups, |group| group.before)
                    .number("spend", &groups, |group| Some(group.spend.decimal()))
                    .text("currency", &groups, |group| Some(group.spend.currency.to_string()))
                    .rows()
            }
            "concentration" => {
                let top = ready(ground.concentration_card(segment).await?)?.top;
                Sheet::default()
                    .whole("top_percent", &top, |top| Some(u64::from(top.percent)))
                    .whole("customers", &top, |top| Some(top.customers))
                    .number("share", &top, |top| Some(top.share))
                    .rows()
            }
            "overdue" => overdue(&ground.late(segment).await?.lines),
            _ => Err(Problem::not_found(
                "unknown_part",
                format!("the page has no part '{part}'"),
                "use one of: cohorts, daily, survival, flow, groups, concentration, overdue",
            )),
        }
    }
}

fn figures(figures: &[Figure], period: &str) -> Result<Rows, Problem> {
    let share = |figure: &Figure| match &figure.value {
        Some(Value::Share(share)) => Some(*share),
        _ => None,
    };
    let currency = |figure: &Figure| match &figure.value {
        Some(Value::Money(money)) => Some(money.currency.to_string()),
        _ => None,
    };
    Sheet::default()
        .text("figure", figures, |figure| Some(figure.id.clone()))
        .text("period", figures, |_| Some(period.to_owned()))
        .number("value", figures, |figure| figure.value.as_ref().and_then(Value::number))
        .text("currency", figures, currency)
        .whole("part", figures, |figure| share(figure).map(|share| share.part))
        .whole("whole", figures, |figure| share(figure).map(|share| share.whole))
        .number("low", figures, |figure| figure.interval.map(|interval| interval.low))
        .number("high", figures, |figure| figure.interval.map(|interval| interval.high))
        .number("before", figures, |figure| figure.before.as_ref().and_then(Value::number))
        .whole("n", figures, |figure| Some(figure.n))
        .rows()
}

/// The curve of staying, every step of it.
pub(super) fn survival(curve: &Survival) -> Result<Rows, Problem> {
    Sheet::default()
        .whole("day", &curve.points, |point| Some(u64::from(point.0)))
        .number("still_here", &curve.points, |point| Some(point.1.value))
        .number("low", &curve.points, |point| Some(point.1.low))
        .number("high", &curve.points, |point| Some(point.1.high))
        .rows()
}

/// One row a cell.
struct Cell {
    cohort: String,
    size: u64,
    step: u64,
    share: Share,
    interval: Option<(f64, f64)>,
    revenue: terms::Money,
    spend: Option<terms::Money>,
    open: bool,
}

pub(super) fn cohorts(card: reports::pages::retention::Cohorts) -> Result<Rows, Problem> {
    let mut cells = Vec::new();
    for row in card.rows {
        for (step, cell) in (0u64..).zip(row.cells) {
            let CohortCell { share, interval, revenue, spend, open } = cell;
            cells.push(Cell { cohort: row.key.clone(), size: row.size, step, share, interval, revenue, spend, open });
        }
    }
    Sheet::default()
        .text("cohort", &cells, |cell| Some(cell.cohort.clone()))
        .whole("size", &cells, |cell| Some(cell.size))
        .whole("step", &cells, |cell| Some(cell.step))
        .whole("eligible", &cells, |cell| Some(cell.share.whole))
        .whole("customers", &cells, |cell| Some(cell.share.part))
        .number("retention", &cells, |cell| cell.share.rate())
        .number("low", &cells, |cell| cell.interval.map(|interval| interval.0))
        .number("high", &cells, |cell| cell.interval.map(|interval| interval.1))
        .number("revenue_per_customer", &cells, |cell| cell.spend.map(|_| cell.revenue.decimal()))
        .number("revenue", &cells, |cell| cell.spend.map(|spend| spend.decimal()))
        .text("currency", &cells, |cell| cell.spend.map(|_| cell.revenue.currency.to_string()))
        .flag("still_counting", &cells, |cell| cell.open)
        .rows()
}

/// Overdue customers.
fn overdue(lines: &[Line]) -> Result<Rows, Problem> {
    Sheet::default()
        .text("customer_id", lines, |line| Some(line.id()))
        .text("name", lines, Line::called)
        .text("country", lines, Line::country)
        .whole("orders", lines, |line| Some(line.orders))
        .number("spend", lines, |line| Some(line.spend.decimal()))
        .text("currency", lines, |line| Some(line.spend.currency.to_string()))
        .text("first_order", lines, |line| line.first_order.map(|day| day.to_string()))
        .text("last_order", lines, |line| line.last_order.map(|day| day.to_string()))
        .whole("days_since", lines, |line| Some(u64::from(line.days_since)))
        .number("usual_gap_days", lines, |line| line.usual_gap)
        .rows()
}
