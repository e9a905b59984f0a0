//! Derived tables: what follows from the facts of a bucket and can be rebuilt at any time.
//!
//! - `orders`: one row an order, put together from headers, lines and refunds, numbered per customer;
//! - `order_days`, `event_days`: the distinct days on which a customer ordered or did anything, which make cohorts,
//!   lifecycle and always-on retention independent of the number of facts;
//! - `customers`: one row a customer, with the latest traits and the sums a list shows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array, new_null_array,
};
use arrow::compute::{cast, concat_batches, interleave, take};
use arrow::datatypes::{
    DataType, Field, Float64Type, Int32Type, Int64Type, Schema, SchemaRef, TimestampMicrosecondType, UInt32Type,
};
use terms::{Instant, Zone};

use super::Names;
use crate::HistoryError;
use crate::schema::{Attribute, Kind, Table};

/// The names of derived tables.
pub(crate) const DERIVED: [&str; 4] = ["orders", "order_days", "event_days", "customers"];

/// Text columns an order takes from its header, or from its first line.
const ORDER_WORDS: [&str; 5] = ["currency", "coupon", "channel", "country", "status"];
/// Money columns only a header knows.
const ORDER_MONEY: [&str; 3] = ["discount", "tax", "shipping"];
/// Columns of a customer that come from profiles.
const TRAITS: [&str; 9] = ["email", "name", "phone", "country", "city", "language", "time_zone", "channel", "birthday"];

/// Hands out the stored facts of a table, some columns or (with none named) all of them.
pub(crate) type Read<'a> = dyn Fn(Table, &[&str]) -> Result<Vec<RecordBatch>, HistoryError> + 'a;

