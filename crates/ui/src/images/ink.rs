//! The colours of the style sheet, for drawings that stand without it.

use std::sync::LazyLock;

use crate::Theme;

/// The tokens stand in one place, the style sheet, each as `--name:light-dark(light,dark)`; so images cannot differ.
static CSS: &str = include_str!("../../assets/app.css");

static INKS: LazyLock<[Ink; 2]> = LazyLock::new(|| [Ink::read(0), Ink::read(1)]);

/// Colours of one theme. Their names and meanings are those of the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ink {
    pub surface: &'static str,
    pub surface_2: &'static str,
    pub line: &'static str,
    pub control: &'static str,
    pub ink: &'static str,
    pub ink_2: &'static str,
    pub ink_3: &'static str,
    pub accent: &'static str,
    pub kept: &'static str,
    pub kept_weak: &'static str,
    pub lost: &'static str,
    pub lost_weak: &'static str,
    pub warn: &'static str,
    pub warn_weak: &'static str,
    pub flow: &'static str,
    pub flow_kept: &'static str,
    pub flow_lost: &'static str,
    pub heat: [&'static str; 9],
    /// What is written on each step of the scale.
    pub heat_text: [&'static str; 9],
    pub series: [&'static str; 4],
}

impl Ink {
    /// The colours of a theme. What the device says is not known where an image is made: that is light, as paper is.
    pub fn of(theme: Theme) -> &'static Ink {
        let [light, dark] = &*INKS;
        if theme == Theme::Dark { dark } else { light }
    }

    fn read(side: usize) -> Ink {
        let of = |token: &str| colour(token, side);
        Ink {
            surface: of("surface"),
            surface_2: of("surface-2"),
            line: of("line"),
            control: of("control"),
            ink: of("ink"),
            ink_2: of("ink-2"),
            ink_3: of("ink-3"),
            accent: of("accent"),
            kept: of("kept"),
            kept_weak: of("kept-weak"),
            lost: of("lost"),
            lost_weak: of("lost-weak"),
            warn: of("warn"),
            warn_weak: of("warn-weak"),
            flow: of("flow"),
            flow_kept: of("flow-kept"),
            flow_lost: of("flow-lost"),
            heat: std::array::from_fn(|step| of(&format!("q{step}"))),
            // From the seventh step on, in the dark from the sixth, the other letters are read better.
            heat_text: std::array::from_fn(|step| of(if step + side > 5 { "q-hi" } else { "q-lo" })),
            series: std::array::from_fn(|at| of(&format!("s{}", at + 1))),
        }
    }

    /// The colour of a good, a doubtful, a bad and of any other end: `k`, `w`, `x`, `n`.
    pub(crate) fn tone(&self, tone: &str) -> &'static str {
        match tone {
            "k" => self.kept,
            "w" => self.warn,
            "x" => self.lost,
            _ => self.ink_3,
        }
    }
}

/// The light or the dark colour of a token; empty for one that there is not, which a test rules out.
fn colour(token: &str, side: usize) -> &'static str {
    let start = format!("--{token}:light-dark(");
    let pair = CSS.split_once(&start).and_then(|(_, rest)| rest.split_once(')')).map_or("", |(pair, _)| pair);
    pair.split(',').nth(side).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_stands_in_the_style_sheet_in_both_themes() {
        for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
            let ink = Ink::of(theme);
            let text = format!("{ink:?}");
            let colours: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
            assert_eq!(colours.len(), 39);
            for colour in colours {
                let digits = colour.strip_prefix('#').unwrap_or_default();
                assert!(digits.len() == 3 || digits.len() == 6, "{colour:?}");
                assert!(digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{colour:?}");
            }
        }
        assert_eq!((Ink::of(Theme::Auto).surface, Ink::of(Theme::Dark).surface), ("#fff", "#17191c"));
        assert_eq!((Ink::of(Theme::Light).kept, Ink::of(Theme::Dark).lost), ("#0a736d", "#ff9d66"));
    }
}
