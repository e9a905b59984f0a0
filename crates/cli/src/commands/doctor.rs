//! `regulars doctor`: is the installation well?

use app::Problem;

use crate::output::{self, say};
use crate::{FOLDER, PlaceArgs};

/// Check the installation: state, files, checksums
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Read every history file and hold it against its checksum
    #[arg(long)]
    deep: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    let health = app.health(args.deep).await?;
    if args.json {
        output::json(&health)?;
    } else {
        say!("Regulars {}, folder {}", health.version, app.data().display());
        say!("state     {}", health.database);
        let megabytes = health.history_bytes as f64 / 1e6;
        say!("history   version {}, {} files, {megabytes:.1} MB", health.history_version, health.history_files);
        say!("data to   {}", health.data_until.as_deref().unwrap_or("no facts yet"));
        for (view, rows) in &health.rows {
            say!("  {view:<24}{rows:>14}");
        }
        for problem in &health.problems {
            say!("PROBLEM   {problem}");
        }
        say!("{}", if health.ok { "All is well." } else { "Something needs you: see above." });
    }
    if health.ok {
        return Ok(());
    }
    Err(Problem::invalid(
        "unwell",
        format!("{} problems found", health.problems.len()),
        "restore the files from a backup, or import all sources again into a new folder (--data)",
    ))
}
