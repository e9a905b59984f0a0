//! Questions about metrics, asked the same way by the command line, the API and the pages.

use metrics::cohorts::{CohortBy, CohortsAsk, cohorts};
use metrics::concentration::{ConcentrationAsk, concentration};
use metrics::customer_retention::{CustomerRetentionAsk, Profile, customer_retention};
use metrics::lifecycle::{LifecycleAsk, lifecycle};
use metrics::mrr_movements::{MrrAsk, MrrSteps};
use metrics::retention_change::{RetentionChangeAsk, retention_change};
use metrics::retention_series::{RetentionSeriesAsk, Shape, retention_series};
use metrics::revenue::{RevenueAsk, revenue};
use metrics::revenue_change::{RevenueChangeAsk, revenue_change};
use metrics::revenue_cohorts::{RevenueCohortsAsk, revenue_cohorts};
use metrics::rfm::{RfmAsk, RfmMigrationAsk, Scoring, rfm, rfm_migration};
use metrics::stickiness::{StickinessAsk, stickiness};
use metrics::survival::{SurvivalAsk, survival};
use metrics::{Activity, Card, OrdersAsk, Preset, Scope, Spend};
use reports::{Answer, answers, answers_change, answers_mrr};
use serde::{Deserialize, Serialize};
use terms::{Date, Grain, Period, WeekStart};

use crate::behaviour::About;
use crate::condition::explained;
use crate::definitions::{RuleFrom, view_of};
use crate::{App, Problem};

/// What is asked. Every field may be left out; each metric takes what it needs and refuses what it cannot use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ask {
    /// `2011-11`, `2011-Q3`, `2011`, `2011-01-01..2011-02-01`, or `30d`, `90d`, `12m`: as many before the horizon.
    pub period: Option<String>,
    /// `day`, `week`, `month`, `quarter`, `year`.
    pub grain: Option<String>,
    /// Facts on this day or later are ignored.
    pub as_of: Option<String>,
    /// A condition in SQL over the facts, as in `country = 'Finland'` or `segment('vip')`.
    pub filter: Option<String>,
    /// Only customers of this segment, by its short name.
    pub segment: Option<String>,
    /// Definitions: `regulars` or `textbook`; of recurring revenue `regulars`, `chartmogul`, `stripe`, `profitwell`,
    /// `baremetrics`.
    pub profile: Option<String>,
    /// Who is a customer: `contract`, `purchase`, `event`.
    pub rule: Option<String>,
    /// Days a purchase or event counts.
    pub window: Option<u32>,
    /// Only events of this name.
    pub event: Option<String>,
    /// Groups by a column. Cohorts by: `start`, `first_product`, `first_category`, `country`, `channel` or an attribute.
    pub by: Option<String>,
    /// Cohorts begin with other facts than those counted later: `purchase`, `contract`, `event`, `event::signup`. Event
    /// retention and stayed-did begin with an event: `signup`, `buy[plan = pro]`.
    pub begin: Option<String>,
    /// RFM grid: `regulars`, `shopify-11`, `classic-10`, `klaviyo-6`.
    pub preset: Option<String>,
    /// RFM: movement since this date.
    pub since: Option<String>,
    /// RFM scores: 3 or 5.
    pub scores: Option<u8>,
    /// RFM: `same` (ties share a score) or `by-id`.
    pub ties: Option<String>,
    /// Money as `gross` or `net`.
    pub spend: Option<String>,
    /// Most steps of a cohort, or after an entry.
    pub steps: Option<u32>,
    /// Questions about behaviour are about: events, orders.
    pub facts: Option<String>,
    /// Funnel: the steps in order, as in "view > add[plan = pro] > buy"; * is any event.
    pub through: Option<String>,
    /// Funnel, paths: how long after the first step or the anchor; stayed-did: the first days. As in 30m, 12h, 7d.
    pub within: Option<String>,
    /// Funnel: between (anything may lie between steps), strict (nothing), first-touch (only the first start counts).
    pub mode: Option<String>,
    /// Event retention: what a return is; stayed-did: what those who stayed did later. Any event unless said.
    pub back: Option<String>,
    /// Event retention: which starts are entries: first, every.
    pub entry: Option<String>,
    /// Event retention: steps by calendar or rolling (24 hours from the entry on).
    pub clock: Option<String>,
    /// Event retention: on, on-or-after, on-or-before, streak, brackets.
    pub measure: Option<String>,
    /// Event retention: bounds of brackets, as in 0,1,3,7,14,30.
    pub brackets: Option<String>,
    /// Paths: the event to start from.
    pub anchor: Option<String>,
    /// Paths: forward, backward.
    pub direction: Option<String>,
    /// Paths: how many steps, at most 8.
    pub depth: Option<u32>,
    /// Paths: how many events to show at each step.
    pub top: Option<u32>,
    /// Paths: events repeated in a row: collapse, keep.
    pub loops: Option<String>,
    /// Sessions, paths, friction: the longest pause within a session; 30m unless said.
    pub gap: Option<String>,
    /// Friction: a pause longer than this is a wait; 5m unless said.
    pub stall: Option<String>,
    /// Friction: what sessions are for.
    pub goal: Option<String>,
    /// Stayed-did: when after the beginning somebody who stayed came back; 28d..56d unless said.
    pub stayed: Option<String>,
    /// Stayed-did: the fewest customers of a half who did a thing, and who did not.
    pub support: Option<u32>,
    /// Difference: the two groups, as the rows of event-retention name them.
    pub groups: Option<String>,
    /// Difference: which step of event-retention.
    pub step: Option<u32>,
}

