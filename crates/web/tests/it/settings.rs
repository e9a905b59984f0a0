//! Settings, notes and links for others, as forms send them and strangers try them.

use axum::body::Body;

use crate::shop::{self, Shop};

async fn body(shop: &Shop, uri: &str) -> String {
    let got = shop.get(uri).await;
    assert_eq!(got.status, 200, "{uri}: {}", got.text());
    got.text()
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_kept() {
    let shop = shop::small().await;
    let before = shop.app.settings().await.unwrap();
    let got = shop
        .post("/settings/workspace", "name=Tea&zone=Mars/Olympus&currency=EURO&week_start=sunday&language=fi")
        .await;
    assert_eq!(got.status, 422, "{}", got.text());
    let page = got.text();
    for code in ["unknown_zone", "unknown_currency"] {
        assert!(page.contains(code), "{code}");
    }
    assert!(
        page.contains("value=\"Mars/Olympus\"") && page.contains("value=\"Tea\""),
        "what was typed stands there again"
    );
    assert_eq!(shop.app.settings().await.unwrap(), before, "all or nothing");

    let got =
        shop.post("/settings/workspace", "name=Tea&zone=Asia/Taipei&currency=twd&week_start=sunday&language=fi").await;
    assert_eq!(
        (got.status.as_u16(), got.header("location")),
        (303, "/settings/workspace?done=saved"),
        "{}",
        got.text()
    );
    let kept = shop.app.settings().await.unwrap();
    assert_eq!((kept.name.as_str(), kept.zone.as_str(), kept.currency.as_deref()), ("Tea", "Asia/Taipei", Some("TWD")));
    // People whose browser asks for none of our languages read Finnish from now on.
    assert!(body(&shop, "/data").await.contains("<html lang=\"fi\""));
    let asked = shop.send("GET", "/data", &["accept-language: zh-TW"], Body::empty()).await;
    assert!(asked.text().contains("<html lang=\"zh-Hant\""));
}

#[tokio::test]
async fn what_regulars_toml_decides_is_shown_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("regulars.toml"), "zone = \"Europe/Helsinki\"\nname = \"Kauppa\"\n").unwrap();
    let app = app::App::open(app::Place::folder(folder.path())).await.unwrap();
    let shop = Shop { router: web::router(app.clone()), app, folder };
    let page = body(&shop, "/settings/workspace").await;
    assert_eq!(page.matches(" disabled").count(), 2, "{page}");
    assert!(page.contains("Decided by regulars.toml"));
    let got = shop.post("/settings/workspace", "zone=UTC").await;
    assert!(got.status == 422 && got.text().contains("fixed_setting"), "{}", got.text());
    // A form leaves out what is disabled: the rest can be kept.
    let got = shop.post("/settings/workspace", "currency=EUR&week_start=monday&language=en").await;
    assert_eq!(got.status, 303, "{}", got.text());
    assert_eq!(shop.app.settings().await.unwrap().zone, "Europe/Helsinki");
}

#[tokio::test]
async fn a_definition_is_seen_before_it_is_saved_and_then_holds_everywhere() {
    let shop = shop::small().await;
    let metric = "/api/metrics/customer-retention?period=2024-11";
    let before = shop.get(metric).await.text();
    assert!(before.contains("\"rule_from\":\"data\""), "{before}");
    let preview = body(&shop, "/settings/definitions?preview=1&rule=purchase&window=31&event=").await;
    assert!(preview.contains("Save this definition") && preview.contains("31 days"), "{preview}");
    assert_eq!(shop.get(metric).await.text(), before, "looking changes nothing");

    let got = shop.post("/settings/definitions", "rule=purchase&window=31&event=").await;
    assert_eq!(got.header("location"), "/settings/definitions?done=saved", "{}", got.text());
    let after = shop.get(metric).await.text();
    assert!(after.contains("\"rule_from\":\"workspace\"") && after.contains("\"window_days\":31"), "{after}");
    let asked = shop.get(&format!("{metric}&window=60")).await.text();
    assert!(asked.contains("\"rule_from\":\"asked\"") && asked.contains("\"window_days\":60"), "{asked}");
    assert!(body(&shop, "/retention").await.contains("31 days"));
    assert!(body(&shop, "/help/metrics").await.contains("31 days"));
    for (fields, code) in [
        ("rule=event&event=login", "no_facts"),
        ("rule=contract", "no_facts"),
        ("rule=purchase&window=9999", "window_out_of_bounds"),
        ("rule=purchase&window=ten", "unknown_rule"),
    ] {
        let got = shop.post("/settings/definitions", fields).await;
        assert!(got.status == 422 && got.text().contains(code), "{fields}: {}", got.text());
    }
    shop.post("/settings/definitions", "rule=auto&window=&event=").await;
    assert_eq!(shop.get(metric).await.text(), before);
}

