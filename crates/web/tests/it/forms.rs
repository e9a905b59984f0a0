//! Forms: who may send them, and what they do.

use axum::body::Body;

use crate::shop::{self, multipart, orders};

const FORM: &str = "content-type: application/x-www-form-urlencoded";
const POSTS: [&str; 14] = [
    "/preferences",
    "/sample",
    "/sample/remove",
    "/data/upload",
    "/data/match",
    "/data/undo",
    "/customers",
    "/customers/c1",
    "/settings/workspace",
    "/settings/definitions",
    "/notes",
    "/notes/remove",
    "/share",
    "/share/revoke",
];

#[tokio::test]
async fn only_forms_of_our_own_pages_change_anything() {
    let shop = shop::small().await;
    let (token, cookie) = shop.token().await;
    let cookie = format!("cookie: {cookie}");
    let host = "host: 127.0.0.1:7878";
    let fields = format!("csrf={token}&import=1&lang=fi");
    let other = "0".repeat(32);
    for path in POSTS {
        for (what, headers, body) in [
            ("nothing", vec![FORM], String::new()),
            ("no cookie", vec![FORM], fields.clone()),
            ("no token", vec![FORM, &cookie], "import=1&lang=fi".to_owned()),
            ("an empty token", vec![FORM, &cookie], "csrf=&import=1".to_owned()),
            ("another token", vec![FORM, &cookie], format!("csrf={other}&import=1")),
            ("another site", vec![FORM, &cookie, host, "origin: http://evil.example"], fields.clone()),
            ("another port", vec![FORM, &cookie, host, "origin: http://127.0.0.1:1"], fields.clone()),
            ("an origin that is hidden", vec![FORM, &cookie, host, "origin: null"], fields.clone()),
            ("another site by its fetch", vec![FORM, &cookie, "sec-fetch-site: cross-site"], fields.clone()),
            ("plain text", vec!["content-type: text/plain", &cookie], fields.clone()),
        ] {
            let got = shop.send("POST", path, &headers, body).await;
            // A form of the wrong kind never reaches the place where uploads are read.
            let refused = if path == "/data/upload" { [400, 403] } else { [403, 403] };
            assert!(refused.contains(&got.status.as_u16()), "{path}, {what}: {}", got.status);
            crate::routes::guarded(path, &got);
        }
    }
    assert!(shop.app.imports().await.unwrap().iter().all(|import| import.undone_at.is_none()));
}

#[tokio::test]
async fn a_list_is_kept_under_a_name_and_taken_away() {
    let shop = shop::small().await;
    let fields = "country=Finland&orders=2&page=3&sort=orders&view=%3Cb%3E+Finns%0A+who+stay";
    let got = shop.post("/customers", fields).await;
    assert_eq!((got.status.as_u16(), got.header("location")), (303, "/customers?country=Finland&orders=2&sort=orders"));
    let page = shop.get(got.header("location")).await.text();
    assert!(page.contains("&lt;b&gt; Finns who stay") && !page.contains("<b> Finns"), "{page}");
    assert!(
        page.contains("href=\"/customers?country=Finland&amp;orders=2&amp;sort=orders\" aria-current=\"page\""),
        "{page}"
    );
    for wrong in ["view=", "view=%00", &format!("view={}", "x".repeat(61)), &format!("view=a&q={}", "x".repeat(3_000))]
    {
        let got = shop.post("/customers", wrong).await;
        assert_eq!(got.status, 422, "{wrong}: {}", got.text());
        assert!(got.text().contains("store-bad-value"), "{}", got.text());
    }
    let id = shop.app.store().views().await.unwrap()[0].id;
    for gone in ["remove=999", "remove=x", "remove="] {
        assert_eq!(shop.post("/customers", gone).await.status, 404, "{gone}");
    }
    assert_eq!(shop.post("/customers", &format!("remove={id}")).await.status, 303);
    assert_eq!(shop.app.store().views().await.unwrap(), []);
}

