//! Finds where blocks may be cut: after a record, and never inside quotation marks.
//!
//! One thread does this for the whole file, so it looks at quotation marks and the last line ends only; what lies
//! between is passed over by `memchr`.

use super::dialect::CsvFormat;

/// The result of looking through a buffer that begins at a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Cut {
    /// Bytes of whole records, line ends included.
    pub whole: usize,
    /// Whether a quotation mark was opened and not closed in this buffer.
    pub open: bool,
}

/// Looks for the last record end in a buffer.
#[derive(Debug)]
pub struct Cutter {
    delimiter: u8,
    quote: Option<u8>,
    escape: bool,
    line_end: u8,
    /// Quoted stretches of the buffer: from the opening mark to after the closing one.
    quoted: Vec<(usize, usize)>,
}

impl Cutter {
    pub fn new(format: &CsvFormat) -> Cutter {
        Cutter {
            delimiter: format.delimiter,
            quote: format.quote,
            escape: format.escape,
            line_end: format.line_end,
            quoted: Vec::new(),
        }
    }

    /// The last record end of the buffer, which begins at a record.
    pub fn cut(&mut self, buffer: &[u8]) -> Cut {
        let Some(quote) = self.quote else {
            return Cut { whole: self.after_last_end(buffer, 0, buffer.len()), open: false };
        };
        self.quoted.clear();
        let (mut at, mut open_at) = (0, None);
        while let Some(found) = memchr::memchr(quote, &buffer[at..]).map(|found| at + found) {
            if !self.begins_field(buffer, found) {
                at = found + 1;
                continue;
            }
            match self.close(buffer, found + 1, quote) {
                Some(after) => {
                    self.quoted.push((found, after));
                    at = after;
                }
                None => {
                    open_at = Some(found);
                    break;
                }
            }
        }
        let mut end = open_at.unwrap_or(buffer.len());
        for (start, after) in self.quoted.iter().rev() {
            let whole = self.after_last_end(buffer, *after, end);
            if whole > 0 {
                return Cut { whole, open: open_at.is_some() };
            }
            end = *start;
        }
        Cut { whole: self.after_last_end(buffer, 0, end), open: open_at.is_some() }
    }

    /// After the last line end between two places; 0 when there is none.
    fn after_last_end(&self, buffer: &[u8], from: usize, to: usize) -> usize {
        memchr::memrchr(self.line_end, &buffer[from..to]).map_or(0, |found| from + found + 1)
    }

    fn begins_field(&self, buffer: &[u8], at: usize) -> bool {
        at == 0 || matches!(buffer[at - 1], b'\n' | b'\r') || buffer[at - 1] == self.delimiter
    }

    /// After the closing mark of a field opened just before `from`.
    fn close(&self, buffer: &[u8], from: usize, quote: u8) -> Option<usize> {
        let mut at = from;
        loop {
            let found = at + memchr::memchr(quote, &buffer[at..])?;
            if self.escape && buffer[from..found].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1 {
                at = found + 1;
            } else if buffer.get(found + 1) == Some(&quote) {
                at = found + 2;
            } else {
                return Some(found + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_outside_quotes() {
        for (text, whole, open) in [
            ("a,b\nc,d\ne", 8, false),
            ("a,\"x\ny\"\nc", 8, false),
            ("a,\"x\ny", 0, true),
            ("a,b\nc,\"x\ny", 4, true),
            ("a,\"x\"\"\ny\"\"z\"\nb", 13, false),
            ("5\" pipe,1\n6\" pipe,2\n7", 20, false),
            ("\"\",1\n\"\"", 5, false),
            ("abc", 0, false),
        ] {
            let mut cutter = Cutter::new(&CsvFormat::default());
            assert_eq!(cutter.cut(text.as_bytes()), Cut { whole, open }, "{text:?}");
        }
    }
}
