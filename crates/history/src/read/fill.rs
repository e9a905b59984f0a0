//! From the fields of one row to facts in columns, or to a reason why not.

use std::ops::Range;

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder, new_null_array,
};
use arrow::datatypes::DataType;
use std::sync::Arc;
use terms::Currency;

use super::date::{self, Clock, DateFault, Moment};
use super::map::{MoneyUnit, OrderPer, State};
use super::number::Decimal;
use super::plan::{Cell, Plan, RulePlan, TablePlan, Test, Way, months_of};
use super::sink::{ReadReport, Reject, Sink, SinkError};
use crate::schema::Kind;

/// Rows of a batch, and bytes of text after which a batch is full in any case.
const BATCH_ROWS: usize = 65_536;
const BATCH_TEXT: usize = 32 << 20;
/// Characters of a value shown in a reject.
const SHOWN: usize = 200;

/// Where the text of a field lies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// After the last byte.
    pub end: u32,
    /// In the row's scratch text rather than in the block.
    pub scratch: bool,
}

/// The fields of a row: most lie in the block as it was read, some in a scratch text (unquoted, converted).
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    pub block: &'a str,
    pub scratch: &'a str,
    pub spans: &'a [Span],
}

impl<'a> Fields<'a> {
    /// The text of a column without the spaces around it; nothing where the row has no such column.
    pub fn get(&self, column: usize) -> &'a str {
        let Some(span) = self.spans.get(column) else { return "" };
        let text = if span.scratch { self.scratch } else { self.block };
        trimmed(text.get(span.start as usize..span.end as usize).unwrap_or(""))
    }
}

/// A text without the spaces around it. Nearly no field has any, and two looks at bytes are enough to see that.
fn trimmed(text: &str) -> &str {
    // 0xc2 begins and 0xa0 ends a no-break space; letters that share these bytes only cost the slower way.
    let solid = |byte: &u8| *byte > b' ' && *byte != 0xc2 && *byte != 0xa0;
    let bytes = text.as_bytes();
    if bytes.first().is_none_or(solid) && bytes.last().is_none_or(solid) {
        return text;
    }
    text.trim_matches([' ', '\t', '\u{a0}', '\r', '\n'])
}

/// A value on its way into a column.
#[derive(Debug, Clone)]
enum Value<'a> {
    None,
    Whole(i64),
    Number(f64),
    Flag(bool),
    Text(&'a str),
    /// In the text the filler made for this row.
    Made(Range<usize>),
}

/// Why a value could not be read.
#[derive(Debug, Clone, Copy)]
struct Fault {
    code: &'static str,
    column: Option<usize>,
    /// Nothing was there, as against something wrong.
    missing: bool,
}

enum Column {
    Text(StringBuilder),
    Whole(Int64Builder),
    Number(Float64Builder),
    Flag(BooleanBuilder),
    At(TimestampMicrosecondBuilder),
    /// No rule fills it.
    Absent,
}

