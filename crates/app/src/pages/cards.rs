//! The cards of the Retention page: one question each.

use metrics::cohorts::{CohortCell as Cell, CohortKey, CohortRow as Row, CohortsAsk, cohorts};
use metrics::concentration::concentration;
use metrics::retention_flow::{RetentionFlowAsk, retention_flow};
use metrics::retention_series::{RetentionPoint, RetentionSeriesAsk, Shape, retention_series};
use metrics::rfm::{Rfm, rfm};
use metrics::survival::{Ending, SurvivalAsk, survival};
use metrics::{Activity, Scope, first_known_day};
use reports::pages::retention::{
    AverageCell, CohortCell, CohortRow, Cohorts, Concentration, Daily, Family, Flow, FlowLink, FlowNode, Group, Groups,
    Survival, TopShare,
};
use reports::pages::{Asked, Choice, Counting, Label, Note, Sentence, Slot, TooLittle, Trouble, Value, Who, interval};
use terms::{Date, Estimate, Grain, Period};

use super::ground::{Ground, ask};
use super::query::ways;
use super::who::{Cut, TOGETHER, UNKNOWN, steps_shown};
use crate::Problem;

/// Days of the daily line's window.
const DAILY_DAYS: u32 = 30;
/// Below this many customers, groups and shares of revenue are noise.
const FEW: u64 = 10;
/// Points of the survival curve on the page; every one is in the file.
const CURVE_POINTS: usize = 300;

/// What stands where a card goes: the card, too little, or what failed.
pub(super) fn slot<T>(card: &str, found: Result<Slot<T>, Problem>) -> Slot<T> {
    match found {
        Ok(slot) => slot,
        Err(problem) if ["no_facts", "no_visits", "period_not_begun"].contains(&problem.code.as_str()) => {
            too_little(Sentence::new("empty.no_orders", []), None)
        }
        Err(problem) => {
            tracing::error!(card, code = problem.code, "{problem}");
            let (code, message) = (problem.code, problem.message);
            Slot::Failed(Trouble { code, message, hint: Some(problem.hint), number: None })
        }
    }
}

pub(super) fn too_little<T>(why: Sentence, ready_on: Option<Date>) -> Slot<T> {
    Slot::TooLittle(TooLittle { why, ready_on })
}

pub(super) fn too_few<T>() -> Slot<T> {
    too_little(Sentence::new("empty.need_customers", [("n", Value::Count(FEW))]), None)
}

impl Ground {
    /// The cohort table.
    pub async fn cohorts_card(&self, asked: &Asked) -> Result<Slot<Cohorts>, Problem> {
        let counting = Counting::default();
        let cut = Cut { by: &asked.by, grain: asked.grain, segment: &asked.segment, counting: &counting };
        self.cohorts_table(&cut, ways(self)).await
    }

    /// The cohort table of any cut.
    pub async fn cohorts_table(&self, cut: &Cut<'_>, ways: Vec<Choice>) -> Result<Slot<Cohorts>, Problem> {
        let Some(ask) = self.cohorts_ask(cut) else { return Ok(too_few()) };
        let found = ask!(self, cohorts, ask.clone())?;
        let by_start = cut.by == "start";
        let first = self.first_by(ask.begin.as_ref()).await?;
        let spends = matches!(ask.activity, Some(Activity::Purchase { .. }));
        let rows: Vec<CohortRow> = found.rows.iter().filter_map(|row| self.cohort(row, by_start, spends)).collect();
        if rows.iter().all(|row| row.cells.len() < 2) {
            let next = Period::of(cut.grain, self.horizon, self.snapshot.week());
            let ready = if next.start == self.horizon { next.start } else { next.end };
            return Ok(too_little(Sentence::new("empty.need_two_steps", []), Some(ready)));
        }
        let average = |cell: &Option<Cell>| {
            cell.map(|cell| AverageCell {
                share: cell.share,
                revenue: self.mean(cell.cumulative_minor, cell.share.whole),
                spend: spends.then(|| self.money(cell.spend_minor)),
            })
        };
        Ok(Slot::Ready(Cohorts {
            ways,
            rows,
            average: found.average.iter().map(average).collect(),
            rows_left_out: if by_start { self.cohorts_before(cut.grain, first) } else { left_out(&found.rows) },
            counting: cut.counting.clone(),
            together: Some(self.together(cut, &ask, first, 0)),
            chosen: None,
        }))
    }

