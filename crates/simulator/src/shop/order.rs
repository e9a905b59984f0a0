//! One order: what is in it, what it costs, and what becomes of it.

use super::life::{Due, Hidden, ShopLife};
use super::model::{CATEGORIES, FREE_SHIPPING, MORE_LINES, MORE_LINES_MAX, PRODUCTS, SHIPPING, ShopModel, TOGETHER};
use crate::clock::{Clock, hours_after};
use crate::fact::{Event, Fact, Line, Order, Refund, Ticket, What};
use crate::person::purpose;
use crate::random::{Draws, poisson_at};

/// The code of personal coupons.
const PERSONAL: &str = "PERSONAL";

/// Places the `nth` order of a day at a share of it. What is in it depends on the day and on `nth` alone.
pub(crate) fn place(life: &mut ShopLife<'_>, day: i32, share: f64, nth: u64, out: &mut Vec<Fact>) {
    let mut draws = life.person.dice.draws(day, purpose::ORDER, nth);
    let at = life.instant(day, share);
    let worth = draws.gamma(life.model.value.p, life.hidden.nu) * life.person.rate_of_exchange;
    let basket = basket(&life.hidden, &mut draws);
    let (off, coupon) = discount(life, day, &mut draws);
    let number = life.diary.next(&What::Order(order_of(life, 0, 0, None)));
    let lines = lines(life, number, worth, off, &basket, &mut draws);
    let sum = |of: fn(&Line) -> i64| lines.iter().map(of).sum::<i64>();
    let order = order_of(life, sum(|line| line.amount), sum(|line| line.discount), coupon);
    if life.model.events {
        visit(life, day, at, &lines, out);
    }
    life.tell(at, What::Order(order), out);
    for line in lines {
        let category = &CATEGORIES[usize::from(line.product) / PRODUCTS];
        if draws.chance(category.returned * life.model.returns) && line.amount > 0 {
            let after = 6 + draws.below(15) as i32;
            life.due.push((day + after, Due::Return(refund(&line, &mut draws))));
        }
        life.tell(at, What::Line(line), out);
    }
    deliver(life, day, &mut draws);
}

/// The categories of an order's lines. The first is what the customer likes, the others half of the time what goes with it.
fn basket(hidden: &Hidden, draws: &mut Draws) -> Vec<usize> {
    let liked = |draws: &mut Draws| draws.pick(hidden.likes.iter().copied());
    let first = liked(draws);
    let more = poisson_at(MORE_LINES, draws.unit()).min(MORE_LINES_MAX);
    let next = |draws: &mut Draws| {
        if draws.chance(TOGETHER) { CATEGORIES[first].with[draws.below(2)] } else { liked(draws) }
    };
    std::iter::once(first).chain((0..more).map(|_| next(draws)).collect::<Vec<_>>()).collect()
}

/// What is taken off, and by which code: a personal coupon is always used, that of a sale by those who look for it.
fn discount(life: &ShopLife<'_>, day: i32, draws: &mut Draws) -> (f64, Option<&'static str>) {
    let thrifty = draws.chance(life.hidden.thrift);
    let sale = life.clock.sale(day).filter(|_| thrifty);
    let personal = life.effects.off(day, &life.model.actions);
    match sale {
        Some(sale) if sale.off >= personal => (sale.off, Some(sale.code)),
        _ if personal > 0.0 => (personal, Some(PERSONAL)),
        _ => (0.0, None),
    }
}

/// Divides the worth of an order among its lines, to the last minor unit.
fn lines(life: &ShopLife<'_>, order: u32, worth: f64, off: f64, basket: &[usize], draws: &mut Draws) -> Vec<Line> {
    let weights: Vec<f64> = basket.iter().map(|_| 0.3 + draws.exponential()).collect();
    let total: f64 = weights.iter().sum();
    let worth_minor = (worth.round() as i64).max(1);
    let (mut weighed, mut given) = (0.0, 0);
    let one = |(category, weight): (&usize, &f64)| {
        weighed += weight;
        let upto = (worth_minor as f64 * weighed / total).round() as i64;
        let value = upto - given;
        given = upto;
        let goods = &CATEGORIES[*category];
        let price = goods.price * life.person.rate_of_exchange;
        let quantity = ((value as f64 / price).round() as i64).clamp(1, 12);
        let unit_price = (value as f64 / quantity as f64).round();
        let discount = (value as f64 * off).round() as i64;
        let nth = draws.pick([5.0, 4.0, 3.0, 2.0, 1.0].into_iter());
        Line {
            order,
            product: (*category * PRODUCTS + nth) as u16,
            category: goods.name,
            quantity,
            unit_price: unit_price as i64,
            unit_cost: (unit_price * goods.cost).round() as i64,
            amount: value - discount,
            discount,
            currency: life.person.currency,
        }
    };
    basket.iter().zip(&weights).map(one).collect()
}

