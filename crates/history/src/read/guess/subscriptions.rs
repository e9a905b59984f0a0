//! Subscriptions of layouts never seen before: one row each, or one row a change; trials, pauses, ends.

use std::collections::BTreeMap;

use super::look::Looks;
use super::names::Role;
use super::others::{ANY, NUMBER, Suits, TEXT, TIME, WORD, base};
use super::signs::{begins, came_to_nothing, is, unknown, values};
use super::{About, Guess, Known, Sheet, made, rule, traits};
use crate::read::date::DateForm;
use crate::read::map::{Condition, Made, Map, Monthly, Rule, SetAside, Source, State};
use crate::schema::Table;

/// How statuses begin of subscriptions that were never paid for: their first payment failed, or their trial led to nothing.
const NEVER: &[&str] = &[
    "incomplete",
    "never started",
    "not started",
    "pending payment",
    "payment pending",
    "payment failed",
    "failed",
    "draft",
    "trial expired",
    "expired trial",
    "trial ended",
    "trial canceled",
    "trial cancelled",
    "trial over",
    "trial churned",
    "testphase abgelaufen",
    "essai expire",
    "prueba caducada",
];
/// How statuses begin of subscriptions that are being tried.
const TRIED: &[&str] = &[
    "trial",
    "in trial",
    "on trial",
    "free trial",
    "active trial",
    "testphase",
    "in testphase",
    "probezeit",
    "in probezeit",
    "essai",
    "en essai",
    "periode d essai",
    "prueba",
    "en prueba",
    "periodo de prueba",
    "in prova",
    "periodo di prova",
    "kokeilu",
    "koeaika",
    "provperiod",
    "试用",
];
/// How statuses begin of subscriptions that rest.
const PAUSED: &[&str] = &[
    "pause",
    "on hold",
    "suspend",
    "frozen",
    "pausier",
    "en pause",
    "pausad",
    "in pausa",
    "tauolla",
    "暂停",
    "已暂停",
];
/// How statuses begin of subscriptions that run, or ran until an end that a column tells.
const RUNS: &[&str] = &[
    "activ",
    "live",
    "running",
    "paid",
    "past due",
    "overdue",
    "non renewing",
    "pending cancel",
    "scheduled",
    "churn",
    "former",
    "ended",
    "inactiv",
    "terminat",
    "complete",
    "current",
    "renew",
    "future",
    "grace",
    "in grace",
    "dunning",
    "aktiv",
    "gekundigt",
    "beendet",
    "actif",
    "resilie",
    "ativ",
    "voimassa",
    "paattynyt",
    "有效",
];

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
    columns.insert("subscription_id".to_owned(), id_source);
    sheet.plain(&mut columns, &[("plan", Role::Plan, WORD)]);
    price(&mut sheet, &mut columns);
    let reason = sheet.take(Role::Reason, WORD).map(|at| Source::Column(sheet.name(at)));
    let standing = standing(&mut sheet, &start, end.as_ref(), columns.contains_key("mrr_after"));
    let person = traits(&mut sheet, &who, &start, true);
    let attributes = sheet.attributes(Table::SubscriptionChanges);

    let mut facts = standing.starts(&columns, attributes);
    facts.extend(standing.first_payment(&columns));
    facts.extend(standing.pause(&columns));
    facts.extend(end.map(|end| stop(columns, end, reason)));
    facts.extend(person);
    let map = Map { decimal: sheet.mark(), set_aside: standing.set_aside, facts, ..Map::default() };
    Some(sheet.done(map))
}

/// The end of a subscription.
fn stop(columns: BTreeMap<String, Source>, (end, column): (Source, String), reason: Option<Source>) -> Rule {
    let mut stop = change(columns, "cancel", end);
    stop.columns.extend(reason.map(|source| ("reason".to_owned(), source)));
    stop.when.push(Condition { column, is: Some(State::Filled), ..Condition::default() });
    stop
}

