//! Lists that are narrowed and kept, and customers of whom more is known than orders.

use reports::pages::Value;
use reports::pages::customer::{HappeningKind, State};
use reports::pages::people::{PeoplePage, PersonRow};

use super::pages::shop;
use super::{Shop, pairs};
use crate::PeopleQuery;

fn ids(page: &PeoplePage) -> Vec<String> {
    let mut ids: Vec<String> = page.rows.iter().map(|row| row.id.clone()).collect();
    ids.sort();
    ids
}

/// What a filter lets through is what anybody would pick from the whole list by hand, and the file says the same.
#[tokio::test]
async fn a_filter_lets_through_whom_it_says() {
    let shop = Shop::of(&shop()).await;
    let all = shop.list("cols=status,group,orders,spend").await;
    let word = |row: &PersonRow, place: usize| match &row.cells[place] {
        Some(Value::Word(key)) => key.rsplit('.').next().unwrap().to_owned(),
        _ => String::new(),
    };
    type Fits = Box<dyn Fn(&PersonRow) -> bool>;
    let day = |text: &str| text.parse::<terms::Date>().unwrap();
    let (may, june) = (day("2024-05-01"), day("2024-06-15"));
    let group = word(&all.rows[0], 1);
    let wanted = group.clone();
    let cases: Vec<(String, Fits)> = vec![
        ("orders=3".into(), Box::new(|row| row.orders >= 3)),
        ("orders=9999".into(), Box::new(|_| false)),
        ("spend_min=100&spend_max=200.5".into(), Box::new(|row| (10_000..=20_050).contains(&row.spend.minor))),
        ("spend_min=100,00".into(), Box::new(|row| row.spend.minor >= 10_000)),
        ("within=30".into(), Box::new(|row| row.days_since <= 30)),
        ("quiet=30".into(), Box::new(|row| row.days_since > 30)),
        (
            "first_from=2024-05-01&first_to=2024-06-15".into(),
            Box::new(move |row| (may..=june).contains(&row.first_order)),
        ),
        ("country=Côte d'Ivoire".into(), Box::new(|row| row.country.as_deref() == Some("Côte d'Ivoire"))),
        ("country=' or 1=1 --".into(), Box::new(|_| false)),
        ("q=C0&orders=2".into(), Box::new(|row| row.id.contains("c0") && row.orders >= 2)),
        ("status=active".into(), Box::new(move |row| word(row, 0) == "active")),
        ("status=left&orders=2".into(), Box::new(move |row| word(row, 0) == "left" && row.orders >= 2)),
        ("status=never".into(), Box::new(|_| false)),
        (format!("rfm={group}"), Box::new(move |row| word(row, 1) == wanted)),
        // What makes no sense narrows nothing.
        (
            "orders=0&spend_min=much&within=soon&status=happy&rfm=friends&plan=gold&is.planet=Mars".into(),
            Box::new(|_| true),
        ),
    ];
    for (address, fits) in &cases {
        let found = shop.list(&format!("{address}&cols=status,group,orders,spend")).await;
        let expected: Vec<String> = {
            let mut ids: Vec<String> = all.rows.iter().filter(|row| fits(row)).map(|row| row.id.clone()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&found), expected, "{address}");
        assert_eq!(found.total, expected.len() as u64, "{address}");
        let worth: i64 = found.rows.iter().map(|row| row.spend.minor).sum();
        assert_eq!(found.worth.unwrap().minor, worth, "{address}");
        let file = shop.app.people_rows(&PeopleQuery::from_pairs(&pairs(address))).await.unwrap();
        assert_eq!(file.len(), expected.len(), "{address}");
    }
    // Together with a number it was opened from.
    let lost = shop.list("who=lost&period=2024-07").await;
    let both = shop.list("who=lost&period=2024-07&orders=2").await;
    let by_hand = lost.rows.iter().filter(|row| row.orders >= 2).count() as u64;
    assert!(by_hand > 0 && by_hand < lost.total, "{by_hand} of {}", lost.total);
    assert_eq!(both.total, by_hand);
    let params: Vec<_> = both.chips.iter().map(|chip| chip.params.join("+")).collect();
    assert_eq!(params, ["who+period", "orders"]);
}

