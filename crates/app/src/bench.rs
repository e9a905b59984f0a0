//! The questions of the benchmark harness, answered by the product's own metrics: nothing here is faster or other than
//! what a user gets.

use history::{Column, Rows, Snapshot};
use metrics::cohorts::{CohortKey, CohortsAsk, cohorts};
use metrics::customer_retention::Profile;
use metrics::event_retention::{EventCell, EventRetentionAsk, Measure, event_retention};
use metrics::funnel::{FunnelAsk, FunnelGroup, funnel};
use metrics::lifecycle::{LifecycleAsk, lifecycle};
use metrics::paths::{PathsAsk, paths};
use metrics::retention_series::{RetentionSeriesAsk, Shape, retention_series};
use metrics::rfm::{RfmAsk, Scoring, rfm_customers};
use metrics::{Activity, Doing, Scope};
use terms::{Date, Grain, Period, WeekStart};

use crate::{App, Problem};

/// The first day of the harness's data, a Monday, and the first day after it.
const FIRST: Date = Date(19_359);
const WEEKS: i32 = 104;
const DAY: i64 = 86_400_000_000;
/// Days of the always-on window.
const WINDOW: u32 = 30;

/// The two businesses of the harness.
pub struct Businesses {
    /// Events and subscriptions.
    pub saas: App,
    /// Events and orders.
    pub shop: App,
}

impl Businesses {
    /// The answer to question `q1` to `q6`, `q8` or `q9`, with the columns the harness names.
    ///
    /// # Errors
    ///
    /// `unknown_question`, or what the metric says.
    pub async fn answer(&self, question: &str) -> Result<Rows, Problem> {
        match question {
            "q1" => cohort_matrix(&self.saas.snapshot().await?).await,
            "q2" => n_day_curve(&self.saas.snapshot().await?).await,
            "q3" => unbounded_curve(&self.saas.snapshot().await?).await,
            "q4" => checkout_by_country(&self.shop.snapshot().await?).await,
            "q5" => ways_from_search(&self.shop.snapshot().await?).await,
            "q6" => rfm(&self.shop.snapshot().await?).await,
            "q8" => lifecycle_by_week(&self.saas.snapshot().await?).await,
            "q9" => always_on(&self.shop.snapshot().await?).await,
            other => Err(Problem::not_found(
                "unknown_question",
                format!("there is no question '{other}' yet"),
                "ask q1 to q6, q8, q9 or q12",
            )),
        }
    }

    /// Question `q12`: the last 100 events of one customer, newest first.
    ///
    /// # Errors
    ///
    /// When the files cannot be read.
    pub async fn one_customer(&self, customer_id: &str) -> Result<Rows, Problem> {
        let snapshot = self.shop.snapshot().await?;
        let columns = ["customer_id", "at", "name", "country", "plan", "device", "revenue"];
        let rows = snapshot.latest_of_customer("events", customer_id, &columns, 100).await?;
        Ok(rows.rename(&["customer_id", "ts", "name", "country", "plan", "device", "revenue"])?)
    }
}

fn any_event(window_days: Option<u32>) -> Option<Activity> {
    Some(Activity::Event { window_days, name: None })
}

/// The day after the last of the harness's data.
fn scope() -> Scope {
    Scope::as_of(FIRST.plus(WEEKS * 7))
}

fn whole(values: impl Iterator<Item = i64>) -> Column {
    Column::Whole(values.map(Some).collect())
}

fn rows(columns: Vec<(&str, Column)>) -> Result<Rows, Problem> {
    Ok(Rows::from_columns(columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect())?)
}

async fn cohort_matrix(snapshot: &Snapshot) -> Result<Rows, Problem> {
    let entered = Some(Period { start: FIRST, end: FIRST.plus(52 * 7) });
    let base = CohortsAsk::of(Grain::Week);
    let ask =
        CohortsAsk { activity: any_event(None), entered, steps_max: Some(51), spend: None, scope: scope(), ..base };
    let found = cohorts(snapshot, &ask).await?;
    let first = Grain::Week.index(FIRST, WeekStart::Monday);
    let mut cells = Vec::new();
    for row in &found.rows {
        let CohortKey::Start(period) = row.key else { continue };
        let cohort = i64::from(Grain::Week.index(period.start, WeekStart::Monday) - first);
        let counted = row.cells.iter().take(52).enumerate().filter(|(_, cell)| cell.share.part > 0);
        cells.extend(counted.map(|(step, cell)| (cohort, step as i64, cell.share.part as i64)));
    }
    rows(vec![
        ("cohort", whole(cells.iter().map(|cell| cell.0))),
        ("off", whole(cells.iter().map(|cell| cell.1))),
        ("n", whole(cells.iter().map(|cell| cell.2))),
    ])
}

/// Days after the first `signup` with a `core_action` later than it.
fn after_signup(measure: Measure, steps_max: u32) -> EventRetentionAsk {
    let (begin, back) = (Doing::named("signup"), Doing::named("core_action"));
    EventRetentionAsk { begin, back, measure, steps_max, scope: scope(), ..EventRetentionAsk::of(Grain::Day) }
}

/// How many returned in each cell so far, whether it is over or not.
fn so_far(cell: &EventCell) -> i64 {
    (cell.share.part + cell.open.part) as i64
}

