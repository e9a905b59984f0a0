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

/// Rows of an answer.
fn rows_of(shop: &Shop, args: &[&str]) -> Vec<Value> {
    shop.json(args)["rows"].as_array().unwrap().clone()
}

/// What the facts of one workspace say of its people's events.
fn check_returns(shop: &Shop, workspace: &str, fact: &Value) {
    let filter = format!("not is_bot and workspace = '{workspace}'");
    let funnel = |within: &str| {
        let asked = ["metric", "funnel", "--through", "* > *", "--mode", "first-touch", "--within", within];
        shop.json(&[&asked[..], &["--where", &filter]].concat())["terms"].clone()
    };
    let month = funnel("30d");
    same(&month["started"], &fact["users"], workspace);
    same(&month["finished"], &fact["users_with_second_event_within_30_days"], workspace);
    let ever = funnel("36500d");
    let once = number(&ever["started"]) - number(&ever["finished"]);
    same(&once.into(), &fact["one_event_users"], workspace);
    // Whoever was ever seen 365 days after their first event or later, whether that day is over for them or not.
    // One row of all entries: a row for every day on which somebody began would be too many cells.
    let asked = ["metric", "event-retention", "--clock", "rolling", "--measure", "on-or-after", "--steps", "365"];
    let cells = rows_of(shop, &[&asked[..], &["--by", "workspace", "--where", &filter]].concat());
    let cell = cells.iter().rfind(|cell| cell["cohort"] == "(average)" && cell["step"] == 365).unwrap();
    let active = number(&cell["returned"]) + number(&cell["open_returned"]);
    same(&active.into(), &fact["users_active_over_more_than_365_days"], workspace);
}

/// Cohorts of the facts, by event retention: the same from the first step on. In step 0 only what came after the entry counts.
fn check_event_cohorts(shop: &Shop, more: &[&str], facts: &Value) {
    let cells = rows_of(shop, &[&["metric", "event-retention", "--grain", "month", "--steps", "120"], more].concat());
    for row in facts["first_rows"].as_array().unwrap() {
        for (step, active) in row["active"].as_array().unwrap().iter().enumerate().skip(1) {
            let cell = cells.iter().find(|cell| cell["cohort"] == row["cohort"] && cell["step"] == step);
            let cell = cell.unwrap_or_else(|| panic!("no cell {step} of {}", row["cohort"]));
            same(&cell["size"], &row["size"], "cohort");
            let returned = number(&cell["returned"]) + number(&cell["open_returned"]);
            same(&returned.into(), active, "cohort cell");
        }
    }
}

#[test]
fn git_activity_returns() {
    let Some(facts) = facts_of("git_activity") else { return };
    let shop = Shop::new();
    import(&shop, "git_activity/events.parquet", &[]).unwrap();
    for (workspace, fact) in facts["workspaces"].as_object().unwrap() {
        check_returns(&shop, workspace, fact);
    }
    let largest = ["--where", "not is_bot and workspace = 'rust-analyzer'"];
    check_event_cohorts(&shop, &largest, &facts["cohorts_monthly_largest_workspace"]);
    // A list is as long as its number, whatever the number.
    let asked = ["--through", "* > merge", "--where", "not is_bot"];
    let finished = shop.json(&[&["metric", "funnel"], &asked[..]].concat())["terms"]["finished"].clone();
    let listed = shop.json(&[&["customers", "funnel", "--step", "2"], &asked[..]].concat())["customers"].clone();
    same(&listed, &finished, "customers of the last step");
}

#[test]
fn complete_journey_returns() {
    let Some(facts) = facts_of("complete_journey") else { return };
    let shop = Shop::new();
    import(&shop, "complete_journey/transactions.parquet", &[]).unwrap();
    check_event_cohorts(&shop, &["--facts", "orders"], &facts["transactions"]["cohorts_monthly"]);
}

/// The players of the test as events: the facts say only whether they came back on the first and on the seventh day.
fn cookie_cats_events(shop: &Shop) -> Option<()> {
    let packed = shared("cookie_cats/cookie_cats.csv.gz")?;
    let unpacked = std::process::Command::new("gzip").arg("-dc").arg(packed).output().unwrap();
    let mut text = "customer_id,at,event,version\n".to_owned();
    for line in String::from_utf8(unpacked.stdout).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.trim().split(',').collect();
        let [player, version, _, day_1, day_7] = cells[..] else { panic!("no player: {line}") };
        text += &format!("{player},2024-01-01,install,{version}\n");
        for (back, day) in [(day_1, 2), (day_7, 8)] {
            if back == "TRUE" {
                text += &format!("{player},2024-01-0{day},play,\n");
            }
        }
    }
    // Known for long enough that every day is over.
    text += "end,2024-01-31,other,\n";
    let file = shop.folder.path().join("events.csv");
    std::fs::write(&file, text).unwrap();
    shop.json(&["import", file.to_str().unwrap(), "--yes"]);
    Some(())
}

#[test]
fn cookie_cats() {
    let Some(facts) = facts_of("cookie_cats") else { return };
    let shop = Shop::new();
    if cookie_cats_events(&shop).is_none() {
        return;
    }
    let asked = ["--begin", "install", "--back", "play", "--by", "version", "--steps", "7"];
    let cells = rows_of(&shop, &[&["metric", "event-retention"], &asked[..]].concat());
    for (day, name) in [(1, "retention_1"), (7, "retention_7")] {
        let fact = &facts["outcomes"][name];
        for version in ["gate_30", "gate_40"] {
            let cell = cells.iter().find(|cell| cell["cohort"] == version && cell["step"] == day).unwrap();
            same(&cell["eligible"], &fact[version]["n"], name);
            same(&cell["returned"], &fact[version]["retained"], name);
            same(&cell["retention"]["rate"], &fact[version]["rate"], name);
        }
        let step = day.to_string();
        let groups = ["--groups", "gate_40,gate_30", "--step", &step];
        let terms = shop.json(&[&["metric", "cohort-difference"], &asked[..], &groups].concat())["terms"].clone();
        assert_eq!(terms["test"], "chi-square");
        same(&terms["difference"], &fact["z_test_gate_40_minus_gate_30"]["diff"], name);
        let (p, wanted) = (number(&terms["p_value"]), number(&fact["chi2_no_correction_p"]));
        assert!((p / wanted - 1.0).abs() < 1e-9, "{name}: p is {p}, not {wanted}");
        // Newcombe's interval and Wald's of the facts are all but the same with 45,000 players a side.
        for (place, end) in ["difference_low", "difference_high"].into_iter().enumerate() {
            let wald = number(&fact["z_test_gate_40_minus_gate_30"]["ci95_diff"][place]);
            assert!((number(&terms[end]) - wald).abs() < 2e-6, "{name} {end}");
        }
    }
}
