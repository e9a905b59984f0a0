//! Subscriptions, events, customers, tickets, answers, invoices and costs of layouts never seen before.

use std::collections::BTreeMap;

use super::look::Looks;
use super::names::Role;
use super::{About, Guess, Known, Sheet, made, rule, traits};
use crate::read::map::{Condition, Made, Map, Monthly, OrderPer, Rule, SetAside, Source, State};
use crate::schema::Table;

type Suits = fn(&Known) -> bool;
const ANY: Suits = |_| true;
const NUMBER: Suits = |c| c.look.numeric();
const TEXT: Suits = |c| !c.look.numeric() && c.look.looks != Looks::Date;
const TIME: Suits = |c| !c.look.forms.is_empty();
const WORD: Suits = |c| matches!(c.look.looks, Looks::Word | Looks::Text);

/// Columns of a person and an instant.
fn base(sheet: &mut Sheet<'_>, role: Role) -> Option<(Source, Source, BTreeMap<String, Source>)> {
    let customer = sheet.customer()?;
    let at = sheet.time(role)?;
    let (who, when) = (sheet.customer_source(customer), sheet.time_source(at));
    let columns = BTreeMap::from([("customer_id".to_owned(), who.clone()), ("at".to_owned(), when.clone())]);
    Some((who, when, columns))
}

/// A unique column becomes the fact's own identifier.
fn source_id(sheet: &mut Sheet<'_>, columns: &mut BTreeMap<String, Source>, role: Role) {
    if let Some(at) = sheet.take(role, |c| c.look.unique() && !matches!(c.look.looks, Looks::Date | Looks::Decimal)) {
        columns.insert("source_id".to_owned(), Source::Column(sheet.name(at)));
    }
}

/// One row for each thing somebody did.
pub fn events(mut sheet: Sheet<'_>) -> Option<Guess> {
    let mut name = sheet
        .best(Role::EventName, |c| WORD(c) || c.look.looks == Looks::Flag)
        .filter(|(_, score)| *score > 0.4)
        .map(|(at, _)| at);
    if let Some(at) = name {
        sheet.taken[at] = true;
    }
    let id = sheet
        .best(Role::EventId, |c| c.look.unique() && !matches!(c.look.looks, Looks::Date | Looks::Decimal))
        .map(|(at, _)| at);
    let customer = sheet.customer()?;
    let (who, when) = match date_parts(&sheet) {
        _ if sheet.columns.iter().any(|c| c.look.looks == Looks::Date) => {
            let at = sheet.time(Role::At)?;
            (sheet.customer_source(customer), sheet.time_source(at))
        }
        Some((year, month)) => {
            sheet.taken[year] = true;
            sheet.taken[month] = true;
            let parts = Made { year: Some(sheet.name(year)), month: Some(sheet.name(month)), ..Made::default() };
            (sheet.customer_source(customer), made(parts))
        }
        None => {
            let at = sheet.time(Role::At)?;
            (sheet.customer_source(customer), sheet.time_source(at))
        }
    };
    if name.is_none() {
        name = deeds(&sheet, customer).inspect(|at| sheet.taken[*at] = true);
        if let Some(at) = name.filter(|at| sheet.columns[*at].words != "name") {
            let shown = super::signs::values(&sheet, at).into_iter().take(3).collect::<Vec<_>>().join("', '");
            sheet.ask(About::Columns, format!(
                "Does '{}' say what was done ('{shown}')? If another column does: --column \"That column=event_name\".",
                sheet.name(at)
            ));
            sheet.sure.push(0.6);
        }
    }
    let mut columns = BTreeMap::from([("customer_id".to_owned(), who.clone()), ("at".to_owned(), when.clone())]);
    if let Some(id) = id.filter(|id| !sheet.taken[*id]) {
        sheet.taken[id] = true;
        columns.insert("source_id".to_owned(), Source::Column(sheet.name(id)));
    }
    match name {
        Some(at) => columns.insert("name".to_owned(), Source::Column(sheet.name(at))),
        None => {
            let called = event_of(when.columns().first().copied().unwrap_or(""));
            let question =
                format!("No column names what was done; every row is the event '{called}'. What should it be called?");
            sheet.ask(About::Columns, question);
            sheet.sure.push(0.5);
            columns.insert("name".to_owned(), Source::constant(called))
        }
    };
    sheet.plain(&mut columns, &[("session", Role::Session, ANY), ("anonymous_id", Role::Anonymous, ANY)]);
    let refund = sheet.take(Role::Refund, NUMBER);
    let bought = name.and_then(|name| purchases(&mut sheet, name, &who, &when));
    let person = traits(&mut sheet, &who, &when, false);
    let mut only = rule(Table::Events, columns);
    only.attributes = sheet.attributes(Table::Events);
    let mut map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    map.facts.extend(bought);
    if let Some(at) = refund {
        let amount = made(Made { column: Some(sheet.name(at)), absolute: true, ..Made::default() });
        let mut back = rule(
            Table::Refunds,
            BTreeMap::from([("customer_id".to_owned(), who), ("at".to_owned(), when), ("amount".to_owned(), amount)]),
        );
        back.when.push(Condition { column: sheet.name(at), above: Some(0.0), ..Condition::default() });
        map.facts.push(back);
    }
    map.facts.extend(person);
    Some(sheet.done(map))
}