async fn n_day_curve(snapshot: &Snapshot) -> Result<Rows, Problem> {
    let found = event_retention(snapshot, &after_signup(Measure::On, 30)).await?;
    let days = found.average.cells.iter().enumerate().map(|(day, cell)| (day as i64, so_far(cell)));
    // A day on which nobody returned has no row there; everybody who began stands under -1.
    let lines: Vec<(i64, i64)> = days.filter(|(_, n)| *n > 0).chain([(-1, found.average.size as i64)]).collect();
    rows(vec![("d", whole(lines.iter().map(|line| line.0))), ("n", whole(lines.iter().map(|line| line.1)))])
}

async fn unbounded_curve(snapshot: &Snapshot) -> Result<Rows, Problem> {
    let cells = event_retention(snapshot, &after_signup(Measure::OnOrAfter, 90)).await?.average.cells;
    rows(vec![("d", whole(0..cells.len() as i64)), ("n", whole(cells.iter().map(so_far)))])
}

/// The steps of a purchase in the harness's shop.
const CHECKOUT: [&str; 5] = ["view_item", "add_to_cart", "begin_checkout", "add_payment", "purchase"];

async fn checkout_by_country(snapshot: &Snapshot) -> Result<Rows, Problem> {
    let steps = CHECKOUT.map(Doing::named).to_vec();
    let ask =
        FunnelAsk { by: Some("country".to_owned()), groups_max: u32::MAX, scope: scope(), ..FunnelAsk::of(steps) };
    let found = funnel(snapshot, &ask).await?;
    let name = |group: &FunnelGroup| if let CohortKey::Word(word) = &group.key { Some(word.clone()) } else { None };
    let step = |place: usize| whole(found.groups.iter().map(move |group| group.steps[place].customers as i64));
    let mut columns = vec![("country", Column::Text(found.groups.iter().map(name).collect()))];
    columns.extend(["s1", "s2", "s3", "s4", "s5"].into_iter().enumerate().map(|(place, name)| (name, step(place))));
    rows(columns)
}

async fn ways_from_search(snapshot: &Snapshot) -> Result<Rows, Problem> {
    let base = PathsAsk::from_anchor(Doing::named("search"));
    let ask = PathsAsk { depth: 5, top: 1, keep_loops: true, ways_max: 50, also_open: true, scope: scope(), ..base };
    let top = paths(snapshot, &ask).await?.top;
    let path = Column::Text(top.iter().map(|way| Some(way.events.join(">"))).collect());
    rows(vec![("path", path), ("n", whole(top.iter().map(|way| way.share.part as i64)))])
}

async fn rfm(snapshot: &Snapshot) -> Result<Rows, Problem> {
    let ask = RfmAsk { scoring: Scoring::Tiles, scope: scope(), ..RfmAsk::default() };
    let found = rfm_customers(snapshot, &ask).await?;
    let ids = snapshot.customer_numbers(found.customers.iter().map(|customer| customer.customer)).await?;
    let end = i64::from(FIRST.0 + WEEKS * 7) * DAY;
    let each = |of: &dyn Fn(&metrics::rfm::RfmCustomer) -> i64| whole(found.customers.iter().map(of));
    let money = found.customers.iter().map(|customer| Some(customer.spend_minor as f64 / 100.0)).collect();
    rows(vec![
        ("customer_id", Column::Whole(ids)),
        ("recency", each(&|customer| (end - customer.last_at.0).div_euclid(DAY))),
        ("freq", each(&|customer| i64::from(customer.orders))),
        ("money", Column::Number(money)),
        ("r", each(&|customer| i64::from(customer.r))),
        ("f", each(&|customer| i64::from(customer.f))),
        ("m", each(&|customer| i64::from(customer.m))),
    ])
}

async fn lifecycle_by_week(snapshot: &Snapshot) -> Result<Rows, Problem> {
    let ask = LifecycleAsk { activity: any_event(None), grain: Grain::Week, over: None, scope: scope() };
    let found = lifecycle(snapshot, &ask).await?;
    let first = Grain::Week.index(FIRST, WeekStart::Monday);
    let each = |of: &dyn Fn(&metrics::lifecycle::LifecycleRow) -> i64| whole(found.rows.iter().map(of));
    rows(vec![
        ("w", each(&|row| i64::from(Grain::Week.index(row.period.start, WeekStart::Monday) - first))),
        ("new", each(&|row| row.counts.new as i64)),
        ("returning", each(&|row| row.counts.returning as i64)),
        ("resurrecting", each(&|row| row.counts.resurrected as i64)),
        ("dormant", each(&|row| row.counts.dormant as i64)),
    ])
}

async fn always_on(snapshot: &Snapshot) -> Result<Rows, Problem> {
    let ask = RetentionSeriesAsk {
        activity: any_event(Some(WINDOW)),
        shape: Shape::Trailing { days: Some(WINDOW), every: Grain::Day },
        over: Some(Period { start: FIRST.plus(1), end: FIRST.plus(WEEKS * 7) }),
        scope: scope(),
    };
    let found = retention_series(snapshot, &ask).await?;
    let points: Vec<_> = found.points.iter().filter(|point| point.period.days() == WINDOW as i32).collect();
    let rate = |point: &&metrics::retention_series::RetentionPoint| {
        Some(point.counts.rate(Profile::Textbook).value().unwrap_or(0.0))
    };
    rows(vec![
        ("d", whole(points.iter().map(|point| i64::from(point.period.end.0 - 1 - FIRST.0)))),
        ("cs", whole(points.iter().map(|point| point.counts.start as i64))),
        ("ce", whole(points.iter().map(|point| point.counts.end as i64))),
        ("cn", whole(points.iter().map(|point| point.counts.acquired as i64))),
        ("crr", Column::Number(points.iter().map(rate).collect())),
    ])
}
