//! Real data sets: the program gives the published facts, exactly.

use serde_json::Value;

use crate::{Shop, facts_of, shared};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// Rates in the facts are rounded to six places, money and days to six or fewer: half of the last place.
fn same(found: &Value, fact: &Value, what: &str) {
    let (found, fact) = (number(found), number(fact));
    assert!((found - fact).abs() <= 5.1e-7_f64.max(fact.abs() * 1e-12), "{what}: {found} is not {fact}");
}

/// What the facts say of the orders of a shop.
fn check_orders(shop: &Shop, facts: &Value) {
    let term = |metric: &str, term: &str| shop.json(&["metric", metric])["terms"][term].clone();
    let repeat = term("repeat-purchase-rate", "repeat_purchase_rate");
    same(&repeat["whole"], &facts["customers"], "customers");
    same(&repeat["part"], &facts["repeat_customers"], "repeat customers");
    same(&repeat["rate"], &facts["repeat_purchase_rate"], "repeat purchase rate");
    same(&term("revenue", "orders"), &facts["orders"], "orders");
    same(&term("revenue", "revenue")["decimal"], &facts["revenue"], "revenue");
    same(&term("average-order-value", "average_order_value")["decimal"], &facts["aov"], "average order value");
    same(&term("purchase-frequency", "purchase_frequency"), &facts["orders_per_customer_mean"], "purchase frequency");
    same(&term("purchase-frequency", "median_orders"), &facts["orders_per_customer_median"], "median orders");
    same(
        &term("time-between-orders", "median_days"),
        &facts["median_days_between_consecutive_orders"],
        "days between orders",
    );
    let top = shop.json(&["metric", "concentration"])["rows"].as_array().unwrap().clone();
    let decile = top.iter().find(|row| row["top_percent"] == 10).unwrap();
    same(&decile["share"], &facts["top_decile_revenue_share"], "share of the top tenth");
    let quiet =
        "select count(*) from customers where last_order_at < (select max(at) - interval '90 days' from orders)";
    same(&shop.value(quiet), &facts["customers_without_order_in_last_90_days"], "no order in 90 days");
    check_histogram(shop, &facts["orders_per_customer_histogram_10_is_10_plus"]);
    check_months(shop, &facts["monthly"]);
    check_cohorts(shop, &[], &facts["cohorts_monthly"]);
}

fn check_histogram(shop: &Shop, facts: &Value) {
    for row in shop.json(&["metric", "purchase-frequency"])["rows"].as_array().unwrap() {
        let orders = row["orders"].as_str().unwrap().split(' ').next().unwrap();
        same(&row["customers"], &facts[orders], orders);
    }
}

fn check_months(shop: &Shop, facts: &Value) {
    let rows = shop.json(&["metric", "revenue", "--grain", "month"])["rows"].as_array().unwrap().clone();
    assert_eq!(rows.len(), facts.as_object().unwrap().len());
    for row in rows {
        let month = &row["period"].as_str().unwrap()[..7];
        let fact = &facts[month];
        for column in ["orders", "customers", "new_customers", "returning_customers"] {
            same(&row[column], &fact[column], month);
        }
        same(&row["revenue"]["decimal"], &fact["revenue"], month);
    }
}

fn check_cohorts(shop: &Shop, more: &[&str], facts: &Value) {
    let answer = shop.json(&[&["cohorts", "--grain", "month"], more].concat());
    let cells = answer["rows"].as_array().unwrap();
    let sizes = facts["cohort_sizes"].as_object().unwrap();
    for (month, size) in sizes {
        let first = cells.iter().find(|cell| cell["cohort"] == *month && cell["step"] == 0).unwrap();
        same(&first["size"], size, month);
    }
    for row in facts["first_rows"].as_array().unwrap() {
        for (step, active) in row["active"].as_array().unwrap().iter().enumerate() {
            let cell = cells.iter().find(|cell| cell["cohort"] == row["cohort"] && cell["step"] == step);
            same(
                &cell.unwrap_or_else(|| panic!("no cell {step} of {}", row["cohort"]))["customers"],
                active,
                "cohort cell",
            );
        }
    }
}

/// Imports a file of the shared data.
fn import(shop: &Shop, file: &str, more: &[&str]) -> Option<Value> {
    let path = shared(file)?;
    Some(shop.json(&[&["import", path.to_str().unwrap(), "--yes"], more].concat()))
}