impl Ask {
    /// As of when, and about which facts.
    pub fn scope(&self) -> Result<Scope, Problem> {
        let as_of = self.as_of.as_deref().map(str::parse::<Date>).transpose()?;
        Ok(Scope { as_of, filter: self.condition() })
    }

    /// The filter, and the segment as a part of it.
    fn condition(&self) -> Option<String> {
        let segment = self.segment.as_ref().map(|slug| format!("segment('{}')", slug.replace('\'', "''")));
        match (segment, &self.filter) {
            (Some(segment), Some(filter)) => Some(format!("{segment} and ({filter})")),
            (segment, filter) => segment.or_else(|| filter.clone()),
        }
    }

    pub(crate) fn grain(&self) -> Result<Option<Grain>, Problem> {
        Ok(self.grain.as_deref().map(str::parse).transpose()?)
    }

    pub(crate) fn activity(&self) -> Result<Option<Activity>, Problem> {
        let window_days = self.window;
        match self.rule.as_deref() {
            None if self.event.is_some() => Ok(Some(Activity::Event { window_days, name: self.event.clone() })),
            None if window_days.is_some() => Ok(Some(Activity::Purchase { window_days })),
            None => Ok(None),
            Some("contract") => Ok(Some(Activity::Contract)),
            Some("purchase") => Ok(Some(Activity::Purchase { window_days })),
            Some("event") => Ok(Some(Activity::Event { window_days, name: self.event.clone() })),
            Some(other) => Err(one_of("rule", other, &["contract", "purchase", "event"])),
        }
    }

    fn profile(&self) -> Result<Profile, Problem> {
        match self.profile.as_deref() {
            None | Some("regulars") => Ok(Profile::Regulars),
            Some("textbook") => Ok(Profile::Textbook),
            Some(other) => Err(one_of("profile", other, &["regulars", "textbook"])),
        }
    }

    /// Recurring revenue by the profile that was asked for.
    fn mrr(&self, scope: Scope) -> Result<MrrAsk, Problem> {
        let profile = self.profile.as_deref().map(str::parse).transpose()?.unwrap_or_default();
        Ok(MrrAsk { steps: MrrSteps::Periods(Vec::new()), profile, currency: None, scope })
    }

    fn spend(&self) -> Result<Spend, Problem> {
        match self.spend.as_deref() {
            None | Some("gross") => Ok(Spend::Gross),
            Some("net") => Ok(Spend::Net),
            Some(other) => Err(one_of("spend", other, &["gross", "net"])),
        }
    }

