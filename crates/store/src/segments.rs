//! Segments: what they are called and mean, and who belonged to them when.

use serde::{Deserialize, Serialize};

use crate::engine::Tx;
use crate::{Store, StoreError, change, change_alone, check, on};

/// Segments of one workspace.
pub const SEGMENTS_MAX: i64 = 500;
/// Bytes of a definition.
const DEFINITION_MAX: usize = 200_000;

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct SegmentRow {
    /// Its short name: letters, digits and hyphens.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// The definition, as whoever saves it writes it.
    pub definition: String,
    /// The version of the history its members were last found for.
    pub seen_version: Option<i64>,
    /// When it was last changed, in microseconds.
    pub changed_at: i64,
}

/// A stay of a customer in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct MembershipRow {
    /// Who, by the identifier of the source.
    pub customer_id: String,
    /// Since when, in microseconds.
    pub entered_at: i64,
    /// Until when; nothing while it lasts.
    pub left_at: Option<i64>,
}

/// What changed in the membership of a segment between two versions of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChanges {
    /// Who came in.
    pub entered: Vec<String>,
    /// Who went out.
    pub left: Vec<String>,
    /// The instant it is said of, in microseconds.
    pub at: i64,
    /// The version of the history the members were found for.
    pub version: i64,
}

