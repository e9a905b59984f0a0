//! What must hold on either database. A case gets the address of an empty one.

use sqlx::{AssertSqlSafe, Connection, Executor};
use store::{AttributeRow, Catalogue, Commit, Committed, NewFile, Settings, Store, StoreError};
use terms::{Date, WeekStart};

use crate::samples::{adding, file, import, reading, removing};

/// Hands the names of all cases to a macro, so that no database can miss one.
macro_rules! every_case {
    ($with:ident) => {
        $with! {
            a_new_state_is_empty,
            settings_come_back,
            settings_out_of_bounds_are_refused,
            buckets_are_fixed_by_the_first_file,
            new_buckets_turn_away_a_commit_laid_out_for_the_old,
            a_commit_is_seen_whole,
            a_commit_for_an_old_version_is_refused,
            a_refused_commit_leaves_nothing,
            values_out_of_bounds_are_refused,
            committers_at_once_take_turns,
            a_reader_sees_whole_commits,
            a_call_given_up_on_is_whole,
            one_import_at_a_time_wins,
            import_numbers_are_given_out_once,
            an_import_is_found_undone_and_made_again,
            an_import_that_lost_facts_can_be_made_again,
            how_a_file_was_read_is_known_until_it_is_undone,
            settings_and_files_change_together,
            removed_files_are_known_until_forgotten,
            maps_are_kept_by_fingerprint,
            notes_are_pinned_and_taken_away,
            notes_are_bounded,
            views_are_kept_by_name_and_bounded,
            notes_about_customers_are_theirs_and_bounded,
            segments_remember_who_belonged,
            links_end_and_are_taken_back,
            links_are_bounded,
            workspaces_do_not_see_each_other,
            a_restart_changes_nothing,
            opening_at_once_migrates_once,
            a_newer_database_is_refused,
        }
    };
}
pub(crate) use every_case;

async fn open(url: &str) -> Store {
    Store::open(url).await.unwrap()
}

fn paths(catalogue: &Catalogue) -> Vec<&str> {
    catalogue.files.iter().map(|file| file.path.as_str()).collect()
}

/// Runs SQL of the test's own, past the crate.
async fn execute(url: &str, sql: &str) {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
        connection.close().await.unwrap();
    }
}

pub async fn a_new_state_is_empty(url: String) {
    let store = open(&url).await;
    let nothing = Catalogue { version: 0, files: vec![], attributes: vec![], watermark: None, imports: 0 };
    assert_eq!(store.catalogue().await.unwrap(), nothing);
    assert_eq!(store.version().await.unwrap(), 0);
    assert_eq!(store.settings().await.unwrap(), Settings::default());
    assert_eq!(store.imports(10).await.unwrap(), []);
    assert_eq!(store.maps().await.unwrap(), []);
    assert_eq!(store.notes().await.unwrap(), []);
    assert_eq!(store.removed_files(i64::MAX).await.unwrap(), []);
}

pub async fn settings_come_back(url: String) {
    let store = open(&url).await;
    let mut settings = Settings {
        name: "Kahvila Ääni".to_owned(),
        zone: "Europe/Helsinki".to_owned(),
        currency: Some("EUR".to_owned()),
        week_start: WeekStart::Sunday,
        language: "fi".to_owned(),
        buckets: 32,
        definitions: r#"{"active":{"days":90}}"#.to_owned(),
    };
    for week_start in [WeekStart::Sunday, WeekStart::Saturday, WeekStart::Monday] {
        settings.week_start = week_start;
        store.save_settings(&settings).await.unwrap();
        assert_eq!(store.settings().await.unwrap(), settings);
    }
    settings.currency = None;
    store.save_settings(&settings).await.unwrap();
    assert_eq!(store.settings().await.unwrap(), settings);
}

pub async fn settings_out_of_bounds_are_refused(url: String) {
    let store = open(&url).await;
    let first = Settings::default();
    for wrong in [
        Settings { zone: "Mars/Olympus".to_owned(), ..first.clone() },
        Settings { currency: Some("euro".to_owned()), ..first.clone() },
        Settings { language: String::new(), ..first.clone() },
        Settings { buckets: 0, ..first.clone() },
        Settings { buckets: 4_097, ..first.clone() },
        Settings { definitions: "{".to_owned(), ..first.clone() },
        Settings { name: "a\0b".to_owned(), ..first.clone() },
        Settings { name: "x".repeat(1_025), ..first.clone() },
    ] {
        assert_eq!(store.save_settings(&wrong).await.unwrap_err().code(), "store-bad-value", "{wrong:?}");
    }
    assert_eq!(store.settings().await.unwrap(), first);
}

pub async fn buckets_are_fixed_by_the_first_file(url: String) {
    let store = open(&url).await;
    let wider = |buckets| Settings { buckets, ..Settings::default() };
    store.save_settings(&wider(8)).await.unwrap();
    let base = store.version().await.unwrap();
    store.commit(adding(base, &["a"])).await.unwrap();
    let error = store.save_settings(&wider(4)).await.unwrap_err();
    assert!(matches!(error, StoreError::BucketsFixed { wanted: 4 }), "{error:?}");
    // Removing the file does not free the number again: its row and its bytes may still be there.
    store.commit(removing(base + 1, &[1])).await.unwrap();
    assert_eq!(store.save_settings(&wider(4)).await.unwrap_err().code(), "store-buckets-fixed");
    store.save_settings(&Settings { name: "renamed".to_owned(), ..wider(8) }).await.unwrap();
    assert_eq!(store.settings().await.unwrap().buckets, 8);
}

