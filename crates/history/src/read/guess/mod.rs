//! A map for a layout never seen before: by the names of its columns, and by what stands in them.

mod called_off;
mod customer;
pub mod look;
pub mod names;
mod orders;
mod others;
mod owned;
mod signs;
mod subscriptions;

use std::collections::BTreeMap;

use serde::Serialize;

use look::{Look, Looks};
use names::{Role, fit, words_of};

use super::date::DateForm;
use super::map::{Kept, Made, Map, MoneyUnit, Rule, Source};
use super::number::DecimalMark;
use super::{Answers, As};
use crate::schema::{AttributeKind, Table, is_reserved};

/// Which answer of a person a question waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// What a column is.
    Columns,
    /// Which column has the amounts.
    Amount,
    /// The currency of amounts.
    Currency,
    /// In which order dates are written.
    Dates,
    /// For how long a price is.
    PricePer,
    /// The day on which a list without dates was true.
    AsOf,
}

/// What a person should confirm or answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Which answer it waits for.
    pub about: About,
    /// Whether nothing may be stored before it is answered: two answers give other numbers, and neither is safer.
    pub open: bool,
    /// The question, and how to answer it on the command line.
    pub text: String,
}

/// Attributes of one table.
const ATTRIBUTES_MAX: usize = 60;

/// What the guess rests on.
pub struct Guess {
    pub map: Map,
    /// 0 to 1: 1 when every needed column was found by a sure name.
    pub confidence: f64,
    /// What a person should confirm or answer.
    pub questions: Vec<Question>,
    pub notes: Vec<String>,
}

/// A column and everything known about it.
pub struct Known {
    pub name: String,
    pub words: String,
    pub look: Look,
}

/// A column of ours, what it may be called, and which columns of the file suit it.
type Wanted<'w> = (&'w str, Role, fn(&Known) -> bool);

/// The columns of a file, and which of them are already spoken for.
pub struct Sheet<'a> {
    pub columns: Vec<Known>,
    pub rows: &'a [Vec<String>],
    taken: Vec<bool>,
    /// How surely each needed column was found.
    sure: Vec<f64>,
    pub questions: Vec<Question>,
    pub notes: Vec<String>,
    answers: &'a Answers,
    /// By column: what somebody said it is.
    pins: Vec<Option<Role>>,
    /// Where a column of addresses is the shop's own in nearly every row.
    shop: Option<customer::Shop>,
}

