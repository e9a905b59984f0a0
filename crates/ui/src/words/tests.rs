//! No key is missing, no placeholder differs, no language has a form it does not use.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

type Messages = BTreeMap<String, serde_json::Value>;

fn files() -> [(Lang, Messages); 4] {
    [
        (Lang::En, include_str!("../../locales/en.json")),
        (Lang::Fi, include_str!("../../locales/fi.json")),
        (Lang::ZhHant, include_str!("../../locales/zh-Hant.json")),
        (Lang::ZhHans, include_str!("../../locales/zh-Hans.json")),
    ]
    .map(|(lang, text)| (lang, serde_json::from_str(text).expect("a locale file is a JSON object")))
}

/// The texts of a message: one, or one for each plural form.
fn texts(message: &serde_json::Value) -> Vec<(&str, &str)> {
    match message {
        serde_json::Value::String(text) => vec![("other", text.as_str())],
        serde_json::Value::Object(forms) => {
            forms.iter().map(|(form, text)| (form.as_str(), text.as_str().unwrap())).collect()
        }
        other => panic!("a message is a text or its plural forms, not {other}"),
    }
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect()
}

#[test]
fn every_language_says_everything_with_the_same_values() {
    let files = files();
    let (_, english) = &files[0];
    for (lang, messages) in &files {
        let missing: Vec<_> = english.keys().filter(|key| !messages.contains_key(*key)).collect();
        let extra: Vec<_> = messages.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{}: missing {missing:?}, extra {extra:?}", lang.tag());
        for (key, message) in messages {
            let wanted: BTreeSet<&str> =
                texts(&english[key]).iter().filter(|t| t.0 == "other").flat_map(|t| placeholders(t.1)).collect();
            for (form, text) in texts(message) {
                let found = placeholders(text);
                let fits = if form == "one" { found.is_subset(&wanted) } else { found == wanted };
                assert!(fits, "{} {key} ({form}): {found:?} instead of {wanted:?}", lang.tag());
                assert!(!text.trim().is_empty() && !text.contains('!'), "{} {key}: {text}", lang.tag());
            }
        }
    }
}

/// Words for one kind of business stand beside words for all, and name no value those do not have.
#[test]
fn suited_words_have_a_general_form() {
    let english = files()[0].1.clone();
    for (key, message) in english.iter().filter(|(key, _)| key.contains('@')) {
        let (base, rule) = key.split_once('@').unwrap();
        assert!(["contract", "event"].contains(&rule), "{key}");
        let general = english.get(base).unwrap_or_else(|| panic!("{key} has no {base}"));
        let named = |message| texts(message).into_iter().flat_map(|text| placeholders(text.1)).collect::<BTreeSet<_>>();
        assert!(named(message).is_subset(&named(general)) || key.starts_with("customer.why_"), "{key}");
    }
}

#[test]
fn plural_forms_are_those_of_the_language() {
    for (lang, messages) in files() {
        for (key, message) in &messages {
            if let serde_json::Value::Object(forms) = message {
                let found: BTreeSet<&str> = forms.keys().map(String::as_str).collect();
                let wanted: BTreeSet<&str> =
                    if matches!(lang, Lang::En | Lang::Fi) { ["one", "other"].into() } else { ["other"].into() };
                assert_eq!(found, wanted, "{} {key}", lang.tag());
            }
        }
    }
}

#[test]
fn traditional_and_simplified_are_written_separately() {
    let [_, _, (_, hant), (_, hans)] = files();
    let of = |messages: &Messages| {
        messages
            .values()
            .flat_map(|m| texts(m).into_iter().map(|t| t.1.to_owned()).collect::<Vec<_>>())
            .collect::<String>()
    };
    for character in "顾户导们时间单总额过还开关数据这为与".chars() {
        assert!(!of(&hant).contains(character), "simplified {character} in the traditional file");
    }
    for character in "顧戶據導這個們為與時間單總額過還沒開關".chars() {
        assert!(!of(&hans).contains(character), "traditional {character} in the simplified file");
    }
}

/// Chinese has punctuation of its own, as wide as its characters.
#[test]
fn chinese_is_not_broken_by_narrow_punctuation() {
    for (lang, messages) in files().iter().filter(|(lang, _)| lang.tag().starts_with("zh")) {
        for (key, text) in messages {
            let text = format!("{text:?}");
            let chars: Vec<char> = text.chars().collect();
            let narrow = chars.windows(2).find(|pair| ('一'..='鿿').contains(&pair[0]) && "?,;!(".contains(pair[1]));
            assert!(narrow.is_none(), "{lang:?} {key}: {text}");
        }
    }
}

/// Literals in the source that look like message keys are message keys.
#[test]
fn every_key_in_the_source_has_a_text() {
    let mut sources = Vec::new();
    collect(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut sources);
    collect(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../reports/src/pages")), &mut sources);
    collect(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../app/src/pages")), &mut sources);
    let prefixes: BTreeSet<String> =
        files()[0].1.keys().filter_map(|key| key.split_once('.')).map(|(prefix, _)| prefix.to_owned()).collect();
    let english = files()[0].1.clone();
    let mut seen = 0;
    for (path, source) in sources {
        for literal in source.split('"').skip(1).step_by(2) {
            let key_like = literal.split_once('.').is_some_and(|(prefix, rest)| {
                prefixes.contains(prefix)
                    && rest.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b) || b.is_ascii_digit())
            });
            if key_like && !literal.ends_with('.') {
                seen += 1;
                let begins = [format!("{literal}."), format!("{literal}_")];
                let begun = |key: &String| begins.iter().any(|begin| key.starts_with(begin));
                let known = Lang::En.knows(literal) || english.keys().any(begun);
                assert!(known, "{}: no text for {literal}", path.display());
            }
        }
    }
    assert!(seen > 100, "only {seen} keys found: the search is broken");
}

fn collect(dir: &std::path::Path, out: &mut Vec<(std::path::PathBuf, String)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tests") {
            continue; // names of files there look like keys
        }
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            out.push((path, text));
        }
    }
}

#[test]
fn a_sentence_comes_apart_at_its_places() {
    let (text, place) = (Piece::Text, Piece::Place);
    assert_eq!(pieces("who {start}, {here}"), [text("who "), place("start"), text(", "), place("here")]);
    assert_eq!(pieces("{a}{b} {c"), [place("a"), place("b"), text(" {c")]);
    assert_eq!(pieces(""), []);
}

#[test]
fn values_are_filled_in_once() {
    let values = [("n", "{m}"), ("m", "x")];
    assert_eq!(fill("{n} of {m}, {unknown}, {open", &values), "{m} of x, {unknown}, {open");
}
