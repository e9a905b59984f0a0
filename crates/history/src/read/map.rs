//! How the columns of somebody's file become facts: a small file that a person can read, change and keep.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::date::DateForm;
use super::number::DecimalMark;
use super::owners::Owner;
use crate::schema::{Attribute, AttributeKind, FACT, Kind, Table};

/// What a layout means. Written and read as TOML; `docs/import.md` explains every key with an example.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// A name for people, as in `online-retail`.
    #[serde(default)]
    pub name: String,
    /// The zone of times written without one; the workspace's where empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The currency of amounts without one of their own; the workspace's where empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The order in which dates are written, unless a column says otherwise.
    #[serde(default)]
    pub dates: DateForm,
    /// The decimal mark, unless a column says otherwise.
    #[serde(default)]
    pub decimal: DecimalMark,
    /// Whether amounts are written as 12.50 or as 1250, unless a column says otherwise.
    #[serde(default)]
    pub money: MoneyUnit,
    /// How the file is written, where that cannot be seen from it.
    #[serde(default, skip_serializing_if = "FileHints::is_empty")]
    pub file: FileHints,
    /// Cells left empty because they repeat the row above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<Carry>,
    /// Rows that are no facts, and why: the first that fits counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<SetAside>,
    /// The facts a row makes: each rule that fits makes one.
    #[serde(default)]
    pub facts: Vec<Rule>,
}

/// How amounts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyUnit {
    /// `12.50`
    #[default]
    Major,
    /// `1250` cents
    Minor,
}

/// What a person may say about the file itself; what is not said is found out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileHints {
    /// As in `windows-1252`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// One character, or `tab`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// One character, or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Whether the first row names the columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Lines before the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_lines: Option<u64>,
    /// The sheet of a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Where in a JSON document the records are, as in `orders` or `data.items`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<String>,
}

impl FileHints {
    fn is_empty(&self) -> bool {
        *self == FileHints::default()
    }
}

/// Rows that continue the row above them: the same key, other cells left empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    /// The column that stays the same.
    pub key: String,
    /// The columns whose empty cells are filled from the first row of that key.
    pub columns: Vec<String>,
}

/// Rows that are no facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// Stable and short, for programs: `no_customer`.
    pub code: String,
    /// Why, in words.
    pub reason: String,
    /// Whether the order of such a row, where an earlier file told it, does not count any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub withdraws: bool,
    /// All of these must hold.
    pub when: Vec<Condition>,
}

/// One table filled from a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The table.
    pub table: Table,
    /// For JSON: one fact for each element of this list of the record, as in `line_items[]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// All of these must hold; without any, every row fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// Whether a row that lacks a required value is passed over by this rule instead of being rejected.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// From our column to where its value comes from.
    pub columns: BTreeMap<String, Source>,
    /// Other columns to keep, under these names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Kept>,
}

impl Rule {
    /// Whether it says where every required column comes from.
    pub fn complete(&self) -> bool {
        let needed = FACT.iter().chain(self.table.columns()).filter(|column| column.required);
        needed.into_iter().all(|column| self.columns.contains_key(column.name))
    }
}

/// A test of a row. Numbers are compared as numbers; a cell that is no number is neither above nor below.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// `empty`, `filled`, or `new` (differs from the row before).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<State>,
    /// One of these words, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// None of these words, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none_of: Vec<String>,
    /// Begins with this, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<String>,
    /// Greater than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// Less than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// A date later than the one in this column; never where either is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// A date not later than the one in this column; never where either is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// A value other than the one in this column: as numbers where both are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlike: Option<String>,
    /// How both dates are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateForm>,
    /// Turns the whole test round.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not: bool,
}

impl Condition {
    /// Every column it reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let others = [&self.after, &self.until, &self.unlike].into_iter().filter_map(Option::as_ref);
        std::iter::once(&self.column).chain(others).map(String::as_str)
    }
}

/// What a cell may be asked about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing in it.
    Empty,
    /// Something in it.
    Filled,
    /// Something else than in the row before.
    New,
}

/// A column kept as an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Kept {
    /// The column; its values are words.
    Word(String),
    /// The column and what its values are.
    As {
        /// The column.
        column: String,
        /// What its values are.
        kind: AttributeKind,
    },
}

impl Kept {
    /// The column it comes from.
    pub fn column(&self) -> &str {
        match self {
            Kept::Word(column) | Kept::As { column, .. } => column,
        }
    }

    /// What its values are.
    pub fn kind(&self) -> AttributeKind {
        match self {
            Kept::Word(_) => AttributeKind::Word,
            Kept::As { kind, .. } => *kind,
        }
    }
}

/// Where a value comes from: a column, or something made of columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// A column as it is.
    Column(String),
    /// Something made.
    Made(Box<Made>),
}

