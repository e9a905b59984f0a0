//! `regulars serve`: the pages and the API of an installation, until it is told to stop.

use std::net::SocketAddr;

use app::{App, Problem};
use web::ServeOptions;

use crate::output::say;
use crate::{FOLDER, PlaceArgs};

/// Show the pages in a browser
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, default_value = "127.0.0.1:7878", value_name = "ADDRESS")]
    listen: SocketAddr,
}

pub(crate) async fn run(place: &PlaceArgs, args: Args) -> Result<(), Problem> {
    let app = place.open(FOLDER).await?;
    serve(app, args.listen).await
}

/// Serves until the program is told to stop. One process serves a folder.
pub(crate) async fn serve(app: App, listen: SocketAddr) -> Result<(), Problem> {
    let _lock = app.serve_lock()?;
    let on_ready = Box::new(|address| say!("Regulars is at http://{address}"));
    web::serve(app, ServeOptions { listen, bounds: web::Bounds::default(), on_ready }, told_to_stop()).await
}

/// Ctrl-C, or SIGTERM as service managers send it.
async fn told_to_stop() {
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => tokio::select! { () = interrupted => {}, _ = terminated.recv() => {} },
            Err(_) => interrupted.await,
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
