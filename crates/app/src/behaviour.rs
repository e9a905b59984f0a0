//! Questions about behaviour: what was written, and the customers behind each number.

use history::Snapshot;
use metrics::cohort_difference::{CohortDifferenceAsk, cohort_difference};
use metrics::cohorts::CohortKey;
use metrics::event_retention::{Clock, Entry, EventRetentionAsk, Measure, event_retention};
use metrics::friction::{Became, FrictionAsk, friction};
use metrics::funnel::{FunnelAsk, FunnelMode, funnel};
use metrics::paths::{Direction, PathsAsk, Reach, paths};
use metrics::people::Behind;
use metrics::sessions::{GAP, SessionsAsk, sessions};
use metrics::stayed_did::{StayedDidAsk, stayed_did};
use metrics::{Doing, Facts, Scope, Span};
use reports::{Answer, answers_behaviour as answers};
use serde_json::{Map, Value};
use terms::{Grain, Period};

use crate::ask::{Ask, one_of, period_of};
use crate::{App, Problem};

/// As of when and about which facts a question is asked, and the days it names.
pub(crate) struct About<'a> {
    /// The facts.
    pub snapshot: &'a Snapshot,
    /// As of when, and which of them.
    pub scope: Scope,
    /// The days.
    pub period: Option<Period>,
}

impl<'a> About<'a> {
    /// What a question says of days, as far as they are known.
    ///
    /// # Errors
    ///
    /// When its period names no days.
    pub fn of(snapshot: &'a Snapshot, ask: &Ask, scope: Scope) -> Result<About<'a>, Problem> {
        let horizon = App::horizon(snapshot, &scope);
        let period = ask.period.as_deref().map(|text| period_of(text, horizon)).transpose()?;
        Ok(About { snapshot, scope, period })
    }

    /// The answer to a question about behaviour; nothing when the metric is none of them.
    pub async fn answer(&self, id: &str, ask: &Ask) -> Result<Option<Answer>, Problem> {
        let snapshot = self.snapshot;
        Ok(Some(match id {
            "funnel" => {
                let ask = self.funnel(ask)?;
                answers::funnel_answer(&funnel(snapshot, &ask).await?, &ask)
            }
            "event-retention" => {
                let ask = self.event_retention(ask)?;
                answers::event_retention_answer(&event_retention(snapshot, &ask).await?, &ask)
            }
            "sessions" => {
                let grain = ask.grain()?;
                let (facts, gap, scope) = (facts(ask)?, gap(ask)?, self.scope.clone());
                let ask = SessionsAsk { facts, gap, grain, over: self.period, scope };
                answers::sessions_answer(&sessions(snapshot, &ask).await?)
            }
            "paths" => {
                let ask = self.paths(ask)?;
                answers::paths_answer(&paths(snapshot, &ask).await?, &ask)
            }
            "friction" => {
                let ask = self.friction(ask)?;
                answers::friction_answer(&friction(snapshot, &ask).await?, &ask)
            }
            "stayed-did" => {
                let ask = self.stayed_did(ask)?;
                answers::stayed_did_answer(&stayed_did(snapshot, &ask).await?, &ask)
            }
            "cohort-difference" => {
                let retention = self.event_retention(ask)?;
                let groups = ask.groups.as_deref().and_then(two).ok_or_else(|| {
                    Problem::invalid("groups_missing", "two groups are compared", "name them: groups=gate_30,gate_40")
                })?;
                let ask = CohortDifferenceAsk { retention, groups, cell: ask.step.unwrap_or(1) };
                answers::cohort_difference_answer(&cohort_difference(snapshot, &ask).await?, &ask)
            }
            _ => return Ok(None),
        }))
    }

    /// The customers behind a number: a metric, its question, and which of its numbers, by the name of each part.
    pub fn behind<'p>(&self, id: &str, ask: &Ask, part: impl Fn(&str) -> Option<&'p str>) -> Result<Behind, Problem> {
        let number = |name: &str, usual: u32| part(name).map_or(Ok(usual), |text| whole(name, text));
        let said = part("part");
        Ok(match id {
            "funnel" => Behind::Funnel {
                group: part("group").map_or(CohortKey::Everybody, word_key),
                step: number("at", 1)?,
                stopped: said
                    .map_or(Ok(false), |said| choice("part", said, &[("reached", false), ("stopped", true)]))?,
                ask: self.funnel(ask)?,
            },
            "event-retention" => {
                let ask = self.event_retention(ask)?;
                let by_column = ask.by.is_some();
                let key = |name: &str| if by_column { Ok(word_key(name)) } else { name.parse().map(CohortKey::Start) };
                let cell = part("at").map(|text| whole("step", text)).transpose()?;
                Behind::EventRetention {
                    key: part("group").map_or(Ok(CohortKey::Everybody), key)?,
                    cell,
                    there: said.map_or(Ok(true), |said| choice("part", said, &[("returned", true), ("not", false)]))?,
                    ask,
                }
            }
            "paths" => {
                let begins = part("way").map_or(Ok(Vec::new()), Doing::several)?;
                let ends = said.map_or(Ok(false), |said| choice("part", said, &[("on", false), ("ended", true)]))?;
                let begins = begins.into_iter().filter_map(|doing| doing.name).collect();
                Behind::Path { ask: self.paths(ask)?, begins, ends }
            }
            "stayed-did" => {
                let words = [
                    ("did", (true, None)),
                    ("not", (false, None)),
                    ("stayed", (true, Some(true))),
                    ("left", (true, Some(false))),
                ];
                let (did, stayed) = said.map_or(Ok((true, None)), |said| choice("part", said, &words))?;
                let name = part("name").ok_or_else(|| missing("name", "the event, as in name=invite"))?.to_owned();
                Behind::StayedDid { ask: self.stayed_did(ask)?, name, times: number("times", 1)?, did, stayed }
            }
            "friction" => {
                let words = [
                    ("visited", None),
                    ("went-on", Some(Became::WentOn)),
                    ("turned-back", Some(Became::TurnedBack)),
                    ("ended", Some(Became::Ended)),
                ];
                let became = said.map_or(Ok(None), |said| choice("part", said, &words))?;
                let name = part("name").ok_or_else(|| missing("name", "the event, as in name=checkout"))?.to_owned();
                Behind::Friction { ask: self.friction(ask)?, name, became }
            }
            other => {
                let known = ["funnel", "event-retention", "paths", "stayed-did", "friction"];
                return Err(one_of("list of what customers did", other, &known));
            }
        })
    }

