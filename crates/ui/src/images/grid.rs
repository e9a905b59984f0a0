//! A square of squares: two scores against each other.

use maud::{Markup, html};

use super::text::{Anchor, quiet, text};
use super::{Image, Ink};
use crate::charts::grid::{Cell, Entry};
use crate::charts::{Size, grid as shapes, short};

const CELL: Size = Size { w: 112.0, h: 64.0 };
const LEFT: f64 = 56.0;
const TOP: f64 = 40.0;
const PAD: f64 = 20.0;
const GAP: f64 = 2.0;

/// A cell of the image.
#[derive(Debug)]
pub(crate) struct Square {
    /// Where it lies and how many are in it.
    pub entry: Entry,
    /// The same, written.
    pub label: String,
    /// Its colours: what lies under it, and what is written.
    pub colours: (&'static str, &'static str),
}

/// The image; nothing without a square.
pub(crate) fn grid(ink: &Ink, squares: &[Square], side: u8) -> Option<Image> {
    squares.first()?;
    let entries: Vec<Entry> = squares.iter().map(|square| square.entry).collect();
    let drawn = shapes::grid(&entries, side);
    let column = |at: usize| LEFT + CELL.w * at as f64;
    let row = |at: usize| TOP + CELL.h * at as f64;
    let body = html! {
        @for score in 1..=side {
            (quiet(ink, column(usize::from(score)) - CELL.w / 2.0, TOP / 2.0 + 4.0, Anchor::Middle, &format!("F{score}")))
        }
        @for (at, (score, cells)) in drawn.rows.iter().enumerate() {
            (quiet(ink, LEFT - 16.0, row(at) + CELL.h / 2.0, Anchor::End, &format!("R{score}")))
            @for (to, cell) in cells.iter().enumerate() {
                @if let Some(square) = cell.index.and_then(|index| squares.get(index)) {
                    (draw(square, cell, column(to), row(at)))
                }
            }
        }
    };
    let side = f64::from(side);
    Some(Image::new(ink, Size { w: LEFT + CELL.w * side + PAD, h: TOP + CELL.h * side + PAD }, &body))
}

fn draw(square: &Square, cell: &Cell, x: f64, y: f64) -> Markup {
    let (w, h) = (CELL.w - GAP, CELL.h - GAP);
    let (fill, letters) = square.colours;
    let bar = if cell.count > 0 { (w * cell.length).max(2.0) } else { 0.0 };
    html! {
        rect x=(x) y=(y) width=(w) height=(h) rx="4" fill=(fill) {}
        (text(x + w / 2.0, y + h / 2.0 - 2.0, Anchor::Middle, 14.0, letters, &square.label))
        rect x=(x) y=(y + h - 5.0) width=(short(bar)) height="5" fill=(letters) {}
    }
}
