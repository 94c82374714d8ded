//! `JumpRope`, a skip list of gap buffers, and `JumpRopeBuf`, the same with the last edits held back
//! until they must be seen.

use std::io::{self, Read};

use anystream::Bytes;
use jumprope::{JumpRope, JumpRopeBuf};

use super::runs::{RunReader, joined, text};
use crate::abilities::{ReadFrom, ReadThrough, TextEdit, Value};

#[derive(Default)]
pub(crate) struct PeerJumpRope(JumpRope);

#[derive(Default)]
pub(crate) struct PeerJumpRopeBuf(JumpRopeBuf);

impl From<Vec<u8>> for PeerJumpRope {
    fn from(contents: Vec<u8>) -> Self {
        PeerJumpRope(text(contents).into())
    }
}

impl From<Vec<u8>> for PeerJumpRopeBuf {
    fn from(contents: Vec<u8>) -> Self {
        PeerJumpRopeBuf(text(contents).into())
    }
}

impl TextEdit for PeerJumpRope {
    #[inline(always)]
    fn append_text(&mut self, text: &str) -> io::Result<()> {
        self.0.insert(self.0.len_chars(), text);
        Ok(())
    }

    #[inline(always)]
    fn splice_text(&mut self, offset: u64, removed: u64, text: &str) -> io::Result<()> {
        let range = offset as usize..(offset + removed) as usize;
        match (removed, text) {
            (0, _) => self.0.insert(range.start, text),
            (_, "") => self.0.remove(range),
            _ => self.0.replace(range, text),
        }
        Ok(())
    }
}

impl TextEdit for PeerJumpRopeBuf {
    #[inline(always)]
    fn append_text(&mut self, text: &str) -> io::Result<()> {
        self.0.insert(self.0.len_chars(), text);
        Ok(())
    }

    /// It has no `replace`.
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

    fn catch_up(&mut self) {
        drop(self.0.borrow());
    }
}

impl ReadThrough for PeerJumpRope {
    #[inline]
    fn reader(&mut self) -> impl Read {
        RunReader::of(self.0.substrings())
    }
}

impl ReadFrom for PeerJumpRope {
    #[inline]
    fn read_from(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let start = offset as usize;
        RunReader::of(self.0.slice_substrings(start..start + buf.len())).read_exact(buf)
    }
}

impl Value for PeerJumpRope {
    fn value(&mut self) -> io::Result<Bytes> {
        Ok(joined(self.0.substrings()).into())
    }
}

impl Value for PeerJumpRopeBuf {
    fn value(&mut self) -> io::Result<Bytes> {
        Ok(joined(self.0.borrow().substrings()).into())
    }
}
