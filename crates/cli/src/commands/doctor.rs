//! `regulars doctor`: is the installation well?

use app::{Health, Problem, Repair};
use serde::Serialize;

use crate::output::{self, say};
use crate::{FOLDER, PlaceArgs};

/// Check the installation: state, files, checksums
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Read every history file and hold it against its checksum
    #[arg(long)]
    deep: bool,
    /// Set damaged history files aside (in the folder `damaged`), put the rest in order again, and say what to import
    #[arg(long)]
    repair: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    health: Health,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<Repair>,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    let repair = if args.repair { Some(app.repair().await?) } else { None };
    let health = app.health(args.deep || args.repair).await?;
    let outcome = outcome(&health);
    if args.json {
        output::json(&Answer { health, repair })?;
    } else {
        if let Some(repair) = &repair {
            say_repair(repair);
        }
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
    outcome
}

fn say_repair(repair: &Repair) {
    for (file, why) in &repair.damaged {
        say!("SET ASIDE {file}: {why}");
    }
    match (repair.damaged.len(), repair.of_facts) {
        (0, _) => say!("Nothing to repair: every history file is what was written."),
        (_, 0) => say!("No fact was lost: what was damaged follows from the facts and was derived again."),
        (_, files) => {
            say!("{} facts were lost with {files} of these files; the rest was derived again.", repair.facts_lost)
        }
    }
}

fn outcome(health: &Health) -> Result<(), Problem> {
    if health.ok {
        return Ok(());
    }
    let hint = if health.import_again.len() == health.problems.len() {
        "import the files named above again, in this order: only what is missing is added; `regulars import undo` \
         takes an import out that nobody needs any more"
    } else {
        "put the files back from a backup if you have one, or run `regulars doctor --repair`: it sets damaged files \
         aside and says which files to import again"
    };
    Err(Problem::invalid("unwell", format!("{} problems found", health.problems.len()), hint))
}
