//! Listening, and stopping in order.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use app::{App, Kind, Problem};

use crate::connections::{Bounds, Connections};
use crate::routes::{Site, site_router};
use crate::uploads;

/// How long requests that run may go on after the signal to stop.
const GRACE: Duration = Duration::from_secs(5);
/// How long an import that runs may go on after that. Both together stay well within ten seconds.
const GRACE_IMPORT: Duration = Duration::from_secs(3);

/// Where and how to serve.
pub struct ServeOptions {
    /// The address; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// What connections may cost.
    pub bounds: Bounds,
    /// Told the address once pages can be opened.
    pub on_ready: Box<dyn FnOnce(SocketAddr) + Send>,
}

/// Serves an installation until `shutdown` is done; then takes nothing new, finishes what runs, and returns.
///
/// # Errors
///
/// `port_taken`, or `cannot_listen` with the reason.
pub async fn serve(app: App, options: ServeOptions, shutdown: impl Future<Output = ()> + Send) -> Result<(), Problem> {
    let listener =
        tokio::net::TcpListener::bind(options.listen).await.map_err(|error| not_bound(options.listen, &error))?;
    let address = listener.local_addr().map_err(|error| not_bound(options.listen, &error))?;
    if !address.ip().is_loopback() {
        tracing::warn!(
            "{address} can be reached by others, and there is no login yet: everybody who can reach it sees all data"
        );
    }
    uploads::sweep(app.data()).await;
    let site = Site::new(app, address.ip().is_loopback());
    let jobs = site.jobs.clone();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let connections = Connections::new(site_router(site), options.bounds);
    let mut running = tokio::spawn(connections.serve(listener, stopped));
    (options.on_ready)(address);
    shutdown.await;
    let _ = stop.send(true);
    if tokio::time::timeout(GRACE, &mut running).await.is_err() {
        running.abort();
        tracing::warn!("connections that did not end were cut off");
    }
    jobs.finish(GRACE_IMPORT).await;
    Ok(())
}

fn not_bound(address: SocketAddr, error: &std::io::Error) -> Problem {
    let problem = if error.kind() == ErrorKind::AddrInUse {
        let hint = "stop the program that has it, or choose another one: --listen 127.0.0.1:0 takes any that is free";
        Problem::invalid("port_taken", format!("the port of {address} is taken"), hint)
    } else {
        Problem::invalid(
            "cannot_listen",
            format!("cannot listen on {address}: {error}"),
            "choose another address with --listen",
        )
    };
    Problem { kind: Kind::Busy, ..problem }
}