#[test]
fn online_retail() {
    let Some(facts) = facts_of("online_retail") else { return };
    let shop = Shop::new();
    let report = import(&shop, "online_retail/online_retail.csv.gz", &[]).unwrap();
    assert_eq!(report["rows"], facts["raw"]["rows"]);
    assert_eq!(report["facts"]["order_lines"], facts["clean"]["rows"]);
    assert_eq!(report["rejects"]["no_customer"], facts["raw"]["rows_without_customer"]);
    check_orders(&shop, &facts["clean"]);
    // The same again changes nothing.
    let again = import(&shop, "online_retail/online_retail.csv.gz", &[]).unwrap();
    assert_eq!(again["repeated"], true);
    check_orders(&shop, &facts["clean"]);
}

#[test]
fn cdnow() {
    let Some(facts) = facts_of("cdnow") else { return };
    let shop = Shop::new();
    import(&shop, "btyd/cdnow_master_transactions.csv", &[]).unwrap();
    check_orders(&shop, &facts["transactions"]);
    let sample = Shop::new();
    import(&sample, "btyd/cdnow_sample_transactions.csv", &[]).unwrap();
    same(&sample.value("select count(*) from customers"), &facts["sample"]["customers"], "sample customers");
    same(&sample.value("select sum(amount) / 100.0 from orders"), &facts["sample"]["dollars"], "sample dollars");
}

#[test]
fn complete_journey() {
    let Some(facts) = facts_of("complete_journey") else { return };
    let shop = Shop::new();
    import(&shop, "complete_journey/transactions.parquet", &[]).unwrap();
    check_orders(&shop, &facts["transactions"]);
}

#[test]
fn airline_loyalty() {
    let Some(facts) = facts_of("airline_loyalty") else { return };
    let shop = Shop::new();
    import(&shop, "airline_loyalty/customer_loyalty_history.csv.gz", &[]).unwrap();
    for (year, fact) in facts["year_ledger"].as_object().unwrap() {
        let terms =
            shop.json(&["metric", "customer-retention", "--rule", "contract", "--period", year])["terms"].clone();
        same(&terms["customers_start"], &fact["active_at_start"], year);
        same(&terms["customers_end"], &fact["active_at_end"], year);
        same(&terms["acquired"], &fact["enrolled"], year);
        same(&terms["lost"], &fact["cancelled_of_those_active_at_start"], year);
        match fact["churn_of_start"].as_f64() {
            Some(_) => same(&terms["churn"]["rate"], &fact["churn_of_start"], year),
            None => assert!(terms["churn"]["rate"].is_null(), "{year}: nobody was there at the start"),
        }
    }
    let rows = shop.json(&["metric", "survival", "--grain", "month"])["rows"].as_array().unwrap().clone();
    for (months, survival) in facts["kaplan_meier_months"]["S"].as_object().unwrap() {
        let months: f64 = months.parse().unwrap();
        let last = rows.iter().rfind(|row| number(&row["step"]) <= months).unwrap();
        let (found, fact) = (number(&last["still_here"]), number(survival));
        assert!((found - fact).abs() < 5.1e-9, "S({months}) = {found}, not {fact}"); // eight places are given
    }
}

#[test]
fn git_activity() {
    let Some(facts) = facts_of("git_activity") else { return };
    let shop = Shop::new();
    import(&shop, "git_activity/events.parquet", &[]).unwrap();
    same(&shop.value("select count(*) from events"), &facts["rows"], "rows");
    same(&shop.value("select count(*) from events where not is_bot"), &facts["events"], "events without bots");
    same(&shop.value("select count(distinct customer_id) from events where not is_bot"), &facts["users"], "users");
    for (name, count) in facts["by_event"].as_object().unwrap() {
        same(&shop.value(&format!("select count(*) from events where not is_bot and name = '{name}'")), count, name);
    }
    for (date, fact) in facts["actives"].as_object().unwrap() {
        let rows = shop.json(&["metric", "stickiness", "--period", date, "--where", "not is_bot"])["rows"].clone();
        for (column, name) in [("day", "dau"), ("week", "wau_7d"), ("month", "mau_28d")] {
            same(&rows[0][column], &fact[name], date);
        }
    }
    let rows = shop.json(&["metric", "lifecycle", "--grain", "month", "--where", "not is_bot"])["rows"].clone();
    for (month, fact) in facts["lifecycle"].as_object().unwrap() {
        let row =
            rows.as_array().unwrap().iter().find(|row| row["period"].as_str().unwrap().starts_with(month)).unwrap();
        for (column, name) in
            [("new", "new"), ("returning", "retained"), ("resurrected", "resurrected"), ("dormant", "dormant")]
        {
            same(&row[column], &fact[name], month);
        }
    }
    let largest = &facts["cohorts_monthly_largest_workspace"];
    check_cohorts(&shop, &["--where", "not is_bot and workspace = 'rust-analyzer'"], largest);
}