/// The column that says what was done, by what stands in it: few words for many rows, and not a trait of the person,
/// who does now this and now that.
fn deeds(sheet: &Sheet<'_>, customer: usize) -> Option<usize> {
    const TRAITS: [Role; 12] = [
        Role::Country,
        Role::City,
        Role::Language,
        Role::Channel,
        Role::Currency,
        Role::Plan,
        Role::TimeZone,
        Role::Category,
        Role::Product,
        Role::ProductName,
        Role::Reason,
        Role::Status,
    ];
    let fits = |at: &usize| {
        let column = &sheet.columns[*at];
        let few = column.look.distinct > 1
            && column.look.distinct <= 300
            && column.look.distinct * 3 <= column.look.filled * 2
            && column.look.filled * 10 >= sheet.rows.len() * 9;
        let pairs: std::collections::HashSet<(&str, &str)> =
            (0..sheet.rows.len()).map(|row| (sheet.value(row, customer), sheet.value(row, *at))).collect();
        !sheet.taken[*at]
            && column.look.looks == Looks::Word
            && column.look.longest <= 60
            && few
            && pairs.len() > sheet.columns[customer].look.distinct
            && TRAITS.iter().all(|role| super::names::fit(*role, &column.words) < 0.5)
    };
    (0..sheet.columns.len()).find(fits)
}

/// Purchases among the events, where they have a price: they become orders as well.
fn purchases(sheet: &mut Sheet<'_>, name: usize, who: &Source, when: &Source) -> Option<Rule> {
    const WORDS: [&str; 8] = [
        "purchase",
        "purchased",
        "order completed",
        "order_completed",
        "checkout completed",
        "placed order",
        "buy",
        "transaction",
    ];
    let is = |word: &&&str| (0..sheet.rows.len()).any(|row| sheet.value(row, name).eq_ignore_ascii_case(word));
    WORDS.iter().find(is)?;
    let price = sheet.best(Role::Amount, NUMBER).or_else(|| sheet.best(Role::UnitPrice, NUMBER))?.0;
    let mut columns = BTreeMap::from([("customer_id".to_owned(), who.clone()), ("at".to_owned(), when.clone())]);
    let order =
        sheet.best(Role::Order, ANY).filter(|(_, score)| *score > 0.7).map(|(at, _)| Source::Column(sheet.name(at)));
    let per = made(Made { per: Some(OrderPer::CustomerInstant), ..Made::default() });
    columns.insert("order_id".to_owned(), order.unwrap_or(per));
    columns.insert("amount".to_owned(), sheet.number_source(price, sheet.mark()));
    for (column, role) in [("product", Role::Product), ("category", Role::Category)] {
        // Not taken: the events keep them as attributes.
        columns.extend(sheet.best(role, ANY).map(|(at, _)| (column.to_owned(), Source::Column(sheet.name(at)))));
    }
    sheet.notes.push("purchases among the events become orders as well".to_owned());
    let mut rule = rule(Table::OrderLines, columns);
    rule.optional = true;
    rule.when.push(Condition {
        column: sheet.name(name),
        one_of: WORDS.iter().map(|word| (*word).to_owned()).collect(),
        ..Condition::default()
    });
    Some(rule)
}

/// `churn_date` tells of a churn, `redemption_date` of a redemption.
fn event_of(column: &str) -> String {
    const TIMES: [&str; 12] =
        ["date", "time", "at", "on", "timestamp", "ts", "datetime", "day", "utc", "year", "created", "event"];
    let words = super::names::words_of(column);
    let left: Vec<&str> = words.split(' ').filter(|word| !TIMES.contains(word)).collect();
    if left.is_empty() { "activity".to_owned() } else { left.join("_") }
}

