//! Stacked bars on both sides of zero, and a line through their sums.

use maud::html;

use super::plot::{Axes, BOX, RIGHT, stripes};
use super::{Image, Ink};
use crate::charts::stacks::{self as shapes, Step};
use crate::charts::{path, short};

/// Labels below, at most.
const LABELS_MAX: usize = 7;

/// The image: steps with a label each; whether the last one still counts; what stands at a value of the axis.
pub(crate) fn stacks(
    ink: &Ink,
    steps: &[Step],
    labels: &[String],
    open: bool,
    mark: &dyn Fn(f64) -> String,
) -> Option<Image> {
    let drawn = shapes::stacks(steps, BOX)?;
    let (every, last) = (steps.len().div_ceil(LABELS_MAX).max(1), steps.len() - 1);
    let shown = drawn.stacks.iter().zip(labels).enumerate().filter(|(at, _)| (last - at).is_multiple_of(every));
    let axes = Axes {
        marks: drawn.marks.iter().map(|(value, y)| (*y, mark(*value))).collect(),
        below: shown.map(|(_, (stack, label))| (stack.across, label.clone())).collect(),
        right: RIGHT / 2.0,
    };
    let fills = [ink.heat[7], ink.heat[5], ink.heat[3], ink.flow_lost, ink.lost];
    let body = html! {
        (stripes(ink))
        @for (at, stack) in drawn.stacks.iter().enumerate() {
            @for ((y, h), fill) in stack.parts.iter().zip(fills) {
                @let (x, y, w, h) = (short(stack.x), short(*y), short(stack.w), short(*h));
                rect x=(x) y=(y) width=(w) height=(h) fill=(fill) {}
                @if open && at == last { rect x=(x) y=(y) width=(w) height=(h) fill="url(#still)" {} }
            }
        }
        path d={ "M0 " (short(drawn.zero)) "H" (BOX.w) } stroke=(ink.ink_3) {}
        path d=(path(drawn.stacks.iter().map(|stack| stack.net))) stroke=(ink.ink) stroke-width="2" fill="none" {}
    };
    Some(axes.around(ink, BOX, &body))
}