    fn rfm(&self) -> Result<RfmAsk, Problem> {
        let scoring = match self.ties.as_deref() {
            None | Some("same") => Scoring::Quantiles,
            Some("by-id") => Scoring::Tiles,
            Some(other) => return Err(one_of("ties", other, &["same", "by-id"])),
        };
        let preset = match self.preset.as_deref() {
            None => Preset::default(),
            Some(name) => name
                .parse()
                .map_err(|_| one_of("preset", name, &["regulars", "shopify-11", "classic-10", "klaviyo-6"]))?,
        };
        if let Some(scores) = self.scores.filter(|scores| ![3, 5].contains(scores)) {
            return Err(one_of("scores", &scores.to_string(), &["3", "5"]));
        }
        Ok(RfmAsk { window_days: self.window, scoring, bins: self.scores, preset, scope: self.scope()? })
    }
}

pub(crate) fn one_of(what: &str, found: &str, known: &[&str]) -> Problem {
    Problem::invalid("unknown_choice", format!("'{found}' is no {what}"), format!("use one of: {}", known.join(", ")))
}

/// The days `text` names; `30d` and `12m` end at the horizon.
pub(crate) fn period_of(text: &str, horizon: Date) -> Result<Period, Problem> {
    let trailing = |suffix: char| {
        text.strip_suffix(suffix).and_then(|number| number.parse::<i32>().ok()).filter(|n| (1..=9_999).contains(n))
    };
    if let Some(days) = trailing('d') {
        return Ok(Period::trailing(days, horizon));
    }
    if let Some(months) = trailing('m') {
        let last = Grain::Month.index(horizon.plus(-1), WeekStart::Monday);
        return Ok(Period { start: Grain::Month.start(last + 1 - months, WeekStart::Monday), end: horizon });
    }
    Ok(text.parse()?)
}

impl App {
    /// The first day that is not counted: the day asked for, or the day after the last fact.
    pub(crate) fn horizon(snapshot: &history::Snapshot, scope: &Scope) -> Date {
        let known = snapshot.watermark().map_or(Date(0), |at| snapshot.zone().date(at).plus(1));
        scope.as_of.unwrap_or(known)
    }

    /// The last calendar month that is over, the period asked about when none is.
    pub(crate) fn last_month(snapshot: &history::Snapshot, scope: &Scope) -> Period {
        Period::of(Grain::Month, Self::horizon(snapshot, scope), WeekStart::Monday).previous()
    }

    /// The days a word names, as in `2024-03` or `30d`; the last calendar month that is over without one.
    ///
    /// # Errors
    ///
    /// When the word names no days; when the state cannot be read.
    pub async fn days_of(&self, text: Option<&str>) -> Result<Period, Problem> {
        let (snapshot, scope) = (self.snapshot().await?, Scope::default());
        match text {
            Some(text) => period_of(text, Self::horizon(&snapshot, &scope)),
            None => Ok(Self::last_month(&snapshot, &scope)),
        }
    }

