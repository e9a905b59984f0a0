//! What all numbers of a page stand on.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;

use history::Snapshot;
use metrics::{Activity, ActivityRule, MetricError, Scope, customers_by_word, first_known_day};
use reports::pages::{Asked, Choice, Frame, Freshness, Label, Moment, Rule, Workspace};
use store::{ImportRow, NoteRow, Settings};
use terms::{Currency, Date, Instant, Money, Zone};

use super::Kept;
use super::query::periods;
use crate::definitions::view_of;
use crate::sample::Sample;
use crate::{App, Problem};

/// Asks a metric, or takes the answer it gave before.
macro_rules! ask {
    ($ground:expr, $metric:path, $ask:expr) => {{
        let ask = $ask;
        let key = format!("{} {ask:?}", stringify!($metric));
        $ground.keep(key, $metric(&$ground.snapshot, &ask)).await
    }};
}
pub(super) use ask;

/// Segments that can be chosen from: the largest ones.
const SEGMENTS_MAX: usize = 50;

/// One version of the history, one rule, one horizon.
pub(super) struct Ground {
    pub snapshot: Snapshot,
    pub workspace: Workspace,
    pub freshness: Freshness,
    pub notes: Vec<NoteRow>,
    /// The rule with its window found, over the whole business whatever the segment: segments are then comparable.
    pub rule: ActivityRule,
    /// The same rule as it was found: its window says where it comes from.
    pub found: ActivityRule,
    /// The first day that is not counted.
    pub horizon: Date,
    /// The first day with a fact of the rule.
    pub first: Date,
    /// Countries by their number of customers, where the facts of the rule name countries.
    pub countries: Arc<Vec<(String, u64)>>,
    /// Saved segments, short name and name, by name.
    saved: Vec<(String, String)>,
    kept: Arc<Kept>,
    stamp: String,
}

impl App {
    /// The ground of a page; nothing while there are no facts anybody could be a customer by.
    pub(super) async fn ground(&self) -> Result<Option<Ground>, Problem> {
        let snapshot = self.snapshot().await?;
        let chosen = self.chosen_rule(&snapshot).await?;
        let activity = chosen.unwrap_or_else(|| Activity::of(&snapshot));
        let view = view_of(&activity);
        if !snapshot.has(view) {
            return Ok(None);
        }
        let (settings, imports, notes) = self.about().await?;
        let horizon = App::horizon(&snapshot, &Scope::default());
        let zone = snapshot.zone().name();
        // All that an answer depends on beside the question: the definition of a customer is part of it.
        let rows = self.store().segments().await?;
        // A segment that is changed means somebody else from then on.
        let changed = rows.iter().map(|row| row.changed_at).max().unwrap_or(0);
        let saved: Vec<(String, String)> = rows.into_iter().map(|row| (row.slug, row.name)).collect();
        let (week, currency) = (snapshot.week(), snapshot.currency());
        let version = snapshot.version();
        let stamp = format!("{version} {zone} {week:?} {currency:?} {activity} {} {changed}", saved.len());
        let whole = Scope::default();
        let keep = |name: &str| format!("{stamp} {name}");
        let rule = self.kept.ask(keep("rule"), Activity::settle(Some(&activity), &snapshot, &whole)).await?;
        let (found, rule) = ((*rule).clone(), ActivityRule { activity: rule.settled(), window: rule.window });
        let first = self.kept.ask(keep("first"), first_known_day(&snapshot, &rule.activity, &whole));
        let countries = self.kept.ask(keep("countries"), countries(&snapshot, view));
        let (first, countries) = tokio::try_join!(first, countries)?;
        let Some(first) = *first else { return Ok(None) };
        // The currency of reports is that of orders; without orders, the one most contracts are in.
        let of_contracts = self.kept.ask(keep("currency"), currencies(&snapshot)).await?;
        let currency = snapshot.currency().or_else(|| of_contracts.first()?.0.parse().ok());
        Ok(Some(Ground {
            workspace: Workspace {
                contracts: snapshot.has("subscription_changes"),
                ..self.workspace(&settings, &imports, currency)?
            },
            freshness: freshness(&snapshot, &imports),
            notes,
            rule,
            found,
            horizon,
            first,
            countries,
            saved,
            kept: self.kept.clone(),
            stamp,
            snapshot,
        }))
    }

