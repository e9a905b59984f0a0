//! Small things to commit.

use store::{Commit, NewFile, NewImport, NewReading};

/// A file of the first bucket of `orders`, which differs from another by its path.
pub fn file(path: &str) -> NewFile {
    NewFile {
        table_name: "orders".to_owned(),
        bucket: 0,
        path: path.to_owned(),
        rows: 3,
        bytes: 1_000,
        min_at: Some(1_700_000_000_000_000),
        max_at: Some(1_700_000_000_000_001),
        min_customer: 1,
        max_customer: 9,
        checksum: format!("checksum of {path}"),
    }
}

/// A commit that adds files and does nothing else.
pub fn adding(base: i64, paths: &[&str]) -> Commit {
    Commit { base, add: paths.iter().map(|path| file(path)).collect(), at: 1_000 + base, ..Commit::default() }
}

/// A commit that removes files and does nothing else.
pub fn removing(base: i64, ids: &[i64]) -> Commit {
    Commit { base, remove: ids.to_vec(), at: 1_000 + base, ..Commit::default() }
}

/// An import with some figure in every field.
pub fn import(id: i64, content_key: &str) -> NewImport {
    NewImport {
        id,
        at: 5_000 + id,
        files: r#"[{"name":"orders.csv","sha256":"00"}]"#.to_owned(),
        content_key: content_key.to_owned(),
        map_name: "plain orders".to_owned(),
        map_text: "[orders]\nid = \"Order\"".to_owned(),
        facts: 3,
        duplicates: 1,
        rejects: 2,
        counts: r#"{"orders":3}"#.to_owned(),
        rejects_path: Some("rejects/1.csv".to_owned()),
        min_at: Some(1),
        max_at: Some(2),
        readings: vec![reading("UTC", None)],
    }
}

/// How the file of an import was read.
pub fn reading(zone: &str, currency: Option<&str>) -> NewReading {
    NewReading {
        fingerprint: "columns".to_owned(),
        content: "bytes".to_owned(),
        map_key: "map".to_owned(),
        tables: "orders,refunds".to_owned(),
        zone: zone.to_owned(),
        currency: currency.map(str::to_owned),
    }
}