/// A later change of a subscription that brings nothing from then on.
fn change(columns: BTreeMap<String, Source>, kind: &str, at: Source) -> Rule {
    let mut rule = rule(Table::SubscriptionChanges, columns);
    rule.columns.insert("kind".to_owned(), Source::constant(kind));
    rule.columns.insert("at".to_owned(), at);
    if rule.columns.contains_key("mrr_after") {
        rule.columns.insert("mrr_after".to_owned(), Source::constant("0"));
    }
    rule.optional = true;
    rule
}

/// What stands between a start and revenue: a trial, a pause, a payment that never came.
#[derive(Default)]
struct Standing {
    /// Whether there is a price: without one nothing is said about revenue, since unknown is not zero.
    priced: bool,
    /// Rows that start without revenue, and why: the first that fits counts.
    free: Vec<(Condition, &'static str)>,
    /// When the first payment falls due, and that there is such a time.
    trial_end: Option<(Source, Condition)>,
    /// Holds where the subscription ended with its trial.
    ended_in_trial: Option<Condition>,
    /// When a pause began, and of which rows.
    paused: Option<(Source, Condition)>,
    set_aside: Vec<SetAside>,
}

impl Standing {
    /// The start of a subscription: with its price, or without where nothing is paid yet.
    fn starts(
        &self,
        columns: &BTreeMap<String, Source>,
        attributes: BTreeMap<String, crate::read::map::Kept>,
    ) -> Vec<Rule> {
        let mut begin = rule(Table::SubscriptionChanges, columns.clone());
        begin.columns.insert("kind".to_owned(), Source::constant("start"));
        begin.attributes = attributes;
        let mut rules = Vec::new();
        for (free, reason) in &self.free {
            let mut without = begin.clone();
            without.when.push(free.clone());
            without.columns.insert("mrr_after".to_owned(), Source::constant("0"));
            without.columns.insert("reason".to_owned(), Source::constant(*reason));
            rules.push(without);
            begin.when.push(not(free));
        }
        rules.push(begin);
        rules
    }

    /// A trial that was not left before its end brings its price from then on.
    fn first_payment(&self, columns: &BTreeMap<String, Source>) -> Option<Rule> {
        let (at, over) = self.trial_end.as_ref()?;
        let mut paid = rule(Table::SubscriptionChanges, columns.clone());
        paid.columns.insert("kind".to_owned(), Source::constant("change"));
        paid.columns.insert("at".to_owned(), at.clone());
        paid.when.push(over.clone());
        let others = self.free.iter().map(|(free, _)| free).filter(|free| *free != over);
        paid.when.extend(others.chain(&self.ended_in_trial).map(not));
        paid.optional = true;
        Some(paid)
    }

