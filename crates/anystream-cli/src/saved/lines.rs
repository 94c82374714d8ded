//! Lines of a file that may be anything: an endless device, a damaged file.

use std::io::{self, BufRead, BufReader, Read};

/// No saved result is longer than this.
const LONGEST: usize = 16 << 20;

/// Reads lines in bounded memory.
pub(super) struct Lines<R> {
    reader: BufReader<io::Take<R>>,
    line: Vec<u8>,
    /// How many lines have been read.
    pub(super) number: u64,
    /// Whether the file is longer than it may be.
    pub(super) stopped: bool,
}

pub(super) enum Line<'a> {
    /// Without its line end.
    Whole(&'a [u8]),
    /// The rest of the line was passed over.
    TooLong,
}

impl<R: Read> Lines<R> {
    /// Of so many bytes at most.
    pub(super) fn new(reader: R, most: u64) -> Self {
        let reader = BufReader::with_capacity(64 << 10, reader.take(most));
        Lines { reader, line: Vec::new(), number: 0, stopped: false }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let read = (&mut self.reader).take(LONGEST as u64).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            self.stopped = self.reader.get_ref().limit() == 0;
            return Ok(None);
        }
        self.number += 1;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if read == LONGEST {
            // An endless line of an endless file ends here, at the latest.
            self.reader.skip_until(b'\n')?;
            return Ok(Some(Line::TooLong));
        }
        Ok(Some(Line::Whole(&self.line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lens(text: &[u8]) -> Vec<Option<usize>> {
        let mut lines = Lines::new(text, 1 << 30);
        let mut lens = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            lens.push(match line {
                Line::Whole(line) => Some(line.len()),
                Line::TooLong => None,
            });
        }
        assert!(!lines.stopped);
        lens
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let long = vec![b'a'; LONGEST + 1];
        let text = [b"one\n\n".as_slice(), &long, b"\nlast"].concat();
        assert_eq!(lens(&text), [Some(3), Some(0), None, Some(4)]);
        assert_eq!(lens(b""), []);
    }

    #[test]
    fn an_endless_line_ends() {
        let mut lines = Lines::new(io::repeat(b'a'), 20 << 20);
        assert!(matches!(lines.next(), Ok(Some(Line::TooLong))));
        assert!(matches!(lines.next(), Ok(None)));
        assert!(lines.stopped);
    }
}
