//! `regulars simulate`: files of a business of people who do not exist, with the truth about them.

use std::path::PathBuf;

use app::{Problem, SimulateAsk, SimulatedFile, Trade};
use indicatif::{ProgressBar, ProgressStyle};
use terms::{Currency, Date, Zone};

use crate::PlaceArgs;
use crate::output::{self, say};

/// Write the files of a simulated business, with the truth about it beside them (docs/simulate.md)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What sort of business
    #[arg(value_enum)]
    trade: Word,
    /// How many customers sign up
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    customers: u32,
    /// Another seed is another world; the same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The folder for the files; it must be empty or not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The first day
    #[arg(long, default_value = "2022-01-01", value_name = "DATE")]
    start: Date,
    /// How many days
    #[arg(long, default_value_t = 1_095, value_name = "N")]
    days: u32,
    /// The zone of the business
    #[arg(long, default_value = "UTC")]
    zone: Zone,
    /// The currency of the business
    #[arg(long, default_value = "EUR", value_name = "CODE")]
    currency: Currency,
    /// A second currency, the share of customers who pay in it, and its units for one of the first, as in SEK,0.2,11.4
    #[arg(long, value_name = "CODE,SHARE,RATE", value_parser = second)]
    second_currency: Option<(Currency, f64, f64)>,
    /// Share of facts that are written twice
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    duplicates: f64,
    /// Share of facts that come late, in files of their own under late/
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    late: f64,
    /// Leave out events
    #[arg(long)]
    no_events: bool,
    /// Nothing but the textbook model that a fit must find again: Pareto/NBD with gamma-gamma, or Lomax lifetimes
    #[arg(long)]
    plain: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Word {
    /// Customers come back when they like
    Shop,
    /// Customers subscribe
    Saas,
}

fn second(text: &str) -> Result<(Currency, f64, f64), String> {
    let mut parts = text.split(',').map(str::trim);
    let (Some(code), Some(share), Some(rate), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err("write it as SEK,0.2,11.4".to_owned());
    };
    let number = |text: &str| text.parse::<f64>().map_err(|_| format!("'{text}' is not a number"));
    Ok((code.parse().map_err(|error: terms::TermError| error.to_string())?, number(share)?, number(rate)?))
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let (as_json, bar) = (args.json, bar(&args));
    let (ask, watched) = (ask(args, place.threads), bar.clone());
    let work = move || app::simulate(&ask, |customers| watched.set_position(customers.into()));
    let files = tokio::task::spawn_blocking(work).await.unwrap_or_else(|stopped| {
        Err(Problem::invalid("stopped", stopped.to_string(), "this is our mistake: please report it"))
    })?;
    bar.finish_and_clear();
    if as_json { output::json(&files) } else { told(&files) }
}

fn ask(args: Args, threads: Option<usize>) -> SimulateAsk {
    let trade = match args.trade {
        Word::Shop => Trade::Shop,
        Word::Saas => Trade::Saas,
    };
    SimulateAsk {
        trade,
        plain: args.plain,
        customers: args.customers,
        seed: args.seed,
        start: args.start,
        days: args.days,
        zone: args.zone,
        currency: args.currency,
        other_currency: args.second_currency,
        duplicates: args.duplicates,
        late: args.late,
        events: !args.no_events,
        out: args.out,
        threads,
    }
}

fn bar(args: &Args) -> ProgressBar {
    if args.json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(args.customers.into());
    if let Ok(style) = ProgressStyle::with_template("living [{bar:32}] {percent:>3} %  {pos} customers  {eta} left") {
        bar.set_style(style.progress_chars("█▉ "));
    }
    bar
}

fn told(files: &[SimulatedFile]) -> Result<(), Problem> {
    let head = ["file", "rows"].map(str::to_owned).to_vec();
    let rows = files.iter().map(|file| vec![file.path.display().to_string(), file.rows.to_string()]);
    say!("{}", output::table(head, &[false, true], rows.collect()));
    say!(
        "Nobody in them exists. What a business would see can be imported: regulars import <the files outside truth/> --yes"
    );
    Ok(())
}
