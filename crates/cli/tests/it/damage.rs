//! Damage on the disk: never a wrong number, and a way out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::Shop;

/// Days a seed can put something on.
const DAYS: u64 = 400;

/// Numbers that look random and come again with their seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// A shop with lines without identifiers and true repetitions, orders told again, refunds and events; two of its
/// files overlap. The order of the files is the order of the imports.
fn files(shop: &Shop, dice: &mut Dice) -> Vec<String> {
    let day = |n: u64| format!("2023-{:02}-{:02}", 1 + n / 28 % 12, 1 + n % 28);
    let mut lines: Vec<String> = Vec::new();
    for order in 0..300 {
        let (customer, at) = (dice.roll(90), day(dice.roll(DAYS)));
        for _ in 0..1 + dice.roll(3) {
            let line = format!("L{order},c{customer},{at} 10:00:00,tea{},{},2.50", dice.roll(9), 1 + dice.roll(4));
            // One in ten is there twice: bought twice, not a mistake.
            lines.extend(std::iter::repeat_n(line, if dice.roll(10) == 0 { 2 } else { 1 }));
        }
    }
    let head = "invoice,customer,date,product,quantity,unit price\n";
    let half = lines.len() / 2;
    let orders = |status: &str, dice: &mut Dice| {
        let rows: Vec<String> = (0..200)
            .map(|n| format!("O{n},c{},{},{}.00,EUR,{status}", n * 7 % 90, day(n * 3), 10 + n % 50 + dice.roll(1)))
            .collect();
        format!("order id,customer,date,total,currency,status\n{}\n", rows.join("\n"))
    };
    let events: Vec<String> =
        (0..500).map(|_| format!("c{},{} 09:00:00,visit", dice.roll(120), day(dice.roll(DAYS)))).collect();
    let texts = [
        ("lines-1.csv", format!("{head}{}\n", lines[..half + 40].join("\n"))),
        ("lines-2.csv", format!("{head}{}\n", lines[half - 40..].join("\n"))),
        ("orders-open.csv", orders("open", dice)),
        ("orders-paid.csv", orders("paid", dice)),
        ("events.csv", format!("user_id,timestamp,event\n{}\n", events.join("\n"))),
    ];
    texts
        .iter()
        .map(|(name, text)| {
            let path = shop.folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect()
}

/// Everything people see: what is independent of when and by which import a fact came.
fn answers(shop: &Shop) -> BTreeMap<&'static str, String> {
    [
        "select customer_id, at, order_id, amount, refunded, lines, units, status, number from orders order by 1, 2, 3",
        "select customer_id, at, order_id, product, quantity, amount from order_lines order by 1, 2, 3, 4, 5",
        "select customer_id, at, name from events order by 1, 2, 3",
        "select customer_id, day, orders from order_days order by 1, 2",
        "select customer_id, day, events from event_days order by 1, 2",
        "select customer_id, facts, first_at, last_at, orders, spent from customers order by 1",
    ]
    .into_iter()
    .map(|query| (query, shop.json(&["sql", query])["rows"].to_string()))
    .chain([("lifecycle", shop.json(&["metric", "lifecycle", "--rule", "purchase"])["rows"].to_string())])
    .collect()
}

fn history_files(shop: &Shop, table: &str) -> Vec<PathBuf> {
    let folder = shop.folder.path().join("history").join(table);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| live(shop, file));
    files.sort();
    files
}

/// Replaced files stay for a while; damage to them is nobody's.
fn live(shop: &Shop, file: &Path) -> bool {
    let (bucket, table) = (file.file_name().unwrap().to_str().unwrap()[..4].to_owned(), file.parent().unwrap());
    let newest = std::fs::read_dir(table)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&bucket))
        .max();
    newest.as_deref() == Some(file) && shop.folder.path().exists()
}

/// A way for a disk to damage a file.
fn damage(file: &Path, dice: &mut Dice) -> &'static str {
    let mut bytes = std::fs::read(file).unwrap();
    let length = bytes.len() as u64;
    match dice.roll(5) {
        0 => {
            std::fs::remove_file(file).unwrap();
            return "missing";
        }
        1 => bytes.truncate(dice.roll(length) as usize),
        _ => {
            let place = dice.roll(length) as usize;
            bytes[place] ^= 1 << dice.roll(8);
        }
    }
    std::fs::write(file, bytes).unwrap();
    "changed"
}

fn error_of(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    text
}

