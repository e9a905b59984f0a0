//! The pages of groups: scored, named, compared with an earlier date, and followed from one to the other.

use std::sync::Arc;

use history::Rows;
use metrics::Preset;
use metrics::retention_series::retention_of_periods;
use metrics::revenue::{RevenueAsk, revenue};
use metrics::rfm::{Rfm, RfmAsk, RfmCustomer, RfmMigrationAsk, RfmThresholds, rfm, rfm_customers, rfm_migration};
use metrics::rfm_kept::{RfmKeptAsk, rfm_kept};
use reports::pages::people::PeoplePage;
use reports::pages::retention::{Group, Groups};
use reports::pages::segments::{
    Between, Bounds, Grid, GridChoice, GroupPage, GroupRow, GroupTable, Move, Moves, Number, Scored, SegmentsPage,
    Sizes, Square, Told, Traits, WordRow, WordTable, sentences,
};
use reports::pages::{Asked, Choice, Label, ListAsked, Note, Sentence, Slot, Value, Who, interval};
use terms::{Date, Grain, Period, Share, WeekStart};

use super::cards::{family, slot, too_few, too_little};
use super::files::ready;
use super::ground::{Ground, ask};
use super::people::nobody_yet;
use super::sheet::Sheet;
use super::{PageQuery, PeopleQuery};
use crate::{App, Problem};

/// Windows of scores that can be chosen, in days.
const WINDOWS: [u32; 4] = [90, 180, 365, 730];
/// Below this many buyers groups are noise.
const FEW: u64 = 10;
/// Rows of the table by country on the page; more are in the file.
const WORD_ROWS: usize = 12;
/// Rows of the file.
const WORD_ROWS_MAX: usize = 50;
/// Months the size of a group is followed back.
const MONTHS: i32 = 12;
/// Columns the table of groups can be sorted by; the first is the order of the grid.
const SORTS: [&str; 6] = ["group", "customers", "spend", "mean", "change", "kept"];

/// The query string of the pages of groups: that of every page that measures, and how customers are scored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentsQuery {
    /// Period, comparison, segment, order of the list.
    pub page: PageQuery,
    /// The set of names: `regulars`, `shopify-11`, `classic-10`, `klaviyo-6`.
    pub grid: Option<String>,
    /// Only orders of so many days: 90, 180, 365, 730.
    pub window: Option<String>,
    /// How many scores: 3 or 5.
    pub scores: Option<String>,
}

impl SegmentsQuery {
    /// Reads the parameters of an address; others are left alone.
    pub fn from_pairs(pairs: &[(String, String)]) -> SegmentsQuery {
        let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone());
        let page = PageQuery::from_pairs(pairs);
        SegmentsQuery { page, grid: get("grid"), window: get("window"), scores: get("scores") }
    }

    fn preset(&self) -> Preset {
        self.grid.as_deref().and_then(|grid| grid.parse().ok()).unwrap_or_default()
    }

    fn window_days(&self) -> Option<u32> {
        self.window.as_deref()?.parse().ok().filter(|days| WINDOWS.contains(days))
    }

    fn bins(&self) -> Option<u8> {
        self.scores.as_deref()?.parse().ok().filter(|scores| [3, 5].contains(scores))
    }
}

/// What a page of groups stands on: what was asked, and the scores it came to.
struct Looked {
    asked: Asked,
    choice: GridChoice,
    /// Nothing where nobody orders.
    now: Option<Arc<Rfm>>,
}

impl App {
    /// The page of all groups; nothing while there is nobody who could be in one.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read at all.
    pub async fn segments_page(&self, query: &SegmentsQuery) -> Result<Option<SegmentsPage>, Problem> {
        let Some(ground) = self.ground().await? else { return Ok(None) };
        let looked = ground.look(query).await?;
        let (scored, moves, table, words) = tokio::join!(
            ground.scored_card(&looked),
            ground.moves_card(&looked),
            ground.table_card(&looked, &query.page),
            ground.words_card(&looked.asked, WORD_ROWS),
        );
        let table = slot("groups table", table);
        let brief = match &table {
            Slot::Ready(table) => brief(table, &looked.choice),
            _ => Vec::new(),
        };
        Ok(Some(SegmentsPage {
            brief,
            scored: slot("scores", scored),
            moves: slot("moves", moves),
            table,
            words: slot("words", words),
            choice: looked.choice,
            frame: ground.frame(looked.asked),
        }))
    }

