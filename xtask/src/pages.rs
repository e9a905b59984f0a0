//! Rules about texts: pages, SQL, and what source may not reach for.

use std::path::Path;

use crate::finding::{Finding, Findings};
use crate::table::BELOW_APP;
use crate::tree::Tree;

/// Folders that exist on one machine only. In pieces, so that this file does not name them.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("/", "home/"),
    concat!("/", "tmp/"),
    concat!("/", "Users/"),
];

/// No tracked text points to a folder of the machine it was written on.
pub fn machine_paths(tree: &Tree) -> Findings {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        for (index, line) in text.lines().enumerate() {
            if let Some(folder) = MACHINE_FOLDERS.iter().find(|folder| starts_a_path(line, folder)) {
                findings.push(Finding {
                    rule: "machine-path",
                    place: format!("{path}:{}", index + 1),
                    what: format!("names {folder}, a folder of somebody's machine"),
                    hint: "write the path from the root of the project, or take it as an argument",
                });
            }
        }
    }
    findings
}

/// Whether the folder stands in the line as the start of a path, not as the middle of one or of an address.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/}~*%".contains(c)))
}

/// Every decision is in the list of decisions.
pub fn decisions_listed(tree: &Tree) -> Findings {
    let list = tree.text("docs/decisions/README.md").unwrap_or("");
    let decisions = tree.texts_with("md").filter_map(|(path, _)| path.strip_prefix("docs/decisions/"));
    decisions
        .filter(|name| *name != "README.md" && !list.contains(&format!("({name})")))
        .map(|name| Finding {
            rule: "decision-unlisted",
            place: format!("docs/decisions/{name}"),
            what: "is not in docs/decisions/README.md".to_owned(),
            hint: "add its line, so that the question can be found",
        })
        .collect()
}

/// Links inside the project lead somewhere.
pub fn links(tree: &Tree) -> Findings {
    let mut findings = Vec::new();
    for (path, text) in tree.texts_with("md") {
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        for (index, line) in text.lines().enumerate() {
            for target in targets(line) {
                if !tree.has(&joined(folder, target)) {
                    findings.push(Finding {
                        rule: "dead-link",
                        place: format!("{path}:{}", index + 1),
                        what: format!("leads to {target}, which is not tracked"),
                        hint: "correct the link, or add the file",
                    });
                }
            }
        }
    }
    findings
}

/// The targets of the links of a line that stay inside the project, without the part after `#`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let after = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    after.map(|target| target.split('#').next().unwrap_or("")).filter(|target| {
        !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") && !target.contains(' ')
    })
}

/// A path as seen from the root: `..` goes up.
fn joined(folder: &Path, target: &str) -> String {
    let mut parts: Vec<&str> = folder.iter().filter_map(|part| part.to_str()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// SQL is source: a file begins with a comment that says what it is, and is written in lower case.
pub fn sql(tree: &Tree) -> Findings {
    let mut findings = Vec::new();
    for (path, text) in tree.texts_with("sql") {
        if !text.starts_with("-- ") {
            findings.push(Finding {
                rule: "sql-comment",
                place: format!("{path}:1"),
                what: "does not begin with a comment".to_owned(),
                hint: "say in the first line what one row is, or what the migration brings",
            });
        }
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = capitals(line) {
                findings.push(Finding {
                    rule: "sql-case",
                    place: format!("{path}:{}", index + 1),
                    what: format!("writes {word} in capitals"),
                    hint: "write SQL in lower case; quote a name that really has capitals",
                });
            }
        }
    }
    findings
}

/// The first word with a capital letter that is neither quoted nor in a comment.
fn capitals(line: &str) -> Option<&str> {
    let code = line.split("--").next().unwrap_or("");
    // Pieces between quotes alternate with pieces outside them, and each line closes what it opens.
    let outside = code.split(['\'', '"']).step_by(2);
    outside.flat_map(str::split_whitespace).find(|word| word.chars().any(|c| c.is_ascii_uppercase()))
}

/// A Rust file begins by saying what it is.
pub fn first_lines(tree: &Tree) -> Findings {
    tree.texts_with("rs")
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| Finding {
            rule: "first-line",
            place: format!("{path}:1"),
            what: "does not say what it is".to_owned(),
            hint: "begin the file with `//!` and one sentence",
        })
        .collect()
}

