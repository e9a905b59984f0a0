//! `regulars`: the one binary. Each command is a file under `commands/`; only here anything is printed.
#![allow(clippy::print_stdout, clippy::print_stderr)] // printing is what this crate is for

mod commands;
mod output;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use app::{App, Place, Problem};
use clap::{Parser, Subcommand};

/// Turns customers into regulars: measure who stays, understand who leaves, act, and prove what it kept.
#[derive(Parser)]
#[command(name = "regulars", version, about, propagate_version = true)]
struct Line {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args, Clone)]
struct PlaceArgs {
    /// The folder of the installation
    #[arg(long, global = true, env = "REGULARS_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// The state database, instead of SQLite in the folder
    #[arg(long, global = true, env = "REGULARS_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Cores to use (all of them unless said)
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
}

impl PlaceArgs {
    /// The installation these arguments name, `folder` unless said otherwise.
    async fn open(&self, folder: &str) -> Result<App, Problem> {
        let data = self.data.clone().unwrap_or_else(|| PathBuf::from(folder));
        App::open(Place { data, database: self.database.clone(), threads: self.threads }).await
    }
}

/// Stack of a worker: conditions and queries are read by recursion.
const STACK: usize = 16 << 20;

/// The folder of an installation unless said otherwise.
const FOLDER: &str = "regulars-data";

#[derive(Subcommand)]
enum Command {
    Import(commands::import::Args),
    Metric(commands::metric::Args),
    Explain(commands::explain::Args),
    Cohorts(commands::metric::CohortsArgs),
    Rfm(commands::metric::RfmArgs),
    Reconcile(commands::reconcile::Args),
    Customers(commands::customers::Args),
    Segment(commands::segment::Args),
    Sql(commands::sql::Args),
    Settings(commands::settings::Args),
    Note(commands::note::Args),
    Doctor(commands::doctor::Args),
    Serve(commands::serve::Args),
    Demo(commands::demo::Args),
    Simulate(commands::simulate::Args),
    #[command(hide = true)]
    BenchWorker(commands::bench_worker::Args),
}

fn main() -> ExitCode {
    let line = Line::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("REGULARS_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(line));
    // Work that was given up on (a server told to stop in the middle of an import) does not hold the program.
    runtime.shutdown_timeout(Duration::from_millis(500));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            output::say_problem(&problem);
            ExitCode::FAILURE
        }
    }
}

async fn run(line: Line) -> Result<(), Problem> {
    let place = &line.place;
    match line.command {
        Command::Import(args) => commands::import::run(place, args).await,
        Command::Metric(args) => commands::metric::run(place, args).await,
        Command::Cohorts(args) => commands::metric::cohorts(place, args).await,
        Command::Rfm(args) => commands::metric::rfm(place, args).await,
        Command::Reconcile(args) => commands::reconcile::run(place, args).await,
        Command::Explain(args) => commands::explain::run(place, args).await,
        Command::Segment(args) => commands::segment::run(place, args).await,
        Command::Customers(args) => commands::customers::run(place, args).await,
        Command::Settings(args) => commands::settings::run(place, args).await,
        Command::Note(args) => commands::note::run(place, args).await,
        Command::Sql(args) => commands::sql::run(place, args).await,
        Command::Doctor(args) => commands::doctor::run(place, args).await,
        Command::Serve(args) => commands::serve::run(place, args).await,
        Command::Demo(args) => commands::demo::run(place, args).await,
        Command::Simulate(args) => commands::simulate::run(place, args).await,
        Command::BenchWorker(args) => commands::bench_worker::run(place, args).await,
    }
}