pub async fn new_buckets_turn_away_a_commit_laid_out_for_the_old(url: String) {
    let store = open(&url).await;
    let base = store.version().await.unwrap();
    store.save_settings(&Settings { buckets: 8, ..Settings::default() }).await.unwrap();
    assert_eq!(store.commit(adding(base, &["a"])).await.unwrap_err().code(), "store-conflict");
    store.commit(adding(base + 1, &["a"])).await.unwrap();
}

pub async fn a_commit_is_seen_whole(url: String) {
    let store = open(&url).await;
    let id = store.next_import_id().await.unwrap();
    let attribute = |name: &str, kind: &str| AttributeRow {
        table_name: "orders".to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
    };
    let customers = NewFile {
        table_name: "customers".to_owned(),
        bucket: 15,
        min_at: None,
        max_at: None,
        ..file("customers/15/a.parquet")
    };
    let commit = Commit {
        add: vec![file("orders/0/a.parquet"), customers.clone()],
        import: Some(import(id, "key")),
        attributes: vec![attribute("store", "text"), attribute("Channel", "text")],
        watermark: Some(77),
        at: 9,
        ..Commit::default()
    };
    let committed = store.commit(commit).await.unwrap();
    assert_eq!(committed, Committed { version: 1, import_id: Some(id) });
    let catalogue = store.catalogue().await.unwrap();
    assert_eq!((catalogue.version, catalogue.watermark, catalogue.imports), (1, Some(77), 1));
    assert_eq!(store.version().await.unwrap(), 1);
    assert_eq!(catalogue.attributes, [attribute("Channel", "text"), attribute("store", "text")]);
    assert_eq!(paths(&catalogue), ["orders/0/a.parquet", "customers/15/a.parquet"]);
    let kept = &catalogue.files[1];
    assert_eq!((kept.id, kept.bucket, kept.min_at, kept.max_at), (2, 15, None, None));
    assert_eq!((kept.rows, kept.bytes, kept.min_customer, kept.max_customer), (3, 1_000, 1, 9));
    assert_eq!(kept.checksum, customers.checksum);
    assert_eq!(catalogue.files[0].min_at, Some(1_700_000_000_000_000));
    // A known attribute takes its new kind; a history without facts is complete up to nowhere.
    let commit = Commit { base: 1, attributes: vec![attribute("store", "number")], at: 10, ..Commit::default() };
    store.commit(commit).await.unwrap();
    let catalogue = store.catalogue().await.unwrap();
    assert_eq!(catalogue.attributes, [attribute("Channel", "text"), attribute("store", "number")]);
    assert_eq!((catalogue.version, catalogue.watermark), (2, None));
}

pub async fn a_commit_for_an_old_version_is_refused(url: String) {
    let store = open(&url).await;
    store.commit(adding(0, &["a"])).await.unwrap();
    for base in [-1, 0, 2] {
        let error = store.commit(adding(base, &["b"])).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { base: found } if found == base), "{error:?}");
    }
    assert_eq!(paths(&store.catalogue().await.unwrap()), ["a"]);
}

/// Each commit is right but for one thing; none of it may stay, and the next right one takes its place.
pub async fn a_refused_commit_leaves_nothing(url: String) {
    let store = open(&url).await;
    store.commit(Commit { import: Some(import(1, "known")), ..adding(0, &["a", "b"]) }).await.unwrap();
    store.commit(removing(1, &[2])).await.unwrap();
    let before = store.catalogue().await.unwrap();
    let base = 2;
    let good = || Commit {
        remove: vec![1],
        attributes: vec![AttributeRow { table_name: "t".into(), name: "n".into(), kind: "k".into() }],
        watermark: Some(5),
        ..adding(base, &["c"])
    };
    let crowded = NewFile { bucket: 16, ..file("d") };
    for (wrong, code) in [
        (Commit { remove: vec![1, 2], ..good() }, "store-file-not-live"), // removed already
        (Commit { remove: vec![1, 1], ..good() }, "store-file-not-live"), // twice in one commit
        (Commit { remove: vec![1, 99], ..good() }, "store-file-not-live"), // never was
        (Commit { add: vec![file("c"), file("a")], ..good() }, "store-path-taken"), // live
        (Commit { add: vec![file("c"), file("b")], ..good() }, "store-path-taken"), // removed, not yet forgotten
        (Commit { add: vec![file("c"), file("c")], ..good() }, "store-path-taken"), // twice in one commit
        (Commit { add: vec![file("c"), crowded], ..good() }, "store-bad-value"),
        (Commit { import: Some(import(2, "known")), ..good() }, "store-already-imported"), // same content
        (Commit { import: Some(import(1, "other")), ..good() }, "store-already-imported"), // same number
        (Commit { undo: Some(7), ..good() }, "store-no-such-import"),
    ] {
        assert_eq!(store.commit(wrong.clone()).await.unwrap_err().code(), code, "{wrong:?}");
        assert_eq!(store.catalogue().await.unwrap(), before, "{wrong:?}");
    }
    assert_eq!(store.commit(good()).await.unwrap().version, 3);
    let after = store.catalogue().await.unwrap();
    assert_eq!((after.files.len(), after.files[0].id, after.watermark), (1, 3, Some(5)));
}

