//! One customer's days: lived through one by one, with or without somebody deciding.

use terms::{Date, Instant};

use crate::business::{Business, Model};
use crate::effect::Action;
use crate::fact::Fact;
use crate::person::Run;
use crate::saas::life::SaasLife;
use crate::shop::life::ShopLife;
use crate::truth::{CustomerTruth, EffectTruth, Planted};

/// A customer of a [`Business`], between two days.
///
/// Days are lived in order. A day's facts depend on the customer, the day, the state the days before left behind, and the
/// decision of the day; the dice of a day are the same whatever was decided. So two copies of a life (`clone`) that differ
/// in one decision differ only by what it brought about, and a history without decisions is the one that
/// [`Business::write`] writes.
#[derive(Debug, Clone)]
pub struct Life<'a> {
    business: &'a Business,
    kind: Kind<'a>,
    day: i32,
}

#[derive(Debug, Clone)]
enum Kind<'a> {
    Shop(ShopLife<'a>),
    Saas(SaasLife<'a>),
}

impl<'a> Life<'a> {
    pub(crate) fn new(business: &'a Business, customer: u32) -> Life<'a> {
        let (settings, clock) = (&business.settings, &business.clock);
        let kind = match &business.model {
            Model::Shop(model) => Kind::Shop(ShopLife::new(settings, model, clock, customer)),
            Model::Saas(model) => Kind::Saas(SaasLife::new(settings, model, clock, customer)),
        };
        Life { business, kind, day: 0 }
    }

    /// The number of the customer.
    pub fn customer(&self) -> u32 {
        match &self.kind {
            Kind::Shop(life) => life.person.customer,
            Kind::Saas(life) => life.person.customer,
        }
    }

    /// The day that [`step`](Life::step) lives through next; it may lie after the history.
    pub fn day(&self) -> Date {
        self.business.date(self.day)
    }

    /// Whether the customer has entered, and has not left. A business cannot see the second.
    pub fn is_active(&self) -> bool {
        match &self.kind {
            Kind::Shop(life) => self.day > life.person.entered_day && life.is_active(),
            Kind::Saas(life) => self.day > life.person.entered_day && life.is_active(),
        }
    }

    /// Lives through the next day, with what was decided for it in its first moment, and tells its facts in order of time.
    /// An action that the business does not know does nothing, and one before the customer entered neither.
    pub fn step(&mut self, decision: Option<Action>) -> Vec<Fact> {
        let mut facts = Vec::new();
        self.step_into(decision, &mut facts);
        facts
    }

    fn step_into(&mut self, decision: Option<Action>, out: &mut Vec<Fact>) {
        match &mut self.kind {
            Kind::Shop(life) => life.step(self.day, decision, out),
            Kind::Saas(life) => life.step(self.day, decision, out),
        }
        self.day += 1;
    }

    /// Lives through the days before `day` without decisions.
    pub fn live_until(&mut self, day: Date) -> Vec<Fact> {
        let mut facts = Vec::new();
        while self.day() < day {
            self.step_into(None, &mut facts);
        }
        facts
    }

    /// The rest of the history without decisions, as the files have it: tickets that are open in the end are told too.
    pub(crate) fn live_on(&mut self, out: &mut Vec<Fact>) {
        let end = self.business.days();
        self.day = self.day.max(self.entered_day()).min(end);
        while self.day < end && !self.is_over() {
            self.step_into(None, out);
        }
        self.day = end;
        out.extend(self.finish(self.business.end()));
    }

    /// Tickets that are open at an instant, as an export of that instant shows them; it ends the life.
    pub fn finish(&mut self, end: Instant) -> Vec<Fact> {
        let mut facts = Vec::new();
        match &mut self.kind {
            Kind::Shop(life) => life.finish(end, &mut facts),
            Kind::Saas(life) => life.finish(end, &mut facts),
        }
        facts
    }

    fn entered_day(&self) -> i32 {
        match &self.kind {
            Kind::Shop(life) => life.person.entered_day,
            Kind::Saas(life) => life.person.entered_day,
        }
    }

    fn is_over(&self) -> bool {
        match &self.kind {
            Kind::Shop(life) => life.is_over(),
            Kind::Saas(life) => life.is_over(self.day),
        }
    }

    /// What is hidden about the customer, with what is to come after the days lived so far.
    pub fn truth(&mut self) -> CustomerTruth {
        match &mut self.kind {
            Kind::Shop(life) => life.truth(self.day),
            Kind::Saas(life) => life.truth(self.day),
        }
    }

    /// What each action does to the customer.
    pub fn effects(&self) -> Vec<EffectTruth> {
        match &self.kind {
            Kind::Shop(life) => life.effect_truths(),
            Kind::Saas(life) => life.effect_truths(),
        }
    }

    /// The days so far on which the customer was active, with rates and hazards.
    pub fn runs(&self) -> &[Run] {
        match &self.kind {
            Kind::Shop(life) => &life.runs,
            Kind::Saas(life) => &life.runs,
        }
    }

    /// What was planted in the customer's subscriptions so far.
    pub fn planted(&self) -> Vec<Planted> {
        match &self.kind {
            Kind::Shop(_) => Vec::new(),
            Kind::Saas(life) => life.planted_until(self.day),
        }
    }
}
