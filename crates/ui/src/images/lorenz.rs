//! The Lorenz curve in its square.

use maud::html;

use super::plot::{Axes, RIGHT};
use super::{Image, Ink};
use crate::charts::{Size, lorenz as shapes};

const SQUARE: Size = Size { w: 320.0, h: 320.0 };

/// The image.
pub(crate) fn lorenz(ink: &Ink, shares: &[(f64, f64)], mark: &dyn Fn(f64) -> String) -> Option<Image> {
    let drawn = shapes::lorenz(shares, SQUARE)?;
    let marks = [0.0, 0.25, 0.5, 0.75, 1.0];
    let axes = Axes {
        marks: marks.map(|value| (SQUARE.h * (1.0 - value), mark(value))).into(),
        below: marks.map(|value| (value, mark(value))).into(),
        right: RIGHT / 2.0,
    };
    let body = html! {
        path d=(drawn.area) fill=(ink.kept) fill-opacity=".14" {}
        path d={ "M0 " (SQUARE.h) "L" (SQUARE.w) " 0" } stroke=(ink.ink_3) stroke-dasharray="4 4" {}
        path d=(drawn.curve) stroke=(ink.kept) stroke-width="2" fill="none" {}
    };
    Some(axes.around(ink, SQUARE, &body))
}
