//! Two shares of different people: whether they differ, by what factor, and what many such tests are worth together.

use terms::{Estimate, Share};

use crate::Z_95;
use crate::special::{erfc, ln_gamma};

/// Which test decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Pearson's chi-square with one degree of freedom, without continuity correction.
    ChiSquare,
    /// Fisher's exact test, two-sided.
    Fisher,
}

impl Method {
    /// Its word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Method::ChiSquare => "chi-square",
            Method::Fisher => "fisher",
        }
    }
}

/// What a test of two shares says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    /// How often chance alone would set two equal rates so far apart.
    pub p_value: f64,
    /// Which test said so.
    pub method: Method,
    /// The statistic of chi-square; nothing where everybody, or nobody, is in the part of both.
    pub chi_square: Option<f64>,
}

/// Whether two shares have the same rate: chi-square where it may be trusted, Fisher's exact test otherwise.
///
/// Chi-square is an approximation; with fewer than 5 expected in any of the four cells it is not used (Cochran,
/// "Some methods for strengthening the common χ² tests", Biometrics 10 (1954), 417–451). An empty whole cannot be compared.
pub fn test(a: Share, b: Share) -> Option<Tested> {
    if a.whole == 0 || b.whole == 0 {
        return None;
    }
    let chi_square = chi_square(a, b);
    let trusted = smallest_expected(a, b) >= 5.0;
    Some(match chi_square.filter(|_| trusted) {
        Some(statistic) => Tested { p_value: chi_square_tail(statistic), method: Method::ChiSquare, chi_square },
        None => Tested { p_value: fisher(a, b), method: Method::Fisher, chi_square },
    })
}

/// How many would be in the smallest of the four cells if both rates were the same.
fn smallest_expected(a: Share, b: Share) -> f64 {
    let whole = (a.whole + b.whole) as f64;
    let part = (a.part + b.part) as f64;
    (a.whole.min(b.whole) as f64) * part.min(whole - part) / whole
}

/// Pearson's statistic of the two-by-two table, without continuity correction: the square of the pooled z.
///
/// ```text
/// χ² = N·(ad − bc)² / ((a + b)(c + d)(a + c)(b + d))
/// ```
///
/// Pearson, Philosophical Magazine 50 (1900), 157–175. Nothing where a row or column of the table is empty.
pub fn chi_square(a: Share, b: Share) -> Option<f64> {
    let (yes, no) = ((a.part + b.part) as f64, (a.rest().part + b.rest().part) as f64);
    let product = a.whole as f64 * b.whole as f64 * yes * no;
    let cross = a.part as f64 * b.rest().part as f64 - a.rest().part as f64 * b.part as f64;
    (product > 0.0).then(|| cross * cross * (a.whole + b.whole) as f64 / product)
}

/// The probability that chi-square with one degree of freedom is `statistic` or more: erfc(√(x/2)).
pub fn chi_square_tail(statistic: f64) -> f64 {
    erfc((statistic.max(0.0) / 2.0).sqrt())
}

/// Two tables count as equally likely when their probabilities differ by less than this: as in R and SciPy.
const SAME: f64 = 1.0 + 1e-7;

/// Fisher's exact test of the two-by-two table, two-sided: the probability of all tables with the same sums that are no
/// more likely than the one seen (Fisher, *Statistical Methods for Research Workers*, 5th ed. (1934), §21.02).
pub fn fisher(a: Share, b: Share) -> f64 {
    let (parts, whole) = (a.part + b.part, a.whole + b.whole);
    let ln_choose =
        |n: u64, k: u64| ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0);
    let all = ln_choose(whole, parts);
    let ln_likely = |part: u64| ln_choose(a.whole, part) + ln_choose(b.whole, parts - part) - all;
    let seen = ln_likely(a.part);
    let (least, most) = (parts.saturating_sub(b.whole), parts.min(a.whole));
    let as_rare = (least..=most).map(ln_likely).filter(|likely| *likely <= seen + SAME.ln());
    as_rare.map(f64::exp).sum::<f64>().min(1.0)
}

/// By what factor the rate of `a` is that of `b`, with its 95 % interval.
///
/// ```text
/// ln RR ± z·√(1/x₁ − 1/n₁ + 1/x₂ − 1/n₂)
/// ```
///
/// Katz, Baptista, Azen & Pike, "Obtaining confidence intervals for the risk ratio in cohort studies", Biometrics 34
/// (1978), 469–474, method C. Nothing where either part is empty: the factor would be 0 or without bound.
pub fn ratio(a: Share, b: Share) -> Option<Estimate> {
    if a.part == 0 || b.part == 0 {
        return None;
    }
    let value = a.rate()? / b.rate()?;
    let variance = |share: Share| 1.0 / share.part as f64 - 1.0 / share.whole as f64;
    let half = Z_95 * (variance(a) + variance(b)).sqrt();
    Some(Estimate { value, low: value * (-half).exp(), high: value * half.exp() })
}

