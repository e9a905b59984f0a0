//! The pages of groups: who they are, and how they move.

use metrics::Preset;
use serde::{Deserialize, Serialize};
use terms::{Date, Estimate, Money, Share};

use super::people::PeoplePage;
use super::retention::{Family, Groups};
use super::{Choice, Frame, ListAsked, Note, Sentence, Slot, Value, Who};

/// How customers are scored and named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// The names.
    pub preset: Preset,
    /// Only orders of so many days count; all without it.
    pub window_days: Option<u32>,
    /// How many scores there are: 3 or 5.
    pub scores: u8,
}

impl Grid {
    /// Its parameters in an address.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("grid", self.preset.id().to_owned()), ("scores", self.scores.to_string())];
        pairs.extend(self.window_days.map(|days| ("window", days.to_string())));
        pairs
    }

    /// Reads what [`Grid::pairs`] wrote.
    pub fn from_pairs<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<Grid> {
        let window_days = match get("window") {
            Some(days) => Some(days.parse().ok().filter(|days| (1..=WINDOW_DAYS_MAX).contains(days))?),
            None => None,
        };
        let scores = get("scores")?.parse().ok().filter(|scores| [3, 5].contains(scores))?;
        Some(Grid { preset: get("grid")?.parse().ok()?, window_days, scores })
    }
}

/// A hundred years.
const WINDOW_DAYS_MAX: u32 = 36_525;

/// What can be chosen of a grid, and what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridChoice {
    /// Sets of names.
    pub presets: Vec<Choice>,
    /// Windows of the scores; the first has an empty value and means all orders.
    pub windows: Vec<Choice>,
    /// Numbers of scores; the first has an empty value and means: by the number of buyers.
    pub scores: Vec<Choice>,
    /// What was asked for, as a value of each list.
    pub asked: [String; 3],
    /// What it came to.
    pub grid: Grid,
    /// The first day that is not counted.
    pub on: Date,
    /// The date compared with: the first day that was not counted then.
    pub since: Date,
}

/// The page of all groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentsPage {
    /// What stands around the numbers.
    #[serde(flatten)]
    pub frame: Frame,
    /// How customers are scored and named.
    pub choice: GridChoice,
    /// In short: at most three sentences, each with the people it is about.
    pub brief: Vec<(Sentence, Option<Who>)>,
    /// Groups and scores.
    pub scored: Slot<Scored>,
    /// Who went from which group to which.
    pub moves: Slot<Moves>,
    /// Group by group.
    pub table: Slot<GroupTable>,
    /// The same customers by what their orders say of them.
    pub words: Slot<WordTable>,
}

/// Groups and scores on one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// Customers with an order in the window.
    pub buyers: u64,
    /// The groups as tiles.
    pub groups: Groups,
    /// Every square of recency and frequency with somebody in it.
    pub squares: Vec<Square>,
    /// What each score stands for, the best first.
    pub bounds: Vec<Bounds>,
}

/// Customers with the same scores of recency and frequency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Square {
    /// Recency.
    pub r: u8,
    /// Frequency.
    pub f: u8,
    /// How many.
    pub customers: u64,
    /// What they spent in the window.
    pub spend: Money,
    /// Their groups, the largest first: spend may tell them apart.
    pub groups: Vec<(String, u64)>,
    /// How the largest of them is doing.
    pub family: Family,
}

/// What one score stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// The score.
    pub score: u8,
    /// Days since the last order.
    pub days: Option<Between<u32>>,
    /// Number of orders.
    pub orders: Option<Between<u64>>,
    /// Net spend.
    pub spend: Option<Between<Money>>,
}

/// Values from one to another, both included; open where an end is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between<T> {
    /// The smallest.
    pub low: Option<T>,
    /// The largest.
    pub high: Option<T>,
}

/// Movement between groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// All groups that take part, best first.
    pub groups: Vec<(String, Family)>,
    /// Every move with somebody in it; staying is one too. Nothing stands for: no order in the window.
    pub moves: Vec<Move>,
}

/// Customers who went from one group to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The earlier group.
    pub from: Option<String>,
    /// The later group.
    pub to: Option<String>,
    /// How many.
    pub customers: u64,
}