/// What reads the clock, the environment or a random source.
const OUTSIDE: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "Utc::now",
    "env::var",
    "env::args",
    "env::temp_dir",
    "rand::rng",
    "thread_rng",
];

/// Below `app` nobody reads the clock, the environment or a random source: they are arguments. Tests may.
pub fn clocks(tree: &Tree) -> Findings {
    let mut findings = Vec::new();
    for (path, text) in tree.texts_with("rs") {
        let below = BELOW_APP.iter().any(|name| path.starts_with(&format!("crates/{name}/src/")));
        if !below || path.ends_with("/tests.rs") {
            continue;
        }
        let code = text.lines().enumerate().take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
        for (index, line) in code.filter(|(_, line)| !line.trim_start().starts_with("//")) {
            if let Some(source) = OUTSIDE.iter().find(|source| line.contains(**source)) {
                findings.push(Finding {
                    rule: "outside-world",
                    place: format!("{path}:{}", index + 1),
                    what: format!("asks {source}"),
                    hint: "take it as an argument: `app` supplies the instant, the setting or the seed",
                });
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::lines;

    /// The one door: a rule, one file, and what is found in it.
    fn check(rule: fn(&Tree) -> Findings, path: &str, text: &str, expected: &[&str]) {
        assert_eq!(lines(&rule(&Tree::sketch(&[(path, text)]))), expected, "{path}: {text}");
    }

    #[test]
    fn somebodys_machine() {
        for folder in MACHINE_FOLDERS {
            let expected = format!("a.md:2: names {folder}, a folder of somebody's machine");
            check(machine_paths, "a.md", &format!("see\n`{folder}me/notes`"), &[&expected]);
        }
        check(machine_paths, "a.md", "crates/work/src, ../shared/data, https://example.org/home/page", &[]);
    }

    #[test]
    fn decisions_are_listed() {
        let list = "- [Why two?](0001-two.md)";
        let tree = |name| Tree::sketch(&[("docs/decisions/README.md", list), (name, "")]);
        assert!(decisions_listed(&tree("docs/decisions/0001-two.md")).is_empty());
        assert_eq!(
            lines(&decisions_listed(&tree("docs/decisions/0002-three.md"))),
            ["docs/decisions/0002-three.md: is not in docs/decisions/README.md"]
        );
    }

    #[test]
    fn links_lead_somewhere() {
        let tree = Tree::sketch(&[
            ("README.md", ""),
            ("docs/a.md", "[r](../README.md) [b](b.md#part) [w](https://x.org/y) [d](../docs/) [s](#here)"),
        ]);
        assert_eq!(lines(&links(&tree)), ["docs/a.md:1: leads to b.md, which is not tracked"]);
    }

    #[test]
    fn sql_is_source() {
        check(sql, "a.sql", "-- One row: An order.\nselect \"Name\" from orders -- The rest", &[]);
        check(sql, "a.sql", "select 1", &["a.sql:1: does not begin with a comment"]);
        check(sql, "a.sql", "-- x\nselect 'A' from t\nWHERE b", &["a.sql:3: writes WHERE in capitals"]);
    }

    #[test]
    fn a_file_says_what_it_is() {
        check(first_lines, "a.rs", "//! What it is.\n", &[]);
        check(first_lines, "a.rs", "use std::fmt;", &["a.rs:1: does not say what it is"]);
    }

    #[test]
    fn below_app_the_world_is_an_argument() {
        let clock = "fn f() {\n    let now = Timestamp::now();\n}";
        check(clocks, "crates/metrics/src/a.rs", clock, &["crates/metrics/src/a.rs:2: asks Timestamp::now"]);
        check(clocks, "crates/app/src/a.rs", clock, &[]);
        check(clocks, "crates/metrics/src/a.rs", &format!("#[cfg(test)]\nmod tests {{ {clock} }}"), &[]);
        check(clocks, "crates/metrics/tests/a.rs", clock, &[]);
    }
}