/// The derived tables of one bucket.
pub(crate) struct Derived {
    pub(crate) tables: Vec<(&'static str, RecordBatch)>,
}

/// The schema of a derived table, given the attributes of every fact table.
pub(crate) fn derived_schema(name: &str, attributes: &dyn Fn(Table) -> Vec<Attribute>) -> SchemaRef {
    let word = Kind::Word.stored();
    let at = Kind::At.stored();
    let key = [Field::new("customer", DataType::UInt32, false), Field::new("customer_id", word.clone(), false)];
    let own: Vec<Field> = match name {
        "orders" => {
            let mut fields = vec![
                Field::new("at", at, false),
                Field::new("day", DataType::Date32, false),
                Field::new("order_id", DataType::Utf8, false),
                Field::new("number", DataType::UInt32, false),
                Field::new("amount", DataType::Int64, true),
                Field::new("refunded", DataType::Int64, false),
            ];
            fields.extend(ORDER_MONEY.map(|name| Field::new(name, DataType::Int64, true)));
            fields.push(Field::new("lines", DataType::UInt32, false));
            fields.push(Field::new("units", DataType::Float64, true));
            fields.extend(["first_product", "first_category"].map(|name| Field::new(name, word.clone(), true)));
            fields.extend(ORDER_WORDS.map(|name| Field::new(name, word.clone(), true)));
            with_attributes(fields, &order_attributes(attributes))
        }
        "order_days" => vec![Field::new("day", DataType::Date32, false), Field::new("orders", DataType::UInt32, false)],
        "event_days" => vec![Field::new("day", DataType::Date32, false), Field::new("events", DataType::UInt32, false)],
        _ => {
            let mut fields = vec![Field::new("facts", DataType::UInt32, false)];
            fields.extend(
                ["first_at", "last_at", "first_order_at", "last_order_at"]
                    .map(|name| Field::new(name, at.clone(), true)),
            );
            fields.push(Field::new("orders", DataType::UInt32, false));
            fields.extend(["spent", "refunded"].map(|name| Field::new(name, DataType::Int64, false)));
            fields.push(Field::new("currency", word.clone(), true));
            fields.extend(TRAITS.map(|name| Field::new(name, trait_kind(name).stored(), true)));
            with_attributes(fields, &attributes(Table::Profiles))
        }
    };
    Arc::new(Schema::new(key.into_iter().chain(own).collect::<Vec<_>>()))
}

/// Attributes behind a table's own columns. One that is called like a column of the table stays with its facts: the
/// `shipping` somebody wrote beside a line is not that of the order.
fn with_attributes(mut fields: Vec<Field>, attributes: &[Attribute]) -> Vec<Field> {
    let taken: Vec<String> = fields.iter().map(|field| field.name().clone()).chain(KEYS.map(str::to_owned)).collect();
    let free = attributes.iter().filter(|attribute| !taken.contains(&attribute.name));
    fields.extend(free.map(|attribute| Field::new(&attribute.name, attribute.kind.kind().stored(), true)));
    fields
}

/// The columns every derived table begins with.
const KEYS: [&str; 2] = ["customer", "customer_id"];

fn trait_kind(name: &str) -> Kind {
    Table::Profiles.columns().iter().find(|column| column.name == name).map_or(Kind::Word, |column| column.kind)
}

/// An order has the attributes of its header and of its lines; where both have one of a name, the header's.
fn order_attributes(attributes: &dyn Fn(Table) -> Vec<Attribute>) -> Vec<Attribute> {
    let mut all = attributes(Table::OrderHeaders);
    for attribute in attributes(Table::OrderLines) {
        if !all.iter().any(|known| known.name == attribute.name) {
            all.push(attribute);
        }
    }
    all
}

/// Derives the tables of one bucket. `read` hands out the stored facts of a table, sorted by customer and time.
pub(crate) fn derive(
    names: &Names,
    bucket: u32,
    buckets: u32,
    zone: &Zone,
    attributes: &dyn Fn(Table) -> Vec<Attribute>,
    read: &Read<'_>,
) -> Result<Derived, HistoryError> {
    let key = |local: u32| local * buckets + bucket;
    let mut people = People::new(names.len());
    let mut tables = Vec::new();
    for table in Table::ALL {
        let batches = read(table, &["customer", "at"])?;
        batches.iter().for_each(|batch| people.saw(batch, buckets, table != Table::Profiles));
        if table == Table::Events
            && let Some(days) = event_days(&batches, zone)?
        {
            tables.push(("event_days", with_ids(days, names, buckets)?));
        }
    }
    if let Some(orders) = Orders::read(attributes, read)? {
        let found = orders.find();
        let batch = orders.batch(&found, names, buckets, zone, attributes)?;
        people.ordered(&batch, buckets)?;
        people.got_back(orders.refunds.as_ref(), buckets)?;
        tables.push(("order_days", order_days(&batch)?));
        tables.push(("orders", batch));
    }
    let profiles = read(Table::Profiles, &[])?;
    tables.push(("customers", people.batch(names, &key, &profiles, buckets, attributes)?));
    Ok(Derived { tables })
}

/// One date conversion a day instead of one a row: rows come in time order.
struct Days<'a> {
    zone: &'a Zone,
    from: i64,
    to: i64,
    day: i32,
}

