//! The pages of groups: counted by hand, and every number against its list.

use std::fmt::Write;

use reports::pages::retention::Family;
use reports::pages::segments::{Between, GroupPage, SegmentsPage};
use reports::pages::{Slot, Value, Who};
use terms::Share;

use super::pages::shop;
use super::{Shop, pairs, ready};
use crate::SegmentsQuery;

/// Four who order every ten days, four who ordered once lately, four who ordered once in January; one more in March, so
/// that February is over.
fn three_kinds() -> String {
    let mut csv = "order_id,customer_id,order_date,amount,currency,country\n".to_owned();
    let mut order = 0;
    let mut line = |who: &str, day: &str, amount: u32, country: &str| {
        order += 1;
        writeln!(csv, "{order},{who},{day},{amount},EUR,{country}").unwrap();
    };
    for n in 0..4 {
        for day in ["2024-01-05", "2024-01-15", "2024-01-25", "2024-02-10", "2024-02-28"] {
            line(&format!("often{n}"), day, 100, "Finland");
        }
        line(&format!("lately{n}"), "2024-02-20", 10, "Sweden");
        line(&format!("once{n}"), "2024-01-05", 10, "Sweden");
    }
    line("later", "2024-03-05", 10, "Sweden");
    csv
}

impl Shop {
    async fn segments(&self, address: &str) -> SegmentsPage {
        self.app.segments_page(&SegmentsQuery::from_pairs(&pairs(address))).await.unwrap().unwrap()
    }

    async fn group(&self, group: &str, address: &str) -> Option<GroupPage> {
        self.app.group_page(group, &SegmentsQuery::from_pairs(&pairs(address))).await.unwrap()
    }
}

#[tokio::test]
async fn groups_counted_by_hand() {
    let shop = Shop::of(&three_kinds()).await;
    let page = shop.segments("").await;
    assert_eq!((page.frame.asked.period.to_string().as_str(), page.choice.grid.scores), ("2024-02", 3));
    assert_eq!((page.choice.on.to_string(), page.choice.since.to_string()), ("2024-03-01".into(), "2024-02-01".into()));
    // Days since the last order: 1, 9 and 55, four times each. Type 7 cuts at 6.33 and 24.33; orders (1 and 5) at 1 and
    // 2.33, so nobody has two.
    let scored = ready(&page.scored);
    let squares: Vec<(u8, u8, u64, i64, &str)> = scored
        .squares
        .iter()
        .map(|one| (one.r, one.f, one.customers, one.spend.minor, one.groups[0].0.as_str()))
        .collect();
    let expected =
        [(3, 3, 4, 200_000, "champions"), (2, 1, 4, 4_000, "about_to_sleep"), (1, 1, 4, 4_000, "hibernating")];
    assert_eq!(squares, expected);
    let days: Vec<_> = scored.bounds.iter().map(|one| (one.score, one.days)).collect();
    let between = |low, high| Some(Between { low, high });
    assert_eq!(days, [(3, between(None, Some(6))), (2, between(Some(7), Some(24))), (1, between(Some(25), None))]);
    assert_eq!(scored.bounds[1].orders, Some(Between { low: Some(2), high: Some(2) }));
    assert_eq!(scored.buyers, 12);

    // On 1 February the first four had three orders, the last on 25 January; the others were not all there.
    let moves: Vec<(Option<&str>, Option<&str>, u64)> =
        ready(&page.moves).moves.iter().map(|one| (one.from.as_deref(), one.to.as_deref(), one.customers)).collect();
    assert_eq!(
        moves,
        [
            (Some("potential"), Some("champions"), 4),
            (Some("about_to_sleep"), Some("hibernating"), 4),
            (None, Some("about_to_sleep"), 4)
        ]
    );
    let table = ready(&page.table);
    let row = |id: &str| table.rows.iter().find(|row| row.id == id).unwrap();
    let champions = row("champions");
    assert_eq!((champions.customers, champions.before, champions.family), (4, Some(0), Family::Kept));
    assert_eq!(champions.share, Some(Share { part: 4, whole: 12 }));
    assert_eq!(champions.mean.map(|mean| mean.minor), Some(50_000));
    // Nobody was a champion then: no rate, and not zero.
    assert_eq!((champions.kept.rate(), champions.interval), (None, None));
    assert_eq!(row("potential").kept, Share { part: 4, whole: 4 });
    assert_eq!(row("about_to_sleep").kept, Share { part: 0, whole: 4 });
    assert_eq!((row("loyal").customers, row("loyal").mean), (0, None));

    let keys: Vec<&str> = page.brief.iter().map(|(sentence, _)| sentence.key.as_str()).collect();
    assert_eq!(keys, ["segments.brief.grew", "segments.brief.shrank", "segments.brief.slipping"]);
    assert_eq!(page.brief[0].0.values[0].1, Value::Word("group.champions".into()));

    let words: Vec<(&str, u64, u64, Share)> = ready(&page.words)
        .rows
        .iter()
        .map(|row| (row.word.as_str(), row.active, row.sold.unwrap().0, row.kept))
        .collect();
    // Equally many are active: the country with more customers so far stands first.
    assert_eq!(words, [("Sweden", 4, 4, Share { part: 0, whole: 4 }), ("Finland", 4, 4, Share { part: 4, whole: 4 })]);
}

