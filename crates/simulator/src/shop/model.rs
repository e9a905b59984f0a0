//! The parameters of a shop.

use crate::clock::Season;
use crate::effect::{Action, ActionModel};
use crate::person::{Channel, EVEN_CHANNELS, USUAL_CHANNELS};
use crate::satisfaction::SatisfactionModel;
use serde::Serialize;

/// A shop: who buys how often, how much, and until when.
///
/// A customer enters with a first order. From then on, while active, orders follow a Poisson process; leaving is unseen.
///
/// ```text
/// λ  ~ Gamma(rate_shape, rate_scale_days)           own rate of orders a day
/// μ  ~ Gamma(dropout_shape, dropout_scale_days)     own hazard of leaving a day
/// λ(day) = λ · channel · season(day) · exp(a·s − a²σ²/2) · effects of actions
/// μ(day) = μ · channel · exp(−b·s − b²σ²/2) · effects of actions
/// ```
///
/// With everything but λ and μ at rest ([`ShopModel::pareto_nbd`]) this is the Pareto/NBD of Schmittlein, Morrison &
/// Colombo, Management Science 33 (1987), 1–24. The worth of orders is the gamma-gamma of Fader & Hardie, *The gamma-gamma
/// model of monetary value* (2013):
///
/// ```text
/// ν ~ Gamma(value.q, value.gamma),   worth of an order before discounts ~ Gamma(value.p, ν)
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShopModel {
    /// Shape r of the rates.
    pub rate_shape: f64,
    /// Rate parameter α of the rates, in days: the mean rate is r/α a day.
    pub rate_scale_days: f64,
    /// Shape s of the hazards.
    pub dropout_shape: f64,
    /// Rate parameter β of the hazards, in days.
    pub dropout_scale_days: f64,
    /// Worth of orders, in hundredths of the business's currency.
    pub value: GammaGamma,
    /// Season of demand.
    pub season: Season,
    /// Hidden satisfaction.
    pub satisfaction: SatisfactionModel,
    /// How customers come.
    pub channels: &'static [Channel],
    /// Whether things happen by day rather than at any hour.
    pub awake: bool,
    /// Probability that a delivery comes late.
    pub late_delivery: f64,
    /// Probability of a ticket after a delivery in time, and after a late one.
    pub tickets: [f64; 2],
    /// Factor on the categories' probabilities of return.
    pub returns: f64,
    /// Whether customers use the codes of the sales: each with an own probability from Beta(2, 2).
    pub coupons: bool,
    /// Sessions without an order for each expected order; none of the events are written at `events: false`.
    pub sessions: f64,
    /// Whether to write events.
    pub events: bool,
    /// Surveys a day sent to an active customer.
    pub surveys: f64,
    /// What can be decided.
    pub actions: Vec<ActionModel>,
    /// Yearly rate at which future margins are discounted.
    pub discount_rate: f64,
}

/// The gamma-gamma model: an own mean for each customer, and orders about it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GammaGamma {
    /// Shape p of the worth of orders about the customer's mean.
    pub p: f64,
    /// Shape q of the customers' rates ν; above 1, so that there is a mean.
    pub q: f64,
    /// Rate γ of the customers' rates ν, in hundredths.
    pub gamma: f64,
}

impl GammaGamma {
    /// Mean worth of an order over all customers: `p·γ/(q − 1)`.
    pub fn mean(&self) -> f64 {
        self.p * self.gamma / (self.q - 1.0)
    }
}

impl ShopModel {
    /// A gift shop: about five orders a year from an active customer, of 48 on average; half of them gone after 11 months.
    pub fn gifts() -> ShopModel {
        ShopModel {
            rate_shape: 0.9,
            rate_scale_days: 65.0,
            dropout_shape: 1.2,
            dropout_scale_days: 420.0,
            value: GammaGamma { p: 4.0, q: 4.5, gamma: 4_200.0 },
            season: Season::gifts(),
            satisfaction: SatisfactionModel::usual(),
            channels: USUAL_CHANNELS,
            awake: true,
            late_delivery: 0.08,
            tickets: [0.06, 0.5],
            returns: 1.0,
            coupons: true,
            sessions: 1.5,
            events: true,
            surveys: 1.0 / 180.0,
            actions: actions(),
            discount_rate: 0.10,
        }
    }

