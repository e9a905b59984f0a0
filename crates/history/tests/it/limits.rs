//! Queries made to hurt end with a clear error, soon, and never with a panic or a full memory.

use std::time::{Duration, Instant};

use history::{Limits, Snapshot};

const SHOP: &str = "
    ana 2024-01-01T10:00 12.50 country=Finland
    ben 2024-01-02 20 currency=USD
    cem 2024-03-01";

const LIMITS: Limits = Limits { time: Duration::from_secs(2), memory: 64 << 20 };

/// The code a query ends with, or nothing when it is answered.
async fn code(query: &str, limits: Limits) -> Option<String> {
    let snapshot = Snapshot::from_orders(SHOP).unwrap();
    snapshot.sql_within(query, limits).await.err().map(|error| {
        assert!(!error.hint().is_empty() && !error.to_string().is_empty());
        error.code().to_owned()
    })
}

/// What a line of many equal parts is.
fn chain(part: &str, between: &str, count: usize) -> String {
    vec![part; count].join(between)
}

#[tokio::test]
async fn long_and_deep_texts_are_refused_and_those_of_people_are_not() {
    let wrapped = |depth: usize| format!("select {}1{}", "(".repeat(depth), ")".repeat(depth));
    let nested = |depth: usize| format!("select * from {}orders{}", "(select * from ".repeat(depth), ")".repeat(depth));
    let list: Vec<String> = (0..5_000).map(|n| format!("'c{n}'")).collect();
    for (query, expected) in [
        (wrapped(500_000), Some("query_limit")),
        (wrapped(40_000), Some("query_limit")),
        (wrapped(400), Some("query_limit")),
        (wrapped(5), None),
        (format!("select 1 where {}", chain("1=1", " and ", 100_000)), Some("query_limit")),
        (format!("select 1 where {}", chain("1=1", " or ", 5_000)), Some("query_limit")),
        (format!("select count(*) from orders where {}", chain("amount > 3", " and ", 499)), None),
        (format!("select {} from orders", chain("refunded", " + ", 1_000)), None),
        (format!("select {}1", "- ".repeat(20_000)), Some("query_limit")),
        (format!("select {}true", "not ".repeat(900)), Some("query")),
        (nested(2_000), Some("query_limit")),
        (nested(99), Some("query_limit")),
        (nested(10), None),
        (chain("select 1", " union all ", 100), None),
        (chain("select 1", " union all ", 101), Some("query_limit")),
        (format!("select 1 from {}", chain("orders", ",", 5_000)), Some("query_limit")),
        (format!("select count(*) from orders where customer_id in ({})", list.join(",")), None),
        (format!("select '{}'", "x".repeat(200_000)), Some("query_limit")),
    ] {
        assert_eq!(code(&query, Limits::default()).await.as_deref(), expected, "{query:.80}");
    }
}

#[tokio::test]
async fn what_needs_too_much_memory_is_refused() {
    for query in [
        "select length(repeat('x', 2000000000))",
        "select length(lpad('x', 2000000000)), length(rpad('x', 2000000000, 'ab'))",
        "select sum(length(repeat(customer_id, 100000000))) from orders",
        "select length(replace(a, 'x', a)) from (select repeat('x', 100000) as a)",
        "select length(regexp_replace(a, 'x', a, 'g')) from (select repeat('x', 100000) as a)",
        "select * from generate_series(1, 1000000000000)",
        "select value % 1000003, array_agg(value) from generate_series(1, 20000000) group by 1",
    ] {
        let patient = Limits { time: Duration::from_secs(30), ..LIMITS };
        assert_eq!(code(query, patient).await.as_deref(), Some("query_limit"), "{query}");
    }
    for query in
        ["select range(1, 1000000000)", "select generate_series(1, 1000000000)", "select array_repeat(1, 1000000000)"]
    {
        assert_eq!(code(query, LIMITS).await.as_deref(), Some("query"), "{query}");
    }
}

#[tokio::test]
async fn functions_held_to_a_bound_do_what_they_did() {
    let snapshot = Snapshot::from_orders(SHOP).unwrap();
    let query = "select repeat('ab', 2), lpad('7', 3, '0'), rpad('7', 3), replace('tea', 'e', 'i'), \
                 regexp_replace('a1b2', '[0-9]', '', 'g'), repeat(country, 2), replace(country, 'n', '') \
                 from orders where customer_id = 'ana'";
    assert_eq!(crate::lines(&snapshot.sql(query).await.unwrap()), ["abab 007 7   tia ab FinlandFinland Filad"]);
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    for query in [
        "select count(*) from generate_series(1, 1000000000000)",
        "select count(*) from generate_series(1, 10000000) a, generate_series(1, 10000000) b where a.value < b.value",
    ] {
        let begun = Instant::now();
        assert_eq!(code(query, LIMITS).await.as_deref(), Some("query_limit"), "{query}");
        // Ten times the limit: a busy machine may be slow to notice, but it does.
        assert!(begun.elapsed() < 10 * LIMITS.time, "{query}: {:?}", begun.elapsed());
    }
}
