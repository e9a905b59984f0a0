//! The Cohorts page: one sentence says what is counted; table, curves and comparison follow it.

use history::Rows;
use history::schema::Kind;
use metrics::cohorts::{CohortCell, CohortKey, Cohorts as Found, cohorts};
use metrics::{Activity, customers_by_word};
use reports::pages::cohorts::{
    Builder, CohortsPage, Compared, Comparison, Curve, Curves, Group, Verdict, difference, turned,
};
use reports::pages::retention::{Cohorts, Survival};
use reports::pages::{Asked, Brief, Cells, Choice, Counting, Label, Rule, Sentence, Slot, Value, interval};
use terms::{Estimate, Grain, Period, Share};

use super::PageQuery;
use super::cards::{slot, too_few, too_little};
use super::files::{self, ready};
use super::ground::{Ground, ask, kind_of};
use super::people::nobody_yet;
use super::query::text;
use super::sheet::Sheet;
use super::who::{ATTRIBUTE, Cut, UNKNOWN, steps_shown};
use crate::definitions::view_of;
use crate::{App, Problem};

/// Cohorts that can be drawn beside the average.
const CHOSEN_MAX: usize = 4;
/// Names of events to choose from: those of the most customers.
const EVENTS_MAX: usize = 20;
/// Columns of the business's own to choose from.
const COLUMNS_MAX: usize = 20;
/// Below this many customers on either side nothing is said in short.
const FEW: u64 = 30;
/// Columns of words by which nobody would group customers: keys, keepers of order, what a row is.
const NO_GROUPS: [&str; 13] = [
    "customer",
    "customer_id",
    "source",
    "imports",
    "currency",
    "status",
    "kind",
    "reason",
    "interval",
    "name",
    "country",
    "channel",
    "coupon",
];

/// The query string of the page. Every field may be left out; what makes no sense has the effect of nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CohortsQuery {
    /// What it shares with the other pages: `segment`, `by`, `grain`, `cells`.
    pub page: PageQuery,
    /// What makes a customer begin: `order`, `contract`, `event`, `event:login`.
    pub start: Option<String>,
    /// What makes a customer be here, in the same words.
    pub here: Option<String>,
    /// The rows that are drawn as lines.
    pub cohorts: Vec<String>,
    /// Whether the rows were chosen; otherwise the page chooses.
    pub picked: bool,
    /// The one group of the comparison.
    pub a: Option<String>,
    /// The other.
    pub b: Option<String>,
}

impl CohortsQuery {
    /// Reads the parameters of an address; others are left alone.
    ///
    /// ```
    /// let pairs = ["Jan", "Feb"].map(|row| ("cohort".to_owned(), row.to_owned()));
    /// assert_eq!(app::CohortsQuery::from_pairs(&pairs).cohorts, ["Jan", "Feb"]);
    /// ```
    pub fn from_pairs(pairs: &[(String, String)]) -> CohortsQuery {
        let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone());
        CohortsQuery {
            page: PageQuery::from_pairs(pairs),
            start: get("start"),
            here: get("here"),
            cohorts: pairs.iter().filter(|pair| pair.0 == "cohort").map(|pair| pair.1.clone()).collect(),
            picked: get("picked").is_some(),
            a: get("a"),
            b: get("b"),
        }
    }
}

/// What was asked, after defaults.
struct Said {
    asked: Asked,
    builder: Builder,
}

impl Said {
    fn cut(&self) -> Cut<'_> {
        self.cut_by(&self.asked.by, &self.asked.segment)
    }

    fn cut_by<'a>(&'a self, by: &'a str, segment: &'a str) -> Cut<'a> {
        Cut { by, grain: self.asked.grain, segment, counting: &self.builder.behind }
    }
}

impl App {
    /// The Cohorts page; nothing while there is nobody who could stay or leave. What is wrong with a part of it is said in
    /// that part.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read at all.
    pub async fn cohorts_page(&self, query: &CohortsQuery) -> Result<Option<CohortsPage>, Problem> {
        let Some(ground) = self.ground().await? else { return Ok(None) };
        let said = ground.said(query).await?;
        // Table, curves and summary stand on one answer: asked for once, before they would all ask at the same time. What
        // is wrong with it is said in their cards.
        let _answered = ground.found(&said.cut(), None).await;
        let (cohorts, curves, survival, comparison, brief) = tokio::join!(
            ground.table(&said, query),
            ground.curves(&said, query),
            ground.staying(&said),
            ground.comparison(&said, query),
            ground.newer_and_older(&said),
        );
        let sentences = brief.ok().map(|found| in_short(&found, said.asked.grain)).unwrap_or_default();
        Ok(Some(CohortsPage {
            brief: Brief { sentences, people: None },
            builder: said.builder,
            cohorts: slot("cohorts", cohorts),
            curves: slot("curves", curves),
            survival: slot("survival", survival),
            comparison: slot("comparison", comparison),
            frame: ground.frame(said.asked),
        }))
    }

