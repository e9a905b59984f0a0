//! Every case on SQLite, and what only a file can suffer.

use std::path::Path;

use store::{Store, StoreError};
use tempfile::TempDir;

use crate::cases;
use crate::samples::adding;

/// The address of a database in this folder.
pub fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("state.db").display())
}

macro_rules! on_sqlite {
    ($($case:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                let folder = TempDir::new().unwrap();
                cases::$case(url(folder.path())).await;
            }
        )*
    };
}

cases::every_case!(on_sqlite);

/// What opening a file with these bytes ends in.
async fn check_open(bytes: &[u8], expected: &str) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("state.db"), bytes).unwrap();
    let error = Store::open(&url(folder.path())).await.unwrap_err();
    assert_eq!(error.code(), expected, "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_by_name() {
    check_open(&b"customer,order\nana,1\n".repeat(500), "store-corrupt").await;
    check_open(&[0xff; 8_192], "store-corrupt").await;
}

#[tokio::test]
async fn a_damaged_page_is_named_and_no_panic() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(&url(folder.path())).await.unwrap();
    let paths: Vec<String> = (0..500).map(|n| format!("orders/{n}.parquet")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    store.commit(adding(0, &paths)).await.unwrap();
    store.close().await;
    let file = folder.path().join("state.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // All pages but the first, which holds the schema, become noise.
    bytes[4_096..].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let answer = async { Store::open(&url(folder.path())).await?.catalogue().await };
    assert_eq!(answer.await.unwrap_err().code(), "store-corrupt");
}

#[tokio::test]
async fn addresses_that_name_no_database_are_refused() {
    for address in ["state.db", "sqlite:", "sqlite::memory:", "mysql://ana:secret@host/db", ""] {
        let error = Store::open(address).await.unwrap_err();
        assert!(matches!(error, StoreError::Address { .. }), "{address}: {error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = TempDir::new().unwrap();
    let error = Store::open(&url(&folder.path().join("nowhere"))).await.unwrap_err();
    assert_eq!(error.code(), "store-unreachable");
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[tokio::test]
async fn a_folder_may_have_any_name() {
    let folder = TempDir::new().unwrap();
    let odd = folder.path().join("a b?c=1%20#ä");
    std::fs::create_dir(&odd).unwrap();
    Store::open(&url(&odd)).await.unwrap();
    assert!(odd.join("state.db").exists());
}
