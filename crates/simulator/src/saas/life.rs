//! One customer of a subscription business, day by day.

use terms::{Date, Instant};

use super::billing::{Coupon, Subscription};
use super::model::{COMEBACK_DAYS, PERSONAL, PLANS, SUCCESSOR, SaasModel, TICKET_COST};
use crate::clock::{Clock, hours_after};
use crate::effect::{Action, ActionModel, Effect};
use crate::fact::{Event, Fact, Response, Ticket, What};
use crate::person::{Diary, Effects, Person, Run, extend, instant, known, purpose};
use crate::random::{Draws, poisson_at};
use crate::settings::Settings;
use crate::survey;
use crate::truth::{CustomerTruth, EffectTruth, Planted};

/// What is hidden about a customer.
#[derive(Debug, Clone)]
pub(crate) struct Hidden {
    /// Hazard of cancelling a day, with the channel's factor.
    pub(crate) hazard: f64,
    /// Sessions a day, with the channel's factor.
    pub(crate) rate: f64,
    /// Probability that a payment fails at first.
    pub(crate) payment_failure: f64,
    plan: usize,
    annual: bool,
    trial: bool,
}

impl Hidden {
    fn draw(model: &SaasModel, person: &Person, draws: &mut Draws) -> Hidden {
        let own = draws.gamma(model.hazard_shape, model.hazard_scale_days);
        let mean = model.hazard_shape / model.hazard_scale_days;
        let [shape, scale] = model.sessions;
        // Cut, so that somebody who practically never leaves does not live in the product.
        let use_factor = (mean / own).powf(0.3).min(4.0);
        Hidden {
            hazard: own * person.channel.hazard_factor,
            rate: draws.gamma(shape, scale) * use_factor * person.channel.rate_factor,
            payment_failure: model.payment_failure.map_or(0.0, |[a, b]| draws.beta(a, b)),
            plan: draws.pick(PLANS.iter().map(|plan| plan.weight)),
            annual: draws.chance(model.annual),
            trial: draws.chance(model.trials),
        }
    }
}

/// Where a customer stands who has a subscription.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Standing {
    Trial { until: i32 },
    Paying,
    Paused { until: i32 },
}

/// One customer of a subscription business.
#[derive(Debug, Clone)]
pub(crate) struct SaasLife<'a> {
    pub(crate) model: &'a SaasModel,
    pub(crate) clock: &'a Clock,
    pub(crate) person: Person,
    pub(crate) hidden: Hidden,
    effects: Effects,
    diary: Diary,
    standing: Standing,
    pub(crate) subscription: Option<Subscription>,
    pub(crate) subscriptions: u32,
    pub(crate) invoices: u32,
    sessions: u32,
    /// The day, and when on it.
    pub(crate) left: Option<(i32, Instant)>,
    /// Tickets to be solved, by day.
    due: Vec<(i32, Ticket, Instant)>,
    migration: Option<i32>,
    pub(crate) planted: Vec<Planted>,
    pub(crate) runs: Vec<Run>,
}

impl<'a> SaasLife<'a> {
    pub(crate) fn new(settings: &Settings, model: &'a SaasModel, clock: &'a Clock, customer: u32) -> SaasLife<'a> {
        let (person, mut draws) = Person::draw(settings, model.channels, &model.satisfaction, customer);
        let hidden = Hidden::draw(model, &person, &mut draws);
        let stays = |days: i32| (-hidden.hazard * f64::from(days)).exp() > 0.5;
        let effects = Effects::draw(&model.actions, person.dice, |action| stays(action.days));
        let migration = model.migration.map(|share| (share * f64::from(settings.days)) as i32);
        SaasLife {
            model,
            clock,
            person,
            hidden,
            effects,
            diary: Diary::default(),
            standing: Standing::Paying,
            subscription: None,
            subscriptions: 0,
            invoices: 0,
            sessions: 0,
            left: None,
            due: Vec::new(),
            migration,
            planted: Vec::new(),
            runs: Vec::new(),
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.subscription.is_some()
    }

