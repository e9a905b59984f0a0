//! `regulars demo`: a sample in a folder of its own, in the browser.

use std::net::SocketAddr;
use std::sync::Mutex;

use app::{App, Problem, Sample};

use super::{import, serve};
use crate::PlaceArgs;
use crate::output::say;

/// The folder of the sample unless said otherwise: apart from one's own data.
const FOLDER: &str = "regulars-demo";
/// The same for the other sample: two businesses in one folder would be one that does not exist.
const SUBSCRIPTIONS_FOLDER: &str = "regulars-demo-subscriptions";

/// Look at a sample: a year of a real gift wholesaler, or a simulated subscription business
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which one
    #[arg(value_enum, default_value_t = Word::Shop)]
    sample: Word,
    /// Where to listen; port 0 takes any that is free
    #[arg(long, default_value = "127.0.0.1:7878", value_name = "ADDRESS")]
    listen: SocketAddr,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Word {
    /// A year of a gift wholesaler: 541,909 invoice lines
    Shop,
    /// Three years of software sold to teams, simulated
    Subscriptions,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let (sample, folder) = match args.sample {
        Word::Shop => (Sample::Shop, FOLDER),
        Word::Subscriptions => (Sample::Subscriptions, SUBSCRIPTIONS_FOLDER),
    };
    let app = place.open(folder).await?;
    if app.snapshot().await?.watermark().is_none() {
        load(&app, sample).await?;
    }
    serve::serve(app, args.listen).await
}

async fn load(app: &App, sample: Sample) -> Result<(), Problem> {
    say!("Importing the sample {} into {}", sample.name(), app.data().display());
    let bar = import::bar(false);
    let watched = bar.clone();
    let shown = Mutex::new(0u8);
    let report = app.import_sample(sample, move |progress| import::advance(&watched, &shown, progress)).await?;
    bar.finish_and_clear();
    let aside: u64 = report.rejects.values().sum();
    say!("{} rows read, {} facts kept, {aside} rows set aside with their reasons", report.rows, report.added);
    Ok(())
}
