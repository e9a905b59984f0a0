//! What stands around a box with axes: marks at the left, labels below, room at the right.

use maud::{Markup, html};

use super::text::{Anchor, quiet};
use super::{Image, Ink};
use crate::charts::{Size, short};

/// The box all charts with axes are drawn into.
pub(super) const BOX: Size = Size { w: 720.0, h: 260.0 };
const LEFT: f64 = 72.0;
const TOP: f64 = 32.0;
const BOTTOM: f64 = 44.0;
/// Room for a number at the end of a line.
pub(super) const RIGHT: f64 = 72.0;

/// Labels of two axes: heights in the box, and places from 0 to 1 across it.
pub(super) struct Axes {
    /// At the left.
    pub marks: Vec<(f64, String)>,
    /// Below.
    pub below: Vec<(f64, String)>,
    /// Room at the right.
    pub right: f64,
}

impl Axes {
    /// The image of shapes in a box.
    pub fn around(&self, ink: &Ink, within: Size, shapes: &Markup) -> Image {
        let size = Size { w: LEFT + within.w + self.right, h: TOP + within.h + BOTTOM };
        let body = html! {
            g transform={ "translate(" (LEFT) " " (TOP) ")" } {
                @for (y, _) in &self.marks { path d={ "M0 " (short(*y)) "H" (within.w) } stroke=(ink.line) {} }
                (shapes)
                @for (y, label) in &self.marks { (quiet(ink, -10.0, *y, Anchor::End, label)) }
                @for (across, label) in &self.below {
                    (quiet(ink, across * within.w, within.h + 22.0, Anchor::Middle, label))
                }
            }
        };
        Image::new(ink, size, &body)
    }
}

/// Where the team wrote a note: the note itself stands in the text.
pub(super) fn notes(ink: &Ink, within: Size, across: &[f64]) -> Markup {
    html! {
        @for across in across {
            path d={ "M" (short(across * within.w)) " 0V" (within.h) } stroke=(ink.warn) stroke-width="2" {}
        }
    }
}

/// Stripes over what is still counting.
pub(super) fn stripes(ink: &Ink) -> Markup {
    html! {
        pattern id="still" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
            rect width="3" height="8" fill=(ink.surface) fill-opacity=".5" {}
        }
    }
}
