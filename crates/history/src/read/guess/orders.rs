//! Orders of a layout never seen before: headers, lines, returns.

use std::collections::{BTreeMap, HashMap};

use super::called_off::called_off;
use super::look::Looks;
use super::names::{Role, fit};
use super::signs::{came_to_nothing, gives_back, mentions_return, partly_back, sold, unknown, values, went_back};
use super::{About, Guess, Known, Sheet, made, rule, traits};
use crate::read::map::{Carry, Condition, Made, Map, OrderPer, Rule, SetAside, Source, State};
use crate::read::number::Decimal;
use crate::schema::Table;

/// Statuses of orders that came to nothing, for rows further down than anybody has looked; those seen come to them.
const NOT_BOUGHT: [&str; 40] = [
    "cancelled",
    "canceled",
    "cancel",
    "failed",
    "failure",
    "declined",
    "refused",
    "expired",
    "abandoned",
    "draft",
    "checkout-draft",
    "void",
    "voided",
    "pending payment",
    "payment error",
    "awaiting payment",
    "fraud",
    "unpaid",
    "unavailable",
    "storniert",
    "abgebrochen",
    "fehlgeschlagen",
    "nicht bezahlt",
    "annulé",
    "annulée",
    "erreur de paiement",
    "en attente de paiement",
    "paiement refusé",
    "cancelado",
    "cancelada",
    "pendiente de pago",
    "pago fallido",
    "annullato",
    "in attesa di pagamento",
    "pagamento fallito",
    "peruttu",
    "odottaa maksua",
    "avbruten",
    "makulerad",
    "wc-cancelled",
];
const GIVEN_BACK: [&str; 8] =
    ["refunded", "returned", "refund", "return", "chargeback", "erstattet", "remboursé", "reembolsado"];

/// A table of orders or of their lines.
pub fn orders(mut sheet: Sheet<'_>, lines_wanted: bool) -> Option<Guess> {
    let number: fn(&Known) -> bool = |c| c.look.numeric() && !c.look.bit;
    // `Refund Amount` is no amount of the order, and `Total Price` is not the price of one.
    let after_fees = after_fees(&sheet);
    let paid = |c: &Known| {
        let own = !after_fees.contains(&c.name);
        c.look.numeric() && !c.look.bit && own && fit(Role::Refund, &c.words) < 0.6
    };
    let text: fn(&Known) -> bool = |c| !c.look.numeric() && c.look.looks != Looks::Date;
    let mark = sheet.mark();
    let order = sheet.best(Role::Order, |c| c.look.looks != Looks::Date).filter(|(_, s)| *s > 0.45).map(|(at, _)| at);
    // A column called `id` numbers what a row is.
    let own = || sheet.columns.iter().position(|c| c.words == "id" && c.look.unique());
    let order = order.or_else(own);
    let carry = order.and_then(|order| continued(&sheet, order));
    let order = order.inspect(|at| sheet.taken[*at] = true);
    let customer = sheet.customer()?;
    sheet.doubt_names(customer);
    let at = sheet.time(Role::At)?;
    let clock = sheet.columns[at].look.clock || sheet.time_of_day(at).is_some();
    let quantity = sheet.take(Role::Quantity, |c| c.look.numeric());
    let unit_price = sheet.take(Role::UnitPrice, of_one);
    let amount = sheet.best(Role::Amount, paid).map(|(at, _)| at).inspect(|at| sheet.taken[*at] = true);
    let product = sheet.take(Role::Product, |c| c.look.looks != Looks::Date);
    let product_name = sheet.take(Role::ProductName, text);

    let only_first = |at: usize| carry.as_ref().is_some_and(|carry| carry.columns.contains(&sheet.columns[at].name));
    let only_first = amount.is_some_and(only_first);
    let priced = quantity.is_some() && unit_price.is_some();
    let mut money = amounts(
        &mut sheet,
        order,
        quantity,
        unit_price,
        amount.filter(|_| !only_first || !priced),
        product.or(product_name),
    );
    money.header |= only_first && !priced;
    let kind = kind_of_row(&sheet);
    let repeated = order.is_some_and(|at| comes_again(&sheet, at, kind));
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
    let status = status(&mut sheet).filter(|at| Some(*at) != kind);
    if let (Some(at), false) = (status, lines) {
        columns.insert("status".to_owned(), Source::Column(sheet.name(at)));
    }
    let refund = sheet.take(Role::Refund, number);
    let left = if refund.is_none() { money.column.and_then(|total| what_was_left(&mut sheet, total)) } else { None };
    let person = traits(&mut sheet, &who, &when, false);
    let table = if lines { Table::OrderLines } else { Table::OrderHeaders };
    let mut first = rule(table, columns);
    first.attributes = sheet.attributes(table);

    let mut map = Map { decimal: mark, carry, ..Map::default() };
    let signs = Signs { order, quantity, product, status, kind, refund, left };
    returns(&mut sheet, &mut map, first, &money, &signs, &who, &when);
    map.facts.extend(person);
    if let Some(sign) = money.column.or(quantity) {
        paid_by_the_shop(&mut sheet, &mut map, customer, sign);
    }
    Some(sheet.done(map))
}

