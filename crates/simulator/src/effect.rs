//! What an action does to one person: nothing, good, or harm.

use crate::random::Draws;
use serde::Serialize;

/// Something a business can decide to do for one customer on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A message without an offer.
    Reminder,
    /// Money off: a coupon in a shop, a lower price for some months in a subscription.
    Discount,
    /// A message to somebody who left.
    WinBack,
    /// Help with the first steps.
    OnboardingNudge,
    /// A pause instead of an end.
    PauseOffer,
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 5] =
        [Action::Reminder, Action::Discount, Action::WinBack, Action::OnboardingNudge, Action::PauseOffer];

    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            Action::Reminder => "reminder",
            Action::Discount => "discount",
            Action::WinBack => "win_back",
            Action::OnboardingNudge => "onboarding_nudge",
            Action::PauseOffer => "pause_offer",
        }
    }
}

/// The four kinds of people an action meets (Radcliffe & Surry, *Real-world uplift modelling with significance-based
/// uplift trees*, 2011).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UpliftClass {
    /// Stays or buys because of it.
    Persuadable,
    /// Would have anyway.
    SureThing,
    /// Will not anyway.
    LostCause,
    /// Is driven away by it.
    SleepingDog,
}

impl UpliftClass {
    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            UpliftClass::Persuadable => "persuadable",
            UpliftClass::SureThing => "sure_thing",
            UpliftClass::LostCause => "lost_cause",
            UpliftClass::SleepingDog => "sleeping_dog",
        }
    }
}

/// How an action works over all customers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionModel {
    /// Which action.
    pub action: Action,
    /// How long its effect lasts, the day of the action included.
    pub days: i32,
    /// Share of people on whom it works.
    pub persuadable: f64,
    /// Share of people it drives away.
    pub sleeping_dog: f64,
    /// Mean of the logarithm by which it raises the rate and lowers the hazard of the persuadable; the logarithm is
    /// exponential by chance. Sleeping dogs have the same with the opposite sign.
    pub strength: f64,
    /// What it takes off the price, as a share.
    pub off: f64,
    /// What doing it costs, in minor units of the business's currency.
    pub cost_minor: i64,
    /// For a persuadable who left: the probability of coming back because of it.
    pub returns: f64,
}

/// What an action does to one person, hidden.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Which kind of person this is for the action.
    pub class: UpliftClass,
    /// Factor on the rate of purchases (or of usage) while it lasts.
    pub rate_factor: f64,
    /// Factor on the hazard of leaving while it lasts.
    pub hazard_factor: f64,
    /// Probability that somebody who left comes back because of it.
    pub return_probability: f64,
}

/// Effects stay below this factor, so that the counts of a day stay those of a day.
const FACTOR_MAX: f64 = 4.0;

impl Effect {
    /// `likely` says whether the wanted thing would more likely happen than not without the action: it tells sure things
    /// from lost causes, on whom the action does nothing.
    pub(crate) fn draw(model: &ActionModel, likely: bool, draws: &mut Draws) -> Effect {
        let which = draws.unit();
        let factor = (model.strength * draws.exponential()).exp().min(FACTOR_MAX);
        let returning = draws.between(0.5, 1.5) * model.returns;
        let works = which < model.persuadable;
        let harms = !works && which < model.persuadable + model.sleeping_dog;
        let (class, rate_factor) = match (works, harms, likely) {
            (true, _, _) => (UpliftClass::Persuadable, factor),
            (_, true, _) => (UpliftClass::SleepingDog, 1.0 / factor),
            (_, _, true) => (UpliftClass::SureThing, 1.0),
            (_, _, false) => (UpliftClass::LostCause, 1.0),
        };
        let return_probability = if works { returning.min(1.0) } else { 0.0 };
        Effect { class, rate_factor, hazard_factor: 1.0 / rate_factor, return_probability }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Dice;

    #[test]
    fn the_shares_of_the_mixture_are_those_of_the_model() {
        let model = ActionModel {
            action: Action::Reminder,
            days: 14,
            persuadable: 0.3,
            sleeping_dog: 0.1,
            strength: 0.5,
            off: 0.0,
            cost_minor: 2,
            returns: 0.2,
        };
        let n = 50_000u32;
        let all: Vec<Effect> =
            (0..n).map(|who| Effect::draw(&model, who % 2 == 0, &mut Dice::new(1, who).draws(0, 0, 0))).collect();
        for (class, share) in [
            (UpliftClass::Persuadable, 0.3),
            (UpliftClass::SleepingDog, 0.1),
            (UpliftClass::SureThing, 0.3),
            (UpliftClass::LostCause, 0.3),
        ] {
            let of: Vec<&Effect> = all.iter().filter(|effect| effect.class == class).collect();
            let found = of.len() as f64 / f64::from(n);
            // Four standard errors of a share.
            assert!((found - share).abs() < 4.0 * (share * (1.0 - share) / f64::from(n)).sqrt(), "{class:?} {found}");
            assert!(of.iter().all(|effect| match class {
                UpliftClass::Persuadable => effect.rate_factor > 1.0 && effect.hazard_factor < 1.0,
                UpliftClass::SleepingDog => effect.rate_factor < 1.0 && effect.hazard_factor > 1.0,
                _ => effect.rate_factor == 1.0 && effect.hazard_factor == 1.0 && effect.return_probability == 0.0,
            }));
        }
    }
}