impl<'a> Days<'a> {
    fn new(zone: &'a Zone) -> Days<'a> {
        Days { zone, from: 1, to: 0, day: 0 }
    }

    fn day(&mut self, at: i64) -> i32 {
        if at < self.from || at >= self.to {
            let date = self.zone.date(Instant(at));
            self.from = self.zone.start_of(date).0;
            self.to = self.zone.start_of(date.plus(1)).0;
            self.day = date.0;
        }
        self.day
    }
}

/// Distinct (customer, day) of events: columns customer, day, events.
fn event_days(batches: &[RecordBatch], zone: &Zone) -> Result<Option<RecordBatch>, HistoryError> {
    let (mut customers, mut days, mut counts): (Vec<u32>, Vec<i32>, Vec<u32>) = Default::default();
    let mut calendar = Days::new(zone);
    for batch in batches {
        let keys = batch.column(0).as_primitive::<UInt32Type>().values();
        let at = batch.column(1).as_primitive::<TimestampMicrosecondType>().values();
        for (key, at) in keys.iter().zip(at) {
            let day = calendar.day(*at);
            if customers.last() == Some(key) && days.last() == Some(&day) {
                if let Some(count) = counts.last_mut() {
                    *count += 1;
                }
                continue;
            }
            customers.push(*key);
            days.push(day);
            counts.push(1);
        }
    }
    if customers.is_empty() {
        return Ok(None);
    }
    let schema = Schema::new(vec![
        Field::new("customer", DataType::UInt32, false),
        Field::new("day", DataType::Date32, false),
        Field::new("events", DataType::UInt32, false),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from(customers)),
        Arc::new(Date32Array::from(days)),
        Arc::new(UInt32Array::from(counts)),
    ];
    Ok(Some(RecordBatch::try_new(Arc::new(schema), columns)?))
}

/// Distinct (customer, day) of orders, from the orders themselves.
fn order_days(orders: &RecordBatch) -> Result<RecordBatch, HistoryError> {
    let keys = orders.column(0).as_primitive::<UInt32Type>().values();
    let days = orders.column(3).as_primitive::<arrow::datatypes::Date32Type>().values();
    let mut firsts: Vec<u32> = Vec::new();
    let mut counts: Vec<u32> = Vec::new();
    for row in 0..keys.len() {
        if row > 0 && keys[row] == keys[row - 1] && days[row] == days[row - 1] {
            if let Some(count) = counts.last_mut() {
                *count += 1;
            }
        } else {
            firsts.push(row as u32);
            counts.push(1);
        }
    }
    let firsts = UInt32Array::from(firsts);
    let schema = derived_schema("order_days", &|_| Vec::new());
    let pick = |column: usize| take(orders.column(column), &firsts, None);
    Ok(RecordBatch::try_new(schema, vec![pick(0)?, pick(1)?, pick(3)?, Arc::new(UInt32Array::from(counts))])?)
}

/// Puts the outer identifier beside the key.
fn with_ids(batch: RecordBatch, names: &Names, buckets: u32) -> Result<RecordBatch, HistoryError> {
    let keys = batch.column(0).as_primitive::<UInt32Type>().values();
    let ids = id_column(keys.iter().map(|key| key / buckets), names)?;
    let mut fields = vec![batch.schema().field(0).clone(), Field::new("customer_id", Kind::Word.stored(), false)];
    fields.extend(batch.schema().fields()[1..].iter().map(|field| field.as_ref().clone()));
    let mut columns = vec![batch.column(0).clone(), ids];
    columns.extend_from_slice(&batch.columns()[1..]);
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The identifiers of sorted keys, each once in a dictionary.
fn id_column(locals: impl Iterator<Item = u32>, names: &Names) -> Result<ArrayRef, HistoryError> {
    let mut ids: Vec<&str> = Vec::new();
    let mut last = None;
    let keys: Vec<i32> = locals
        .map(|local| {
            if last != Some(local) {
                ids.push(names.id(local));
                last = Some(local);
            }
            ids.len() as i32 - 1
        })
        .collect();
    let values = Arc::new(StringArray::from(ids));
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(Int32Array::from(keys), values)?))
}

/// Headers, lines and refunds of a bucket.
struct Orders {
    lines: Option<RecordBatch>,
    headers: Option<RecordBatch>,
    refunds: Option<RecordBatch>,
}

/// One order, found.
struct Order {
    customer: u32,
    at: i64,
    id: (bool, u32),
    header: Option<u32>,
    line: Option<u32>,
    lines: u32,
    units: f64,
    amount: i64,
    refunded: i64,
}

impl Orders {
    fn read(attributes: &dyn Fn(Table) -> Vec<Attribute>, read: &Read<'_>) -> Result<Option<Orders>, HistoryError> {
        let wanted = |table: Table, columns: &[&'static str]| -> Result<Option<RecordBatch>, HistoryError> {
            let attributes = attributes(table);
            let columns: Vec<&str> =
                columns.iter().copied().chain(attributes.iter().map(|attribute| attribute.name.as_str())).collect();
            whole(read(table, &columns)?)
        };
        let orders = Orders {
            lines: wanted(
                Table::OrderLines,
                &[
                    "customer", "at", "order_id", "amount", "quantity", "product", "category", "currency", "coupon",
                    "channel", "country",
                ],
            )?,
            headers: wanted(
                Table::OrderHeaders,
                &[
                    "customer",
                    "at",
                    "received_at",
                    "order_id",
                    "amount",
                    "discount",
                    "tax",
                    "shipping",
                    "currency",
                    "coupon",
                    "channel",
                    "country",
                    "status",
                    "withdrawn",
                ],
            )?,
            refunds: whole(read(Table::Refunds, &["customer", "order_id", "amount", "currency"])?)?,
        };
        Ok((orders.lines.is_some() || orders.headers.is_some()).then_some(orders))
    }

