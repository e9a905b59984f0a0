//! Takes a JSON document apart into its records without holding it: a look at brackets and quotation marks.

use super::JsonFormat;
use crate::read::csv::RECORD_MAX;

/// Finds the records of a document that comes in pieces.
#[derive(Debug)]
pub struct Splitter {
    /// Keys that lead to the list, from the outside in.
    path: Vec<String>,
    list: bool,
    in_string: bool,
    escaped: bool,
    depth: usize,
    line: u64,
    /// How many keys of the path were followed.
    followed: usize,
    /// The list was entered at this depth.
    level: Option<usize>,
    /// The list is over.
    done: bool,
    key: Vec<u8>,
    /// What was just read at the level of the next key: a string that may turn out to be it.
    key_ready: bool,
    record: Vec<u8>,
    record_line: u64,
    inside: bool,
    too_long: bool,
}

impl Splitter {
    pub fn new(format: &JsonFormat) -> Splitter {
        Splitter {
            path: format.path.clone(),
            list: format.list,
            in_string: false,
            escaped: false,
            depth: 0,
            line: 1,
            followed: 0,
            level: if format.path.is_empty() && !format.list { Some(0) } else { None },
            done: false,
            key: Vec::new(),
            key_ready: false,
            record: Vec::new(),
            record_line: 1,
            inside: false,
            too_long: false,
        }
    }

    /// Takes the next bytes and gives every record that ends in them; a record longer than 8 MB is given empty.
    /// The error is the line on which brackets do not match.
    pub fn push(&mut self, bytes: &[u8], mut give: impl FnMut(&[u8], u64)) -> Result<(), u64> {
        for &byte in bytes {
            if byte == b'\n' {
                self.line += 1;
            }
            match self.level {
                _ if self.done => {}
                Some(level) => self.in_records(byte, level, &mut give)?,
                None => self.on_the_way(byte)?,
            }
        }
        Ok(())
    }

    /// The document is over: a last record without brackets is given.
    pub fn end(&mut self, mut give: impl FnMut(&[u8], u64)) {
        if self.inside && self.level == Some(self.depth) && !self.in_string {
            self.give(&mut give);
        }
    }

    /// The line of a record that was begun and not finished.
    pub fn unfinished(&self) -> Option<u64> {
        let open = self.inside
            || self.in_string
            || (self.level.is_some_and(|level| level > 0) && !self.done)
            || (self.level.is_none() && self.depth > 0);
        open.then_some(self.record_line)
    }

    fn in_records(&mut self, byte: u8, level: usize, give: &mut impl FnMut(&[u8], u64)) -> Result<(), u64> {
        if self.in_string {
            self.keep(byte);
            self.string(byte);
            return Ok(());
        }
        match byte {
            b'"' => {
                self.begin();
                self.in_string = true;
                self.keep(byte);
            }
            b'{' | b'[' => {
                self.begin();
                self.depth += 1;
                self.keep(byte);
            }
            b'}' | b']' if self.depth == level => {
                if level == 0 {
                    return Err(self.line);
                }
                if self.inside {
                    self.give(give);
                }
                self.done = true;
            }
            b'}' | b']' => {
                self.keep(byte);
                self.depth -= 1;
                if self.depth == level {
                    self.give(give);
                }
            }
            b',' if self.depth == level => {
                if self.inside {
                    self.give(give);
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' if self.depth == level => {
                if self.inside {
                    self.give(give);
                }
            }
            _ => {
                self.begin();
                self.keep(byte);
            }
        }
        Ok(())
    }

    fn begin(&mut self) {
        if !self.inside {
            self.inside = true;
            self.record_line = self.line;
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.record.len() < RECORD_MAX {
            self.record.push(byte);
        } else {
            self.too_long = true;
        }
    }

    fn give(&mut self, give: &mut impl FnMut(&[u8], u64)) {
        give(if self.too_long { b"" } else { &self.record }, self.record_line);
        self.record.clear();
        (self.inside, self.too_long) = (false, false);
    }

    fn string(&mut self, byte: u8) {
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
        }
    }

    /// Before the list: follows the keys of the path.
    fn on_the_way(&mut self, byte: u8) -> Result<(), u64> {
        if self.in_string {
            self.string(byte);
            if self.in_string && self.key.len() < 256 {
                self.key.push(byte);
            } else if !self.in_string {
                self.key_ready = true;
            }
            return Ok(());
        }
        let here = self.depth == self.followed + usize::from(self.followed < self.path.len());
        match byte {
            b'"' => {
                self.in_string = true;
                self.key.clear();
            }
            b':' => {
                let next = self.path.get(self.followed);
                let follows = self.key_ready && here && next.is_some_and(|next| next.as_bytes() == self.key);
                self.followed += usize::from(follows);
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.key_ready = false;
                let arrived = self.followed == self.path.len() && self.depth == self.followed + 1;
                if arrived && (byte == b'[') == self.list {
                    if self.list {
                        self.level = Some(self.depth);
                    } else {
                        // A wrapped record: it begins with this bracket, one level up.
                        self.level = Some(self.depth - 1);
                        self.begin();
                        self.keep(byte);
                    }
                }
            }
            b'}' | b']' => self.depth = self.depth.checked_sub(1).ok_or(self.line)?,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &[&str], list: bool, expected: &[(&str, u64)]) {
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        let format = JsonFormat { encoding: "UTF-8".to_owned(), lines: false, path, list };
        for size in [1, 3, text.len().max(1)] {
            let mut found = Vec::new();
            let mut splitter = Splitter::new(&format);
            for piece in text.as_bytes().chunks(size) {
                let give = |record: &[u8], line| found.push((String::from_utf8(record.to_vec()).unwrap(), line));
                splitter.push(piece, give).unwrap();
            }
            splitter.end(|record, line| found.push((String::from_utf8(record.to_vec()).unwrap(), line)));
            let expected: Vec<_> = expected.iter().map(|(text, line)| ((*text).to_owned(), *line)).collect();
            assert_eq!(found, expected, "{text} in pieces of {size}");
            assert_eq!(splitter.unfinished(), None, "{text}");
        }
    }

    #[test]
    fn records_of_documents() {
        check("[{\"a\":1},\n {\"a\":[2]} ]", &[], true, &[("{\"a\":1}", 1), ("{\"a\":[2]}", 2)]);
        check("{\"a\":1}\n{\"a\":2}", &[], false, &[("{\"a\":1}", 1), ("{\"a\":2}", 2)]);
        check(
            "{\"n\":{\"orders\":[9]},\"orders\":[{\"a\":\"]}\\\"\"}],\"x\":[1]}",
            &["orders"],
            true,
            &[("{\"a\":\"]}\\\"\"}", 1)],
        );
        check("{\"data\":{\"list\":[{},{}]}}", &["data", "list"], true, &[("{}", 1), ("{}", 1)]);
        check("{\"m\":1,\"order\":{\"a\":{}}}", &["order"], false, &[("{\"a\":{}}", 1)]);
        check("[]", &[], true, &[]);
    }

    #[test]
    fn a_cut_document_is_noticed() {
        let format = JsonFormat { encoding: "UTF-8".to_owned(), lines: false, path: Vec::new(), list: true };
        for text in ["[{\"a\":1},{\"a\"", "[{\"a\":1}", "[{\"a\":\"x"] {
            let mut splitter = Splitter::new(&format);
            splitter.push(text.as_bytes(), |_, _| {}).unwrap();
            assert!(splitter.unfinished().is_some(), "{text}");
        }
    }
}