#[tokio::test]
async fn columns_are_chosen_and_every_one_sorts() {
    let shop = Shop::of(&shop()).await;
    let usual = shop.list("").await;
    let shown = |page: &PeoplePage| page.columns.iter().filter(|c| c.shown).map(|c| c.id.clone()).collect::<Vec<_>>();
    assert_eq!(shown(&usual), ["country", "group", "first_order", "last_order", "days_since", "orders", "spend"]);
    assert_eq!(shown(&shop.list("cols=none").await), [""; 0]);
    assert_eq!(shown(&shop.list("cols=none&cols=spend&cols=status").await), ["status", "spend"]);
    assert_eq!(shown(&shop.list("cols=shoe_size").await), shown(&usual));
    for column in &usual.columns {
        for dir in ["asc", "desc"] {
            let page = shop.list(&format!("sort={}&dir={dir}", column.id)).await;
            assert_eq!((page.list.sort.as_str(), page.list.ascending), (column.id.as_str(), dir == "asc"));
            assert_eq!(ids(&page), ids(&usual), "{}: each once", column.id);
        }
    }
    let late = shop.list("who=overdue").await;
    assert!(late.rows.iter().all(|row| row.cells.iter().all(Option::is_some)), "{:?}", late.rows);
    assert!(shown(&late).contains(&"usual_gap".to_owned()));
}

#[tokio::test]
async fn a_view_is_kept_and_known_again() {
    let shop = Shop::of(&shop()).await;
    let address = "orders=2&country=Finland&page=3&cols=spend";
    shop.app.save_view("  Finns \n who stay ", &pairs(address)).await.unwrap();
    let views = shop.list("country=Finland&orders=2&cols=spend&page=2").await.views;
    assert_eq!((views[0].name.as_str(), views[0].current), ("Finns who stay", true));
    assert_eq!(views[0].pairs, pairs("orders=2&country=Finland&cols=spend"));
    assert!(!shop.list("country=Finland").await.views[0].current);
    assert_eq!(shop.app.save_view(" ", &[]).await.unwrap_err().code, "store-bad-value");
    shop.app.remove_view(views[0].id).await.unwrap();
    assert_eq!(shop.app.remove_view(views[0].id).await.unwrap_err().code, "no_view");
}

const MEMBERS: &str = "subscription_id,customer_id,start_date,end_date,plan,monthly_price,currency\n\
    s1,ana,2024-01-01,,basic,10,EUR\ns2,ben,2024-01-05,2024-02-10,basic,10,EUR\ns3,cem,2024-02-01,,pro,25,EUR\n";