/// The column that says how an order fares: by its name, or by its words, since `State` is also a part of a country.
fn status(sheet: &mut Sheet<'_>) -> Option<usize> {
    let (at, _) = sheet.best(Role::Status, |c| !c.look.numeric() && c.look.looks != Looks::Date)?;
    let all = values(sheet, at);
    // `Perugia` begins like the Finnish for cancelled: one word alone does not make a column of statuses.
    let says = all.iter().filter(|value| understood(value)).count() * 2 >= all.len().max(1);
    if !says && !sheet.columns[at].words.contains("status") {
        return None;
    }
    sheet.taken[at] = true;
    Some(at)
}

/// Whether some list of ours knows a status.
fn understood(value: &str) -> bool {
    sold(value) || came_to_nothing(value) || went_back(value) || partly_back(value)
}

/// Says which statuses nobody knows: orders with them count as sold, and a person should see that.
fn strange_statuses(sheet: &mut Sheet<'_>, at: usize) {
    let strange = unknown(sheet, at, understood);
    if !strange.is_empty() {
        sheet.notes.push(format!(
            "'{}' has words that no list knows; orders with them are taken as sold: {}. Rows that were not bought belong under [[set_aside]] in a map",
            sheet.name(at),
            strange.join(", ")
        ));
    }
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
    product: Option<usize>,
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
            if !is_product(sheet, amount, quantity, price)
                && (repeats_within(sheet, order, amount) || sums_of_lines(sheet, order, amount, quantity, price))
            {
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
            let header = product.is_some() && repeats_within(sheet, order, amount);
            if header {
                sheet.notes.push(format!(
                    "'{}' repeats on every line of an order: it is read as the total of the order, once",
                    sheet.name(amount)
                ));
            }
            Money { header, ..one(amount, sheet) }
        }
        (None, Some(quantity), Some(price)) => match price_of_all(sheet, product, quantity, price) {
            Some(true) => {
                sheet.notes.push(format!(
                    "'{}' grows with '{}': it is read as the price of the whole line",
                    sheet.name(price),
                    sheet.name(quantity)
                ));
                one(price, sheet)
            }
            _ => product_of(quantity, price, sheet),
        },
        (None, None, Some(price)) => one(price, sheet),
        (None, _, None) => {
            sheet.sure.push(0.4);
            sheet.ask(About::Amount, "No column looks like an amount of money: orders are taken without amounts, unless their lines come from another file. Which column is it? --column \"That column=amount\".".to_owned());
            Money { source: None, column: None, header: true }
        }
    }
}

