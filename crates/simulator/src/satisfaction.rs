//! How content a customer is, hidden: a level of their own, moved by what happens to them and slowly forgotten.

use crate::random::Draws;
use serde::Serialize;

/// How satisfaction moves and what it does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SatisfactionModel {
    /// Standard deviation of the customers' own levels, whose mean is 0.
    pub spread: f64,
    /// An experience weighs fully for so many days and half for as many again; then it is forgotten.
    pub memory_days: i32,
    /// The purchase (or usage) rate is multiplied by `exp(rate_effect · s − c)`.
    pub rate_effect: f64,
    /// The hazard of leaving is multiplied by `exp(−hazard_effect · s − c)`. Both `c` are half the square of effect times
    /// `spread`, so that the mean factor over new customers is 1 (the mean of a log-normal).
    pub hazard_effect: f64,
    /// Shocks by experience.
    pub shocks: Shocks,
}

/// What an experience does to the level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shocks {
    /// A delivery came late, a payment was taken twice, a service was down.
    pub failure: f64,
    /// A ticket was solved within a day.
    pub solved_fast: f64,
    /// A ticket took longer.
    pub solved_slowly: f64,
}

impl SatisfactionModel {
    /// As in the sample businesses.
    pub fn usual() -> SatisfactionModel {
        SatisfactionModel {
            spread: 1.0,
            memory_days: 60,
            rate_effect: 0.15,
            hazard_effect: 0.35,
            shocks: Shocks { failure: -0.8, solved_fast: 0.3, solved_slowly: -0.6 },
        }
    }

    /// Everybody equally content for ever: it changes nothing.
    pub fn none() -> SatisfactionModel {
        let shocks = Shocks { failure: 0.0, solved_fast: 0.0, solved_slowly: 0.0 };
        SatisfactionModel { spread: 0.0, memory_days: 1, rate_effect: 0.0, hazard_effect: 0.0, shocks }
    }

    /// Factor on the rate at a level.
    pub fn rate_factor(&self, level: f64) -> f64 {
        (self.rate_effect * level - (self.rate_effect * self.spread).powi(2) / 2.0).exp()
    }

    /// Factor on the hazard at a level.
    pub fn hazard_factor(&self, level: f64) -> f64 {
        (-self.hazard_effect * level - (self.hazard_effect * self.spread).powi(2) / 2.0).exp()
    }
}

/// Levels stay within this many units, so that no factor runs away.
const LEVEL_MAX: f64 = 3.0;

/// The satisfaction of one customer. It changes only when a day begins, so a day has one level.
#[derive(Debug, Clone)]
pub(crate) struct Satisfaction {
    pub(crate) base: f64,
    /// From which day, and how much.
    shocks: Vec<(i32, f64)>,
}

impl Satisfaction {
    pub(crate) fn draw(model: &SatisfactionModel, draws: &mut Draws) -> Satisfaction {
        let base = (draws.normal() * model.spread).clamp(-LEVEL_MAX, LEVEL_MAX);
        Satisfaction { base, shocks: Vec::new() }
    }

    /// Something happened on a day; it is felt from the next one.
    pub(crate) fn feel(&mut self, day: i32, shock: f64) {
        if shock != 0.0 {
            self.shocks.push((day + 1, shock));
        }
    }

    /// The level on a day; days only go forward, so what is forgotten is dropped.
    pub(crate) fn level(&mut self, day: i32, model: &SatisfactionModel) -> f64 {
        if self.shocks.is_empty() {
            return self.base;
        }
        let memory = model.memory_days;
        self.shocks.retain(|(from, _)| day < from + 2 * memory);
        let felt = self.shocks.iter().filter(|(from, _)| *from <= day);
        let moved: f64 = felt.map(|(from, shock)| if day < from + memory { *shock } else { shock / 2.0 }).sum();
        (self.base + moved).clamp(-LEVEL_MAX, LEVEL_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experience_fades_in_two_steps() {
        let model = SatisfactionModel::usual();
        let mut felt = Satisfaction { base: 0.5, shocks: Vec::new() };
        felt.feel(10, -0.8);
        for (day, level) in [(10, 0.5), (11, -0.3), (70, -0.3), (71, 0.1), (130, 0.1), (131, 0.5)] {
            assert!((felt.level(day, &model) - level).abs() < 1e-12, "day {day}");
        }
    }

    #[test]
    fn the_mean_factors_are_one() {
        let model = SatisfactionModel::usual();
        let n = 100_000;
        let mut draws = crate::random::Dice::new(3, 0).draws(0, 0, 0);
        let levels: Vec<f64> = (0..n).map(|_| Satisfaction::draw(&model, &mut draws).base).collect();
        let mean = |of: &dyn Fn(f64) -> f64| levels.iter().map(|level| of(*level)).sum::<f64>() / f64::from(n);
        // Standard errors √(exp(e²) − 1)/√n = 0.0005 and 0.0011; four of them. Levels cut at ±3 move it by less.
        assert!((mean(&|level| model.rate_factor(level)) - 1.0).abs() < 0.002);
        assert!((mean(&|level| model.hazard_factor(level)) - 1.0).abs() < 0.0045);
    }
}
