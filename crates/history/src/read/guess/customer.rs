//! Who a row belongs to, where several columns could say it.

use std::collections::HashMap;

use super::look::Looks;
use super::names::{Role, fit};
use super::{About, Known, Sheet, made};
use crate::read::fill::is_nobody;
use crate::read::map::{Made, Source};

/// The shop's own address in a table of payments, where two columns say from whom and to whom.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The column that holds it in nearly every row.
    pub column: usize,
    pub address: String,
}

/// A name is doubtful where so many rows have fewer different ones than one in `FEW_IN`.
const MANY_ROWS: usize = 200;
const FEW_IN: usize = 20;
/// From how many filled rows on a column counts as one that says the same, and in what share of them.
const SAME_ROWS: usize = 20;
const SAME: f64 = 0.95;

impl Sheet<'_> {
    /// Who: by name, else by looking like something that names people.
    pub fn customer(&mut self) -> Option<usize> {
        self.set_shop_apart();
        self.set_same_apart();
        let suits = |c: &Known| {
            !matches!(c.look.looks, Looks::Date | Looks::Flag) && (c.look.looks != Looks::Decimal || c.look.point_zero)
        };
        let email = (0..self.columns.len()).find(|at| self.columns[*at].look.looks == Looks::Email && !self.taken[*at]);
        let named = self.best(Role::Customer, suits);
        if let Some((at, score)) = named.and_then(|named| self.identifier_beside(named)) {
            self.taken[at] = true;
            self.sure.push(score);
            return Some(at);
        }
        // Two people may share a name, an address names one.
        let only_a_name = |at: usize| self.pins[at].is_none() && (self.names_of_people(at) || self.first_names(at));
        if named.is_some_and(|(at, _)| email.is_none_or(|_| !only_a_name(at))) {
            let at = self.need(Role::Customer, suits)?;
            self.which_address(at);
            return Some(at);
        }
        let at = email?;
        self.taken[at] = true;
        self.sure.push(0.8);
        self.which_address(at);
        Some(at)
    }

    /// A number or an account beside a column that holds first names: `Buyer User ID` beside `Buyer`.
    fn identifier_beside(&self, (named, _): (usize, f64)) -> Option<(usize, f64)> {
        if self.pins[named].is_some() || !self.first_names(named) {
            return None;
        }
        let fits = |at: &usize| {
            let column = &self.columns[*at];
            *at != named
                && !self.taken[*at]
                && self.pins[*at].is_none()
                && !matches!(column.look.looks, Looks::Date | Looks::Flag | Looks::Decimal)
                && !self.first_names(*at)
                && !self.names_of_people(*at)
                && column.look.filled * 10 >= self.columns[named].look.filled * 9
        };
        let scored = (0..self.columns.len()).filter(fits).map(|at| (at, fit(Role::Customer, &self.columns[at].words)));
        scored.filter(|(_, score)| *score > 0.5).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Of two columns of addresses, one that is the same in nearly every row is the shop's own, and nobody's who bought.
    fn set_shop_apart(&mut self) {
        let filled = |at: &usize| {
            let look = &self.columns[*at].look;
            look.looks == Looks::Email && !self.taken[*at] && look.filled * 2 > self.rows.len() && look.filled >= 10
        };
        let emails: Vec<usize> = (0..self.columns.len()).filter(filled).collect();
        if emails.len() < 2 || emails.iter().any(|at| self.pins[*at] == Some(Role::Customer)) {
            return;
        }
        let own = |at: &usize| self.usual(*at).map(|address| (*at, address));
        let shops: Vec<(usize, String)> = emails.iter().filter_map(own).collect();
        let [(column, address)] = &shops[..] else { return };
        self.taken[*column] = true;
        self.notes.push(format!(
            "'{}' is '{address}' in nearly every row: it is taken for the shop's own address and names no customer",
            self.name(*column)
        ));
        self.shop = Some(Shop { column: *column, address: address.clone() });
    }

    /// A column that says the same in nearly every row names the account of the business, where another names people.
    fn set_same_apart(&mut self) {
        let named = |at: &usize| {
            let column = &self.columns[*at];
            let who = column.look.looks == Looks::Email || fit(Role::Customer, &column.words) > 0.5;
            who && !self.taken[*at] && self.pins[*at].is_none() && column.look.filled >= SAME_ROWS
        };
        let same = |at: &usize| self.share_of_usual(*at).is_some_and(|(_, share)| share >= SAME);
        let (same, others): (Vec<usize>, Vec<usize>) = (0..self.columns.len()).filter(named).partition(same);
        if others.is_empty() {
            return;
        }
        for at in same {
            self.taken[at] = true;
            let name = self.name(at);
            self.notes.push(format!("'{name}' is the same in nearly every row: it is taken to name no customer"));
        }
    }

    /// The value that three of four filled cells have.
    fn usual(&self, at: usize) -> Option<String> {
        self.share_of_usual(at).filter(|(_, share)| *share >= 0.75).map(|(value, _)| value)
    }

    /// The commonest value, and its share of the filled cells.
    fn share_of_usual(&self, at: usize) -> Option<(String, f64)> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for value in self.filled(at) {
            *counts.entry(value.to_lowercase()).or_default() += 1;
        }
        let (value, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        Some((value, count as f64 / self.columns[at].look.filled.max(1) as f64))
    }

    /// Two columns of addresses that differ and are called alike: only a person knows which of them bought.
    fn which_address(&mut self, at: usize) {
        let address = |at: usize| self.columns[at].look.looks == Looks::Email;
        if !address(at) || self.pins[at].is_some() {
            return;
        }
        let sure = |at: usize| fit(Role::Customer, &self.columns[at].words);
        let alike = |other: &usize| {
            *other != at
                && address(*other)
                && !self.taken[*other]
                && self.pins[*other].is_none()
                && (sure(at) - sure(*other)).abs() < 0.15
                && !self.same_people(at, *other)
        };
        if let Some(other) = (0..self.columns.len()).find(alike) {
            let (one, other) = (self.name(at), self.name(other));
            self.ask(About::Columns, format!(
                "Which is the customer's address, '{one}' or '{other}'? The first is taken; for the second say --column \"{other}=customer\"."
            ));
        }
    }

    /// Whether two columns name the same in nine of ten rows that fill both.
    fn same_people(&self, one: usize, other: usize) -> bool {
        let pairs = (0..self.rows.len()).map(|row| (self.value(row, one), self.value(row, other)));
        let (mut both, mut same) = (0, 0);
        for (one, other) in pairs.filter(|(one, other)| !one.is_empty() && !other.is_empty()) {
            both += 1;
            same += usize::from(one.eq_ignore_ascii_case(other));
        }
        same * 10 >= both * 9
    }

    fn filled(&self, at: usize) -> impl Iterator<Item = &str> {
        (0..self.rows.len()).map(move |row| self.value(row, at)).filter(|value| !value.is_empty())
    }

    /// Whether most values are several words, as names of people and firms are, and numbers of customers are not.
    fn names_of_people(&self, at: usize) -> bool {
        let (mut all, mut several) = (0, 0);
        for value in self.filled(at) {
            all += 1;
            several += usize::from(value.contains(' ') && !value.bytes().any(|b| b.is_ascii_digit()));
        }
        all > 0 && several * 2 > all
    }

    /// Whether values look like first names: one word of letters with a capital in front.
    fn first_names(&self, at: usize) -> bool {
        let (mut all, mut names) = (0, 0);
        for value in self.filled(at) {
            let mut letters = value.chars().filter(|c| !matches!(c, '-' | '\'' | '.' | ' '));
            all += 1;
            names += usize::from(
                letters.next().is_some_and(char::is_uppercase)
                    && letters.clone().all(char::is_alphabetic)
                    && letters.any(char::is_lowercase),
            );
        }
        all > 0 && names * 10 >= all * 9
    }

    /// Asks about a column of first names that few people could share over many orders.
    pub fn doubt_names(&mut self, at: usize) {
        let look = &self.columns[at].look;
        let few = look.filled >= MANY_ROWS && look.distinct * FEW_IN < look.filled;
        if !few || self.pins[at].is_some() || !self.first_names(at) {
            return;
        }
        let (different, filled, name) = (look.distinct, look.filled, self.name(at));
        self.ask(About::Columns, format!(
            "'{name}' names only {different} different customers in {filled} rows, and they look like first names: people who share one would become one customer. Which column names the customer? --column \"That column=customer\", or --column \"{name}=customer\" if it is right."
        ));
        self.sure.push(0.4);
    }

    /// The source of a customer: addresses in lower case, numbers without a stray `.0`. Where some rows have no
    /// number (guests) but an address, the address names them.
    pub fn customer_source(&self, at: usize) -> Source {
        let column = &self.columns[at];
        let (lower, whole) = (column.look.looks == Looks::Email, column.look.point_zero);
        if let Some(other) = self.second_name(at) {
            let lower = lower || self.columns[other].look.looks == Looks::Email;
            return made(Made { first: vec![column.name.clone(), self.name(other)], lower, whole, ..Made::default() });
        }
        if !lower && !whole {
            return Source::Column(column.name.clone());
        }
        made(Made { column: Some(column.name.clone()), lower, whole, ..Made::default() })
    }

    /// Another column that names the same people, and names some of those whom the first leaves empty.
    fn second_name(&self, at: usize) -> Option<usize> {
        let email = self.columns[at].look.looks == Looks::Email;
        let suits = |other: &usize| {
            let column = &self.columns[*other];
            let own = self.shop.as_ref().is_some_and(|shop| shop.column == *other);
            let address = column.look.looks == Looks::Email && (!email || self.same_people(at, *other));
            // Mixpanel: who signed in, beside who it is in any case.
            let distinct = column.words.ends_with("distinct id") && self.columns[at].words.ends_with("user id");
            *other != at && !own && (address || distinct)
        };
        let fills = |other: &usize| {
            (0..self.rows.len()).any(|row| is_nobody(self.value(row, at)) && !is_nobody(self.value(row, *other)))
        };
        (0..self.columns.len()).filter(suits).find(fills)
    }
}