    fn funnel(&self, ask: &Ask) -> Result<FunnelAsk, Problem> {
        let through = ask.through.as_deref();
        let through = through.ok_or_else(|| missing("through", "the steps in order: through=view > add > buy"))?;
        let modes = FunnelMode::ALL.map(|(mode, word)| (word, mode));
        let mode = ask.mode.as_deref().map_or(Ok(FunnelMode::default()), |mode| choice("mode", mode, &modes))?;
        let within = span(ask.within.as_deref())?;
        let steps = Doing::several(through)?;
        let base = FunnelAsk::of(steps);
        Ok(FunnelAsk {
            facts: facts(ask)?,
            within: within.unwrap_or(base.within),
            mode,
            entered: self.period,
            by: ask.by.clone(),
            scope: self.scope.clone(),
            ..base
        })
    }

    fn event_retention(&self, ask: &Ask) -> Result<EventRetentionAsk, Problem> {
        let grain = ask.grain()?.unwrap_or(Grain::Day);
        let clock = match ask.clock.as_deref() {
            None | Some("calendar") => Clock::Calendar { grain },
            Some("rolling") => match grain {
                Grain::Day => Clock::Rolling { days: 1 },
                Grain::Week => Clock::Rolling { days: 7 },
                _ => {
                    let hint = "use grain=day or grain=week, or clock=calendar";
                    return Err(Problem::invalid("no_fixed_length", "only days and weeks have a fixed length", hint));
                }
            },
            Some(other) => return Err(one_of("clock", other, &["calendar", "rolling"])),
        };
        let entries = [("first", Entry::First), ("every", Entry::Every)];
        let base = EventRetentionAsk::of(grain);
        Ok(EventRetentionAsk {
            facts: facts(ask)?,
            begin: doing(ask.begin.as_deref())?,
            back: doing(ask.back.as_deref())?,
            entry: ask.entry.as_deref().map_or(Ok(Entry::First), |entry| choice("entry", entry, &entries))?,
            clock,
            measure: measure(ask)?,
            by: ask.by.clone().filter(|by| by != "start"),
            entered: self.period,
            steps_max: ask.steps.unwrap_or(base.steps_max),
            scope: self.scope.clone(),
            ..base
        })
    }

