//! The files of a run: their names, their columns, and how a fact becomes a row.

use terms::{Currency, Date, Instant};

use crate::fact::{Change, Cost, Event, Fact, Invoice, Line, Order, Profile, Refund, Response, Ticket, What};

/// A file of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// One row a customer: traits told at sign-up.
    Customers,
    /// One row an order.
    Orders,
    /// One row a line of an order.
    OrderLines,
    /// One row a refunded line.
    Refunds,
    /// One row a change of a subscription.
    Subscriptions,
    /// One row an attempt to collect an invoice.
    Invoices,
    /// One row something done.
    Events,
    /// One row a question to the service desk.
    Tickets,
    /// One row an answer.
    Responses,
    /// One row a cost.
    Costs,
    /// Truth: one row a customer.
    TruthCustomers,
    /// Truth: one row a run of days on which a customer's rate and hazard did not change.
    TruthHazards,
    /// Truth: one row a customer and action.
    TruthEffects,
    /// Truth: one row a day of the business.
    TruthSeason,
    /// Truth: one row a thing that definitions of revenue disagree about.
    TruthPlanted,
}

impl Table {
    /// Every file, facts before truth.
    pub const ALL: [Table; 15] = [
        Table::Customers,
        Table::Orders,
        Table::OrderLines,
        Table::Refunds,
        Table::Subscriptions,
        Table::Invoices,
        Table::Events,
        Table::Tickets,
        Table::Responses,
        Table::Costs,
        Table::TruthCustomers,
        Table::TruthHazards,
        Table::TruthEffects,
        Table::TruthSeason,
        Table::TruthPlanted,
    ];

    /// Its path below the folder of the run.
    pub fn path(self) -> &'static str {
        self.described().0
    }

    /// The names of its columns, joined by commas.
    pub fn header(self) -> &'static str {
        self.described().1
    }

    /// Whether it holds what a business cannot see.
    pub fn is_truth(self) -> bool {
        self.path().starts_with("truth/")
    }

    fn described(self) -> (&'static str, &'static str) {
        match self {
            Table::Customers => (
                "customers.csv",
                "customer_id,at,source_id,country,language,time_zone,channel,consent_email,consent_sms",
            ),
            Table::Orders => (
                "orders.csv",
                "customer_id,at,source_id,order_id,amount,discount,tax,shipping,currency,coupon,channel,country,status",
            ),
            Table::OrderLines => (
                "order_lines.csv",
                "customer_id,at,source_id,order_id,product,category,quantity,unit_price,unit_cost,amount,discount,currency",
            ),
            Table::Refunds => {
                ("refunds.csv", "customer_id,at,source_id,refund_id,order_id,product,quantity,amount,currency,reason")
            }
            Table::Subscriptions => (
                "subscriptions.csv",
                "customer_id,at,source_id,subscription_id,kind,plan,interval,mrr_after,currency,reason,coupon,mrr_discount",
            ),
            Table::Invoices => (
                "invoices.csv",
                "customer_id,at,source_id,invoice_id,subscription_id,amount,amount_paid,currency,due_at,attempt,outcome,decline_code,next_attempt_at",
            ),
            Table::Events => ("events.csv", "customer_id,at,source_id,name,session,topic"),
            Table::Tickets => (
                "tickets.csv",
                "customer_id,at,source_id,ticket_id,first_reply_at,resolved_at,topic,priority,status,satisfaction",
            ),
            Table::Responses => ("responses.csv", "customer_id,at,source_id,survey_id,kind,score,reason,text"),
            Table::Costs => ("costs.csv", "customer_id,at,source_id,kind,amount,currency,channel"),
            Table::TruthCustomers => (
                "truth/customers.csv",
                "customer_id,entered_at,rate_per_day,hazard_per_day,satisfaction,satisfaction_at_end,value_mean,margin_mean,active_at_end,left_at,payment_failure,residual_value,residual_value_year,currency",
            ),
            Table::TruthHazards => {
                ("truth/hazards.csv", "customer_id,from_day,to_day,rate_per_day,hazard_per_day,satisfaction")
            }
            Table::TruthEffects => (
                "truth/effects.csv",
                "customer_id,action,class,days,rate_factor,hazard_factor,return_probability,outcome_without,outcome_with",
            ),
            Table::TruthSeason => ("truth/season.csv", "day,factor,sale"),
            Table::TruthPlanted => (
                "truth/planted.csv",
                "customer_id,subscription_id,kind,from_day,to_day,mrr_before,mrr_after,mrr_hidden,currency,detail",
            ),
        }
    }
}

