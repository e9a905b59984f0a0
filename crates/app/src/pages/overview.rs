//! The Overview page: the numbers, the trend, what needs somebody today, who left and who came back.

use history::Rows;
use metrics::customer_retention::RetentionCounts;
use metrics::revenue::{RevenueAsk, revenue};
use reports::pages::brief::sentences;
use reports::pages::overview::{
    Balance, BalancePart, Counted, Go, OverviewPage, Recent, TASKS_MAX, Task, Trend, TrendStep,
};
use reports::pages::retention::{Family, Group, Groups};
use reports::pages::{Asked, Brief, Rule, Sentence, Slot, TooLittle, Value, Who};
use store::ImportRow;
use terms::{Date, Grain, Money, Period};

use super::cards::{slot, too_little};
use super::figures::{Strip, told};
use super::files::ready;
use super::ground::{Ground, ask};
use super::people::nobody_yet;
use super::sheet::Sheet;
use super::{PageQuery, PeopleQuery};
use crate::{App, Problem};

/// Steps of the trend.
const STEPS_MAX: i32 = 24;
/// A business younger than this many days is looked at by day, one younger than [`YOUNG_DAYS`] by week.
const NEW_DAYS: i32 = 28;
/// See [`NEW_DAYS`].
const YOUNG_DAYS: i32 = 120;
/// Days that are lately.
const LATELY_DAYS: i32 = 30;
/// People named in a card.
const NAMED_MAX: usize = 5;
/// A group that grew by less is not worth a word.
const GREW: f64 = 0.1;
/// Days after which data are old.
const OLD_DAYS: i32 = 7;
/// The share of rows set aside from which it is worth a look.
const ASIDE: f64 = 0.01;

impl App {
    /// The Overview page; nothing while there is nobody who could stay or leave.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read at all.
    pub async fn overview_page(&self, query: &PageQuery) -> Result<Option<OverviewPage>, Problem> {
        let Some(ground) = self.ground().await? else { return Ok(None) };
        let asked = query.asked(&ground);
        let segment = asked.segment.as_str();
        let lately = Period::trailing(LATELY_DAYS, ground.horizon);
        let newcomers = Who::First(lately);
        let (strip, trend, groups, late, left, back, first, imports) = tokio::join!(
            ground.strip(&asked),
            ground.trend(segment),
            ground.groups_card(&asked),
            ground.late(segment),
            ground.recent(Who::Lost(lately), segment),
            ground.recent(Who::Returned(lately), segment),
            ground.keys(&newcomers, segment),
            self.store().imports(100),
        );
        let late = measured(late).map(|late| late.map(|late| (late.lines.len() as u64, late.spend)));
        let overdue = late.as_ref().ok().copied().flatten();
        let lost = strip.counts().map_or(0, |counts| counts.lost());
        let today = async {
            let today = Today {
                late: late?,
                first: first?.len() as u64,
                lately,
                groups: measured(groups)?,
                imports: imports?,
                now: ground.snapshot.zone().date(self.now()),
            };
            Ok(Slot::Ready(today.tasks(&ground, &asked)))
        };
        let today = today.await;
        let balance = ground.balance(&asked, &strip).await;
        Ok(Some(OverviewPage {
            brief: Brief {
                sentences: sentences(&told(&ground, &asked, &strip, overdue)),
                people: (lost > 0).then_some((Who::Lost(asked.period), lost)),
            },
            figures: ground.figures(&asked, &strip),
            today: slot("today", today),
            trend: slot("trend", trend),
            balance: slot("balance", balance),
            left: slot("left", left),
            back: slot("back", back),
            frame: ground.frame(asked),
        }))
    }
}

impl App {
    /// The numbers of one part of the page: `trend`, also without a part, or `balance`.
    ///
    /// # Errors
    ///
    /// `unknown_part`; `no_facts` before the first import; as [`overview_page`](App::overview_page).
    pub async fn overview_csv(&self, part: &str, query: &PageQuery) -> Result<Rows, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let asked = query.asked(&ground);
        match part {
            "" | "trend" => trend_rows(ground.trend(&asked.segment).await?),
            "balance" => {
                balance_rows(&ready(ground.balance(&asked, &ground.strip(&asked).await).await?)?, asked.period)
            }
            _ => Err(Problem::not_found(
                "unknown_part",
                format!("the page has no part '{part}'"),
                "use one of: trend, balance",
            )),
        }
    }
}

