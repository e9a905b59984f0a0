//! The people behind a number: which customers a figure, a cell or a shape is about, as an address says it.

use std::collections::BTreeMap;

use metrics::MrrProfile;
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Period};

use super::retention::Family;
use super::segments::Grid;
use super::{Sentence, Value};

/// Which facts of cohorts make a customer begin, and which make one be there later: `order`, `contract`, `event`, or
/// `event:login` for events of one name. Empty: those by which this business says who is a customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counting {
    /// What makes a customer begin.
    pub start: String,
    /// What makes a customer be there.
    pub here: String,
}

/// A group of customers that some number on a page counted.
///
/// The address carries it as `who=<word>` and a few more parameters, see [`Who::pairs`]; `web` reads it back with
/// [`Who::from_pairs`], so that the two can never differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Everybody with an order.
    All,
    /// Active when the period began: S.
    AtStart(Period),
    /// Active when it ended: E.
    AtEnd(Period),
    /// Active at both ends: S and E.
    Kept(Period),
    /// Active when it began and no longer when it ended: S without E.
    Lost(Period),
    /// First order in the period.
    First(Period),
    /// Active when it ended, not when it began, and not for the first time.
    Returned(Period),
    /// First order in the period, and no longer active when it ended.
    GoneAgain(Period),
    /// Ordered in the period.
    Ordered(Period),
    /// Customers so far who have ordered at least twice when the period ended.
    Repeat(Period),
    /// One ribbon of the flow between two of its nodes, by their ids.
    Flow {
        /// The period of the flow.
        period: Period,
        /// Where the ribbon leaves.
        from: String,
        /// Where it arrives.
        to: String,
    },
    /// One cell of the cohort table.
    Cohort {
        /// How the cohorts are made: `start`, `country`, `product`, ...; `together` for all who began in some days.
        by: String,
        /// The step of the table.
        grain: Grain,
        /// Which row; of `together` the days.
        key: String,
        /// How many steps after the first order; 0 is the first order itself.
        step: u32,
        /// Which facts are counted.
        #[serde(default)]
        counting: Counting,
    },
    /// One named group of recency, frequency and spend when the period ended.
    Group {
        /// The period.
        period: Period,
        /// The group's id.
        group: String,
    },
    /// One named group of any grid.
    InGroup {
        /// How they were scored and named.
        grid: Grid,
        /// The first day that is not counted.
        on: Date,
        /// The group's id.
        group: String,
    },
    /// All groups of a grid that are doing alike.
    InFamily {
        /// How they were scored and named.
        grid: Grid,
        /// The first day that is not counted.
        on: Date,
        /// How they are doing.
        family: Family,
    },
    /// One square of recency and frequency.
    Scored {
        /// How they were scored.
        grid: Grid,
        /// The first day that is not counted.
        on: Date,
        /// The score of recency.
        r: u8,
        /// The score of frequency.
        f: u8,
    },
    /// From one group on one day to another group on a later one.
    Moved {
        /// How they were scored and named.
        grid: Grid,
        /// The first day that was not counted then.
        since: Date,
        /// The first day that is not counted now.
        on: Date,
        /// The earlier group; nothing for no order in the window.
        from: Option<String>,
        /// The later group; nothing for no order in the window.
        to: Option<String>,
    },
    /// In a group when the period began, and active when it ended.
    GroupKept {
        /// How they were scored and named.
        grid: Grid,
        /// The period.
        period: Period,
        /// The group's id.
        group: String,
    },
    /// A number of recurring revenue of a period, in the currency of the pages.
    Mrr {
        /// The period.
        period: Period,
        /// Which number: a word of [`MRR_PARTS`].
        part: String,
        /// The plan, where the number is one of a plan.
        plan: Option<String>,
        /// Whose definitions.
        #[serde(default)]
        profile: MrrProfile,
    },
    /// A number of a question about behaviour.
    Did {
        /// The metric.
        metric: String,
        /// The question and which of its numbers, in the words of [`DID_PARTS`]: `through`, `at`, …
        asked: BTreeMap<String, String>,
    },
    /// Past their own rhythm by the rule of the page.
    Overdue,
    /// The customers with the largest spend, as a percentage of all customers.
    Top(u32),
}

