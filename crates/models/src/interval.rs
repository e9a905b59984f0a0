//! The interval of a share: how far the true rate may lie from the one counted.

use terms::{Estimate, Share};

use crate::Z_95;

/// The rate of a share with its 95 % Wilson score interval.
///
/// ```text
/// centre = (p + z²/2n) / (1 + z²/n)      half = z/(1 + z²/n) · √(p(1−p)/n + z²/4n²)
/// ```
///
/// Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212; without
/// continuity correction. Chosen over p ± z·se because it stays inside [0, 1] and has a width for 0 of n and n of n
/// (Brown, Cai & DasGupta, Statistical Science 16 (2001), 101–133). An empty whole has no rate and no interval.
///
/// ```
/// use terms::Share;
/// let e = models::interval::wilson(Share { part: 8, whole: 10 }).unwrap();
/// assert_eq!((e.value, (e.low * 1e4).round(), (e.high * 1e4).round()), (0.8, 4902.0, 9433.0));
/// ```
pub fn wilson(share: Share) -> Option<Estimate> {
    let value = share.rate()?;
    let n = share.whole as f64;
    let z2 = Z_95 * Z_95;
    let shrink = 1.0 + z2 / n;
    let centre = (value + z2 / (2.0 * n)) / shrink;
    let half = Z_95 / shrink * (value * (1.0 - value) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends one limit is the value itself, but for rounding.
    Some(Estimate { value, low: (centre - half).clamp(0.0, value), high: (centre + half).clamp(value, 1.0) })
}

/// How much larger the rate of `a` is than that of `b`, with its 95 % interval; both must be counted on different people.
///
/// ```text
/// low  = d − √((p₁ − l₁)² + (u₂ − p₂)²)      high = d + √((u₁ − p₁)² + (p₂ − l₂)²)
/// ```
///
/// where d = p₁ − p₂ and l, u are the Wilson limits of each. Newcombe, "Interval estimation for the difference between
/// independent proportions: comparison of eleven methods", Statistics in Medicine 17 (1998), 873–890, method 10. Chosen
/// over d ± z·se for the same reasons as Wilson's: it stays inside [−1, 1] and has a width for 0 of n against 0 of m. With
/// an empty whole on either side there is nothing to compare.
///
/// ```
/// use terms::Share;
/// let e = models::interval::difference(Share { part: 56, whole: 70 }, Share { part: 48, whole: 80 }).unwrap();
/// assert_eq!(((e.value * 1e4).round(), (e.low * 1e4).round(), (e.high * 1e4).round()), (2000.0, 524.0, 3339.0));
/// ```
pub fn difference(a: Share, b: Share) -> Option<Estimate> {
    let (a, b) = (wilson(a)?, wilson(b)?);
    let value = a.value - b.value;
    let low = value - (a.value - a.low).hypot(b.high - b.value);
    let high = value + (a.high - a.value).hypot(b.value - b.low);
    Some(Estimate { value, low: low.max(-1.0), high: high.min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(part: u64, whole: u64, low: f64, high: f64) {
        let found = wilson(Share { part, whole }).unwrap();
        // The published figures have four decimals.
        assert!((found.low - low).abs() < 5e-5, "{part}/{whole}: {found:?}");
        assert!((found.high - high).abs() < 5e-5, "{part}/{whole}: {found:?}");
    }

    #[test]
    fn published_cases() {
        // Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3 (score, no continuity correction).
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
    }

    #[test]
    fn nobody_has_no_rate() {
        assert_eq!(wilson(Share { part: 0, whole: 0 }), None);
        let (nobody, somebody) = (Share::default(), Share { part: 1, whole: 2 });
        assert_eq!((difference(nobody, somebody), difference(somebody, nobody)), (None, None));
    }

    fn check_difference(a: (u64, u64), b: (u64, u64), low: f64, high: f64) {
        let share = |(part, whole)| Share { part, whole };
        let found = difference(share(a), share(b)).unwrap();
        // The published figures have four decimals.
        assert!((found.low - low).abs() < 5.1e-5 && (found.high - high).abs() < 5.1e-5, "{a:?} {b:?}: {found:?}");
    }

    #[test]
    fn published_differences() {
        // Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10 (score, no continuity correction).
        check_difference((56, 70), (48, 80), 0.0524, 0.3339);
        check_difference((9, 10), (3, 10), 0.1705, 0.8090);
        check_difference((6, 7), (2, 7), 0.0582, 0.8062);
        check_difference((5, 56), (0, 29), -0.0381, 0.1926);
        check_difference((0, 10), (0, 20), -0.1611, 0.2775);
        check_difference((0, 10), (0, 10), -0.2775, 0.2775);
        check_difference((10, 10), (0, 20), 0.6791, 1.0);
        check_difference((10, 10), (0, 10), 0.6075, 1.0);
    }

    proptest! {
        #[test]
        fn a_difference_turned_around_is_its_mirror(a in 0u64..400, b in 0u64..400, n in 400u64..900, m in 400u64..900) {
            let (a, b) = (Share { part: a, whole: n }, Share { part: b, whole: m });
            let (there, back) = (difference(a, b).unwrap(), difference(b, a).unwrap());
            prop_assert!((there.low + back.high).abs() < 1e-12 && (there.high + back.low).abs() < 1e-12);
            prop_assert!(-1.0 <= there.low && there.low <= there.value && there.value <= there.high && there.high <= 1.0);
        }

        #[test]
        fn the_ends_solve_the_score_equation(whole in 1u64..100_000, at in 0.0f64..=1.0) {
            let part = (at * whole as f64) as u64;
            let found = wilson(Share { part, whole }).unwrap();
            prop_assert!(0.0 <= found.low && found.low <= found.value && found.value <= found.high && found.high <= 1.0);
            // |p − π| = z·√(π(1−π)/n) at both ends: the definition of the interval, not its closed form.
            for (end, moved) in [(found.low, part > 0), (found.high, part < whole)] {
                let z = (found.value - end).abs() / (end * (1.0 - end) / whole as f64).sqrt();
                prop_assert!(!moved || (z - Z_95).abs() < 1e-6, "{z}");
            }
        }
    }
}
