//! The words of the interface: one file a language, whole sentences with named values and plural forms.

mod format;

use std::collections::HashMap;
use std::sync::LazyLock;

use reports::pages::{Label, Rule, Sentence, Value};
use serde::Deserialize;

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    En,
    /// Finnish.
    Fi,
    /// Chinese in traditional characters, as written in Taiwan.
    ZhHant,
    /// Chinese in simplified characters, as written in mainland China.
    ZhHans,
}

/// A text, or one for each plural form that the language has.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Message {
    One(String),
    Forms { one: Option<String>, other: String },
}

static EN: LazyLock<HashMap<String, Message>> = LazyLock::new(|| read(include_str!("../../locales/en.json")));
static FI: LazyLock<HashMap<String, Message>> = LazyLock::new(|| read(include_str!("../../locales/fi.json")));
static ZH_HANT: LazyLock<HashMap<String, Message>> = LazyLock::new(|| read(include_str!("../../locales/zh-Hant.json")));
static ZH_HANS: LazyLock<HashMap<String, Message>> = LazyLock::new(|| read(include_str!("../../locales/zh-Hans.json")));

/// A broken file shows as keys on the screen; the tests below do not let one through.
fn read(text: &str) -> HashMap<String, Message> {
    serde_json::from_str(text).unwrap_or_default()
}

impl Lang {
    /// All of them, in the order of the language list.
    pub const ALL: [Lang; 4] = [Lang::En, Lang::Fi, Lang::ZhHant, Lang::ZhHans];

