//! Layouts that are known: each is a map in a file of its own, recognised by the columns it has.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::guess::Sheet;
use super::map::Map;
use crate::schema::Table;

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
    /// By column: nearly every value of the sample begins with one of these.
    #[serde(default)]
    begins: BTreeMap<String, Vec<String>>,
    /// Further columns to keep as attributes of a table, whatever they are called.
    keep: Option<Keep>,
}

/// Columns beginning with a prefix become attributes without it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keep {
    table: Table,
    prefix: String,
}

/// Tables that tell of something real and cannot stand alone: their columns, and what they are.
const NOT_ALONE: &[(&[&str], &str, &str)] = &[
    (
        &["refund_id", "order_line_id", "restock_type"],
        "refunded lines of Shopify orders",
        "import the table of transactions with that of the orders: refunds are taken from there, with their amounts and times",
    ),
    (
        &["order_id", "created_at", "restock", "processed_at"],
        "refunds of Shopify orders without their amounts",
        "import the table of transactions with that of the orders: refunds are taken from there, with their amounts and times",
    ),
    (
        &["subscription_id", "plan_id", "quantity", "current_period_start"],
        "items of Stripe subscriptions, without prices",
        "export the subscriptions from the dashboard, where each row has its plan and price, or join items, plans and subscriptions first",
    ),
    (
        &["id", "invoice_id", "amount", "period_start", "proration", "unique_id"],
        "lines of Stripe invoices",
        "import the invoices themselves: they have the same sums, and their customers",
    ),
    (
        &["charge_id", "balance_transaction_id", "amount", "status"],
        "refunds of Stripe charges",
        "import the charges themselves: they say how much of each was refunded, and whose it is",
    ),
    (
        &["question_id", "response_id", "sub_question_text", "value"],
        "answers of a Qualtrics survey",
        "export the responses with their respondents, or join the tables first",
    ),
];

/// What a table is that names neither customers nor what it belongs to well enough to be read alone.
pub fn not_alone(columns: &[String]) -> Option<(&'static str, &'static str)> {
    let has = |name: &&str| columns.iter().any(|column| column == name);
    NOT_ALONE.iter().find(|(names, _, _)| names.iter().all(has)).map(|(_, what, hint)| (*what, *hint))
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
    include_str!("complete_journey.toml"),
    include_str!("airline_flights.toml"),
    include_str!("shopify_orders_csv.toml"),
    include_str!("shopify_orders_warehouse.toml"),
    include_str!("shopify_order_lines_warehouse.toml"),
    include_str!("shopify_transactions_warehouse.toml"),
    include_str!("shopify_orders_json.toml"),
    include_str!("shopify_customers_csv.toml"),
    include_str!("shopify_customers_warehouse.toml"),
    include_str!("woocommerce_orders_json.toml"),
    include_str!("woocommerce_orders_csv.toml"),
    include_str!("woocommerce_order_rows_csv.toml"),
    include_str!("woocommerce_customers_json.toml"),
    include_str!("stripe_subscriptions_csv.toml"),
    include_str!("stripe_subscriptions_warehouse.toml"),
    include_str!("stripe_subscriptions_json.toml"),
    include_str!("stripe_invoices_csv.toml"),
    include_str!("stripe_invoices_warehouse.toml"),
    include_str!("stripe_invoices_json.toml"),
    include_str!("stripe_customers_csv.toml"),
    include_str!("stripe_customers_warehouse.toml"),
    include_str!("stripe_customers_json.toml"),
    include_str!("stripe_payments_csv.toml"),
    include_str!("stripe_charges_warehouse.toml"),
    include_str!("segment.toml"),
    include_str!("zendesk_tickets.toml"),
    include_str!("delighted_json.toml"),
    include_str!("typeform_webhook.toml"),
    include_str!("regulars_orders.toml"),
    include_str!("regulars_order_lines.toml"),
    include_str!("regulars_refunds.toml"),
    include_str!("regulars_subscription_changes.toml"),
    include_str!("regulars_invoices.toml"),
    include_str!("regulars_events.toml"),
    include_str!("regulars_tickets.toml"),
    include_str!("regulars_responses.toml"),
    include_str!("regulars_costs.toml"),
    include_str!("regulars_profiles.toml"),
];

/// The preset that knows these columns.
pub fn recognise(columns: &[String], rows: &[Vec<String>], json: bool) -> Option<Preset> {
    let has = |name: &str| columns.iter().any(|column| column == name);
    PRESETS.iter().find_map(|text| {
        let (known, mut map) = parse(text).ok()?;
        let begins = |name: &String, starts: &Vec<String>| {
            let at = columns.iter().position(|column| column == name);
            let values = rows.iter().filter_map(|row| at.and_then(|at| row.get(at))).filter(|value| !value.is_empty());
            let (mut all, mut fitting) = (0, 0);
            for value in values {
                all += 1;
                fitting += usize::from(starts.iter().any(|start| value.starts_with(start)));
            }
            all > 0 && fitting * 10 >= all * 9
        };
        let fits = known.columns.iter().all(|name| has(name))
            && !known.without.iter().any(|name| has(name))
            && known.begins.iter().all(|(name, starts)| begins(name, starts));
        if let Some(keep) = known.keep.as_ref().filter(|_| fits) {
            let answers = Default::default();
            let kept = Sheet::new(columns, rows, &answers).attributes_under(keep.table, &keep.prefix);
            map.facts
                .iter_mut()
                .filter(|rule| rule.table == keep.table)
                .for_each(|rule| rule.attributes.extend(kept.clone()));
        }
        let mut map = if json { map } else { map.pruned(has) };
        map.facts.retain(|rule| rule.complete());
        (fits && !map.facts.is_empty()).then_some(Preset { title: known.title, map })
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
