//! The page of saved segments, and a draft read from its form.

use metrics::customers_by_word;
use reports::pages::saved::{Draft, DraftRow, Fitting, Names, ROWS_MAX, SavedPage, SavedRow};
use reports::pages::{Choice, Label, Trouble};
use segments::{Ago, Definition, Did, Moment, Rule, SegmentError, Sum, Test, What, Words};

use crate::{App, Problem};

/// Names of events offered.
const EVENTS_MAX: usize = 100;

impl App {
    /// The page; with a draft in the address, who would be in it.
    ///
    /// # Errors
    ///
    /// When the state or the history cannot be read.
    pub async fn saved_page(&self, pairs: &[(String, String)]) -> Result<SavedPage, Problem> {
        let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map_or("", |pair| pair.1.as_str());
        let all = self.segments().await?;
        let editing = get("edit");
        let mut trouble = None;
        let mut draft = draft_of(pairs);
        if !editing.is_empty() && draft.rows.iter().all(|row| row.kind.is_empty()) && draft.text.is_empty() {
            draft = written(editing, &self.segment_text(editing).await?)?;
        }
        let mut found = None;
        if get("count") == "1" {
            match self.fitting(&draft).await {
                Ok(fitting) => found = Some(fitting),
                Err(problem) => trouble = Some(said(problem)),
            }
        }
        let names = self.names_for_drafts(&all).await?;
        let segments = all.into_iter().map(|one| SavedRow {
            slug: one.slug,
            name: one.name,
            about: one.about,
            customers: one.customers,
            of: one.of,
        });
        Ok(SavedPage { workspace: self.whose().await?, segments: segments.collect(), draft, names, found, trouble })
    }

    /// The page with what is wrong with a draft that was to be saved.
    ///
    /// # Errors
    ///
    /// As [`saved_page`](App::saved_page).
    pub async fn refused_page(&self, pairs: &[(String, String)], problem: Problem) -> Result<SavedPage, Problem> {
        let page = self.saved_page(pairs).await?;
        Ok(SavedPage { draft: draft_of(pairs), trouble: Some(said(problem)), ..page })
    }

    /// Saves what a form says: the conditions, or the text. Returns the short name.
    ///
    /// # Errors
    ///
    /// What is wrong with the rule, with its place.
    pub async fn save_draft(&self, pairs: &[(String, String)]) -> Result<String, Problem> {
        let draft = draft_of(pairs);
        let definition = if draft.only_text { Definition::from_toml(&draft.text)? } else { definition(&draft)? };
        let slug = Some(draft.slug.as_str()).filter(|slug| !slug.is_empty());
        Ok(self.save_segment(&definition, slug).await?.slug)
    }

    async fn fitting(&self, draft: &Draft) -> Result<Fitting, Problem> {
        let definition = if draft.only_text { Definition::from_toml(&draft.text)? } else { definition(draft)? };
        let named = if definition.name.trim().is_empty() { "?".to_owned() } else { definition.name.clone() };
        let found = self.preview_segment(&Definition { name: named, ..definition }, None).await?;
        Ok(Fitting { customers: found.customers, of: found.of, as_of: found.as_of, sample: found.sample })
    }

    async fn names_for_drafts(&self, all: &[crate::SegmentShown]) -> Result<Names, Problem> {
        let snapshot = self.snapshot().await?;
        let words = |(name, kind): (String, history::schema::Kind)| {
            let kept = matches!(kind, history::schema::Kind::Word) && name != "customer_id";
            kept.then_some(name)
        };
        let columns = snapshot.columns("customers").into_iter().filter_map(words).collect();
        let events = match snapshot.has("events") {
            true => customers_by_word(&snapshot, "events", "name").await?,
            false => Vec::new(),
        };
        let segment =
            |one: &crate::SegmentShown| Choice { value: one.slug.clone(), label: Label::Text(one.name.clone()) };
        Ok(Names {
            columns,
            events: events.into_iter().take(EVENTS_MAX).map(|(name, _)| name).collect(),
            segments: all.iter().map(segment).collect(),
        })
    }
}

fn said(problem: Problem) -> Trouble {
    Trouble { code: problem.code, message: problem.message, hint: Some(problem.hint), number: None }
}

/// A draft as its form sends it: `name`, `any`, and for each condition `kind0`, `not0`, `of0`, `value0`, `within0`.
fn draft_of(pairs: &[(String, String)]) -> Draft {
    let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map_or("", |pair| pair.1.trim());
    let row = |number: usize| {
        let part = |name: &str| get(&format!("{name}{number}")).to_owned();
        DraftRow {
            not: part("not") == "1",
            kind: part("kind"),
            of: part("of"),
            value: part("value"),
            within: part("within"),
        }
    };
    let rows: Vec<DraftRow> = (0..ROWS_MAX).map(row).filter(|row| !row.kind.is_empty()).collect();
    Draft {
        slug: get("edit").to_owned(),
        name: get("name").to_owned(),
        any: get("any") == "1",
        rows,
        text: get("text").to_owned(),
        only_text: get("as") == "text",
    }
}