pub fn date_parts(sheet: &Sheet<'_>) -> Option<(usize, usize)> {
    let find = |word: &str| {
        sheet
            .columns
            .iter()
            .position(|c| c.look.looks == Looks::Whole && (c.words == word || c.words.ends_with(&format!(" {word}"))))
    };
    Some((find("year")?, find("month")?))
}

/// One row for each customer.
pub fn customers(mut sheet: Sheet<'_>) -> Option<Guess> {
    if let Some(guess) = sheet.answers.as_of.as_deref().and_then(|day| as_of(sheet.fresh(), day)) {
        return Some(guess);
    }
    // Other tables name customers by their number; the address is a trait.
    let named = sheet.best(Role::Customer, |c| c.look.looks != Looks::Email && c.look.looks != Looks::Date);
    let own = sheet.columns.iter().position(|c| c.words == "id" && c.look.unique());
    let customer = match own.filter(|_| named.is_none_or(|(_, score)| score < 0.6)) {
        Some(at) => {
            sheet.taken[at] = true;
            sheet.sure.push(0.8);
            at
        }
        None => sheet.customer()?,
    };
    let who = sheet.customer_source(customer);
    let when = match sheet.take(Role::SignedUp, TIME) {
        Some(at) => sheet.time_source(at),
        None => {
            sheet.notes.push("no column says since when this is known: it counts as known from the beginning (1970-01-01), and any dated trait is newer".to_owned());
            Source::constant("1970-01-01")
        }
    };
    let mut only = traits(&mut sheet, &who, &when, true).unwrap_or_else(|| {
        rule(
            Table::Profiles,
            BTreeMap::from([("customer_id".to_owned(), who.clone()), ("at".to_owned(), when.clone())]),
        )
    });
    only.optional = false;
    ended_without_a_date(&mut sheet);
    two_names(&mut sheet, customer);
    only.attributes = sheet.attributes(Table::Profiles);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}

/// Whether somebody left, as lists without dates say it.
fn left_flag(sheet: &Sheet<'_>) -> Option<usize> {
    let says = |c: &Known| {
        let word = |word: &str| {
            matches!(word, "churn" | "churned" | "exited" | "attrition" | "left" | "cancelled" | "canceled")
        };
        c.words.split(' ').any(word) && (c.look.looks == Looks::Flag || c.look.bit)
    };
    sheet.columns.iter().position(says)
}

/// For how many months somebody has been there.
fn tenure(sheet: &Sheet<'_>) -> Option<usize> {
    let says = |c: &Known| {
        c.look.looks == Looks::Whole
            && !c.words.contains("year")
            && ["tenure", "months on book", "months active", "tenure months", "months with us", "age months"]
                .iter()
                .any(|name| c.words.contains(name))
    };
    sheet.columns.iter().position(says)
}

/// A list that says who left and not when can be counted, and cannot be followed through time.
fn ended_without_a_date(sheet: &mut Sheet<'_>) {
    let Some(left) = left_flag(sheet) else { return };
    let dated = sheet.columns.iter().any(|c| c.look.looks == Looks::Date);
    if dated {
        return;
    }
    let (about, more) = match tenure(sheet) {
        Some(at) => (
            About::AsOf,
            format!(
                " If '{}' counts months and you know of which day the list is, say --as-of 2024-06-30: then starts, ends and retention are worked out.",
                sheet.name(at)
            ),
        ),
        None => (About::Columns, String::new()),
    };
    sheet.ask(about, format!(
        "'{}' says who left, and there are no dates: is it right to keep this as a list of customers with their traits?{more}",
        sheet.name(left)
    ));
}

/// Two numbers of a customer side by side: which of them is the person?
fn two_names(sheet: &mut Sheet<'_>, customer: usize) {
    let second = |at: &usize| {
        let column = &sheet.columns[*at];
        *at != customer && column.words.contains("unique id") && super::names::fit(Role::Customer, &column.words) > 0.5
    };
    if let Some(at) = (0..sheet.columns.len()).find(second) {
        sheet.ask(About::Columns, format!(
            "Which names a person, '{}' or '{}'? The first is taken, since other files may use it; for the second say --column \"{}=customer\".",
            sheet.name(customer),
            sheet.name(at),
            sheet.name(at)
        ));
    }
}

