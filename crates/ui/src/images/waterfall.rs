//! Steps from one level to another, each with its number.

use maud::html;

use super::plot::{Axes, BOX, RIGHT, stripes};
use super::text::{Anchor, text};
use super::{Image, Ink};
use crate::charts::short;
use crate::charts::waterfall as shapes;

/// A step of the image.
#[derive(Debug)]
pub(crate) struct Step {
    /// By how much.
    pub change: f64,
    /// The number above its bar.
    pub label: String,
}

/// The image: what there was and what there is, each with its number and its day; the steps between; whether the end still
/// moves.
pub(crate) fn waterfall(
    ink: &Ink,
    (start, start_label, since): (f64, &str, &str),
    steps: &[Step],
    (end_label, until, open): (&str, &str, bool),
    mark: &dyn Fn(f64) -> String,
) -> Option<Image> {
    let changes: Vec<f64> = steps.iter().map(|step| step.change).collect();
    let drawn = shapes::waterfall(start, &changes, BOX)?;
    let last = drawn.bars.len() - 1;
    let ends = [(0, since), (last, until)];
    let labels = std::iter::once(start_label).chain(steps.iter().map(|step| step.label.as_str())).chain([end_label]);
    let axes = Axes {
        marks: drawn.marks.iter().map(|(value, y)| (*y, mark(*value))).collect(),
        below: ends.into_iter().map(|(at, day)| (drawn.bars[at].across, day.to_owned())).collect(),
        right: RIGHT / 2.0,
    };
    let fill = |at: usize, bar: &shapes::Bar| {
        let ends = at == 0 || at == last;
        if ends {
            ink.ink_3
        } else if bar.to < bar.from {
            ink.lost
        } else {
            ink.kept
        }
    };
    let body = html! {
        (stripes(ink))
        path d=(drawn.links) stroke=(ink.control) fill="none" {}
        @for (at, (bar, label)) in drawn.bars.iter().zip(labels).enumerate() {
            @let (x, y, w, h) = (short(bar.x), short(bar.y), short(bar.w), short(bar.h.max(1.0)));
            rect x=(x) y=(y) width=(w) height=(h) fill=(fill(at, bar)) {}
            @if open && at == last { rect x=(x) y=(y) width=(w) height=(h) fill="url(#still)" {} }
            (text(bar.across * BOX.w, bar.y - 12.0, Anchor::Middle, 14.0, ink.ink, label))
        }
    };
    Some(axes.around(ink, BOX, &body))
}
