//! One thread takes a file apart, others turn the pieces into facts: the same for every format.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::{ReadError, name_of};
use super::fill::Filler;
use super::open::Counter;
use super::plan::Plan;
use super::sink::{ReadReport, Sink, SinkError};

/// A reading under way.
pub struct Crew<'a> {
    pub path: &'a Path,
    pub plan: &'a Plan,
    pub sink: &'a dyn Sink,
    /// Threads beside the one that takes the file apart.
    pub threads: usize,
    /// Bytes of the file on disk read so far.
    pub counter: Counter,
}

/// Where pieces are handed over.
pub struct Hand<P> {
    send: SyncSender<P>,
    stop: Arc<AtomicBool>,
}

impl<P> Hand<P> {
    /// Hands a piece over; `false` when nobody takes any more.
    pub fn over(&self, piece: P) -> bool {
        !self.stopped() && self.send.send(piece).is_ok()
    }

    /// Whether reading has failed elsewhere.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Pieces waiting to be taken: few, so that memory stays small.
const WAITING: usize = 2;

impl Crew<'_> {
    /// Reads a file: `apart` hands pieces over, `take` turns one into rows. Each taking thread has a filler and a `tool`
    /// of its own.
    pub fn run<P: Send, T>(
        &self,
        apart: impl FnOnce(&Hand<P>) -> Result<(), ReadError>,
        tool: impl Fn() -> T + Sync,
        take: impl Fn(&mut Filler<'_>, &mut T, P) -> Result<(), PieceError> + Sync,
    ) -> Result<ReadReport, ReadError> {
        let workers = if self.plan.in_order() { 1 } else { self.threads.max(1) };
        let (send, receive) = sync_channel::<P>(WAITING);
        let stop = Arc::new(AtomicBool::new(false));
        let hand = Hand { send, stop: stop.clone() };
        let (receive, rows) = (Mutex::new(receive), AtomicU64::new(0));
        let next = || receive.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
        let work = || {
            let result = catch_unwind(AssertUnwindSafe(|| self.work(&next, &rows, &tool, &take)));
            if !matches!(result, Ok(Ok(_))) {
                // Nobody may be left waiting for this thread: empty the queue until nothing more comes.
                stop.store(true, Ordering::Relaxed);
                while next().is_some() {}
            }
            result.unwrap_or_else(|_| Err(self.failed()))
        };
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            let apart = catch_unwind(AssertUnwindSafe(|| apart(&hand))).unwrap_or_else(|_| Err(self.failed()));
            drop(hand.send); // the workers end when nothing is left
            let mut report = ReadReport::default();
            let mut failed = apart.err();
            for handle in handles {
                match handle.join().unwrap_or_else(|_| Err(self.failed())) {
                    Ok(part) => report.add(&part),
                    Err(error) => failed = Some(failed.unwrap_or(error)),
                }
            }
            self.sink.progress(self.counter.load(Ordering::Relaxed), report.rows);
            failed.map_or(Ok(report), Err)
        })
    }

    fn work<P, T>(
        &self,
        next: &impl Fn() -> Option<P>,
        rows: &AtomicU64,
        tool: &impl Fn() -> T,
        take: &impl Fn(&mut Filler<'_>, &mut T, P) -> Result<(), PieceError>,
    ) -> Result<ReadReport, ReadError> {
        let mut filler = Filler::new(self.plan, &name_of(self.path), self.sink);
        let mut tool = tool();
        while let Some(piece) = next() {
            let before = filler.rows();
            take(&mut filler, &mut tool, piece).map_err(|error| error.about(self.path))?;
            let seen = filler.rows() - before;
            let rows = rows.fetch_add(seen, Ordering::Relaxed) + seen;
            self.sink.progress(self.counter.load(Ordering::Relaxed), rows);
        }
        filler.finish().map_err(|cause| ReadError::sink(self.path, cause))
    }

    fn failed(&self) -> ReadError {
        ReadError::new(
            "file_damaged",
            self.path,
            "this file is damaged in a way that stopped the reading",
            "export it again",
        )
    }
}

/// Why a piece could not be taken.
pub enum PieceError {
    /// The receiver of the facts refused them.
    Sink(SinkError),
    /// The piece itself cannot be read.
    Read(ReadError),
}

impl From<SinkError> for PieceError {
    fn from(error: SinkError) -> PieceError {
        PieceError::Sink(error)
    }
}

impl PieceError {
    fn about(self, path: &Path) -> ReadError {
        match self {
            PieceError::Sink(cause) => ReadError::sink(path, cause),
            PieceError::Read(error) => error,
        }
    }
}

/// Buffers that come back to be filled again.
pub struct Returns {
    give: SyncSender<Vec<u8>>,
    take: Mutex<Receiver<Vec<u8>>>,
}

impl Returns {
    /// Room for a few buffers.
    pub fn new() -> Returns {
        let (give, take) = sync_channel(8);
        Returns { give, take: Mutex::new(take) }
    }

    /// A buffer, empty.
    pub fn take(&self) -> Vec<u8> {
        let mut buffer = self.take.lock().unwrap_or_else(PoisonError::into_inner).try_recv().unwrap_or_default();
        buffer.clear();
        buffer
    }

    /// Gives a buffer back.
    pub fn give(&self, buffer: Vec<u8>) {
        let _ = self.give.try_send(buffer);
    }
}
