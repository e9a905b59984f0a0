//! Numbers by chance that can be asked for in any order: one key a customer, one counter a day and purpose.
//!
//! Everything that happens is decided by `(seed, customer, day, purpose)` and by nothing that happened before. So the
//! result does not depend on threads, and two runs that differ in one decision share every other throw of the dice
//! (common random numbers: Glasserman & Yao, Management Science 38 (1992), 884–908).
//!
//! The samplers are written out here rather than taken from a library, because the bytes of a run must not change when a
//! library improves its own.

/// The odd number nearest to 2⁶⁴ divided by the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// How many purposes a day may have.
const PURPOSES: u64 = 256;

/// The finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): every bit of the input moves about half of the output.
fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The 53 upper bits as a number in (0, 1): never 0, so that its logarithm exists.
fn unit(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// The dice of one customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64, customer: u32) -> Dice {
        Dice(mixed(mixed(seed.wrapping_add(GOLDEN)) ^ mixed(u64::from(customer).wrapping_add(1).wrapping_mul(GOLDEN))))
    }

    fn key(self, day: i32, purpose: u8) -> u64 {
        let counter = (i64::from(day) as u64).wrapping_mul(PURPOSES).wrapping_add(u64::from(purpose));
        mixed(self.0.wrapping_add(counter.wrapping_mul(GOLDEN)))
    }

    /// One number in (0, 1) for a day and purpose.
    pub(crate) fn unit(self, day: i32, purpose: u8) -> f64 {
        unit(self.key(day, purpose))
    }

    /// As many numbers as wanted for a day and purpose, `nth` telling several such things of one day apart.
    pub(crate) fn draws(self, day: i32, purpose: u8, nth: u64) -> Draws {
        Draws(mixed(self.key(day, purpose).wrapping_add(nth.wrapping_mul(GOLDEN)) ^ GOLDEN))
    }
}

/// A row of numbers by chance: SplitMix64 from a key.
#[derive(Debug, Clone)]
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mixed(self.0)
    }

    /// Uniform in (0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// Uniform in (low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// An index below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count - 1)
    }

    /// An index, each as likely as its weight. The last one where rounding leaves a crumb.
    pub(crate) fn pick(&mut self, weights: impl ExactSizeIterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let last = weights.len() - 1;
        weights
            .enumerate()
            .find_map(|(at, weight)| {
                left -= weight;
                (left < 0.0).then_some(at)
            })
            .unwrap_or(last)
    }

    /// Exponential with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    /// Standard normal. Box & Muller, Annals of Mathematical Statistics 29 (1958), 610–611; the second number is let go.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Gamma with this shape and rate. Marsaglia & Tsang, ACM Transactions on Mathematical Software 26 (2000), 363–372;
    /// below shape 1 by their note `gamma(a) = gamma(a + 1) · u^(1/a)`.
    pub(crate) fn gamma(&mut self, shape: f64, rate: f64) -> f64 {
        if shape < 1.0 {
            let power = self.unit().powf(1.0 / shape);
            // The smallest float stands for what would be 0: rates must stay above it.
            return (self.gamma(shape + 1.0, rate) * power).max(f64::MIN_POSITIVE);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / rate;
            }
        }
    }

    /// Beta by two gammas.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a, 1.0), self.gamma(b, 1.0));
        x / (x + y)
    }
}

/// The Poisson count of this mean at quantile `u`: it never falls when the mean rises, which keeps paired runs paired.
pub(crate) fn poisson_at(mean: f64, u: f64) -> u32 {
    let mut probability = (-mean).exp();
    let (mut count, mut below) = (0, probability);
    // Means here are purchases a day; the bound only guards against a mean without sense.
    while u > below && count < 200 {
        count += 1;
        probability *= mean / f64::from(count);
        below += probability;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = 200_000;

    /// Mean and variance of a sampler against those of its distribution. The mean may be off by 4 standard errors (once
    /// in 16,000 runs by chance, and the seed is fixed); the variance by 4 of `var·√((kurtosis − 1)/n)`.
    fn check(what: &str, mean: f64, variance: f64, kurtosis: f64, draw: impl Fn(&mut Draws) -> f64) {
        let mut draws = Dice::new(7, 1).draws(0, 0, 0);
        let values: Vec<f64> = (0..N).map(|_| draw(&mut draws)).collect();
        let n = N as f64;
        let found = values.iter().sum::<f64>() / n;
        let spread = values.iter().map(|v| (v - found).powi(2)).sum::<f64>() / n;
        assert!((found - mean).abs() < 4.0 * (variance / n).sqrt(), "{what}: mean {found}, wanted {mean}");
        let slack = 4.0 * variance * ((kurtosis - 1.0) / n).sqrt();
        assert!((spread - variance).abs() < slack, "{what}: variance {spread}, wanted {variance}");
    }

    #[test]
    fn samplers_have_their_moments() {
        check("unit", 0.5, 1.0 / 12.0, 1.8, Draws::unit);
        check("exponential", 1.0, 1.0, 9.0, Draws::exponential);
        check("normal", 0.0, 1.0, 3.0, Draws::normal);
        for (shape, rate) in [(0.3, 2.0), (1.0, 0.5), (6.25, 15.0)] {
            check("gamma", shape / rate, shape / rate / rate, 3.0 + 6.0 / shape, |d| d.gamma(shape, rate));
        }
        check("beta", 0.25, 0.0375, 3.1, |d| d.beta(1.0, 3.0));
        check("poisson", 1.5, 1.5, 3.0 + 1.0 / 1.5, |d| f64::from(poisson_at(1.5, d.unit())));
        check("pick", 1.25, 0.6875, 1.63, |d| d.pick([1.0, 1.0, 2.0].into_iter()) as f64);
    }

    #[test]
    fn days_purposes_and_customers_are_independent() {
        // The correlation of neighbours is 0 with standard error 1/√n.
        type Pair = fn(i32) -> (f64, f64);
        let pairs: [(&str, Pair); 3] = [
            ("days", |n| (Dice::new(1, 1).unit(n, 3), Dice::new(1, 1).unit(n + 1, 3))),
            ("purposes", |n| (Dice::new(1, 1).unit(n, 3), Dice::new(1, 1).unit(n, 4))),
            ("customers", |n| (Dice::new(1, n as u32).unit(5, 3), Dice::new(1, n as u32 + 1).unit(5, 3))),
        ];
        for (what, pair) in pairs {
            let sum: f64 = (0..N as i32).map(pair).map(|(a, b)| (a - 0.5) * (b - 0.5) * 12.0).sum();
            let found = sum / N as f64;
            assert!(found.abs() < 4.0 / (N as f64).sqrt(), "{what}: {found}");
        }
    }

    #[test]
    fn a_higher_mean_never_gives_fewer() {
        for step in 1..100 {
            let u = f64::from(step) / 100.0;
            let counts: Vec<u32> = (0..60).map(|m| poisson_at(f64::from(m) / 10.0, u)).collect();
            assert!(counts.is_sorted(), "{u}: {counts:?}");
        }
    }
}