    /// The numbers of one part of the page: `cohorts` (also without one), `curves`, `survival`, `comparison`.
    ///
    /// # Errors
    ///
    /// `unknown_part`; `too_little` when there is nothing to show; `no_facts` before the first import.
    pub async fn cohorts_csv(&self, part: &str, query: &CohortsQuery) -> Result<Rows, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let said = ground.said(query).await?;
        match part {
            "" | "cohorts" => files::cohorts(ready(ground.table(&said, query).await?)?),
            "curves" => curves_rows(&ready(ground.curves(&said, query).await?)?),
            "survival" => files::survival(&ready(ground.staying_whole(&said).await?)?),
            "comparison" => comparison_rows(&ready(ground.comparison(&said, query).await?)?),
            _ => Err(Problem::not_found(
                "unknown_part",
                format!("the page has no part '{part}'"),
                "use one of: cohorts, curves, survival, comparison",
            )),
        }
    }
}

impl Ground {
    /// The word of an address for the business's own rule.
    fn own_word(&self) -> &'static str {
        match self.kind() {
            Rule::Contract => "contract",
            Rule::Purchase => "order",
            Rule::Event => "event",
        }
    }

    async fn said(&self, query: &CohortsQuery) -> Result<Said, Problem> {
        let mut asked = query.page.asked(self);
        let heres = self.words_of_facts().await?;
        // A segment says whose beginnings count, so their facts must know of it.
        let knows = |word: &String| {
            let view = self.facts(word).map_or("", |activity| view_of(&activity));
            self.is_known_to(&asked.segment, view)
        };
        let starts: Vec<String> = heres.iter().filter(|word| knows(word)).cloned().collect();
        let of = |asked: &Option<String>, known: &[String]| {
            let word = text(asked).filter(|word| known.iter().any(|known| known == word));
            word.unwrap_or(self.own_word()).to_owned()
        };
        let full = Counting { start: of(&query.start, &starts), here: of(&query.here, &heres) };
        let own = |word: &str| self.kind() == Rule::Purchase && word == self.own_word();
        let behind = if own(&full.start) && own(&full.here) { Counting::default() } else { full.clone() };
        let begin = self.facts(&full.start).unwrap_or_else(|| self.rule.activity.clone());
        let ways = self.ways_of(view_of(&begin)).await?;
        let grain = text(&query.page.grain).and_then(|grain| grain.parse().ok());
        asked.grain = grain.unwrap_or(Grain::Month);
        let by = text(&query.page.by).filter(|by| ways.iter().any(|way| way.value == *by));
        asked.by = by.unwrap_or("start").to_owned();
        let here = self.facts(&full.here).unwrap_or_else(|| self.rule.activity.clone());
        let mut cells = vec![Cells::Percent, Cells::Customers];
        if matches!(here, Activity::Purchase { .. }) {
            cells.extend([Cells::Revenue, Cells::Spend]);
        }
        if !cells.contains(&asked.cells) {
            asked.cells = Cells::Percent;
        }
        let builder = Builder { counting: full, behind, starts, heres, ways, cells, rule: kind_of(&here) };
        Ok(Said { asked, builder })
    }

    /// The kinds of facts there are, as addresses call them.
    async fn words_of_facts(&self) -> Result<Vec<String>, Problem> {
        let kinds = [("order", "orders"), ("contract", "subscription_changes"), ("event", "events")];
        let there = kinds.into_iter().filter(|(_, view)| self.snapshot.has(view));
        let mut words: Vec<String> = there.map(|(word, _)| word.to_owned()).collect();
        let names = self.keep("event names".to_owned(), customers_by_word(&self.snapshot, "events", "name")).await?;
        if names.len() > 1 {
            words.extend(names.iter().take(EVENTS_MAX).map(|(name, _)| format!("event:{name}")));
        }
        Ok(words)
    }

    /// The ways to make rows that facts of this view have words for.
    async fn ways_of(&self, view: &'static str) -> Result<Vec<Choice>, Problem> {
        let word = |by: &str| (by.to_owned(), Label::Word(format!("cohorts.way.{by}")));
        let mut ways: Vec<(String, Label)> =
            ["product", "category", "country", "channel", "coupon", "plan"].map(word).into();
        for (name, _) in self.snapshot.columns(view).into_iter().filter(|(_, kind)| *kind == Kind::Word) {
            let own = !NO_GROUPS.contains(&name.as_str())
                && !["plan", "first_product", "first_category"].contains(&name.as_str());
            if own && ways.len() < COLUMNS_MAX {
                ways.push((format!("{ATTRIBUTE}{name}"), Label::Text(name)));
            }
        }
        let mut choices =
            vec![Choice { value: "start".to_owned(), label: Label::Word("cohorts.way.start".to_owned()) }];
        for (value, label) in ways {
            if let Some(column) = self.column(&value, view)
                && self.says_something(view, column).await?
            {
                choices.push(Choice { value, label });
            }
        }
        Ok(choices)
    }

    /// Whether a column of words has any.
    async fn says_something(&self, view: &'static str, column: String) -> Result<bool, Problem> {
        let quoted = column.replace('"', "\"\"");
        let sql = format!("select 1 as there from {view} where \"{quoted}\" is not null limit 1");
        let found = self
            .keep(format!("words {view} {column}"), self.snapshot.rows_of(&sql, history::Limits::default()))
            .await?;
        Ok(!found.is_empty())
    }

    /// The heat table, with the rows that are drawn as lines.
    async fn table(&self, said: &Said, query: &CohortsQuery) -> Result<Slot<Cohorts>, Problem> {
        let table = self.cohorts_table(&said.cut(), said.builder.ways.clone()).await?;
        let Slot::Ready(mut table) = table else { return Ok(table) };
        table.chosen = Some(self.rows_chosen(said, query).await?);
        Ok(Slot::Ready(table))
    }

    async fn found(&self, cut: &Cut<'_>, entered: Option<Period>) -> Result<Option<std::sync::Arc<Found>>, Problem> {
        let Some(mut question) = self.cohorts_ask(cut) else { return Ok(None) };
        question.entered = entered.or(question.entered);
        Ok(Some(ask!(self, cohorts, question)?))
    }

    /// The keys of the rows that are drawn: those asked for, in the order of the table; without any asked for, the oldest
    /// and the newest one with a shape, or the two largest.
    async fn rows_chosen(&self, said: &Said, query: &CohortsQuery) -> Result<Vec<String>, Problem> {
        let Some(found) = self.found(&said.cut(), None).await? else { return Ok(Vec::new()) };
        let keys = found.rows.iter().filter_map(|row| Some((key_of(&row.key)?, row)));
        if query.picked {
            let asked = keys.filter(|(key, _)| query.cohorts.contains(key)).map(|(key, _)| key);
            return Ok(asked.take(CHOSEN_MAX).collect());
        }
        let shaped: Vec<String> = keys
            .filter(|(_, row)| row.size >= FEW && row.cells.iter().filter(|cell| cell.complete).count() > 2)
            .map(|(key, _)| key)
            .collect();
        let last = if said.asked.by == "start" { shaped.len().saturating_sub(1) } else { 1 };
        let usual = shaped.iter().enumerate().filter(|(at, _)| *at == 0 || *at == last);
        Ok(usual.map(|(_, key)| key.clone()).collect())
    }

    /// The average and the chosen rows, step by step.
    async fn curves(&self, said: &Said, query: &CohortsQuery) -> Result<Slot<Curves>, Problem> {
        let Some(found) = self.found(&said.cut(), None).await? else { return Ok(too_few()) };
        let chosen = self.rows_chosen(said, query).await?;
        let average = Curve {
            key: None,
            label: Label::Word("curves.average".to_owned()),
            points: points(found.average.iter().map_while(|cell| *cell)),
        };
        if average.points.len() < 2 {
            return Ok(too_little(Sentence::new("empty.need_two_steps", []), None));
        }
        let rows = chosen.iter().filter_map(|key| found.rows.iter().find(|row| key_of(&row.key).as_ref() == Some(key)));
        let line = |row: &metrics::cohorts::CohortRow| Curve {
            key: key_of(&row.key),
            label: match &row.key {
                CohortKey::Start(period) => Label::Period(*period),
                CohortKey::Word(word) => Label::Text(word.clone()),
                _ => Label::Text("–".to_owned()),
            },
            points: points(row.cells.iter().copied().take_while(|cell| cell.complete)),
        };
        Ok(Slot::Ready(Curves { lines: std::iter::once(average).chain(rows.map(line)).collect() }))
    }

    /// How long customers stay by what counts as being here.
    async fn staying(&self, said: &Said) -> Result<Slot<Survival>, Problem> {
        match self.staying_rule(said) {
            Some(activity) => self.survival_by(activity, &said.asked.segment).await,
            None => Ok(too_little(Sentence::new("empty.segment_unknown", []), None)),
        }
    }

    async fn staying_whole(&self, said: &Said) -> Result<Slot<Survival>, Problem> {
        match self.staying_rule(said) {
            Some(activity) => Ok(Slot::Ready(self.survival(activity, &said.asked.segment).await?)),
            None => Ok(too_little(Sentence::new("empty.segment_unknown", []), None)),
        }
    }

    /// The rule of being here, where its facts know of the segment.
    fn staying_rule(&self, said: &Said) -> Option<Activity> {
        let activity = self.facts(&said.builder.counting.here)?;
        self.is_known_to(&said.asked.segment, view_of(&activity)).then_some(activity)
    }

    /// The days in which the customers of the table began, cut in two in the middle: the older and the newer ones.
    async fn halves(&self, said: &Said) -> Result<Option<(Period, Period)>, Problem> {
        let Some(found) = self.found(&said.cut_by("start", &said.asked.segment), None).await? else { return Ok(None) };
        let start = |at: Option<&metrics::cohorts::CohortRow>| match at.map(|row| &row.key) {
            Some(CohortKey::Start(period)) => Some(*period),
            _ => None,
        };
        let (Some(first), Some(last)) = (start(found.rows.first()), start(found.rows.last())) else { return Ok(None) };
        let (grain, week) = (said.asked.grain, self.snapshot.week());
        let (from, to) = (grain.index(first.start, week), grain.index(last.start, week));
        if to == from {
            return Ok(None);
        }
        let middle = grain.start(from + (to - from + 1) / 2, week);
        Ok(Some((Period { start: first.start, end: middle }, Period { start: middle, end: last.end })))
    }

    /// All days in which the customers of the table may have begun: from the first fact on, as far back as there is room.
    async fn ever(&self, said: &Said) -> Result<Period, Problem> {
        let (grain, week) = (said.asked.grain, self.snapshot.week());
        let first = self.first_by(self.facts(&said.builder.behind.start).as_ref()).await?;
        let last = grain.index(self.horizon.plus(-1), week);
        let from = grain.index(first, week).max(last + 1 - steps_shown(grain)).min(last);
        Ok(Period { start: grain.start(from, week), end: grain.start(last + 1, week) })
    }

    /// The groups to choose from; older and newer ones only where there are two steps to tell them apart.
    fn groups_of(&self, said: &Said, halves: Option<(Period, Period)>) -> Vec<Choice> {
        let word = |value: &str| Choice { value: value.to_owned(), label: Label::Word(format!("compare.{value}")) };
        let times = halves.map(|_| [word("newer"), word("older")]);
        let segments = self.segments(&said.asked.segment).into_iter().filter(|choice| !choice.value.is_empty());
        times.into_iter().flatten().chain([word("all")]).chain(segments).collect()
    }

    async fn comparison(&self, said: &Said, query: &CohortsQuery) -> Result<Slot<Comparison>, Problem> {
        let halves = self.halves(said).await?;
        let choices = self.groups_of(said, halves);
        let known = |asked: &Option<String>| {
            let value = text(asked)?;
            choices.iter().find(|choice| choice.value == value).map(|choice| choice.value.clone())
        };
        let Some((a, b)) = pair(known(&query.a), known(&query.b), &choices) else { return Ok(too_few()) };
        self.compared(said, halves, (&a, &b), choices).await
    }

    async fn newer_and_older(&self, said: &Said) -> Result<Slot<Comparison>, Problem> {
        let halves = self.halves(said).await?;
        if halves.is_none() {
            return Ok(too_few());
        }
        self.compared(said, halves, ("newer", "older"), Vec::new()).await
    }

    async fn compared(
        &self,
        said: &Said,
        halves: Option<(Period, Period)>,
        (a, b): (&str, &str),
        choices: Vec<Choice>,
    ) -> Result<Slot<Comparison>, Problem> {
        let ((a, of_a), (b, of_b)) = tokio::try_join!(self.group(said, halves, a), self.group(said, halves, b))?;
        let cells = of_a.into_iter().zip(of_b).skip(1);
        let steps: Vec<Compared> = (1u32..)
            .zip(cells)
            .map_while(|(step, (of_a, of_b))| {
                let (one, other) = (of_a?, of_b?);
                let difference = apart((&a.value, one), (&b.value, other));
                Some(Compared { step, a: one, b: other, difference })
            })
            .collect();
        if steps.is_empty() {
            return Ok(too_little(Sentence::new("empty.need_two_steps", []), None));
        }
        Ok(Slot::Ready(Comparison { choices, a, b, steps }))
    }

    /// A group and its pooled row.
    async fn group(
        &self,
        said: &Said,
        halves: Option<(Period, Period)>,
        value: &str,
    ) -> Result<(Group, Vec<Option<Share>>), Problem> {
        let ever = self.ever(said).await?;
        let (segment, began, label) = match (value, halves) {
            ("newer", Some((_, newer))) => {
                (said.asked.segment.as_str(), newer, Label::Word("compare.newer".to_owned()))
            }
            ("older", Some((older, _))) => {
                (said.asked.segment.as_str(), older, Label::Word("compare.older".to_owned()))
            }
            ("all", _) => ("", ever, Label::Word("compare.all".to_owned())),
            (segment, _) => {
                let name = self.segment_name(segment).unwrap_or(segment);
                (segment, ever, Label::Text(name.to_owned()))
            }
        };
        let found = self.found(&said.cut_by("start", segment), Some(began)).await?;
        let size = found.iter().flat_map(|found| &found.rows).map(|row| row.size).sum();
        let shares = found.iter().flat_map(|found| &found.average).map(|cell| cell.map(|cell| cell.share)).collect();
        let (value, segment, began) = (value.to_owned(), segment.to_owned(), began.to_string());
        Ok((Group { value, label, segment, began, size }, shares))
    }
}

