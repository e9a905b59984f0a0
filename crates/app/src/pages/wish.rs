//! What a list of people is narrowed by: read from what an address says, tested on members of the roster, said as chips.

use std::collections::HashSet;

use history::read::{Decimal, DecimalMark};
use metrics::Preset;
use reports::pages::people::{Chip, ChoiceFilter, Filters};
use reports::pages::{Choice, Label, Rule, Sentence, Value, Who};
use terms::{Date, Money};

use super::PeopleQuery;
use super::columns::label_of;
use super::ground::Ground;
use super::names::Wording;
use super::query::WORD_PARAM;
use super::roster::{Member, Roster, Status};
use crate::Problem;

/// Filters that were understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wish {
    pub wording: Wording,
    /// As it was written, for the field and the chip.
    pub q: String,
    status: Option<Status>,
    group: Option<&'static str>,
    plan: Option<u32>,
    orders_min: Option<u32>,
    spend: (Option<i64>, Option<i64>),
    within: Option<u32>,
    quiet: Option<u32>,
    first: (Option<Date>, Option<Date>),
}

impl Wish {
    /// Exactly these.
    pub fn of_ids(ids: HashSet<String>) -> Wish {
        Wish { wording: Wording { ids: Some(ids), ..Wording::default() }, ..Wish::default() }
    }
}

impl Ground {
    /// Reads the filters of an address. What this business has no facts for has the effect of nothing.
    pub fn wish(&self, query: &PeopleQuery, roster: &Roster, words: &[String]) -> Wish {
        let asked = &query.narrowed;
        let orders = self.snapshot.has("orders");
        let number = |text: &str| text.parse::<u32>().ok();
        let q = query.q.trim().to_lowercase();
        let known = |(column, word): &(String, String)| {
            (words.contains(column) && column != "country" && !word.is_empty()).then(|| (column.clone(), word.clone()))
        };
        let mut kept: Vec<(String, String)> = asked.words.iter().filter_map(known).collect();
        if !query.country.is_empty() && words.iter().any(|word| word == "country") {
            kept.push(("country".to_owned(), query.country.clone()));
        }
        let groups = Preset::default().groups();
        let plan = roster.plans.iter().position(|plan| *plan == asked.plan && !plan.is_empty());
        Wish {
            wording: Wording { q, words: kept, ids: None },
            q: query.q.trim().to_owned(),
            status: Status::from_word(&asked.status),
            group: groups.iter().map(|group| group.id).find(|id| orders && *id == asked.rfm),
            plan: plan.and_then(|place| u32::try_from(place).ok()),
            orders_min: number(&asked.orders).filter(|least| orders && *least > 0),
            spend: (self.amount_of(&asked.spend.0), self.amount_of(&asked.spend.1)),
            within: number(&asked.within),
            quiet: number(&asked.quiet),
            first: (asked.first.0.parse().ok(), asked.first.1.parse().ok()),
        }
    }

    /// An amount in whole units, as a person types it, in minor units.
    fn amount_of(&self, text: &str) -> Option<i64> {
        let minor = typed_minor(text, self.workspace.currency.minor_digits())?;
        self.snapshot.has("orders").then_some(minor)
    }

    /// The day a member is measured by: the last order of shops, elsewhere the last sign of life.
    fn last_day(&self, member: &Member) -> Option<Date> {
        if self.kind() == Rule::Purchase { member.last_order } else { member.last_seen }
    }

    fn first_day(&self, member: &Member) -> Option<Date> {
        if self.kind() == Rule::Purchase { member.first_order } else { member.since }
    }

    /// Whether a member fits what needs no texts.
    pub fn fits(&self, wish: &Wish, member: &Member) -> bool {
        let ago = || self.last_day(member).map(|day| i64::from(self.horizon.0) - 1 - i64::from(day.0));
        let first = || self.first_day(member);
        let spent = (member.orders > 0).then_some(member.spend);
        wish.status.is_none_or(|status| member.status() == status)
            && wish.group.is_none_or(|id| member.group.is_some_and(|group| group.id == id))
            && wish.plan.is_none_or(|plan| member.plan == Some(plan))
            && wish.orders_min.is_none_or(|least| member.orders >= least)
            && wish.spend.0.is_none_or(|least| spent.is_some_and(|spent| spent >= least))
            && wish.spend.1.is_none_or(|most| spent.is_some_and(|spent| spent <= most))
            && wish.within.is_none_or(|days| ago().is_some_and(|ago| ago <= i64::from(days)))
            && wish.quiet.is_none_or(|days| ago().is_some_and(|ago| ago > i64::from(days)))
            && wish.first.0.is_none_or(|from| first().is_some_and(|day| day >= from))
            && wish.first.1.is_none_or(|to| first().is_some_and(|day| day <= to))
    }

