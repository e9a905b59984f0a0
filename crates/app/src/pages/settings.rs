//! Settings: what is kept, and what another definition of a customer would make of the figures before anybody saves it.

use history::Snapshot;
use metrics::retention_series::retention_of_periods;
use metrics::{Activity, ActivityRule, MetricError, Scope, WindowBasis, customers_by_word};
use reports::pages::settings::{
    Counted, CustomerAsked, Definitions, Effect, LinkLine, NoteLine, Part, Place, SettingsPage, Wrong,
};
use reports::pages::{Rule, Trouble};
use terms::{Grain, Instant, Period, WeekStart};

use super::ground::moment;
use crate::definitions::customer;
use crate::settings::{AUTO, Refused, currencies, rule_of, zones};
use crate::{App, Problem};

/// Names of events to choose from: the most frequent ones.
const EVENTS_MAX: usize = 500;

/// What an address or a form says of settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsQuery {
    /// The fields of a form, by name; what is absent is as it is kept.
    pub fields: Vec<(String, String)>,
    /// Whether to show what the definition of the form would do.
    pub preview: bool,
}

impl SettingsQuery {
    fn get(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1.trim().to_owned())
    }

    /// The definition of the form as one text, as [`App::change_settings`] takes it for `customer`.
    pub fn customer(&self) -> String {
        let (rule, window, event) = (self.get("rule"), self.get("window"), self.get("event"));
        let (window, event) = (window.unwrap_or_default(), event.unwrap_or_default());
        match rule.as_deref() {
            None | Some("") => AUTO.to_owned(),
            Some("event") if !event.is_empty() => format!("event:{window}:{event}"),
            Some(rule @ ("purchase" | "event")) if !window.is_empty() => format!("{rule}:{window}"),
            Some(rule) => rule.to_owned(),
        }
    }
}

impl App {
    /// A part of the settings; nothing when there is no such part. `refused` is what was sent and cannot be kept: the
    /// form shows it again.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read.
    pub async fn settings_page(
        &self,
        part: &str,
        query: &SettingsQuery,
        refused: Vec<Refused>,
    ) -> Result<Option<SettingsPage>, Problem> {
        let mut wrong: Vec<Wrong> = refused.into_iter().map(wrong).collect();
        let part = match part {
            "workspace" => Part::Workspace(self.place(query).await?),
            "definitions" => Part::Definitions(self.definitions(query, &mut wrong).await?),
            "notes" => Part::Notes(self.note_lines().await?),
            "links" => Part::Links(self.link_lines().await?),
            _ => return Ok(None),
        };
        Ok(Some(SettingsPage { workspace: self.whose().await?, part, done: None, wrong }))
    }

    async fn place(&self, query: &SettingsQuery) -> Result<Place, Problem> {
        let settings = self.settings().await?;
        let text = |name: &str, kept: &str| query.get(name).unwrap_or_else(|| kept.to_owned());
        let sent = query.get("week_start");
        Ok(Place {
            name: text("name", &settings.name),
            zone: text("zone", &settings.zone),
            currency: text("currency", settings.currency.as_deref().unwrap_or_default()),
            week_start: match sent.as_deref() {
                Some("monday") => WeekStart::Monday,
                Some("sunday") => WeekStart::Sunday,
                Some("saturday") => WeekStart::Saturday,
                _ => settings.week_start,
            },
            language: text("language", &settings.language),
            fixed: self.fixed().iter().map(|name| (*name).to_owned()).collect(),
            zones: zones(),
            currencies: currencies().map(str::to_owned).collect(),
        })
    }

    async fn definitions(&self, query: &SettingsQuery, wrong: &mut Vec<Wrong>) -> Result<Definitions, Problem> {
        let (settings, snapshot) = (self.settings().await?, self.snapshot().await?);
        let chosen = self.chosen_rule(&snapshot).await?;
        let in_force = chosen.clone().unwrap_or_else(|| Activity::of(&snapshot));
        let said = query.get("rule").is_some();
        let mut then = None;
        if query.preview && said {
            match self.previewed(query, &snapshot).await? {
                Ok(rule) => then = Some(rule.unwrap_or_else(|| Activity::of(&snapshot))),
                Err(problem) => wrong.push(self::wrong(Refused { field: "customer".to_owned(), problem })),
            }
        }
        let known = snapshot.watermark().is_some();
        Ok(Definitions {
            asked: if said { as_sent(query) } else { as_kept(customer(&settings).as_ref()) },
            chosen: chosen.is_some(),
            rules: rules(&snapshot),
            events: self.event_names(&snapshot).await?,
            now: if known { self.effect(&snapshot, &in_force).await? } else { None },
            then: match then {
                Some(rule) if known => self.effect(&snapshot, &rule).await?,
                _ => None,
            },
        })
    }

