//! The canonical tables: every fact about a customer, declared once as an Arrow schema each.
//!
//! Facts arrive in *staged* form (the outer `customer_id` as text, no dense key yet) and are kept in *stored* form
//! (the dense `customer` key, sorted by customer and time). Columns that nobody but their business knows (a shop's
//! "store", an event's "plan") are kept as *attributes*: further columns at the end of the table.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde::{Deserialize, Serialize};

/// A canonical table of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// A purchase as its header tells it: one row an order. What metrics read is the derived view `orders`.
    OrderHeaders,
    /// What was in an order: one row a line.
    OrderLines,
    /// Money given back, one row a refunded line or a refunded sum. Amounts are positive.
    Refunds,
    /// A subscription started, changed, paused, resumed, was cancelled or ended.
    SubscriptionChanges,
    /// An invoice and how its payment went.
    Invoices,
    /// Something a person did.
    Events,
    /// A question to the service desk.
    Tickets,
    /// An answer to a survey.
    Responses,
    /// What a customer cost us.
    Costs,
    /// Traits of a customer as they were told to us at an instant.
    Profiles,
}

impl Table {
    /// Every table, in the order of the documentation.
    pub const ALL: [Table; 10] = [
        Table::OrderHeaders,
        Table::OrderLines,
        Table::Refunds,
        Table::SubscriptionChanges,
        Table::Invoices,
        Table::Events,
        Table::Tickets,
        Table::Responses,
        Table::Costs,
        Table::Profiles,
    ];

    /// Its name in the catalogue and in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Table::OrderHeaders => "order_headers",
            Table::OrderLines => "order_lines",
            Table::Refunds => "refunds",
            Table::SubscriptionChanges => "subscription_changes",
            Table::Invoices => "invoices",
            Table::Events => "events",
            Table::Tickets => "tickets",
            Table::Responses => "responses",
            Table::Costs => "costs",
            Table::Profiles => "profiles",
        }
    }

    /// The table of that name.
    pub fn from_name(name: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Its own columns, beside those every fact has ([`FACT`]).
    pub fn columns(self) -> &'static [Column] {
        match self {
            Table::OrderHeaders => ORDER_HEADERS,
            Table::OrderLines => ORDER_LINES,
            Table::Refunds => REFUNDS,
            Table::SubscriptionChanges => SUBSCRIPTION_CHANGES,
            Table::Invoices => INVOICES,
            Table::Events => EVENTS,
            Table::Tickets => TICKETS,
            Table::Responses => RESPONSES,
            Table::Costs => COSTS,
            Table::Profiles => PROFILES,
        }
    }
}

/// What a column holds, and so how it is typed in memory and encoded on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Few distinct words (a country, a plan): dictionary-coded.
    Word,
    /// Text that differs from row to row (an identifier, an answer).
    Text,
    /// Money in minor units of the row's `currency`.
    Minor,
    /// A count or another whole number.
    Whole,
    /// A decimal number that is not money.
    Number,
    /// Yes or no.
    Flag,
    /// An instant, microseconds UTC.
    At,
}

impl Kind {
    /// The Arrow type in staged batches, where text is plain.
    pub fn staged(self) -> DataType {
        match self {
            Kind::Word | Kind::Text => DataType::Utf8,
            Kind::Minor | Kind::Whole => DataType::Int64,
            Kind::Number => DataType::Float64,
            Kind::Flag => DataType::Boolean,
            Kind::At => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }

    /// The Arrow type in stored files.
    pub fn stored(self) -> DataType {
        match self {
            Kind::Word => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            other => other.staged(),
        }
    }
}

/// One column of a canonical table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in files, SQL and maps.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row without it is refused.
    pub required: bool,
    /// What it means, for people.
    pub about: &'static str,
}

const fn must(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, required: true, about }
}

const fn may(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, required: false, about }
}