pub async fn values_out_of_bounds_are_refused(url: String) {
    let store = open(&url).await;
    let with = |change: fn(&mut NewFile)| {
        let mut file = file("a");
        change(&mut file);
        Commit { add: vec![file], ..Commit::default() }
    };
    for wrong in [
        with(|file| file.path = "../a".to_owned()),
        with(|file| file.table_name.clear()),
        with(|file| file.rows = -1),
        with(|file| file.bytes = -1),
        with(|file| file.bucket = -1),
        with(|file| file.min_at = None),
        with(|file| file.max_customer = 0),
        with(|file| file.checksum = "\0".to_owned()),
    ] {
        assert_eq!(store.commit(wrong.clone()).await.unwrap_err().code(), "store-bad-value", "{wrong:?}");
    }
    for wrong in [
        store::NewImport { files: "no json".to_owned(), ..import(1, "k") },
        store::NewImport { counts: "{".to_owned(), ..import(1, "k") },
        store::NewImport { facts: -1, ..import(1, "k") },
        store::NewImport { max_at: None, ..import(1, "k") },
        store::NewImport { map_text: "x".repeat(1_048_577), ..import(1, "k") },
    ] {
        let commit = Commit { import: Some(wrong), ..Commit::default() };
        assert_eq!(store.commit(commit).await.unwrap_err().code(), "store-bad-value");
    }
    assert_eq!(store.version().await.unwrap(), 0);
}

/// Commits `wanted` files, reading and trying again after every conflict; the versions made and the conflicts met.
async fn persist(store: Store, name: &str, wanted: usize) -> (Vec<i64>, usize) {
    let (mut versions, mut conflicts) = (vec![], 0);
    while versions.len() < wanted {
        let base = store.version().await.unwrap();
        match store.commit(adding(base, &[&format!("{name}-{}", versions.len())])).await {
            Ok(committed) => versions.push(committed.version),
            Err(StoreError::Conflict { .. }) => conflicts += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    (versions, conflicts)
}

pub async fn committers_at_once_take_turns(url: String) {
    let (each, committers) = (25, 4);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..committers {
        // Connections of their own, as two processes would have.
        let store = open(&url).await;
        tasks.spawn(async move { persist(store, &format!("committer-{n}"), each).await });
    }
    let (versions, conflicts): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().unzip();
    let mut versions = versions.concat();
    versions.sort_unstable();
    let all = (each * committers) as i64;
    assert_eq!(versions, (1..=all).collect::<Vec<_>>(), "each version once");
    let catalogue = open(&url).await.catalogue().await.unwrap();
    assert_eq!((catalogue.version, catalogue.files.len() as i64), (all, all));
    println!("{all} commits by {committers}, {} conflicts", conflicts.iter().sum::<usize>());
}

pub async fn a_reader_sees_whole_commits(url: String) {
    let store = open(&url).await;
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for base in 0..60 {
                let (first, second) = (format!("{base}-a"), format!("{base}-b"));
                let remove = if base == 0 { vec![] } else { vec![2 * base] };
                store.commit(Commit { remove, ..adding(base, &[&first, &second]) }).await.unwrap();
            }
        })
    };
    let mut last = 0;
    while last < 60 {
        let catalogue = store.catalogue().await.unwrap();
        // Two files come and one goes with each version but the first.
        let expected = if catalogue.version == 0 { 0 } else { catalogue.version as usize + 1 };
        assert_eq!(catalogue.files.len(), expected, "version {}", catalogue.version);
        assert!(catalogue.version >= last);
        last = catalogue.version;
        assert!(!writer.is_finished() || last == 60 || store.version().await.unwrap() == 60);
    }
    writer.await.unwrap();
}

/// Waits for a call only until it has been looked at so many times: `None` when it was given up on.
async fn give_up_after<T>(looks: usize, call: impl Future<Output = T>) -> Option<T> {
    let (mut call, mut left) = (std::pin::pin!(call), looks);
    std::future::poll_fn(|context| match left.checked_sub(1) {
        Some(fewer) => {
            left = fewer;
            call.as_mut().poll(context).map(Some)
        }
        None => std::task::Poll::Ready(None),
    })
    .await
}

/// Whoever asked may go away at any moment, as a browser does: what was begun is kept whole or not at all, and
/// the handle goes on. Every step at which a call can be waiting is tried, not only some.
pub async fn a_call_given_up_on_is_whole(url: String) {
    let store = open(&url).await;
    let (mut given_up, mut kept) = (0, 0);
    for looks in (0..40).chain(0..40) {
        let base = store.version().await.unwrap();
        let (first, second) = (format!("{given_up}-{kept}-a"), format!("{given_up}-{kept}-b"));
        match give_up_after(looks, store.commit(adding(base, &[&first, &second]))).await {
            Some(Ok(committed)) => kept += i64::from(committed.version == base + 1),
            // One given up on earlier came to its end in between.
            Some(Err(StoreError::Conflict { .. })) => {}
            Some(Err(error)) => panic!("{error:?}"),
            None => given_up += 1,
        }
        give_up_after(looks, store.catalogue()).await.transpose().unwrap();
        let catalogue = store.catalogue().await.unwrap();
        assert_eq!(catalogue.files.len() as i64, 2 * catalogue.version);
    }
    println!("{given_up} calls given up on, {kept} answered");
    assert!(given_up > 0 && kept > 0);
    let base = store.version().await.unwrap();
    assert!((kept..=kept + given_up).contains(&base));
    let last = loop {
        let base = store.version().await.unwrap();
        match store.commit(adding(base, &["last"])).await {
            Err(StoreError::Conflict { .. }) => continue,
            other => break other.unwrap().version,
        }
    };
    // A handle of its own sees it: no connection was left inside a transaction that nobody ends.
    assert_eq!(open(&url).await.version().await.unwrap(), last);
}

