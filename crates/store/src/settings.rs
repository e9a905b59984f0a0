//! What people decide about a workspace: name, zone, currency, week, language, and their own definitions.

use serde::{Deserialize, Serialize};
use terms::{WeekStart, Zone};

use crate::engine::Tx;
use crate::{Store, StoreError, change, change_alone, check, on};

/// The most buckets a history can be spread over.
const BUCKETS_MAX: i32 = 4_096;

/// Settings of one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What people call the workspace; empty until they say.
    pub name: String,
    /// IANA name of the zone that decides where a day begins.
    pub zone: String,
    /// ISO 4217 code; `None` until it is known.
    pub currency: Option<String>,
    /// The day a week begins on.
    pub week_start: WeekStart,
    /// BCP 47 tag of the language of the pages.
    pub language: String,
    /// How many buckets customers are spread over. Fixed as soon as there is a history file.
    pub buckets: i32,
    /// The workspace's own definitions, as JSON that this crate does not look into.
    pub definitions: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            name: String::new(),
            zone: "UTC".to_owned(),
            currency: None,
            week_start: WeekStart::Monday,
            language: "en".to_owned(),
            buckets: 16,
            definitions: "{}".to_owned(),
        }
    }
}

/// A row as the database has it.
#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    zone: String,
    currency: Option<String>,
    week_start: String,
    language: String,
    buckets: i32,
    definitions: String,
}

impl Store {
    /// The settings of this workspace.
    pub async fn settings(&self) -> Result<Settings, StoreError> {
        let sql = "select name, zone, currency, week_start, language, buckets, definitions
            from workspaces where workspace = $1";
        let row: Row = on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).fetch_one(p).await)?;
        Ok(row.settings())
    }

    /// Keeps the settings of this workspace.
    ///
    /// A change of `buckets` moves the version, so that nobody commits files laid out for the old number.
    ///
    /// # Errors
    ///
    /// [`StoreError::BucketsFixed`] when `buckets` differs and there has been a history file;
    /// [`StoreError::Input`] for a zone, currency or text that cannot be kept.
    pub async fn save_settings(&self, settings: &Settings) -> Result<(), StoreError> {
        settings.check()?;
        let settings = settings.clone();
        self.apart(async move |store| store.save_settings_now(&settings).await).await
    }

    async fn save_settings_now(&self, settings: &Settings) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        self.keep_settings(&mut tx, settings).await?;
        self.commit_tx(tx).await
    }

    /// Writes settings inside a transaction; a commit does it together with the files made for them.
    pub(crate) async fn keep_settings(&self, tx: &mut Tx, settings: &Settings) -> Result<(), StoreError> {
        let sql = "update workspaces set name = $2, zone = $3, currency = $4, week_start = $5, language = $6,
                version = version + case when buckets <> $7 then 1 else 0 end, buckets = $7, definitions = $8
            where workspace = $1 and (last_file = 0 or buckets = $7)";
        let week_start = week_start_word(settings.week_start);
        let saved = change!(
            self,
            tx,
            sqlx::query(sql)
                .bind(self.workspace)
                .bind(&settings.name)
                .bind(&settings.zone)
                .bind(&settings.currency)
                .bind(week_start)
                .bind(&settings.language)
                .bind(settings.buckets)
                .bind(&settings.definitions)
        )?;
        if saved == 0 {
            return Err(StoreError::BucketsFixed { wanted: settings.buckets });
        }
        Ok(())
    }
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        check::text("the workspace's name", &self.name, check::SHORT)?;
        check::filled("the language", &self.language, check::SHORT)?;
        check::json("the definitions", &self.definitions)?;
        if let Err(error) = self.zone.parse::<Zone>() {
            return check::refuse("the zone", error.to_string());
        }
        if let Some(currency) = &self.currency {
            check::currency(currency)?;
        }
        if !(1..=BUCKETS_MAX).contains(&self.buckets) {
            return check::refuse("the number of buckets", format!("{} is not in 1 to {BUCKETS_MAX}", self.buckets));
        }
        Ok(())
    }
}

impl Row {
    fn settings(self) -> Settings {
        Settings {
            name: self.name,
            zone: self.zone,
            currency: self.currency,
            week_start: match self.week_start.as_str() {
                "sunday" => WeekStart::Sunday,
                "saturday" => WeekStart::Saturday,
                _ => WeekStart::Monday, // the table allows no fourth
            },
            language: self.language,
            buckets: self.buckets,
            definitions: self.definitions,
        }
    }
}

fn week_start_word(start: WeekStart) -> &'static str {
    match start {
        WeekStart::Monday => "monday",
        WeekStart::Sunday => "sunday",
        WeekStart::Saturday => "saturday",
    }
}

/// Makes the row of a workspace that has none.
pub(crate) async fn create_workspace(store: &Store) -> Result<(), StoreError> {
    // Reading first keeps an opening on a full disk, or beside a long import, from waiting for the write lock.
    let sql = "select count(*) from workspaces where workspace = $1";
    let known: i64 = on!(store, store.reader(), p => sqlx::query_scalar(sql).bind(store.workspace).fetch_one(p).await)?;
    if known > 0 {
        return Ok(());
    }
    let sql = "insert into workspaces (workspace, name, zone, currency, week_start, language, buckets, definitions)
        values ($1, $2, $3, null, $4, $5, $6, $7) on conflict (workspace) do nothing";
    let first = Settings::default();
    change_alone!(
        store,
        sqlx::query(sql)
            .bind(store.workspace)
            .bind(&first.name)
            .bind(&first.zone)
            .bind(week_start_word(first.week_start))
            .bind(&first.language)
            .bind(first.buckets)
            .bind(&first.definitions)
    )?;
    Ok(())
}
