//! Chart geometry: pure functions from numbers to shapes. Screen, print and mail draw the same shapes.
//!
//! A shape knows no colour, no word and no language. Coordinates are those of the box the caller names, y downwards;
//! whatever the numbers are (none, one, equal, not finite), the shapes stay inside it.

pub mod bars;
pub mod flow;
pub mod grid;
pub mod heat;
pub mod interval;
pub mod line;
pub mod lines;
pub mod lorenz;
pub mod spark;
pub mod stacks;
pub mod tree;
pub mod waterfall;

use std::fmt::Write;

/// A point of a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// The size of the box a chart is drawn into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// An SVG path through these points; empty for none. One decimal is a tenth of a pixel: finer cannot be seen.
pub fn path(points: impl IntoIterator<Item = Point>) -> String {
    let mut d = String::new();
    for point in points {
        let command = if d.is_empty() { 'M' } else { 'L' };
        // Writing to a String cannot fail.
        let _ = write!(d, "{command}{} {}", short(point.x), short(point.y));
    }
    d
}

/// The closed area between two lines that run in the same direction.
pub fn band(upper: &[Point], lower: &[Point]) -> String {
    let outline = path(upper.iter().chain(lower.iter().rev()).copied());
    if outline.is_empty() { outline } else { outline + "Z" }
}

/// A coordinate with at most one decimal.
pub fn short(x: f64) -> String {
    let rounded = (x * 10.0).round() / 10.0;
    if rounded == 0.0 { "0".to_owned() } else { format!("{rounded}") }
}

/// Round numbers that cover `low..=high`, about `wanted` of them: the marks of an axis.
///
/// ```
/// assert_eq!(ui::charts::ticks(0.0, 1.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0]);
/// assert_eq!(ui::charts::ticks(0.883, 0.961, 4), [0.88, 0.9, 0.92, 0.94, 0.96, 0.98]);
/// ```
pub fn ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || !low.is_finite() {
        return vec![0.0, 1.0];
    }
    let rough = span / wanted.max(1) as f64;
    let magnitude = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(magnitude * 10.0);
    let (first, last) = ((low / step + 1e-9).floor() as i64, (high / step - 1e-9).ceil() as i64);
    // Divided, not multiplied, where it can be: 0.88 rather than 0.8800000000000001.
    (first..=last).map(|at| if step < 1.0 { at as f64 / (1.0 / step) } else { at as f64 * step }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths() {
        assert_eq!(path([]), "");
        assert_eq!(path([Point { x: 0.04, y: 1.25 }, Point { x: 10.0, y: -0.01 }]), "M0 1.3L10 0");
        assert_eq!(band(&[], &[]), "");
    }

    proptest! {
        #[test]
        fn marks_cover_the_numbers(low in -1e6..1e6f64, span in 1e-3..1e6f64, wanted in 1usize..9) {
            let marks = ticks(low, low + span, wanted);
            let tolerance = span * 1e-6;
            prop_assert!(marks[0] <= low + tolerance && *marks.last().unwrap() >= low + span - tolerance);
            prop_assert!(marks.len() <= wanted + 3, "{} marks", marks.len());
            prop_assert!(marks.windows(2).all(|pair| pair[0] < pair[1]));
        }

        #[test]
        fn marks_of_anything_are_finite(low in any::<f64>(), high in any::<f64>()) {
            prop_assume!(!(high - low).is_finite() || high - low <= 0.0);
            prop_assert_eq!(ticks(low, high, 4), [0.0, 1.0]);
        }
    }
}