/// Columns of what is left of another amount after fees: what the shop is paid out is not what a customer paid.
fn after_fees(sheet: &Sheet<'_>) -> Vec<String> {
    let mark = sheet.mark();
    let number = |row: usize, at: usize| Decimal::parse(sheet.value(row, at).as_bytes(), mark).map(Decimal::float);
    let columns = |says: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let named = |at: &usize| sheet.columns[*at].look.numeric() && sheet.columns[*at].words.split(' ').any(says);
        (0..sheet.columns.len()).filter(named).collect()
    };
    let fees = columns(&|word| matches!(word, "fee" | "fees" | "gebuhr" | "gebuhren" | "frais" | "commission"));
    let nets = columns(&|word| matches!(word, "net" | "netto" | "nett" | "payout"));
    let less = |net: usize, fee: usize, gross: usize| {
        let all: Vec<(f64, f64, f64)> = (0..sheet.rows.len())
            .filter_map(|row| Some((number(row, net)?, number(row, fee)?, number(row, gross)?)))
            .collect();
        let fits = |(net, fee, gross): &&(f64, f64, f64)| (gross.abs() - fee.abs() - net.abs()).abs() < 0.011;
        all.iter().any(|(_, fee, _)| *fee != 0.0) && all.iter().filter(fits).count() * 10 >= all.len() * 9
    };
    let numbers: Vec<usize> = (0..sheet.columns.len()).filter(|at| sheet.columns[*at].look.numeric()).collect();
    let left = |net: &&usize| {
        let other = |gross: &&usize| *gross != *net && !fees.contains(gross);
        fees.iter().any(|fee| numbers.iter().filter(other).any(|gross| less(**net, *fee, *gross)))
    };
    nets.iter().filter(left).map(|at| sheet.name(*at)).collect()
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
    // A name that says so needs fewer examples.
    let of_order = [" order", "order ", "basket", "invoice", "grand"]
        .iter()
        .any(|word| format!(" {} ", sheet.columns[amount].words).contains(word));
    let enough = if of_order { 1 } else { 5 };
    several.len() >= enough && same * 100 >= several.len() * 98
}

/// Whether an amount is what the lines of an order come to together, in orders of several lines.
fn sums_of_lines(sheet: &Sheet<'_>, order: Option<usize>, amount: usize, quantity: usize, price: usize) -> bool {
    let Some(order) = order else { return false };
    let mark = sheet.mark();
    let number = |row: usize, at: usize| Decimal::parse(sheet.value(row, at).as_bytes(), mark).map(Decimal::float);
    let mut orders: HashMap<&str, (usize, f64, Vec<f64>)> = HashMap::new();
    for row in 0..sheet.rows.len() {
        if let (Some(a), Some(q), Some(p)) = (number(row, amount), number(row, quantity), number(row, price)) {
            let (lines, sum, totals) = orders.entry(sheet.value(row, order)).or_default();
            *lines += 1;
            *sum += q * p;
            totals.push(a);
        }
    }
    let several: Vec<_> = orders.values().filter(|(lines, ..)| *lines > 1).collect();
    let fits = |(_, sum, totals): &&&(usize, f64, Vec<f64>)| totals.iter().all(|total| (total - sum).abs() < 0.011);
    !several.is_empty() && several.iter().filter(fits).count() * 10 >= several.len() * 8
}

/// Whether a price is that of all pieces of a line: the same product in twice the quantity costs twice as much.
/// Nothing where no product comes in different quantities.
fn price_of_all(sheet: &Sheet<'_>, product: Option<usize>, quantity: usize, price: usize) -> Option<bool> {
    let product = product?;
    if ["unit", "each", "einzel", "stuck", "单价"].iter().any(|word| sheet.columns[price].words.contains(word)) {
        return Some(false);
    }
    let mark = sheet.mark();
    let number = |row: usize, at: usize| Decimal::parse(sheet.value(row, at).as_bytes(), mark).map(Decimal::float);
    let mut first: HashMap<&str, (f64, f64)> = HashMap::new();
    let (mut each, mut all) = (0, 0);
    for row in 0..sheet.rows.len() {
        let (Some(q), Some(p)) = (number(row, quantity), number(row, price)) else { continue };
        if q <= 0.0 || p <= 0.0 {
            continue;
        }
        let (q0, p0) = *first.entry(sheet.value(row, product)).or_insert((q, p));
        if q != q0 {
            each += usize::from((p - p0).abs() < 0.011);
            all += usize::from((p * q0 - p0 * q).abs() < 0.011 * q.max(q0));
        }
    }
    (each + all > 0).then_some(all > each)
}