impl Who {
    /// The word of the address.
    pub fn word(&self) -> &'static str {
        match self {
            Who::All => "all",
            Who::AtStart(_) => "at-start",
            Who::AtEnd(_) => "active",
            Who::Kept(_) => "kept",
            Who::Lost(_) => "lost",
            Who::First(_) => "first",
            Who::Returned(_) => "returned",
            Who::GoneAgain(_) => "gone-again",
            Who::Ordered(_) => "ordered",
            Who::Repeat(_) => "repeat",
            Who::Flow { .. } => "flow",
            Who::Cohort { .. } => "cohort",
            Who::Group { .. } => "group",
            Who::InGroup { .. } => "in-group",
            Who::InFamily { .. } => "in-family",
            Who::Scored { .. } => "scored",
            Who::Moved { .. } => "moved",
            Who::GroupKept { .. } => "group-kept",
            Who::Mrr { .. } => "mrr",
            Who::Did { .. } => "did",
            Who::Overdue => "overdue",
            Who::Top(_) => "top",
        }
    }

    /// The parameters of the address, `who` first.
    ///
    /// ```
    /// use reports::pages::Who;
    /// let lost = Who::Lost("2011-11".parse().unwrap());
    /// assert_eq!(lost.pairs(), [("who", "lost".to_owned()), ("period", "2011-11".to_owned())]);
    /// ```
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("who", self.word().to_owned())];
        match self {
            Who::All | Who::Overdue => {}
            Who::AtStart(period)
            | Who::AtEnd(period)
            | Who::Kept(period)
            | Who::Lost(period)
            | Who::First(period)
            | Who::Returned(period)
            | Who::GoneAgain(period)
            | Who::Ordered(period)
            | Who::Repeat(period) => pairs.push(("period", period.to_string())),
            Who::Flow { period, from, to } => {
                pairs.extend([("period", period.to_string()), ("from", from.clone()), ("to", to.clone())]);
            }
            Who::Cohort { by, grain, key, step, counting } => {
                pairs.extend([
                    ("by", by.clone()),
                    ("grain", grain.to_string()),
                    ("cohort", key.clone()),
                    ("step", step.to_string()),
                ]);
                let counting = [("start", &counting.start), ("here", &counting.here)];
                pairs.extend(
                    counting.into_iter().filter(|pair| !pair.1.is_empty()).map(|(name, word)| (name, word.clone())),
                );
            }
            Who::Group { period, group } => {
                pairs.extend([("period", period.to_string()), ("group", group.clone())]);
            }
            Who::InGroup { grid, on, group } => {
                pairs.extend(grid.pairs());
                pairs.extend([("on", on.to_string()), ("group", group.clone())]);
            }
            Who::InFamily { grid, on, family } => {
                pairs.extend(grid.pairs());
                pairs.extend([("on", on.to_string()), ("family", family.word().to_owned())]);
            }
            Who::Scored { grid, on, r, f } => {
                pairs.extend(grid.pairs());
                pairs.extend([("on", on.to_string()), ("r", r.to_string()), ("f", f.to_string())]);
            }
            Who::Moved { grid, since, on, from, to } => {
                pairs.extend(grid.pairs());
                pairs.extend([("since", since.to_string()), ("on", on.to_string())]);
                pairs.extend(from.iter().map(|from| ("from", from.clone())));
                pairs.extend(to.iter().map(|to| ("to", to.clone())));
            }
            Who::GroupKept { grid, period, group } => {
                pairs.extend(grid.pairs());
                pairs.extend([("period", period.to_string()), ("group", group.clone())]);
            }
            Who::Mrr { period, part, plan, profile } => {
                pairs.extend([("period", period.to_string()), ("part", part.clone())]);
                pairs.extend(plan.iter().map(|plan| ("plan_of", plan.clone())));
                let other = *profile != MrrProfile::default();
                pairs.extend(other.then(|| ("profile", profile.id().to_owned())));
            }
            Who::Did { metric, asked } => {
                pairs.push(("metric", metric.clone()));
                let written = |name: &&'static str| Some((*name, asked.get(name.strip_prefix(DID)?)?.clone()));
                pairs.extend(DID_PARTS.iter().filter_map(written));
            }
            Who::Top(percent) => pairs.push(("top", percent.to_string())),
        }
        pairs
    }

    /// What these people have in common, as a sentence: the title of their list.
    pub fn title(&self) -> Sentence {
        let of = |word: &str, period: &Period| {
            Sentence::new(&format!("who.{}", word.replace('-', "_")), [("period", Value::Period(*period))])
        };
        match self {
            Who::All | Who::Overdue => Sentence::new(&format!("who.{}", self.word()), []),
            Who::AtStart(period)
            | Who::AtEnd(period)
            | Who::Kept(period)
            | Who::Lost(period)
            | Who::First(period)
            | Who::Returned(period)
            | Who::GoneAgain(period)
            | Who::Ordered(period)
            | Who::Repeat(period) => of(self.word(), period),
            Who::Flow { period, from, to } => {
                let node = |id: &str| Value::Word(format!("flow.node.{id}"));
                let values = [("period", Value::Period(*period)), ("from", node(from)), ("to", node(to))];
                Sentence::new("who.flow", values)
            }
            Who::Cohort { by, grain, key, step, counting } => {
                let by_start = ["start", "together"].contains(&by.as_str());
                let started = by_start.then(|| key.parse::<Period>().ok()).flatten();
                let prefix = match started {
                    Some(_) if *counting == Counting::default() => "who.cohort",
                    Some(_) => "who.began",
                    None => "cohorts.cell",
                };
                let cohort = started.map_or_else(|| Value::Text(key.clone()), Value::Period);
                let values = [("cohort", cohort), ("step", Value::Number(f64::from(*step)))];
                Sentence::new(&format!("{prefix}.{grain}"), values)
            }
            Who::Group { period, group } => {
                let values = [("group", Value::Word(format!("group.{group}"))), ("period", Value::Period(*period))];
                Sentence::new("who.group", values)
            }
            Who::InGroup { on, group, .. } => {
                let values = [("group", Value::Word(format!("group.{group}"))), ("date", last_day(*on))];
                Sentence::new("who.in_group", values)
            }
            Who::InFamily { on, family, .. } => {
                let family = Value::Word(format!("groups.family.{}", family.word()));
                Sentence::new("who.in_family", [("family", family), ("date", last_day(*on))])
            }
            Who::Scored { on, r, f, .. } => {
                let score = |score: &u8| Value::Number(f64::from(*score));
                Sentence::new("who.scored", [("r", score(r)), ("f", score(f)), ("date", last_day(*on))])
            }
            Who::Moved { since, on, from, to, .. } => {
                let id = |group: &Option<String>| group.as_deref().unwrap_or("none").to_owned();
                let name = |group: &Option<String>| Value::Word(format!("group.{}", id(group)));
                let key = if from == to { "who.moved.stayed" } else { "who.moved" };
                let (since, on) = (("since", last_day(*since)), ("date", last_day(*on)));
                Sentence::new(key, [("from", name(from)), ("to", name(to)), since, on])
            }
            Who::GroupKept { period, group, .. } => {
                let values = [("group", Value::Word(format!("group.{group}"))), ("period", Value::Period(*period))];
                Sentence::new("who.group_kept", values)
            }
            Who::Mrr { period, part, plan: Some(plan), .. } => {
                let values = [("plan", Value::Text(plan.clone())), ("period", Value::Period(*period))];
                Sentence::new(&format!("who.mrr.{part}"), values)
            }
            Who::Mrr { period, part, plan: None, .. } => {
                Sentence::new(&format!("who.mrr.{part}"), [("period", Value::Period(*period))])
            }
            Who::Did { metric, asked } => {
                let text = |name: &'static str, usual: &str| {
                    (name, Value::Text(asked.get(name).map_or(usual, String::as_str).to_owned()))
                };
                let key = did_key(metric, asked);
                Sentence::new(
                    key,
                    [
                        text("through", "?"),
                        text("at", "1"),
                        text("begin", "*"),
                        text("back", "*"),
                        text("anchor", "?"),
                        text("way", "*"),
                        text("name", "?"),
                    ],
                )
            }
            Who::Top(percent) => Sentence::new("who.top", [("percent", Value::Rate(f64::from(*percent) / 100.0))]),
        }
    }

    /// Reads what [`Who::pairs`] wrote; other parameters are left alone. `None` when a part is missing or no such word.
    pub fn from_pairs<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<Who> {
        let period = || get("period").and_then(|text| text.parse::<Period>().ok());
        let text = |name: &str| get(name).map(str::to_owned);
        let day = |name: &str| get(name).and_then(|text| text.parse::<Date>().ok());
        let score = |name: &str| get(name).and_then(|text| text.parse().ok()).filter(|score| (1..=5).contains(score));
        let grid = || Grid::from_pairs(&get);
        Some(match get("who")? {
            "all" => Who::All,
            "at-start" => Who::AtStart(period()?),
            "active" => Who::AtEnd(period()?),
            "kept" => Who::Kept(period()?),
            "lost" => Who::Lost(period()?),
            "first" => Who::First(period()?),
            "returned" => Who::Returned(period()?),
            "gone-again" => Who::GoneAgain(period()?),
            "ordered" => Who::Ordered(period()?),
            "repeat" => Who::Repeat(period()?),
            "flow" => Who::Flow { period: period()?, from: text("from")?, to: text("to")? },
            "cohort" => Who::Cohort {
                by: text("by")?,
                grain: get("grain")?.parse().ok()?,
                key: text("cohort")?,
                step: get("step")?.parse().ok()?,
                counting: Counting { start: text("start").unwrap_or_default(), here: text("here").unwrap_or_default() },
            },
            "group" => Who::Group { period: period()?, group: text("group")? },
            "in-group" => Who::InGroup { grid: grid()?, on: day("on")?, group: text("group")? },
            "in-family" => {
                let family = get("family").and_then(Family::from_word)?;
                Who::InFamily { grid: grid()?, on: day("on")?, family }
            }
            "scored" => Who::Scored { grid: grid()?, on: day("on")?, r: score("r")?, f: score("f")? },
            "moved" => {
                let (since, on) = (day("since")?, day("on")?);
                Who::Moved { grid: grid()?, since, on, from: text("from"), to: text("to") }
            }
            "group-kept" => Who::GroupKept { grid: grid()?, period: period()?, group: text("group")? },
            "mrr" => {
                let part = text("part").filter(|part| MRR_PARTS.contains(&part.as_str()))?;
                let plan = if part.starts_with("plan") { Some(text("plan_of")?) } else { None };
                let profile = get("profile").and_then(|text| text.parse().ok()).unwrap_or_default();
                Who::Mrr { period: period()?, part, plan, profile }
            }
            "did" => {
                let part = |name: &&'static str| {
                    let value = get(name).filter(|value| !value.is_empty())?;
                    Some((name.strip_prefix(DID)?.to_owned(), value.to_owned()))
                };
                let metric = text("metric").filter(|metric| DID_METRICS.contains(&metric.as_str()))?;
                Who::Did { metric, asked: DID_PARTS.iter().filter_map(part).collect() }
            }
            "overdue" => Who::Overdue,
            "top" => Who::Top(get("top")?.parse().ok().filter(|percent| (1..=100).contains(percent))?),
            _ => return None,
        })
    }
}

