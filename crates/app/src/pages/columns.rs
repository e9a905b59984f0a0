//! What lists of customers can show: columns by id, which of them this business has facts for, and their values.

use std::collections::HashMap;

use history::schema::Kind;
use reports::pages::people::PersonColumn;
use reports::pages::{Label, Rule, Value, Who};
use terms::Date;

use super::ground::Ground;
use super::names::Name;
use super::query::WORD_PARAM;
use super::roster::{Member, Roster, Status};

/// Words a customer's row in the history has of its own, beside attributes.
const OWN_WORDS: [&str; 5] = ["country", "city", "language", "time_zone", "channel"];
/// Columns of the history that hold words and say nothing about a customer.
const NO_TRAITS: [&str; 2] = ["customer_id", "currency"];

/// A column of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub id: String,
    pub what: What,
    pub shown: bool,
}

/// What a column shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// Something of the roster.
    Number(Field),
    /// A text of the customer's row: the column's name.
    Text(String),
}

/// Something of the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Status,
    Group,
    Plan,
    Mrr,
    Since,
    FirstOrder,
    LastOrder,
    DaysSince,
    Orders,
    Spend,
    Average,
    Events,
    FirstSeen,
    LastSeen,
    DaysUnseen,
    UsualGap,
    TimesOver,
}

/// All fields, in the order of the table.
const FIELDS: [(&str, Field); 17] = [
    ("status", Field::Status),
    ("group", Field::Group),
    ("plan", Field::Plan),
    ("mrr", Field::Mrr),
    ("since", Field::Since),
    ("first_order", Field::FirstOrder),
    ("last_order", Field::LastOrder),
    ("days_since", Field::DaysSince),
    ("usual_gap", Field::UsualGap),
    ("times_over", Field::TimesOver),
    ("orders", Field::Orders),
    ("spend", Field::Spend),
    ("average", Field::Average),
    ("first_seen", Field::FirstSeen),
    ("last_seen", Field::LastSeen),
    ("days_unseen", Field::DaysUnseen),
    ("events", Field::Events),
];

impl Field {
    pub fn is_number(self) -> bool {
        use Field::{Average, DaysSince, DaysUnseen, Events, Mrr, Orders, Spend, TimesOver, UsualGap};
        matches!(self, Mrr | DaysSince | Orders | Spend | Average | Events | DaysUnseen | UsualGap | TimesOver)
    }

    /// Whether it is an amount of money.
    pub fn is_amount(self) -> bool {
        matches!(self, Field::Mrr | Field::Spend | Field::Average)
    }
}

impl Column {
    /// The column of the history it shows as it is, unless every list reads it.
    pub fn text(&self) -> Option<&str> {
        match &self.what {
            What::Text(name) if name != "country" => Some(name),
            _ => None,
        }
    }

    /// How a file names it.
    pub fn file_name(&self) -> &str {
        match self.what {
            What::Number(Field::UsualGap) => "usual_gap_days",
            _ => self.id.strip_prefix(WORD_PARAM).unwrap_or(&self.id),
        }
    }

    /// How the page names it.
    pub fn head(&self) -> PersonColumn {
        let label = match &self.what {
            What::Number(_) => Label::Word(format!("column.{}", self.id)),
            What::Text(name) => label_of(name),
        };
        let number = matches!(self.what, What::Number(field) if field.is_number());
        PersonColumn { id: self.id.clone(), label, number, shown: self.shown }
    }
}

/// What a column of the customers' view is called: a word of ours, or its own name.
pub(super) fn label_of(name: &str) -> Label {
    const OURS: [&str; 9] =
        ["name", "country", "city", "language", "time_zone", "channel", "email", "phone", "birthday"];
    if OURS.contains(&name) {
        return Label::Word(format!("meaning.{name}"));
    }
    Label::Text(name.replace('_', " "))
}

