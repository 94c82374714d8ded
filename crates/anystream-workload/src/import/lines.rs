//! A record, line by line, and the report of lines that were not understood.

use std::io::{self, Read};

use super::sink::Delivery;
use super::{ImportError, Skipped};

/// No line of a record may be longer than this many bytes.
pub(super) const LONGEST_LINE: usize = 64 << 20;

/// A line with its number, and whether it has an end.
pub(super) type Ended<'a> = (u64, &'a [u8], bool);

/// The lines of a record, which need not be UTF-8. Only a buffer of them is in memory at a time.
pub(super) struct Lines<'a> {
    record: &'a str,
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    /// What of the buffer has been read but not yet returned.
    start: usize,
    end: usize,
    ended: bool,
    /// How many lines have been returned.
    pub(super) number: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(record: &'a str, reader: Box<dyn Read + 'a>) -> Self {
        const BUFFER: usize = 256 << 10;
        let buffer = vec![0; BUFFER];
        Lines { record, reader, buffer, start: 0, end: 0, ended: false, number: 0 }
    }

    /// What the record begins with: a few thousand bytes, or all of it if it is shorter.
    pub(super) fn peek(&mut self) -> Result<&[u8], ImportError> {
        const ENOUGH: usize = 4 << 10;
        while !self.ended && self.end < ENOUGH {
            self.fill()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// The next line with its number, without its line end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &[u8])>, ImportError> {
        Ok(self.next_with_end()?.map(|(number, line, _)| (number, line)))
    }

    /// As [`next`](Self::next); and whether the line has an end, which only the last may lack.
    pub(super) fn next_with_end(&mut self) -> Result<Option<Ended<'_>>, ImportError> {
        let mut scanned = self.start;
        let (line, next, has_end) = loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[scanned..self.end]) {
                break (self.start..scanned + at, scanned + at + 1, true);
            }
            if self.ended {
                if self.start == self.end {
                    return Ok(None);
                }
                break (self.start..self.end, self.end, false);
            }
            // What has been scanned comes to stand at the front.
            scanned = self.end - self.start;
            self.fill()?;
        };
        self.start = next;
        self.number += 1;
        let line = &self.buffer[line];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if self.number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
        Ok(Some((self.number, line, has_end)))
    }

    /// What of the lines that come next is in memory already: some lines, or nothing.
    pub(super) fn buffered(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The next line has been read from [`buffered`](Self::buffered): so many bytes and a line end.
    pub(super) fn pass(&mut self, len: usize) {
        self.start = (self.start + len + 1).min(self.end);
        self.number += 1;
    }

    /// Reads on, behind what has not been returned.
    fn fill(&mut self) -> Result<(), ImportError> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.buffer.len() {
            if self.end >= LONGEST_LINE {
                return Err(ImportError::LineTooLong {
                    record: self.record.to_owned(),
                    line: self.number + 1,
                });
            }
            self.buffer.resize(self.end * 2, 0);
        }
        match self.reader.read(&mut self.buffer[self.end..]) {
            Ok(0) => self.ended = true,
            Ok(read) => self.end += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                let record = self.record.to_owned();
                return Err(ImportError::Unreadable { record, line: self.number, source });
            }
        }
        Ok(())
    }
}

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line as messages show it: as text, and not longer than a line of a terminal or two.
pub(super) fn shown(line: &[u8]) -> String {
    const LONGEST: usize = 160;
    let text = String::from_utf8_lossy(line.get(..LONGEST).unwrap_or(line)).into_owned();
    if line.len() > LONGEST { format!("{text}... ({} bytes)", line.len()) } else { text }
}

/// What happens to lines that are not understood: the first is an error, or all are counted and shown
/// to the sink.
pub(super) struct Report<'a> {
    pub(super) record: &'a str,
    pub(super) lenient: bool,
}

impl Report<'_> {
    pub(super) fn skip(
        &self,
        delivery: &mut Delivery<'_>,
        line: u64,
        text: String,
        reason: String,
    ) -> Result<(), ImportError> {
        match self.lenient {
            true => delivery.skipped(Skipped { line, text, reason }),
            false => Err(self.error(line, text, reason)),
        }
    }

    pub(super) fn error(&self, line: u64, text: String, reason: String) -> ImportError {
        ImportError::Line { record: self.record.to_owned(), line, text, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, and is interrupted before each.
    struct Interrupted<'a> {
        text: &'a [u8],
        now: bool,
    }

    impl Read for Interrupted<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.now = !self.now;
            if self.now { Err(io::ErrorKind::Interrupted.into()) } else { (&mut self.text).take(1).read(buf) }
        }
    }

    #[test]
    fn an_interrupted_read_is_tried_again() {
        let mut lines = Lines::new("a", Box::new(Interrupted { text: b"one\r\n\ntwo", now: false }));
        for line in [b"one".as_slice(), b"", b"two"] {
            assert_eq!(lines.next().unwrap().unwrap().1, line);
        }
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn what_is_in_memory_already_is_shown_and_passed_by_line() {
        let mut lines = Lines::new("a", Box::new(&b"one\ntwo\nthree"[..]));
        assert_eq!(lines.peek().unwrap(), b"one\ntwo\nthree");
        assert_eq!(lines.buffered(), b"one\ntwo\nthree");
        lines.pass(3);
        assert_eq!(lines.buffered(), b"two\nthree");
        assert_eq!(lines.next().unwrap(), Some((2, &b"two"[..])));
        lines.pass(5);
        assert_eq!(lines.buffered(), b"");
        assert_eq!(lines.next().unwrap(), None);
    }
}
