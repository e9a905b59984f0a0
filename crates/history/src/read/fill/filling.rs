//! Values on their way into the columns of a table.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder, new_null_array,
};
use arrow::datatypes::DataType;

use crate::read::plan::TablePlan;
use crate::read::sink::SinkError;
use crate::schema::Kind;

/// A value on its way into a column.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    None,
    Whole(i64),
    Number(f64),
    Flag(bool),
    Text(&'a str),
    /// In the text the filler made for this row.
    Made(Range<usize>),
}

pub(super) enum Column {
    Text(StringBuilder),
    Whole(Int64Builder),
    Number(Float64Builder),
    Flag(BooleanBuilder),
    At(TimestampMicrosecondBuilder),
    /// No rule fills it.
    Absent,
}

impl Column {
    pub(super) fn new(kind: Kind) -> Column {
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

    #[inline]
    pub(super) fn push(&mut self, value: &Value<'_>, made: &str) -> usize {
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
pub(super) struct Filling {
    pub(super) columns: Vec<Column>,
    pub(super) rows: usize,
    pub(super) text: usize,
}

impl Filling {
    pub(super) fn new(plan: &TablePlan) -> Filling {
        let own = crate::schema::FACT.iter().chain(plan.table.columns()).map(|c| c.kind);
        let kinds = own.chain(plan.attributes.iter().map(|a| a.kind.kind()));
        let column = |(kind, filled): (Kind, &bool)| if *filled { Column::new(kind) } else { Column::Absent };
        Filling { columns: kinds.zip(&plan.filled).map(column).collect(), rows: 0, text: 0 }
    }

    pub(super) fn take(&mut self, plan: &TablePlan) -> Result<RecordBatch, SinkError> {
        let columns = self.columns.iter_mut().zip(plan.schema.fields());
        let arrays = columns.map(|(column, field)| column.finish(field.data_type(), self.rows)).collect();
        (self.rows, self.text) = (0, 0);
        Ok(RecordBatch::try_new(plan.schema.clone(), arrays)?)
    }
}
