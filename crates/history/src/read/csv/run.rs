//! Reading a text file: one thread cuts it into blocks of whole records, the others turn blocks into facts.

use std::io::Read;

use super::cut::Cutter;
use super::dialect::CsvFormat;
use super::scan::{Record, Scanner};
use crate::read::crew::{Crew, Hand, PieceError, Returns};
use crate::read::error::ReadError;
use crate::read::fill::{Fields, Filler};
use crate::read::open::{fill, open_text};
use crate::read::sink::{ReadReport, SinkError};

/// Bytes of a block. Small enough that a few of them fit into the cache of a core, large enough that handing them
/// over costs nothing.
pub const BLOCK: usize = 2 << 20;
/// Bytes of the longest record that is read.
pub const RECORD_MAX: usize = 8 << 20;

/// What the cutting thread hands over.
pub enum Piece {
    /// Whole records, and the line of the first.
    Block(Vec<u8>, u64),
    /// A record that cannot be read: its line, why, its beginning.
    Broken(u64, &'static str, String),
}

/// Reads a text file. `block` is [`BLOCK`] except in tests.
pub fn read(crew: &Crew<'_>, format: &CsvFormat, block: usize) -> Result<ReadReport, ReadError> {
    let mut text = open_text(crew.path, format.encoding(), &crew.counter)?;
    let returns = Returns::new();
    let take = |filler: &mut Filler<'_>, scanner: &mut Scanner, piece: Piece| -> Result<(), PieceError> {
        match piece {
            Piece::Block(bytes, line) => {
                block_of(filler, scanner, format, &bytes, line)?;
                returns.give(bytes);
            }
            Piece::Broken(line, code, start) => filler.broken(line, code, &start)?,
        }
        Ok(())
    };
    crew.run(
        |hand| cut(text.as_mut(), format, block, hand, &returns).map_err(|cause| ReadError::io(crew.path, cause)),
        || Scanner::new(format),
        take,
    )
}

/// Reads text and hands over blocks of whole records.
pub fn cut(
    text: &mut dyn Read,
    format: &CsvFormat,
    block: usize,
    hand: &Hand<Piece>,
    returns: &Returns,
) -> std::io::Result<()> {
    std::io::copy(&mut text.take(format.body_at as u64), &mut std::io::sink())?;
    let mut cutter = Cutter::new(format);
    let (mut buffer, mut line, mut target) = (Vec::new(), format.body_line, block);
    let mut ended = false;
    let mut inside_long = false; // passing over the rest of a record that was too long
    while !hand.stopped() {
        if !ended {
            ended = fill(text, &mut buffer, target)?;
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
            let mut next = returns.take();
            next.extend_from_slice(&buffer[whole..]);
            buffer.truncate(whole);
            let lines = lines_in(&buffer);
            if !hand.over(Piece::Block(buffer, line)) {
                break;
            }
            (buffer, line, target) = (next, line + lines, block);
        } else if ended || buffer.len() >= RECORD_MAX {
            // A record without an end: refused from the line it begins on; reading goes on with the next line.
            let code = if found.open { "quote_not_closed" } else { "record_too_long" };
            let start = String::from_utf8_lossy(&buffer[..buffer.len().min(400)]).into_owned();
            if !hand.over(Piece::Broken(line, code, start)) {
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

fn block_of(
    filler: &mut Filler<'_>,
    scanner: &mut Scanner,
    format: &CsvFormat,
    bytes: &[u8],
    line: u64,
) -> Result<(), SinkError> {
    // Bytes that are no UTF-8 and zeros are replaced: rare accidents, and not worth losing the rows around them.
    let mut text = match std::str::from_utf8(bytes) {
        Ok(text) => std::borrow::Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    };
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