/// The segment a draft means.
fn definition(draft: &Draft) -> Result<Definition, Problem> {
    let mut rules = Vec::new();
    for (number, row) in draft.rows.iter().enumerate() {
        let rule = rule_of(row).map_err(|error| {
            let Problem { kind, code, message, hint } = Problem::from(error);
            Problem { kind, code, message: format!("condition {}: {message}", number + 1), hint }
        })?;
        rules.push(if row.not { Rule::Not(Box::new(rule)) } else { rule });
    }
    if rules.is_empty() {
        let hint = "choose what the first condition asks";
        return Err(Problem::invalid("segment_empty", "the segment has no condition", hint));
    }
    let rule = if draft.any { Rule::Any(rules) } else { Rule::All(rules) };
    Ok(Definition { name: draft.name.clone(), about: String::new(), rule })
}

fn rule_of(row: &DraftRow) -> Result<Rule, SegmentError> {
    let within: Option<Ago> = Some(row.within.as_str()).filter(|text| !text.is_empty()).map(str::parse).transpose()?;
    let wrong = |what: &str, hint: &str| SegmentError::Rule {
        place: row.kind.clone(),
        what: what.to_owned(),
        hint: hint.to_owned(),
    };
    let number = |text: &str| {
        let plain = plain_number(text);
        plain.parse::<f64>().map_err(|_| wrong("a number is missing", "write a number, as in 2"))
    };
    let times = || match row.value.as_str() {
        "" => Ok(1),
        text => text.parse::<u64>().map_err(|_| wrong("a whole number is missing", "write a number, as in 2")),
    };
    let did = |what: What, tests: Vec<Test>| -> Result<Rule, SegmentError> {
        let at_least = Some(times()?);
        Ok(Rule::Did(Did { what, tests, at_least, at_most: None, sum: None, within, from: None, until: None }))
    };
    match row.kind.as_str() {
        "ordered" => did(What::Order, Vec::new()),
        "returned" => did(What::Refund, Vec::new()),
        "asked" => did(What::Ticket, Vec::new()),
        "answered" => did(What::Response, Vec::new()),
        "event" => {
            let name = Test { column: "name".to_owned(), is: Some(Words::One(row.of.clone())), ..Test::default() };
            did(What::Event, vec![name])
        }
        "spent" => {
            let sum = Sum { column: "amount".to_owned(), at_least: Some(number(&row.value)?), at_most: None };
            let (at_least, at_most, from, until) = (None, None, None, None);
            Ok(Rule::Did(Did {
                what: What::Order,
                tests: Vec::new(),
                at_least,
                at_most,
                sum: Some(sum),
                within,
                from,
                until,
            }))
        }
        "quiet" => {
            let before = Some(within.ok_or_else(|| wrong("the time is missing", "write 90d, 12w, 6m or 1y"))?);
            Ok(Rule::Last(Moment {
                what: What::Order,
                tests: Vec::new(),
                within: None,
                before,
                from: None,
                until: None,
            }))
        }
        "trait" => {
            let words: Vec<String> =
                row.value.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
            let is = match words.as_slice() {
                [one] => Words::One(one.clone()),
                _ => Words::Many(words),
            };
            Ok(Rule::Trait(Test { column: row.of.clone(), is: Some(is), ..Test::default() }))
        }
        "segment" => Ok(Rule::Segment(row.of.clone())),
        other => Err(wrong(&format!("'{other}' is nothing to ask"), "choose one of the list")),
    }
}

/// A number without the signs between thousands, with a point before what is less than one: `1,000` is a thousand,
/// `9,50` is nine and a half.
fn plain_number(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{2019}' && *c != '\'').collect();
    let thousands = |mark: char| {
        let mut parts = text.split(mark);
        let first = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        (1..=3).contains(&first.len()) && !rest.is_empty() && rest.iter().all(|part| part.len() == 3)
    };
    match (text.rfind(','), text.rfind('.')) {
        (Some(comma), Some(point)) if comma > point => text.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => text.replace(',', ""),
        (Some(_), None) if thousands(',') => text.replace(',', ""),
        (Some(_), None) => text.replace(',', "."),
        _ => text,
    }
}

/// A saved segment as a draft: in conditions where they can say it all, as text in any case.
fn written(slug: &str, text: &str) -> Result<Draft, Problem> {
    let definition = Definition::from_toml(text)?;
    let (any, rules) = match &definition.rule {
        Rule::All(rules) => (false, rules.as_slice()),
        Rule::Any(rules) => (true, rules.as_slice()),
        one => (false, std::slice::from_ref(one)),
    };
    let rows: Option<Vec<DraftRow>> = rules.iter().map(row_of).collect();
    let rows = rows.filter(|rows| rows.len() <= ROWS_MAX);
    Ok(Draft {
        slug: slug.to_owned(),
        name: definition.name.clone(),
        any,
        only_text: rows.is_none(),
        rows: rows.unwrap_or_default(),
        text: text.to_owned(),
    })
}

