//! Reads the published reference figures kept beside the project, for tests.

use serde_json::Value;

/// A file of `../shared/data`, or nothing, loudly, where the folder is absent.
pub(crate) fn text(path: &str) -> Option<String> {
    let file = format!("{}/../../../shared/data/{path}", env!("CARGO_MANIFEST_DIR"));
    match std::fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) => {
            let notice = format!("SKIPPED: the reference file {file} cannot be read: {error}\n");
            use std::io::Write;
            let _ = std::io::stderr().write_all(notice.as_bytes());
            None
        }
    }
}

/// A JSON file of `../shared/data`.
pub(crate) fn json(path: &str) -> Option<Value> {
    text(path).map(|text| serde_json::from_str(&text).expect("reference files are JSON"))
}

/// A number that the file keeps as text, since it has more digits than a float.
pub(crate) fn digits(value: &Value) -> f64 {
    value.as_str().expect("numbers of 40 digits are text").parse().expect("it is a number")
}

/// The columns named `names` of a CSV file without quoted commas, as text.
pub(crate) fn columns(path: &str, names: &[&str]) -> Option<Vec<Vec<String>>> {
    let text = text(path)?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next()?.split(',').collect();
    let places: Vec<usize> =
        names.iter().map(|name| header.iter().position(|h| h == name).expect("the column exists")).collect();
    Some(
        lines
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                places.iter().map(|place| cells[*place].to_owned()).collect()
            })
            .collect(),
    )
}