#[tokio::test]
async fn a_note_is_about_one_customer_and_outlives_an_import() {
    let shop = shop::small().await;
    let got = shop.post("/customers/c5", "note=%3Ci%3Ecalled%3C%2Fi%3E%0Abought").await;
    assert_eq!((got.status.as_u16(), got.header("location")), (303, "/customers/c5#notes"));
    assert!(shop.get("/customers/c5").await.text().contains("&lt;i&gt;called&lt;/i&gt;"));
    assert!(shop.get("/customers/c5.json").await.text().contains("called"));
    assert!(!shop.get("/customers/c6").await.text().contains("called"));
    assert_eq!(shop.post("/customers/nobody", "note=a").await.status, 404);
    for wrong in ["note=", "note=+", "note=%00", &format!("note={}", "x".repeat(2_001))] {
        assert_eq!(shop.post("/customers/c5", wrong).await.status, 422, "{}", &wrong[..8]);
    }
    shop.app.undo_import(1).await.unwrap();
    assert_eq!(shop.get("/customers/c5").await.status, 404, "nothing is known of them any more");
    let found = shop.app.inspect(&[shop.folder.path().join("orders.csv")], None, None).await.unwrap();
    shop.app.import(found, |_| ()).await.unwrap();
    let page = shop.get("/customers/c5").await.text();
    assert!(page.contains("&lt;i&gt;called"), "{page}");
    let id = shop.app.store().customer_notes("c5").await.unwrap()[0].id;
    assert_eq!(shop.post("/customers/c6", &format!("remove={id}")).await.status, 404, "it is about somebody else");
    assert_eq!(shop.post("/customers/c5", &format!("remove={id}")).await.status, 303);
    assert_eq!(shop.post("/customers/c5", &format!("remove={id}")).await.status, 404);
}

#[tokio::test]
async fn preferences_are_remembered_and_lead_back_to_us_alone() {
    let shop = shop::small().await;
    let got = shop.post("/preferences", "lang=zh-Hant&theme=dark&to=/retention%3Fperiod%3D2024-05").await;
    assert_eq!((got.status.as_u16(), got.header("location")), (303, "/retention?period=2024-05"));
    let cookies: Vec<&str> = got.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(cookies[0].starts_with("lang=zh-Hant;") && cookies[1].starts_with("theme=dark;"), "{cookies:?}");
    assert!(cookies.iter().all(|cookie| cookie.contains("SameSite=Lax")), "{cookies:?}");
    for to in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "/%0d%0aset-cookie:a=b",
        "javascript:alert(1)",
        "",
    ] {
        let got = shop.post("/preferences", &format!("lang=klingon&theme=pink&to={to}")).await;
        assert_eq!((got.status.as_u16(), got.header("location")), (303, "/"), "{to}");
        assert!(got.header("set-cookie").is_empty(), "{to}");
    }
    let page = shop.send("GET", "/retention", &["cookie: lang=zh-Hant; theme=dark"], Body::empty()).await;
    assert!(page.text().contains("<html lang=\"zh-Hant\" data-theme=\"dark\">"));
}

/// The address an upload leads to.
async fn uploaded(shop: &shop::Shop, name: &str, content: &[u8]) -> String {
    let got = shop.upload(name, content).await;
    assert_eq!(got.status, 303, "{}", got.text());
    got.header("location").to_owned()
}

fn id(location: &str) -> &str {
    location.split_once("upload=").unwrap().1
}

/// The fields of a form as they stand on the page: what a person sends who changes nothing.
fn as_shown(page: &str) -> String {
    let mut fields = Vec::new();
    for select in page.split("<select").skip(1) {
        let head = select.split('>').next().unwrap();
        let Some(name) = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
        if name != "kind" && !name.starts_with("column-") {
            continue;
        }
        let options = select.split("</select>").next().unwrap();
        let chosen = options
            .split("<option value=\"")
            .skip(1)
            .find(|option| option.split('>').next().unwrap().contains(" selected"));
        fields.push(format!("{name}={}", chosen.and_then(|option| option.split('"').next()).unwrap_or_default()));
    }
    fields.join("&")
}

