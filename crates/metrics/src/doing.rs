//! What somebody does: the events that questions about behaviour name, with conditions on what stands beside them.
//!
//! A question names a *doing* as text: `purchase`, `purchase[country = FI, revenue >= 10]`, or `*` for anything. Names and
//! words with signs in them are put in quotes, a quote inside them is doubled. Several, in order, are joined by `>`.
//!
//! Facts of one customer at the same instant have no order of their own: every reader here puts them in one that follows
//! from what they say, so that the order in which they were imported changes no answer.

use std::fmt;
use std::str::FromStr;

use history::fold::{Run, Slot};
use history::schema::Kind;
use history::{Scan, Snapshot};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::MetricError;
use crate::scope::{Horizon, Scope};

/// Most doings one question may name, and most conditions of one of them.
pub const DOINGS_MAX: usize = 12;
/// Most distinct words a breakdown, or names a question about paths, may meet.
pub const WORDS_MAX: usize = 10_000;

/// Which facts are doings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facts {
    /// Events, by their names.
    Events,
    /// Orders. Each is a doing called `order`.
    Orders,
}

/// What an order is called among doings.
pub const ORDER: &str = "order";

impl Facts {
    /// Events where there are any, orders otherwise.
    pub fn of(snapshot: &Snapshot) -> Facts {
        if snapshot.has("events") || !snapshot.has("orders") { Facts::Events } else { Facts::Orders }
    }

    /// The view they stand in.
    pub fn view(self) -> &'static str {
        match self {
            Facts::Events => "events",
            Facts::Orders => "orders",
        }
    }

    /// Refuses facts that are not there at all.
    pub(crate) fn check(self, snapshot: &Snapshot) -> Result<(), MetricError> {
        if snapshot.has(self.view()) { Ok(()) } else { Err(MetricError::NoFacts { facts: self.view() }) }
    }
}

/// Something somebody does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Doing {
    /// The name of the event; any without it.
    pub name: Option<String>,
    /// What must hold of it, all of it.
    pub conditions: Vec<Condition>,
}

/// A condition on a column of a fact. Nothing holds of what is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    /// The column, of the view of the facts.
    pub column: String,
    /// How it is compared.
    pub test: Test,
    /// With what: a word, a number (money in minor units, as everywhere in SQL), `true` or `false`.
    pub value: String,
}

/// How a value is compared. Words can only be the same or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    /// `=`
    Is,
    /// `!=`
    IsNot,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Test {
    /// Each with its sign, the longer signs first.
    const ALL: [(Test, &'static str); 6] = [
        (Test::IsNot, "!="),
        (Test::AtMost, "<="),
        (Test::AtLeast, ">="),
        (Test::Is, "="),
        (Test::Less, "<"),
        (Test::More, ">"),
    ];

    fn sign(self) -> &'static str {
        Test::ALL.iter().find(|(test, _)| *test == self).map_or("=", |(_, sign)| sign)
    }

    fn holds<T: PartialOrd>(self, a: T, b: T) -> bool {
        match self {
            Test::Is => a == b,
            Test::IsNot => a != b,
            Test::Less => a < b,
            Test::AtMost => a <= b,
            Test::More => a > b,
            Test::AtLeast => a >= b,
        }
    }
}

impl Doing {
    /// Anything.
    pub fn anything() -> Doing {
        Doing::default()
    }

    /// The event of that name.
    pub fn named(name: &str) -> Doing {
        Doing { name: Some(name.to_owned()), conditions: Vec::new() }
    }

    /// Several in order, as in `view > buy[plan = pro]`.
    ///
    /// # Errors
    ///
    /// [`MetricError::BadDoing`] with what cannot be read.
    pub fn several(text: &str) -> Result<Vec<Doing>, MetricError> {
        let mut reader = Reader { whole: text, rest: text };
        let mut list = vec![reader.doing()?];
        while reader.take('>') {
            list.push(reader.doing()?);
        }
        reader.end()?;
        Ok(list)
    }
}

/// Doings in order, as text.
pub fn joined(doings: &[Doing]) -> String {
    doings.iter().map(ToString::to_string).collect::<Vec<_>>().join(" > ")
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            None => f.write_str("*")?,
            Some(name) => quoted(name, name == "*", f)?,
        }
        for (place, condition) in self.conditions.iter().enumerate() {
            f.write_str(if place == 0 { "[" } else { ", " })?;
            quoted(&condition.column, false, f)?;
            write!(f, " {} ", condition.test.sign())?;
            quoted(&condition.value, false, f)?;
        }
        if self.conditions.is_empty() { Ok(()) } else { f.write_str("]") }
    }
}