/// Rows being written: CSV without a header, line by line.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) bytes: Vec<u8>,
}

/// Facts as the files have them, for whoever lives through days and keeps what happened: rows without headers, by table.
#[derive(Debug, Default)]
pub struct Written {
    rows: [Rows; Table::ALL.len()],
}

impl Written {
    /// Adds a fact.
    pub fn fact(&mut self, fact: &Fact) {
        self.rows[table_of(&fact.what) as usize].fact(fact);
    }

    /// The rows of a table so far.
    pub fn rows(&self, table: Table) -> &[u8] {
        &self.rows[table as usize].bytes
    }
}

/// The table of a fact.
pub(crate) fn table_of(what: &What) -> Table {
    match what {
        What::Profile(_) => Table::Customers,
        What::Order(_) => Table::Orders,
        What::Line(_) => Table::OrderLines,
        What::Refund(_) => Table::Refunds,
        What::Change(_) => Table::Subscriptions,
        What::Invoice(_) => Table::Invoices,
        What::Event(_) => Table::Events,
        What::Ticket(_) => Table::Tickets,
        What::Response(_) => Table::Responses,
        What::Cost(_) => Table::Costs,
    }
}

impl Rows {
    /// Writes a fact as a row of its table. No word of ours holds a comma, a quote or a line break, so none is escaped.
    pub(crate) fn fact(&mut self, fact: &Fact) {
        self.customer(fact.customer);
        self.instant(fact.at);
        self.id(&prefix(&fact.what)[..1], fact.customer, fact.number);
        match &fact.what {
            What::Profile(profile) => self.profile(profile),
            What::Order(order) => self.order(fact, order),
            What::Line(line) => self.line(fact.customer, line),
            What::Refund(refund) => self.refund(fact, refund),
            What::Change(change) => self.change(fact.customer, change),
            What::Invoice(invoice) => self.invoice(fact.customer, invoice),
            What::Event(event) => self.event(fact.customer, event),
            What::Ticket(ticket) => self.ticket(fact, ticket),
            What::Response(response) => self.response(response),
            What::Cost(cost) => self.cost(cost),
        }
        self.end();
    }

    fn profile(&mut self, profile: &Profile) {
        for word in [profile.country, profile.language, profile.time_zone, profile.channel] {
            self.word(word);
        }
        for consent in [profile.consent_email, profile.consent_sms] {
            self.word(if consent { "true" } else { "false" });
        }
    }

    fn order(&mut self, fact: &Fact, order: &Order) {
        self.id("o", fact.customer, fact.number);
        for amount in [order.amount, order.discount, order.tax, order.shipping] {
            self.money(amount, order.currency);
        }
        self.word(order.currency.code());
        self.word(order.coupon.unwrap_or(""));
        self.word(order.channel);
        self.word(order.country);
        self.word("paid");
    }

    fn line(&mut self, customer: u32, line: &Line) {
        self.id("o", customer, line.order);
        self.product(line.product);
        self.word(line.category);
        self.whole(line.quantity);
        for amount in [line.unit_price, line.unit_cost, line.amount, line.discount] {
            self.money(amount, line.currency);
        }
        self.word(line.currency.code());
    }

    fn refund(&mut self, fact: &Fact, refund: &Refund) {
        self.id("r", fact.customer, fact.number);
        self.id("o", fact.customer, refund.order);
        self.product(refund.product);
        self.whole(refund.quantity);
        self.money(refund.amount, refund.currency);
        self.word(refund.currency.code());
        self.word(refund.reason);
    }

