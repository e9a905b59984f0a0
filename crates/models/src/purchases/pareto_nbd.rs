//! Pareto/NBD: purchases by chance at an own rate, until leaving by chance at an own hazard.

use serde::{Deserialize, Serialize};

use crate::maximum::{Fitted, maximum};
use crate::special::ln_gamma;

/// What is known of a customer's purchases, in one unit of time throughout.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Purchases {
    /// Purchases after the first.
    pub repeats: u32,
    /// From the first purchase to the last; 0 without repeats.
    pub age_at_last: f64,
    /// From the first purchase to now.
    pub age: f64,
}

/// Rates are Gamma(r, α), hazards of leaving Gamma(s, β), over the customers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ParetoNbd {
    /// Shape of the rates.
    pub r: f64,
    /// Rate parameter of the rates, in units of time.
    pub alpha: f64,
    /// Shape of the hazards.
    pub s: f64,
    /// Rate parameter of the hazards, in units of time.
    pub beta: f64,
}

/// A fitted model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ParetoNbdFit {
    /// r, α, s, β.
    pub parameters: [Fitted; 4],
    /// At the maximum.
    pub log_likelihood: f64,
}

impl ParetoNbdFit {
    /// The model with the estimates.
    pub fn model(&self) -> ParetoNbd {
        let [r, alpha, s, beta] = self.parameters.map(|fitted| fitted.value);
        ParetoNbd { r, alpha, s, beta }
    }
}

impl ParetoNbd {
    /// Log-likelihood of one customer. Schmittlein, Morrison & Colombo, Management Science 33 (1987), 1–24, in the form of
    /// Fader & Hardie, *A note on deriving the Pareto/NBD model and related expressions* (2005), equation 18:
    ///
    /// ```text
    /// L = Γ(r+x)·α^r·β^s/Γ(r) · { 1/((α+T)^(r+x)·(β+T)^s) + s/(r+s+x)·A₀ }
    /// ```
    pub fn log_likelihood(&self, seen: &Purchases) -> f64 {
        let ParetoNbd { r, alpha, s, beta } = *self;
        let (x, age) = (f64::from(seen.repeats), seen.age);
        let outer = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + s * beta.ln();
        let stays = -(r + x) * (alpha + age).ln() - s * (beta + age).ln();
        outer + log_sum(stays, (s / (r + s + x)).ln() + self.log_a0(seen))
    }

    /// ln A₀ of the same note: the likelihood of having left somewhere between the last purchase and now.
    fn log_a0(&self, seen: &Purchases) -> f64 {
        let ParetoNbd { r, alpha, s, beta } = *self;
        let x = f64::from(seen.repeats);
        // F(r+s+x, b; r+s+x+1; z) with the larger of α and β outside, so that 0 ≤ z < 1.
        let (large, small, b) = if alpha >= beta { (alpha, beta, s + 1.0) } else { (beta, alpha, r + x) };
        let a = r + s + x;
        let part = |t: f64| log_f(a, b, (large - small) / (large + t)) - a * (large + t).ln();
        let (from, to) = (part(seen.age_at_last), part(seen.age));
        // Equal when the last purchase is now: then nobody can have left since.
        if to >= from { f64::NEG_INFINITY } else { from + (-(to - from).exp()).ln_1p() }
    }

    /// The parameters that make these customers likeliest; nothing when the likelihood has no maximum inside.
    pub fn fit(customers: &[Purchases]) -> Option<ParetoNbdFit> {
        let mean_age = customers.iter().map(|one| one.age).sum::<f64>() / customers.len() as f64;
        let mean_repeats = customers.iter().map(|one| f64::from(one.repeats)).sum::<f64>() / customers.len() as f64;
        // Everybody alike to begin with: rates that explain the mean, and half of them gone by now.
        let alpha = mean_age / mean_repeats;
        let log_likelihood = |[r, alpha, s, beta]: &[f64; 4]| {
            let model = ParetoNbd { r: *r, alpha: *alpha, s: *s, beta: *beta };
            customers.iter().map(|one| model.log_likelihood(one)).sum()
        };
        let (parameters, log_likelihood) = maximum([1.0, alpha, 1.0, mean_age], log_likelihood)?;
        Some(ParetoNbdFit { parameters, log_likelihood })
    }

    /// Repeat purchases expected of a new customer up to an age (the same note, equation 17), finite at s = 1.
    pub fn expected_repeats(&self, age: f64) -> f64 {
        let log = (age / self.beta).ln_1p();
        let part = if self.s == 1.0 { log } else { -((1.0 - self.s) * log).exp_m1() / (self.s - 1.0) };
        self.r * self.beta / self.alpha * part
    }

    /// Probability that a customer has not left (the same note, equation 27).
    pub fn alive(&self, seen: &Purchases) -> f64 {
        let ParetoNbd { r, alpha, s, beta } = *self;
        let x = f64::from(seen.repeats);
        let gone =
            (s / (r + s + x)).ln() + (r + x) * (alpha + seen.age).ln() + s * (beta + seen.age).ln() + self.log_a0(seen);
        1.0 / (1.0 + gone.exp())
    }
}

