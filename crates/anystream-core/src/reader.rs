//! Reading a stream that stays as it is, from as many places at once as one likes.

use std::fmt;
use std::io;
use std::ops::Range;

use crate::{ByteStream, Storage, Stream, forward_stream, memory};

/// Reads a stream from a position of its own: what [`ByteStreamExt::reader_at`](crate::ByteStreamExt::reader_at)
/// returns. `Read`, `BufRead` and `Seek` obey the laws of [`ByteStream`] (R1 to R3, S1, S2, F1).
///
/// What is read comes through a buffer of 8 KiB at most, which is asked for at the first read. (`RopeStream` has a reader of
/// its own that needs none.)
///
/// ```
/// use anystream::{ByteStream, ByteStreamExt, VecStream};
/// use std::io::{BufRead, Write};
///
/// let mut log = VecStream::new();
/// writeln!(log, "opened")?;
/// writeln!(log, "closed")?;
/// let (first, second) = (log.reader_at(0), log.reader_at(7)); // each by itself
/// assert_eq!(first.lines().count(), 2);
/// assert_eq!(second.lines().next().unwrap()?, "closed");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Reader<'a, S: ?Sized>(Stream<Window<'a, S>>);

impl<'a, S: ByteStream + ?Sized> Reader<'a, S> {
    pub(crate) fn new(stream: &'a S, offset: u64) -> Self {
        Reader(Stream::at(Window { stream, buffer: Vec::new(), start: 0 }, offset))
    }

    /// The position, in bytes. It may lie past the end. O(1).
    ///
    /// ```
    /// use anystream::{ByteStreamExt, VecStream};
    /// assert_eq!(VecStream::new().reader_at(7).tell(), 7);
    /// ```
    #[must_use]
    pub fn tell(&self) -> u64 {
        self.0.tell()
    }
}

macro_rules! reading {
    ($self:expr, $stream:ident => $call:expr) => {{
        let $stream = &mut $self.0;
        $call
    }};
}

forward_stream!(@read [S: ByteStream + ?Sized] Reader<'_, S>, reading);
forward_stream!(@seek [S: ByteStream + ?Sized] Reader<'_, S>, reading);

/// With no buffer: the clone asks for one of its own.
impl<S: ByteStream + ?Sized> Clone for Reader<'_, S> {
    fn clone(&self) -> Self {
        Reader::new(self.0.storage().stream, self.tell())
    }
}

impl<S: ByteStream + ?Sized> fmt::Debug for Reader<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("position", &self.tell())
            .field("len", &self.0.storage().stream.len())
            .finish()
    }
}

/// A part of a borrowed stream, copied out so that it can be shown.
struct Window<'a, S: ?Sized> {
    stream: &'a S,
    buffer: Vec<u8>,
    /// Where the buffer starts.
    start: u64,
}

const WINDOW: u64 = 8 * 1024;

impl<S: ByteStream + ?Sized> Storage for Window<'_, S> {
    fn len(&self) -> u64 {
        self.stream.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.read_at(offset, buf)
    }

    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        let end = self.start + self.buffer.len() as u64;
        if !(self.start..end).contains(&offset) {
            self.fill(offset)?;
        }
        Ok(memory::tail(&self.buffer, offset - self.start))
    }

    fn splice(&mut self, _: Range<u64>, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

impl<S: ByteStream + ?Sized> Window<'_, S> {
    #[inline(never)]
    fn fill(&mut self, offset: u64) -> io::Result<()> {
        let len = self.stream.len().saturating_sub(offset).min(WINDOW) as usize;
        self.buffer.clear();
        self.start = offset;
        self.buffer.try_reserve_exact(len)?;
        self.buffer.resize(len, 0);
        let read = self.stream.read_at(offset, &mut self.buffer);
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        read.map(drop)
    }
}
