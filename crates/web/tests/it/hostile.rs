//! Ten thousand questions nobody should ask: none is answered with a failure of ours.

use std::time::Duration;

use axum::body::Body;

use crate::shop::{self, multipart};

const QUESTIONS: usize = 10_000;

/// xorshift64* (Vigna, 2016): as random as a test needs, and the same from the same seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[(self.next() >> 33) as usize % choices.len()]
    }
}

const PATHS: [&str; 32] = [
    "/cohorts",
    "/cohorts",
    "/cohorts.csv",
    "/retention",
    "/retention",
    "/customers",
    "/customers",
    "/customers/c1",
    "/customers/%00",
    "/customers/c1.json",
    "/customers/%F0%9F%98%80.json",
    "/retention.csv",
    "/customers.csv",
    "/segments",
    "/segments/champions",
    "/segments.csv",
    "/data",
    "/data/match",
    "/data/rejects.csv",
    "/api/metrics/churn",
    "/api/metrics/cohorts",
    "/api/metrics/rfm",
    "/api/metrics/retention-series",
    "/api/metrics/funnel",
    "/api/metrics/event-retention",
    "/api/metrics/paths",
    "/api/metrics/stayed-did",
    "/help/metrics",
    "/settings/workspace",
    "/settings/definitions",
    "/settings/links",
    "/s/00000000000000000000000000000000",
];
const NAMES: [&str; 90] = [
    "through",
    "mode",
    "back",
    "entry",
    "clock",
    "measure",
    "brackets",
    "anchor",
    "depth",
    "gap",
    "stayed",
    "support",
    "groups",
    "metric",
    "did.through",
    "did.at",
    "start",
    "here",
    "picked",
    "a",
    "b",
    "begin",
    "preview",
    "done",
    "period",
    "from",
    "to",
    "compare",
    "segment",
    "by",
    "grain",
    "cells",
    "sort",
    "dir",
    "q",
    "country",
    "page",
    "who",
    "cohort",
    "step",
    "group",
    "top",
    "id",
    "part",
    "upload",
    "roles",
    "hand",
    "import",
    "kind",
    "lang",
    "as_of",
    "filter",
    "profile",
    "rule",
    "window",
    "event",
    "preset",
    "since",
    "scores",
    "ties",
    "spend",
    "steps",
    "undone",
    "grid",
    "on",
    "r",
    "f",
    "family",
    "of",
    "status",
    "rfm",
    "plan",
    "is.country",
    "is.channel",
    "orders",
    "spend_min",
    "spend_max",
    "within",
    "quiet",
    "first_from",
    "first_to",
    "cols",
    "all",
    "",
    "%00",
    "%FF%FE",
    "a[]",
    "__proto__",
    "period",
    "who",
];
const VALUES: [&str; 96] = [
    "a%20%3E%20b%5Bc%20%3D%20d%5D",
    "order%20%3E%20order",
    "%22",
    "a%5B",
    "28d..56d",
    "30m",
    "99999999999w",
    "on-or-after",
    "0,1,3,7",
    "did",
    "together",
    "0:customer,1:at,99999999999999999999:at,:,x",
    "newer",
    "older",
    "order",
    "contract",
    "event:%27%20or%201%3D1--",
    "attribute:country",
    "attribute:%22%3B--",
    "",
    "0",
    "1",
    "-1",
    "3",
    "2147483648",
    "4294967296",
    "18446744073709551616",
    "1e309",
    "NaN",
    "%F0%9F%98%80",
    "%FF",
    "%",
    "%zz",
    "2024-05",
    "2024-13",
    "2024-02-30",
    "9999-12",
    "9999-12-31..9999-12-31",
    "0000-01",
    "-9999-01",
    "2024-01-01..2023-01-01",
    "2024-01-01..2024-01-01",
    "0001-01-01..9999-12-31",
    "2024-Q9",
    "2024-W60",
    "30d",
    "9999d",
    "99999999999d",
    "9999m",
    "custom",
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "start",
    "country",
    "product",
    "first_product",
    "all",
    "lost",
    "kept",
    "cohort",
    "flow",
    "group",
    "top",
    "overdue",
    "repeat",
    "champions",
    "in-group",
    "in-family",
    "scored",
    "moved",
    "group-kept",
    "regulars",
    "shopify-11",
    "prospects",
    "5",
    "365",
    "moves",
    "country:Finland",
    "country:%27%20or%201%3D1--",
    "%27",
    "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "..%2F..%2Fetc%2Fpasswd",
    "a%00b",
    "%0d%0aset-cookie:x=y",
    "=SUM(A1)",
    "1=1",
    "country%20%3D%20%27Finland%27",
    "1%2F0%3D1",
    "(select%20count(*)%20from%20orders)%3E0",
    "amount%3Erepeat(%27x%27,1000000000)",
    "%CC%81%CC%81%CC%81",
    "%E2%80%AE",
    "textbook",
];
const PARTS: [&str; 10] =
    ["", "answer", "compare", "cohorts", "overdue", "drawer", "people", "groups", "timeline", "\u{e9}"];

