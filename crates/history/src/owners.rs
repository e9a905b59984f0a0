//! Whose the orders, subscriptions and invoices of the history are: for new files that name these and no customers.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};

use crate::import::Plan;
use crate::read::owners::{self, Owned, Owner, Owners};
use crate::{History, HistoryError};

impl History {
    /// The same plan, with customers for the rows that name none: looked up in the other files and in the history.
    pub(crate) async fn with_owners(&self, mut plan: Plan) -> Result<Plan, HistoryError> {
        let wanted = owners::wanted(&plan.files);
        if wanted.is_empty() {
            return Ok(plan);
        }
        let mut known = Owners::default();
        for owner in wanted {
            self.add_owners(&mut known, owner).await?;
        }
        let joined = move || -> Result<Plan, HistoryError> {
            owners::together(&mut plan.files, known)?;
            Ok(plan)
        };
        crate::history::blocking(joined).await
    }

    async fn add_owners(&self, known: &mut Owners, owner: Owner) -> Result<(), HistoryError> {
        let (view, column) = match owner {
            Owner::Order => ("orders", "order_id"),
            Owner::Subscription => ("subscription_changes", "subscription_id"),
            Owner::Invoice => ("invoices", "invoice_id"),
        };
        let snapshot = self.snapshot().await?;
        if !snapshot.has(view) || snapshot.rows(view) == 0 {
            return Ok(());
        }
        if snapshot.rows(view) > owners::KNOWN_MAX as u64 {
            return Err(full());
        }
        for batch in snapshot.sql(&format!("select {column}, customer_id, at, currency from {view}")).await? {
            add(known, owner, &batch)?;
        }
        Ok(())
    }
}

fn add(known: &mut Owners, owner: Owner, batch: &RecordBatch) -> Result<(), HistoryError> {
    let (ids, customers) = (cast(batch.column(0), &DataType::Utf8)?, cast(batch.column(1), &DataType::Utf8)?);
    let currencies = cast(batch.column(3), &DataType::Utf8)?;
    let currencies = currencies.as_string::<i32>();
    let at = cast(batch.column(2), &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
    let (ids, customers) = (ids.as_string::<i32>(), customers.as_string::<i32>());
    let at = at.as_primitive::<TimestampMicrosecondType>();
    for row in (0..batch.num_rows()).filter(|row| ids.is_valid(*row)) {
        let currency = currencies.is_valid(row).then(|| currencies.value(row));
        let owned = Owned { customer: customers.value(row), at: at.value(row), currency };
        if !known.add(owner, ids.value(row), owned) {
            return Err(full());
        }
    }
    Ok(())
}

fn full() -> HistoryError {
    HistoryError::Read {
        message: owners::FULL.to_owned(),
        code: "too_many_to_look_up",
        hint: "join the tables first, in a database or a spreadsheet".to_owned(),
    }
}
