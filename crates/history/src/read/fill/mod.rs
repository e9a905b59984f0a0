//! From the fields of one row to facts in columns, or to a reason why not.

mod amount;
mod blank;
mod condition;
mod fault;
mod fields;
mod filling;
mod text;
mod time;
mod words;

use terms::Currency;

pub use blank::{flag_of, is_nobody, is_void};
pub use fields::{Fields, Span};
pub use time::seconds_of;
pub use words::Words;

use super::date::Clock;
use super::plan::{AsidePlan, Cell, Plan, RulePlan, Term, Test, Way};
use super::sink::{ReadReport, Reject, Sink, SinkError};
use crate::schema::Kind;
use blank::is_blank;
use condition::holds;
use fault::{Fault, hint_of, reason_of};
use filling::{Filling, Value};

/// Rows of a batch, and bytes of text after which a batch is full in any case.
const BATCH_ROWS: usize = 65_536;
const BATCH_TEXT: usize = 32 << 20;
/// Characters of a value shown in a reject.
const SHOWN: usize = 200;

/// Turns rows into facts: one for each thread that reads.
pub struct Filler<'p> {
    plan: &'p Plan,
    sink: &'p dyn Sink,
    file: String,
    clock: Clock,
    fillings: Vec<Filling>,
    /// Values of a row by rule: cells in the order of the plan.
    pending: Vec<usize>,
    made: String,
    /// Kept between rows for its memory only.
    values: Vec<Value<'static>>,
    carried: Carried,
    unfit: std::collections::HashMap<String, u64>,
    aside: Vec<u64>,
    faults: std::collections::HashMap<&'static str, u64>,
    facts: Vec<u64>,
    rows: u64,
}

/// What `carry` remembers of the rows before.
#[derive(Default)]
struct Carried {
    key: String,
    values: Vec<String>,
    new: bool,
}