#[tokio::test]
async fn members_have_plans_and_monthly_revenue_instead_of_orders() {
    let shop = Shop::empty().await;
    shop.import("subscriptions.csv", MEMBERS).await;
    let page = shop.list("").await;
    let shown: Vec<&str> = page.columns.iter().filter(|c| c.shown).map(|c| c.id.as_str()).collect();
    assert_eq!(shown, ["status", "plan", "mrr", "since", "last_seen"]);
    assert!(!page.columns.iter().any(|column| column.id == "orders"));
    // Ben left: nothing a month. Sorted by what they bring.
    let rows: Vec<_> = page.rows.iter().map(|row| (row.id.as_str(), row.worth.map(|worth| worth.minor))).collect();
    assert_eq!(rows, [("cem", Some(2_500)), ("ana", Some(1_000)), ("ben", Some(0))]);
    // No order says what currency reports are in: contracts do.
    assert_eq!(page.worth.map(|worth| (worth.minor, worth.currency.to_string())), Some((3_500, "EUR".to_owned())));
    assert_eq!(ids(&shop.list("plan=basic").await), ["ana", "ben"]);
    assert_eq!(ids(&shop.list("status=left").await), ["ben"]);
    assert_eq!(ids(&shop.list("plan=basic&status=active").await), ["ana"]);
    // Orders and spend are no question here.
    assert_eq!(shop.list("orders=5&spend_min=1").await.total, 3);

    let ben = shop.customer("ben", "").await;
    assert_eq!(ben.state, State::Left("2024-02-10".parse().unwrap()));
    let tiles: Vec<_> = ben.tiles.iter().map(|tile| tile.label.as_str()).collect();
    assert_eq!(tiles, ["column.plan", "column.mrr", "column.since", "column.days_unseen"]);
    assert_eq!(ben.tiles[0].value, Some(Value::Text("basic".to_owned())));
    let kinds: Vec<_> = ben.timeline.entries.iter().map(|entry| entry.what.key.as_str()).collect();
    assert_eq!(kinds, ["happened.subscription.cancel", "happened.subscription.start"]);
    assert_eq!((ben.value.paid, ben.value.margin, ben.groups.len()), (None, None, 0));
    let cem = shop.customer("cem", "").await;
    assert_eq!(cem.state, State::Active("2024-02-01".parse().unwrap()));
}

/// Everything that can be known of one customer, each kind once or twice.
async fn known_well() -> Shop {
    let shop = Shop::of(
        "order_id,customer_id,order_date,amount,currency,country\n\
         1,ana,2024-01-10,20,EUR,Finland\n2,ana,2024-02-10,30,EUR,Finland\n3,ben,2024-02-11,5,USD,Finland\n",
    )
    .await;
    for (kind, name, csv) in [
        (
            "refunds",
            "refunds.csv",
            "refund_id,order_id,customer_id,refunded_at,amount,currency,reason\nr1,2,ana,2024-02-12,10,EUR,broken\n",
        ),
        (
            "events",
            "events.csv",
            "customer_id,event_time,event_name,session_id\nana,2024-01-09T10:00:00Z,view,a\nana,2024-01-09T10:05:00Z,view,a\n\
             ana,2024-01-09T10:06:00Z,cart,a\nana,2024-03-01T08:00:00Z,login,\nana,2024-03-01T21:00:00Z,login,\n\
             dia,2024-03-02T08:00:00Z,login,\n",
        ),
        (
            "tickets",
            "tickets.csv",
            "ticket_id,customer_id,created_at,first_response_at,resolved_at,satisfaction\n\
             t1,ana,2024-02-11T08:00:00Z,2024-02-11T11:00:00Z,2024-02-13T08:00:00Z,4\n",
        ),
        (
            "responses",
            "answers.csv",
            "response_id,customer_id,responded_at,survey_id,nps_score,comment\nx1,ana,2024-02-20,s1,3,\"<b>late & broken</b>\"\n",
        ),
        (
            "costs",
            "costs.csv",
            "customer_id,at,kind,amount,currency\nana,2024-02-13,serve,2.50,EUR\nana,2024-02-14,serve,1,USD\n",
        ),
        (
            "customers",
            "people.csv",
            "customer_id,updated_at,name,email,city,tier\nana,2024-01-01,Ana Äijälä,ana@example.com,Oulu,gold\n\
             ana,2024-03-01,,,Espoo,\neva,2024-01-01,Eva,eva@example.com,Oulu,silver\n",
        ),
    ] {
        let report = shop.import_as(Some(kind), name, csv).await;
        assert!(report.rejects.is_empty(), "{name}: {report:?}");
    }
    shop
}

