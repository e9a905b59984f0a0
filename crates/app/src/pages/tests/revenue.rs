//! The Revenue page: of a business small enough to count by hand, of none, and of a simulated one with known truth.

use std::collections::{BTreeMap, HashMap};

use reports::pages::revenue::{Migration, RevenuePage};
use reports::pages::{Slot, Value, Who};

use super::{Shop, pairs, ready};
use crate::{Ask, PageQuery, SimulateAsk, Trade, simulate};

const CONTRACTS: &str = "customer_id,at,source_id,subscription_id,kind,plan,interval,mrr_after,currency,reason\n\
    ana,2024-01-03T10:00:00Z,1,a,start,solo,month,10.00,EUR,\n\
    ben,2024-01-04T10:00:00Z,2,b,start,team,month,50.00,EUR,\n\
    cem,2024-01-05T10:00:00Z,3,c,start,team,month,50.00,EUR,\n\
    dia,2024-01-05T10:00:00Z,4,d,start,team,month,40.00,USD,\n\
    ana,2024-02-10T10:00:00Z,5,a,change,team,month,50.00,EUR,upgrade\n\
    ben,2024-02-12T10:00:00Z,6,b,cancel,team,month,50.00,EUR,too_expensive\n\
    cem,2024-02-20T10:00:00Z,7,c,end,team,month,0.00,EUR,payment_failed\n\
    eva,2024-02-21T10:00:00Z,8,e,start,solo,month,10.00,EUR,\n\
    ben,2024-03-04T10:00:00Z,9,b,end,team,month,0.00,EUR,\n\
    eva,2024-03-20T10:00:00Z,10,e,change,solo,month,10.00,EUR,\n";

async fn business() -> Shop {
    let shop = Shop::empty().await;
    shop.import_as(Some("subscriptions"), "subscriptions.csv", CONTRACTS).await;
    shop
}

async fn page(shop: &Shop, address: &str) -> RevenuePage {
    shop.app.revenue_page(&PageQuery::from_pairs(&pairs(address))).await.unwrap().unwrap()
}

/// Every number of the page that opens, with its customers.
fn openings(page: &RevenuePage) -> Vec<(Who, u64)> {
    let profile = page.frame.asked.profile;
    let who = |period, part: &str| Who::Mrr { period, part: part.to_owned(), plan: None, profile };
    let mut all = Vec::new();
    for step in &ready(&page.movements).steps {
        all.extend([(who(step.period, "start"), step.start.customers), (who(step.period, "end"), step.end.customers)]);
        all.extend(step.parts.iter().map(|(word, paid)| (who(step.period, word), paid.customers)));
    }
    let period = page.frame.asked.period;
    let lost = ready(&page.lost);
    all.extend(lost.classes.iter().map(|(word, paid)| (who(period, word), paid.customers)));
    all.push((who(period, "scheduled"), lost.scheduled.customers));
    for row in &ready(&page.plans).rows {
        for (part, paid) in [("plan_start", row.start), ("plan", row.end)] {
            let plan = Some(row.plan.clone());
            all.push((Who::Mrr { period, part: part.to_owned(), plan, profile }, paid.customers));
        }
    }
    all
}