    /// The page of one group; nothing when there is no such group.
    ///
    /// # Errors
    ///
    /// As [`segments_page`](App::segments_page); `no_facts` where nobody orders.
    pub async fn group_page(&self, group: &str, query: &SegmentsQuery) -> Result<Option<GroupPage>, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let Ok(found) = query.preset().group(group) else { return Ok(None) };
        let looked = ground.look(query).await?;
        let Some(now) = looked.now.clone() else { return Ok(None) };
        let (numbers, traits, size, moves, people) = tokio::join!(
            ground.numbers(&looked, &now, found),
            ground.group_traits(&looked, found),
            ground.size_card(&looked, found),
            ground.moves_card(&looked),
            ground.people_of_group(&looked, group, &query.page),
        );
        let moves = match slot("moves", moves) {
            Slot::Ready(moves) => Slot::Ready(around(&moves, group)),
            Slot::TooLittle(missing) => Slot::TooLittle(missing),
            Slot::Failed(trouble) => Slot::Failed(trouble),
        };
        Ok(Some(GroupPage {
            group: group.to_owned(),
            family: family(found.family),
            numbers: numbers?,
            traits: traits?,
            size: slot("size", size),
            moves,
            people: people?,
            choice: looked.choice,
            frame: ground.frame(looked.asked),
        }))
    }

    /// The numbers of one part of the pages of groups: `groups` (also without a part), `squares`, `scores`, `moves`,
    /// `words`; of one group `sizes`.
    ///
    /// # Errors
    ///
    /// `unknown_part`; `too_little` when there is nothing to show; `no_facts` before the first import.
    pub async fn segments_csv(&self, part: &str, group: &str, query: &SegmentsQuery) -> Result<Rows, Problem> {
        let ground = self.ground().await?.ok_or_else(nobody_yet)?;
        let looked = ground.look(query).await?;
        match part {
            "" | "groups" => table_rows(&ready(ground.table_card(&looked, &query.page).await?)?),
            "squares" => square_rows(&ready(ground.scored_card(&looked).await?)?),
            "scores" => score_rows(&ready(ground.scored_card(&looked).await?)?),
            "moves" => move_rows(&ready(ground.moves_card(&looked).await?)?, &looked.choice),
            "words" => word_rows(&ready(ground.words_card(&looked.asked, WORD_ROWS_MAX).await?)?),
            "sizes" => {
                let found = looked.choice.grid.preset.group(group)?;
                let points = ready(ground.size_card(&looked, found).await?)?.points;
                Sheet::default()
                    .text("date", &points, |point| Some(point.0.plus(-1).to_string()))
                    .whole("customers", &points, |point| Some(point.1))
                    .rows()
            }
            _ => Err(Problem::not_found(
                "unknown_part",
                format!("the page has no part '{part}'"),
                "use one of: groups, squares, scores, moves, words, sizes",
            )),
        }
    }
}

fn brief(table: &GroupTable, choice: &GridChoice) -> Vec<(Sentence, Option<Who>)> {
    let buyers: Vec<GroupRow> = table.rows.iter().filter(|row| row.share.is_some()).cloned().collect();
    sentences(&Told { rows: &buyers, grid: choice.grid, on: choice.on, since: choice.since })
}

impl Ground {
    /// The groups of a grid as of a day.
    pub fn grid_ask(&self, grid: &Grid, segment: &str, on: Date) -> RfmAsk {
        RfmAsk {
            window_days: grid.window_days,
            bins: Some(grid.scores),
            preset: grid.preset,
            scope: self.scope_by(segment, on),
            ..RfmAsk::default()
        }
    }