/// A list with months of tenure and the day it was true: each customer one subscription, begun so many months before.
fn as_of(mut sheet: Sheet<'_>, day: &str) -> Option<Guess> {
    let tenure = tenure(&sheet)?;
    let left = left_flag(&sheet);
    let customer = sheet.customer()?;
    let who = sheet.customer_source(customer);
    sheet.taken[tenure] = true;
    let start = Made {
        value: Some(day.to_owned()),
        before: Some(sheet.name(tenure)),
        unit: Some(crate::read::map::Unit::Month),
        ..Made::default()
    };
    let mut columns = BTreeMap::from([
        ("customer_id".to_owned(), who.clone()),
        ("at".to_owned(), made(start)),
        ("subscription_id".to_owned(), who),
    ]);
    sheet.plain(&mut columns, &[("plan", Role::Plan, WORD)]);
    if let Some(at) = sheet.take(Role::Mrr, NUMBER) {
        columns.insert("mrr_after".to_owned(), sheet.number_source(at, sheet.mark()));
    }
    let mut begin = rule(Table::SubscriptionChanges, columns.clone());
    begin.columns.insert("kind".to_owned(), Source::constant("start"));
    let mut facts = Vec::new();
    if let Some(left) = left {
        let mut stop = rule(Table::SubscriptionChanges, columns);
        stop.columns.insert("kind".to_owned(), Source::constant("cancel"));
        stop.columns.insert("at".to_owned(), Source::constant(day));
        if stop.columns.contains_key("mrr_after") {
            stop.columns.insert("mrr_after".to_owned(), Source::constant("0"));
        }
        let yes = super::signs::values(&sheet, left)
            .into_iter()
            .filter(|word| crate::read::fill::flag_of(word) == Some(true));
        stop.when.push(Condition { column: sheet.name(left), one_of: yes.collect(), ..Condition::default() });
        facts.push(stop);
        sheet.notes.push(format!("whoever left is taken to have left by {day}: the list does not say when"));
    }
    begin.attributes = sheet.attributes(Table::SubscriptionChanges);
    facts.insert(0, begin);
    let map = Map { decimal: sheet.mark(), facts, ..Map::default() };
    Some(sheet.done(map))
}

/// One row for each subscription, or for each change of one.
pub fn subscriptions(mut sheet: Sheet<'_>) -> Option<Guess> {
    if let Some(guess) = changes(sheet.fresh()) {
        return Some(guess);
    }
    let customer = sheet.customer()?;
    let who = sheet.customer_source(customer);
    let (start, end) = term(&mut sheet)?;
    let mut columns = BTreeMap::from([("customer_id".to_owned(), who.clone()), ("at".to_owned(), start.clone())]);
    let id = sheet.take(Role::Subscription, |c| {
        !matches!(c.look.looks, Looks::Date | Looks::Flag | Looks::Decimal) && c.look.distinct * 5 > c.look.filled * 4
    });
    let id_source = id.map_or_else(|| who.clone(), |at| Source::Column(sheet.name(at)));
    if id.is_none() {
        sheet.notes.push("no column numbers the subscriptions: each customer has one".to_owned());
    }
    columns.insert("subscription_id".to_owned(), id_source.clone());
    sheet.plain(&mut columns, &[("plan", Role::Plan, WORD)]);
    price(&mut sheet, &mut columns);
    let reason = sheet.take(Role::Reason, WORD).map(|at| Source::Column(sheet.name(at)));
    if end.is_none() {
        ended_by_status(&mut sheet);
    }
    let trial = trial(&sheet);
    let standing = standing(&mut sheet, columns.get("mrr_after"));
    let person = traits(&mut sheet, &who, &start, true);
    let attributes = sheet.attributes(Table::SubscriptionChanges);

    let mut facts = Vec::new();
    let mut begin = rule(Table::SubscriptionChanges, columns.clone());
    begin.columns.insert("kind".to_owned(), Source::constant("start"));
    begin.attributes = attributes;
    // What is being tried or stands still brings nothing now.
    for yes in trial.into_iter().chain(standing.nothing).filter(|_| columns.contains_key("mrr_after")) {
        let mut trial = begin.clone();
        begin.when.push(Condition { not: true, ..yes.clone() });
        trial.when.push(yes);
        trial.columns.insert("mrr_after".to_owned(), Source::constant("0"));
        facts.push(trial);
    }
    facts.push(begin);
    if let Some((end, column)) = end {
        let mut stop = rule(Table::SubscriptionChanges, columns);
        stop.columns.insert("kind".to_owned(), Source::constant("cancel"));
        stop.columns.insert("at".to_owned(), end);
        if stop.columns.contains_key("mrr_after") {
            stop.columns.insert("mrr_after".to_owned(), Source::constant("0"));
        }
        stop.columns.extend(reason.map(|source| ("reason".to_owned(), source)));
        stop.when.push(Condition { column, is: Some(State::Filled), ..Condition::default() });
        stop.optional = true;
        facts.push(stop);
    }
    facts.extend(person);
    let map = Map { decimal: sheet.mark(), facts, set_aside: standing.never, ..Map::default() };
    Some(sheet.done(map))
}