#[tokio::test]
async fn a_note_is_added_seen_and_removed() {
    let shop = shop::small().await;
    let got = shop.post("/notes", "date=2024-05-02&text=New+%3Cprices%3E&to=/retention%3Fperiod%3D2024-05").await;
    assert_eq!((got.status.as_u16(), got.header("location")), (303, "/retention?period=2024-05"), "{}", got.text());
    assert!(body(&shop, "/retention").await.contains("New &lt;prices&gt;"));
    let list = body(&shop, "/settings/notes").await;
    assert!(list.contains("New &lt;prices&gt;"));
    for (fields, code) in [
        ("date=2024-05-02&text=", "bad_note"),
        ("date=soon&text=x", "bad_note_date"),
        (&format!("date=2024-05-02&text={}", "x".repeat(281)), "bad_note"),
    ] {
        let got = shop.post("/notes", fields).await;
        assert!(got.status == 422 && got.text().contains(code), "{fields}: {}", got.text());
    }
    let away = shop.post("/notes", "date=2024-05-03&text=x&to=//evil.example").await;
    assert_eq!(away.header("location"), "/settings/notes?done=added");
    for (fields, status) in [("note=1", 303), ("note=1", 404), ("note=x", 404)] {
        assert_eq!(shop.post("/notes/remove", fields).await.status, status, "{fields}");
    }
    assert_eq!(shop.app.notes().await.unwrap().len(), 1);
}

