//! The Cohorts page: what its sentence says is what is counted, and every number opens to as many people.

use reports::pages::cohorts::{CohortsPage, Verdict};
use reports::pages::{Cells, Counting, Who};
use terms::Grain;

use super::pages::shop;
use super::{Shop, pairs, pooled, ready};
use crate::CohortsQuery;

impl Shop {
    async fn cohorts(&self, address: &str) -> CohortsPage {
        self.app.cohorts_page(&CohortsQuery::from_pairs(&pairs(address))).await.unwrap().unwrap()
    }
}

/// A business that sells, has members, and sees what they do: ana signs up in January, buys in February and March and is a
/// member from March on; ben signs up and never buys; cem buys in January and signs up in February.
async fn business() -> Shop {
    let shop = Shop::empty().await;
    let orders = "order_id,customer_id,order_date,amount,currency,country,channel,shade\n1,ana,2024-02-10,10,EUR,FI,web,red\n\
                  2,ana,2024-03-10,20,EUR,FI,web,blue\n3,cem,2024-01-20,7,EUR,SE,web,blue\n4,cem,2024-03-01,5,EUR,SE,web,\n\
                  5,dia,2024-04-30,5,EUR,SE,web,\n";
    shop.import("orders.csv", orders).await;
    let events = "customer_id,event_name,timestamp\nana,signup,2024-01-05\nben,signup,2024-01-06\ncem,signup,2024-02-01\n\
                  ana,visit,2024-03-03\n";
    shop.import("events.csv", events).await;
    let subscriptions = "subscription_id,customer_id,start_date,end_date,plan,monthly_price,currency\n\
                         s1,ana,2024-03-01,,basic,10,EUR\ns2,ben,2024-01-10,2024-02-20,pro,20,EUR\n";
    shop.import("subscriptions.csv", subscriptions).await;
    shop
}

/// Rows as `key size: part/whole, ...`, open cells with a question mark.
fn rows(page: &CohortsPage) -> Vec<String> {
    let table = ready(&page.cohorts);
    let cell = |cell: &reports::pages::retention::CohortCell| {
        format!("{}/{}{}", cell.share.part, cell.share.whole, if cell.open { "?" } else { "" })
    };
    let row = |row: &reports::pages::retention::CohortRow| {
        format!("{} {}: {}", row.key, row.size, row.cells.iter().map(cell).collect::<Vec<_>>().join(", "))
    };
    table.rows.iter().map(row).collect()
}

/// Every number of the page, with its people: cells, pooled cells, both groups.
async fn check_openings(shop: &Shop, address: &str) {
    let page = shop.cohorts(address).await;
    let asked = &page.frame.asked;
    let table = ready(&page.cohorts);
    let mut all: Vec<(Who, String, u64, u64)> = Vec::new();
    for row in &table.rows {
        for (step, cell) in (0u32..).zip(&row.cells) {
            let (by, grain, key) = (asked.by.clone(), asked.grain, row.key.clone());
            let who = Who::Cohort { by, grain, key, step, counting: table.counting.clone() };
            all.push((who, asked.segment.clone(), cell.share.part, cell.share.whole));
        }
    }
    let average = table.average.iter().flatten().map(|cell| cell.share.whole);
    all.extend(pooled(table).into_iter().zip(average).map(|((who, n), whole)| (who, asked.segment.clone(), n, whole)));
    if let reports::pages::Slot::Ready(comparison) = &page.comparison {
        for step in &comparison.steps {
            for (group, share) in [(&comparison.a, step.a), (&comparison.b, step.b)] {
                let who = Who::Cohort {
                    by: "together".to_owned(),
                    grain: asked.grain,
                    key: group.began.clone(),
                    step: step.step,
                    counting: page.builder.behind.clone(),
                };
                all.push((who, group.segment.clone(), share.part, share.whole));
            }
        }
    }
    assert!(all.len() > 4, "{address}");
    for (who, segment, part, whole) in all {
        let list = shop.behind(&who, &segment).await;
        assert_eq!(
            (list.total, list.share.map(|share| share.whole)),
            (part, Some(whole)),
            "{address}: {who:?} of {segment:?}"
        );
    }
}