impl<'a> Sheet<'a> {
    /// Looks at every column of a sample.
    pub fn new(names: &[String], rows: &'a [Vec<String>], answers: &'a Answers) -> Sheet<'a> {
        let columns: Vec<Known> = names
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let values = rows.iter().map(move |row| row.get(at).map_or("", |value| value.trim()));
                Known { name: name.clone(), words: words_of(name), look: look::look(values) }
            })
            .collect();
        let said = |c: &Known| answers.columns.iter().find(|(name, _)| *name == c.name).map(|(_, word)| word.as_str());
        let taken = columns
            .iter()
            .map(|c| {
                let odd = c.look.looks == Looks::Empty || c.words.starts_with("fivetran") || c.name.starts_with('_');
                said(c) == Some("skip") || (odd && said(c).is_none())
            })
            .collect();
        let pins = columns.iter().map(|c| Role::ALL.into_iter().find(|role| said(c) == Some(role.name()))).collect();
        Sheet {
            columns,
            rows,
            taken,
            sure: Vec::new(),
            questions: Vec::new(),
            notes: Vec::new(),
            answers,
            pins,
            shop: None,
        }
    }

    /// Asks a person to confirm something.
    pub fn ask(&mut self, about: About, text: String) {
        self.questions.push(Question { about, open: false, text });
    }

    /// Asks a person something that has no safe answer.
    pub fn must_ask(&mut self, about: About, text: String) {
        self.questions.push(Question { about, open: true, text });
    }

    fn fresh(&self) -> Sheet<'a> {
        Sheet::new(&self.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>(), self.rows, self.answers)
    }

    /// The best column for a role among those not taken, and how well it fits.
    pub fn best(&self, role: Role, suits: impl Fn(&Known) -> bool) -> Option<(usize, f64)> {
        if let Some(at) = (0..self.columns.len()).find(|at| !self.taken[*at] && self.pins[*at] == Some(role)) {
            return Some((at, 1.0)); // somebody said so
        }
        let free = |at: usize| !self.taken[at] && self.pins[at].is_none();
        let fits = self.columns.iter().enumerate().filter(|(at, column)| free(*at) && suits(column));
        let money = matches!(
            role,
            Role::Amount
                | Role::Quantity
                | Role::UnitPrice
                | Role::UnitCost
                | Role::Discount
                | Role::Tax
                | Role::Shipping
                | Role::Refund
                | Role::Mrr
                | Role::Arr
        );
        let fits = fits.filter(|(_, column)| !money || !names_something(&column.words));
        let scored = fits.map(|(at, column)| (at, fit(role, &column.words))).filter(|(_, score)| *score > 0.3);
        scored.fold(
            None,
            |best: Option<(usize, f64)>, next| if best.is_none_or(|b| next.1 > b.1) { Some(next) } else { best },
        )
    }

    /// As [`best`](Sheet::best), and speaks for the column.
    pub fn take(&mut self, role: Role, suits: impl Fn(&Known) -> bool) -> Option<usize> {
        let (at, _) = self.best(role, suits)?;
        self.taken[at] = true;
        Some(at)
    }

    /// As [`take`](Sheet::take) for a column without which there is no fact: remembers how sure it is.
    pub fn need(&mut self, role: Role, suits: impl Fn(&Known) -> bool) -> Option<usize> {
        let (at, score) = self.best(role, suits)?;
        self.taken[at] = true;
        self.sure.push(score);
        Some(at)
    }

    /// When: the column that is named and looks like a time.
    pub fn time(&mut self, role: Role) -> Option<usize> {
        self.need(role, |c| !c.look.forms.is_empty()).or_else(|| {
            let dated: Vec<usize> = (0..self.columns.len())
                .filter(|at| !self.taken[*at] && self.columns[*at].look.looks == Looks::Date)
                .collect();
            let at = *dated.first().filter(|_| dated.len() == 1)?;
            self.taken[at] = true;
            self.sure.push(0.6);
            Some(at)
        })
    }

    pub fn name(&self, at: usize) -> String {
        self.columns[at].name.clone()
    }

    /// The source of a time, with its form where it is not the usual one.
    pub fn time_source(&mut self, at: usize) -> Source {
        let column = &self.columns[at];
        let forms = column.look.forms.clone();
        let name = column.name.clone();
        let said = self.answers.dates.filter(|form| forms.contains(form)).or_else(|| self.form_of_writing(at, &forms));
        let forms = said.or_else(|| self.form_in_order(at, &forms)).map_or(forms, |form| vec![form]);
        if forms.contains(&DateForm::Dmy) && forms.contains(&DateForm::Mdy) {
            let example =
                self.rows.iter().find_map(|row| row.get(at).filter(|v| !v.is_empty())).cloned().unwrap_or_default();
            let (form, word) = (DateForm::Mdy, "month/day/year");
            self.must_ask(
                About::Dates,
                format!(
                    "In '{name}', is the day or the month first in '{example}'? It is read as {word}. Say which with --dates dmy or --dates mdy."
                ),
            );
            return Source::Made(Box::new(Made { column: Some(name), dates: Some(form), ..Made::default() }));
        }
        if let Some(time) = self.time_of_day(at) {
            self.taken[time] = true;
            let join = vec![name, self.name(time)];
            return Source::Made(Box::new(Made { join, dates: forms.first().copied(), ..Made::default() }));
        }
        match forms.first() {
            None | Some(DateForm::Iso) => Source::Column(name),
            Some(form) => Source::Made(Box::new(Made { column: Some(name), dates: Some(*form), ..Made::default() })),
        }
    }

    /// Dots between the parts, or decimal commas beside them, are written where the day comes first.
    fn form_of_writing(&self, at: usize, forms: &[DateForm]) -> Option<DateForm> {
        let dots =
            (0..self.rows.len()).any(|row| self.value(row, at).split(' ').next().is_some_and(|day| day.contains('.')));
        let commas = self.columns.iter().any(|c| c.look.mark == Some(DecimalMark::Comma));
        (forms.contains(&DateForm::Dmy) && (dots || commas)).then_some(DateForm::Dmy)
    }

    /// Day or month first, where the rows are sorted by time under one reading and not under the other.
    fn form_in_order(&self, at: usize, forms: &[DateForm]) -> Option<DateForm> {
        let both = [DateForm::Dmy, DateForm::Mdy];
        if !both.iter().all(|form| forms.contains(form)) {
            return None;
        }
        let sorted = |form: &DateForm| {
            let values = (0..self.rows.len()).map(|row| self.value(row, at)).filter(|value| !value.is_empty());
            let times: Vec<i64> =
                values.filter_map(|text| Some(super::date::parse(text.as_bytes(), *form).ok()?.local)).collect();
            let days: std::collections::HashSet<i64> =
                times.iter().map(|time| time.div_euclid(86_400_000_000)).collect();
            let (up, down) = (times.is_sorted(), times.iter().rev().is_sorted());
            days.len() >= 8 && (up || down)
        };
        match both.map(|form| sorted(&form)) {
            [true, false] => Some(DateForm::Dmy),
            [false, true] => Some(DateForm::Mdy),
            _ => None,
        }
    }

    /// The column with the time of day that belongs to a column of dates alone.
    pub fn time_of_day(&self, date: usize) -> Option<usize> {
        if self.columns[date].look.clock || self.columns[date].look.looks != Looks::Date {
            return None;
        }
        let time = |text: &str| {
            let (hour, rest) = text.split_once(':').unwrap_or(("", ""));
            (1..=2).contains(&hour.len())
                && hour.bytes().all(|b| b.is_ascii_digit())
                && rest.as_bytes().first().is_some_and(u8::is_ascii_digit)
        };
        let values =
            |at: usize| (0..self.rows.len()).map(move |row| self.value(row, at)).filter(|value| !value.is_empty());
        (0..self.columns.len())
            .find(|at| !self.taken[*at] && self.columns[*at].look.filled > 0 && values(*at).all(time))
    }

    /// The source of a number, with its decimal mark where it is not that of the file.
    pub fn number_source(&self, at: usize, file: DecimalMark) -> Source {
        let column = &self.columns[at];
        let decimal = column.look.mark.filter(|mark| *mark != file);
        let cents = column.words.split(' ').any(|word| matches!(word, "cents" | "cent" | "pence" | "minor"));
        let money = Some(MoneyUnit::Minor).filter(|_| cents && column.look.looks == Looks::Whole);
        if decimal.is_none() && money.is_none() {
            return Source::Column(column.name.clone());
        }
        made(Made { column: Some(column.name.clone()), decimal, money, ..Made::default() })
    }

    /// The decimal mark most numeric columns show.
    pub fn mark(&self) -> DecimalMark {
        let count = |mark| self.columns.iter().filter(|c| c.look.numeric() && c.look.mark == Some(mark)).count();
        if count(DecimalMark::Comma) > count(DecimalMark::Point) { DecimalMark::Comma } else { DecimalMark::Point }
    }

    pub fn value(&self, row: usize, at: usize) -> &str {
        self.rows[row].get(at).map_or("", |value| value.trim())
    }

    /// A plain rule with the columns found for these roles, in this order of choice.
    pub fn plain(&mut self, rule: &mut BTreeMap<String, Source>, wanted: &[Wanted<'_>]) {
        let mark = self.mark();
        for (column, role, suits) in wanted {
            if let Some(at) = self.take(*role, suits) {
                let source = if *role == Role::Discount && self.columns[at].look.negative {
                    // What was taken off is written as a negative amount here.
                    made(Made { column: Some(self.name(at)), absolute: true, ..Made::default() })
                } else if self.columns[at].look.numeric() {
                    self.number_source(at, mark)
                } else {
                    Source::Column(self.name(at))
                };
                rule.insert((*column).to_owned(), source);
            }
        }
    }

    /// Keeps what is left as attributes: words, numbers, flags; texts that differ from row to row stay behind.
    pub fn attributes(&mut self, table: Table) -> BTreeMap<String, Kept> {
        let mut kept = BTreeMap::new();
        let mut left_out = Vec::new();
        for at in 0..self.columns.len() {
            if self.taken[at] || self.columns[at].name.contains("[]") {
                continue;
            }
            let column = &self.columns[at];
            let look = &column.look;
            let many = look.filled > 50 && look.distinct * 2 > look.filled;
            let kind = match look.looks {
                Looks::Flag => AttributeKind::Flag,
                Looks::Whole if look.bit && starts_like_flag(&column.words) => AttributeKind::Flag,
                Looks::Whole if names_something(&column.words) => AttributeKind::Word,
                Looks::Whole | Looks::Decimal if look.all_numbers => AttributeKind::Number,
                Looks::Word | Looks::Whole | Looks::Decimal => AttributeKind::Word,
                Looks::Text if !many && look.longest <= 60 => AttributeKind::Word,
                _ => {
                    left_out.push(column.name.clone());
                    continue;
                }
            };
            if kind == AttributeKind::Word && many {
                left_out.push(column.name.clone());
                continue;
            }
            if kept.len() >= ATTRIBUTES_MAX {
                self.notes
                    .push(format!("only the first {ATTRIBUTES_MAX} further columns are kept; name others in the map"));
                break;
            }
            let name = attribute_name(&column.words, table, &kept);
            let kept_as = if kind == AttributeKind::Word {
                Kept::Word(column.name.clone())
            } else {
                Kept::As { column: column.name.clone(), kind }
            };
            kept.insert(name, kept_as);
        }
        if !left_out.is_empty() {
            let shown = left_out.iter().take(12).map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            self.notes.push(format!("not kept, since nearly every row has another text or date there: {shown}; add them under [facts.attributes] to keep them"));
        }
        kept
    }

    /// As [`attributes`](Sheet::attributes), of columns that begin with a prefix only, named without it.
    pub fn attributes_under(mut self, table: Table, prefix: &str) -> BTreeMap<String, Kept> {
        for (at, column) in self.columns.iter_mut().enumerate() {
            match column.name.strip_prefix(prefix) {
                Some(rest) => column.words = words_of(rest),
                None => self.taken[at] = true,
            }
        }
        self.attributes(table)
    }

    /// Columns of lists inside JSON records do not tell of the record: they are read by rules of their own.
    fn set_lists_apart(&mut self) -> Vec<String> {
        let mut lists: Vec<String> = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let Some((list, _)) = column.name.rsplit_once("[]") else { continue };
            self.taken[at] = true;
            let list = format!("{list}[]");
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        lists
    }

    fn done(self, map: Map) -> Guess {
        let confidence = self.sure.iter().copied().fold(1.0, f64::min);
        Guess { map, confidence, questions: self.questions, notes: self.notes }
    }
}