#[tokio::test]
async fn every_number_opens_to_the_customers_it_counted() {
    let shop = business().await;
    let page = page(&shop, "period=2024-02").await;
    let figure = |id: &str| page.figures.iter().find(|figure| figure.id == id).unwrap().value.clone().unwrap();
    let money = |value: Value| if let Value::Money(money) = value { money.minor } else { panic!("{value:?}") };
    // 110 at the start; Ana grew by 40, Cem left with 50, Eva is new with 10. Ben has cancelled and still pays.
    assert_eq!((money(figure("mrr")), money(figure("net_new_mrr")), money(figure("arpa"))), (11_000, 0, 3_667));
    assert_eq!((figure("nrr"), figure("grr")), (Value::Rate(100.0 / 110.0), Value::Rate(60.0 / 110.0)));
    assert_eq!(figure("quick_ratio"), Value::Number(1.0));
    assert_eq!(ready(&page.lost).scheduled.money.minor, 5_000);
    let others: Vec<String> = ready(&page.movements).others.iter().map(|paid| paid.money.to_string()).collect();
    assert_eq!(others, ["40.00 USD"]);
    for (who, customers) in openings(&page) {
        assert_eq!(shop.behind(&who, "").await.total, customers, "{who:?}");
    }
    for (sentence, who) in &page.brief {
        if let (Some(who), Some((_, Value::Count(n)))) = (who, sentence.values.first()) {
            assert_eq!(shop.behind(who, "").await.total, *n, "{who:?}");
        }
    }
    for part in ["movements", "plans"] {
        let query = PageQuery::from_pairs(&pairs("period=2024-02"));
        assert!(shop.app.revenue_csv(part, &query).await.unwrap().len() > 1, "{part}");
    }
}

/// Stripe takes revenue away at the cancellation: Ben, who still pays when February ends by our own definitions, is gone.
#[tokio::test]
async fn another_profile_gives_its_own_numbers_and_their_customers() {
    let shop = business().await;
    let page = page(&shop, "period=2024-02&profile=stripe").await;
    assert_eq!(page.frame.asked.profile.id(), "stripe");
    let plans: Vec<(String, u64, u64)> =
        ready(&page.plans).rows.iter().map(|row| (row.plan.clone(), row.start.customers, row.end.customers)).collect();
    assert_eq!(plans, [("team".to_owned(), 2, 1), ("solo".to_owned(), 1, 1)]);
    let all = openings(&page);
    assert!(all.iter().any(|(who, _)| who.pairs().contains(&("profile", "stripe".to_owned()))));
    for (who, customers) in all {
        assert_eq!(shop.behind(&who, "").await.total, customers, "{who:?}");
    }
    let rows = async |profile: &str| {
        let query = PageQuery::from_pairs(&pairs(&format!("period=2024-02&profile={profile}")));
        shop.app.revenue_csv("plans", &query).await.unwrap().text(10).unwrap()
    };
    assert_ne!(rows("stripe").await, rows("regulars").await);
    assert_eq!(rows("nonsense").await, rows("regulars").await, "what makes no sense has the effect of nothing");
}

#[tokio::test]
async fn without_losses_there_is_no_ratio_and_without_contracts_no_page() {
    let shop = business().await;
    let page = page(&shop, "period=2024-01").await;
    let quick = page.figures.iter().find(|figure| figure.id == "quick_ratio").unwrap();
    assert_eq!(quick.value, Some(Value::Word("revenue.no_losses".to_owned())));
    let shop = Shop::of("order_id,customer_id,order_date,amount\n1,ana,2024-01-01,10\n2,ana,2024-02-01,10\n").await;
    let page = shop.app.revenue_page(&PageQuery::default()).await.unwrap().unwrap();
    assert!(matches!(page.movements, Slot::TooLittle(_)) && !page.frame.workspace.contracts);
}

#[tokio::test]
async fn two_profiles_differ_by_what_they_say_they_do() {
    let shop = business().await;
    let answer = shop.app.reconcile(("regulars", "stripe"), Some("2024-02"), None).await.unwrap();
    let text = |row: &Vec<crate::Value>| row.iter().map(crate::Value::text).collect::<Vec<_>>().join(" ");
    let rows: Vec<String> = answer.rows.iter().map(text).collect();
    let wanted = "subscription unknown ben b 50.00 EUR 50.00 EUR 50.00 EUR 0.00 EUR -50.00 EUR churn_moment";
    assert!(rows.iter().any(|row| row == wanted), "{rows:#?}");
    let unknown = shop.app.reconcile(("regulars", "textbook"), None, None).await.unwrap_err();
    assert_eq!(unknown.code, "unknown_profile");
}

