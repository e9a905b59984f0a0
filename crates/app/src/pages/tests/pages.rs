//! The Retention page: defaults, segments, states.

use std::fmt::Write;

use reports::pages::{Compare, Slot, Value};
use serde_json::Value as Json;
use terms::Grain;

use super::{Shop, openings, pairs, ready};
use crate::{Ask, PageQuery};

/// A shop of three countries, one with a quote in its name, over eight months of 2024: 45 customers, of whom every
/// other one comes back at a pace of their own.
pub(super) fn shop() -> String {
    let countries = ["Finland", "Côte d'Ivoire", "台灣", "Finland", ""];
    let mut csv = "order_id,customer_id,order_date,amount,currency,country\n".to_owned();
    let mut order = 0;
    for customer in 0..45u32 {
        let name = match customer {
            0 => "\"o'neil \"\"the\"\" 1st\"".to_owned(),
            1 => "王 Åsa/1?x=y".to_owned(),
            _ => format!("c{customer:02}"),
        };
        let (start, pace) = (customer * 4, 9 + (customer * 7) % 31);
        let times = if customer % 2 == 0 { 1 + customer % 9 } else { 1 };
        for time in 0..times {
            let day = terms::Date(19_723).plus((start + time * pace) as i32); // 1 January 2024
            if day.0 > 19_723 + 240 {
                break;
            }
            order += 1;
            let amount = 10 + (customer * 13 + time * 5) % 90;
            let country = countries[(customer % 5) as usize];
            writeln!(csv, "{order},{name},{day},{amount}.50,EUR,{country}").unwrap();
        }
    }
    csv
}

#[tokio::test]
async fn an_empty_installation_has_no_page() {
    let shop = Shop::empty().await;
    assert_eq!(shop.app.retention_page(&PageQuery::default()).await.unwrap(), None);
    assert_eq!(shop.app.customer_page("anybody", &crate::CustomerQuery::default()).await.unwrap(), None);
    assert_eq!(shop.app.retention_csv("cohorts", &PageQuery::default()).await.unwrap_err().code, "no_facts");
    assert!(shop.app.data_page().await.unwrap().imports.is_empty());
}

#[tokio::test]
async fn what_is_not_understood_has_the_effect_of_nothing() {
    let shop = Shop::of(&shop()).await;
    let usual = shop.page("").await;
    for address in [
        "period=yesterday",
        "period=2019-01",
        "period=2031-01",
        "period=-5d",
        "compare=soon&by=mood&grain=hour&cells=colours",
        "segment=country:Atlantis",
        "segment=country = 'Finland'",
        "segment=country:' or '1'='1",
        "sort=shoe_size&dir=sideways&page=none&country=Atlantis",
        "page=-1&unknown=1",
    ] {
        let mut page = shop.page(address).await;
        if let (Slot::Ready(page), Slot::Ready(usual)) = (&mut page.overdue, &usual.overdue) {
            page.list.country.clone_from(&usual.list.country);
        }
        assert_eq!(page, usual, "{address}");
    }
    // Dates that make no sense are left to be corrected.
    for address in ["period=custom", "period=custom&from=x&to=y", "period=custom&from=2024-05-02&to=2024-05-01"] {
        let page = shop.page(address).await;
        assert_eq!(
            (page.frame.asked.period, page.frame.asked.period_choice.as_str()),
            (usual.frame.asked.period, "custom"),
            "{address}"
        );
    }
}

#[tokio::test]
async fn what_is_asked_is_what_is_shown() {
    let shop = Shop::of(&shop()).await;
    let check = async |address: &str, period: &str, choice: &str, compared: Option<&str>, around: [Option<&str>; 2]| {
        let asked = shop.page(address).await.frame.asked;
        assert_eq!((asked.period.to_string().as_str(), asked.period_choice.as_str()), (period, choice), "{address}");
        assert_eq!(asked.compared.map(|period| period.to_string()).as_deref(), compared, "{address}");
        assert_eq!([asked.earlier.as_deref(), asked.later.as_deref()], around, "{address}");
    };
    // The last order is of 28 August.
    check("", "2024-07", "2024-07", Some("2024-06"), [Some("2024-06"), Some("2024-08")]).await;
    check("period=2024-08", "2024-08", "2024-08", Some("2024-07"), [Some("2024-07"), None]).await;
    check("period=2024-01", "2024-01", "2024-01", None, [None, Some("2024-02")]).await;
    check("period=2024-07&compare=year", "2024-07", "2024-07", None, [Some("2024-06"), Some("2024-08")]).await;
    check("period=2024-07&compare=none", "2024-07", "2024-07", None, [Some("2024-06"), Some("2024-08")]).await;
    check("period=2024-Q2", "2024-Q2", "2024-Q2", Some("2024-Q1"), [Some("2024-Q1"), Some("2024-Q3")]).await;
    let (ten, before, after) = ("2024-06-01..2024-06-11", "2024-05-22..2024-06-01", "2024-06-11..2024-06-21");
    check("period=custom&from=2024-06-01&to=2024-06-10", ten, "custom", Some(before), [Some(before), Some(after)])
        .await;
    check(&format!("period={ten}"), ten, ten, Some(before), [Some(before), Some(after)]).await;
    let page = shop.page("period=30d&compare=prev&grain=quarter&by=country&cells=revenue").await;
    assert_eq!(
        (page.frame.asked.grain, page.frame.asked.by.as_str(), page.frame.asked.compare),
        (Grain::Quarter, "country", Compare::Prev)
    );
    assert_eq!(
        (page.frame.asked.period.days(), page.frame.asked.period_choice.as_str(), page.frame.asked.complete),
        (30, "30d", false)
    );
    let listed: Vec<&str> = page.frame.periods.iter().map(|choice| choice.value.as_str()).collect();
    assert_eq!(listed[..5], ["30d", "90d", "12m", "2024-08", "2024-07"]);
    assert_eq!(listed.last(), Some(&"custom"));
}