/// `store_id`, `zip`: digits that name something are words.
fn names_something(words: &str) -> bool {
    words.split(' ').any(|word| {
        matches!(
            word,
            "id" | "code"
                | "no"
                | "nr"
                | "number"
                | "zip"
                | "postcode"
                | "postal"
                | "address"
                | "phone"
                | "latitude"
                | "longitude"
                | "key"
                | "upc"
                | "sku"
                | "ean"
        )
    })
}

fn starts_like_flag(words: &str) -> bool {
    words.split(' ').any(|word| matches!(word, "is" | "has" | "flag" | "was" | "did" | "enabled" | "active"))
}

/// `snake_case`, letters and digits only, never the name of a column of ours, never one that was given already.
pub fn attribute_name(words: &str, table: Table, given: &BTreeMap<String, Kept>) -> String {
    let mut name: String = words.replace(' ', "_").chars().take(60).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name = format!("column_{name}");
    }
    if is_reserved(table, &name) {
        name.push_str("_given");
    }
    let first = name.clone();
    (2..).map(|n| format!("{first}_{n}")).find(|other| {
        let free = !given.contains_key(&name);
        if !free {
            name.clone_from(other);
        }
        free
    });
    name
}

/// A map for these columns. `wanted` says what the file holds, where somebody said so.
pub fn guess(
    names: &[String],
    rows: &[Vec<String>],
    wanted: Option<As>,
    currency: Option<&str>,
    answers: &Answers,
) -> Option<Guess> {
    let mut sheet = Sheet::new(names, rows, answers);
    let lists = sheet.set_lists_apart();
    if let Some(guess) = owned::owned(sheet.fresh(), wanted) {
        return Some(finished(guess, names, rows, currency, answers));
    }
    let kind = wanted.or_else(|| kind_of(&sheet))?;
    let guess = match kind {
        As::Orders if !lists.is_empty() => orders::with_lists(sheet, &lists),
        As::Orders => orders::orders(sheet, false),
        As::OrderLines => orders::orders(sheet, true),
        As::Refunds => orders::refunds(sheet),
        As::Subscriptions => subscriptions::subscriptions(sheet),
        As::Events => others::events(sheet),
        As::Customers => others::customers(sheet),
        As::Tickets => others::tickets(sheet),
        As::Responses => others::responses(sheet),
        As::Invoices => others::invoices(sheet),
        As::Costs => others::costs(sheet),
    }?;
    Some(finished(guess, names, rows, currency, answers))
}