    fn paths(&self, ask: &Ask) -> Result<PathsAsk, Problem> {
        let anchor =
            ask.anchor.as_deref().ok_or_else(|| missing("anchor", "the event to start from: anchor=search"))?;
        let directions = [("forward", Direction::Forward), ("backward", Direction::Backward)];
        let loops = [("collapse", false), ("keep", true)];
        let base = PathsAsk::from_anchor(anchor.parse()?);
        let reach = match span(ask.within.as_deref())? {
            Some(_) if ask.gap.is_some() => {
                let hint = "leave out within for sessions, or gap for a time from the anchor on";
                return Err(Problem::invalid(
                    "within_or_gap",
                    "a way reaches to the end of a session or for a time",
                    hint,
                ));
            }
            Some(within) => Reach::Within { within },
            None => Reach::Session { gap: gap(ask)? },
        };
        Ok(PathsAsk {
            facts: facts(ask)?,
            direction: ask
                .direction
                .as_deref()
                .map_or(Ok(base.direction), |way| choice("direction", way, &directions))?,
            reach,
            depth: ask.depth.unwrap_or(base.depth),
            top: ask.top.unwrap_or(base.top),
            keep_loops: ask.loops.as_deref().map_or(Ok(false), |word| choice("loops", word, &loops))?,
            over: self.period,
            scope: self.scope.clone(),
            ..base
        })
    }

    fn friction(&self, ask: &Ask) -> Result<FrictionAsk, Problem> {
        let base = FrictionAsk::default();
        Ok(FrictionAsk {
            facts: facts(ask)?,
            gap: gap(ask)?,
            stall: span(ask.stall.as_deref())?.unwrap_or(base.stall),
            goal: ask.goal.as_deref().map(str::parse).transpose()?,
            over: self.period,
            scope: self.scope.clone(),
        })
    }

    fn stayed_did(&self, ask: &Ask) -> Result<StayedDidAsk, Problem> {
        let base = StayedDidAsk::default();
        let stayed = match ask.stayed.as_deref() {
            None => (base.stayed_from, base.stayed_until),
            Some(text) => {
                let ends = text.split_once("..").ok_or_else(|| missing("..", "both ends, as in stayed=28d..56d"))?;
                (ends.0.parse()?, ends.1.parse()?)
            }
        };
        Ok(StayedDidAsk {
            facts: facts(ask)?,
            begin: doing(ask.begin.as_deref())?,
            back: doing(ask.back.as_deref())?,
            within: span(ask.within.as_deref())?.unwrap_or(base.within),
            stayed_from: stayed.0,
            stayed_until: stayed.1,
            support_min: ask.support.unwrap_or(base.support_min),
            entered: self.period,
            scope: self.scope.clone(),
        })
    }
}

/// The question of an address: its words are those of [`Ask`], numbers written as text.
///
/// # Errors
///
/// `unknown_parameter`, or a number that is none.
pub(crate) fn ask_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Ask, Problem> {
    const NUMBERS: [&str; 5] = ["steps", "step", "depth", "top", "support"];
    let value = |(name, text): (&str, &str)| -> Result<(String, Value), Problem> {
        let value = if NUMBERS.contains(&name) { whole(name, text)?.into() } else { text.into() };
        Ok((name.to_owned(), value))
    };
    let object = pairs.map(value).collect::<Result<Map<String, Value>, Problem>>()?;
    serde_json::from_value(object.into()).map_err(|error| {
        Problem::invalid("unknown_parameter", error.to_string(), "the parameters are described in /api/openapi.json")
    })
}

fn facts(ask: &Ask) -> Result<Option<Facts>, Problem> {
    let known = [("events", Facts::Events), ("orders", Facts::Orders)];
    ask.facts.as_deref().map(|word| choice("facts", word, &known)).transpose()
}

fn doing(text: Option<&str>) -> Result<Doing, Problem> {
    Ok(text.map(str::parse).transpose()?.unwrap_or_default())
}

