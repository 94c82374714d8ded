//! A record, line by line, and the report of lines that were not understood.

use std::io::BufRead;

use super::{ImportError, Skipped};

/// The lines of a record. Only one is in memory at a time; they need not be UTF-8.
pub(super) struct Lines<'a> {
    record: &'a str,
    reader: &'a mut dyn BufRead,
    line: Vec<u8>,
    /// How many lines have been read.
    pub(super) number: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(record: &'a str, reader: &'a mut dyn BufRead) -> Self {
        Lines { record, reader, line: Vec::new(), number: 0 }
    }

    /// The next line with its number, without its line end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &[u8])>, ImportError> {
        self.line.clear();
        let read = self.reader.read_until(b'\n', &mut self.line).map_err(|source| {
            ImportError::Unreadable { record: self.record.to_owned(), line: self.number, source }
        })?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mark: &[u8] = if self.number == 1 { b"\xef\xbb\xbf" } else { b"" };
        Ok(Some((self.number, line.strip_prefix(mark).unwrap_or(line))))
    }
}

/// A line as messages show it: as text, and not longer than a line of a terminal or two.
pub(super) fn shown(line: &[u8]) -> String {
    const LONGEST: usize = 160;
    let text = String::from_utf8_lossy(line.get(..LONGEST).unwrap_or(line)).into_owned();
    if line.len() > LONGEST { format!("{text}... ({} bytes)", line.len()) } else { text }
}

/// What happens to lines that are not understood: the first is an error, or all are collected.
pub(super) struct Report<'a> {
    pub(super) record: &'a str,
    lenient: bool,
    skipped: Vec<Skipped>,
}

impl<'a> Report<'a> {
    pub(super) fn new(record: &'a str, lenient: bool) -> Self {
        Report { record, lenient, skipped: Vec::new() }
    }

    pub(super) fn skip(&mut self, line: u64, text: &str, reason: String) -> Result<(), ImportError> {
        let text = text.to_owned();
        if !self.lenient {
            return Err(ImportError::Line { record: self.record.to_owned(), line, text, reason });
        }
        self.skipped.push(Skipped { line, text, reason });
        Ok(())
    }

    pub(super) fn is_lenient(&self) -> bool {
        self.lenient
    }

    pub(super) fn skipped_any(&self) -> bool {
        !self.skipped.is_empty()
    }

    /// In the order of the lines.
    pub(super) fn into_skipped(mut self) -> Vec<Skipped> {
        self.skipped.sort_by_key(|skipped| skipped.line);
        self.skipped
    }
}
