//! Segments: saved, previewed, used in any question, and who came in and went out as facts arrive.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use history::{Audience, Audiences, HistoryError, Snapshot};
use segments::{Book, Definition, SegmentError, check, members, say};
use serde::Serialize;
use store::{MemberChanges, SegmentRow, Store};
use terms::{Date, Instant};
use tokio::sync::OnceCell;

use crate::pages::Kept;
use crate::{App, Problem, rfc3339};

/// People shown of a segment while it is written.
const SAMPLE: usize = 10;
/// Segments made of segments made of segments.
const DEEP_MAX: usize = 50;
/// Instants of movement told of a segment.
const MOVES_MAX: i64 = 100;

/// A segment, as surfaces show it.
#[derive(Debug, Clone, Serialize)]
pub struct SegmentShown {
    /// Its short name, for addresses, files and other segments.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The rule in words.
    pub says: String,
    /// The rule.
    pub rule: serde_json::Value,
    /// Its members as of the last fact; nothing where the rule cannot be asked of this history any more.
    pub customers: Option<u64>,
    /// Everybody, for comparison.
    pub of: u64,
    /// Why there are no members to tell.
    pub problem: Option<Problem>,
    /// When it was last changed.
    pub changed_at: String,
}

/// Who would be in a segment.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// The rule in words.
    pub says: String,
    /// How many.
    pub customers: u64,
    /// Of how many.
    pub of: u64,
    /// The first day that is not counted.
    pub as_of: Date,
    /// Some of them.
    pub sample: Vec<String>,
}

/// How many came in and went out at an instant.
#[derive(Debug, Clone, Serialize)]
pub struct Moves {
    /// The instant: that of the last fact known then.
    pub at: String,
    /// Came in.
    pub entered: u64,
    /// Went out.
    pub left: u64,
}

