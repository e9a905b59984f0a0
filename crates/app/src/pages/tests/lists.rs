//! Lists of people, one customer, and the step before an import.

use super::pages::shop;
use super::{Shop, pairs};
use crate::{Answers, PeopleQuery};

#[tokio::test]
async fn a_list_is_filtered_sorted_and_cut() {
    let shop = Shop::of(&shop()).await;
    let ids = async |address: &str| shop.list(address).await.rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    let all = shop.list("").await;
    assert_eq!((all.total, all.rows.len(), all.list.page_rows), (45, 45, 50));
    assert!(all.rows.is_sorted_by(|a, b| a.spend.minor >= b.spend.minor));
    for (sort, rising) in [
        ("orders", true),
        ("days_since", true),
        ("first_order", true),
        ("last_order", true),
        ("customer", true),
        ("country", true),
        ("spend", true),
    ] {
        let mut down = ids(&format!("sort={sort}&dir=desc")).await;
        let up = ids(&format!("sort={sort}&dir=asc")).await;
        assert_eq!(down.len(), 45);
        assert!(rising);
        (down.sort(), assert_ne!(up, ids(&format!("sort={sort}")).await, "{sort}"));
        let mut sorted = up.clone();
        sorted.sort();
        assert_eq!(sorted, down, "{sort}: each once");
    }
    assert_eq!(ids("sort=customer&dir=asc").await[0], "c02");
    assert_eq!(ids("q=O'NEIL").await, ["o'neil \"the\" 1st"]);
    assert_eq!(ids("q=åsa").await, ["王 Åsa/1?x=y"]);
    assert!(ids("q=nobody").await.is_empty());
    assert_eq!(shop.list("country=台灣").await.total, 9);
    assert_eq!(shop.list("country=台灣&q=c0").await.total, 2);
    // Behind the last page stands the last page.
    assert_eq!(shop.list("page=7").await.list.page, 1);
    assert_eq!(shop.list("segment=country:Côte d'Ivoire").await.total, 9);
    assert_eq!(shop.list("segment=country:nowhere").await.segment, "");
}

#[tokio::test]
async fn chosen_ones_are_a_file() {
    let shop = Shop::of(&shop()).await;
    let query = PeopleQuery::from_pairs(&pairs("id=c02&id=o'neil \"the\" 1st&id=nobody&id=c02"));
    let rows = shop.app.people_rows(&query).await.unwrap();
    assert_eq!(rows.len(), 2);
    let usual = ["group", "first_order", "last_order", "days_since", "orders", "spend", "currency"];
    assert_eq!(rows.names()[..3], ["customer_id", "name", "country"]);
    assert_eq!(rows.names()[3..], usual);
    let late = shop.app.people_rows(&PeopleQuery::from_pairs(&pairs("who=overdue"))).await.unwrap();
    assert_eq!(late.len() as u64, shop.list("who=overdue").await.total);
}

#[tokio::test]
async fn groups_nobody_can_be_in_are_refused() {
    let shop = Shop::of(&shop()).await;
    for (address, code) in [
        ("who=flow&period=2024-07&from=start&to=left", "unknown_group"),
        ("who=group&period=2024-07&group=friends", "unknown_group"),
        ("who=lost&period=2031-01", "period_not_begun"),
        ("who=cohort&by=mood&grain=month&cohort=2024-01&step=1", "unknown_group"),
        ("who=cohort&by=start&grain=month&cohort=Finland&step=1", "unknown_group"),
    ] {
        let problem = shop.app.people_page(&PeopleQuery::from_pairs(&pairs(address))).await.unwrap_err();
        assert_eq!(problem.code, code, "{address}");
    }
    assert_eq!(shop.list("who=cohort&by=country&grain=month&cohort=' or 1=1 --&step=0").await.total, 0);
}

