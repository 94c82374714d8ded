//! A position over a storage: the one home of every law about positions, gaps, ends and errors.

use std::fmt;
use std::io;
use std::ops::Range;

use bytes::Bytes;

use crate::{ByteStream, Fault, Storage};

mod read;
mod seek;
mod write;

pub use seek::seek_target;

/// A stream over any [`Storage`]: the storage holds bytes, this holds the position and keeps the laws
/// of [`ByteStream`].
///
/// The backends' stream types are made of this by [`stream_type!`](crate::stream_type). A backend of
/// your own needs no more than `type MyStream = Stream<MyStorage>`.
///
/// ```
/// use anystream_core::{ByteStream, Storage, Stream};
/// use std::io::Write;
///
/// fn written_twice<S: Storage + Default>(data: &[u8]) -> std::io::Result<u64> {
///     let mut s = Stream::<S>::default();
///     s.write_all(data)?;
///     s.write_all(data)?;
///     Ok(s.len())
/// }
/// ```
#[derive(Clone, Default)]
pub struct Stream<S> {
    storage: S,
    position: u64,
}

impl<S> Stream<S> {
    /// A stream over what `storage` holds, at position 0 (law N2). O(1).
    ///
    /// ```
    /// use anystream_core::Stream;
    /// let stream = Stream::over(vec![1, 2, 3]);
    /// assert_eq!(stream.storage(), &[1, 2, 3]);
    /// ```
    #[inline]
    pub fn over(storage: S) -> Self {
        Stream::at(storage, 0)
    }

    #[inline]
    pub(crate) fn at(storage: S, position: u64) -> Self {
        Stream { storage, position }
    }

    /// The storage beneath, to look at what only it knows.
    ///
    /// ```
    /// use anystream_core::Stream;
    /// assert_eq!(Stream::over("beneath").storage(), &"beneath");
    /// ```
    #[inline]
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// The storage beneath, to change. The position stays, wherever the contents end afterwards.
    ///
    /// ```
    /// use anystream_core::Stream;
    /// let mut stream = Stream::over(vec![1]);
    /// stream.storage_mut().push(2);
    /// assert_eq!(stream.into_storage(), [1, 2]);
    /// ```
    #[inline]
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// Gives up the position and returns the storage.
    ///
    /// ```
    /// use anystream_core::Stream;
    /// assert_eq!(Stream::over("beneath").into_storage(), "beneath");
    /// ```
    #[inline]
    pub fn into_storage(self) -> S {
        self.storage
    }
}

impl<S: Storage> Stream<S> {
    /// How many bytes there are from the position on.
    #[inline]
    pub(crate) fn left(&self) -> u64 {
        self.storage.len().saturating_sub(self.position)
    }

    /// Whatever a splice can be but a copy into memory that is there.
    #[inline(never)]
    fn splice_slowly(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let len = self.storage.len();
        if range.start > range.end || range.end > len {
            return Err(Fault::RangeOutside { range, len }.into());
        }
        let wanted = self.end(len - (range.end - range.start), with.len() as u64)?;
        if range.is_empty() && with.is_empty() {
            return Ok(());
        }
        let at = range.start;
        self.storage.splice(range, with).map_err(|e| Fault::with_memory_asked_for(e, at, len, wanted))
    }

    /// The one place where an end is computed: `offset + extra`, within what the storage can address.
    #[inline]
    fn end(&self, offset: u64, extra: u64) -> io::Result<u64> {
        let limit = self.storage.max_len();
        match offset.checked_add(extra) {
            Some(end) if end <= limit => Ok(end),
            len => Err(Fault::TooLarge { len, limit }.into()),
        }
    }
}

impl<S: Storage> ByteStream for Stream<S> {
    #[inline]
    fn tell(&self) -> u64 {
        self.position
    }

    #[inline]
    fn len(&self) -> u64 {
        self.storage.len()
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.storage.is_empty()
    }

    #[inline]
    fn getvalue(&mut self) -> io::Result<Bytes> {
        let len = self.storage.len();
        self.storage.share(0..len).map_err(|e| Fault::with_memory_asked_for(e, 0, len, len))
    }

    #[inline]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.storage.read_at(offset, buf)
    }

    fn read_bytes(&mut self, n: usize) -> io::Result<Bytes> {
        let n = self.left().min(n as u64);
        if n == 0 {
            return Ok(Bytes::new());
        }
        let (at, end) = (self.position, self.position + n);
        let bytes = match self.storage.share(at..end) {
            Ok(bytes) => bytes,
            Err(error) => return Err(Fault::with_memory_asked_for(error, at, self.storage.len(), n)),
        };
        self.position = end;
        Ok(bytes)
    }

    fn write_bytes(&mut self, data: Bytes) -> io::Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        self.write_with(data.len(), |storage, offset| storage.write_bytes_at(offset, data))
    }

    fn truncate(&mut self, size: u64) -> io::Result<()> {
        if size < self.storage.len() { self.storage.truncate(size) } else { Ok(()) }
    }

    fn set_len(&mut self, size: u64) -> io::Result<()> {
        if size > self.storage.len() {
            self.end(size, 0)?;
            let (at, len) = (self.position, self.storage.len());
            self.storage.grow(size).map_err(|e| Fault::with_memory_asked_for(e, at, len, size))
        } else {
            self.truncate(size)
        }
    }

    #[inline(always)] // as `write_all`
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        if self.storage.splice_in_place(&range, with) {
            return Ok(());
        }
        self.splice_slowly(range, with)
    }

    #[inline(always)]
    fn insert(&mut self, at: u64, data: &[u8]) -> io::Result<()> {
        self.splice(at..at, data)
    }

    #[inline(always)]
    fn remove(&mut self, range: Range<u64>) -> io::Result<()> {
        self.splice(range, &[])
    }
}

impl<S: Storage> fmt::Debug for Stream<S> {
    /// Short however long the contents are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("position", &self.position).field("len", &self.storage.len()).finish()
    }
}

impl<S: Storage + From<Vec<u8>>> From<Vec<u8>> for Stream<S> {
    fn from(bytes: Vec<u8>) -> Self {
        Stream::over(bytes.into())
    }
}

impl<S: Storage + From<Bytes>> From<Bytes> for Stream<S> {
    fn from(bytes: Bytes) -> Self {
        Stream::over(bytes.into())
    }
}

impl<S: Storage + for<'a> From<&'a [u8]>> From<&[u8]> for Stream<S> {
    fn from(bytes: &[u8]) -> Self {
        Stream::over(bytes.into())
    }
}

impl<S: Storage + for<'a> From<&'a [u8]>, const LEN: usize> From<&[u8; LEN]> for Stream<S> {
    fn from(bytes: &[u8; LEN]) -> Self {
        Stream::from(bytes.as_slice())
    }
}
