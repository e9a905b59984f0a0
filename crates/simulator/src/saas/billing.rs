//! The subscription of a customer: what it costs, when it is billed, what its changes are.

use terms::Date;

use super::life::SaasLife;
use super::model::{COUPONS, GRACE_DAYS, MONTHS_OF_YEAR, PLANS, RETRIES};
use crate::fact::{Change, Fact, Invoice, What};
use crate::person::purpose;
use crate::truth::Planted;

/// Not over yet.
const OPEN: i32 = i32::MAX;

/// A price reduced for a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coupon {
    pub(crate) code: &'static str,
    pub(crate) off: f64,
    /// The first day at the full price.
    pub(crate) until: i32,
}

/// A payment that failed and is tried again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PastDue {
    since: i32,
    invoice: u32,
    amount: i64,
    attempts: u32,
}

/// A subscription in force.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) number: u32,
    pub(crate) plan: usize,
    pub(crate) annual: bool,
    /// From which day the periods are counted.
    pub(crate) anchor: i32,
    /// How many periods were billed.
    periods: i32,
    /// The first day that is not paid for.
    pub(crate) paid_until: i32,
    pub(crate) coupon: Option<Coupon>,
    /// The day it ends, once cancelled.
    pub(crate) ends: Option<i32>,
    pub(crate) past_due: Option<PastDue>,
}

/// What a subscription brings.
pub(crate) struct Price {
    /// A month at the list price.
    pub(crate) list: i64,
    /// A month with the coupon.
    pub(crate) net: i64,
    /// An invoice.
    pub(crate) invoice: i64,
}

impl Subscription {
    pub(crate) fn new(number: u32, plan: usize, annual: bool, day: i32) -> Subscription {
        let (coupon, ends, past_due) = (None, None, None);
        Subscription { number, plan, annual, anchor: day, periods: 0, paid_until: day, coupon, ends, past_due }
    }

    pub(crate) fn interval(&self) -> &'static str {
        if self.annual { "year" } else { "month" }
    }

    /// A paid period begins anew on a day.
    pub(crate) fn restart(&mut self, day: i32) {
        (self.anchor, self.periods, self.paid_until) = (day, 0, day);
    }
}

/// The same day of the month so many months later, or the last one where there is none.
pub(crate) fn months_after(date: Date, months: i32) -> Date {
    let (year, month, day) = date.civil();
    let count = year * 12 + month as i32 - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
    let fits = |day: u32| Date::new(year, month, day);
    (28..=day.max(28)).rev().filter(|d| *d <= day.max(28)).find_map(|d| fits(d.min(day))).unwrap_or(date)
}

