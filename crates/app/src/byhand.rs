//! Files nothing can be guessed from: a person says what each row is, and what the columns are.

use std::path::Path;

use reports::pages::data::{HandKind, HandPage, MatchColumn, Role, RoleGroup};

use crate::{App, Found, Problem};

/// A map that reads any table and asks for none of its columns: what it finds are the columns.
pub(crate) const ANY: &str = r#"
    name = "columns"
    [[facts]]
    table = "events"
    columns = { customer_id = { value = "-" }, at = { value = "2000-01-01" }, name = { value = "-" } }
"#;

/// The choice that leaves a column out.
const LEFT_OUT: &str = "skip";

/// What a column can be, in groups as they are read: the word of `--column`, and the key of its words.
const GROUPS: [(&str, &[(&str, &str)]); 6] = [
    (
        "who",
        &[
            ("customer", "customer_id"),
            ("email", "email"),
            ("name", "name"),
            ("first_name", "first_name"),
            ("last_name", "last_name"),
            ("phone", "phone"),
            ("country", "country"),
            ("city", "city"),
            ("language", "language"),
            ("time_zone", "time_zone"),
            ("birthday", "birthday"),
        ],
    ),
    (
        "when",
        &[
            ("at", "at"),
            ("start", "start"),
            ("end", "end"),
            ("trial_end", "trial_end"),
            ("paused", "paused"),
            ("signed_up", "signed_up"),
            ("due", "due_at"),
            ("first_reply", "first_reply_at"),
            ("resolved", "resolved_at"),
        ],
    ),
    (
        "money",
        &[
            ("amount", "amount"),
            ("currency", "currency"),
            ("quantity", "quantity"),
            ("unit_price", "unit_price"),
            ("unit_cost", "unit_cost"),
            ("discount", "discount"),
            ("tax", "tax"),
            ("shipping", "shipping"),
            ("refund", "refund"),
            ("paid", "amount_paid"),
            ("mrr", "mrr"),
            ("arr", "arr"),
            ("cost_kind", "cost_kind"),
        ],
    ),
    (
        "orders",
        &[
            ("order", "order_id"),
            ("product", "product"),
            ("product_name", "product_name"),
            ("category", "category"),
            ("coupon", "coupon"),
            ("channel", "channel"),
            ("status", "status"),
        ],
    ),
    (
        "contracts",
        &[
            ("subscription", "subscription_id"),
            ("plan", "plan"),
            ("interval", "interval"),
            ("invoice", "invoice_id"),
            ("attempts", "attempt"),
            ("reason", "reason"),
        ],
    ),
    (
        "deeds",
        &[
            ("event_name", "event_name"),
            ("event_id", "source_id"),
            ("session", "session"),
            ("anonymous", "anonymous_id"),
            ("ticket", "ticket_id"),
            ("topic", "topic"),
            ("priority", "priority"),
            ("satisfaction", "satisfaction"),
            ("survey", "survey_id"),
            ("score", "score"),
            ("answer", "text"),
        ],
    ),
];

/// What has to be among the columns of each kind of rows.
const NEEDS: [(&str, &[&str]); 10] = [
    ("orders", &["customer", "at", "amount"]),
    ("order_lines", &["customer", "at", "product", "amount"]),
    ("refunds", &["customer", "at", "refund"]),
    ("subscriptions", &["customer", "start", "mrr"]),
    ("invoices", &["invoice", "customer", "at", "amount"]),
    ("events", &["customer", "at", "event_name"]),
    ("customers", &["customer"]),
    ("tickets", &["ticket", "customer", "at"]),
    ("responses", &["customer", "at", "score"]),
    ("costs", &["customer", "at", "amount"]),
];

/// Whether a word is something a column can be said to be.
pub fn is_role(word: &str) -> bool {
    word == LEFT_OUT || GROUPS.iter().any(|(_, roles)| roles.iter().any(|(role, _)| *role == word))
}

fn words_of(role: &str) -> String {
    let all = GROUPS.iter().flat_map(|(_, roles)| roles.iter());
    all.clone().find(|(id, _)| *id == role).map_or(role, |(_, words)| words).to_owned()
}

