//! What ropes of text have in common: text goes in, and runs of it come out.

use std::io::{self, Read};

/// Reads run after run, and fills the buffer as far as there are any.
pub(super) struct RunReader<'a, I> {
    runs: I,
    current: &'a [u8],
}

impl<'a, I: Iterator<Item = &'a str>> RunReader<'a, I> {
    pub(super) fn of(runs: I) -> Self {
        RunReader { runs, current: &[] }
    }
}

impl<'a, I: Iterator<Item = &'a str>> Read for RunReader<'a, I> {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            if self.current.is_empty() {
                match self.runs.next() {
                    Some(run) => self.current = run.as_bytes(),
                    None => break,
                }
            }
            let n = self.current.len().min(buf.len() - filled);
            let (now, later) = self.current.split_at(n);
            buf[filled..][..n].copy_from_slice(now);
            self.current = later;
            filled += n;
        }
        Ok(filled)
    }
}

/// All of `runs`, one behind the other.
pub(super) fn joined<'a>(runs: impl Iterator<Item = &'a str>) -> Vec<u8> {
    runs.flat_map(str::as_bytes).copied().collect()
}

/// What a rope of text is made from.
pub(super) fn text(contents: Vec<u8>) -> String {
    String::from_utf8(contents).expect("ropes of text are given ASCII only")
}