    /// Whether nothing can happen any more before this day unless somebody does something.
    pub(crate) fn is_over(&self, day: i32) -> bool {
        let back = self.model.comebacks > 0.0;
        self.due.is_empty() && self.left.is_some_and(|(left, _)| !back || day > left + COMEBACK_DAYS)
    }

    /// Lives through a day. The facts told on it are added to `out`, in order of time.
    pub(crate) fn step(&mut self, day: i32, decision: Option<Action>, out: &mut Vec<Fact>) {
        if day < self.person.entered_day {
            return;
        }
        let before = out.len();
        let mut from = 0.0;
        if day == self.person.entered_day {
            from = self.person.entered_share;
            self.enter(day, from, out);
        } else {
            self.calendar(day, out);
        }
        if let Some(nth) = decision.and_then(|action| known(&self.model.actions, action)) {
            self.decide(nth, day, from, out);
        }
        let level = self.person.satisfaction.level(day, &self.model.satisfaction);
        if self.subscription.is_some() {
            self.live(day, from, level, out);
        } else {
            self.come_back(day, out);
        }
        self.settle(day, level, out);
        out[before..].sort_by_key(|fact| fact.at);
    }

    fn enter(&mut self, day: i32, share: f64, out: &mut Vec<Fact>) {
        let at = self.instant(day, share);
        self.tell(at, self.person.profile(), out);
        if self.person.channel.cost_minor > 0 {
            // Business customers cost ten times what a shop's do.
            self.tell(at, self.person.cost("acquire", self.person.channel.cost_minor * 10), out);
        }
        self.open(day, self.hidden.plan);
        if !self.hidden.trial {
            self.begin_paying(day, share, "start", out);
            return;
        }
        self.standing = Standing::Trial { until: day + self.model.trial_days };
        if let Some(subscription) = self.subscription.clone() {
            self.change(day, share, &subscription, ("start", false, Some("trial")), out);
            let list = self.price(&subscription).list;
            self.plant(day, "trial", &subscription, [0, 0, list], "");
        }
    }

    fn open(&mut self, day: i32, plan: usize) {
        let migrated = plan == 0 && self.migration.is_some_and(|migration| migration <= day);
        let plan = if migrated { SUCCESSOR } else { plan };
        self.subscription = Some(Subscription::new(self.subscriptions, plan, self.hidden.annual, day));
        self.subscriptions += 1;
        self.standing = Standing::Paying;
        self.left = None;
    }

    /// What the calendar brings before anybody does anything.
    fn calendar(&mut self, day: i32, out: &mut Vec<Fact>) {
        match self.standing {
            _ if self.subscription.is_none() => {}
            Standing::Trial { until } if until <= day => self.decide_trial(day, out),
            Standing::Trial { .. } => {}
            Standing::Paused { until } if until <= day => self.resume(day, out),
            Standing::Paused { .. } => {}
            Standing::Paying => {
                let goes_on = self.bill_of_day(day, out);
                let old = self.subscription.as_ref().is_some_and(|s| s.plan == 0 && s.ends.is_none());
                if goes_on && old && self.migration == Some(day) {
                    self.migrate(day, out);
                }
            }
        }
    }

    /// `P(pays) = 1 / (1 + exp(−trial_logit − 0.4·s))`.
    fn decide_trial(&mut self, day: i32, out: &mut Vec<Fact>) {
        let level = self.person.satisfaction.level(day, &self.model.satisfaction);
        let pays = self.person.dice.unit(day, purpose::START) < self.conversion(level);
        let Some(subscription) = &mut self.subscription else { return };
        let number = subscription.number;
        if pays {
            if subscription.plan == 0 && self.migration.is_some_and(|migration| migration <= day) {
                subscription.plan = SUCCESSOR;
            }
            self.harvest(day, "trial", number);
            self.standing = Standing::Paying;
            self.begin_paying(day, 0.0, "change", out);
        } else if let Some(subscription) = self.subscription.take() {
            self.end(day, 0.0, subscription, Some("trial_expired"), out);
        }
    }