/// Rows that go on with the order above them and leave its cells empty.
fn continued(sheet: &Sheet<'_>, order: usize) -> Option<Carry> {
    let goes_on: Vec<usize> = (1..sheet.rows.len())
        .filter(|row| !sheet.value(*row, order).is_empty() && sheet.value(*row, order) == sheet.value(*row - 1, order))
        .collect();
    if goes_on.is_empty() {
        return None;
    }
    let left_empty = |at: usize| {
        at != order && sheet.columns[at].look.filled > 0 && goes_on.iter().all(|row| sheet.value(*row, at).is_empty())
    };
    let columns: Vec<usize> = (0..sheet.columns.len()).filter(|at| left_empty(*at)).collect();
    let who = |at: &usize| {
        let column = &sheet.columns[*at];
        column.look.looks == Looks::Email || super::names::fit(Role::Customer, &column.words) > 0.6
    };
    columns
        .iter()
        .any(who)
        .then(|| Carry { key: sheet.name(order), columns: columns.into_iter().map(|at| sheet.name(at)).collect() })
}

/// The price of one piece rather than an amount of all.
fn of_one(column: &Known) -> bool {
    column.look.numeric() && fit(Role::UnitPrice, &column.words) >= fit(Role::Amount, &column.words)
}

/// Whether numbers of orders come again in rows that are no returns.
fn comes_again(sheet: &Sheet<'_>, order: usize, kind: Option<usize>) -> bool {
    let sold = |row: &usize| kind.is_none_or(|at| !gives_back(sheet.value(*row, at)));
    let (mut all, mut different) = (0, std::collections::HashSet::new());
    for row in (0..sheet.rows.len()).filter(sold).filter(|row| !sheet.value(*row, order).is_empty()) {
        all += 1;
        different.insert(sheet.value(row, order));
    }
    different.len() * 100 < all * 98
}

