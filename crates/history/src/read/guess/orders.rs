//! Orders of a layout never seen before: headers, lines, returns.

use std::collections::{BTreeMap, HashMap};

use super::look::Looks;
use super::names::Role;
use super::{Guess, Known, Sheet, made, rule, traits};
use crate::read::map::{Condition, Made, Map, OrderPer, SetAside, Source};
use crate::read::number::Decimal;
use crate::schema::Table;

const NOT_BOUGHT: [&str; 22] = [
    "cancelled",
    "canceled",
    "cancel",
    "failed",
    "failure",
    "declined",
    "expired",
    "abandoned",
    "draft",
    "checkout-draft",
    "void",
    "voided",
    "pending payment",
    "unpaid",
    "unavailable",
    "storniert",
    "annulé",
    "annulée",
    "cancelado",
    "cancelada",
    "annullato",
    "peruttu",
];
const GIVEN_BACK: [&str; 8] =
    ["refunded", "returned", "refund", "return", "chargeback", "erstattet", "remboursé", "reembolsado"];

/// A table of orders or of their lines.
pub fn orders(mut sheet: Sheet<'_>, lines_wanted: bool) -> Option<Guess> {
    let number: fn(&Known) -> bool = |c| c.look.numeric() && !c.look.bit;
    let text: fn(&Known) -> bool = |c| !c.look.numeric() && c.look.looks != Looks::Date;
    let mark = sheet.mark();
    let order = sheet.best(Role::Order, |c| c.look.looks != Looks::Date).filter(|(_, s)| *s > 0.45).map(|(at, _)| at);
    let order = order.inspect(|at| sheet.taken[*at] = true);
    let customer = sheet.customer()?;
    let at = sheet.time(Role::At)?;
    let clock = sheet.columns[at].look.clock || sheet.time_of_day(at).is_some();
    let quantity = sheet.take(Role::Quantity, |c| c.look.numeric());
    let unit_price = sheet.take(Role::UnitPrice, |c| c.look.numeric());
    let amount = sheet.best(Role::Amount, number).map(|(at, _)| at).inspect(|at| sheet.taken[*at] = true);
    let product = sheet.take(Role::Product, |c| c.look.looks != Looks::Date);
    let product_name = sheet.take(Role::ProductName, text);

    let money = amounts(&mut sheet, order, quantity, unit_price, amount, product.or(product_name).is_some());
    let repeated = order.is_some_and(|at| sheet.columns[at].look.distinct * 100 < sheet.columns[at].look.filled * 98);
    let goods = product.is_some()
        || product_name.is_some()
        || (quantity.is_some() && unit_price.is_some())
        || sheet.best(Role::Category, text).is_some_and(|(_, score)| score > 0.6);
    let lines = lines_wanted || (!money.header && (order.is_none() || repeated || goods));

    let mut columns = BTreeMap::new();
    let who = sheet.customer_source(customer);
    let when = sheet.time_source(at);
    columns.insert("customer_id".to_owned(), who.clone());
    columns.insert("at".to_owned(), when.clone());
    let order_source = match order {
        Some(at) => Source::Column(sheet.name(at)),
        None => {
            let per = if clock { OrderPer::CustomerInstant } else { OrderPer::CustomerDay };
            let word = if clock { "at one moment" } else { "on one day" };
            sheet.notes.push(format!("no column numbers the orders: what a customer bought {word} is one order"));
            made(Made { per: Some(per), ..Made::default() })
        }
    };
    columns.insert("order_id".to_owned(), order_source.clone());
    if let Some(source) = &money.source {
        columns.insert("amount".to_owned(), source.clone());
    }
    if lines {
        for (name, at) in [("quantity", quantity), ("unit_price", unit_price.filter(|at| Some(*at) != money.column))] {
            if let Some(at) = at {
                columns.insert(name.to_owned(), sheet.number_source(at, mark));
            }
        }
        for (name, at) in [("product", product), ("product_name", product_name)] {
            if let Some(at) = at {
                columns.insert(name.to_owned(), Source::Column(sheet.name(at)));
            }
        }
        sheet.plain(&mut columns, &[("category", Role::Category, text), ("unit_cost", Role::UnitCost, number)]);
    } else {
        columns.insert("source_id".to_owned(), order_source);
        sheet.plain(&mut columns, &[("tax", Role::Tax, number), ("shipping", Role::Shipping, number)]);
    }
    let code: fn(&Known) -> bool = |c| c.look.longest <= 4 && c.look.looks != Looks::Decimal;
    sheet.plain(
        &mut columns,
        &[
            ("currency", Role::Currency, code),
            ("discount", Role::Discount, |c| {
                c.look.numeric() && !c.look.bit && (c.look.largest > 1.0 || c.look.largest == 0.0)
            }),
            ("coupon", Role::Coupon, text),
            ("channel", Role::Channel, text),
            ("country", Role::Country, text),
        ],
    );
    let status = status(&mut sheet);
    if let (Some(at), false) = (status, lines) {
        columns.insert("status".to_owned(), Source::Column(sheet.name(at)));
    }
    let refund = sheet.take(Role::Refund, number);
    let person = traits(&mut sheet, &who, &when, false);
    let table = if lines { Table::OrderLines } else { Table::OrderHeaders };
    let mut first = rule(table, columns);
    first.attributes = sheet.attributes(table);

    let mut map = Map { decimal: mark, ..Map::default() };
    returns(&mut sheet, &mut map, first, &money, quantity, product, status, refund, &who, &when);
    map.facts.extend(person);
    Some(sheet.done(map))
}