#[tokio::test]
async fn one_group_by_hand() {
    let shop = Shop::of(&three_kinds()).await;
    let page = shop.group("about_to_sleep", "").await.unwrap();
    let traits = page.traits.unwrap();
    assert_eq!((traits.days, traits.orders, traits.r, traits.f), ((9, 9), (1, 1), (2, 2), (1, 1)));
    let sizes: Vec<(String, u64)> = ready(&page.size).points.iter().map(|(day, n)| (day.to_string(), *n)).collect();
    assert_eq!(sizes, [("2024-02-01".to_owned(), 4), ("2024-03-01".to_owned(), 4)]);
    let (came, went) = ready(&page.moves);
    assert_eq!((came.len(), came[0].from.as_deref(), came[0].customers), (1, None, 4));
    assert_eq!((went.len(), went[0].to.as_deref(), went[0].customers), (1, Some("hibernating"), 4));
    let mut ids: Vec<&str> = page.people.rows.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["lately0", "lately1", "lately2", "lately3"]);
    assert_eq!(page.people.share, Some(Share { part: 4, whole: 12 }));
    assert_eq!(shop.group("about_to_sleep", "q=lately2").await.unwrap().people.total, 1);
    // A group nobody is in has a page; a group of another grid, or of none, has not.
    assert_eq!(shop.group("loyal", "").await.unwrap().traits, None);
    assert_eq!(shop.group("dormant", "").await, None);
    assert!(shop.group("dormant", "grid=shopify-11").await.is_some());
    assert_eq!(shop.group("' or 1=1 --", "").await, None);
}

/// Every number of a page that opens, with its people.
fn openings(page: &SegmentsPage) -> Vec<(Who, String, u64)> {
    let (grid, on, since) = (page.choice.grid, page.choice.on, page.choice.since);
    let (segment, period) = (page.frame.asked.segment.clone(), page.frame.asked.period);
    let mut all = Vec::new();
    if let Slot::Ready(scored) = &page.scored {
        all.extend(
            scored
                .squares
                .iter()
                .map(|one| (Who::Scored { grid, on, r: one.r, f: one.f }, segment.clone(), one.customers)),
        );
    }
    if let Slot::Ready(moves) = &page.moves {
        all.extend(moves.moves.iter().map(|one| {
            (Who::Moved { grid, since, on, from: one.from.clone(), to: one.to.clone() }, segment.clone(), one.customers)
        }));
    }
    if let Slot::Ready(table) = &page.table {
        for row in &table.rows {
            all.push((Who::InGroup { grid, on, group: row.id.clone() }, segment.clone(), row.customers));
            if row.share.is_some() {
                all.push((Who::GroupKept { grid, period, group: row.id.clone() }, segment.clone(), row.kept.part));
            }
        }
        for family in [Family::Kept, Family::Watch, Family::Lost] {
            let rows = table.rows.iter().filter(|row| row.family == family && row.share.is_some());
            all.push((Who::InFamily { grid, on, family }, segment.clone(), rows.map(|row| row.customers).sum()));
        }
    }
    if let Slot::Ready(words) = &page.words {
        for row in &words.rows {
            all.push((Who::AtEnd(period), row.segment.clone(), row.active));
            all.push((Who::Kept(period), row.segment.clone(), row.kept.part));
            all.extend(row.sold.map(|(customers, _)| (Who::Ordered(period), row.segment.clone(), customers)));
        }
    }
    all
}

