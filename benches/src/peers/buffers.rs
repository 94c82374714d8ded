//! `Vec<u8>` and `BytesMut`: buffers without a position. The program that uses them keeps the
//! position itself, and reads and overwrites by slices.

use std::io::{self, Read, Write};

use anystream::Bytes;
use bytes::{Buf, BytesMut};

use crate::abilities::{Edit, Overwriting, ReadFrom, ReadThrough, TextEdit, Value};

#[derive(Clone, Default)]
pub(crate) struct PeerVec(Vec<u8>);

#[derive(Clone, Default)]
pub(crate) struct PeerBytesMut(BytesMut);

impl From<Vec<u8>> for PeerVec {
    fn from(contents: Vec<u8>) -> Self {
        PeerVec(contents)
    }
}

impl From<Vec<u8>> for PeerBytesMut {
    fn from(contents: Vec<u8>) -> Self {
        PeerBytesMut(Bytes::from(contents).into())
    }
}

macro_rules! write_and_access_by_slices {
    ($($peer:ty),*) => {$(
        impl Write for $peer {
            #[inline]
            fn write(&mut self, data: &[u8]) -> io::Result<usize> {
                self.0.extend_from_slice(data);
                Ok(data.len())
            }

            #[inline]
            fn write_all(&mut self, data: &[u8]) -> io::Result<()> {
                self.0.extend_from_slice(data);
                Ok(())
            }

            #[inline]
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        impl ReadFrom for $peer {
            #[inline]
            fn read_from(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
                buf.copy_from_slice(&self.0[offset as usize..][..buf.len()]);
                Ok(())
            }
        }

        impl Overwriting for $peer {
            #[inline]
            fn overwrite(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
                self.0[offset as usize..][..data.len()].copy_from_slice(data);
                Ok(())
            }
        }
    )*};
}

write_and_access_by_slices!(PeerVec, PeerBytesMut);

impl ReadThrough for PeerVec {
    /// A slice is a reader.
    #[inline]
    fn reader(&mut self) -> impl Read {
        &self.0[..]
    }
}

impl ReadThrough for PeerBytesMut {
    /// Reading by `Buf` takes out what it reads: afterwards the buffer is empty.
    #[inline]
    fn reader(&mut self) -> impl Read {
        (&mut self.0).reader()
    }
}

impl Edit for PeerVec {
    #[inline]
    fn insert(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.splice(offset as usize..offset as usize, data.iter().copied());
        Ok(())
    }

    #[inline]
    fn remove(&mut self, offset: u64, len: u64) -> io::Result<()> {
        self.0.drain(offset as usize..(offset + len) as usize);
        Ok(())
    }
}

impl TextEdit for PeerVec {
    #[inline]
    fn append_text(&mut self, text: &str) -> io::Result<()> {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }

    #[inline]
    fn overwrite_text(&mut self, offset: u64, text: &str) -> io::Result<()> {
        self.overwrite(offset, text.as_bytes())
    }

    #[inline]
    fn splice_text(&mut self, offset: u64, removed: u64, text: &str) -> io::Result<()> {
        let range = offset as usize..(offset + removed) as usize;
        if text.is_empty() {
            self.0.drain(range);
        } else {
            self.0.splice(range, text.bytes());
        }
        Ok(())
    }
}

impl Value for PeerVec {
    /// A copy: giving the memory away would end the vector.
    #[inline]
    fn value(&mut self) -> io::Result<Bytes> {
        Ok(self.0.clone().into())
    }
}

impl Value for PeerBytesMut {
    /// A copy: `freeze` would end the buffer.
    #[inline]
    fn value(&mut self) -> io::Result<Bytes> {
        Ok(self.0.clone().freeze())
    }
}
