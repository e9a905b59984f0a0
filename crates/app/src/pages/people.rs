//! Lists of customers: the people behind a number, filtered and found; as a page, and all of them as rows.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use history::Rows;
use metrics::people::customers;
use reports::pages::people::{PeoplePage, PersonRow};
use reports::pages::{ListAsked, Rule, Value, Who};
use terms::{Money, Share};

use super::PeopleQuery;
use super::columns::{Column, Field, Reading, What};
use super::ground::{Ground, ask};
use super::names::{Name, names_with};
use super::roster::{Member, Roster};
use super::sheet::Sheet;
use super::wish::Wish;
use crate::{App, Problem};

/// Rows of a page.
const PAGE_ROWS: u32 = 50;
/// The longest file of people.
pub const PEOPLE_ROWS_MAX: u32 = 1_000_000;
/// The most people that can be chosen one by one.
const CHOSEN_MAX: usize = 1_000;

impl App {
    /// The people behind a number, a page at a time.
    ///
    /// # Errors
    ///
    /// `no_facts` before the first import; what is wrong with the group asked for.
    pub async fn people_page(&self, query: &PeopleQuery) -> Result<PeoplePage, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let page = ground.people(query).await?;
        Ok(PeoplePage { views: self.saved_views(&ground.understood(query)).await?, ..page })
    }

    /// All of them, as the page filters and sorts them, at most [`PEOPLE_ROWS_MAX`], with the columns it shows.
    ///
    /// # Errors
    ///
    /// As [`people_page`](App::people_page).
    pub async fn people_rows(&self, query: &PeopleQuery) -> Result<Rows, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let query = &ground.understood(query);
        let found = ground.find(query).await?;
        let shown = found.sorted(&ground, query, 0, u64::from(PEOPLE_ROWS_MAX)).await?;
        ground.sheet_of(&found, &shown).await
    }
}

/// What is said before there is anybody.
pub(super) fn nobody_yet() -> Problem {
    Problem::not_found("no_facts", "there are no customers yet", "import orders first")
}

/// Who fits, not yet sorted.
struct Found {
    roster: Arc<Roster>,
    words: Vec<String>,
    wish: Wish,
    columns: Vec<Column>,
    /// Places in the roster, rising.
    keys: Vec<u32>,
    gaps: HashMap<u32, f64>,
}

impl Ground {
    /// A page of the people behind a number, without the views that were saved.
    pub(super) async fn people(&self, query: &PeopleQuery) -> Result<PeoplePage, Problem> {
        let query = &self.understood(query);
        let found = self.find(query).await?;
        let (share, filters) =
            tokio::try_join!(self.share(query), self.filters(query, &found.wish, &found.roster, &found.words),)?;
        let total = found.keys.len() as u64;
        let rows = u64::from(PAGE_ROWS);
        // Behind the last page there is nothing to see: the last page is shown.
        let page = u64::from(query.page.max(1)).min(total.div_ceil(rows).max(1));
        let shown = found.sorted(self, query, (page - 1) * rows, rows).await?;
        let (sort, ascending) = found.order(query);
        Ok(PeoplePage {
            rule: self.kind(),
            who: query.who.clone(),
            title: query.who.title(),
            share,
            segment: query.segment.clone(),
            columns: found.columns.iter().map(Column::head).collect(),
            rows: self.person_rows(&found, &shown).await?,
            total,
            worth: found.worth(self),
            chips: self.chips(query, &found.wish, &found.roster),
            filters,
            views: Vec::new(),
            list: ListAsked {
                q: query.q.clone(),
                country: query.country.clone(),
                sort: sort.to_owned(),
                ascending,
                page: page as u32,
                page_rows: PAGE_ROWS,
            },
            freshness: self.freshness,
            workspace: self.workspace.clone(),
        })
    }

    fn understood(&self, query: &PeopleQuery) -> PeopleQuery {
        PeopleQuery { segment: self.known_segment(&query.segment), ..query.clone() }
    }

    /// The keys of a group, rising: the customers its number counted. Everybody is everybody we know.
    pub(super) async fn keys(&self, who: &Who, segment: &str) -> Result<Arc<Vec<u32>>, Problem> {
        if *who == Who::All && segment.is_empty() {
            let roster = self.roster().await?;
            let all = async { Ok::<_, Problem>(roster.members.iter().map(|member| member.key).collect()) };
            return self.keep("everybody known".to_owned(), all).await;
        }
        if let (Who::All, Some(slug)) = (who, self.saved_slug(segment)) {
            // Whoever belongs, whatever they did: also those without an order.
            let members = async { Ok::<_, Problem>(self.snapshot.audience(slug).await?.iter().collect()) };
            return self.keep(format!("members of {segment}"), members).await;
        }
        ask!(self, customers, self.behind(who, segment)?)
    }

