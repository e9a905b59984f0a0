//! The first day of a rule's facts: where a series without a start begins.

use history::Snapshot;
use history::fold::{Machine, Run};
use terms::Date;

use crate::MetricError;
use crate::activity::{Activity, DayReader};
use crate::scope::{Horizon, Scope};

/// The day of the earliest fact a rule would use; nothing when there is none before the horizon.
pub(crate) async fn first_day(
    activity: &Activity,
    snapshot: &Snapshot,
    scope: &Scope,
    horizon: &Horizon,
) -> Result<Option<Date>, MetricError> {
    let reader = DayReader::new(activity, snapshot, scope, horizon);
    let scan = reader.scan.clone();
    Ok(snapshot.fold(&scan, FirstDay { reader }).await?.map(Date))
}

/// The day of the earliest fact a rule would use, as far as a question can see; nothing when there is none.
///
/// # Errors
///
/// When the filter makes no sense to the facts of the rule.
pub async fn first_known_day(
    snapshot: &Snapshot,
    activity: &Activity,
    scope: &Scope,
) -> Result<Option<Date>, MetricError> {
    first_day(activity, snapshot, scope, &Horizon::of(snapshot, scope.as_of)).await
}

struct FirstDay {
    reader: DayReader,
}

impl Machine for FirstDay {
    type Partial = Option<i32>;

    fn start(&self) -> Option<i32> {
        None
    }

    fn customer(&self, partial: &mut Option<i32>, run: &Run<'_>) {
        if let Some(first) = self.reader.first(run) {
            self.merge(partial, Some(first));
        }
    }

    fn merge(&self, into: &mut Option<i32>, other: Option<i32>) {
        *into = into.iter().copied().chain(other).min();
    }
}