#[tokio::test]
async fn a_file_is_looked_at_then_imported_then_taken_back() {
    let shop = shop::empty().await;
    let location = uploaded(&shop, "../../tilaukset.csv", orders().as_bytes()).await;
    let page = shop.get(&location).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("tilaukset.csv") && page.text().contains("customer_id"), "{}", page.text());
    assert_eq!(shop.app.imports().await.unwrap().len(), 0, "looking keeps nothing");

    let fields = as_shown(&page.text());
    assert!(fields.contains("column-0="), "{fields}");
    let sent = shop.post("/data/match", &format!("upload={}&{fields}", id(&location))).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/data"), "{}", sent.text());
    let done = shop.imported().await;
    assert!(done.text().contains("tilaukset.csv was imported"), "{}", done.text());
    let imports = shop.app.imports().await.unwrap();
    assert_eq!((imports.len(), imports[0].rejects), (1, 0));
    assert_eq!(imports[0].facts, orders().lines().count() as i64 - 1);
    assert_eq!(shop.get(&location).await.status, 404, "an upload is used once");

    let again = uploaded(&shop, "tilaukset.csv", orders().as_bytes()).await;
    let fields = as_shown(&shop.get(&again).await.text());
    shop.post("/data/match", &format!("upload={}&{fields}", id(&again))).await;
    let done = shop.imported().await;
    assert!(done.text().contains("is in the history already"), "{}", done.text());
    assert_eq!(shop.app.imports().await.unwrap().len(), 1, "the same file changes nothing");

    let undone = shop.post("/data/undo", "import=1").await;
    assert_eq!(undone.header("location"), "/data?undone=1");
    assert!(shop.get("/data?undone=1").await.text().contains("was undone"));
    assert_eq!(shop.post("/data/undo", "import=1").await.status, 422, "not twice");
    assert_eq!(shop.post("/data/undo", "import=7").await.status, 404);
    assert_eq!(shop.post("/data/undo", "import=x").await.status, 404);
}

#[tokio::test]
async fn a_person_decides_what_a_column_means() {
    let shop = shop::empty().await;
    let mut text = "order_id,customer_id,ordered_at,amount,paid_in_the_end,currency\n".to_owned();
    for number in 1..=20 {
        text += &format!("{number},c{number},2024-03-{number:02},10.00,{number}.25,EUR\n");
    }
    let location = uploaded(&shop, "puzzle.csv", text.as_bytes()).await;
    let page = shop.get(&location).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let fields = as_shown(&page.text());
    assert!(fields.contains("column-3=amount"), "the guess takes the first amounts: {fields}");
    let other: Vec<String> = fields
        .split('&')
        .map(|field| match field.split_once('=') {
            Some(("column-3", _)) => "column-3=".to_owned(),
            Some(("column-4", _)) => "column-4=amount".to_owned(),
            _ => field.to_owned(),
        })
        .collect();
    let sent = shop.post("/data/match", &format!("upload={}&{}", id(&location), other.join("&"))).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let done = shop.imported().await;
    assert!(done.text().contains("puzzle.csv was imported"), "{}", done.text());
    let snapshot = shop.app.snapshot().await.unwrap();
    let sum = "select cast(sum(amount) as varchar) from orders";
    let rows = snapshot.rows_of(sum, app::Limits::default()).await.unwrap();
    assert_eq!(rows.text(1).unwrap()[0][0], "21500", "1.25 + 2.25 + … + 20.25 in cents");
}

