//! `regulars demo`: the sample shop in a folder of its own, in the browser.

use std::net::SocketAddr;
use std::sync::Mutex;

use app::{App, Problem};

use super::{import, serve};
use crate::PlaceArgs;
use crate::output::say;

/// The folder of the sample unless said otherwise: apart from one's own data.
const FOLDER: &str = "regulars-demo";

/// Look at a sample shop: one year of a real gift wholesaler, 541,909 invoice lines
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, default_value = "127.0.0.1:7878", value_name = "ADDRESS")]
    listen: SocketAddr,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    if app.snapshot().await?.rows("orders") == 0 {
        load(&app).await?;
    }
    serve::serve(app, args.listen).await
}

async fn load(app: &App) -> Result<(), Problem> {
    say!("Importing the sample, a year of a gift wholesaler, into {}", app.data().display());
    let bar = import::bar(false);
    let watched = bar.clone();
    let shown = Mutex::new(0u8);
    let report = app.import_sample(move |progress| import::advance(&watched, &shown, progress)).await?;
    bar.finish_and_clear();
    let aside: u64 = report.rejects.values().sum();
    say!("{} rows read, {} facts kept, {aside} rows set aside with their reasons", report.rows, report.added);
    Ok(())
}