/// The key of a row, as an address says it; nothing for rows that cannot be chosen.
fn key_of(key: &CohortKey) -> Option<String> {
    match key {
        CohortKey::Start(period) => Some(period.to_string()),
        CohortKey::Word(word) => Some(word.clone()),
        CohortKey::Unknown => Some(UNKNOWN.to_owned()),
        CohortKey::Everybody | CohortKey::Rest { .. } => None,
    }
}

fn points(cells: impl Iterator<Item = CohortCell>) -> Vec<(u32, Share)> {
    (0u32..).zip(cells).map(|(step, cell)| (step, cell.share)).collect()
}

/// The two groups to compare. Older and newer ones are compared with each other or with everybody, for a segment has
/// customers among both: beside a segment everybody takes their place. Nothing is compared with itself.
fn pair(a: Option<String>, b: Option<String>, choices: &[Choice]) -> Option<(String, String)> {
    let half = |value: &str| ["newer", "older"].contains(&value);
    let first = |but: &str| {
        let free =
            choices.iter().map(|choice| choice.value.as_str()).find(|value| *value != but && half(value) == half(but));
        free.or_else(|| Some("all").filter(|all| *all != but)).map(str::to_owned)
    };
    let a = a.or_else(|| b.as_deref().and_then(first)).or_else(|| Some(choices.first()?.value.clone()))?;
    let b = b.filter(|b| *b != a).or_else(|| first(&a))?;
    match (half(&a), half(&b)) {
        (true, false) if b != "all" => Some(("all".to_owned(), b)),
        (false, true) if a != "all" => Some((a, "all".to_owned())),
        _ => Some((a, b)),
    }
}

