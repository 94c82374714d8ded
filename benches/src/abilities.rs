//! What workloads do to a contender. Every `ByteStream` can do all of it; the peers without a
//! position do what they can.
//!
//! Appending is `io::Write`, which all of them have.

use std::io::{self, Read, SeekFrom};

use anystream::{ByteStream, Bytes};

/// Reading from the front to the end.
pub(crate) trait ReadThrough {
    fn reader(&mut self) -> impl Read;
}

/// Reading and overwriting at a place.
pub(crate) trait RandomAccess {
    fn read_from(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<()>;
    fn overwrite(&mut self, offset: u64, data: &[u8]) -> io::Result<()>;
}

/// Inserting and removing in the middle.
pub(crate) trait Edit {
    fn insert(&mut self, offset: u64, data: &[u8]) -> io::Result<()>;
    fn remove(&mut self, offset: u64, len: u64) -> io::Result<()>;
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

impl<S: ByteStream> RandomAccess for S {
    #[inline]
    fn read_from(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset))?;
        self.read_exact(buf)
    }

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

impl<S: ByteStream> Value for S {
    #[inline]
    fn value(&mut self) -> io::Result<Bytes> {
        self.getvalue()
    }
}