/// The column that says how an order fares: by its name, or by its words, since `State` is also a part of a country.
fn status(sheet: &mut Sheet<'_>) -> Option<usize> {
    const WORDS: [&str; 24] = [
        "paid",
        "completed",
        "complete",
        "shipped",
        "delivered",
        "processing",
        "pending",
        "cancelled",
        "canceled",
        "refunded",
        "open",
        "closed",
        "fulfilled",
        "returned",
        "failed",
        "confirmed",
        "new",
        "success",
        "succeeded",
        "partially_refunded",
        "on-hold",
        "approved",
        "invoiced",
        "active",
    ];
    let (at, _) = sheet.best(Role::Status, |c| !c.look.numeric() && c.look.looks != Looks::Date)?;
    let says =
        (0..sheet.rows.len()).any(|row| WORDS.iter().any(|word| sheet.value(row, at).eq_ignore_ascii_case(word)));
    if !says && !sheet.columns[at].words.contains("status") {
        return None;
    }
    sheet.taken[at] = true;
    Some(at)
}

/// What is money in this table.
struct Money {
    source: Option<Source>,
    /// The column that alone decides the sign.
    column: Option<usize>,
    /// Whether the amount is that of the order, repeated on its lines.
    header: bool,
}

/// Line totals, prices or totals of whole orders? The sample tells.
fn amounts(
    sheet: &mut Sheet<'_>,
    order: Option<usize>,
    quantity: Option<usize>,
    price: Option<usize>,
    amount: Option<usize>,
    product: bool,
) -> Money {
    let mark = sheet.mark();
    let one = |at: usize, sheet: &Sheet<'_>| Money {
        source: Some(sheet.number_source(at, mark)),
        column: Some(at),
        header: false,
    };
    let product_of = |q: usize, p: usize, sheet: &Sheet<'_>| Money {
        source: Some(made(Made { times: vec![sheet.name(q), sheet.name(p)], ..Made::default() })),
        column: None,
        header: false,
    };
    match (amount, quantity, price) {
        (Some(amount), Some(quantity), Some(price)) => {
            if repeats_within(sheet, order, amount) && !is_product(sheet, amount, quantity, price) {
                sheet.notes.push(format!(
                    "'{}' repeats on every line of an order, so lines are worth '{}' × '{}'",
                    sheet.name(amount),
                    sheet.name(quantity),
                    sheet.name(price)
                ));
                return product_of(quantity, price, sheet);
            }
            one(amount, sheet)
        }
        (Some(amount), _, _) => {
            let header = product && repeats_within(sheet, order, amount);
            if header {
                sheet.notes.push(format!(
                    "'{}' repeats on every line of an order: it is read as the total of the order, once",
                    sheet.name(amount)
                ));
            }
            Money { header, ..one(amount, sheet) }
        }
        (None, Some(quantity), Some(price)) => product_of(quantity, price, sheet),
        (None, None, Some(price)) => one(price, sheet),
        (None, _, None) => {
            sheet.sure.push(0.4);
            sheet.questions.push("No column looks like an amount of money. Which one is it? Orders are taken without amounts until you say.".to_owned());
            Money { source: None, column: None, header: true }
        }
    }
}

/// Whether an amount is the same on all lines of an order, in orders of several lines.
fn repeats_within(sheet: &Sheet<'_>, order: Option<usize>, amount: usize) -> bool {
    let Some(order) = order else { return false };
    let mut by_order: HashMap<&str, Vec<&str>> = HashMap::new();
    for row in 0..sheet.rows.len() {
        by_order.entry(sheet.value(row, order)).or_default().push(sheet.value(row, amount));
    }
    let several: Vec<&Vec<&str>> = by_order.values().filter(|values| values.len() > 1).collect();
    let same = several.iter().filter(|values| values.iter().all(|value| *value == values[0])).count();
    several.len() >= 5 && same * 100 >= several.len() * 98
}