#[tokio::test]
async fn everything_that_happened_is_told_once_the_newest_first() {
    let shop = known_well().await;
    let page = shop.customer("ana", "").await;
    let told: Vec<String> =
        page.timeline.entries.iter().map(|entry| format!("{} {}", entry.at.date, entry.what.key)).collect();
    assert_eq!(
        told,
        [
            "2024-03-01 happened.event",
            "2024-03-01 happened.profile_changed",
            "2024-02-20 happened.response.nps",
            "2024-02-14 happened.cost.serve",
            "2024-02-13 happened.cost.serve",
            "2024-02-12 happened.refund",
            "2024-02-11 happened.ticket",
            "2024-02-10 happened.order",
            "2024-01-10 happened.order",
            "2024-01-09 happened.event",
            "2024-01-01 happened.profile",
        ]
    );
    let kinds: Vec<_> = page.timeline.kinds.iter().map(|(kind, n)| (kind.word(), *n)).collect();
    let expected =
        [("order", 2), ("refund", 1), ("event", 2), ("ticket", 1), ("response", 1), ("cost", 2), ("profile", 2)];
    assert_eq!(kinds, expected);
    let session = &page.timeline.entries[9];
    assert_eq!(session.what.values[0].1, Value::Text("view × 2, cart".to_owned()));
    let keys = |at: usize| page.timeline.entries[at].more.iter().map(|one| one.key.as_str()).collect::<Vec<_>>();
    assert_eq!(keys(6), ["happened.reply_hours", "happened.resolved_days", "happened.satisfaction"]);
    assert_eq!(page.timeline.entries[2].quote.as_deref(), Some("<b>late & broken</b>"));
    assert_eq!(page.timeline.entries[1].more.len(), 1, "only the city changed: {:?}", page.timeline.entries[1]);
    let only = shop.customer("ana", "kind=cost&page=9").await.timeline;
    assert_eq!((only.kind, only.total, only.page), (Some(HappeningKind::Cost), 2, 1));
    assert_eq!(shop.customer("ana", "kind=invoice").await.timeline.kind, None, "there are none");
}

#[tokio::test]
async fn value_is_net_of_refunds_and_margin_is_not_guessed() {
    let shop = known_well().await;
    let page = shop.customer("ana", "").await;
    let value = &page.value;
    assert_eq!((value.paid.unwrap().minor, value.refunded.minor, page.spend.minor), (5_000, 1_000, 4_000));
    assert_eq!(
        value.costs.iter().map(|(kind, money)| (kind.as_str(), money.minor)).collect::<Vec<_>>(),
        [("serve", 250)]
    );
    assert_eq!((value.margin, value.goods, value.other_currency), (None, None, 1));
    // With the cost of every line there is a margin: 8.00 - 2 × 1.50.
    let shop = Shop::empty().await;
    let lines = "order_id,customer_id,order_date,product,quantity,unit_price,unit_cost,amount,currency\n\
                 1,ana,2024-01-10,tea,2,4,1.50,8,EUR\n2,ben,2024-01-11,tea,1,4,,4,EUR\n";
    shop.import_as(Some("order_lines"), "lines.csv", lines).await;
    let ana = shop.customer("ana", "order=1").await;
    assert_eq!(ana.value.goods.map(|money| money.minor), Some(300));
    assert_eq!(ana.value.margin.map(|money| money.minor), Some(500));
    let order = &ana.timeline.entries[0];
    assert_eq!((order.lines.len(), order.lines[0].product.as_str(), order.lines[0].quantity), (1, "tea", Some(2.0)));
    assert!(shop.customer("ana", "order=2").await.timeline.entries[0].lines.is_empty(), "of somebody else");
    assert_eq!(shop.customer("ben", "").await.value.margin, None, "one cost is not known");
}

