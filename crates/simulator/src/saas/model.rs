//! The parameters of a subscription business.

use serde::Serialize;

use crate::clock::Season;
use crate::effect::{Action, ActionModel};
use crate::person::{Channel, EVEN_CHANNELS, USUAL_CHANNELS};
use crate::satisfaction::SatisfactionModel;

/// A subscription business: who cancels when, and what else happens to recurring revenue.
///
/// ```text
/// h      ~ Gamma(hazard_shape, hazard_scale_days)    own hazard of cancelling a day, while paying by the month
/// h(day) = h · channel · exp(−b·s − b²σ²/2) · effects of actions · contract(day)
/// contract = 1 by the month; by the year annual_factor in the last annual_window_days before a renewal, else 0;
///            0 in a trial, in a pause, and once cancelled
/// ```
///
/// So the time to a cancellation of a monthly subscription has, over all customers, the Lomax distribution
/// `S(t) = (β / (β + t))^s`, the continuous counterpart of the shifted-beta-geometric of Fader & Hardie, *How to project
/// customer retention*, Journal of Interactive Marketing 21 (2007), 76–90: hazards that do not change in anybody and fall
/// in the whole, since the restless leave first. [`SaasModel::monthly`] is exactly that.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SaasModel {
    /// Shape s of the hazards.
    pub hazard_shape: f64,
    /// Rate parameter β of the hazards, in days: the mean hazard is s/β a day.
    pub hazard_scale_days: f64,
    /// Hidden satisfaction.
    pub satisfaction: SatisfactionModel,
    /// How customers come.
    pub channels: &'static [Channel],
    /// Whether things happen by day rather than at any hour.
    pub awake: bool,
    /// Share of subscriptions paid by the year.
    pub annual: f64,
    /// Days before a renewal on which a yearly subscription may be cancelled.
    pub annual_window_days: i32,
    /// Factor on the hazard on those days.
    pub annual_factor: f64,
    /// Share of customers who begin with a trial.
    pub trials: f64,
    /// Days of a trial.
    pub trial_days: i32,
    /// A trial becomes a paid subscription with probability `1/(1 + exp(−trial_logit − 0.4·s))`.
    pub trial_logit: f64,
    /// Share of new subscriptions with a coupon that ends.
    pub coupons: f64,
    /// a and b of the Beta distribution of the customers' probabilities that a payment fails; none fails at `None`.
    pub payment_failure: Option<[f64; 2]>,
    /// Probability that a retry succeeds. After four retries without success the subscription ends on day 30.
    pub retry_success: f64,
    /// Pauses a day of a monthly subscription; each lasts 30 to 90 days.
    pub pauses: f64,
    /// Moves to the next larger plan a day, times the satisfaction's rate factor.
    pub upgrades: f64,
    /// Moves to the next smaller plan a day.
    pub downgrades: f64,
    /// Returns a day of somebody who left, for a year.
    pub comebacks: f64,
    /// A day on which everybody on the first plan is moved to its successor, as a share of the run.
    pub migration: Option<f64>,
    /// Shape and rate (in days) of the customers' sessions a day. They are multiplied by `(s/β / h)^0.3`, so that those who
    /// use it more leave less.
    pub sessions: [f64; 2],
    /// Season of usage.
    pub season: Season,
    /// Whether to write events.
    pub events: bool,
    /// Tickets a day.
    pub tickets: f64,
    /// Failures of the service a day, felt by one customer.
    pub failures: f64,
    /// Surveys a day.
    pub surveys: f64,
    /// Share of what is paid that is left after serving.
    pub gross_margin: f64,
    /// Yearly rate at which future margins are discounted.
    pub discount_rate: f64,
    /// What can be decided.
    pub actions: Vec<ActionModel>,
}

impl SaasModel {
    /// A product for teams: three plans, a third paid by the year, about 3 % a month leaving at first and fewer later.
    pub fn teams() -> SaasModel {
        let weekdays = [1.25, 1.25, 1.25, 1.2, 1.15, 0.45, 0.45];
        SaasModel {
            hazard_shape: 0.9,
            hazard_scale_days: 800.0,
            satisfaction: SatisfactionModel::usual(),
            channels: USUAL_CHANNELS,
            awake: true,
            annual: 0.3,
            annual_window_days: 30,
            annual_factor: 6.0,
            trials: 0.7,
            trial_days: 14,
            trial_logit: 0.3,
            coupons: 0.2,
            payment_failure: Some([1.0, 30.0]),
            retry_success: 0.4,
            pauses: 1.0 / 1_200.0,
            upgrades: 1.0 / 600.0,
            downgrades: 1.0 / 1_800.0,
            comebacks: 1.0 / 1_500.0,
            migration: Some(0.6),
            sessions: [2.0, 40.0],
            season: Season { weekdays, ..Season::flat() },
            events: true,
            tickets: 1.0 / 250.0,
            failures: 1.0 / 400.0,
            surveys: 1.0 / 120.0,
            gross_margin: 0.85,
            discount_rate: 0.10,
            actions: actions(),
        }
    }