    fn change(&mut self, customer: u32, change: &Change) {
        self.id("s", customer, change.subscription);
        for word in [change.kind, change.plan, change.interval] {
            self.word(word);
        }
        self.money(change.mrr_after, change.currency);
        self.word(change.currency.code());
        self.word(change.reason.unwrap_or(""));
        self.word(change.coupon.unwrap_or(""));
        self.money(change.discount, change.currency);
    }

    fn invoice(&mut self, customer: u32, invoice: &Invoice) {
        self.id("i", customer, invoice.invoice);
        self.id("s", customer, invoice.subscription);
        self.money(invoice.amount, invoice.currency);
        self.money(invoice.amount_paid, invoice.currency);
        self.word(invoice.currency.code());
        self.instant(invoice.due_at);
        self.whole(invoice.attempt.into());
        self.word(invoice.outcome);
        self.word(invoice.decline_code.unwrap_or(""));
        self.maybe_instant(invoice.next_attempt_at);
    }

    fn event(&mut self, customer: u32, event: &Event) {
        self.word(event.name);
        self.id("v", customer, event.session);
        self.word(event.topic);
    }

    fn ticket(&mut self, fact: &Fact, ticket: &Ticket) {
        self.id("t", fact.customer, fact.number);
        self.maybe_instant(ticket.first_reply_at);
        self.maybe_instant(ticket.resolved_at);
        for word in [ticket.topic, ticket.priority, ticket.status] {
            self.word(word);
        }
        self.maybe_whole(ticket.satisfaction);
    }

    fn response(&mut self, response: &Response) {
        self.word(response.kind);
        self.word(response.kind);
        self.maybe_whole(response.score);
        self.word(response.reason.unwrap_or(""));
        self.word(response.text.unwrap_or(""));
    }

    fn cost(&mut self, cost: &Cost) {
        self.word(cost.kind);
        self.money(cost.amount, cost.currency);
        self.word(cost.currency.code());
        self.word(cost.channel.unwrap_or(""));
    }

    /// `c17`.
    pub(crate) fn customer(&mut self, customer: u32) {
        self.bytes.push(b'c');
        self.digits(customer.into(), 1);
        self.bytes.push(b',');
    }

    /// `s17-0`: what kind of thing, whose, and which of theirs.
    pub(crate) fn id(&mut self, kind: &str, customer: u32, number: u32) {
        self.bytes.extend_from_slice(kind.as_bytes());
        self.digits(customer.into(), 1);
        self.bytes.push(b'-');
        self.digits(number.into(), 1);
        self.bytes.push(b',');
    }

    fn product(&mut self, product: u16) {
        self.bytes.push(b'p');
        self.digits(product.into(), 3);
        self.bytes.push(b',');
    }

    pub(crate) fn word(&mut self, word: &str) {
        self.bytes.extend_from_slice(word.as_bytes());
        self.bytes.push(b',');
    }

    pub(crate) fn whole(&mut self, number: i64) {
        if number < 0 {
            self.bytes.push(b'-');
        }
        self.digits(number.unsigned_abs(), 1);
        self.bytes.push(b',');
    }

    fn maybe_whole(&mut self, number: Option<u8>) {
        match number {
            Some(number) => self.whole(number.into()),
            None => self.bytes.push(b','),
        }
    }

    /// A decimal number of major units, exactly.
    pub(crate) fn money(&mut self, minor: i64, currency: Currency) {
        let digits = currency.minor_digits();
        let unit = 10u64.pow(digits);
        if minor < 0 {
            self.bytes.push(b'-');
        }
        self.digits(minor.unsigned_abs() / unit, 1);
        if digits > 0 {
            self.bytes.push(b'.');
            self.digits(minor.unsigned_abs() % unit, digits as usize);
        }
        self.bytes.push(b',');
    }

    /// A float in the shortest form that reads back the same.
    pub(crate) fn number(&mut self, number: f64) {
        use std::io::Write;
        let _ = write!(self.bytes, "{number},"); // writing to memory does not fail
    }