/// What stands before each part of a question about behaviour in an address, so that it is no filter of the list.
pub const DID: &str = "did.";
/// The metrics of behaviour whose numbers open.
pub const DID_METRICS: [&str; 5] = ["funnel", "event-retention", "paths", "stayed-did", "friction"];
/// The parts of a question about behaviour, and of the number asked about, as an address writes them.
pub const DID_PARTS: [&str; 31] = [
    "did.period",
    "did.as_of",
    "did.filter",
    "did.grain",
    "did.by",
    "did.begin",
    "did.steps",
    "did.facts",
    "did.through",
    "did.within",
    "did.mode",
    "did.back",
    "did.entry",
    "did.clock",
    "did.measure",
    "did.brackets",
    "did.anchor",
    "did.direction",
    "did.depth",
    "did.loops",
    "did.gap",
    "did.stall",
    "did.goal",
    "did.stayed",
    "did.support",
    "did.at",
    "did.group",
    "did.part",
    "did.way",
    "did.name",
    "did.times",
];

/// The sentence of a number of behaviour.
fn did_key(metric: &str, asked: &BTreeMap<String, String>) -> &'static str {
    let part = asked.get("part").map_or("", String::as_str);
    match (metric, part) {
        ("funnel", "stopped") => "who.did.funnel_stopped",
        ("funnel", _) => "who.did.funnel",
        ("event-retention", _) if !asked.contains_key("at") => "who.did.entered",
        ("event-retention", "not") => "who.did.not_returned",
        ("event-retention", _) => "who.did.returned",
        ("paths", _) if asked.get("direction").is_some_and(|word| word == "backward") => "who.did.paths_back",
        ("paths", _) => "who.did.paths",
        ("stayed-did", "not") => "who.did.did_not",
        ("stayed-did", "stayed") => "who.did.did_stayed",
        ("stayed-did", "left") => "who.did.did_left",
        ("stayed-did", _) => "who.did.did",
        (_, "turned-back") => "who.did.turned_back",
        (_, "ended") => "who.did.ended",
        (_, "went-on") => "who.did.went_on",
        _ => "who.did.visited",
    }
}

