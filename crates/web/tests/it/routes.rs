//! Every route: what it answers, and with which headers.

use axum::body::Body;

use crate::shop::{self, Got};

/// Address, status, kind of content, and something that must be in the answer.
const GETS: &[(&str, u16, &str, &str)] = &[
    ("/", 200, "text/html", "<h1>Overview</h1>"),
    ("/?period=2024-05&compare=year&segment=country:Finland", 200, "text/html", "2024"),
    ("/overview.csv", 200, "text/csv", "complete"),
    ("/overview.csv?part=balance", 200, "text/csv", "returned"),
    ("/overview.csv?part=everything", 404, "text/html", "unknown_part"),
    ("/overview.png?part=balance", 200, "image/png", "PNG"),
    ("/overview.png?part=trend&period=2024-05&theme=dark", 200, "image/png", "PNG"),
    ("/overview.png", 404, "text/html", "no_image"),
    ("/overview.png?part=figure-happiness", 404, "text/html", "no_image"),
    ("/retention", 200, "text/html", "<h1>Retention</h1>"),
    (
        "/retention?period=2024-05&compare=year&by=country&cells=revenue&sort=spend&dir=asc&page=2&q=c1",
        200,
        "text/html",
        "2024",
    ),
    ("/retention?lang=fi", 200, "text/html", "lang=\"fi\""),
    ("/revenue", 200, "text/html", "<h1>Revenue</h1>"),
    ("/revenue.csv", 422, "text/html", ""),
    ("/revenue.png?part=figure-mrr", 404, "text/html", "no_image"),
    ("/retention.csv", 200, "text/csv", ","),
    ("/retention.csv?part=cohorts", 200, "text/csv", ","),
    ("/retention.png?part=cohorts&by=country&cells=revenue", 200, "image/png", "PNG"),
    ("/retention.png?part=figure-retention", 200, "image/png", "PNG"),
    ("/cohorts", 200, "text/html", "<h1>Cohorts</h1>"),
    ("/cohorts.png?part=curves&picked=1&cohort=2024-01", 200, "image/png", "PNG"),
    ("/cohorts.png?part=nothing", 404, "text/html", "no_image"),
    (
        "/cohorts?start=order&by=country&grain=quarter&here=order&cells=spend&picked=1&cohort=Finland&a=country:Finland&b=all",
        200,
        "text/html",
        "Finland",
    ),
    ("/cohorts.csv", 200, "text/csv", "cohort"),
    ("/cohorts.csv?part=comparison", 200, "text/csv", "difference"),
    ("/cohorts.csv?part=nothing", 404, "text/html", "unknown_part"),
    ("/customers?who=cohort&by=together&grain=month&cohort=2024-01-01..2024-07-01&step=1", 200, "text/html", "<h1>"),
    ("/segments", 200, "text/html", "<h1>Segments &amp; RFM</h1>"),
    (
        "/segments?grid=klaviyo-6&window=365&scores=5&sort=kept&dir=asc&compare=year&segment=country:Sweden",
        200,
        "text/html",
        "Recent",
    ),
    ("/segments.csv", 200, "text/csv", "champions"),
    ("/segments.csv?part=moves&grid=classic-10", 200, "text/csv", "date_from"),
    ("/segments.csv?part=sizes&of=champions", 200, "text/csv", "customers"),
    ("/segments.csv?part=sizes&of=friends", 422, "text/html", "unknown_group"),
    ("/segments.csv?part=everything", 404, "text/html", "unknown_part"),
    ("/segments.png?part=squares", 200, "image/png", "PNG"),
    ("/segments.png?part=sizes&of=champions", 200, "image/png", "PNG"),
    ("/segments.png?part=sizes&of=friends", 404, "text/html", "no_image"),
    ("/segments/champions", 200, "text/html", "<h1>Champions</h1>"),
    ("/segments/prospects?grid=shopify-11", 200, "text/html", "<h1>Prospects</h1>"),
    ("/segments/prospects", 404, "text/html", "There is nothing here"),
    ("/segments/%FF", 404, "text/html", "There is nothing here"),
    ("/customers?who=in-group&grid=regulars&scores=3&on=2024-12-01&group=champions", 200, "text/html", "Champions on"),
    ("/customers?who=in-group&grid=regulars&scores=3&on=2024-12-01&group=friends", 422, "text/html", "unknown_group"),
    ("/customers", 200, "text/html", "c39"),
    ("/customers?who=all&q=c39", 200, "text/html", "c39"),
    ("/customers?who=cohort&by=start&grain=month&cohort=2024-01&step=1", 200, "text/html", "<h1>"),
    ("/customers?page=4000000000", 200, "text/html", "<h1>"),
    ("/customers.csv", 200, "text/csv", "c39"),
    ("/customers.csv?id=c1&id=c3", 200, "text/csv", "c3"),
    ("/customers/c5", 200, "text/html", "c5"),
    (
        "/customers?status=left&orders=2&country=Finland&rfm=nonsense&cols=spend&sort=spend",
        200,
        "text/html",
        "role=\"status\"",
    ),
    (
        "/customers?q=%3Cscript%3E&is.planet=Mars&spend_min=much&within=-1&first_from=soon",
        200,
        "text/html",
        "No one matches",
    ),
    ("/customers.csv?who=all&orders=3&cols=status,group&id=c1&all=1", 200, "text/csv", "status,group"),
    ("/customers/c5?kind=order&page=9&order=1001", 200, "text/html", "c5"),
    ("/customers/c5?kind=joy&page=-1", 200, "text/html", "c5"),
    ("/customers/c5.json", 200, "application/json", "\"customer_id\": \"c5\""),
    ("/customers/nobody.json", 404, "text/html", "There is nothing here"),
    ("/customers/c5%2Ejson", 404, "text/html", "There is nothing here"),
    ("/customers/nobody", 404, "text/html", "There is nothing here"),
    ("/customers/%FF", 404, "text/html", "There is nothing here"),
    ("/data", 200, "text/html", "orders.csv"),
    ("/data/rejects.csv?import=1", 404, "text/html", "no_rejects"),
    ("/data/rejects.csv?import=../../state.db", 404, "text/html", "no_rejects"),
    ("/data/match?upload=00000000000000000000000000000000", 404, "text/html", "upload_gone"),
    ("/data/match?upload=../..", 404, "text/html", "upload_gone"),
    ("/data/undo", 405, "text/html", "method_not_allowed"),
    ("/data/upload", 405, "text/html", "method_not_allowed"),
    ("/sample", 405, "text/html", "method_not_allowed"),
    ("/sample/remove", 405, "text/html", "method_not_allowed"),
    ("/preferences", 405, "text/html", "method_not_allowed"),
    ("/help/metrics", 200, "text/html", "<h1>"),
    ("/settings", 303, "", ""),
    ("/settings/workspace", 200, "text/html", "Europe/Helsinki"),
    ("/settings/workspace?done=saved", 200, "text/html", "Saved."),
    ("/settings/definitions", 200, "text/html", "In force now"),
    ("/settings/definitions?preview=1&rule=purchase&window=45&event=", 200, "text/html", "Save this definition"),
    ("/settings/definitions?preview=1&rule=purchase&window=0", 200, "text/html", "window_out_of_bounds"),
    ("/settings/definitions?preview=1&rule=contract", 200, "text/html", "no_facts"),
    ("/settings/definitions?preview=1&rule=whoever", 200, "text/html", "unknown_rule"),
    ("/settings/notes", 200, "text/html", "No notes yet"),
    ("/settings/links", 200, "text/html", "No links"),
    ("/settings/secrets", 404, "text/html", "There is nothing here"),
    ("/settings/%FF", 404, "text/html", "There is nothing here"),
    ("/notes", 405, "text/html", "method_not_allowed"),
    ("/notes/remove", 405, "text/html", "method_not_allowed"),
    ("/share", 405, "text/html", "method_not_allowed"),
    ("/share/revoke", 405, "text/html", "method_not_allowed"),
    ("/s/00000000000000000000000000000000", 404, "text/html", "There is nothing behind this link"),
    ("/s/x", 404, "text/html", "There is nothing behind this link"),
    ("/static/app.css", 404, "text/html", "There is nothing here"),
    ("/static/%2e%2e%2fCargo.toml", 404, "text/html", "There is nothing here"),
    ("/health", 200, "application/json", "\"ok\":true"),
    ("/api/health", 200, "application/json", "\"ok\":true"),
    ("/api/imports", 200, "application/json", "\"orders.csv\""),
    ("/api/metrics", 200, "application/json", "\"customer-retention\""),
    ("/api/metrics/customer-retention?period=2024-11", 200, "application/json", "\"terms\""),
    ("/api/metrics/cohorts?grain=quarter&by=country", 200, "application/json", "\"rows\""),
    (
        "/api/metrics/funnel?through=order%20%3E%20order&within=60d&by=country",
        200,
        "application/json",
        "\"from_previous\"",
    ),
    ("/api/metrics/funnel", 422, "application/json", "\"parameter_missing\""),
    ("/api/metrics/funnel?through=order%20%3E%20%5B", 422, "application/json", "\"bad_doing\""),
    ("/api/metrics/event-retention?grain=month&measure=on-or-after", 200, "application/json", "\"open_returned\""),
    ("/api/metrics/event-retention?clock=rolling&grain=month", 422, "application/json", "\"no_fixed_length\""),
    ("/api/metrics/sessions?grain=month&gap=1h", 200, "application/json", "\"median_events\""),
    ("/api/metrics/paths?anchor=order&within=90d&loops=keep", 200, "application/json", "\"of_all\""),
    ("/api/metrics/paths?anchor=order&depth=99", 422, "application/json", "\"too_many_steps\""),
    ("/api/metrics/friction?goal=order", 200, "application/json", "\"still_open\""),
    ("/api/metrics/stayed-did?stayed=28d..56d&support=2", 200, "application/json", "\"looked_at\""),
    ("/api/metrics/stayed-did?stayed=3d..5d", 422, "application/json", "\"spans_overlap\""),
    (
        "/api/metrics/cohort-difference?by=country&groups=Finland,Sweden&grain=month",
        200,
        "application/json",
        "\"p_value\"",
    ),
    ("/api/metrics/cohort-difference?by=country&groups=Finland,Atlantis", 422, "application/json", "\"no_such_group\""),
    (
        "/customers?who=did&metric=funnel&did.through=order+%3E+order&did.within=60d&did.at=2",
        200,
        "text/html",
        "Got to step 2",
    ),
    ("/api/metrics/happiness", 404, "application/json", "\"unknown_metric\""),
    ("/api/metrics/churn?period=soon", 422, "application/json", "\"code\""),
    ("/api/metrics/churn?colour=red", 422, "application/json", "\"unknown_parameter\""),
    ("/api/metrics/revenue?filter=no%20such%20column%20%3D%201", 422, "application/json", "\"code\""),
    ("/api/metrics/%FF", 404, "application/json", "\"not_found\""),
    ("/segments/saved", 200, "text/html", "Saved segments"),
    ("/segments/saved?kind0=ordered&value0=2&count=1", 200, "text/html", "customers fit"),
    ("/segments/saved/remove", 405, "text/html", "method_not_allowed"),
    ("/api/segments", 200, "application/json", "[]"),
    ("/api/segments/nobody", 404, "application/json", "\"unknown_segment\""),
    ("/api/segments/preview", 405, "application/json", "method_not_allowed"),
    ("/api/openapi.json", 200, "application/json", "\"openapi\""),
    ("/api/nowhere", 404, "application/json", "\"not_found\""),
    ("/nowhere", 404, "text/html", "There is nothing here"),
];

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
                      img-src 'self' data:; frame-ancestors 'none'";