/// The secret of a link to a page.
async fn share(shop: &Shop, to: &str) -> String {
    let got = shop.post("/share", &format!("to={to}&days=7")).await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.text().split("/s/").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_shows_one_page_to_anybody_and_names_nobody() {
    let shop = shop::small().await;
    // Somebody who came every week and then no more: overdue, and so named on the page for the team.
    let days = ["2024-10-01", "2024-10-08", "2024-10-15", "2024-10-22"];
    let line = |(at, day): (usize, &&str)| format!("{},lena,{day} 12:00:00,20.00,EUR,Finland\n", 9_000 + at);
    let lines = days.iter().enumerate().map(line);
    let text = format!("order_id,customer_id,ordered_at,amount,currency,country\n{}", lines.collect::<String>());
    let path = shop.folder.path().join("lena.csv");
    std::fs::write(&path, text).unwrap();
    let found = shop.app.inspect(&[path], None, None).await.unwrap();
    shop.app.import(found, |_| ()).await.unwrap();
    let secret = share(&shop, "/retention%3Fperiod%3D2024-11").await;
    assert_eq!(secret.len(), 32);
    let got = shop.get(&format!("/s/{secret}")).await;
    assert_eq!(got.status, 200, "{}", got.text());
    let (page, full) = (got.text(), body(&shop, "/retention?period=2024-11").await);
    assert!(page.contains("Nov 2024") && page.contains("class=\"heat\""));
    // No customer of the shop is on it: neither the number nor a way to anybody.
    let ids: Vec<String> = (0..40).map(|number| format!("c{number}")).chain(["lena".to_owned()]).collect();
    assert!(full.contains(">lena<"), "the page for the team names those who are overdue");
    for id in &ids {
        for around in [(">", "<"), ("/", "\""), ("=", "\"")] {
            assert!(!page.contains(&format!("{}{id}{}", around.0, around.1)), "{id} is on the shared page");
        }
    }
    for word in ["/customers", "<form", "<script", "<button", "/settings", "/data", "csrf"] {
        assert!(!page.contains(word), "{word}");
    }
    assert_eq!(got.header("cache-control"), "no-store");
    assert_eq!(got.header("referrer-policy"), "no-referrer");
    assert!(got.header("x-robots-tag").contains("noindex") && page.contains("noindex"));
    assert!(got.header("set-cookie").is_empty());
    // The page was fixed when the link was made; another one cannot be asked for by it, nor a part.
    assert_eq!(shop.get(&format!("/s/{secret}?period=2024-03&part=overdue")).await.text(), page);
    let part = shop.send("GET", &format!("/s/{secret}"), &["x-part: overdue"], Body::empty()).await;
    assert_eq!(part.text(), page);
    for path in ["/customers", "/retention", "/..%2Fcustomers", "/"] {
        assert_eq!(shop.get(&format!("/s/{secret}{path}")).await.status, 404, "{path}");
    }
    assert_eq!(shop.send("POST", &format!("/s/{secret}"), &[], Body::empty()).await.status, 405);
}

#[tokio::test]
async fn unknown_ended_and_taken_back_links_are_the_same_nothing() {
    let shop = shop::small().await;
    let secret = share(&shop, "/retention").await;
    let mut other = secret.clone().into_bytes();
    other[31] = if other[31] == b'0' { b'1' } else { b'0' };
    let unknown = shop.get(&format!("/s/{}", String::from_utf8(other).unwrap())).await;
    assert_eq!(unknown.status, 404);
    for guess in ["x", "%00", "' or 1=1", &secret[..31], &secret.to_uppercase(), &format!("{secret}0")] {
        let got = shop.get(&format!("/s/{}", guess.replace(' ', "%20").replace('\'', "%27"))).await;
        // A secret of digits alone is its own upper case.
        if guess != secret {
            assert_eq!((got.status, got.text()), (unknown.status, unknown.text()), "{guess}");
        }
    }
    assert!(!unknown.text().contains("<nav") && !unknown.text().contains("/customers"));
    let list = body(&shop, "/settings/links").await;
    assert!(list.contains("/retention") && !list.contains(&secret), "the secret is shown once");
    let revoked = shop.post("/share/revoke", "link=1").await;
    assert_eq!(revoked.header("location"), "/settings/links?done=revoked");
    let got = shop.get(&format!("/s/{secret}")).await;
    assert_eq!((got.status, got.text()), (unknown.status, unknown.text()));
    assert_eq!(shop.post("/share/revoke", "link=1").await.status, 404);
    for (fields, code) in [
        ("to=/retention&days=0", "share_days"),
        ("to=/retention&days=91", "share_days"),
        ("to=/retention&days=", "share_days"),
        ("to=/customers%3Fwho%3Dall&days=7", "not_shareable"),
        ("to=/customers/c1&days=7", "not_shareable"),
        ("to=/settings/links&days=7", "not_shareable"),
        ("to=//evil.example/retention&days=7", "not_shareable"),
        ("to=/retention/../customers&days=7", "not_shareable"),
        ("to=&days=7", "not_shareable"),
    ] {
        let got = shop.post("/share", fields).await;
        assert!(got.status == 422 && got.text().contains(code), "{fields}: {} {}", got.status, got.text());
    }
}

#[tokio::test]
async fn every_page_that_can_be_shared_is_answered() {
    let shop = shop::small().await;
    for path in ui::pages::shared::PATHS {
        let secret = share(&shop, path).await;
        let got = shop.get(&format!("/s/{secret}")).await;
        assert_eq!(got.status, 200, "{path}");
        let page = got.text();
        for word in [
            "/customers",
            "<form",
            "<script",
            "<button",
            "/settings",
            "/data",
            "csrf",
            "Click a",
            ">c3<",
            "nothing to show",
        ] {
            assert!(!page.contains(word), "{path}: {word}");
        }
        // A business without contracts has no recurring revenue to show; the browser tests share that of one with some.
        let least = if path == "/revenue" { 1_000 } else { 5_000 };
        assert!(page.len() > least, "{path}: {page}");
    }
}

#[tokio::test]
async fn the_data_page_says_what_is_held_and_what_is_odd() {
    let shop = shop::small().await;
    let path = shop.folder.path().join("more.csv");
    let text = "order_id,customer_id,ordered_at,amount,currency,country\n\
                1,c1,2024-02-03 12:00:00,5.00,USD,Sweden\n2,,2024-02-04 12:00:00,5.00,EUR,Sweden\n";
    std::fs::write(&path, text).unwrap();
    let found = shop.app.inspect(&[path], None, None).await.unwrap();
    shop.app.import(found, |_| ()).await.unwrap();
    let page = body(&shop, "/data").await;
    for said in [
        "1 row has no customer and is in no figure.",
        "1 order is in USD and not in sums of EUR.",
        "more.csv brought facts from 3 Feb 2024 on",
        "What the history holds",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}