/// The p-values of many tests, adjusted so that of those at or below q no more than the share q are false, on average.
///
/// ```text
/// adjusted(i) = min over j ≥ i of p(j)·m/j, in the order of the p-values
/// ```
///
/// Benjamini & Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57 (1995),
/// 289–300. It holds for independent tests and for those that depend on each other positively.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let (mut adjusted, mut least) = (vec![1.0; p_values.len()], 1.0f64);
    for (place, test) in order.iter().enumerate() {
        let rank = p_values.len() - place;
        least = least.min(p_values[*test] * p_values.len() as f64 / rank as f64);
        adjusted[*test] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;
    use proptest::prelude::*;
    use serde_json::Value;

    fn share(part: u64, whole: u64) -> Share {
        Share { part, whole }
    }

    fn check(found: f64, wanted: &Value, tolerance: f64, what: &str) {
        let wanted = wanted.as_f64().unwrap_or_else(|| panic!("{what} is no number"));
        assert!((found / wanted - 1.0).abs() < tolerance, "{what}: {found}, not {wanted}");
    }

    #[test]
    fn scipy_and_statsmodels_say_the_same() {
        let Some(reference) = reference::json("reference/experiments_scipy_statsmodels.json") else { return };
        let mut exact = 0;
        for case in reference.as_object().unwrap().values().filter(|case| case["x_a"].is_u64()) {
            let count = |name: &str| case[name].as_u64().unwrap();
            let (a, b) = (share(count("x_a"), count("n_a")), share(count("x_b"), count("n_b")));
            let statistic = chi_square(a, b).unwrap();
            check(statistic, &case["chi2"]["statistic"], 1e-12, "chi-square");
            // The tail multiplies the rounding of its argument by the argument itself, here up to 195.
            check(chi_square_tail(statistic), &case["chi2"]["p"], 1e-11, "tail");
            if case["fisher_two_sided_p"].is_number() {
                // Logarithms of factorials up to 42,693!, which is e to the 412,000: 1e-16 of that.
                check(fisher(a, b), &case["fisher_two_sided_p"], 1e-9, "Fisher");
                exact += 1;
            }
            if let Some(limits) = case["ci_ratio_log"].as_array() {
                let found = ratio(b, a).unwrap();
                check(found.low, &limits[0], 1e-12, "low");
                check(found.high, &limits[1], 1e-12, "high");
            }
        }
        assert!(exact >= 4, "only {exact} cases of Fisher's test");
        let many = &reference["multiple_testing"];
        let numbers =
            |name: &str| -> Vec<f64> { many[name].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect() };
        for (found, wanted) in benjamini_hochberg(&numbers("p")).iter().zip(numbers("bh")) {
            assert!((found - wanted).abs() < 1e-12, "{found}, not {wanted}");
        }
    }

    #[test]
    fn the_lady_tasting_tea() {
        // Fisher, The Design of Experiments (1935), chapter II: 3 of 4 right, 17 of 35 chances to do as well by luck,
        // 16 + 1 on this side and as many on the other.
        assert!((fisher(share(3, 4), share(1, 4)) - 34.0 / 70.0).abs() < 1e-13);
        assert!((fisher(share(4, 4), share(0, 4)) - 2.0 / 70.0).abs() < 1e-14);
    }

    #[test]
    fn the_test_that_may_be_trusted_decides() {
        let small = test(share(3, 20), share(1, 22)).unwrap();
        assert_eq!(small.method, Method::Fisher);
        let large = test(share(30, 200), share(10, 220)).unwrap();
        assert_eq!(large.method, Method::ChiSquare);
        // Exactly 5 expected in the smallest cell are enough.
        assert_eq!(test(share(5, 10), share(5, 10)).unwrap().method, Method::ChiSquare);
        assert_eq!(test(share(0, 0), share(1, 2)), None);
        let all = test(share(9, 9), share(4, 4)).unwrap();
        assert_eq!((all.method, all.chi_square), (Method::Fisher, None));
        assert!((all.p_value - 1.0).abs() < 1e-12);
        assert_eq!((ratio(share(0, 5), share(1, 5)), ratio(share(1, 5), share(0, 5))), (None, None));
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn sides_do_not_matter(a in 0u64..60, b in 0u64..60, n in 60u64..90, m in 60u64..90) {
            let (a, b) = (share(a, n), share(b, m));
            for of in [fisher, |a, b| chi_square(a, b).unwrap_or(0.0)] {
                let (there, back, rest) = (of(a, b), of(b, a), of(a.rest(), b.rest()));
                prop_assert!((there - back).abs() <= 1e-9 * there.abs().max(1e-3), "{} {}", there, back);
                prop_assert!((there - rest).abs() <= 1e-9 * there.abs().max(1e-3), "{} {}", there, rest);
            }
            prop_assert!((0.0..=1.0).contains(&fisher(a, b)));
        }

        #[test]
        fn adjusting_keeps_the_order_and_lowers_nothing(p in prop::collection::vec(0.0f64..=1.0, 0..40)) {
            let adjusted = benjamini_hochberg(&p);
            for (i, one) in p.iter().enumerate() {
                prop_assert!(*one <= adjusted[i] + 1e-15 && adjusted[i] <= 1.0);
                for (j, other) in p.iter().enumerate() {
                    prop_assert!(one > other || adjusted[i] <= adjusted[j]);
                }
            }
            // The definition: the largest rank i with p(i) ≤ q·i/m decides what is at or below q.
            let mut sorted = p.clone();
            sorted.sort_by(f64::total_cmp);
            let m = p.len() as f64;
            let held = sorted.iter().enumerate().filter(|(rank, one)| **one <= 0.1 * (rank + 1) as f64 / m).map(|(rank, _)| rank + 1).max();
            let found = adjusted.iter().filter(|one| **one <= 0.1).count();
            // Values on the very edge may fall on either side by rounding: none of these is.
            prop_assert_eq!(found, held.unwrap_or(0));
        }
    }
}
