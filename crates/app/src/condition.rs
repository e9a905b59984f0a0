//! What is wrong with a condition over facts, told in the words of whoever wrote it: columns and values, not the engine.

use crate::Problem;

/// Columns proposed in place of one that is not known.
const NEAR_MAX: usize = 3;
/// Letters that may differ in a name that is near.
const NEAR_EDITS: usize = 2;

/// What can be said where only the engine knows more.
const NOT_TOGETHER: &str = "the condition must be true or false for a row, and compare a column with a value of its \
                            kind, as in country = 'Finland'";

/// Words of conditions that name no column.
const WORDS: [&str; 37] = [
    "all",
    "and",
    "any",
    "as",
    "between",
    "bigint",
    "boolean",
    "case",
    "cast",
    "date",
    "decimal",
    "distinct",
    "double",
    "else",
    "end",
    "escape",
    "false",
    "float",
    "from",
    "ilike",
    "in",
    "int",
    "integer",
    "interval",
    "is",
    "like",
    "not",
    "null",
    "or",
    "similar",
    "some",
    "then",
    "timestamp",
    "to",
    "true",
    "unknown",
    "when",
];

/// The same problem in plain words, where the engine could not use a condition over the columns of a view.
///
/// Problems of another kind are left as they are.
pub(crate) fn explained(condition: &str, view: &str, columns: &[String], problem: Problem) -> Problem {
    if problem.code != "query" {
        return problem;
    }
    if let Some(at) =
        problem.message.find("there is no segment").or_else(|| problem.message.find("there are no segments"))
    {
        let said = &problem.message[at..];
        let (what, hint) = said.split_once("; ").unwrap_or((said, "save it first: regulars segment save FILE"));
        return Problem::not_found("unknown_segment", what, hint);
    }
    let hint = format!("the columns of {view} are: {}", columns.join(", "));
    if let Some(unknown) = names_in(condition).into_iter().find(|name| !columns.contains(name)) {
        let near = nearest(&unknown, columns);
        let meant = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
        return Problem::invalid(
            "unknown_column",
            format!("the condition names '{unknown}', and {view} has no such column{meant}"),
            hint,
        );
    }
    let message = match said_by_parser(&problem.message) {
        Some(said) => format!("the condition cannot be read: {said}"),
        None => said_by_us(&problem.message).unwrap_or_else(|| NOT_TOGETHER.to_owned()),
    };
    Problem::invalid("bad_condition", message, hint)
}

/// What we say of a condition ourselves, without what stands before it; nothing where the engine speaks.
fn said_by_us(message: &str) -> Option<String> {
    const OURS: [&str; 5] = ["a condition ", "it divides ", "it turns ", "it cannot be worked", "segment('…') "];
    let said = OURS.iter().find_map(|start| message.find(start)).map(|at| &message[at..])?;
    Some(said.strip_prefix("it ").map_or_else(|| said.to_owned(), |rest| format!("the condition {rest}")))
}

/// What the reader of SQL says, without the names of its types.
fn said_by_parser(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("ParserError(\"").or_else(|| message.split_once("TokenizerError(\""))?;
    let said = rest.rsplit_once("\")").map_or(rest, |(said, _)| said);
    Some(said.replace("\\\"", "\"").replace(" at Line: 1, Column: ", " at character "))
}

/// The names a condition uses as columns, as the engine reads them: without quotes in small letters.
fn names_in(condition: &str) -> Vec<String> {
    let letters: Vec<char> = condition.chars().collect();
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let (mut names, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let from = at;
        match letters[at] {
            quote @ ('\'' | '"') => {
                at += 1;
                while at < letters.len() && letters[at] != quote {
                    at += 1;
                }
                if quote == '"' {
                    names.push(letters[from + 1..at].iter().collect());
                }
                at += 1;
            }
            c if c.is_ascii_digit() => {
                while at < letters.len() && (part(letters[at]) || letters[at] == '.') {
                    at += 1;
                }
            }
            c if part(c) => {
                while at < letters.len() && (part(letters[at]) || letters[at] == '.') {
                    at += 1;
                }
                let name = letters[from..at].iter().collect::<String>().to_lowercase();
                let next = letters[at..].iter().find(|c| !c.is_whitespace());
                if next != Some(&'(') && !WORDS.contains(&name.as_str()) {
                    names.push(name);
                }
            }
            _ => at += 1,
        }
    }
    names
}