/// What a status says of subscriptions that bring nothing, or never began.
struct Standing {
    /// Rows that never became a subscription.
    never: Vec<SetAside>,
    /// Rows that bring nothing now.
    nothing: Option<Condition>,
}

/// Reads the statuses of subscriptions. Ends are told by dates, not by them.
fn standing(sheet: &mut Sheet<'_>, price: Option<&Source>) -> Standing {
    const NEVER: [&str; 6] = ["incomplete", "trial expired", "expired trial", "never started", "not started", "draft"];
    const NOTHING: [&str; 9] =
        ["trial", "in trial", "on trial", "free trial", "testphase", "essai", "pause", "on hold", "suspended"];
    // A column of monthly revenue knows of trials; a price does not.
    let by_price = matches!(price, Some(Source::Made(made)) if made.monthly.is_some());
    let ends = |c: &Known| TIME(c) && c.words.contains("trial") && c.words.contains("end");
    if let Some(at) = sheet.columns.iter().position(ends).filter(|_| by_price) {
        let name = sheet.name(at);
        sheet.ask(About::Columns, format!(
            "'{name}' says when trials end, and revenue is counted from the start of the subscription: if trials are not paid for, is the start the day they end? --column \"{name}=start\"."
        ));
    }
    let Some((at, _)) = sheet.best(Role::Status, WORD) else { return Standing { never: Vec::new(), nothing: None } };
    let begins = |value: &String, starts: &[&str]| {
        let words = super::names::words_of(value);
        starts.iter().any(|start| words.starts_with(start))
    };
    let (never, rest): (Vec<String>, Vec<String>) =
        super::signs::values(sheet, at).into_iter().partition(|value| begins(value, &NEVER));
    let nothing: Vec<String> = rest.into_iter().filter(|value| price.is_some() && begins(value, &NOTHING)).collect();
    let column = sheet.name(at);
    if !nothing.is_empty() {
        sheet.notes.push(format!("subscriptions whose '{column}' is '{}' bring nothing", nothing.join("' or '")));
    }
    let of = |one_of: Vec<String>| Condition { column: column.clone(), one_of, ..Condition::default() };
    let set_aside = |one_of| SetAside {
        code: "never_started".to_owned(),
        reason: "it never became a subscription that is paid for".to_owned(),
        when: vec![of(one_of)],
    };
    Standing {
        never: Some(never).filter(|words| !words.is_empty()).map(set_aside).into_iter().collect(),
        nothing: Some(nothing).filter(|words| !words.is_empty()).map(of),
    }
}

/// Rows that are trials, where a column of yes and no says so.
fn trial(sheet: &Sheet<'_>) -> Option<Condition> {
    let says =
        |c: &Known| c.words.split(' ').any(|word| word == "trial") && (c.look.looks == Looks::Flag || c.look.bit);
    let at = sheet.columns.iter().position(says)?;
    let yes: Vec<String> = super::signs::values(sheet, at)
        .into_iter()
        .filter(|word| crate::read::fill::flag_of(word) == Some(true))
        .collect();
    (!yes.is_empty()).then(|| Condition { column: sheet.name(at), one_of: yes, ..Condition::default() })
}

/// A status that says some ended, with no column for when.
fn ended_by_status(sheet: &mut Sheet<'_>) {
    let Some((at, _)) = sheet.best(Role::Status, WORD) else { return };
    let over = super::signs::values(sheet, at).into_iter().find(|value| {
        super::signs::came_to_nothing(value)
            || matches!(super::names::words_of(value).as_str(), "churned" | "ended" | "inactive")
    });
    if let Some(value) = over {
        sheet.ask(About::Columns, format!(
            "'{}' says '{value}' for some, and no column says when they ended: all are taken as still running. Which column has the end? --column \"That column=end\".",
            sheet.name(at)
        ));
        sheet.sure.push(0.5);
    }
}

/// How names of beginnings and of ends begin, where year and month stand apart.
pub const BEGIN: [&str; 8] = ["enroll", "enrol", "start", "join", "signup", "begin", "subscri", "activation"];
pub const END: [&str; 8] = ["cancel", "end", "churn", "exit", "termination", "leave", "left", "expir"];

/// The columns of a year and a month whose names begin so.
pub fn parts(sheet: &Sheet<'_>, starts: &[&str]) -> Option<(usize, usize)> {
    let find = |word: &str| {
        let fits = |c: &Known| {
            c.look.looks == Looks::Whole
                && c.words.ends_with(word)
                && starts.iter().any(|start| c.words.starts_with(start))
        };
        sheet.columns.iter().position(fits)
    };
    Some((find("year")?, find("month")?))
}