/// The same content brought in by several at once: one is kept, the others learn that it is there.
pub async fn one_import_at_a_time_wins(url: String) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..4 {
        let store = open(&url).await;
        tasks.spawn(async move {
            let id = store.next_import_id().await.unwrap();
            loop {
                let base = store.version().await.unwrap();
                let commit = Commit { import: Some(import(id, "same")), ..adding(base, &[&format!("by-{n}")]) };
                match store.commit(commit).await {
                    Err(StoreError::Conflict { .. }) => continue,
                    other => return other,
                }
            }
        });
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, StoreError::AlreadyImported { .. }), "{error:?}");
    }
    let catalogue = open(&url).await.catalogue().await.unwrap();
    assert_eq!((catalogue.files.len(), catalogue.imports, catalogue.version), (1, 1, 1));
}

pub async fn import_numbers_are_given_out_once(url: String) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = open(&url).await;
        tasks.spawn(async move {
            let mut ids = vec![];
            for _ in 0..10 {
                ids.push(store.next_import_id().await.unwrap());
            }
            ids
        });
    }
    let mut ids = tasks.join_all().await.concat();
    ids.sort_unstable();
    assert_eq!(ids, (1..=40).collect::<Vec<_>>());
}

/// The latest reading of a layout counts, and one that was undone does not.
pub async fn how_a_file_was_read_is_known_until_it_is_undone(url: String) {
    let store = open(&url).await;
    assert_eq!(store.reading_of_layout("columns").await.unwrap(), None);
    for (base, id, zone, currency) in [(0, 1, "UTC", None), (1, 2, "Asia/Taipei", Some("TWD"))] {
        let import = store::NewImport { readings: vec![reading(zone, currency)], ..import(id, &format!("key {id}")) };
        let commit = Commit { import: Some(import), ..adding(base, &[&format!("f{id}")]) };
        store.commit(commit).await.unwrap();
    }
    let first = store::Reading {
        import_id: 1,
        map_key: "map".to_owned(),
        tables: "orders,refunds".to_owned(),
        zone: "UTC".to_owned(),
        currency: None,
    };
    let second = store::Reading {
        import_id: 2,
        zone: "Asia/Taipei".to_owned(),
        currency: Some("TWD".to_owned()),
        ..first.clone()
    };
    assert_eq!(store.reading_of_layout("columns").await.unwrap().as_ref(), Some(&second));
    assert_eq!(store.readings_of_content("bytes").await.unwrap(), [first.clone(), second]);
    store.commit(Commit { base: 2, undo: Some(2), ..Commit::default() }).await.unwrap();
    assert_eq!(store.reading_of_layout("columns").await.unwrap().as_ref(), Some(&first));
    assert_eq!(store.readings_of_content("bytes").await.unwrap(), [first]);
    assert_eq!(store.reading_of_layout("other").await.unwrap(), None);
    assert_eq!(store.readings_of_content("other").await.unwrap(), []);
}