/// Every number that opens has as many people as it says.
async fn check_openings(shop: &Shop, address: &str) -> usize {
    let page = shop.page(address).await;
    let all = openings(&page);
    for (who, number) in &all {
        let list = shop.behind(who, &page.frame.asked.segment).await;
        assert_eq!(list.total, *number, "{address}: {who:?}");
        if let Some(share) = list.share {
            assert!(share.part == *number && share.whole >= share.part, "{address}: {who:?} {share:?}");
        }
    }
    all.len()
}

#[tokio::test]
async fn the_list_behind_a_number_is_as_long_as_it_says() {
    let shop = Shop::of(&shop()).await;
    for address in [
        "",
        "by=country",
        "segment=country:Finland",
        "segment=country:Côte d'Ivoire",
        "segment=country:台灣&by=country",
        "period=2024-08",
        "period=custom&from=2024-03-10&to=2024-05-02&grain=quarter",
        "period=90d&compare=none",
        "period=12m",
        "grain=week",
    ] {
        let numbers = check_openings(&shop, address).await;
        assert!(numbers > 12, "{address}: {numbers}");
    }
}

/// A term of a metric's answer.
async fn term(shop: &Shop, metric: &str, ask: &Ask, term: &str) -> Json {
    let answer = shop.app.metric(metric, ask).await.unwrap().json(None);
    let found = answer["terms"].get(term);
    found.unwrap_or_else(|| panic!("{metric} has no {term}: {answer}")).clone()
}

#[tokio::test]
async fn the_figures_are_the_metrics() {
    let shop = Shop::of(&shop()).await;
    for segment in ["", "Finland", "Côte d'Ivoire"] {
        let address = if segment.is_empty() { String::new() } else { format!("segment=country:{segment}") };
        let page = shop.page(&address).await;
        let filter = (!segment.is_empty()).then(|| format!("country = '{}'", segment.replace('\'', "''")));
        let period = Some(page.frame.asked.period.to_string());
        let ask = Ask { period, filter, window: Some(page.frame.active_days), ..Ask::default() };
        let until =
            Ask { period: None, window: None, as_of: Some(page.frame.asked.period.end.to_string()), ..ask.clone() };
        let orders = Ask { window: None, ..ask.clone() };
        let figure = |id: &str| page.figures.iter().find(|figure| figure.id == id).unwrap().value.clone().unwrap();
        let share = |id: &str| match figure(id) {
            Value::Share(share) => (share.part, share.whole),
            other => panic!("{other:?}"),
        };
        let count = |json: &Json| json.as_u64().unwrap_or_else(|| panic!("{json}"));
        let of = |json: &Json| (count(&json["part"]), count(&json["whole"]));
        assert_eq!(share("retention"), of(&term(&shop, "customer-retention", &ask, "retention").await), "{segment}");
        assert_eq!(share("churn"), of(&term(&shop, "customer-retention", &ask, "churn").await), "{segment}");
        let rate = term(&shop, "repeat-purchase-rate", &until, "repeat_purchase_rate").await;
        assert_eq!(share("repeat"), of(&rate), "{segment}");
        let revenue = term(&shop, "revenue", &orders, "revenue").await;
        let Value::Money(found) = figure("revenue") else { panic!("no money") };
        assert_eq!(Some(found.decimal()), revenue["decimal"].as_f64(), "{segment}: {revenue}");
    }
}

#[tokio::test]
async fn a_day_old_shop_says_when_there_will_be_enough() {
    let shop =
        Shop::of("order_id,customer_id,order_date,amount,currency\n1,ana,2024-05-02,10,EUR\n2,ben,2024-05-03,5,EUR\n")
            .await;
    let page = shop.page("").await;
    assert_eq!(page.frame.asked.period.to_string(), "2024-05");
    assert!(!page.frame.asked.complete);
    for (slot, key, ready_on) in [
        (too_little(&page.cohorts), "empty.need_two_steps", Some("2024-06-01")),
        (too_little(&page.daily), "empty.one_point", Some("2024-07-03")),
        (too_little(&page.groups), "empty.need_customers", None),
        (too_little(&page.concentration), "empty.need_customers", None),
    ] {
        assert_eq!((slot.0.as_str(), slot.1.as_deref()), (key, ready_on));
    }
    assert_eq!(ready(&page.overdue).total, 0);
    assert_eq!(page.figures[0].value, None);
    check_openings(&shop, "").await;
}