    /// What was asked, and the scores of the day the period ended. Every other date is scored by as many: with three
    /// scores then and five now, customers who did nothing would move.
    async fn look(&self, query: &SegmentsQuery) -> Result<Looked, Problem> {
        let asked = query.page.asked(self);
        let (preset, window_days, bins) = (query.preset(), query.window_days(), query.bins());
        let on = asked.period.end.min(self.horizon);
        let now = match self.snapshot.has("orders") {
            true => {
                let scope = self.scope_by(&asked.segment, on);
                Some(ask!(self, rfm, RfmAsk { window_days, bins, preset, scope, ..RfmAsk::default() })?)
            }
            false => None,
        };
        let scores = now.as_ref().map_or(5, |now| now.bins);
        let choice = GridChoice {
            presets: choices("segments.preset", &Preset::ALL.map(Preset::id)),
            windows: windows(),
            scores: choices("segments.scores", &["", "3", "5"]),
            asked: [
                preset.id().to_owned(),
                window_days.map(|days| days.to_string()).unwrap_or_default(),
                bins.map(|bins| bins.to_string()).unwrap_or_default(),
            ],
            grid: Grid { preset, window_days, scores },
            on,
            since: asked.compared.map_or(asked.period.start, |compared| compared.end),
        };
        Ok(Looked { asked, choice, now })
    }

    /// The groups on another day.
    async fn groups_on(&self, looked: &Looked, on: Date) -> Result<Arc<Rfm>, Problem> {
        ask!(self, rfm, self.grid_ask(&looked.choice.grid, &looked.asked.segment, on))
    }

    /// Those of the date compared with, where there were buyers.
    async fn before(&self, looked: &Looked) -> Result<Option<Arc<Rfm>>, Problem> {
        let before = self.groups_on(looked, looked.choice.since).await?;
        Ok(Some(before).filter(|before| before.buyers > 0))
    }

    async fn kept_on(&self, looked: &Looked) -> Result<Arc<Vec<(&'static metrics::Group, Share)>>, Problem> {
        ask!(self, rfm_kept, self.kept_ask(&looked.choice.grid, &looked.asked.segment, looked.asked.period))
    }

    /// Who was in a group when a period began, and active when it ended.
    pub fn kept_ask(&self, grid: &Grid, segment: &str, period: Period) -> RfmKeptAsk {
        RfmKeptAsk {
            groups: self.grid_ask(grid, segment, period.start),
            activity: self.activity(),
            until: period.end.min(self.horizon),
        }
    }

    async fn scored_card(&self, looked: &Looked) -> Result<Slot<Scored>, Problem> {
        let Some(now) = &looked.now else { return Ok(no_orders()) };
        if now.buyers < FEW {
            return Ok(too_few());
        }
        let before = self.before(looked).await?;
        let groups = now.groups.iter().filter(|one| one.customers > 0 && is_told(looked, one.group)).map(|one| Group {
            id: one.group.id.to_owned(),
            family: family(one.group.family),
            customers: one.customers,
            before: before.as_ref().and_then(|before| size(before, one.group.id)),
            spend: self.money(one.spend_minor),
        });
        Ok(Slot::Ready(Scored {
            buyers: now.buyers,
            groups: Groups { groups: groups.collect() },
            squares: self.squares(now),
            bounds: self.bounds(now.bins, &now.thresholds),
        }))
    }

    /// Cells of the same recency and frequency put together; whatever they spent.
    fn squares(&self, now: &Rfm) -> Vec<Square> {
        let mut squares: Vec<(Square, i64)> = Vec::new();
        for cell in &now.cells {
            let (r, f, _) = cell.scores;
            let place = squares.iter().position(|(square, _)| (square.r, square.f) == (r, f));
            // A group the grid does not name has no square.
            let Ok(group) = now.preset.group(cell.group) else { continue };
            let place = place.unwrap_or_else(|| {
                let (groups, spend, family) = (Vec::new(), self.money(0), family(group.family));
                squares.push((Square { r, f, customers: 0, spend, groups, family }, 0));
                squares.len() - 1
            });
            let Some((square, minor)) = squares.get_mut(place) else { continue };
            square.customers += cell.customers;
            *minor = minor.saturating_add(cell.spend_minor);
            match square.groups.iter_mut().find(|(id, _)| id == cell.group) {
                Some((_, customers)) => *customers += cell.customers,
                None => square.groups.push((cell.group.to_owned(), cell.customers)),
            }
        }
        let finish = |(mut square, minor): (Square, i64)| {
            square.spend = self.money(minor);
            square.groups.sort_by_key(|group| std::cmp::Reverse(group.1));
            let largest = square.groups.first().and_then(|(id, _)| now.preset.group(id).ok());
            square.family = largest.map_or(square.family, |group| family(group.family));
            square
        };
        squares.into_iter().map(finish).collect()
    }

