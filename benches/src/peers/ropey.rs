//! `ropey::Rope` by itself, without the stream around it.

use std::io::{self, Read};

use anystream::Bytes;
use ropey::Rope;

use super::runs::{RunReader, joined, text};
use crate::abilities::{ReadFrom, ReadThrough, TextEdit, Value};

#[derive(Clone, Default)]
pub(crate) struct PeerRopey(Rope);

impl From<Vec<u8>> for PeerRopey {
    fn from(contents: Vec<u8>) -> Self {
        PeerRopey(text(contents).into())
    }
}

impl TextEdit for PeerRopey {
    #[inline(always)]
    fn append_text(&mut self, text: &str) -> io::Result<()> {
        self.0.insert(self.0.len_chars(), text);
        Ok(())
    }

    #[inline(always)]
    fn splice_text(&mut self, offset: u64, removed: u64, text: &str) -> io::Result<()> {
        let start = offset as usize;
        if removed > 0 {
            self.0.remove(start..start + removed as usize);
        }
        if !text.is_empty() {
            self.0.insert(start, text);
        }
        Ok(())
    }
}

impl ReadThrough for PeerRopey {
    #[inline]
    fn reader(&mut self) -> impl Read {
        RunReader::of(self.0.chunks())
    }
}

impl ReadFrom for PeerRopey {
    #[inline]
    fn read_from(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let start = offset as usize;
        RunReader::of(self.0.byte_slice(start..start + buf.len()).chunks()).read_exact(buf)
    }
}

impl Value for PeerRopey {
    fn value(&mut self) -> io::Result<Bytes> {
        Ok(joined(self.0.chunks()).into())
    }
}