    fn conversion(&self, level: f64) -> f64 {
        1.0 / (1.0 + (-self.model.trial_logit - 0.4 * level).exp())
    }

    fn resume(&mut self, day: i32, out: &mut Vec<Fact>) {
        let Some(mut subscription) = self.subscription.take() else { return };
        self.harvest(day, "pause", subscription.number);
        if subscription.coupon.is_some_and(|coupon| coupon.until <= day) {
            subscription.coupon = None;
        }
        if let Some(coupon) = subscription.coupon {
            self.grant(day, &mut subscription, coupon);
        }
        subscription.restart(day);
        self.standing = Standing::Paying;
        self.change(day, 0.0, &subscription, ("resume", true, None), out);
        self.subscription = Some(subscription);
        self.bill_of_day(day, out);
    }

    fn decide(&mut self, nth: usize, day: i32, share: f64, out: &mut Vec<Fact>) {
        let action = &self.model.actions[nth];
        self.effects.start(nth, day, action.days);
        let at = self.instant(day, share);
        self.tell(at, self.person.cost("retain", action.cost_minor), out);
        if self.subscription.is_none() {
            if self.person.dice.unit(day, purpose::RETURN) < self.effects.all[nth].return_probability {
                self.start_again(day, share, out);
            }
        } else if action.off > 0.0 && self.standing == Standing::Paying {
            self.reduce(day, share, Coupon { code: PERSONAL, off: action.off, until: day + action.days }, out);
        }
    }

    /// A lower price for somebody who pays by the month, unless the price is as low already or the end is near.
    fn reduce(&mut self, day: i32, share: f64, coupon: Coupon, out: &mut Vec<Fact>) {
        let Some(mut subscription) = self.subscription.take() else { return };
        let better = subscription.coupon.is_none_or(|old| old.off <= coupon.off);
        if better && !subscription.annual && subscription.ends.is_none() {
            self.grant(day, &mut subscription, coupon);
            self.change(day, share, &subscription, ("change", true, Some("discount")), out);
        }
        self.subscription = Some(subscription);
    }

    fn start_again(&mut self, day: i32, share: f64, out: &mut Vec<Fact>) {
        self.open(day, self.hidden.plan);
        self.begin_paying(day, share, "start", out);
    }

    fn come_back(&mut self, day: i32, out: &mut Vec<Fact>) {
        let lately = self.left.is_some_and(|(left, _)| day > left && day <= left + COMEBACK_DAYS);
        if !lately {
            return;
        }
        let mut draws = self.person.dice.draws(day, purpose::RETURN, 1);
        if draws.chance(self.model.comebacks) {
            self.start_again(day, draws.unit(), out);
        }
    }

    /// A day of a customer with a subscription, from this share of it on.
    fn live(&mut self, day: i32, from: f64, level: f64, out: &mut Vec<Fact>) {
        let (more, risk) = self.effects.factors(day);
        let model = &self.model.satisfaction;
        let rate = self.hidden.rate * model.rate_factor(level) * more;
        let hazard = self.hidden.hazard * model.hazard_factor(level) * risk * self.contract(day);
        extend(&mut self.runs, day, rate, hazard, level);
        let u = self.person.dice.unit(day, purpose::CANCEL);
        if u < -(-hazard * (1.0 - from)).exp_m1() {
            // The inverse of the exponential distribution at the same throw.
            self.cancel(day, from - (-u).ln_1p() / hazard, level, out);
        } else if from == 0.0 && self.standing == Standing::Paying {
            self.move_about(day, level, out);
        }
        let paused = matches!(self.standing, Standing::Paused { .. });
        if self.model.events && !paused {
            self.use_it(day, from, rate * self.clock.factor(day), out);
        }
        if from == 0.0 {
            self.experience(day, level, out);
        }
    }