    /// Puts the orders together, customer by customer; sorted by customer, time, number.
    fn find(&self) -> Vec<Order> {
        let mut found: Vec<Order> = Vec::new();
        let (lines, headers, refunds) = (Part::of(&self.lines), Part::of(&self.headers), Part::of(&self.refunds));
        let some_withdrawn = headers.withdrawn.is_some_and(|flags| flags.true_count() > 0);
        let (mut line, mut header, mut refund) = (0, 0, 0);
        loop {
            let heads = [lines.customer(line), headers.customer(header)];
            let Some(customer) = heads.into_iter().flatten().min() else { break };
            let first = found.len();
            let mut by_id: HashMap<&str, usize> = HashMap::new();
            while headers.customer(header) == Some(customer) {
                add_header(&headers, header, customer, &mut by_id, &mut found);
                header += 1;
            }
            let mut before = None;
            while lines.customer(line) == Some(customer) {
                before = add_line(&lines, line, customer, before, &mut by_id, &mut found);
                line += 1;
            }
            while refunds.customer(refund).is_some_and(|key| key < customer) {
                refund += 1;
            }
            while refunds.customer(refund) == Some(customer) {
                if let Some(order) = refunds.order_id(refund).and_then(|id| by_id.get(id)) {
                    let refunded = &mut found[*order].refunded;
                    *refunded = refunded.saturating_add(refunds.amount(refund).unwrap_or(0));
                }
                refund += 1;
            }
            if some_withdrawn {
                let counts = |order: &Order| !order.header.is_some_and(|row| headers.withdrawn(row as usize));
                let of_customer = found.split_off(first);
                found.extend(of_customer.into_iter().filter(counts));
            }
            found[first..].sort_by(|a, b| (a.at, self.order_id(a)).cmp(&(b.at, self.order_id(b))));
        }
        found
    }

    fn order_id(&self, order: &Order) -> &str {
        let (from_header, row) = order.id;
        let part = if from_header { &self.headers } else { &self.lines };
        part.as_ref()
            .and_then(|batch| batch.column_by_name("order_id"))
            .map_or("", |ids| ids.as_string::<i32>().value(row as usize))
    }

