//! The program as a person runs it.
#![allow(clippy::print_stdout)] // a test that is skipped says so

mod damage;
mod explain;
mod facts;
mod files;
mod segments;
mod settings;
mod told_again;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// An installation in a folder that vanishes.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Shop {
        Shop { folder: tempfile::tempdir().unwrap() }
    }

    /// Runs the program.
    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regulars"));
        command.args(args).arg("--data").arg(self.folder.path()).env_remove("RUST_BACKTRACE");
        command.stdin(std::process::Stdio::null()).output().unwrap()
    }

    /// Runs the program, which must succeed, and reads its JSON.
    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}"))
    }

    /// The one value of a query.
    fn value(&self, sql: &str) -> Value {
        let answer = self.json(&["sql", sql]);
        answer["rows"][0].as_object().unwrap().values().next().unwrap().clone()
    }
}

/// A file of the shared data, or nothing, said aloud.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: ../shared/data/{name} is not there");
    None
}

/// The facts beside a data set.
fn facts_of(name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(shared(&format!("{name}/facts.json"))?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}
