//! Links by which others read one page until a day comes.

use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, change, change_alone, check, on};

/// Links of one workspace at once.
const LINKS_MAX: i64 = 200;

/// Bytes of an address.
const PATH_BYTES_MAX: usize = 4_096;

/// A link. The secret part of its address is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct ShareLink {
    /// Its number in the workspace, never used twice.
    pub id: i64,
    /// The page and what was asked of it.
    pub path: String,
    /// When it was made, in microseconds.
    pub created_at: i64,
    /// The first instant at which there is nothing behind it, in microseconds.
    pub until: i64,
}

impl Store {
    /// The links that lead somewhere at an instant, the newest first.
    pub async fn share_links(&self, at: i64) -> Result<Vec<ShareLink>, StoreError> {
        let sql = "select id, path, created_at, until from share_links
            where workspace = $1 and until > $2 order by id desc";
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(at).fetch_all(p).await)
    }

    /// The link whose secret has this hash, if it leads somewhere at an instant. Reading changes nothing.
    pub async fn share_link(&self, token_hash: &str, at: i64) -> Result<Option<ShareLink>, StoreError> {
        let sql = "select id, path, created_at, until from share_links
            where workspace = $1 and token_hash = $2 and until > $3";
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(token_hash).bind(at)
            .fetch_optional(p).await)
    }

    /// Keeps a link under the hash of its secret, and forgets those that have ended. Gives its number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Input`] when it ends before it begins, has no address, or is one more than 200.
    pub async fn add_share_link(
        &self,
        token_hash: &str,
        path: &str,
        created_at: i64,
        until: i64,
    ) -> Result<i64, StoreError> {
        check::filled("the hash of a link", token_hash, check::SHORT)?;
        check::filled("the page of a link", path, PATH_BYTES_MAX)?;
        if until <= created_at {
            return check::refuse("the end of a link", "it is not after its beginning".to_owned());
        }
        let (hash, path) = (token_hash.to_owned(), path.to_owned());
        self.apart(async move |store| store.add_share_link_now(&hash, &path, created_at, until).await).await
    }

    /// Takes a link back; whether it was there.
    pub async fn remove_share_link(&self, id: i64) -> Result<bool, StoreError> {
        let sql = "delete from share_links where workspace = $1 and id = $2";
        Ok(change_alone!(self, sqlx::query(sql).bind(self.workspace).bind(id))? > 0)
    }

    async fn add_share_link_now(
        &self,
        token_hash: &str,
        path: &str,
        created_at: i64,
        until: i64,
    ) -> Result<i64, StoreError> {
        let mut tx = self.begin_write().await?;
        // Whoever takes a number holds its row until the end: one link at a time is counted and added.
        let id = self.next(&mut tx, "share_link").await?;
        let ended = "delete from share_links where workspace = $1 and until <= $2";
        change!(self, &mut tx, sqlx::query(ended).bind(self.workspace).bind(created_at))?;
        let sql = "insert into share_links (workspace, id, token_hash, path, created_at, until)
            select workspace, cast($2 as bigint), cast($3 as text), cast($4 as text), cast($5 as bigint),
                cast($6 as bigint)
            from workspaces where workspace = $1
            and (select count(*) from share_links where workspace = $1) < cast($7 as bigint)";
        let added = change!(
            self,
            &mut tx,
            sqlx::query(sql)
                .bind(self.workspace)
                .bind(id)
                .bind(token_hash)
                .bind(path)
                .bind(created_at)
                .bind(until)
                .bind(LINKS_MAX)
        )?;
        if added == 0 {
            return check::refuse("a link", format!("there are {LINKS_MAX} already: take one back first"));
        }
        self.commit_tx(tx).await?;
        Ok(id)
    }
}