/// Names that say nothing: a person says what the rows are and what the columns are, sees how it is read, and imports.
#[tokio::test]
async fn what_cannot_be_guessed_is_said_by_hand() {
    let shop = shop::empty().await;
    let mut text = "q1,q2,q3,q4\n".to_owned();
    for number in 1..=12 {
        text += &format!("k{},2024-03-{number:02},{number}.50,{}\n", number % 5, number * 11);
    }
    let location = uploaded(&shop, "strange.csv", text.as_bytes()).await;
    let page = shop.get(&location).await;
    assert_eq!(page.status, 200, "a question, and no mistake: {}", page.text());
    let page = page.text();
    assert!(page.contains("name=\"role-0\"") && page.contains(">k1</code>") && page.contains("<optgroup"), "{page}");
    assert!(!page.contains("role=\"alert\""), "{page}");
    let wrong = format!("upload={}&hand=1&kind=orders&role-0=at&role-1=skip&role-2=nonsense", id(&location));
    let sent = shop.post("/data/match", &wrong).await;
    assert_eq!(sent.header("location"), format!("{location}&kind=orders&roles=0:at,1:skip"));
    let refused = shop.get(sent.header("location")).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let said = refused.text();
    assert!(said.contains("role=\"alert\"") && said.contains("layout_unknown"), "{said}");
    let kept = |value: &str| said.contains(&format!("<option value=\"{value}\" selected"));
    assert!(kept("orders") && kept("at") && kept("skip"), "what was said stays: {said}");
    let right = format!("upload={}&hand=1&kind=orders&role-0=customer&role-1=at&role-2=amount", id(&location));
    let sent = shop.post("/data/match", &right).await;
    let page = shop.get(sent.header("location")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let roles = "0:customer,1:at,2:amount";
    assert!(page.text().contains(&format!("name=\"looked-roles\" value=\"{roles}\"")), "{}", page.text());
    let fields = as_shown(&page.text());
    assert!(fields.contains("column-0=customer_id&column-1=at&column-2=amount"), "{fields}");
    assert_eq!(shop.app.imports().await.unwrap().len(), 0, "looking keeps nothing");
    let looked = format!("upload={}&looked-kind=orders&looked-roles={roles}&currency=EUR&{fields}", id(&location));
    let sent = shop.post("/data/match", &looked).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/data"), "{}", sent.text());
    shop.imported().await;
    let snapshot = shop.app.snapshot().await.unwrap();
    let sum = "select cast(sum(amount) as varchar) || ' ' || count(distinct customer_id) from orders";
    let rows = snapshot.rows_of(sum, app::Limits::default()).await.unwrap();
    assert_eq!(rows.text(1).unwrap()[0][0], "8400 5", "1.50 + … + 12.50 in cents, of five customers");
    // The next file like it needs no answer.
    let again = uploaded(&shop, "again.csv", text.replace("k1,", "k9,").as_bytes()).await;
    let page = shop.get(&again).await.text();
    assert!(page.contains("Read as the last file") && as_shown(&page).contains("column-2=amount"), "{page}");
    let by_hand = shop.get(&format!("{again}&hand=1")).await;
    assert!(by_hand.status == 200 && by_hand.text().contains("name=\"role-3\""), "it can be said anew");
}

/// The reader's own notes are English: they stand below a heading of the page's language, and say so to screen readers.
#[tokio::test]
async fn notes_in_english_say_that_they_are() {
    let shop = shop::empty().await;
    let text = "customer,date,total\nana,2024-03-01,10.00\nben,2024-03-02,20.00\n";
    let location = uploaded(&shop, "orders.csv", text.as_bytes()).await;
    for (lang, heading) in [("en", "on how it is read"), ("fi", "huom"), ("zh-Hant", "則"), ("zh-Hans", "条")] {
        let page = shop.send("GET", &location, &[&format!("cookie: lang={lang}")], Body::empty()).await.text();
        let (_, notes) = page.split_once("<details class=\"pad\" open><summary>").expect("there are notes");
        let (summary, list) = notes.split_once("</summary><ul").expect("a list below its heading");
        assert!(summary.contains(heading), "{lang}: {summary}");
        let list = list.split("</ul>").next().unwrap();
        assert!(list.contains("one order"), "{lang}: {list}");
        assert_eq!(list.contains("lang=\"en\""), lang != "en", "{lang}: {list}");
    }
}

/// What has two readings is not imported before somebody says which; another kind of rows can be chosen and imported.
#[tokio::test]
async fn what_no_column_says_is_answered_on_the_page() {
    let shop = shop::empty().await;
    let text = "order id,customer,date,total\n1,ana,03/04/2024,10.00\n2,ben,05/04/2024,20.00\n";
    let location = uploaded(&shop, "orders.csv", text.as_bytes()).await;
    let page = shop.get(&location).await.text();
    assert!(page.contains("name=\"dates\" required") && page.contains("name=\"currency\""), "{page}");
    let fields = format!("upload={}&{}", id(&location), as_shown(&page));
    let open = shop.post("/data/match", &fields).await;
    assert_eq!(open.status, 422, "{}", open.text());
    assert!(open.text().contains("question_open"), "{}", open.text());
    let sent = shop.post("/data/match", &format!("{fields}&dates=dmy&currency=EUR")).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/data"), "{}", sent.text());
    shop.imported().await;
    let days = "select string_agg(cast(day as varchar) || ' ' || currency, ', ' order by day) from orders";
    let snapshot = shop.app.snapshot().await.unwrap();
    let rows = snapshot.rows_of(days, app::Limits::default()).await.unwrap();
    assert_eq!(rows.text(1).unwrap()[0][0], "2024-04-03 EUR, 2024-04-05 EUR");

    let location = uploaded(&shop, "again.csv", text.replace("ana", "eve").as_bytes()).await;
    let fields = format!("upload={}&{}", id(&location), as_shown(&shop.get(&location).await.text()));
    let fields = fields.replace("kind=orders", "kind=order_lines");
    let other = shop.post("/data/match", &format!("{fields}&dates=dmy")).await;
    assert_eq!(other.status, 303, "{}", other.text());
    let location = other.header("location").to_owned();
    assert!(location.contains("kind=order_lines") && location.contains("dates=dmy"), "{location}");
    let page = shop.get(&location).await.text();
    let fields = format!("upload={}&{}", id(&location).split('&').next().unwrap(), as_shown(&page));
    let sent = shop.post("/data/match", &format!("{fields}&dates=dmy&looked-kind=order_lines&looked-dates=dmy")).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/data"), "{}", sent.text());
}

#[tokio::test]
async fn a_file_without_a_customer_is_refused_in_words() {
    let shop = shop::empty().await;
    let location = uploaded(&shop, "orders.csv", orders().as_bytes()).await;
    let fields = as_shown(&shop.get(&location).await.text());
    let without: Vec<String> = fields
        .split('&')
        .map(|field| if field.ends_with("=customer_id") { field.replace("customer_id", "") } else { field.to_owned() })
        .collect();
    assert_ne!(without.join("&"), fields);
    let got = shop.post("/data/match", &format!("upload={}&{}", id(&location), without.join("&"))).await;
    assert_eq!(got.status, 422, "{}", got.text());
    assert!(got.text().contains("role=\"alert\"") && got.text().contains("<select"), "{}", got.text());
    assert_eq!(shop.app.imports().await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_no_table_is_refused_in_words() {
    let shop = shop::empty().await;
    for (name, content) in [
        ("empty.csv", &b""[..]),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0"),
        ("zip.xlsx", b"PK\x03\x04nothing"),
        ("broken.parquet", b"PAR1 and no more"),
        ("words.csv", b"these are only words\nand some more\n"),
        ("nul.csv", b"a,b\0,c\n1,2,3\n"),
        ("deep.json", "[".repeat(100_000).as_bytes()),
        ("gz.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0broken"),
    ] {
        let got = shop.upload(name, content).await;
        let said = if got.status == 303 { shop.get(got.header("location")).await } else { got };
        assert!(said.status.is_client_error(), "{name}: {}", said.status);
        assert!(said.text().contains("Code: "), "{name}: {}", said.text());
        assert!(!said.text().contains(&*shop.folder.path().to_string_lossy()), "{name} tells where files lie");
    }
    let left = std::fs::read_dir(shop.app.data().join("uploads")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "refused files are not kept");
}

#[tokio::test]
async fn a_broken_upload_leaves_nothing() {
    let shop = shop::empty().await;
    let (token, cookie) = shop.token().await;
    let whole = multipart(&token, "orders.csv", orders().as_bytes());
    let kind = "content-type: multipart/form-data; boundary=XX";
    for body in [whole[..whole.len() / 2].to_vec(), whole[..20].to_vec(), Vec::new(), b"--XX--\r\n".to_vec()] {
        let got = shop.send("POST", "/data/upload", &[kind, &format!("cookie: {cookie}")], body).await;
        assert!(got.status.is_client_error(), "{}", got.status);
    }
    let left = std::fs::read_dir(shop.app.data().join("uploads")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn the_sample_is_one_click_away() {
    let shop = shop::empty().await;
    assert_eq!(shop.post("/sample", "sample=everything").await.status, 422);
    let got = shop.post("/sample", "sample=shop").await;
    assert_eq!((got.status.as_u16(), got.header("location")), (303, "/data"));
    assert_eq!(shop.post("/sample", "").await.status, 503, "one import at a time");
    let end = shop.imported().await;
    assert_eq!((end.status.as_u16(), end.header("location")), (303, "/"));
    assert!(shop.get("/retention").await.text().contains("You are looking at sample data: Online Retail"));
    let got = shop.post("/sample/remove", "").await;
    assert_eq!((got.status.as_u16(), got.header("location")), (303, "/"));
    assert!(shop.get("/retention").await.text().contains("Try the shop"));
}
