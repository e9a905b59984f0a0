//! From a rule to the customers it means, as of an instant.
//!
//! Every leaf is one fold over one view; sets are then joined. What happened at the instant or later is not known. Traits
//! are those told last, whenever: sources rarely say since when somebody has had an address.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use history::fold::{Machine, Run, Slot};
use history::{Audience, Scan, Snapshot};
use terms::{Currency, Date, Instant};

use crate::rule::{Definition, Did, Moment, Rule, Sum, Test, What};
use crate::test_of::{condition, units};
use crate::{Ago, SegmentError};

/// The segments there are, by their short names.
pub type Book = BTreeMap<String, Definition>;

/// Who belongs to a rule at an instant.
///
/// # Errors
///
/// A segment that is part of itself or not in the book; what the history cannot answer. Check the definition first:
/// [`check`](crate::check) names faults by their place.
pub async fn members(snapshot: &Snapshot, rule: &Rule, at: Instant, book: &Book) -> Result<Audience, SegmentError> {
    let asked = Asked { snapshot, at, book, known: Mutex::default() };
    asked.of(rule, &mut Vec::new()).await
}

struct Asked<'a> {
    snapshot: &'a Snapshot,
    at: Instant,
    book: &'a Book,
    /// Segments that were found already: one that is named often is found once.
    known: Mutex<BTreeMap<String, Arc<Audience>>>,
}

type Found<'f> = Pin<Box<dyn Future<Output = Result<Audience, SegmentError>> + Send + 'f>>;