/// Adds what holds for every guess: a name, and the currency or the question for it.
fn finished(
    mut guess: Guess,
    names: &[String],
    rows: &[Vec<String>],
    currency: Option<&str>,
    answers: &Answers,
) -> Guess {
    guess.map.name = "guessed".to_owned();
    if let Some(said) = answers.currency {
        guess.map.currency = Some(said.code().to_owned());
    }
    if guess.map.lacks_currency() && guess.map.currency.is_none() {
        guess.map.currency = currency_in_names(names).or_else(|| signs::currency_in_cells(rows));
        if guess.map.currency.is_none() {
            match currency {
                Some(code) => guess.notes.push(format!("no column says the currency: amounts are taken as {code}")),
                None => guess.questions.push(Question { about: About::Currency, open: false, text: "In which currency are the amounts? No column says so. Answer with --currency EUR, or another code; without an answer it stays unknown, and counts as that of the business.".to_owned() }),
            }
        }
    }
    guess
}

/// Which of the things every fact needs cannot be seen among the columns, in words.
pub fn missing(names: &[String], rows: &[Vec<String>]) -> &'static str {
    let answers = Answers::default();
    let mut sheet = Sheet::new(names, rows, &answers);
    let dated = |c: &Known| c.look.looks == Looks::Date || (!c.look.forms.is_empty() && fit(Role::At, &c.words) > 0.3);
    let when = sheet.columns.iter().any(dated) || others::date_parts(&sheet).is_some();
    match (sheet.customer().is_some(), when) {
        (false, false) => "no column says who or when",
        (false, true) => "no column says which customer a row belongs to",
        (true, false) => "no column says when it happened",
        (true, true) => "it is not clear what happened",
    }
}