    /// The same people without seasons, feelings, channels, sales or hours: exactly Pareto/NBD with gamma-gamma worths,
    /// so that a fit must find the parameters again.
    pub fn pareto_nbd() -> ShopModel {
        ShopModel {
            season: Season::flat(),
            satisfaction: SatisfactionModel::none(),
            channels: EVEN_CHANNELS,
            awake: false,
            coupons: false,
            events: false,
            ..ShopModel::gifts()
        }
    }

    /// Mean repeat orders of a customer in the first `days` after the first order, for [`ShopModel::pareto_nbd`].
    /// Schmittlein, Morrison & Colombo (1987); in the form of Fader & Hardie, *A note on deriving the Pareto/NBD model*
    /// (2005), equation 17:
    ///
    /// ```text
    /// E[X(t)] = r·β / (α·(s − 1)) · (1 − (β / (β + t))^(s − 1))
    /// ```
    ///
    /// and its limit `r·β/α · ln((β + t)/β)` at s = 1.
    pub fn expected_repeats(&self, days: f64) -> f64 {
        let (s, beta) = (self.dropout_shape, self.dropout_scale_days);
        let log = ((beta + days) / beta).ln();
        // (1 − exp(−(s−1)·log)) / (s−1), finite at s = 1.
        let part = if s == 1.0 { log } else { -((1.0 - s) * log).exp_m1() / (s - 1.0) };
        self.rate_shape * beta / self.rate_scale_days * part
    }
}

fn actions() -> Vec<ActionModel> {
    let base = ActionModel {
        action: Action::Reminder,
        days: 14,
        persuadable: 0.25,
        sleeping_dog: 0.10,
        strength: 0.4,
        off: 0.0,
        cost_minor: 2,
        returns: 0.02,
    };
    vec![
        base.clone(),
        ActionModel {
            action: Action::Discount,
            persuadable: 0.40,
            sleeping_dog: 0.03,
            strength: 0.5,
            off: 0.15,
            ..base.clone()
        },
        ActionModel {
            action: Action::WinBack,
            days: 30,
            persuadable: 0.30,
            sleeping_dog: 0.05,
            returns: 0.10,
            off: 0.10,
            ..base.clone()
        },
        ActionModel {
            action: Action::OnboardingNudge,
            days: 30,
            persuadable: 0.30,
            sleeping_dog: 0.04,
            strength: 0.3,
            ..base
        },
    ]
}

/// A category of goods.
pub(crate) struct Category {
    pub(crate) name: &'static str,
    /// List price of its goods, in hundredths.
    pub(crate) price: f64,
    /// Cost as a share of the price.
    pub(crate) cost: f64,
    /// Probability that a line is returned.
    pub(crate) returned: f64,
    /// How popular it is.
    pub(crate) weight: f64,
    /// Categories bought together with it, each as likely.
    pub(crate) with: [usize; 2],
}

const fn category(name: &'static str, price: f64, cost: f64, returned: f64, weight: f64, with: [usize; 2]) -> Category {
    Category { name, price, cost, returned, weight, with }
}

/// What the shop sells. `with` are places in this list.
pub(crate) const CATEGORIES: [Category; 8] = [
    category("tea", 900.0, 0.45, 0.01, 3.0, [1, 2]),
    category("cups", 1_400.0, 0.40, 0.03, 2.0, [0, 2]),
    category("sweets", 700.0, 0.50, 0.01, 2.5, [0, 3]),
    category("candles", 1_200.0, 0.35, 0.02, 2.0, [4, 5]),
    category("decoration", 1_900.0, 0.40, 0.06, 2.0, [3, 5]),
    category("textiles", 3_200.0, 0.50, 0.12, 1.5, [4, 6]),
    category("clothing", 4_500.0, 0.50, 0.22, 1.0, [5, 7]),
    category("jewellery", 5_500.0, 0.45, 0.10, 0.7, [6, 4]),
];

/// Products of a category; the first is bought most.
pub(crate) const PRODUCTS: usize = 5;
/// Mean of the Poisson number of lines beside the first, and the most there can be.
pub(crate) const MORE_LINES: f64 = 0.9;
pub(crate) const MORE_LINES_MAX: u32 = 7;
/// Share of further lines that come from the categories bought together with the first.
pub(crate) const TOGETHER: f64 = 0.5;
/// Orders below this worth pay for shipping, in hundredths.
pub(crate) const FREE_SHIPPING: f64 = 5_000.0;
pub(crate) const SHIPPING: f64 = 490.0;
/// What handling a ticket and a return costs, in hundredths of the business's currency.
pub(crate) const TICKET_COST: i64 = 600;
pub(crate) const RETURN_COST: i64 = 350;
