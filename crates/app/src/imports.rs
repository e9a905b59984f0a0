//! Importing: look at files, propose how to read them, take them in, list and undo.

use std::path::{Path, PathBuf};

use history::read::{self, Answers, As, Map, Wish};
use history::{ImportReport, Inspection, Plan, Progress};
use serde::Serialize;

use crate::pages::files_of;
use crate::{App, Problem};

/// A file and what was found out about it.
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// What it is and how it would be read.
    pub inspection: Inspection,
    /// Whether a map confirmed for this layout before is used.
    pub saved: bool,
}

/// An import as it is listed.
#[derive(Debug, Clone, Serialize)]
pub struct Import {
    /// Its number.
    pub id: i64,
    /// When, RFC 3339.
    pub at: String,
    /// The files.
    pub files: Vec<String>,
    /// How they were read.
    pub map: String,
    /// New facts.
    pub facts: i64,
    /// Facts known before.
    pub duplicates: i64,
    /// Rows set aside or refused.
    pub rejects: i64,
    /// The same by reason.
    pub reasons: Vec<(String, u64)>,
    /// Where the refused rows are listed.
    pub rejects_file: Option<PathBuf>,
    /// When it was undone, RFC 3339.
    pub undone_at: Option<String>,
}

/// Whether maps that were confirmed for a layout before are used.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kept {
    Used,
    PassedOver,
}

impl Found {
    /// Whether it is read as a file of a sample.
    fn is_of_sample(&self) -> bool {
        crate::Sample::of_map(&self.inspection.map.name).is_some()
    }

    /// What a column of the file is read as, as in `order_lines.amount`; nothing when it is left out.
    pub fn meaning(&self, column: &str) -> Option<String> {
        let mut meanings: Vec<String> = Vec::new();
        for rule in &self.inspection.map.facts {
            let table = rule.table.name();
            let own =
                rule.columns.iter().filter(|(_, source)| source.columns().contains(&column)).map(|(name, _)| name);
            let kept = rule.attributes.iter().filter(|(_, kept)| kept.column() == column).map(|(name, _)| name);
            meanings.extend(own.chain(kept).map(|name| format!("{table}.{name}")));
        }
        meanings.dedup();
        (!meanings.is_empty()).then(|| meanings.join(", "))
    }
}

impl App {
    /// Looks at files: what they are, and how they would be read. `table` and `map` are what the person said; a map
    /// confirmed for the same columns before comes next, then presets, then a guess.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, with where and what to do.
    pub async fn inspect(
        &self,
        files: &[PathBuf],
        table: Option<&str>,
        map: Option<&str>,
    ) -> Result<Vec<Found>, Problem> {
        self.inspect_with(files, table, map, &Answers::default()).await
    }