/// From when to when: dates, or years and months apart. The end comes with the column that says whether there is one.
#[allow(clippy::type_complexity)] // a start, and an end with its column
fn term(sheet: &mut Sheet<'_>) -> Option<(Source, Option<(Source, String)>)> {
    let start =
        sheet.need(Role::Start, TIME).or_else(|| sheet.need(Role::SignedUp, TIME)).or_else(|| sheet.time(Role::At));
    if let Some(start) = start {
        let end = sheet.take(Role::End, |c| TIME(c) && !c.words.contains("trial") && !c.words.contains("current"));
        let end = end.map(|at| (sheet.time_source(at), sheet.name(at)));
        return Some((sheet.time_source(start), end));
    }
    let mut pair = |starts: &[&str]| {
        let (year, month) = parts(sheet, starts)?;
        sheet.taken[year] = true;
        sheet.taken[month] = true;
        let parts = Made { year: Some(sheet.name(year)), month: Some(sheet.name(month)), ..Made::default() };
        Some((made(parts), sheet.name(year)))
    };
    let (start, _) = pair(&BEGIN)?;
    Some((start, pair(&END)))
}

/// What it brings in a month, where the table tells.
fn price(sheet: &mut Sheet<'_>, columns: &mut BTreeMap<String, Source>) {
    let mark = sheet.mark();
    let interval =
        sheet.take(Role::Interval, |c| matches!(c.look.looks, Looks::Word | Looks::Text) && c.look.longest <= 20);
    // `12 months`: how many intervals stand in a column of their own.
    let count = sheet.columns.iter().position(|c| {
        c.look.looks == Looks::Whole
            && ["interval length", "interval count", "period length", "billing period", "frequency count"]
                .iter()
                .any(|name| c.words.ends_with(name))
    });
    let count = count.filter(|at| interval.is_some() && !sheet.taken[*at]).inspect(|at| sheet.taken[*at] = true);
    let monthly = |amount: usize, sheet: &mut Sheet<'_>, every: Option<&str>| {
        let of_one =
            ["unit", "each", "per seat", "per user"].iter().any(|word| sheet.columns[amount].words.contains(word));
        let quantity = Some(()).filter(|()| of_one).and_then(|()| sheet.take(Role::Quantity, NUMBER));
        let monthly = Monthly {
            amount: sheet.name(amount),
            interval: interval.filter(|_| every.is_none()).map(|at| sheet.name(at)),
            every: every.map(str::to_owned),
            count: count.filter(|_| every.is_none()).map(|at| sheet.name(at)),
            quantity: quantity.map(|at| sheet.name(at)),
        };
        made(Made {
            monthly: Some(monthly),
            decimal: sheet.columns[amount].look.mark.filter(|m| *m != mark),
            ..Made::default()
        })
    };
    let level: Suits =
        |c| NUMBER(c) && !["movement", "change", "delta", "diff"].iter().any(|word| c.words.contains(word));
    let source = if let Some(at) = sheet.take(Role::Mrr, level) {
        Some(sheet.number_source(at, mark))
    } else if let Some(at) = sheet.take(Role::Arr, NUMBER) {
        Some(monthly(at, sheet, Some("year")))
    } else {
        let at = sheet.take(Role::Amount, NUMBER).or_else(|| sheet.take(Role::UnitPrice, NUMBER));
        at.map(|at| {
            let said = sheet.answers.price_per.clone();
            if interval.is_none() && said.is_none() {
                sheet.must_ask(About::PricePer, format!(
                    "Is '{}' the price of one month? No column says for how long it is. Say which with --price-per month or --price-per year.",
                    sheet.name(at)
                ));
            }
            monthly(at, sheet, said.as_deref().filter(|_| interval.is_none()))
        })
    };
    columns.extend(source.map(|source| ("mrr_after".to_owned(), source)));
    if let Some(at) = interval {
        let words = [
            ("monthly", "month"),
            ("annual", "year"),
            ("annually", "year"),
            ("yearly", "year"),
            ("weekly", "week"),
            ("quarterly", "quarter"),
            ("daily", "day"),
        ];
        let words = words.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
        columns.insert(
            "interval".to_owned(),
            made(Made { column: Some(sheet.name(at)), words, lower: true, ..Made::default() }),
        );
    }
    sheet.plain(columns, &[("currency", Role::Currency, |c| c.look.longest <= 4 && TEXT(c))]);
}

