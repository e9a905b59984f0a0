//! The colour steps of a heat table: fixed, so that a colour means the same share on every page.

/// Number of steps.
pub const STEPS: usize = 9;

/// How wide the steps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Ten points: under 20 %, 20 %, 30 %, ... 90 % and more.
    Tens,
    /// Five points: under 10 %, 10 %, 15 %, ... 45 % and more. For tables where nobody reaches 40 %.
    Fives,
}

impl Scale {
    /// The scale of a table, from all its shares after step 0.
    pub fn of(rates: impl IntoIterator<Item = f64>) -> Scale {
        let mut any = false;
        let all_low = rates.into_iter().filter(|rate| rate.is_finite()).all(|rate| {
            any = true;
            rate < 0.4
        });
        if any && all_low { Scale::Fives } else { Scale::Tens }
    }

    /// The step of a share, 0 (lightest) to 8.
    pub fn step(self, rate: f64) -> usize {
        let each = self.each();
        // The small push keeps 0.3, which is 0.299999... in binary, in the step it names.
        let step = (rate * 100.0 / each + 1e-9).floor() - 1.0;
        if step.is_nan() { 0 } else { step.clamp(0.0, (STEPS - 1) as f64) as usize }
    }

    /// What the legend writes on the steps, in per cent.
    pub fn labels(self) -> [String; STEPS] {
        let each = self.each();
        std::array::from_fn(|step| match step {
            0 => format!("<{}", each * 2.0),
            8 => format!("{}+", each * 9.0),
            _ => format!("{}", each * (step + 1) as f64),
        })
    }

    /// Points in a step.
    fn each(self) -> f64 {
        match self {
            Scale::Tens => 10.0,
            Scale::Fives => 5.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn steps_begin_where_the_legend_says() {
        let tens = [0.0, 0.199, 0.2, 0.3, 0.36, 0.899, 0.9, 1.0].map(|rate| Scale::Tens.step(rate));
        assert_eq!(tens, [0, 0, 1, 2, 2, 7, 8, 8]);
        let fives = [0.0, 0.099, 0.1, 0.15, 0.39, 0.45].map(|rate| Scale::Fives.step(rate));
        assert_eq!(fives, [0, 0, 1, 2, 6, 8]);
        assert_eq!(Scale::Tens.labels(), ["<20", "20", "30", "40", "50", "60", "70", "80", "90+"]);
        assert_eq!(Scale::Fives.labels(), ["<10", "10", "15", "20", "25", "30", "35", "40", "45+"]);
    }

    #[test]
    fn low_tables_get_finer_steps() {
        assert_eq!(Scale::of([0.1, 0.39]), Scale::Fives);
        assert_eq!(Scale::of([0.1, 0.40]), Scale::Tens);
        assert_eq!(Scale::of([]), Scale::Tens);
    }

    proptest! {
        #[test]
        fn more_is_never_lighter(a in 0.0..1.0f64, b in 0.0..1.0f64) {
            for scale in [Scale::Tens, Scale::Fives] {
                prop_assert!(scale.step(a.min(b)) <= scale.step(a.max(b)));
            }
        }

        #[test]
        fn anything_has_a_step(rate in any::<f64>()) {
            prop_assert!(Scale::Tens.step(rate) < STEPS && Scale::Fives.step(rate) < STEPS);
        }
    }
}