    fn batch(
        &self,
        found: &[Order],
        names: &Names,
        buckets: u32,
        zone: &Zone,
        attributes: &dyn Fn(Table) -> Vec<Attribute>,
    ) -> Result<RecordBatch, HistoryError> {
        let schema = derived_schema("orders", attributes);
        let mut calendar = Days::new(zone);
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let column: ArrayRef = match field.name().as_str() {
                "customer" => Arc::new(UInt32Array::from_iter_values(found.iter().map(|order| order.customer))),
                "customer_id" => id_column(found.iter().map(|order| order.customer / buckets), names)?,
                "at" => Arc::new(
                    TimestampMicrosecondArray::from_iter_values(found.iter().map(|order| order.at))
                        .with_timezone("UTC"),
                ),
                "day" => Arc::new(Date32Array::from_iter_values(found.iter().map(|order| calendar.day(order.at)))),
                "order_id" => Arc::new(StringArray::from_iter_values(found.iter().map(|order| self.order_id(order)))),
                "number" => Arc::new(UInt32Array::from(numbers(found))),
                "amount" => self.amounts(found),
                "refunded" => Arc::new(Int64Array::from_iter_values(found.iter().map(|order| order.refunded))),
                "lines" => Arc::new(UInt32Array::from_iter_values(found.iter().map(|order| order.lines))),
                "units" => Arc::new(
                    found.iter().map(|order| (order.lines > 0).then_some(order.units)).collect::<Float64Array>(),
                ),
                "first_product" => self.gather(found, "product", field.data_type())?,
                "first_category" => self.gather(found, "category", field.data_type())?,
                name => self.gather(found, name, field.data_type())?,
            };
            columns.push(column);
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    /// What the header says was paid, else the sum of the lines, else unknown.
    fn amounts(&self, found: &[Order]) -> ArrayRef {
        let headers = Part::of(&self.headers);
        let amount = |order: &Order| {
            let said = order.header.and_then(|row| headers.amount(row as usize));
            said.or_else(|| (order.lines > 0).then_some(order.amount))
        };
        Arc::new(found.iter().map(amount).collect::<Int64Array>())
    }

    /// A column of the header, or where the header does not know, of the first line.
    fn gather(&self, found: &[Order], name: &str, kind: &DataType) -> Result<ArrayRef, HistoryError> {
        let column = |part: &Option<RecordBatch>| part.as_ref().and_then(|batch| batch.column_by_name(name).cloned());
        // What a line was told beside its own columns is not the order's column of that name.
        let lines_own = Table::OrderLines.columns().iter().any(|column| column.name == name);
        let orders_own = ORDER_MONEY.contains(&name) || ORDER_WORDS.contains(&name);
        let from_line = if orders_own && !lines_own { None } else { column(&self.lines) };
        let from_header = column(&self.headers);
        let unknown = new_null_array(kind, 1);
        let as_kind = |column: Option<ArrayRef>| -> Result<ArrayRef, HistoryError> {
            Ok(column.map_or(Ok(unknown.clone()), |column| {
                if column.data_type() == kind { Ok(column) } else { cast(&column, kind) }
            })?)
        };
        let (known_header, known_line) = (from_header.is_some(), from_line.is_some());
        let parts = [as_kind(from_header)?, as_kind(from_line)?, unknown.clone()];
        let places: Vec<(usize, usize)> = found
            .iter()
            .map(|order| {
                let header = order.header.filter(|row| known_header && parts[0].is_valid(*row as usize));
                let line = order.line.filter(|row| known_line && parts[1].is_valid(*row as usize));
                match (header, line) {
                    (Some(row), _) => (0, row as usize),
                    (None, Some(row)) => (1, row as usize),
                    (None, None) => (2, 0),
                }
            })
            .collect();
        Ok(interleave(&[parts[0].as_ref(), parts[1].as_ref(), parts[2].as_ref()], &places)?)
    }
}

fn numbers(found: &[Order]) -> Vec<u32> {
    let mut number = 0;
    let mut last = None;
    found
        .iter()
        .map(|order| {
            number = if last == Some(order.customer) { number + 1 } else { 1 };
            last = Some(order.customer);
            number
        })
        .collect()
}

/// Adds a header; of several versions of one order the latest received counts.
fn add_header<'a>(
    part: &Part<'a>,
    row: usize,
    customer: u32,
    by_id: &mut HashMap<&'a str, usize>,
    found: &mut Vec<Order>,
) {
    let Some(id) = part.order_id(row) else { return };
    let at = part.at[row];
    match by_id.get(id) {
        Some(known) => {
            let order = &mut found[*known];
            let newer = order.header.is_none_or(|other| part.received_at(other as usize) <= part.received_at(row));
            if newer {
                (order.header, order.id, order.at) = (Some(row as u32), (true, row as u32), at);
            }
        }
        None => {
            by_id.insert(id, found.len());
            let header = Some(row as u32);
            found.push(Order {
                customer,
                at,
                id: (true, row as u32),
                header,
                line: None,
                lines: 0,
                units: 0.0,
                amount: 0,
                refunded: 0,
            });
        }
    }
}