impl App {
    /// A file with its columns and some of their values, whatever they mean. It is not to be imported like this.
    ///
    /// # Errors
    ///
    /// When the file is no table that can be read.
    pub async fn columns_of(&self, path: &Path) -> Result<Found, Problem> {
        let found = self.inspect(&[path.to_owned()], None, Some(ANY)).await?;
        found.into_iter().next().ok_or_else(|| Problem::invalid("no_file", "no file was chosen", "choose a file"))
    }

    /// The page on which a person says what a file holds. `kind` and `said`, by the place of the column, are what was
    /// said so far.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub async fn hand_page(
        &self,
        upload: &str,
        found: &Found,
        kind: &str,
        said: &[(usize, String)],
    ) -> Result<HandPage, Problem> {
        let column = |(at, column): (usize, &history::read::ColumnSample)| MatchColumn {
            name: column.name.clone(),
            samples: column.values.clone(),
            meaning: said.iter().find(|(place, _)| *place == at).map(|(_, role)| role.clone()),
        };
        let role = |(id, words): &(&str, &str)| Role { id: (*id).to_owned(), words: (*words).to_owned() };
        Ok(HandPage {
            workspace: self.whose().await?,
            upload: upload.to_owned(),
            file: found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            kind: kind.to_owned(),
            kinds: NEEDS
                .iter()
                .map(|(kind, needs)| HandKind {
                    id: (*kind).to_owned(),
                    needs: needs.iter().map(|role| words_of(role)).collect(),
                })
                .collect(),
            groups: GROUPS
                .iter()
                .map(|(id, roles)| RoleGroup { id: (*id).to_owned(), roles: roles.iter().map(role).collect() })
                .collect(),
            columns: found.inspection.columns.iter().enumerate().map(column).collect(),
            trouble: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use history::read::{Answers, As, Wish, inspect, meanings};

    use super::*;

    #[test]
    fn everything_a_column_can_be_is_offered_once() {
        let mut offered: Vec<&str> = GROUPS.iter().flat_map(|(_, roles)| roles.iter().map(|(role, _)| *role)).collect();
        offered.push(LEFT_OUT);
        offered.sort_unstable();
        let mut known = meanings();
        known.sort_unstable();
        assert_eq!(offered, known);
        let kinds: Vec<&str> = NEEDS.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, As::WORDS.map(|(word, _)| word));
    }

    /// What the page says a kind needs is enough for it, whatever the columns are called.
    #[test]
    fn what_a_kind_needs_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let value = |role: &str, row: u32| match role {
            "at" | "start" => format!("2024-03-{:02}", row + 1),
            "amount" | "refund" | "mrr" => format!("{}.50", row + 10),
            "score" => (row % 11).to_string(),
            "product" => format!("thing {}", row % 3),
            "event_name" => ["opened", "closed"][row as usize % 2].to_owned(),
            _ => format!("x{}", row * 7 + 1),
        };
        for (kind, needs) in NEEDS {
            let path = folder.path().join(format!("{kind}.csv"));
            let names: Vec<String> = (1..=needs.len()).map(|at| format!("q{at}")).collect();
            let rows = (0..20).map(|row| needs.iter().map(|role| value(role, row)).collect::<Vec<_>>().join(","));
            let text: Vec<String> = std::iter::once(names.join(",")).chain(rows).collect();
            std::fs::write(&path, text.join("\n")).unwrap();
            let columns = names.into_iter().zip(needs.iter().map(|role| (*role).to_owned())).collect();
            let answers = Answers { columns, ..Answers::default() };
            let wish = Wish { holds: Some(kind.parse().unwrap()), answers, ..Wish::default() };
            let found = inspect(&path, &wish).unwrap_or_else(|error| panic!("{kind}: {error}"));
            let read: Vec<String> = found.map.columns().into_iter().map(str::to_owned).collect();
            for at in 1..=needs.len() {
                assert!(read.contains(&format!("q{at}")), "{kind}: q{at} is not read: {read:?}");
            }
        }
    }
}
