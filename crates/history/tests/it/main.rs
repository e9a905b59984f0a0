//! Tests of the history through its door.

mod fold;
mod limits;
mod sql;

/// The rows of a query as text, one line each, values joined by a space.
fn lines(batches: &[arrow::array::RecordBatch]) -> Vec<String> {
    let options = arrow::util::display::FormatOptions::default().with_null("-");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| arrow::util::display::ArrayFormatter::try_new(column, &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            lines.push(columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(" "));
        }
    }
    lines
}