/// The difference of two groups, of which one may be everybody.
fn apart((a, of_a): (&str, Share), (b, of_b): (&str, Share)) -> Option<Estimate> {
    match (a, b) {
        ("all", _) => difference(of_a, of_b, true),
        (_, "all") => difference(of_b, of_a, true).map(turned),
        _ => difference(of_a, of_b, false),
    }
}

/// Whether newer customers stay better, told at the last step that most of the newer ones have reached.
fn in_short(found: &Slot<Comparison>, grain: Grain) -> Vec<Sentence> {
    let Slot::Ready(Comparison { a: newer, b: older, steps, .. }) = found else { return Vec::new() };
    let most = |step: &&Compared| step.a.whole * 2 >= newer.size && step.a.whole >= FEW && step.b.whole >= FEW;
    let Some(step) = steps.iter().rev().find(most) else { return Vec::new() };
    let (Some(found), Ok(new), Ok(old)) = (step.difference, newer.began.parse(), older.began.parse()) else {
        return Vec::new();
    };
    let verdict = match step.verdict() {
        Verdict::More => "brief.cohorts.better",
        Verdict::Fewer => "brief.cohorts.worse",
        Verdict::Unclear => "brief.cohorts.unclear",
    };
    let figures = [
        ("n", Value::Count(u64::from(step.step))),
        ("newer", Value::Period(new)),
        ("older", Value::Period(old)),
        ("rate", Value::Share(step.a)),
        ("before", Value::Share(step.b)),
        ("points", Value::Points(found.value)),
        ("low", Value::Points(found.low)),
        ("high", Value::Points(found.high)),
    ];
    vec![Sentence::new(verdict, []), Sentence::new(&format!("brief.cohorts.{grain}"), figures)]
}