impl Column {
    fn new(kind: Kind) -> Column {
        match kind {
            Kind::Word | Kind::Text => Column::Text(StringBuilder::new()),
            Kind::Minor | Kind::Whole => Column::Whole(Int64Builder::new()),
            Kind::Number => Column::Number(Float64Builder::new()),
            Kind::Flag => Column::Flag(BooleanBuilder::new()),
            Kind::At => Column::At(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        }
    }

    fn finish(&mut self, kind: &DataType, rows: usize) -> ArrayRef {
        match self {
            Column::Text(builder) => {
                let (rows, bytes) = (builder.len(), builder.values_slice().len());
                let full = std::mem::replace(builder, StringBuilder::with_capacity(rows, bytes + bytes / 16));
                Arc::new({ full }.finish()) // the next batch will be of about this size
            }
            Column::Whole(builder) => Arc::new(builder.finish()),
            Column::Number(builder) => Arc::new(builder.finish()),
            Column::Flag(builder) => Arc::new(builder.finish()),
            Column::At(builder) => Arc::new(builder.finish()),
            Column::Absent => new_null_array(kind, rows),
        }
    }

    fn push(&mut self, value: &Value<'_>, made: &str) -> usize {
        match (self, value) {
            (Column::Text(builder), Value::Text(text)) => {
                builder.append_value(text);
                return text.len();
            }
            (Column::Text(builder), Value::Made(range)) => {
                builder.append_value(made.get(range.clone()).unwrap_or(""));
                return range.len();
            }
            (Column::Whole(builder), Value::Whole(number)) => builder.append_value(*number),
            (Column::At(builder), Value::Whole(micros)) => builder.append_value(*micros),
            (Column::Number(builder), Value::Number(number)) => builder.append_value(*number),
            (Column::Flag(builder), Value::Flag(flag)) => builder.append_value(*flag),
            (Column::Text(builder), _) => builder.append_null(),
            (Column::Whole(builder), _) => builder.append_null(),
            (Column::At(builder), _) => builder.append_null(),
            (Column::Number(builder), _) => builder.append_null(),
            (Column::Flag(builder), _) => builder.append_null(),
            (Column::Absent, _) => {}
        }
        0
    }
}

/// One table being filled.
struct Filling {
    columns: Vec<Column>,
    rows: usize,
    text: usize,
}

impl Filling {
    fn new(plan: &TablePlan) -> Filling {
        let own = crate::schema::FACT.iter().chain(plan.table.columns()).map(|c| c.kind);
        let kinds = own.chain(plan.attributes.iter().map(|a| a.kind.kind()));
        let column = |(kind, filled): (Kind, &bool)| if *filled { Column::new(kind) } else { Column::Absent };
        Filling { columns: kinds.zip(&plan.filled).map(column).collect(), rows: 0, text: 0 }
    }

    fn take(&mut self, plan: &TablePlan) -> Result<RecordBatch, SinkError> {
        let columns = self.columns.iter_mut().zip(plan.schema.fields());
        let arrays = columns.map(|(column, field)| column.finish(field.data_type(), self.rows)).collect();
        (self.rows, self.text) = (0, 0);
        Ok(RecordBatch::try_new(plan.schema.clone(), arrays)?)
    }
}

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
        for (plan, count) in self.plan.tables.iter().zip(&self.facts) {
            report.facts.insert(plan.table, *count);
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
        if list.is_none() {
            let fits =
                |aside: &&super::plan::AsidePlan| aside.when.iter().all(|test| holds(test, fields, self.carried.new));
            if let Some(at) = plan.aside.iter().position(|aside| fits(&aside)) {
                self.aside[at] += 1;
                let (code, reason) = (&plan.aside[at].code, &plan.aside[at].reason);
                let column = plan.aside[at].when.first().map_or(0, |test| test.column);
                self.refuse(
                    line,
                    &plan.columns[column],
                    fields.get(column),
                    code,
                    reason,
                    "to count it, change set_aside in the map",
                )?;
                return Ok(false);
            }
        }
        self.made.clear();
        self.pending.clear();
        let mut values = emptied(std::mem::take(&mut self.values));
        let mut fault = None;
        let mut asked = false;
        for (at, rule) in plan.rules.iter().enumerate().filter(|(_, rule)| rule.list == list) {
            asked = true;
            if !rule.when.iter().all(|test| holds(test, fields, self.carried.new)) {
                continue;
            }
            let start = values.len();
            match self.values(rule, fields, &mut values) {
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
            *self.faults.entry(fault.code).or_default() += 1;
            let (field, value) = match fault.column {
                Some(at) => (plan.columns[at].as_str(), fields.get(at)),
                None => ("", ""),
            };
            self.refuse(line, field, value, fault.code, reason_of(fault.code), hint_of(fault.code))?;
            return Ok(false);
        }
        self.keep(&values)?;
        self.values = emptied(values);
        Ok(true)
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
            self.facts[rule.table] += 1;
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
                    let code = if cell.name == "customer_id" { "no_customer" } else { "missing_value" };
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
            Kind::Minor => money(cell, fields, known.digits),
            Kind::At => self.at(cell, fields),
            Kind::Number => number(cell, fields, |found| Some(Value::Number(found.float()))),
            Kind::Whole => number(cell, fields, |found| found.whole().map(Value::Whole)),
            Kind::Flag => flag(cell, fields),
        }
    }

