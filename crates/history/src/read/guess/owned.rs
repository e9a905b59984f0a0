//! Tables that name no customer, but an order or a subscription that has one: lines, refunds, uses, answers.

use std::collections::BTreeMap;

use super::look::Looks;
use super::names::{Role, fit};
use super::{Guess, Known, Sheet, made, rule};
use crate::read::As;
use crate::read::map::{Made, Map, Source};
use crate::read::owners::Owner;
use crate::schema::Table;

type Suits = fn(&Known) -> bool;
const ANY: Suits = |c| c.look.looks != Looks::Date;
const NUMBER: Suits = |c| c.look.numeric();
/// A score that a customer gave, as against one that a program worked out.
const OPINION: Suits = |c| {
    c.look.numeric()
        && ["review", "rating", "satisfaction", "csat", "nps", "stars"].iter().any(|word| c.words.contains(word))
};
const TEXT: Suits = |c| !c.look.numeric() && c.look.looks != Looks::Date;

/// What such a table holds; nothing where it names customers, or nothing that could lead to them.
pub fn owned(mut sheet: Sheet<'_>, wanted: Option<As>) -> Option<Guess> {
    let email = sheet.columns.iter().any(|c| c.look.looks == Looks::Email);
    let who = sheet.best(Role::Customer, ANY).is_some_and(|(_, score)| score >= 0.4);
    let named = |role, least: f64| sheet.best(role, ANY).filter(|(_, score)| *score >= least).map(|(at, _)| at);
    let (order, subscription) = (named(Role::Order, 0.7), named(Role::Subscription, 0.9));
    if email || who || sheet.columns.iter().any(|c| c.name.contains("[]")) {
        return None;
    }
    let whole = |at: usize| sheet.columns[at].words.contains("order") && at_first(&sheet, at);
    if let Some(at) = subscription.filter(|_| wanted.is_none_or(|wanted| wanted == As::Events)) {
        return uses(sheet, at);
    }
    let at = order.filter(|at| whole(*at))?;
    sheet.taken[at] = true;
    match wanted {
        Some(As::Refunds) => refunds(sheet, at),
        Some(As::Orders | As::OrderLines) => lines(sheet, at),
        Some(As::Responses) => answers(sheet, at),
        Some(_) => None,
        None if sheet.best(Role::Refund, NUMBER).is_some_and(|(_, score)| score > 0.6) => refunds(sheet, at),
        None if sheet.best(Role::Score, OPINION).is_some() => answers(sheet, at),
        None => lines(sheet, at),
    }
}

/// The number of the order itself rather than that of one of its lines.
fn at_first(sheet: &Sheet<'_>, at: usize) -> bool {
    !["item", "line"].iter().any(|word| sheet.columns[at].words.split(' ').any(|other| other == *word))
}

fn of(sheet: &Sheet<'_>, at: usize, owner: Owner) -> Source {
    made(Made { column: Some(sheet.name(at)), of: Some(owner), ..Made::default() })
}

/// A time of its own, where one is named well; else that of the order.
fn time(sheet: &mut Sheet<'_>, order: usize) -> Source {
    let own = sheet.best(Role::At, |c| !c.look.forms.is_empty()).filter(|(_, score)| *score > 0.6).map(|(at, _)| at);
    match own {
        Some(at) => {
            sheet.taken[at] = true;
            sheet.time_source(at)
        }
        None => of(sheet, order, Owner::Order),
    }
}

fn base(sheet: &mut Sheet<'_>, order: usize) -> BTreeMap<String, Source> {
    sheet.notes.push(format!("whose a row is, the orders say: it is looked up by '{}'", sheet.name(order)));
    sheet.sure.push(0.8);
    let at = time(sheet, order);
    BTreeMap::from([
        ("customer_id".to_owned(), of(sheet, order, Owner::Order)),
        ("at".to_owned(), at),
        ("order_id".to_owned(), Source::Column(sheet.name(order))),
    ])
}

