//! The sample shop: the page says what the metrics say, and what others counted.

use std::time::{Duration, Instant};

use reports::pages::{Slot, Value};

use super::{Shop, openings, ready};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_in_november() {
    let shop = Shop::empty().await;
    shop.app.import_sample(crate::Sample::Shop, |_| {}).await.unwrap();
    let cold = time(&shop, "").await;
    let page = shop.page("").await;
    assert_eq!((page.frame.workspace.name.as_str(), page.frame.workspace.sample), ("Online Retail", true));
    println!("window {}", page.frame.active_days);
    let figure = |id: &str| page.figures.iter().find(|figure| figure.id == id).unwrap();
    let share = |id: &str| match figure(id).value {
        Some(Value::Share(share)) => (share.part, share.whole),
        _ => panic!("{id} is no share"),
    };
    println!(
        "figures {:#?}",
        page.figures.iter().map(|f| (&f.id, &f.value, &f.before, &f.terms, f.history.len())).collect::<Vec<_>>()
    );
    let concentration = ready(&page.concentration);
    let survival = ready(&page.survival);
    let overdue = ready(&page.overdue);
    println!(
        "concentration {} {:?} {} {:?}",
        concentration.customers, concentration.spend, concentration.gini, concentration.top
    );
    println!(
        "survival {} {} {:?} {:?}",
        survival.customers,
        survival.left,
        survival.median_days,
        survival.points.len()
    );
    println!("overdue {} {:?} {:?}", overdue.total, overdue.spend, overdue.rows.first());
    println!("flow {:?}", ready(&page.flow).links);
    println!("groups {:?}", ready(&page.groups).groups);
    println!("daily {:?} {:?}", ready(&page.daily).points.first(), ready(&page.daily).points.len());
    println!(
        "cohorts {:?}",
        ready(&page.cohorts).rows.iter().map(|row| (row.key.clone(), row.size)).collect::<Vec<_>>()
    );
    println!("brief {:?}", page.brief);
    println!("freshness {:?}", page.frame.freshness);
    println!("data {:?}", shop.app.data_page().await.unwrap().imports);
    println!("customer {:?}", shop.customer("14952", "").await);
    let months = ["2011-10", "2011-09", "2011-08", "2011-07", "2011-06"];
    let mut times = Vec::new();
    for month in months {
        times.push(time(&shop, &format!("period={month}&segment=country:Germany")).await);
        println!("{month} germany {:?}", times.last());
        println!("{month} {:?}", time(&shop, &format!("period={month}")).await);
    }
    println!("cold {cold:?}, again {:?}", time(&shop, "").await);
    println!("{:?}", share("retention"));

    let _ = openings;
    let _ = Slot::Ready(());
}

async fn time(shop: &Shop, address: &str) -> Duration {
    let start = Instant::now();
    shop.page(address).await;
    start.elapsed()
}
