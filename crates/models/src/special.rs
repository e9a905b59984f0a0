//! Special functions that `std` has not.

/// ln Γ(x) for x > 0: Stirling's series from 15 on, the recurrence `Γ(x) = Γ(x + 1)/x` below (Abramowitz & Stegun, *Handbook
/// of Mathematical Functions* (1964), 6.1.40 and 6.1.15). Six terms leave less than 1e-17 at 15.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    const FROM: f64 = 15.0;
    let (mut x, mut product) = (x, 1.0);
    while x < FROM {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let terms = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1_260.0, -1.0 / 1_680.0, 1.0 / 1_188.0, -691.0 / 360_360.0];
    let series = terms.iter().rev().fold(0.0, |sum, term| sum * inverse + term) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_gamma_at_known_points() {
        let half = std::f64::consts::PI.sqrt();
        // Γ(1/2) = √π, Γ(n) = (n − 1)!.
        for (x, wanted) in [
            (0.5, half.ln()),
            (1.0, 0.0),
            (2.0, 0.0),
            (2.5, (0.75 * half).ln()),
            (10.0, 362_880f64.ln()),
            (21.0, 2_432_902_008_176_640_000f64.ln()),
        ] {
            // A few units in the last place of the largest number on the way, about 30.
            assert!((ln_gamma(x) - wanted).abs() < 1e-14 * 30f64, "{x}: {}", ln_gamma(x));
        }
        for x in [0.001, 0.3, 7.7, 14.99, 400.25] {
            let step: f64 = ln_gamma(x + 1.0) - ln_gamma(x) - x.ln();
            assert!(step.abs() < 1e-14 * (1.0 + ln_gamma(x).abs()), "{x}: {step}");
        }
    }
}