    fn bounds(&self, bins: u8, cuts: &RfmThresholds) -> Vec<Bounds> {
        let days = |(low, high): (Option<i64>, Option<i64>)| {
            let day = |day: i64| u32::try_from(day.max(0)).unwrap_or(u32::MAX);
            Between { low: low.map(day), high: high.map(day) }
        };
        let orders = |(low, high): (Option<i64>, Option<i64>)| {
            let orders = |orders: i64| u64::try_from(orders).unwrap_or_default();
            Between { low: low.map(orders), high: high.map(orders) }
        };
        let spend = |(low, high): (Option<i64>, Option<i64>)| Between {
            low: low.map(|minor| self.money(minor)),
            high: high.map(|minor| self.money(minor)),
        };
        let one = |score: u8| Bounds {
            score,
            days: ends(&cuts.recency_days, bins + 1 - score).map(days),
            orders: ends(&cuts.orders, score).map(orders),
            spend: ends(&cuts.spend_minor, score).map(spend),
        };
        (1..=bins).rev().map(one).collect()
    }

    async fn moves_card(&self, looked: &Looked) -> Result<Slot<Moves>, Problem> {
        let Some(now) = &looked.now else { return Ok(no_orders()) };
        if now.buyers < FEW {
            return Ok(too_few());
        }
        let found = ask!(
            self,
            rfm_migration,
            RfmMigrationAsk {
                before: looked.choice.since,
                now: self.grid_ask(&looked.choice.grid, &looked.asked.segment, looked.choice.on),
            }
        )?;
        let takes_part = |group: &&metrics::Group| {
            let here = |side: Option<&'static metrics::Group>| side.is_some_and(|side| side.id == group.id);
            found.moves.iter().any(|moved| here(moved.from) || here(moved.to))
        };
        let groups = now.preset.groups().iter().filter(takes_part);
        let id = |group: Option<&'static metrics::Group>| group.map(|group| group.id.to_owned());
        let moves = found.moves.iter();
        Ok(Slot::Ready(Moves {
            groups: groups.map(|group| (group.id.to_owned(), family(group.family))).collect(),
            moves: moves.map(|one| Move { from: id(one.from), to: id(one.to), customers: one.customers }).collect(),
        }))
    }

    async fn table_card(&self, looked: &Looked, query: &PageQuery) -> Result<Slot<GroupTable>, Problem> {
        let Some(now) = &looked.now else { return Ok(no_orders()) };
        if now.buyers < FEW {
            return Ok(too_few());
        }
        let (before, kept) = tokio::try_join!(self.before(looked), self.kept_on(looked))?;
        let told = now.groups.iter().filter(|one| is_told(looked, one.group));
        let mut rows: Vec<GroupRow> = told
            .map(|one| {
                let buys = now.preset.without_orders() != Some(one.group);
                let kept = kept.iter().find(|(group, _)| *group == one.group).map(|(_, share)| *share);
                let kept = kept.unwrap_or_default();
                GroupRow {
                    id: one.group.id.to_owned(),
                    family: family(one.group.family),
                    customers: one.customers,
                    share: buys.then_some(Share { part: one.customers, whole: now.buyers }),
                    spend: self.money(one.spend_minor),
                    mean: (buys && one.customers > 0).then(|| self.mean(one.spend_minor, one.customers)),
                    before: before.as_ref().and_then(|before| size(before, one.group.id)),
                    kept,
                    interval: interval(kept),
                }
            })
            .collect();
        let sort = query.sort.as_deref().and_then(|sort| SORTS.into_iter().find(|known| *known == sort));
        let (sort, ascending) = (sort.unwrap_or(SORTS[0]), query.dir.as_deref() == Some("asc"));
        sort_rows(&mut rows, sort, ascending);
        Ok(Slot::Ready(GroupTable {
            rows,
            list: ListAsked { sort: sort.to_owned(), ascending, ..ListAsked::default() },
        }))
    }

