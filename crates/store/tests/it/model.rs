//! Random commits: the catalogue is always what a model in memory says it is.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use store::{AttributeRow, Catalogue, Commit, NewFile, Store};

use crate::samples::{file, import};
use crate::sqlite;

/// Histories and steps of each: a thousand commits in all.
const HISTORIES: u32 = 10;
const STEPS: usize = 100;

/// One thing somebody tries. An [`Index`] picks from whatever there is by then.
#[derive(Debug, Clone)]
struct Step {
    stale: bool,
    add: usize,
    remove: Vec<Index>,
    import: Option<u8>,
    undo: Option<Index>,
    attribute: Option<(u8, u8)>,
    watermark: Option<i64>,
    forget: bool,
    reopen: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let files = (prop::bool::weighted(0.1), 0..5usize, prop::collection::vec(any::<Index>(), 0..4));
    let imports = (prop::option::of(0..12u8), prop::option::weighted(0.2, any::<Index>()));
    let rest = (prop::option::of((0..4u8, 0..3u8)), prop::option::of(any::<i64>()));
    let after = (prop::bool::weighted(0.1), prop::bool::weighted(0.03));
    (files, imports, rest, after).prop_map(|(files, imports, rest, after)| Step {
        stale: files.0,
        add: files.1,
        remove: files.2,
        import: imports.0,
        undo: imports.1,
        attribute: rest.0,
        watermark: rest.1,
        forget: after.0,
        reopen: after.1,
    })
}

/// What the state must be.
#[derive(Default, Clone)]
struct Model {
    version: i64,
    last_file: i64,
    last_import: i64,
    live: BTreeMap<i64, NewFile>,
    removed: BTreeSet<i64>,
    /// Content keys by the imports in force.
    imports: BTreeMap<i64, String>,
    undone: BTreeSet<i64>,
    attributes: BTreeMap<String, String>,
    watermark: Option<i64>,
}

impl Model {
    /// The commit a step asks for; ids of removed files and undone imports may be among what it names.
    fn commit(&self, step: &Step) -> Commit {
        let add = (1..=step.add as i64).map(|n| NewFile {
            bucket: ((self.last_file + n) % 16) as i32,
            ..file(&format!("orders/{}-{n}.parquet", self.version))
        });
        let known: Vec<i64> = self.live.keys().chain(self.removed.iter().take(1)).copied().collect();
        let made: Vec<i64> = self.imports.keys().chain(self.undone.iter().take(1)).copied().collect();
        Commit {
            base: self.version - i64::from(step.stale),
            add: add.collect(),
            remove: if known.is_empty() { vec![] } else { step.remove.iter().map(|pick| *pick.get(&known)).collect() },
            import: step.import.map(|key| import(self.last_import, &format!("key {key}"))),
            undo: step.undo.filter(|_| !made.is_empty()).map(|pick| *pick.get(&made)),
            attributes: step.attribute.iter().map(|(name, kind)| attribute(name, kind)).collect(),
            watermark: step.watermark,
            at: self.version,
            ..Commit::default()
        }
    }

    /// Applies a commit, or names the error it must end in and stays as it was.
    fn apply(&mut self, commit: &Commit) -> Result<i64, &'static str> {
        let mut next = self.clone();
        if commit.base != next.version {
            return Err("store-conflict");
        }
        next.version += 1;
        for id in &commit.remove {
            next.live.remove(id).ok_or("store-file-not-live")?;
            next.removed.insert(*id);
        }
        for file in &commit.add {
            next.last_file += 1;
            next.live.insert(next.last_file, file.clone());
        }
        for row in &commit.attributes {
            next.attributes.insert(row.name.clone(), row.kind.clone());
        }
        if let Some(id) = commit.undo {
            next.imports.remove(&id).ok_or("store-no-such-import")?;
            next.undone.insert(id);
        }
        if let Some(import) = &commit.import {
            if next.imports.values().any(|key| *key == import.content_key) {
                return Err("store-already-imported");
            }
            next.imports.insert(import.id, import.content_key.clone());
        }
        next.watermark = commit.watermark;
        *self = next;
        Ok(self.version)
    }

    fn compare(&self, found: &Catalogue) {
        assert_eq!((found.version, found.watermark), (self.version, self.watermark));
        assert_eq!(found.imports as usize, self.imports.len());
        let files: BTreeMap<i64, NewFile> = found.files.iter().map(|row| (row.id, as_new(row))).collect();
        assert_eq!(files, self.live);
        let attributes = found.attributes.iter().map(|row| (row.name.clone(), row.kind.clone())).collect();
        assert_eq!(self.attributes, attributes);
    }
}

fn attribute(name: &u8, kind: &u8) -> AttributeRow {
    AttributeRow { table_name: "orders".into(), name: format!("n{name}"), kind: format!("k{kind}") }
}

/// A row of the catalogue as it was handed in.
pub fn as_new(row: &store::FileRow) -> NewFile {
    NewFile {
        table_name: row.table_name.clone(),
        bucket: row.bucket,
        path: row.path.clone(),
        rows: row.rows,
        bytes: row.bytes,
        min_at: row.min_at,
        max_at: row.max_at,
        min_customer: row.min_customer,
        max_customer: row.max_customer,
        checksum: row.checksum.clone(),
    }
}

/// One history, compared with the model after every step.
async fn live_through(url: &str, steps: &[Step]) {
    let (mut store, mut model) = (Store::open(url).await.unwrap(), Model::default());
    for step in steps {
        if step.import.is_some() {
            model.last_import += 1;
            assert_eq!(store.next_import_id().await.unwrap(), model.last_import);
        }
        let commit = model.commit(step);
        let expected = model.apply(&commit);
        let found = store.commit(commit).await;
        assert_eq!(found.as_ref().map(|done| done.version).map_err(|error| error.code()), expected, "{found:?}");
        if step.forget {
            let ids: Vec<i64> = store.removed_files(i64::MAX).await.unwrap().iter().map(|row| row.id).collect();
            assert_eq!(ids, Vec::from_iter(model.removed.iter().copied()));
            store.forget_files(&ids).await.unwrap();
            model.removed.clear();
        }
        if step.reopen {
            drop(store);
            store = Store::open(url).await.unwrap();
        }
        model.compare(&store.catalogue().await.unwrap());
    }
    for (id, key) in &model.imports {
        assert_eq!(store.import_with_content(key).await.unwrap().unwrap().id, *id);
    }
    for id in &model.undone {
        assert!(store.import(*id).await.unwrap().unwrap().undone_at.is_some());
    }
    store.close().await;
}

/// Ten histories of a hundred steps, each on an empty database. `REGULARS_SEED` repeats a run.
pub fn check(runtime: &tokio::runtime::Runtime, empty: impl Fn() -> String) {
    let seed = crate::kills::seed();
    println!("model: REGULARS_SEED={seed}");
    let config = Config {
        cases: HISTORIES,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&prop::collection::vec(step(), STEPS), |steps| {
        runtime.block_on(live_through(&empty(), &steps));
        Ok(())
    });
    if let Err(TestError::Fail(why, steps)) = result {
        panic!("REGULARS_SEED={seed}: {why}\n{steps:#?}");
    }
}

#[test]
fn a_thousand_random_commits_on_sqlite() {
    let folder = tempfile::TempDir::new().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let next = std::cell::Cell::new(0);
    check(&runtime, || {
        next.set(next.get() + 1);
        let folder = folder.path().join(next.get().to_string());
        std::fs::create_dir(&folder).unwrap();
        sqlite::url(&folder)
    });
}