    /// 1 where a cancellation is possible as by the month, 0 where it is not.
    fn contract(&self, day: i32) -> f64 {
        match &self.subscription {
            Some(subscription) if self.standing == Standing::Paying && subscription.ends.is_none() => {
                let last = day >= subscription.paid_until - self.model.annual_window_days;
                match (subscription.annual, last) {
                    (false, _) => 1.0,
                    (true, true) => self.model.annual_factor,
                    (true, false) => 0.0,
                }
            }
            _ => 0.0,
        }
    }

    /// A cancellation: told now, at work when what was paid for is over.
    fn cancel(&mut self, day: i32, share: f64, level: f64, out: &mut Vec<Fact>) {
        let Some(mut subscription) = self.subscription.take() else { return };
        let mut draws = self.person.dice.draws(day, purpose::CANCEL, 0);
        let reason = reason(level, &mut draws);
        subscription.ends = Some(subscription.paid_until.max(day + 1));
        self.change(day, share, &subscription, ("cancel", true, Some(reason)), out);
        let mrr = self.price(&subscription).net;
        self.plant(day, "scheduled_end", &subscription, [mrr, 0, mrr], reason);
        if draws.chance(0.5) {
            let given = if draws.chance(0.85) { reason } else { "other" };
            let answer = Response { kind: "exit", score: None, reason: Some(given), text: None };
            let at = self.instant(day, share);
            self.tell(at, What::Response(answer), out);
        }
        self.subscription = Some(subscription);
    }

    /// Pauses and other plans.
    fn move_about(&mut self, day: i32, level: f64, out: &mut Vec<Fact>) {
        let Some(mut subscription) = self.subscription.clone().filter(|s| s.ends.is_none() && s.past_due.is_none())
        else {
            return;
        };
        let share = self.person.dice.draws(day, purpose::CHANGE, 1).unit();
        if !subscription.annual && self.person.dice.unit(day, purpose::PAUSE) < self.model.pauses {
            let days = 30 + self.person.dice.draws(day, purpose::PAUSE, 0).below(61) as i32;
            self.standing = Standing::Paused { until: day + days };
            self.harvest(day, "coupon", subscription.number); // what brings nothing hides nothing
            self.change(day, share, &subscription, ("pause", false, None), out);
            let mrr = self.price(&subscription).net;
            self.plant(day, "pause", &subscription, [mrr, 0, mrr], "");
            return;
        }
        let up = self.model.upgrades * self.model.satisfaction.rate_factor(level);
        let u = self.person.dice.unit(day, purpose::CHANGE);
        let plan = match subscription.plan {
            0 | SUCCESSOR if u < up => 1,
            1 if u < up => 2,
            plan @ 1..=2 if u >= up && u < up + self.model.downgrades => plan - 1,
            _ => return,
        };
        let migrated = plan == 0 && self.migration.is_some_and(|migration| migration <= day);
        let reason = if u < up { "upgrade" } else { "downgrade" };
        subscription.plan = if migrated { SUCCESSOR } else { plan };
        self.replant(day, &subscription);
        self.change(day, share, &subscription, ("change", true, Some(reason)), out);
        self.subscription = Some(subscription);
    }

    /// What a coupon or a year hides changes with the plan.
    fn replant(&mut self, day: i32, subscription: &Subscription) {
        let price = self.price(subscription);
        let coupon = subscription.coupon.map(|coupon| coupon.code);
        for (kind, hidden, there) in
            [("coupon", price.list - price.net, coupon.is_some()), ("annual", price.net, subscription.annual)]
        {
            if there {
                self.harvest(day, kind, subscription.number);
                let before = if kind == "coupon" { price.list } else { 0 };
                let detail = if kind == "coupon" { coupon.unwrap_or("") } else { "" };
                self.plant(day, kind, subscription, [before, price.net, hidden], detail);
            }
        }
    }