impl Source {
    /// A column as it is.
    pub fn column(name: impl Into<String>) -> Source {
        Source::Column(name.into())
    }

    /// A word that is the same in every row.
    pub fn constant(value: impl Into<String>) -> Source {
        Source::Made(Box::new(Made { value: Some(value.into()), ..Made::default() }))
    }

    /// Every column it reads.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Source::Column(column) => vec![column],
            Source::Made(made) => made.columns(),
        }
    }

    /// Whose customer or time it takes over, where it does.
    pub fn of(&self) -> Option<Owner> {
        match self {
            Source::Column(_) => None,
            Source::Made(made) => made.of,
        }
    }
}

/// A value made of columns. Tried in this order until one is there: `column`, `first`, `join`, `times`, `plus`,
/// `year`, `per`, `monthly`, `value`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Made {
    /// A column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The first of these columns that is not empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<String>,
    /// These columns with a space between.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<String>,
    /// The product of these columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<String>,
    /// The sum of these columns; empty ones count nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plus: Vec<String>,
    /// Taken off the value, whichever way it was made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub minus: Vec<String>,
    /// A date in parts: the year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<String>,
    /// The month, as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// The day; the first where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// An order number for files without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<OrderPer>,
    /// A price a month from a price for another interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly: Option<Monthly>,
    /// The same in every row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Seconds, minutes, … to add to `column` read as a date, as in `{ column = "opened", after = "minutes_to_reply", unit = "minute" }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The unit of `after` and `before`: second, minute, hour, day or month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The customer, the time or the currency of the thing that `column` names, as in `{ column = "order_id", of = "order" }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Owner>,
    /// As `after`, to go back: `{ value = "2024-06-30", before = "tenure", unit = "month" }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Written before the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Words of the file and what they become; others stay as they are unless `otherwise` says more.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
    /// What any word outside `words` becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// Without its sign.
    #[serde(skip_serializing_if = "is_false")]
    pub absolute: bool,
    /// In lower case.
    #[serde(skip_serializing_if = "is_false")]
    pub lower: bool,
    /// Without a trailing `.0`, which some programs add to numbers of customers.
    #[serde(skip_serializing_if = "is_false")]
    pub whole: bool,
    /// How this date is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateForm>,
    /// How this number is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<DecimalMark>,
    /// How this amount is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<MoneyUnit>,
}

impl Made {
    /// Every column it reads.
    pub fn columns(&self) -> Vec<&str> {
        let single = [&self.column, &self.year, &self.month, &self.day, &self.after, &self.before];
        let many = [&self.first, &self.join, &self.times, &self.plus, &self.minus];
        let monthly = self.monthly.iter().flat_map(|m| {
            [Some(m.amount.as_str()), m.interval.as_deref(), m.count.as_deref(), m.quantity.as_deref()]
                .into_iter()
                .flatten()
        });
        let single = single.into_iter().filter_map(|name| name.as_deref());
        single.chain(many.into_iter().flatten().map(String::as_str)).chain(monthly).collect()
    }
}

/// Which rows are one order where no number says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderPer {
    /// All rows of a customer on one day of the workspace.
    CustomerDay,
    /// All rows of a customer at one instant.
    CustomerInstant,
}

/// A unit of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 1 s
    Second,
    /// 60 s
    Minute,
    /// 3,600 s
    Hour,
    /// 86,400 s
    Day,
    /// A month of the calendar
    Month,
}

impl Unit {
    /// The unit a name of a column ends in, as in `first_response_time_minutes`.
    pub fn in_words(words: &str) -> Option<Unit> {
        words.split(' ').rev().find_map(|word| match word {
            "s" | "sec" | "secs" | "second" | "seconds" => Some(Unit::Second),
            "min" | "mins" | "minute" | "minutes" => Some(Unit::Minute),
            "h" | "hr" | "hrs" | "hour" | "hours" => Some(Unit::Hour),
            "d" | "day" | "days" => Some(Unit::Day),
            _ => None,
        })
    }

    /// Its length; months have none of their own.
    pub fn seconds(self) -> Option<i64> {
        match self {
            Unit::Second => Some(1),
            Unit::Minute => Some(60),
            Unit::Hour => Some(3_600),
            Unit::Day => Some(86_400),
            Unit::Month => None,
        }
    }
}