/// What every staged fact has. Stored facts have `customer` (dense key) in place of `customer_id`,
/// and `imports` and `received_at` beside.
pub const FACT: &[Column] = &[
    must("customer_id", Kind::Text, "who, by the identifier of the source"),
    must("at", Kind::At, "when it happened"),
    may(
        "source_id",
        Kind::Text,
        "the source's own identifier of this fact; without it the whole content identifies it",
    ),
];

/// What stored facts have beside [`FACT`], and derived tables beside those.
const KEPT: [&str; 5] = ["customer", "source", "imports", "received_at", "day"];

/// Whether a table keeps a column of this name itself, so that no attribute may be called so.
pub fn is_reserved(table: Table, name: &str) -> bool {
    KEPT.contains(&name) || FACT.iter().chain(table.columns()).any(|column| column.name == name)
}

const ORDER_HEADERS: &[Column] = &[
    must("order_id", Kind::Text, "the shop's number of the order"),
    may("amount", Kind::Minor, "what was paid for the goods after discounts"),
    may("discount", Kind::Minor, "what was taken off"),
    may("tax", Kind::Minor, "tax"),
    may("shipping", Kind::Minor, "shipping charged"),
    may("currency", Kind::Word, "ISO 4217"),
    may("coupon", Kind::Word, "coupon code used"),
    may("channel", Kind::Word, "where the order came from"),
    may("country", Kind::Word, "country of the order"),
    may("status", Kind::Word, "as the shop calls it"),
    may("withdrawn", Kind::Flag, "the order came to nothing after all and does not count; see `withdraws` in a map"),
];

const ORDER_LINES: &[Column] = &[
    must("order_id", Kind::Text, "the order this line belongs to"),
    may("product", Kind::Word, "product code"),
    may("product_name", Kind::Word, "product name"),
    may("category", Kind::Word, "product category"),
    may("quantity", Kind::Number, "how many"),
    may("unit_price", Kind::Minor, "price of one, rounded to the minor unit"),
    may("unit_cost", Kind::Minor, "cost of one"),
    must("amount", Kind::Minor, "what was paid for the line after discounts"),
    may("discount", Kind::Minor, "what was taken off"),
    may("currency", Kind::Word, "ISO 4217"),
    may("coupon", Kind::Word, "coupon code used"),
    may("channel", Kind::Word, "where the order came from"),
    may("country", Kind::Word, "country of the order"),
];

const REFUNDS: &[Column] = &[
    may("refund_id", Kind::Text, "the shop's number of the refund"),
    may("order_id", Kind::Text, "the order it belongs to, where the source tells"),
    may("product", Kind::Word, "product given back"),
    may("quantity", Kind::Number, "how many were given back"),
    must("amount", Kind::Minor, "money given back, positive"),
    may("currency", Kind::Word, "ISO 4217"),
    may("reason", Kind::Word, "why"),
];

const SUBSCRIPTION_CHANGES: &[Column] = &[
    must("subscription_id", Kind::Text, "the subscription"),
    must("kind", Kind::Word, "start, change, pause, resume, cancel or end"),
    may("plan", Kind::Word, "the plan after the change"),
    may("interval", Kind::Word, "day, week, month, quarter or year"),
    may("mrr_after", Kind::Minor, "monthly recurring revenue after the change; empty when unknown"),
    may("currency", Kind::Word, "ISO 4217"),
    may("reason", Kind::Word, "why, where the source tells"),
];

const INVOICES: &[Column] = &[
    must("invoice_id", Kind::Text, "the invoice"),
    may("subscription_id", Kind::Text, "the subscription it bills"),
    may("amount", Kind::Minor, "amount due"),
    may("amount_paid", Kind::Minor, "amount paid"),
    may("currency", Kind::Word, "ISO 4217"),
    may("due_at", Kind::At, "when it is due"),
    may("attempt", Kind::Whole, "number of attempts to collect it"),
    may("outcome", Kind::Word, "paid, open, failed, void or uncollectible"),
    may("decline_code", Kind::Word, "why a payment failed"),
    may("next_attempt_at", Kind::At, "when it is tried again"),
];