    /// As [`inspect`](App::inspect), with what somebody answered to the questions of a guess.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn inspect_with(
        &self,
        files: &[PathBuf],
        table: Option<&str>,
        map: Option<&str>,
        answers: &Answers,
    ) -> Result<Vec<Found>, Problem> {
        self.inspect_all(files, table, map, answers, Kept::Used).await
    }

    /// As [`inspect_with`](App::inspect_with), as if no map had been confirmed for the layout before.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn inspect_anew(
        &self,
        files: &[PathBuf],
        table: Option<&str>,
        answers: &Answers,
    ) -> Result<Vec<Found>, Problem> {
        self.inspect_all(files, table, None, answers, Kept::PassedOver).await
    }

    async fn inspect_all(
        &self,
        files: &[PathBuf],
        table: Option<&str>,
        map: Option<&str>,
        answers: &Answers,
        kept: Kept,
    ) -> Result<Vec<Found>, Problem> {
        let (settings, currency) = (self.settings().await?, self.own_currency().await?);
        let map = map.map(Map::from_toml).transpose().map_err(|error| {
            Problem::invalid(
                "bad_map",
                format!("the map cannot be understood: {error}"),
                "see docs/import.md for its keys",
            )
        })?;
        let holds = table
            .map(str::parse::<As>)
            .transpose()
            .map_err(|error| Problem::invalid("unknown_kind", error, "leave --as out to let the columns tell"))?;
        let mut found = Vec::new();
        for path in files {
            let wish =
                Wish { holds, map: map.clone(), zone: settings.zone.parse()?, currency, answers: answers.clone() };
            found.push(self.inspect_one(path, wish, kept).await?);
        }
        Ok(found)
    }

    /// The same lines have to be the same facts, whatever became of the workspace's zone and currency meanwhile: a
    /// layout is read with those of the import in force that read it last.
    async fn inspect_one(&self, path: &Path, wish: Wish, kept: Kept) -> Result<Found, Problem> {
        let said = wish.map.is_some() || wish.holds.is_some() || !wish.answers.is_empty();
        let first = match look(path, wish.clone()).await {
            Ok(first) => first,
            Err(problem) if said || kept == Kept::PassedOver => return Err(problem),
            Err(problem) => self.confirmed_layout(path, &wish).await?.ok_or(problem)?,
        };
        let map = if said || kept == Kept::PassedOver { None } else { self.saved_map(&first.fingerprint).await? };
        let saved = map.is_some();
        let reading = self.store().reading_of_layout(&first.fingerprint).await?;
        let workspace = (wish.zone.clone(), wish.currency);
        let mut wish = Wish { map: map.or_else(|| wish.map.clone()), ..wish };
        if let Some(reading) = &reading {
            wish.zone = reading.zone.parse()?;
            wish.currency = reading.currency.as_deref().and_then(|code| code.parse().ok());
        }
        let same = !saved && (wish.zone.name(), wish.currency) == (workspace.0.name(), workspace.1);
        let mut inspection = if same { first } else { look(path, wish).await? };
        if let Some(reading) = &reading {
            inspection.notes.extend(as_before(&inspection, reading, &workspace));
        }
        Ok(Found { path: path.to_owned(), inspection, saved })
    }

    /// A file that nothing can be guessed from, with its columns alone, where somebody said before how such files are read.
    async fn confirmed_layout(&self, path: &Path, wish: &Wish) -> Result<Option<Inspection>, Problem> {
        let any = Map::from_toml(crate::byhand::ANY).ok();
        let Ok(columns) = look(path, Wish { map: any, ..wish.clone() }).await else { return Ok(None) };
        Ok(self.saved_map(&columns.fingerprint).await?.map(|_| columns))
    }

    /// The map kept for a layout. One that this version cannot read any more is as good as none.
    async fn saved_map(&self, fingerprint: &str) -> Result<Option<Map>, Problem> {
        let saved = self.store().map(fingerprint).await?;
        Ok(saved.and_then(|saved| Map::from_toml(&saved.text).ok()))
    }

    /// Remembers how a layout is read, so that the next file like it needs no answer.
    ///
    /// # Errors
    ///
    /// When the state cannot be written.
    pub async fn remember(&self, found: &Found) -> Result<(), Problem> {
        let inspection = &found.inspection;
        let (name, text) = (&inspection.map.name, inspection.map.to_toml());
        Ok(self.store().save_map(&inspection.fingerprint, name, &text, self.now().0).await?)
    }

    /// Takes files in. One's own data beside a sample would be a business that does not exist: a sample goes first.
    ///
    /// # Errors
    ///
    /// As [`History::import`](history::History::import): nothing was changed then.
    pub async fn import(
        &self,
        found: Vec<Found>,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<ImportReport, Problem> {
        if !found.iter().all(|file| file.is_of_sample()) {
            self.remove_sample().await?;
        }
        let files = found.into_iter().map(|found| (found.path, found.inspection)).collect();
        let report = self.history().import(Plan { files, now: self.now() }, progress).await?;
        self.history().refresh();
        self.members_moved().await;
        Ok(report)
    }

    /// The imports, newest first.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn imports(&self) -> Result<Vec<Import>, Problem> {
        let rows = self.store().imports(1_000).await?;
        Ok(rows.into_iter().map(|row| self.listed(row)).collect())
    }

    /// One import by its number, in force or undone.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn import_of(&self, id: i64) -> Result<Option<Import>, Problem> {
        Ok(self.store().import(id).await?.map(|row| self.listed(row)))
    }

    fn listed(&self, row: store::ImportRow) -> Import {
        let about: serde_json::Value = serde_json::from_str(&row.files).unwrap_or_default();
        let mut reasons: Vec<(String, u64)> = about["rejects"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(code, count)| Some((code.clone(), count.as_u64()?)))
            .collect();
        reasons.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        Import {
            id: row.id,
            at: crate::install::rfc3339(terms::Instant(row.at)),
            files: files_of(&row),
            map: row.map_name,
            facts: row.facts,
            duplicates: row.duplicates,
            rejects: row.rejects,
            reasons,
            rejects_file: row.rejects_path.map(|name| self.history().rejects_file(&name)),
            undone_at: row.undone_at.map(|at| crate::install::rfc3339(terms::Instant(at))),
        }
    }

    /// Takes an import back.
    ///
    /// # Errors
    ///
    /// When there is no such import, or it was undone before.
    pub async fn undo_import(&self, id: i64) -> Result<(), Problem> {
        let (history, now) = (self.history().clone(), self.now());
        crate::install::apart(async move { history.undo(id, now).await }).await?;
        self.history().refresh();
        self.members_moved().await;
        self.forget_currency().await
    }

    /// With the last import goes the currency, which it may have brought: the next one is asked anew. One that
    /// `regulars.toml` names stays.
    async fn forget_currency(&self) -> Result<(), Problem> {
        let settings = self.settings().await?;
        let none_left = self.store().catalogue().await?.imports == 0;
        if none_left && settings.currency.is_some() && !self.fixed().contains(&"currency") {
            self.save_settings(&store::Settings { currency: None, ..settings }).await?;
        }
        Ok(())
    }
}