/// An answer, or nothing where the business has no facts it could be about: that is no failure.
fn measured<T>(answer: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(problem) if problem.code == "no_facts" => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn trend_rows(trend: Slot<Trend>) -> Result<Rows, Problem> {
    let steps = match trend {
        Slot::Ready(trend) => trend.steps,
        _ => Vec::new(),
    };
    let currency = |step: &TrendStep| match &step.value {
        Value::Money(money) => Some(money.currency.to_string()),
        _ => None,
    };
    Sheet::default()
        .text("start", &steps, |step| Some(step.period.start.to_string()))
        .text("end", &steps, |step| Some(step.period.end.to_string()))
        .number("value", &steps, |step| step.value.number())
        .text("currency", &steps, currency)
        .flag("complete", &steps, |step| step.complete)
        .rows()
}

fn balance_rows(balance: &Balance, period: Period) -> Result<Rows, Problem> {
    let parts: Vec<&BalancePart> = balance.parts().collect();
    Sheet::default()
        .text("period", &parts, |_| Some(period.to_string()))
        .text("step", &parts, |part| Some(part.id.clone()))
        .signed("customers", &parts, |part| part.customers)
        .rows()
}

/// What the list of today is made from.
struct Today {
    late: Option<(u64, Money)>,
    first: u64,
    lately: Period,
    groups: Option<Slot<Groups>>,
    imports: Vec<ImportRow>,
    now: Date,
}

impl Today {
    /// The most urgent first: people who can still be kept, people who slip, people at their start, then the data.
    fn tasks(&self, ground: &Ground, asked: &Asked) -> Vec<Task> {
        let all = [self.overdue(), self.slipped(asked), self.newcomers(ground), self.old(ground), self.aside()];
        all.into_iter().flatten().take(TASKS_MAX).collect()
    }

    fn overdue(&self) -> Option<Task> {
        let (n, spend) = self.late.filter(|(n, _)| *n > 0)?;
        let says = Sentence::new("today.overdue", [("n", Value::Count(n)), ("spend", Value::Money(spend))]);
        Some(Task { id: "overdue".to_owned(), says, go: Go::People(Who::Overdue) })
    }

    /// The group of those slowing down or slipping away that grew most.
    fn slipped(&self, asked: &Asked) -> Option<Task> {
        let Some(Slot::Ready(groups)) = &self.groups else { return None };
        let period = asked.compared?;
        let grew = |group: &Group| group.customers.saturating_sub(group.before.unwrap_or(group.customers));
        let worse = groups.groups.iter().filter(|group| group.family != Family::Kept);
        let most = worse.max_by_key(|group| grew(group))?;
        let before = most.before.filter(|before| grew(most) as f64 >= GREW * *before as f64 && grew(most) > 0)?;
        let says = Sentence::new(
            "today.slipped",
            [
                ("n", Value::Count(most.customers)),
                ("before", Value::Count(before)),
                ("group", Value::Word(format!("group.{}", most.id))),
                ("period", Value::Period(period)),
            ],
        );
        let go = Go::People(Who::Group { period: asked.period, group: most.id.clone() });
        Some(Task { id: "slipped".to_owned(), says, go })
    }

    /// Whoever came lately: what happens now decides whether they come again.
    fn newcomers(&self, ground: &Ground) -> Option<Task> {
        if self.first == 0 || ground.kind() == Rule::Event {
            return None;
        }
        let key = if ground.kind() == Rule::Contract { "today.began" } else { "today.first" };
        let says = Sentence::new(key, [("n", Value::Count(self.first)), ("days", Value::Days(LATELY_DAYS as u32))]);
        Some(Task { id: "first".to_owned(), says, go: Go::People(Who::First(self.lately)) })
    }

    /// Data that ended some time ago. A sample is old for good.
    fn old(&self, ground: &Ground) -> Option<Task> {
        let last = ground.horizon.plus(-1);
        let days = self.now.0 - last.0;
        if ground.workspace.sample || days < OLD_DAYS {
            return None;
        }
        let says = Sentence::new("today.stale", [("date", Value::Date(last)), ("n", Value::Count(days as u64))]);
        Some(Task { id: "stale".to_owned(), says, go: Go::Page("/data".to_owned()) })
    }

    /// The last import that set many rows aside.
    fn aside(&self) -> Option<Task> {
        let many = |row: &&ImportRow| {
            let all = row.facts.saturating_add(row.duplicates).saturating_add(row.rejects);
            row.undone_at.is_none() && row.rejects as f64 > ASIDE * all as f64
        };
        let row = self.imports.iter().find(many)?;
        let says = Sentence::new("today.rejects", [("n", Value::Count(row.rejects.max(0) as u64))]);
        Some(Task { id: "rejects".to_owned(), says, go: Go::Page("/data".to_owned()) })
    }
}

impl Ground {
    /// Steps of a length that suits the age of the business, as many as there is room for, the running one last.
    pub(super) fn trend_steps(&self) -> (Grain, Vec<Period>) {
        let days = self.horizon.0 - self.first.0;
        let grain = match days {
            ..NEW_DAYS => Grain::Day,
            NEW_DAYS..YOUNG_DAYS => Grain::Week,
            _ => Grain::Month,
        };
        let week = self.snapshot.week();
        let (first, last) = (grain.index(self.first, week), grain.index(self.horizon.plus(-1), week));
        let steps = first.max(last + 1 - STEPS_MAX)..=last;
        (grain, steps.map(|step| Period::of(grain, grain.start(step, week), week)).collect())
    }

    /// Revenue where something is sold, otherwise customers.
    async fn trend(&self, segment: &str) -> Result<Slot<Trend>, Problem> {
        let (grain, steps) = self.trend_steps();
        if steps.len() < 2 {
            let why = Sentence::new("empty.one_point", []);
            return Ok(Slot::TooLittle(TooLittle { why, ready_on: steps.first().map(|step| step.end) }));
        }
        let sold = self.kind() == Rule::Purchase;
        let what = if sold { Counted::Revenue } else { Counted::Active };
        let values =
            if sold { self.sales(segment, grain, &steps).await? } else { self.active_at(segment, &steps).await? };
        let of = |(period, value): (Period, Value)| TrendStep {
            period,
            value,
            complete: self.complete(period.end),
            people: if sold { Who::Ordered(period) } else { Who::AtEnd(period) },
        };
        let steps = steps.into_iter().zip(values).map(of).collect();
        Ok(Slot::Ready(Trend { what, steps, notes: self.notes() }))
    }

    async fn sales(&self, segment: &str, grain: Grain, steps: &[Period]) -> Result<Vec<Value>, Problem> {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Ok(Vec::new()) };
        let over = Period { start: first.start, end: last.end };
        let found =
            ask!(self, revenue, RevenueAsk { period: Some(over), grain: Some(grain), scope: self.scope(segment) })?;
        let of = |step: &Period| found.rows.iter().find(|row| row.period.start == step.start).map(|row| row.sums);
        Ok(steps.iter().map(|step| Value::Money(self.money(of(step).unwrap_or_default().gross_minor))).collect())
    }

    async fn active_at(&self, segment: &str, steps: &[Period]) -> Result<Vec<Value>, Problem> {
        let counts = self.counts(segment, steps.to_vec()).await?;
        Ok(counts.iter().map(|point| Value::Count(point.counts.end)).collect())
    }

    /// The change of the period, from the counts of the strip. Where those are missing they are asked for once more, so that
    /// the reason is known.
    async fn balance(&self, asked: &Asked, strip: &Strip) -> Result<Slot<Balance>, Problem> {
        let counts = match strip.counts() {
            Some(counts) => counts,
            None => {
                let found = self.counts(&asked.segment, vec![asked.period]).await?;
                found.first().map(|point| point.counts).unwrap_or_default()
            }
        };
        if counts == RetentionCounts::default() {
            return Ok(too_little(Sentence::new("balance.nobody", []), None));
        }
        Ok(Slot::Ready(Balance::of(asked.period, counts)))
    }

    /// The people of a group, those who had spent most first.
    async fn recent(&self, who: Who, segment: &str) -> Result<Slot<Recent>, Problem> {
        let mut found = self.people(&PeopleQuery::of(&who, segment)).await?;
        found.rows.truncate(NAMED_MAX);
        // Whose contract has ended brings nothing now: a zero would say nothing of what went with them.
        if self.kind() == Rule::Contract && matches!(who, Who::Lost(_)) {
            found.worth = None;
            found.rows.iter_mut().for_each(|row| row.worth = None);
        }
        Ok(Slot::Ready(Recent { who, n: found.total, worth: found.worth, people: found.rows }))
    }
}