impl Ground {
    /// Columns of words that say something of somebody: the ones of our own, then attributes.
    pub async fn word_columns(&self) -> Result<Vec<String>, crate::Problem> {
        let mut told = Vec::new();
        for (name, kind) in self.snapshot.columns("customers") {
            if kind == Kind::Word && !NO_TRAITS.contains(&name.as_str()) && !self.words_of(&name).await?.is_empty() {
                told.push(name);
            }
        }
        let place = |name: &String| OWN_WORDS.iter().position(|own| own == name).unwrap_or(OWN_WORDS.len());
        told.sort_by_key(place);
        Ok(told)
    }

    /// The most frequent words of a column of the customers' view, with their number of customers.
    pub async fn words_of(&self, column: &str) -> Result<std::sync::Arc<Vec<(String, u64)>>, crate::Problem> {
        let key = format!("words {column}");
        self.keep(key, async {
            let mut words = metrics::customers_by_word(&self.snapshot, "customers", column).await?;
            words.truncate(WORDS_LISTED);
            Ok::<_, metrics::MetricError>(words)
        })
        .await
    }

    /// The columns of a list of these people, with those shown that were asked for, or the usual ones.
    pub fn columns(&self, who: &Who, words: &[String], asked: &[String]) -> Vec<Column> {
        let usual = self.usual_columns(who, words);
        let offered = FIELDS.into_iter().filter(|(_, field)| self.offers(*field, who));
        let fields = offered.map(|(id, field)| (id.to_owned(), What::Number(field)));
        let email = self.snapshot.has("profiles").then(|| "email".to_owned());
        let texts = words.iter().cloned().chain(email).map(|name| {
            let id = if ["country", "email"].contains(&name.as_str()) {
                name.clone()
            } else {
                format!("{WORD_PARAM}{name}")
            };
            (id, What::Text(name))
        });
        let (country, rest): (Vec<_>, Vec<_>) = texts.partition(|(id, _)| id == "country");
        let all: Vec<(String, What)> = country.into_iter().chain(fields).chain(rest).collect();
        // `cols=none` is a choice as well: the customer alone.
        let known = |id: &String| id == NO_COLUMN || all.iter().any(|column| column.0 == *id);
        let chosen = asked.iter().any(known);
        let shown = |id: &str| if chosen { asked.iter().any(|one| one == id) } else { usual.contains(&id) };
        all.iter().map(|(id, what)| Column { id: id.clone(), what: what.clone(), shown: shown(id) }).collect()
    }

    fn usual_columns(&self, who: &Who, words: &[String]) -> Vec<&'static str> {
        let mut usual = match self.kind() {
            Rule::Purchase => vec!["group", "first_order", "last_order", "days_since", "orders", "spend"],
            Rule::Contract => vec!["status", "plan", "mrr", "since", "last_seen"],
            Rule::Event => vec!["status", "first_seen", "last_seen", "days_unseen", "events"],
        };
        if *who == Who::Overdue {
            usual = vec!["last_order", "days_since", "usual_gap", "times_over", "orders", "spend"];
        }
        if words.iter().any(|word| word == "country") {
            usual.push("country");
        }
        usual
    }

    /// Whether this business has the facts for a field.
    fn offers(&self, field: Field, who: &Who) -> bool {
        let has = |view: &str| self.snapshot.has(view);
        match field {
            Field::Status | Field::FirstSeen | Field::LastSeen | Field::DaysUnseen => true,
            Field::Plan | Field::Mrr => self.kind() == Rule::Contract,
            Field::Since => self.kind() != Rule::Purchase,
            Field::Events => has("events"),
            Field::UsualGap | Field::TimesOver => *who == Who::Overdue,
            Field::Group
            | Field::FirstOrder
            | Field::LastOrder
            | Field::DaysSince
            | Field::Orders
            | Field::Spend
            | Field::Average => has("orders"),
        }
    }
}

/// The id that stands for no column at all.
pub(super) const NO_COLUMN: &str = "none";
/// Words of one column that are listed to choose from.
const WORDS_LISTED: usize = 100;

/// What values are read from.
pub(super) struct Reading<'a> {
    pub ground: &'a Ground,
    pub roster: &'a Roster,
    /// The usual gap of customers past their own rhythm, in days.
    pub gaps: &'a HashMap<u32, f64>,
}

