//! A heat table: rows of cells whose colour is a share.

use maud::{Markup, html};

use super::plot::stripes;
use super::text::{Anchor, quiet, text, width};
use super::{Image, Ink};
use crate::charts::Size;
use crate::charts::heat::STEPS;

const ROW: f64 = 30.0;
const HEAD: f64 = 34.0;
const PAD: f64 = 16.0;
const GAP: f64 = 2.0;
/// The narrowest cell, and the room its text has at both sides.
const CELL: f64 = 42.0;
/// Names longer than this are cut off.
const NAME_MAX: usize = 28;

/// What lies under a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// A step of the scale, perhaps still counting.
    Step(usize, bool),
    /// Certain, or pooled: no news.
    Grey,
    /// Too few to be coloured.
    Few,
}

/// A cell.
#[derive(Debug)]
pub(crate) struct Cell {
    /// What it says.
    pub text: String,
    /// What lies under it.
    pub fill: Fill,
}

/// A row.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its name; empty for the pooled one.
    pub name: String,
    /// How many are in it.
    pub size: String,
    /// Its cells from step 0; nothing where a step is not known.
    pub cells: Vec<Option<Cell>>,
}

/// The image; nothing without a row.
pub(crate) fn heat(ink: &Ink, rows: &[Row]) -> Option<Image> {
    let columns = rows.iter().map(|row| row.cells.len()).max().filter(|columns| *columns > 0)?;
    let names: Vec<String> = rows.iter().map(|row| row.name.chars().take(NAME_MAX).collect()).collect();
    let sizes = PAD + longest(names.iter().map(String::as_str)) + 12.0;
    let left = sizes + longest(rows.iter().map(|row| row.size.as_str())) + 12.0;
    let texts = rows.iter().flat_map(|row| row.cells.iter().flatten()).map(|cell| cell.text.as_str());
    let cell = CELL.max(longest(texts) + 8.0);
    let middle = |at: usize| HEAD + ROW * at as f64 + ROW / 2.0;
    let body = html! {
        (stripes(ink))
        @for step in 0..columns {
            (quiet(ink, left + cell * (step as f64 + 0.5), HEAD / 2.0 + 4.0, Anchor::Middle, &step.to_string()))
        }
        @for (at, (row, name)) in rows.iter().zip(&names).enumerate() {
            (text(PAD, middle(at), Anchor::Start, 12.0, ink.ink_2, name))
            (text(left - 12.0, middle(at), Anchor::End, 12.0, ink.ink_2, &row.size))
            @for (step, one) in row.cells.iter().enumerate() { @if let Some(one) = one {
                (draw(ink, one, (left + cell * step as f64, HEAD + ROW * at as f64), cell))
            } }
        }
    };
    let size = Size { w: left + cell * columns as f64 + PAD, h: HEAD + ROW * rows.len() as f64 + PAD };
    Some(Image::new(ink, size, &body))
}

/// The room the longest text takes.
fn longest<'a>(texts: impl Iterator<Item = &'a str>) -> f64 {
    texts.map(|text| width(text, 12.0)).fold(0.0, f64::max)
}

fn draw(ink: &Ink, cell: &Cell, (x, y): (f64, f64), wide: f64) -> Markup {
    let (w, h) = (wide - GAP, ROW - GAP);
    let (fill, letters, open) = match cell.fill {
        Fill::Step(step, open) => (ink.heat[step.min(STEPS - 1)], ink.heat_text[step.min(STEPS - 1)], open),
        Fill::Grey => (ink.surface_2, ink.ink_3, false),
        Fill::Few => (ink.surface, ink.ink_3, false),
    };
    html! {
        rect x=(x) y=(y) width=(w) height=(h) rx="4" fill=(fill) stroke=[(cell.fill == Fill::Few).then_some(ink.line)] {}
        @if open { rect x=(x) y=(y) width=(w) height=(h) rx="4" fill="url(#still)" {} }
        (text(x + w / 2.0, y + h / 2.0, Anchor::Middle, 12.0, letters, &cell.text))
    }
}
