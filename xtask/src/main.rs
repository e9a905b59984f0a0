//! The house's own chores. `cargo xtask tidy` holds the rules that no compiler knows.
//!
//! Each rule is a pure function from what was read (the dependency graph, the texts of the tracked files) to
//! `Finding`s, so that its tests can break the rule on purpose without touching the tree.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to the terminal")]

mod arrows;
mod builds;
mod copies;
mod finding;
mod graph;
mod licences;
mod manifests;
mod pages;
mod spdx;
mod table;
mod tree;

use std::process::ExitCode;

use finding::Findings;
use graph::Graph;
use tree::Tree;

const HELP: &str = "\
cargo xtask <chore>

  tidy    hold the house rules against the dependency graph and the tracked files
  help    this text";

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy(),
        Some("help" | "--help" | "-h") => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        other => {
            eprintln!("error: no chore is called {:?}\n\n{HELP}", other.unwrap_or(""));
            ExitCode::from(2)
        }
    }
}

/// Runs every rule and prints what was found.
fn tidy() -> ExitCode {
    let (graph, tree, mut findings) = match read() {
        Ok(read) => read,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    findings.extend(all(&graph, &tree));
    findings.sort();
    for finding in &findings {
        eprintln!("{finding}\n");
    }
    println!(
        "tidy: {} crates of ours, {} packages in all, {} tracked files: {}",
        graph.ours.len(),
        graph.packages.len(),
        tree.files.len(),
        match findings.len() {
            0 => "all in order".to_owned(),
            1 => "1 finding".to_owned(),
            more => format!("{more} findings"),
        }
    );
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What cargo and git say, and the one rule that asks cargo more than once.
fn read() -> Result<(Graph, Tree, Findings), String> {
    Ok((Graph::load()?, Tree::load()?, builds::compared()?))
}

/// Every rule that reads the graph and the tree, in the order of the report.
fn all(graph: &Graph, tree: &Tree) -> Findings {
    let mut findings = Vec::new();
    findings.extend(arrows::between_crates(graph));
    findings.extend(arrows::tests_only(graph));
    findings.extend(arrows::owners(graph));
    findings.extend(copies::one_copy(graph));
    findings.extend(licences::allowed(graph, tree));
    findings.extend(licences::sources(graph));
    findings.extend(manifests::reasons(tree));
    findings.extend(manifests::inherited(tree));
    findings.extend(manifests::used(graph, tree));
    findings.extend(pages::machine_paths(tree));
    findings.extend(pages::decisions_listed(tree));
    findings.extend(pages::links(tree));
    findings.extend(pages::sql(tree));
    findings.extend(pages::first_lines(tree));
    findings.extend(pages::clocks(tree));
    findings
}
