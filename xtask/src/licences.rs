//! What we may ship: licences on the list of `deny.toml`, and packages from crates.io alone.
//!
//! `cargo deny` knows more (advisories, yanked versions); this much needs no download and so runs everywhere.

use crate::finding::{Finding, Findings};
use crate::graph::Graph;
use crate::spdx;
use crate::tree::Tree;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Every package can be taken under licences of the list.
pub fn allowed(graph: &Graph, tree: &Tree) -> Findings {
    let Some(allowed) = tree.text("deny.toml").map(allow_list) else {
        return vec![Finding {
            rule: "licence",
            place: "deny.toml".to_owned(),
            what: "is missing, so no licence is allowed".to_owned(),
            hint: "bring it back: its list `[licenses] allow` says what we may ship",
        }];
    };
    let outside = graph.packages.iter().filter(|package| package.source.is_some());
    outside
        .filter(|package| !package.license.as_deref().is_some_and(|given| spdx::satisfied(given, &allowed)))
        .map(|package| Finding {
            rule: "licence",
            place: format!("{} {}", package.name, package.version),
            what: format!("comes under {}", package.license.as_deref().unwrap_or("no licence it names")),
            hint: "do without it, or add the licence to deny.toml once it is certain that we may ship it",
        })
        .collect()
}

/// Every package is ours or from crates.io.
pub fn sources(graph: &Graph) -> Findings {
    graph
        .packages
        .iter()
        .filter_map(|package| Some((package, package.source.as_deref()?)))
        .filter(|(_, source)| *source != CRATES_IO)
        .map(|(package, source)| Finding {
            rule: "source",
            place: format!("{} {}", package.name, package.version),
            what: format!("comes from {source}"),
            hint: "take the released version from crates.io",
        })
        .collect()
}

/// The quoted names in the list `allow = [...]` of `[licenses]`.
fn allow_list(deny: &str) -> Vec<String> {
    let licenses = deny.split("[licenses]").nth(1).unwrap_or("");
    let list = licenses.split("allow = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or("");
    let uncommented = list.lines().map(|line| line.split('#').next().unwrap_or(""));
    uncommented.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::lines;
    use crate::graph::Package;

    const DENY: &str = "
        [bans]
        allow = [\"nothing here\"]
        [licenses]
        allow = [
            \"MIT\", # \"GPL-3.0\" is not
            \"Apache-2.0\",
        ]
        [sources]";

    fn check(license: Option<&str>, source: Option<&str>, expected: &[&str]) {
        let package = Package {
            id: "x#1.0.0".to_owned(),
            name: "x".to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: source.map(str::to_owned),
        };
        let graph = Graph { packages: vec![package], ..Graph::default() };
        let mut findings = allowed(&graph, &Tree::sketch(&[("deny.toml", DENY)]));
        findings.extend(sources(&graph));
        assert_eq!(lines(&findings), expected);
    }

    #[test]
    fn licences_on_the_list_and_no_others() {
        check(Some("MIT"), Some(CRATES_IO), &[]);
        check(Some("GPL-3.0"), Some(CRATES_IO), &["x 1.0.0: comes under GPL-3.0"]);
        check(None, Some(CRATES_IO), &["x 1.0.0: comes under no licence it names"]);
        check(Some("nothing here"), Some(CRATES_IO), &["x 1.0.0: comes under nothing here"]);
    }

    #[test]
    fn our_own_crates_need_no_permission() {
        check(None, None, &[]);
    }

    #[test]
    fn packages_come_from_crates_io() {
        check(Some("MIT"), Some("git+https://example.org/x"), &["x 1.0.0: comes from git+https://example.org/x"]);
    }

    #[test]
    fn a_missing_list_allows_nothing() {
        let findings = allowed(&Graph::default(), &Tree::sketch(&[]));
        assert_eq!(lines(&findings), ["deny.toml: is missing, so no licence is allowed"]);
    }
}