/// Signs that end a word without quotes.
const SIGNS: [char; 8] = ['[', ']', ',', '>', '<', '=', '!', '"'];

fn quoted(word: &str, always: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let plain = !always && !word.is_empty() && word.trim() == word && !word.contains(SIGNS);
    if plain { f.write_str(word) } else { write!(f, "\"{}\"", word.replace('"', "\"\"")) }
}

impl FromStr for Doing {
    type Err = MetricError;

    fn from_str(text: &str) -> Result<Doing, MetricError> {
        let mut reader = Reader { whole: text, rest: text };
        let doing = reader.doing()?;
        reader.end()?;
        Ok(doing)
    }
}

impl Serialize for Doing {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Doing {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Doing, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads doings from text.
struct Reader<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, why: &'static str) -> MetricError {
        MetricError::BadDoing { text: self.whole.to_owned(), why }
    }

    fn take(&mut self, sign: char) -> bool {
        self.take_word(sign.encode_utf8(&mut [0; 4]))
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        let taken = self.rest.strip_prefix(word);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    fn end(&mut self) -> Result<(), MetricError> {
        if self.rest.trim().is_empty() { Ok(()) } else { Err(self.wrong("there is something after its end")) }
    }

    fn doing(&mut self) -> Result<Doing, MetricError> {
        self.rest = self.rest.trim_start();
        let quoted = self.rest.starts_with('"');
        let name = self.word()?;
        let mut doing = Doing { name: Some(name).filter(|name| quoted || name != "*"), conditions: Vec::new() };
        if self.take('[') {
            doing.conditions.push(self.condition()?);
            while self.take(',') {
                doing.conditions.push(self.condition()?);
            }
            if !self.take(']') {
                return Err(self.wrong("its conditions end with ]"));
            }
        }
        Ok(doing)
    }

    fn condition(&mut self) -> Result<Condition, MetricError> {
        let column = self.word()?;
        let test = Test::ALL.into_iter().find(|(_, sign)| self.take_word(sign)).map(|(test, _)| test);
        let test = test.ok_or_else(|| self.wrong("a condition is a column, a sign (= != < <= > >=) and a value"))?;
        Ok(Condition { column, test, value: self.word()? })
    }

    /// A word up to the next sign, or what stands between quotes.
    fn word(&mut self) -> Result<String, MetricError> {
        self.rest = self.rest.trim_start();
        if let Some(inside) = self.rest.strip_prefix('"') {
            let mut word = String::new();
            let mut signs = inside.char_indices().peekable();
            while let Some((place, sign)) = signs.next() {
                if sign != '"' {
                    word.push(sign);
                } else if signs.next_if(|(_, next)| *next == '"').is_some() {
                    word.push('"');
                } else {
                    self.rest = &inside[place + 1..];
                    return Ok(word);
                }
            }
            return Err(self.wrong("a quote is not closed"));
        }
        let end = self.rest.find(SIGNS).unwrap_or(self.rest.len());
        let word = self.rest[..end].trim_end();
        self.rest = &self.rest[end..];
        if word.is_empty() { Err(self.wrong("a word is missing")) } else { Ok(word.to_owned()) }
    }
}

/// Reads the doings of customers.
#[derive(Debug, Clone)]
pub(crate) struct DoingReader {
    /// What to scan.
    pub scan: Scan,
    /// Facts at this instant or later are not counted.
    before: i64,
    /// Where the names stand; nowhere for orders.
    name: Option<Slot>,
    wanted: Vec<Wanted>,
    /// What each column of `scan` holds.
    kinds: Vec<Kind>,
}

/// A doing, ready to be compared.
#[derive(Debug, Clone)]
struct Wanted {
    name: Option<String>,
    checks: Vec<(Slot, Check)>,
}

#[derive(Debug, Clone)]
enum Check {
    Word { same: bool, word: String },
    Number { test: Test, number: f64 },
    Flag(bool),
}

const AT: Slot = 0;

/// Which facts a reader must see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sees {
    /// Only those it was told of; the others may be left out while reading.
    Wanted,
    /// All of them.
    All,
}