/// Every row a change: a column says which.
fn changes(mut sheet: Sheet<'_>) -> Option<Guess> {
    const WORDS: [(&str, &str); 42] = [
        ("start", "start"),
        ("started", "start"),
        ("new", "start"),
        ("new business", "start"),
        ("new subscription", "start"),
        ("new_business", "start"),
        ("reactivate", "start"),
        ("created", "start"),
        ("subscribe", "start"),
        ("subscribed", "start"),
        ("signup", "start"),
        ("activated", "start"),
        ("reactivation", "start"),
        ("reactivated", "start"),
        ("change", "change"),
        ("changed", "change"),
        ("upgrade", "change"),
        ("upgraded", "change"),
        ("downgrade", "change"),
        ("downgraded", "change"),
        ("expansion", "change"),
        ("contraction", "change"),
        ("price change", "change"),
        ("plan change", "change"),
        ("plan_change", "change"),
        ("unsubscribed", "cancel"),
        ("updated", "change"),
        ("renewal", "change"),
        ("renewed", "change"),
        ("pause", "pause"),
        ("paused", "pause"),
        ("resume", "resume"),
        ("resumed", "resume"),
        ("cancel", "cancel"),
        ("cancelled", "cancel"),
        ("canceled", "cancel"),
        ("cancellation", "cancel"),
        ("churn", "cancel"),
        ("churned", "cancel"),
        ("deleted", "cancel"),
        ("end", "end"),
        ("ended", "end"),
    ];
    let known = |text: &str| WORDS.iter().any(|(from, _)| text.eq_ignore_ascii_case(from));
    let kind = (0..sheet.columns.len()).find(|at| {
        let filled: Vec<&str> =
            (0..sheet.rows.len()).map(|row| sheet.value(row, *at)).filter(|v| !v.is_empty()).collect();
        !filled.is_empty() && filled.iter().all(|value| known(value))
    })?;
    sheet.taken[kind] = true;
    let (who, _, mut columns) = base(&mut sheet, Role::At)?;
    let words = WORDS.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    columns.insert("kind".to_owned(), made(Made { column: Some(sheet.name(kind)), words, ..Made::default() }));
    let id = sheet.take(Role::Subscription, ANY).map(|at| Source::Column(sheet.name(at)));
    columns.insert("subscription_id".to_owned(), id.unwrap_or(who));
    sheet.plain(&mut columns, &[("plan", Role::Plan, WORD)]);
    price(&mut sheet, &mut columns);
    sheet.plain(&mut columns, &[("reason", Role::Reason, WORD)]);
    let mut only = rule(Table::SubscriptionChanges, columns);
    only.attributes = sheet.attributes(Table::SubscriptionChanges);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}

/// Questions to the service desk.
pub fn tickets(mut sheet: Sheet<'_>) -> Option<Guess> {
    let id = sheet
        .need(Role::Ticket, |c| !matches!(c.look.looks, Looks::Date | Looks::Decimal))
        .or_else(|| sheet.take(Role::EventId, |c| c.look.unique()))?;
    let (_, when, mut columns) = base(&mut sheet, Role::At)?;
    let id = Source::Column(sheet.name(id));
    columns.insert("ticket_id".to_owned(), id.clone());
    columns.insert("source_id".to_owned(), id);
    for (name, role) in [("resolved_at", Role::Resolved), ("first_reply_at", Role::FirstReply)] {
        if let Some(at) = sheet.take(role, TIME) {
            let source = sheet.time_source(at);
            columns.insert(name.to_owned(), source);
        }
    }
    let waited = |c: &Known| {
        c.look.numeric() && c.words.contains("first") && (c.words.contains("repl") || c.words.contains("respon"))
    };
    let waited = sheet.columns.iter().position(waited).filter(|at| !sheet.taken[*at]);
    if let (Some(at), false, &[opened]) = (waited, columns.contains_key("first_reply_at"), &when.columns()[..]) {
        let unit = super::super::map::Unit::in_words(&sheet.columns[at].words);
        if let Some(unit) = unit {
            sheet.taken[at] = true;
            let dates = if let Source::Made(made) = &when { made.dates } else { None };
            let reply = Made {
                column: Some(opened.to_owned()),
                dates,
                after: Some(sheet.name(at)),
                unit: Some(unit),
                ..Made::default()
            };
            columns.insert("first_reply_at".to_owned(), made(reply));
        }
    }
    sheet.plain(
        &mut columns,
        &[
            ("satisfaction", Role::Satisfaction, NUMBER),
            ("priority", Role::Priority, WORD),
            ("status", Role::Status, WORD),
            ("topic", Role::Topic, |c| c.look.looks == Looks::Word),
        ],
    );
    let mut only = rule(Table::Tickets, columns);
    only.attributes = sheet.attributes(Table::Tickets);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}

