//! Gamma-gamma: an own mean worth of purchases for each customer, and purchases about it.

use serde::{Deserialize, Serialize};

use crate::maximum::{Fitted, maximum};
use crate::special::ln_gamma;

/// What a customer's purchases were worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spend {
    /// How many purchases.
    pub purchases: u32,
    /// Their mean, above 0.
    pub mean: f64,
}

/// Worths are Gamma(p, ν), the ν Gamma(q, γ) over the customers, and neither knows how often somebody buys.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GammaGamma {
    /// Shape of the worths of one customer.
    pub p: f64,
    /// Shape of the rates over the customers.
    pub q: f64,
    /// Rate parameter of those rates, in units of money.
    pub gamma: f64,
}

impl GammaGamma {
    /// Log-likelihood of one customer's mean. Fader & Hardie, *The gamma-gamma model of monetary value* (2013), equation 1a:
    ///
    /// ```text
    /// f(m | x) = Γ(px+q)/(Γ(px)·Γ(q)) · γ^q·m^(px−1)·x^(px) / (γ + x·m)^(px+q)
    /// ```
    pub fn log_likelihood(&self, seen: &Spend) -> f64 {
        let GammaGamma { p, q, gamma } = *self;
        let x = f64::from(seen.purchases);
        let px = p * x;
        ln_gamma(px + q) - ln_gamma(px) - ln_gamma(q) + q * gamma.ln() + (px - 1.0) * seen.mean.ln() + px * x.ln()
            - (px + q) * (gamma + x * seen.mean).ln()
    }

    /// The parameters p, q, γ that make these customers likeliest, and the log-likelihood there; nothing without a maximum.
    pub fn fit(customers: &[Spend]) -> Option<([Fitted; 3], f64)> {
        let mean = customers.iter().map(|one| one.mean).sum::<f64>() / customers.len() as f64;
        // p = q = 3 and the γ that has this mean: p·γ/(q − 1).
        maximum([3.0, 3.0, mean * 2.0 / 3.0], |[p, q, gamma]| {
            let model = GammaGamma { p: *p, q: *q, gamma: *gamma };
            customers.iter().map(|one| model.log_likelihood(one)).sum()
        })
    }

    /// Mean worth over all customers, `p·γ/(q − 1)`; nothing at q ≤ 1, where it is infinite.
    pub fn mean(&self) -> Option<f64> {
        (self.q > 1.0).then(|| self.p * self.gamma / (self.q - 1.0))
    }

    /// Expected worth of a purchase of this customer: `p·(γ + x·m)/(p·x + q − 1)` (the same note, equation 5).
    pub fn expected(&self, seen: &Spend) -> f64 {
        let x = f64::from(seen.purchases);
        self.p * (self.gamma + x * seen.mean) / (self.p * x + self.q - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{self, digits};

    #[test]
    fn cdnow_as_in_forty_digits() {
        let names = ["frequency", "monetary_value"];
        let Some(rows) = reference::columns("btyd/cdnow_summary.csv", &names) else { return };
        let Some(all) = reference::json("reference/btyd_mle.json") else { return };
        let spends: Vec<Spend> = rows
            .iter()
            .map(|row| Spend { purchases: row[0].parse().unwrap(), mean: row[1].parse().unwrap() })
            .filter(|spend| spend.purchases > 0)
            .collect();
        assert_eq!(spends.len(), 946);
        let wanted = &all["cdnow_sample/gamma_gamma"];
        let (found, log_likelihood) = GammaGamma::fit(&spends).unwrap();
        assert!((log_likelihood - digits(&wanted["log_likelihood"])).abs() < 1e-8, "{log_likelihood}");
        for (fitted, name) in found.iter().zip(["p", "q", "gamma"]) {
            let value = digits(&wanted["parameters"][name]);
            let error = digits(&wanted["standard_errors_log"][name]);
            assert!((fitted.value / value - 1.0).abs() < 1e-6, "{name}: {fitted:?}");
            assert!((fitted.standard_error_log.unwrap() / error - 1.0).abs() < 1e-4, "{name}: {fitted:?}");
        }
    }

    #[test]
    fn expectations_of_the_fit() {
        // STATISTICS A4, at the maximum of CDNOW.
        let model = GammaGamma { p: 6.248802489709097, q: 3.744588453287469, gamma: 15.447748009463716 };
        assert!((model.mean().unwrap() / 35.17100208824 - 1.0).abs() < 1e-12);
        for (purchases, mean, wanted) in [(2, 22.35, 24.658616174), (1, 11.77, 18.911479841), (29, 26.26, 26.392947662)]
        {
            assert!((model.expected(&Spend { purchases, mean }) / wanted - 1.0).abs() < 1e-9, "{purchases}");
        }
        assert_eq!(GammaGamma { q: 1.0, ..model }.mean(), None);
    }
}