    fn use_it(&mut self, day: i32, from: f64, rate: f64, out: &mut Vec<Fact>) {
        const PARTS: [&str; 6] = ["board", "report", "calendar", "import", "share", "settings"];
        let last = self.clock.begins(day + 1).0 - 1_000_000;
        for nth in 0..u64::from(poisson_at(rate, self.person.dice.unit(day, purpose::SESSIONS))) {
            let mut draws = self.person.dice.draws(day, purpose::SESSION, nth);
            let share = draws.unit();
            if share <= from {
                continue;
            }
            let mut at = self.instant(day, share);
            let session = self.sessions;
            self.sessions += 1;
            for step in 0..1 + draws.below(4) {
                let name = if step == 0 { "sign_in" } else { ["open", "create", "edit"][draws.below(3)] };
                self.tell(at, What::Event(Event { name, session, topic: PARTS[draws.below(PARTS.len())] }), out);
                at = Instant(hours_after(at, draws.between(0.01, 0.2)).0.min(last));
            }
        }
    }

    /// Failures, questions, surveys.
    fn experience(&mut self, day: i32, level: f64, out: &mut Vec<Fact>) {
        let dice = self.person.dice;
        if dice.unit(day, purpose::DELIVERY) < self.model.failures {
            self.person.satisfaction.feel(day, self.model.satisfaction.shocks.failure);
        }
        if dice.unit(day, purpose::TICKET) < self.model.tickets {
            self.ask_for_help(day);
        }
        if dice.unit(day, purpose::SURVEY) < self.model.surveys {
            let mut draws = dice.draws(day, purpose::SURVEY, 0);
            if survey::answers(level, &mut draws) {
                let at = self.instant(day, draws.unit());
                let nps = draws.chance(0.7);
                let answer = if nps { survey::nps(level, &mut draws) } else { survey::ces(level, &mut draws) };
                self.tell(at, What::Response(answer), out);
            }
        }
    }

    fn ask_for_help(&mut self, day: i32) {
        let mut draws = self.person.dice.draws(day, purpose::TICKET, 0);
        let opened = self.instant(day, draws.unit());
        let reply = draws.exponential() * 4.0;
        let resolved = hours_after(opened, reply + draws.exponential() * 16.0);
        let ticket = Ticket {
            first_reply_at: Some(hours_after(opened, reply)),
            resolved_at: Some(resolved),
            topic: ["how_to", "billing", "bug", "integration"][draws.below(4)],
            priority: ["low", "normal", "high"][draws.below(3)],
            status: "solved",
            satisfaction: None,
        };
        let mut solved = day;
        while self.clock.begins(solved + 1) <= resolved {
            solved += 1;
        }
        self.due.push((solved, ticket, opened));
    }

    /// Tickets that are solved on this day.
    fn settle(&mut self, day: i32, level: f64, out: &mut Vec<Fact>) {
        let (now, later) = std::mem::take(&mut self.due).into_iter().partition(|(due, ..)| *due <= day);
        self.due = later;
        let now: Vec<(i32, Ticket, Instant)> = now;
        for (_, mut ticket, opened) in now {
            let number = self.diary.next(&What::Ticket(ticket.clone()));
            let mut draws = self.person.dice.draws(day, purpose::TICKET, 1 + u64::from(number));
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
            self.tell(resolved, self.person.cost("serve", TICKET_COST), out);
        }
    }

    /// Tickets that nobody solved before the run ended are told as open.
    pub(crate) fn finish(&mut self, end: Instant, out: &mut Vec<Fact>) {
        for (_, ticket, opened) in std::mem::take(&mut self.due) {
            let first_reply_at = ticket.first_reply_at.filter(|at| *at < end);
            let open = Ticket { first_reply_at, resolved_at: None, status: "open", ..ticket };
            self.tell(opened, What::Ticket(open), out);
        }
    }

    pub(crate) fn tell(&mut self, at: Instant, what: What, out: &mut Vec<Fact>) -> u32 {
        self.diary.tell(out, self.person.customer, at, what)
    }