fn curves_rows(curves: &Curves) -> Result<Rows, Problem> {
    let rows: Vec<(String, u32, Share)> = curves
        .lines
        .iter()
        .flat_map(|line| {
            let name = line.key.clone().unwrap_or_else(|| "(average)".to_owned());
            line.points.iter().map(move |(step, share)| (name.clone(), *step, *share))
        })
        .collect();
    Sheet::default()
        .text("cohort", &rows, |row| Some(row.0.clone()))
        .whole("step", &rows, |row| Some(u64::from(row.1)))
        .whole("customers", &rows, |row| Some(row.2.part))
        .whole("eligible", &rows, |row| Some(row.2.whole))
        .number("retention", &rows, |row| row.2.rate())
        .number("low", &rows, |row| interval(row.2).map(|found| found.low))
        .number("high", &rows, |row| interval(row.2).map(|found| found.high))
        .rows()
}

fn comparison_rows(found: &Comparison) -> Result<Rows, Problem> {
    let steps = &found.steps;
    Sheet::default()
        .whole("step", steps, |step| Some(u64::from(step.step)))
        .text("a", steps, |_| Some(found.a.value.clone()))
        .whole("a_customers", steps, |step| Some(step.a.part))
        .whole("a_eligible", steps, |step| Some(step.a.whole))
        .number("a_retention", steps, |step| step.a.rate())
        .text("b", steps, |_| Some(found.b.value.clone()))
        .whole("b_customers", steps, |step| Some(step.b.part))
        .whole("b_eligible", steps, |step| Some(step.b.whole))
        .number("b_retention", steps, |step| step.b.rate())
        .number("difference", steps, |step| step.difference.map(|found| found.value))
        .number("low", steps, |step| step.difference.map(|found| found.low))
        .number("high", steps, |step| step.difference.map(|found| found.high))
        .rows()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, expected: Option<(&str, &str)>) {
        let choices = ["newer", "older", "all", "country:FI", "country:SE"];
        let choices = choices.map(|value| Choice { value: value.to_owned(), label: Label::Text(String::new()) });
        let said = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let found = pair(said(a), said(b), &choices);
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())), "{a} {b}");
    }

    #[test]
    fn only_what_can_be_told_apart_is_compared() {
        check("", "", Some(("newer", "older")));
        check("older", "", Some(("older", "newer")));
        check("", "newer", Some(("older", "newer")));
        check("newer", "newer", Some(("newer", "older")));
        check("newer", "all", Some(("newer", "all")));
        check("country:FI", "", Some(("country:FI", "all")));
        check("country:FI", "country:FI", Some(("country:FI", "all")));
        check("country:FI", "country:SE", Some(("country:FI", "country:SE")));
        check("country:FI", "older", Some(("country:FI", "all")));
        check("older", "country:FI", Some(("all", "country:FI")));
        check("all", "all", Some(("all", "country:FI")));
        check("all", "", Some(("all", "country:FI")));
        assert_eq!(pair(None, None, &[]), None);
        let alone = [Choice { value: "all".to_owned(), label: Label::Text(String::new()) }];
        assert_eq!(pair(None, None, &alone), None);
    }
}
