//! Words of a map as cells are compared with them: by what a person reads, not by how a program wrote it.

use crate::read::guess::names::fold;

/// A list of words, compared without regard to case, accents, and whether `_`, `-` or a space stands between.
#[derive(Debug, Default)]
pub struct Words(Vec<Word>);

#[derive(Debug)]
struct Word {
    written: String,
    folded: String,
}

impl Words {
    pub fn new(words: &[String]) -> Words {
        Words(words.iter().map(|word| Word { written: word.clone(), folded: folded(word) }).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a cell is one of them. Most cells are plain ASCII words, and for those no text is made.
    pub fn has(&self, text: &str) -> bool {
        if self.0.iter().any(|word| text.eq_ignore_ascii_case(&word.written)) {
            return true;
        }
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return !text.is_empty() && self.0.iter().any(|word| text.eq_ignore_ascii_case(&word.folded));
        }
        let text = folded(text);
        !text.is_empty() && self.0.iter().any(|word| text == word.folded)
    }
}

/// Lower case, without accents, one space for every `_`, `-` and space between letters. Other signs stay: `-1` is not 1.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.trim().chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let between = at > 0 && at + 1 < chars.len();
        if c.is_whitespace() || (matches!(c, '_' | '-') && between) {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push_str(&fold(*c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_a_person_reads() {
        let words = Words::new(&["pending payment", "checkout-draft", "annulé", "-1", "已取消"].map(str::to_owned));
        for text in [
            "pending_payment",
            "Pending-Payment",
            "PENDING  PAYMENT",
            "checkout draft",
            "ANNULE",
            "Annulé",
            "-1",
            "已取消",
        ] {
            assert!(words.has(text), "{text}");
        }
        for text in ["", "1", "pending", "payment pending", "annulée", "取消"] {
            assert!(!words.has(text), "{text}");
        }
    }
}