#[tokio::test]
async fn an_empty_installation_has_no_cohorts() {
    let shop = Shop::empty().await;
    assert_eq!(shop.app.cohorts_page(&CohortsQuery::default()).await.unwrap(), None);
    assert_eq!(shop.app.cohorts_csv("", &CohortsQuery::default()).await.unwrap_err().code, "no_facts");
}

#[tokio::test]
async fn only_what_there_are_facts_for_is_offered() {
    let page = Shop::of(&shop()).await.cohorts("").await;
    assert_eq!(
        (&page.builder.starts[..], &page.builder.heres[..]),
        (&["order".to_owned()][..], &["order".to_owned()][..])
    );
    let ways: Vec<&str> = page.builder.ways.iter().map(|way| way.value.as_str()).collect();
    assert_eq!(ways, ["start", "country"]);
    assert_eq!(page.builder.cells, [Cells::Percent, Cells::Customers, Cells::Revenue, Cells::Spend]);
    // Counted by the business's own facts, its people have the addresses other pages give them.
    assert_eq!(ready(&page.cohorts).counting, Counting::default());

    let shop = business().await;
    let page = shop.cohorts("").await;
    let words = ["order", "contract", "event", "event:signup", "event:visit"];
    assert_eq!(
        (&page.builder.starts[..], &page.builder.heres[..]),
        (&words.map(str::to_owned)[..], &words.map(str::to_owned)[..])
    );
    assert_eq!((page.builder.counting.start.as_str(), page.builder.cells.len()), ("contract", 2));
    let ways = async |address: &str| -> Vec<String> {
        shop.cohorts(address).await.builder.ways.into_iter().map(|way| way.value).collect()
    };
    assert_eq!(ways("").await, ["start", "plan"]);
    assert_eq!(ways("start=order").await, ["start", "country", "channel", "attribute:shade"]);
    assert_eq!(ways("start=event:signup").await, ["start"]);
}

#[tokio::test]
async fn what_is_not_understood_is_taken_as_not_said() {
    let shop = Shop::of(&shop()).await;
    let usual = shop.cohorts("").await;
    for address in [
        "start=mood&here=happiness",
        "start=event:login&here=contract",
        "by=attribute:shoe&grain=hour&cells=colours",
        "a=country:Atlantis&b=moon",
        "segment=country:Atlantis",
    ] {
        assert_eq!(shop.cohorts(address).await, usual, "{address}");
    }
}

#[tokio::test]
async fn the_beginning_and_the_staying_are_chosen_apart() {
    let shop = business().await;
    // Signed up, and counted when they order: ana in February and March, cem in March, ben never. April is not over.
    let page = shop.cohorts("start=event:signup&here=order").await;
    assert_eq!(rows(&page), ["2024-01 2: 0/2, 1/2, 1/2, 0/2?", "2024-02 1: 0/1, 1/1, 0/1?"]);
    assert!(page.builder.cells.contains(&Cells::Revenue));
    // A first order, and then under contract at the end of the month: ana from March on.
    let page = shop.cohorts("start=order&here=contract&by=country").await;
    assert_eq!(rows(&page), ["SE 2: 0/1?, 0/1?, 0/1?", "FI 1: 0/1, 1/1"]);
    let page = shop.cohorts("start=order&here=order&by=attribute:shade").await;
    assert_eq!(rows(&page), ["(unknown) 1: ", "blue 1: 1/1, 0/1, 1/1", "red 1: 1/1, 1/1"]);
}

#[tokio::test]
async fn every_number_opens_to_as_many_people() {
    let small = Shop::of(&shop()).await;
    for address in [
        "",
        "grain=week&cells=revenue",
        "grain=quarter",
        "by=country&cells=spend",
        "segment=country:Finland",
        "a=country:Finland&b=all",
        "a=all&b=country:C\u{f4}te d'Ivoire&segment=country:Finland",
    ] {
        check_openings(&small, address).await;
    }
    let business = business().await;
    for address in [
        "",
        "start=event:signup&here=order",
        "start=order&here=contract&by=country",
        "start=order&here=event&by=attribute:shade&grain=month",
        "start=contract&here=event:visit&by=plan",
    ] {
        check_openings(&business, address).await;
    }
}

