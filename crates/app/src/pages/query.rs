//! What addresses ask, as raw text, and what it comes to. What is not understood is taken as not said.

use metrics::Activity;
use reports::pages::{Asked, Cells, Choice, Compare, Label, Who};
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Period, WeekStart};

use super::ground::Ground;
use crate::ask::period_of;

/// The query string of a page that measures. Every field may be left out; what makes no sense has the effect of nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    /// `2011-11`, `30d`, `90d`, `12m`, any other period, or `custom` with `from` and `to`.
    pub period: Option<String>,
    /// The first day of a `custom` period.
    pub from: Option<String>,
    /// Its last day.
    pub to: Option<String>,
    /// `prev`, `year`, `none`.
    pub compare: Option<String>,
    /// `country:Finland`.
    pub segment: Option<String>,
    /// How cohorts are made: `start`, `country`, `product`.
    pub by: Option<String>,
    /// The step of cohorts: `week`, `month`, `quarter`.
    pub grain: Option<String>,
    /// What cells of cohorts say: `percent`, `customers`, `revenue`.
    pub cells: Option<String>,
    /// The column the list is sorted by.
    pub sort: Option<String>,
    /// `asc` or `desc`.
    pub dir: Option<String>,
    /// Text the id or the name of a customer in the list must contain.
    pub q: Option<String>,
    /// Only customers of this country in the list.
    pub country: Option<String>,
    /// The page of the list, from 1.
    pub page: Option<String>,
    /// Whose definitions of recurring revenue: `regulars`, `chartmogul`, `stripe`, `profitwell`, `baremetrics`.
    pub profile: Option<String>,
}

/// The query string of a list of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleQuery {
    /// Which people. Everybody when the address names none.
    pub who: Who,
    /// Within this segment; empty for everybody.
    pub segment: String,
    /// Of these, only the ones with these ids; all when there are none.
    pub ids: Vec<String>,
    /// Text the id, the name or the e-mail address must contain.
    pub q: String,
    /// Only this country; empty for any.
    pub country: String,
    /// What else narrows the list, as it was written.
    pub narrowed: Narrowed,
    /// The columns that are shown; the usual ones without any.
    pub columns: Vec<String>,
    /// The column it is sorted by.
    pub sort: String,
    /// `asc` or `desc`.
    pub dir: String,
    /// Page, from 1.
    pub page: u32,
}

/// Filters of a list of people, as they were written. What makes no sense has the effect of nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// `active`, `left`, `never`.
    pub status: String,
    /// A group by recency, frequency and spend.
    pub rfm: String,
    /// A plan.
    pub plan: String,
    /// Columns of words with the word wanted: `is.city=Oulu`.
    pub words: Vec<(String, String)>,
    /// The fewest orders.
    pub orders: String,
    /// The least and the most spent, in whole units of the currency.
    pub spend: (String, String),
    /// Last order (or sign of life) within so many days.
    pub within: String,
    /// Last order (or sign of life) more than so many days ago.
    pub quiet: String,
    /// First and last day of the first order (or beginning).
    pub first: (String, String),
}

/// What an address says of columns of words begins with this.
pub(super) const WORD_PARAM: &str = "is.";
/// Columns of words one list can be narrowed by.
const WORDS_MAX: usize = 12;
/// Columns one list can show.
const COLUMNS_MAX: usize = 40;

impl Narrowed {
    fn from_pairs(pairs: &[(String, String)]) -> Narrowed {
        let text = |name: &str| {
            pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.trim().to_owned()).unwrap_or_default()
        };
        let word = |pair: &(String, String)| {
            let column = pair.0.strip_prefix(WORD_PARAM)?;
            (!pair.1.is_empty()).then(|| (column.to_owned(), pair.1.clone()))
        };
        Narrowed {
            status: text("status"),
            rfm: text("rfm"),
            plan: text("plan"),
            words: pairs.iter().filter_map(word).take(WORDS_MAX).collect(),
            orders: text("orders"),
            spend: (text("spend_min"), text("spend_max")),
            within: text("within"),
            quiet: text("quiet"),
            first: (text("first_from"), text("first_to")),
        }
    }
}

