//! Is a rule one that can be asked of this history? Every fault is named with its place, before anything is read.

use history::Snapshot;

use crate::SegmentError;
use crate::evaluate::Book;
use crate::rule::{Definition, Did, Moment, Rule, Test};
use crate::test_of::{Sort, sort_of};

/// Rules inside each other.
const DEPTH_MAX: usize = 20;
/// Rules of one segment, those inside others counted.
const RULES_MAX: usize = 200;
/// Columns of `customers` that follow from what somebody did so far: as of an earlier day they would know the future.
const DONE_SO_FAR: [&str; 8] =
    ["facts", "first_at", "last_at", "first_order_at", "last_order_at", "orders", "spent", "refunded"];
/// Tests of one fact: each is a part of one condition, and a very deep one would end the stack.
const TESTS_MAX: usize = 20;
/// Characters of a word.
const WORD_MAX: usize = 500;
/// Words of one test.
const WORDS_MAX: usize = 10_000;
/// Characters of a name.
const NAME_MAX: usize = 100;

/// Checks a definition against the columns of the history and the other segments there are.
///
/// # Errors
///
/// The first fault, with its place in the rule.
pub fn check(definition: &Definition, snapshot: &Snapshot, book: &Book) -> Result<(), SegmentError> {
    let name = definition.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(wrong("name", "a segment needs a name of 1 to 100 characters", "write name = \"…\""));
    }
    let mut rules = 0;
    check_rule(&definition.rule, "rule", 0, &mut rules, snapshot, book)
}

fn check_rule(
    rule: &Rule,
    place: &str,
    depth: usize,
    rules: &mut usize,
    snapshot: &Snapshot,
    book: &Book,
) -> Result<(), SegmentError> {
    *rules += 1;
    if depth > DEPTH_MAX || *rules > RULES_MAX {
        let what = format!("a segment may have {RULES_MAX} rules, {DEPTH_MAX} inside each other");
        return Err(wrong(place, &what, "make a part of it a segment of its own"));
    }
    let mut inside = |part: &Rule, place: String| check_rule(part, &place, depth + 1, rules, snapshot, book);
    match rule {
        Rule::All(parts) => {
            parts.iter().enumerate().try_for_each(|(n, part)| inside(part, format!("{place}.all[{n}]")))
        }
        Rule::Any(parts) => {
            parts.iter().enumerate().try_for_each(|(n, part)| inside(part, format!("{place}.any[{n}]")))
        }
        Rule::Not(part) => inside(part, format!("{place}.not")),
        Rule::Trait(test) if DONE_SO_FAR.contains(&test.column.as_str()) => {
            let what = format!("'{}' says what was done so far, whatever the day asked about", test.column);
            Err(wrong(&format!("{place}.trait"), &what, "use did (at_least, or sum), first or last"))
        }
        Rule::Trait(test) => check_test(test, &format!("{place}.trait"), "customers", snapshot),
        Rule::Did(did) => check_did(did, &format!("{place}.did"), snapshot),
        Rule::Last(moment) => check_moment(moment, &format!("{place}.last"), snapshot),
        Rule::First(moment) => check_moment(moment, &format!("{place}.first"), snapshot),
        Rule::Segment(name) if book.contains_key(name) => Ok(()),
        Rule::Segment(name) => Err(SegmentError::Unknown {
            place: format!("{place}.segment"),
            name: name.clone(),
            known: book.keys().cloned().collect(),
        }),
        Rule::Behind(_) => Ok(()),
    }
}

fn wrong(place: &str, what: &str, hint: &str) -> SegmentError {
    SegmentError::Rule { place: place.to_owned(), what: what.to_owned(), hint: hint.to_owned() }
}

fn check_did(did: &Did, place: &str, snapshot: &Snapshot) -> Result<(), SegmentError> {
    let bounds = (did.at_least, did.at_most);
    if did.sum.is_some() && bounds != (None, None) {
        return Err(wrong(place, "either the number of facts is bounded or a sum", "leave out at_least and at_most"));
    }
    if let (Some(low), Some(high)) = bounds
        && low > high
    {
        return Err(wrong(place, &format!("at_least {low} is more than at_most {high}"), "turn the two round"));
    }
    check_days(did.from.zip(did.until), place)?;
    if let Some(sum) = &did.sum {
        let place = format!("{place}.sum");
        if sum.at_least.is_none() && sum.at_most.is_none() {
            return Err(wrong(&place, "the sum has no bound", "add at_least or at_most"));
        }
        [sum.at_least, sum.at_most].into_iter().flatten().try_for_each(|number| check_number(number, &place))?;
        if !snapshot.has(did.what.view()) {
            return Ok(());
        }
        if sort_of(snapshot, did.what.view(), &sum.column, &place)? != Sort::Number {
            return Err(wrong(&place, &format!("'{}' holds no numbers", sum.column), "name a column of numbers"));
        }
    }
    check_tests(&did.tests, place, did.what.view(), snapshot)
}