    /// Everybody in a table of cohorts, at one step: those its pooled row counted.
    fn together(&self, cut: &Cut<'_>, ask: &CohortsAsk, first: Date, step: u32) -> Who {
        let week = self.snapshot.week();
        let (first, last) = (cut.grain.index(first, week), cut.grain.index(self.horizon.plus(-1), week));
        let ever = Period { start: cut.grain.start(first, week), end: cut.grain.start(last + 1, week) };
        Who::Cohort {
            by: TOGETHER.to_owned(),
            grain: cut.grain,
            key: ask.entered.unwrap_or(ever).to_string(),
            step,
            counting: cut.counting.clone(),
        }
    }

    /// Cohorts older than there is room for.
    fn cohorts_before(&self, grain: Grain, first: Date) -> u32 {
        let step = |date: Date| grain.index(date, self.snapshot.week());
        (step(self.horizon.plus(-1)) + 1 - step(first) - steps_shown(grain)).max(0) as u32
    }

    /// The first day with a fact of a rule; of the business's own without one.
    pub async fn first_by(&self, activity: Option<&Activity>) -> Result<Date, Problem> {
        let Some(activity) = activity.filter(|activity| **activity != self.rule.activity) else {
            return Ok(self.first);
        };
        let key = format!("first {activity}");
        let first = self.keep(key, first_known_day(&self.snapshot, activity, &Scope::default())).await?;
        Ok(first.unwrap_or(self.first))
    }

    fn cohort(&self, row: &Row, by_start: bool, spends: bool) -> Option<CohortRow> {
        let (key, label) = match &row.key {
            CohortKey::Start(period) => (period.to_string(), Label::Period(*period)),
            CohortKey::Word(word) => (word.clone(), Label::Text(word.clone())),
            CohortKey::Unknown => (UNKNOWN.to_owned(), Label::Text("–".to_owned())),
            CohortKey::Rest { .. } | CohortKey::Everybody => return None,
        };
        let note = match &row.key {
            CohortKey::Start(period) => self.notes.iter().find(|note| period.contains(note.date)),
            _ => None,
        };
        // In a row of many starts a step that is over for nobody counts nobody yet.
        let cells = row.cells.iter().take_while(|cell| by_start || cell.complete);
        Some(CohortRow {
            key,
            label,
            size: row.size,
            cells: cells.map(|cell| self.cohort_cell(cell, spends)).collect(),
            note: note.map(|note| note.text.clone()),
        })
    }

    fn cohort_cell(&self, cell: &Cell, spends: bool) -> CohortCell {
        CohortCell {
            share: cell.share,
            interval: interval(cell.share).map(|estimate| (estimate.low, estimate.high)),
            revenue: self.mean(cell.cumulative_minor, cell.share.whole),
            spend: spends.then(|| self.money(cell.spend_minor)),
            open: !cell.complete || cell.not_yet > 0,
        }
    }

    /// Retention on every day, from the first day on which anybody could have left.
    pub async fn daily_card(&self, segment: &str) -> Result<Slot<Daily>, Problem> {
        let points = self.daily(segment).await?;
        let points: Vec<_> = points.into_iter().map(|point| (point.period.end, point.counts.retention())).collect();
        if points.iter().filter(|(_, share)| share.whole > 0).count() < 2 {
            let first = self.first_of(segment).await?.unwrap_or(self.first);
            let ready = first.plus((self.window() + DAILY_DAYS) as i32 + 2);
            let ready = Some(ready).filter(|ready| *ready > self.horizon);
            return Ok(too_little(Sentence::new("empty.one_point", []), ready));
        }
        Ok(Slot::Ready(Daily { window_days: DAILY_DAYS, points, notes: self.notes() }))
    }