fn order_of(life: &ShopLife<'_>, amount: i64, discount: i64, coupon: Option<&'static str>) -> Order {
    let worth = (amount + discount) as f64 / life.person.rate_of_exchange;
    Order {
        amount,
        discount,
        tax: (amount as f64 * life.person.place.tax).round() as i64,
        shipping: if worth < FREE_SHIPPING { life.person.minor(SHIPPING) } else { 0 },
        currency: life.person.currency,
        coupon: coupon.filter(|_| discount > 0),
        channel: "web",
        country: life.person.place.country,
    }
}

fn refund(line: &Line, draws: &mut Draws) -> What {
    const REASONS: [&str; 4] = ["does_not_fit", "not_as_described", "damaged", "changed_mind"];
    What::Refund(Refund {
        order: line.order,
        product: line.product,
        quantity: line.quantity,
        amount: line.amount,
        currency: line.currency,
        reason: REASONS[draws.below(REASONS.len())],
    })
}

/// The session that led to the order: looks, cart, purchase, within the day and after the sign-up.
fn visit(life: &mut ShopLife<'_>, day: i32, at: terms::Instant, lines: &[Line], out: &mut Vec<Fact>) {
    let first = life.clock.begins(day).max(life.entered_at());
    let session = life.session();
    for (nth, line) in lines.iter().enumerate() {
        for (name, hours) in [("view_product", -0.20), ("add_to_cart", -0.15)] {
            let then = hours_after(at, hours + nth as f64 * 0.01).max(first);
            life.tell(then, What::Event(Event { name, session, topic: line.category }), out);
        }
    }
    life.tell(at, What::Event(Event { name: "purchase", session, topic: lines[0].category }), out);
}

/// A delivery comes in time or late, and somebody may ask about it.
fn deliver(life: &mut ShopLife<'_>, day: i32, draws: &mut Draws) {
    let late = draws.chance(life.model.late_delivery);
    let arrives = day + 2 + draws.below(4) as i32 + if late { 7 } else { 0 };
    if late {
        life.due.push((arrives, Due::Late));
    }
    if !draws.chance(life.model.tickets[usize::from(late)]) {
        return;
    }
    let opened = life.instant(arrives, draws.unit());
    let reply = draws.exponential() * 5.0;
    let resolved = hours_after(opened, reply + draws.exponential() * if late { 24.0 } else { 10.0 });
    let ticket = Ticket {
        first_reply_at: Some(hours_after(opened, reply)),
        resolved_at: Some(resolved),
        topic: if late { "delivery" } else { ["product", "payment", "returns"][draws.below(3)] },
        priority: if late { "high" } else { "normal" },
        status: "solved",
        satisfaction: None,
    };
    let mut solved = arrives;
    while life.clock.begins(solved + 1) <= resolved {
        solved += 1;
    }
    life.due.push((solved, Due::Solved(ticket, opened)));
}

/// Expected margin of an order without personal coupons, in hundredths: what is paid less what the goods cost, without
/// those that come back.
///
/// ```text
/// p/ν · Σ_c share_c · (1 − returned_c) · (1 − cost_c − thrift · E[season · off])
/// share = E[1/n]·likes + (1 − E[1/n])·(½·likes·with + ½·likes)
/// ```
///
/// Lines of one order are worth as much as one another on average, so the first has the share E[1/n] of it.
pub(crate) fn margin(model: &ShopModel, clock: &Clock, hidden: &Hidden) -> f64 {
    let first = first_share();
    let mut shares = hidden.likes.map(|like| like * (first + (1.0 - first) * (1.0 - TOGETHER)));
    for (category, like) in CATEGORIES.iter().zip(hidden.likes) {
        for with in category.with {
            shares[with] += like * (1.0 - first) * TOGETHER / 2.0;
        }
    }
    let off = hidden.thrift * clock.mean_off();
    let kept = |(category, share): (&super::model::Category, f64)| {
        share * (1.0 - category.returned * model.returns) * (1.0 - category.cost - off)
    };
    model.value.p / hidden.nu * CATEGORIES.iter().zip(shares).map(kept).sum::<f64>()
}

/// E[1/n] for n − 1 Poisson, cut.
fn first_share() -> f64 {
    let mut probability = (-MORE_LINES).exp();
    let (mut left, mut sum) = (1.0, 0.0);
    for more in 0..MORE_LINES_MAX {
        sum += probability / f64::from(more + 1);
        left -= probability;
        probability *= MORE_LINES / f64::from(more + 1);
    }
    sum + left / f64::from(MORE_LINES_MAX + 1)
}
