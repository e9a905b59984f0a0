//! From the words of an address to the question whose counting gave the number.

use history::schema::Kind;
use metrics::cohorts::{CohortBy, CohortKey, CohortsAsk};
use metrics::concentration::ConcentrationAsk;
use metrics::mrr_movements::MrrMove;
use metrics::mrr_people::{MrrPart, MrrPeriodAsk};
use metrics::overdue::OverdueAsk;
use metrics::people::{Behind, RetentionPart};
use metrics::retention_flow::RetentionFlowAsk;
use metrics::revenue_churn::ChurnClass;
use metrics::rfm::{RfmAsk, RfmMigrationAsk};
use metrics::{Activity, MrrProfile, OrdersAsk, Scope};
use reports::pages::retention::Family;
use reports::pages::{Counting, Who};
use terms::{Date, Grain, Period};

use super::ground::{Ground, kind_of};
use crate::Problem;
use crate::behaviour::{About, ask_of};
use crate::definitions::view_of;

/// Parts of an address that say which number of a question about behaviour is meant, and are no part of the question.
const OF_A_NUMBER: [&str; 6] = ["at", "group", "part", "way", "name", "times"];
/// What a row of cohorts is called whose customers' column says nothing.
pub(super) const UNKNOWN: &str = "(unknown)";
/// Rows of cohorts that are not made by start, at most: the largest.
const ROWS_MAX: u32 = 10;
/// What stands before the name of a column of the business's own.
pub(super) const ATTRIBUTE: &str = "attribute:";
/// The way of making cohorts in which all who began in some days are one.
pub(super) const TOGETHER: &str = "together";

/// What a table of cohorts counts, in the words of an address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<'a> {
    /// How cohorts are made.
    pub by: &'a str,
    /// The step.
    pub grain: Grain,
    /// Of whom.
    pub segment: &'a str,
    /// By which facts.
    pub counting: &'a Counting,
}

impl Ground {
    /// The question behind a group of people of a segment.
    ///
    /// # Errors
    ///
    /// `unknown_group` when the address names a cohort nobody could be in.
    pub fn behind(&self, who: &Who, segment: &str) -> Result<Behind, Problem> {
        let scope = self.scope(segment);
        let part = |period: &Period, part| Behind::Retention {
            period: *period,
            part,
            activity: self.activity(),
            scope: scope.clone(),
        };
        Ok(match who {
            Who::All => self.everybody(scope.clone()),
            Who::AtStart(period) => part(period, RetentionPart::Start),
            Who::AtEnd(period) => part(period, RetentionPart::End),
            Who::Kept(period) => part(period, RetentionPart::Retained),
            Who::Lost(period) => part(period, RetentionPart::Lost),
            Who::First(period) => part(period, RetentionPart::Acquired),
            Who::Returned(period) => part(period, RetentionPart::Returned),
            Who::GoneAgain(period) => part(period, RetentionPart::GoneAgain),
            Who::Ordered(period) => ordered(Some(*period), scope, 1),
            Who::Repeat(period) => ordered(None, self.scope_by(segment, period.end), 2),
            Who::Flow { period, from, to } => {
                let ask = RetentionFlowAsk { period: *period, activity: self.activity(), scope };
                Behind::Flow { ask, from: from.clone(), to: to.clone() }
            }
            Who::Cohort { by, grain, key, step, counting } => {
                let cut = Cut { by, grain: *grain, segment, counting };
                let mut ask = self.cohorts_ask(&cut).ok_or_else(|| no_cohort(by))?;
                let key = if by == TOGETHER {
                    ask.entered = Some(key.parse().map_err(|_| no_cohort(key))?);
                    CohortKey::Everybody
                } else {
                    cohort_key(by, key).ok_or_else(|| no_cohort(key))?
                };
                Behind::Cohort { ask, key, step: Some(*step), there: true }
            }
            Who::Group { period, group } => {
                Behind::RfmGroup { ask: self.rfm_ask(segment, period.end), group: group.clone() }
            }
            Who::InGroup { grid, on, group } => {
                Behind::RfmGroup { ask: self.grid_ask(grid, segment, *on), group: group.clone() }
            }
            Who::InFamily { grid, on, family } => {
                Behind::RfmFamily { ask: self.grid_ask(grid, segment, *on), family: family_of(*family) }
            }
            Who::Scored { grid, on, r, f } => {
                Behind::RfmScores { ask: self.grid_ask(grid, segment, *on), scores: (*r, *f) }
            }
            Who::Moved { grid, since, on, from, to } => {
                let ask = RfmMigrationAsk { before: *since, now: self.grid_ask(grid, segment, *on) };
                Behind::RfmMove { ask, from: from.clone(), to: to.clone() }
            }
            Who::GroupKept { grid, period, group } => {
                let ask = self.kept_ask(grid, segment, *period);
                Behind::RfmKept { ask, group: group.clone(), active: true }
            }
            Who::Mrr { period, part, plan, profile } => {
                // Who pays for a plan when a period begins pays for it when the day before ends.
                let eve = Period { start: period.start.plus(-1), end: period.start };
                let period = if part == "plan_start" { eve } else { *period };
                let part = mrr_part(part, plan.as_deref()).ok_or_else(|| no_cohort(part))?;
                Behind::Mrr { ask: self.mrr_ask(period, segment, *profile), part }
            }
            Who::Did { metric, asked } => {
                let part = |name: &str| asked.get(name).map(String::as_str);
                let question = asked.iter().filter(|(name, _)| !OF_A_NUMBER.contains(&name.as_str()));
                let ask = ask_of(question.map(|(name, value)| (name.as_str(), value.as_str())))?;
                let own = ask.scope()?;
                let filter = match (own.filter, scope.filter) {
                    (Some(own), Some(segment)) => Some(format!("({own}) and {segment}")),
                    (own, segment) => own.or(segment),
                };
                let scope = Scope { as_of: own.as_of, filter };
                About::of(&self.snapshot, &ask, scope)?.behind(metric, &ask, part)?
            }
            Who::Overdue => Behind::Overdue { ask: self.overdue_ask(segment) },
            Who::Top(percent) => Behind::Top { ask: self.concentration_ask(segment), percent: *percent },
        })
    }

