//! Why a rate or a sum changed: what comes from groups growing and shrinking, and what from a change inside them.
//!
//! Source: Kitagawa, "Components of a Difference Between Two Rates", Journal of the American Statistical Association 50
//! (1955), 1168–1194: both effects are weighted by the mean of the two periods, so that none is left over.

use terms::Share;

/// What one group adds to the difference of two rates.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Effects {
    /// Because its share of the whole changed, and its rate is not that of the others.
    pub mix: f64,
    /// Because its own rate changed.
    pub rate: f64,
}

impl Effects {
    /// Both.
    pub fn sum(self) -> f64 {
        self.mix + self.rate
    }
}

/// The effects of each group, in the order given; `groups` are what each had before and after. Nothing when one of the
/// two wholes is empty, for there is no rate then.
///
/// ```text
/// mix  = (w₁ − w₀) · ((r₀ + r₁) / 2 − (R₀ + R₁) / 2)        w: the group's share of the whole
/// rate = (r₁ − r₀) · (w₀ + w₁) / 2                          r: its rate, R: that of all
/// Σ (mix + rate) = R₁ − R₀
/// ```
///
/// A group that is in one of the periods only has the rate it has there in both: what it adds is mix.
pub fn of_rates(groups: &[(Share, Share)]) -> Option<Vec<Effects>> {
    let whole = |pick: fn(&(Share, Share)) -> Share| {
        let sum = |of: fn(Share) -> u64| groups.iter().map(|group| of(pick(group))).sum::<u64>();
        Share { part: sum(|share| share.part), whole: sum(|share| share.whole) }
    };
    let (before, after) = (whole(|group| group.0), whole(|group| group.1));
    let middle = (before.rate()? + after.rate()?) / 2.0;
    let effects = |(then, now): &(Share, Share)| {
        let (w0, w1) = (then.whole as f64 / before.whole as f64, now.whole as f64 / after.whole as f64);
        let Some(known) = now.rate().or_else(|| then.rate()) else { return Effects::default() };
        let (r0, r1) = (then.rate().unwrap_or(known), now.rate().unwrap_or(known));
        Effects { mix: (w1 - w0) * ((r0 + r1) / 2.0 - middle), rate: (r1 - r0) * (w0 + w1) / 2.0 }
    };
    Some(groups.iter().map(effects).collect())
}

/// What the change of a sum comes from: how many there are, and how much each brings. Both add up to the change exactly.
///
/// ```text
/// many = (n₁ − n₀) · (m₀ + m₁) / 2        each = (m₁ − m₀) · (n₀ + n₁) / 2        m = sum / n
/// ```
///
/// A group that is in one of the periods only brings what it brings there in both: what it adds is `many`.
pub fn of_sums(before: (u64, i64), after: (u64, i64)) -> (i64, i64) {
    let (n0, n1) = (before.0 as f64, after.0 as f64);
    let change = i128::from(after.1) - i128::from(before.1);
    let change = i64::try_from(change).unwrap_or(if change < 0 { i64::MIN } else { i64::MAX });
    if before.0 == 0 || after.0 == 0 {
        return (change, 0);
    }
    let middle = (before.1 as f64 / n0 + after.1 as f64 / n1) / 2.0;
    let many = ((n1 - n0) * middle).round() as i64;
    (many, change.saturating_sub(many))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(part: u64, whole: u64) -> Share {
        Share { part, whole }
    }

    #[test]
    fn worked_example() {
        // Half and half kept 80 % and 40 %; then a quarter and three quarters, with the same rates: all of it is mix.
        let groups = [(share(40, 50), share(20, 25)), (share(20, 50), share(30, 75))];
        let effects = of_rates(&groups).unwrap();
        assert!(effects.iter().all(|one| one.rate.abs() < 1e-12));
        let sum: f64 = effects.iter().map(|one| one.sum()).sum();
        assert!((sum - (0.5 - 0.6)).abs() < 1e-12);
        assert_eq!(of_rates(&[(share(0, 0), share(1, 2))]), None);
        // 10 customers brought 100 each, then 12 brought 90 each: 190 by number, −110 by what each brings.
        assert_eq!(of_sums((10, 1_000), (12, 1_080)), (190, -110));
        assert_eq!(of_sums((0, 0), (3, 30)), (30, 0));
    }

    proptest! {
        #[test]
        fn effects_add_up_to_the_change(
            groups in prop::collection::vec(((0u64..50, 0u64..50), (0u64..50, 0u64..50)), 1..8)
        ) {
            let of = |(part, more): (u64, u64)| share(part, part + more);
            let groups: Vec<(Share, Share)> = groups.into_iter().map(|(then, now)| (of(then), of(now))).collect();
            let whole = |pick: fn(&(Share, Share)) -> Share| {
                groups.iter().map(pick).fold(share(0, 0), |sum, one| share(sum.part + one.part, sum.whole + one.whole))
            };
            let (before, after) = (whole(|one| one.0), whole(|one| one.1));
            match (before.rate(), after.rate(), of_rates(&groups)) {
                (Some(before), Some(after), Some(effects)) => {
                    let sum: f64 = effects.iter().map(|one| one.sum()).sum();
                    prop_assert!((sum - (after - before)).abs() < 1e-9, "{} and {}", sum, after - before);
                }
                (_, _, effects) => prop_assert_eq!(effects, None),
            }
        }

        #[test]
        fn parts_of_a_sum_add_up(n0 in 0u64..1_000, s0 in -1_000_000i64..1_000_000, n1 in 0u64..1_000, s1 in -1_000_000i64..1_000_000) {
            let (many, each) = of_sums((n0, s0), (n1, s1));
            prop_assert_eq!(many + each, s1 - s0);
        }
    }
}
