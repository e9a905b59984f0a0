//! The maximum of a log-likelihood of a few positive parameters, with their intervals.

use serde::{Deserialize, Serialize};

/// A positive parameter, estimated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The value that makes what was seen likeliest.
    pub value: f64,
    /// Standard error of its logarithm, from the curvature of the likelihood. Nothing where that is flat.
    pub standard_error_log: Option<f64>,
}

impl Fitted {
    /// Wald interval on the logarithm, `value·exp(±z·se)`: it is always positive.
    pub fn interval(&self, z: f64) -> Option<(f64, f64)> {
        let width = z * self.standard_error_log?;
        Some((self.value * (-width).exp(), self.value * width.exp()))
    }
}

/// Steps of the derivatives, on logarithms of parameters. The error of a difference is the square of its step, and rounding
/// adds 1e-16 of the log-likelihood (some thousands) divided by the step, or by its square for the second. The first
/// decides the maximum, to about 1e-8; the second only the way there and the standard errors, to about 1e-6.
const STEP_FIRST: f64 = 1e-5;
const STEP_SECOND: f64 = 1e-3;
/// Newton's steps double the digits: who needs more than this does not get there.
const STEPS_MAX: usize = 200;
/// A step so short, in logarithms, that it changes no digit anybody reads.
const STEP_MIN: f64 = 1e-10;

/// Newton's method on the logarithms of `N` parameters, damped (Levenberg, Quarterly of Applied Mathematics 2 (1944),
/// 164–168) so that every step goes up. Nothing when no maximum was reached.
pub(crate) fn maximum<const N: usize>(
    start: [f64; N],
    log_likelihood: impl Fn(&[f64; N]) -> f64,
) -> Option<([Fitted; N], f64)> {
    let at = |log: &[f64; N]| {
        let value = log_likelihood(&log.map(f64::exp));
        if value.is_finite() { value } else { f64::NEG_INFINITY }
    };
    let (mut log, mut damping) = (start.map(f64::ln), 1e-3);
    let mut best = at(&log);
    let mut curve = curvature(&at, &log);
    for _ in 0..STEPS_MAX {
        let gradient = gradient(&at, &log);
        let step = solve(&damped(&curve, damping), &gradient);
        let longest = step.map_or(f64::INFINITY, |step| step.iter().fold(0.0, |most: f64, s| most.max(s.abs())));
        let next = step.filter(|_| longest <= 2.0).map(|step| std::array::from_fn(|i| log[i] + step[i]));
        match next {
            Some(next) if at(&next) >= best => {
                best = at(&next);
                log = next;
                damping = (damping / 10.0).max(1e-12);
                if longest < STEP_MIN {
                    break;
                }
                curve = curvature(&at, &log);
            }
            // At the maximum no step goes up any more, for rounding: a short one that does not is the end.
            Some(_) if longest < 1e-6 => break,
            _ => damping *= 10.0,
        }
        if damping > 1e12 {
            return None;
        }
    }
    let errors = inverse_diagonal(&curve);
    let fitted = std::array::from_fn(|i| Fitted {
        value: log[i].exp(),
        standard_error_log: errors.and_then(|errors| (errors[i] > 0.0).then(|| errors[i].sqrt())),
    });
    best.is_finite().then_some((fitted, best))
}

fn moved<const N: usize>(log: &[f64; N], moves: &[(usize, f64)]) -> [f64; N] {
    let mut moved = *log;
    moves.iter().for_each(|(i, by)| moved[*i] += by);
    moved
}

fn gradient<const N: usize>(at: &impl Fn(&[f64; N]) -> f64, log: &[f64; N]) -> [f64; N] {
    let side = |i: usize, h: f64| at(&moved(log, &[(i, h)]));
    std::array::from_fn(|i| (side(i, STEP_FIRST) - side(i, -STEP_FIRST)) / (2.0 * STEP_FIRST))
}

/// Minus the second derivatives.
fn curvature<const N: usize>(at: &impl Fn(&[f64; N]) -> f64, log: &[f64; N]) -> [[f64; N]; N] {
    let h = STEP_SECOND;
    let second = |i: usize, j: usize| {
        let corner = |a: f64, b: f64| at(&moved(log, &[(i, a * h), (j, b * h)]));
        -(corner(1.0, 1.0) - corner(1.0, -1.0) - corner(-1.0, 1.0) + corner(-1.0, -1.0)) / (4.0 * h * h)
    };
    // Of the two halves, which are the same, one is worked out.
    let lower: [[f64; N]; N] =
        std::array::from_fn(|i| std::array::from_fn(|j| if j <= i { second(i, j) } else { 0.0 }));
    std::array::from_fn(|i| std::array::from_fn(|j| lower[i.max(j)][i.min(j)]))
}

fn damped<const N: usize>(curve: &[[f64; N]; N], damping: f64) -> [[f64; N]; N] {
    let mut damped = *curve;
    for (i, row) in damped.iter_mut().enumerate() {
        row[i] += damping * (1.0 + row[i].abs());
    }
    damped
}

/// Cholesky's lower triangle; nothing where the matrix is not positive definite.
fn cholesky<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut lower = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let left = matrix[i][j] - sum;
            lower[i][j] = if i == j { left.sqrt() } else { left / lower[j][j] };
            if i == j && (left.is_nan() || left <= 0.0) {
                return None;
            }
        }
    }
    Some(lower)
}

fn solve<const N: usize>(matrix: &[[f64; N]; N], right: &[f64; N]) -> Option<[f64; N]> {
    let lower = cholesky(matrix)?;
    let mut x = *right;
    for i in 0..N {
        let known: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|k| lower[k][i] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    Some(x)
}

fn inverse_diagonal<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[f64; N]> {
    let mut diagonal = [0.0; N];
    for (i, value) in diagonal.iter_mut().enumerate() {
        let one: [f64; N] = std::array::from_fn(|j| if i == j { 1.0 } else { 0.0 });
        *value = solve(matrix, &one)?[i];
    }
    Some(diagonal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normal_density_of_logarithms_is_found_with_its_spread() {
        // Means ln 3 and ln 50, standard deviations 0.1 and 0.4, correlation 0.6.
        let density = |p: &[f64; 2]| {
            let (x, y) = ((p[0] / 3.0).ln() / 0.1, (p[1] / 50.0).ln() / 0.4);
            -(x * x - 1.2 * x * y + y * y) / (2.0 * (1.0 - 0.36))
        };
        let (found, best) = maximum([1.0, 1.0], density).unwrap();
        assert!(best.abs() < 1e-12);
        for (fitted, value, error) in [(found[0], 3.0, 0.1), (found[1], 50.0, 0.4)] {
            assert!((fitted.value / value - 1.0).abs() < 1e-8, "{fitted:?}");
            assert!((fitted.standard_error_log.unwrap() / error - 1.0).abs() < 1e-6, "{fitted:?}");
        }
    }

    #[test]
    fn what_has_no_maximum_is_not_found() {
        assert!(maximum([1.0], |_| f64::NAN).is_none());
    }
}
