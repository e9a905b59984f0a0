//! Files of a run, in memory; same seed, same bytes; what a business cannot have.

use std::collections::{BTreeMap, HashMap, HashSet};

use proptest::prelude::*;
use simulator::{Business, OtherCurrency, Part, SaasModel, Settings, ShopModel, Sink, Table, saas, shop};

/// All parts of a run.
#[derive(Default, PartialEq, Debug)]
pub struct Files(pub BTreeMap<Part, Vec<u8>>);

impl Sink for Files {
    fn rows(&mut self, part: Part, rows: &[u8]) -> std::io::Result<()> {
        self.0.entry(part).or_default().extend_from_slice(rows);
        Ok(())
    }
}

impl Files {
    pub fn of(business: &Business, threads: usize) -> Files {
        let mut files = Files::default();
        business.write(threads, &mut files, |_| {}).unwrap();
        files
    }

    fn text(&self, table: Table, late: bool) -> &str {
        self.0.get(&Part { table, late }).map_or("", |bytes| std::str::from_utf8(bytes).unwrap())
    }

    /// The rows of a table, by the names of its columns.
    pub fn rows(&self, table: Table) -> Vec<HashMap<&str, &str>> {
        let names: Vec<&str> = table.header().split(',').collect();
        self.text(table, false)
            .lines()
            .map(|line| {
                let values: Vec<&str> = line.split(',').collect();
                assert_eq!(values.len(), names.len(), "{table:?}: {line}");
                names.iter().copied().zip(values).collect()
            })
            .collect()
    }
}

pub fn settings(customers: u32, seed: u64) -> Settings {
    Settings::new(customers, seed, "Europe/Helsinki".parse().unwrap(), "EUR".parse().unwrap())
}

/// The businesses every promise is held against.
pub fn businesses(change: impl Fn(&mut Settings)) -> Vec<Business> {
    let mut settings = settings(600, 11);
    change(&mut settings);
    let of_shop = |model| shop(settings.clone(), model).unwrap();
    let of_saas = |model| saas(settings.clone(), model).unwrap();
    vec![
        of_shop(ShopModel::gifts()),
        of_shop(ShopModel::pareto_nbd()),
        of_saas(SaasModel::teams()),
        of_saas(SaasModel::monthly()),
    ]
}

/// Minor units of a decimal with two digits.
pub fn minor(text: &str) -> i64 {
    let (whole, cents) = text.split_once('.').unwrap();
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    whole.parse::<i64>().unwrap() * 100 + sign * cents.parse::<i64>().unwrap()
}

#[test]
fn same_seed_same_bytes_whatever_the_threads() {
    for business in businesses(|_| {}) {
        let one = Files::of(&business, 1);
        assert_eq!(one, Files::of(&business, 2));
        assert_eq!(one, Files::of(&business, 5));
    }
    let other = &businesses(|settings| settings.seed += 1)[0];
    assert_ne!(Files::of(other, 1), Files::of(&businesses(|_| {})[0], 1));
}

#[test]
fn a_customer_lives_the_same_life_among_few_and_among_many() {
    let few = businesses(|settings| settings.customers = 20);
    let many = businesses(|_| {});
    for (few, many) in few.iter().zip(&many) {
        let (few, many) = (Files::of(few, 1), Files::of(many, 1));
        for (part, rows) in few.0 {
            assert!(many.0[&part].starts_with(&rows), "{part:?}");
        }
    }
}

#[test]
fn days_lived_one_by_one_are_the_history() {
    for business in businesses(|settings| settings.customers = 200) {
        let files = Files::of(&business, 1);
        let mut by_day = simulator::Written::default();
        for customer in 0..200 {
            let mut life = business.life(customer).unwrap();
            for _ in 0..business.settings().days {
                life.step(None).iter().for_each(|fact| by_day.fact(fact));
            }
            life.finish(business.end()).iter().for_each(|fact| by_day.fact(fact));
        }
        for table in Table::ALL.into_iter().filter(|table| !table.is_truth()) {
            assert_eq!(files.text(table, false), std::str::from_utf8(by_day.rows(table)).unwrap(), "{table:?}");
        }
    }
}

