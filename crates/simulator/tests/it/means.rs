//! A mean against what it must be.

/// A mean with its standard error.
pub fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Four standard errors: a true model is refused once in 16,000 seeds, and the seed is fixed. What is looked at is large
/// enough that these are a tenth of the figure at most.
pub fn check(what: &str, (found, error): (f64, f64), wanted: f64) {
    assert!((found - wanted).abs() < 4.0 * error, "{what}: found {found} ± {error}, wanted {wanted}");
    assert!(error < 0.025 * wanted.abs(), "{what}: an error of {error} proves nothing about {wanted}");
}