    /// Countries as segments of their own. The counts are those of the Retention page for the same segment.
    async fn words_card(&self, asked: &Asked, rows_max: usize) -> Result<Slot<WordTable>, Problem> {
        if self.countries.is_empty() {
            return Ok(too_little(Sentence::new("segments.no_words", []), None));
        }
        let words: Vec<&str> = self.countries.iter().take(rows_max).map(|(word, _)| word.as_str()).collect();
        let left_out = u32::try_from(self.countries.len() - words.len()).unwrap_or(u32::MAX);
        let key = format!("by country {} {rows_max}", asked.period);
        let rows = self.keep(key, async {
            let mut rows = Vec::with_capacity(words.len());
            for word in words {
                rows.push(self.word_row(word, asked.period).await?);
            }
            rows.sort_by_key(|row| std::cmp::Reverse(row.active));
            Ok::<_, Problem>(rows)
        });
        Ok(Slot::Ready(WordTable { column: "country".to_owned(), rows: rows.await?.to_vec(), left_out }))
    }

    async fn word_row(&self, word: &str, period: Period) -> Result<WordRow, Problem> {
        let segment = format!("country:{word}");
        let scope = self.scope(&segment);
        let points = retention_of_periods(&self.snapshot, &self.rule, &[period], &scope).await?;
        let counts = points.first().map(|point| point.counts).unwrap_or_default();
        let sold = match self.snapshot.has("orders") {
            true => {
                let found = revenue(&self.snapshot, &RevenueAsk { period: Some(period), grain: None, scope }).await?;
                let sums = found.rows.first().map(|row| row.sums).unwrap_or_default();
                Some((sums.customers, self.money(sums.gross_minor)))
            }
            false => None,
        };
        let kept = counts.retention();
        Ok(WordRow { word: word.to_owned(), segment, active: counts.end, sold, kept, interval: interval(kept) })
    }

    async fn numbers(&self, looked: &Looked, now: &Rfm, group: &metrics::Group) -> Result<Vec<Number>, Problem> {
        let Some(sums) = now.groups.iter().find(|one| one.group == group) else { return Ok(Vec::new()) };
        let (before, kept) = tokio::try_join!(self.before(looked), self.kept_on(looked))?;
        let kept = kept.iter().find(|(one, _)| *one == group).map(|(_, share)| *share).unwrap_or_default();
        let buys = now.preset.without_orders() != Some(group);
        let (grid, on) = (looked.choice.grid, looked.choice.on);
        let in_group = Who::InGroup { grid, on, group: group.id.to_owned() };
        let all = now.groups.iter().fold(0i64, |sum, one| sum.saturating_add(one.spend_minor));
        let share = Share { part: sums.customers, whole: now.buyers };
        let some = buys && sums.customers > 0;
        let before = before.and_then(|before| size(&before, group.id));
        let number = |id: &str, value: Option<Value>, below: Option<Sentence>, people: &Who| Number {
            id: id.to_owned(),
            value,
            below,
            people: people.clone(),
        };
        let since = Value::Date(looked.choice.since.plus(-1));
        let part = (some && all > 0).then(|| sums.spend_minor as f64 / all as f64);
        let orders = some.then(|| sums.orders as f64 / sums.customers as f64);
        let period = looked.asked.period;
        let was_in = Who::GroupKept { grid, period, group: group.id.to_owned() };
        Ok(vec![
            number(
                "customers",
                Some(Value::Count(sums.customers)),
                before.map(|n| Sentence::new("segments.was", [("n", Value::Count(n)), ("date", since)])),
                &in_group,
            ),
            number(
                "share",
                buys.then_some(Value::Share(share)),
                Some(Sentence::new("segments.of_buyers", [("n", Value::Count(now.buyers))])),
                &in_group,
            ),
            number(
                "spend",
                some.then(|| Value::Money(self.money(sums.spend_minor))),
                part.map(|part| Sentence::new("segments.of_spend", [("share", Value::Change(part))])),
                &in_group,
            ),
            number(
                "mean",
                some.then(|| Value::Money(self.mean(sums.spend_minor, sums.customers))),
                orders.map(|orders| Sentence::new("segments.orders_each", [("orders", Value::Number(orders))])),
                &in_group,
            ),
            number(
                "kept",
                kept.rate().map(|_| Value::Share(kept)),
                Some(Sentence::new(
                    "segments.kept_of",
                    [("n", Value::Count(kept.part)), ("whole", Value::Count(kept.whole))],
                )),
                &was_in,
            ),
        ])
    }