/// A rule as a condition; nothing where it says more than one can.
fn row_of(rule: &Rule) -> Option<DraftRow> {
    let (not, rule) = match rule {
        Rule::Not(rule) => (true, rule.as_ref()),
        rule => (false, rule),
    };
    let row = |kind: &str, of: &str, value: String, within: Option<Ago>| DraftRow {
        not,
        kind: kind.to_owned(),
        of: of.to_owned(),
        value,
        within: within.map(|ago| ago.to_string()).unwrap_or_default(),
    };
    let found = match rule {
        Rule::Trait(test) => row("trait", &test.column, test.is.as_ref()?.all().join(", "), None),
        Rule::Segment(name) => row("segment", name, String::new(), None),
        Rule::Last(moment) => row("quiet", "", String::new(), moment.before),
        Rule::Did(did) => match (&did.sum, did.what, did.tests.as_slice()) {
            (Some(sum), What::Order, []) => row("spent", "", sum.at_least?.to_string(), did.within),
            (None, What::Event, [name]) => {
                row("event", name.is.as_ref()?.all().first()?, did.at_least.unwrap_or(1).to_string(), did.within)
            }
            (None, what, []) => {
                let kind = match what {
                    What::Order => "ordered",
                    What::Refund => "returned",
                    What::Ticket => "asked",
                    What::Response => "answered",
                    _ => return None,
                };
                row(kind, "", did.at_least.unwrap_or(1).to_string(), did.within)
            }
            _ => return None,
        },
        _ => return None,
    };
    // What a condition leaves out must not be lost: only what comes back the same is shown so.
    let again = rule_of(&found).ok()?;
    let same = match (&again, rule) {
        (Rule::Did(again), Rule::Did(did)) => {
            let counted = did.sum.is_some() || did.at_least.is_some();
            if counted {
                again == did
            } else {
                *again == Did { at_least: Some(1), ..did.clone() } && did.at_most.is_none()
            }
        }
        (again, rule) => again == rule,
    };
    same.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        text.split('&').filter_map(|pair| pair.split_once('=')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
    }

    #[test]
    fn conditions_become_a_rule_and_come_back() {
        let sent = pairs(
            "name=Quiet Finns&any=0&kind0=trait&of0=country&value0=FI, SE&kind1=ordered&value1=2&within1=12m&kind2=quiet&within2=90d\
             &kind3=segment&of3=vip&not3=1&kind4=spent&value4=99.5&kind5=event&of5=login&value5=3&within5=30d&kind6=asked",
        );
        let draft = draft_of(&sent);
        let made = definition(&draft).unwrap();
        let again = written("quiet-finns", &made.to_toml()).unwrap();
        assert!(!again.only_text, "{made:?}");
        assert_eq!(definition(&again).unwrap(), made);
        assert_eq!((again.rows.len(), again.rows[3].not, again.rows[6].value.as_str()), (7, true, "1"));
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, plain) in [
            ("2", "2"),
            ("1,000", "1000"),
            ("1 000", "1000"),
            ("12,345,678", "12345678"),
            ("9,50", "9.50"),
            ("1,234.5", "1234.5"),
            ("1.234,5", "1234.5"),
            ("99.5", "99.5"),
        ] {
            assert_eq!(plain_number(text), plain, "{text}");
        }
        assert_eq!(definition(&Draft::default()).unwrap_err().code, "segment_empty");
    }

    #[test]
    fn a_rule_that_says_more_stays_text() {
        for rule in [
            "{ all = [{ any = [] }] }",
            "{ did = { what = 'order', at_least = 2, at_most = 3 } }",
            "{ did = { what = 'order', at_most = 0 } }",
            "{ trait = { column = 'country', is_not = 'FI' } }",
            "{ did = { what = 'order', from = '2024-01-01' } }",
            "{ last = { what = 'order', within = '30d' } }",
        ] {
            let draft = written("x", &format!("name = 'x'\nrule = {rule}")).unwrap();
            assert!(draft.only_text, "{rule}: {draft:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named_by_its_condition() {
        for (text, says) in [
            ("kind0=ordered&value0=often", "condition 1: ordered: a whole number is missing"),
            ("kind0=ordered&kind1=quiet", "condition 2: quiet: the time is missing"),
            ("kind0=spent", "condition 1: spent: a number is missing"),
            ("kind0=ordered&within0=soon", "condition 1: 'soon' is no stretch of time"),
            ("kind0=dance", "condition 1: dance: 'dance' is nothing to ask"),
        ] {
            let problem = definition(&draft_of(&pairs(text))).unwrap_err();
            assert_eq!(problem.message, says);
        }
    }
}
