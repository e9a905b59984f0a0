//! A person corrects which column means what: their choices become the map the file is read with.

use std::path::PathBuf;

use history::read::{Kept, Map, Source};
use history::schema::FACT;
use terms::Currency;

use crate::{App, Found, Problem};

/// A column and what somebody says it means; nothing to leave it out.
pub type Choice = (String, Option<String>);

impl App {
    /// Looks at a file again with what somebody changed about the meaning of its columns.
    ///
    /// `currency` is that of amounts whose currency no column says; nothing leaves it as it is.
    ///
    /// A meaning is a column of ours, as in `amount`, or of one of our tables, as in `order_lines.amount`; any other
    /// word is kept as an attribute of that name.
    ///
    /// # Errors
    ///
    /// When the file cannot be read like this: something that is needed has no column.
    pub async fn matched(
        &self,
        found: Found,
        changes: &[Choice],
        currency: Option<Currency>,
    ) -> Result<Found, Problem> {
        let mut map = found.inspection.map.clone();
        if let Some(said) = currency.filter(|_| currency != currency_of(&found)) {
            map.currency = Some(said.code().to_owned());
        }
        if changes.is_empty() && map == found.inspection.map {
            return Ok(found);
        }
        changes.iter().for_each(|(column, _)| forget(&mut map, column));
        for (column, meaning) in changes {
            if let Some(meaning) = meaning {
                assign(&mut map, column, meaning);
            }
        }
        let files: [PathBuf; 1] = [found.path];
        let looked = self.inspect(&files, None, Some(&map.to_toml())).await?;
        looked.into_iter().next().ok_or_else(|| Problem::invalid("no_file", "no file was chosen", "choose a file"))
    }
}

/// The currency its amounts are taken in where no column says one.
pub(crate) fn currency_of(found: &Found) -> Option<Currency> {
    let map = found.inspection.map.currency.as_deref();
    map.and_then(|code| code.parse().ok()).or_else(|| found.inspection.currency())
}

/// Takes a column out wherever it stands alone for a value. Values made of several columns are left as they are.
fn forget(map: &mut Map, column: &str) {
    for rule in &mut map.facts {
        rule.columns.retain(|_, source| source.columns() != [column]);
        rule.attributes.retain(|_, kept| kept.column() != column);
    }
}

fn assign(map: &mut Map, column: &str, meaning: &str) {
    let (table, name) = match meaning.split_once('.') {
        Some((table, name)) => (Some(table), name),
        None => (None, meaning),
    };
    let mut placed = false;
    for rule in map.facts.iter_mut().filter(|rule| table.is_none_or(|table| rule.table.name() == table)) {
        if FACT.iter().chain(rule.table.columns()).any(|known| known.name == name) {
            rule.columns.insert(name.to_owned(), Source::column(column));
            placed = true;
        }
    }
    if !placed && let Some(rule) = map.facts.first_mut() {
        rule.attributes.insert(name.to_owned(), Kept::Word(column.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = r#"
        name = "plain"
        [[facts]]
        table = "order_lines"
        columns = { customer_id = "who", at = "when", order_id = "number", amount = "total" }
        attributes = { shade = "colour" }
        [[facts]]
        table = "profiles"
        columns = { customer_id = "who", at = "when" }
    "#;

    fn check(changes: &[(&str, Option<&str>)], expected: &[&str]) {
        let mut map = Map::from_toml(MAP).unwrap();
        changes.iter().for_each(|(column, _)| forget(&mut map, column));
        changes
            .iter()
            .for_each(|(column, meaning)| meaning.iter().for_each(|meaning| assign(&mut map, column, meaning)));
        let mut found = Vec::new();
        for rule in &map.facts {
            let table = rule.table.name();
            found.extend(
                rule.columns.iter().map(|(name, source)| format!("{table}.{name}={}", source.columns().join("+"))),
            );
            found.extend(rule.attributes.iter().map(|(name, kept)| format!("{table}.{name}~{}", kept.column())));
        }
        for line in expected {
            let (sought, wanted) = line.strip_prefix('!').map_or((*line, true), |line| (line, false));
            assert_eq!(found.iter().any(|line| line == sought), wanted, "{sought} in {found:?}");
        }
    }

    #[test]
    fn a_choice_replaces_a_guess() {
        check(&[("number", None)], &["!order_lines.order_id=number", "order_lines.amount=total"]);
        check(
            &[("colour", Some("amount")), ("total", None)],
            &["order_lines.amount=colour", "!order_lines.shade~colour"],
        );
        check(
            &[("number", Some("customer_id")), ("who", Some("order_id"))],
            &["order_lines.customer_id=number", "profiles.customer_id=number", "order_lines.order_id=who"],
        );
        check(&[("total", Some("mood"))], &["order_lines.mood~total", "!order_lines.amount=total"]);
        check(&[("total", Some("profiles.at"))], &["profiles.at=total", "order_lines.at=when"]);
    }
}
