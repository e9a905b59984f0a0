//! What is explained is what was counted: the SQL beside a figure gives the same figure.

use serde_json::Value;

use crate::Shop;

const SHOP: &str = "order id,customer,date,total,currency,country\n\
    1,ana,2024-01-05,10.00,EUR,FI\n2,ben,2024-01-09,20.00,EUR,SE\n3,ana,2024-02-01,5.00,EUR,FI\n4,cem,2024-03-01,7.00,EUR,FI\n\
    5,dora,2024-01-31,9.00,USD,FI\n6,ana,2024-03-15,,EUR,FI\n7,ben,2024-03-20,-4.00,EUR,SE\n8,eve,2024-02-29,30.00,EUR,SE\n\
    9,eve,2024-04-02,30.00,EUR,SE\n10,ben,2024-04-10,1.00,EUR,SE\n";

/// The figure that `revenue.minor` names in an answer.
fn figure<'a>(terms: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(terms, |value, part| &value[part])
}

fn check(shop: &Shop, args: &[&str]) {
    let found = shop.json(&[&["explain"], args].concat());
    let text = found["sql"]["text"].as_str().unwrap_or_else(|| panic!("{args:?}: {}", found["sql"]));
    let rows = shop.json(&["sql", text]);
    let row: Vec<&Value> = rows["rows"][0].as_object().unwrap().values().collect();
    let gives = found["sql"]["gives"].as_array().unwrap();
    assert_eq!(row.len(), gives.len(), "{args:?}");
    for (value, path) in row.into_iter().zip(gives) {
        let said = figure(&found["terms"], path.as_str().unwrap());
        assert_eq!(value, said, "{args:?}: {path} by {text}\n{}", found["terms"]);
        assert!(!said.is_null(), "{args:?}: {path}");
    }
}

#[test]
fn the_query_beside_a_figure_gives_it() {
    let shop = Shop::new();
    let path = shop.folder.path().join("orders.csv");
    std::fs::write(&path, SHOP).unwrap();
    shop.json(&["import", path.to_str().unwrap(), "--yes"]);
    for period in [&[][..], &["--period", "2024-02"], &["--period", "2024-01-05..2024-03-16"]] {
        for metric in [
            "repeat-purchase-rate",
            "returning-order-share",
            "purchase-frequency",
            "average-order-value",
            "revenue",
            "active-customers",
            "customer-retention",
        ] {
            check(&shop, &[&[metric], period].concat());
            if metric != "customer-retention" || period.len() == 2 {
                check(&shop, &[&[metric, "--where", "country = 'SE'"], period].concat());
            }
        }
    }
    check(&shop, &["customer-retention", "--period", "2024-03", "--window", "20"]);
    check(&shop, &["average-order-value", "--as-of", "2024-02-01"]);
    let none = shop.json(&["explain", "cohorts"]);
    assert!(none["sql"]["text"].is_null() && none["sql"]["why"].is_string(), "{none}");
}
