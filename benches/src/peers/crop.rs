//! `crop::Rope`: a B-tree of gap buffers, shared by its clones.

use std::io::{self, Read};

use anystream::Bytes;
use crop::Rope;

use super::runs::{RunReader, joined, text};
use crate::abilities::{ReadFrom, ReadThrough, TextEdit, Value};

#[derive(Clone, Default)]
pub(crate) struct PeerCrop(Rope);

impl From<Vec<u8>> for PeerCrop {
    fn from(contents: Vec<u8>) -> Self {
        PeerCrop(text(contents).into())
    }
}

impl TextEdit for PeerCrop {
    #[inline(always)]
    fn append_text(&mut self, text: &str) -> io::Result<()> {
        self.0.insert(self.0.byte_len(), text);
        Ok(())
    }

    #[inline(always)]
    fn splice_text(&mut self, offset: u64, removed: u64, text: &str) -> io::Result<()> {
        let range = offset as usize..(offset + removed) as usize;
        match (removed, text) {
            (0, _) => self.0.insert(range.start, text),
            (_, "") => self.0.delete(range),
            _ => self.0.replace(range, text),
        }
        Ok(())
    }
}

impl ReadThrough for PeerCrop {
    #[inline]
    fn reader(&mut self) -> impl Read {
        RunReader::of(self.0.chunks())
    }
}

impl ReadFrom for PeerCrop {
    #[inline]
    fn read_from(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let start = offset as usize;
        RunReader::of(self.0.byte_slice(start..start + buf.len()).chunks()).read_exact(buf)
    }
}

impl Value for PeerCrop {
    fn value(&mut self) -> io::Result<Bytes> {
        Ok(joined(self.0.chunks()).into())
    }
}