    async fn find(&self, query: &PeopleQuery) -> Result<Found, Problem> {
        let (roster, words) = tokio::try_join!(self.roster(), self.word_columns())?;
        let mut wish = self.wish(query, &roster, &words);
        let columns = self.columns(&query.who, &words, &query.columns);
        let mut places: Vec<u32>;
        if query.ids.is_empty() {
            let keys = self.keys(&query.who, &query.segment).await?;
            places = places_of(&roster, &keys);
            places.retain(|place| roster.members.get(*place as usize).is_some_and(|member| self.fits(&wish, member)));
        } else {
            // Chosen one by one: whatever else the address says.
            wish = Wish::of_ids(query.ids.iter().take(CHOSEN_MAX).cloned().collect());
            places = (0..roster.members.len() as u32).collect();
        }
        if !wish.wording.is_any() && !places.is_empty() {
            let fitting = places_of(&roster, &wish.wording.keys(&self.snapshot).await?);
            places.retain(|place| fitting.binary_search(place).is_ok());
        }
        let gaps = self.gaps(query).await?;
        Ok(Found { roster, words, wish, columns, keys: places, gaps })
    }

    /// The usual gaps of the list that is about them.
    async fn gaps(&self, query: &PeopleQuery) -> Result<HashMap<u32, f64>, Problem> {
        if query.who != Who::Overdue {
            return Ok(HashMap::new());
        }
        let found = ask!(self, metrics::overdue::overdue, self.overdue_ask(&query.segment))?;
        Ok(found.customers.iter().map(|customer| (customer.customer, customer.usual_gap_days)).collect())
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

    /// What a customer brings, as sums over lists count it; nothing where money plays no part or it is not known.
    fn worth_of(&self, member: &Member) -> Option<Money> {
        match self.kind() {
            Rule::Contract => member.mrr.map(|minor| self.money(minor)),
            _ if member.orders > 0 => Some(self.money(member.spend)),
            _ => None,
        }
    }

    /// The names of those who are shown, with the texts of the columns that are.
    async fn named(&self, found: &Found, shown: &[u32]) -> Result<(HashMap<u32, Name>, Vec<String>), Problem> {
        let keys = shown.iter().filter_map(|place| found.member(*place)).map(|member| member.key).collect();
        let texts: Vec<String> = found.shown().filter_map(Column::text).map(str::to_owned).collect();
        Ok((names_with(&self.snapshot, keys, &texts).await?, texts))
    }

    async fn person_rows(&self, found: &Found, shown: &[u32]) -> Result<Vec<PersonRow>, Problem> {
        let (names, texts) = self.named(found, shown).await?;
        let reading = Reading { ground: self, roster: &found.roster, gaps: &found.gaps };
        let row = |place: &u32| {
            let member = found.member(*place)?;
            let name = names.get(&member.key);
            let unknown = self.horizon.plus(-1);
            let last = member.last_order.or(member.last_seen).unwrap_or(unknown);
            let value = |column| reading.value(column, member, name, &texts);
            Some(PersonRow {
                id: name.map(|name| name.id.clone()).unwrap_or_default(),
                name: name.and_then(|name| name.name.clone()),
                country: name.and_then(|name| name.country.clone()),
                orders: u64::from(member.orders),
                spend: self.money(member.spend),
                first_order: member.first_order.or(member.first_seen).unwrap_or(unknown),
                last_order: last,
                days_since: (self.horizon.0 - 1 - last.0).max(0) as u32,
                worth: self.worth_of(member),
                cells: found.shown().map(value).collect(),
            })
        };
        Ok(shown.iter().filter_map(row).collect())
    }

    /// Rows for a file: raw numbers, ISO dates.
    async fn sheet_of(&self, found: &Found, shown: &[u32]) -> Result<Rows, Problem> {
        let (names, texts) = self.named(found, shown).await?;
        let reading = Reading { ground: self, roster: &found.roster, gaps: &found.gaps };
        let members: Vec<(&Member, Option<&Name>)> =
            shown.iter().filter_map(|place| found.member(*place)).map(|one| (one, names.get(&one.key))).collect();
        let mut sheet = Sheet::default()
            .text("customer_id", &members, |(_, name)| name.map(|name| name.id.clone()))
            .text("name", &members, |(_, name)| name.and_then(|name| name.name.clone()));
        let mut money = false;
        for column in found.shown() {
            let of = |(member, name): &(&Member, Option<&Name>)| reading.value(column, member, *name, &texts);
            let id = column.file_name();
            sheet = match column.what {
                What::Number(field) if field.is_amount() => {
                    let sheet = sheet.number(id, &members, |row| of(row).and_then(|value| value.number()));
                    // All amounts are in one currency: it is named beside the first.
                    let code = self.workspace.currency.to_string();
                    if std::mem::replace(&mut money, true) {
                        sheet
                    } else {
                        sheet.text("currency", &members, |_| Some(code.clone()))
                    }
                }
                What::Number(Field::UsualGap) => sheet.number(id, &members, |(member, _)| reading.gap(member)),
                What::Number(Field::TimesOver) => sheet.number(id, &members, |row| of(row)?.number()),
                What::Number(field) if field.is_number() => {
                    sheet.whole(id, &members, |row| of(row)?.number().map(|number| number as u64))
                }
                _ => sheet.text(id, &members, |row| of(row).map(raw)),
            };
        }
        sheet.rows()
    }
}

/// A word or a day as a file says it.
fn raw(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        Value::Date(date) => date.to_string(),
        // `status.active` and `group.champions` are keys of ours: what stands behind the dot is the word.
        Value::Word(key) => key.rsplit('.').next().unwrap_or_default().to_owned(),
        other => other.number().map(|number| number.to_string()).unwrap_or_default(),
    }
}