/// What a person should know of a layout that an import in force has read before.
fn as_before(
    inspection: &Inspection,
    before: &store::Reading,
    (zone, currency): &(terms::Zone, Option<terms::Currency>),
) -> Vec<String> {
    let (map, id) = (&inspection.map, before.import_id);
    let mut notes = Vec::new();
    if map.zone.is_none() && inspection.zone().name() != zone.name() {
        let (then, now) = (inspection.zone().name(), zone.name());
        notes.push(format!(
            "times without a zone are read in {then}, as by import {id}; the workspace's zone is {now} now: to read \
             them in that, undo import {id} first"
        ));
    }
    if map.currency.is_none() && map.lacks_currency() && inspection.currency() != *currency {
        let word = |currency: Option<terms::Currency>| {
            currency.map_or_else(|| "none".to_owned(), |currency| currency.code().to_owned())
        };
        notes.push(format!(
            "the currency of amounts that name none is {}, as in import {id}; the workspace's is {} now: to give them \
             that, undo import {id} first",
            word(inspection.currency()),
            word(*currency)
        ));
    }
    if history::map_key(map) != before.map_key && history::shares_tables(map, &before.tables) {
        notes.push(format!(
            "import {id} read files with these columns differently: lines that are in both would count twice; undo it \
             first if the files overlap"
        ));
    }
    notes
}

async fn look(path: &Path, wish: Wish) -> Result<Inspection, Problem> {
    let path = path.to_owned();
    let looked = tokio::task::spawn_blocking(move || read::inspect(&path, &wish)).await;
    let looked = looked.map_err(|error| Problem {
        kind: crate::Kind::Ours,
        ..Problem::invalid("internal", format!("reading stopped: {error}"), "this is our mistake; please report it")
    })?;
    looked.map_err(|error| history::HistoryError::from(error).into())
}
