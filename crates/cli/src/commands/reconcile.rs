//! `regulars reconcile`: recurring revenue under two definitions, line by line down to the subscription.

use app::Problem;

use super::metric;
use crate::output::Output;
use crate::{FOLDER, PlaceArgs};

/// Compare two definitions of recurring revenue, line by line down to the subscription
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The one: regulars, chartmogul, stripe, profitwell, baremetrics
    #[arg(long, default_value = "regulars")]
    profile: String,
    /// The other
    #[arg(long)]
    with: String,
    /// 2011-11, 2011-Q3, 2011, 2011-01-01..2011-02-01, or 30d, 90d, 12m before the last fact; the last month unless said
    #[arg(long)]
    period: Option<String>,
    /// Ignore facts on this day or later
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    let profiles = (args.profile.as_str(), args.with.as_str());
    let answer = app.reconcile(profiles, args.period.as_deref(), args.as_of.as_deref()).await?;
    let data_until = app.snapshot().await?.watermark().map(app::rfc3339);
    if args.output.is_for_programs() {
        metric::write(&answer, data_until.as_deref(), &args.output)
    } else {
        metric::say(&answer, data_until.as_deref())
    }
}