/// A price and what it is for: `amount × quantity / months(interval × count)`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Monthly {
    /// The price.
    pub amount: String,
    /// The column with the interval (`month`, `monthly`, `year`, `annual`, `week`, `quarter`, `day`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// The interval where no column has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// How many intervals one price is for; one where empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// How many were taken at that price; one where empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Map {
    /// The tables it fills, each once, in the order of the rules.
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        for rule in &self.facts {
            if !tables.contains(&rule.table) {
                tables.push(rule.table);
            }
        }
        if self.withdrawal().is_some() && !tables.contains(&Table::OrderHeaders) {
            tables.push(Table::OrderHeaders);
        }
        tables
    }

    /// How a row that is set aside names the order it withdraws: as the rule for orders does, or for their lines. Lists
    /// inside JSON records are not read for rows that are set aside.
    pub fn withdrawal(&self) -> Option<Rule> {
        self.set_aside.iter().find(|aside| aside.withdraws)?;
        let of = |table: Table| self.facts.iter().find(|rule| rule.table == table && rule.each.is_none());
        let told = of(Table::OrderHeaders).or_else(|| of(Table::OrderLines))?;
        let named = ["customer_id", "at", "order_id", "status"];
        let columns = named.iter().filter_map(|name| Some(((*name).to_owned(), told.columns.get(*name)?.clone())));
        let says = ("withdrawn".to_owned(), Source::constant("yes"));
        Some(Rule {
            table: Table::OrderHeaders,
            each: None,
            when: told.when.iter().filter(|when| when.is == Some(State::New)).cloned().collect(),
            optional: true,
            columns: columns.chain([says]).collect(),
            attributes: BTreeMap::new(),
        })
    }

    /// The attributes it keeps beside a table's own columns, sorted by name: those of all rules for this table.
    pub fn attributes(&self, table: Table) -> Vec<Attribute> {
        let mut all = BTreeMap::new();
        for (name, kept) in self.facts.iter().filter(|rule| rule.table == table).flat_map(|rule| &rule.attributes) {
            all.entry(name.clone()).or_insert(kept.kind());
        }
        all.into_iter().map(|(name, kind)| Attribute { name, kind }).collect()
    }

    /// Every column of the file it reads, each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        let conditions =
            self.set_aside.iter().flat_map(|aside| &aside.when).chain(self.facts.iter().flat_map(|rule| &rule.when));
        all.extend(conditions.flat_map(Condition::columns));
        for rule in &self.facts {
            all.extend(rule.columns.values().flat_map(Source::columns));
            all.extend(rule.attributes.values().map(Kept::column));
        }
        if let Some(carry) = &self.carry {
            all.push(&carry.key);
            all.extend(carry.columns.iter().map(String::as_str));
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|name| seen.insert(*name));
        all
    }

    /// Leaves out what a file does not have: presets name every column an export may carry, exports carry some.
    /// Rules whose conditions ask for a missing column to be filled go; tests of missing columns go with them.
    pub fn pruned(mut self, has: impl Fn(&str) -> bool) -> Map {
        let holds = |condition: &Condition| {
            has(&condition.column) || matches!(condition.is, Some(State::Filled)) || !condition.one_of.is_empty()
        };
        for aside in &mut self.set_aside {
            aside.when.retain(|c| c.columns().all(&has));
        }
        self.set_aside.retain(|aside| !aside.when.is_empty());
        for rule in &mut self.facts {
            rule.columns.retain(|_, source| source.prune(&has));
            rule.attributes.retain(|_, kept| has(kept.column()));
            rule.when.retain(holds);
        }
        // What still asks for a missing column can never hold: its rule makes nothing.
        self.facts.retain(|rule| rule.when.iter().all(|c| c.columns().all(&has)));
        if let Some(carry) = &mut self.carry {
            carry.columns.retain(|name| has(name));
        }
        self.carry = self.carry.filter(|carry| has(&carry.key));
        self
    }

    /// Reads a map.
    ///
    /// # Errors
    ///
    /// What is wrong and on which line, in words.
    pub fn from_toml(text: &str) -> Result<Map, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Whether it only says how the file is written, and leaves it to a guess what stands in it.
    pub fn is_only_hints(&self) -> bool {
        !self.file.is_empty()
            && Map { name: String::new(), file: FileHints::default(), ..self.clone() } == Map::default()
    }

    /// Whether it reads amounts of money and no column says their currency.
    pub fn lacks_currency(&self) -> bool {
        let amount = |rule: &Rule| {
            rule.table.columns().iter().any(|c| c.kind == Kind::Minor && rule.columns.contains_key(c.name))
        };
        // Orders without amounts pass their currency on to lines that have some.
        let money = self.facts.iter().any(|rule| amount(rule) || rule.table == Table::OrderHeaders);
        money && !self.facts.iter().any(|rule| rule.columns.contains_key("currency"))
    }

    /// Writes it, ready to be edited.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "# How Regulars reads this layout. docs/import.md explains every key.");
        let _ = writeln!(out, "name = {}", quoted(&self.name));
        for (key, value) in [("zone", &self.zone), ("currency", &self.currency)] {
            if let Some(value) = value {
                let _ = writeln!(out, "{key} = {}", quoted(value));
            }
        }
        let _ = writeln!(out, "dates = {} # as in {}", inline(&self.dates), self.dates.example());
        let _ = writeln!(out, "decimal = {}", inline(&self.decimal));
        let _ = writeln!(out, "money = {}", inline(&self.money));
        if !self.file.is_empty() {
            let _ = writeln!(out, "file = {}", inline(&self.file));
        }
        if let Some(carry) = &self.carry {
            let _ = writeln!(out, "carry = {}", inline(carry));
        }
        for aside in &self.set_aside {
            let _ =
                writeln!(out, "\n[[set_aside]]\ncode = {}\nreason = {}", quoted(&aside.code), quoted(&aside.reason));
            if aside.withdraws {
                let _ = writeln!(out, "withdraws = true");
            }
            let _ = writeln!(out, "when = {}", inline(&aside.when));
        }
        for rule in &self.facts {
            let _ = writeln!(out, "\n[[facts]]\ntable = {}", quoted(rule.table.name()));
            if let Some(each) = &rule.each {
                let _ = writeln!(out, "each = {}", quoted(each));
            }
            if !rule.when.is_empty() {
                let _ = writeln!(out, "when = {}", inline(&rule.when));
            }
            if rule.optional {
                let _ = writeln!(out, "optional = true");
            }
            let _ = writeln!(out, "[facts.columns]");
            for (name, source) in &rule.columns {
                let _ = writeln!(out, "{name} = {}", inline(source));
            }
            if !rule.attributes.is_empty() {
                let _ = writeln!(out, "[facts.attributes]");
            }
            for (name, kept) in &rule.attributes {
                let _ = writeln!(out, "{name} = {}", inline(kept));
            }
        }
        out
    }
}

