//! Notes on the time axis: what people know about a date and a chart cannot.

use serde::{Deserialize, Serialize};
use terms::Date;

use crate::{Store, StoreError, change, change_alone, check, on};

/// Characters of a note.
const CHARS_MAX: usize = 280;

/// Notes of one workspace.
const NOTES_MAX: i64 = 1_000;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRow {
    /// Its number in the workspace, never used twice.
    pub id: i64,
    /// The date it is pinned to.
    pub date: Date,
    /// What it says.
    pub text: String,
    /// When it was written, in microseconds.
    pub at: i64,
}

impl Store {
    /// The notes, earliest date first.
    pub async fn notes(&self) -> Result<Vec<NoteRow>, StoreError> {
        let sql = "select id, noted_day, body, noted_at from notes where workspace = $1 order by noted_day, id";
        let rows: Vec<(i64, i32, String, i64)> =
            on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).fetch_all(p).await)?;
        Ok(rows.into_iter().map(|(id, day, text, at)| NoteRow { id, date: Date(day), text, at }).collect())
    }

    /// Pins a note to a date and gives its number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Input`] when it is empty, longer than 280 characters, or one more than 1,000.
    pub async fn add_note(&self, date: Date, text: &str, at: i64) -> Result<i64, StoreError> {
        check::filled("a note", text, CHARS_MAX * 4)?;
        if text.chars().count() > CHARS_MAX {
            return check::refuse("a note", format!("it has more than {CHARS_MAX} characters"));
        }
        let text = text.to_owned();
        self.apart(async move |store| store.add_note_now(date, &text, at).await).await
    }

    /// Takes a note away; whether it was there.
    pub async fn remove_note(&self, id: i64) -> Result<bool, StoreError> {
        let sql = "delete from notes where workspace = $1 and id = $2";
        Ok(change_alone!(self, sqlx::query(sql).bind(self.workspace).bind(id))? > 0)
    }

    async fn add_note_now(&self, date: Date, text: &str, at: i64) -> Result<i64, StoreError> {
        let mut tx = self.begin_write().await?;
        // Whoever takes a number holds its row until the end: one note at a time is counted and added.
        let id = self.next(&mut tx, "note").await?;
        let sql = "insert into notes (workspace, id, noted_day, body, noted_at)
            select workspace, cast($2 as bigint), cast($3 as integer), cast($4 as text), cast($5 as bigint)
            from workspaces where workspace = $1
            and (select count(*) from notes where workspace = $1) < cast($6 as bigint)";
        let added = change!(
            self,
            &mut tx,
            sqlx::query(sql).bind(self.workspace).bind(id).bind(date.0).bind(text).bind(at).bind(NOTES_MAX)
        )?;
        if added == 0 {
            return check::refuse("a note", format!("there are {NOTES_MAX} already"));
        }
        self.commit_tx(tx).await?;
        Ok(id)
    }
}
