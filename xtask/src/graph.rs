//! The dependency graph, as `cargo metadata` tells it.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Every package that takes part in a build on this machine, and our own crates' arrows.
#[derive(Debug, Default)]
pub struct Graph {
    /// Our crates.
    pub ours: Vec<Crate>,
    /// All packages, ours included.
    pub packages: Vec<Package>,
    /// Package id -> the packages that depend on it, as `name version`.
    pub users: BTreeMap<String, Vec<String>>,
}

/// One crate of the workspace.
#[derive(Debug)]
pub struct Crate {
    /// The crate's name.
    pub name: String,
    /// Its direct dependencies.
    pub uses: Vec<Arrow>,
}

/// One direct dependency.
#[derive(Debug)]
pub struct Arrow {
    /// The package's name, also where the manifest renames it.
    pub to: String,
    /// Whether only tests, benches and examples see it.
    pub for_tests: bool,
    /// Whether it is a crate of the workspace.
    pub is_ours: bool,
}

/// One package at one version.
#[derive(Debug)]
pub struct Package {
    /// What cargo calls it.
    pub id: String,
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SPDX expression, where the package gives one.
    pub license: Option<String>,
    /// Where it comes from; `None` for our own.
    pub source: Option<String>,
}

impl Graph {
    /// Asks cargo. Only packages of this platform are asked for, so nothing else has to be downloaded.
    ///
    /// # Errors
    ///
    /// A sentence when cargo cannot be run or says something unexpected.
    pub fn load() -> Result<Self, String> {
        let host = run("rustc", &["-vV"])?;
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("`rustc -vV` names no host")?;
        let json = run("cargo", &["metadata", "--format-version", "1", "--locked", "--filter-platform", host])?;
        Self::from_json(&json)
    }

    /// Reads the output of `cargo metadata --format-version 1`.
    ///
    /// # Errors
    ///
    /// A sentence when the text is not such an output.
    pub fn from_json(json: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(json).map_err(|cause| format!("cargo metadata: {cause}"))?;
        let members: Vec<&str> = list(&root["workspace_members"]).iter().filter_map(Value::as_str).collect();
        let mut graph = Self::default();
        for package in list(&root["packages"]) {
            let id = text(&package["id"]).ok_or("cargo metadata: a package without an id")?;
            let name = text(&package["name"]).ok_or("cargo metadata: a package without a name")?;
            if members.contains(&id.as_str()) {
                graph.ours.push(Crate { name: name.clone(), uses: arrows(&package["dependencies"]) });
            }
            graph.packages.push(Package {
                id,
                name,
                version: text(&package["version"]).unwrap_or_default(),
                license: text(&package["license"]),
                source: text(&package["source"]),
            });
        }
        graph.users = users(&root["resolve"]["nodes"], &graph.packages);
        Ok(graph)
    }
}

/// The direct dependencies a manifest declares.
fn arrows(dependencies: &Value) -> Vec<Arrow> {
    list(dependencies)
        .iter()
        .filter_map(|dependency| {
            Some(Arrow {
                to: text(&dependency["name"])?,
                for_tests: dependency["kind"] == "dev",
                is_ours: dependency["path"].is_string(),
            })
        })
        .collect()
}

/// Turns the resolved graph round: who uses a package.
fn users(nodes: &Value, packages: &[Package]) -> BTreeMap<String, Vec<String>> {
    let names: BTreeMap<&str, String> =
        packages.iter().map(|p| (p.id.as_str(), format!("{} {}", p.name, p.version))).collect();
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in list(nodes) {
        let Some(user) = node["id"].as_str().and_then(|id| names.get(id)) else { continue };
        for used in list(&node["dependencies"]).iter().filter_map(Value::as_str) {
            users.entry(used.to_owned()).or_default().push(user.clone());
        }
    }
    users
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Runs a program and returns what it printed.
///
/// # Errors
///
/// A sentence with the program's own words when it cannot be started or fails.
pub fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new(program).args(arguments).output().map_err(|cause| format!("cannot start `{program}`: {cause}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{program} {}` failed: {}", arguments.join(" "), words.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{program}` printed something that is not UTF-8"))
}

/// For tests: a graph written as lines of `crate -> used used`; `?` before a name marks a dependency of tests,
/// `@` one that is not ours.
#[cfg(test)]
pub fn sketch(lines: &str) -> Graph {
    let ours = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
        let (name, uses) = line.split_once("->").unwrap();
        let uses = uses.split_whitespace().map(|word| Arrow {
            to: word.trim_start_matches(['?', '@']).to_owned(),
            for_tests: word.starts_with('?'),
            is_ours: !word.contains('@'),
        });
        Crate { name: name.trim().to_owned(), uses: uses.collect() }
    });
    Graph { ours: ours.collect(), ..Graph::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_says() {
        let json = r#"{
            "workspace_members": ["ours#0.1.0"],
            "packages": [
                {"id": "ours#0.1.0", "name": "ours", "version": "0.1.0", "license": "Apache-2.0", "source": null,
                 "dependencies": [
                    {"name": "terms", "kind": null, "path": "/x/terms"},
                    {"name": "proptest", "kind": "dev"}]},
                {"id": "proptest#1.0.0", "name": "proptest", "version": "1.0.0", "license": null,
                 "source": "registry+https://github.com/rust-lang/crates.io-index", "dependencies": []}],
            "resolve": {"nodes": [{"id": "ours#0.1.0", "dependencies": ["proptest#1.0.0"]}]}
        }"#;
        let graph = Graph::from_json(json).unwrap();
        assert_eq!(graph.ours.len(), 1);
        assert!(graph.ours[0].uses[0].is_ours && !graph.ours[0].uses[0].for_tests);
        assert!(!graph.ours[0].uses[1].is_ours && graph.ours[0].uses[1].for_tests);
        assert_eq!(graph.users["proptest#1.0.0"], ["ours 0.1.0"]);
    }

    #[test]
    fn says_so_when_it_is_not_what_cargo_says() {
        assert!(Graph::from_json("cargo: command not found").unwrap_err().starts_with("cargo metadata: "));
    }
}
