//! What a business cannot see, written beside what it can.

use terms::{Currency, Date, Instant};

use crate::effect::{Action, Effect};
use crate::person::Run;
use crate::table::Rows;

/// What is hidden about a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerTruth {
    /// When the customer entered: first order of a shop, sign-up of a subscription.
    pub entered_at: Instant,
    /// Own rate a day, of orders or sessions, before season, satisfaction and actions.
    pub rate: f64,
    /// Own hazard of leaving a day, before satisfaction and actions.
    pub hazard: f64,
    /// Own level of satisfaction.
    pub satisfaction: f64,
    /// Level on the last day.
    pub satisfaction_at_end: f64,
    /// Mean worth of an order before discounts, or the list price of a month, in minor units.
    pub value_mean: f64,
    /// Expected margin of an order, or of a month, in minor units.
    pub margin_mean: f64,
    /// Still buying, or still paying, after the last day.
    pub active_at_end: bool,
    /// When the customer left, whether anybody noticed or not.
    pub left_at: Option<Instant>,
    /// Probability that an attempt to collect a payment fails.
    pub payment_failure: Option<f64>,
    /// Expected future margin after the last day, discounted, in minor units; 0 for those who left.
    pub residual: f64,
    /// The same of the next 365 days, not discounted.
    pub residual_year: f64,
    /// Of these amounts.
    pub currency: Currency,
}

/// What an action does to a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectTruth {
    /// Which.
    pub action: Action,
    /// For how many days it works.
    pub days: i32,
    /// What it changes.
    pub effect: Effect,
    /// Expected outcome of those days without it, for an active customer, content as usual, in an average season: orders
    /// in a shop, the probability of not leaving in a subscription.
    pub without: f64,
    /// The same with it. What the action brings is the difference.
    pub with: f64,
}

/// Something that definitions of recurring revenue disagree about, planted in a subscription.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Planted {
    /// Number of the subscription of this customer.
    pub subscription: u32,
    /// trial, coupon, past_due, annual, pause, migration or scheduled_end.
    pub kind: &'static str,
    /// The first day, counted from the first of the business.
    pub from_day: i32,
    /// The first day after it; the day after the last of the run where it goes on.
    pub to_day: i32,
    /// Monthly revenue before.
    pub mrr_before: i64,
    /// Monthly revenue after.
    pub mrr_after: i64,
    /// Monthly revenue that one definition counts and another does not, while it lasts.
    pub mrr_hidden: i64,
    /// Of these amounts.
    pub currency: Currency,
    /// The coupon's code, or how it ended.
    pub detail: &'static str,
}

impl Rows {
    pub(crate) fn customer_truth(&mut self, customer: u32, truth: &CustomerTruth) {
        self.customer(customer);
        self.instant(truth.entered_at);
        for number in [
            truth.rate,
            truth.hazard,
            truth.satisfaction,
            truth.satisfaction_at_end,
            truth.value_mean,
            truth.margin_mean,
        ] {
            self.number(number);
        }
        self.word(if truth.active_at_end { "true" } else { "false" });
        self.maybe_instant(truth.left_at);
        match truth.payment_failure {
            Some(probability) => self.number(probability),
            None => self.word(""),
        }
        self.number(truth.residual);
        self.number(truth.residual_year);
        self.word(truth.currency.code());
        self.end();
    }

    pub(crate) fn run(&mut self, customer: u32, start: Date, run: &Run) {
        self.customer(customer);
        self.date(start.plus(run.from_day));
        self.date(start.plus(run.to_day));
        self.number(run.rate);
        self.number(run.hazard);
        self.number(run.satisfaction);
        self.end();
    }

    pub(crate) fn effect_truth(&mut self, customer: u32, truth: &EffectTruth) {
        self.customer(customer);
        self.word(truth.action.word());
        self.word(truth.effect.class.word());
        self.whole(truth.days.into());
        for number in [
            truth.effect.rate_factor,
            truth.effect.hazard_factor,
            truth.effect.return_probability,
            truth.without,
            truth.with,
        ] {
            self.number(number);
        }
        self.end();
    }

    pub(crate) fn planted(&mut self, customer: u32, start: Date, planted: &Planted) {
        self.customer(customer);
        self.id("s", customer, planted.subscription);
        self.word(planted.kind);
        self.date(start.plus(planted.from_day));
        self.date(start.plus(planted.to_day));
        for amount in [planted.mrr_before, planted.mrr_after, planted.mrr_hidden] {
            self.money(amount, planted.currency);
        }
        self.word(planted.currency.code());
        self.word(planted.detail);
        self.end();
    }
}