impl Reading<'_> {
    fn days(&self, day: Option<Date>) -> Option<u32> {
        day.map(|day| (self.ground.horizon.0 - 1 - day.0).max(0) as u32)
    }

    /// The usual gap, unrounded.
    pub fn gap(&self, member: &Member) -> Option<f64> {
        self.gaps.get(&member.key).copied()
    }

    fn times_over(&self, member: &Member) -> Option<f64> {
        let gap = self.gap(member).filter(|gap| *gap > 0.0)?;
        Some(f64::from(self.days(member.last_order)?) / gap)
    }

    /// What a cell says; nothing when unknown.
    pub fn value(&self, column: &Column, member: &Member, name: Option<&Name>, texts: &[String]) -> Option<Value> {
        let field = match &column.what {
            What::Number(field) => *field,
            What::Text(text) if text == "country" => return name?.country.clone().map(Value::Text),
            What::Text(text) => {
                let place = texts.iter().position(|other| other == text)?;
                return name?.more.get(place)?.clone().map(Value::Text);
            }
        };
        let bought = member.orders > 0;
        match field {
            Field::Status => Some(Value::Word(format!("status.{}", member.status().word()))),
            Field::Group => member.group.map(|group| Value::Word(format!("group.{}", group.id))),
            Field::Plan => self.roster.plan(member).map(|plan| Value::Text(plan.to_owned())),
            Field::Mrr => member.mrr.map(|minor| Value::Money(self.ground.money(minor))),
            Field::Since => member.since.map(Value::Date),
            Field::FirstOrder => member.first_order.map(Value::Date),
            Field::LastOrder => member.last_order.map(Value::Date),
            Field::DaysSince => self.days(member.last_order).map(Value::Days),
            Field::Orders => Some(Value::Count(u64::from(member.orders))),
            Field::Spend => bought.then(|| Value::Money(self.ground.money(member.spend))),
            Field::Average => bought.then(|| Value::Money(self.ground.mean(member.spend, u64::from(member.orders)))),
            Field::Events => Some(Value::Count(member.events)),
            Field::FirstSeen => member.first_seen.map(Value::Date),
            Field::LastSeen => member.last_seen.map(Value::Date),
            Field::DaysUnseen => self.days(member.last_seen).map(Value::Days),
            Field::UsualGap => self.gap(member).map(|days| Value::Days(days.round() as u32)),
            Field::TimesOver => self.times_over(member).map(Value::Number),
        }
    }

    /// What a list is sorted by; nothing when unknown, and the unknown come last either way.
    pub fn rank(&self, field: Field, member: &Member) -> Option<i64> {
        let day = |date: Option<Date>| date.map(|date| i64::from(date.0));
        let bought = (member.orders > 0).then_some(member.spend);
        match field {
            Field::Status => Some(match member.status() {
                Status::Active => 0,
                Status::Left => 1,
                Status::Never => 2,
            }),
            Field::Group => member.group.map(place_of),
            Field::Plan => member.plan.map(i64::from),
            Field::Mrr => member.mrr,
            Field::Since => day(member.since),
            Field::FirstOrder => day(member.first_order),
            Field::LastOrder => day(member.last_order),
            Field::DaysSince => self.days(member.last_order).map(i64::from),
            Field::Orders => Some(i64::from(member.orders)),
            Field::Spend => bought,
            Field::Average => bought.map(|spend| spend / i64::from(member.orders.max(1))),
            Field::Events => i64::try_from(member.events).ok(),
            Field::FirstSeen => day(member.first_seen),
            Field::LastSeen => day(member.last_seen),
            Field::DaysUnseen => self.days(member.last_seen).map(i64::from),
            Field::UsualGap => self.gap(member).map(|days| (days * 1_000.0) as i64),
            Field::TimesOver => self.times_over(member).map(|times| (times * 1_000.0) as i64),
        }
    }
}

/// The place of a group in its grid: best first.
fn place_of(group: &metrics::Group) -> i64 {
    let place = metrics::Preset::default().groups().iter().position(|other| other.id == group.id);
    place.map_or(i64::MAX, |place| place as i64)
}