/// For each kind of file: damage, the error, the refused import, the repair, the files again, the same answers.
#[test]
fn damage_is_named_and_repaired_to_the_same_answers() {
    let seed = 11;
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let shop = Shop::new();
    // A currency that is set later would make other facts of the lines that name none.
    std::fs::write(shop.folder.path().join("regulars.toml"), "currency = \"EUR\"\n").unwrap();
    let files = files(&shop, &mut dice);
    for file in &files {
        let kind = if file.contains("events") { &["--as", "events"][..] } else { &[] };
        shop.json(&[&["import", file, "--yes"], kind].concat());
    }
    let before = answers(&shop);
    let facts = ["order_lines", "order_headers", "events"];
    for table in facts.iter().chain(&["orders", "order_days", "event_days", "customers", "customers"]) {
        let live = history_files(&shop, table);
        let file = &live[dice.roll(live.len() as u64) as usize];
        let how = damage(file, &mut dice);
        let name = format!("{table}/{}", file.file_name().unwrap().to_str().unwrap());

        // A question that needs the file ends with its name; one that does not is answered.
        let error = error_of(&shop.run(&["sql", &format!("select count(*), max(customer) from {table}")]));
        assert!(error.contains("error[history_damaged]") && error.contains(&name), "{name} {how}: {error}");
        assert!(error.contains("doctor --repair"), "{error}");
        let other = if *table == "refunds" { "events" } else { "refunds" };
        assert!(shop.run(&["sql", &format!("select count(*) from {other}")]).status.success(), "{name}");

        // Nothing is built on a damaged file: importing and undoing refuse, and say so.
        if facts.contains(table) || *table == "customers" {
            let id = shop.json(&["import", "list"])[0]["id"].to_string();
            let error = error_of(&shop.run(&["import", "undo", &id]));
            assert!(error.contains("error[history_damaged]"), "{name}: {error}");
        }
        assert!(error_of(&shop.run(&["doctor", "--deep"])).contains("error[unwell]"));

        let lost = facts.contains(table);
        let repaired = shop.run(&["doctor", "--repair", "--json"]);
        let told: serde_json::Value = serde_json::from_slice(&repaired.stdout).unwrap();
        assert_eq!(repaired.status.success(), !lost, "{name}: {told}");
        assert_eq!(told["repair"]["damaged"][0][0], name, "{told}");
        assert_eq!(told["repair"]["of_facts"], u64::from(lost), "{told}");
        assert_eq!(shop.folder.path().join("damaged").join(&name).exists(), how != "missing", "{name}");
        let again: Vec<String> = told["import_again"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["files"][0].as_str().unwrap().to_owned())
            .collect();
        let expected: &[&str] = match *table {
            "order_lines" => &["lines-1.csv", "lines-2.csv"],
            "order_headers" => &["orders-open.csv", "orders-paid.csv"],
            "events" => &["events.csv"],
            _ => &[],
        };
        assert_eq!(again, expected, "{name}");
        if lost {
            assert_ne!(answers(&shop), before, "{name}: what is lost shows");
        }
        let missing = told["repair"]["facts_lost"].as_u64().unwrap();
        let mut added = 0;
        for file in &again {
            let path = shop.folder.path().join(file);
            let kind = if file.contains("events") { &["--as", "events"][..] } else { &[] };
            let report = shop.json(&[&["import", path.to_str().unwrap(), "--yes"], kind].concat());
            assert_eq!(report["repeated"], false, "{file}");
            added += report["added"].as_u64().unwrap();
        }
        assert_eq!(added, missing, "{name}: exactly the missing facts come back");
        assert_eq!(answers(&shop), before, "{name} {how}");
        assert!(shop.run(&["doctor", "--deep"]).status.success(), "{name}");
    }
    // Nothing damaged: nothing is done.
    assert!(shop.run(&["doctor", "--repair"]).status.success());
}

