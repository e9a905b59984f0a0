//! The people behind a number: as a page, and all of them as rows.

use std::collections::HashSet;

use history::{Column, Rows};
use metrics::people::{customers, persons};
use reports::pages::Who;
use reports::pages::people::{PeoplePage, PersonRow};
use terms::Share;

use super::PeopleQuery;
use super::ground::{Ground, ask};
use super::list::{Line, Wanted, name_all, show};
use crate::{App, Problem};

/// Rows of a page.
const PAGE_ROWS: u32 = 50;
/// The longest file of people.
pub const PEOPLE_ROWS_MAX: u32 = 100_000;
/// The most people that can be chosen one by one.
const CHOSEN_MAX: usize = 1_000;

impl App {
    /// The people behind a number, a page at a time.
    ///
    /// # Errors
    ///
    /// `no_facts` before the first import; what is wrong with the group asked for.
    pub async fn people_page(&self, query: &PeopleQuery) -> Result<PeoplePage, Problem> {
        self.ground().await?.ok_or_else(nobody_yet)?.people(query).await
    }

    /// All of them, as the page filters and sorts them, at most [`PEOPLE_ROWS_MAX`].
    ///
    /// # Errors
    ///
    /// As [`people_page`](App::people_page).
    pub async fn people_rows(&self, query: &PeopleQuery) -> Result<Rows, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let query = &ground.understood(query);
        let lines = ground.lines(query).await?;
        let wanted = Wanted { page: 1, page_rows: PEOPLE_ROWS_MAX, ..wanted(query) };
        let shown = show(&ground, lines, &wanted).await?;
        rows_of(&shown.lines)
    }
}

/// What is said before there is anybody.
pub(super) fn nobody_yet() -> Problem {
    Problem::not_found("no_facts", "there are no customers yet", "import orders first")
}

fn wanted(query: &PeopleQuery) -> Wanted<'_> {
    Wanted {
        q: &query.q,
        country: &query.country,
        sort: &query.sort,
        dir: &query.dir,
        page: query.page,
        page_rows: PAGE_ROWS,
    }
}

impl Ground {
    /// A page of the people behind a number.
    pub(super) async fn people(&self, query: &PeopleQuery) -> Result<PeoplePage, Problem> {
        let query = &self.understood(query);
        let (lines, share) = tokio::try_join!(self.lines(query), self.share(query))?;
        let wanted = Wanted { page_rows: PAGE_ROWS, ..wanted(query) };
        let shown = show(self, lines, &wanted).await?;
        Ok(PeoplePage {
            who: query.who.clone(),
            title: query.who.title(),
            share,
            segment: query.segment.clone(),
            rows: shown.lines.iter().map(|line| person(line, self)).collect(),
            total: shown.total,
            list: shown.asked,
            freshness: self.freshness,
            workspace: self.workspace.clone(),
        })
    }

    fn understood(&self, query: &PeopleQuery) -> PeopleQuery {
        PeopleQuery { segment: self.known_segment(&query.segment), ..query.clone() }
    }

    /// The keys of a group, rising: the customers its number counted.
    pub(super) async fn keys(&self, who: &Who, segment: &str) -> Result<std::sync::Arc<Vec<u32>>, Problem> {
        ask!(self, customers, self.behind(who, segment)?)
    }

    /// The people asked for, without names where they can be left out.
    async fn lines(&self, query: &PeopleQuery) -> Result<Vec<Line>, Problem> {
        if !query.ids.is_empty() {
            return self.chosen(&query.ids).await;
        }
        if query.who == Who::Overdue {
            return Ok(self.late(&query.segment).await?.lines.clone());
        }
        let keys: HashSet<u32> = self.keys(&query.who, &query.segment).await?.iter().copied().collect();
        let found = persons(&self.snapshot, &keys, None).await?;
        Ok(found.rows.iter().map(|person| Line::of(person, self)).collect())
    }

    async fn chosen(&self, ids: &[String]) -> Result<Vec<Line>, Problem> {
        let mut keys = HashSet::new();
        for id in ids.iter().take(CHOSEN_MAX) {
            keys.extend(self.snapshot.customer_key(id).await?);
        }
        let found = persons(&self.snapshot, &keys, None).await?;
        let mut lines: Vec<Line> = found.rows.iter().map(|person| Line::of(person, self)).collect();
        // A key stays when all facts of its customer were taken back; a name does not.
        name_all(self, &mut lines).await?;
        lines.retain(|line| line.name.is_some());
        Ok(lines)
    }

    /// How many of how many, where the group is part of another.
    async fn share(&self, query: &PeopleQuery) -> Result<Option<Share>, Problem> {
        if !query.ids.is_empty() {
            return Ok(None);
        }
        if query.who == Who::Overdue {
            let found = ask!(self, metrics::overdue::overdue, self.overdue_ask(&query.segment))?;
            return Ok(Some(found.overdue));
        }
        let Some((whole, others)) = self.whole(&query.who, &query.segment)? else { return Ok(None) };
        let part = self.keys(&query.who, &query.segment).await?.len() as u64;
        let whole = ask!(self, customers, whole)?.len() as u64;
        Ok(Some(Share { part, whole: if others { part + whole } else { whole } }))
    }
}

pub(super) fn person(line: &Line, ground: &Ground) -> PersonRow {
    let unknown = ground.horizon.plus(-1);
    PersonRow {
        id: line.id(),
        name: line.called(),
        country: line.country(),
        orders: line.orders,
        spend: line.spend,
        first_order: line.first_order.unwrap_or(unknown),
        last_order: line.last_order.unwrap_or(unknown),
        days_since: line.days_since,
    }
}

/// Rows for a file: raw numbers, ISO dates.
pub(super) fn rows_of(lines: &[Line]) -> Result<Rows, Problem> {
    let text = |of: &dyn Fn(&Line) -> Option<String>| Column::Text(lines.iter().map(of).collect());
    let whole = |of: &dyn Fn(&Line) -> Option<i64>| Column::Whole(lines.iter().map(of).collect());
    let number = |of: &dyn Fn(&Line) -> Option<f64>| Column::Number(lines.iter().map(of).collect());
    let mut columns = vec![
        ("customer_id", text(&|line| Some(line.id()))),
        ("name", text(&Line::called)),
        ("country", text(&Line::country)),
        ("orders", whole(&|line| i64::try_from(line.orders).ok())),
        ("spend", number(&|line| Some(line.spend.decimal()))),
        ("currency", text(&|line| Some(line.spend.currency.to_string()))),
        ("first_order", text(&|line| line.first_order.map(|day| day.to_string()))),
        ("last_order", text(&|line| line.last_order.map(|day| day.to_string()))),
        ("days_since", whole(&|line| Some(i64::from(line.days_since)))),
    ];
    if lines.iter().any(|line| line.usual_gap.is_some()) {
        columns.push(("usual_gap_days", number(&|line| line.usual_gap)));
    }
    Ok(Rows::from_columns(columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect())?)
}
