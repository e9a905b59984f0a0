//! Opening a file: plain or gzip, bytes counted as they lie on disk, text of any encoding turned into UTF-8.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use super::error::ReadError;

/// Bytes looked at to find out what a file is.
pub const SAMPLE: usize = 1 << 20;

/// Bytes of the file on disk that were read so far.
pub type Counter = Arc<AtomicU64>;

struct Counted {
    file: File,
    counter: Counter,
}

impl Read for Counted {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(to)?;
        self.counter.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The bytes of a file, unpacked.
pub fn open(path: &Path, counter: &Counter) -> Result<Box<dyn Read + Send>, ReadError> {
    let mut file = File::open(path).map_err(|cause| ReadError::io(path, cause))?;
    if file.metadata().map_err(|cause| ReadError::io(path, cause))?.is_dir() {
        return Err(ReadError::io(path, io::ErrorKind::IsADirectory.into()));
    }
    let mut magic = [0; 2];
    let gzip = file.read(&mut magic).map_err(|cause| ReadError::io(path, cause))? == 2 && magic == [0x1f, 0x8b];
    io::Seek::rewind(&mut file).map_err(|cause| ReadError::io(path, cause))?;
    let counted = Counted { file, counter: counter.clone() };
    if gzip {
        return Ok(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 15, counted))));
    }
    Ok(Box::new(counted))
}

/// Reads until the buffer holds `target` bytes or the file ends; whether it ended.
pub fn fill(from: &mut dyn Read, buffer: &mut Vec<u8>, target: usize) -> io::Result<bool> {
    let mut have = buffer.len();
    if have >= target {
        return Ok(false);
    }
    buffer.resize(target, 0);
    while have < target {
        match from.read(&mut buffer[have..]) {
            Ok(0) => {
                buffer.truncate(have);
                return Ok(true);
            }
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                buffer.truncate(have);
                return Err(error);
            }
        }
    }
    Ok(false)
}

/// The encoding of a text by its first bytes: a byte order mark, zeros where UTF-16 has them, UTF-8 if it is valid,
/// else the guess Firefox would make. The second is the length of the mark.
pub fn encoding_of(sample: &[u8]) -> (&'static Encoding, usize) {
    if let Some((encoding, mark)) = Encoding::for_bom(sample) {
        return (encoding, mark);
    }
    let pairs = sample.len().min(4096) / 2;
    let zeros = |first: usize| (0..pairs).filter(|pair| sample[pair * 2 + first] == 0).count();
    if pairs >= 2 && zeros(1) * 10 > pairs * 4 && zeros(0) * 10 < pairs {
        return (UTF_16LE, 0);
    }
    if pairs >= 2 && zeros(0) * 10 > pairs * 4 && zeros(1) * 10 < pairs {
        return (UTF_16BE, 0);
    }
    let valid = match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() + 4 > sample.len(),
    };
    if valid {
        return (UTF_8, 0);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    (detector.guess(None, chardetng::Utf8Detection::Deny), 0)
}

/// Whether a sample is no text at all: many control characters, or zeros everywhere.
pub fn looks_binary(text: &[u8]) -> bool {
    let odd = text.iter().filter(|b| **b < 9 || (14..32).contains(*b) && **b != 27).count();
    odd * 50 > text.len()
}

/// Turns an encoding into UTF-8 while reading.
pub struct Decoded {
    from: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Vec<u8>,
    /// Raw bytes read and not decoded yet.
    pending: std::ops::Range<usize>,
    ended: bool,
    done: bool,
    /// Decoded, and still to be handed over: a decoder does not write half a character into the end of a buffer.
    left: std::collections::VecDeque<u8>,
}

impl Decoded {
    /// Decodes what `from` gives.
    pub fn new(from: Box<dyn Read + Send>, encoding: &'static Encoding) -> Decoded {
        let decoder = encoding.new_decoder_with_bom_removal();
        Decoded {
            from,
            decoder,
            raw: vec![0; 1 << 16],
            pending: 0..0,
            ended: false,
            done: false,
            left: Default::default(),
        }
    }
}

impl Read for Decoded {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if !self.left.is_empty() {
            return self.left.read(to);
        }
        if to.len() < 16 {
            // The decoder needs room for one character: callers with less get it through a small detour.
            let mut small = [0; 16];
            let count = self.read(&mut small)?;
            self.left.extend(&small[..count]);
            return self.left.read(to);
        }
        while !self.done {
            if self.pending.is_empty() && !self.ended {
                let count = self.from.read(&mut self.raw)?;
                self.pending = 0..count;
                self.ended = count == 0;
            }
            let last = self.ended;
            let (result, read, written, _) = self.decoder.decode_to_utf8(&self.raw[self.pending.clone()], to, last);
            self.pending.start += read;
            if last && result == encoding_rs::CoderResult::InputEmpty {
                self.done = true;
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// The file as UTF-8 text, without a byte order mark.
pub fn open_text(
    path: &Path,
    encoding: &'static Encoding,
    counter: &Counter,
) -> Result<Box<dyn Read + Send>, ReadError> {
    let mut bytes = open(path, counter)?;
    if encoding != UTF_8 {
        return Ok(Box::new(Decoded::new(bytes, encoding)));
    }
    let mut head = Vec::new();
    fill(bytes.as_mut(), &mut head, 3).map_err(|cause| ReadError::io(path, cause))?;
    let skip = if head == [0xef, 0xbb, 0xbf] { 3 } else { 0 };
    Ok(Box::new(io::Cursor::new(head[skip..].to_vec()).chain(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognised() {
        let utf16 = |text: &str, big: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let text = "customer,date,amount\nzoë,2024-01-01,12\n";
        for (bytes, name) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8"),
            (utf16(text, false), "UTF-16LE"),
            (utf16(text, true), "UTF-16BE"),
            ([vec![0xff, 0xfe], utf16(text, false)].concat(), "UTF-16LE"),
            (b"kunde;ort\nM\xfcller;K\xf6ln\nJ\xe4ger;D\xfcren\n".to_vec(), "windows-1252"),
        ] {
            assert_eq!(encoding_of(&bytes).0.name(), name);
        }
    }

    #[test]
    fn decoding_does_not_depend_on_the_size_of_the_buffer() {
        let text = "zoë €5 𝄞 顧客\n".repeat(20_000);
        let raw: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for size in [1, 3, 15, 16, 17, 64, 1 << 20] {
            let mut decoded = Decoded::new(Box::new(io::Cursor::new(raw.clone())), UTF_16LE);
            let mut out = Vec::new();
            let mut buffer = vec![0; size];
            loop {
                let count = decoded.read(&mut buffer).unwrap();
                if count == 0 {
                    break;
                }
                out.extend_from_slice(&buffer[..count]);
            }
            assert!(out == text.as_bytes(), "{size}");
        }
    }
}
