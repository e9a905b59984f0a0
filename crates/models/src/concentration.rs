//! How unevenly a sum is spread over those who make it up.

use serde::{Deserialize, Serialize};

/// Amounts in descending order, ready to be asked how concentrated they are. Negative amounts count as zero: whoever
/// got back more than they paid contributes nothing to the sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concentration {
    descending: Vec<i64>,
    total: i128,
}

/// A point of the Lorenz curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LorenzPoint {
    /// Share of the customers, from the smallest amount upwards.
    pub customers: f64,
    /// Their share of the sum.
    pub amount: f64,
}

impl Concentration {
    /// Sorts the amounts.
    pub fn new(mut amounts: Vec<i64>) -> Concentration {
        for amount in &mut amounts {
            *amount = (*amount).max(0);
        }
        amounts.sort_unstable_by(|a, b| b.cmp(a));
        let total = amounts.iter().map(|amount| i128::from(*amount)).sum();
        Concentration { descending: amounts, total }
    }

    /// How many amounts there are.
    pub fn count(&self) -> usize {
        self.descending.len()
    }

    /// Their sum.
    pub fn total(&self) -> i128 {
        self.total
    }

    /// The sum of the largest `count` amounts.
    pub fn top(&self, count: usize) -> i128 {
        self.descending.iter().take(count).map(|amount| i128::from(*amount)).sum()
    }

    /// How many amounts the top `share` (0 to 1) holds: rounded up, so that the top tenth of 15 is 2 and of 1 is 1.
    pub fn count_of_share(&self, share: f64) -> usize {
        // The slack keeps 0.1 × 23,570 = 2,357.0000000000005 from becoming 2,358.
        ((self.count() as f64 * share.clamp(0.0, 1.0) - 1e-9).ceil().max(0.0) as usize).min(self.count())
    }

    /// The smallest number of the largest amounts that together reach `share` (0 to 1) of the sum.
    pub fn count_to_reach(&self, share: f64) -> usize {
        let wanted = self.total as f64 * share.clamp(0.0, 1.0) - 1e-9;
        let mut sum = 0i128;
        for (i, amount) in self.descending.iter().enumerate() {
            if sum as f64 >= wanted {
                return i;
            }
            sum += i128::from(*amount);
        }
        self.count()
    }

    /// The Gini coefficient: 0 when all amounts are equal, towards 1 when one holds everything. Nothing when the sum
    /// is zero.
    ///
    /// ```text
    /// G = Σᵢ (2i − n − 1)·xᵢ / (n·Σx)      xᵢ ascending, i = 1 … n
    /// ```
    ///
    /// Gini (1912) in the form of Dorfman, Review of Economics and Statistics 61 (1979), 146–149, for a whole
    /// population (no n/(n−1) correction). The numerator is a whole number: no rounding before the one division.
    pub fn gini(&self) -> Option<f64> {
        if self.total == 0 {
            return None;
        }
        let n = self.count() as i128;
        // Descending: the amount at place j (from 0) has ascending rank i = n − j, so 2i − n − 1 = n − 1 − 2j.
        let above = self.descending.iter().zip(0i128..).map(|(x, j)| (n - 1 - 2 * j) * i128::from(*x)).sum::<i128>();
        Some(above as f64 / (n as f64 * self.total as f64))
    }

    /// The Lorenz curve at `steps` + 1 evenly spaced shares of the customers, from (0, 0) to (1, 1). Lorenz,
    /// Publications of the American Statistical Association 9 (1905), 209–219. Empty when the sum is zero.
    pub fn lorenz(&self, steps: usize) -> Vec<LorenzPoint> {
        if self.total == 0 || steps == 0 {
            return Vec::new();
        }
        let (n, mut next, mut sum) = (self.count(), 0usize, 0i128);
        let mut points = vec![LorenzPoint { customers: 0.0, amount: 0.0 }];
        for step in 1..=steps {
            let upto = n * step / steps;
            while next < upto {
                sum += i128::from(self.descending[n - 1 - next]);
                next += 1;
            }
            if upto > n * (step - 1) / steps {
                let customers = upto as f64 / n as f64;
                points.push(LorenzPoint { customers, amount: sum as f64 / self.total as f64 });
            }
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(amounts: &[i64], gini: Option<f64>, top_tenth: i128, half: usize) {
        let found = Concentration::new(amounts.to_vec());
        match (found.gini(), gini) {
            // Whole numbers up to the last division: rounding of that one only.
            (Some(found), Some(wanted)) => assert!((found - wanted).abs() < 1e-15, "{amounts:?}: {found}"),
            (found, wanted) => assert_eq!(found, wanted, "{amounts:?}"),
        }
        assert_eq!(found.top(found.count_of_share(0.1)), top_tenth, "{amounts:?}");
        assert_eq!(found.count_to_reach(0.5), half, "{amounts:?}");
    }

    #[test]
    fn by_hand() {
        check(&[], None, 0, 0);
        check(&[0, 0], None, 0, 0);
        check(&[5], Some(0.0), 5, 1);
        check(&[1, 1, 1, 1], Some(0.0), 1, 2);
        check(&[0, 0, 0, 10], Some(0.75), 10, 1);
        // 1+2+3+4 = 10: (−3·1 −1·2 +1·3 +3·4)/(4·10) = 10/40.
        check(&[4, 2, 1, 3], Some(0.25), 4, 2);
        check(&[-7, 3, 3], Some(1.0 / 3.0), 3, 1);
    }

    #[test]
    fn the_top_tenth_is_rounded_up() {
        for (n, top) in [(1, 1), (10, 1), (11, 2), (15, 2), (4338, 434), (23570, 2357)] {
            assert_eq!(Concentration::new(vec![1; n]).count_of_share(0.1), top);
        }
    }

    #[test]
    fn lorenz_by_hand() {
        let points = Concentration::new(vec![1, 2, 3, 4]).lorenz(4);
        let wanted = [(0.0, 0.0), (0.25, 0.1), (0.5, 0.3), (0.75, 0.6), (1.0, 1.0)];
        assert_eq!(points.iter().map(|p| (p.customers, p.amount)).collect::<Vec<_>>(), wanted);
        // Fewer customers than steps: no point twice.
        assert_eq!(Concentration::new(vec![1, 3]).lorenz(100).len(), 3);
    }

    proptest! {
        #[test]
        fn gini_is_the_mean_difference(amounts in prop::collection::vec(0i64..1000, 1..60)) {
            let n = amounts.len() as f64;
            let total: i64 = amounts.iter().sum();
            prop_assume!(total > 0);
            // Half the relative mean absolute difference, straight from the definition.
            let apart: i64 = amounts.iter().flat_map(|a| amounts.iter().map(move |b| (a - b).abs())).sum();
            let wanted = apart as f64 / (2.0 * n * total as f64);
            prop_assert!((Concentration::new(amounts).gini().unwrap() - wanted).abs() < 1e-12);
        }

        #[test]
        fn the_curve_lies_under_the_diagonal_and_rises(amounts in prop::collection::vec(0i64..1000, 1..60), steps in 1usize..40) {
            prop_assume!(amounts.iter().any(|a| *a > 0));
            let points = Concentration::new(amounts).lorenz(steps);
            prop_assert_eq!(points[points.len() - 1], LorenzPoint { customers: 1.0, amount: 1.0 });
            for pair in points.windows(2) {
                prop_assert!(pair[0].customers < pair[1].customers && pair[0].amount <= pair[1].amount);
                prop_assert!(pair[1].amount <= pair[1].customers + 1e-12);
            }
        }
    }
}