fn span(text: Option<&str>) -> Result<Option<Span>, Problem> {
    Ok(text.map(str::parse).transpose()?)
}

fn gap(ask: &Ask) -> Result<Span, Problem> {
    Ok(span(ask.gap.as_deref())?.unwrap_or(GAP))
}

fn measure(ask: &Ask) -> Result<Measure, Problem> {
    let bounds = ask.brackets.as_deref().map(|text| {
        text.split(',').map(|bound| whole("brackets", bound.trim())).collect::<Result<Vec<u32>, Problem>>()
    });
    let bounds = bounds.transpose()?;
    Ok(match (ask.measure.as_deref(), bounds) {
        (None | Some("brackets"), Some(bounds)) => Measure::Brackets { bounds },
        (Some("brackets"), None) => return Err(missing("brackets", "the bounds, as in brackets=0,1,3,7,14,30")),
        (Some(word), None) => choice("measure", word, &MEASURES)?,
        (None, None) => Measure::On,
        (Some(word), Some(_)) => {
            let what = format!("measure {word} has no brackets");
            return Err(Problem::invalid("unused_parameter", what, "leave out measure or brackets"));
        }
    })
}

/// The measures that need nothing else.
const MEASURES: [(&str, Measure); 4] = [
    ("on", Measure::On),
    ("on-or-after", Measure::OnOrAfter),
    ("on-or-before", Measure::OnOrBefore),
    ("streak", Measure::Streak),
];

fn word_key(word: &str) -> CohortKey {
    if word == "(unknown)" { CohortKey::Unknown } else { CohortKey::Word(word.to_owned()) }
}

fn two(text: &str) -> Option<(String, String)> {
    let (a, b) = text.split_once(',')?;
    let (a, b) = (a.trim(), b.trim());
    (!a.is_empty() && !b.is_empty()).then(|| (a.to_owned(), b.to_owned()))
}

fn choice<T: Clone>(what: &str, found: &str, known: &[(&str, T)]) -> Result<T, Problem> {
    let names: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
    let value = known.iter().find(|(word, _)| *word == found).map(|(_, value)| value.clone());
    value.ok_or_else(|| one_of(what, found, &names))
}

fn whole(what: &str, text: &str) -> Result<u32, Problem> {
    text.parse()
        .map_err(|_| Problem::invalid("no_number", format!("'{text}' is no number for {what}"), "write a whole number"))
}

fn missing(what: &str, hint: &str) -> Problem {
    Problem::invalid("parameter_missing", format!("{what} is missing"), format!("name {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(measure: Option<&str>, brackets: Option<&str>) -> Result<Measure, String> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let ask = Ask { measure: owned(measure), brackets: owned(brackets), ..Ask::default() };
        super::measure(&ask).map_err(|problem| problem.code)
    }

    #[test]
    fn measures_are_read() {
        let bounds = || Ok(Measure::Brackets { bounds: vec![0, 1, 7] });
        for (measure, brackets, wanted) in [
            (None, None, Ok(Measure::On)),
            (Some("streak"), None, Ok(Measure::Streak)),
            (None, Some("0, 1,7"), bounds()),
            (Some("brackets"), Some("0,1,7"), bounds()),
            (Some("brackets"), None, Err("parameter_missing".to_owned())),
            (Some("streak"), Some("0,1"), Err("unused_parameter".to_owned())),
            (Some("often"), None, Err("unknown_choice".to_owned())),
            (None, Some("0,x"), Err("no_number".to_owned())),
        ] {
            assert_eq!(measured(measure, brackets), wanted, "{measure:?} {brackets:?}");
        }
    }

    #[test]
    fn an_address_is_a_question() {
        let ask = ask_of([("through", "a > b"), ("depth", "4")].into_iter()).unwrap();
        assert_eq!((ask.through.as_deref(), ask.depth), (Some("a > b"), Some(4)));
        assert_eq!(ask_of([("depth", "many")].into_iter()).unwrap_err().code, "no_number");
        assert_eq!(ask_of([("colour", "red")].into_iter()).unwrap_err().code, "unknown_parameter");
        assert_eq!(two(" a , b"), Some(("a".to_owned(), "b".to_owned())));
        assert_eq!((two("a"), two("a,")), (None, None));
    }
}
