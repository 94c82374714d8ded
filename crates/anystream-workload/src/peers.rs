//! What programs use instead of a `ByteStream`, as one: so that it can be measured on the same scripts.

use std::fmt;
use std::io::{self, BufRead, Cursor, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use anystream_core::{ByteStream, Storage, Stream};
use bytes::{Bytes, BytesMut};

/// `Cursor<Vec<u8>>`, doing for each call what a program with a cursor would do.
///
/// What `Cursor` itself has is passed on as it is, laws that it breaks included (an empty write pads, a
/// `read_exact` that is too short moves the position); the rest is done to the vector inside.
///
/// ```
/// use anystream_core::ByteStream;
/// use anystream_workload::CursorPeer;
/// use std::io::Write;
///
/// let mut peer = CursorPeer::from(b"hello".to_vec());
/// peer.write_all(b"J")?;
/// assert_eq!(&peer.getvalue()?[..], b"Jello");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct CursorPeer(Cursor<Vec<u8>>);

/// `BytesMut` with a position beside it, as a program keeps one that overwrites and reads by slices. It has no
/// insert and no removal: a `splice` that changes the length is `Unsupported`.
///
/// ```
/// use anystream_core::ByteStream;
/// use anystream_workload::BytesMutPeer;
/// use std::io::{ErrorKind, Write};
///
/// let mut peer = BytesMutPeer::default();
/// peer.write_all(b"hello")?;
/// assert_eq!(peer.insert(0, b"oh ").unwrap_err().kind(), ErrorKind::Unsupported);
/// # Ok::<(), std::io::Error>(())
/// ```
pub type BytesMutPeer = Stream<BytesMutStorage>;

/// The bytes of a [`BytesMutPeer`].
///
/// ```
/// use anystream_core::Storage;
/// use anystream_workload::BytesMutStorage;
/// assert_eq!(BytesMutStorage::from(vec![1, 2, 3]).len(), 3);
/// ```
#[derive(Clone, Default, Debug)]
pub struct BytesMutStorage(BytesMut);

impl From<Vec<u8>> for BytesMutStorage {
    fn from(bytes: Vec<u8>) -> Self {
        BytesMutStorage(Bytes::from(bytes).into())
    }
}

impl Storage for BytesMutStorage {
    #[inline]
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    #[inline]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(anystream_core::memory::copy_from(anystream_core::memory::tail(&self.0, offset), buf))
    }

    #[inline]
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        Ok(anystream_core::memory::tail(&self.0, offset))
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let (start, end) = (range.start as usize, range.end as usize);
        if end == self.0.len() {
            self.0.truncate(start);
            self.0.extend_from_slice(with);
            return Ok(());
        }
        match self.0.get_mut(start..end) {
            Some(place) if place.len() == with.len() => place.copy_from_slice(with),
            _ => return Err(io::Error::new(ErrorKind::Unsupported, "BytesMut cannot insert or remove")),
        }
        Ok(())
    }

    #[inline]
    fn write_at(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let start = (offset as usize).min(self.0.len());
        let (over, beyond) = data.split_at(data.len().min(self.0.len() - start));
        if let Some(place) = self.0.get_mut(start..start + over.len()) {
            place.copy_from_slice(over);
        }
        self.0.extend_from_slice(beyond);
        Ok(())
    }
}

impl From<Vec<u8>> for CursorPeer {
    fn from(contents: Vec<u8>) -> Self {
        CursorPeer(Cursor::new(contents))
    }
}

impl Read for CursorPeer {
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

impl BufRead for CursorPeer {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }
    #[inline]
    fn consume(&mut self, n: usize) {
        self.0.consume(n);
    }
}

impl Write for CursorPeer {
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

impl Seek for CursorPeer {
    #[inline]
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
    #[inline]
    fn stream_position(&mut self) -> io::Result<u64> {
        self.0.stream_position()
    }
}

impl ByteStream for CursorPeer {
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