/// Adds a line; an order without a header happened when its first line did. Its first product is the dearest of the
/// lines at that instant, so that the order of lines in a file does not matter.
fn add_line<'a>(
    part: &Part<'a>,
    row: usize,
    customer: u32,
    before: Option<(&'a str, usize)>,
    by_id: &mut HashMap<&'a str, usize>,
    found: &mut Vec<Order>,
) -> Option<(&'a str, usize)> {
    let id = part.order_id(row)?;
    let (at, amount) = (part.at[row], part.amount(row).unwrap_or(0));
    // The lines of an order come together: the map is asked once an order, not once a line.
    let known = match before {
        Some((same, known)) if same == id => known,
        _ => *by_id.entry(id).or_insert_with(|| {
            let order = Order {
                customer,
                at,
                id: (false, row as u32),
                header: None,
                line: None,
                lines: 0,
                units: 0.0,
                amount: 0,
                refunded: 0,
            };
            found.push(order);
            found.len() - 1
        }),
    };
    let order = &mut found[known];
    order.lines += 1;
    order.units += part.quantity(row);
    order.amount = order.amount.saturating_add(amount);
    if order.header.is_none() {
        order.at = order.at.min(at);
    }
    let better = order.line.is_none_or(|other| {
        let other = other as usize;
        let dearest = |amount: i64| std::cmp::Reverse(amount);
        (at, dearest(amount), part.product(row))
            < (part.at[other], dearest(part.amount(other).unwrap_or(0)), part.product(other))
    });
    if better {
        order.line = Some(row as u32);
    }
    Some((id, known))
}

/// The columns of headers, lines or refunds that putting orders together needs.
struct Part<'a> {
    customers: &'a [u32],
    at: &'a [i64],
    received: Option<&'a [i64]>,
    order_ids: Option<&'a StringArray>,
    amounts: Option<&'a Int64Array>,
    quantities: Option<&'a Float64Array>,
    products: Option<(&'a Int32Array, &'a StringArray)>,
    withdrawn: Option<&'a BooleanArray>,
}

impl<'a> Part<'a> {
    fn of(batch: &'a Option<RecordBatch>) -> Part<'a> {
        let column = |name: &str| batch.as_ref().and_then(|batch| batch.column_by_name(name));
        let instants = |name: &str| column(name).map(|at| &at.as_primitive::<TimestampMicrosecondType>().values()[..]);
        let products = column("product").and_then(|column| {
            let words = column.as_dictionary_opt::<Int32Type>()?;
            Some((words.keys(), words.values().as_string_opt::<i32>()?))
        });
        Part {
            customers: column("customer").map_or(&[], |keys| &keys.as_primitive::<UInt32Type>().values()[..]),
            at: instants("at").unwrap_or(&[]),
            received: instants("received_at"),
            order_ids: column("order_id").map(|ids| ids.as_string::<i32>()),
            amounts: column("amount").map(|amounts| amounts.as_primitive::<Int64Type>()),
            quantities: column("quantity").map(|quantities| quantities.as_primitive::<Float64Type>()),
            products,
            withdrawn: column("withdrawn").and_then(|flags| flags.as_boolean_opt()),
        }
    }

    fn customer(&self, row: usize) -> Option<u32> {
        self.customers.get(row).copied()
    }

    fn received_at(&self, row: usize) -> i64 {
        self.received.map_or(0, |received| received[row])
    }

    fn order_id(&self, row: usize) -> Option<&'a str> {
        self.order_ids.filter(|ids| ids.is_valid(row)).map(|ids| ids.value(row))
    }

    fn amount(&self, row: usize) -> Option<i64> {
        self.amounts.filter(|amounts| amounts.is_valid(row)).map(|amounts| amounts.value(row))
    }

    /// Whether this version of the order says that it does not count any more.
    fn withdrawn(&self, row: usize) -> bool {
        self.withdrawn.is_some_and(|flags| flags.is_valid(row) && flags.value(row))
    }

    fn quantity(&self, row: usize) -> f64 {
        self.quantities.filter(|quantities| quantities.is_valid(row)).map_or(1.0, |quantities| quantities.value(row))
    }

    fn product(&self, row: usize) -> Option<&'a str> {
        let (keys, names) = self.products?;
        keys.is_valid(row).then(|| names.value(keys.value(row) as usize))
    }
}

/// All batches as one; nothing when there are no rows.
fn whole(batches: Vec<RecordBatch>) -> Result<Option<RecordBatch>, HistoryError> {
    match batches.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        [first, ..] => Ok(Some(concat_batches(&first.schema(), &batches)?)),
    }
    .map(|whole| whole.filter(|batch| batch.num_rows() > 0))
}

