//! Estimates with their intervals on one axis: a dot on a bar, and the line at zero.

use super::ticks;

/// The axis that all rows of a chart share.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    /// Round values with their place, from 0 at the left to 1 at the right.
    pub marks: Vec<(f64, f64)>,
    /// The place of zero.
    pub zero: f64,
}

/// One row: places from 0 at the left to 1 at the right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// The lower end.
    pub low: f64,
    /// The dot.
    pub dot: f64,
    /// The upper end.
    pub high: f64,
}

impl Scale {
    /// An axis that holds zero and all intervals, each as low end, value, high end. Nothing finite: from −1 to 1.
    pub fn of(rows: impl IntoIterator<Item = (f64, f64, f64)>) -> Scale {
        let ends = rows.into_iter().flat_map(|(low, value, high)| [low, value, high]).filter(|end| end.is_finite());
        let (low, high) = ends.fold((0.0f64, 0.0f64), |(low, high), end| (low.min(end), high.max(end)));
        let (low, high) = if high > low && (high - low).is_finite() { (low, high) } else { (-1.0, 1.0) };
        let values = ticks(low, high, 4);
        let (low, high) = (values.first().copied().unwrap_or(low), values.last().copied().unwrap_or(high));
        let at = |value: f64| place(value, low, high);
        Scale { low, high, marks: values.iter().map(|value| (*value, at(*value))).collect(), zero: at(0.0) }
    }

    /// Where an estimate lies; nothing when it is not finite.
    pub fn place(&self, low: f64, value: f64, high: f64) -> Option<Placed> {
        let at = |value: f64| place(value, self.low, self.high);
        let all = low.is_finite() && value.is_finite() && high.is_finite();
        all.then(|| Placed { low: at(low.min(value)), dot: at(value), high: at(high.max(value)) })
    }
}

/// The middle where the axis is too short to be divided.
fn place(value: f64, low: f64, high: f64) -> f64 {
    let at = (value - low) / (high - low);
    if at.is_nan() { 0.5 } else { at.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zero_is_always_on_the_axis() {
        let scale = Scale::of([(0.05, 0.1, 0.2)]);
        assert_eq!((scale.zero, scale.marks.len()), (0.0, 5));
        assert_eq!(scale.place(0.05, 0.1, 0.2), Some(Placed { low: 0.25, dot: 0.5, high: 1.0 }));
        let below = Scale::of([(-0.2, -0.1, -0.05)]);
        assert_eq!(below.zero, 1.0);
        let both = Scale::of([(-0.1, 0.0, 0.1)]);
        assert_eq!(both.zero, 0.5);
    }

    #[test]
    fn nothing_to_place() {
        for rows in [vec![], vec![(0.0, 0.0, 0.0)], vec![(f64::NAN, f64::INFINITY, f64::NAN)]] {
            let scale = Scale::of(rows);
            assert_eq!(scale.zero, 0.5);
            assert_eq!(scale.place(f64::NAN, 0.0, 0.0), None);
        }
    }

    proptest! {
        #[test]
        fn inside_and_in_order(rows in prop::collection::vec((-1.0..1.0f64, 0.0..0.5f64, 0.0..0.5f64), 0..20)) {
            let rows: Vec<_> = rows.into_iter().map(|(value, down, up)| (value - down, value, value + up)).collect();
            let scale = Scale::of(rows.iter().copied());
            prop_assert!((0.0..=1.0).contains(&scale.zero));
            for (low, value, high) in rows {
                let placed = scale.place(low, value, high).unwrap();
                prop_assert!(0.0 <= placed.low && placed.low <= placed.dot && placed.dot <= placed.high && placed.high <= 1.0);
                // What is clear in the numbers is clear in the picture, and nothing else.
                prop_assert!((low > 0.0) == (placed.low > scale.zero) && (high < 0.0) == (placed.high < scale.zero));
                prop_assert!((placed.high - placed.low) * (scale.high - scale.low) - (high - low) < 1e-9);
            }
        }

        #[test]
        fn anything_has_an_axis(low in any::<f64>(), value in any::<f64>(), high in any::<f64>()) {
            let scale = Scale::of([(low, value, high)]);
            if let Some(placed) = scale.place(low, value, high) {
                prop_assert!([placed.low, placed.dot, placed.high].iter().all(|at| (0.0..=1.0).contains(at)), "{placed:?}");
            }
        }
    }
}
