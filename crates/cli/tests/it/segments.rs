//! Segments as files: saved, used by every metric, found again as facts arrive.

use crate::Shop;

const ORDERS: &str = "order id,customer,date,total,currency,country\n1,ana,2024-01-05,10.00,EUR,FI\n\
    2,ben,2024-01-09,20.00,EUR,SE\n3,ana,2024-02-01,5.00,EUR,FI\n4,cem,2024-03-01,7.00,EUR,FI\n";

const TWICE: &str = "name = \"Twice\"\n[rule]\ndid = { what = \"order\", at_least = 2 }\n";
const FINNS: &str = "name = \"Finns\"\n[rule]\nall = [{ trait = { column = \"country\", is = \"FI\" } }, { not = { segment = \"twice\" } }]\n";

fn write(shop: &Shop, name: &str, text: &str) -> String {
    let path = shop.folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn shop() -> Shop {
    let shop = Shop::new();
    let file = write(&shop, "orders.csv", ORDERS);
    shop.json(&["import", &file, "--yes"]);
    for (name, text) in [("twice.toml", TWICE), ("finns.toml", FINNS)] {
        let file = write(&shop, name, text);
        assert!(shop.run(&["segment", "save", &file]).status.success());
    }
    shop
}

fn members(shop: &Shop, slug: &str, more: &[&str]) -> String {
    let ids = shop.json(&[&["segment", "members", slug], more].concat());
    ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_segment_is_saved_and_used_by_every_metric() {
    let shop = shop();
    let all = shop.json(&["segment", "list"]);
    let said: Vec<String> =
        all.as_array().unwrap().iter().map(|one| format!("{} {}", one["slug"], one["customers"])).collect();
    assert_eq!(said, ["\"finns\" 1", "\"twice\" 1"]);
    assert_eq!(members(&shop, "finns", &[]), "cem");
    assert_eq!(members(&shop, "finns", &["--as-of", "2024-02-01"]), "ana", "she had not ordered twice then");
    let answer = shop.json(&["metric", "average-order-value", "--segment", "twice"]);
    assert_eq!(answer["terms"]["orders"], 2, "{answer}");
    let answer = shop.json(&["metric", "revenue", "--where", "not segment('twice') and country = 'FI'"]);
    assert_eq!(answer["rows"][0]["orders"], 1, "{answer}");
    // As of a day it means who belonged then.
    let early = shop.json(&["metric", "average-order-value", "--segment", "finns", "--as-of", "2024-02-01"]);
    assert_eq!(early["terms"]["orders"], 1, "{early}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let shop = shop();
    let wrong = [
        (
            "name = \"x\"\n[rule]\ntrait = { column = \"planet\", is = \"Mars\" }\n",
            "rule.trait: customers has no column 'planet'",
        ),
        ("name = \"x\"\n[rule]\nsegment = \"nobody\"\n", "rule.segment: there is no segment 'nobody'"),
        ("name = \"x\"\n[rule]\ndid = { what = \"dance\" }\n", "unknown variant `dance`"),
        ("name = \"Twice\"\n[rule]\nsegment = \"finns\"\n", "the segment is part of itself"),
    ];
    for (text, says) in wrong {
        let file = write(&shop, "wrong.toml", text);
        let output = shop.run(&["segment", "save", &file]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && words.contains(says), "{text}: {words}");
    }
    for args in
        [["segment", "remove", "twice"], ["segment", "show", "nobody"], ["metric", "revenue", "--segment=nobody"]]
    {
        let output = shop.run(&args);
        assert!(!output.status.success(), "{args:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("internal"), "{output:?}");
    }
}

#[test]
fn who_came_and_went_is_remembered() {
    let shop = shop();
    let file = write(&shop, "more.csv", &format!("{ORDERS}5,cem,2024-04-01,9.00,EUR,FI\n"));
    let report = shop.json(&["import", &file, "--yes"]);
    let moves = |slug: &str| {
        let shown = shop.json(&["segment", "show", slug]);
        let rows = shown["moves"].as_array().unwrap().clone();
        rows.iter()
            .map(|one| format!("{} +{} -{}", &one["at"].as_str().unwrap()[..10], one["entered"], one["left"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(moves("twice"), ["2024-04-01 +1 -0", "2024-03-01 +1 -0"]);
    assert_eq!(moves("finns"), ["2024-04-01 +0 -1", "2024-03-01 +1 -0"]);
    assert!(shop.run(&["import", "undo", &report["id"].to_string()]).status.success());
    assert_eq!(members(&shop, "twice", &[]), "ana");
}