    /// The answer to a question about a metric, by the name on its card.
    ///
    /// # Errors
    ///
    /// `unknown_metric`, or what is wrong with the question.
    pub async fn metric(&self, id: &str, ask: &Ask) -> Result<Answer, Problem> {
        let takes = TAKES.iter().find(|takes| takes.ids.contains(&id)).ok_or_else(|| unknown_metric(id))?;
        takes.check(id, ask)?;
        let as_of = ask.as_of.as_deref().map(str::parse::<Date>).transpose()?;
        let snapshot = self.snapshot_by(as_of).await?;
        let snapshot = &snapshot;
        if snapshot.watermark().is_none() {
            return Err(Problem::invalid(
                "no_facts",
                "there are no facts yet",
                "import orders, subscriptions or events first",
            ));
        }
        if takes.orders && !snapshot.has("orders") {
            return Err(Problem::invalid(
                "no_facts",
                format!("{id} is about orders, and there are none in the history"),
                "import orders; customer-retention, active-customers, cohorts and survival answer for subscriptions and \
                 events as well",
            ));
        }
        let scope = ask.scope()?;
        let horizon = Self::horizon(snapshot, &scope);
        let period = ask.period.as_deref().map(|text| period_of(text, horizon)).transpose()?;
        let by_rule = takes.fields.contains(&"rule");
        let open = by_rule && ask.rule.is_none() && ask.event.is_none();
        let chosen = if open { self.chosen_rule(snapshot).await? } else { None };
        let asked = match (&chosen, ask.window) {
            // Days alone change the window of the workspace's rule, not the rule.
            (Some(Activity::Event { name, .. }), window_days @ Some(_)) => {
                Some(Activity::Event { window_days, name: name.clone() })
            }
            _ => ask.activity()?,
        };
        let from = match (&asked, &chosen) {
            (Some(_), _) => RuleFrom::Asked,
            (None, Some(_)) => RuleFrom::Workspace,
            (None, None) => RuleFrom::Data,
        };
        let (activity, grain) = (asked.or(chosen), ask.grain()?);
        let view = if takes.orders { "orders" } else { takes.view(activity.as_ref(), snapshot) };
        let asked = Question { id, ask, period, horizon, activity, grain, scope };
        let answer = self.answer(snapshot, asked).await.map_err(|problem| match &ask.condition() {
            Some(condition) => {
                let columns: Vec<String> = snapshot.columns(view).into_iter().map(|(name, _)| name).collect();
                explained(condition, view, &columns, problem)
            }
            None => problem,
        })?;
        Ok(if by_rule { answer.said_after("rule", "rule_from", "who decided the rule", from.word()) } else { answer })
    }