/// Group by group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupTable {
    /// Every group of the grid, in the order asked for.
    pub rows: Vec<GroupRow>,
    /// How it is sorted.
    pub list: ListAsked,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRow {
    /// Its id: the key of its words.
    pub id: String,
    /// How it is doing.
    pub family: Family,
    /// Customers in it.
    pub customers: u64,
    /// Of all buyers; nothing for a group of people without orders.
    pub share: Option<Share>,
    /// What they spent in the window.
    pub spend: Money,
    /// For each customer.
    pub mean: Option<Money>,
    /// Customers in it on the date compared with; nothing when there were no buyers yet.
    pub before: Option<u64>,
    /// Of those in it when the period began, who was active when it ended.
    pub kept: Share,
    /// The 95 % Wilson interval of that share.
    pub interval: Option<Estimate>,
}

/// Customers by a word of their orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordTable {
    /// The column: `country`.
    pub column: String,
    /// The largest, by customers.
    pub rows: Vec<WordRow>,
    /// Smaller ones left out.
    pub left_out: u32,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordRow {
    /// The word.
    pub word: String,
    /// The value of the segment in an address.
    pub segment: String,
    /// Customers active when the period ended.
    pub active: u64,
    /// Customers who ordered in the period, and what they paid; nothing where nobody orders.
    pub sold: Option<(u64, Money)>,
    /// Of those active when the period began, who stayed.
    pub kept: Share,
    /// The 95 % Wilson interval of that share.
    pub interval: Option<Estimate>,
}

/// The page of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupPage {
    /// What stands around the numbers.
    #[serde(flatten)]
    pub frame: Frame,
    /// How customers are scored and named.
    pub choice: GridChoice,
    /// The group's id.
    pub group: String,
    /// How it is doing.
    pub family: Family,
    /// Its numbers.
    pub numbers: Vec<Number>,
    /// Who they are; nothing while there is nobody.
    pub traits: Option<Traits>,
    /// How many they were in the last twelve months.
    pub size: Slot<Sizes>,
    /// Where those in it now were on the date compared with, and where those in it then are now. The largest first.
    pub moves: Slot<(Vec<Move>, Vec<Move>)>,
    /// Its customers.
    pub people: PeoplePage,
}

/// A number of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// The key of its words: `customers`, `spend`, `mean`, `last`, `kept`.
    pub id: String,
    /// The number; nothing when it is unknown.
    pub value: Option<Value>,
    /// What stands below it.
    pub below: Option<Sentence>,
    /// The people counted.
    pub people: Who,
}

/// What the customers of a group have in common: smallest and largest value, and the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// Days since the last order.
    pub days: (u32, u32),
    /// Scores of recency.
    pub r: (u8, u8),
    /// Orders in the window.
    pub orders: (u64, u64),
    /// Scores of frequency.
    pub f: (u8, u8),
    /// Net spend in the window.
    pub spend: (Money, Money),
    /// Scores of spend.
    pub m: (u8, u8),
}

/// How large a group was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// The first day that was not counted, and customers; oldest first.
    pub points: Vec<(Date, u64)>,
    /// What the team wrote.
    pub notes: Vec<Note>,
}

/// The numbers the sentences of "In short" are made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told<'a> {
    /// Every group.
    pub rows: &'a [GroupRow],
    /// How they were scored.
    pub grid: Grid,
    /// The first day that is not counted.
    pub on: Date,
    /// The date compared with.
    pub since: Date,
}

/// Says which group grew, which one shrank, and what is at stake among those slipping away.
pub fn sentences(told: &Told<'_>) -> Vec<(Sentence, Option<Who>)> {
    [grew(told), shrank(told), slipping(told)].into_iter().flatten().collect()
}

fn change(row: &GroupRow) -> i64 {
    row.before.map_or(0, |before| i64::try_from(row.customers).unwrap_or(i64::MAX) - before as i64)
}

fn grew(told: &Told<'_>) -> Option<(Sentence, Option<Who>)> {
    // Of several that grew alike, the first: backwards, because the last of equals is taken.
    let row = told.rows.iter().rev().max_by_key(|row| change(row)).filter(|row| change(row) > 0)?;
    Some(moved(told, row, "segments.brief.grew"))
}

fn shrank(told: &Told<'_>) -> Option<(Sentence, Option<Who>)> {
    let row = told.rows.iter().min_by_key(|row| change(row)).filter(|row| change(row) < 0)?;
    Some(moved(told, row, "segments.brief.shrank"))
}

fn moved(told: &Told<'_>, row: &GroupRow, key: &str) -> (Sentence, Option<Who>) {
    let values = [
        ("group", Value::Word(format!("group.{}", row.id))),
        ("n", Value::Count(row.customers)),
        ("change", Value::Count(change(row).unsigned_abs())),
        ("date", Value::Date(told.since.plus(-1))),
    ];
    let who = Who::InGroup { grid: told.grid, on: told.on, group: row.id.clone() };
    (Sentence::new(key, values), (row.customers > 0).then_some(who))
}

