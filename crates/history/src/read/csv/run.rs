//! Reading a text file: one thread cuts it into blocks of whole records, the others turn blocks into facts.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use super::cut::Cutter;
use super::dialect::CsvFormat;
use super::scan::{Record, Scanner};
use crate::read::error::ReadError;
use crate::read::fill::{Fields, Filler};
use crate::read::open::{Counter, fill, open_text};
use crate::read::plan::Plan;
use crate::read::sink::{ReadReport, Sink, SinkError};

/// Bytes of a block. Small enough that a few of them fit into the cache of a core, large enough that handing them
/// over costs nothing.
const BLOCK: usize = 2 << 20;
/// Bytes of the longest record that is read.
const RECORD_MAX: usize = 8 << 20;

/// What the cutting thread hands over.
enum Piece {
    /// Whole records, and the line of the first.
    Block(Vec<u8>, u64),
    /// A record that cannot be read: its line, why, its beginning.
    Broken(u64, &'static str, String),
}

/// What all threads share.
struct Shared<'a> {
    path: &'a Path,
    plan: &'a Plan,
    sink: &'a dyn Sink,
    counter: Counter,
    rows: AtomicU64,
    stop: AtomicBool,
}

/// Reads a text file with so many threads beside the one that cuts.
pub fn read(
    path: &Path,
    format: &CsvFormat,
    plan: &Plan,
    threads: usize,
    sink: &dyn Sink,
) -> Result<ReadReport, ReadError> {
    read_in_blocks(path, format, plan, threads, sink, BLOCK)
}

fn read_in_blocks(
    path: &Path,
    format: &CsvFormat,
    plan: &Plan,
    threads: usize,
    sink: &dyn Sink,
    block: usize,
) -> Result<ReadReport, ReadError> {
    let counter = Counter::default();
    let mut text = open_text(path, format.encoding(), &counter)?;
    let shared = Shared { path, plan, sink, counter, rows: AtomicU64::new(0), stop: AtomicBool::new(false) };
    let workers = if plan.in_order() { 1 } else { threads.max(1) };
    let (send, receive) = sync_channel::<Piece>(2);
    let (give_back, take_back) = sync_channel::<Vec<u8>>(workers + 4);
    let receive = Mutex::new(receive);
    std::thread::scope(|scope| {
        let work = || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                worker(&shared, format, &receive, &give_back)
            }));
            if !matches!(result, Ok(Ok(_))) {
                // Nobody may be left waiting for this thread: empty the queue until the cutting thread has stopped.
                shared.stop.store(true, Ordering::Relaxed);
                while receive.lock().unwrap_or_else(PoisonError::into_inner).recv().is_ok() {}
            }
            result
        };
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let cut = cut(&shared, text.as_mut(), format, block, &send, &take_back);
        drop(send); // the workers end when nothing is left
        let mut report = ReadReport::default();
        let mut failed = None;
        for handle in handles {
            match handle.join() {
                Ok(Ok(Ok(part))) => report.add(&part),
                Ok(Ok(Err(error))) => failed = Some(error),
                _ => {
                    failed = Some(ReadError::new(
                        "read_failed",
                        path,
                        "reading this file failed inside Regulars",
                        "report this with the file",
                    ))
                }
            }
        }
        sink.progress(shared.counter.load(Ordering::Relaxed), report.rows);
        match failed {
            Some(error) => Err(error),
            None => cut.map(|()| report),
        }
    })
}

