//! Notes of the team about one customer, kept by the identifier of the source: an import may be undone and made again.

use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, change, change_alone, check, on};

/// Characters of a note.
const CHARS_MAX: usize = 2_000;
/// Notes about one customer.
const NOTES_MAX: i64 = 200;

/// A note about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct CustomerNoteRow {
    /// Its number in the workspace, never used twice.
    pub id: i64,
    /// What it says.
    #[sqlx(rename = "body")]
    pub text: String,
    /// When it was written, in microseconds.
    #[sqlx(rename = "noted_at")]
    pub at: i64,
}

impl Store {
    /// The notes about a customer, the newest first.
    pub async fn customer_notes(&self, customer_id: &str) -> Result<Vec<CustomerNoteRow>, StoreError> {
        // A text with a NUL was never kept, and PostgreSQL would refuse the question.
        if customer_id.contains('\0') {
            return Ok(Vec::new());
        }
        let sql = "select id, body, noted_at from customer_notes where workspace = $1 and customer_id = $2
            order by id desc";
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(customer_id).fetch_all(p).await)
    }

    /// Writes a note about a customer and gives its number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Input`] when it is empty, longer than 2,000 characters, or one more than 200 about one customer.
    pub async fn add_customer_note(&self, customer_id: &str, text: &str, at: i64) -> Result<i64, StoreError> {
        check::filled("a customer's number", customer_id, check::SHORT)?;
        check::filled("a note", text, CHARS_MAX * 4)?;
        if text.chars().count() > CHARS_MAX {
            return check::refuse("a note", format!("it has more than {CHARS_MAX} characters"));
        }
        let (customer_id, text) = (customer_id.to_owned(), text.to_owned());
        self.apart(async move |store| store.add_customer_note_now(&customer_id, &text, at).await).await
    }

    /// Takes a note about this customer away; whether it was there.
    pub async fn remove_customer_note(&self, customer_id: &str, id: i64) -> Result<bool, StoreError> {
        if customer_id.contains('\0') {
            return Ok(false);
        }
        let sql = "delete from customer_notes where workspace = $1 and customer_id = $2 and id = $3";
        Ok(change_alone!(self, sqlx::query(sql).bind(self.workspace).bind(customer_id).bind(id))? > 0)
    }

    async fn add_customer_note_now(&self, customer_id: &str, text: &str, at: i64) -> Result<i64, StoreError> {
        let mut tx = self.begin_write().await?;
        // Whoever takes a number holds its row until the end: one note at a time is counted and added.
        let id = self.next(&mut tx, "customer-note").await?;
        let sql = "insert into customer_notes (workspace, id, customer_id, body, noted_at)
            select workspace, cast($2 as bigint), cast($3 as text), cast($4 as text), cast($5 as bigint)
            from workspaces where workspace = $1 and (select count(*) from customer_notes
                where workspace = $1 and customer_id = cast($3 as text)) < cast($6 as bigint)";
        let added = change!(
            self,
            &mut tx,
            sqlx::query(sql).bind(self.workspace).bind(id).bind(customer_id).bind(text).bind(at).bind(NOTES_MAX)
        )?;
        if added == 0 {
            return check::refuse("a note", format!("there are {NOTES_MAX} about this customer already"));
        }
        self.commit_tx(tx).await?;
        Ok(id)
    }
}