impl<'a> Asked<'a> {
    fn of<'f>(&'f self, rule: &'f Rule, inside: &'f mut Vec<String>) -> Found<'f> {
        Box::pin(async move {
            match rule {
                Rule::All(rules) => self.all(rules, inside).await,
                Rule::Any(rules) => {
                    let mut any = Audience::default();
                    for rule in rules {
                        any.add(&self.of(rule, inside).await?);
                    }
                    Ok(any)
                }
                Rule::Not(rule) => {
                    let not = self.of(rule, inside).await?;
                    let mut others = self.everybody().await?;
                    others.leave_out(&not);
                    Ok(others)
                }
                Rule::Trait(test) => self.with_trait(test).await,
                Rule::Did(did) => self.did(did).await,
                Rule::Last(moment) => self.moment(moment, true).await,
                Rule::First(moment) => self.moment(moment, false).await,
                Rule::Segment(name) => self.named(name, inside).await,
                Rule::Behind(behind) => {
                    let mut behind = (**behind).clone();
                    // The first day that is not counted, where the number does not say its own.
                    behind.set_as_of(self.day());
                    Ok(metrics::people::customers(self.snapshot, &behind).await?.into_iter().collect())
                }
            }
        })
    }

    /// The first day that is not counted.
    fn day(&self) -> Date {
        let zone = self.snapshot.zone();
        let day = zone.date(self.at);
        if zone.start_of(day) == self.at { day } else { day.plus(1) }
    }

    async fn all(&self, rules: &[Rule], inside: &mut Vec<String>) -> Result<Audience, SegmentError> {
        let Some((first, others)) = rules.split_first() else { return self.everybody().await };
        let mut all = self.of(first, inside).await?;
        for rule in others {
            match rule {
                // "A and not B" need not know everybody.
                Rule::Not(not) => all.leave_out(&self.of(not, inside).await?),
                rule => all.keep(&self.of(rule, inside).await?),
            }
            if all.is_empty() {
                break;
            }
        }
        Ok(all)
    }

    async fn named(&self, name: &str, inside: &mut Vec<String>) -> Result<Audience, SegmentError> {
        if inside.iter().any(|other| other == name) {
            let path = inside.iter().cloned().chain([name.to_owned()]).collect();
            return Err(SegmentError::Circle { path });
        }
        let Some(definition) = self.book.get(name) else {
            let known = self.book.keys().cloned().collect();
            return Err(SegmentError::Unknown { place: "rule".to_owned(), name: name.to_owned(), known });
        };
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(name) {
            return Ok((**found).clone());
        }
        inside.push(name.to_owned());
        let found = self.of(&definition.rule, inside).await;
        inside.pop();
        let found = found?;
        known().insert(name.to_owned(), Arc::new(found.clone()));
        Ok(found)
    }

    /// Everybody of whom something is known by then. Somebody of whom only traits are known has no first fact.
    async fn everybody(&self) -> Result<Audience, SegmentError> {
        let scan = Scan::of("customers", &["first_at"]).with_checked(Some("facts > 0".to_owned()));
        let until = self.at.0;
        let known = move |run: &Run<'_>| run.is_null(AT, 0) || run.i64(AT).first().is_some_and(|at| *at < until);
        Ok(self.snapshot.fold(&scan, Pick(known)).await?)
    }

    async fn with_trait(&self, test: &Test) -> Result<Audience, SegmentError> {
        let asked = condition(std::slice::from_ref(test), self.snapshot.currency());
        let filter = asked.into_iter().chain(["facts > 0".to_owned()]).collect::<Vec<_>>().join(" and ");
        let scan = Scan::of("customers", &["first_at"]).with_checked(Some(filter));
        let until = self.at.0;
        let known = move |run: &Run<'_>| run.is_null(AT, 0) || run.i64(AT).first().is_some_and(|at| *at < until);
        Ok(self.snapshot.fold(&scan, Pick(known)).await?)
    }

    /// The instants that count: from the first to before the second.
    fn window(&self, within: Option<Ago>, from: Option<Date>, until: Option<Date>) -> (i64, i64) {
        let zone = self.snapshot.zone();
        let begins = within.map(|ago| ago.before(self.at, zone).0).max(from.map(|day| zone.start_of(day).0));
        let ends = until.map_or(self.at.0, |day| zone.start_of(day).0.min(self.at.0));
        (begins.unwrap_or(i64::MIN), ends)
    }

    fn scan(&self, what: What, tests: &[Test], columns: &[&str]) -> Scan {
        Scan::of(what.view(), columns).with_checked(condition(tests, self.snapshot.currency()))
    }

    async fn did(&self, did: &Did) -> Result<Audience, SegmentError> {
        let window = self.window(did.within, did.from, did.until);
        if let Some(sum) = &did.sum {
            return self.summed(did, sum, window).await;
        }
        let (low, high) = match (did.at_least, did.at_most) {
            (None, None) => (1, u64::MAX),
            (low, high) => (low.unwrap_or(0), high.unwrap_or(u64::MAX)),
        };
        let scan = self.scan(did.what, &did.tests, &["at"]);
        let count = move |run: &Run<'_>| inside(run, window).len() as u64;
        if low > 0 {
            return Ok(self
                .snapshot
                .fold(&scan, Pick(move |run: &Run<'_>| (low..=high).contains(&count(run))))
                .await?);
        }
        // Never is few enough: whoever has no such fact is not in the view at all.
        let many = self.snapshot.fold(&scan, Pick(move |run: &Run<'_>| count(run) > high)).await?;
        let mut few = self.everybody().await?;
        few.leave_out(&many);
        Ok(few)
    }

    async fn summed(&self, did: &Did, sum: &Sum, window: (i64, i64)) -> Result<Audience, SegmentError> {
        if !self.snapshot.has(did.what.view()) {
            return if sum.at_least.is_none_or(|low| low <= 0.0) {
                self.everybody().await
            } else {
                Ok(Audience::default())
            };
        }
        let currency = self.snapshot.currency();
        let money = units(&sum.column, currency) > 1.0;
        let has_currency = money && self.snapshot.columns(did.what.view()).iter().any(|(name, _)| name == "currency");
        let mut columns = vec!["at", sum.column.as_str()];
        columns.extend(has_currency.then_some("currency"));
        let scan = self.scan(did.what, &did.tests, &columns);
        let of_run = move |run: &Run<'_>| total(run, window, currency.filter(|_| has_currency));
        let minor = |bound: f64| bound * units(&sum.column, currency);
        let low = sum.at_least.map(minor).unwrap_or(f64::NEG_INFINITY);
        let high = sum.at_most.map(minor).unwrap_or(f64::INFINITY);
        let fits = move |total: f64| low <= total && total <= high;
        if !fits(0.0) {
            return Ok(self.snapshot.fold(&scan, Pick(move |run: &Run<'_>| fits(of_run(run)))).await?);
        }
        let out = self.snapshot.fold(&scan, Pick(move |run: &Run<'_>| !fits(of_run(run)))).await?;
        let mut rest = self.everybody().await?;
        rest.leave_out(&out);
        Ok(rest)
    }

    async fn moment(&self, moment: &Moment, last: bool) -> Result<Audience, SegmentError> {
        let zone = self.snapshot.zone();
        let (from, until) = self.window(moment.within, moment.from, moment.until);
        let until = until.min(moment.before.map_or(i64::MAX, |ago| ago.before(self.at, zone).0));
        let known = (i64::MIN, self.at.0);
        let fits = move |run: &Run<'_>| {
            let facts = inside(run, known);
            let at = if last { facts.last() } else { facts.first() };
            at.is_some_and(|at| from <= *at && *at < until)
        };
        Ok(self.snapshot.fold(&self.scan(moment.what, &moment.tests, &["at"]), Pick(fits)).await?)
    }
}

const AT: Slot = 0;
const VALUE: Slot = 1;
const CURRENCY: Slot = 2;

/// The instants of a customer's facts that lie in the window. They come in order.
fn inside<'r>(run: &Run<'r>, (from, until): (i64, i64)) -> &'r [i64] {
    let at = run.i64(AT);
    &at[at.partition_point(|at| *at < from)..at.partition_point(|at| *at < until)]
}

/// The sum of the second column over the window; of money, what is in the reporting currency or names none.
fn total(run: &Run<'_>, (from, until): (i64, i64), currency: Option<Currency>) -> f64 {
    let whole = run.i64(VALUE);
    let (counts, decimal) = (run.u32(VALUE), run.f64(VALUE));
    let value = |row: usize| match (whole.get(row), counts.get(row), decimal.get(row)) {
        (Some(value), ..) => *value as f64,
        (_, Some(value), _) => f64::from(*value),
        (.., Some(value)) => *value,
        _ => 0.0,
    };
    let ours = |row: usize| match currency {
        Some(currency) => run.text(CURRENCY, row).is_none_or(|code| code.eq_ignore_ascii_case(currency.code())),
        None => true,
    };
    let at = run.i64(AT);
    let rows = at.partition_point(|at| *at < from)..at.partition_point(|at| *at < until);
    rows.filter(|row| !run.is_null(VALUE, *row) && ours(*row)).map(value).sum()
}

/// Everybody whose facts fit.
struct Pick<F>(F);

impl<F: Fn(&Run<'_>) -> bool + Send + Sync + 'static> Machine for Pick<F> {
    type Partial = Audience;

    fn start(&self) -> Audience {
        Audience::default()
    }

    fn customer(&self, partial: &mut Audience, run: &Run<'_>) {
        if (self.0)(run) {
            partial.insert(run.customer);
        }
    }

    fn merge(&self, into: &mut Audience, other: Audience) {
        into.add(&other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use proptest::prelude::*;

    const SHOP: &str = "ana 2024-01-05 10.00 country=FI\nana 2024-02-05 20.00 country=FI\nana 2024-03-05 30.00 country=FI\n\
        ben 2024-01-10 100.00 country=SE\ncem 2024-03-01 5.00\ncem 2024-03-08 refund 5.00\n\
        dora 2024-02-20 7.00 country=FI channel=shop\ndora 2024-03-07 9.00 currency=USD country=FI channel=shop";

    fn answer<T>(question: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(question)
    }

    fn instant(date: &str) -> Instant {
        history_zone().start_of(date.parse().unwrap())
    }

    fn history_zone() -> terms::Zone {
        terms::Zone::utc()
    }

    fn rule(text: &str) -> Rule {
        Definition::from_toml(&format!("name = 'x'\nrule = {text}"))
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .rule
    }

    fn book() -> Book {
        let named = |name: &str, text: &str| {
            (name.to_owned(), Definition { name: name.to_owned(), about: String::new(), rule: rule(text) })
        };
        Book::from([
            named("finns", "{ trait = { column = 'country', is = 'fi' } }"),
            named("loyal", "{ all = [{ segment = 'finns' }, { did = { what = 'order', at_least = 3 } }] }"),
            named("hen", "{ segment = 'egg' }"),
            named("egg", "{ not = { segment = 'hen' } }"),
        ])
    }

    fn names(snapshot: &Snapshot, found: &Audience) -> String {
        let rows = answer(snapshot.rows_of("select customer_id, customer from customers", history::Limits::default()))
            .unwrap();
        let (ids, keys) = (rows.text(usize::MAX).unwrap(), rows.whole(1).unwrap());
        let mut names: Vec<String> = ids
            .into_iter()
            .zip(keys)
            .filter(|(_, key)| found.contains(key.unwrap() as u32))
            .map(|(row, _)| row[0].clone())
            .collect();
        names.sort();
        names.join(" ")
    }

    fn check_of(snapshot: &Snapshot, text: &str, at: &str, expected: &str) {
        let definition = Definition { name: "x".to_owned(), about: String::new(), rule: rule(text) };
        check(&definition, snapshot, &book()).unwrap_or_else(|error| panic!("{text}: {error}"));
        let found = answer(members(snapshot, &definition.rule, instant(at), &book())).unwrap();
        assert_eq!(names(snapshot, &found), expected, "{text} at {at}");
    }

    #[test]
    fn rules_mean_what_they_say() {
        let shop = Snapshot::from_orders(SHOP).unwrap();
        let cases = [
            ("{ all = [] }", "2024-04-01", "ana ben cem dora"),
            ("{ any = [] }", "2024-04-01", ""),
            ("{ all = [] }", "2024-02-01", "ana ben"), // nobody else was known
            ("{ trait = { column = 'country', is = ['fi', 'de'] } }", "2024-04-01", "ana dora"),
            ("{ trait = { column = 'country', is_not = 'FI' } }", "2024-04-01", "ben"),
            ("{ trait = { column = 'country', known = false } }", "2024-04-01", "cem"),
            ("{ not = { trait = { column = 'country', is = 'FI' } } }", "2024-04-01", "ben cem"),
            ("{ did = { what = 'order' } }", "2024-02-01", "ana ben"),
            ("{ did = { what = 'order', at_least = 2 } }", "2024-04-01", "ana dora"),
            ("{ did = { what = 'order', at_least = 2 } }", "2024-03-05", "ana"), // the day itself is not known yet
            ("{ did = { what = 'order', at_most = 0, within = '30d' } }", "2024-04-05", "ana ben cem"),
            ("{ did = { what = 'order', at_most = 0, within = '1m' } }", "2024-04-05", "ben cem"),
            ("{ did = { what = 'order', at_most = 1 } }", "2024-04-01", "ben cem"),
            ("{ did = { what = 'order', where = [{ column = 'amount', at_least = 20 }] } }", "2024-04-01", "ana ben"),
            ("{ did = { what = 'order', from = '2024-02-01', until = '2024-03-01' } }", "2024-04-01", "ana dora"),
            ("{ did = { what = 'refund' } }", "2024-04-01", "cem"),
            ("{ did = { what = 'ticket', at_most = 0 } }", "2024-04-01", "ana ben cem dora"),
            ("{ did = { what = 'order', sum = { column = 'amount', at_least = 60 } } }", "2024-04-01", "ana ben"),
            // Dollars are no euros: 7.00 of dora counts.
            ("{ did = { what = 'order', sum = { column = 'amount', at_most = 7 } } }", "2024-04-01", "cem dora"),
            ("{ last = { what = 'order', before = '1m' } }", "2024-04-01", "ben"),
            ("{ last = { what = 'order', within = '4w' } }", "2024-04-01", "ana dora"),
            ("{ first = { what = 'order', from = '2024-02-01' } }", "2024-04-01", "cem dora"),
            ("{ segment = 'loyal' }", "2024-04-01", "ana"),
            ("{ all = [{ segment = 'finns' }, { not = { segment = 'loyal' } }] }", "2024-04-01", "dora"),
            (
                "{ behind = { behind = 'newness', ask = { period = '2024-03', scope = {} }, new = true } }",
                "2024-04-01",
                "cem",
            ),
        ];
        for (text, at, expected) in cases {
            check_of(&shop, text, at, expected);
        }
    }

    #[test]
    fn faults_are_named_with_their_place() {
        let shop = Snapshot::from_orders(SHOP).unwrap();
        let test = "{ column = 'country', is = 'FI' },".repeat(21);
        let many = format!("{{ did = {{ what = 'order', where = [{test}] }} }}");
        let cases = [
            ("{ all = [{ trait = { column = 'planet', is = 'Mars' } }] }", "rule.all[0].trait", "segment_column"),
            ("{ trait = { column = 'country' } }", "nothing is asked of 'country'", "segment_rule"),
            ("{ trait = { column = 'country', at_least = 3 } }", "'country' holds words", "segment_rule"),
            ("{ trait = { column = 'orders', is = '3' } }", "'orders' says what was done so far", "segment_rule"),
            (
                "{ did = { what = 'order', at_least = 3, at_most = 2 } }",
                "at_least 3 is more than at_most 2",
                "segment_rule",
            ),
            (
                "{ did = { what = 'order', sum = { column = 'country', at_least = 1 } } }",
                "holds no numbers",
                "segment_rule",
            ),
            (
                "{ did = { what = 'order', sum = { column = 'amount' } } }",
                "rule.did.sum: the sum has no bound",
                "segment_rule",
            ),
            ("{ last = { what = 'order' } }", "rule.last: no bound of time", "segment_rule"),
            (&many, "21 tests of one fact", "segment_rule"),
            ("{ trait = { column = 'country', contains = '' } }", "an empty word", "segment_rule"),
            (
                "{ any = [{ segment = 'nobody' }] }",
                "rule.any[0].segment: there is no segment 'nobody'",
                "unknown_segment",
            ),
        ];
        for (text, says, code) in cases {
            let definition = Definition { name: "x".to_owned(), about: String::new(), rule: rule(text) };
            let error = check(&definition, &shop, &book()).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
            assert_eq!(error.code(), code, "{text}");
            assert!(!error.hint().is_empty());
        }
        let circle = answer(members(&shop, &rule("{ segment = 'hen' }"), instant("2024-04-01"), &book())).unwrap_err();
        assert_eq!(
            (circle.code(), circle.to_string().as_str()),
            ("segment_circle", "the segment is part of itself: hen → egg → hen")
        );
    }

    #[test]
    fn metrics_of_a_segment_count_its_members_alone() {
        let shop = Snapshot::from_orders(SHOP).unwrap();
        let finns = answer(members(&shop, &rule("{ segment = 'finns' }"), instant("2024-04-01"), &book())).unwrap();
        let finns = shop.among(std::sync::Arc::new(finns));
        let ask = metrics::OrdersAsk::default();
        let found = answer(metrics::average_order_value::average_order_value(&finns, &ask)).unwrap();
        assert_eq!((found.orders, found.gross_minor), (4, 6700));
    }

    /// Words of hostile columns and values reach the history as words.
    #[test]
    fn words_are_only_words() {
        let shop = Snapshot::from_orders(SHOP).unwrap();
        for word in ["' or 1=1 --", "fi' or 'a'='a", "%", "_i", "\\", "x\"; drop table orders"] {
            let is = Rule::Trait(Test {
                column: "country".into(),
                is: Some(crate::Words::One(word.into())),
                ..Test::default()
            });
            let part = Rule::Trait(Test { column: "country".into(), contains: Some(word.into()), ..Test::default() });
            for rule in [is, part] {
                let found = answer(members(&shop, &rule, instant("2024-04-01"), &Book::new())).unwrap();
                assert!(found.is_empty(), "{word}: {rule:?}");
            }
        }
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        let what = prop_oneof![Just(What::Order), Just(What::Refund)];
        let ago = prop_oneof![Just(None), (1u16..60).prop_map(|days| Some(Ago::days(days)))];
        let did = (what.clone(), 0u64..4, ago.clone()).prop_map(|(what, at_most, within)| {
            Rule::Did(Did {
                what,
                tests: Vec::new(),
                at_least: None,
                at_most: Some(at_most),
                sum: None,
                within,
                from: None,
                until: None,
            })
        });
        let last = (what, 1u16..60).prop_map(|(what, days)| {
            Rule::Last(Moment {
                what,
                tests: Vec::new(),
                within: None,
                before: Some(Ago::days(days)),
                from: None,
                until: None,
            })
        });
        prop_oneof![did, last].prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Rule::All),
                prop::collection::vec(inner.clone(), 0..3).prop_map(Rule::Any),
                inner.prop_map(|rule| Rule::Not(Box::new(rule))),
            ]
        })
    }

    fn any_shop() -> impl Strategy<Value = Vec<(u8, u8, bool)>> {
        prop::collection::vec((0u8..6, 0u8..120, prop::bool::weighted(0.2)), 1..40)
    }

    fn shop_of(facts: &[(u8, u8, bool)], until: i32) -> Snapshot {
        let first: Date = "2024-01-01".parse().unwrap();
        let line = |(who, day, refund): &(u8, u8, bool)| {
            let day = first.plus(i32::from(*day));
            format!("c{who} {day} {}1.00\n", if *refund { "refund " } else { "" })
        };
        let lines: String = facts.iter().filter(|(_, day, _)| i32::from(*day) < until).map(line).collect();
        Snapshot::from_orders(&lines).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// What is asked as of an instant is what was known then; and sets follow logic.
        #[test]
        fn later_facts_change_nothing_and_sets_follow_logic(facts in any_shop(), rule in any_rule(), day in 1i32..120) {
            let at = instant("2024-01-01").0 + i64::from(day) * 86_400_000_000;
            let ask = |snapshot: &Snapshot, rule: &Rule| {
                answer(members(snapshot, rule, Instant(at), &Book::new())).map(|found| names(snapshot, &found)).unwrap()
            };
            let (whole, then) = (shop_of(&facts, i32::MAX), shop_of(&facts, day));
            prop_assert_eq!(ask(&whole, &rule), ask(&then, &rule));
            let not = Rule::Not(Box::new(rule.clone()));
            prop_assert_eq!(ask(&whole, &Rule::All(vec![rule.clone(), not.clone()])), "");
            prop_assert_eq!(ask(&whole, &Rule::Any(vec![rule.clone(), not])), ask(&whole, &Rule::All(vec![])));
            prop_assert_eq!(ask(&whole, &Rule::Not(Box::new(Rule::Not(Box::new(rule.clone()))))), ask(&whole, &rule));
        }
    }
}
