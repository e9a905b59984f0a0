//! Saved views of the list of customers: a name for an address somebody wants to come back to.

use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, change, change_alone, check, on};

/// Views of one workspace: more are no tabs any more.
pub const VIEWS_MAX: i64 = 50;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 60;
/// Bytes of an address.
const ADDRESS_BYTES_MAX: usize = 2_000;

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct ViewRow {
    /// Its number in the workspace, never used twice.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// The parameters of the address, as whoever saves them writes them.
    pub address: String,
    /// When it was saved, in microseconds.
    #[sqlx(rename = "saved_at")]
    pub at: i64,
}

impl Store {
    /// The saved views, in the order they were made.
    pub async fn views(&self) -> Result<Vec<ViewRow>, StoreError> {
        let sql = "select id, name, address, saved_at from saved_views where workspace = $1 order by id";
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).fetch_all(p).await)
    }

    /// Saves a view and gives its number; one of the same name is replaced and keeps its number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Input`] when a text is empty or too long, or when there are [`VIEWS_MAX`] already.
    pub async fn save_view(&self, name: &str, address: &str, at: i64) -> Result<i64, StoreError> {
        check::filled("the name of a view", name, NAME_CHARS_MAX * 4)?;
        if name.chars().count() > NAME_CHARS_MAX {
            return check::refuse("the name of a view", format!("it has more than {NAME_CHARS_MAX} characters"));
        }
        check::text("the address of a view", address, ADDRESS_BYTES_MAX)?;
        let (name, address) = (name.to_owned(), address.to_owned());
        self.apart(async move |store| store.save_view_now(&name, &address, at).await).await
    }

    /// Takes a view away; whether it was there.
    pub async fn remove_view(&self, id: i64) -> Result<bool, StoreError> {
        let sql = "delete from saved_views where workspace = $1 and id = $2";
        Ok(change_alone!(self, sqlx::query(sql).bind(self.workspace).bind(id))? > 0)
    }

    async fn save_view_now(&self, name: &str, address: &str, at: i64) -> Result<i64, StoreError> {
        let mut tx = self.begin_write().await?;
        // Whoever takes a number holds its row until the end: one view at a time is counted and added.
        let next = self.next(&mut tx, "view").await?;
        let known = "select id from saved_views where workspace = $1 and name = $2";
        let known: Option<i64> = on!(self, &mut tx, t => sqlx::query_scalar(known).bind(self.workspace).bind(name)
            .fetch_optional(&mut **t).await)?;
        if let Some(id) = known {
            let sql = "update saved_views set address = $3, saved_at = $4 where workspace = $1 and id = $2";
            change!(self, &mut tx, sqlx::query(sql).bind(self.workspace).bind(id).bind(address).bind(at))?;
            self.commit_tx(tx).await?;
            return Ok(id);
        }
        let sql = "insert into saved_views (workspace, id, name, address, saved_at)
            select workspace, cast($2 as bigint), cast($3 as text), cast($4 as text), cast($5 as bigint)
            from workspaces where workspace = $1
            and (select count(*) from saved_views where workspace = $1) < cast($6 as bigint)";
        let added = change!(
            self,
            &mut tx,
            sqlx::query(sql).bind(self.workspace).bind(next).bind(name).bind(address).bind(at).bind(VIEWS_MAX)
        )?;
        if added == 0 {
            return check::refuse("a view", format!("there are {VIEWS_MAX} already"));
        }
        self.commit_tx(tx).await?;
        Ok(next)
    }
}