fn check_moment(moment: &Moment, place: &str, snapshot: &Snapshot) -> Result<(), SegmentError> {
    let bounded = moment.within.is_some() || moment.before.is_some() || moment.from.is_some() || moment.until.is_some();
    if !bounded {
        let hint = "add within = \"90d\", before = \"90d\", from or until; or use did";
        return Err(wrong(place, "no bound of time", hint));
    }
    check_days(moment.from.zip(moment.until), place)?;
    check_tests(&moment.tests, place, moment.what.view(), snapshot)
}

fn check_days(days: Option<(terms::Date, terms::Date)>, place: &str) -> Result<(), SegmentError> {
    match days {
        Some((from, until)) if from >= until => {
            Err(wrong(place, &format!("from {from} is not before until {until}"), "turn the two round"))
        }
        _ => Ok(()),
    }
}

fn check_tests(tests: &[Test], place: &str, view: &'static str, snapshot: &Snapshot) -> Result<(), SegmentError> {
    if tests.len() > TESTS_MAX {
        let what = format!("{} tests of one fact are more than {TESTS_MAX}", tests.len());
        return Err(wrong(place, &what, "name several words in one test: is = [\"a\", \"b\"]"));
    }
    if tests.iter().any(|test| said(test) == 0) || !snapshot.has(view) {
        // Of facts that are not there nobody can say which columns they have: nobody did them.
        return tests
            .iter()
            .enumerate()
            .filter(|(_, test)| said(test) == 0)
            .try_for_each(|(n, test)| nothing_said(test, &format!("{place}.where[{n}]")));
    }
    tests.iter().enumerate().try_for_each(|(n, test)| check_test(test, &format!("{place}.where[{n}]"), view, snapshot))
}

fn said(test: &Test) -> usize {
    let words = [test.is.is_some(), test.is_not.is_some(), test.contains.is_some()];
    let others = [test.at_least.is_some(), test.at_most.is_some(), test.known.is_some(), test.yes.is_some()];
    words.into_iter().chain(others).filter(|said| *said).count()
}

fn nothing_said(test: &Test, place: &str) -> Result<(), SegmentError> {
    let hint = "add is, is_not, contains, at_least, at_most, known or yes";
    Err(wrong(place, &format!("nothing is asked of '{}'", test.column), hint))
}

fn check_test(test: &Test, place: &str, view: &'static str, snapshot: &Snapshot) -> Result<(), SegmentError> {
    if said(test) == 0 {
        return nothing_said(test, place);
    }
    if !snapshot.has(view) {
        return Ok(());
    }
    let words = test.is.is_some() || test.is_not.is_some() || test.contains.is_some();
    let numbers = test.at_least.is_some() || test.at_most.is_some();
    let column = &test.column;
    match sort_of(snapshot, view, column, place)? {
        Sort::Text if numbers || test.yes.is_some() => {
            Err(wrong(place, &format!("'{column}' holds words"), "ask is, is_not, contains or known"))
        }
        Sort::Number if words || test.yes.is_some() => {
            Err(wrong(place, &format!("'{column}' holds numbers"), "ask at_least, at_most or known"))
        }
        Sort::Flag if words || numbers => Err(wrong(place, &format!("'{column}' holds yes or no"), "ask yes or known")),
        Sort::Time if words || numbers || test.yes.is_some() => {
            Err(wrong(place, &format!("'{column}' holds a time"), "ask known, or use first, last or did"))
        }
        _ => {
            [test.at_least, test.at_most].into_iter().flatten().try_for_each(|number| check_number(number, place))?;
            check_words(test, place)
        }
    }
}

fn check_number(number: f64, place: &str) -> Result<(), SegmentError> {
    if number.is_finite() && number.abs() <= 1e15 {
        return Ok(());
    }
    Err(wrong(place, &format!("{number} is no number to compare with"), "write a number between -10^15 and 10^15"))
}

fn check_word(word: &str, place: &str) -> Result<(), SegmentError> {
    match word.chars().count() {
        1..=WORD_MAX => Ok(()),
        0 => Err(wrong(place, "an empty word", "name a word, or ask known = false")),
        many => Err(wrong(place, &format!("a word of {many} characters"), "name words of 500 characters at most")),
    }
}

fn check_words(test: &Test, place: &str) -> Result<(), SegmentError> {
    test.contains.iter().try_for_each(|part| check_word(part, place))?;
    for words in [&test.is, &test.is_not].into_iter().flatten() {
        let count = words.all().len();
        if count == 0 || count > WORDS_MAX {
            return Err(wrong(place, &format!("a list of {count} words"), "name 1 to 10,000 words"));
        }
        words.all().iter().try_for_each(|word| check_word(word, place))?;
    }
    Ok(())
}