/// The column that tells sales from what is given back, by its words.
fn kind_of_row(sheet: &Sheet<'_>) -> Option<usize> {
    let says = |at: &usize| {
        let column = &sheet.columns[*at];
        let named =
            column.words.split(' ').any(|word| matches!(word, "type" | "kind" | "art" | "typ" | "tyyppi" | "tipo"));
        let all = values(sheet, *at);
        !sheet.taken[*at] && named && all.len() > 1 && all.len() <= 30 && all.iter().any(|value| gives_back(value))
    };
    (0..sheet.columns.len()).find(says)
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

/// The columns that tell what was kept, what came back, and of which order.
struct Signs {
    order: Option<usize>,
    quantity: Option<usize>,
    product: Option<usize>,
    status: Option<usize>,
    kind: Option<usize>,
    refund: Option<usize>,
    /// What is left of the amount after something came back.
    left: Option<Left>,
}

/// The words that stand for something in a column: those known beforehand, and those seen that begin like them.
fn words(sheet: &Sheet<'_>, at: usize, known: &[&str], says: fn(&str) -> bool) -> Vec<String> {
    let mut all: Vec<String> = known.iter().map(|word| (*word).to_owned()).collect();
    for value in values(sheet, at).into_iter().filter(|value| says(value)) {
        if !all.iter().any(|word| word.to_lowercase() == value.to_lowercase()) {
            all.push(value);
        }
    }
    all
}

/// Rows that are no sale: called off, which also withdraws what an earlier file told, or not paid, or not yet.
fn not_bought(column: &str, statuses: Vec<String>) -> [SetAside; 2] {
    let (off, unpaid): (Vec<String>, Vec<String>) = statuses.into_iter().partition(|status| called_off(status));
    let aside = |reason: &str, withdraws, one_of| SetAside {
        code: "not_bought".to_owned(),
        reason: reason.to_owned(),
        withdraws,
        when: vec![Condition { column: column.to_owned(), one_of, ..Condition::default() }],
    };
    [aside("the order was cancelled", true, off), aside("the order is not paid", false, unpaid)]
}

/// Negative amounts and quantities are returns; orders that came to nothing are set aside.
fn returns(
    sheet: &mut Sheet<'_>,
    map: &mut Map,
    mut first: Rule,
    money: &Money,
    signs: &Signs,
    who: &Source,
    when: &Source,
) {
    let Signs { order, quantity, product, status, kind, refund, left } = *signs;
    // Where a column says how much came back, the status only says so again.
    let counted = refund.or(left.map(|left| left.column));
    if let Some(at) = status {
        strange_statuses(sheet, at);
        let some = values(sheet, at).into_iter().find(|value| partly_back(value));
        if let (Some(some), None) = (some, counted) {
            sheet.ask(About::Columns, format!(
                "'{}' says '{some}' for some orders, and no column says how much came back: nothing is taken off them. Which column has it? --column \"That column=refund\".",
                sheet.name(at)
            ));
        }
        map.set_aside.extend(not_bought(&sheet.name(at), words(sheet, at, &NOT_BOUGHT, came_to_nothing)));
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
        let credits = kind.map(|at| Condition {
            column: sheet.name(at),
            one_of: words(sheet, at, &[], gives_back),
            ..Condition::default()
        });
        if let Some(credit) = &credits {
            first.when.push(Condition { not: true, ..credit.clone() });
            let mut columns = base.clone();
            columns.insert("amount".to_owned(), absolute(source));
            let mut back = rule(Table::Refunds, columns);
            back.when.push(credit.clone());
            back.when.push(Condition { column: sheet.name(signed), above: Some(0.0), ..Condition::default() });
            more.push(back);
        }
        if let (Some(status), None) = (status, counted) {
            let mut columns = base.clone();
            columns.insert("amount".to_owned(), absolute(source));
            let mut back = rule(Table::Refunds, columns);
            back.when.push(Condition {
                column: sheet.name(status),
                one_of: words(sheet, status, &GIVEN_BACK, went_back),
                ..Condition::default()
            });
            back.when.extend(credits.map(|credit| Condition { not: true, ..credit }));
            back.when.push(Condition { column: sheet.name(signed), above: Some(0.0), ..Condition::default() });
            more.push(back);
        }
    }
    if let (Some(left), Some(total)) = (left, money.column) {
        let mut columns = base.clone();
        columns.remove("product");
        let (total, column) = (sheet.name(total), sheet.name(left.column));
        let gone = Made { column: Some(total.clone()), minus: vec![column.clone()], ..Made::default() };
        columns.insert("amount".to_owned(), made(gone));
        let mut back = rule(Table::Refunds, columns);
        back.when.push(Condition {
            column,
            is: Some(State::Filled),
            unlike: Some(total),
            above: left.zero_is_nothing.then_some(0.0),
            ..Condition::default()
        });
        more.push(back);
    }
    if let Some(refund) = refund {
        let mut columns = base;
        columns.insert("amount".to_owned(), absolute(&sheet.number_source(refund, map.decimal)));
        if let Some(order) = order.filter(|order| of_whole_order(sheet, *order, refund, money)) {
            // Said on every line of an order, and given back once.
            columns.remove("product");
            let id = Made { column: Some(sheet.name(order)), prefix: Some("refund:".to_owned()), ..Made::default() };
            columns.insert("source_id".to_owned(), made(id));
        }
        let mut back = rule(Table::Refunds, columns);
        back.when.push(Condition { column: sheet.name(refund), above: Some(0.0), ..Condition::default() });
        more.push(back);
    }
    map.facts.push(first);
    map.facts.extend(more);
}

/// A column of what is left of the total.
#[derive(Clone, Copy)]
struct Left {
    column: usize,
    /// Whether 0 stands where nothing came back rather than where everything did.
    zero_is_nothing: bool,
}

/// Etsy's `Adjusted Order Total`: what is left of the total. Where nothing came back it is empty, the total or 0.
fn what_was_left(sheet: &mut Sheet<'_>, total: usize) -> Option<Left> {
    let adjusted = |at: &usize| sheet.columns[*at].words.strip_prefix("adjusted ").map(str::to_owned);
    let number = |c: &Known| c.look.numeric() || c.look.looks == Looks::Empty;
    let named: Vec<usize> =
        (0..sheet.columns.len()).filter(|at| number(&sheet.columns[*at]) && adjusted(at).is_some()).collect();
    let of_total = |at: &&usize| adjusted(at).is_some_and(|rest| rest == sheet.columns[total].words);
    let of_amount = |at: &&usize| adjusted(at).is_some_and(|rest| fit(Role::Amount, &rest) > 0.6);
    let at = *named.iter().find(of_total).or(named.iter().find(of_amount))?;
    let mark = sheet.mark();
    let value = |row: usize, at: usize| Decimal::parse(sheet.value(row, at).as_bytes(), mark).map(Decimal::float);
    let both: Vec<(f64, f64)> = (0..sheet.rows.len()).filter_map(|row| value(row, at).zip(value(row, total))).collect();
    let (left, whole) = (sheet.name(at), sheet.name(total));
    let more = both.iter().any(|(left, whole)| left > whole);
    if !sheet.columns[at].words.ends_with(&sheet.columns[total].words) || more {
        sheet.notes.push(format!(
            "'{left}' may tell what is left after something came back, and is sometimes more than '{whole}': nothing is taken off for it. If it does, add refunds to a map: amount = {{ column = \"{whole}\", minus = [\"{left}\"] }}"
        ));
        return None;
    }
    let zeros = both.iter().filter(|(left, whole)| *left == 0.0 && *whole > 0.0).count();
    let untouched = both.iter().any(|(left, whole)| left == whole && *whole > 0.0);
    // Most orders are kept: where every cell is filled and most are 0, that is no way of writing that all came back.
    let zero_is_nothing = both.len() == sheet.rows.len() && !untouched && zeros * 2 > both.len();
    sheet.taken[at] = true;
    sheet.notes.push(match zero_is_nothing {
        true => format!(
            "where '{left}' is more than 0, '{whole}' less '{left}' came back; 0 is taken to say that nothing did, since most orders have it"
        ),
        false => format!("where '{left}' is filled, '{whole}' less '{left}' came back"),
    });
    Some(Left { column: at, zero_is_nothing })
}

/// In an account's activity the shop pays too: what it pays back goes to the customer named as receiver, and what it
/// pays to others is no refund.
fn paid_by_the_shop(sheet: &mut Sheet<'_>, map: &mut Map, customer: usize, sign: usize) {
    let Some(shop) = sheet.shop.clone() else { return };
    let pays = |row: &usize| sheet.value(*row, customer).eq_ignore_ascii_case(&shop.address);
    let paying: Vec<usize> = (0..sheet.rows.len()).filter(pays).collect();
    if paying.is_empty() {
        return;
    }
    let by_shop =
        Condition { column: sheet.name(customer), one_of: vec![shop.address.clone()], ..Condition::default() };
    let receiver = sheet.customer_source(shop.column);
    for rule in &mut map.facts {
        let back = rule.table == Table::Refunds
            && rule.when.iter().any(|c| c.column == sheet.columns[sign].name && c.below.is_some());
        if back {
            rule.columns.insert("customer_id".to_owned(), receiver.clone());
        }
        if rule.table == Table::Profiles {
            rule.when.push(Condition { not: true, ..by_shop.clone() });
        }
    }
    let kind = (0..sheet.columns.len()).find(|at| {
        let named =
            sheet.columns[*at].words.split(' ').any(|word| matches!(word, "type" | "typ" | "tipo" | "tyyppi" | "art"));
        named && paying.iter().any(|row| mentions_return(sheet.value(*row, *at)))
    });
    let Some(kind) = kind else { return };
    let words: Vec<String> = values(sheet, kind).into_iter().filter(|value| mentions_return(value)).collect();
    sheet.notes.push(format!(
        "'{}' says which payments of the shop are refunds ({}): others are set aside",
        sheet.name(kind),
        words.join(", ")
    ));
    map.set_aside.push(SetAside {
        code: "paid_by_shop".to_owned(),
        reason: "the shop paid this, and it is no refund".to_owned(),
        withdraws: false,
        when: vec![by_shop, Condition { column: sheet.name(kind), none_of: words, ..Condition::default() }],
    });
}

/// Whether what came back is said of the whole order on each of its lines.
fn of_whole_order(sheet: &Sheet<'_>, order: usize, refund: usize, money: &Money) -> bool {
    let mut by_order: HashMap<&str, Vec<usize>> = HashMap::new();
    for row in 0..sheet.rows.len() {
        let carried = sheet.value(row, refund).is_empty();
        if !carried {
            by_order.entry(sheet.value(row, order)).or_default().push(row);
        }
    }
    let is_line = |row: &usize| money.column.is_some_and(|at| sheet.value(*row, at) == sheet.value(*row, refund));
    let zero = |row: &usize| !sheet.value(*row, refund).bytes().any(|b| (b'1'..=b'9').contains(&b));
    let several: Vec<&Vec<usize>> = by_order.values().filter(|rows| rows.len() > 1 && !rows.iter().all(zero)).collect();
    let lines = by_order.values().any(|rows| rows.len() > 1) || continued(sheet, order).is_some();
    let same = |rows: &&Vec<usize>| rows.iter().all(|row| sheet.value(*row, refund) == sheet.value(rows[0], refund));
    lines && several.iter().all(|rows| same(rows) && !rows.iter().all(is_line))
}

/// Orders of JSON records with lists inside: the order from the record, its lines from the list that has prices.
pub fn with_lists(sheet: Sheet<'_>, lists: &[String]) -> Option<Guess> {
    let inside = lists.iter().find_map(|list| Some((list, list_of_lines(&sheet, list)?)));
    let mut guess = orders(sheet, false)?;
    let (list, columns) = match inside {
        Some(inside) => inside,
        None => return Some(guess),
    };
    let head = guess.map.facts.first()?.clone();
    if head.table != Table::OrderHeaders {
        return Some(guess);
    }
    let mut lines = rule(Table::OrderLines, columns);
    for name in ["customer_id", "at", "order_id", "currency", "country", "channel"] {
        lines.columns.extend(head.columns.get(name).map(|source| (name.to_owned(), source.clone())));
    }
    lines.each = Some(list.clone());
    if !head.columns.contains_key("amount") {
        guess.questions.retain(|question| question.about != About::Amount); // the lines have it
    }
    guess.map.facts.insert(1, lines);
    Some(guess)
}

/// What a line is and comes to, for tables that have lines and nothing else.
pub fn priced(sheet: &mut Sheet<'_>, order: usize) -> Option<BTreeMap<String, Source>> {
    let number: fn(&Known) -> bool = |c| c.look.numeric();
    let mark = sheet.mark();
    let quantity = sheet.take(Role::Quantity, number);
    let price = sheet.take(Role::UnitPrice, of_one);
    let amount = sheet.take(Role::Amount, number);
    let product = sheet.take(Role::Product, |c| c.look.looks != Looks::Date);
    let name = sheet.take(Role::ProductName, |c| !c.look.numeric());
    let money = amounts(sheet, Some(order), quantity, price, amount, product.or(name)).source?;
    let mut columns = BTreeMap::from([("amount".to_owned(), money)]);
    for (column, at) in [("quantity", quantity), ("unit_price", price.filter(|_| quantity.is_some()))] {
        columns.extend(at.map(|at| (column.to_owned(), sheet.number_source(at, mark))));
    }
    for (column, at) in [("product", product), ("product_name", name)] {
        columns.extend(at.map(|at| (column.to_owned(), Source::Column(sheet.name(at)))));
    }
    Some(columns)
}

/// What the elements of a list say of lines, where they have a price.
fn list_of_lines(sheet: &Sheet<'_>, list: &str) -> Option<BTreeMap<String, Source>> {
    let number: fn(&Known) -> bool = |c| c.look.numeric();
    let mut inner = sheet.fresh();
    for at in 0..inner.columns.len() {
        let words = inner.columns[at]
            .name
            .strip_prefix(list)
            .and_then(|rest| rest.strip_prefix('.'))
            .map(super::names::words_of);
        inner.taken[at] = words.is_none();
        inner.columns[at].words = words.unwrap_or_default();
    }
    let quantity = inner.take(Role::Quantity, number);
    let price = inner.take(Role::UnitPrice, number);
    let amount = inner.take(Role::Amount, number);
    let product = inner.take(Role::Product, |c| c.look.looks != Looks::Date);
    let name = inner.take(Role::ProductName, |c| !c.look.numeric());
    let money = amounts(&mut inner, None, quantity, price, amount, product.or(name)).source?;
    let mut columns = BTreeMap::from([("amount".to_owned(), money)]);
    for (column, at) in [("quantity", quantity), ("unit_price", price), ("product", product), ("product_name", name)] {
        columns.extend(at.map(|at| (column.to_owned(), Source::Column(inner.name(at)))));
    }
    Some(columns)
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