#[tokio::test]
async fn the_cells_say_what_was_brought() {
    let shop = business().await;
    let page = shop.cohorts("start=order&here=order&cells=spend").await;
    assert_eq!(page.frame.asked.cells, Cells::Spend);
    let row = ready(&page.cohorts).rows.iter().find(|row| row.key == "2024-02").unwrap().clone();
    let amounts: Vec<_> =
        row.cells.iter().map(|cell| (cell.spend.map(|spend| spend.minor), cell.revenue.minor)).collect();
    assert_eq!(amounts, [(Some(1000), 1000), (Some(2000), 3000), (Some(0), 3000)]);
    // Where orders are not counted nothing is known of their money.
    let page = shop.cohorts("start=order&here=contract&cells=spend").await;
    assert_eq!(page.frame.asked.cells, Cells::Percent);
    assert!(ready(&page.cohorts).rows.iter().flat_map(|row| &row.cells).all(|cell| cell.spend.is_none()));
}

#[tokio::test]
async fn lines_are_the_average_and_the_chosen_rows() {
    let shop = Shop::of(&shop()).await;
    let page = shop.cohorts("").await;
    let keys = |page: &CohortsPage| -> Vec<Option<String>> {
        ready(&page.curves).lines.iter().map(|line| line.key.clone()).collect()
    };
    // No month has thirty new customers: without a choice the average stands alone.
    assert_eq!(keys(&page), [None]);
    let page = shop.cohorts("picked=1&cohort=2024-05&cohort=2024-02&cohort=2031-01").await;
    assert_eq!(keys(&page), [None, Some("2024-02".to_owned()), Some("2024-05".to_owned())]);
    assert_eq!(ready(&page.cohorts).chosen.as_deref(), Some(&["2024-02".to_owned(), "2024-05".to_owned()][..]));
    let curves = ready(&page.curves);
    let table = ready(&page.cohorts);
    let february = table.rows.iter().find(|row| row.key == "2024-02").unwrap();
    let complete: Vec<_> = february.cells.iter().filter(|cell| !cell.open).map(|cell| cell.share).collect();
    assert_eq!(curves.lines[1].points.iter().map(|point| point.1).collect::<Vec<_>>(), complete);
    let every = (1..=8).map(|month| format!("&cohort=2024-0{month}")).collect::<String>();
    assert_eq!(keys(&shop.cohorts(&format!("picked=1{every}")).await).len(), 5);
    assert_eq!(keys(&shop.cohorts("picked=1").await), [None]);
}

/// Forty begin in January and stay, forty in February and do not; in March and April somebody buys, so that all is over.
async fn two_halves() -> Shop {
    let mut csv = "order_id,customer_id,order_date,amount,currency,country\n".to_owned();
    for n in 0..40 {
        let country = if n < 10 { "FI" } else { "SE" };
        csv += &format!("a{n},old{n},2024-01-10,10,EUR,{country}\nb{n},new{n},2024-02-10,10,EUR,{country}\n");
        if n < 30 {
            csv += &format!("c{n},old{n},2024-02-12,10,EUR,{country}\n");
        }
        if n < 6 {
            csv += &format!("d{n},new{n},2024-03-12,10,EUR,{country}\n");
        }
    }
    csv += "z,old0,2024-04-02,10,EUR,FI\n";
    Shop::of(&csv).await
}

