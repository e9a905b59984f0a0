//! What a newer export says differently: orders that were called off, corrected, or lie in the future.

use std::path::Path;

use crate::Shop;

const HEADER: &str = "order id,customer,date,total,currency,status\n";

/// Imports each of the files and says after each which orders there are, as `number amount`.
fn check(files: &[&str], expected: &[&str]) {
    let shop = Shop::new();
    for (number, (rows, expected)) in files.iter().zip(expected).enumerate() {
        let path = shop.folder.path().join(format!("{number}.csv"));
        std::fs::write(&path, format!("{HEADER}{rows}")).unwrap();
        shop.json(&["import", path.to_str().unwrap(), "--yes"]);
        assert_eq!(orders(&shop), *expected, "file {number} of {files:?}");
    }
}

fn orders(shop: &Shop) -> String {
    let answer = shop.json(&["sql", "select order_id, amount from orders order by order_id"]);
    let rows = answer["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| format!("{} {}", row["order_id"].as_str().unwrap(), row["amount"]))
        .collect::<Vec<_>>()
        .join(", ")
}

const PAID: &str = "1,ana,2024-01-05,10.00,EUR,paid\n2,ben,2024-01-09,20.00,EUR,paid\n";
const CALLED_OFF: &str = "1,ana,2024-01-05,10.00,EUR,cancelled\n2,ben,2024-01-09,20.00,EUR,paid\n";

#[test]
fn an_order_that_is_called_off_later_does_not_count() {
    check(&[PAID, CALLED_OFF], &["1 1000, 2 2000", "2 2000"]);
    // It may come back.
    let again = format!("{PAID}3,ana,2024-02-01,5.00,EUR,paid\n");
    check(&[PAID, CALLED_OFF, &again], &["1 1000, 2 2000", "2 2000", "1 1000, 2 2000, 3 500"]);
    // An older export that is imported late, from before it was paid, takes nothing back.
    let unpaid = "1,ana,2024-01-05,10.00,EUR,pending payment\n2,ben,2024-01-09,20.00,EUR,paid\n";
    check(&[PAID, unpaid], &["1 1000, 2 2000", "1 1000, 2 2000"]);
}

#[test]
fn what_was_called_off_before_it_was_told_leaves_no_trace() {
    let shop = Shop::new();
    let path = shop.folder.path().join("orders.csv");
    std::fs::write(&path, format!("{HEADER}{CALLED_OFF}")).unwrap();
    let report = shop.json(&["import", path.to_str().unwrap(), "--yes"]);
    assert_eq!((report["added"].as_u64(), report["facts"]["order_headers"].as_u64()), (Some(1), Some(1)), "{report}");
    assert_eq!(report["rejects"]["not_bought"], 1);
    assert_eq!(shop.value("select count(*) from customers"), 1);
}

#[test]
fn undoing_the_import_that_called_an_order_off_brings_it_back() {
    let shop = Shop::new();
    let import = |name: &str, rows: &str| {
        let path = shop.folder.path().join(name);
        std::fs::write(&path, format!("{HEADER}{rows}")).unwrap();
        shop.json(&["import", path.to_str().unwrap(), "--yes"])["id"].to_string()
    };
    import("a.csv", PAID);
    let second = import("b.csv", CALLED_OFF);
    assert_eq!(orders(&shop), "2 2000");
    assert!(shop.run(&["import", "undo", &second]).status.success());
    assert_eq!(orders(&shop), "1 1000, 2 2000");
}

#[test]
fn lines_of_an_order_that_is_called_off_go_with_it() {
    let shop = Shop::new();
    let header = "order id,customer,date,product,quantity,price,currency,status\n";
    let line = |status: &str| {
        format!(
            "{header}1,ana,2024-01-05,tea,2,2.50,EUR,{status}\n1,ana,2024-01-05,cup,1,4.00,EUR,{status}\n2,ben,2024-01-09,tea,1,2.50,EUR,paid\n"
        )
    };
    let import = |folder: &Path, name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        shop.json(&["import", path.to_str().unwrap(), "--yes"])
    };
    import(shop.folder.path(), "a.csv", line("paid"));
    assert_eq!(orders(&shop), "1 900, 2 250");
    import(shop.folder.path(), "b.csv", line("cancelled"));
    assert_eq!(orders(&shop), "2 250");
}

/// A line that was called off says nothing about the others of its order.
#[test]
fn a_line_that_is_called_off_leaves_the_order() {
    let shop = Shop::new();
    let text = "order id,customer,date,product,quantity,price,currency,status\n1,ana,2024-01-01,tea,1,10.00,EUR,paid\n\
                1,ana,2024-01-01,cup,2,5.00,EUR,cancelled\n3,ben,2024-02-01,tea,3,10.00,EUR,cancelled\n";
    let path = shop.folder.path().join("lines.csv");
    std::fs::write(&path, text).unwrap();
    shop.json(&["import", path.to_str().unwrap(), "--yes"]);
    assert_eq!(orders(&shop), "1 1000");
}

#[test]
fn the_version_told_last_counts_also_when_it_was_told_before() {
    let corrected = "1,ana,2024-01-05,12.00,EUR,paid\n2,ben,2024-01-09,20.00,EUR,paid\n";
    let back = format!("{PAID}3,cem,2024-02-01,5.00,EUR,paid\n");
    check(&[PAID, corrected, &back], &["1 1000, 2 2000", "1 1200, 2 2000", "1 1000, 2 2000, 3 500"]);
}

#[test]
fn a_date_in_the_future_does_not_move_today() {
    let shop = Shop::new();
    let path = shop.folder.path().join("orders.csv");
    std::fs::write(&path, format!("{HEADER}{PAID}3,cem,2074-01-05,5.00,EUR,paid\n")).unwrap();
    shop.json(&["import", path.to_str().unwrap(), "--yes"]);
    let answer = shop.json(&["metric", "revenue"]);
    assert_eq!(answer["as_of"], "2024-01-10", "{answer}");
    assert_eq!(shop.value("select count(*) from orders"), 3, "the order itself stays");
}