fn log_sum(a: f64, b: f64) -> f64 {
    let (more, less) = if a >= b { (a, b) } else { (b, a) };
    more + (less - more).exp().ln_1p()
}

/// ln F(a, b; a+1; z), 0 ≤ z < 1, by Euler's transformation `F = (1−z)^(1−b)·F(1, a+1−b; a+1; z)` (Abramowitz & Stegun
/// 15.3.3), whose terms fall as `z^k`.
fn log_f(a: f64, b: f64, z: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0f64, 1.0f64, 0.0);
    // z is below 1 by the ratio of the scales: 100,000 terms are enough for ratios of a thousand.
    while term.abs() > 1e-17 * sum.abs() && k < 100_000.0 {
        term *= (a + 1.0 - b + k) / (a + 1.0 + k) * z;
        sum += term;
        k += 1.0;
    }
    (1.0 - b) * (-z).ln_1p() + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{self, digits};

    fn cdnow() -> Option<Vec<Purchases>> {
        let rows = reference::columns("btyd/cdnow_summary.csv", &["frequency", "recency", "T"])?;
        // The file rounds weeks to 8 decimals: the days behind them are whole.
        let weeks = |text: &str| (text.parse::<f64>().unwrap() * 7.0).round() / 7.0;
        let one = |row: &Vec<String>| Purchases {
            repeats: row[0].parse().unwrap(),
            age_at_last: weeks(&row[1]),
            age: weeks(&row[2]),
        };
        Some(rows.iter().map(one).collect())
    }

    #[test]
    fn cdnow_as_in_forty_digits() {
        let (Some(customers), Some(all)) = (cdnow(), reference::json("reference/btyd_mle.json")) else { return };
        let wanted = &all["cdnow_sample/pnbd"];
        let number = |group: &str, name: &str| digits(&wanted[group][name]);
        let fit = ParetoNbd::fit(&customers).unwrap();
        // Sums of 2,357 terms of about 4: rounding leaves some 1e-10.
        assert!((fit.log_likelihood - digits(&wanted["log_likelihood"])).abs() < 1e-8, "{fit:?}");
        for (fitted, name) in fit.parameters.iter().zip(["r", "alpha", "s", "beta"]) {
            // STATISTICS §1: a fit can be held to 1e-6. Standard errors come from second differences: 1e-4.
            assert!((fitted.value / number("parameters", name) - 1.0).abs() < 1e-6, "{name}: {fitted:?}");
            let error = fitted.standard_error_log.unwrap();
            assert!((error / number("standard_errors_log", name) - 1.0).abs() < 1e-4, "{name}: {fitted:?}");
        }
    }

    #[test]
    fn predictions_of_the_fit() {
        // STATISTICS A3, Pareto/NBD: at the maximum of CDNOW, weeks.
        let model = ParetoNbd {
            r: 0.553_277_046_854_648_6,
            alpha: 10.577_683_463_333_228,
            s: 0.606_239_989_133_099_1,
            beta: 11.668_735_288_976_919,
        };
        for (age, wanted) in
            [(1.0, 0.0510063757411), (39.0, 1.21340401808), (52.0, 1.47343428825), (520.0, 5.4233048638)]
        {
            assert!((model.expected_repeats(age) / wanted - 1.0).abs() < 1e-11, "{age}");
        }
        for (repeats, age_at_last, age, wanted) in [
            (2, 30.0 + 3.0 / 7.0, 38.0 + 6.0 / 7.0, 0.869134263593),
            (0, 0.0, 39.0, 0.294276309047),
            (25, 20.0, 39.0, 0.000145331444239),
            (1_000, 38.5, 40.0, 1.37253397129e-10),
        ] {
            let found = model.alive(&Purchases { repeats, age_at_last, age });
            assert!((found / wanted - 1.0).abs() < 1e-9, "{repeats}: {found}, wanted {wanted}");
        }
    }

    #[test]
    fn either_scale_may_be_the_larger_and_they_may_be_equal() {
        // Continuous across α = β, where the formula changes sides.
        let seen = Purchases { repeats: 3, age_at_last: 12.0, age: 20.0 };
        let at = |beta: f64| ParetoNbd { r: 0.8, alpha: 9.0, s: 1.2, beta }.log_likelihood(&seen);
        assert!((at(9.0 - 1e-9) - at(9.0)).abs() < 1e-8 && (at(9.0 + 1e-9) - at(9.0)).abs() < 1e-8);
        let now = Purchases { age_at_last: 20.0, ..seen };
        assert!(ParetoNbd { r: 0.8, alpha: 9.0, s: 1.2, beta: 4.0 }.log_likelihood(&now).is_finite());
        assert_eq!(ParetoNbd { r: 0.8, alpha: 9.0, s: 1.2, beta: 4.0 }.alive(&now), 1.0);
    }
}