impl Source {
    /// Drops the columns a file does not have; whether anything is left.
    fn prune(&mut self, has: &impl Fn(&str) -> bool) -> bool {
        let made = match self {
            Source::Column(column) => return has(column),
            Source::Made(made) => made,
        };
        for one in [&mut made.column, &mut made.day] {
            if one.as_deref().is_some_and(|name| !has(name)) {
                *one = None;
            }
        }
        if [&made.after, &made.before].into_iter().flatten().any(|name| !has(name)) {
            return false;
        }
        for many in [&mut made.first, &mut made.join, &mut made.plus, &mut made.minus] {
            many.retain(|name| has(name));
        }
        if made.times.iter().any(|name| !has(name)) {
            made.times.clear();
        }
        if [&made.year, &made.month].into_iter().flatten().any(|name| !has(name)) {
            (made.year, made.month) = (None, None);
        }
        if let Some(monthly) = &mut made.monthly {
            for one in [&mut monthly.count, &mut monthly.quantity] {
                if one.as_deref().is_some_and(|name| !has(name)) {
                    *one = None;
                }
            }
        }
        made.monthly = made.monthly.take().filter(|m| has(&m.amount) && m.interval.as_deref().is_none_or(has));
        made.column.is_some()
            || made.year.is_some()
            || made.per.is_some()
            || made.monthly.is_some()
            || made.value.is_some()
            || [&made.first, &made.join, &made.times, &made.plus].into_iter().any(|many| !many.is_empty())
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A value on one line.
fn inline<T: Serialize>(value: &T) -> String {
    toml::Value::try_from(value).map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"
            name = "shop \"A\""
            zone = "Europe/Helsinki"
            currency = "EUR"
            dates = "dmy"
            decimal = "comma"
            money = "minor"
            file = { delimiter = ";", skip_lines = 2 }
            carry = { key = "Name", columns = ["Email"] }
            [[set_aside]]
            code = "no_customer"
            reason = "nobody named"
            when = [{ column = "Kunde", is = "empty" }]
            [[facts]]
            table = "order_lines"
            when = [{ column = "Menge", above = 0.0 }, { column = "Art", one_of = ["a", "b"], not = true }]
            optional = true
            [facts.columns]
            customer_id = { first = ["Kunde", "E-Mail"], lower = true }
            at = { column = "Datum", dates = "mdy" }
            order_id = { per = "customer_day" }
            amount = { times = ["Menge", "Preis"], absolute = true }
            currency = { value = "EUR" }
            [facts.attributes]
            laden = "Laden"
            gewicht = { column = "Gewicht", kind = "number" }
        "#;
        let map = Map::from_toml(text).unwrap();
        let again = map.to_toml();
        assert_eq!(Map::from_toml(&again).unwrap_or_else(|e| panic!("{e}\n{again}")), map);
        assert_eq!(map.tables(), [Table::OrderLines]);
        assert_eq!(map.attributes(Table::OrderLines).len(), 2);
        assert!(map.columns().contains(&"Preis"));
    }

    #[test]
    fn a_wrong_key_is_named() {
        let error = Map::from_toml("name = \"x\"\ndelimeter = \";\"").unwrap_err();
        assert!(error.contains("delimeter"), "{error}");
    }
}