/// The places of keys in the roster; both rise.
fn places_of(roster: &Roster, keys: &[u32]) -> Vec<u32> {
    let mut keys = keys.iter().peekable();
    let mut places = Vec::with_capacity(keys.len());
    for (place, member) in (0u32..).zip(&roster.members) {
        while keys.next_if(|key| **key < member.key).is_some() {}
        if keys.next_if_eq(&&member.key).is_some() {
            places.push(place);
        }
    }
    places
}

/// Whoever a list is sorted by when nobody asked.
fn usual_sort(rule: Rule) -> &'static str {
    match rule {
        Rule::Purchase => "spend",
        Rule::Contract => "mrr",
        Rule::Event => "events",
    }
}

impl Found {
    fn member(&self, place: u32) -> Option<&Member> {
        self.roster.members.get(place as usize)
    }

    fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.shown)
    }

    /// What all of them bring.
    fn worth(&self, ground: &Ground) -> Option<Money> {
        if ground.kind() != Rule::Contract && !ground.snapshot.has("orders") {
            return None;
        }
        let worth = self.keys.iter().filter_map(|place| ground.worth_of(self.member(*place)?));
        Some(ground.money(worth.fold(0i64, |sum, money| sum.saturating_add(money.minor))))
    }

    /// The column the list is sorted by, and whether the smallest come first.
    fn order<'a>(&'a self, query: &'a PeopleQuery) -> (&'a str, bool) {
        let known = query.sort == "customer" || self.columns.iter().any(|column| column.id == query.sort);
        if known {
            return (&query.sort, query.dir == "asc");
        }
        let usual = [Rule::Purchase, Rule::Contract, Rule::Event].map(usual_sort);
        let usual = usual.into_iter().find(|id| self.columns.iter().any(|column| column.id == *id));
        (usual.unwrap_or("customer"), query.dir == "asc")
    }

    /// Some of them in order. Only as many are sorted as somebody will see; equal ones by key, so that pages never overlap.
    async fn sorted(&self, ground: &Ground, query: &PeopleQuery, skip: u64, rows: u64) -> Result<Vec<u32>, Problem> {
        let (sort, ascending) = self.order(query);
        let column = self.columns.iter().find(|column| column.id == sort);
        let texts = match column.map(|column| &column.what) {
            Some(What::Number(_)) => None,
            Some(What::Text(name)) => Some(ground.ranks(&[name.as_str()]).await?),
            None => Some(ground.ranks(&["name", "customer_id"]).await?),
        };
        let reading = Reading { ground, roster: &self.roster, gaps: &self.gaps };
        let rank = |place: u32| match (&texts, column.map(|column| &column.what)) {
            (Some(ranks), _) => ranks.get(place as usize).copied().flatten().map(i64::from),
            (None, Some(What::Number(field))) => reading.rank(*field, self.member(place)?),
            (None, _) => None,
        };
        let mut ranked: Vec<(Option<i64>, u32)> = self.keys.iter().map(|place| (rank(*place), *place)).collect();
        let order = |a: &(Option<i64>, u32), b: &(Option<i64>, u32)| directed(a.0, b.0, ascending).then(a.1.cmp(&b.1));
        let end = usize::try_from(skip.saturating_add(rows)).unwrap_or(usize::MAX).min(ranked.len());
        if end < ranked.len() {
            ranked.select_nth_unstable_by(end, order);
            ranked.truncate(end);
        }
        ranked.sort_unstable_by(order);
        Ok(ranked.into_iter().skip(skip as usize).map(|(_, place)| place).collect())
    }
}

/// The unknown come last, whichever way a list is sorted.
fn directed(a: Option<i64>, b: Option<i64>, ascending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if ascending => a.cmp(&b),
        (Some(a), Some(b)) => b.cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