    /// The answer to a question whose words are understood.
    async fn answer(&self, snapshot: &history::Snapshot, asked: Question<'_>) -> Result<Answer, Problem> {
        let Question { id, ask, period, horizon, activity, grain, scope } = asked;
        let orders = OrdersAsk { period, scope: scope.clone() };
        let answer = match id {
            "customer-retention" | "retention" | "churn" => {
                let period = period.unwrap_or_else(|| Self::last_month(snapshot, &scope));
                let ask_ = CustomerRetentionAsk { period, activity, scope };
                answers::customer_retention_answer(&customer_retention(snapshot, &ask_).await?, ask.profile()?)
            }
            "retention-series" => {
                let shape = match grain {
                    Some(grain) => Shape::Calendar { grain },
                    None => Shape::Trailing { days: None, every: Grain::Day },
                };
                let ask = RetentionSeriesAsk { activity, shape, over: period, scope };
                answers::retention_series_answer(&retention_series(snapshot, &ask).await?)
            }
            "active-customers" => {
                // Of one period without steps, those active at its end are asked for.
                let end = period.filter(|_| grain.is_none()).map(|period| period.end.min(horizon));
                let scope = Scope { as_of: end.or(scope.as_of), ..scope };
                let ask = metrics::active_customers::ActiveCustomersAsk { activity, grain, over: period, scope };
                answers::active_customers_answer(&metrics::active_customers::active_customers(snapshot, &ask).await?)
            }
            "repeat-purchase-rate" => answers::repeat_purchase_rate_answer(
                &metrics::repeat_purchase_rate::repeat_purchase_rate(snapshot, &orders).await?,
            ),
            "returning-order-share" => answers::returning_order_share_answer(
                &metrics::returning_order_share::returning_order_share(snapshot, &orders).await?,
            ),
            "average-order-value" => answers::average_order_value_answer(
                &metrics::average_order_value::average_order_value(snapshot, &orders).await?,
            ),
            "purchase-frequency" => answers::purchase_frequency_answer(
                &metrics::purchase_frequency::purchase_frequency(snapshot, &orders).await?,
            ),
            "time-between-orders" => answers::time_between_orders_answer(
                &metrics::time_between_orders::time_between_orders(snapshot, &scope).await?,
            ),
            "revenue" => answers::revenue_answer(&revenue(snapshot, &RevenueAsk { period, grain, scope }).await?),
            "cohorts" => {
                let by = match ask.by.as_deref() {
                    None | Some("start") => CohortBy::Start,
                    Some(column) => CohortBy::Column { column: column.to_owned() },
                };
                let spend = Some(ask.spend()?);
                let base = CohortsAsk::of(grain.unwrap_or(Grain::Month));
                let begin = ask.begin.as_deref().map(str::parse).transpose()?;
                let ask =
                    CohortsAsk { activity, begin, by, entered: period, steps_max: ask.steps, spend, scope, ..base };
                answers::cohorts_answer(&cohorts(snapshot, &ask).await?)
            }
            "survival" => {
                let ask =
                    SurvivalAsk { activity, grain: grain.unwrap_or(Grain::Month), ending: Default::default(), scope };
                answers::survival_answer(&survival(snapshot, &ask).await?)
            }
            "rfm" => match ask.since.as_deref() {
                None => answers::rfm_answer(&rfm(snapshot, &within(ask.rfm()?, period, horizon)).await?),
                Some(before) => {
                    let ask = RfmMigrationAsk { before: before.parse()?, now: within(ask.rfm()?, period, horizon) };
                    answers::rfm_migration_answer(&rfm_migration(snapshot, &ask).await?, snapshot.currency())
                }
            },
            "concentration" => {
                let ask = ConcentrationAsk { orders, spend: ask.spend()? };
                answers::concentration_answer(&concentration(snapshot, &ask).await?)
            }
            "lifecycle" => {
                let ask = LifecycleAsk { activity, grain: grain.unwrap_or(Grain::Month), over: period, scope };
                answers::lifecycle_answer(&lifecycle(snapshot, &ask).await?)
            }
            "stickiness" => {
                let over = period.unwrap_or_else(|| Period::trailing(30, horizon));
                let ask = StickinessAsk { activity, scope, ..StickinessAsk::over(over) };
                answers::stickiness_answer(&stickiness(snapshot, &ask).await?)
            }
            "mrr-movements" | "revenue-retention" | "revenue-churn" => {
                self.mrr_answer(
                    id,
                    snapshot,
                    MrrAsk { steps: mrr_steps(period, grain, snapshot, &scope), ..ask.mrr(scope)? },
                )
                .await?
            }
            "revenue-cohorts" => {
                let MrrAsk { profile, scope, .. } = ask.mrr(scope)?;
                let currency = self.contract_currency(snapshot).await?;
                let (grain, steps_max) = (grain.unwrap_or(Grain::Month), ask.steps);
                let ask = RevenueCohortsAsk { grain, entered: period, steps_max, profile, currency, scope };
                answers_mrr::revenue_cohorts_answer(&revenue_cohorts(snapshot, &ask).await?)
            }
            "retention-change" => {
                let period = period.unwrap_or_else(|| Self::last_month(snapshot, &scope));
                let (before, by) = (period.previous(), ask.by.clone().unwrap_or_else(|| "country".to_owned()));
                let ask = RetentionChangeAsk { period, before, by, activity, scope };
                answers_change::retention_change_answer(&retention_change(snapshot, &ask).await?, &ask.by)
            }
            "revenue-change" => {
                let period = period.unwrap_or_else(|| Self::last_month(snapshot, &scope));
                let (before, by) = (period.previous(), ask.by.clone().unwrap_or_else(|| "country".to_owned()));
                let ask = RevenueChangeAsk { period, before, by, scope };
                answers_change::revenue_change_answer(&revenue_change(snapshot, &ask).await?, &ask.by)
            }
            "overdue" => {
                let ask = metrics::overdue::OverdueAsk { activity, scope, ..Default::default() };
                answers::overdue_answer(&metrics::overdue::overdue(snapshot, &ask).await?)
            }
            "retention-flow" => {
                let period = period.unwrap_or_else(|| Self::last_month(snapshot, &scope));
                let ask = metrics::retention_flow::RetentionFlowAsk { period, activity, scope };
                answers::retention_flow_answer(&metrics::retention_flow::retention_flow(snapshot, &ask).await?)
            }
            _ => {
                let about = About { snapshot, scope, period };
                about.answer(id, ask).await?.ok_or_else(|| unknown_metric(id))?
            }
        };
        Ok(answer)
    }
}