    /// The same people paying by the month, who do nothing but stay or cancel: times to a cancellation are exactly Lomax.
    pub fn monthly() -> SaasModel {
        SaasModel {
            satisfaction: SatisfactionModel::none(),
            channels: EVEN_CHANNELS,
            awake: false,
            annual: 0.0,
            trials: 0.0,
            coupons: 0.0,
            payment_failure: None,
            pauses: 0.0,
            upgrades: 0.0,
            downgrades: 0.0,
            comebacks: 0.0,
            migration: None,
            season: Season::flat(),
            events: false,
            tickets: 0.0,
            failures: 0.0,
            ..SaasModel::teams()
        }
    }

    /// Share of the customers of [`SaasModel::monthly`] who have not cancelled `days` after they began.
    pub fn expected_survival(&self, days: f64) -> f64 {
        (self.hazard_scale_days / (self.hazard_scale_days + days)).powf(self.hazard_shape)
    }
}

fn actions() -> Vec<ActionModel> {
    let base = ActionModel {
        action: Action::Reminder,
        days: 30,
        persuadable: 0.15,
        sleeping_dog: 0.15,
        strength: 0.4,
        off: 0.0,
        cost_minor: 2,
        returns: 0.01,
    };
    let of = |action, days, persuadable, sleeping_dog, off, cost_minor, returns| ActionModel {
        action,
        days,
        persuadable,
        sleeping_dog,
        off,
        cost_minor,
        returns,
        ..base.clone()
    };
    vec![
        base.clone(),
        of(Action::Discount, 90, 0.35, 0.05, 0.2, 2, 0.02),
        of(Action::WinBack, 30, 0.3, 0.05, 0.0, 50, 0.1),
        of(Action::OnboardingNudge, 60, 0.35, 0.03, 0.0, 10, 0.0),
        of(Action::PauseOffer, 30, 0.3, 0.1, 0.0, 2, 0.0),
    ]
}

/// A plan.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    /// Price of a month, in hundredths of the business's currency.
    pub(crate) month: f64,
    /// How many of ten customers take it at first.
    pub(crate) weight: f64,
}

/// The plans, each after the smaller one; the last takes the place of the first when customers are migrated.
pub(crate) const PLANS: [Plan; 4] = [
    Plan { name: "starter", month: 2_900.0, weight: 5.0 },
    Plan { name: "team", month: 9_900.0, weight: 4.0 },
    Plan { name: "business", month: 29_900.0, weight: 1.0 },
    Plan { name: "starter_plus", month: 3_300.0, weight: 0.0 },
];
/// The successor of the first plan.
pub(crate) const SUCCESSOR: usize = 3;
/// A year costs as much as so many months.
pub(crate) const MONTHS_OF_YEAR: f64 = 10.0;

/// A coupon of a new subscription.
#[derive(Debug)]
pub(crate) struct CouponKind {
    pub(crate) code: &'static str,
    pub(crate) off: f64,
    pub(crate) months: i32,
}

/// Coupons of new subscriptions; a year is only given the last.
pub(crate) const COUPONS: [CouponKind; 3] = [
    CouponKind { code: "WELCOME50", off: 0.50, months: 3 },
    CouponKind { code: "SPRING20", off: 0.20, months: 6 },
    CouponKind { code: "PARTNER30", off: 0.30, months: 12 },
];
/// The code of a discount that was decided for somebody.
pub(crate) const PERSONAL: &str = "STAY";

/// Days after the due date on which a failed payment is tried again.
pub(crate) const RETRIES: [i32; 4] = [3, 7, 14, 21];
/// Days after the due date on which a subscription ends that could not be collected.
pub(crate) const GRACE_DAYS: i32 = 30;
/// What handling a ticket costs, in hundredths of the business's currency.
pub(crate) const TICKET_COST: i64 = 900;
/// For how long somebody who left may come back unasked.
pub(crate) const COMEBACK_DAYS: i32 = 365;
