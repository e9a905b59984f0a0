//! One customer of a shop, day by day.

use terms::Instant;

use super::model::{CATEGORIES, ShopModel};
use super::order;
use crate::clock::{Clock, hours_after};
use crate::effect::{Action, ActionModel, Effect};
use crate::fact::{Event, Fact, Response, Ticket, What};
use crate::person::{Diary, Effects, Person, Run, extend, instant, known, purpose};
use crate::random::{Draws, poisson_at};
use crate::settings::Settings;
use crate::survey;
use crate::truth::{CustomerTruth, EffectTruth};

/// What is hidden about a customer of a shop.
#[derive(Debug, Clone)]
pub(crate) struct Hidden {
    /// Orders a day, with the channel's factor.
    pub(crate) rate: f64,
    /// Hazard of leaving a day, with the channel's factor.
    pub(crate) hazard: f64,
    /// The ν of the gamma-gamma model: worths have mean p/ν.
    pub(crate) nu: f64,
    /// How much each category is liked; they sum to 1.
    pub(crate) likes: [f64; CATEGORIES.len()],
    /// Probability of using the code of a sale.
    pub(crate) thrift: f64,
}

impl Hidden {
    fn draw(model: &ShopModel, person: &Person, draws: &mut Draws) -> Hidden {
        let rate = draws.gamma(model.rate_shape, model.rate_scale_days) * person.channel.rate_factor;
        let hazard = draws.gamma(model.dropout_shape, model.dropout_scale_days) * person.channel.hazard_factor;
        let nu = draws.gamma(model.value.q, model.value.gamma);
        let mut likes = CATEGORIES.each_ref().map(|category| draws.gamma(category.weight, 1.0));
        let sum: f64 = likes.iter().sum();
        likes.iter_mut().for_each(|like| *like /= sum);
        let thrift = if model.coupons { draws.beta(2.0, 2.0) } else { 0.0 };
        Hidden { rate, hazard, nu, likes, thrift }
    }
}

/// What is still to come of things that happened.
#[derive(Debug, Clone)]
pub(crate) enum Due {
    /// A delivery comes late.
    Late,
    /// Goods come back.
    Return(What),
    /// A ticket is solved.
    Solved(Ticket, Instant),
}

/// One customer of a shop.
#[derive(Debug, Clone)]
pub(crate) struct ShopLife<'a> {
    pub(crate) model: &'a ShopModel,
    pub(crate) clock: &'a Clock,
    pub(crate) person: Person,
    pub(crate) hidden: Hidden,
    pub(crate) effects: Effects,
    pub(crate) diary: Diary,
    pub(crate) due: Vec<(i32, Due)>,
    pub(crate) sessions: u32,
    /// When the customer left, if so.
    left: Option<Instant>,
    pub(crate) runs: Vec<Run>,
}

