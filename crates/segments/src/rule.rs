//! The language: what a rule may say.

use metrics::people::Behind;
use serde::{Deserialize, Serialize};
use terms::Date;

use crate::{Ago, SegmentError};

/// A segment: a name, and who belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name, for people.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Who belongs to it.
    pub rule: Rule,
}

/// Who belongs.
///
/// ```toml
/// [rule]
/// all = [
///     { trait = { column = "country", is = "FI" } },
///     { did = { what = "order", at_least = 2, within = "90d" } },
///     { not = { last = { what = "ticket", within = "30d" } } },
/// ]
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Whoever fits all of these; everybody where there are none.
    All(Vec<Rule>),
    /// Whoever fits one of these at least; nobody where there are none.
    Any(Vec<Rule>),
    /// Everybody else.
    Not(Box<Rule>),
    /// What a customer is: a column of the view `customers`. What is unknown passes no test but `known = false`.
    Trait(Test),
    /// How often a customer did something.
    Did(Did),
    /// When a customer last did something.
    Last(Moment),
    /// When a customer first did something.
    First(Moment),
    /// Whoever is in another segment.
    Segment(String),
    /// The customers behind a number: a group of RFM, a stage of the lifecycle, a cohort.
    Behind(Box<Behind>),
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// An order.
    Order,
    /// A line of an order: what was bought.
    Line,
    /// Money given back.
    Refund,
    /// An event.
    Event,
    /// A question to the service desk.
    Ticket,
    /// An answer to a survey.
    Response,
    /// An invoice.
    Invoice,
    /// A change of a subscription.
    Change,
}

impl What {
    /// The view of the history that has it.
    pub fn view(self) -> &'static str {
        match self {
            What::Order => "orders",
            What::Line => "order_lines",
            What::Refund => "refunds",
            What::Event => "events",
            What::Ticket => "tickets",
            What::Response => "responses",
            What::Invoice => "invoices",
            What::Change => "subscription_changes",
        }
    }
}

/// How often something was done. Without a bound: at least once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Did {
    /// What.
    pub what: What,
    /// Only of such facts.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Test>,
    /// So many times, or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// So many times, or fewer; also never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
    /// The sum of a column over these facts, in place of their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<Sum>,
    /// Only of the last days, months, years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Ago>,
    /// Only since this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Only before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// The sum of a column. Money is in whole units of the reporting currency; other currencies do not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// The column.
    pub column: String,
    /// So much, or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// So much, or less; also nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}

/// When something was done first or last. Who never did it does not belong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// What.
    pub what: What,
    /// Only of such facts.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Test>,
    /// Within the last days, months, years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Ago>,
    /// Longer ago than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Ago>,
    /// On this day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A test of a column: all that is said must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Test {
    /// The column.
    pub column: String,
    /// One of these words, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Words>,
    /// A known word that is none of these, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_not: Option<Words>,
    /// Has this in it, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// A number, or money in whole units, of so much or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// A number, or money in whole units, of so much or less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Whether it is known at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// Yes or no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yes: Option<bool>,
}

/// A word, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Words {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Words {
    /// The words.
    pub fn all(&self) -> &[String] {
        match self {
            Words::One(word) => std::slice::from_ref(word),
            Words::Many(words) => words,
        }
    }
}

impl Rule {
    /// The short names of the segments it names, those inside other rules too.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().flat_map(Rule::names).collect(),
            Rule::Not(rule) => rule.names(),
            Rule::Segment(name) => vec![name],
            _ => Vec::new(),
        }
    }
}

impl Definition {
    /// Reads the text of a segment, as it lies in a file.
    ///
    /// # Errors
    ///
    /// [`SegmentError::Text`] with what is wrong, and where.
    pub fn from_toml(text: &str) -> Result<Definition, SegmentError> {
        toml::from_str(text).map_err(|error| SegmentError::Text(error.to_string().trim_end().to_owned()))
    }

    /// The same text again.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
name = "Tea lovers who fell silent"

[rule]
all = [
    { trait = { column = "country", is = ["FI", "SE"] } },
    { did = { what = "order", at_least = 2, within = "12m" } },
    { any = [
        { did = { what = "line", where = [{ column = "category", is = "Tea" }] } },
        { segment = "vip" },
    ] },
    { not = { last = { what = "order", within = "90d" } } },
]
"#;

    #[test]
    fn text_is_read_and_written() {
        let definition = Definition::from_toml(TEXT).unwrap();
        assert_eq!(Definition::from_toml(&definition.to_toml()).unwrap(), definition);
        let json = serde_json::to_string(&definition).unwrap();
        assert_eq!(serde_json::from_str::<Definition>(&json).unwrap(), definition);
        let Rule::All(parts) = &definition.rule else { panic!("{definition:?}") };
        assert_eq!(parts.len(), 4);
    }

    #[test]
    fn wrong_text_is_refused_with_its_place() {
        for (text, says) in [
            ("name = 1", "invalid type"),
            ("name = 'x'\n[rule]\nsome = []", "unknown variant `some`"),
            ("name = 'x'\n[rule]\ndid = { what = 'dance' }", "unknown variant `dance`"),
            ("name = 'x'\n[rule]\ndid = { what = 'order', often = 3 }", "unknown field `often`"),
            ("name = 'x'\n[rule]\ndid = { what = 'order', within = '3 moons' }", "'3 moons' is no stretch of time"),
        ] {
            let error = Definition::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
