//! Layouts that are known: each is a map in a file of its own, recognised by the columns it has.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::map::Map;

/// A layout that is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// For people.
    title: String,
    /// All of these columns are there.
    columns: Vec<String>,
    /// None of these is.
    #[serde(default)]
    without: Vec<String>,
    /// By column: every value of the sample begins with one of these.
    #[serde(default)]
    begins: BTreeMap<String, Vec<String>>,
}

/// A recognised layout.
pub struct Preset {
    /// What it is, for people.
    pub title: String,
    pub map: Map,
}

/// Layouts with more particular columns stand before those with fewer.
const PRESETS: &[&str] = &[
    include_str!("online_retail.toml"),
    include_str!("online_retail_ii.toml"),
    include_str!("cdnow_sample.toml"),
    include_str!("cdnow.toml"),
];

/// The preset that knows these columns.
pub fn recognise(columns: &[String], rows: &[Vec<String>]) -> Option<Preset> {
    let has = |name: &str| columns.iter().any(|column| column == name);
    PRESETS.iter().find_map(|text| {
        let (known, map) = parse(text).ok()?;
        let begins = |name: &String, starts: &Vec<String>| {
            let at = columns.iter().position(|column| column == name);
            let begins = |row: &Vec<String>| {
                at.and_then(|at| row.get(at)).is_some_and(|value| starts.iter().any(|start| value.starts_with(start)))
            };
            rows.iter().all(begins)
        };
        let fits = known.columns.iter().all(|name| has(name))
            && !known.without.iter().any(|name| has(name))
            && known.begins.iter().all(|(name, starts)| begins(name, starts));
        fits.then(|| Preset { title: known.title, map: map.pruned(has) })
    })
}

fn parse(text: &str) -> Result<(Known, Map), toml::de::Error> {
    let mut table: toml::Table = toml::from_str(text)?;
    let known = table.remove("preset").unwrap_or(toml::Value::Boolean(false)).try_into()?;
    Ok((known, table.try_into()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_read() {
        for text in PRESETS {
            let (known, map) = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert!(!known.columns.is_empty() && !map.facts.is_empty(), "{}", known.title);
            assert_eq!(Map::from_toml(&map.to_toml()).unwrap(), map, "{}", known.title);
        }
    }
}