impl SaasLife<'_> {
    pub(crate) fn price(&self, subscription: &Subscription) -> Price {
        let months = if subscription.annual { MONTHS_OF_YEAR } else { 1.0 };
        let period = self.person.minor(PLANS[subscription.plan].month * months);
        let off = subscription.coupon.map_or(0.0, |coupon| coupon.off);
        let invoice = (period as f64 * (1.0 - off)).round() as i64;
        let a_month = |amount: i64| if subscription.annual { (amount as f64 / 12.0).round() as i64 } else { amount };
        Price { list: a_month(period), net: a_month(invoice), invoice }
    }

    /// Tells a change at a share of a day. What brings nothing (a trial, a pause, an end) is `paid: false`.
    pub(crate) fn change(
        &mut self,
        day: i32,
        share: f64,
        of: &Subscription,
        told: (&'static str, bool, Option<&'static str>),
        out: &mut Vec<Fact>,
    ) {
        let (kind, paid, reason) = told;
        let price = self.price(of);
        let change = Change {
            subscription: of.number,
            kind,
            plan: PLANS[of.plan].name,
            interval: of.interval(),
            mrr_after: if paid { price.net } else { 0 },
            discount: if paid { price.list - price.net } else { 0 },
            coupon: of.coupon.filter(|_| paid).map(|coupon| coupon.code),
            currency: self.person.currency,
            reason,
        };
        let at = self.instant(day, share);
        self.tell(at, What::Change(change), out);
    }

    /// Remembers that something that definitions disagree about begins.
    pub(crate) fn plant(
        &mut self,
        day: i32,
        kind: &'static str,
        of: &Subscription,
        mrr: [i64; 3],
        detail: &'static str,
    ) {
        let [mrr_before, mrr_after, mrr_hidden] = mrr;
        let currency = self.person.currency;
        let subscription = of.number;
        let to_day = OPEN;
        self.planted.push(Planted {
            subscription,
            kind,
            from_day: day,
            to_day,
            mrr_before,
            mrr_after,
            mrr_hidden,
            currency,
            detail,
        });
    }

    /// It is over; `kind` of `""` stands for everything of the subscription.
    pub(crate) fn harvest(&mut self, day: i32, kind: &str, subscription: u32) {
        let open = |planted: &&mut Planted| {
            planted.to_day == OPEN && planted.subscription == subscription && (kind.is_empty() || planted.kind == kind)
        };
        self.planted.iter_mut().filter(open).for_each(|planted| planted.to_day = day);
    }

    /// What was planted, with what still goes on cut at a day.
    pub(crate) fn planted_until(&self, day: i32) -> Vec<Planted> {
        let cut = |planted: &Planted| Planted { to_day: planted.to_day.min(day), ..*planted };
        self.planted.iter().map(cut).collect()
    }

    /// A subscription becomes a paying one: a coupon perhaps, the first invoice.
    pub(crate) fn begin_paying(&mut self, day: i32, share: f64, told: &'static str, out: &mut Vec<Fact>) {
        let Some(mut subscription) = self.subscription.take() else { return };
        subscription.restart(day);
        let mut draws = self.person.dice.draws(day, purpose::START, 0);
        if draws.chance(self.model.coupons) {
            let kind = &COUPONS[if subscription.annual { COUPONS.len() - 1 } else { draws.below(COUPONS.len()) }];
            let until = self.day_of(months_after(self.clock.date(day), kind.months));
            self.grant(day, &mut subscription, Coupon { code: kind.code, off: kind.off, until });
        }
        if subscription.annual {
            let price = self.price(&subscription);
            self.plant(day, "annual", &subscription, [0, price.net, price.net], "");
        }
        self.change(day, share, &subscription, (told, true, None), out);
        self.bill(day, share, &mut subscription, out);
        self.subscription = Some(subscription);
    }

    /// Puts a coupon into force.
    pub(crate) fn grant(&mut self, day: i32, subscription: &mut Subscription, coupon: Coupon) {
        self.harvest(day, "coupon", subscription.number);
        subscription.coupon = Some(coupon);
        let price = self.price(subscription);
        self.plant(day, "coupon", subscription, [price.list, price.net, price.list - price.net], coupon.code);
    }

    /// What the calendar brings at the beginning of a day: the end of a coupon, an invoice, a retry, an end. Whether the
    /// subscription goes on.
    pub(crate) fn bill_of_day(&mut self, day: i32, out: &mut Vec<Fact>) -> bool {
        let Some(mut subscription) = self.subscription.take() else { return false };
        if subscription.ends.is_some_and(|ends| ends <= day) {
            self.end(day, 0.0, subscription, None, out);
            return false;
        }
        if subscription.coupon.is_some_and(|coupon| coupon.until <= day) {
            self.harvest(day, "coupon", subscription.number);
            subscription.coupon = None;
            self.change(day, 0.0, &subscription, ("change", true, Some("coupon_ended")), out);
        }
        if let Some(due) = subscription.past_due {
            if day >= due.since + GRACE_DAYS {
                self.end(day, 0.0, subscription, Some("payment_failed"), out);
                return false;
            }
            if RETRIES.contains(&(day - due.since)) {
                self.retry(day, due, &mut subscription, out);
            }
        } else if subscription.paid_until <= day {
            self.bill(day, 0.0, &mut subscription, out);
        }
        self.subscription = Some(subscription);
        true
    }

    /// The invoice of the period that begins.
    fn bill(&mut self, day: i32, share: f64, subscription: &mut Subscription, out: &mut Vec<Fact>) {
        subscription.periods += 1;
        let months = subscription.periods * if subscription.annual { 12 } else { 1 };
        subscription.paid_until = self.day_of(months_after(self.clock.date(subscription.anchor), months));
        let due = PastDue { since: day, invoice: self.invoices, amount: self.price(subscription).invoice, attempts: 1 };
        self.invoices += 1;
        let paid = self.person.dice.unit(day, purpose::PAYMENT) >= self.hidden.payment_failure;
        self.attempt(day, share, due, subscription, if paid { "paid" } else { "failed" }, out);
        if !paid {
            let mrr = self.price(subscription).net;
            self.plant(day, "past_due", subscription, [mrr, mrr, mrr], "");
            subscription.past_due = Some(due);
        }
    }

    fn retry(&mut self, day: i32, due: PastDue, subscription: &mut Subscription, out: &mut Vec<Fact>) {
        let due = PastDue { attempts: due.attempts + 1, ..due };
        let paid = self.person.dice.unit(day, purpose::PAYMENT) < self.model.retry_success;
        self.attempt(day, 0.0, due, subscription, if paid { "paid" } else { "failed" }, out);
        subscription.past_due = (!paid).then_some(due);
        if paid {
            self.harvest(day, "past_due", subscription.number);
        }
    }

    fn attempt(
        &mut self,
        day: i32,
        share: f64,
        due: PastDue,
        of: &Subscription,
        outcome: &'static str,
        out: &mut Vec<Fact>,
    ) {
        const DECLINES: [&str; 3] = ["insufficient_funds", "expired_card", "card_declined"];
        let failed = outcome == "failed";
        let next = RETRIES.get(due.attempts as usize - 1).filter(|_| failed).map(|after| due.since + after);
        let decline = DECLINES[self.person.dice.draws(due.since, purpose::PAYMENT, 1).below(DECLINES.len())];
        let invoice = Invoice {
            invoice: due.invoice,
            subscription: of.number,
            amount: due.amount,
            amount_paid: if outcome == "paid" { due.amount } else { 0 },
            currency: self.person.currency,
            due_at: self.instant(due.since, if due.since == day { share } else { 0.0 }),
            attempt: due.attempts,
            outcome,
            decline_code: (outcome != "paid").then_some(decline),
            next_attempt_at: next.map(|day| self.instant(day, 0.0)),
        };
        let at = self.instant(day, share);
        self.tell(at, What::Invoice(invoice), out);
    }

    /// The end of a subscription, by an end of service, a payment that never came, or a trial that led nowhere.
    pub(crate) fn end(
        &mut self,
        day: i32,
        share: f64,
        mut subscription: Subscription,
        reason: Option<&'static str>,
        out: &mut Vec<Fact>,
    ) {
        if let Some(due) = subscription.past_due.take() {
            self.attempt(day, share, due, &subscription, "uncollectible", out);
        }
        self.harvest(day, "", subscription.number);
        self.change(day, share, &subscription, ("end", false, reason), out);
        self.left = Some((day, self.instant(day, share)));
    }

    /// Everybody on the first plan gets its successor: one subscription ends and another starts in the same moment.
    pub(crate) fn migrate(&mut self, day: i32, out: &mut Vec<Fact>) {
        let Some(old) = self.subscription.take() else { return };
        let before = self.price(&old);
        let mut new = Subscription { number: self.subscriptions, plan: super::model::SUCCESSOR, ..old.clone() };
        self.subscriptions += 1;
        self.plant(day, "migration", &old, [before.net, self.price(&new).net, 0], PLANS[new.plan].name);
        let going_on: Vec<Planted> =
            self.planted.iter().filter(|p| p.to_day == OPEN && p.kind != "migration").copied().collect();
        self.harvest(day, "", old.number);
        self.change(day, 0.0, &old, ("end", false, Some("migrated")), out);
        self.change(day, 0.0, &new, ("start", true, Some("migrated")), out);
        let price = self.price(&new);
        for planted in going_on {
            let mrr = match planted.kind {
                "coupon" => [price.list, price.net, price.list - price.net],
                "annual" => [0, price.net, price.net],
                _ => [price.net; 3],
            };
            self.plant(day, planted.kind, &new, mrr, planted.detail);
        }
        new.past_due = old.past_due;
        self.subscription = Some(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_one() {
        for (from, months, to) in [
            ("2024-01-15", 1, "2024-02-15"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2023-01-31", 1, "2023-02-28"),
            ("2024-01-30", 13, "2025-02-28"),
            ("2024-12-31", 2, "2025-02-28"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-11-05", 2, "2025-01-05"),
            ("2024-03-31", 1, "2024-04-30"),
        ] {
            assert_eq!(months_after(from.parse().unwrap(), months).to_string(), to, "{from} + {months}");
        }
    }
}