fn slipping(told: &Told<'_>) -> Option<(Sentence, Option<Who>)> {
    let minor = |of: &dyn Fn(&&GroupRow) -> bool| {
        told.rows.iter().filter(of).fold(0i64, |sum, row| sum.saturating_add(row.spend.minor))
    };
    let lost = |row: &&GroupRow| row.family == Family::Lost;
    let customers: u64 = told.rows.iter().filter(lost).map(|row| row.customers).sum();
    let (at_stake, all) = (minor(&lost), minor(&|_| true));
    let currency = told.rows.first()?.spend.currency;
    if customers == 0 || at_stake <= 0 || all < at_stake {
        return None;
    }
    let values = [
        ("n", Value::Count(customers)),
        ("spend", Value::Money(Money { minor: at_stake, currency })),
        ("share", Value::Change(at_stake as f64 / all as f64)),
    ];
    let who = Who::InFamily { grid: told.grid, on: told.on, family: Family::Lost };
    Some((Sentence::new("segments.brief.slipping", values), Some(who)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, family: Family, customers: u64, before: Option<u64>, minor: i64) -> GroupRow {
        let spend = Money { minor, currency: "GBP".parse().unwrap() };
        let (share, kept) = (None, Share::default());
        GroupRow { id: id.to_owned(), family, customers, share, spend, mean: None, before, kept, interval: None }
    }

    fn told(rows: &[GroupRow]) -> Vec<(Sentence, Option<Who>)> {
        let grid = Grid { preset: Preset::Regulars, window_days: None, scores: 3 };
        let (on, since) = ("2011-12-01".parse().unwrap(), "2011-11-01".parse().unwrap());
        sentences(&Told { rows, grid, on, since })
    }

    #[test]
    fn what_is_said_follows_the_numbers() {
        let rows = [
            row("champions", Family::Kept, 12, Some(10), 700),
            row("new", Family::Kept, 5, Some(1), 100),
            row("at_risk", Family::Lost, 3, Some(9), 150),
            row("hibernating", Family::Lost, 1, Some(1), 50),
        ];
        let said = told(&rows);
        let keys: Vec<&str> = said.iter().map(|(sentence, _)| sentence.key.as_str()).collect();
        assert_eq!(keys, ["segments.brief.grew", "segments.brief.shrank", "segments.brief.slipping"]);
        let value = |at: usize, name: &str| said[at].0.values.iter().find(|v| v.0 == name).unwrap().1.clone();
        assert_eq!((value(0, "group"), value(0, "change")), (Value::Word("group.new".into()), Value::Count(4)));
        assert_eq!((value(1, "group"), value(1, "change")), (Value::Word("group.at_risk".into()), Value::Count(6)));
        assert_eq!((value(2, "n"), value(2, "share")), (Value::Count(4), Value::Change(0.2)));
        // The date a person reads is the last day that counts.
        assert_eq!(value(0, "date"), Value::Date("2011-10-31".parse().unwrap()));
        assert!(matches!(said[2].1, Some(Who::InFamily { family: Family::Lost, .. })));
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert_eq!(told(&[]), []);
        // No date to compare with, and nobody slipping away.
        assert_eq!(told(&[row("champions", Family::Kept, 12, None, 700)]), []);
        // A group that emptied has no list.
        let said = told(&[row("new", Family::Kept, 0, Some(4), 0), row("loyal", Family::Kept, 4, Some(4), 9)]);
        assert_eq!((said.len(), &said[0].1), (1, &None));
    }

    #[test]
    fn a_grid_is_read_back_as_it_was_written() {
        for preset in Preset::ALL {
            for grid in
                [Grid { preset, window_days: Some(365), scores: 5 }, Grid { preset, window_days: None, scores: 3 }]
            {
                let pairs = grid.pairs();
                let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str());
                assert_eq!(Grid::from_pairs(get), Some(grid));
            }
        }
        for pairs in [
            [("grid", "friends"), ("scores", "5"), ("window", "30")],
            [("grid", "regulars"), ("scores", "4"), ("window", "30")],
            [("grid", "regulars"), ("scores", "5"), ("window", "0")],
            [("grid", "regulars"), ("scores", "5"), ("window", "99999999999")],
        ] {
            let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1);
            assert_eq!(Grid::from_pairs(get), None, "{pairs:?}");
        }
    }
}