/// The numbers of recurring revenue that open, as an address writes them.
pub const MRR_PARTS: [&str; 18] = [
    "plan_start",
    "changed",
    "start",
    "end",
    "stayed",
    "new",
    "expansion",
    "reactivation",
    "contraction",
    "churn",
    "fx_in",
    "fx_out",
    "voluntary",
    "involuntary",
    "dispute",
    "unknown",
    "scheduled",
    "plan",
];

/// The last day that counts, as people say a date.
fn last_day(on: Date) -> Value {
    Value::Date(on.plus(-1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_address_says_all_there_is_to_say() {
        let period: Period = "2011-11".parse().unwrap();
        let odd: Period = "2011-10-03..2011-11-12".parse().unwrap();
        let grid = Grid { preset: metrics::Preset::Klaviyo6, window_days: Some(365), scores: 3 };
        let (on, since) = (period.end, period.start);
        for who in [
            Who::All,
            Who::AtStart(period),
            Who::AtEnd(odd),
            Who::Kept(period),
            Who::Lost(odd),
            Who::First(period),
            Who::Returned(period),
            Who::GoneAgain(odd),
            Who::Ordered(period),
            Who::Repeat(period),
            Who::Flow { period, from: "start".into(), to: "waiting".into() },
            Who::Mrr { period: odd, part: "churn".into(), plan: None, profile: MrrProfile::Stripe },
            Who::Mrr { period, part: "plan".into(), plan: Some("team & co".into()), profile: MrrProfile::Regulars },
            Who::Did {
                metric: "funnel".into(),
                asked: asked(&[("through", "view > \"a & b\""), ("at", "2"), ("part", "stopped")]),
            },
            Who::Did { metric: "paths".into(), asked: asked(&[("anchor", "search[plan = pro]")]) },
            Who::Mrr { period: odd, part: "churn".into(), plan: None, profile: MrrProfile::default() },
            Who::Mrr { period, part: "plan".into(), plan: Some("team & co".into()), profile: MrrProfile::Stripe },
            Who::Cohort {
                by: "product".into(),
                grain: Grain::Quarter,
                key: "CAKE & TEA, 3 TIER".into(),
                step: 4,
                counting: Counting::default(),
            },
            Who::Cohort {
                by: "together".into(),
                grain: Grain::Month,
                key: odd.to_string(),
                step: 0,
                counting: Counting { start: "event:sign:up".into(), here: "order".into() },
            },
            Who::Group { period, group: "champions".into() },
            Who::InGroup { grid, on, group: "at_risk".into() },
            Who::InFamily { grid, on, family: Family::Watch },
            Who::Scored { grid, on, r: 5, f: 1 },
            Who::Moved { grid, since, on, from: Some("loyal".into()), to: None },
            Who::Moved { grid, since, on, from: None, to: Some("recent".into()) },
            Who::GroupKept { grid, period, group: "champions".into() },
            Who::Overdue,
            Who::Top(20),
        ] {
            let pairs = who.pairs();
            let read = Who::from_pairs(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str()));
            assert_eq!(read, Some(who));
        }
    }

    #[test]
    fn what_is_no_group_of_people_is_refused() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            Who::from_pairs(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1))
        };
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[("who", "friends")]), None);
        assert_eq!(read(&[("who", "lost")]), None);
        assert_eq!(read(&[("who", "lost"), ("period", "yesterday")]), None);
        assert_eq!(read(&[("who", "top"), ("top", "101")]), None);
        let grid = [("grid", "regulars"), ("scores", "5")];
        let with = |more: &[(&'static str, &'static str)]| read(&[&grid[..], more].concat());
        assert_eq!(with(&[("who", "in-group"), ("on", "yesterday"), ("group", "new")]), None);
        assert_eq!(with(&[("who", "scored"), ("on", "2011-12-01"), ("r", "6"), ("f", "1")]), None);
        assert_eq!(with(&[("who", "in-family"), ("on", "2011-12-01"), ("family", "friends")]), None);
        assert_eq!(with(&[("who", "moved"), ("on", "2011-12-01")]), None);
    }
}