const EVENTS: &[Column] = &[
    must("name", Kind::Word, "what was done"),
    may("session", Kind::Text, "the session, where the source tells"),
    may("anonymous_id", Kind::Text, "the visitor before being known"),
];

const TICKETS: &[Column] = &[
    must("ticket_id", Kind::Text, "the ticket"),
    may("first_reply_at", Kind::At, "first reply"),
    may("resolved_at", Kind::At, "resolved"),
    may("topic", Kind::Word, "what it is about"),
    may("priority", Kind::Word, "priority"),
    may("status", Kind::Word, "as the desk calls it"),
    may("satisfaction", Kind::Number, "score the customer gave"),
];

const RESPONSES: &[Column] = &[
    may("survey_id", Kind::Word, "the survey"),
    must("kind", Kind::Word, "nps, csat, ces, exit, text or quiz"),
    may("score", Kind::Number, "the score given"),
    may("reason", Kind::Word, "the reason chosen"),
    may("text", Kind::Text, "what the customer wrote"),
];

const COSTS: &[Column] = &[
    must("kind", Kind::Word, "serve, acquire or retain"),
    must("amount", Kind::Minor, "what it cost"),
    may("currency", Kind::Word, "ISO 4217"),
    may("channel", Kind::Word, "acquisition channel"),
];

const PROFILES: &[Column] = &[
    may("email", Kind::Text, "e-mail address"),
    may("name", Kind::Text, "name"),
    may("phone", Kind::Text, "telephone"),
    may("country", Kind::Word, "country"),
    may("city", Kind::Word, "city"),
    may("language", Kind::Word, "language"),
    may("time_zone", Kind::Word, "time zone"),
    may("channel", Kind::Word, "acquisition channel"),
    may("birthday", Kind::Text, "birthday, as told"),
];

/// A column of somebody's own, kept beside the canonical ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name in files and SQL: lower case, words joined by `_`, never the name of a canonical column.
    pub name: String,
    /// What it holds.
    pub kind: AttributeKind,
}

/// What an attribute may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// A word or a text, dictionary-coded.
    Word,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
}

impl AttributeKind {
    /// The kind of column it becomes.
    pub fn kind(self) -> Kind {
        match self {
            AttributeKind::Word => Kind::Word,
            AttributeKind::Number => Kind::Number,
            AttributeKind::Flag => Kind::Flag,
        }
    }
}

/// The schema of staged batches: [`FACT`], the table's own columns, then the attributes, in this order.
pub fn staged_schema(table: Table, attributes: &[Attribute]) -> SchemaRef {
    let own = FACT.iter().chain(table.columns()).map(|c| Field::new(c.name, c.kind.staged(), !c.required));
    let more = attributes.iter().map(|a| Field::new(&a.name, a.kind.kind().staged(), true));
    Arc::new(Schema::new(own.chain(more).collect::<Vec<_>>()))
}

/// The schema of stored files: `customer`, `customer_id`, `at`, `source`, `source_id`, `imports`, `received_at`, the table's own
/// columns, then the attributes.
pub fn stored_schema(table: Table, attributes: &[Attribute]) -> SchemaRef {
    let head = [
        Field::new("customer", DataType::UInt32, false),
        Field::new("customer_id", Kind::Word.stored(), false),
        Field::new("at", Kind::At.stored(), false),
        Field::new("source", Kind::Word.stored(), false),
        Field::new("source_id", Kind::Text.stored(), true),
        Field::new("imports", Kind::Word.stored(), false),
        Field::new("received_at", Kind::At.stored(), false),
    ];
    let own = table.columns().iter().map(|c| Field::new(c.name, c.kind.stored(), !c.required));
    let more = attributes.iter().map(|a| Field::new(&a.name, a.kind.kind().stored(), true));
    Arc::new(Schema::new(head.into_iter().chain(own).chain(more).collect::<Vec<_>>()))
}