    /// The customers of a group with their scores.
    async fn members(&self, looked: &Looked, group: &metrics::Group) -> Result<Vec<RfmCustomer>, Problem> {
        let ask = self.grid_ask(&looked.choice.grid, &looked.asked.segment, looked.choice.on);
        let scored = ask!(self, rfm_customers, ask)?;
        Ok(scored.customers.iter().filter(|one| one.group == group).copied().collect())
    }

    async fn group_traits(&self, looked: &Looked, group: &metrics::Group) -> Result<Option<Traits>, Problem> {
        let members = self.members(looked, group).await?;
        Ok(spread(&members, |one| one.days_since_last_order.max(0) as u32).and_then(|days| {
            let money = |(low, high): (i64, i64)| (self.money(low), self.money(high));
            Some(Traits {
                days,
                r: spread(&members, |one| one.r)?,
                orders: spread(&members, |one| u64::from(one.orders))?,
                f: spread(&members, |one| one.f)?,
                spend: money(spread(&members, |one| one.spend_minor)?),
                m: spread(&members, |one| one.m)?,
            })
        }))
    }

    /// How many they were at the end of each of the last months.
    async fn size_card(&self, looked: &Looked, group: &metrics::Group) -> Result<Slot<Sizes>, Problem> {
        if looked.now.is_none() {
            return Ok(no_orders());
        }
        let on = looked.choice.on;
        let month = |date: Date| Grain::Month.index(date, WeekStart::Monday);
        let starts = (month(on) - MONTHS..=month(on)).map(|index| Grain::Month.start(index, WeekStart::Monday));
        let mut days: Vec<Date> = starts.filter(|day| *day > self.first && *day <= on).collect();
        if days.last() != Some(&on) {
            days.push(on);
        }
        let mut points = Vec::with_capacity(days.len());
        for day in days {
            let found = self.groups_on(looked, day).await?;
            points.push((day, size(&found, group.id).unwrap_or_default()));
        }
        if points.len() < 2 {
            return Ok(too_little(Sentence::new("empty.one_point", []), None));
        }
        let notes = self.notes.iter().map(|note| Note { date: note.date, text: note.text.clone() }).collect();
        Ok(Slot::Ready(Sizes { points, notes }))
    }

    async fn people_of_group(&self, looked: &Looked, group: &str, query: &PageQuery) -> Result<PeoplePage, Problem> {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let who = Who::InGroup { grid: looked.choice.grid, on: looked.choice.on, group: group.to_owned() };
        let query = PeopleQuery {
            q: text(&query.q),
            country: text(&query.country),
            sort: text(&query.sort),
            dir: text(&query.dir),
            page: super::query::page_number(query.page.as_deref()),
            ..PeopleQuery::of(&who, &looked.asked.segment)
        };
        self.people(&query).await
    }
}

fn no_orders<T>() -> Slot<T> {
    too_little(Sentence::new("segments.no_orders", []), None)
}

