//! What is convenient on every stream, made of what the laws promise.

use std::io::{self, IoSlice, SeekFrom, Write};

use bytes::Bytes;

use crate::{ByteStream, Lines, Reader, Resident, memory, resident};

/// Convenience on every [`ByteStream`], `dyn ByteStream` and wrappers too. Nothing to implement: all of it is
/// made of the trait's own methods, and obeys the same laws.
pub trait ByteStreamExt: ByteStream {
    /// A reader with a position of its own, at `offset`, which may lie past the end.
    ///
    /// So what was just written can be read without moving the writer. While there are readers the stream
    /// cannot change; to write meanwhile, read from a clone. O(1); allocates up to 8 KiB at the first
    /// read.
    ///
    /// ```
    /// use anystream::{ByteStream, ByteStreamExt, VecStream};
    /// use std::io::{Read, Write};
    /// let mut s = VecStream::new();
    /// s.write_all(b"hello")?;
    /// let mut text = String::new();
    /// s.reader_at(0).read_to_string(&mut text)?;
    /// assert_eq!((text.as_str(), s.tell()), ("hello", 5));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn reader_at(&self, offset: u64) -> Reader<'_, Self> {
        Reader::new(self, offset)
    }

    /// Empties the stream and goes back to position 0: `truncate(0)` and `rewind`. Without the second, the next
    /// write would leave zeros before it (law W2). A storage may keep its memory, to use again; a new stream gives it back.
    ///
    /// # Errors
    /// As [`truncate`](ByteStream::truncate); nothing has changed (F1).
    ///
    /// ```
    /// use anystream::{ByteStream, ByteStreamExt, VecStream};
    /// use std::io::Write;
    /// let mut s = VecStream::new();
    /// s.write_all(b"one message")?;
    /// s.clear()?;
    /// s.write_all(b"the next")?;
    /// assert_eq!(s.getvalue()?, "the next");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn clear(&mut self) -> io::Result<()> {
        self.truncate(0)?;
        self.rewind()
    }

    /// Reads at the position without moving it: [`read_at`](ByteStream::read_at) of [`tell`](ByteStream::tell).
    ///
    /// Returns how many bytes it copied: as many as `buf` takes or there are (law R5).
    ///
    /// # Errors
    /// As [`read_at`](ByteStream::read_at).
    ///
    /// ```
    /// use anystream::{ByteStream, ByteStreamExt, VecStream};
    /// let s = VecStream::from(b"PK\x03\x04 and so on");
    /// let mut magic = [0; 4];
    /// assert_eq!((s.peek(&mut magic)?, s.tell()), (4, 0));
    /// assert_eq!(&magic, b"PK\x03\x04");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.read_at(self.tell(), buf)
    }

    /// Writes everything from the position on to `to`, moves behind it, and returns how many bytes that was.
    ///
    /// Run by run, with no buffer between. `std::io::copy` does the same, but leaves the position somewhere
    /// in between if `to` fails.
    ///
    /// # Errors
    /// Those of `to`. The position is then as it was (law F1); what `to` took until then only `to` can say.
    ///
    /// ```
    /// use anystream::{ByteStream, ByteStreamExt, VecStream};
    /// use std::io::{Seek, SeekFrom};
    /// let mut s = VecStream::from(b"hello world");
    /// s.seek(SeekFrom::Start(6))?;
    /// let mut out = Vec::new();
    /// assert_eq!(s.copy_to(&mut out)?, 5);
    /// assert_eq!((&out[..], s.tell()), (&b"world"[..], 11));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn copy_to<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<u64> {
        let start = self.tell();
        let copied = copy_runs(self, to);
        if copied.is_err() {
            self.seek(SeekFrom::Start(start))?;
        }
        copied.map(|()| self.tell() - start)
    }

    /// The next line with its `\n`, and of a longer one the first `limit` bytes: Python's `readline(limit)`.
    ///
    /// Empty at the end, and if `limit` is 0. Whoever sends the line, it takes no more than `limit` bytes of
    /// memory; a line that was cut lacks its `\n`, and the next call goes on within it. The last line may lack
    /// it too. The bytes need not be text.
    ///
    /// # Errors
    /// As [`read_bytes`](ByteStream::read_bytes); the position is as it was (F1).
    ///
    /// ```
    /// use anystream::{ByteStreamExt, VecStream};
    /// let mut s = VecStream::from(b"GET /\na line that never ends");
    /// assert_eq!(&s.readline(80)?[..], b"GET /\n");
    /// assert_eq!(&s.readline(6)?[..], b"a line");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn readline(&mut self, limit: usize) -> io::Result<Bytes> {
        if limit == 0 {
            return Ok(Bytes::new());
        }
        let start = self.tell();
        let len = line_len(self, limit);
        self.seek(SeekFrom::Start(start))?;
        self.read_bytes(len?)
    }

    /// All further lines, each as [`readline`](Self::readline) with `limit` gives it, until there are none.
    ///
    /// ```
    /// use anystream::{ByteStreamExt, VecStream};
    /// let mut s = VecStream::from(b"one\ntwo\nthree");
    /// let lines = s.readlines(80).collect::<std::io::Result<Vec<_>>>()?;
    /// assert_eq!(lines, ["one\n", "two\n", "three"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn readlines(&mut self, limit: usize) -> Lines<'_, Self> {
        Lines::new(self, limit)
    }

    /// All of the contents in order, wherever the position is, as the chunks they lie in. None is empty; nothing
    /// is copied.
    ///
    /// How they are divided is the storage's to choose: a vector shows one chunk, a rope many.
    ///
    /// ```
    /// use anystream::{ByteStreamExt, VecStream};
    /// assert_eq!(VecStream::from(b"hello").chunks().collect::<Vec<_>>(), [b"hello"]);
    /// ```
    fn chunks(&self) -> impl Iterator<Item = &[u8]>
    where
        Self: Resident + Sized,
    {
        resident::chunks_from(self, 0)
    }

    /// Fills `slices` with the chunks from `offset` on, for a vectored write, and returns how many there are: all of
    /// `slices`, or as many as the contents have.
    ///
    /// ```
    /// use anystream::{ByteStreamExt, VecStream};
    /// use std::io::{IoSlice, Write};
    /// let s = VecStream::from(b"hello");
    /// let mut slices = [IoSlice::new(&[]); 8];
    /// let n = s.io_slices(1, &mut slices);
    /// let mut socket = Vec::new();
    /// assert_eq!(socket.write_vectored(&slices[..n])?, 4);
    /// assert_eq!(socket, b"ello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn io_slices<'a>(&'a self, offset: u64, slices: &mut [IoSlice<'a>]) -> usize
    where
        Self: Resident,
    {
        resident::io_slices(self, offset, slices)
    }
}

impl<S: ByteStream + ?Sized> ByteStreamExt for S {}

fn copy_runs<S: ByteStream + ?Sized, W: Write + ?Sized>(stream: &mut S, to: &mut W) -> io::Result<()> {
    loop {
        let run = stream.fill_buf()?;
        if run.is_empty() {
            return Ok(());
        }
        to.write_all(run)?;
        let len = run.len();
        stream.consume(len);
    }
}

/// How long the line at the position is, and `limit` at most; the position moves.
fn line_len<S: ByteStream + ?Sized>(stream: &mut S, limit: usize) -> io::Result<usize> {
    let mut len = 0;
    loop {
        let run = stream.fill_buf()?;
        let run = &run[..run.len().min(limit - len)];
        if let Some(at) = memory::find(run, b'\n') {
            return Ok(len + at + 1);
        }
        if run.is_empty() {
            return Ok(len);
        }
        let searched = run.len();
        len += searched;
        stream.consume(searched);
    }
}
