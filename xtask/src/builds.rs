//! The README's run command and the tests build the same packages with the same features, so that nobody waits
//! for the engine twice.

use std::collections::BTreeSet;

use crate::finding::{Finding, Findings};
use crate::graph::run;

/// What one way of building needs: lines of `name version|features`.
type Build = BTreeSet<String>;

/// Asks cargo what the run command builds and what the tests build, and compares them.
///
/// # Errors
///
/// A sentence when cargo cannot be asked.
pub fn compared() -> Result<Findings, String> {
    let to_run = build(&["--package", "cli", "--edges", "normal,build"])?;
    let to_test = build(&["--workspace", "--edges", "normal,build,dev"])?;
    Ok(twice(&to_run, &to_test))
}

fn build(choice: &[&str]) -> Result<Build, String> {
    let mut arguments = vec!["tree", "--locked", "--prefix", "none", "--format", "{p}|{f}"];
    arguments.extend(choice);
    let text = run("cargo", &arguments)?;
    // A package met before is marked with a star. Our own crates are printed with their folder: they are left out,
    // because the tests build them with what the tests add, on purpose.
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)"));
    Ok(lines.filter(|line| line.contains('|') && !line.contains("(/")).map(str::to_owned).collect())
}

/// What the run command needs in a form the tests do not build.
fn twice(to_run: &Build, to_test: &Build) -> Findings {
    to_run
        .difference(to_test)
        .map(|line| {
            let (package, features) = line.split_once('|').unwrap_or((line, ""));
            Finding {
                rule: "built-twice",
                place: package.to_owned(),
                what: format!("is built with the features [{features}] to run, and with others to test"),
                hint: "name the missing features in the root Cargo.toml, so that both builds ask for the same",
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::lines;

    #[test]
    fn a_feature_that_only_tests_ask_for_is_noticed() {
        let build = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Build>();
        let to_run = build(&["serde v1.0.0|std", "tokio v1.0.0|net,rt"]);
        assert!(twice(&to_run, &build(&["serde v1.0.0|std", "tokio v1.0.0|net,rt", "insta v1.0.0|"])).is_empty());
        assert_eq!(
            lines(&twice(&to_run, &build(&["serde v1.0.0|derive,std", "tokio v1.0.0|net,rt"]))),
            ["serde v1.0.0: is built with the features [std] to run, and with others to test"]
        );
    }
}
