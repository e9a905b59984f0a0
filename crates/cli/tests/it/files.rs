//! Files that people have: good ones, bad ones, the same twice, taken back.

use crate::Shop;

const ORDERS: &str = "order id,customer,date,total,currency\n\
    1,ana,2024-01-05,10.00,EUR\n2,ben,2024-01-09,20.00,EUR\n3,ana,2024-02-01,5.00,EUR\n";

fn write(shop: &Shop, name: &str, bytes: &[u8]) -> String {
    let path = shop.folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_plain_table_is_imported_once_and_can_be_taken_back() {
    let shop = Shop::new();
    let file = write(&shop, "orders.csv", ORDERS.as_bytes());
    let first = shop.json(&["import", &file, "--yes"]);
    assert_eq!((first["rows"].as_u64(), first["added"].as_u64()), (Some(3), Some(3)), "{first}");
    assert_eq!(shop.json(&["import", &file, "--yes"])["repeated"], true);
    // A newer export that overlaps adds only what is new.
    let newer = write(&shop, "newer.csv", format!("{ORDERS}4,cem,2024-03-01,7.00,EUR\n").as_bytes());
    let second = shop.json(&["import", &newer, "--yes"]);
    assert_eq!((second["added"].as_u64(), second["duplicates"].as_u64()), (Some(1), Some(3)), "{second}");
    assert_eq!(shop.value("select count(*) from orders"), 4);
    // What both delivered stays when the first is taken back.
    assert!(shop.run(&["import", "undo", &first["id"].to_string()]).status.success());
    assert_eq!(shop.value("select count(*) from orders"), 4);
    assert!(shop.run(&["import", "undo", &second["id"].to_string()]).status.success());
    assert_eq!(shop.value("select count(*) from orders"), 0);
    let twice = shop.run(&["import", "undo", &second["id"].to_string()]);
    assert_eq!(twice.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&twice.stderr).contains("error[already_undone]"), "{twice:?}");
    // And it can be imported again.
    assert_eq!(shop.json(&["import", &file, "--yes"])["added"], 3);
}

/// Two identical lines in one file are two facts; the same file beside its copy is one file.
#[test]
fn copies_in_one_command_count_once() {
    let shop = Shop::new();
    let lines = "invoice,customer,date,product,quantity,unit price\n1,ana,2024-01-05 10:00:00,tea,1,2.50\n\
                 1,ana,2024-01-05 10:00:00,tea,1,2.50\n2,ben,2024-01-06 10:00:00,cup,2,4.00\n";
    let (first, copy) = (write(&shop, "a.csv", lines.as_bytes()), write(&shop, "b.csv", lines.as_bytes()));
    let report = shop.json(&["import", &first, &copy, "--yes"]);
    assert_eq!((report["added"].as_u64(), report["duplicates"].as_u64()), (Some(3), Some(3)), "{report}");
    assert_eq!(shop.value("select sum(amount) from orders"), 1300);
    // Three exports that overlap, in one command as in three.
    let more = write(&shop, "c.csv", format!("{lines}3,cem,2024-01-07 10:00:00,cup,1,4.00\n").as_bytes());
    let other = Shop::new();
    let report = other.json(&["import", &first, &copy, &more, "--yes"]);
    assert_eq!((report["added"].as_u64(), report["duplicates"].as_u64()), (Some(4), Some(6)), "{report}");
    assert_eq!(other.value("select sum(amount) from orders"), 1700);
    // A line of an order with a column that orders have as well.
    let shipped = "order id,date,email,sku,quantity,price,shipping,tax\n1,2024-01-02,a@x.org,tea,1,10.00,4.90,1\n\
                   2,2024-01-03,b@x.org,cup,2,10.00,0.00,2\n";
    let third = Shop::new();
    let file = write(&third, "shipped.csv", shipped.as_bytes());
    assert_eq!(third.json(&["import", &file, "--currency", "EUR", "--yes"])["facts"]["order_lines"], 2);
    assert_eq!(third.value("select sum(amount) from orders"), 3000);
    assert_eq!(third.value("select count(*) from orders where shipping is null"), 2);
    assert_eq!(third.value("select sum(shipping) from order_lines"), 4.9);
}

