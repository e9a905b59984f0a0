//! Bars from zero: as heights, or over an axis.

use super::{Size, ticks};

/// The part of a step that its bar takes; the rest is the gap to the next one.
const FILL: f64 = 0.72;

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Left edge.
    pub x: f64,
    /// Width.
    pub w: f64,
    /// Top edge.
    pub y: f64,
    /// Height; 0 for a value that is not known.
    pub h: f64,
    /// Middle of the step, from 0 to 1 across the box.
    pub across: f64,
}

/// Bars over an axis that begins at zero, or below where values are negative.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// One bar a value, in order.
    pub bars: Vec<Bar>,
    /// Round values with their height in the box.
    pub marks: Vec<(f64, f64)>,
}

/// Draws the values as bars of equal width. `None` when there is no finite value.
pub fn bars(values: &[f64], size: Size) -> Option<Bars> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    finite().next()?;
    let (low, high) = finite().fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
    let marks = ticks(low, high, 4);
    let (bottom, top) = (*marks.first()?, *marks.last()?);
    let y = |value: f64| size.h * (1.0 - ((value - bottom) / (top - bottom)).clamp(0.0, 1.0));
    let step = size.w / values.len() as f64;
    let bar = |(at, value): (usize, &f64)| {
        let value = if value.is_finite() { *value } else { 0.0 };
        let (from, to) = (y(value.max(0.0)), y(value.min(0.0)));
        let x = step * (at as f64 + (1.0 - FILL) / 2.0);
        Bar { x, w: step * FILL, y: from, h: to - from, across: (at as f64 + 0.5) / values.len() as f64 }
    };
    Some(Bars {
        bars: values.iter().enumerate().map(bar).collect(),
        marks: marks.into_iter().map(|mark| (mark, y(mark))).collect(),
    })
}

/// Heights from 0 to 1, one for each value; a value that is not a positive number has none.
pub fn heights(values: &[f64]) -> Vec<f64> {
    let counts = |value: &f64| value.is_finite() && *value > 0.0;
    let top = values.iter().copied().filter(counts).fold(0.0, f64::max);
    values.iter().map(|value| if counts(value) { value / top } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 1000.0, h: 200.0 };

    #[test]
    fn bars_stand_on_zero() {
        let drawn = bars(&[50.0, 100.0, -50.0, f64::NAN], SIZE).unwrap();
        assert_eq!(drawn.marks.iter().map(|mark| mark.0).collect::<Vec<_>>(), [-50.0, 0.0, 50.0, 100.0]);
        let zero = drawn.marks[1].1;
        let edges: Vec<(f64, f64)> = drawn.bars.iter().map(|bar| (bar.y.round(), (bar.y + bar.h).round())).collect();
        assert_eq!(
            edges,
            [(67.0, zero.round()), (0.0, zero.round()), (zero.round(), 200.0), (zero.round(), zero.round())]
        );
        assert_eq!((drawn.bars[0].across, drawn.bars[3].across), (0.125, 0.875));
        assert_eq!(bars(&[], SIZE), None);
        assert_eq!(bars(&[f64::NAN], SIZE), None);
        assert!(bars(&[0.0], SIZE).unwrap().bars[0].h == 0.0);
    }

    #[test]
    fn parts_of_the_tallest() {
        assert_eq!(heights(&[1.0, 4.0, 0.0, f64::NAN, -2.0]), [0.25, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(heights(&[0.0]), [0.0]);
        assert!(heights(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn bars_keep_their_proportions_inside_the_box(values in prop::collection::vec(-1e6..1e6f64, 1..40)) {
            let drawn = bars(&values, SIZE).unwrap();
            let span = drawn.marks.last().unwrap().0 - drawn.marks[0].0;
            for (bar, value) in drawn.bars.iter().zip(&values) {
                prop_assert!(bar.x >= 0.0 && bar.x + bar.w <= SIZE.w + 1e-6);
                prop_assert!(bar.y >= 0.0 && bar.y + bar.h <= SIZE.h + 1e-6 && bar.h >= 0.0);
                prop_assert!((bar.h - value.abs() / span * SIZE.h).abs() < 1e-6, "{} for {}", bar.h, value);
            }
            prop_assert!(drawn.bars.windows(2).all(|pair| pair[0].x + pair[0].w < pair[1].x));
        }

        #[test]
        fn inside_the_box(values in prop::collection::vec(any::<f64>(), 0..40)) {
            prop_assert!(heights(&values).iter().all(|height| (0.0..=1.0).contains(height)));
        }
    }
}