    pub(crate) fn instant(&self, day: i32, share: f64) -> Instant {
        instant(self.clock, day, share, self.model.awake)
    }

    pub(crate) fn day_of(&self, date: Date) -> i32 {
        date.0 - self.clock.date(0).0
    }

    /// What is true of this customer on a day on which the history ends.
    pub(crate) fn truth(&mut self, day: i32) -> CustomerTruth {
        let base = self.person.satisfaction.base;
        let list = self.subscription.as_ref().map_or_else(
            || self.price(&Subscription::new(0, self.hidden.plan, self.hidden.annual, day)).list,
            |subscription| self.price(subscription).list,
        );
        let margin = list as f64 * self.model.gross_margin;
        let discounting = (1.0 + self.model.discount_rate).ln() / 365.0;
        let (hazard, stays) = (self.mean_hazard(), self.stays());
        let a_day = margin * 12.0 / 365.0 * stays;
        CustomerTruth {
            entered_at: self.instant(self.person.entered_day, self.person.entered_share),
            rate: self.hidden.rate,
            hazard: self.hidden.hazard,
            satisfaction: base,
            satisfaction_at_end: self.person.satisfaction.level(day, &self.model.satisfaction),
            value_mean: list as f64,
            margin_mean: margin,
            active_at_end: self.subscription.is_some(),
            left_at: self.left.filter(|_| self.subscription.is_none()).map(|(_, at)| at),
            payment_failure: Some(self.hidden.payment_failure),
            residual: a_day / (hazard + discounting),
            residual_year: a_day * -(-hazard * 365.0).exp_m1() / hazard,
            currency: self.person.currency,
        }
    }

    /// Hazard a day of ending for either reason, of a customer content as usual, averaged over a contract:
    ///
    /// ```text
    /// h·exp(…)·(1, or annual_factor·annual_window/365)  +  f·(1 − retry_success)⁴ / days of a period
    /// ```
    fn mean_hazard(&self) -> f64 {
        let model = &self.model.satisfaction;
        let base = self.hidden.hazard * model.hazard_factor(self.person.satisfaction.base);
        let (factor, days) = if self.hidden.annual {
            (self.model.annual_factor * f64::from(self.model.annual_window_days) / 365.0, 365.0)
        } else {
            (1.0, 365.0 / 12.0)
        };
        base * factor + self.hidden.payment_failure * (1.0 - self.model.retry_success).powi(4) / days
    }

    /// Probability that there is a future: 0 for those who left or cancelled, that of paying in a trial, else 1.
    fn stays(&self) -> f64 {
        match (&self.subscription, self.standing) {
            (None, _) => 0.0,
            (Some(subscription), _) if subscription.ends.is_some() => 0.0,
            (_, Standing::Trial { .. }) => self.conversion(self.person.satisfaction.base),
            _ => 1.0,
        }
    }

    pub(crate) fn effect_truths(&self) -> Vec<EffectTruth> {
        let model = &self.model.satisfaction;
        let hazard = self.hidden.hazard * model.hazard_factor(self.person.satisfaction.base);
        let one = |(action, effect): (&ActionModel, &Effect)| {
            let stays = |factor: f64| (-hazard * factor * f64::from(action.days)).exp();
            EffectTruth {
                action: action.action,
                days: action.days,
                effect: *effect,
                without: stays(1.0),
                with: stays(effect.hazard_factor),
            }
        };
        self.model.actions.iter().zip(&self.effects.all).map(one).collect()
    }
}

/// Why somebody cancels: the discontent for what is bad, the others for what changed on their side.
fn reason(level: f64, draws: &mut Draws) -> &'static str {
    const BAD: [&str; 3] = ["missing_features", "too_many_problems", "poor_support"];
    const OTHER: [&str; 3] = ["too_expensive", "no_longer_needed", "switched"];
    let from = if draws.chance(1.0 / (1.0 + (1.5 * level).exp())) { BAD } else { OTHER };
    from[draws.below(3)]
}