/// Rows that name an order and no customer find it beside them, or in the history; undoing leaves nothing of them.
#[test]
fn lines_find_their_customers_by_the_order() {
    let lines = "order_id,sku,qty,unit_price\n1,tea,2,3.50\n2,cup,1,5.00\n9,cup,1,5.00\n";
    let orders = "order_id,customer_id,order_date,currency\n1,ana,2024-01-05,EUR\n2,ben,2024-01-09,EUR\n";
    let late = "order_id,customer_id,order_date,currency\n9,cem,2024-02-05,EUR\n";
    let shop = Shop::new();
    let (lines, orders, late) = (
        write(&shop, "lines.csv", lines.as_bytes()),
        write(&shop, "orders.csv", orders.as_bytes()),
        write(&shop, "late.csv", late.as_bytes()),
    );
    let alone = shop.run(&["import", &lines, "--yes"]);
    let said = String::from_utf8_lossy(&alone.stderr);
    assert!(said.contains("error[needs_other_table]") && said.contains("lines.csv orders.csv"), "{said}");
    let both = shop.json(&["import", &lines, &orders, "--yes"]);
    assert_eq!((both["added"].as_u64(), both["rejects"]["owner_unknown"].as_u64()), (Some(4), Some(1)), "{both}");
    let who = "select string_agg(customer_id || ' ' || amount, ', ' order by customer_id) from order_lines";
    assert_eq!(shop.value(who), "ana 700, ben 500");
    // The order comes later: the very same lines are read once more, and only what was missing is new.
    shop.json(&["import", &late, "--yes"]);
    let again = shop.json(&["import", &lines, "--yes"]);
    assert_eq!((again["repeated"].as_bool(), again["added"].as_u64()), (Some(false), Some(1)), "{again}");
    assert_eq!(shop.value(who), "ana 700, ben 500, cem 500");
    assert!(shop.run(&["import", "undo", &again["id"].to_string()]).status.success());
    assert_eq!(shop.value(who), "ana 700, ben 500");
}

/// Lines that name no currency and times that name no zone stay the facts they are, whatever the workspace learns later.
#[test]
fn what_the_workspace_learns_makes_no_new_facts() {
    let shop = Shop::new();
    let old = "order id,customer,date,total\n1,ana,2024-01-05 23:30,10.00\n2,ben,2024-01-09 12:00,20.00\n";
    let first = write(&shop, "first.csv", old.as_bytes());
    let second = write(&shop, "second.csv", format!("{old}3,cem,2024-02-01 08:00,5.00\n").as_bytes());
    let told = shop.json(&["import", &first, "--yes"]);
    assert_eq!(told["added"], 2, "{told}");
    // Another file brings a currency, and somebody sets the zone.
    let euros = write(&shop, "euros.csv", b"order id,customer,date,total,currency\n11,ana,2024-01-05,10.00,EUR\n");
    shop.json(&["import", &euros, "--yes"]);
    assert!(shop.run(&["settings", "zone", "Asia/Taipei"]).status.success());
    assert_eq!(shop.json(&["import", &first, "--yes"])["repeated"], true);
    let seen = shop.json(&["import", &second, "--look"]);
    let notes = seen[0]["notes"].to_string();
    assert!(notes.contains("read in UTC, as by import 1") && notes.contains("is none, as in import 1"), "{seen}");
    let told = shop.json(&["import", &second, "--yes"]);
    assert_eq!((told["added"].as_u64(), told["duplicates"].as_u64()), (Some(1), Some(2)), "{told}");
    assert_eq!(shop.value("select count(*) from orders where currency is null"), 3);
    // The same bytes read with another map would count twice.
    let again = shop.run(&["import", &first, "--currency", "EUR", "--yes"]);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(said.contains("error[read_differently]") && said.contains("import undo 1"), "{said}");
    // Taken back, they are read with what is known now.
    for id in ["1", &told["id"].to_string()] {
        assert!(shop.run(&["import", "undo", id]).status.success());
    }
    assert_eq!(shop.json(&["import", &first, "--yes"])["added"], 2);
    assert_eq!(shop.value("select count(*) from orders where currency is null"), 0);
    assert_eq!(shop.value("select min(at) from orders where order_id = '1'"), "2024-01-05T15:30:00Z");
}