    /// A text, without copying it where nothing is to be changed.
    fn text<'a>(&mut self, cell: &Cell, fields: Fields<'a>, known: &Known<'a>) -> Value<'a> {
        let who = cell.slot == 0;
        let found = cell.ways.iter().find_map(|way| match way {
            Way::Column(at) => {
                let text = fields.get(*at);
                let absent = if who { is_nobody(text) } else { is_blank(text) };
                (!absent).then_some(Value::Text(text))
            }
            Way::Constant(text) => Some(self.make(|made| made.push_str(text))),
            Way::Join(many) => self.joined(many, fields),
            Way::Per(per) => self.order_of(*per, known),
            _ => None,
        });
        let Some(found) = found else { return Value::None };
        if cell.name == "currency" {
            if self.read(&found).bytes().all(|byte| byte.is_ascii_uppercase()) {
                return found;
            }
            return self.rewritten(&found, |text| text.to_ascii_uppercase());
        }
        if !cell.reworked {
            return found;
        }
        // Most reworked cells only lose a trailing `.0`: no text needs to be made for that.
        let translated = cell.lower || !cell.words.is_empty() || cell.otherwise.is_some() || cell.prefix.is_some();
        if let (false, Value::Text(text)) = (translated, &found) {
            let text = if cell.whole { text.strip_suffix(".0").unwrap_or(text) } else { text };
            return if text.is_empty() { Value::None } else { Value::Text(text) };
        }
        let as_text = self.read(&found).to_owned();
        let mut text = as_text.as_str();
        if cell.whole {
            text = text.strip_suffix(".0").unwrap_or(text);
        }
        let lowered = text.to_lowercase();
        let mut word = if cell.lower { lowered.clone() } else { text.to_owned() };
        if let Some(known) = cell.words.get(&lowered) {
            word.clone_from(known);
        } else if let Some(otherwise) = &cell.otherwise {
            word.clone_from(otherwise);
        }
        if word.is_empty() {
            return Value::None;
        }
        let prefix = cell.prefix.as_deref().unwrap_or("");
        self.make(|made| {
            made.push_str(prefix);
            made.push_str(&word);
        })
    }

    fn read<'s>(&'s self, value: &'s Value<'_>) -> &'s str {
        match value {
            Value::Text(text) => text,
            Value::Made(range) => self.made.get(range.clone()).unwrap_or(""),
            _ => "",
        }
    }

    fn make<'a>(&mut self, write: impl FnOnce(&mut String)) -> Value<'a> {
        let start = self.made.len();
        write(&mut self.made);
        Value::Made(start..self.made.len())
    }

    fn rewritten<'a>(&mut self, value: &Value<'a>, change: impl FnOnce(&str) -> String) -> Value<'a> {
        let changed = change(self.read(value));
        self.make(|made| made.push_str(&changed))
    }

    fn joined<'a>(&mut self, many: &[usize], fields: Fields<'a>) -> Option<Value<'a>> {
        let start = self.made.len();
        for text in many.iter().map(|at| fields.get(*at)).filter(|text| !is_blank(text)) {
            if self.made.len() > start {
                self.made.push(' ');
            }
            self.made.push_str(text);
        }
        (self.made.len() > start).then_some(Value::Made(start..self.made.len()))
    }

    /// `<customer>@<date>` or `<customer>@<instant>`: the number of an order that has none.
    fn order_of<'a>(&mut self, per: OrderPer, known: &Known<'a>) -> Option<Value<'a>> {
        let (customer, at) = (known.customer.clone()?, terms::Instant(known.at?));
        let start = self.made.len();
        match customer {
            Value::Made(range) => {
                let text = self.made.get(range).unwrap_or("").to_owned();
                self.made.push_str(&text);
            }
            Value::Text(text) => self.made.push_str(text),
            _ => {}
        }
        self.made.push('@');
        let day = match per {
            OrderPer::CustomerDay => self.clock.date(at).0,
            OrderPer::CustomerInstant => at.0.div_euclid(86_400_000_000) as i32,
        };
        let (year, month, day) = terms::Date(day).civil();
        two(&mut self.made, (year / 100) as u32);
        two(&mut self.made, (year % 100) as u32);
        self.made.push('-');
        two(&mut self.made, month);
        self.made.push('-');
        two(&mut self.made, day);
        if per == OrderPer::CustomerInstant {
            let second = at.0.div_euclid(1_000_000).rem_euclid(86_400) as u32;
            for (mark, value) in [('T', second / 3600), (':', second / 60 % 60), (':', second % 60)] {
                self.made.push(mark);
                two(&mut self.made, value);
            }
            self.made.push('Z');
        }
        Some(Value::Made(start..self.made.len()))
    }

    fn at<'a>(&mut self, cell: &Cell, fields: Fields<'a>) -> Result<Value<'a>, Fault> {
        for way in &cell.ways {
            let (column, moment) = match way {
                Way::Column(at) => {
                    let text = fields.get(*at);
                    if is_void(text) {
                        continue;
                    }
                    (Some(*at), date::parse(text.as_bytes(), cell.dates))
                }
                Way::Constant(text) => (None, date::parse(text.as_bytes(), date::DateForm::Iso)),
                Way::Join(many) => {
                    // A date and a time of day in columns of their own.
                    let Some(Value::Made(range)) = self.joined(many, fields) else { continue };
                    let text = self.made.get(range.clone()).unwrap_or("");
                    let moment = date::parse(text.as_bytes(), cell.dates);
                    self.made.truncate(range.start);
                    (many.first().copied(), moment)
                }
                Way::Parts { year, month, day } => match parts(fields, *year, *month, *day) {
                    Some(moment) => (Some(*year), moment),
                    None => continue,
                },
                _ => continue,
            };
            let mut moment = moment.map_err(|fault| Fault { code: date_code(fault), column, missing: false })?;
            if let Some((after, unit)) = cell.after {
                let text = fields.get(after);
                if is_void(text) {
                    return Ok(Value::None);
                }
                let wait = Decimal::parse(text.as_bytes(), cell.decimal).and_then(|d| d.minor(6));
                let wait = wait.and_then(|micros| micros.checked_mul(unit));
                moment.local += wait.ok_or(Fault { code: "bad_number", column: Some(after), missing: false })?;
            }
            return Ok(Value::Whole(self.clock.instant(moment).0));
        }
        Ok(Value::None)
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