    /// The rule of the form, when it could be kept.
    async fn previewed(
        &self,
        query: &SettingsQuery,
        snapshot: &Snapshot,
    ) -> Result<Result<Option<Activity>, Problem>, Problem> {
        let rule = match rule_of(&query.customer()) {
            Ok(rule) => rule,
            Err(problem) => return Ok(Err(problem)),
        };
        if snapshot.watermark().is_none() {
            return Ok(Ok(rule));
        }
        Ok(self.refuse_rule(rule.as_ref()).await?.map_or(Ok(rule), Err))
    }

    /// The names of events, the one with most customers first.
    async fn event_names(&self, snapshot: &Snapshot) -> Result<Vec<String>, Problem> {
        let key = format!("{} event names", snapshot.version());
        let names = self.kept.ask(key, customers_by_word(snapshot, "events", "name")).await?;
        Ok(names.iter().take(EVENTS_MAX).map(|(name, _)| name.clone()).collect())
    }

    /// What a definition makes of the figures; nothing where there is nothing to count by.
    async fn effect(&self, snapshot: &Snapshot, activity: &Activity) -> Result<Option<Effect>, Problem> {
        let key = format!("{} {} effect of {activity}", snapshot.version(), snapshot.zone().name());
        match self.kept.ask(key, effect(snapshot, activity)).await {
            Ok(effect) => Ok(Some((*effect).clone())),
            Err(problem) if problem.code == "no_facts" => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    async fn note_lines(&self) -> Result<Vec<NoteLine>, Problem> {
        let notes = self.store().notes().await?.into_iter().rev();
        Ok(notes.map(|note| NoteLine { id: note.id.to_string(), date: note.date, text: note.text }).collect())
    }

    async fn link_lines(&self) -> Result<Vec<LinkLine>, Problem> {
        let snapshot = self.snapshot().await?;
        let at = |at: i64| moment(Instant(at), snapshot.zone());
        let links = self.store().share_links(self.now().0).await?.into_iter();
        Ok(links
            .map(|link| LinkLine {
                id: link.id.to_string(),
                path: link.path,
                created: at(link.created_at),
                until: at(link.until),
            })
            .collect())
    }
}

fn wrong(refused: Refused) -> Wrong {
    let Problem { code, message, hint, .. } = refused.problem;
    Wrong { field: refused.field, trouble: Trouble { code, message, hint: Some(hint), number: None } }
}

fn as_sent(query: &SettingsQuery) -> CustomerAsked {
    let text = |name: &str| query.get(name).unwrap_or_default();
    CustomerAsked { rule: text("rule"), window: text("window"), event: text("event") }
}

fn as_kept(chosen: Option<&Activity>) -> CustomerAsked {
    let (rule, days, event) = match chosen {
        None => (AUTO, None, None),
        Some(Activity::Contract) => ("contract", None, None),
        Some(Activity::Purchase { window_days }) => ("purchase", *window_days, None),
        Some(Activity::Event { window_days, name }) => ("event", *window_days, name.clone()),
    };
    let window = days.map(|days| days.to_string()).unwrap_or_default();
    CustomerAsked { rule: rule.to_owned(), window, event: event.unwrap_or_default() }
}

/// The rules there are facts for.
fn rules(snapshot: &Snapshot) -> Vec<Rule> {
    let has = [(Rule::Contract, "subscription_changes"), (Rule::Purchase, "orders"), (Rule::Event, "events")];
    has.into_iter().filter(|(_, view)| snapshot.has(view)).map(|(rule, _)| rule).collect()
}

async fn effect(snapshot: &Snapshot, activity: &Activity) -> Result<Effect, MetricError> {
    let whole = Scope::default();
    let rule = Activity::settle(Some(activity), snapshot, &whole).await?;
    let horizon = App::horizon(snapshot, &whole);
    let period = Period::of(Grain::Month, horizon, WeekStart::Monday).previous();
    let last_day = Period { start: horizon.plus(-1), end: horizon };
    let of = async |period: Period| {
        let found = retention_of_periods(snapshot, &rule, &[period], &whole).await?;
        Ok::<_, MetricError>(found.first().map(|point| point.counts).unwrap_or_default())
    };
    let (month, today) = (of(period).await?, of(last_day).await?);
    Ok(Effect { by: counted(&rule), customers: today.end, period, retention: month.retention(), churn: month.churn() })
}

/// A rule as pages name it.
pub(super) fn counted(rule: &ActivityRule) -> Counted {
    let (kind, event) = match &rule.activity {
        Activity::Contract => (Rule::Contract, None),
        Activity::Purchase { .. } => (Rule::Purchase, None),
        Activity::Event { name, .. } => (Rule::Event, name.clone()),
    };
    let window_days = rule.window.map(|window| window.days);
    Counted { rule: kind, event, window_days, basis: basis(rule).to_owned() }
}

fn basis(rule: &ActivityRule) -> &'static str {
    match rule.window.map(|window| window.basis) {
        None => "",
        Some(WindowBasis::Asked) => "asked",
        Some(WindowBasis::AllGaps) => "all_gaps",
        Some(WindowBasis::EndedGaps) => "ended_gaps",
        Some(WindowBasis::Minimum) => "minimum",
    }
}