impl App {
    /// The history as it is now, with the saved segments for filters such as `segment('vip')`. They mean who belonged as
    /// of `as_of`, or of the last fact.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub(crate) async fn snapshot_by(&self, as_of: Option<Date>) -> Result<Snapshot, Problem> {
        let plain = self.history().snapshot().await?;
        let named = Named {
            store: self.store().clone(),
            kept: self.kept.clone(),
            plain: plain.clone(),
            as_of,
            book: OnceCell::new(),
        };
        Ok(plain.with_audiences(Arc::new(named)))
    }

    /// The saved segments by name, each with its members counted.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read.
    pub async fn segments(&self) -> Result<Vec<SegmentShown>, Problem> {
        let rows = self.store().segments().await?;
        let book = book_of(&rows);
        let snapshot = self.snapshot().await?;
        let of = snapshot.customers().await?;
        let mut shown = Vec::with_capacity(rows.len());
        for row in &rows {
            let found = self.found(&snapshot, &book, row).await;
            let definition = book.get(&row.slug);
            shown.push(SegmentShown {
                slug: row.slug.clone(),
                name: row.name.clone(),
                about: definition.map(|one| one.about.clone()).unwrap_or_default(),
                says: definition.map(|one| say(&one.rule)).unwrap_or_default(),
                rule: definition.and_then(|one| serde_json::to_value(&one.rule).ok()).unwrap_or_default(),
                customers: found.as_ref().ok().map(|found| found.len()),
                of,
                problem: found.err(),
                changed_at: rfc3339(Instant(row.changed_at)),
            });
        }
        Ok(shown)
    }

    async fn found(&self, snapshot: &Snapshot, book: &Book, row: &SegmentRow) -> Result<Arc<Audience>, Problem> {
        let definition = book.get(&row.slug).ok_or_else(|| unreadable(&row.slug))?;
        check(definition, snapshot, book)?;
        let at = end_of(snapshot, None);
        let key = key_of(snapshot, book, &row.slug, at);
        self.kept.ask(key, members(snapshot, &definition.rule, at, book)).await
    }

    /// One segment.
    ///
    /// # Errors
    ///
    /// `unknown_segment` with those there are.
    pub async fn segment(&self, slug: &str) -> Result<SegmentShown, Problem> {
        let all = self.segments().await?;
        let names: Vec<String> = all.iter().map(|one| one.slug.clone()).collect();
        all.into_iter().find(|one| one.slug == slug).ok_or_else(|| unknown(slug, &names))
    }

    /// The text of a segment, as it lies in a file.
    ///
    /// # Errors
    ///
    /// `unknown_segment`.
    pub async fn segment_text(&self, slug: &str) -> Result<String, Problem> {
        let rows = self.store().segments().await?;
        let names: Vec<String> = rows.iter().map(|row| row.slug.clone()).collect();
        rows.into_iter().find(|row| row.slug == slug).map(|row| row.definition).ok_or_else(|| unknown(slug, &names))
    }

    /// Saves a segment under its short name, the one made of its name unless said, and finds its members.
    ///
    /// # Errors
    ///
    /// What is wrong with the rule, with its place; `segment_circle` when it would be part of itself.
    pub async fn save_segment(&self, definition: &Definition, slug: Option<&str>) -> Result<SegmentShown, Problem> {
        let slug = match slug {
            Some(slug) => slug_of(slug),
            None => slug_of(&definition.name),
        };
        // A short name that is a word of our addresses could not be reached.
        if slug.is_empty() || slug == "preview" {
            return Err(Problem::invalid(
                "segment_slug",
                format!("'{}' gives no short name that can be used", definition.name),
                "give a short name of letters, digits and hyphens",
            ));
        }
        let mut book = self.book().await?;
        let snapshot = self.snapshot().await?;
        book.insert(slug.clone(), definition.clone());
        check(definition, &snapshot, &book)?;
        circles(&slug, &book)?;
        members(&snapshot, &definition.rule, end_of(&snapshot, None), &book).await?;
        self.store().save_segment(&slug, &definition.name, &definition.to_toml(), self.now().0).await?;
        self.move_members().await?;
        self.segment(&slug).await
    }

    /// Takes a segment away, with what is known of its members.
    ///
    /// # Errors
    ///
    /// `segment_in_use` while another segment names it; `unknown_segment`.
    pub async fn remove_segment(&self, slug: &str) -> Result<(), Problem> {
        let book = self.book().await?;
        let names = |definition: &Definition| definition.rule.names().contains(&slug);
        if let Some((user, _)) = book.iter().find(|(other, definition)| *other != slug && names(definition)) {
            return Err(Problem::invalid(
                "segment_in_use",
                format!("the segment '{user}' is made of '{slug}'"),
                format!("change '{user}' first"),
            ));
        }
        match self.store().remove_segment(slug).await? {
            true => Ok(()),
            false => Err(unknown(slug, &book.into_keys().collect::<Vec<_>>())),
        }
    }

    /// Who would be in a segment now, or was as of a day.
    ///
    /// # Errors
    ///
    /// What is wrong with the rule, with its place.
    pub async fn preview_segment(&self, definition: &Definition, as_of: Option<Date>) -> Result<Preview, Problem> {
        let (book, snapshot) = (self.book().await?, self.snapshot().await?);
        check(definition, &snapshot, &book)?;
        let at = end_of(&snapshot, as_of);
        let found = members(&snapshot, &definition.rule, at, &book).await?;
        let some: Audience = found.iter().take(SAMPLE).collect();
        let mut sample = snapshot.ids_of(&some).await?;
        sample.sort();
        Ok(Preview {
            says: say(&definition.rule),
            customers: found.len(),
            of: snapshot.customers().await?,
            as_of: snapshot.zone().date(at),
            sample,
        })
    }

    /// Everybody in a segment, by the identifiers of the source, in the order of their bytes.
    ///
    /// # Errors
    ///
    /// `unknown_segment`; what is wrong with its rule.
    pub async fn segment_members(&self, slug: &str, as_of: Option<Date>) -> Result<Vec<String>, Problem> {
        let (book, snapshot) = (self.book().await?, self.snapshot().await?);
        let Some(definition) = book.get(slug) else { return Err(unknown(slug, &book.into_keys().collect::<Vec<_>>())) };
        check(definition, &snapshot, &book)?;
        let found = members(&snapshot, &definition.rule, end_of(&snapshot, as_of), &book).await?;
        let mut ids = snapshot.ids_of(&found).await?;
        ids.sort();
        Ok(ids)
    }

    /// How many came into and went out of a segment, the newest first.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn segment_moves(&self, slug: &str) -> Result<Vec<Moves>, Problem> {
        let rows = self.store().segment_moves(slug, MOVES_MAX).await?;
        let moves = |(at, entered, left): (i64, i64, i64)| Moves {
            at: rfc3339(Instant(at)),
            entered: entered.unsigned_abs(),
            left: left.unsigned_abs(),
        };
        Ok(rows.into_iter().map(moves).collect())
    }

    /// Finds the members of every segment for the newest version of the history, and writes down who came and who went.
    /// A segment that cannot be asked any more stays as it was.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read.
    pub(crate) async fn move_members(&self) -> Result<(), Problem> {
        let rows = self.store().segments().await?;
        if rows.is_empty() {
            return Ok(());
        }
        let book = book_of(&rows);
        let snapshot = self.snapshot().await?;
        let (version, at) = (snapshot.version(), snapshot.watermark().map_or(0, |at| at.0));
        for row in rows.iter().filter(|row| row.seen_version.is_none_or(|seen| seen < version)) {
            let found = match self.found(&snapshot, &book, row).await {
                Ok(found) => found,
                Err(problem) => {
                    tracing::warn!(segment = row.slug, code = problem.code, "the segment cannot be asked");
                    continue;
                }
            };
            let now: BTreeSet<String> = snapshot.ids_of(&found).await?.into_iter().collect();
            let before: BTreeSet<String> = self.store().segment_members(&row.slug).await?.into_iter().collect();
            let entered = now.difference(&before).cloned().collect();
            let left = before.difference(&now).cloned().collect();
            self.store().move_members(&row.slug, MemberChanges { entered, left, at, version }).await?;
        }
        Ok(())
    }

    /// The same after the history changed, which it did in any case: what cannot be found now is found next time.
    pub(crate) async fn members_moved(&self) {
        if let Err(problem) = self.move_members().await {
            tracing::warn!(code = problem.code, "who came into segments and went out was not found: {problem}");
        }
    }

    async fn book(&self) -> Result<Book, Problem> {
        Ok(book_of(&self.store().segments().await?))
    }
}

