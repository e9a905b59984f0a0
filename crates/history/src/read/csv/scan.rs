//! Cuts a block of whole records into fields: a loop over bytes that allocates nothing for ordinary fields.

use super::dialect::CsvFormat;
use crate::read::fill::Span;

/// The fields of one record.
pub struct Record<'a> {
    /// The line it begins on.
    pub line: u64,
    /// Where its fields lie.
    pub spans: &'a [Span],
    /// The text of fields that had to be rewritten: doubled quotation marks made single.
    pub scratch: &'a str,
    /// The record as it was written, its line end included.
    pub text: &'a str,
    /// Where in the block it ends.
    pub end: usize,
}

/// Reads records one after the other.
#[derive(Debug)]
pub struct Scanner {
    delimiter: u8,
    quote: Option<u8>,
    escape: bool,
    /// By byte: whether it ends an unquoted field.
    ends: [bool; 256],
    spans: Vec<Span>,
    scratch: String,
}

impl Scanner {
    pub fn new(format: &CsvFormat) -> Scanner {
        let mut ends = [false; 256];
        for byte in [format.delimiter, b'\n', b'\r'] {
            ends[usize::from(byte)] = true;
        }
        let (delimiter, quote, escape) = (format.delimiter, format.quote, format.escape);
        Scanner { delimiter, quote, escape, ends, spans: Vec::new(), scratch: String::new() }
    }

    /// Gives each record of a block to `take`, which may stop the reading with an error. Blank lines are passed over.
    pub fn scan<E>(
        &mut self,
        block: &str,
        line: u64,
        mut take: impl FnMut(Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let bytes = block.as_bytes();
        let (mut at, mut line) = (0, line);
        while at < bytes.len() {
            let (start, first_line) = (at, line);
            self.spans.clear();
            self.scratch.clear();
            at = self.record(block, at, &mut line);
            let blank = matches!(self.spans[..], [span] if span.start == span.end);
            if !blank {
                let text = block.get(start..at).unwrap_or("");
                take(Record { line: first_line, spans: &self.spans, scratch: &self.scratch, text, end: at })?;
            }
        }
        Ok(())
    }

    /// One record; returns the place after its line end.
    fn record(&mut self, block: &str, start: usize, line: &mut u64) -> usize {
        let bytes = block.as_bytes();
        let mut at = start;
        loop {
            at = if self.quote.is_some() && bytes.get(at).copied() == self.quote {
                self.quoted(block, at + 1, line)
            } else {
                let end = self.unquoted_end(bytes, at);
                self.spans.push(Span { start: at as u32, end: end as u32, scratch: false });
                end
            };
            match bytes.get(at) {
                None => return at,
                Some(byte) if *byte == self.delimiter => {
                    at += 1;
                    if at == bytes.len() {
                        self.spans.push(Span { start: at as u32, end: at as u32, scratch: false });
                        return at;
                    }
                }
                Some(byte) => {
                    *line += 1;
                    let pair = *byte == b'\r' && bytes.get(at + 1) == Some(&b'\n');
                    return at + 1 + usize::from(pair);
                }
            }
        }
    }

    fn unquoted_end(&self, bytes: &[u8], from: usize) -> usize {
        let length = bytes[from..].iter().position(|byte| self.ends[usize::from(*byte)]);
        length.map_or(bytes.len(), |length| from + length)
    }

    /// A field after its opening mark; returns the place of the delimiter or line end behind it.
    fn quoted(&mut self, block: &str, from: usize, line: &mut u64) -> usize {
        let bytes = block.as_bytes();
        let quote = self.quote.unwrap_or(b'"');
        let (mut at, mut piece) = (from, from);
        let scratch_from = self.scratch.len();
        let mut rewritten = false;
        let close = loop {
            let Some(found) = memchr::memchr(quote, &bytes[at..]).map(|found| at + found) else { break bytes.len() };
            let escaped = self.escape && bytes[from..found].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
            if escaped {
                self.scratch.push_str(block.get(piece..found - 1).unwrap_or(""));
                (at, piece, rewritten) = (found + 1, found, true);
            } else if bytes.get(found + 1) == Some(&quote) {
                self.scratch.push_str(block.get(piece..found + 1).unwrap_or(""));
                (at, piece, rewritten) = (found + 2, found + 2, true);
            } else {
                break found;
            }
        };
        *line += memchr::memchr_iter(b'\n', &bytes[from..close]).count() as u64;
        let after = (close + 1).min(bytes.len());
        let end = self.unquoted_end(bytes, after);
        if !rewritten && end == after {
            self.spans.push(Span { start: from as u32, end: close as u32, scratch: false });
            return end;
        }
        self.scratch.push_str(block.get(piece..close).unwrap_or(""));
        self.scratch.push_str(block.get(after..end).unwrap_or("")); // what stands after a closing mark belongs to the field
        self.spans.push(Span { start: scratch_from as u32, end: self.scratch.len() as u32, scratch: true });
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(u64, &[&str])]) {
        let mut scanner = Scanner::new(&CsvFormat::default());
        let mut found = Vec::new();
        let all = scanner.scan(text, 1, |record| {
            let field = |span: &Span| {
                let from = if span.scratch { record.scratch } else { text };
                from[span.start as usize..span.end as usize].to_owned()
            };
            found.push((record.line, record.spans.iter().map(field).collect::<Vec<_>>()));
            Ok::<(), ()>(())
        });
        assert_eq!(all, Ok(()));
        let expected: Vec<_> =
            expected.iter().map(|(line, fields)| (*line, fields.iter().map(|f| (*f).to_owned()).collect())).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn fields_of_records() {
        check("a,b\nc,d", &[(1, &["a", "b"]), (2, &["c", "d"])]);
        check("a,b\r\nc,\r\n\r\n,d\n", &[(1, &["a", "b"]), (2, &["c", ""]), (4, &["", "d"])]);
        check("\"a,\"\"b\"\"\",c\n", &[(1, &["a,\"b\"", "c"])]);
        check("\"a\nb\",c\nd,e\n", &[(1, &["a\nb", "c"]), (3, &["d", "e"])]);
        check("5\" pipe,\"x\"y,\"\"\n", &[(1, &["5\" pipe", "xy", ""])]);
        check("a\rb\rc", &[(1, &["a"]), (2, &["b"]), (3, &["c"])]);
        check("a,", &[(1, &["a", ""])]);
        check("\n\n\nx\n", &[(4, &["x"])]);
        check("ä,\"ö\"\"ü\"\n", &[(1, &["ä", "ö\"ü"])]);
    }
}