    pub(crate) fn date(&mut self, date: Date) {
        let (year, month, day) = date.civil();
        self.digits(year.unsigned_abs().into(), 4);
        self.bytes.push(b'-');
        self.digits(month.into(), 2);
        self.bytes.push(b'-');
        self.digits(day.into(), 2);
        self.bytes.push(b',');
    }

    pub(crate) fn maybe_instant(&mut self, at: Option<Instant>) {
        match at {
            Some(at) => self.instant(at),
            None => self.bytes.push(b','),
        }
    }

    /// `2024-03-31T10:00:00Z`.
    pub(crate) fn instant(&mut self, at: Instant) {
        let seconds = at.0.div_euclid(1_000_000);
        self.date(Date(seconds.div_euclid(86_400) as i32));
        self.bytes.pop(); // the comma after the date
        let of_day = seconds.rem_euclid(86_400) as u64;
        for (before, part) in [(b'T', of_day / 3600), (b':', of_day / 60 % 60), (b':', of_day % 60)] {
            self.bytes.push(before);
            self.digits(part, 2);
        }
        self.bytes.extend_from_slice(b"Z,");
    }

    /// Ends a row: the comma after its last value becomes the line break.
    pub(crate) fn end(&mut self) {
        self.bytes.pop();
        self.bytes.push(b'\n');
    }

    fn digits(&mut self, mut number: u64, least: usize) {
        let mut text = [b'0'; 20];
        let mut at = text.len();
        while number > 0 || text.len() - at < least {
            at -= 1;
            text[at] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.bytes.extend_from_slice(&text[at..]);
    }
}

/// The letter of a fact's own identifier.
fn prefix(what: &What) -> &'static str {
    match what {
        What::Profile(_) => "c",
        What::Order(_) => "o",
        What::Line(_) => "l",
        What::Refund(_) => "r",
        What::Change(_) => "g",
        What::Invoice(_) => "a",
        What::Event(_) => "e",
        What::Ticket(_) => "t",
        What::Response(_) => "q",
        What::Cost(_) => "x",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(write: impl Fn(&mut Rows), expected: &str) {
        let mut rows = Rows::default();
        write(&mut rows);
        rows.end();
        assert_eq!(String::from_utf8(rows.bytes).unwrap(), format!("{expected}\n"));
    }

    #[test]
    fn values_are_written_exactly() {
        let euro = "EUR".parse().unwrap();
        check(|rows| rows.money(123_405, euro), "1234.05");
        check(|rows| rows.money(-5, euro), "-0.05");
        check(|rows| rows.money(12, "JPY".parse().unwrap()), "12");
        check(|rows| rows.money(7, "KWD".parse().unwrap()), "0.007");
        check(|rows| rows.instant(Instant(1_711_843_205_000_000)), "2024-03-31T00:00:05Z");
        check(|rows| rows.id("o", 12, 0), "o12-0");
        check(|rows| rows.number(0.1), "0.1");
        check(|rows| rows.product(7), "p007");
    }

    #[test]
    fn a_row_has_as_many_values_as_its_header() {
        let euro: Currency = "EUR".parse().unwrap();
        let at = Instant(0);
        let facts = [
            What::Order(Order {
                amount: 1,
                discount: 0,
                tax: 0,
                shipping: 0,
                currency: euro,
                coupon: None,
                channel: "web",
                country: "FI",
            }),
            What::Ticket(Ticket {
                first_reply_at: None,
                resolved_at: None,
                topic: "delivery",
                priority: "high",
                status: "open",
                satisfaction: None,
            }),
            What::Response(Response { kind: "nps", score: Some(9), reason: None, text: None }),
        ];
        for what in facts {
            let table = table_of(&what);
            let mut rows = Rows::default();
            rows.fact(&Fact { customer: 3, at, number: 0, what });
            let text = String::from_utf8(rows.bytes).unwrap();
            assert_eq!(text.matches(',').count(), table.header().matches(',').count(), "{table:?}: {text}");
        }
    }
}