/// `amount_usd`, `Betrag (EUR)`: the currency many exports put into a name.
fn currency_in_names(names: &[String]) -> Option<String> {
    const CODES: [&str; 22] = [
        "usd", "eur", "gbp", "cad", "aud", "nzd", "chf", "sek", "nok", "dkk", "pln", "czk", "huf", "jpy", "cny", "twd",
        "hkd", "sgd", "inr", "brl", "mxn", "zar",
    ];
    let found = names
        .iter()
        .find_map(|name| words_of(name).split(' ').find_map(|word| CODES.iter().find(|code| **code == word)));
    found.map(|code| code.to_uppercase()).or_else(|| names.iter().find_map(|name| signs::currency_of_sign(name)))
}

/// What a file holds, by the columns it has.
fn kind_of(sheet: &Sheet<'_>) -> Option<As> {
    let any = |_: &Known| true;
    let number = |c: &Known| c.look.numeric();
    let time = |c: &Known| !c.look.forms.is_empty();
    let has = |role, suits: &dyn Fn(&Known) -> bool| sheet.best(role, suits).map_or(0.0, |(_, score)| score);
    let name_fit = |role, least: f64, suits: &dyn Fn(&Known) -> bool| has(role, suits) >= least;
    // One record alone may be anything: only a sure name makes it somebody's.
    let named = if sheet.rows.len() == 1 { 0.75 } else { 0.4 };
    let who = name_fit(Role::Customer, named, &any) || sheet.columns.iter().any(|c| c.look.looks == Looks::Email);
    let months = others::date_parts(sheet).is_some();
    let when = months || name_fit(Role::At, 0.4, &time) || sheet.columns.iter().any(|c| c.look.looks == Looks::Date);
    let priced = |c: &Known| number(c) && fit(Role::Refund, &c.words) < 0.6;
    let money = name_fit(Role::Amount, 0.4, &priced) || name_fit(Role::UnitPrice, 0.6, &priced);
    let order = name_fit(Role::Order, 0.6, &any);
    let parts = sheet.columns.iter().any(|c| c.words.ends_with("year"))
        && sheet.columns.iter().any(|c| c.words.ends_with("month"));
    let start = has(Role::Start, &time).max(if parts { 0.7 } else { 0.0 });
    let mrr = name_fit(Role::Mrr, 0.6, &number);
    let subscription = name_fit(Role::Subscription, 0.7, &any)
        || mrr
        || (name_fit(Role::Plan, 0.7, &any) && name_fit(Role::Interval, 0.6, &any));
    let ended = name_fit(Role::End, 0.7, &|c: &Known| !c.look.forms.is_empty() || c.look.filled == 0)
        || subscriptions::parts(sheet, &subscriptions::END).is_some();
    // Prices and kinds of rows beside a start and an end, or a price that comes again: subscriptions.
    let renewed = subscription && ended && (money || mrr);
    let list = renewed && !order;
    let scored: [(As, bool); 11] = [
        (As::Tickets, name_fit(Role::Ticket, 0.85, &any) && (when || name_fit(Role::At, 0.4, &time)) && !money),
        (
            As::Events,
            name_fit(Role::EventName, 0.85, &|c| !c.look.numeric())
                && who
                && when
                && !(mrr || (order && money) || list),
        ),
        (
            As::Subscriptions,
            subscription
                && who
                && (start > 0.5 || (when && mrr))
                && (list || !name_fit(Role::Product, 0.8, &any))
                && (list || mrr || !name_fit(Role::EventName, 0.9, &any)),
        ),
        (As::Subscriptions, who && start > 0.6 && ended && (name_fit(Role::Plan, 0.6, &any) || parts)),
        (As::Invoices, name_fit(Role::Due, 0.7, &time) && money && who),
        (
            As::Responses,
            name_fit(Role::Score, 0.7, &number)
                && (who || name_fit(Role::Survey, 0.6, &any))
                && when
                && !order
                && !name_fit(Role::UnitPrice, 0.6, &number),
        ),
        (
            As::Responses,
            who && when
                && !money
                && !order
                && name_fit(Role::Answer, 0.6, &|c| c.look.longest > 80 && c.look.distinct * 10 > c.look.filled * 8),
        ),
        (As::Orders, who && when && (money || order)),
        (As::Events, who && when && name_fit(Role::EventName, 0.5, &|c| !c.look.numeric())),
        (As::Customers, who && !money && !months && customer_unique(sheet)),
        (As::Events, who && when),
    ];
    scored.into_iter().find(|(_, fits)| *fits).map(|(kind, _)| kind)
}

