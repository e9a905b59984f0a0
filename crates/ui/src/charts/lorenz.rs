//! The Lorenz curve: how unevenly a whole is divided. M. O. Lorenz, "Methods of measuring the concentration of
//! wealth", Publications of the American Statistical Association 9 (1905).

use super::{Point, Size, band, path};

/// The shapes of a Lorenz curve in its square.
#[derive(Debug, Clone, PartialEq)]
pub struct Lorenz {
    /// The curve, from the lower left corner to the upper right one.
    pub curve: String,
    /// The area between the diagonal, where all are equal, and the curve.
    pub area: String,
}

/// Draws the curve through `(share of customers, share of the whole)`, smallest first. `None` without a point between
/// the corners, or when the shares do not rise.
pub fn lorenz(shares: &[(f64, f64)], size: Size) -> Option<Lorenz> {
    let inside = |share: &&(f64, f64)| share.0 > 0.0 && share.0 < 1.0 && share.1.is_finite();
    let mut all = vec![(0.0, 0.0)];
    all.extend(shares.iter().filter(inside).map(|share| (share.0, share.1.clamp(0.0, 1.0))));
    all.push((1.0, 1.0));
    if all.len() < 3 || all.windows(2).any(|pair| pair[0].0 > pair[1].0 || pair[0].1 > pair[1].1) {
        return None;
    }
    let points: Vec<Point> =
        all.iter().map(|share| Point { x: size.w * share.0, y: size.h * (1.0 - share.1) }).collect();
    let diagonal = [Point { x: 0.0, y: size.h }, Point { x: size.w, y: 0.0 }];
    Some(Lorenz { curve: path(points.iter().copied()), area: band(&diagonal, &points) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { w: 100.0, h: 100.0 };

    #[test]
    fn from_corner_to_corner() {
        let drawn = lorenz(&[(0.0, 0.0), (0.5, 0.1), (1.0, 1.0)], SIZE).unwrap();
        assert_eq!(drawn.curve, "M0 100L50 90L100 0");
        assert_eq!(drawn.area, "M0 100L100 0L100 0L50 90L0 100Z");
    }

    #[test]
    fn nothing_to_draw() {
        assert_eq!(lorenz(&[], SIZE), None);
        assert_eq!(lorenz(&[(0.0, 0.0), (1.0, 1.0)], SIZE), None);
        assert_eq!(lorenz(&[(0.5, 0.4), (0.4, 0.5)], SIZE), None);
    }

    proptest! {
        #[test]
        fn inside_the_box(mut xs in prop::collection::vec(0.0..1.0f64, 0..40), mut ys in prop::collection::vec(-1.0..2.0f64, 40)) {
            xs.sort_by(f64::total_cmp);
            ys.sort_by(f64::total_cmp);
            let shares: Vec<(f64, f64)> = xs.into_iter().zip(ys).collect();
            if let Some(drawn) = lorenz(&shares, SIZE) {
                for number in drawn.curve.split(['M', 'L', ' ']).filter(|text| !text.is_empty()) {
                    let number: f64 = number.parse().unwrap();
                    prop_assert!((0.0..=100.0).contains(&number));
                }
            }
        }
    }
}