/// What is summed up per customer.
struct People {
    facts: Vec<u32>,
    first_at: Vec<i64>,
    last_at: Vec<i64>,
    first_order: Vec<Option<i64>>,
    last_order: Vec<Option<u32>>,
    orders: Vec<u32>,
    spent: Vec<i64>,
    refunded: Vec<i64>,
    batch: Option<RecordBatch>,
}

impl People {
    fn new(people: usize) -> People {
        People {
            facts: vec![0; people],
            first_at: vec![i64::MAX; people],
            last_at: vec![i64::MIN; people],
            first_order: vec![None; people],
            last_order: vec![None; people],
            orders: vec![0; people],
            spent: vec![0; people],
            refunded: vec![0; people],
            batch: None,
        }
    }

    /// Counts facts. A profile is not something a customer did: lists of customers often carry no date at all.
    fn saw(&mut self, batch: &RecordBatch, buckets: u32, did: bool) {
        let keys = batch.column(0).as_primitive::<UInt32Type>().values();
        let at = batch.column(1).as_primitive::<TimestampMicrosecondType>().values();
        for (key, at) in keys.iter().zip(at) {
            let person = (key / buckets) as usize;
            self.facts[person] += 1;
            if did {
                self.first_at[person] = self.first_at[person].min(*at);
                self.last_at[person] = self.last_at[person].max(*at);
            }
        }
    }

    /// Sums a customer's orders in the currency of the last one; others are left to the metrics, which convert.
    fn ordered(&mut self, orders: &RecordBatch, buckets: u32) -> Result<(), HistoryError> {
        let keys = orders.column(0).as_primitive::<UInt32Type>().values();
        let at = orders.column(2).as_primitive::<TimestampMicrosecondType>().values();
        let money = |name: &str| -> Result<Int64Array, HistoryError> {
            let column = orders.column_by_name(name).ok_or_else(|| HistoryError::internal("orders without money"))?;
            Ok(column.as_primitive::<Int64Type>().clone())
        };
        let amounts = money("amount")?;
        for (row, key) in keys.iter().enumerate() {
            let person = (key / buckets) as usize;
            self.first_order[person].get_or_insert(at[row]);
            self.last_order[person] = Some(row as u32);
            self.orders[person] += 1;
        }
        let currency = orders.column_by_name("currency").map(|column| cast(column, &DataType::Utf8)).transpose()?;
        let currency = currency.as_ref().map(|column| column.as_string::<i32>());
        let of = |row: usize| currency.filter(|column| column.is_valid(row)).map(|column| column.value(row));
        for (row, key) in keys.iter().enumerate() {
            let person = (key / buckets) as usize;
            let same = self.last_order[person].is_some_and(|last| of(last as usize) == of(row));
            if same && amounts.is_valid(row) {
                self.spent[person] = self.spent[person].saturating_add(amounts.value(row));
            }
        }
        self.batch = Some(orders.clone());
        Ok(())
    }

    /// Sums what a customer got back in the currency of the last order: also refunds that name no order we know. A
    /// refund that names no currency has that of the orders.
    fn got_back(&mut self, refunds: Option<&RecordBatch>, buckets: u32) -> Result<(), HistoryError> {
        let (Some(refunds), Some(orders)) = (refunds, &self.batch) else { return Ok(()) };
        let words = |batch: &RecordBatch| -> Result<Option<ArrayRef>, HistoryError> {
            Ok(batch.column_by_name("currency").map(|column| cast(column, &DataType::Utf8)).transpose()?)
        };
        let (ours, theirs) = (words(orders)?, words(refunds)?);
        let word = |column: &Option<ArrayRef>, row: usize| {
            let column = column.as_ref()?.as_string_opt::<i32>()?;
            column.is_valid(row).then(|| column.value(row).to_owned())
        };
        let amounts = refunds.column_by_name("amount").and_then(|column| column.as_primitive_opt::<Int64Type>());
        let Some(amounts) = amounts else { return Ok(()) };
        let keys = refunds.column(0).as_primitive::<UInt32Type>().values();
        for (row, key) in keys.iter().enumerate().filter(|(row, _)| amounts.is_valid(*row)) {
            let person = (key / buckets) as usize;
            let Some(last) = self.last_order[person] else { continue };
            let currency = word(&theirs, row);
            if currency.is_none() || currency == word(&ours, last as usize) {
                self.refunded[person] = self.refunded[person].saturating_add(amounts.value(row));
            }
        }
        Ok(())
    }