impl<'a> ShopLife<'a> {
    pub(crate) fn new(settings: &Settings, model: &'a ShopModel, clock: &'a Clock, customer: u32) -> ShopLife<'a> {
        let (person, mut draws) = Person::draw(settings, model.channels, &model.satisfaction, customer);
        let hidden = Hidden::draw(model, &person, &mut draws);
        let likely = |days: i32| (hidden.rate * f64::from(days)).exp_m1() > 1.0; // P(an order) = 1 − exp(−λ·days) > 1/2
        let effects = Effects::draw(&model.actions, person.dice, |action| likely(action.days));
        let (diary, due, runs) = (Diary::default(), Vec::new(), Vec::new());
        ShopLife { model, clock, person, hidden, effects, diary, due, sessions: 0, left: None, runs }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.left.is_none()
    }

    /// Whether nothing can happen any more unless somebody does something.
    pub(crate) fn is_over(&self) -> bool {
        self.left.is_some() && self.due.is_empty()
    }

    /// Lives through a day. The facts told on it are added to `out`, in order of time.
    pub(crate) fn step(&mut self, day: i32, decision: Option<Action>, out: &mut Vec<Fact>) {
        if day < self.person.entered_day {
            return;
        }
        let before = out.len();
        let from = if day == self.person.entered_day { self.enter(day, out) } else { 0.0 };
        if let Some(nth) = decision.and_then(|action| known(&self.model.actions, action)) {
            self.decide(nth, day, out);
        }
        let level = self.person.satisfaction.level(day, &self.model.satisfaction);
        if self.left.is_none() {
            self.live(day, from, level, out);
        }
        self.settle(day, level, out);
        out[before..].sort_by_key(|fact| fact.at);
    }

    /// Signs up and buys for the first time; returns how much of the day was over.
    fn enter(&mut self, day: i32, out: &mut Vec<Fact>) -> f64 {
        let share = self.person.entered_share;
        let at = self.instant(day, share);
        self.tell(at, self.person.profile(), out);
        if self.person.channel.cost_minor > 0 {
            self.tell(at, self.person.cost("acquire", self.person.channel.cost_minor), out);
        }
        order::place(self, day, share, u64::MAX, out);
        share
    }

    fn decide(&mut self, nth: usize, day: i32, out: &mut Vec<Fact>) {
        let action = &self.model.actions[nth];
        self.effects.start(nth, day, action.days);
        let at = self.clock.begins(day).max(self.entered_at());
        self.tell(at, self.person.cost("retain", action.cost_minor), out);
        let returns = self.person.dice.unit(day, purpose::RETURN) < self.effects.all[nth].return_probability;
        if returns {
            self.left = None;
        }
    }

    /// A day of an active customer, from this share of it on.
    fn live(&mut self, day: i32, from: f64, level: f64, out: &mut Vec<Fact>) {
        let (rate, hazard) = self.rates(day, level);
        extend(&mut self.runs, day, rate, hazard, level);
        let dice = self.person.dice;
        let u = dice.unit(day, purpose::LEAVE);
        let leaves = u < -(-hazard * (1.0 - from)).exp_m1();
        // The inverse of the exponential distribution at the same throw: how far into the rest of the day it happened.
        let until = if leaves { from - (-u).ln_1p() / hazard } else { 1.0 };
        let rate = rate * self.clock.factor(day);
        for (nth, share) in self.shares(day, rate, purpose::ORDERS, from, until) {
            order::place(self, day, share, nth, out);
        }
        if self.model.events {
            for (nth, share) in self.shares(day, rate * self.model.sessions, purpose::SESSIONS, from, until) {
                self.browse(day, share, nth, out);
            }
        }
        if from == 0.0 && dice.unit(day, purpose::SURVEY) < self.model.surveys {
            self.ask(day, level, out);
        }
        if leaves {
            self.left = Some(self.instant(day, until));
        }
    }

    /// Orders a day without the season, and the hazard of leaving, on a day at a level of satisfaction.
    fn rates(&self, day: i32, level: f64) -> (f64, f64) {
        let (more, risk) = self.effects.factors(day);
        let model = &self.model.satisfaction;
        (self.hidden.rate * model.rate_factor(level) * more, self.hidden.hazard * model.hazard_factor(level) * risk)
    }

    /// The points of a Poisson process of this rate on a day, as shares of the day, of which those within
    /// `(from, until)` count.
    fn shares(&self, day: i32, rate: f64, purpose: u8, from: f64, until: f64) -> Vec<(u64, f64)> {
        let count = poisson_at(rate, self.person.dice.unit(day, purpose));
        let place = |nth: u64| (nth, self.person.dice.draws(day, purpose, nth).unit());
        let mut shares: Vec<(u64, f64)> = (0..u64::from(count)).map(place).collect();
        shares.retain(|(_, share)| *share > from && *share < until);
        shares
    }

    fn browse(&mut self, day: i32, share: f64, nth: u64, out: &mut Vec<Fact>) {
        let mut draws = self.person.dice.draws(day, purpose::SESSION, nth);
        let mut at = self.instant(day, share);
        let (last, session) = (self.clock.begins(day + 1), self.session());
        for view in 0..1 + draws.below(4) {
            let topic = CATEGORIES[draws.pick(self.hidden.likes.iter().copied())].name;
            let name = if view == 3 { "add_to_cart" } else { "view_product" };
            self.tell(at, What::Event(Event { name, session, topic }), out);
            at = Instant(hours_after(at, draws.between(0.01, 0.1)).0.min(last.0 - 1_000_000));
        }
    }

    fn ask(&mut self, day: i32, level: f64, out: &mut Vec<Fact>) {
        let mut draws = self.person.dice.draws(day, purpose::SURVEY, 0);
        if !survey::answers(level, &mut draws) {
            return;
        }
        let at = self.instant(day, draws.unit());
        let answer = if draws.chance(0.7) { survey::nps(level, &mut draws) } else { survey::ces(level, &mut draws) };
        self.tell(at, What::Response(answer), out);
    }

    /// What was due on this day.
    fn settle(&mut self, day: i32, level: f64, out: &mut Vec<Fact>) {
        let mut at = 0;
        while at < self.due.len() {
            if self.due[at].0 > day {
                at += 1;
                continue;
            }
            let (_, due) = self.due.swap_remove(at);
            match due {
                Due::Late => self.person.satisfaction.feel(day, self.model.satisfaction.shocks.failure),
                Due::Return(refund) => self.give_back(day, refund, out),
                Due::Solved(ticket, opened) => self.solve(day, level, ticket, opened, out),
            }
        }
    }

    fn give_back(&mut self, day: i32, refund: What, out: &mut Vec<Fact>) {
        let number = self.diary.next(&refund);
        let share = self.person.dice.draws(day, purpose::DELIVERY, number.into()).unit();
        let at = self.instant(day, share);
        self.tell(at, refund, out);
        self.tell(at, self.person.cost("serve", super::model::RETURN_COST), out);
    }

    /// A ticket is told when it is solved: by then its whole story is known.
    fn solve(&mut self, day: i32, level: f64, mut ticket: Ticket, opened: Instant, out: &mut Vec<Fact>) {
        let number = self.diary.next(&What::Ticket(ticket.clone()));
        let mut draws = self.person.dice.draws(day, purpose::TICKET, number.into());
        let resolved = ticket.resolved_at.unwrap_or(opened);
        let fast = resolved.0 - opened.0 < 86_400_000_000;
        let shocks = &self.model.satisfaction.shocks;
        self.person.satisfaction.feel(day, if fast { shocks.solved_fast } else { shocks.solved_slowly });
        if survey::answers(level, &mut draws) {
            let score = survey::csat(level, fast, &mut draws);
            ticket.satisfaction = Some(score);
            let answer = Response { kind: "csat", score: Some(score), reason: None, text: None };
            self.tell(resolved, What::Response(answer), out);
        }
        self.tell(opened, What::Ticket(ticket), out);
        self.tell(resolved, self.person.cost("serve", super::model::TICKET_COST), out);
    }

    /// Tickets that nobody solved before the run ended are told as open.
    pub(crate) fn finish(&mut self, end: Instant, out: &mut Vec<Fact>) {
        for (_, due) in std::mem::take(&mut self.due) {
            if let Due::Solved(ticket, opened) = due
                && opened < end
            {
                let first_reply_at = ticket.first_reply_at.filter(|at| *at < end);
                let open = Ticket { first_reply_at, resolved_at: None, status: "open", ..ticket };
                self.tell(opened, What::Ticket(open), out);
            }
        }
    }

    pub(crate) fn tell(&mut self, at: Instant, what: What, out: &mut Vec<Fact>) -> u32 {
        self.diary.tell(out, self.person.customer, at, what)
    }

    pub(crate) fn session(&mut self) -> u32 {
        self.sessions += 1;
        self.sessions - 1
    }

    pub(crate) fn instant(&self, day: i32, share: f64) -> Instant {
        instant(self.clock, day, share, self.model.awake)
    }

    pub(crate) fn entered_at(&self) -> Instant {
        self.instant(self.person.entered_day, self.person.entered_share)
    }

    /// Orders expected within so many days of an average season by an active customer content as usual:
    /// `λ·(1 − exp(−μ·days))/μ`.
    fn expected_orders(&self, days: f64, rate_factor: f64, hazard_factor: f64) -> f64 {
        let level = self.person.satisfaction.base;
        let model = &self.model.satisfaction;
        let rate = self.hidden.rate * model.rate_factor(level) * rate_factor;
        let hazard = self.hidden.hazard * model.hazard_factor(level) * hazard_factor;
        rate * -(-hazard * days).exp_m1() / hazard
    }

    /// What is true of this customer on a day on which the history ends.
    pub(crate) fn truth(&mut self, day: i32) -> CustomerTruth {
        let active = self.left.is_none();
        let margin = order::margin(self.model, self.clock, &self.hidden) * self.person.rate_of_exchange;
        let base = self.person.satisfaction.base;
        let model = &self.model.satisfaction;
        let discounting = (1.0 + self.model.discount_rate).ln() / 365.0;
        let hazard = self.hidden.hazard * model.hazard_factor(base);
        let orders = self.hidden.rate * model.rate_factor(base) / (hazard + discounting);
        let worth = |orders: f64| if active { orders * margin } else { 0.0 };
        CustomerTruth {
            entered_at: self.entered_at(),
            rate: self.hidden.rate,
            hazard: self.hidden.hazard,
            satisfaction: base,
            satisfaction_at_end: self.person.satisfaction.level(day, model),
            value_mean: self.model.value.p / self.hidden.nu * self.person.rate_of_exchange,
            margin_mean: margin,
            active_at_end: active,
            left_at: self.left,
            payment_failure: None,
            residual: worth(orders),
            residual_year: worth(self.expected_orders(365.0, 1.0, 1.0)),
            currency: self.person.currency,
        }
    }

    pub(crate) fn effect_truths(&self) -> Vec<EffectTruth> {
        let one = |(action, effect): (&ActionModel, &Effect)| {
            let days = f64::from(action.days);
            EffectTruth {
                action: action.action,
                days: action.days,
                effect: *effect,
                without: self.expected_orders(days, 1.0, 1.0),
                with: self.expected_orders(days, effect.rate_factor, effect.hazard_factor),
            }
        };
        self.model.actions.iter().zip(&self.effects.all).map(one).collect()
    }
}
