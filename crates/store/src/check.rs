//! The bounds of what may be kept. PostgreSQL cannot hold a NUL in a text, so SQLite does not get one either.

use crate::StoreError;

/// Bytes of a name, a path or a key.
pub(crate) const SHORT: usize = 1_024;

/// Bytes of a text that programs write: a map, a list of files, counts, definitions.
pub(crate) const LONG: usize = 1_048_576;

/// Refuses a text that is longer than `bytes_max` or holds a NUL.
pub(crate) fn text(what: &'static str, value: &str, bytes_max: usize) -> Result<(), StoreError> {
    if value.len() > bytes_max {
        return refuse(what, format!("it has {} bytes, {bytes_max} are the most", value.len()));
    }
    if value.contains('\0') {
        return refuse(what, "it contains a NUL character".to_owned());
    }
    Ok(())
}

/// Refuses an empty text, and what [`text`] refuses.
pub(crate) fn filled(what: &'static str, value: &str, bytes_max: usize) -> Result<(), StoreError> {
    if value.trim().is_empty() {
        return refuse(what, "it is empty".to_owned());
    }
    text(what, value, bytes_max)
}

/// Refuses what is not JSON.
pub(crate) fn json(what: &'static str, value: &str) -> Result<(), StoreError> {
    text(what, value, LONG)?;
    match serde_json::from_str::<serde::de::IgnoredAny>(value) {
        Ok(_) => Ok(()),
        Err(error) => refuse(what, format!("it is not JSON ({error})")),
    }
}

/// Refuses what is no currency.
pub(crate) fn currency(value: &str) -> Result<(), StoreError> {
    value.parse::<terms::Currency>().map(|_| ()).or_else(|error| refuse("the currency", error.to_string()))
}

/// Refuses a negative count.
pub(crate) fn count(what: &'static str, value: i64) -> Result<(), StoreError> {
    if value < 0 { refuse(what, format!("{value} is negative")) } else { Ok(()) }
}

/// Refuses a path that could leave the history folder.
pub(crate) fn path(what: &'static str, value: &str) -> Result<(), StoreError> {
    filled(what, value, SHORT)?;
    let inside = value.split(['/', '\\']).all(|part| !matches!(part, "" | "." | "..")) && !value.contains(':');
    if inside { Ok(()) } else { refuse(what, format!("'{value}' is not a path inside the history folder")) }
}

/// Refuses a range that ends before it starts, or has only one end.
pub(crate) fn range(what: &'static str, min: Option<i64>, max: Option<i64>) -> Result<(), StoreError> {
    match (min, max) {
        (None, None) => Ok(()),
        (Some(min), Some(max)) if min <= max => Ok(()),
        _ => refuse(what, "its end is missing or before its start".to_owned()),
    }
}

/// The error for a value that cannot be kept.
pub(crate) fn refuse<T>(what: &'static str, why: String) -> Result<T, StoreError> {
    Err(StoreError::Input { what, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_the_history_folder() {
        for (value, accepted) in [
            ("orders/3/a.parquet", true),
            ("a..b.parquet", true),
            ("/etc/passwd", false),
            ("orders/../../x", false),
            ("orders//x", false),
            ("..\\x", false),
            ("C:x", false),
            ("", false),
            ("a\0b", false),
        ] {
            assert_eq!(path("path", value).is_ok(), accepted, "{value:?}");
        }
    }

    #[test]
    fn a_range_has_both_ends_or_none() {
        for (min, max, accepted) in [
            (None, None, true),
            (Some(1), Some(1), true),
            (Some(2), Some(1), false),
            (Some(1), None, false),
            (None, Some(1), false),
        ] {
            assert_eq!(range("range", min, max).is_ok(), accepted, "{min:?} {max:?}");
        }
    }
}
