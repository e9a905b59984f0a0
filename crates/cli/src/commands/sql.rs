//! `regulars sql`: the views, asked by whoever knows SQL.

use std::time::Duration;

use app::Problem;
use serde::Serialize;

use crate::output::{self, Output};
use crate::{FOLDER, PlaceArgs};

/// Ask the history in SQL (docs/views.md lists the views)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The query, as in "select country, count(*) from orders group by 1"
    query: String,
    /// Seconds it may take (60 unless said here or as sql_seconds in regulars.toml)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct Answer {
    data_until: Option<String>,
    history_version: i64,
    rows: Vec<serde_json::Value>,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    let snapshot = app.snapshot().await?;
    let mut limits = app.limits();
    if let Some(seconds) = args.timeout {
        limits.time = Duration::from_secs(seconds);
    }
    let rows = snapshot.rows_of(&args.query, limits).await?;
    if args.output.json {
        let data_until = snapshot.watermark().map(app::rfc3339);
        return output::json(&Answer { data_until, history_version: snapshot.version(), rows: rows.json()? });
    }
    args.output.rows(&rows)
}
