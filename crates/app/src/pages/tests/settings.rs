//! Definitions of a shop small enough to count by hand, before and after they are saved.

use reports::pages::settings::{Effect, Part};
use terms::Share;

use super::{Shop, pairs};
use crate::pages::SettingsQuery;
use crate::{Ask, Value};

/// Ana orders every month, Ben in January and March, Cem only in January; Dia logs in and never buys.
const ORDERS: &str = "order_id,customer_id,ordered_at,amount,currency\n\
    1,ana,2024-01-05,10.00,EUR\n2,ben,2024-01-06,10.00,EUR\n3,cem,2024-01-07,10.00,EUR\n\
    4,ana,2024-02-05,10.00,EUR\n5,ana,2024-03-05,10.00,EUR\n6,ben,2024-03-20,10.00,EUR\n7,ana,2024-04-02,10.00,EUR\n";
const EVENTS: &str = "customer_id,at,name\n\
    dia,2024-02-20T10:00:00Z,login\ndia,2024-03-25T10:00:00Z,login\nana,2024-03-30T10:00:00Z,view page\n";

async fn effects(shop: &Shop, address: &str) -> (Option<Effect>, Option<Effect>, Vec<String>) {
    let query = SettingsQuery { fields: pairs(address), preview: true };
    let page = shop.app.settings_page("definitions", &query, Vec::new()).await.unwrap().unwrap();
    let Part::Definitions(found) = page.part else { panic!("another part") };
    (found.now, found.then, page.wrong.into_iter().map(|wrong| wrong.trouble.code).collect())
}

#[tokio::test]
async fn a_definition_is_counted_before_it_is_kept_and_kept_everywhere() {
    let shop = Shop::of(ORDERS).await;
    shop.import("events.csv", EVENTS).await;
    // 35 days. On 1 March: Ana (5 Feb). On 1 April: Ana and Ben, both in March. At the end of 2 April the same two.
    let (now, then, wrong) = effects(&shop, "rule=purchase&window=35&event=").await;
    assert_eq!(wrong, Vec::<String>::new());
    let then = then.unwrap();
    assert_eq!(then.period, "2024-03".parse().unwrap());
    assert_eq!((then.customers, then.by.window_days, then.by.basis.as_str()), (2, Some(35), "asked"));
    assert_eq!((then.retention, then.churn), (Share { part: 1, whole: 1 }, Share { part: 0, whole: 1 }));
    assert_ne!(now.unwrap().by.basis, "asked", "nobody chose yet");
    // 60 days: on 1 March Ana, Ben (6 Jan, 55 days ago) and Cem (7 Jan); on 1 April Cem is gone.
    let (_, then, _) = effects(&shop, "rule=purchase&window=60&event=").await;
    let then = then.unwrap();
    assert_eq!((then.retention, then.churn), (Share { part: 2, whole: 3 }, Share { part: 1, whole: 3 }));
    // Whoever logged in within 40 days: Dia at both ends of March.
    let (_, then, _) = effects(&shop, "rule=event&window=40&event=login").await;
    let then = then.unwrap();
    assert_eq!((then.customers, then.retention), (1, Share { part: 1, whole: 1 }));

    let customer = |value: &str| vec![("customer".to_owned(), value.to_owned())];
    assert!(shop.app.change_settings(&customer("purchase:60")).await.unwrap().is_empty());
    let (now, _, _) = effects(&shop, "rule=auto").await;
    assert_eq!(now.unwrap().retention, Share { part: 2, whole: 3 });
    let asked = Ask { period: Some("2024-03".to_owned()), ..Ask::default() };
    let answer = shop.app.metric("customer-retention", &asked).await.unwrap();
    let term = |name: &str| answer.terms.iter().find(|term| term.name == name).unwrap().value.clone();
    assert_eq!(term("retention"), Value::Share(Share { part: 2, whole: 3 }));
    assert_eq!(term("rule_from"), Value::Text("workspace".to_owned()));
    assert_eq!(shop.page("period=2024-03").await.frame.active_days, 60);

    assert!(shop.app.change_settings(&customer("event:40:login")).await.unwrap().is_empty());
    let page = shop.page("period=2024-03").await;
    assert_eq!((page.frame.rule, page.frame.active_days), (reports::pages::Rule::Event, 40));
    let asked = Ask { window: Some(7), period: Some("2024-03".to_owned()), ..Ask::default() };
    let answer = shop.app.metric("customer-retention", &asked).await.unwrap();
    let rule = answer.terms.iter().find(|term| term.name == "rule").unwrap().value.clone();
    assert_eq!(rule, Value::Text("the event login within 7 days (as asked)".to_owned()));
}

#[tokio::test]
async fn what_nobody_could_be_counted_by_is_refused_and_never_in_force() {
    let shop = Shop::of(ORDERS).await;
    for (text, code) in [("contract", "no_facts"), ("event", "no_facts"), ("nobody", "unknown_rule")] {
        let refused = shop.app.change_settings(&[("customer".to_owned(), text.to_owned())]).await.unwrap();
        assert_eq!(refused.first().map(|one| one.problem.code.as_str()), Some(code), "{text}");
    }
    let events = shop.import("events.csv", EVENTS).await;
    let refused = shop.app.change_settings(&[("customer".to_owned(), "event::Login".to_owned())]).await.unwrap();
    assert_eq!(refused.first().map(|one| one.problem.code.as_str()), Some("unknown_event"));
    assert!(shop.app.change_settings(&[("customer".to_owned(), "event::login".to_owned())]).await.unwrap().is_empty());
    assert_eq!(shop.page("").await.frame.rule, reports::pages::Rule::Event);
    // Its facts are taken back: the facts there are decide, instead of a page without anybody.
    shop.app.undo_import(events.id).await.unwrap();
    assert_eq!(shop.page("").await.frame.rule, reports::pages::Rule::Purchase);
}

#[tokio::test]
async fn before_there_are_facts_anything_can_be_chosen_and_nothing_is_counted() {
    let shop = Shop::empty().await;
    let (now, then, wrong) = effects(&shop, "rule=event&window=7&event=login").await;
    assert_eq!((now, then, wrong.len()), (None, None, 0));
    assert!(shop.app.change_settings(&[("customer".to_owned(), "event:7:login".to_owned())]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_changed_zone_moves_days() {
    let shop =
        Shop::of("order_id,customer_id,ordered_at,amount,currency\n1,ana,2024-01-31T23:30:00Z,10.00,EUR\n").await;
    let day =
        async || shop.app.snapshot().await.unwrap().rows_of("select day from orders").await.unwrap().json().unwrap();
    assert_eq!(day().await[0]["day"], "2024-01-31");
    assert!(shop.app.change_settings(&[("zone".to_owned(), "Asia/Taipei".to_owned())]).await.unwrap().is_empty());
    assert_eq!(day().await[0]["day"], "2024-02-01");
}