/// Reads the file and hands over blocks of whole records.
fn cut(
    shared: &Shared<'_>,
    text: &mut dyn Read,
    format: &CsvFormat,
    block: usize,
    send: &SyncSender<Piece>,
    take_back: &Receiver<Vec<u8>>,
) -> Result<(), ReadError> {
    let io = |cause| ReadError::io(shared.path, cause);
    skip(text, format.body_at).map_err(io)?;
    let mut cutter = Cutter::new(format);
    let (mut buffer, mut line, mut target) = (Vec::new(), format.body_line, block);
    let mut ended = false;
    let mut inside_long = false; // passing over the rest of a record that was too long
    while !shared.stop.load(Ordering::Relaxed) {
        if !ended {
            ended = fill(text, &mut buffer, target).map_err(io)?;
        }
        if inside_long {
            let Some(end) = memchr::memchr(format.line_end, &buffer) else {
                buffer.clear();
                if ended {
                    break;
                }
                continue;
            };
            buffer.drain(..=end);
            line += 1;
            inside_long = false;
            continue;
        }
        if buffer.is_empty() && ended {
            break;
        }
        let found = cutter.cut(&buffer);
        let whole = if ended && !found.open { buffer.len() } else { found.whole };
        if whole > 0 {
            let mut next = take_back.try_recv().unwrap_or_default();
            next.clear();
            next.extend_from_slice(&buffer[whole..]);
            buffer.truncate(whole);
            let lines = lines_in(&buffer);
            if send.send(Piece::Block(buffer, line)).is_err() {
                break;
            }
            (buffer, line, target) = (next, line + lines, block);
        } else if ended || buffer.len() >= RECORD_MAX {
            // A record without an end: refused from the line it begins on; reading goes on with the next line.
            let code = if found.open { "quote_not_closed" } else { "record_too_long" };
            let start = String::from_utf8_lossy(&buffer[..buffer.len().min(400)]).into_owned();
            if send.send(Piece::Broken(line, code, start)).is_err() {
                break;
            }
            match memchr::memchr(format.line_end, &buffer) {
                Some(end) => {
                    buffer.drain(..=end);
                    line += 1;
                }
                None => {
                    buffer.clear();
                    inside_long = true;
                }
            }
            target = block;
        } else {
            target = (buffer.len() * 2).clamp(block, RECORD_MAX);
        }
    }
    Ok(())
}

/// Line ends: `\n`, `\r\n`, and `\r` alone.
fn lines_in(block: &[u8]) -> u64 {
    let ends = memchr::memchr_iter(b'\n', block).count();
    let alone = memchr::memchr_iter(b'\r', block).filter(|at| block.get(at + 1) != Some(&b'\n')).count();
    (ends + alone) as u64
}

fn skip(text: &mut dyn Read, bytes: usize) -> std::io::Result<()> {
    std::io::copy(&mut text.take(bytes as u64), &mut std::io::sink()).map(|_| ())
}

/// Turns blocks into facts until none is left.
fn worker(
    shared: &Shared<'_>,
    format: &CsvFormat,
    receive: &Mutex<Receiver<Piece>>,
    give_back: &SyncSender<Vec<u8>>,
) -> Result<ReadReport, ReadError> {
    let stopped = |cause: SinkError| ReadError::sink(shared.path, cause);
    let mut filler = Filler::new(shared.plan, &crate::read::error::name_of(shared.path), shared.sink);
    let mut scanner = Scanner::new(format);
    loop {
        let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(piece) = next else { break };
        let before = filler.rows();
        match piece {
            Piece::Block(bytes, line) => {
                block_of(&mut filler, &mut scanner, format, &bytes, line).map_err(stopped)?;
                let _ = give_back.try_send(bytes);
            }
            Piece::Broken(line, code, start) => filler.broken(line, code, &start).map_err(stopped)?,
        }
        let seen = filler.rows() - before;
        let rows = shared.rows.fetch_add(seen, Ordering::Relaxed) + seen;
        shared.sink.progress(shared.counter.load(Ordering::Relaxed), rows);
    }
    filler.finish().map_err(stopped)
}

fn block_of(
    filler: &mut Filler<'_>,
    scanner: &mut Scanner,
    format: &CsvFormat,
    bytes: &[u8],
    line: u64,
) -> Result<(), SinkError> {
    // Bytes that are no UTF-8 and zeros are replaced: rare accidents, and not worth losing the rows around them.
    let mut text = String::from_utf8_lossy(bytes);
    if memchr::memchr(0, text.as_bytes()).is_some() {
        text = text.replace('\0', " ").into();
    }
    let block: &str = &text;
    let width = filler.width();
    scanner.scan(block, line, |record: Record<'_>| {
        let fields = Fields { block, scratch: record.scratch, spans: record.spans };
        let count = record.spans.len();
        let fits = count == width
            || (count > width && record.spans[width..].iter().all(|span| span.start == span.end))
            || (count < width && format.ragged);
        if fits {
            filler.row(fields, record.line)
        } else {
            filler.broken(record.line, "field_count", record.text.trim_end())
        }
    })
}
