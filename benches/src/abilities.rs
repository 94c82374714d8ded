//! What workloads do to a contender. Every `ByteStream` can do all of it; the peers without a
//! position do what they can.
//!
//! Appending bytes is `io::Write`.

use std::io::{self, Read, SeekFrom};

use anystream::{ByteStream, Bytes};

/// Reading from the front to the end.
pub(crate) trait ReadThrough {
    fn reader(&mut self) -> impl Read;
}

/// Reading at a place.
pub(crate) trait ReadFrom {
    fn read_from(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<()>;
}

/// Overwriting at a place.
pub(crate) trait Overwriting {
    fn overwrite(&mut self, offset: u64, data: &[u8]) -> io::Result<()>;
}

/// Inserting and removing in the middle.
pub(crate) trait Edit {
    fn insert(&mut self, offset: u64, data: &[u8]) -> io::Result<()>;
    fn remove(&mut self, offset: u64, len: u64) -> io::Result<()>;
}

/// Writing and editing by text, which is all that ropes of text take. All text here is ASCII, so that
/// an offset in bytes is one in characters too.
pub(crate) trait TextEdit {
    /// Behind what was appended before.
    fn append_text(&mut self, text: &str) -> io::Result<()>;
    #[inline(always)]
    fn overwrite_text(&mut self, offset: u64, text: &str) -> io::Result<()> {
        self.splice_text(offset, text.len() as u64, text)
    }
    /// Takes `removed` bytes out and puts `text` in their place.
    fn splice_text(&mut self, offset: u64, removed: u64, text: &str) -> io::Result<()>;
    /// Does what was put off, for those that keep edits back until somebody looks.
    fn catch_up(&mut self) {}
}

/// All the bytes as a value that later writes do not change.
pub(crate) trait Value {
    fn value(&mut self) -> io::Result<Bytes>;
}

impl<S: ByteStream> ReadThrough for S {
    #[inline]
    fn reader(&mut self) -> impl Read {
        self
    }
}

impl<S: ByteStream> ReadFrom for S {
    #[inline]
    fn read_from(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset))?;
        self.read_exact(buf)
    }
}

impl<S: ByteStream> Overwriting for S {
    #[inline]
    fn overwrite(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset))?;
        self.write_all(data)
    }
}

impl<S: ByteStream> Edit for S {
    #[inline]
    fn insert(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        ByteStream::insert(self, offset, data)
    }

    #[inline]
    fn remove(&mut self, offset: u64, len: u64) -> io::Result<()> {
        ByteStream::remove(self, offset..offset + len)
    }
}

impl<S: ByteStream> TextEdit for S {
    #[inline]
    fn append_text(&mut self, text: &str) -> io::Result<()> {
        self.write_all(text.as_bytes())
    }

    #[inline]
    fn overwrite_text(&mut self, offset: u64, text: &str) -> io::Result<()> {
        self.overwrite(offset, text.as_bytes())
    }

    #[inline(always)] // the adapter is no part of what is measured
    fn splice_text(&mut self, offset: u64, removed: u64, text: &str) -> io::Result<()> {
        self.splice(offset..offset + removed, text.as_bytes())
    }
}

impl<S: ByteStream> Value for S {
    #[inline]
    fn value(&mut self) -> io::Result<Bytes> {
        self.getvalue()
    }
}