#[tokio::test]
async fn what_is_known_names_its_file_and_people_are_found_by_it() {
    let shop = known_well().await;
    let ana = shop.customer("ana", "").await;
    assert_eq!((ana.name.as_deref(), ana.country.as_deref()), (Some("Ana Äijälä"), Some("Finland")));
    let known: Vec<_> = ana.facts.iter().map(|one| (one.value.as_str(), one.source.as_deref())).collect();
    for expected in [("Espoo", Some("people.csv")), ("gold", Some("people.csv")), ("Finland", None)] {
        assert!(known.contains(&expected), "{expected:?} in {known:?}");
    }
    assert_eq!(ids(&shop.list("q=ÄIJ").await), ["ana"]);
    assert_eq!(ids(&shop.list("q=EXAMPLE.com").await), ["ana", "eva"]);
    assert_eq!(ids(&shop.list("is.city=Oulu").await), ["eva"]);
    assert_eq!(ids(&shop.list("is.tier=gold&is.city=Espoo").await), ["ana"]);
    // Whoever never ordered is known all the same.
    assert_eq!(ids(&shop.list("").await), ["ana", "ben", "dia", "eva"]);
    assert_eq!(ids(&shop.list("status=never").await), ["dia", "eva"]);
    let file = shop.app.people_rows(&PeopleQuery::from_pairs(&pairs("q=ana&cols=is.tier,email,spend"))).await.unwrap();
    assert_eq!(file.names(), ["customer_id", "name", "spend", "currency", "tier", "email"]);
}

/// A list of people says nothing about when: it is no entry of 1970.
#[tokio::test]
async fn what_was_told_without_a_day_is_known_and_no_entry() {
    let shop = Shop::of("order_id,customer_id,order_date,amount,currency\n1,ana,2024-01-10,20,EUR\n").await;
    shop.import_as(Some("customers"), "people.csv", "customer_id,name,tier\nana,Ana,gold\nben,Ben,silver\n").await;
    let ana = shop.customer("ana", "").await;
    assert_eq!((ana.name.as_deref(), ana.timeline.total), (Some("Ana"), 1));
    assert!(ana.facts.iter().any(|one| one.value == "gold" && one.source.as_deref() == Some("people.csv")));
    let ben = shop.customer("ben", "").await;
    assert_eq!((ben.state, ben.timeline.total), (State::Never, 0));
    let all = shop.app.customer_export("ben").await.unwrap().unwrap();
    assert!(all["facts"]["profiles"][0]["at"].is_null(), "{all}");
}

#[tokio::test]
async fn somebody_without_an_order_is_a_customer_page_too() {
    let shop = known_well().await;
    for (id, entries) in [("dia", 1), ("eva", 1)] {
        let page = shop.customer(id, "").await;
        assert_eq!((page.state, page.orders, page.group.clone()), (State::Never, 0, None), "{id}");
        assert_eq!(page.timeline.total, entries, "{id}");
        assert!(page.tiles.iter().all(|tile| tile.label != "customer.orders"), "{id}: {:?}", page.tiles);
        assert!(page.groups.is_empty() && page.value.paid.is_none(), "{id}");
    }
}

#[tokio::test]
async fn everything_is_handed_out_on_request() {
    let shop = known_well().await;
    shop.app.add_customer_note("ana", " called \n").await.unwrap();
    let all = shop.app.customer_export("ana").await.unwrap().unwrap();
    let rows = |view: &str| all["facts"][view].as_array().map_or(0, Vec::len);
    let views = ["orders", "refunds", "events", "tickets", "responses", "costs", "profiles"];
    assert_eq!(views.map(rows), [2, 1, 5, 1, 1, 2, 2]);
    assert_eq!((all["customer_id"].as_str(), all["notes"][0]["text"].as_str()), (Some("ana"), Some("called")));
    assert_eq!(all["derived"]["orders"].as_u64(), Some(2));
    let text = all.to_string();
    assert!(text.contains("ana@example.com") && !text.contains("eva@example.com"));
    assert!(!text.contains("\"customer\":"), "the number inside says nothing to anybody");
    assert_eq!(shop.app.customer_export("nobody").await.unwrap(), None);
    assert!(!shop.app.add_customer_note("nobody", "x").await.unwrap());
}
