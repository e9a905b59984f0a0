//! Estimates with their intervals on one axis.

use maud::{Markup, html};

use super::text::{Anchor, quiet, text};
use super::{Image, Ink};
use crate::charts::interval::{Placed, Scale};
use crate::charts::{Size, short};

const WIDTH: f64 = 520.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 196.0;
const ROW: f64 = 30.0;
const HEAD: f64 = 40.0;
const PAD: f64 = 16.0;

/// A row: its label, low end, value and high end, the same in figures, and whether zero lies outside.
#[derive(Debug)]
pub(crate) struct Estimated {
    /// At the left.
    pub label: String,
    /// The estimate between the ends of its interval.
    pub ends: (f64, f64, f64),
    /// At the right.
    pub figures: String,
    /// Whether it is clear.
    pub clear: bool,
}

/// The image; nothing without a row.
pub(crate) fn interval(ink: &Ink, rows: &[Estimated], mark: &dyn Fn(&Scale, f64) -> String) -> Option<Image> {
    rows.first()?;
    let scale = Scale::of(rows.iter().map(|row| row.ends));
    let foot = HEAD + ROW * rows.len() as f64;
    let body = html! {
        g transform={ "translate(" (LEFT) " 0)" } {
            @for (value, at) in &scale.marks {
                path d={ "M" (short(at * WIDTH)) " " (HEAD) "V" (foot) } stroke=(ink.line) {}
                (quiet(ink, at * WIDTH, HEAD - 14.0, Anchor::Middle, &mark(&scale, *value)))
            }
            path d={ "M" (short(scale.zero * WIDTH)) " " (HEAD) "V" (foot) } stroke=(ink.control) stroke-width="1.5" {}
            @for (at, row) in rows.iter().enumerate() {
                @let y = HEAD + ROW * (at as f64 + 0.5);
                (quiet(ink, -16.0, y, Anchor::End, &row.label))
                @let (low, value, high) = row.ends;
                @if let Some(placed) = scale.place(low, value, high) { (draw(ink, row.clear, &placed, y)) }
                (text(WIDTH + 20.0, y, Anchor::Start, 12.0, ink.ink_2, &row.figures))
            }
        }
    };
    Some(Image::new(ink, Size { w: LEFT + WIDTH + RIGHT, h: foot + PAD }, &body))
}

fn draw(ink: &Ink, clear: bool, placed: &Placed, y: f64) -> Markup {
    let colour = if clear { ink.accent } else { ink.ink_3 };
    let at = |part: f64| short(part * WIDTH);
    html! {
        path d={ "M" (at(placed.low)) " " (y) "H" (at(placed.high)) } stroke=(colour) stroke-width="2" {}
        circle cx=(at(placed.dot)) cy=(y) r="5" fill=(colour) {}
    }
}
