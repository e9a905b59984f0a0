//! One line over an axis, with the band of its interval.

use maud::html;

use super::plot::{Axes, BOX, RIGHT, notes};
use super::text::{Anchor, text};
use super::{Image, Ink};
use crate::charts::line::{At, Axis, Floor, Line, Shape};
use crate::charts::{line as shapes, short};

/// What an image of a line is made from.
pub(crate) struct Run<'a> {
    /// The values, sorted.
    pub values: &'a [At],
    /// How it goes from one to the next.
    pub shape: Shape,
    /// Where its axis begins.
    pub floor: Floor,
}

/// The image. `below` finds the labels of the horizontal axis and `noted` the notes, both from 0 to 1 across; `mark` writes
/// a value of the vertical axis and `end` is the number at the end of the line.
pub(crate) fn line(
    ink: &Ink,
    run: &Run<'_>,
    mark: &dyn Fn(&Axis, f64) -> String,
    below: &dyn Fn(&Line) -> Vec<(f64, String)>,
    noted: &dyn Fn(&Line) -> Vec<f64>,
    end: &str,
) -> Option<Image> {
    let drawn = shapes::line(run.values, BOX, run.shape, run.floor)?;
    let axes = Axes {
        marks: drawn.axis.marks.iter().map(|(value, y)| (*y, mark(&drawn.axis, *value))).collect(),
        below: below(&drawn),
        right: RIGHT,
    };
    let body = html! {
        @if !drawn.band.is_empty() { path d=(drawn.band) fill=(ink.kept) fill-opacity=".14" {} }
        (notes(ink, BOX, &noted(&drawn)))
        path d=(drawn.line) stroke=(ink.kept) stroke-width="2" fill="none" stroke-linejoin="round" {}
        circle cx=(short(drawn.end.x)) cy=(short(drawn.end.y)) r="4" fill=(ink.kept) stroke=(ink.surface) stroke-width="2" {}
        (text(BOX.w + 11.0, drawn.end.y, Anchor::Start, 13.0, ink.kept, end))
    };
    Some(axes.around(ink, BOX, &body))
}
