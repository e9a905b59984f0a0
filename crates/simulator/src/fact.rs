//! What happens to customers, in the words of the canonical tables.

use terms::{Currency, Instant};

/// Something that happened to a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The number of the customer, from 0; files write it as `c0`.
    pub customer: u32,
    /// When.
    pub at: Instant,
    /// Its number among the facts of its table and customer: with the customer, the source's own identifier.
    pub number: u32,
    /// What.
    pub what: What,
}

/// What happened. Amounts are minor units of the customer's currency; counts of things start at 0 for each customer.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A customer signed up.
    Profile(Profile),
    /// An order, without its lines.
    Order(Order),
    /// A line of an order.
    Line(Line),
    /// Money given back.
    Refund(Refund),
    /// A subscription changed.
    Change(Change),
    /// An attempt to collect an invoice.
    Invoice(Invoice),
    /// Something done in a session.
    Event(Event),
    /// A question to the service desk, told when it was solved or when the run ended.
    Ticket(Ticket),
    /// An answer to a survey.
    Response(Response),
    /// What the customer cost.
    Cost(Cost),
}

/// Traits told at sign-up.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// ISO 3166 code.
    pub country: &'static str,
    /// ISO 639 code.
    pub language: &'static str,
    /// IANA zone.
    pub time_zone: &'static str,
    /// Acquisition channel.
    pub channel: &'static str,
    /// May be written to by e-mail.
    pub consent_email: bool,
    /// May be written to by text message.
    pub consent_sms: bool,
}

/// An order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Paid for the goods after discounts, tax included.
    pub amount: i64,
    /// Taken off.
    pub discount: i64,
    /// Tax within the amount.
    pub tax: i64,
    /// Charged for shipping.
    pub shipping: i64,
    /// Currency.
    pub currency: Currency,
    /// Coupon code used.
    pub coupon: Option<&'static str>,
    /// Where the order came from.
    pub channel: &'static str,
    /// Country of the customer.
    pub country: &'static str,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Number of the order.
    pub order: u32,
    /// Product code.
    pub product: u16,
    /// Category.
    pub category: &'static str,
    /// How many.
    pub quantity: i64,
    /// Price of one before discounts.
    pub unit_price: i64,
    /// Cost of one.
    pub unit_cost: i64,
    /// Paid for the line after discounts.
    pub amount: i64,
    /// Taken off.
    pub discount: i64,
    /// Currency.
    pub currency: Currency,
}

/// Money given back.
#[derive(Debug, Clone, PartialEq)]
pub struct Refund {
    /// Number of the order.
    pub order: u32,
    /// Product given back.
    pub product: u16,
    /// How many were given back.
    pub quantity: i64,
    /// Given back, positive.
    pub amount: i64,
    /// Currency.
    pub currency: Currency,
    /// Why.
    pub reason: &'static str,
}

/// A change of a subscription.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Number of the subscription of this customer.
    pub subscription: u32,
    /// start, change, pause, resume, cancel or end.
    pub kind: &'static str,
    /// The plan after the change.
    pub plan: &'static str,
    /// month or year.
    pub interval: &'static str,
    /// Monthly recurring revenue after the change; all discounts taken off, a trial is 0.
    pub mrr_after: i64,
    /// What a coupon hides of the monthly price.
    pub discount: i64,
    /// Coupon in force.
    pub coupon: Option<&'static str>,
    /// Currency.
    pub currency: Currency,
    /// Why.
    pub reason: Option<&'static str>,
}

/// An attempt to collect an invoice; each attempt is a fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Invoice {
    /// Number of the invoice of this customer.
    pub invoice: u32,
    /// The subscription it bills.
    pub subscription: u32,
    /// Due.
    pub amount: i64,
    /// Paid by this attempt.
    pub amount_paid: i64,
    /// Currency.
    pub currency: Currency,
    /// When it was due.
    pub due_at: Instant,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// paid, failed or uncollectible.
    pub outcome: &'static str,
    /// Why a payment failed.
    pub decline_code: Option<&'static str>,
    /// When it is tried again.
    pub next_attempt_at: Option<Instant>,
}

/// Something done in a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What was done.
    pub name: &'static str,
    /// Number of the session of this customer.
    pub session: u32,
    /// What it was about: a category of goods, a part of the product.
    pub topic: &'static str,
}

/// A question to the service desk. `at` is when it was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// First reply, if there was one.
    pub first_reply_at: Option<Instant>,
    /// Solved, if it is.
    pub resolved_at: Option<Instant>,
    /// What it is about.
    pub topic: &'static str,
    /// low, normal or high.
    pub priority: &'static str,
    /// solved or open.
    pub status: &'static str,
    /// 1 to 5, from those who answered.
    pub satisfaction: Option<u8>,
}

/// An answer to a survey.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// nps, csat, ces or exit.
    pub kind: &'static str,
    /// The score given.
    pub score: Option<u8>,
    /// The reason chosen.
    pub reason: Option<&'static str>,
    /// What the customer wrote.
    pub text: Option<&'static str>,
}

/// What the customer cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// serve, acquire or retain.
    pub kind: &'static str,
    /// How much.
    pub amount: i64,
    /// Currency.
    pub currency: Currency,
    /// Acquisition channel.
    pub channel: Option<&'static str>,
}