impl Store {
    /// The segments, by name.
    pub async fn segments(&self) -> Result<Vec<SegmentRow>, StoreError> {
        let sql = "select slug, name, definition, seen_version, changed_at from segments where workspace = $1";
        let mut rows: Vec<SegmentRow> =
            on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).fetch_all(p).await)?;
        // Sorted here: the databases disagree on the order of texts.
        rows.sort_by(|a, b| (&a.name, &a.slug).cmp(&(&b.name, &b.slug)));
        Ok(rows)
    }

    /// Saves a segment; one of that short name is replaced. Under another definition it begins anew: who belonged by the
    /// old one says nothing about it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Input`] when a text is empty or too long, or when there are [`SEGMENTS_MAX`] already.
    pub async fn save_segment(&self, slug: &str, name: &str, definition: &str, at: i64) -> Result<(), StoreError> {
        check::filled("the short name of a segment", slug, 100)?;
        check::filled("the name of a segment", name, 400)?;
        check::filled("a segment", definition, DEFINITION_MAX)?;
        let [slug, name, definition] = [slug, name, definition].map(str::to_owned);
        self.apart(async move |store| store.save_segment_now(&slug, &name, &definition, at).await).await
    }

    async fn save_segment_now(&self, slug: &str, name: &str, definition: &str, at: i64) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        // Whoever takes a number holds its row until the end: one segment at a time is counted and added.
        self.next(&mut tx, "segment").await?;
        let sql = "delete from memberships where workspace = $1 and slug = $2 and exists (select 1 from segments as s
            where s.workspace = $1 and s.slug = $2 and s.definition <> $3)";
        change!(self, &mut tx, sqlx::query(sql).bind(self.workspace).bind(slug).bind(definition))?;
        let sql = "update segments set name = $3, definition = $4, seen_version = null, changed_at = $5
            where workspace = $1 and slug = $2";
        let changed = change!(
            self,
            &mut tx,
            sqlx::query(sql).bind(self.workspace).bind(slug).bind(name).bind(definition).bind(at)
        )?;
        if changed == 0 {
            let sql = "insert into segments (workspace, slug, name, definition, changed_at)
                select workspace, cast($2 as text), cast($3 as text), cast($4 as text), cast($5 as bigint)
                from workspaces where workspace = $1
                and (select count(*) from segments where workspace = $1) < cast($6 as bigint)";
            let added = change!(
                self,
                &mut tx,
                sqlx::query(sql)
                    .bind(self.workspace)
                    .bind(slug)
                    .bind(name)
                    .bind(definition)
                    .bind(at)
                    .bind(SEGMENTS_MAX)
            )?;
            if added == 0 {
                return check::refuse("a segment", format!("there are {SEGMENTS_MAX} already"));
            }
        }
        self.commit_tx(tx).await
    }

    /// Takes a segment and its membership away; whether it was there.
    pub async fn remove_segment(&self, slug: &str) -> Result<bool, StoreError> {
        let sql = "delete from memberships where workspace = $1 and slug = $2";
        change_alone!(self, sqlx::query(sql).bind(self.workspace).bind(slug))?;
        let sql = "delete from segments where workspace = $1 and slug = $2";
        Ok(change_alone!(self, sqlx::query(sql).bind(self.workspace).bind(slug))? > 0)
    }

    /// Who is in a segment, as it was last found, by the order of their bytes.
    pub async fn segment_members(&self, slug: &str) -> Result<Vec<String>, StoreError> {
        let sql = "select customer_id from memberships where workspace = $1 and slug = $2 and left_at is null";
        let mut ids: Vec<String> = on!(self, self.reader(), p => sqlx::query_scalar(sql).bind(self.workspace)
            .bind(slug).fetch_all(p).await)?;
        ids.sort();
        Ok(ids)
    }

    /// The stays of one customer, by segment, the newest first.
    pub async fn stays_of(&self, customer_id: &str) -> Result<Vec<(String, MembershipRow)>, StoreError> {
        let sql = "select slug, entered_at, left_at from memberships where workspace = $1 and customer_id = $2
            order by entered_at desc, slug";
        let rows: Vec<(String, i64, Option<i64>)> = on!(self, self.reader(), p => sqlx::query_as(sql)
            .bind(self.workspace).bind(customer_id).fetch_all(p).await)?;
        let stay = |entered_at, left_at| MembershipRow { customer_id: customer_id.to_owned(), entered_at, left_at };
        Ok(rows.into_iter().map(|(slug, entered, left)| (slug, stay(entered, left))).collect())
    }

    /// How many came into and went out of a segment at each instant, the newest first.
    pub async fn segment_moves(&self, slug: &str, most: i64) -> Result<Vec<(i64, i64, i64)>, StoreError> {
        let sql = "select at, cast(sum(came) as bigint), cast(sum(went) as bigint) from (
                select entered_at as at, 1 as came, 0 as went from memberships where workspace = $1 and slug = $2
                union all
                select left_at, 0, 1 from memberships where workspace = $1 and slug = $2 and left_at is not null
            ) as moves group by at order by at desc limit $3";
        on!(self, self.reader(), p => sqlx::query_as(sql).bind(self.workspace).bind(slug).bind(most).fetch_all(p).await)
    }

    /// Writes down who came and who went, once for each version of the history: whoever comes second changes nothing.
    /// Returns whether it was written.
    pub async fn move_members(&self, slug: &str, changes: MemberChanges) -> Result<bool, StoreError> {
        let slug = slug.to_owned();
        self.apart(async move |store| store.move_members_now(&slug, &changes).await).await
    }

    async fn move_members_now(&self, slug: &str, changes: &MemberChanges) -> Result<bool, StoreError> {
        let mut tx = self.begin_write().await?;
        let sql = "update segments set seen_version = $3 where workspace = $1 and slug = $2
            and (seen_version is null or seen_version < $3)";
        let found = change!(self, &mut tx, sqlx::query(sql).bind(self.workspace).bind(slug).bind(changes.version))?;
        if found == 0 {
            return Ok(false);
        }
        for id in &changes.left {
            self.leave(&mut tx, slug, id, changes.at).await?;
        }
        let sql = "insert into memberships (workspace, slug, customer_id, entered_at) values ($1, $2, $3, $4)
            on conflict (workspace, slug, customer_id, entered_at) do update set left_at = null";
        for id in &changes.entered {
            change!(self, &mut tx, sqlx::query(sql).bind(self.workspace).bind(slug).bind(id).bind(changes.at))?;
        }
        self.commit_tx(tx).await?;
        Ok(true)
    }

    /// Ends a stay. One that began at that very instant, by facts that were taken back, was none.
    async fn leave(&self, tx: &mut Tx, slug: &str, id: &str, at: i64) -> Result<(), StoreError> {
        let none = "delete from memberships where workspace = $1 and slug = $2 and customer_id = $3
            and left_at is null and entered_at >= $4";
        change!(self, &mut *tx, sqlx::query(none).bind(self.workspace).bind(slug).bind(id).bind(at))?;
        let sql = "update memberships set left_at = $4 where workspace = $1 and slug = $2 and customer_id = $3
            and left_at is null";
        change!(self, &mut *tx, sqlx::query(sql).bind(self.workspace).bind(slug).bind(id).bind(at))?;
        Ok(())
    }
}
