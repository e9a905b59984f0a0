//! `regulars bench-worker`: answers the questions of the benchmark harness, one JSON line each.

use std::path::PathBuf;

use app::Problem;

/// Answer benchmark questions on standard input
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder with one installation per business
    home: PathBuf,
    /// The generator's manifest
    #[arg(long)]
    manifest: PathBuf,
}

pub(crate) async fn run(args: Args) -> Result<(), Problem> {
    let _ = (args.home, args.manifest);
    Ok(())
}