/// Answers to a survey.
pub fn responses(mut sheet: Sheet<'_>) -> Option<Guess> {
    let score = sheet.need(Role::Score, NUMBER);
    let (_, _, mut columns) = base(&mut sheet, Role::At)?;
    let words = score.map(|at| sheet.columns[at].words.clone()).unwrap_or_default();
    let kind = if score.is_none() {
        "text"
    } else if words.contains("ces") || words.contains("effort") {
        "ces"
    } else if words.contains("nps")
        || words.contains("recommend")
        || score.is_some_and(|at| {
            sheet
                .rows
                .iter()
                .any(|row| row.get(at).is_some_and(|v| matches!(v.trim(), "0" | "6" | "7" | "8" | "9" | "10")))
        })
    {
        "nps"
    } else {
        "csat"
    };
    if score.is_some() && kind == "nps" && !words.contains("nps") && !words.contains("recommend") {
        sheet.ask(
            About::Columns,
            format!("Is '{words}' an answer to \"how likely are you to recommend us\" (0 to 10)?"),
        );
    }
    columns.insert("kind".to_owned(), Source::constant(kind));
    columns.extend(score.map(|at| ("score".to_owned(), Source::Column(sheet.name(at)))));
    source_id(&mut sheet, &mut columns, Role::EventId);
    sheet.plain(
        &mut columns,
        &[
            ("survey_id", Role::Survey, WORD),
            ("text", Role::Answer, |c| matches!(c.look.looks, Looks::Text | Looks::Word)),
            ("reason", Role::Reason, WORD),
        ],
    );
    let mut only = rule(Table::Responses, columns);
    only.attributes = sheet.attributes(Table::Responses);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}

/// Invoices and how their payment went.
pub fn invoices(mut sheet: Sheet<'_>) -> Option<Guess> {
    let id = sheet
        .need(Role::Invoice, |c| c.look.looks != Looks::Date)
        .or_else(|| sheet.take(Role::EventId, |c| c.look.unique()))?;
    let due = sheet.take(Role::Due, TIME);
    let (_, _, mut columns) = base(&mut sheet, Role::At)?;
    let id = Source::Column(sheet.name(id));
    columns.insert("invoice_id".to_owned(), id.clone());
    columns.insert("source_id".to_owned(), id);
    if let Some(at) = due {
        let source = sheet.time_source(at);
        columns.insert("due_at".to_owned(), source);
    }
    sheet.plain(
        &mut columns,
        &[
            ("subscription_id", Role::Subscription, ANY),
            ("amount_paid", Role::Paid, NUMBER),
            ("amount", Role::Amount, NUMBER),
            ("currency", Role::Currency, TEXT),
            ("attempt", Role::Attempts, NUMBER),
            ("outcome", Role::Status, WORD),
        ],
    );
    let mut only = rule(Table::Invoices, columns);
    only.attributes = sheet.attributes(Table::Invoices);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}

/// What customers cost.
pub fn costs(mut sheet: Sheet<'_>) -> Option<Guess> {
    let (_, _, mut columns) = base(&mut sheet, Role::At)?;
    let mark = sheet.mark();
    let amount = sheet
        .take(Role::Amount, NUMBER)
        .or_else(|| sheet.columns.iter().position(|c| c.look.numeric() && c.words.contains("cost")))?;
    sheet.taken[amount] = true;
    columns.insert("amount".to_owned(), sheet.number_source(amount, mark));
    const KINDS: [&str; 3] = ["serve", "acquire", "retain"];
    let kind = sheet
        .best(Role::CostKind, WORD)
        .map(|(at, _)| at)
        .filter(|at| (0..sheet.rows.len()).all(|row| KINDS.contains(&sheet.value(row, *at).to_lowercase().as_str())));
    match kind {
        Some(at) => {
            sheet.taken[at] = true;
            columns
                .insert("kind".to_owned(), made(Made { column: Some(sheet.name(at)), lower: true, ..Made::default() }));
        }
        None => {
            sheet.ask(
                About::Columns,
                "Are these costs of serving, acquiring or retaining customers? They are taken as costs of serving."
                    .to_owned(),
            );
            columns.insert("kind".to_owned(), Source::constant("serve"));
        }
    }
    sheet.plain(&mut columns, &[("currency", Role::Currency, TEXT), ("channel", Role::Channel, TEXT)]);
    let mut only = rule(Table::Costs, columns);
    only.attributes = sheet.attributes(Table::Costs);
    let map = Map { decimal: mark, facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}
