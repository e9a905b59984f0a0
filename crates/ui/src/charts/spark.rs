//! A small line without axes: the shape of the last periods beside a number.

use super::{Point, Size, band, path};

/// Room above and below the line, so that its stroke is not cut off.
const PAD: f64 = 4.0;

/// The shapes of a spark line.
#[derive(Debug, Clone, PartialEq)]
pub struct Spark {
    /// The line.
    pub line: String,
    /// The area under it.
    pub area: String,
    /// The last point.
    pub end: Point,
}

/// Draws the values from the left edge to the right; its height shows differences, not sizes. `None` for fewer than
/// two finite values: one point has no shape.
pub fn spark(values: &[f64], size: Size) -> Option<Spark> {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if values.len() < 2 {
        return None;
    }
    let (low, high) =
        values.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
    let pad = PAD.min(size.h / 4.0);
    let points: Vec<Point> = values
        .iter()
        .enumerate()
        .map(|(at, value)| Point {
            x: size.w * at as f64 / (values.len() - 1) as f64,
            // Halved first: the span of two finite numbers can be infinite.
            y: if high > low {
                let above = (high / 2.0 - value / 2.0) / (high / 2.0 - low / 2.0);
                pad + (size.h - 2.0 * pad) * above
            } else {
                size.h / 2.0
            },
        })
        .collect();
    let ground = [Point { x: 0.0, y: size.h }, Point { x: size.w, y: size.h }];
    Some(Spark { line: path(points.iter().copied()), area: band(&points, &ground), end: *points.last()? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 100.0, h: 36.0 };

    #[test]
    fn highest_on_top() {
        let spark = spark(&[1.0, 3.0, 2.0], SIZE).unwrap();
        assert_eq!(spark.line, "M0 32L50 4L100 18");
        assert_eq!(spark.area, "M0 32L50 4L100 18L100 36L0 36Z");
        assert_eq!(spark.end, Point { x: 100.0, y: 18.0 });
    }

    #[test]
    fn too_few_values_have_no_shape() {
        assert_eq!(spark(&[], SIZE), None);
        assert_eq!(spark(&[5.0], SIZE), None);
        assert_eq!(spark(&[5.0, f64::NAN], SIZE), None);
        assert_eq!(spark(&[5.0, 5.0], SIZE).unwrap().line, "M0 18L100 18");
    }

    proptest! {
        #[test]
        fn inside_the_box(values in prop::collection::vec(any::<f64>(), 0..40)) {
            if let Some(spark) = spark(&values, SIZE) {
                prop_assert_eq!(spark.end.x, SIZE.w);
                prop_assert!((0.0..=SIZE.h).contains(&spark.end.y), "{}", spark.end.y);
                prop_assert!(!spark.line.contains("NaN") && !spark.line.contains("inf"));
            }
        }
    }
}