    fn batch(
        &self,
        names: &Names,
        key: &dyn Fn(u32) -> u32,
        profiles: &[RecordBatch],
        buckets: u32,
        attributes: &dyn Fn(Table) -> Vec<Attribute>,
    ) -> Result<RecordBatch, HistoryError> {
        let schema = derived_schema("customers", attributes);
        let people = names.len();
        let profiles = whole(profiles.to_vec())?;
        let instants = |values: Vec<Option<i64>>| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
        };
        let known = |values: &[i64]| {
            (0..people)
                .map(|person| (self.first_at[person] <= self.last_at[person]).then_some(values[person]))
                .collect()
        };
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let column: ArrayRef = match field.name().as_str() {
                "customer" => Arc::new(UInt32Array::from_iter_values((0..people as u32).map(key))),
                "customer_id" => id_column(0..people as u32, names)?,
                "facts" => Arc::new(UInt32Array::from(self.facts.clone())),
                "first_at" => instants(known(&self.first_at)),
                "last_at" => instants(known(&self.last_at)),
                "first_order_at" => instants(self.first_order.clone()),
                "last_order_at" => instants(self.of_last_order("at", people)),
                "orders" => Arc::new(UInt32Array::from(self.orders.clone())),
                "spent" => Arc::new(Int64Array::from(self.spent.clone())),
                "refunded" => Arc::new(Int64Array::from(self.refunded.clone())),
                name => self.told(name, field.data_type(), profiles.as_ref(), buckets)?,
            };
            columns.push(column);
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    fn of_last_order(&self, name: &str, people: usize) -> Vec<Option<i64>> {
        let at = self.batch.as_ref().and_then(|orders| orders.column_by_name(name));
        let at = at.map(|column| column.as_primitive::<TimestampMicrosecondType>());
        (0..people).map(|person| Some(at?.value(self.last_order[person]? as usize))).collect()
    }

    /// The latest that was told of a trait; country, channel and currency also from the latest order.
    fn told(
        &self,
        name: &str,
        kind: &DataType,
        profiles: Option<&RecordBatch>,
        buckets: u32,
    ) -> Result<ArrayRef, HistoryError> {
        let unknown = new_null_array(kind, 1);
        let as_kind = |column: Option<&ArrayRef>| -> Result<ArrayRef, HistoryError> {
            Ok(column.map_or(Ok(unknown.clone()), |column| cast(column, kind))?)
        };
        let told = as_kind(profiles.and_then(|profiles| profiles.column_by_name(name)))?;
        let ordered = as_kind(self.batch.as_ref().and_then(|orders| {
            ["currency", "country", "channel"].contains(&name).then(|| orders.column_by_name(name)).flatten()
        }))?;
        let mut latest: Vec<Option<u32>> = vec![None; self.facts.len()];
        if let Some(profiles) = profiles.filter(|_| told.len() > 1 || told.null_count() == 0) {
            let keys = profiles.column(0).as_primitive::<UInt32Type>().values();
            for (row, key) in keys.iter().enumerate().filter(|(row, _)| told.is_valid(*row)) {
                latest[(key / buckets) as usize] = Some(row as u32);
            }
        }
        let places: Vec<(usize, usize)> = latest
            .iter()
            .zip(&self.last_order)
            .map(|(told, order)| match (told, order) {
                (Some(row), _) => (0, *row as usize),
                (None, Some(row)) if ordered.len() > *row as usize => (1, *row as usize),
                _ => (2, 0),
            })
            .collect();
        Ok(interleave(&[told.as_ref(), ordered.as_ref(), unknown.as_ref()], &places)?)
    }
}