    /// What is not part of the history: settings, imports, notes.
    pub(super) async fn about(&self) -> Result<(Settings, Vec<ImportRow>, Vec<NoteRow>), Problem> {
        let store = self.store();
        Ok(tokio::try_join!(store.settings(), store.imports(1_000), store.notes())?)
    }

    /// Whose pages these are. Without a name: that of the sample, or of the folder.
    pub(super) fn workspace(
        &self,
        settings: &Settings,
        imports: &[ImportRow],
        found: Option<Currency>,
    ) -> Result<Workspace, Problem> {
        let sample = Sample::shown(imports);
        let folder = || self.data().file_name().map(|name| name.to_string_lossy().into_owned());
        let name = match settings.name.as_str() {
            "" if let Some(sample) = sample => sample.name().to_owned(),
            "" => folder().unwrap_or_else(|| "Regulars".to_owned()),
            name => name.to_owned(),
        };
        // ISO 4217 has a code for what has no currency: nothing was sold yet.
        let told = || settings.currency.as_deref().unwrap_or("XXX").parse();
        Ok(Workspace { name, currency: found.map_or_else(told, Ok)?, sample: sample.is_some(), contracts: false })
    }
}

/// The kind of a rule.
pub(super) fn kind_of(activity: &Activity) -> Rule {
    match activity {
        Activity::Contract => Rule::Contract,
        Activity::Purchase { .. } => Rule::Purchase,
        Activity::Event { .. } => Rule::Event,
    }
}

async fn countries(snapshot: &Snapshot, view: &'static str) -> Result<Vec<(String, u64)>, MetricError> {
    match customers_by_word(snapshot, view, "country").await {
        Err(MetricError::UnknownColumn { .. }) => Ok(Vec::new()),
        found => found,
    }
}

/// The currencies contracts are in, the most frequent first; nothing where orders say what reports are in.
async fn currencies(snapshot: &Snapshot) -> Result<Vec<(String, u64)>, MetricError> {
    if snapshot.currency().is_some() {
        return Ok(Vec::new());
    }
    customers_by_word(snapshot, "subscription_changes", "currency").await
}