/// What every answer has.
pub fn guarded(what: &str, got: &Got) {
    assert_eq!(got.header("content-security-policy"), POLICY, "{what}");
    assert_eq!(got.header("x-content-type-options"), "nosniff", "{what}");
    let referrer = if what.starts_with("/s/") { "no-referrer" } else { "same-origin" };
    assert_eq!(got.header("referrer-policy"), referrer, "{what}");
    let kept = if what.starts_with("/static/") && got.status == 200 {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    assert_eq!(got.header("cache-control"), kept, "{what}");
}

#[tokio::test]
async fn every_address_answers_as_it_should() {
    let shop = shop::small().await;
    for (uri, status, kind, inside) in GETS {
        let got = shop.get(uri).await;
        assert_eq!(got.status.as_u16(), *status, "{uri}: {}", got.text());
        assert!(got.header("content-type").starts_with(kind), "{uri}: {}", got.header("content-type"));
        assert!(got.text().contains(inside), "{uri}: {}", got.text());
        guarded(uri, &got);
        if *status != 200 {
            let folder = shop.folder.path().to_string_lossy().into_owned();
            assert!(!got.text().contains(&folder), "{uri} tells where the files lie");
        }
        let head = shop.send("HEAD", uri, &[], Body::empty()).await;
        assert_eq!((head.status, head.body.len()), (got.status, 0), "HEAD {uri}");
    }
}

#[tokio::test]
async fn no_route_is_forgotten_here() {
    let source = include_str!("../../src/routes.rs");
    let routes = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut seen = 0;
    for route in routes {
        let begins = route.split('{').next().unwrap();
        let known = GETS.iter().any(|(uri, ..)| {
            let path = uri.split('?').next().unwrap();
            if route.contains('{') { path.starts_with(begins) && path.len() > begins.len() } else { path == route }
        });
        assert!(known, "{route} is not in the list above");
        seen += 1;
    }
    assert!(seen > 15, "only {seen} routes found: the search is broken");
}

#[tokio::test]
async fn assets_may_be_kept_for_ever() {
    let shop = shop::empty().await;
    for name in ["app.css", "app.js", "inter.woff2", "icon.svg"] {
        let url = ui::assets::url(name);
        let got = shop.get(&url).await;
        assert_eq!(got.status, 200, "{url}");
        guarded(&url, &got);
        assert!(got.header("set-cookie").is_empty(), "{url} is the same for everybody");
    }
    let script = shop.send("GET", &ui::assets::url("app.js"), &["accept-encoding: gzip"], Body::empty()).await;
    assert_eq!(script.header("content-encoding"), "gzip");
}

#[tokio::test]
async fn a_part_is_asked_for_by_its_name() {
    let shop = shop::small().await;
    for (uri, part, status, begins) in [
        ("/retention", "cohorts", 200, "<section"),
        ("/retention", "overdue", 200, "<div"),
        ("/retention", "everything", 404, "<!DOCTYPE"),
        ("/cohorts", "answer", 200, "<div"),
        ("/cohorts", "cohorts", 200, "<section"),
        ("/cohorts", "compare", 200, "<section"),
        ("/cohorts", "everything", 404, "<!DOCTYPE"),
        ("/segments", "groups", 200, "<div"),
        ("/segments", "everything", 404, "<!DOCTYPE"),
        ("/segments/champions", "people", 200, "<div"),
        ("/segments/champions", "groups", 404, "<!DOCTYPE"),
        ("/customers?who=all", "drawer", 200, "<header"),
        ("/customers?who=all", "people", 200, "<div"),
        ("/customers?who=all", "", 404, "<!DOCTYPE"),
        ("/customers/c5", "timeline", 200, "<section"),
        ("/customers/c5", "notes", 404, "<!DOCTYPE"),
    ] {
        let got = shop.send("GET", uri, &[&format!("x-part: {part}")], Body::empty()).await;
        assert_eq!(got.status.as_u16(), status, "{uri} {part}");
        assert!(got.text().starts_with(begins), "{uri} {part}: {}", &got.text()[..80]);
        assert!(got.header("vary").contains("x-part"), "{uri} {part}");
    }
}

#[tokio::test]
async fn before_there_are_facts_the_page_says_where_to_begin() {
    let shop = shop::empty().await;
    let page = shop.get("/retention").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Try the shop"));
    let page = shop.get("/cohorts").await;
    assert!(page.status == 200 && page.text().contains("Try the shop"));
    let groups = shop.get("/segments").await;
    assert!(groups.text().contains("Try the shop") && groups.text().contains("<h1>Segments"));
    let people = shop.get("/customers").await;
    assert!(people.status == 200 && people.text().contains("Try the shop"), "{}", people.text());
    for uri in [
        "/cohorts.csv",
        "/customers",
        "/customers/c1",
        "/data",
        "/help/metrics",
        "/settings/workspace",
        "/settings/definitions?preview=1&rule=event&event=login",
        "/retention.csv",
        "/segments.csv",
        "/segments/champions",
        "/customers.csv",
        "/api/metrics/churn",
    ] {
        let got = shop.get(uri).await;
        assert!(!got.status.is_server_error(), "{uri}: {} {}", got.status, got.text());
    }
}

#[tokio::test]
async fn strangers_names_are_not_answered() {
    let shop = shop::small().await;
    for (host, status) in [("127.0.0.1:7878", 200), ("localhost", 200), ("[::1]:7878", 200), ("shop.example", 421)] {
        let got = shop.send("GET", "/retention", &[&format!("host: {host}")], Body::empty()).await;
        assert_eq!(got.status.as_u16(), status, "{host}");
    }
}

#[test]
fn the_openapi_file_is_that_of_the_routes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    if std::env::var_os("REGULARS_BLESS").is_some() {
        std::fs::write(path, web::openapi()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        kept,
        web::openapi(),
        "docs/openapi.json differs: run this test with REGULARS_BLESS=1 and look at the change"
    );
}

/// A condition that cannot be used is told in the words of whoever wrote it.
#[tokio::test]
async fn a_wrong_condition_is_told_without_the_engine() {
    let shop = shop::small().await;
    for (metric, filter, code, words) in [
        ("revenue", "contry = 'Finland'", "unknown_column", "orders has no such column; did you mean 'country'?"),
        ("rfm", "plan = 'a'", "unknown_column", "'plan'"),
        ("customer-retention", "\"Maa\" = 'x'", "unknown_column", "'Maa'"),
        ("cohorts", "orders.cuntry = 'x'", "unknown_column", "'orders.cuntry'"),
        ("revenue", "country =", "bad_condition", "cannot be read"),
        ("revenue", "country = 'Finland", "bad_condition", "cannot be read"),
        ("revenue", "country", "bad_condition", "true or false"),
        ("revenue", "upper(country) = upper(3, 4)", "bad_condition", "condition"),
        ("revenue", "random() < 1", "bad_condition", "lower, upper, trim, coalesce and abs"),
        ("revenue", "amount / 0 > 1", "bad_condition", "cannot be worked out for some row"),
    ] {
        let encoded: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let got = shop.get(&format!("/api/metrics/{metric}?filter={encoded}")).await;
        let text = got.text();
        assert_eq!(got.status, 422, "{metric} {filter}: {text}");
        let said: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(said["code"], code, "{filter}: {text}");
        assert!(said["message"].as_str().unwrap().contains(words), "{filter}: {text}");
        assert!(said["hint"].as_str().unwrap().contains("the columns of orders are: "), "{filter}: {text}");
        for engine in ["?table?", "DataFusion", "Schema", "ParserError", "regulars sql", "Error"] {
            assert!(!text.contains(engine), "{filter}: {text}");
        }
    }
    let got = shop.get("/api/metrics/revenue?filter=country%20%3D%20%27Finland%27").await;
    assert_eq!(got.status, 200, "{}", got.text());
}
