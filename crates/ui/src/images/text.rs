//! What images can write: numerals, and names from the data whose letters the font has.

use maud::{Markup, html};
use reports::pages::Label;
use terms::{Grain, Period};

use super::Ink;
use crate::Lang;
use crate::charts::short;

/// Half the height of a digit, as a part of the size of the font: Inter's capitals are 0.727 high.
const HALF: f64 = 0.364;

/// Which end of a text its place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// A text whose middle lies at the height `y`.
pub(super) fn text(x: f64, y: f64, anchor: Anchor, size: f64, fill: &str, words: &str) -> Markup {
    let words: String = words.chars().filter(|letter| writes(*letter)).collect();
    html! {
        text x=(short(x)) y=(short(y + size * HALF)) font-size=(size) text-anchor=(anchor.word()) fill=(fill) { (words) }
    }
}

/// A text of the axes: small and quiet.
pub(super) fn quiet(ink: &Ink, x: f64, y: f64, anchor: Anchor, words: &str) -> Markup {
    text(x, y, anchor, 12.0, ink.ink_3, words)
}

/// Whether the font has a letter. A test holds this against the font itself.
fn writes(letter: char) -> bool {
    matches!(letter, ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{ff}' | '–' | '−' | '€' | '↑' | '↓' | '’')
}

/// How wide a text is, roughly: enough to keep texts inside their places.
pub(super) fn width(words: &str, size: f64) -> f64 {
    words.chars().count() as f64 * size * 0.62
}

/// A name from the data, where the font has all its letters; otherwise, as for words of ours, its number in the list.
pub(crate) fn named(label: &Label, at: usize) -> String {
    match label {
        Label::Period(days) => period(*days),
        Label::Text(name) if name.chars().all(writes) => name.clone(),
        _ => (at + 1).to_string(),
    }
}

/// Days as their first one, or the month or year they are: 2011-11-05, 2011-11, 2011.
pub(crate) fn period(period: Period) -> String {
    let day = period.start.to_string();
    let length = match period.grain() {
        Some(Grain::Month) => 7,
        Some(Grain::Year) => 4,
        _ => day.len(),
    };
    day.chars().take(length).collect()
}

/// A number for a tight place: 950, 1.2k, 34k, 5.6M. The signs are those of physics, not of a language.
pub(crate) fn amount(lang: Lang, value: f64) -> String {
    let steps = [(1e6, "M"), (1e3, "k")];
    let Some((size, unit)) = steps.into_iter().find(|step| value.abs() >= step.0) else {
        return lang.num(value, 0);
    };
    let scaled = value / size;
    let whole = scaled.abs() >= 10.0 || (scaled - scaled.round()).abs() < 0.05;
    format!("{}{unit}", lang.num(scaled, usize::from(!whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_get_short_without_words() {
        let of = |value| amount(Lang::En, value);
        assert_eq!(
            [0.0, 950.0, 1_000.0, 1_240.0, 34_100.0, -5_600_000.0].map(of),
            ["0", "950", "1k", "1.2k", "34k", "−5.6M"]
        );
        assert_eq!(amount(Lang::Fi, 1_240.0), "1,2k");
        assert_eq!(amount(Lang::ZhHant, 192_740.0), "193k");
    }

    #[test]
    fn days_are_written_as_in_files() {
        let of = |text: &str| period(text.parse().unwrap());
        assert_eq!(["2011-11", "2011", "2011-11-07..2011-11-14"].map(of), ["2011-11", "2011", "2011-11-07"]);
        assert_eq!(of("2011-10-01..2012-01-01"), "2011-10-01");
    }

    #[test]
    fn what_cannot_be_written_is_told_by_its_number() {
        let of = |name: &str| named(&Label::Text(name.to_owned()), 2);
        assert_eq!(["Côte d'Ivoire", "台灣", "Łódź"].map(of), ["Côte d'Ivoire", "3", "3"]);
        assert_eq!(named(&Label::Word("segment.all".into()), 0), "1");
    }

    #[test]
    fn the_font_has_what_we_write_and_nothing_else_is_written() {
        let face = resvg::usvg::fontdb::Source::Binary(std::sync::Arc::new(super::super::FONT));
        let mut fonts = resvg::usvg::fontdb::Database::new();
        assert_eq!(fonts.load_font_source(face).len(), 1);
        assert_eq!(fonts.faces().next().unwrap().families[0].0, "Inter");
        let drawn = |letter: char| {
            let ink = Ink::of(crate::Theme::Light);
            let shapes = text(10.0, 10.0, Anchor::Start, 12.0, ink.ink, &letter.to_string());
            let size = crate::charts::Size { w: 24.0, h: 20.0 };
            let png = super::super::Image::new(ink, size, &shapes).png().unwrap();
            let empty = super::super::Image::new(ink, size, &html! {}).png().unwrap();
            png != empty
        };
        for letter in "0123456789%.,+−–-€£$¥kMRFÅäöß’↑↓()".chars() {
            assert!(writes(letter) && drawn(letter), "{letter}");
        }
        for letter in "萬億₩Ł".chars() {
            assert!(!writes(letter) && !drawn(letter), "{letter}");
        }
    }
}