/// The names of the files of an import.
pub(crate) fn files_of(row: &ImportRow) -> Vec<String> {
    let about: serde_json::Value = serde_json::from_str(&row.files).unwrap_or_default();
    about["files"].as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn freshness(snapshot: &Snapshot, imports: &[ImportRow]) -> Freshness {
    let set_aside = imports.iter().filter(|row| row.undone_at.is_none()).map(|row| row.rejects.max(0) as u64).sum();
    Freshness { up_to: moment(snapshot.watermark().unwrap_or(Instant(0)), snapshot.zone()), set_aside }
}

/// An instant on the clock of a zone.
pub(super) fn moment(at: Instant, zone: &Zone) -> Moment {
    let date = zone.date(at);
    let clock = jiff::Timestamp::from_microsecond(at.0).and_then(|at| at.in_tz(zone.name()));
    let minute = clock.map_or(0, |clock| clock.hour() as u16 * 60 + clock.minute() as u16);
    Moment { date, minute }
}

impl Ground {
    /// The answer to a question, from before where there is one. `key` says all that was asked.
    pub async fn keep<T, E>(&self, key: String, question: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, Problem>
    where
        T: Any + Send + Sync,
        Problem: From<E>,
    {
        self.kept.ask(format!("{} {key}", self.stamp), question).await
    }

    /// What stands around the numbers of a page.
    pub fn frame(&self, asked: Asked) -> Frame {
        Frame {
            workspace: self.workspace.clone(),
            periods: periods(&asked, self),
            segments: self.segments(&asked.segment),
            rule: self.kind(),
            sold: self.snapshot.has("orders"),
            active_days: self.window(),
            freshness: self.freshness,
            asked,
        }
    }

    /// Who is a customer here.
    pub fn kind(&self) -> Rule {
        kind_of(&self.rule.activity)
    }

    /// The rule, for those who ask.
    pub fn activity(&self) -> Option<Activity> {
        Some(self.rule.activity.clone())
    }

    /// The rule where only purchases count: its window, or the one found for purchases.
    pub fn purchase(&self) -> Option<Activity> {
        matches!(self.rule.activity, Activity::Purchase { .. }).then(|| self.rule.activity.clone())
    }

    /// Days of the window; nothing for contracts.
    pub fn window(&self) -> u32 {
        self.rule.window.map_or(0, |window| window.days)
    }

    /// Everything known of a segment.
    pub fn scope(&self, segment: &str) -> Scope {
        Scope { as_of: None, filter: self.filter(segment) }
    }

    /// The same, up to a day.
    pub fn scope_by(&self, segment: &str, end: Date) -> Scope {
        Scope { as_of: Some(end.min(self.horizon)), filter: self.filter(segment) }
    }

    /// The condition of a segment that exists. The word is one of the data's own, written as an SQL literal.
    fn filter(&self, segment: &str) -> Option<String> {
        let literal = |word: &str| word.replace('\'', "''");
        // One that is gone is asked for as well: the answer says so, where everybody's would be taken for its own.
        if let Some(slug) = segment.strip_prefix("segment:") {
            return Some(format!("segment('{}')", literal(slug)));
        }
        Some(format!("country = '{}'", literal(self.country(segment)?)))
    }

    /// What people call a segment that exists.
    pub fn segment_name(&self, segment: &str) -> Option<&str> {
        self.saved_one(segment).map(|(_, name)| name.as_str()).or_else(|| self.country(segment))
    }

    /// Whether the facts of a view know who belongs to a segment: a saved one is of customers, whatever their facts say.
    pub fn is_known_to(&self, segment: &str, view: &'static str) -> bool {
        segment.is_empty() || self.saved_one(segment).is_some() || self.column("country", view).is_some()
    }

    /// The short name of the saved segment an address means.
    pub fn saved_slug(&self, segment: &str) -> Option<&str> {
        self.saved_one(segment).map(|(slug, _)| slug.as_str())
    }

    /// The saved segment an address means: short name and name.
    fn saved_one(&self, segment: &str) -> Option<&(String, String)> {
        let asked = segment.strip_prefix("segment:")?;
        self.saved.iter().find(|(slug, _)| slug == asked)
    }

    fn country(&self, segment: &str) -> Option<&str> {
        let country = segment.strip_prefix("country:")?;
        self.countries.iter().map(|(word, _)| word.as_str()).find(|word| *word == country)
    }

    /// The segment's name where there is such a segment, otherwise everybody's.
    pub fn known_segment(&self, segment: &str) -> String {
        let known = self.country(segment).is_some() || segment.starts_with("segment:");
        if known { segment.to_owned() } else { String::new() }
    }

    /// Segments to choose from: everybody, the saved ones, the largest countries, and the one that was chosen.
    pub fn segments(&self, chosen: &str) -> Vec<Choice> {
        let all = Choice { value: String::new(), label: Label::Word("segment.all".to_owned()) };
        let saved = self
            .saved
            .iter()
            .map(|(slug, name)| Choice { value: format!("segment:{slug}"), label: Label::Text(name.clone()) });
        let saved: Vec<Choice> = [all].into_iter().chain(saved).collect();
        if self.countries.len() < 2 && self.country(chosen).is_none() {
            return saved;
        }
        let of = |word: &str| Choice { value: format!("country:{word}"), label: Label::Text(word.to_owned()) };
        let mut choices: Vec<Choice> = self.countries.iter().take(SEGMENTS_MAX).map(|(word, _)| of(word)).collect();
        if let Some(word) = self.country(chosen)
            && !choices.iter().any(|choice| choice.value == chosen)
        {
            choices.push(of(word));
        }
        saved.into_iter().chain(choices).collect()
    }

    /// Whether the days before `end` are over: the metrics' own definition.
    pub fn complete(&self, end: Date) -> bool {
        self.snapshot.watermark().is_some_and(|at| self.snapshot.zone().start_of(end) <= at)
    }

    /// An amount in the currency of the workspace.
    pub fn money(&self, minor: i64) -> Money {
        Money { minor, currency: self.workspace.currency }
    }

    /// A mean amount, exactly, to the nearest minor unit, halves away from zero. Of nobody it is nothing: whoever asks
    /// shows it only beside a count.
    pub fn mean(&self, minor: i64, of: u64) -> Money {
        let (minor, of) = (i128::from(minor), i128::from(of.max(1)));
        let half = if minor < 0 { -of } else { of };
        self.money(i64::try_from((2 * minor + half) / (2 * of)).unwrap_or(i64::MAX))
    }
}