impl PeopleQuery {
    /// Everybody of a group within a segment.
    pub(super) fn of(who: &Who, segment: &str) -> PeopleQuery {
        let mut pairs: Vec<(String, String)> =
            who.pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        pairs.push(("segment".to_owned(), segment.to_owned()));
        PeopleQuery::from_pairs(&pairs)
    }

    /// Reads the parameters of an address: see [`Who::pairs`]; besides `segment`, `q`, `country`, the filters, `cols`, `sort`,
    /// `dir`, `page`, and `id` as often as there are chosen ones, which `all` takes back.
    ///
    /// ```
    /// let pairs = [("who".to_owned(), "overdue".to_owned()), ("page".to_owned(), "2".to_owned())];
    /// let query = app::PeopleQuery::from_pairs(&pairs);
    /// assert_eq!((query.who, query.page), (reports::pages::Who::Overdue, 2));
    /// ```
    pub fn from_pairs(pairs: &[(String, String)]) -> PeopleQuery {
        let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str());
        let text = |name: &str| get(name).unwrap_or_default().to_owned();
        let all = |name: &str| pairs.iter().filter(|pair| pair.0 == name).map(|pair| pair.1.clone()).collect();
        // A form sends `cols` once for each ticked box; links write them in one.
        let columns = pairs.iter().filter(|pair| pair.0 == "cols").flat_map(|pair| pair.1.split(','));
        PeopleQuery {
            who: Who::from_pairs(get).unwrap_or(Who::All),
            segment: text("segment"),
            ids: if get("all").is_some_and(|all| !all.is_empty()) { Vec::new() } else { all("id") },
            q: text("q"),
            country: text("country"),
            narrowed: Narrowed::from_pairs(pairs),
            columns: columns.filter(|id| !id.is_empty()).take(COLUMNS_MAX).map(str::to_owned).collect(),
            sort: text("sort"),
            dir: text("dir"),
            page: page_number(get("page")),
        }
    }
}

/// The number of a page, from 1.
pub(super) fn page_number(text: Option<&str>) -> u32 {
    text.and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// Months to choose from, at most.
const MONTHS_MAX: i32 = 60;
/// Of a period compared with, so much may lie before the first fact: shops seldom open on the first of a month.
const UNKNOWN_PART: i32 = 10;
/// Most values of a sparkline.
const HISTORY_MAX: usize = 18;

impl PageQuery {
    /// Reads the parameters of an address; others are left alone.
    pub fn from_pairs(pairs: &[(String, String)]) -> PageQuery {
        let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone());
        PageQuery {
            period: get("period"),
            from: get("from"),
            to: get("to"),
            compare: get("compare"),
            segment: get("segment"),
            by: get("by"),
            grain: get("grain"),
            cells: get("cells"),
            sort: get("sort"),
            dir: get("dir"),
            q: get("q"),
            country: get("country"),
            page: get("page"),
            profile: get("profile"),
        }
    }

    /// What was asked, after defaults.
    pub(super) fn asked(&self, ground: &Ground) -> Asked {
        let (period, period_choice) = self.period(ground);
        let compare = text(&self.compare).and_then(Compare::from_word).unwrap_or(Compare::Prev);
        let compared = match compare {
            Compare::Prev => Some(period.previous()),
            Compare::Year => Some(period.year_before()),
            Compare::None => None,
        };
        let grain = text(&self.grain).and_then(|grain| grain.parse().ok());
        let by = text(&self.by).filter(|by| ways(ground).iter().any(|way| way.value == *by));
        Asked {
            period,
            period_choice,
            earlier: Some(period.previous()).filter(|earlier| earlier.end > ground.first).map(|one| one.to_string()),
            later: Some(period.next()).filter(|later| later.start < ground.horizon).map(|one| one.to_string()),
            compare,
            compared: compared.filter(|before| covered(*before, ground)),
            segment: ground.known_segment(text(&self.segment).unwrap_or_default()),
            grain: grain.filter(|grain| GRAINS.contains(grain)).unwrap_or(Grain::Month),
            by: by.unwrap_or("start").to_owned(),
            cells: text(&self.cells).and_then(Cells::from_word).unwrap_or(Cells::Percent),
            profile: text(&self.profile).and_then(|profile| profile.parse().ok()).unwrap_or_default(),
            complete: ground.complete(period.end),
        }
    }

    /// The period, and how the list of periods calls it.
    fn period(&self, ground: &Ground) -> (Period, String) {
        let seen = |period: &Period| period.start < ground.horizon && period.end > ground.first;
        let usual = usual_period(ground);
        match text(&self.period) {
            Some("custom") => {
                let day = |day: &Option<String>| text(day).and_then(|day| day.parse::<Date>().ok());
                let days = day(&self.from).zip(day(&self.to));
                let period = days.and_then(|(from, to)| Period::new(from, to.plus(1)).ok()).filter(seen);
                (period.unwrap_or(usual), "custom".to_owned())
            }
            Some(asked) => match period_of(asked, ground.horizon).ok().filter(seen) {
                Some(period) if TRAILING.contains(&asked) => (period, asked.to_owned()),
                Some(period) => (period, period.to_string()),
                None => (usual, usual.to_string()),
            },
            None => (usual, usual.to_string()),
        }
    }
}

