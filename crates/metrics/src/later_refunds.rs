//! What was given back of orders on the day of the question or later, and so was not known then.
//!
//! The view `orders` carries what was given back of an order so far. A question about an earlier day takes off what came
//! after it.

use std::collections::HashMap;
use std::sync::Arc;

use history::fold::{Run, Slot};
use history::{Limits, Snapshot};

use crate::MetricError;
use crate::scope::{Horizon, Scope};

/// Given back too late to be known, by customer and number of the order; empty when everything known counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct LaterRefunds {
    by_order: Arc<HashMap<(u32, u32), i64>>,
    number: Slot,
}

impl LaterRefunds {
    /// Of all orders. `columns` are those that the metric reads; the number of the order is added to them if it is needed.
    pub async fn of(
        snapshot: &Snapshot,
        scope: &Scope,
        columns: &mut Vec<&'static str>,
    ) -> Result<LaterRefunds, MetricError> {
        let everything = Horizon::of(snapshot, None).as_of;
        let Some(as_of) = scope.as_of.filter(|as_of| *as_of < everything && snapshot.has("refunds")) else {
            return Ok(LaterRefunds::default());
        };
        let from = snapshot.zone().start_of(as_of).0;
        let text = format!(
            "select o.customer, o.number, sum(r.amount) from refunds r join orders o \
             on r.customer = o.customer and r.order_id = o.order_id \
             where cast(r.at as bigint) >= {from} group by o.customer, o.number"
        );
        let rows = snapshot.rows_of(&text, Limits::default()).await?;
        let by_order: HashMap<(u32, u32), i64> = rows
            .whole(0)?
            .into_iter()
            .zip(rows.whole(1)?)
            .zip(rows.whole(2)?)
            .filter_map(|((customer, number), sum)| Some(((customer? as u32, number? as u32), sum?)))
            .collect();
        if !by_order.is_empty() {
            columns.push("number");
        }
        Ok(LaterRefunds { by_order: Arc::new(by_order), number: columns.len() - 1 })
    }

    /// What had been given back of the order in that row, of the `refunded` that is known today.
    pub fn known(&self, run: &Run<'_>, row: usize, refunded: i64) -> i64 {
        if self.by_order.is_empty() {
            return refunded;
        }
        let number = run.u32(self.number).get(row).copied().unwrap_or(0);
        refunded.saturating_sub(self.by_order.get(&(run.customer, number)).copied().unwrap_or(0))
    }
}