/// The list of customers gives the keys. When it is lost after an undo left gaps, the keys close up.
#[test]
fn a_lost_list_of_customers_is_made_again_without_gaps() {
    let shop = Shop::new();
    let write = |name: &str, customers: std::ops::Range<u32>| {
        let rows: Vec<String> = customers.map(|n| format!("{n},c{n},2024-01-05,10.00,EUR")).collect();
        let path = shop.folder.path().join(name);
        std::fs::write(&path, format!("order id,customer,date,total,currency\n{}\n", rows.join("\n"))).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let first = shop.json(&["import", &write("first.csv", 0..100), "--yes"])["id"].to_string();
    shop.json(&["import", &write("second.csv", 50..200), "--yes"]);
    assert!(shop.run(&["import", "undo", &first]).status.success());
    let query = "select customer_id, order_id, amount from orders order by 1, 2";
    let before = shop.json(&["sql", query])["rows"].clone();
    assert_eq!(before.as_array().unwrap().len(), 150);
    let rows = |table: &str| shop.value(&format!("select count(*) from {table}"));
    for file in history_files(&shop, "customers") {
        std::fs::remove_file(file).unwrap();
    }
    assert!(shop.run(&["doctor", "--repair"]).status.success());
    assert_eq!(shop.json(&["sql", query])["rows"], before);
    assert_eq!(rows("customers"), 150);
    // Everybody is still found under the new key, and what comes next meets them.
    assert_eq!(shop.value("select count(*) from orders join customers using (customer) where orders.customer_id = customers.customer_id"), 150);
    assert_eq!(shop.json(&["import", &write("all.csv", 0..200), "--yes"])["duplicates"], 150);
    assert_eq!((rows("customers"), rows("orders")), (200.into(), 200.into()));
}

/// All of it lost: the folder is usable again, and the sources bring everything back.
#[test]
fn a_history_that_lost_every_file_takes_its_sources_again() {
    let shop = Shop::new();
    let rows: Vec<String> = (0..40).map(|n| format!("{n},c{n},2024-01-05,10.00,EUR")).collect();
    let path = shop.folder.path().join("orders.csv");
    std::fs::write(&path, format!("order id,customer,date,total,currency\n{}\n", rows.join("\n"))).unwrap();
    shop.json(&["import", path.to_str().unwrap(), "--yes"]);
    std::fs::remove_dir_all(shop.folder.path().join("history")).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&shop.run(&["doctor", "--repair", "--json"]).stdout).unwrap();
    assert_eq!((&told["data_until"], told["history_files"].as_u64()), (&serde_json::Value::Null, Some(0)), "{told}");
    assert_eq!(shop.json(&["import", path.to_str().unwrap(), "--yes"])["added"], 40);
    assert_eq!(shop.value("select count(*) from orders"), 40);
    assert!(shop.run(&["doctor", "--deep"]).status.success());
}

/// Undoing the last import takes the watermark back, and nobody counts who has no fact.
#[test]
fn the_watermark_and_the_customers_go_with_their_facts() {
    let shop = Shop::new();
    let import = |name: &str, row: &str| {
        let path = shop.folder.path().join(name);
        std::fs::write(&path, format!("order id,customer,date,total,currency\n{row}\n")).unwrap();
        shop.json(&["import", path.to_str().unwrap(), "--yes"])["id"].to_string()
    };
    let told = || {
        let health = shop.json(&["doctor"]);
        let customers = health["rows"].as_array().unwrap().iter().find(|row| row[0] == "customers").cloned();
        (health["data_until"].as_str().map(|at| at[..10].to_owned()), customers.map(|row| row[1].clone()))
    };
    let ids = [import("a.csv", "1,ana,2024-01-05,1.00,EUR"), import("b.csv", "2,ben,2024-03-07,1.00,EUR")];
    assert_eq!(told(), (Some("2024-03-07".to_owned()), Some(2.into())));
    assert!(shop.run(&["import", "undo", &ids[1]]).status.success());
    assert_eq!(told(), (Some("2024-01-05".to_owned()), Some(1.into())));
    assert!(shop.run(&["import", "undo", &ids[0]]).status.success());
    assert_eq!(told(), (None, None));
}

/// Several files in one import: each fact names the source of its own file, and rules of sameness follow it.
#[test]
fn each_fact_has_the_source_of_its_own_file() {
    let shop = Shop::new();
    let write = |name: &str, text: &str| {
        let path = shop.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let orders = write("orders.csv", "order id,customer,date,total,currency\n1,ana,2024-01-05,10.00,EUR\n");
    let text = "type,userId,event,timestamp,messageId\ntrack,ben,visit,2024-01-06T10:00:00Z,m1\n";
    let events = write("messages.csv", text);
    let found = |table: &str| shop.value(&format!("select source from {table}"));
    shop.json(&["import", &orders, &events, "--yes"]);
    assert_eq!((found("order_headers"), found("events")), ("guessed".into(), "segment".into()));
    // Alone they are the same facts again.
    for file in [&orders, &events] {
        assert_eq!(shop.json(&["import", file, "--yes"])["duplicates"], 1);
    }
}
