//! `Cursor<Vec<u8>>` as a `ByteStream`, doing for each call what a program with a cursor would do.
//!
//! What `Cursor` itself has is passed on as it is, laws that it breaks included; the rest is done to
//! the vector inside.

use std::fmt;
use std::io::{self, BufRead, Cursor, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use anystream::{ByteStream, Bytes};

#[derive(Clone, Default)]
pub(crate) struct PeerCursor(Cursor<Vec<u8>>);

impl From<Vec<u8>> for PeerCursor {
    fn from(contents: Vec<u8>) -> Self {
        PeerCursor(Cursor::new(contents))
    }
}

impl Read for PeerCursor {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
    #[inline]
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.read_vectored(bufs)
    }
    #[inline]
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(buf)
    }
    #[inline]
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.0.read_to_end(buf)
    }
    #[inline]
    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        self.0.read_to_string(text)
    }
}

impl BufRead for PeerCursor {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }
    #[inline]
    fn consume(&mut self, n: usize) {
        self.0.consume(n);
    }
}

impl Write for PeerCursor {
    #[inline]
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }
    #[inline]
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(pieces)
    }
    #[inline]
    fn write_all(&mut self, data: &[u8]) -> io::Result<()> {
        self.0.write_all(data)
    }
    #[inline]
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        self.0.write_fmt(args)
    }
    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for PeerCursor {
    #[inline]
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
    #[inline]
    fn stream_position(&mut self) -> io::Result<u64> {
        self.0.stream_position()
    }
}

impl ByteStream for PeerCursor {
    #[inline]
    fn tell(&self) -> u64 {
        self.0.position()
    }
    #[inline]
    fn len(&self) -> u64 {
        self.0.get_ref().len() as u64
    }
    #[inline]
    fn getvalue(&mut self) -> io::Result<Bytes> {
        Ok(self.0.get_ref().clone().into())
    }
    #[inline]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.0.get_ref().get(offset as usize..).map_or(Ok(0), |mut rest| rest.read(buf))
    }
    #[inline]
    fn read_bytes(&mut self, n: usize) -> io::Result<Bytes> {
        let rest = self.0.fill_buf()?;
        let bytes = Bytes::copy_from_slice(&rest[..n.min(rest.len())]);
        self.0.consume(bytes.len());
        Ok(bytes)
    }
    #[inline]
    fn write_bytes(&mut self, data: Bytes) -> io::Result<()> {
        self.0.write_all(&data)
    }
    #[inline]
    fn truncate(&mut self, size: u64) -> io::Result<()> {
        self.0.get_mut().truncate(size as usize);
        Ok(())
    }
    #[inline]
    fn set_len(&mut self, size: u64) -> io::Result<()> {
        self.0.get_mut().resize(size as usize, 0);
        Ok(())
    }
    #[inline]
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let range = range.start as usize..range.end as usize;
        if with.is_empty() {
            self.0.get_mut().drain(range);
        } else {
            self.0.get_mut().splice(range, with.iter().copied());
        }
        Ok(())
    }
}