#[tokio::test]
async fn a_customer_is_the_same_everywhere() {
    let shop = Shop::of(&shop()).await;
    let active = shop.list("who=active&period=2024-08").await;
    let late = shop.list("who=overdue").await;
    for row in shop.list("").await.rows {
        let page = shop.customer(&row.id, "").await;
        assert_eq!((page.orders, page.spend, &page.country), (row.orders, row.spend, &row.country), "{}", row.id);
        assert_eq!((page.first_order, page.last_order), (Some(row.first_order), Some(row.last_order)));
        assert_eq!(page.days_since, Some(row.days_since));
        assert_eq!(page.active, active.rows.iter().any(|other| other.id == row.id), "{}", row.id);
        assert_eq!(page.overdue, late.rows.iter().any(|other| other.id == row.id), "{}", row.id);
        assert_eq!((page.timeline.total, page.timeline.entries.len() as u64), (row.orders, row.orders));
        assert!(page.timeline.entries.is_sorted_by(|a, b| a.at.date >= b.at.date));
        assert_eq!(page.usual_gap_days.is_some(), row.first_order != row.last_order);
        assert_eq!((page.months.len(), page.months[11].month.to_string().as_str()), (12, "2024-08"));
        assert!(page.group.is_some());
    }
    for id in ["nobody", "", "' or 1=1 --", "o'neil", "\u{0}"] {
        assert_eq!(shop.app.customer_page(id, &crate::CustomerQuery::default()).await.unwrap(), None, "{id:?}");
    }
}

#[tokio::test]
async fn columns_are_matched() {
    let shop = Shop::of(&shop()).await;
    let path = shop.folder.path().join("orders.csv");
    let found = shop.app.inspect(&[path], None, None).await.unwrap();
    let page = shop.app.match_page("u1", &found[0], &Answers::default()).await.unwrap();
    assert_eq!((page.upload.as_str(), page.file.as_str(), page.kind.as_str()), ("u1", "orders.csv", "orders"));
    let meanings: Vec<&str> = page.columns.iter().filter_map(|column| column.meaning.as_deref()).collect();
    assert_eq!(meanings, ["order_id", "customer_id", "at", "amount", "currency", "country"]);
    assert!(page.columns.iter().all(|column| !column.samples.is_empty()));
    let needed: Vec<&str> = page.meanings.iter().filter(|one| one.required).map(|one| one.id.as_str()).collect();
    assert_eq!(needed, ["customer_id", "at", "order_id"]);
    assert!(meanings.iter().all(|meaning| page.meanings.iter().any(|one| one.id == *meaning)));
    assert!(page.kinds.contains(&page.kind));
    assert_eq!((page.asks, page.notes), (vec![], Vec::<String>::new()), "its columns say all of it");
}

/// What no column says is asked, with what can be answered; what would change numbers must be.
#[tokio::test]
async fn what_no_column_says_is_asked() {
    let shop = Shop::empty().await;
    let look = async |text: &str, answers: Answers| {
        let path = shop.folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        let found = shop.app.inspect_with(&[path], None, None, &answers).await.unwrap();
        let page = shop.app.match_page("u1", &found[0], &answers).await.unwrap();
        page.asks.into_iter().map(|ask| (ask.id, ask.said, ask.required)).collect::<Vec<_>>()
    };
    let ask = |id: &str, said: Option<&str>, required| (id.to_owned(), said.map(str::to_owned), required);
    let orders = "order id,customer,date,total\n1,ana,03/04/2024,10.00\n2,ben,05/04/2024,20.00\n";
    assert_eq!(look(orders, Answers::default()).await, [ask("currency", None, false), ask("dates", None, true)]);
    let answers = Answers { dates: "dmy".parse().ok(), ..Answers::default() };
    assert_eq!(look(orders, answers).await, [ask("currency", None, false), ask("dates", Some("dmy"), false)]);
    let plans = "customer,subscription id,start date,price\nana,s1,2024-01-05,10.00\nben,s2,2024-02-05,20.00\n";
    assert_eq!(look(plans, Answers::default()).await, [ask("currency", None, false), ask("per", None, true)]);
}
