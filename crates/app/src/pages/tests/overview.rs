//! The Overview page: steps of the trend, and what is worth a word today.

use reports::pages::overview::{Counted, Go, OverviewPage};
use reports::pages::{Value, Who};

use super::{Shop, pairs, ready};
use crate::PageQuery;

async fn overview(shop: &Shop, address: &str) -> OverviewPage {
    shop.app.overview_page(&PageQuery::from_pairs(&pairs(address))).await.unwrap().unwrap()
}

/// Ana comes every tenth day until 20 March and then no more; ben came once, in January; cem is new in June.
fn orders() -> String {
    let mut csv = "order_id,customer_id,ordered_at,amount,currency\n".to_owned();
    let mut order = |customer: &str, day: &str, amount: u32| {
        csv += &format!("{customer}{day},{customer},{day} 12:00:00,{amount}.00,EUR\n");
    };
    for day in ["2024-01-10", "2024-01-20", "2024-01-30", "2024-02-09", "2024-02-19", "2024-02-29", "2024-03-10"] {
        order("ana", day, 10);
    }
    order("ben", "2024-01-15", 50);
    order("cem", "2024-06-20", 7);
    csv
}

#[tokio::test]
async fn an_empty_installation_has_no_overview() {
    let shop = Shop::empty().await;
    assert_eq!(shop.app.overview_page(&PageQuery::default()).await.unwrap(), None);
    assert_eq!(shop.app.overview_csv("", &PageQuery::default()).await.unwrap_err().code, "no_facts");
}

#[tokio::test]
async fn the_trend_has_every_month_and_its_people() {
    let shop = Shop::of(&orders()).await;
    let page = overview(&shop, "").await;
    let trend = ready(&page.trend);
    assert_eq!(trend.what, Counted::Revenue);
    let steps: Vec<(String, f64, bool)> =
        trend.steps.iter().map(|step| (step.period.to_string(), step.value.number().unwrap(), step.complete)).collect();
    let month = |name: &str, revenue: f64, complete: bool| (name.to_owned(), revenue, complete);
    assert_eq!(
        steps,
        [
            month("2024-01", 80.0, true),
            month("2024-02", 30.0, true),
            month("2024-03", 10.0, true),
            month("2024-04", 0.0, true), // nobody ordered: that is known, and zero
            month("2024-05", 0.0, true),
            month("2024-06", 7.0, false),
        ]
    );
    for (step, customers) in trend.steps.iter().zip([2, 1, 1, 0, 0, 1]) {
        assert_eq!(shop.behind(&step.people, "").await.total, customers, "{}", step.period);
    }
    assert_eq!(shop.app.overview_csv("", &PageQuery::default()).await.unwrap().len(), 6);
}

/// Each bar opens to as many people as it says, and together they close.
async fn check_balance(shop: &Shop, address: &str, wanted: &[(&str, i64)]) {
    let page = overview(shop, address).await;
    let balance = ready(&page.balance);
    let found: Vec<(&str, i64)> = balance.parts().map(|part| (part.id.as_str(), part.customers)).collect();
    assert_eq!(found, wanted, "{address}");
    let steps: i64 = balance.steps.iter().map(|step| step.customers).sum();
    assert_eq!(balance.start.customers + steps, balance.end.customers, "{address}");
    for part in balance.parts() {
        let people = shop.behind(&part.people, "").await.total;
        assert_eq!(people, part.customers.unsigned_abs(), "{address} {}", part.id);
    }
}

#[tokio::test]
async fn start_and_steps_of_the_balance_are_its_end_and_open_to_people() {
    let shop = Shop::of(&orders()).await;
    let january = [("start", 0), ("first", 2), ("returned", 0), ("lost", 0), ("end", 2)];
    check_balance(&shop, "period=2024-01", &january).await;
    let half_a_year = [("start", 0), ("first", 3), ("returned", 0), ("lost", 0), ("gone_again", -2), ("end", 1)];
    check_balance(&shop, "period=2024-01-01..2024-07-01", &half_a_year).await;
    let rows = shop.app.overview_csv("balance", &PageQuery::from_pairs(&pairs("period=2024-01"))).await.unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(shop.app.overview_csv("everything", &PageQuery::default()).await.unwrap_err().code, "unknown_part");
}

#[tokio::test]
async fn today_names_the_newcomers_and_the_age_of_the_data() {
    let shop = Shop::of(&orders()).await;
    let page = overview(&shop, "").await;
    let ids: Vec<&str> = ready(&page.today).iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["first", "stale"]);
    let first = &ready(&page.today)[0];
    assert_eq!(first.says.values[0], ("n".to_owned(), Value::Count(1)));
    let Go::People(who) = &first.go else { panic!("{first:?}") };
    assert_eq!(shop.behind(who, "").await.rows[0].id, "cem");
    assert_eq!(ready(&page.today)[1].go, Go::Page("/data".to_owned()));
}

#[tokio::test]
async fn who_left_and_who_came_back_agree_with_their_lists() {
    let shop = Shop::of(&orders()).await;
    let page = overview(&shop, "").await;
    for recent in [ready(&page.left), ready(&page.back)] {
        assert_eq!(shop.behind(&recent.who, "").await.total, recent.n, "{:?}", recent.who);
        assert!(recent.people.len() as u64 <= recent.n);
    }
    assert!(matches!(ready(&page.left).who, Who::Lost(_)));
}

#[tokio::test]
async fn a_business_without_orders_counts_customers_and_says_nothing_of_money() {
    let shop = Shop::empty().await;
    let csv = "subscription_id,customer_id,started_at,ended_at,plan,price,interval,currency\n\
               s1,ana,2024-01-01,,basic,10,month,EUR\n\
               s2,ben,2024-01-01,2024-03-15,basic,10,month,EUR\n\
               s3,cem,2024-04-02,,basic,10,month,EUR\n";
    shop.import("subscriptions.csv", csv).await;
    let page = overview(&shop, "").await;
    assert_eq!(ready(&page.trend).what, Counted::Active);
    let ids: Vec<&str> = page.figures.iter().map(|figure| figure.id.as_str()).collect();
    assert_eq!(ids, ["retention", "active", "churn", "first", "returned"]);
    let left = ready(&page.left);
    assert_eq!((left.n, left.people[0].id.as_str()), (1, "ben"));
    let march = [("start", 2), ("first", 0), ("returned", 0), ("lost", -1), ("end", 1)];
    check_balance(&shop, "period=2024-03", &march).await;
}