    /// Days that are over, oldest first.
    pub async fn daily(&self, segment: &str) -> Result<Vec<RetentionPoint>, Problem> {
        let Some(first) = self.first_of(segment).await? else { return Ok(Vec::new()) };
        let over = Period { start: first.plus(self.window() as i32), end: self.horizon };
        if over.start >= over.end {
            return Ok(Vec::new());
        }
        let found = ask!(
            self,
            retention_series,
            RetentionSeriesAsk {
                activity: self.activity(),
                shape: Shape::Trailing { days: Some(DAILY_DAYS), every: Grain::Day },
                over: Some(over),
                scope: self.scope(segment),
            }
        )?;
        Ok(found.points.iter().filter(|point| point.complete).copied().collect())
    }

    /// The first day of a segment.
    async fn first_of(&self, segment: &str) -> Result<Option<Date>, Problem> {
        let scope = self.scope(segment);
        if scope.filter.is_none() {
            return Ok(Some(self.first));
        }
        let key = format!("first {scope:?}");
        Ok(*self.keep(key, first_known_day(&self.snapshot, &self.rule.activity, &scope)).await?)
    }

    /// What the team wrote.
    pub fn notes(&self) -> Vec<Note> {
        self.notes.iter().map(|note| Note { date: note.date, text: note.text.clone() }).collect()
    }

    /// How long customers stay: until they leave for the first time.
    pub async fn survival_card(&self, segment: &str) -> Result<Slot<Survival>, Problem> {
        self.survival_by(self.rule.activity.clone(), segment).await
    }