#[tokio::test]
async fn newer_and_older_customers_are_told_apart() {
    let shop = two_halves().await;
    let page = shop.cohorts("").await;
    let found = ready(&page.comparison);
    assert_eq!((found.a.value.as_str(), found.a.began.as_str(), found.a.size), ("newer", "2024-02", 40));
    assert_eq!((found.b.value.as_str(), found.b.began.as_str(), found.b.size), ("older", "2024-01", 40));
    let first = found.steps[0];
    assert_eq!(((first.a.part, first.a.whole), (first.b.part, first.b.whole)), ((6, 40), (30, 40)));
    assert_eq!(first.verdict(), Verdict::Fewer);
    assert_eq!(first.difference, reports::pages::cohorts::difference(first.a, first.b, false));
    let keys: Vec<&str> = page.brief.sentences.iter().map(|sentence| sentence.key.as_str()).collect();
    assert_eq!(keys, ["brief.cohorts.worse", "brief.cohorts.month"]);
    // Finland is a part of everybody: compared with the rest, scaled to the whole. One month on: 16 of 20 in Finland.
    let page = shop.cohorts("a=country:FI&b=all").await;
    let found = ready(&page.comparison);
    let first = found.steps[0];
    assert_eq!(((first.a.part, first.a.whole), (first.b.part, first.b.whole)), ((16, 20), (36, 80)));
    let rest = terms::Share { part: 20, whole: 60 };
    let difference = reports::pages::cohorts::difference(first.a, rest, false).unwrap();
    let shown = first.difference.unwrap();
    assert!((shown.value - (0.8 - 0.45)).abs() < 1e-12);
    assert!((shown.low - difference.low * 0.75).abs() < 1e-12 && (shown.high - difference.high * 0.75).abs() < 1e-12);
    assert_eq!(first.verdict(), Verdict::More);
}

#[tokio::test]
async fn too_little_is_said_and_not_shown() {
    let csv = "order_id,customer_id,order_date,amount,currency\n1,ana,2024-05-02,10,EUR\n2,ben,2024-05-03,5,EUR\n";
    let page = Shop::of(csv).await.cohorts("").await;
    let reports::pages::Slot::TooLittle(missing) = &page.cohorts else { panic!("{:?}", page.cohorts) };
    assert_eq!(
        (missing.why.key.as_str(), missing.ready_on.unwrap().to_string().as_str()),
        ("empty.need_two_steps", "2024-06-01")
    );
    for slot in [format!("{:?}", page.curves), format!("{:?}", page.comparison)] {
        assert!(slot.starts_with("TooLittle"), "{slot}");
    }
    assert!(page.brief.sentences.is_empty());
    // Facts without a country cannot say who of a segment stayed.
    let shop = business().await;
    let page = shop.cohorts("start=order").await;
    assert_eq!((page.frame.asked.segment.as_str(), page.frame.asked.grain), ("", Grain::Month));
}

#[tokio::test]
async fn every_part_is_a_file() {
    let shop = two_halves().await;
    let query = CohortsQuery::from_pairs(&pairs("picked=1&cohort=2024-01"));
    for (part, columns) in [("", 12), ("cohorts", 12), ("curves", 7), ("survival", 4), ("comparison", 12)] {
        let rows = shop.app.cohorts_csv(part, &query).await.unwrap();
        assert!(!rows.is_empty(), "{part}");
        assert_eq!(rows.names().len(), columns, "{part}: {:?}", rows.names());
    }
    let wrong = shop.app.cohorts_csv("../etc", &query).await.unwrap_err();
    assert_eq!(wrong.code, "unknown_part");
}

/// The page of the sample is the one `ui` draws in its tests.
#[tokio::test]
async fn the_fixture_is_the_page_of_the_sample() {
    let shop = Shop::empty().await;
    shop.app.import_sample(crate::Sample::Shop, |_| {}).await.unwrap();
    let page = shop.cohorts("picked=1&cohort=2010-12&cohort=2011-03&cohort=2011-08").await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/tests/fixtures/cohorts.json");
    if std::env::var_os("REGULARS_BLESS").is_some() {
        std::fs::write(path, serde_json::to_string(&page).unwrap()).unwrap();
    }
    let kept: CohortsPage = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    // Both through the same text: a number printed and read again may differ in its last digit.
    let page: CohortsPage = serde_json::from_str(&serde_json::to_string(&page).unwrap()).unwrap();
    assert!(kept == page, "cohorts.json differs: run this test with REGULARS_BLESS=1 and look at the change");
}