impl DoingReader {
    /// A reader of these doings.
    ///
    /// # Errors
    ///
    /// When there are more than [`DOINGS_MAX`], a column is unknown, or a value cannot be compared with it.
    pub fn new(
        facts: Facts,
        wanted: &[Doing],
        sees: Sees,
        snapshot: &Snapshot,
        scope: &Scope,
        horizon: &Horizon,
    ) -> Result<DoingReader, MetricError> {
        let longest = wanted.iter().map(|doing| doing.conditions.len()).max().unwrap_or_default().max(wanted.len());
        if longest > DOINGS_MAX {
            return Err(MetricError::TooManyDoings { found: longest, max: DOINGS_MAX });
        }
        facts.check(snapshot)?;
        let mut scan = Scan::of(facts.view(), &["at"]);
        let name = (facts == Facts::Events).then(|| {
            scan.columns.push("name".to_owned());
            scan.columns.len() - 1
        });
        let only = if sees == Sees::Wanted { only(facts, wanted) } else { None };
        scan.filter = both(only, scope.filter.clone());
        let kinds = scan.columns.iter().map(|column| if column == "at" { Kind::At } else { Kind::Word }).collect();
        let before = snapshot.zone().start_of(horizon.as_of).0;
        let mut reader = DoingReader { scan, before, name, wanted: Vec::new(), kinds };
        for doing in wanted {
            let checks = doing.conditions.iter().map(|one| reader.check(one, snapshot)).collect::<Result<_, _>>()?;
            reader.wanted.push(Wanted { name: doing.name.clone(), checks });
        }
        Ok(reader)
    }

    /// Reads one more column; where it stands.
    ///
    /// # Errors
    ///
    /// [`MetricError::UnknownColumn`].
    pub fn column(&mut self, column: &str, snapshot: &Snapshot) -> Result<Slot, MetricError> {
        if let Some(known) = self.scan.columns.iter().position(|known| known == column) {
            return Ok(known);
        }
        let view = self.scan.view;
        let unknown = || MetricError::UnknownColumn { column: column.to_owned(), view };
        let columns = snapshot.columns(view);
        let kind = columns.iter().find(|(name, _)| name == column).map(|(_, kind)| *kind).ok_or_else(unknown)?;
        self.scan.columns.push(column.to_owned());
        self.kinds.push(kind);
        Ok(self.scan.columns.len() - 1)
    }

    fn check(&mut self, condition: &Condition, snapshot: &Snapshot) -> Result<(Slot, Check), MetricError> {
        let slot = self.column(&condition.column, snapshot)?;
        let wrong = |why| MetricError::BadDoing { text: condition.value.clone(), why };
        let words_only = matches!(condition.test, Test::Is | Test::IsNot);
        let same = condition.test == Test::Is;
        let check = match self.kinds[slot] {
            Kind::Minor | Kind::Whole | Kind::Number => {
                let number = condition.value.parse::<f64>().ok().filter(|number| number.is_finite());
                let number = number.ok_or_else(|| wrong("the column holds numbers, and this is none"))?;
                Check::Number { test: condition.test, number }
            }
            Kind::At => return Err(wrong("instants are chosen with --period or --where")),
            _ if !words_only => return Err(wrong("words can only be the same (=) or not (!=)")),
            Kind::Flag => match condition.value.as_str() {
                "true" | "yes" => Check::Flag(same),
                "false" | "no" => Check::Flag(!same),
                _ => return Err(wrong("the column holds yes or no: write true or false")),
            },
            Kind::Word | Kind::Text => Check::Word { same, word: condition.value.clone() },
        };
        Ok((slot, check))
    }