    /// The same by any rule of who is here.
    pub async fn survival_by(&self, activity: Activity, segment: &str) -> Result<Slot<Survival>, Problem> {
        let whole = self.survival(activity, segment).await?;
        if whole.points.len() < 2 {
            return Ok(too_little(Sentence::new("empty.one_point", []), None));
        }
        let step = whole.points.len().div_ceil(CURVE_POINTS);
        let last = whole.points.len() - 1;
        let points = whole.points.iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last);
        Ok(Slot::Ready(Survival { points: points.map(|(_, point)| *point).collect(), ..whole }))
    }

    /// The whole curve: a point where somebody left, and the last day of all.
    pub async fn survival(&self, activity: Activity, segment: &str) -> Result<Survival, Problem> {
        let (activity, scope) = (Some(activity), self.scope(segment));
        let found = ask!(self, survival, SurvivalAsk { activity, grain: Grain::Day, ending: Ending::First, scope })?;
        let curve = &found.curve;
        let whole = Estimate { value: 1.0, low: 1.0, high: 1.0 };
        let last = curve.steps.len().saturating_sub(1);
        let steps = curve.steps.iter().enumerate().filter(|(at, step)| step.events > 0 || *at == last);
        let mut points: Vec<(u32, Estimate)> = steps.map(|(_, step)| (step.time as u32, step.survival)).collect();
        if points.first().is_some_and(|point| point.0 > 0) {
            points.insert(0, (0, whole));
        }
        let median_days = curve.median().map(|median| median.time as u32);
        Ok(Survival { customers: curve.total, left: curve.events, points, median_days })
    }

    /// Where customers came from and went.
    pub async fn flow_card(&self, asked: &Asked) -> Result<Slot<Flow>, Problem> {
        let (activity, scope) = (self.activity(), self.scope(&asked.segment));
        let found = ask!(self, retention_flow, RetentionFlowAsk { period: asked.period, activity, scope })?;
        let links: Vec<FlowLink> = LINKS
            .iter()
            .map(|(from, to)| (from, to, found.between(from, to)))
            .filter(|(_, _, customers)| *customers > 0)
            .map(|(from, to, customers)| FlowLink { from: (*from).to_owned(), to: (*to).to_owned(), customers })
            .collect();
        if links.is_empty() {
            return Ok(too_little(Sentence::new("empty.no_orders", []), None));
        }
        let linked = |id: &str| links.iter().any(|link| link.from == id || link.to == id);
        let nodes = NODES.iter().filter(|(id, _)| linked(id));
        let nodes = nodes.map(|(id, stage)| FlowNode { id: (*id).to_owned(), stage: *stage }).collect();
        Ok(Slot::Ready(Flow { nodes, links }))
    }

    /// Groups when the period ended, and when the period compared with did.
    pub async fn groups_card(&self, asked: &Asked) -> Result<Slot<Groups>, Problem> {
        let now = async { ask!(self, rfm, self.rfm_ask(&asked.segment, asked.period.end)) };
        let before = async {
            match asked.compared {
                Some(before) => ask!(self, rfm, self.rfm_ask(&asked.segment, before.end)).map(Some),
                None => Ok(None),
            }
        };
        let (now, before) = tokio::try_join!(now, before)?;
        if now.buyers < FEW {
            return Ok(too_few());
        }
        // Without a buyer then, there is nothing to compare with.
        let before = before.filter(|before| before.buyers > 0);
        let size =
            |found: &Rfm, id: &str| found.groups.iter().find(|group| group.group.id == id).map(|one| one.customers);
        let groups = now.groups.iter().filter(|group| group.customers > 0).map(|group| Group {
            id: group.group.id.to_owned(),
            family: family(group.group.family),
            customers: group.customers,
            before: before.as_ref().and_then(|before| size(before, group.group.id)),
            spend: self.money(group.spend_minor),
        });
        Ok(Slot::Ready(Groups { groups: groups.collect() }))
    }

    /// How much of the revenue comes from how few.
    pub async fn concentration_card(&self, segment: &str) -> Result<Slot<Concentration>, Problem> {
        let found = ask!(self, concentration, self.concentration_ask(segment))?;
        let Some(gini) = found.gini.filter(|_| found.customers >= FEW && found.spend_minor > 0) else {
            return Ok(too_few());
        };
        let share = |minor: i64| minor as f64 / found.spend_minor as f64;
        let top = found.top.iter().map(|top| TopShare {
            percent: top.percent,
            customers: top.customers,
            share: share(top.spend_minor),
        });
        Ok(Slot::Ready(Concentration {
            customers: found.customers,
            spend: self.money(found.spend_minor),
            lorenz: found.lorenz.iter().map(|point| (point.customers, point.amount)).collect(),
            top: top.collect(),
            gini,
        }))
    }
}

/// Nodes of the flow with their columns, and the ribbons there can be between them, from top to bottom.
const NODES: [(&str, u32); 7] =
    [("start", 0), ("first", 0), ("returned", 0), ("ordered", 1), ("waiting", 1), ("active", 2), ("left", 2)];
const LINKS: [(&str, &str); 8] = [
    ("start", "ordered"),
    ("start", "waiting"),
    ("first", "ordered"),
    ("returned", "ordered"),
    ("ordered", "active"),
    ("ordered", "left"),
    ("waiting", "active"),
    ("waiting", "left"),
];

fn left_out(rows: &[Row]) -> u32 {
    let rest = rows.iter().find_map(|row| match row.key {
        CohortKey::Rest { cohorts } => Some(cohorts),
        _ => None,
    });
    u32::try_from(rest.unwrap_or(0)).unwrap_or(u32::MAX)
}

pub(super) fn family(family: metrics::Family) -> Family {
    match family {
        metrics::Family::Kept => Family::Kept,
        metrics::Family::Watch => Family::Watch,
        metrics::Family::Lost => Family::Lost,
    }
}