#[tokio::test]
async fn the_list_behind_a_number_is_as_long_as_it_says() {
    let shop = Shop::of(&shop()).await;
    for address in [
        "",
        "scores=5",
        "grid=shopify-11&window=90",
        "grid=klaviyo-6&segment=country:Finland",
        "grid=classic-10&period=2024-08&window=180",
        "grid=shopify-11&segment=country:Finland&compare=none",
        "period=12m&scores=3",
        "period=custom&from=2024-03-10&to=2024-05-02&scores=5",
    ] {
        let page = shop.segments(address).await;
        let all = openings(&page);
        assert!(all.len() > 10, "{address}: {}", all.len());
        for (who, segment, number) in &all {
            let list = shop.behind(who, segment).await;
            assert_eq!(list.total, *number, "{address}: {who:?}");
            if let Some(share) = list.share {
                assert!(share.part == *number && share.whole >= share.part, "{address}: {who:?} {share:?}");
            }
        }
        // Nobody vanishes: the groups, the squares and both ends of the moves hold everybody once.
        let (Slot::Ready(scored), Slot::Ready(moves)) = (&page.scored, &page.moves) else { continue };
        let table: u64 = ready(&page.table).rows.iter().filter_map(|row| row.share).map(|share| share.part).sum();
        let squares: u64 = scored.squares.iter().map(|one| one.customers).sum();
        let arrived: u64 = moves.moves.iter().filter(|one| one.to.is_some()).map(|one| one.customers).sum();
        let left: u64 = moves.moves.iter().filter(|one| one.from.is_some()).map(|one| one.customers).sum();
        let before: u64 =
            ready(&page.table).rows.iter().filter(|row| row.share.is_some()).filter_map(|row| row.before).sum();
        assert_eq!([table, squares, arrived], [scored.buyers; 3], "{address}");
        assert_eq!(left, before, "{address}");
    }
}

#[tokio::test]
async fn a_grid_that_makes_no_sense_has_the_effect_of_nothing() {
    let shop = Shop::of(&shop()).await;
    let usual = shop.segments("").await;
    for address in ["grid=friends", "window=7", "window=-1", "scores=4", "scores=x&sort=shoe_size&dir=sideways"] {
        assert_eq!(shop.segments(address).await, usual, "{address}");
    }
    let sorted = shop.segments("sort=customers&dir=asc").await;
    assert!(ready(&sorted.table).rows.is_sorted_by(|a, b| a.customers <= b.customers));
    let sorted = shop.segments("sort=spend").await;
    assert!(ready(&sorted.table).rows.is_sorted_by(|a, b| a.spend.minor >= b.spend.minor));
}

#[tokio::test]
async fn every_part_is_a_file() {
    let shop = Shop::of(&shop()).await;
    let query = SegmentsQuery::default();
    for (part, group) in [
        ("", ""),
        ("groups", ""),
        ("squares", ""),
        ("scores", ""),
        ("moves", ""),
        ("words", ""),
        ("sizes", "champions"),
    ] {
        assert!(shop.app.segments_csv(part, group, &query).await.unwrap().len() > 1, "{part}");
    }
    for (part, group, code) in [("../etc", "", "unknown_part"), ("sizes", "friends", "unknown_group")] {
        assert_eq!(shop.app.segments_csv(part, group, &query).await.unwrap_err().code, code);
    }
    let nobody = Shop::empty().await;
    assert_eq!(nobody.app.segments_page(&query).await.unwrap(), None);
    assert_eq!(nobody.app.segments_csv("groups", "", &query).await.unwrap_err().code, "no_facts");
}

#[tokio::test]
async fn members_without_orders_have_countries_and_no_groups() {
    let csv = "subscription_id,customer_id,start_date,end_date,plan,monthly_price,currency\n\
               s1,ana,2024-01-01,,basic,10,EUR\ns2,ben,2024-01-05,2024-02-10,basic,10,EUR\ns3,cem,2024-03-01,,basic,10,EUR\n";
    let shop = Shop::empty().await;
    shop.import("subscriptions.csv", csv).await;
    let page = shop.segments("").await;
    for slot in [missing(&page.scored), missing(&page.moves), missing(&page.table)] {
        assert_eq!(slot, "segments.no_orders");
    }
    assert_eq!(missing(&page.words), "segments.no_words");
    assert!(page.brief.is_empty());
    assert_eq!(shop.group("champions", "").await, None);
}

fn missing<T: std::fmt::Debug>(slot: &Slot<T>) -> &str {
    match slot {
        Slot::TooLittle(missing) => &missing.why.key,
        other => panic!("{other:?}"),
    }
}