/// The import stays in force, its content may come again, and it is whole once it has; or once it is undone.
pub async fn an_import_that_lost_facts_can_be_made_again(url: String) {
    let store = open(&url).await;
    for (base, id) in [(0, 1), (1, 2)] {
        let commit = Commit { import: Some(import(id, &format!("key {id}"))), ..adding(base, &[&format!("f{id}")]) };
        store.commit(commit).await.unwrap();
    }
    let lacking = async || {
        let rows = store.imports_with_lost_facts().await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(lacking().await, [0i64; 0]);
    store.commit(Commit { lost: vec![1, 2], ..removing(2, &[1]) }).await.unwrap();
    assert_eq!(lacking().await, [1, 2]);
    assert_eq!(store.import_with_content("key 1").await.unwrap(), None);
    assert_eq!(store.catalogue().await.unwrap().imports, 2);
    store.commit(Commit { base: 3, undo: Some(2), ..Commit::default() }).await.unwrap();
    assert_eq!(lacking().await, [1]);
    store.commit(Commit { import: Some(import(3, "key 1")), ..adding(4, &["again"]) }).await.unwrap();
    assert_eq!(lacking().await, [0i64; 0]);
    // What came again may be lost again: both lack facts then, and one file makes both whole.
    store.commit(Commit { lost: vec![1, 3], ..removing(5, &[3]) }).await.unwrap();
    assert_eq!(lacking().await, [1, 3]);
    store.commit(Commit { import: Some(import(4, "key 1")), ..adding(6, &["once more"]) }).await.unwrap();
    assert_eq!(lacking().await, [0i64; 0]);
    // An import that is not in force loses nothing, and the commit is refused whole.
    let before = store.catalogue().await.unwrap();
    let wrong = Commit { lost: vec![2], ..adding(7, &["none"]) };
    assert_eq!(store.commit(wrong).await.unwrap_err().code(), "store-no-such-import");
    assert_eq!(store.catalogue().await.unwrap(), before);
}

/// A zone is kept together with the days made for it, or neither is.
pub async fn settings_and_files_change_together(url: String) {
    let store = open(&url).await;
    let zone = |name: &str| Settings { zone: name.to_owned(), ..Settings::default() };
    let commit = |base, name: &str, path: &str| Commit { settings: Some(zone(name)), ..adding(base, &[path]) };
    store.commit(commit(0, "Europe/Helsinki", "a")).await.unwrap();
    assert_eq!(store.settings().await.unwrap().zone, "Europe/Helsinki");
    for (wrong, code) in [
        (commit(0, "Asia/Tokyo", "b"), "store-conflict"),
        (commit(1, "Asia/Tokyo", "a"), "store-path-taken"),
        (commit(1, "Nowhere/Else", "b"), "store-bad-value"),
        (Commit { settings: Some(Settings { buckets: 8, ..zone("UTC") }), ..adding(1, &["b"]) }, "store-buckets-fixed"),
    ] {
        assert_eq!(store.commit(wrong).await.unwrap_err().code(), code);
        assert_eq!(store.settings().await.unwrap().zone, "Europe/Helsinki", "{code}");
        assert_eq!(store.version().await.unwrap(), 1, "{code}");
    }
    // The first currency stays.
    for (base, code) in [(1, "EUR"), (2, "USD")] {
        store.commit(Commit { base, currency: Some(code.to_owned()), ..Commit::default() }).await.unwrap();
        assert_eq!(store.settings().await.unwrap().currency.as_deref(), Some("EUR"));
    }
    let wrong = Commit { base: 3, currency: Some("money".to_owned()), ..Commit::default() };
    assert_eq!(store.commit(wrong).await.unwrap_err().code(), "store-bad-value");
}

pub async fn an_import_is_found_undone_and_made_again(url: String) {
    let store = open(&url).await;
    let first = store.next_import_id().await.unwrap();
    store.commit(Commit { import: Some(import(first, "key")), ..adding(0, &["a"]) }).await.unwrap();
    let row = store.import(first).await.unwrap().unwrap();
    assert_eq!((row.id, row.at, row.version), (first, 5_000 + first, 1));
    assert_eq!((row.facts, row.duplicates, row.rejects), (3, 1, 2));
    assert_eq!((row.min_at, row.max_at, row.undone_at, row.undone_version), (Some(1), Some(2), None, None));
    let sent = import(first, "key");
    assert_eq!((&row.files, &row.counts, &row.map_name), (&sent.files, &sent.counts, &sent.map_name));
    assert_eq!((&row.map_text, &row.rejects_path), (&sent.map_text, &sent.rejects_path));
    assert_eq!(store.import_with_content("key").await.unwrap(), Some(row.clone()));
    assert_eq!(store.import_with_content("other").await.unwrap(), None);
    assert_eq!(store.import(99).await.unwrap(), None);

    let undo = |base| Commit { undo: Some(first), at: 8_000, base, ..Commit::default() };
    store.commit(Commit { remove: vec![1], ..undo(1) }).await.unwrap();
    let undone = store.import(first).await.unwrap().unwrap();
    assert_eq!((undone.undone_version, undone.undone_at), (Some(2), Some(8_000)));
    assert_eq!(store::ImportRow { undone_version: None, undone_at: None, ..undone.clone() }, row, "nothing else moved");
    assert_eq!(store.import_with_content("key").await.unwrap(), None);
    assert_eq!(store.catalogue().await.unwrap().imports, 0);
    assert_eq!(store.commit(undo(2)).await.unwrap_err().code(), "store-no-such-import");

    let second = store.next_import_id().await.unwrap();
    store.commit(Commit { import: Some(import(second, "key")), ..adding(2, &["b"]) }).await.unwrap();
    let listed: Vec<_> = store.imports(10).await.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(listed, [second, first]);
    assert_eq!(store.imports(1).await.unwrap().len(), 1);
    assert_eq!(store.imports(-1).await.unwrap().len(), 0);
    assert_eq!(store.catalogue().await.unwrap().imports, 1);
    // Imports without a key are never taken for one another.
    for (base, id) in [(3, 8), (4, 9)] {
        store.commit(Commit { base, import: Some(import(id, "")), ..Commit::default() }).await.unwrap();
    }
    assert_eq!(store.import_with_content("").await.unwrap(), None);
}

pub async fn removed_files_are_known_until_forgotten(url: String) {
    let store = open(&url).await;
    store.commit(adding(0, &["a", "b", "c"])).await.unwrap(); // at 1,000
    store.commit(removing(1, &[1])).await.unwrap(); // at 1,001
    store.commit(removing(2, &[3])).await.unwrap(); // at 1,002
    let removed = async |before| {
        let files = store.removed_files(before).await.unwrap();
        files.into_iter().map(|file| file.path).collect::<Vec<_>>()
    };
    assert_eq!(removed(1_001).await, [""; 0]);
    assert_eq!(removed(1_002).await, ["a"]);
    assert_eq!(removed(1_003).await, ["a", "c"]);
    // The second is live, the last never was.
    assert_eq!(store.forget_files(&[1, 2, 99]).await.unwrap(), 1);
    assert_eq!(store.forget_files(&[1]).await.unwrap(), 0);
    assert_eq!(removed(i64::MAX).await, ["c"]);
    assert_eq!(paths(&store.catalogue().await.unwrap()), ["b"]);
    // A forgotten path is free, a number is never used again.
    store.commit(adding(3, &["a"])).await.unwrap();
    assert_eq!(store.catalogue().await.unwrap().files[1].id, 4);
}

pub async fn maps_are_kept_by_fingerprint(url: String) {
    let store = open(&url).await;
    store.save_map("f1", "orders", "first", 1).await.unwrap();
    store.save_map("f2", "events", "other", 2).await.unwrap();
    store.save_map("f1", "my orders", "second", 3).await.unwrap();
    let map = store.map("f1").await.unwrap().unwrap();
    assert_eq!((map.name.as_str(), map.text.as_str(), map.at), ("my orders", "second", 3));
    assert_eq!(store.map("f3").await.unwrap(), None);
    let listed: Vec<_> = store.maps().await.unwrap().into_iter().map(|map| map.fingerprint).collect();
    assert_eq!(listed, ["f1", "f2"]);
    for (fingerprint, text) in [("", "x"), ("f", ""), ("f", "a\0b")] {
        assert_eq!(store.save_map(fingerprint, "n", text, 1).await.unwrap_err().code(), "store-bad-value");
    }
}

pub async fn notes_are_pinned_and_taken_away(url: String) {
    let store = open(&url).await;
    let date = |text: &str| text.parse::<Date>().unwrap();
    let later = store.add_note(date("2024-03-01"), "new prices", 1).await.unwrap();
    let early = store.add_note(date("1969-12-31"), "ä".repeat(280).as_str(), 2).await.unwrap();
    let notes = store.notes().await.unwrap();
    assert_eq!(notes.iter().map(|note| note.id).collect::<Vec<_>>(), [early, later]);
    assert_eq!((notes[1].date, notes[1].text.as_str(), notes[1].at), (date("2024-03-01"), "new prices", 1));
    assert!(store.remove_note(later).await.unwrap());
    assert!(!store.remove_note(later).await.unwrap());
    let third = store.add_note(date("2024-03-01"), "again", 3).await.unwrap();
    assert!(third > later, "numbers are not used again");
}

pub async fn notes_are_bounded(url: String) {
    let store = open(&url).await;
    for text in ["", "  ", "a\0b", "x".repeat(281).as_str(), "ä".repeat(281).as_str()] {
        assert_eq!(store.add_note(Date(0), text, 1).await.unwrap_err().code(), "store-bad-value");
    }
    // 999 notes, put there in one statement.
    let digits = "(select 0 as d union all select 1 union all select 2 union all select 3 union all select 4
        union all select 5 union all select 6 union all select 7 union all select 8 union all select 9)";
    let sql = format!(
        "insert into notes (workspace, id, noted_day, body, noted_at)
        select 1, 1000 + a.d * 100 + b.d * 10 + c.d, 0, 'note', 0
        from {digits} as a cross join {digits} as b cross join {digits} as c where a.d * 100 + b.d * 10 + c.d < 999"
    );
    execute(&url, &sql).await;
    store.add_note(Date(0), "the thousandth", 1).await.unwrap();
    assert_eq!(store.add_note(Date(0), "one too many", 1).await.unwrap_err().code(), "store-bad-value");
    assert_eq!(store.notes().await.unwrap().len(), 1_000);
    // Another workspace has its own thousand.
    store.workspace(2).await.unwrap().add_note(Date(0), "elsewhere", 1).await.unwrap();
}

