//! Several lines over one axis, each with its name at its end.

use maud::{Markup, html};

use super::plot::{Axes, BOX};
use super::text::{Anchor, text};
use super::{Image, Ink};
use crate::charts::line::Axis;
use crate::charts::lines::{Drawn, Lines, Series};
use crate::charts::{lines as shapes, path, short};

/// Names are at least this far apart.
const GAP: f64 = 18.0;
/// Room for the names at the right.
const NAMES: f64 = 150.0;

/// A line and its name. The first one is what the others are held against: dashed, with a band.
#[derive(Debug)]
pub(crate) struct Named {
    /// The values.
    pub series: Series,
    /// What stands at its end.
    pub name: String,
}

/// The image.
pub(crate) fn lines(
    ink: &Ink,
    all: &[Named],
    mark: &dyn Fn(&Axis, f64) -> String,
    below: &dyn Fn(&Lines) -> Vec<(f64, String)>,
) -> Option<Image> {
    let series: Vec<Series> = all.iter().map(|one| one.series.clone()).collect();
    let drawn = shapes::lines(&series, BOX, GAP)?;
    let axes = Axes {
        marks: drawn.axis.marks.iter().map(|(value, y)| (*y, mark(&drawn.axis, *value))).collect(),
        below: below(&drawn),
        right: NAMES,
    };
    let body = html! {
        @for (at, (one, named)) in drawn.lines.iter().zip(all).enumerate() {
            @if let Some(one) = one { (draw(ink, at, one, &named.name)) }
        }
    };
    Some(axes.around(ink, BOX, &body))
}

fn draw(ink: &Ink, at: usize, one: &Drawn, name: &str) -> Markup {
    let average = at == 0;
    let colour = if average { ink.ink_2 } else { ink.series[(at - 1) % ink.series.len()] };
    let dots: String = one.points.iter().map(|point| path([*point, *point])).collect();
    let end = one.points.last().map_or(0.0, |point| point.x);
    html! {
        @if average { path d=(one.spread) fill=(colour) fill-opacity=".12" {} }
        @else { path d=(one.spread) stroke=(colour) stroke-opacity=".55" fill="none" {} }
        path d=(one.line) stroke=(colour) stroke-width="2" fill="none" stroke-dasharray=[average.then_some("6 4")] {}
        path d=(dots) stroke=(colour) stroke-width="6" stroke-linecap="round" fill="none" {}
        circle cx=(short(end + 14.0)) cy=(short(one.label)) r="4" fill=(colour) {}
        (text(end + 24.0, one.label, Anchor::Start, 12.0, ink.ink, name))
    }
}