#[test]
fn the_truth_is_complete() {
    for business in businesses(|_| {}) {
        let files = Files::of(&business, 1);
        let known: HashSet<&str> = files.rows(Table::TruthCustomers).iter().map(|row| row["customer_id"]).collect();
        assert_eq!(known.len(), 600);
        let effects = files.rows(Table::TruthEffects);
        assert_eq!(effects.len(), 600 * business.actions().len());
        for table in Table::ALL {
            assert!(files.rows(table).iter().all(|row| row.get("customer_id").is_none_or(|who| known.contains(who))));
        }
        assert_eq!(files.rows(Table::TruthSeason).len(), 1_095);
        hazards_cover_every_active_day(&files);
    }
}

/// From the day of entering to that of leaving, or the last one, every day stands in exactly one run, but for days between
/// an end and a return. A shop's customer leaves within a day, a subscription ends before one.
fn hazards_cover_every_active_day(files: &Files) {
    let day = |text: &str| text[..10].parse::<terms::Date>().unwrap().0;
    let zone: terms::Zone = "Europe/Helsinki".parse().unwrap();
    let local = |text: &str| {
        let seconds = text[11..13].parse::<i64>().unwrap() * 3600
            + text[14..16].parse::<i64>().unwrap() * 60
            + text[17..19].parse::<i64>().unwrap();
        zone.date(terms::Instant((i64::from(day(text)) * 86_400 + seconds) * 1_000_000)).0
    };
    let subscribed = !files.rows(Table::Subscriptions).is_empty();
    let mut runs: HashMap<&str, Vec<(i32, i32)>> = HashMap::new();
    for row in files.rows(Table::TruthHazards) {
        let hazard = row["hazard_per_day"].parse::<f64>().unwrap();
        assert!(hazard > 0.0 || subscribed && hazard == 0.0, "{row:?}");
        runs.entry(row["customer_id"]).or_default().push((day(row["from_day"]), day(row["to_day"])));
    }
    for row in files.rows(Table::TruthCustomers) {
        let own = &runs[row["customer_id"]];
        let left = |at: &str| if subscribed { local(at) - 1 } else { local(at) };
        assert_eq!(row["active_at_end"] == "true", row["left_at"].is_empty(), "{row:?}");
        let last = if row["left_at"].is_empty() { day("2024-12-31") - 1 } else { left(row["left_at"]) };
        assert_eq!(own[0].0, local(row["entered_at"]), "{row:?}");
        assert_eq!(own[own.len() - 1].1, last + 1, "{row:?}");
        let gaps = own.windows(2).filter(|pair| pair[0].1 < pair[1].0).count();
        assert!(own.windows(2).all(|pair| pair[0].1 <= pair[1].0) && (subscribed || gaps == 0), "{own:?}");
    }
}

#[test]
fn untidy_on_request_and_otherwise_the_same_facts() {
    let tidy = Files::of(&businesses(|_| {})[0], 1);
    let untidy = Files::of(
        &businesses(|settings| {
            settings.duplicates = 0.05;
            settings.late = 0.10;
        })[0],
        1,
    );
    for table in Table::ALL.into_iter().filter(|table| !table.is_truth()) {
        let all: Vec<&str> = tidy.text(table, false).lines().collect();
        let (there, late): (Vec<&str>, Vec<&str>) =
            (untidy.text(table, false).lines().collect(), untidy.text(table, true).lines().collect());
        let distinct: HashSet<&str> = there.iter().chain(&late).copied().collect();
        assert_eq!(distinct, all.iter().copied().collect(), "{table:?}");
        let (n, twice) = (all.len() as f64, there.len() + late.len() - all.len());
        let late: HashSet<&str> = late.into_iter().collect();
        // Four standard errors of a share, and one row where a table is short.
        let near = |found: usize, share: f64| {
            (found as f64 - n * share).abs() <= 1.0 + 4.0 * (n * share * (1.0 - share)).sqrt()
        };
        assert!(near(twice, 0.05) && near(late.len(), 0.10), "{table:?}: {twice} and {} of {n}", late.len());
    }
}