/// A question about a metric whose words are understood.
struct Question<'a> {
    id: &'a str,
    ask: &'a Ask,
    period: Option<Period>,
    /// The first day that is not counted.
    horizon: Date,
    activity: Option<Activity>,
    grain: Option<Grain>,
    scope: Scope,
}

/// What a metric takes of a question, beside `as_of`, `filter` and `segment`, which every metric takes.
struct Takes {
    /// Its names.
    ids: &'static [&'static str],
    /// The fields that mean something to it. Others are refused by name: an answer to another question than the one
    /// asked is worse than none.
    fields: &'static [&'static str],
    /// Whether it is about orders and has no answer without any.
    orders: bool,
}

const fn takes(ids: &'static [&'static str], orders: bool, fields: &'static [&'static str]) -> Takes {
    Takes { ids, fields, orders }
}

const TAKES: [Takes; 30] = [
    takes(&["customer-retention", "retention", "churn"], false, &["period", "profile", "rule", "window", "event"]),
    takes(&["retention-series"], false, &["period", "grain", "rule", "window", "event"]),
    takes(&["active-customers"], false, &["period", "grain", "rule", "window", "event"]),
    takes(&["repeat-purchase-rate"], true, &["period"]),
    takes(&["returning-order-share"], true, &["period"]),
    takes(&["average-order-value"], true, &["period"]),
    takes(&["purchase-frequency"], true, &["period"]),
    takes(&["time-between-orders"], true, &[]),
    takes(&["revenue"], true, &["period", "grain"]),
    takes(&["cohorts"], false, &["period", "grain", "rule", "window", "event", "by", "begin", "spend", "steps"]),
    takes(&["survival"], false, &["grain", "rule", "window", "event"]),
    takes(&["rfm"], true, &["period", "window", "preset", "since", "scores", "ties"]),
    takes(&["concentration"], true, &["period", "spend"]),
    takes(&["lifecycle"], false, &["period", "grain", "rule", "window", "event"]),
    takes(&["stickiness"], false, &["period", "rule", "window", "event"]),
    takes(&["retention-change"], false, &["period", "by", "rule", "window", "event"]),
    takes(&["revenue-change"], true, &["period", "by"]),
    takes(&["overdue"], true, &["window"]),
    takes(&["retention-flow"], false, &["period", "rule", "window", "event"]),
    takes(&["mrr-movements"], false, &["period", "grain", "profile"]),
    takes(&["revenue-retention"], false, &["period", "grain", "profile"]),
    takes(&["revenue-churn"], false, &["period", "grain", "profile"]),
    takes(&["revenue-cohorts"], false, &["period", "grain", "profile", "steps"]),
    takes(
        &["event-retention"],
        false,
        &["period", "grain", "by", "begin", "steps", "facts", "back", "entry", "clock", "measure", "brackets"],
    ),
    takes(&["funnel"], false, &["period", "by", "facts", "through", "within", "mode"]),
    takes(&["sessions"], false, &["period", "grain", "facts", "gap"]),
    takes(&["paths"], false, &["period", "facts", "anchor", "direction", "within", "gap", "depth", "top", "loops"]),
    takes(&["friction"], false, &["period", "facts", "gap", "stall", "goal"]),
    takes(&["stayed-did"], false, &["period", "facts", "begin", "back", "within", "stayed", "support"]),
    takes(
        &["cohort-difference"],
        false,
        &[
            "period", "grain", "by", "begin", "steps", "facts", "back", "entry", "clock", "measure", "brackets",
            "groups", "step",
        ],
    ),
];

impl Takes {
    /// The view whose columns a condition can name, for metrics that are not about orders alone.
    fn view(&self, activity: Option<&Activity>, snapshot: &history::Snapshot) -> &'static str {
        match activity {
            _ if !self.fields.contains(&"rule") => "subscription_changes",
            Some(activity) => view_of(activity),
            None => view_of(&Activity::of(snapshot)),
        }
    }

    /// Refuses what was said and would have no effect.
    fn check(&self, id: &str, ask: &Ask) -> Result<(), Problem> {
        let said = serde_json::to_value(ask).unwrap_or_default();
        let said = said.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        let fields = self.fields;
        for (field, _) in said.filter(|(field, _)| !["as_of", "filter", "segment"].contains(&field.as_str())) {
            if !fields.contains(&field.as_str()) {
                let known = if fields.is_empty() { "nothing else".to_owned() } else { fields.join(", ") };
                let hint = format!("leave it out: beside as_of, filter and segment, {id} takes {known}");
                return Err(Problem::invalid("unused_parameter", format!("{id} has no {field}"), hint));
            }
        }
        Ok(())
    }
}

