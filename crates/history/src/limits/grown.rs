//! Functions that make much out of little (`repeat('x', 2000000000)`) take memory that no pool counts. Those a
//! question about customers needs are held to a bound; the others are not there.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use datafusion::prelude::SessionContext;

/// Bytes that one function may make of one batch of rows.
const BYTES_MAX: u64 = 256 << 20;
/// Functions held to the bound.
const BOUND: [&str; 5] = ["repeat", "lpad", "rpad", "replace", "regexp_replace"];
/// Functions that make lists of any length; `generate_series` in `from` makes rows instead and stays.
const ABSENT: [&str; 4] = ["range", "generate_series", "array_repeat", "array_resize"];

/// Holds the functions of a context to the bound.
pub(crate) fn bound_growth(context: &SessionContext) {
    for name in ABSENT {
        context.deregister_udf(name);
    }
    let known = context.state().scalar_functions().clone();
    for inner in BOUND.iter().filter_map(|name| known.get(*name)) {
        context.register_udf(ScalarUDF::new_from_impl(Bound { inner: inner.clone() }));
    }
}

/// A function of the engine, asked first how much it will make.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bound {
    inner: Arc<ScalarUDF>,
}

impl ScalarUDFImpl for Bound {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, kinds: &[DataType]) -> EngineResult<DataType> {
        self.inner.return_type(kinds)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> EngineResult<FieldRef> {
        let field: Arc<Field> = self.inner.return_field_from_args(args)?;
        Ok(field)
    }

    fn coerce_types(&self, kinds: &[DataType]) -> EngineResult<Vec<DataType>> {
        self.inner.coerce_types(kinds)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        if made(self.name(), &args)? > BYTES_MAX {
            let (name, most) = (self.name(), BYTES_MAX >> 20);
            let words = format!("{name} would make more than {most} MB at once");
            return Err(DataFusionError::ResourcesExhausted(words));
        }
        self.inner.invoke_with_args(args)
    }
}

/// At most so many bytes come out.
fn made(name: &str, args: &ScalarFunctionArgs) -> EngineResult<u64> {
    // Constants alone are worked out once, however many rows there are.
    let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { args.number_rows };
    let texts = |place: usize| lengths(args.args.get(place), rows);
    Ok(match name {
        "repeat" => texts(0)?
            .iter()
            .zip(counts(args.args.get(1), rows)?)
            .map(|(len, n)| len.saturating_mul(n))
            .fold(0, u64::saturating_add),
        "lpad" | "rpad" => counts(args.args.get(1), rows)?.into_iter().fold(0, |sum, n| sum.saturating_add(4 * n)),
        // Between any two bytes, and before the first, something may be put in.
        _ => {
            let put = texts(2)?;
            texts(0)?
                .iter()
                .zip(&put)
                .map(|(len, put)| (len + 1).saturating_mul((*put).max(1)) + len)
                .fold(0, u64::saturating_add)
        }
    })
}

fn array(value: Option<&ColumnarValue>, rows: usize, kind: &DataType) -> EngineResult<Option<ArrayRef>> {
    let array = value.map(|value| value.to_array(rows)).transpose()?;
    Ok(array.map(|array| cast(&array, kind)).transpose()?)
}

/// Bytes of each text; what is unknown has none.
fn lengths(value: Option<&ColumnarValue>, rows: usize) -> EngineResult<Vec<u64>> {
    let Some(array) = array(value, rows, &DataType::LargeUtf8)? else { return Ok(vec![0; rows]) };
    Ok(array.as_string::<i64>().iter().map(|text| text.map_or(0, |text| text.len() as u64)).collect())
}

/// Each whole number; what is unknown or negative is nothing.
fn counts(value: Option<&ColumnarValue>, rows: usize) -> EngineResult<Vec<u64>> {
    let Some(array) = array(value, rows, &DataType::Int64)? else { return Ok(vec![0; rows]) };
    let numbers = array.as_primitive::<Int64Type>();
    // A quarter of all numbers is more than any bound, and four of it are still a number.
    Ok(numbers.iter().map(|n| u64::try_from(n.unwrap_or(0)).unwrap_or(0).min(u64::MAX >> 2)).collect())
}