/// Lines of orders.
fn lines(mut sheet: Sheet<'_>, order: usize) -> Option<Guess> {
    let product = sheet.best(Role::Product, ANY).filter(|(_, score)| *score > 0.5);
    let price = sheet.best(Role::UnitPrice, NUMBER).filter(|(_, score)| *score > 0.5);
    let amount = sheet.best(Role::Amount, NUMBER).filter(|(_, score)| *score > 0.5);
    product?;
    price.or(amount)?;
    let mut columns = base(&mut sheet, order);
    let guess = super::orders::priced(&mut sheet, order)?;
    columns.extend(guess);
    let category: Suits = TEXT;
    sheet.plain(&mut columns, &[("category", Role::Category, category)]);
    sheet.plain(&mut columns, &[("currency", Role::Currency, TEXT)]);
    columns.entry("currency".to_owned()).or_insert_with(|| of(&sheet, order, Owner::Order));
    let mut only = rule(Table::OrderLines, columns);
    only.attributes = sheet.attributes(Table::OrderLines);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}

/// Money given back.
fn refunds(mut sheet: Sheet<'_>, order: usize) -> Option<Guess> {
    let mut columns = base(&mut sheet, order);
    let amount = sheet.take(Role::Refund, NUMBER).or_else(|| sheet.take(Role::Amount, NUMBER))?;
    let source = Made { column: Some(sheet.name(amount)), absolute: true, ..Made::default() };
    columns.insert("amount".to_owned(), made(source));
    let id = sheet
        .columns
        .iter()
        .position(|c| matches!(c.words.as_str(), "refund id" | "id" | "return id") && c.look.unique());
    if let Some(id) = id {
        sheet.taken[id] = true;
        columns.insert("source_id".to_owned(), Source::Column(sheet.name(id)));
    }
    sheet.plain(
        &mut columns,
        &[
            ("product", Role::Product, ANY),
            ("quantity", Role::Quantity, NUMBER),
            ("currency", Role::Currency, TEXT),
            ("reason", Role::Reason, TEXT),
        ],
    );
    columns.entry("currency".to_owned()).or_insert_with(|| of(&sheet, order, Owner::Order));
    let mut only = rule(Table::Refunds, columns);
    only.attributes = sheet.attributes(Table::Refunds);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}

/// Answers about an order.
fn answers(mut sheet: Sheet<'_>, order: usize) -> Option<Guess> {
    let mut columns = base(&mut sheet, order);
    columns.remove("order_id");
    let score = sheet.take(Role::Score, NUMBER)?;
    columns.insert("score".to_owned(), Source::Column(sheet.name(score)));
    columns.insert("kind".to_owned(), Source::constant("csat"));
    sheet.plain(&mut columns, &[("text", Role::Answer, TEXT)]);
    let mut only = rule(Table::Responses, columns);
    only.attributes = sheet.attributes(Table::Responses);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}

/// What was done with a subscription.
fn uses(mut sheet: Sheet<'_>, subscription: usize) -> Option<Guess> {
    sheet.taken[subscription] = true;
    let name =
        sheet.best(Role::EventName, TEXT).filter(|(at, _)| fit(Role::EventName, &sheet.columns[*at].words) > 0.6)?.0;
    sheet.taken[name] = true;
    let at = sheet.time(Role::At)?;
    let at = sheet.time_source(at);
    sheet
        .notes
        .push(format!("whose a row is, the subscriptions say: it is looked up by '{}'", sheet.name(subscription)));
    let mut columns = BTreeMap::from([
        ("customer_id".to_owned(), of(&sheet, subscription, Owner::Subscription)),
        ("at".to_owned(), at),
        ("name".to_owned(), Source::Column(sheet.name(name))),
    ]);
    let id = sheet.take(Role::EventId, |c| c.look.unique() && !matches!(c.look.looks, Looks::Date | Looks::Decimal));
    columns.extend(id.map(|id| ("source_id".to_owned(), Source::Column(sheet.name(id)))));
    let mut only = rule(Table::Events, columns);
    only.attributes = sheet.attributes(Table::Events);
    let map = Map { decimal: sheet.mark(), facts: vec![only], ..Map::default() };
    Some(sheet.done(map))
}
