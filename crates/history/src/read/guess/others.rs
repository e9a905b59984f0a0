//! Events, customers, tickets, answers, invoices and costs of layouts never seen before.

use std::collections::BTreeMap;

use super::look::Looks;
use super::names::{Role, asks_to_recommend};
use super::{About, Guess, Known, Sheet, made, rule, traits};
use crate::read::map::{Condition, Made, Map, OrderPer, Rule, Source, Unit};
use crate::schema::Table;

pub(super) type Suits = fn(&Known) -> bool;
pub(super) const ANY: Suits = |_| true;
pub(super) const NUMBER: Suits = |c| c.look.numeric();
pub(super) const TEXT: Suits = |c| !c.look.numeric() && c.look.looks != Looks::Date;
pub(super) const TIME: Suits = |c| !c.look.forms.is_empty();
pub(super) const WORD: Suits = |c| matches!(c.look.looks, Looks::Word | Looks::Text);

/// Columns of a person and an instant.
pub(super) fn base(sheet: &mut Sheet<'_>, role: Role) -> Option<(Source, Source, BTreeMap<String, Source>)> {
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
        name = name_of_deeds(&sheet, customer).inspect(|at| sheet.taken[*at] = true);
    }
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

/// A column called `name` that differs between the rows of one customer names what was done, and nobody.
fn name_of_deeds(sheet: &Sheet<'_>, customer: usize) -> Option<usize> {
    let at =
        sheet.columns.iter().position(|c| c.words == "name" && matches!(c.look.looks, Looks::Word | Looks::Text))?;
    let mut first: std::collections::HashMap<&str, &str> = Default::default();
    let other = |row: &usize| {
        let name = sheet.value(*row, at);
        !name.is_empty() && *first.entry(sheet.value(*row, customer)).or_insert(name) != name
    };
    let several = (0..sheet.rows.len()).filter(other).count() > 0;
    (several && !sheet.taken[at] && sheet.pins[at].is_none()).then_some(at)
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
        unit: Some(Unit::Month),
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
    let spans = |sheet: &Sheet<'_>, at: usize| {
        let said = super::signs::values(sheet, at);
        !said.is_empty() && said.iter().all(|value| crate::read::fill::seconds_of(value).is_some())
    };
    let waited = |at: &usize| {
        let column = &sheet.columns[*at];
        let named =
            column.words.contains("first") && (column.words.contains("repl") || column.words.contains("respon"));
        !sheet.taken[*at] && named && (column.look.numeric() || spans(&sheet, *at))
    };
    let waited = (0..sheet.columns.len()).find(waited);
    if let (Some(at), false, &[opened]) = (waited, columns.contains_key("first_reply_at"), &when.columns()[..]) {
        // `01:30` says itself what it counts.
        let unit = Unit::in_words(&sheet.columns[at].words).or_else(|| spans(&sheet, at).then_some(Unit::Hour));
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
    let satisfaction = satisfaction(&mut sheet);
    columns.extend(satisfaction.map(|source| ("satisfaction".to_owned(), source)));
    sheet.plain(
        &mut columns,
        &[
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

/// How content somebody was, as a number: where words say it, their place on their scale.
fn satisfaction(sheet: &mut Sheet<'_>) -> Option<Source> {
    const SCALES: [&[&str]; 4] = [
        &["extremely unhappy", "very unhappy", "unhappy", "neutral", "happy", "very happy", "extremely happy"],
        &["very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"],
        &["sehr unzufrieden", "unzufrieden", "neutral", "zufrieden", "sehr zufrieden"],
        &["bad", "okay", "good", "great"],
    ];
    if let Some(at) = sheet.take(Role::Satisfaction, NUMBER) {
        return Some(sheet.number_source(at, sheet.mark()));
    }
    let (at, _) = sheet.best(Role::Satisfaction, |c| WORD(c) || c.look.looks == Looks::Flag)?;
    let said = super::signs::values(sheet, at);
    let scale =
        SCALES.into_iter().find(|scale| said.iter().all(|word| scale.contains(&word.to_lowercase().as_str())))?;
    sheet.taken[at] = true;
    let name = sheet.name(at);
    sheet.notes.push(format!(
        "'{name}' becomes a number from 1 ({}) to {} ({})",
        scale[0],
        scale.len(),
        scale[scale.len() - 1]
    ));
    let words = (1..).zip(scale).map(|(place, word): (usize, &&str)| ((*word).to_owned(), place.to_string())).collect();
    // Further words stay without a number: a ticket is not refused for them.
    Some(made(Made { column: Some(name), words, otherwise: Some(String::new()), ..Made::default() }))
}

/// Numbers on a scale from 0 to 10.
fn of_ten(sheet: &Sheet<'_>, at: usize) -> bool {
    let look = &sheet.columns[at].look;
    look.looks == Looks::Whole && !look.negative && look.largest <= 10.0 && !look.bit
}

/// The score of an answer: by its name, or the only column of a scale from 0 to 10.
fn score(sheet: &mut Sheet<'_>) -> Option<usize> {
    if let Some(at) = sheet.need(Role::Score, NUMBER) {
        return Some(at);
    }
    let scales: Vec<usize> = (0..sheet.columns.len()).filter(|at| !sheet.taken[*at] && of_ten(sheet, *at)).collect();
    let [at] = scales[..] else { return None };
    sheet.taken[at] = true;
    sheet.sure.push(0.6);
    Some(at)
}

/// Which question a score answers.
fn kind_of_answer(sheet: &mut Sheet<'_>, score: Option<usize>) -> &'static str {
    let Some(at) = score else { return "text" };
    let words = sheet.columns[at].words.clone();
    if words.contains("ces") || words.contains("effort") {
        return "ces";
    }
    if asks_to_recommend(&words) || words.contains("nps") || words.contains("recommend") {
        return "nps";
    }
    if let Some(kind) = named_kind(sheet) {
        return kind;
    }
    let of_ten = |value: &str| matches!(value, "0" | "6" | "7" | "8" | "9" | "10");
    if !(0..sheet.rows.len()).any(|row| of_ten(sheet.value(row, at))) {
        return "csat";
    }
    let name = sheet.name(at);
    if sheet.pins[at].is_none() {
        sheet.ask(About::Columns, format!(
            "Is '{name}' an answer to \"how likely are you to recommend us\" (0 to 10)? It is taken as one: --column \"{name}=score\" says yes. If it is not, --column \"{name}=skip\" leaves it out, and `kind` in a map (--save-map) names another question."
        ));
    }
    "nps"
}

/// The question that a column names in every row, as in Delighted's `Survey type`.
fn named_kind(sheet: &Sheet<'_>) -> Option<&'static str> {
    let all = |at: usize, kind: &str| {
        let said = super::signs::values(sheet, at);
        !said.is_empty() && said.iter().all(|value| value.eq_ignore_ascii_case(kind))
    };
    ["nps", "csat", "ces"].into_iter().find(|kind| (0..sheet.columns.len()).any(|at| all(at, kind)))
}

/// The text somebody wrote: a question in the name of a column that no list has.
fn written_answer(sheet: &Sheet<'_>) -> Option<usize> {
    let asks = |at: &usize| {
        let column = &sheet.columns[*at];
        let text = matches!(column.look.looks, Looks::Text | Looks::Word);
        !sheet.taken[*at] && text && column.name.trim_end().ends_with(['?', '？']) && sheet.pins[*at].is_none()
    };
    (0..sheet.columns.len()).filter(asks).max_by_key(|at| (sheet.columns[*at].look.longest, std::cmp::Reverse(*at)))
}

/// Answers to a survey.
pub fn responses(mut sheet: Sheet<'_>) -> Option<Guess> {
    let named = sheet.best(Role::Score, NUMBER).is_some();
    let score_first = if named { score(&mut sheet) } else { None };
    let (_, _, mut columns) = base(&mut sheet, Role::At)?;
    // Numbers of customers are none of the answers: a scale without a name is looked for after them.
    let score = score_first.or_else(|| score(&mut sheet));
    let kind = kind_of_answer(&mut sheet, score);
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
    if let Some(at) = written_answer(&sheet).filter(|_| !columns.contains_key("text")) {
        sheet.taken[at] = true;
        columns.insert("text".to_owned(), Source::Column(sheet.name(at)));
    }
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