    fn pause(&self, columns: &BTreeMap<String, Source>) -> Option<Rule> {
        let (at, rests) = self.paused.clone()?;
        let mut pause = change(columns.clone(), "pause", at);
        pause.when.push(rests);
        Some(pause)
    }
}

fn not(condition: &Condition) -> Condition {
    Condition { not: !condition.not, ..condition.clone() }
}

/// Reads the status, the end of the trial and the pause of every row, and says what they mean for its revenue.
fn standing(sheet: &mut Sheet<'_>, start: &Source, end: Option<&(Source, String)>, priced: bool) -> Standing {
    let mut standing = Standing { priced, ..Standing::default() };
    let status = sheet.best(Role::Status, WORD).map(|(at, _)| at).filter(|at| speaks(sheet, *at));
    let pause = sheet.take(Role::Paused, TIME);
    if let Some(at) = status {
        by_status(sheet, at, pause, &mut standing);
        ended_by_status(sheet, at, end.map(|(_, column)| column.as_str()));
    } else if let Some(at) = pause {
        let filled = Condition { column: sheet.name(at), is: Some(State::Filled), ..Condition::default() };
        standing.paused = Some((sheet.time_source(at), filled));
    }
    by_trial_end(sheet, start, end, &mut standing);
    standing.free.extend(trial_flag(sheet).filter(|_| priced).map(|yes| (yes, "trial")));
    standing
}

/// Whether a column tells how subscriptions stand rather than in which state of a country somebody lives.
fn speaks(sheet: &Sheet<'_>, at: usize) -> bool {
    sheet.columns[at].words.contains("status") || values(sheet, at).iter().any(|value| understood(value))
}

fn understood(value: &str) -> bool {
    came_to_nothing(value) || never(value) || [TRIED, PAUSED, RUNS].iter().any(|list| begins(value, list))
}

/// Whether a status says that a subscription was never paid for. `Pending` alone does, as in WooCommerce, where the
/// first payment is awaited; `pending cancellation` does not.
fn never(value: &str) -> bool {
    begins(value, NEVER) || is(value, "pending")
}

/// The words by which a condition finds rows of a list. What no row of a whole small file says needs none; a large file
/// may say it further down.
fn words(sheet: &Sheet<'_>, at: usize, list: &[&str], fits: impl Fn(&str) -> bool) -> Option<Condition> {
    let large = sheet.rows.len() >= 1_000;
    let mut one_of: Vec<String> = values(sheet, at).into_iter().filter(|value| fits(value)).collect();
    one_of.extend(list.iter().filter(|_| large).map(|word| (*word).to_owned()));
    (!one_of.is_empty()).then(|| Condition { column: sheet.name(at), one_of, ..Condition::default() })
}

fn by_status(sheet: &mut Sheet<'_>, at: usize, pause: Option<usize>, standing: &mut Standing) {
    standing.set_aside.extend(words(sheet, at, NEVER, never).map(|never| SetAside {
        code: "never_started".to_owned(),
        reason: "it never became a subscription that is paid for".to_owned(),
        withdraws: false,
        when: vec![never],
    }));
    let tried = words(sheet, at, TRIED, |value| begins(value, TRIED) && !never(value));
    if let Some(tried) = tried.filter(|_| standing.priced) {
        sheet.notes.push(format!("subscriptions whose '{}' calls them a trial bring nothing", sheet.name(at)));
        standing.free.push((tried, "trial"));
    }
    by_pause(sheet, at, pause, standing);
    let strange = unknown(sheet, at, understood);
    if !strange.is_empty() {
        sheet.notes.push(format!(
            "'{}' has words that no list knows; subscriptions with them are taken as running: {}",
            sheet.name(at),
            strange.join(", ")
        ));
    }
}

/// Subscriptions that rest bring nothing from the day a column names, or from their start where none does.
fn by_pause(sheet: &mut Sheet<'_>, at: usize, pause: Option<usize>, standing: &mut Standing) {
    let Some(paused) = words(sheet, at, PAUSED, |value| begins(value, PAUSED)) else { return };
    let resting: Vec<usize> = (0..sheet.rows.len()).filter(|row| begins(sheet.value(*row, at), PAUSED)).collect();
    let dated = pause.filter(|pause| resting.iter().all(|row| !sheet.value(*row, *pause).is_empty()));
    if let Some(pause) = dated {
        standing.paused = Some((sheet.time_source(pause), paused));
        return;
    }
    if !standing.priced {
        return;
    }
    standing.free.push((paused, "paused"));
    if let Some(row) = resting.first() {
        sheet.notes.push(format!(
            "'{}' says '{}' in {} of the rows looked at, and no column says since when: those subscriptions bring nothing, from their start on. A column that says it: --column \"That column=paused\"",
            sheet.name(at),
            sheet.value(*row, at),
            resting.len()
        ));
    }
}

/// The column and the form of a date that one column holds.
fn date_of(source: &Source) -> Option<(String, DateForm)> {
    match source {
        Source::Column(column) => Some((column.clone(), DateForm::Iso)),
        Source::Made(made) => {
            let column = made.column.as_ref().or(made.join.first())?;
            Some((column.clone(), made.dates.unwrap_or_default()))
        }
    }
}

/// A trial that ends after the start brings nothing until then; one that was left before its end never does.
fn by_trial_end(sheet: &mut Sheet<'_>, start: &Source, end: Option<&(Source, String)>, standing: &mut Standing) {
    let Some(at) = sheet.take(Role::TrialEnd, TIME).filter(|_| standing.priced) else { return };
    let column = sheet.name(at);
    let begun = date_of(start).filter(|(_, form)| sheet.columns[at].look.forms.contains(form));
    // A few dates alone may not show in which order they are written; those of the start beside them do.
    let source = match &begun {
        Some((_, DateForm::Iso)) => Source::Column(column.clone()),
        Some((_, form)) => made(Made { column: Some(column.clone()), dates: Some(*form), ..Made::default() }),
        None => sheet.time_source(at),
    };
    let Some((_, form)) = date_of(&source) else { return };
    let dates = Some(form).filter(|form| *form != DateForm::Iso);
    let ended = end.map(|(end, _)| date_of(end).filter(|(_, ended)| *ended == form));
    if ended == Some(None) {
        sheet.ask(About::Columns, format!(
            "'{column}' says when trials end, in another form of date than the end of the subscription, so that the two cannot be compared: revenue is counted from the start. If trials are not paid for: --column \"{column}=start\"."
        ));
        return;
    }
    let over = match begun {
        Some((start, _)) => Condition { column: column.clone(), after: Some(start), dates, ..Condition::default() },
        None => Condition { column: column.clone(), is: Some(State::Filled), ..Condition::default() },
    };
    standing.ended_in_trial = ended.flatten().map(|(end, _)| Condition {
        column: end,
        until: Some(column.clone()),
        dates,
        ..Condition::default()
    });
    standing.free.push((over.clone(), "trial"));
    standing.trial_end = Some((source, over));
    sheet.notes.push(format!(
        "what has a '{column}' brings nothing before it, and its price from then on unless it ended by then"
    ));
}

/// Rows that are trials, where a column of yes and no says so.
fn trial_flag(sheet: &Sheet<'_>) -> Option<Condition> {
    let says =
        |c: &Known| c.words.split(' ').any(|word| word == "trial") && (c.look.looks == Looks::Flag || c.look.bit);
    let at = sheet.columns.iter().position(says)?;
    let yes: Vec<String> =
        values(sheet, at).into_iter().filter(|word| crate::read::fill::flag_of(word) == Some(true)).collect();
    (!yes.is_empty()).then(|| Condition { column: sheet.name(at), one_of: yes, ..Condition::default() })
}

/// A status that says some ended, without saying when.
fn ended_by_status(sheet: &mut Sheet<'_>, at: usize, end: Option<&str>) {
    let over = |value: &str| {
        (came_to_nothing(value) || begins(value, &["churn", "former", "ended", "inactiv"])) && !never(value)
    };
    let end_at = end.and_then(|end| sheet.columns.iter().position(|c| c.name == end));
    let open = |row: &usize| end_at.is_none_or(|end| sheet.value(*row, end).is_empty());
    let rows: Vec<usize> = (0..sheet.rows.len()).filter(|row| over(sheet.value(*row, at)) && open(row)).collect();
    let Some(row) = rows.first() else { return };
    let (status, value) = (sheet.name(at), sheet.value(*row, at).to_owned());
    match end {
        Some(end) => sheet.notes.push(format!(
            "'{status}' says '{value}' or the like in {} of the rows looked at, and '{end}' is empty there: they are taken as still running",
            rows.len()
        )),
        None => {
            sheet.ask(About::Columns, format!(
                "'{status}' says '{value}' for some, and no column says when they ended: all are taken as still running. Which column has the end? --column \"That column=end\"."
            ));
            sheet.sure.push(0.5);
        }
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
            && [
                "interval length",
                "interval count",
                "billing interval",
                "period length",
                "billing period",
                "frequency count",
            ]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_stands_in_one_list_and_once() {
        let lists = [NEVER, TRIED, PAUSED, RUNS];
        for word in lists.concat() {
            let of: Vec<_> = lists.iter().filter(|list| list.contains(&word)).collect();
            assert_eq!(of.len(), 1, "{word}");
            assert_eq!(of[0].iter().filter(|start| word.starts_with(**start)).count(), 1, "{word}");
        }
        let dead = RUNS.iter().find(|word| came_to_nothing(word) || begins(word, &[NEVER, TRIED, PAUSED].concat()));
        assert_eq!(dead, None, "never reached");
    }
}