/// The steps of the calendar, or one period: the last month that is over where none is said.
fn mrr_steps(period: Option<Period>, grain: Option<Grain>, snapshot: &history::Snapshot, scope: &Scope) -> MrrSteps {
    match (grain, period) {
        (Some(grain), over) => MrrSteps::Calendar { grain, over },
        (None, period) => MrrSteps::Periods(vec![period.unwrap_or_else(|| App::last_month(snapshot, scope))]),
    }
}

/// Groups of a period: as of its end, by the orders placed in it.
fn within(ask: RfmAsk, period: Option<Period>, horizon: Date) -> RfmAsk {
    let Some(period) = period else { return ask };
    let end = period.end.min(horizon);
    let days = u32::try_from(end.0 - period.start.0).unwrap_or_default();
    let scope = Scope { as_of: Some(end), ..ask.scope };
    RfmAsk { window_days: ask.window_days.or(Some(days)), scope, ..ask }
}

/// Every metric there is.
pub fn cards() -> &'static [&'static Card] {
    metrics::ALL
}

fn unknown_metric(id: &str) -> Problem {
    let known: Vec<&str> = cards().iter().map(|card| card.id).collect();
    Problem::not_found(
        "unknown_metric",
        format!("there is no metric '{id}'"),
        format!("use one of: {}", known.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_says_what_it_takes_and_refuses_the_rest() {
        for card in cards() {
            let known: Vec<&Takes> = TAKES.iter().filter(|takes| takes.ids.contains(&card.id)).collect();
            assert_eq!(known.len(), 1, "{}", card.id);
        }
        let check = |id: &str, ask: Ask| {
            let takes = TAKES.iter().find(|takes| takes.ids.contains(&id)).unwrap();
            takes.check(id, &ask).map_err(|problem| (problem.code, problem.message))
        };
        let period = || Some("2011".to_owned());
        let filter = || Some("country = 'Finland'".to_owned());
        assert_eq!(check("rfm", Ask { period: period(), filter: filter(), ..Ask::default() }), Ok(()));
        let refused = |message: &str| Err(("unused_parameter".to_owned(), message.to_owned()));
        assert_eq!(check("survival", Ask { period: period(), ..Ask::default() }), refused("survival has no period"));
        assert_eq!(check("revenue", Ask { window: Some(3), ..Ask::default() }), refused("revenue has no window"));
    }

    #[test]
    fn groups_of_a_period_are_as_of_its_end() {
        let horizon = Date::new(2011, 12, 10).unwrap();
        for (period, as_of, days) in [("2011-11", "2011-12-01", 30), ("2011-12", "2011-12-10", 9)] {
            let ask = within(RfmAsk::default(), Some(period.parse().unwrap()), horizon);
            assert_eq!((ask.scope.as_of, ask.window_days), (Some(as_of.parse().unwrap()), Some(days)), "{period}");
        }
        assert_eq!(within(RfmAsk::default(), None, horizon), RfmAsk::default());
    }

    #[test]
    fn periods_that_end_at_the_horizon() {
        let horizon = Date::new(2011, 12, 10).unwrap();
        for (text, days) in [
            ("30d", "2011-11-10..2011-12-10"),
            ("12m", "2011-01-01..2011-12-10"),
            ("1m", "2011-12-01..2011-12-10"),
            ("2011-11", "2011-11-01..2011-12-01"),
        ] {
            let period = period_of(text, horizon).unwrap();
            assert_eq!(format!("{}..{}", period.start, period.end), days);
        }
        for text in ["0d", "-3d", "d", "m", "999999d", "soon"] {
            assert!(period_of(text, horizon).is_err(), "{text}");
        }
    }
}
