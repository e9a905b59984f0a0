//! Notes on dates: what people know of a day and a chart cannot.

use store::NoteRow;
use terms::Date;

use crate::{App, Problem};

/// Characters of a note.
const CHARS_MAX: usize = 280;
/// Notes there can be.
const NOTES_MAX: usize = 1_000;

impl App {
    /// The notes, earliest date first.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn notes(&self) -> Result<Vec<NoteRow>, Problem> {
        Ok(self.store().notes().await?)
    }

    /// Pins a note to a day and gives its number.
    ///
    /// # Errors
    ///
    /// `bad_note` and `bad_note_date` when it says nothing, too much, or names no day; `too_many_notes`.
    pub async fn add_note(&self, date: &str, text: &str) -> Result<i64, Problem> {
        let day: Date = date.trim().parse().map_err(|_| {
            let message = format!("'{}' is no day", date.trim());
            Problem::invalid("bad_note_date", message, "write it as in 2026-03-31")
        })?;
        // One line: a note stands beside a mark of a chart.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "");
        if text.is_empty() || text.chars().count() > CHARS_MAX {
            let message = format!("a note has 1 to {CHARS_MAX} characters");
            return Err(Problem::invalid("bad_note", message, "write what happened on that day, shortly"));
        }
        if self.notes().await?.len() >= NOTES_MAX {
            let message = format!("there are {NOTES_MAX} notes already");
            return Err(Problem::invalid("too_many_notes", message, "remove one that nobody needs any more"));
        }
        Ok(self.store().add_note(day, &text, self.now().0).await?)
    }

    /// Takes a note away.
    ///
    /// # Errors
    ///
    /// `no_note` when there is none of this number.
    pub async fn remove_note(&self, id: i64) -> Result<(), Problem> {
        if self.store().remove_note(id).await? {
            return Ok(());
        }
        Err(Problem::not_found("no_note", format!("there is no note {id}"), "see the list of notes"))
    }
}