/// Whether a group is told of: people without orders belong to no segment of orders.
fn is_told(looked: &Looked, group: &metrics::Group) -> bool {
    looked.asked.segment.is_empty() || looked.choice.grid.preset.without_orders() != Some(group)
}

fn size(found: &Rfm, id: &str) -> Option<u64> {
    found.groups.iter().find(|one| one.group.id == id).map(|one| one.customers)
}

/// The smallest and the largest of something.
fn spread<T: Ord + Copy>(members: &[RfmCustomer], of: impl Fn(&RfmCustomer) -> T) -> Option<(T, T)> {
    Some((members.iter().map(&of).min()?, members.iter().map(&of).max()?))
}

/// Whole values with the `step`th smallest score, from 1; nothing where none can have it. A value above k cuts scores
/// k + 1.
fn ends(cuts: &[f64], step: u8) -> Option<(Option<i64>, Option<i64>)> {
    let step = usize::from(step);
    let low = step.checked_sub(2).and_then(|below| cuts.get(below)).map(|cut| cut.floor() as i64 + 1);
    let high = cuts.get(step.saturating_sub(1)).map(|cut| cut.floor() as i64);
    let none = cuts.is_empty() || low.zip(high).is_some_and(|(low, high)| low > high);
    (!none).then_some((low, high))
}

fn sort_rows(rows: &mut [GroupRow], by: &str, ascending: bool) {
    let value = |row: &GroupRow| match by {
        "customers" => row.customers as f64,
        "spend" => row.spend.decimal(),
        "mean" => row.mean.map_or(f64::MIN, |mean| mean.decimal()),
        "change" => row.before.map_or(f64::MIN, |before| row.customers as f64 - before as f64),
        "kept" => row.kept.rate().unwrap_or(f64::MIN),
        _ => 0.0,
    };
    if by == SORTS[0] {
        if ascending {
            rows.reverse();
        }
        return;
    }
    rows.sort_by(|a, b| {
        let order = value(a).total_cmp(&value(b));
        if ascending { order } else { order.reverse() }
    });
}

/// Where the customers of a group were, and where they went; the most first.
fn around(moves: &Moves, group: &str) -> (Vec<Move>, Vec<Move>) {
    let of = |side: fn(&Move) -> Option<&str>| {
        let mut found: Vec<Move> = moves.moves.iter().filter(|one| side(one) == Some(group)).cloned().collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.customers));
        found
    };
    (of(|one| one.to.as_deref()), of(|one| one.from.as_deref()))
}

fn choices(prefix: &str, words: &[&str]) -> Vec<Choice> {
    let of = |word: &&str| Choice {
        value: (*word).to_owned(),
        label: Label::Word(format!("{prefix}.{}", if word.is_empty() { "auto" } else { word })),
    };
    words.iter().map(of).collect()
}

fn windows() -> Vec<Choice> {
    let all = Choice { value: String::new(), label: Label::Word("segments.window.all".to_owned()) };
    let of = |days: &u32| Choice { value: days.to_string(), label: Label::LastDays(*days) };
    std::iter::once(all).chain(WINDOWS.iter().map(of)).collect()
}

fn table_rows(table: &GroupTable) -> Result<Rows, Problem> {
    let rows = &table.rows;
    Sheet::default()
        .text("group", rows, |row| Some(row.id.clone()))
        .text("family", rows, |row| Some(row.family.word().to_owned()))
        .whole("customers", rows, |row| Some(row.customers))
        .number("share", rows, |row| row.share.and_then(|share| share.rate()))
        .number("spend", rows, |row| Some(row.spend.decimal()))
        .number("spend_per_customer", rows, |row| row.mean.map(|mean| mean.decimal()))
        .text("currency", rows, |row| Some(row.spend.currency.to_string()))
        .whole("before", rows, |row| row.before)
        .whole("start", rows, |row| Some(row.kept.whole))
        .whole("active_at_end", rows, |row| Some(row.kept.part))
        .number("retention", rows, |row| row.kept.rate())
        .number("low", rows, |row| row.interval.map(|interval| interval.low))
        .number("high", rows, |row| row.interval.map(|interval| interval.high))
        .rows()
}