pub async fn views_are_kept_by_name_and_bounded(url: String) {
    let store = open(&url).await;
    let first = store.save_view("Sleepers", "quiet=90", 1).await.unwrap();
    let second = store.save_view("王 & Ääni", "country=Finland", 2).await.unwrap();
    assert_eq!(store.save_view("Sleepers", "quiet=120", 3).await.unwrap(), first, "a name stands for one view");
    let views = store.views().await.unwrap();
    assert_eq!(views.iter().map(|view| view.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!((views[0].name.as_str(), views[0].address.as_str(), views[0].at), ("Sleepers", "quiet=120", 3));
    for (name, address) in [("", "a"), (" ", "a"), ("a\0b", "a"), ("a", "a\0"), ("a", "x".repeat(2_001).as_str())] {
        assert_eq!(store.save_view(name, address, 1).await.unwrap_err().code(), "store-bad-value", "{name:?}");
    }
    assert_eq!(store.save_view(&"ä".repeat(61), "a", 1).await.unwrap_err().code(), "store-bad-value");
    for number in 2..store::VIEWS_MAX {
        store.save_view(&"ä".repeat(number as usize), "", number).await.unwrap();
    }
    assert_eq!(store.save_view("one too many", "", 1).await.unwrap_err().code(), "store-bad-value");
    store.save_view("Sleepers", "quiet=60", 9).await.unwrap();
    assert_eq!(store.views().await.unwrap().len() as i64, store::VIEWS_MAX);
    let other = store.workspace(2).await.unwrap();
    assert_eq!(other.views().await.unwrap(), []);
    assert!(!other.remove_view(first).await.unwrap());
    assert!(store.remove_view(first).await.unwrap() && !store.remove_view(first).await.unwrap());
    store.save_view("one more", "", 1).await.unwrap();
}

pub async fn segments_remember_who_belonged(url: String) {
    let store = open(&url).await;
    store.save_segment("vip", "Our best", "rule one", 1).await.unwrap();
    store.save_segment("asleep", "Fast asleep 王", "rule", 1).await.unwrap();
    let names = |rows: Vec<store::SegmentRow>| rows.into_iter().map(|row| row.slug).collect::<Vec<_>>();
    assert_eq!(names(store.segments().await.unwrap()), ["asleep", "vip"]);
    let change = |entered: &[&str], left: &[&str], at, version| {
        let all = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        store::MemberChanges { entered: all(entered), left: all(left), at, version }
    };
    assert!(store.move_members("vip", change(&["ana", "o'neil"], &[], 10, 1)).await.unwrap());
    assert!(!store.move_members("vip", change(&["twice"], &[], 10, 1)).await.unwrap(), "each version once");
    assert!(store.move_members("vip", change(&["cem"], &["ana"], 20, 2)).await.unwrap());
    assert_eq!(store.segment_members("vip").await.unwrap(), ["cem", "o'neil"]);
    assert_eq!(store.segment_moves("vip", 9).await.unwrap(), [(20, 1, 1), (10, 2, 0)]);
    let stays = store.stays_of("ana").await.unwrap();
    assert_eq!((stays[0].0.as_str(), stays[0].1.entered_at, stays[0].1.left_at), ("vip", 10, Some(20)));
    // Facts that were taken back at the same instant: that stay was none.
    store.move_members("vip", change(&[], &["cem"], 20, 3)).await.unwrap();
    assert_eq!(store.stays_of("cem").await.unwrap(), []);
    // A new name keeps the stays, a new definition begins anew.
    store.save_segment("vip", "Best of all", "rule one", 2).await.unwrap();
    assert_eq!(store.segment_members("vip").await.unwrap(), ["o'neil"]);
    store.save_segment("vip", "Best of all", "rule two", 3).await.unwrap();
    assert_eq!(store.segment_members("vip").await.unwrap(), Vec::<String>::new());
    assert_eq!(store.segments().await.unwrap()[0].seen_version, None);
    for (slug, name, text) in [("", "a", "r"), ("a", "", "r"), ("a", "a", ""), ("a\0", "a", "r")] {
        assert_eq!(store.save_segment(slug, name, text, 1).await.unwrap_err().code(), "store-bad-value", "{slug:?}");
    }
    let other = store.workspace(2).await.unwrap();
    assert_eq!(other.segments().await.unwrap(), []);
    assert!(!other.remove_segment("vip").await.unwrap());
    assert!(store.remove_segment("vip").await.unwrap() && !store.remove_segment("vip").await.unwrap());
    assert_eq!(store.stays_of("o'neil").await.unwrap(), []);
}

pub async fn notes_about_customers_are_theirs_and_bounded(url: String) {
    let store = open(&url).await;
    let (odd, long) = ("o'neil \"the\" 1st; drop table customer_notes --", "ä".repeat(2_000));
    let early = store.add_customer_note(odd, "called", 1).await.unwrap();
    let late = store.add_customer_note(odd, &long, 2).await.unwrap();
    store.add_customer_note("ana", "of somebody else", 3).await.unwrap();
    let notes = store.customer_notes(odd).await.unwrap();
    assert_eq!(notes.iter().map(|note| note.id).collect::<Vec<_>>(), [late, early], "the newest first");
    assert_eq!((notes[0].text.as_str(), notes[1].text.as_str(), notes[1].at), (long.as_str(), "called", 1));
    for (id, text) in [("ana", ""), ("ana", " "), ("ana", "a\0"), ("", "a"), ("a\0", "a")] {
        assert_eq!(
            store.add_customer_note(id, text, 1).await.unwrap_err().code(),
            "store-bad-value",
            "{id:?} {text:?}"
        );
    }
    assert_eq!(store.add_customer_note("ana", &"ä".repeat(2_001), 1).await.unwrap_err().code(), "store-bad-value");
    assert_eq!(store.customer_notes("a\0").await.unwrap(), []);
    assert!(!store.remove_customer_note("a\0", early).await.unwrap());
    assert!(!store.remove_customer_note("ana", early).await.unwrap(), "it is about somebody else");
    assert!(!store.workspace(2).await.unwrap().remove_customer_note(odd, early).await.unwrap());
    assert_eq!(store.workspace(2).await.unwrap().customer_notes(odd).await.unwrap(), []);
    assert!(store.remove_customer_note(odd, early).await.unwrap());
    for _ in 1..200 {
        store.add_customer_note("ana", "again", 4).await.unwrap();
    }
    assert_eq!(store.add_customer_note("ana", "one too many", 5).await.unwrap_err().code(), "store-bad-value");
    assert_eq!(store.customer_notes(odd).await.unwrap().len(), 1);
}

pub async fn links_end_and_are_taken_back(url: String) {
    let store = open(&url).await;
    let first = store.add_share_link("aa", "/retention?period=2024-05", 100, 200).await.unwrap();
    let second = store.add_share_link("bb", "/retention", 100, 300).await.unwrap();
    for (hash, at, there) in [
        ("aa", 100, true),
        ("aa", 199, true),
        ("aa", 200, false),
        ("bb", 299, true),
        ("bb", 300, false),
        ("cc", 100, false),
    ] {
        assert_eq!(store.share_link(hash, at).await.unwrap().is_some(), there, "{hash} at {at}");
    }
    let link = store.share_link("aa", 150).await.unwrap().unwrap();
    assert_eq!(
        (link.id, link.path.as_str(), link.created_at, link.until),
        (first, "/retention?period=2024-05", 100, 200)
    );
    let ids = async |at: i64| store.share_links(at).await.unwrap().iter().map(|link| link.id).collect::<Vec<_>>();
    assert_eq!((ids(199).await, ids(200).await), (vec![second, first], vec![second]));
    assert!(store.add_share_link("bb", "/retention", 100, 300).await.is_err(), "a secret is used once");
    assert!(store.remove_share_link(second).await.unwrap());
    assert!(!store.remove_share_link(second).await.unwrap());
    assert_eq!(store.share_link("bb", 150).await.unwrap(), None);
    // Another workspace finds nothing by the same secret.
    assert_eq!(store.workspace(2).await.unwrap().share_link("aa", 150).await.unwrap(), None);
    // A new link sweeps those that have ended, and numbers are not used again.
    let third = store.add_share_link("dd", "/retention", 250, 400).await.unwrap();
    assert!(third > second);
    assert_eq!(store.share_link("aa", 150).await.unwrap(), None, "swept");
}

pub async fn links_are_bounded(url: String) {
    let store = open(&url).await;
    for (hash, path, from, until) in
        [("", "/retention", 1, 2), ("aa", "", 1, 2), ("aa", "/x", 2, 2), ("aa", "/x", 3, 2), ("a\0", "/x", 1, 2)]
    {
        let error = store.add_share_link(hash, path, from, until).await.unwrap_err();
        assert_eq!(error.code(), "store-bad-value", "{hash} {path} {from} {until}");
    }
    for number in 0..200 {
        store.add_share_link(&format!("{number}"), "/retention", 1, 10).await.unwrap();
    }
    assert_eq!(store.add_share_link("one too many", "/retention", 1, 10).await.unwrap_err().code(), "store-bad-value");
    store.add_share_link("after they ended", "/retention", 10, 20).await.unwrap();
}

pub async fn workspaces_do_not_see_each_other(url: String) {
    let one = open(&url).await;
    let two = one.workspace(2).await.unwrap();
    let empty = two.catalogue().await.unwrap();
    let id = one.next_import_id().await.unwrap();
    let attributes = vec![AttributeRow { table_name: "t".into(), name: "n".into(), kind: "k".into() }];
    let commit = Commit { import: Some(import(id, "key")), attributes, watermark: Some(1), ..adding(0, &["a", "b"]) };
    one.commit(commit).await.unwrap();
    one.commit(removing(1, &[2])).await.unwrap();
    one.save_map("f", "map", "text", 1).await.unwrap();
    let note = one.add_note(Date(0), "note", 1).await.unwrap();
    one.save_settings(&Settings { name: "one".to_owned(), ..Settings::default() }).await.unwrap();
    let seen = (one.catalogue().await.unwrap(), one.imports(9).await.unwrap(), one.notes().await.unwrap());

    assert_eq!(two.catalogue().await.unwrap(), empty);
    assert_eq!(two.version().await.unwrap(), 0);
    assert_eq!(two.settings().await.unwrap(), Settings::default());
    assert_eq!(two.imports(9).await.unwrap(), []);
    assert_eq!(two.import(id).await.unwrap(), None);
    assert_eq!(two.import_with_content("key").await.unwrap(), None);
    assert_eq!(two.map("f").await.unwrap(), None);
    assert_eq!(two.maps().await.unwrap(), []);
    assert_eq!(two.notes().await.unwrap(), []);
    assert_eq!(two.removed_files(i64::MAX).await.unwrap(), []);
    // What two does with the ids of one finds nothing, and leaves one as it was.
    assert_eq!(two.commit(removing(0, &[1])).await.unwrap_err().code(), "store-file-not-live");
    let undo = Commit { undo: Some(id), ..Commit::default() };
    assert_eq!(two.commit(undo).await.unwrap_err().code(), "store-no-such-import");
    assert_eq!(two.forget_files(&[2]).await.unwrap(), 0);
    assert!(!two.remove_note(note).await.unwrap());
    two.save_settings(&Settings { name: "two".to_owned(), ..Settings::default() }).await.unwrap();
    two.save_map("f", "other", "other", 1).await.unwrap();
    // The same numbers, paths and contents are free in two.
    assert_eq!(two.next_import_id().await.unwrap(), id);
    two.commit(Commit { import: Some(import(id, "key")), ..adding(0, &["a", "b"]) }).await.unwrap();

    assert_eq!((one.catalogue().await.unwrap(), one.imports(9).await.unwrap(), one.notes().await.unwrap()), seen);
    assert_eq!(one.settings().await.unwrap().name, "one");
    assert_eq!(one.map("f").await.unwrap().unwrap().name, "map");
}

pub async fn a_restart_changes_nothing(url: String) {
    let store = open(&url).await;
    let id = store.next_import_id().await.unwrap();
    store.commit(Commit { import: Some(import(id, "key")), ..adding(0, &["a", "b"]) }).await.unwrap();
    store.commit(removing(1, &[1])).await.unwrap();
    store.save_settings(&Settings { name: "shop".to_owned(), ..Settings::default() }).await.unwrap();
    let before = (store.catalogue().await.unwrap(), store.imports(9).await.unwrap(), store.settings().await.unwrap());
    // Once without a farewell and once with one.
    drop(store);
    for _ in 0..2 {
        let store = open(&url).await;
        let after =
            (store.catalogue().await.unwrap(), store.imports(9).await.unwrap(), store.settings().await.unwrap());
        assert_eq!(after, before);
        assert_eq!(store.removed_files(i64::MAX).await.unwrap().len(), 1);
        store.close().await;
    }
}

pub async fn opening_at_once_migrates_once(url: String) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let url = url.clone();
        tasks.spawn(async move { Store::open(&url).await.map(|_| ()) });
    }
    for result in tasks.join_all().await {
        result.unwrap();
    }
    // Run again from the start, as if the ledger had been lost: every migration can be repeated.
    let store = open(&url).await;
    store.commit(adding(0, &["a"])).await.unwrap();
    store.close().await;
    execute(&url, "delete from migrations").await;
    assert_eq!(open(&url).await.catalogue().await.unwrap().files.len(), 1);
}

pub async fn a_newer_database_is_refused(url: String) {
    open(&url).await.close().await;
    execute(&url, "insert into migrations (number, name) values (99, 'of a later release')").await;
    let error = Store::open(&url).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerDatabase { found: 99, known: 6, .. }), "{error:?}");
    assert!(error.to_string().contains("newer release"), "{error}");
}
