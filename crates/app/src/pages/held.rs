//! What the history holds: facts by table, further columns and how often they say something, names of events.

use history::schema::Table;
use history::{HistoryError, Limits, Snapshot};
use reports::pages::data::{AttributeLine, EventLine, Finding, Held, TableLine};
use serde_json::Value;
use store::{AttributeRow, ImportRow};
use terms::{Currency, Date, Instant, Share};

use super::findings::findings;
use crate::{App, Problem};

/// Names of events that are listed.
const EVENTS_MAX: usize = 100;
/// Further columns of one table that are counted.
const ATTRIBUTES_MAX: usize = 60;

impl App {
    /// What is in the history, and what is worth knowing of it.
    pub(super) async fn about_data(
        &self,
        snapshot: &Snapshot,
        imports: &[ImportRow],
        currency: Currency,
    ) -> Result<(Option<Held>, Vec<Finding>), Problem> {
        if snapshot.watermark().is_none() {
            return Ok((None, findings(snapshot, imports, currency, self.today(snapshot)).await?));
        }
        let attributes = self.store().catalogue().await?.attributes;
        let key = format!("{} {} held", snapshot.version(), snapshot.zone().name());
        let held = self.kept.ask(key, held(snapshot, &attributes)).await?;
        let today = self.today(snapshot);
        // The imports are part of the key: an undo before the first fact would leave the version as it is.
        let key =
            format!("{} {} {currency} {} {today} found", snapshot.version(), snapshot.zone().name(), imports.len());
        let found = self.kept.ask(key, findings(snapshot, imports, currency, today)).await?;
        Ok((Some((*held).clone()), (*found).clone()))
    }

    fn today(&self, snapshot: &Snapshot) -> Date {
        snapshot.zone().date(self.now())
    }
}

async fn held(snapshot: &Snapshot, attributes: &[AttributeRow]) -> Result<Held, HistoryError> {
    let mut tables = Vec::new();
    let mut columns = Vec::new();
    for table in Table::ALL.iter().map(|table| table.name()).filter(|name| snapshot.has(name)) {
        let own: Vec<&str> = attributes
            .iter()
            .filter(|row| row.table_name == table)
            .map(|row| row.name.as_str())
            .take(ATTRIBUTES_MAX)
            .collect();
        let (line, known) = of_table(snapshot, table, &own).await?;
        tables.push(line);
        columns.extend(known);
    }
    tables.sort_by(|a: &TableLine, b| (b.facts, &a.name).cmp(&(a.facts, &b.name)));
    let (events, events_left_out) = events(snapshot).await?;
    Ok(Held { tables, attributes: columns, events, events_left_out })
}

async fn of_table(
    snapshot: &Snapshot,
    table: &str,
    attributes: &[&str],
) -> Result<(TableLine, Vec<AttributeLine>), HistoryError> {
    let known: Vec<&str> = attributes.iter().copied().filter(|name| has_column(snapshot, table, name)).collect();
    let counts: String = known
        .iter()
        .enumerate()
        .map(|(at, name)| format!(", count(\"{}\") as known_{at}", name.replace('"', "\"\"")))
        .collect();
    let sql = format!("select count(*) as facts, min(at) as first, max(at) as last{counts} from {table}");
    let rows = snapshot.rows_of(&sql, Limits::default()).await?.json()?;
    let row = rows.first().unwrap_or(&Value::Null);
    let facts = count(row, "facts");
    let line = TableLine { name: table.to_owned(), facts, days: days(snapshot, row) };
    let columns = known.iter().enumerate().map(|(at, name)| AttributeLine {
        table: table.to_owned(),
        name: (*name).to_owned(),
        known: Share { part: count(row, &format!("known_{at}")), whole: facts },
    });
    Ok((line, columns.collect()))
}

fn has_column(snapshot: &Snapshot, table: &str, name: &str) -> bool {
    snapshot.columns(table).iter().any(|(known, _)| known == name)
}

async fn events(snapshot: &Snapshot) -> Result<(Vec<EventLine>, u64), HistoryError> {
    if !snapshot.has("events") {
        return Ok((Vec::new(), 0));
    }
    let rows = snapshot.rows_of(include_str!("sql/events.sql"), Limits::default()).await?.json()?;
    let lines = rows.iter().take(EVENTS_MAX).map(|row| EventLine {
        name: row["name"].as_str().unwrap_or_default().to_owned(),
        events: count(row, "events"),
        customers: count(row, "customers"),
        days: days(snapshot, row),
    });
    Ok((lines.collect(), rows.len().saturating_sub(EVENTS_MAX) as u64))
}

/// A count of a row of a query.
pub(super) fn count(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_default()
}

/// The days of the instants `first` and `last` of a row.
fn days(snapshot: &Snapshot, row: &Value) -> Option<(Date, Date)> {
    let day = |name: &str| {
        let at: jiff::Timestamp = row[name].as_str()?.parse().ok()?;
        Some(snapshot.zone().date(Instant(at.as_microsecond())))
    };
    Some((day("first")?, day("last")?))
}
