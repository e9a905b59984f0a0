//! The facts of one customer, read once for all parts of the page.

use history::schema::Kind;
use serde_json::Value;

use super::ground::Ground;
use crate::Problem;

/// Rows of one kind of facts that are looked at: the newest.
pub(super) const FACTS_MAX: usize = 20_000;
/// Characters of a text of the data that a page shows.
const TEXT_MAX: usize = 300;
/// Columns of a profile that say where the row comes from, and nothing about the customer.
const ABOUT_THE_ROW: [&str; 7] = ["customer", "customer_id", "at", "source", "source_id", "imports", "received_at"];

/// Everything that is known of one customer, newest first. Rows are JSON objects.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub orders: Vec<Value>,
    pub refunds: Vec<Value>,
    pub changes: Vec<Value>,
    pub invoices: Vec<Value>,
    pub events: Vec<Value>,
    pub tickets: Vec<Value>,
    pub responses: Vec<Value>,
    pub costs: Vec<Value>,
    pub profiles: Vec<Value>,
}

impl Ground {
    /// The facts of a customer.
    pub async fn all_facts(&self, key: u32) -> Result<Facts, Problem> {
        let traits = self.traits();
        let mut of_profile: Vec<&str> = vec!["at", "imports"];
        of_profile.extend(traits.iter().map(String::as_str));
        let (orders, refunds, changes, invoices, events, tickets, responses, costs, profiles) = tokio::try_join!(
            self.facts_of("orders", key, &["at", "order_id", "amount", "currency", "lines", "channel", "coupon"]),
            self.facts_of("refunds", key, &["at", "refund_id", "order_id", "amount", "currency", "reason"]),
            self.facts_of("subscription_changes", key, &["at", "kind", "plan", "mrr_after", "currency", "reason"]),
            self.facts_of("invoices", key, &INVOICE),
            self.facts_of("events", key, &["at", "name", "session"]),
            self.facts_of("tickets", key, &TICKET),
            self.facts_of("responses", key, &["at", "survey_id", "kind", "score", "reason", "text"]),
            self.facts_of("costs", key, &["at", "kind", "amount", "currency", "channel"]),
            self.facts_of("profiles", key, &of_profile),
        )?;
        let (invoices, tickets) = (newest(invoices, "invoice_id"), newest(tickets, "ticket_id"));
        Ok(Facts { orders, refunds, changes, invoices, events, tickets, responses, costs, profiles })
    }

    /// The newest rows of a customer in a view, the newest first.
    pub async fn facts_of(&self, view: &str, key: u32, columns: &[&str]) -> Result<Vec<Value>, Problem> {
        if !self.snapshot.has(view) {
            return Ok(Vec::new());
        }
        Ok(self.snapshot.latest_rows(view, key, columns, FACTS_MAX).await?.json()?)
    }

    /// The columns of profiles: what can be told of a customer.
    pub fn traits(&self) -> Vec<String> {
        let columns = self.snapshot.columns("profiles").into_iter().filter(|(_, kind)| *kind != Kind::At);
        columns.map(|(name, _)| name).filter(|name| !ABOUT_THE_ROW.contains(&name.as_str())).collect()
    }
}

const INVOICE: [&str; 9] =
    ["at", "invoice_id", "amount", "amount_paid", "currency", "attempt", "outcome", "decline_code", "received_at"];
const TICKET: [&str; 8] =
    ["at", "ticket_id", "first_reply_at", "resolved_at", "topic", "priority", "satisfaction", "received_at"];

impl Facts {
    /// Whether there are more rows of some kind than were read.
    pub fn are_cut(&self) -> bool {
        let all = [
            &self.orders,
            &self.refunds,
            &self.changes,
            &self.events,
            &self.responses,
            &self.costs,
            &self.invoices,
            &self.tickets,
        ];
        all.iter().any(|rows| rows.len() >= FACTS_MAX)
    }
}

/// The newest version of what a source tells again and again.
fn newest(rows: Vec<Value>, id: &str) -> Vec<Value> {
    let mut latest: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let received = |row: &Value| text(row, "received_at").unwrap_or_default().to_owned();
    for (place, row) in rows.iter().enumerate() {
        let known = latest.entry(text(row, id).unwrap_or_default().to_owned()).or_insert(place);
        // Rows are newest first: of two that came together the later one stays.
        if rows.get(*known).is_some_and(|other| received(row) > received(other)) {
            *known = place;
        }
    }
    let kept: std::collections::HashSet<usize> = latest.into_values().collect();
    rows.into_iter().enumerate().filter(|(place, _)| kept.contains(place)).map(|(_, row)| row).collect()
}

/// Text of a row that is there and not empty.
pub(super) fn text<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    row[name].as_str().filter(|text| !text.is_empty())
}

/// The same, short enough to be shown.
pub(super) fn shown(row: &Value, name: &str) -> Option<String> {
    text(row, name).map(|text| short(text, TEXT_MAX))
}

/// The beginning of a text.
pub(super) fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Any value of a row as a person reads it; nothing when unknown.
pub(super) fn told(row: &Value, name: &str) -> Option<String> {
    match &row[name] {
        Value::Null => None,
        Value::String(text) => Some(short(text, TEXT_MAX)).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_several_versions_the_latest_received_stays() {
        let row =
            |id: &str, received: &str, topic: &str| json!({"ticket_id": id, "received_at": received, "topic": topic});
        let rows = vec![row("a", "2024-01-02", "old"), row("b", "2024-01-01", "other"), row("a", "2024-01-03", "new")];
        let left: Vec<_> = newest(rows, "ticket_id").iter().map(|row| row["topic"].clone()).collect();
        assert_eq!(left, ["other", "new"]);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(short("äöü", 2), "äö…");
        assert_eq!(short("äöü", 3), "äöü");
        assert_eq!(told(&json!({"a": 3, "b": null, "c": "", "d": true}), "a").as_deref(), Some("3"));
        let row = json!({"a": 3, "b": null, "c": "", "d": true});
        assert_eq!((told(&row, "b"), told(&row, "c"), told(&row, "d").as_deref()), (None, None, Some("true")));
    }
}