fn two(out: &mut String, value: u32) {
    out.push(char::from(b'0' + (value / 10 % 10) as u8));
    out.push(char::from(b'0' + (value % 10) as u8));
}

fn first_column(cell: &Cell) -> Option<usize> {
    cell.ways.iter().flat_map(Way::columns).next()
}

/// Nothing, as text: also what programs write for it.
pub fn is_blank(text: &str) -> bool {
    match text.len() {
        0 => true,
        2..=4 => matches!(text, "NULL" | "null" | "Null" | "\\N" | "None" | "none" | "nan" | "NaN" | "#N/A"),
        _ => false,
    }
}

/// Nothing, as a number or a date.
pub fn is_void(text: &str) -> bool {
    is_blank(text)
        || matches!(text, "NA" | "N/A" | "n/a" | "-" | "--" | "NaT" | "null" | "0000-00-00" | "0000-00-00 00:00:00")
}

/// No customer: nothing, or a word by which programs say so. Merging people by such words would be a disaster.
pub fn is_nobody(text: &str) -> bool {
    const NOBODY: [&str; 13] = [
        "0",
        "0.0",
        "null",
        "undefined",
        "[object object]",
        "anonymous",
        "none",
        "nan",
        "n/a",
        "na",
        "guest",
        "unknown",
        "-",
    ];
    is_blank(text) || (text.len() <= 15 && NOBODY.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

fn date_code(fault: DateFault) -> &'static str {
    match fault {
        DateFault::Unreadable => "bad_date",
        DateFault::OutOfRange => "date_out_of_range",
    }
}

/// A date from its parts; nothing when the year or the month it should have is empty.
fn parts(
    fields: Fields<'_>,
    year: usize,
    month: Option<usize>,
    day: Option<usize>,
) -> Option<Result<Moment, DateFault>> {
    let part = |at: usize| -> Option<Result<i64, DateFault>> {
        let text = fields.get(at);
        let number = Decimal::parse(text.as_bytes(), super::number::DecimalMark::Point).and_then(Decimal::whole);
        (!is_void(text)).then_some(number.ok_or(DateFault::Unreadable))
    };
    let year = part(year)?;
    let month = match month {
        Some(at) => part(at)?,
        None => Ok(1),
    };
    let day = day.and_then(part).unwrap_or(Ok(1));
    Some(year.and_then(|year| date::from_parts(year, month?, day?)))
}

fn money<'a>(cell: &Cell, fields: Fields<'a>, digits: u32) -> Result<Value<'a>, Fault> {
    let digits = if cell.money == MoneyUnit::Minor { 0 } else { digits };
    for way in &cell.ways {
        let Some(found) = sum_of(cell, way, fields, digits)? else { continue };
        let mut minor = found;
        for at in &cell.minus {
            minor -= amount_at(cell, *at, fields)?.and_then(|d| d.minor(digits)).unwrap_or(0);
        }
        return Ok(Value::Whole(if cell.absolute { minor.saturating_abs() } else { minor }));
    }
    Ok(Value::None)
}

