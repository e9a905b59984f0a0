//! Files as strangers bring them, and what a careful analyst expects of each: the cases are data in `unseen.txt`.

use super::*;

/// One case of the table: a title, files, and expected lines by their key.
struct Case<'t> {
    title: &'t str,
    files: Vec<(&'t str, &'t str)>,
    expected: BTreeMap<&'t str, String>,
}

fn cases(table: &str) -> Vec<Case<'_>> {
    table.split("\n=== ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case<'_> {
    let (title, rest) = text.split_once('\n').unwrap();
    let (files, expected) = rest.split_once("--- expect\n").unwrap_or_else(|| panic!("{title}: nothing expected"));
    let files = files.strip_prefix("--- ").unwrap().split("\n--- ");
    let files = files.map(|file| file.split_once('\n').unwrap()).collect();
    let expected = expected.lines().filter_map(|line| line.split_once(": "));
    Case { title, files, expected: expected.map(|(key, value)| (key, value.trim().to_owned())).collect() }
}

/// A file in the encoding its first line asks for, and what somebody says of it.
fn write(folder: &Path, about: &str, text: &str) -> (PathBuf, Wish) {
    let mut words = about.split(' ');
    let path = folder.join(words.next().unwrap());
    let mut wish = Wish::default();
    let mut bytes = text.as_bytes().to_vec();
    while let Some(word) = words.next() {
        let value = words.next().unwrap();
        match (word, value) {
            ("as", "utf-8-bom") => bytes = [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            ("as", "utf-16le-bom") => {
                bytes = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
            }
            ("as", "of") => wish.answers.as_of = words.next().map(str::to_owned),
            ("as", label) => {
                bytes = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned();
            }
            ("dates", form) => wish.answers.dates = Some(form.parse().unwrap()),
            ("currency", code) => wish.answers.currency = Some(code.parse().unwrap()),
            other => panic!("{other:?}"),
        }
    }
    std::fs::write(&path, bytes).unwrap();
    (path, wish)
}

/// All files of a case read together, and what came of them by the keys of the table.
fn found(case: &Case<'_>) -> BTreeMap<&'static str, String> {
    let folder = tempfile::tempdir().unwrap();
    let named = |error: ReadError| format!("{error} {} ({}) {:?}", error.hint, error.code, error.cause);
    let mut files: Vec<(PathBuf, Inspection)> = Vec::new();
    for (about, text) in &case.files {
        let (path, wish) = write(folder.path(), about, text);
        let inspection = inspect(&path, &wish).map_err(named).unwrap();
        files.push((path, inspection));
    }
    together(&mut files, Owners::default()).map_err(named).unwrap();
    let kept = Kept::default();
    for (path, inspection) in &files {
        read(path, inspection, 2, &kept).map_err(named).unwrap();
    }
    let mut out = summary(&kept);
    let questions: Vec<String> = files
        .iter()
        .flat_map(|(_, inspection)| match &inspection.origin {
            Origin::Guess { questions, .. } => questions.iter().map(|question| question.text.clone()).collect(),
            _ => Vec::new(),
        })
        .collect();
    out.insert("asks", questions.join("\n"));
    out
}

/// What the facts amount to. A fact with a number of its own counts once, as it does in a history.
fn summary(kept: &Kept) -> BTreeMap<&'static str, String> {
    let mut lines = kept.lines();
    let id = |line: &String| {
        let table = line.split(':').next().unwrap_or_default();
        cell(line, "source_id").map(|id| format!("{table} {id}"))
    };
    let mut seen = BTreeSet::new();
    lines.retain(|line| id(line).is_none_or(|id| seen.insert(id)));
    let of = |table: &str| lines.iter().filter(move |line| line.starts_with(&format!("{table}:"))).collect::<Vec<_>>();
    let sum = |lines: &[&String], name: &str| -> i64 {
        lines.iter().filter_map(|line| cell(line, name)?.parse::<i64>().ok()).sum()
    };
    let counted = |words: Vec<String>| -> String {
        let counts = words.into_iter().fold(BTreeMap::new(), |mut all: BTreeMap<String, usize>, word| {
            *all.entry(word).or_default() += 1;
            all
        });
        counts.into_iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
    };
    let mut out = BTreeMap::new();
    let tables = Table::ALL.map(|table| (table.name(), of(table.name()).len()));
    let facts: Vec<String> =
        tables.iter().filter(|(_, rows)| *rows > 0).map(|(name, rows)| format!("{name} {rows}")).collect();
    out.insert("facts", facts.join(", "));
    let customers: BTreeSet<String> = lines.iter().filter_map(|line| cell(line, "customer_id")).collect();
    out.insert("customers", customers.len().to_string());
    let (headers, order_lines) = (of("order_headers"), of("order_lines"));
    // Where headers have no amounts, the lines of the same orders give them.
    let orders = if sum(&headers, "amount") == 0 { &order_lines } else { &headers };
    let orders = if orders.is_empty() { &headers } else { orders };
    if !orders.is_empty() {
        out.insert("revenue", sum(orders, "amount").to_string());
    }
    if !of("refunds").is_empty() {
        out.insert("refunds", sum(&of("refunds"), "amount").to_string());
    }
    let changes = of("subscription_changes");
    let starts: Vec<&String> =
        changes.iter().copied().filter(|line| cell(line, "kind").is_some_and(|k| k == "start")).collect();
    if !changes.is_empty() {
        out.insert("mrr", sum(&starts, "mrr_after").to_string());
        out.insert("kinds", counted(changes.iter().filter_map(|line| cell(line, "kind")).collect()));
    }
    if !of("events").is_empty() {
        out.insert("events", counted(of("events").iter().filter_map(|line| cell(line, "name")).collect()));
    }
    let dated = lines.iter().filter(|line| !line.starts_with("profiles:"));
    let mut days: Vec<String> = dated.filter_map(|line| Some(cell(line, "at")?.get(..10)?.to_owned())).collect();
    days.sort();
    if let (Some(first), Some(last)) = (days.first(), days.last()) {
        out.insert("days", format!("{first}..{last}"));
    }
    let rejects = kept.rejects();
    if !rejects.is_empty() {
        out.insert("rejects", counted(rejects.iter().map(|reject| reject.code.to_owned()).collect()));
    }
    out
}

/// The value of one cell in a fact written as a line: up to the next ` name=`.
fn cell(line: &str, name: &str) -> Option<String> {
    let start = line.find(&format!(" {name}="))? + name.len() + 2;
    let rest = &line[start..];
    let next = rest.match_indices('=').find_map(|(at, _)| {
        let word = rest[..at].rfind(' ')?;
        rest[word + 1..at].bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_').then_some(word)
    });
    Some(rest[..next.unwrap_or(rest.len())].to_owned())
}

/// Each expected question, in a few of its words, is asked; nothing else is.
fn asks(expected: &str, found: &str) -> bool {
    let (expected, found): (Vec<&str>, Vec<&str>) =
        (expected.split("; ").filter(|word| *word != "-").collect(), found.lines().collect());
    expected.len() == found.len() && expected.iter().zip(found).all(|(word, question)| question.contains(word))
}

#[test]
fn unseen_files_are_read_as_an_analyst_expects() {
    let table = include_str!("unseen.txt");
    let all = cases(table);
    assert!(all.len() >= 40, "{}", all.len());
    let mut wrong = String::new();
    for case in &all {
        let found = match std::panic::catch_unwind(|| found(case)) {
            Ok(found) => found,
            Err(_) => {
                wrong += &format!("\n{}: could not be read", case.title);
                continue;
            }
        };
        let keys: BTreeSet<&str> = case.expected.keys().copied().chain(found.keys().copied()).collect();
        for key in keys {
            let (expected, found) = (case.expected.get(key), found.get(key));
            let fits = match (key, expected, found) {
                ("asks", Some(expected), Some(found)) => asks(expected, found),
                _ => expected == found,
            };
            if !fits {
                let [expected, found] = [expected, found].map(|text| text.map_or("nothing", String::as_str));
                wrong += &format!("\n{}: {key}\n    expected {expected}\n    found    {found}", case.title);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
