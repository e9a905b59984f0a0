//! A rule as an English sentence, for terminals and logs. Pages say it in the reader's language from the rule itself.

use crate::rule::{Did, Moment, Rule, Test, What, Words};

/// What the rule says: `country is FI, and ordered at least 2 times in the last 90 days`.
pub fn say(rule: &Rule) -> String {
    match rule {
        Rule::All(rules) if rules.is_empty() => "everybody".to_owned(),
        Rule::Any(rules) if rules.is_empty() => "nobody".to_owned(),
        Rule::All(rules) => joined(rules, ", and "),
        Rule::Any(rules) => joined(rules, ", or "),
        Rule::Not(rule) => format!("not ({})", say(rule)),
        Rule::Trait(test) => tested(test),
        Rule::Did(did) => done(did),
        Rule::Last(moment) => timed("last", moment),
        Rule::First(moment) => timed("first", moment),
        Rule::Segment(name) => format!("in the segment '{name}'"),
        Rule::Behind(behind) => format!("behind the number {}", kind(behind)),
    }
}

fn joined(rules: &[Rule], by: &str) -> String {
    let said = rules.iter().map(|rule| match rule {
        Rule::All(parts) | Rule::Any(parts) if parts.len() > 1 => format!("({})", say(rule)),
        _ => say(rule),
    });
    said.collect::<Vec<_>>().join(by)
}

fn kind(behind: &metrics::people::Behind) -> String {
    let said = format!("{behind:?}");
    said.split([' ', '{', '(']).next().unwrap_or_default().to_lowercase()
}

fn noun(what: What) -> &'static str {
    match what {
        What::Order => "order",
        What::Line => "line of an order",
        What::Refund => "refund",
        What::Event => "event",
        What::Ticket => "ticket",
        What::Response => "answer to a survey",
        What::Invoice => "invoice",
        What::Change => "change of a subscription",
    }
}

fn words(words: &Words) -> String {
    let all = words.all();
    let shown = all.iter().take(5).cloned().collect::<Vec<_>>().join(" or ");
    if all.len() > 5 { format!("{shown} or {} more", all.len() - 5) } else { shown }
}

fn tested(test: &Test) -> String {
    let mut said = Vec::new();
    said.extend(test.is.as_ref().map(|is| format!("is {}", words(is))));
    said.extend(test.is_not.as_ref().map(|is| format!("is not {}", words(is))));
    said.extend(test.contains.as_ref().map(|part| format!("contains '{part}'")));
    said.extend(test.at_least.map(|number| format!("is at least {number}")));
    said.extend(test.at_most.map(|number| format!("is at most {number}")));
    said.extend(test.known.map(|known| if known { "is known" } else { "is not known" }.to_owned()));
    said.extend(test.yes.map(|yes| if yes { "is yes" } else { "is no" }.to_owned()));
    format!("{} {}", test.column, said.join(" and "))
}

fn of_which(what: What, tests: &[Test]) -> String {
    if tests.is_empty() {
        return noun(what).to_owned();
    }
    format!("{} whose {}", noun(what), tests.iter().map(tested).collect::<Vec<_>>().join(" and "))
}

fn done(did: &Did) -> String {
    let mut said = match (&did.sum, did.at_least, did.at_most) {
        (Some(sum), ..) => {
            let low = sum.at_least.map(|low| format!("at least {low}"));
            let high = sum.at_most.map(|high| format!("at most {high}"));
            let bounds: Vec<String> = low.into_iter().chain(high).collect();
            format!("sum of {} of {}: {}", sum.column, of_which(did.what, &did.tests), bounds.join(" and "))
        }
        (None, None | Some(1), None) => format!("has {}", of_which(did.what, &did.tests)),
        (None, None, Some(0)) => format!("has no {}", of_which(did.what, &did.tests)),
        (None, low, high) => {
            let low = low.map(|low| format!("at least {low}"));
            let high = high.map(|high| format!("at most {high}"));
            let bounds: Vec<String> = low.into_iter().chain(high).collect();
            format!("has {} times {}", bounds.join(" and "), of_which(did.what, &did.tests))
        }
    };
    said.extend(did.within.map(|ago| format!(" in the last {}", ago.words())));
    said.extend(did.from.map(|day| format!(" since {day}")));
    said.extend(did.until.map(|day| format!(" before {day}")));
    said
}

fn timed(which: &str, moment: &Moment) -> String {
    let mut said = format!("{which} {}", of_which(moment.what, &moment.tests));
    said.extend(moment.within.map(|ago| format!(" in the last {}", ago.words())));
    said.extend(moment.before.map(|ago| format!(" longer ago than {}", ago.words())));
    said.extend(moment.from.map(|day| format!(" on {day} or later")));
    said.extend(moment.until.map(|day| format!(" before {day}")));
    said
}