fn amount_at(cell: &Cell, at: usize, fields: Fields<'_>) -> Result<Option<Decimal>, Fault> {
    let text = fields.get(at);
    if is_void(text) {
        return Ok(None);
    }
    Decimal::parse(text.as_bytes(), cell.decimal).map(Some).ok_or(Fault {
        code: "bad_number",
        column: Some(at),
        missing: false,
    })
}

fn sum_of(cell: &Cell, way: &Way, fields: Fields<'_>, digits: u32) -> Result<Option<i64>, Fault> {
    let large = |column: usize| Fault { code: "number_too_large", column: Some(column), missing: false };
    match way {
        Way::Column(at) => match amount_at(cell, *at, fields)? {
            Some(found) => found.minor(digits).map(Some).ok_or(large(*at)),
            None => Ok(None),
        },
        Way::Times(many) => {
            let mut factors = Vec::with_capacity(2);
            for at in many {
                match amount_at(cell, *at, fields)? {
                    Some(found) => factors.push(found),
                    None => return Ok(None),
                }
            }
            Decimal::product_minor(factors, digits).map(Some).ok_or(large(many[0]))
        }
        Way::Plus(many) => {
            let (mut sum, mut any) = (0i64, false);
            for at in many {
                if let Some(found) = amount_at(cell, *at, fields)? {
                    sum = found.minor(digits).and_then(|m| sum.checked_add(m)).ok_or(large(*at))?;
                    any = true;
                }
            }
            Ok(any.then_some(sum))
        }
        Way::Monthly { amount, interval, every, count, quantity } => {
            let Some(price) = amount_at(cell, *amount, fields)? else { return Ok(None) };
            let months = match interval.map(|at| (at, fields.get(at))).filter(|(_, text)| !is_blank(text)) {
                Some((at, text)) => {
                    months_of(text).ok_or(Fault { code: "bad_interval", column: Some(at), missing: false })?
                }
                None => *every,
            };
            let whole = |at: Option<usize>| -> Result<i64, Fault> {
                let found = at.map(|at| amount_at(cell, at, fields)).transpose()?.flatten();
                Ok(found.and_then(Decimal::whole).unwrap_or(1))
            };
            let (count, quantity) = (whole(*count)?.max(1), whole(*quantity)?);
            let minor = price.minor(digits).ok_or(large(*amount))?;
            let top = i128::from(minor) * i128::from(quantity) * i128::from(months.1);
            let bottom = i128::from(months.0) * i128::from(count);
            let half = if top < 0 { -(bottom / 2) } else { bottom / 2 };
            i64::try_from((top + half) / bottom).map(Some).map_err(|_| large(*amount))
        }
        Way::Constant(text) => Ok(Decimal::parse(text.as_bytes(), cell.decimal).and_then(|d| d.minor(digits))),
        _ => Ok(None),
    }
}

fn number<'a>(
    cell: &Cell,
    fields: Fields<'a>,
    make: impl Fn(Decimal) -> Option<Value<'a>>,
) -> Result<Value<'a>, Fault> {
    for way in &cell.ways {
        match way {
            Way::Column(at) => {
                if let Some(found) = amount_at(cell, *at, fields)? {
                    let found = if cell.absolute {
                        Decimal { mantissa: found.mantissa.saturating_abs(), ..found }
                    } else {
                        found
                    };
                    return make(found).ok_or(Fault { code: "bad_number", column: Some(*at), missing: false });
                }
            }
            Way::Constant(text) => {
                return Ok(Decimal::parse(text.as_bytes(), cell.decimal).and_then(make).unwrap_or(Value::None));
            }
            _ => {}
        }
    }
    Ok(Value::None)
}