/// Columns somebody may have meant, the nearest first.
fn nearest(name: &str, columns: &[String]) -> Vec<String> {
    let within = |one: &str, other: &str| one.len() >= 3 && other.contains(one);
    let mut near: Vec<(usize, &String)> = columns
        .iter()
        .map(|column| (edits(name, column), column))
        .filter(|(edits, column)| *edits <= NEAR_EDITS || within(name, column) || within(column, name))
        .collect();
    near.sort();
    near.into_iter().take(NEAR_MAX).map(|(_, column)| format!("'{column}'")).collect()
}

/// Letters to add, take out or change to come from one word to the other (Levenshtein 1966).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (place, other) in to.iter().enumerate() {
            let changed = before + usize::from(letter != *other);
            before = row[place + 1];
            row[place + 1] = changed.min(before + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<String> {
        ["at", "amount", "country", "currency", "day", "order_id"].map(str::to_owned).to_vec()
    }

    #[test]
    fn names_are_told_from_values_words_and_functions() {
        for (condition, names) in [
            ("country = 'Finland' and not amount > 1.5e3", vec!["country", "amount"]),
            ("LOWER(Country) in ('o''hara', 'x y')", vec!["country"]),
            ("\"Two words\" is null", vec!["Two words"]),
            ("orders.country like 'F%'", vec!["orders.country"]),
            ("day >= date '2024-01-01'", vec!["day"]),
            ("at <", vec!["at"]),
            ("'open", vec![]),
            ("maa = \"", vec!["maa", ""]),
        ] {
            assert_eq!(names_in(condition), names, "{condition}");
        }
    }

    #[test]
    fn what_was_meant_is_near() {
        for (name, near) in [
            ("contry", vec!["'country'"]),
            ("order", vec!["'order_id'"]),
            ("total_amount", vec!["'amount'"]),
            ("plan", vec![]),
        ] {
            assert_eq!(nearest(name, &columns()), near, "{name}");
        }
        assert_eq!((edits("", "abc"), edits("kitten", "sitting"), edits("same", "same")), (3, 3, 0));
    }

    #[test]
    fn the_engine_is_not_heard() {
        let check = |condition: &str, said: &str, code: &str, words: &str| {
            let found = explained(condition, "orders", &columns(), Problem::invalid("query", said, "run sql"));
            assert_eq!(found.code, code, "{condition}");
            assert!(found.message.contains(words), "{}", found.message);
            assert!(found.hint.starts_with("the columns of orders are: at, amount"), "{}", found.hint);
        };
        let schema = "Schema error: No field named contry. Valid fields are \"?table?\".at";
        check(
            "contry = 'x'",
            schema,
            "unknown_column",
            "'contry', and orders has no such column; did you mean 'country'?",
        );
        let parser = "SQL error: ParserError(\"Expected: an expression, found: EOF at Line: 1, Column: 9\")";
        check(
            "amount <",
            parser,
            "bad_condition",
            "cannot be read: Expected: an expression, found: EOF at character 9",
        );
        check("amount", "Cannot create filter with non-boolean predicate", "bad_condition", "true or false");
        check("amount > 1", "a condition may have 1,000 characters at most", "bad_condition", "1,000 characters");
        let busy = Problem::invalid("busy", "later", "wait");
        assert_eq!(explained("contry", "orders", &columns(), busy).message, "later");
    }
}
