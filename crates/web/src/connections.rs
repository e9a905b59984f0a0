//! Connections: how many there are, and how long one may be silent. What somebody sends half never holds the server.

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Sleep};

/// How long to wait after a connection could not be taken, as when the system has no more file handles.
const PAUSE: Duration = Duration::from_secs(1);

/// What connections may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Open connections; further ones wait in the queue of the system.
    pub connections: usize,
    /// How long the headers of a request may take, from the moment the connection is free for it: this bounds half-sent
    /// headers and idle connections alike.
    pub headers: Duration,
    /// How long a reader may take nothing of an answer.
    pub unread: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { connections: 512, headers: Duration::from_secs(20), unread: Duration::from_secs(60) }
    }
}

/// The connections of a server.
pub struct Connections {
    router: Router,
    bounds: Bounds,
    places: Arc<Semaphore>,
}

impl Connections {
    /// Connections that are answered by these routes.
    pub fn new(router: Router, bounds: Bounds) -> Connections {
        Connections { router, bounds, places: Arc::new(Semaphore::new(bounds.connections)) }
    }

    /// Takes connections until it is told to stop; then waits for the requests that run. Dropped, it cuts them off.
    pub async fn serve(self, listener: TcpListener, stopped: watch::Receiver<bool>) {
        let mut open = tokio::task::JoinSet::new();
        let mut stop = pin!(told(stopped.clone()));
        loop {
            tokio::select! {
                () = &mut stop => break,
                (stream, place) = self.next(&listener) => {
                    open.spawn(answer(self.router.clone(), self.bounds, stream, place, stopped.clone()));
                }
                Some(_) = open.join_next() => {}
            }
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    /// The next connection, once there is a place for it.
    async fn next(&self, listener: &TcpListener) -> (TcpStream, OwnedSemaphorePermit) {
        loop {
            let Ok(place) = self.places.clone().acquire_owned().await else { std::future::pending().await };
            match listener.accept().await {
                Ok((stream, _)) => return (stream, place),
                Err(error) if is_of_the_other(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Waits until the server is told to stop.
async fn told(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Whether the other side hung up before it was answered: nothing is wrong here.
fn is_of_the_other(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers the requests of one connection, one after the other. Told to stop, it finishes the one that runs.
async fn answer(
    router: Router,
    bounds: Bounds,
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
    stopped: watch::Receiver<bool>,
) {
    // Answers are written whole: waiting for more to send only adds delay.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Stream::new(stream, bounds.unread));
    let mut serving = http1::Builder::new();
    serving.timer(TokioTimer::new()).header_read_timeout(bounds.headers);
    let mut connection = pin!(serving.serve_connection(io, TowerToHyperService::new(router)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A connection that breaks when nobody takes what is written.
struct Stream {
    inner: TcpStream,
    unread: Duration,
    /// When the reader has been waited for long enough; nothing while nothing waits.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Stream {
    fn new(inner: TcpStream, unread: Duration) -> Stream {
        Stream { inner, unread, deadline: None }
    }

    /// What a write came to, or the end of patience.
    fn within<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let end = Instant::now() + self.unread;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.within(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, pieces);
        self.within(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
