//! When a series moved to another level.
//!
//! Source: Killick, Fearnhead & Eckley, "Optimal Detection of Changepoints With a Linear Computational Cost", Journal of
//! the American Statistical Association 107 (2012), 1590–1598: PELT finds the partition of least cost exactly.

/// Fewest values between two changes: a week, so that weekends are no change.
pub const LEAST: usize = 7;

/// The places at which the mean of the series changes, rising: the first value of each new level.
///
/// ```text
/// Σ over stretches of Σ (x − mean)²  +  penalty · number of changes   is the least there is
/// penalty = 3 · σ² · ln n,   σ = 1.4826 · median |xₜ − xₜ₋₁ − median| / √2
/// ```
///
/// The spread σ is that of one value to the next, which a change of level moves once only. A series without any spread
/// changes wherever it changes.
pub fn change_points(series: &[f64]) -> Vec<usize> {
    let count = series.len();
    if count < 2 * LEAST || series.iter().any(|value| !value.is_finite()) {
        return Vec::new();
    }
    let spread = spread(series);
    let least = series.iter().map(|value| value.abs()).fold(0.0, f64::max) * 1e-9;
    let penalty = 3.0 * spread.max(least).powi(2) * (count as f64).ln();
    pelt(&Sums::of(series), penalty)
}

/// Standard deviation of the noise, from the differences of neighbours.
fn spread(series: &[f64]) -> f64 {
    let mut steps: Vec<f64> = series.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = median(&mut steps);
    let mut apart: Vec<f64> = steps.iter().map(|step| (step - middle).abs()).collect();
    1.4826 * median(&mut apart) / 2f64.sqrt()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[half],
        _ => (values[half - 1] + values[half]) / 2.0,
    }
}

/// Running sums, so that the cost of any stretch is two look-ups.
struct Sums {
    of: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    fn of(series: &[f64]) -> Sums {
        // About the mean of all, so that squares of large numbers keep their small differences.
        let mean = series.iter().sum::<f64>() / series.len() as f64;
        let running = |f: fn(f64) -> f64| {
            let mut sum = 0.0;
            std::iter::once(0.0)
                .chain(series.iter().map(move |value| {
                    sum += f(value - mean);
                    sum
                }))
                .collect()
        };
        Sums { of: running(|value| value), squares: running(|value| value * value) }
    }

    fn len(&self) -> usize {
        self.of.len() - 1
    }

    /// Σ (x − mean)² over the values from `from` to before `to`.
    fn cost(&self, from: usize, to: usize) -> f64 {
        let sum = self.of[to] - self.of[from];
        (self.squares[to] - self.squares[from] - sum * sum / (to - from) as f64).max(0.0)
    }
}

fn pelt(sums: &Sums, penalty: f64) -> Vec<usize> {
    let count = sums.len();
    let mut best = vec![f64::INFINITY; count + 1];
    let mut before = vec![0usize; count + 1];
    best[0] = -penalty;
    // Starts that may still be the best, each with the end from which on it cannot be any more.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for end in LEAST..=count {
        let start = end - LEAST;
        if best[start].is_finite() {
            open.push((start, usize::MAX));
        }
        open.retain(|(_, until)| end < *until);
        let costs: Vec<f64> = open.iter().map(|(start, _)| best[*start] + sums.cost(*start, end)).collect();
        let found = costs.iter().zip(&open).min_by(|a, b| a.0.total_cmp(b.0));
        if let Some((least, (start, _))) = found {
            (best[end], before[end]) = (least + penalty, *start);
        }
        // A start that costs more up to here than the best up to here is never the best again, once a stretch that
        // begins here is long enough.
        let dear: Vec<bool> = costs.iter().map(|cost| *cost > best[end]).collect();
        for ((_, until), dear) in open.iter_mut().zip(dear) {
            if dear {
                *until = (*until).min(end + LEAST);
            }
        }
    }
    let mut found = Vec::new();
    let mut at = before[count];
    while at > 0 {
        found.push(at);
        at = before[at];
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every partition there is, by the same costs: slow and plain.
    fn by_trying(sums: &Sums, penalty: f64) -> f64 {
        let count = sums.len();
        let mut best = vec![f64::INFINITY; count + 1];
        best[0] = -penalty;
        for end in LEAST..=count {
            for start in 0..=end - LEAST {
                best[end] = best[end].min(best[start] + sums.cost(start, end) + penalty);
            }
        }
        best[count]
    }

    fn cost_of(sums: &Sums, penalty: f64, places: &[usize]) -> f64 {
        let ends = places.iter().copied().chain([sums.len()]);
        let mut from = 0;
        let mut cost = penalty * places.len() as f64;
        for end in ends {
            cost += sums.cost(from, end);
            from = end;
        }
        cost
    }

    #[test]
    fn a_step_is_found_where_it_is_and_noise_is_none() {
        // 60 days about 100, then 60 days about 130, with weekends.
        let value = |day: usize| [100.0, 130.0][day / 60] + [0.0, 3.0, -2.0, 1.0, 4.0, -6.0, -5.0][day % 7];
        let series: Vec<f64> = (0..120).map(value).collect();
        assert_eq!(change_points(&series), [60]);
        assert!(change_points(&series[..60]).is_empty());
        assert!(change_points(&[5.0; 100]).is_empty());
        assert!(change_points(&[]).is_empty());
        let without_noise: Vec<f64> = (0..40).map(|day| if day < 20 { 1.0 } else { 2.0 }).collect();
        assert_eq!(change_points(&without_noise), [20]);
    }

    proptest! {
        #[test]
        fn pelt_finds_the_least_cost_there_is(series in prop::collection::vec(-100.0f64..100.0, 14..70), penalty in 1.0f64..5_000.0) {
            let sums = Sums::of(&series);
            let found = cost_of(&sums, penalty, &pelt(&sums, penalty));
            let least = by_trying(&sums, penalty);
            prop_assert!((found - least).abs() <= 1e-6 * least.abs().max(1.0), "{} and {}", found, least);
        }
    }
}
