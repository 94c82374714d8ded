//! Reading a rope that stays as it is, from as many places at once as one likes.

use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom};

use anystream_core::{Fault, memory, seek_target};

use crate::runs::Runs;
use crate::{RopeStorage, RopeStream};

/// Reads a rope from a position of its own: what [`RopeStream::reader_at`] returns.
///
/// Reading obeys the laws of [`ByteStream`](anystream_core::ByteStream) (R1 to R3, S1, S2): short only at the end, any position may
/// be sought, and what fails moves nothing. It remembers where in the tree it is, so going on costs no
/// search.
///
/// ```
/// use anystream_core::ByteStream;
/// use anystream_rope::RopeStream;
/// use std::io::{Read, Write};
///
/// // The founding question: what was just written is read without moving the writer.
/// let mut rope = RopeStream::new();
/// rope.write_all(b"hello")?;
/// let mut text = String::new();
/// rope.reader_at(0).read_to_string(&mut text)?;
/// assert_eq!((text.as_str(), rope.tell()), ("hello", 5));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct RopeReader<'a> {
    storage: &'a RopeStorage,
    position: u64,
    runs: Runs<'a>,
    /// The run last taken out of `runs`, and where it starts.
    run: &'a [u8],
    run_start: u64,
}

impl RopeStream {
    /// A reader with a position of its own, at `offset`, which may lie past the end. While there are
    /// readers, the rope cannot change; to write meanwhile, read from a `clone()`, which is O(1) and can
    /// be sent to another thread. O(log L), allocates nothing.
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_rope::RopeStream;
    /// use std::io::{BufRead, Write};
    ///
    /// let mut rope = RopeStream::from(b"one\ntwo\n");
    /// let snapshot = rope.clone();
    /// let lines = std::thread::spawn(move || {
    ///     snapshot.reader_at(4).lines().collect::<std::io::Result<Vec<_>>>()
    /// });
    /// rope.write_all(b"written meanwhile")?;
    /// assert_eq!(lines.join().unwrap()?, ["two"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn reader_at(&self, offset: u64) -> RopeReader<'_> {
        let storage = self.0.storage();
        let runs = Runs::from(storage, offset);
        RopeReader { storage, position: offset, runs, run: &[], run_start: offset }
    }
}

impl<'a> RopeReader<'a> {
    /// The position, in bytes. It may lie past the end. O(1).
    ///
    /// ```
    /// use anystream_rope::RopeStream;
    /// assert_eq!(RopeStream::new().reader_at(7).tell(), 7);
    /// ```
    #[must_use]
    pub fn tell(&self) -> u64 {
        self.position
    }

    /// The bytes from the position on that lie side by side in memory; empty exactly at or past the end.
    fn run(&mut self) -> &'a [u8] {
        let at = self.position.wrapping_sub(self.run_start);
        if at < self.run.len() as u64 {
            return &self.run[at as usize..];
        }
        if at != self.run.len() as u64 {
            self.runs = Runs::from(self.storage, self.position);
        }
        self.run = self.runs.next().unwrap_or_default();
        self.run_start = self.position;
        self.run
    }

    fn len(&self) -> u64 {
        anystream_core::Storage::len(self.storage)
    }

    fn left(&self) -> u64 {
        self.len().saturating_sub(self.position)
    }

    /// Appends the next `n` bytes, which are there, to `text`; after an error neither has changed.
    fn take_text(&mut self, n: u64, text: &mut String) -> io::Result<usize> {
        let start = self.position;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(usize::try_from(n).map_err(|_| io::ErrorKind::OutOfMemory)?)?;
        self.by_ref().take(n).read_to_end(&mut bytes)?;
        let taken = match std::str::from_utf8(&bytes) {
            Ok(read) => text.try_reserve(read.len()).map(|()| text.push_str(read)).map_err(Into::into),
            Err(error) => Err(Fault::NotUtf8 { offset: start + error.valid_up_to() as u64 }.into()),
        };
        if taken.is_err() {
            self.position = start;
        }
        taken.map(|()| bytes.len())
    }
}

impl Read for RopeReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            let run = self.run();
            if run.is_empty() {
                break;
            }
            let n = memory::copy_from(run, &mut buf[done..]);
            self.position += n as u64;
            done += n;
        }
        Ok(done)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let left = self.left();
        if buf.len() as u64 > left {
            return Err(Fault::EndReached { position: self.position, wanted: buf.len(), left }.into());
        }
        self.read(buf).map(drop)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let left = usize::try_from(self.left()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        buf.try_reserve(left)?;
        loop {
            let run = self.run();
            if run.is_empty() {
                return Ok(left);
            }
            buf.extend_from_slice(run);
            self.position += run.len() as u64;
        }
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        self.take_text(self.left(), text)
    }
}

impl BufRead for RopeReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.run())
    }

    fn consume(&mut self, n: usize) {
        self.position += self.left().min(n as u64);
    }

    fn read_line(&mut self, text: &mut String) -> io::Result<usize> {
        let line = self.clone().skip_until(b'\n')?;
        self.take_text(line as u64, text)
    }
}

impl Seek for RopeReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = seek_target(to, self.position, self.len())?;
        Ok(self.position)
    }
}

impl fmt::Debug for RopeReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RopeReader").field("position", &self.position).field("len", &self.len()).finish()
    }
}