/// Yes or no in the words of several languages.
pub fn flag_of(text: &str) -> Option<bool> {
    const YES: [&str; 14] = ["true", "t", "yes", "y", "1", "1.0", "ja", "oui", "si", "sí", "sim", "kyllä", "是", "on"];
    const NO: [&str; 13] = ["false", "f", "no", "n", "0", "0.0", "nein", "non", "não", "nee", "ei", "否", "off"];
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if YES.iter().any(is) {
        return Some(true);
    }
    NO.iter().any(is).then_some(false)
}

fn flag<'a>(cell: &Cell, fields: Fields<'a>) -> Result<Value<'a>, Fault> {
    for at in cell.ways.iter().flat_map(Way::columns) {
        let text = fields.get(at);
        if !is_void(text) {
            return flag_of(text).map(Value::Flag).ok_or(Fault { code: "bad_flag", column: Some(at), missing: false });
        }
    }
    Ok(Value::None)
}

fn holds(test: &Test, fields: Fields<'_>, new: bool) -> bool {
    let text = fields.get(test.column);
    let is = |word: &String| {
        text.eq_ignore_ascii_case(word) || (!word.is_ascii() && text.to_lowercase() == word.to_lowercase())
    };
    let number = || Decimal::parse(text.as_bytes(), test.decimal).map(Decimal::float);
    let state = match test.is {
        Some(State::Empty) => is_blank(text),
        Some(State::Filled) => !is_blank(text),
        Some(State::New) => new,
        None => true,
    };
    let all = state
        && (test.one_of.is_empty() || test.one_of.iter().any(is))
        && (test.none_of.is_empty() || !test.none_of.iter().any(is))
        && test
            .starts_with
            .as_ref()
            .is_none_or(|start| text.get(..start.len()).is_some_and(|s| s.eq_ignore_ascii_case(start)))
        && test.above.is_none_or(|bound| number().is_some_and(|n| n > bound))
        && test.below.is_none_or(|bound| number().is_some_and(|n| n < bound));
    all != test.not
}

fn reason_of(code: &str) -> &'static str {
    match code {
        "no_customer" => "no customer is named",
        "missing_value" => "a value that every such row needs is missing",
        "bad_date" => "this is not a date of the form the other rows have",
        "date_out_of_range" => "the date is before 1900 or after 2100",
        "bad_number" => "this is not a number",
        "number_too_large" => "this number is larger than an amount can be",
        "bad_currency" => "this is not a currency code",
        "bad_interval" => "this is not an interval",
        "field_count" => "the row has more or fewer fields than the header",
        "quote_not_closed" => "a quotation mark is opened and never closed",
        "record_too_long" => "the row is longer than 8 MB",
        "bad_json" => "this is not valid JSON",
        "json_too_deep" => "the record is nested too deeply",
        "no_fact" => "none of the rules of the map fits this row",
        _ => "this row cannot be read",
    }
}

fn hint_of(code: &str) -> &'static str {
    match code {
        "no_customer" => "fill in the customer, or leave the row out",
        "missing_value" => "fill in the field, or mark the rule in the map as optional",
        "bad_date" => "correct it, or say in the map how dates are written: dates = \"iso\", \"dmy\", \"mdy\" …",
        "bad_number" | "number_too_large" => {
            "correct it, or say in the map how numbers are written: decimal = \"point\" or \"comma\""
        }
        "bad_currency" => "write three letters such as EUR",
        "bad_interval" => "write day, week, month, quarter or year",
        "field_count" => "put fields that hold the delimiter between quotation marks",
        "quote_not_closed" => "close it, or double quotation marks inside a field",
        "bad_json" => "write one JSON object a line",
        "no_fact" => "see `when` of the rules in the map",
        _ => "correct the row and import the file again; rows already taken are not taken twice",
    }
}