fn too_little<T: std::fmt::Debug>(slot: &Slot<T>) -> (String, Option<String>) {
    match slot {
        Slot::TooLittle(missing) => (missing.why.key.clone(), missing.ready_on.map(|day| day.to_string())),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn members_have_a_page_without_orders() {
    let csv = "subscription_id,customer_id,start_date,end_date,plan,monthly_price,currency\n\
               s1,ana,2024-01-01,,basic,10,EUR\ns2,ben,2024-01-05,2024-02-10,basic,10,EUR\ns3,cem,2024-02-01,,basic,10,EUR\n\
               s4,dia,2024-03-03,,basic,10,EUR\n";
    let shop = Shop::empty().await;
    shop.import("subscriptions.csv", csv).await;
    let page = shop.page("").await;
    let Some(Value::Share(share)) = page.figures[0].value else { panic!("{:?}", page.figures[0]) };
    assert_eq!((page.frame.asked.period.to_string().as_str(), share.part, share.whole), ("2024-02", 1, 2));
    let figures: Vec<&str> = page.figures.iter().map(|figure| figure.id.as_str()).collect();
    assert_eq!(figures, ["retention", "active", "churn", "first", "returned"], "nothing of orders");
    assert_eq!(too_little(&page.flow).0, "empty.no_orders");
    check_openings(&shop, "").await;
    let lost = shop.list("who=lost&period=2024-02").await;
    assert_eq!((lost.rows[0].id.as_str(), lost.rows[0].first_order.to_string().as_str()), ("ben", "2024-01-05"));
}

#[tokio::test]
async fn notes_stand_where_they_were_written() {
    let shop = Shop::of(&shop()).await;
    shop.page("").await; // what is kept must not hide a note
    shop.app.store().add_note("2024-03-10".parse().unwrap(), "spring catalogue", 0).await.unwrap();
    let page = shop.page("").await;
    let march = ready(&page.cohorts).rows.iter().find(|row| row.key == "2024-03").unwrap();
    assert_eq!(march.note.as_deref(), Some("spring catalogue"));
    assert_eq!(ready(&page.daily).notes.len(), 1);
}

#[tokio::test]
async fn a_new_import_and_its_undoing_change_the_page() {
    let shop = Shop::of(&shop()).await;
    let before = shop.page("").await;
    let mut more = "order_id,customer_id,order_date,amount,currency,country\n".to_owned();
    (1..9).for_each(|n| writeln!(more, "900{n},new{n},2024-07-0{n},5,EUR,Finland").unwrap());
    more.push_str("9009,new9,soon,5,EUR,Finland\n");
    let report = shop.import("more.csv", &more).await;
    let after = shop.page("").await;
    assert_eq!(after.figures[5].n, before.figures[5].n + 8);
    assert_eq!(after.frame.freshness.set_aside, 1);
    let data = shop.app.data_page().await.unwrap();
    let row = &data.imports[0];
    assert_eq!((row.file.as_str(), row.rows, row.kept, row.set_aside, row.undone), ("more.csv", 9, 8, 1, false));
    let reason = &row.reasons[0];
    assert_eq!((reason.rows, reason.example.clone()), (1, Some((10, "soon".to_owned()))), "{reason:?}");
    shop.app.undo_import(report.id).await.unwrap();
    let undone = shop.page("").await;
    assert_eq!((&undone.figures, undone.frame.freshness.set_aside), (&before.figures, 0));
    assert!(shop.app.data_page().await.unwrap().imports[0].undone);
}

#[tokio::test]
async fn every_part_is_a_file() {
    let shop = Shop::of(&shop()).await;
    for part in ["", "figures", "cohorts", "daily", "survival", "flow", "groups", "concentration", "overdue"] {
        let rows = shop.app.retention_csv(part, &PageQuery::default()).await.unwrap();
        assert!(rows.len() > 2 || part == "overdue", "{part}: {}", rows.len());
    }
    let wrong = shop.app.retention_csv("../etc", &PageQuery::default()).await.unwrap_err();
    assert_eq!(wrong.code, "unknown_part");
}

#[tokio::test]
async fn a_page_can_be_asked_for_from_any_thread() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let shop = Shop::of(&shop()).await;
    let query = PageQuery::from_pairs(&pairs("period=2024-07"));
    sent(shop.app.retention_page(&query)).await.unwrap();
    sent(shop.app.people_page(&crate::PeopleQuery::from_pairs(&[]))).await.unwrap();
    sent(shop.app.people_rows(&crate::PeopleQuery::from_pairs(&[]))).await.unwrap();
    sent(shop.app.customer_page("c02", &crate::CustomerQuery::default())).await.unwrap();
    sent(shop.app.customer_export("c02")).await.unwrap();
    sent(shop.app.retention_csv("daily", &query)).await.unwrap();
    sent(shop.app.data_page()).await.unwrap();
}