fn question(dice: &mut Dice) -> (String, Option<&'static str>) {
    let mut uri = dice.of(&PATHS).to_owned();
    for pair in 0..dice.next() % 6 {
        uri.push(if pair == 0 { '?' } else { '&' });
        uri.push_str(dice.of(&NAMES));
        if !dice.next().is_multiple_of(20) {
            uri.push('=');
            uri.push_str(dice.of(&VALUES));
        }
    }
    let part = dice.next().is_multiple_of(8).then(|| dice.of(&PARTS));
    (uri, part)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_question_makes_us_fail() {
    let shop = shop::small().await;
    let seed: u64 = std::env::var("REGULARS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_123);
    println!("seed {seed}: REGULARS_SEED={seed} asks the same questions again");
    let mut dice = Dice(seed);
    let mut answers = std::collections::BTreeMap::new();
    for number in 0..QUESTIONS {
        let (uri, part) = question(&mut dice);
        let part = part.map(|part| format!("x-part: {part}"));
        let headers: Vec<&str> = part.iter().map(String::as_str).collect();
        let began = std::time::Instant::now();
        let got = shop.send("GET", &uri, &headers, Body::empty()).await;
        assert!(
            !got.status.is_server_error(),
            "question {number} of seed {seed}, {uri} {part:?}: {} {}",
            got.status,
            got.text()
        );
        let page = got.header("content-type").starts_with("text/html");
        assert!(!(page && got.text().contains("<script>alert")), "{uri} writes a script into the page");
        assert!(began.elapsed().as_secs() < 20, "{uri} took {:?}", began.elapsed());
        *answers.entry(got.status.as_u16()).or_insert(0) += 1;
    }
    println!("{answers:?}");
    assert!(
        answers.get(&200).is_some_and(|good| *good > QUESTIONS / 10),
        "the questions are too odd to test anything: {answers:?}"
    );
}

#[tokio::test]
async fn an_address_has_an_end() {
    let shop = shop::small().await;
    assert_eq!(shop.get(&format!("/retention?q={}", "x".repeat(8_000))).await.status, 200);
    assert_eq!(shop.get(&format!("/retention?q={}", "x".repeat(9_000))).await.status, 414);
    let many: String = (0..900).map(|number| format!("a{number}=1&")).collect();
    assert_eq!(shop.get(&format!("/customers?{many}")).await.status, 200);
    let kind = "content-type: application/x-www-form-urlencoded";
    let got = shop.send("POST", "/preferences", &[kind], "x".repeat(2 << 20)).await;
    assert_eq!(got.status, 413);
}

/// The beginning of something that never ends.
fn endless(start: Vec<u8>) -> Body {
    let first = futures::stream::iter([Ok::<_, std::io::Error>(start)]);
    Body::from_stream(futures::StreamExt::chain(first, futures::stream::pending()))
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_keep_nobody_from_reading() {
    let shop = shop::small().await;
    let (token, cookie) = shop.token().await;
    let cookie = format!("cookie: {cookie}");
    let multipart_kind = "content-type: multipart/form-data; boundary=XX";
    let form_kind = "content-type: application/x-www-form-urlencoded";
    let file = multipart(&token, "slow.csv", b"order_id,customer_id\n");
    let file = file[..file.len() - 10].to_vec();
    let kinds = [
        ("/data/upload", [multipart_kind, &cookie], file),
        ("/preferences", [form_kind, &cookie], format!("csrf={token}&lang=").into_bytes()),
    ];
    let mut running = Vec::new();
    for (path, headers, start) in &kinds {
        let mut refused = 0;
        for _ in 0..100 {
            let mut sending = Box::pin(shop.send("POST", path, headers, endless(start.clone())));
            // Whoever is not refused at once waits for the rest of the body.
            match tokio::time::timeout(Duration::from_millis(100), &mut sending).await {
                Ok(got) => {
                    assert_eq!((got.status.as_u16(), got.header("retry-after")), (503, "5"), "{path}: {}", got.text());
                    refused += 1;
                }
                Err(_) => running.push(sending),
            }
        }
        assert!(refused > 0, "{path}: slow ones are bounded");
    }
    assert!(running.len() >= 16, "{} slow ones at once", running.len());
    for page in ["/", "/data", "/customers", "/api/imports"] {
        assert_eq!(shop.get(page).await.status, 200, "{page}");
    }
    drop(running);
    let got = shop.upload("orders.csv", shop::orders().as_bytes()).await;
    assert_eq!(got.status, 303, "{}", got.text());
}
