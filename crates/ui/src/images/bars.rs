//! Bars from zero.

use maud::html;

use super::plot::{Axes, BOX, RIGHT, notes, stripes};
use super::{Image, Ink};
use crate::charts::bars as shapes;
use crate::charts::short;

/// Labels under the bars, at most.
const LABELS_MAX: usize = 9;

/// The image: values, which of them still count, their labels, and the bars with a note.
pub(crate) fn bars(
    ink: &Ink,
    values: &[f64],
    open: &[bool],
    labels: &[String],
    noted: &[usize],
    mark: &dyn Fn(f64) -> String,
) -> Option<Image> {
    let drawn = shapes::bars(values, BOX)?;
    let (last, every) = (values.len().saturating_sub(1), values.len().div_ceil(LABELS_MAX).max(1));
    let across = |at: usize| drawn.bars.get(at).map(|bar| bar.across);
    let below = labels.iter().enumerate().filter(|(at, _)| (last - at.min(&last)).is_multiple_of(every));
    let axes = Axes {
        marks: drawn.marks.iter().map(|(value, y)| (*y, mark(*value))).collect(),
        below: below.filter_map(|(at, label)| Some((across(at)?, label.clone()))).collect(),
        right: RIGHT / 2.0,
    };
    let noted: Vec<f64> = noted.iter().filter_map(|at| across(*at)).collect();
    let body = html! {
        (stripes(ink))
        @for (bar, open) in drawn.bars.iter().zip(open) {
            @for fill in [ink.heat[5], "url(#still)"].into_iter().take(1 + usize::from(*open)) {
                rect x=(short(bar.x)) y=(short(bar.y)) width=(short(bar.w)) height=(short(bar.h)) fill=(fill) {}
            }
        }
        (notes(ink, BOX, &noted))
    };
    Some(axes.around(ink, BOX, &body))
}