    /// The customers a group is a part of, where it is one. With them comes whether the group is left out of them and must
    /// be added: a cell of cohorts is a part of those there and those not there.
    pub fn whole(&self, who: &Who, segment: &str) -> Result<Option<(Behind, bool)>, Problem> {
        let of = |who: &Who| self.behind(who, segment).map(|behind| Some((behind, false)));
        match who {
            Who::Kept(period) | Who::Lost(period) => of(&Who::AtStart(*period)),
            Who::GoneAgain(period) => of(&Who::First(*period)),
            Who::Repeat(period) => Ok(Some((ordered(None, self.scope_by(segment, period.end), 1), false))),
            Who::Group { period, .. } => Ok(Some((ordered(None, self.scope_by(segment, period.end), 1), false))),
            Who::InGroup { grid, group, .. } if grid.preset.without_orders().is_some_and(|one| one.id == group) => {
                Ok(None)
            }
            Who::InGroup { grid, on, .. } | Who::InFamily { grid, on, .. } | Who::Scored { grid, on, .. } => {
                let on = (*on).min(self.horizon);
                let start = |days: u32| Date(on.0.saturating_sub(i32::try_from(days).unwrap_or(i32::MAX)));
                let window = grid.window_days.map(|days| Period { start: start(days), end: on });
                Ok(Some((ordered(window, self.scope_by(segment, on), 1), false)))
            }
            Who::GroupKept { grid, period, group } => {
                of(&Who::InGroup { grid: *grid, on: period.start, group: group.clone() })
            }
            Who::Mrr { period, part, profile, .. } => {
                let whole = match part.as_str() {
                    "expansion" | "contraction" | "churn" | "stayed" | "fx_out" | "plan_start" => "start",
                    "voluntary" | "involuntary" | "dispute" | "unknown" => "churn",
                    "new" | "reactivation" | "scheduled" | "plan" | "fx_in" => "end",
                    _ => return Ok(None),
                };
                of(&Who::Mrr { period: *period, part: whole.to_owned(), plan: None, profile: *profile })
            }
            Who::Top(_) => Ok(Some((ordered(None, self.scope(segment), 1), false))),
            Who::Cohort { .. } => match self.behind(who, segment)? {
                Behind::Cohort { ask, key, step, .. } => {
                    Ok(Some((Behind::Cohort { ask, key, step, there: false }, true)))
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Everybody with an order; where nobody orders, everybody who ever became a customer.
    fn everybody(&self, scope: Scope) -> Behind {
        if matches!(self.rule.activity, Activity::Purchase { .. }) {
            return Behind::Everybody { scope };
        }
        let period = Period { start: self.first, end: self.horizon };
        Behind::Retention { period, part: RetentionPart::Acquired, activity: self.activity(), scope }
    }

    /// The cohort table; nothing for a way to make cohorts that there is not, or for facts that are none.
    pub fn cohorts_ask(&self, cut: &Cut<'_>) -> Option<CohortsAsk> {
        let (begin, activity) = (self.facts(&cut.counting.start)?, self.facts(&cut.counting.here)?);
        let by = match cut.by {
            "start" | TOGETHER => CohortBy::Start,
            by => CohortBy::Column { column: self.column(by, view_of(&begin))? },
        };
        let (shown, week) = (steps_shown(cut.grain), self.snapshot.week());
        let last = cut.grain.index(self.horizon.plus(-1), week);
        let entered = (by == CohortBy::Start)
            .then(|| Period { start: cut.grain.start(last + 1 - shown, week), end: cut.grain.start(last + 1, week) });
        Some(CohortsAsk {
            activity: Some(activity),
            begin: Some(begin),
            by,
            entered,
            steps_max: Some(shown as u32 - 1),
            rows_max: ROWS_MAX,
            scope: self.scope(cut.segment),
            ..CohortsAsk::of(cut.grain)
        })
    }

    /// The rule of the facts an address names; the business's own where it names none.
    pub fn facts(&self, word: &str) -> Option<Activity> {
        let own =
            |activity: Activity| if self.kind() == kind_of(&activity) { self.rule.activity.clone() } else { activity };
        Some(match word.split_once(':').map_or((word, None), |(word, name)| (word, Some(name))) {
            ("", None) => self.rule.activity.clone(),
            ("order", None) => own(Activity::Purchase { window_days: None }),
            ("contract", None) => own(Activity::Contract),
            ("event", None) => own(Activity::Event { window_days: None, name: None }),
            ("event", Some(name)) => Activity::Event { window_days: None, name: Some(name.to_owned()) },
            _ => return None,
        })
    }

    /// The column of a way to make cohorts, where the facts have it.
    pub fn column(&self, by: &str, view: &str) -> Option<String> {
        let column = match by {
            "product" => "first_product",
            "category" => "first_category",
            "country" | "channel" | "coupon" | "plan" => by,
            _ => by.strip_prefix(ATTRIBUTE)?,
        };
        let has = |(name, kind): &(String, Kind)| name == column && *kind == Kind::Word;
        self.snapshot.columns(view).iter().any(has).then(|| column.to_owned())
    }

    /// The groups as of a day.
    pub fn rfm_ask(&self, segment: &str, end: Date) -> RfmAsk {
        RfmAsk { scope: self.scope_by(segment, end), ..RfmAsk::default() }
    }

    /// Recurring revenue of a period in the currency of the pages.
    pub fn mrr_ask(&self, period: Period, segment: &str, profile: MrrProfile) -> MrrPeriodAsk {
        let (currency, scope) = (self.workspace.currency, self.scope(segment));
        MrrPeriodAsk { period, profile, currency, scope }
    }

    /// The rule of who is overdue: only those who can still be kept.
    pub fn overdue_ask(&self, segment: &str) -> OverdueAsk {
        let scope = self.scope(segment);
        OverdueAsk { only_active: true, activity: self.purchase(), scope, ..OverdueAsk::default() }
    }

    /// How revenue is spread, over all orders known.
    pub fn concentration_ask(&self, segment: &str) -> ConcentrationAsk {
        let orders = OrdersAsk { period: None, scope: self.scope(segment) };
        ConcentrationAsk { orders, ..ConcentrationAsk::default() }
    }
}

/// The number behind a word of an address.
fn mrr_part(word: &str, plan: Option<&str>) -> Option<MrrPart> {
    let moved = MrrMove::ALL.into_iter().find(|what| what.word() == word).map(MrrPart::Moved);
    let lost = || ChurnClass::ALL.into_iter().find(|class| class.word() == word).map(MrrPart::Lost);
    moved.or_else(lost).or_else(|| match word {
        "start" => Some(MrrPart::Start),
        "end" => Some(MrrPart::End),
        "stayed" => Some(MrrPart::Stayed),
        "changed" => Some(MrrPart::Changed),
        "scheduled" => Some(MrrPart::Scheduled),
        "plan" | "plan_start" => plan.map(|plan| MrrPart::Plan(plan.to_owned())),
        _ => None,
    })
}

fn family_of(family: Family) -> metrics::Family {
    match family {
        Family::Kept => metrics::Family::Kept,
        Family::Watch => metrics::Family::Watch,
        Family::Lost => metrics::Family::Lost,
    }
}

fn ordered(period: Option<Period>, scope: Scope, orders_min: u32) -> Behind {
    Behind::Ordered { ask: OrdersAsk { period, scope }, orders_min, orders_max: None }
}

/// How many steps of cohorts there are room for: about two years, half a year of weeks, a month of days.
pub(super) fn steps_shown(grain: Grain) -> i32 {
    match grain {
        Grain::Year => 12,
        Grain::Quarter => 16,
        Grain::Month => 24,
        Grain::Week => 26,
        Grain::Day => 31,
    }
}

fn cohort_key(by: &str, key: &str) -> Option<CohortKey> {
    match (by, key) {
        ("start", key) => key.parse().ok().map(CohortKey::Start),
        (_, UNKNOWN) => Some(CohortKey::Unknown),
        (_, word) => Some(CohortKey::Word(word.to_owned())),
    }
}

fn no_cohort(name: &str) -> Problem {
    Problem::not_found("unknown_group", format!("there are no cohorts '{name}'"), "open the list from the cohort table")
}
