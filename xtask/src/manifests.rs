//! Dependencies are declared once, in the root, each with the reason it was chosen, and each is used.

use crate::finding::{Finding, Findings};
use crate::graph::Graph;
use crate::tree::Tree;

/// Every line of `[workspace.dependencies]` ends with a comment, our own crates aside.
pub fn reasons(tree: &Tree) -> Findings {
    let manifest = tree.text("Cargo.toml").unwrap_or("");
    let declared = sections(manifest).filter(|line| line.section == "workspace.dependencies");
    declared
        .filter(|line| !line.text.contains("path =") && !line.text.contains(" # "))
        .map(|line| Finding {
            rule: "reason",
            place: format!("Cargo.toml:{}", line.number),
            what: format!("{} gives no reason", line.key()),
            hint: "say in a few words at the end of the line what it is for",
        })
        .collect()
}

/// No crate names a version: it takes the root's.
pub fn inherited(tree: &Tree) -> Findings {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with("/Cargo.toml")) {
        let own = sections(text).filter(|line| line.section.ends_with("dependencies"));
        findings.extend(own.filter(|line| !line.text.contains("workspace = true")).map(|line| Finding {
            rule: "declared-once",
            place: format!("{path}:{}", line.number),
            what: format!("{} is not taken from the workspace", line.key()),
            hint: "declare it in the root Cargo.toml and write `name.workspace = true` here",
        }));
    }
    findings
}

/// Every declared dependency occurs in the crate's source.
pub fn used(graph: &Graph, tree: &Tree) -> Findings {
    let mut findings = Vec::new();
    for ours in &graph.ours {
        let folder = if ours.name == "xtask" { "xtask/".to_owned() } else { format!("crates/{}/", ours.name) };
        let sources: Vec<&str> =
            tree.texts_with("rs").filter(|(path, _)| path.starts_with(&folder)).map(|(_, text)| text).collect();
        for arrow in &ours.uses {
            let name = arrow.to.replace('-', "_");
            if !sources.iter().any(|source| has_word(source, &name)) {
                findings.push(Finding {
                    rule: "unused",
                    place: ours.name.clone(),
                    what: format!("declares {} and never names it", arrow.to),
                    hint: "take the line out of its Cargo.toml",
                });
            }
        }
    }
    findings
}

/// Whether `word` stands in `text` by itself, not as a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(inside)
            && !text[at + word.len()..].chars().next().is_some_and(inside)
    })
}

/// One line of a manifest that sets something.
struct Line<'a> {
    section: &'a str,
    number: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn key(&self) -> &'a str {
        self.text.split(['=', '.']).next().unwrap_or("").trim()
    }
}

/// The lines that set something, each with its section.
fn sections(manifest: &str) -> impl Iterator<Item = Line<'_>> {
    let mut section = "";
    manifest.lines().enumerate().filter_map(move |(index, text)| {
        let text = text.trim();
        if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            return None;
        }
        let sets = !text.is_empty() && !text.starts_with('#') && text.contains('=');
        sets.then_some(Line { section, number: index + 1, text })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::lines;
    use crate::graph::sketch;

    #[test]
    fn every_dependency_gives_its_reason() {
        let manifest = "[workspace.dependencies]\nterms = { path = \"x\" }\nserde = \"1\" # maps\ncsv = \"1\"\n[profile.dev]\nopt-level = 1";
        assert_eq!(lines(&reasons(&Tree::sketch(&[("Cargo.toml", manifest)]))), ["Cargo.toml:4: csv gives no reason"]);
    }

    #[test]
    fn versions_stand_in_the_root() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nserde.workspace = true\ncsv = \"1\"\n[dev-dependencies]\ninsta = { version = \"1\" }";
        let tree = Tree::sketch(&[("Cargo.toml", manifest), ("crates/x/Cargo.toml", manifest)]);
        assert_eq!(
            lines(&inherited(&tree)),
            [
                "crates/x/Cargo.toml:5: csv is not taken from the workspace",
                "crates/x/Cargo.toml:7: insta is not taken from the workspace"
            ]
        );
    }

    #[test]
    fn what_is_declared_is_used() {
        let tree = Tree::sketch(&[
            ("crates/history/src/lib.rs", "use object_store::path::Path;\nlet arrowhead = 1;"),
            ("crates/other/src/lib.rs", "use arrow::array;"),
        ]);
        let graph = sketch("history -> @object-store @arrow");
        assert_eq!(lines(&used(&graph, &tree)), ["history: declares arrow and never names it"]);
    }
}