fn square_rows(scored: &Scored) -> Result<Rows, Problem> {
    let rows = &scored.squares;
    let names = |square: &Square| square.groups.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(" ");
    Sheet::default()
        .whole("recency", rows, |row| Some(u64::from(row.r)))
        .whole("frequency", rows, |row| Some(u64::from(row.f)))
        .whole("customers", rows, |row| Some(row.customers))
        .number("spend", rows, |row| Some(row.spend.decimal()))
        .text("currency", rows, |row| Some(row.spend.currency.to_string()))
        .text("groups", rows, |row| Some(names(row)))
        .rows()
}

fn score_rows(scored: &Scored) -> Result<Rows, Problem> {
    let rows = &scored.bounds;
    Sheet::default()
        .whole("score", rows, |row| Some(u64::from(row.score)))
        .whole("days_from", rows, |row| row.days.and_then(|days| days.low).map(u64::from))
        .whole("days_to", rows, |row| row.days.and_then(|days| days.high).map(u64::from))
        .whole("orders_from", rows, |row| row.orders.and_then(|orders| orders.low))
        .whole("orders_to", rows, |row| row.orders.and_then(|orders| orders.high))
        .number("spend_from", rows, |row| row.spend.and_then(|spend| spend.low).map(|low| low.decimal()))
        .number("spend_to", rows, |row| row.spend.and_then(|spend| spend.high).map(|high| high.decimal()))
        .rows()
}

fn move_rows(moves: &Moves, choice: &GridChoice) -> Result<Rows, Problem> {
    let rows = &moves.moves;
    let day = |day: Date| day.plus(-1).to_string();
    Sheet::default()
        .text("date_from", rows, |_| Some(day(choice.since)))
        .text("date_to", rows, |_| Some(day(choice.on)))
        .text("from", rows, |row| row.from.clone())
        .text("to", rows, |row| row.to.clone())
        .whole("customers", rows, |row| Some(row.customers))
        .rows()
}

fn word_rows(table: &WordTable) -> Result<Rows, Problem> {
    let rows = &table.rows;
    Sheet::default()
        .text(&table.column, rows, |row| Some(row.word.clone()))
        .whole("active", rows, |row| Some(row.active))
        .whole("ordered", rows, |row| row.sold.map(|sold| sold.0))
        .number("revenue", rows, |row| row.sold.map(|sold| sold.1.decimal()))
        .text("currency", rows, |row| row.sold.map(|sold| sold.1.currency.to_string()))
        .whole("start", rows, |row| Some(row.kept.whole))
        .whole("retained", rows, |row| Some(row.kept.part))
        .number("retention", rows, |row| row.kept.rate())
        .number("low", rows, |row| row.interval.map(|interval| interval.low))
        .number("high", rows, |row| row.interval.map(|interval| interval.high))
        .rows()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_stands_for_the_values_that_have_it() {
        // Type 7 quantiles need not be whole: 12.4 days is within 12.
        for (cuts, expected) in [
            (
                vec![1.0, 1.0, 2.0, 5.5],
                vec![
                    Some((None, Some(1))),
                    None,
                    Some((Some(2), Some(2))),
                    Some((Some(3), Some(5))),
                    Some((Some(6), None)),
                ],
            ),
            (vec![12.4, 40.0], vec![Some((None, Some(12))), Some((Some(13), Some(40))), Some((Some(41), None))]),
            (vec![], vec![None]),
        ] {
            let found: Vec<_> = (1..=expected.len() as u8).map(|step| ends(&cuts, step)).collect();
            assert_eq!(found, expected, "{cuts:?}");
            // What the words say is what the scores are.
            for value in 0..60 {
                let score = 1 + cuts.iter().filter(|cut| **cut < value as f64).count() as u8;
                let Some((low, high)) = ends(&cuts, score) else {
                    assert!(cuts.is_empty());
                    continue;
                };
                assert!(
                    low.is_none_or(|low| low <= value) && high.is_none_or(|high| value <= high),
                    "{cuts:?} {value}"
                );
            }
        }
    }
}