    /// The instants of one customer before the horizon.
    pub fn ats<'a>(&self, run: &Run<'a>) -> &'a [i64] {
        let ats = run.i64(AT);
        match ats.last() {
            Some(last) if *last >= self.before => &ats[..ats.partition_point(|at| *at < self.before)],
            _ => ats,
        }
    }

    /// The name of a fact.
    pub fn name<'a>(&self, run: &Run<'a>, row: usize) -> &'a str {
        self.name.map_or(ORDER, |slot| run.text(slot, row).unwrap_or(""))
    }

    /// Which of the doings a fact is, one bit each.
    pub fn mask(&self, run: &Run<'_>, row: usize) -> u32 {
        let name = self.name(run, row);
        let is = |wanted: &Wanted| {
            wanted.name.as_deref().is_none_or(|wanted| wanted == name)
                && wanted.checks.iter().all(|(slot, check)| self.holds(run, row, *slot, check))
        };
        self.wanted.iter().enumerate().fold(0, |mask, (place, wanted)| mask | u32::from(is(wanted)) << place)
    }

    fn holds(&self, run: &Run<'_>, row: usize, slot: Slot, check: &Check) -> bool {
        match check {
            Check::Word { same, word } => run.text(slot, row).is_some_and(|found| (found == word) == *same),
            Check::Number { test, number } => {
                self.number(run, row, slot).is_some_and(|found| test.holds(found, *number))
            }
            Check::Flag(wanted) => run.flag(slot, row) == Some(*wanted),
        }
    }

    fn number(&self, run: &Run<'_>, row: usize, slot: Slot) -> Option<f64> {
        if run.is_null(slot, row) {
            return None;
        }
        match self.kinds[slot] {
            Kind::Number => run.f64(slot).get(row).copied(),
            _ => run.i64(slot).get(row).map(|whole| *whole as f64),
        }
    }

    /// What a column says of a fact, as a word.
    pub fn word(&self, run: &Run<'_>, row: usize, slot: Slot) -> Option<String> {
        match self.kinds[slot] {
            Kind::Word | Kind::Text => run.text(slot, row).map(str::to_owned),
            Kind::Flag => run.flag(slot, row).map(|flag| flag.to_string()),
            Kind::At => None,
            _ => self.number(run, row, slot).map(|number| number.to_string()),
        }
    }

    /// The facts of one customer that are any of the doings (`Sees::Wanted`), or all of them, in an order that does not
    /// depend on how they were imported.
    pub fn acts(&self, run: &Run<'_>, sees: Sees, into: &mut Vec<Act>) {
        into.clear();
        let ats = self.ats(run);
        for (row, at) in ats.iter().enumerate() {
            let mask = self.mask(run, row);
            if mask != 0 || sees == Sees::All {
                into.push(Act { at: *at, mask, row: row as u32 });
            }
        }
        if into.windows(2).any(|pair| pair[0].at == pair[1].at) {
            // Earlier doings of the question first, so that steps at one instant can follow each other.
            into.sort_by_key(|act| (act.at, if act.mask == 0 { u32::MAX } else { act.mask }));
        }
    }
}

/// A fact, as far as a question about doings needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Act {
    /// When.
    pub at: i64,
    /// Which of the doings it is, one bit each.
    pub mask: u32,
    /// Its row in the run.
    pub row: u32,
}

/// The condition in SQL that leaves out what is none of the doings; nothing where that cannot be told by the name.
fn only(facts: Facts, wanted: &[Doing]) -> Option<String> {
    if facts != Facts::Events || wanted.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = wanted.iter().map(|doing| doing.name.as_deref()).collect::<Option<_>>()?;
    names.sort_unstable();
    names.dedup();
    let names: Vec<String> = names.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
    Some(format!("name in ({})", names.join(", ")))
}

fn both(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(format!("({b}) and {a}")),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn condition(column: &str, test: Test, value: &str) -> Condition {
        Condition { column: column.into(), test, value: value.into() }
    }

    #[test]
    fn doings_are_read_and_written() {
        let buy = Doing {
            name: Some("buy it".into()),
            conditions: vec![condition("plan", Test::Is, "pro, yearly"), condition("revenue", Test::AtLeast, "10")],
        };
        let text = "buy it[plan = \"pro, yearly\", revenue >= 10]";
        assert_eq!(buy.to_string(), text);
        for same in [text, "  buy it [ plan=\"pro, yearly\",revenue>=10 ] "] {
            assert_eq!(same.parse::<Doing>().unwrap(), buy, "{same}");
        }
        assert_eq!("*".parse::<Doing>().unwrap(), Doing::anything());
        assert_eq!("\"*\"".parse::<Doing>().unwrap(), Doing::named("*"));
        let steps = Doing::several("view>add to cart > buy[n > 1] > *").unwrap();
        assert_eq!(joined(&steps), "view > add to cart > buy[n > 1] > *");
        for text in
            ["", " ", ">", "a >", "a > > b", "a[", "a[b]", "a[b=]", "a[=1]", "a[b=1", "\"a", "a]b", "a[b=1]c", "a=b"]
        {
            assert_eq!(Doing::several(text).unwrap_err().code(), "bad_doing", "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(name in "\\PC{0,12}", column in "\\PC{0,6}", value in "\\PC{0,9}", test in 0usize..6) {
            let any_name = Some(name).filter(|name| !name.is_empty());
            let doing = Doing { name: any_name, conditions: vec![condition(&column, Test::ALL[test].0, &value)] };
            prop_assert_eq!(doing.to_string().parse::<Doing>().unwrap(), doing.clone());
            let twice = [doing.clone(), doing];
            prop_assert_eq!(Doing::several(&joined(&twice)).unwrap(), twice);
        }
    }
}