/// Every segment must be one that can be asked, also through the others.
fn circles(slug: &str, book: &Book) -> Result<(), SegmentError> {
    fn walk<'b>(
        name: &'b str,
        book: &'b Book,
        path: &mut Vec<&'b str>,
        done: &mut BTreeSet<&'b str>,
    ) -> Result<(), SegmentError> {
        if path.contains(&name) {
            let path = path.iter().copied().chain([name]).map(str::to_owned).collect();
            return Err(SegmentError::Circle { path });
        }
        if path.len() >= DEEP_MAX {
            return Err(SegmentError::Rule {
                place: "rule".to_owned(),
                what: format!("more than {DEEP_MAX} segments are made of each other"),
                hint: "say some of them in one rule".to_owned(),
            });
        }
        if !done.insert(name) {
            return Ok(());
        }
        path.push(name);
        if let Some(definition) = book.get(name) {
            for other in definition.rule.names() {
                walk(other, book, path, done)?;
            }
        }
        path.pop();
        Ok(())
    }
    walk(slug, book, &mut Vec::new(), &mut BTreeSet::new())
}

/// What the members of a segment depend on, in few bytes: also the segments it is made of.
fn key_of(snapshot: &Snapshot, book: &Book, slug: &str, at: Instant) -> String {
    let mut hash = DefaultHasher::new();
    format!("{book:?}").hash(&mut hash);
    format!("segment {} {:016x} {slug} {}", snapshot.version(), hash.finish(), at.0)
}

/// Definitions that this release can read.
fn book_of(rows: &[SegmentRow]) -> Book {
    let read = |row: &SegmentRow| Some((row.slug.clone(), Definition::from_toml(&row.definition).ok()?));
    rows.iter().filter_map(read).collect()
}

/// The instant at which nothing more is known: the start of the first day that is not counted.
fn end_of(snapshot: &Snapshot, as_of: Option<Date>) -> Instant {
    let zone = snapshot.zone();
    let known = || snapshot.watermark().map_or(Date(0), |at| zone.date(at).plus(1));
    zone.start_of(as_of.unwrap_or_else(known))
}

fn unreadable(slug: &str) -> Problem {
    Problem::invalid("segment_text", format!("the segment '{slug}' cannot be read"), "save it again")
}

fn unknown(slug: &str, known: &[String]) -> Problem {
    let hint = if known.is_empty() { "save one first".to_owned() } else { format!("there are: {}", known.join(", ")) };
    Problem::not_found("unknown_segment", format!("there is no segment '{slug}'"), hint)
}

/// A short name: letters and digits of any script in lower case, joined by hyphens.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.trim().chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').chars().take(60).collect()
}

impl From<SegmentError> for Problem {
    fn from(error: SegmentError) -> Problem {
        match error {
            SegmentError::Metric(error) => error.into(),
            SegmentError::Unknown { .. } => Problem::not_found(error.code(), error.to_string(), error.hint()),
            error => Problem::invalid(error.code(), error.to_string(), error.hint()),
        }
    }
}

/// The saved segments, read when the first of them is asked for.
struct Named {
    store: Store,
    kept: Arc<Kept>,
    plain: Snapshot,
    as_of: Option<Date>,
    book: OnceCell<Book>,
}

#[async_trait::async_trait]
impl Audiences for Named {
    async fn audience(&self, name: &str) -> Result<Arc<Audience>, HistoryError> {
        let read = async || Ok::<Book, HistoryError>(book_of(&self.store.segments().await?));
        let book = self.book.get_or_try_init(read).await?;
        let Some(definition) = book.get(name) else {
            let problem = unknown(name, &book.keys().cloned().collect::<Vec<_>>());
            return Err(HistoryError::Query { message: format!("{}; {}", problem.message, problem.hint) });
        };
        let at = end_of(&self.plain, self.as_of);
        let key = key_of(&self.plain, book, name, at);
        let found = self.kept.ask(key, members(&self.plain, &definition.rule, at, book)).await;
        found.map_err(|problem| HistoryError::Query { message: format!("segment '{name}': {}", problem.message) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_made_of_letters_and_digits() {
        for (name, slug) in [
            ("Our best 10 %", "our-best-10"),
            ("  Hiljaiset – Suomi!", "hiljaiset-suomi"),
            ("高價值 客戶", "高價值-客戶"),
            ("--", ""),
        ] {
            assert_eq!(slug_of(name), slug);
        }
    }
}
