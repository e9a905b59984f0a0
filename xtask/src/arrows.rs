//! Which way the arrows go: the dependency table held against the real dependencies.

use crate::finding::{Finding, Findings};
use crate::graph::{Arrow, Crate, Graph};
use crate::table::{FOR_TESTS, MAY_USE, OWNERS, TESTS_ONLY, matches};

/// A crate uses, of our crates, only what its row names. Tests may add the test kit.
pub fn between_crates(graph: &Graph) -> Findings {
    graph.ours.iter().flat_map(one_crate).collect()
}

fn one_crate(ours: &Crate) -> Findings {
    let Some((_, may_use)) = MAY_USE.iter().find(|(name, _)| *name == ours.name) else {
        return vec![Finding {
            rule: "crate-without-a-row",
            place: ours.name.clone(),
            what: "is not in the dependency table".to_owned(),
            hint: "give it a row in xtask/src/table.rs, and say in ARCHITECTURE.md what it holds",
        }];
    };
    let allowed = |arrow: &&Arrow| {
        may_use.contains(&arrow.to.as_str()) || (arrow.for_tests && FOR_TESTS.contains(&arrow.to.as_str()))
    };
    ours.uses
        .iter()
        .filter(|arrow| arrow.is_ours)
        .filter(|arrow| !allowed(arrow))
        .map(|arrow| Finding {
            rule: "arrow",
            place: ours.name.clone(),
            what: format!("uses {}{}, which its row does not name", arrow.to, in_tests(arrow)),
            hint: "move the code to the crate whose word it is, or change xtask/src/table.rs and give the reason",
        })
        .collect()
}

/// What exists for tests stays with tests.
pub fn tests_only(graph: &Graph) -> Findings {
    let ordinary = graph.ours.iter().filter(|ours| ours.name != "testkit").flat_map(|ours| {
        ours.uses.iter().filter(|arrow| !arrow.for_tests).map(move |arrow| (&ours.name, arrow.to.as_str()))
    });
    ordinary
        .filter(|(_, used)| TESTS_ONLY.contains(used))
        .map(|(name, used)| Finding {
            rule: "tests-only",
            place: name.clone(),
            what: format!("ships {used}, which is for tests"),
            hint: "move the line to [dev-dependencies]",
        })
        .collect()
}

/// A library with an owner is named by its owner alone, in tests too.
pub fn owners(graph: &Graph) -> Findings {
    let arrows = graph
        .ours
        .iter()
        .flat_map(|ours| ours.uses.iter().filter(|arrow| !arrow.is_ours).map(move |arrow| (ours.name.as_str(), arrow)));
    let mut findings = Vec::new();
    for (name, arrow) in arrows {
        for (library, owners, reason) in OWNERS {
            if matches(library, &arrow.to) && !owners.contains(&name) {
                findings.push(Finding {
                    rule: "owner",
                    place: name.to_owned(),
                    what: format!("names {}{}; {reason}", arrow.to, in_tests(arrow)),
                    hint: "ask the owner for what you need by a function of its own",
                });
            }
        }
    }
    findings
}

fn in_tests(arrow: &Arrow) -> &'static str {
    if arrow.for_tests { " in its tests" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::lines;
    use crate::graph::sketch;

    /// The one door: a sketch of the crates, and what is found wrong with it.
    fn check(crates: &str, expected: &[&str]) {
        let graph = sketch(crates);
        let mut findings = between_crates(&graph);
        findings.extend(tests_only(&graph));
        findings.extend(owners(&graph));
        assert_eq!(lines(&findings), expected, "{crates}");
    }

    #[test]
    fn the_table_is_held() {
        check("metrics -> terms history models @serde", &[]);
        check("metrics -> terms store", &["metrics: uses store, which its row does not name"]);
        check("history -> metrics", &["history: uses metrics, which its row does not name"]);
        check("terms -> terms", &["terms: uses terms, which its row does not name"]);
        check("app -> journeys reports scores", &[]);
        check("app -> ui", &["app: uses ui, which its row does not name"]);
        check("cli -> web", &[]);
        check("web -> cli", &["web: uses cli, which its row does not name"]);
    }

    #[test]
    fn a_crate_needs_a_row() {
        check("utils ->", &["utils: is not in the dependency table"]);
    }

    #[test]
    fn tests_may_add_the_test_kit_and_no_more() {
        check("metrics -> terms ?testkit ?@tempfile ?@proptest", &[]);
        check("metrics -> ?store", &["metrics: uses store in its tests, which its row does not name"]);
        check(
            "models -> testkit",
            &["models: uses testkit, which its row does not name", "models: ships testkit, which is for tests"],
        );
        check("models -> @proptest", &["models: ships proptest, which is for tests"]);
        check("testkit -> terms store history @tempfile", &[]);
    }

    #[test]
    fn a_library_with_an_owner_is_named_by_its_owner() {
        check("history -> @datafusion @arrow @parquet", &[]);
        check("metrics -> @arrow-array", &["metrics: names arrow-array; columns stay behind the door of the history"]);
        check("app -> @sqlx", &["app: names sqlx; only `store` knows that there are two databases"]);
        check("ui -> @axum", &["ui: names axum; only `web` knows HTTP"]);
        check("app -> @clap", &["app: names clap; only `cli` reads arguments"]);
        check("reports -> ?@parquet", &["reports: names parquet in its tests; only `history` knows file formats"]);
    }
}