fn is_product(sheet: &Sheet<'_>, amount: usize, quantity: usize, price: usize) -> bool {
    let mark = sheet.mark();
    let number = |row: usize, at: usize| Decimal::parse(sheet.value(row, at).as_bytes(), mark).map(Decimal::float);
    let (mut seen, mut equal) = (0, 0);
    for row in 0..sheet.rows.len() {
        if let (Some(a), Some(q), Some(p)) = (number(row, amount), number(row, quantity), number(row, price)) {
            seen += 1;
            equal += usize::from((q * p - a).abs() < 0.011);
        }
    }
    equal * 10 >= seen * 8
}

/// Negative amounts and quantities are returns; orders that came to nothing are set aside.
#[allow(clippy::too_many_arguments)] // one caller, and each is one column of the same sheet
fn returns(
    sheet: &mut Sheet<'_>,
    map: &mut Map,
    mut first: crate::read::map::Rule,
    money: &Money,
    quantity: Option<usize>,
    product: Option<usize>,
    status: Option<usize>,
    refund: Option<usize>,
    who: &Source,
    when: &Source,
) {
    if let Some(at) = status {
        map.set_aside.push(SetAside {
            code: "not_bought".to_owned(),
            reason: "the order was cancelled or never paid".to_owned(),
            when: vec![Condition {
                column: sheet.name(at),
                one_of: NOT_BOUGHT.iter().map(|w| (*w).to_owned()).collect(),
                ..Condition::default()
            }],
        });
    }
    let mut base = BTreeMap::new();
    base.insert("customer_id".to_owned(), who.clone());
    base.insert("at".to_owned(), when.clone());
    for name in ["order_id", "currency"] {
        let source =
            first.columns.get(name).filter(|source| !matches!(source, Source::Made(made) if made.per.is_some()));
        if let Some(source) = source {
            base.insert(name.to_owned(), source.clone());
        }
    }
    if let Some(product) = product.filter(|_| first.table == Table::OrderLines) {
        base.insert("product".to_owned(), Source::Column(sheet.name(product)));
    }
    let absolute = |source: &Source| match source {
        Source::Column(column) => made(Made { column: Some(column.clone()), absolute: true, ..Made::default() }),
        Source::Made(made) => Source::Made(Box::new(Made { absolute: true, ..(**made).clone() })),
    };
    let signed = money.column.or(quantity);
    let mut more = Vec::new();
    if let (Some(signed), Some(source)) = (signed, &money.source) {
        let below = Condition { column: sheet.name(signed), below: Some(0.0), ..Condition::default() };
        first.when.push(Condition { not: true, ..below.clone() });
        let mut columns = base.clone();
        columns.insert("amount".to_owned(), absolute(source));
        if let Some(quantity) = quantity {
            columns.insert("quantity".to_owned(), absolute(&sheet.number_source(quantity, map.decimal)));
        }
        let mut back = rule(Table::Refunds, columns);
        back.when.push(below);
        more.push(back);
        if let Some(status) = status {
            let mut columns = base.clone();
            columns.insert("amount".to_owned(), absolute(source));
            let mut back = rule(Table::Refunds, columns);
            back.when.push(Condition {
                column: sheet.name(status),
                one_of: GIVEN_BACK.iter().map(|w| (*w).to_owned()).collect(),
                ..Condition::default()
            });
            back.when.push(Condition { column: sheet.name(signed), above: Some(0.0), ..Condition::default() });
            more.push(back);
        }
    }
    if let Some(refund) = refund {
        let mut columns = base;
        columns.insert("amount".to_owned(), absolute(&sheet.number_source(refund, map.decimal)));
        let mut back = rule(Table::Refunds, columns);
        back.when.push(Condition { column: sheet.name(refund), above: Some(0.0), ..Condition::default() });
        more.push(back);
    }
    map.facts.push(first);
    map.facts.extend(more);
}

/// A table of money given back.
pub fn refunds(mut sheet: Sheet<'_>) -> Option<Guess> {
    let number: fn(&Known) -> bool = |c| c.look.numeric();
    let any: fn(&Known) -> bool = |_| true;
    let text: fn(&Known) -> bool = |c| !c.look.numeric();
    let customer = sheet.customer()?;
    let at = sheet.time(Role::At)?;
    let mark = sheet.mark();
    let amount = sheet.take(Role::Refund, number).or_else(|| sheet.take(Role::Amount, number))?;
    let mut columns = BTreeMap::new();
    columns.insert("customer_id".to_owned(), sheet.customer_source(customer));
    columns.insert("at".to_owned(), sheet.time_source(at));
    columns.insert(
        "amount".to_owned(),
        made(Made { column: Some(sheet.name(amount)), absolute: true, ..Made::default() }),
    );
    sheet.plain(
        &mut columns,
        &[
            ("order_id", Role::Order, any),
            ("product", Role::Product, any),
            ("quantity", Role::Quantity, number),
            ("currency", Role::Currency, text),
            ("reason", Role::Reason, text),
        ],
    );
    let mut only = rule(Table::Refunds, columns);
    only.attributes = sheet.attributes(Table::Refunds);
    let map = Map { decimal: mark, facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}