/// Nobody is asked with `--yes`: what has two readings stops the import, what has none stays unknown and is said.
#[test]
fn questions_that_change_numbers_are_not_passed_over() {
    let shop = Shop::new();
    let file = write(&shop, "a.csv", b"order,customer,date,total\n1,ana,03/04/2024,10.00\n2,ben,05/04/2024,12.00\n");
    let refused = shop.run(&["import", &file, "--yes"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("error[question_open]") && said.contains("--dates dmy"), "{said}");
    let report = shop.json(&["import", &file, "--yes", "--dates", "dmy"]);
    assert_eq!(report["added"], 2);
    assert!(report["unanswered"][0].as_str().unwrap().contains("--currency"), "{report}");
    assert_eq!(shop.value("select min(day) from orders"), "2024-04-03");
    let other = Shop::new();
    let renamed =
        write(&other, "b.csv", b"ref,who,date,worth,extra\n1,ana,2024-01-05,10.00,3\n2,ben,2024-02-05,12.00,4\n");
    let as_said = ["--column", "ref=order", "--column", "worth=amount", "--column", "extra=skip", "--currency", "eur"];
    let report = other.json(&[&["import", &renamed, "--yes"][..], &as_said].concat());
    assert_eq!(report["facts"]["order_headers"], 2, "{report}");
    assert_eq!(other.value("select sum(amount) from orders where currency = 'EUR'"), 2200);
    let wrong = other.run(&["import", &renamed, "--look", "--column", "worth=money"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("error[unknown_meaning]"), "{wrong:?}");
}

/// Files of a state database that is gone are never taken for leftovers.
#[test]
fn a_lost_state_costs_no_history() {
    let shop = Shop::new();
    let file = write(&shop, "orders.csv", ORDERS.as_bytes());
    shop.json(&["import", &file, "--yes"]);
    let count = || walk(&shop.folder.path().join("history"));
    let before = count();
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = std::fs::remove_file(shop.folder.path().join(name));
    }
    let output = shop.run(&["import", &file, "--yes"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("error[foreign_history]"), "{output:?}");
    assert_eq!(count(), before);
    // Neither a second try nor a question takes it for an empty folder.
    for args in [&["import", &file, "--yes"][..], &["metric", "revenue"], &["doctor"]] {
        let output = shop.run(args);
        assert!(String::from_utf8_lossy(&output.stderr).contains("error[foreign_history]"), "{args:?}: {output:?}");
        assert_eq!(count(), before);
    }
}

/// A state database of another installation, however many imports it has had, never has these files cleared away.
#[test]
fn the_state_of_another_installation_costs_no_history() {
    let (shop, other) = (Shop::new(), Shop::new());
    let file = write(&shop, "orders.csv", ORDERS.as_bytes());
    shop.json(&["import", &file, "--yes"]);
    for number in 1..5 {
        let text = format!("{ORDERS}{number}9,dora,2024-05-0{number},1.00,EUR\n");
        let file = write(&other, &format!("{number}.csv"), text.as_bytes());
        other.json(&["import", &file, "--yes"]);
    }
    let before = walk(&shop.folder.path().join("history"));
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = std::fs::remove_file(shop.folder.path().join(name));
        let _ = std::fs::copy(other.folder.path().join(name), shop.folder.path().join(name));
    }
    let more = write(&shop, "more.csv", format!("{ORDERS}99,eve,2024-06-01,1.00,EUR\n").as_bytes());
    shop.run(&["import", &more, "--yes"]);
    assert!(walk(&shop.folder.path().join("history")) >= before, "files of the history are gone");
}

fn walk(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}

/// Every metric on the list can be asked for, for people as for programs.
const CONTRACTS: &str = "customer_id,at,source_id,subscription_id,kind,plan,interval,mrr_after,currency,reason\n\
    ana,2024-01-03T10:00:00Z,1,a,start,solo,month,10.00,EUR,\n\
    ana,2024-01-20T10:00:00Z,2,a,cancel,solo,month,10.00,EUR,switched\n\
    ana,2024-02-03T10:00:00Z,3,a,end,solo,month,0.00,EUR,\n\
    ben,2024-03-03T10:00:00Z,4,b,start,solo,month,10.00,EUR,\n";

#[test]
fn two_definitions_are_compared() {
    let business = Shop::new();
    let file = write(&business, "subscriptions.csv", CONTRACTS.as_bytes());
    business.json(&["import", &file, "--yes"]);
    let found = business.json(&["reconcile", "--with", "stripe", "--period", "2024-01"]);
    let rows = found["rows"].as_array().unwrap();
    let end = rows.iter().find(|row| row["line"] == "end").unwrap();
    assert_eq!((end["a"]["minor"].as_i64(), end["b"]["minor"].as_i64()), (Some(1000), Some(0)), "{found}");
    let only = rows.iter().find(|row| row["kind"] == "subscription").unwrap();
    assert_eq!((&only["customer"], &only["because"]), (&"ana".into(), &"churn_moment".into()), "{found}");
    let people = business.json(&["customers", "mrr", "--part", "churn", "--period", "2024-02"]);
    assert_eq!(people["customers"], 1, "{people}");
}

#[test]
fn every_metric_answers() {
    let shop = Shop::new();
    let file = write(&shop, "orders.csv", ORDERS.as_bytes());
    shop.json(&["import", &file, "--yes"]);
    let business = Shop::new();
    let file = write(&business, "subscriptions.csv", CONTRACTS.as_bytes());
    business.json(&["import", &file, "--yes"]);
    for card in shop.json(&["metric"]).as_array().unwrap() {
        let name = card["id"].as_str().unwrap();
        // What contracts bring is asked of a business that has some.
        let recurring = name.starts_with("mrr-") || (name.starts_with("revenue-") && name != "revenue-change");
        let shop = if recurring { &business } else { &shop };
        // What has no answer without being told what about.
        let about: &[&str] = match name {
            "funnel" => &["--through", "order > order"],
            "paths" => &["--anchor", "order"],
            "cohort-difference" => &["--by", "currency", "--groups", "EUR,EUR"],
            _ => &[],
        };
        let asked = [&["metric", name], about].concat();
        assert_eq!(shop.json(&asked)["card"]["id"], name);
        let output = shop.run(&asked);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn bad_rows_are_listed_and_good_ones_kept() {
    let shop = Shop::new();
    let bad = "5,,2024-01-05,1.00,EUR\n6,dia,soon,1.00,EUR\n7,eva,2024-01-05,lots,EUR\n";
    let file = write(&shop, "orders.csv", format!("{ORDERS}{bad}").as_bytes());
    let report = shop.json(&["import", &file, "--yes"]);
    assert_eq!(report["added"], 3, "{report}");
    let listed = std::fs::read_to_string(report["rejects_file"].as_str().unwrap()).unwrap();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 4, "{listed}");
    for (line, value) in [("5", ""), ("6", "soon"), ("7", "lots")] {
        assert!(
            lines
                .iter()
                .any(|row| row.starts_with("orders.csv,") && row.contains(&format!(",{line},")) && row.contains(value)),
            "{listed}"
        );
    }
}

/// Every bad file gets an error with what, where and what next, and never a panic.
#[test]
fn bad_files_get_a_clear_error() {
    let shop = Shop::new();
    let wide = "c,".repeat(100_000);
    let deep = "[".repeat(10_000);
    let cases: [(&str, &[u8]); 11] = [
        ("empty.csv", b""),
        ("header.csv", b"order id,customer,date,total\n"),
        ("binary.csv", &[0, 159, 146, 150, 0, 1, 2, 3, 255, 254]),
        ("truncated.csv.gz", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2]),
        ("damaged.parquet", b"PAR1 this is no parquet file PAR1"),
        ("damaged.xlsx", b"PK\x03\x04 this is no workbook"),
        ("words.txt", b"It was a dark and stormy night; the rain fell in torrents.\n"),
        ("wide.csv", wide.as_bytes()),
        ("deep.json", deep.as_bytes()),
        ("broken.json", b"{\"orders\": [{\"id\": 1,"),
        ("numbers.csv", b"1,2,3\n4,5,6\n"),
    ];
    for (name, bytes) in cases {
        let file = write(&shop, name, bytes);
        let output = shop.run(&["import", &file, "--yes"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(
            said.contains("error[") && said.contains("hint: ") && said.contains(name.split('.').next().unwrap()),
            "{name}: {said}"
        );
        assert!(!said.contains("panicked"), "{name}: {said}");
    }
    let folder = shop.folder.path().to_str().unwrap().to_owned();
    for path in [folder.as_str(), "/no/such/file.csv"] {
        let output = shop.run(&["import", path, "--yes"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("hint: "));
    }
    assert_eq!(shop.json(&["doctor"])["history_files"], 0, "a refused file leaves nothing behind");
}

#[test]
fn a_guess_is_not_taken_without_a_yes() {
    let shop = Shop::new();
    let file = write(&shop, "mine.csv", b"kunde;wann;wieviel\nana;05.01.2024;10,00\nben;09.01.2024;20,50\n");
    let output = shop.run(&["import", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("error[not_confirmed]"), "{output:?}");
    let report = shop.json(&["import", &file, "--yes"]);
    assert_eq!(report["added"], 2, "{report}");
    assert_eq!(shop.value("select sum(amount) from orders"), 3050);
}
