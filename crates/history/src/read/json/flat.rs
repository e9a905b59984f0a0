//! Nested records as flat rows: `customer.email`, `line_items[].sku`.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::read::fill::{Fields, Span};
use crate::read::plan::Plan;
use crate::read::sink::SinkError;

/// Columns a record may have, and how deep they may lie.
const COLUMNS_MAX: usize = 2_000;
const DEPTH_MAX: usize = 6;
/// Elements of a list that are looked at to learn its columns.
const ELEMENTS: usize = 20;

/// Names of columns in the order they appear, and for each record their values; of lists the first element.
pub fn table(records: &[Value]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut at = HashMap::new();
    let mut names = Vec::new();
    let mut rows = Vec::new();
    for record in records {
        let mut row = vec![String::new(); names.len()];
        walk(record, "", 0, &mut |name, value| {
            let known = at.get(name).copied();
            let column = match known {
                Some(column) => column,
                None if names.len() < COLUMNS_MAX => {
                    names.push(name.to_owned());
                    at.insert(name.to_owned(), names.len() - 1);
                    names.len() - 1
                }
                None => return,
            };
            row.resize(names.len().max(row.len()), String::new());
            if row[column].is_empty() {
                write(value, &mut row[column]);
            }
        });
        rows.push(row);
    }
    rows.iter_mut().for_each(|row| row.resize(names.len(), String::new()));
    (names, rows)
}

/// Gives every value of a record with its name.
fn walk(value: &Value, name: &str, depth: usize, give: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(object) if depth < DEPTH_MAX => {
            for (key, value) in object {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                walk(value, &inner, depth + 1, give);
            }
        }
        Value::Array(list) if depth < DEPTH_MAX && list.iter().any(Value::is_object) => {
            let inner = format!("{name}[]");
            list.iter().take(ELEMENTS).for_each(|value| walk(value, &inner, depth + 1, give));
        }
        other if !name.is_empty() => give(name, other),
        _ => {}
    }
}

/// A value as the text of a field: nothing for `null`, JSON for what has parts.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => {}
        Value::String(text) => out.push_str(text),
        Value::Array(list) if list.is_empty() => {}
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

/// The value of a name: keys may hold dots themselves.
fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    if let Some(found) = value.get(name) {
        return Some(found);
    }
    name.match_indices('.').find_map(|(at, _)| value.get(&name[..at]).and_then(|inner| find(inner, &name[at + 1..])))
}

/// A record turned into fields, again and again in the same memory.
pub struct Row {
    spans: Vec<Span>,
    scratch: String,
    /// Columns that are read and lie in the record itself.
    own: Vec<(usize, String)>,
    lists: Vec<List>,
}

/// A list of a record: the keys of each level, and the columns that lie in its elements.
struct List {
    levels: Vec<Level>,
}

struct Level {
    /// The list, seen from the element above.
    key: String,
    /// Columns in an element of this level.
    columns: Vec<(usize, String)>,
}

impl Row {
    pub fn new(plan: &Plan) -> Row {
        let used = plan.used();
        let read: Vec<(usize, &String)> = plan.columns.iter().enumerate().filter(|(at, _)| used[*at]).collect();
        let own =
            read.iter().filter(|(_, name)| !name.contains("[]")).map(|(at, name)| (*at, (*name).clone())).collect();
        let lists = plan.lists.iter().map(|list| List::new(list, &read)).collect();
        Row { spans: vec![Span::default(); plan.columns.len()], scratch: String::new(), own, lists }
    }

    pub fn lists(&self) -> usize {
        self.lists.len()
    }

    pub fn fields(&self) -> Fields<'_> {
        Fields { block: "", scratch: &self.scratch, spans: &self.spans }
    }

    /// Takes the fields of a record.
    pub fn fill(&mut self, record: &Value) {
        self.scratch.clear();
        self.spans.fill(Span::default());
        for (at, name) in &self.own {
            self.spans[*at] = put(&mut self.scratch, find(record, name));
        }
    }

    /// Gives the fields of the record together with those of each element of a list.
    pub fn elements(
        &mut self,
        record: &Value,
        list: usize,
        give: &mut impl FnMut(Fields<'_>) -> Result<(), SinkError>,
    ) -> Result<(), SinkError> {
        descend(&self.lists[list].levels, record, &mut self.spans, &mut self.scratch, give)
    }
}

impl List {
    fn new(list: &str, read: &[(usize, &String)]) -> List {
        let mut prefix = String::new();
        let mut levels = Vec::new();
        for key in list.split("[]").filter(|key| !key.is_empty()) {
            prefix.push_str(key);
            prefix.push_str("[]");
            let inside = |name: &&String| {
                name.strip_prefix(prefix.as_str())
                    .and_then(|rest| rest.strip_prefix('.'))
                    .filter(|rest| !rest.contains("[]"))
                    .map(str::to_owned)
            };
            let columns = read.iter().filter_map(|(at, name)| inside(name).map(|rest| (*at, rest))).collect();
            levels.push(Level { key: key.trim_start_matches('.').to_owned(), columns });
        }
        List { levels }
    }
}

fn descend(
    levels: &[Level],
    value: &Value,
    spans: &mut [Span],
    scratch: &mut String,
    give: &mut impl FnMut(Fields<'_>) -> Result<(), SinkError>,
) -> Result<(), SinkError> {
    let Some((level, deeper)) = levels.split_first() else {
        return give(Fields { block: "", scratch, spans });
    };
    let Some(Value::Array(list)) = find(value, &level.key) else { return Ok(()) };
    for element in list {
        let length = scratch.len();
        for (at, name) in &level.columns {
            spans[*at] = put(scratch, find(element, name));
        }
        descend(deeper, element, spans, scratch, give)?;
        scratch.truncate(length);
    }
    for (at, _) in &level.columns {
        spans[*at] = Span::default();
    }
    Ok(())
}

fn put(scratch: &mut String, value: Option<&Value>) -> Span {
    let start = scratch.len() as u32;
    if let Some(value) = value {
        write(value, scratch);
    }
    Span { start, end: scratch.len() as u32, scratch: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_nested_values() {
        let record = serde_json::json!({"id": 7, "customer": {"email": "a@b.co", "x.y": 1}, "items": [{"sku": "A", "n": [{"q": 2}]}], "tags": ["u"]});
        let (names, rows) = table(std::slice::from_ref(&record));
        assert_eq!(names, ["id", "customer.email", "customer.x.y", "items[].sku", "items[].n[].q", "tags"]);
        assert_eq!(rows[0], ["7", "a@b.co", "1", "A", "2", "[\"u\"]"]);
        assert_eq!(find(&record, "customer.x.y"), Some(&serde_json::json!(1)));
    }
}