/// Every row another customer: then rows tell of customers, not of what they did.
fn customer_unique(sheet: &Sheet<'_>) -> bool {
    let column = sheet.best(Role::Customer, |_| true).map(|(at, _)| at);
    let column = column.or_else(|| sheet.columns.iter().position(|c| c.look.looks == Looks::Email));
    column.is_some_and(|at| sheet.columns[at].look.unique() || sheet.rows.len() == 1)
}

/// A rule with nothing but its columns.
fn rule(table: Table, columns: BTreeMap<String, Source>) -> Rule {
    Rule { table, each: None, when: Vec::new(), optional: false, columns, attributes: BTreeMap::new() }
}

fn made(made: Made) -> Source {
    Source::Made(Box::new(made))
}

/// Traits of the person in any export become profiles, where there are some.
fn traits(sheet: &mut Sheet<'_>, customer: &Source, at: &Source, own_country: bool) -> Option<Rule> {
    let mut columns = BTreeMap::new();
    let text: fn(&Known) -> bool = |c| !c.look.numeric() && !matches!(c.look.looks, Looks::Date | Looks::Flag);
    // The same in every row is the shop's own name, not that of its customers.
    let name: fn(&Known) -> bool = |c| {
        !c.look.numeric()
            && !matches!(c.look.looks, Looks::Date | Looks::Flag)
            && (c.look.distinct > 1 || c.look.filled < 3)
    };
    let any: fn(&Known) -> bool = |_| true;
    let customer_is_email = customer
        .columns()
        .first()
        .is_some_and(|name| sheet.columns.iter().any(|c| c.name == *name && c.look.looks == Looks::Email));
    if customer_is_email {
        columns.insert("email".to_owned(), customer.clone());
    } else if let Some(email) = sheet.take(Role::Email, |c| c.look.looks == Looks::Email) {
        columns
            .insert("email".to_owned(), made(Made { column: Some(sheet.name(email)), lower: true, ..Made::default() }));
    }
    let first = sheet.best(Role::FirstName, text).filter(|(_, s)| *s > 0.7).map(|(at, _)| at);
    let last = sheet.best(Role::LastName, text).filter(|(_, s)| *s > 0.7).map(|(at, _)| at);
    if let (Some(first), Some(last)) = (first, last.filter(|last| Some(*last) != first)) {
        sheet.taken[first] = true;
        sheet.taken[last] = true;
        columns.insert(
            "name".to_owned(),
            made(Made { join: vec![sheet.name(first), sheet.name(last)], ..Made::default() }),
        );
    } else {
        sheet.plain(&mut columns, &[("name", Role::Name, name)]);
    }
    sheet.plain(
        &mut columns,
        &[
            ("phone", Role::Phone, any),
            ("city", Role::City, text),
            ("language", Role::Language, text),
            ("time_zone", Role::TimeZone, text),
            ("birthday", Role::Birthday, any),
        ],
    );
    if own_country {
        sheet.plain(&mut columns, &[("country", Role::Country, text), ("channel", Role::Channel, text)]);
    }
    if columns.is_empty() {
        return None;
    }
    columns.insert("customer_id".to_owned(), customer.clone());
    columns.insert("at".to_owned(), at.clone());
    let mut rule = rule(Table::Profiles, columns);
    rule.optional = true;
    Some(rule)
}