/// The rows of a file of the simulator, by the names of its columns. None of its fields is quoted.
fn read(path: &std::path::Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row =
        |line: &str| names.iter().map(|name| (*name).to_owned()).zip(line.split(',').map(str::to_owned)).collect();
    lines.map(row).collect()
}

fn minor(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

/// What the simulator planted is what is found: migrated customers, revenue that is cancelled and still paid, coupons.
#[tokio::test]
async fn a_simulated_business_is_as_it_was_made() {
    let seed = 11;
    println!("seed {seed}");
    let shop = Shop::empty().await;
    let out = shop.folder.path().join("made");
    let ask = SimulateAsk {
        trade: Trade::Saas,
        plain: false,
        customers: 400,
        seed,
        start: "2023-01-01".parse().unwrap(),
        days: 700,
        zone: "UTC".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        other_currency: None,
        duplicates: 0.1,
        late: 0.0,
        events: false,
        out: out.clone(),
        threads: Some(2),
    };
    let written = simulate(&ask, |_| ()).unwrap();
    let files = ["subscriptions.csv", "invoices.csv"].map(|name| out.join(name)).to_vec();
    assert!(files.iter().all(|file| written.iter().any(|one| one.path == *file)));
    let found = shop.app.inspect(&files, None, None).await.unwrap();
    shop.app.import(found, |_| {}).await.unwrap();
    let planted = read(&out.join("truth/planted.csv"));
    let of = |kind: &str| planted.iter().filter(|row| row["kind"] == kind).cloned().collect::<Vec<_>>();
    let ended = "2024-12-01"; // the day after the last one

    // What runs after the last change of each subscription, added up apart from any metric.
    let mut last: BTreeMap<String, HashMap<String, String>> = BTreeMap::new();
    for row in read(&out.join("subscriptions.csv")) {
        last.insert(row["subscription_id"].clone(), row);
    }
    let running: i64 = last.values().map(|row| minor(&row["mrr_after"])).sum();
    let page = page(&shop, "period=2023-01-01..2024-12-01").await;
    let figure = page.figures.iter().find(|figure| figure.id == "mrr").unwrap();
    let Some(Value::Money(mrr)) = figure.value else { panic!("{figure:?}") };
    assert_eq!(mrr.minor, running, "seed {seed}");

    let migrated = of("migration");
    let sum = |rows: &[HashMap<String, String>], column: &str| rows.iter().map(|row| minor(&row[column])).sum::<i64>();
    let [Migration { before, after, .. }] = ready(&page.plans).migrations.as_slice() else {
        panic!("{:?}", page.plans)
    };
    assert_eq!((before.customers, before.money.minor), (migrated.len() as u64, sum(&migrated, "mrr_before")));
    assert_eq!(after.minor, sum(&migrated, "mrr_after"));

    let leaving: Vec<_> = of("scheduled_end").into_iter().filter(|row| row["to_day"] == ended).collect();
    let scheduled = ready(&page.lost).scheduled;
    assert!(!leaving.is_empty());
    assert_eq!((scheduled.customers, scheduled.money.minor), (leaving.len() as u64, sum(&leaving, "mrr_hidden")));

    // Stripe does not count those who leave, and counts the list price of the others.
    let stays =
        |row: &&HashMap<String, String>| leaving.iter().all(|other| other["subscription_id"] != row["subscription_id"]);
    let coupons: Vec<_> = of("coupon").into_iter().filter(|row| row["to_day"] == ended && stays(&row)).collect();
    let ask = Ask { period: Some("2024-11".to_owned()), profile: Some("stripe".to_owned()), ..Ask::default() };
    let stripe = shop.app.metric("mrr-movements", &ask).await.unwrap();
    let end = stripe.terms.iter().find(|term| term.name == "mrr_end").unwrap();
    let wanted = running - scheduled.money.minor + sum(&coupons, "mrr_hidden");
    assert_eq!(end.value, crate::Value::Money(wanted, "EUR".parse().ok()), "seed {seed}");
}