    /// What narrows the list, each with the parameters it stands in.
    pub fn chips(&self, query: &PeopleQuery, wish: &Wish, roster: &Roster) -> Vec<Chip> {
        let mut chips = Chips { list: Vec::new(), rule: self.kind() };
        if query.who != Who::All {
            let params = query.who.pairs().into_iter().map(|(name, _)| name.to_owned()).collect();
            chips.list.push(Chip { params, label: query.who.title() });
        }
        if let Some(name) = self.segment_name(&query.segment) {
            let values = [("value", Value::Text(name.to_owned()))];
            chips.list.push(Chip { params: vec!["segment".to_owned()], label: Sentence::new("chip.segment", values) });
        }
        if !wish.q.is_empty() {
            chips.add("q", "q", Value::Text(wish.q.clone()));
        }
        if let Some(status) = wish.status {
            chips.add("status", "status", Value::Word(format!("status.{}", status.word())));
        }
        if let Some(group) = wish.group {
            chips.add("rfm", "group", Value::Word(format!("group.{group}")));
        }
        if let Some(plan) = wish.plan.and_then(|plan| roster.plans.get(plan as usize)) {
            chips.add("plan", "plan", Value::Text(plan.clone()));
        }
        for (column, word) in &wish.wording.words {
            let (param, label) = (param_of(column), label_of(column));
            let name = match label {
                Label::Word(key) => Value::Word(key),
                Label::Text(text) => Value::Text(text),
                Label::Period(_) | Label::LastDays(_) => continue,
            };
            let label = Sentence::new("chip.word", [("name", name), ("value", Value::Text(word.clone()))]);
            chips.list.push(Chip { params: vec![param], label });
        }
        self.chips_of_numbers(wish, &mut chips);
        chips.list
    }

    fn chips_of_numbers(&self, wish: &Wish, chips: &mut Chips) {
        let count = |n: u32| Value::Count(u64::from(n));
        let money = |minor: i64| Value::Money(Money { minor, currency: self.workspace.currency });
        if let Some(least) = wish.orders_min {
            chips.count("orders", "orders", count(least));
        }
        if let Some(least) = wish.spend.0 {
            chips.add("spend_min", "spend_min", money(least));
        }
        if let Some(most) = wish.spend.1 {
            chips.add("spend_max", "spend_max", money(most));
        }
        if let Some(days) = wish.within {
            chips.count("within", "within", count(days));
        }
        if let Some(days) = wish.quiet {
            chips.count("quiet", "quiet", count(days));
        }
        if let Some(day) = wish.first.0 {
            chips.add("first_from", "first_from", Value::Date(day));
        }
        if let Some(day) = wish.first.1 {
            chips.add("first_to", "first_to", Value::Date(day));
        }
    }

