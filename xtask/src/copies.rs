//! One copy of what must not be built twice, as `cargo tree --duplicates` would show it.

use std::collections::BTreeMap;

use crate::finding::{Finding, Findings};
use crate::graph::{Graph, Package};
use crate::table::{ONE_COPY, matches};

/// Packages of the list that are there in more than one version, with who brings each.
pub fn one_copy(graph: &Graph) -> Findings {
    let mut versions: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in &graph.packages {
        if ONE_COPY.iter().any(|pattern| matches(pattern, &package.name)) {
            versions.entry(&package.name).or_default().push(package);
        }
    }
    versions
        .into_iter()
        .filter(|(_, copies)| copies.len() > 1)
        .map(|(name, copies)| Finding {
            rule: "one-copy",
            place: name.to_owned(),
            what: format!("is there {} times: {}", copies.len(), told(graph, &copies)),
            hint: "bring the users to one version, or do without one of them",
        })
        .collect()
}

/// Each version with the packages that asked for it.
fn told(graph: &Graph, copies: &[&Package]) -> String {
    let of = |package: &&Package| match graph.users.get(&package.id) {
        Some(users) => format!("{} for {}", package.version, users.join(", ")),
        None => package.version.clone(),
    };
    copies.iter().map(of).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::lines;

    fn check(packages: &[(&str, &str)], expected: &[&str]) {
        let graph = Graph {
            packages: packages
                .iter()
                .map(|(name, version)| Package {
                    id: format!("{name}#{version}"),
                    name: (*name).to_owned(),
                    version: (*version).to_owned(),
                    license: None,
                    source: None,
                })
                .collect(),
            users: BTreeMap::from([("arrow#58.0.0".to_owned(), vec!["deltalake 1.1.0".to_owned()])]),
            ..Graph::default()
        };
        assert_eq!(lines(&one_copy(&graph)), expected);
    }

    #[test]
    fn a_second_engine_is_noticed() {
        check(&[("arrow", "59.0.0"), ("parquet", "59.0.0")], &[]);
        check(
            &[("arrow", "59.0.0"), ("arrow", "58.0.0")],
            &["arrow: is there 2 times: 59.0.0; 58.0.0 for deltalake 1.1.0"],
        );
        check(&[("sqlx-core", "0.9.0"), ("sqlx-core", "0.8.0")], &["sqlx-core: is there 2 times: 0.9.0; 0.8.0"]);
    }

    #[test]
    fn small_packages_may_be_there_twice() {
        check(&[("syn", "2.0.0"), ("syn", "3.0.0")], &[]);
    }
}