#[test]
fn settings_without_sense_are_refused() {
    let refused = |change: fn(&mut Settings)| {
        let mut settings = settings(1, 1);
        change(&mut settings);
        shop(settings, ShopModel::gifts()).is_err()
    };
    assert!(!refused(|_| {}));
    assert!(refused(|settings| settings.days = 0));
    assert!(refused(|settings| settings.late = 1.5));
    assert!(refused(|settings| settings.duplicates = f64::NAN));
    assert!(refused(|settings| {
        let currency = "SEK".parse().unwrap();
        settings.other_currency = Some(OtherCurrency { currency, share: 0.5, rate: 0.0 });
    }));
    let nobody = shop(Settings { customers: 0, ..settings(1, 1) }, ShopModel::gifts()).unwrap();
    assert_eq!(Files::of(&nobody, 2).rows(Table::Customers).len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_a_business_cannot_have(seed in any::<u64>(), days in 1u32..900, second in any::<bool>()) {
        for business in businesses(|settings| {
            (settings.seed, settings.days, settings.customers) = (seed, days, 60);
            let currency = "SEK".parse().unwrap();
            settings.other_currency = second.then_some(OtherCurrency { currency, share: 0.3, rate: 11.4 });
        }) {
            let files = Files::of(&business, 1);
            nothing_outside_the_life(&business, &files);
            orders_add_up(&files);
            subscriptions_are_in_order(&files);
            planted_sums_up(&files);
        }
    }
}

fn nothing_outside_the_life(business: &Business, files: &Files) {
    let customers = files.rows(Table::Customers);
    let entered: HashMap<&str, (&str, usize)> =
        customers.iter().enumerate().map(|(nth, row)| (row["customer_id"], (row["at"], nth))).collect();
    assert_eq!(entered.len(), business.settings().customers as usize);
    let end = written(business.end());
    for table in Table::ALL.into_iter().filter(|table| !table.is_truth()) {
        let mut seen = HashSet::new();
        for row in files.rows(table) {
            assert!(row["at"] >= entered[row["customer_id"]].0, "{table:?} {row:?}");
            assert!(row["at"] < end.as_str(), "{table:?} {row:?}");
            assert!(seen.insert(row["source_id"].to_owned()), "{table:?} {row:?}");
        }
    }
}

/// Instants are written so that they sort as text.
fn written(at: terms::Instant) -> String {
    let seconds = at.0 / 1_000_000;
    let of_day = seconds % 86_400;
    let date = terms::Date((seconds / 86_400) as i32);
    format!("{date}T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

fn orders_add_up(files: &Files) {
    let mut lines: HashMap<&str, (i64, i64)> = HashMap::new();
    let mut by_product: HashMap<(&str, &str), i64> = HashMap::new();
    for row in files.rows(Table::OrderLines) {
        let (amount, discount) = (minor(row["amount"]), minor(row["discount"]));
        assert!(amount >= 0 && discount >= 0 && row["quantity"].parse::<i64>().unwrap() >= 1, "{row:?}");
        let sum = lines.entry(row["order_id"]).or_default();
        *sum = (sum.0 + amount, sum.1 + discount);
        *by_product.entry((row["order_id"], row["product"])).or_default() += amount;
    }
    for row in files.rows(Table::Orders) {
        assert_eq!(lines[row["order_id"]], (minor(row["amount"]), minor(row["discount"])), "{row:?}");
        assert_eq!(row["coupon"].is_empty(), minor(row["discount"]) == 0, "{row:?}");
    }
    for row in files.rows(Table::Refunds) {
        let left = by_product.get_mut(&(row["order_id"], row["product"])).unwrap();
        *left -= minor(row["amount"]);
        assert!(*left >= 0 && minor(row["amount"]) > 0, "refunded more than was paid: {row:?}");
    }
}

/// A subscription starts, may change, and ends once; revenue is never below zero, and an end brings it to zero.
fn subscriptions_are_in_order(files: &Files) {
    let mut states: HashMap<&str, &str> = HashMap::new();
    for row in files.rows(Table::Subscriptions) {
        let before = states.insert(row["subscription_id"], row["kind"]);
        let allowed: &[Option<&str>] = match row["kind"] {
            "start" => &[None],
            "resume" => &[Some("pause")],
            "pause" => &[Some("start"), Some("change"), Some("resume")],
            "cancel" => &[Some("start"), Some("change"), Some("resume")],
            "change" => &[Some("start"), Some("change"), Some("resume"), Some("cancel")],
            "end" => &[Some("start"), Some("change"), Some("resume"), Some("cancel")],
            other => panic!("{other}"),
        };
        assert!(allowed.contains(&before), "{} after {before:?}: {row:?}", row["kind"]);
        let (mrr, hidden) = (minor(row["mrr_after"]), minor(row["mrr_discount"]));
        let unpaid = matches!(row["kind"], "end" | "pause") || row["reason"] == "trial";
        assert_eq!(mrr == 0, unpaid, "{row:?}");
        assert!(mrr >= 0 && hidden >= 0 && (hidden > 0) != row["coupon"].is_empty(), "{row:?}");
    }
    let mut owed: HashMap<&str, i64> = HashMap::new();
    for row in files.rows(Table::Invoices) {
        let (amount, paid) = (minor(row["amount"]), minor(row["amount_paid"]));
        assert_eq!(paid, if row["outcome"] == "paid" { amount } else { 0 }, "{row:?}");
        assert!(row["due_at"] <= row["at"], "{row:?}");
        let left = owed.entry(row["invoice_id"]).or_insert(amount);
        *left -= paid;
        assert!(*left >= 0, "paid twice: {row:?}");
    }
}

/// At every moment, what the planted coupons hide is what the changes say they hide.
fn planted_sums_up(files: &Files) {
    let mut planted: HashMap<&str, Vec<HashMap<&str, &str>>> = HashMap::new();
    for row in files.rows(Table::TruthPlanted) {
        assert!(row["from_day"] <= row["to_day"] && minor(row["mrr_hidden"]) >= 0, "{row:?}");
        planted.entry(row["subscription_id"]).or_default().push(row);
    }
    let changes = files.rows(Table::Subscriptions);
    let mut times: HashMap<&str, Vec<&str>> = HashMap::new();
    changes.iter().for_each(|row| times.entry(row["subscription_id"]).or_default().push(row["at"]));
    for row in changes {
        // Two days later is well inside what follows, whatever zone and hour the change was told at.
        let day = (row["at"][..10].parse::<terms::Date>().unwrap().plus(2)).to_string();
        let own = planted.get(row["subscription_id"]).map_or(&[][..], Vec::as_slice);
        let on = |kind: &str| {
            own.iter().find(|p| p["kind"] == kind && p["from_day"] <= day.as_str() && day.as_str() < p["to_day"])
        };
        let later = times[row["subscription_id"]].iter().any(|at| *at > row["at"] && &at[..10] <= day.as_str());
        if !later && row["kind"] != "end" && day.as_str() < own.iter().map(|p| p["to_day"]).max().unwrap_or("") {
            let hidden = on("coupon").map_or(0, |p| minor(p["mrr_hidden"]));
            assert_eq!(hidden, minor(row["mrr_discount"]), "{row:?} {own:?}");
            assert_eq!(on("pause").is_some(), row["kind"] == "pause", "{row:?}");
            assert_eq!(on("trial").is_some(), row["reason"] == "trial", "{row:?}");
        }
    }
}