/// What stands in a field; nothing when it is empty.
pub(super) fn text(field: &Option<String>) -> Option<&str> {
    field.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// Steps of the cohort table that can be chosen.
const GRAINS: [Grain; 3] = [Grain::Week, Grain::Month, Grain::Quarter];
const TRAILING: [&str; 3] = ["30d", "90d", "12m"];

/// The last calendar month that is over, or the running one where there is no other.
fn usual_period(ground: &Ground) -> Period {
    let running = Period::of(Grain::Month, ground.horizon.plus(-1), WeekStart::Monday);
    let last = Period::of(Grain::Month, ground.horizon, WeekStart::Monday).previous();
    if last.end > ground.first { last } else { running }
}

/// The ways to make cohorts that this business has the facts for.
pub(super) fn ways(ground: &Ground) -> Vec<Choice> {
    let bought = matches!(ground.rule.activity, Activity::Purchase { .. });
    let has = [
        ("start", true),
        ("country", !ground.countries.is_empty()),
        ("product", bought && ground.snapshot.has("order_lines")),
    ];
    let own = if bought { "" } else { "@contract" };
    let choice = |word: &str| {
        let key = if word == "start" { format!("cohorts.by.start{own}") } else { format!("cohorts.by.{word}") };
        Choice { value: word.to_owned(), label: Label::Word(key) }
    };
    has.into_iter().filter(|(_, has)| *has).map(|(word, _)| choice(word)).collect()
}

/// Whether enough of a period lies after the first fact for its numbers to be compared with others.
fn covered(period: Period, ground: &Ground) -> bool {
    ground.first <= period.start.plus(period.days() / UNKNOWN_PART)
}

/// The period and up to 17 of its kind before it, oldest first, as far as there are facts.
pub(super) fn history(period: Period, ground: &Ground) -> Vec<Period> {
    let mut periods: Vec<Period> = std::iter::successors(Some(period.previous()), |earlier| Some(earlier.previous()))
        .take(HISTORY_MAX - 1)
        .take_while(|earlier| covered(*earlier, ground))
        .collect();
    periods.reverse();
    periods.push(period);
    periods
}

/// Periods to choose from, the newest first.
pub(super) fn periods(asked: &Asked, ground: &Ground) -> Vec<Choice> {
    let month = |date: Date| Grain::Month.index(date, WeekStart::Monday);
    let (first, last) = (month(ground.first), month(ground.horizon.plus(-1)));
    let of_month = |index: i32| {
        let period = Period::of(Grain::Month, Grain::Month.start(index, WeekStart::Monday), WeekStart::Monday);
        Choice { value: period.to_string(), label: Label::Period(period) }
    };
    let word = |value: &str, label: Label| Choice { value: value.to_owned(), label };
    let mut choices = vec![
        word("30d", Label::LastDays(30)),
        word("90d", Label::LastDays(90)),
        word("12m", Label::Word("period.12m".to_owned())),
    ];
    choices.extend((first.max(last - MONTHS_MAX + 1)..=last).rev().map(of_month));
    if asked.period_choice != "custom" && !choices.iter().any(|choice| choice.value == asked.period_choice) {
        choices.push(Choice { value: asked.period_choice.clone(), label: Label::Period(asked.period) });
    }
    choices.push(word("custom", Label::Word("period.custom".to_owned())));
    choices
}