    /// The BCP 47 tag: `en`, `fi`, `zh-Hant`, `zh-Hans`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Fi => "fi",
            Lang::ZhHant => "zh-Hant",
            Lang::ZhHans => "zh-Hans",
        }
    }

    /// The language's own name.
    pub fn name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::Fi => "Suomi",
            Lang::ZhHant => "繁體中文",
            Lang::ZhHans => "简体中文",
        }
    }

    /// The language of exactly this tag.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(tag))
    }

    /// The language an `Accept-Language` header asks for first among those we have; English when it asks for none.
    ///
    /// ```
    /// use ui::Lang;
    /// assert_eq!(Lang::negotiate("sv-FI, fi;q=0.8, en;q=0.5"), Lang::Fi);
    /// assert_eq!(Lang::negotiate("zh-TW, zh;q=0.9"), Lang::ZhHant);
    /// assert_eq!(Lang::negotiate("en;q=0.4, zh-CN;q=0.9"), Lang::ZhHans);
    /// assert_eq!(Lang::negotiate("de"), Lang::En);
    /// ```
    pub fn negotiate(header: &str) -> Lang {
        Lang::preferred(header).unwrap_or(Lang::En)
    }

    /// The same; nothing when the header asks for none of ours.
    pub fn preferred(header: &str) -> Option<Lang> {
        let mut best = (0.0, None);
        for part in header.split(',') {
            let mut fields = part.split(';').map(str::trim);
            let tag = fields.next().unwrap_or_default();
            let weight = fields.find_map(|field| field.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0f32);
            if let Some(lang) = Lang::of_locale(tag).filter(|_| weight > best.0) {
                best = (weight, Some(lang));
            }
        }
        best.1
    }

    /// The language of a locale such as `fi-FI` or `zh-HK`.
    fn of_locale(tag: &str) -> Option<Lang> {
        let tag = tag.to_ascii_lowercase();
        let mut subtags = tag.split('-');
        match subtags.next()? {
            "en" => Some(Lang::En),
            "fi" => Some(Lang::Fi),
            "zh" if subtags.any(|subtag| ["hant", "tw", "hk", "mo"].contains(&subtag)) => Some(Lang::ZhHant),
            "zh" => Some(Lang::ZhHans),
            _ => None,
        }
    }

    fn messages(self) -> &'static HashMap<String, Message> {
        match self {
            Lang::En => &EN,
            Lang::Fi => &FI,
            Lang::ZhHant => &ZH_HANT,
            Lang::ZhHans => &ZH_HANS,
        }
    }

    /// The key of the words that suit who is a customer: `key@contract` or `key@event` where there is such a message,
    /// otherwise `key`, which speaks of orders or of nothing in particular.
    pub fn suited(self, rule: Rule, key: &str) -> String {
        let own = format!("{key}@{}", rule.word());
        if self.knows(&own) { own } else { key.to_owned() }
    }

    /// Whether there is a message of this key.
    pub fn knows(self, key: &str) -> bool {
        self.messages().contains_key(key)
    }

    /// Every key there is a message of, in no order.
    pub fn keys(self) -> impl Iterator<Item = &'static str> {
        self.messages().keys().map(String::as_str)
    }

    /// The text of a key. A key nobody wrote a text for is shown as itself, in brackets that the tests look for.
    pub fn t(self, key: &str) -> String {
        self.template(key, None).map_or_else(|| format!("⟨{key}⟩"), str::to_owned)
    }

    /// The text of a key with named values filled in.
    pub fn f(self, key: &str, values: &[(&str, &str)]) -> String {
        fill(&self.t(key), values)
    }

    /// The text of a key in the plural form of `n`, which is filled in as `{n}`, with more named values.
    pub fn n(self, key: &str, n: u64, values: &[(&str, &str)]) -> String {
        let template = self.template(key, Some(n)).map_or_else(|| format!("⟨{key}⟩"), str::to_owned);
        let count = self.count(n);
        let mut all = vec![("n", count.as_str())];
        all.extend_from_slice(values);
        fill(&template, &all)
    }

    /// The text of a key in pieces, for sentences whose values are no words.
    pub fn pieces(self, key: &str) -> Vec<Piece> {
        pieces(self.template(key, None).unwrap_or_default())
    }

    /// A sentence of a view model, in the words that suit who is a customer.
    pub fn sentence_of(self, rule: Rule, sentence: &Sentence) -> String {
        self.sentence(&Sentence { key: self.suited(rule, &sentence.key), values: sentence.values.clone() })
    }

    /// A sentence of a view model.
    pub fn sentence(self, sentence: &Sentence) -> String {
        let n = sentence.values.iter().find_map(|(name, value)| match value {
            Value::Count(n) if name == "n" => Some(*n),
            _ => None,
        });
        let template = self.template(&sentence.key, n).map_or_else(|| format!("⟨{}⟩", sentence.key), str::to_owned);
        let texts: Vec<(&str, String)> =
            sentence.values.iter().map(|(name, value)| (name.as_str(), self.value(value))).collect();
        let values: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        fill(&template, &values)
    }

    /// A label of a view model.
    pub fn label(self, label: &Label) -> String {
        match label {
            Label::Word(key) => self.t(key),
            Label::Text(text) => text.clone(),
            Label::Period(period) => self.period(*period),
            Label::LastDays(days) => self.n("period.last_days", u64::from(*days), &[]),
        }
    }

    /// A word for an id of the data, or the id itself where there is no word for it.
    pub fn word_or(self, prefix: &str, id: &str) -> String {
        self.template(&format!("{prefix}.{id}"), None).unwrap_or(id).to_owned()
    }

    /// What stands between two sentences: nothing in Chinese.
    pub fn gap(self) -> &'static str {
        match self {
            Lang::En | Lang::Fi => " ",
            Lang::ZhHant | Lang::ZhHans => "",
        }
    }

    /// English and Finnish have one form for 1 and one for the rest (Unicode CLDR plural rules); Chinese has one form.
    fn template(self, key: &str, n: Option<u64>) -> Option<&'static str> {
        Some(match self.messages().get(key)? {
            Message::One(text) => text,
            Message::Forms { one: Some(one), .. } if n == Some(1) => one,
            Message::Forms { other, .. } => other,
        })
    }
}

/// A piece of a sentence that has something else than words in it, such as fields of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(&'static str),
    /// The place of a named value.
    Place(&'static str),
}

/// The pieces of a template, in order.
fn pieces(mut template: &'static str) -> Vec<Piece> {
    let mut out = Vec::new();
    while let Some((before, (name, after))) =
        template.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        out.extend([Piece::Text(before), Piece::Place(name)]);
        template = after;
    }
    out.push(Piece::Text(template));
    out.retain(|piece| *piece != Piece::Text(""));
    out
}

/// Fills `{name}` by its value, in one pass, so that braces in a value are left alone.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|value| value.0 == name) {
            Some(value) => out.push_str(value.1),
            None => out.extend(["{", name, "}"]),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