impl<'p> Filler<'p> {
    pub fn new(plan: &'p Plan, file: &str, sink: &'p dyn Sink) -> Filler<'p> {
        Filler {
            plan,
            sink,
            file: file.to_owned(),
            clock: Clock::new(plan.zone.clone()),
            fillings: plan.tables.iter().map(Filling::new).collect(),
            pending: Vec::new(),
            made: String::new(),
            values: Vec::new(),
            carried: Carried::default(),
            unfit: Default::default(),
            aside: vec![0; plan.aside.len()],
            faults: Default::default(),
            facts: vec![0; plan.tables.len()],
            rows: 0,
        }
    }

    /// Columns of the file.
    pub fn width(&self) -> usize {
        self.plan.columns.len()
    }

    /// Rows seen so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// A row of the file.
    pub fn row(&mut self, fields: Fields<'_>, line: u64) -> Result<(), SinkError> {
        self.rows += 1;
        if self.plan.carry.is_some() {
            return self.carried_row(fields, line);
        }
        self.record(fields, line, None).map(|_| ())
    }

    /// The part of a JSON record that rules without `each` see; whether it was accepted.
    pub fn head(&mut self, fields: Fields<'_>, line: u64) -> Result<bool, SinkError> {
        self.rows += 1;
        self.record(fields, line, None)
    }

    /// An element of a list of a JSON record.
    pub fn element(&mut self, fields: Fields<'_>, line: u64, list: usize) -> Result<(), SinkError> {
        self.record(fields, line, Some(list)).map(|_| ())
    }

    /// A row that could not even be cut into fields.
    pub fn broken(&mut self, line: u64, code: &'static str, value: &str) -> Result<(), SinkError> {
        self.rows += 1;
        *self.faults.entry(code).or_default() += 1;
        self.refuse(line, "", value, code, reason_of(code), hint_of(code))
    }

    /// Hands over what is left and the counts.
    pub fn finish(mut self) -> Result<ReadReport, SinkError> {
        for (filling, plan) in self.fillings.iter_mut().zip(&self.plan.tables) {
            if filling.rows > 0 {
                let batch = filling.take(plan)?;
                self.sink.facts(plan.table, batch)?;
            }
        }
        let mut report = ReadReport { rows: self.rows, ..ReadReport::default() };
        for (at, (plan, count)) in self.plan.tables.iter().zip(&self.facts).enumerate() {
            let rules = self.plan.rules.iter().enumerate().filter(|(rule, _)| self.plan.withdrawal != Some(*rule));
            if rules.into_iter().any(|(_, rule)| rule.table == at) {
                report.facts.insert(plan.table, *count);
            }
        }
        for (plan, count) in self.plan.aside.iter().zip(&self.aside).filter(|(_, count)| **count > 0) {
            *report.rejects.entry(plan.code.clone()).or_default() += count;
        }
        for (code, count) in &self.faults {
            *report.rejects.entry((*code).to_owned()).or_default() += count;
        }
        report.unfit.extend(self.unfit);
        Ok(report)
    }

    /// Fills the cells left empty because they repeat the row above, then goes on as with any row.
    fn carried_row(&mut self, fields: Fields<'_>, line: u64) -> Result<(), SinkError> {
        let Some(carry) = &self.plan.carry else { return Ok(()) };
        let key = fields.get(carry.key);
        self.carried.new = key.is_empty() || key != self.carried.key;
        if self.carried.new {
            self.carried.key = key.to_owned();
            self.carried.values = carry.columns.iter().map(|at| fields.get(*at).to_owned()).collect();
            return self.record(fields, line, None).map(|_| ());
        }
        // The scratch text is rebuilt with the carried values behind it; few exports need this, none of them is large.
        let mut scratch = fields.scratch.to_owned();
        let mut spans = fields.spans.to_vec();
        for (at, value) in carry.columns.iter().zip(&self.carried.values) {
            if fields.get(*at).is_empty() && *at < spans.len() {
                let start = scratch.len() as u32;
                scratch.push_str(value);
                spans[*at] = Span { start, end: scratch.len() as u32, scratch: true };
            }
        }
        self.record(Fields { block: fields.block, scratch: &scratch, spans: &spans }, line, None).map(|_| ())
    }

    /// Reads every rule that fits before anything is kept: a row is taken whole or not at all.
    fn record(&mut self, fields: Fields<'_>, line: u64, list: Option<usize>) -> Result<bool, SinkError> {
        let plan = self.plan;
        if list.is_none()
            && let Some(at) = plan.aside.iter().position(|aside| self.fits(&aside.when, fields))
        {
            self.aside[at] += 1;
            self.set_aside(&plan.aside[at], fields, line)?;
            if let Some(rule) = plan.withdrawal.filter(|_| plan.aside[at].withdraws) {
                self.withdraw(rule, fields)?;
            }
            return Ok(false);
        }
        self.made.clear();
        self.pending.clear();
        let mut values = emptied(std::mem::take(&mut self.values));
        let mut fault = None;
        let mut asked = false;
        let mut began = None;
        for (at, rule) in plan.rules.iter().enumerate().filter(|(_, rule)| rule.list == list) {
            if plan.withdrawal == Some(at) {
                continue;
            }
            asked = true;
            if !self.fits(&rule.when, fields) {
                continue;
            }
            let start = values.len();
            let read = self.values(rule, fields, &mut values);
            match read.and_then(|there| self.in_order(rule, &mut values[start..], &mut began).map(|()| there)) {
                Ok(true) => self.pending.push(at),
                Ok(false) => values.truncate(start),
                Err(found) if rule.optional && found.missing => values.truncate(start),
                Err(found) => {
                    fault = Some(found);
                    break;
                }
            }
        }
        if fault.is_none() && self.pending.is_empty() && asked && list.is_none() {
            fault = Some(Fault { code: "no_fact", column: None, missing: true });
        }
        if let Some(fault) = fault {
            self.fault(fault, fields, line)?;
            return Ok(false);
        }
        self.keep(&values)?;
        self.values = emptied(values);
        Ok(true)
    }

    /// Names the order of a row that was set aside, which does not count any more where an earlier file told it. What
    /// cannot be read names none: the row is listed already.
    fn withdraw(&mut self, rule: usize, fields: Fields<'_>) -> Result<(), SinkError> {
        self.made.clear();
        self.pending.clear();
        if !self.fits(&self.plan.rules[rule].when, fields) {
            return Ok(());
        }
        let mut values = Vec::new();
        if let Ok(true) = self.values(&self.plan.rules[rule], fields, &mut values) {
            self.pending.push(rule);
            self.keep(&values)?;
        }
        Ok(())
    }

    /// A subscription ends after it begins, as far as one row says both. An end that is only a day is moved to the
    /// beginning on that day.
    fn in_order(&self, rule: &RulePlan, values: &mut [Value<'_>], began: &mut Option<i64>) -> Result<(), Fault> {
        if rule.term == Term::Neither {
            return Ok(());
        }
        let said = rule.cells.iter().zip(values).find(|(cell, _)| cell.slot == 1);
        let Some((cell, Value::Whole(at))) = said else { return Ok(()) };
        match (rule.term, *began) {
            (Term::Begins, None) => *began = Some(*at),
            (Term::Ends, Some(began)) if *at < began && self.begins_the_day_of(*at, began) => *at = began,
            (Term::Ends, Some(began)) if *at < began => {
                return Err(Fault { code: "end_before_start", column: first_column(cell), missing: false });
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the first of two instants is the midnight that begins the day of the other.
    fn begins_the_day_of(&self, midnight: i64, at: i64) -> bool {
        let day = self.clock.date(terms::Instant(at));
        let just_before = terms::Instant(midnight.saturating_sub(1));
        self.clock.date(terms::Instant(midnight)) == day && self.clock.date(just_before) != day
    }

    #[inline]
    fn fits(&self, when: &[Test], fields: Fields<'_>) -> bool {
        when.iter().all(|test| holds(test, fields, self.carried.new))
    }

    /// Lists a row that the map says is no fact.
    fn set_aside(&self, aside: &AsidePlan, fields: Fields<'_>, line: u64) -> Result<(), SinkError> {
        let column = aside.when.first().map_or(0, |test| test.column);
        let (field, value) = (&self.plan.columns[column], fields.get(column));
        self.refuse(line, field, value, &aside.code, &aside.reason, "to count it, change set_aside in the map")
    }

    /// Counts and lists a row that cannot be read.
    fn fault(&mut self, fault: Fault, fields: Fields<'_>, line: u64) -> Result<(), SinkError> {
        *self.faults.entry(fault.code).or_default() += 1;
        let (field, value) = match fault.column {
            Some(at) => (self.plan.columns[at].as_str(), fields.get(at)),
            None => ("", ""),
        };
        self.refuse(line, field, value, fault.code, reason_of(fault.code), hint_of(fault.code))
    }

    /// Appends the values of every rule that fitted.
    fn keep(&mut self, values: &[Value<'_>]) -> Result<(), SinkError> {
        let mut rest = values;
        for at in &self.pending {
            let rule = &self.plan.rules[*at];
            let (own, after) = rest.split_at(rule.cells.len());
            rest = after;
            let filling = &mut self.fillings[rule.table];
            for (cell, value) in rule.cells.iter().zip(own) {
                filling.text += filling.columns[cell.slot].push(value, &self.made);
            }
            for slot in &rule.gaps {
                filling.columns[*slot].push(&Value::None, "");
            }
            filling.rows += 1;
            self.facts[rule.table] += u64::from(self.plan.withdrawal != Some(*at));
            if filling.rows >= BATCH_ROWS || filling.text >= BATCH_TEXT {
                let plan = &self.plan.tables[rule.table];
                let batch = filling.take(plan)?;
                self.sink.facts(plan.table, batch)?;
            }
        }
        Ok(())
    }

    fn refuse(
        &self,
        line: u64,
        field: &str,
        value: &str,
        code: &str,
        reason: &str,
        hint: &str,
    ) -> Result<(), SinkError> {
        let value = value.char_indices().nth(SHOWN).map_or(value, |(end, _)| &value[..end]);
        self.sink.reject(Reject { file: &self.file, line, field, value, code, reason, hint })
    }

    /// The values of one rule, pushed behind the others; `false` when there is nothing worth a fact.
    fn values<'a>(&mut self, rule: &RulePlan, fields: Fields<'a>, values: &mut Vec<Value<'a>>) -> Result<bool, Fault> {
        let start = values.len();
        let mut known = Known { digits: rule.digits, customer: None, at: None };
        if let Some(at) = rule.currency {
            known.digits = self.digits(&rule.cells[at], fields, rule.digits)?;
        }
        for cell in &rule.cells {
            let value = match self.value(cell, fields, &known) {
                Ok(Value::None) if cell.required => {
                    let code = match cell.name.as_str() {
                        "customer_id" if leans(cell, fields) => "owner_unknown",
                        "customer_id" => "no_customer",
                        _ => "missing_value",
                    };
                    return Err(Fault { code, column: first_column(cell), missing: true });
                }
                Ok(value) => value,
                Err(_) if cell.attribute => {
                    *self.unfit.entry(cell.name.clone()).or_default() += 1;
                    Value::None
                }
                Err(fault) => return Err(fault),
            };
            match (cell.slot, &value) {
                (0, Value::Text(_) | Value::Made(_)) => known.customer = Some(value.clone()),
                (1, Value::Whole(micros)) => known.at = Some(*micros),
                _ => {}
            }
            values.push(value);
        }
        let own = rule.cells.iter().zip(&values[start..]).filter(|(cell, _)| cell.slot > 2);
        Ok(!rule.needs_content || own.into_iter().any(|(_, value)| !matches!(value, Value::None)))
    }

    fn digits(&self, cell: &Cell, fields: Fields<'_>, otherwise: u32) -> Result<u32, Fault> {
        let Some((column, text)) = cell.ways.iter().find_map(|way| match way {
            Way::Column(at) => Some((Some(*at), fields.get(*at))).filter(|(_, text)| !is_blank(text)),
            Way::Constant(text) => Some((None, text.as_str())),
            Way::Of(at, owner) => Some((None, self.plan.owners.of(*owner, fields.get(*at))?.currency?)),
            _ => None,
        }) else {
            return Ok(otherwise);
        };
        let currency: Currency = text.parse().map_err(|_| Fault { code: "bad_currency", column, missing: false })?;
        Ok(currency.minor_digits())
    }

    fn value<'a>(&mut self, cell: &Cell, fields: Fields<'a>, known: &Known<'a>) -> Result<Value<'a>, Fault> {
        match cell.kind {
            Kind::Word | Kind::Text => Ok(self.text(cell, fields, known)),
            Kind::Minor => amount::money(cell, fields, known.digits),
            Kind::At => self.at(cell, fields),
            Kind::Number => amount::number(cell, fields, |found| Some(Value::Number(found.float()))),
            Kind::Whole => amount::number(cell, fields, |found| found.whole().map(Value::Whole)),
            Kind::Flag => amount::flag(cell, fields),
        }
    }
}

/// The same vector without its values, for values of another lifetime: collecting in place keeps its memory.
fn emptied<'b>(values: Vec<Value<'_>>) -> Vec<Value<'b>> {
    let gone = |_| -> Option<Value<'b>> { None };
    values.into_iter().filter_map(gone).collect()
}

/// What cells of the same fact have already found out.
struct Known<'a> {
    digits: u32,
    customer: Option<Value<'a>>,
    at: Option<i64>,
}

/// Whether an order or the like is named that nobody knows.
fn leans(cell: &Cell, fields: Fields<'_>) -> bool {
    cell.ways.iter().any(|way| matches!(way, Way::Of(at, _) if !is_blank(fields.get(*at))))
}

fn first_column(cell: &Cell) -> Option<usize> {
    cell.ways.iter().flat_map(Way::columns).next()
}