    /// The form of filters, as it was filled in.
    pub async fn filters(
        &self,
        query: &PeopleQuery,
        wish: &Wish,
        roster: &Roster,
        words: &[String],
    ) -> Result<Filters, Problem> {
        let word = |key: String| Label::Word(key);
        let orders = self.snapshot.has("orders");
        let mut choices = vec![choice_filter(
            "status",
            word("column.status".to_owned()),
            Status::ALL.map(|status| (status.word().to_owned(), word(format!("status.{}", status.word())))),
            wish.status.map(Status::word),
        )];
        if orders {
            let groups = Preset::default().groups().iter();
            let groups = groups.map(|group| (group.id.to_owned(), word(format!("group.{}", group.id))));
            choices.push(choice_filter("rfm", word("column.group".to_owned()), groups, wish.group));
        }
        if !roster.plans.is_empty() {
            let chosen = wish.plan.and_then(|plan| roster.plans.get(plan as usize)).map(String::as_str);
            let plans = roster.plans.iter().take(LISTED_MAX).map(|plan| (plan.clone(), Label::Text(plan.clone())));
            choices.push(choice_filter("plan", word("column.plan".to_owned()), plans, chosen));
        }
        for column in words.iter().take(WORD_FILTERS) {
            let said = self.words_of(column).await?;
            let said = said.iter().map(|(text, _)| (text.clone(), Label::Text(text.clone())));
            let chosen = wish.wording.words.iter().find(|(name, _)| name == column).map(|(_, text)| text.as_str());
            choices.push(choice_filter(&param_of(column), label_of(column), said, chosen));
        }
        let asked = &query.narrowed;
        let kept = |text: &String, kept: bool| if kept { text.clone() } else { String::new() };
        Ok(Filters {
            choices,
            orders,
            orders_min: kept(&asked.orders, wish.orders_min.is_some()),
            spend_min: kept(&asked.spend.0, wish.spend.0.is_some()),
            spend_max: kept(&asked.spend.1, wish.spend.1.is_some()),
            within: kept(&asked.within, wish.within.is_some()),
            quiet: kept(&asked.quiet, wish.quiet.is_some()),
            first_from: kept(&asked.first.0, wish.first.0.is_some()),
            first_to: kept(&asked.first.1, wish.first.1.is_some()),
        })
    }
}

/// Plans that are listed to choose from.
const LISTED_MAX: usize = 100;
/// Columns of words that can be chosen from.
const WORD_FILTERS: usize = 8;

fn param_of(column: &str) -> String {
    if column == "country" { column.to_owned() } else { format!("{WORD_PARAM}{column}") }
}

/// A filter of one choice, led by any.
fn choice_filter(
    param: &str,
    label: Label,
    choices: impl IntoIterator<Item = (String, Label)>,
    chosen: Option<&str>,
) -> ChoiceFilter {
    let any = Choice { value: String::new(), label: Label::Word("filter.any".to_owned()) };
    let mut all = vec![any];
    all.extend(choices.into_iter().map(|(value, label)| Choice { value, label }));
    let current = chosen.unwrap_or_default().to_owned();
    if !all.iter().any(|choice| choice.value == current) {
        all.push(Choice { value: current.clone(), label: Label::Text(current.clone()) });
    }
    ChoiceFilter { param: param.to_owned(), label, choices: all, current }
}

/// Chips as they are put together.
struct Chips {
    list: Vec<Chip>,
    rule: Rule,
}

impl Chips {
    fn add(&mut self, param: &str, key: &str, value: Value) {
        self.put(param, key, ("value", value));
    }

    /// With a number that decides the plural form.
    fn count(&mut self, param: &str, key: &str, value: Value) {
        self.put(param, key, ("n", value));
    }

    fn put(&mut self, param: &str, key: &str, value: (&str, Value)) {
        // Orders are what shops measure by; elsewhere it is the last sign of life.
        let seen = self.rule != Rule::Purchase && ["within", "quiet", "first_from", "first_to"].contains(&key);
        let key = format!("chip.{key}{}", if seen { "@event" } else { "" });
        self.list.push(Chip { params: vec![param.to_owned()], label: Sentence::new(&key, [value]) });
    }
}
/// What a person typed as an amount, exactly. Of two kinds of marks the last is the decimal one; a single mark is, unless
/// three digits follow it, which thousands do.
fn typed_minor(text: &str, digits: u32) -> Option<i64> {
    let text = text.trim();
    let mark = match (text.rfind('.'), text.rfind(',')) {
        (Some(point), Some(comma)) if comma > point => DecimalMark::Comma,
        (None, Some(comma)) if text.len() - comma != 4 => DecimalMark::Comma,
        (Some(point), None) if text.len() - point == 4 && digits < 3 => DecimalMark::Comma,
        _ => DecimalMark::Point,
    };
    Decimal::parse(text.as_bytes(), mark)?.minor(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (text, minor) in [
            ("25", Some(2_500)),
            ("25.5", Some(2_550)),
            ("25,50", Some(2_550)),
            ("1,000", Some(100_000)),
            ("1.000", Some(100_000)),
            ("1.234,50", Some(123_450)),
            ("1,234.50", Some(123_450)),
            ("-3", Some(-300)),
            ("many", None),
            ("", None),
        ] {
            assert_eq!(typed_minor(text, 2), minor, "{text}");
        }
        assert_eq!(typed_minor("1.000", 3), Some(1_000), "dinars have three digits behind the point");
    }
}
