//! The dependency table: which crate may use which, and who owns a library. Data only.
//!
//! `ARCHITECTURE.md` ("Which way the arrows go") explains it. Changing a line here is a decision: give the reason
//! there or in `docs/decisions/`.

/// Our crates and, of our crates, the ones each may use. A crate that is not listed may not exist.
pub const MAY_USE: &[(&str, &[&str])] = &[
    ("terms", &[]),
    ("models", &["terms"]),
    ("store", &["terms"]),
    ("simulator", &["terms", "models"]),
    ("history", &["terms", "store"]),
    ("metrics", &["terms", "history", "models"]),
    ("messages", &["terms", "store"]),
    ("offers", &["terms", "store"]),
    ("loyalty", &["terms", "store"]),
    ("surveys", &["terms", "store"]),
    ("scores", &["terms", "history", "models", "metrics"]),
    ("experiments", &["terms", "models", "metrics", "store"]),
    ("segments", &["terms", "history", "metrics", "scores", "store"]),
    ("journeys", &["terms", "segments", "experiments", "store"]),
    ("reports", &["terms", "models", "metrics", "scores", "experiments"]),
    ("ui", &["terms", "reports"]),
    ("app", APP),
    ("web", &["terms", "reports", "ui", "app"]),
    ("cli", &["terms", "reports", "ui", "app", "web"]),
    // Beside the house: used by tests, and by nobody.
    ("testkit", &["terms", "store", "history"]),
    ("xtask", &[]),
];

/// `app` wires everything at or below the row of journeys and reports.
const APP: &[&str] = &[
    "terms",
    "models",
    "store",
    "simulator",
    "history",
    "metrics",
    "messages",
    "offers",
    "loyalty",
    "surveys",
    "scores",
    "experiments",
    "segments",
    "journeys",
    "reports",
];

/// Libraries with one owner. A name ending in `*` stands for everything that starts so.
pub const OWNERS: &[(&str, &[&str], &str)] = &[
    ("datafusion*", &["history"], "its traits change about every two months: one crate moves, the others do not"),
    ("arrow*", &["history"], "columns stay behind the door of the history"),
    ("parquet*", &["history"], "only `history` knows file formats"),
    ("object_store", &["history"], "only `history` knows where files live"),
    ("calamine", &["history"], "only `history` knows file formats"),
    ("csv-core", &["history"], "only `history` knows file formats"),
    ("sqlx*", &["store"], "only `store` knows that there are two databases"),
    ("axum*", &["web"], "only `web` knows HTTP"),
    ("tower*", &["web"], "only `web` knows HTTP"),
    ("hyper*", &["web"], "only `web` knows HTTP"),
    ("utoipa*", &["web"], "only `web` knows HTTP"),
    ("maud", &["ui", "web"], "HTML is made in `ui` and sent by `web`"),
    ("resvg", &["ui"], "images are made where their shapes are"),
    ("clap*", &["cli"], "only `cli` reads arguments"),
    ("comfy-table", &["cli"], "only `cli` prints"),
    ("indicatif", &["cli"], "only `cli` prints"),
    ("tracing-subscriber", &["cli"], "only `cli` decides where the log goes"),
];

/// What a test may add to a crate beyond the table, the owners and the crate's own libraries.
pub const FOR_TESTS: &[&str] = &["testkit", "tempfile", "proptest", "insta", "serde_json", "tokio", "jiff"];

/// Libraries that exist for tests and may be an ordinary dependency of the test kit alone.
pub const TESTS_ONLY: &[&str] = &["testkit", "tempfile", "proptest", "insta"];

/// Packages of which one version is built, not two: a second copy doubles the build, and its types do not fit.
pub const ONE_COPY: &[&str] =
    &["datafusion*", "arrow*", "parquet*", "object_store", "sqlx*", "tokio", "axum*", "rustls", "jiff", "serde"];

/// Crates below `app`: no clock, no environment, no random source.
pub const BELOW_APP: &[&str] = &[
    "terms",
    "models",
    "store",
    "simulator",
    "history",
    "metrics",
    "messages",
    "offers",
    "loyalty",
    "surveys",
    "scores",
    "experiments",
    "segments",
    "journeys",
    "reports",
    "ui",
];

/// Whether `name` is what `pattern` stands for.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_'])),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_named_in_the_table_is_a_row_of_the_table() {
        for (name, uses) in MAY_USE {
            for used in *uses {
                assert!(MAY_USE.iter().any(|(row, _)| row == used), "{name} may use {used}, which has no row");
            }
        }
    }

    #[test]
    fn arrows_never_make_a_ring() {
        // A row uses only rows above it, so no chain of arrows can come back to where it started.
        for (at, (name, uses)) in MAY_USE.iter().enumerate() {
            for used in *uses {
                assert!(MAY_USE[..at].iter().any(|(row, _)| row == used), "{name} stands above {used}");
            }
        }
    }

    #[test]
    fn a_star_stands_for_a_family_and_not_for_every_name_that_starts_alike() {
        assert!(matches("arrow*", "arrow"));
        assert!(matches("arrow*", "arrow-array"));
        assert!(!matches("arrow*", "arrowhead"));
        assert!(!matches("maud", "maud_macros"));
    }
}
