//! A stream whose beginning is a hole, seen as if it began behind that.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use anystream_core::{ByteStream, Bytes, Fault, seek_target};

use crate::CloneStream;
use crate::pair::assert_same;

/// The contents of another stream from some offset on, which may be terabytes: by the laws it is a stream
/// like any other, so that the model and every case can be used far out.
///
/// What lies before that offset is some bytes, and then a hole. They must stay as they are; every `getvalue`
/// asks whether they have.
///
/// ```
/// use anystream::RopeStream;
/// use anystream_core::ByteStream;
/// use anystream_tests::Behind;
/// use std::io::Write;
///
/// let mut far = Behind::new(Box::new(RopeStream::from(b"hello")), 1 << 50)?;
/// far.write_all(b"at a pebibyte")?;
/// assert_eq!((far.tell(), &far.getvalue()?[..]), (13, &b"at a pebibyte"[..]));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Behind {
    stream: Box<dyn CloneStream>,
    /// What lies before the hole.
    head: Bytes,
    /// Where the contents begin in `stream`.
    offset: u64,
    /// As seen from outside: positions near `u64::MAX` have none in `stream`.
    position: u64,
}

impl Behind {
    /// Grows `stream` to `offset` bytes, and looks at what comes behind. It is empty, at position 0.
    ///
    /// # Errors
    /// If the stream can have no such hole.
    ///
    /// # Panics
    /// If the stream is longer than `offset`.
    pub fn new(mut stream: Box<dyn CloneStream>, offset: u64) -> io::Result<Self> {
        assert!(stream.len() <= offset, "the stream is longer than the hole is to begin at");
        let head = stream.getvalue()?;
        stream.set_len(offset)?;
        Ok(Behind { stream, head, offset, position: 0 })
    }

    /// The stream with everything, for calls that only its type has. They must not change the contents.
    pub fn inner(&mut self) -> &mut Box<dyn CloneStream> {
        &mut self.stream
    }

    fn align(&mut self) -> io::Result<()> {
        self.stream.seek(SeekFrom::Start(self.offset.saturating_add(self.position))).map(drop)
    }

    /// Makes a call on the stream within, from the position, and moves as that does.
    fn at_position<T>(
        &mut self,
        call: impl FnOnce(&mut Box<dyn CloneStream>) -> io::Result<T>,
    ) -> io::Result<T> {
        self.align()?;
        let before = self.stream.tell();
        let answer = call(&mut self.stream);
        // A move backwards would be a mistake, which shows as a position that nobody expects.
        self.position = self.position.wrapping_add(self.stream.tell().wrapping_sub(before));
        answer
    }

    fn shifted(&self, range: Range<u64>) -> io::Result<Range<u64>> {
        let end = |at: u64| self.offset.checked_add(at);
        match (end(range.start), end(range.end)) {
            (Some(start), Some(end)) => Ok(start..end),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }

    fn check_head(&self) -> io::Result<()> {
        let mut found = vec![1; self.head.len() + 9];
        let expected = [&self.head[..], &[0; 9]].concat();
        let expected = &expected[..expected.len().min(self.offset as usize)];
        let n = self.stream.read_at(0, &mut found[..expected.len()])?;
        assert_same(&found[..n], expected, "what lies before the hole");
        for part in 1..8 {
            let at = self.offset / 8 * part;
            if at > expected.len() as u64 && self.offset - at > 8 {
                let mut found = [1; 8];
                self.stream.read_at(at, &mut found)?;
                assert_eq!(found, [0; 8], "the hole at {at}");
            }
        }
        Ok(())
    }
}

impl Clone for Behind {
    fn clone(&self) -> Self {
        Behind { stream: self.stream.clone_boxed(), head: self.head.clone(), ..*self }
    }
}

impl Read for Behind {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.at_position(|stream| stream.read(buf))
    }
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.at_position(|stream| stream.read_vectored(bufs))
    }
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.at_position(|stream| stream.read_to_end(buf))
    }
    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        self.at_position(|stream| stream.read_to_string(text))
    }
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.at_position(|stream| stream.read_exact(buf))
    }
}

impl BufRead for Behind {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.align()?;
        self.stream.fill_buf()
    }
    fn consume(&mut self, n: usize) {
        let moved = self.at_position(|stream| {
            stream.consume(n);
            Ok(())
        });
        moved.expect("any position can be sought");
    }
    fn read_until(&mut self, delimiter: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.at_position(|stream| stream.read_until(delimiter, buf))
    }
    fn skip_until(&mut self, delimiter: u8) -> io::Result<usize> {
        self.at_position(|stream| stream.skip_until(delimiter))
    }
    fn read_line(&mut self, text: &mut String) -> io::Result<usize> {
        self.at_position(|stream| stream.read_line(text))
    }
}

impl Write for Behind {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.at_position(|stream| stream.write(data))
    }
    fn write_all(&mut self, data: &[u8]) -> io::Result<()> {
        self.at_position(|stream| stream.write_all(data))
    }
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.at_position(|stream| stream.write_vectored(pieces))
    }
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        self.at_position(|stream| stream.write_fmt(args))
    }
    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Seek for Behind {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = seek_target(to, self.position, self.len())?;
        Ok(self.position)
    }
}

impl ByteStream for Behind {
    fn tell(&self) -> u64 {
        self.position
    }
    fn len(&self) -> u64 {
        self.stream.len() - self.offset
    }
    fn getvalue(&mut self) -> io::Result<Bytes> {
        self.check_head()?;
        self.stream.seek(SeekFrom::Start(self.offset))?;
        self.stream.read_bytes(usize::MAX)
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.offset.checked_add(offset).map_or(Ok(0), |offset| self.stream.read_at(offset, buf))
    }
    fn read_bytes(&mut self, n: usize) -> io::Result<Bytes> {
        self.at_position(|stream| stream.read_bytes(n))
    }
    fn write_bytes(&mut self, data: Bytes) -> io::Result<()> {
        self.at_position(|stream| stream.write_bytes(data))
    }
    fn truncate(&mut self, size: u64) -> io::Result<()> {
        self.stream.truncate(self.offset.saturating_add(size))
    }
    fn set_len(&mut self, size: u64) -> io::Result<()> {
        match self.offset.checked_add(size) {
            Some(size) => self.stream.set_len(size),
            None => Err(Fault::TooLarge { len: None, limit: u64::MAX - self.offset }.into()),
        }
    }
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        self.stream.splice(self.shifted(range)?, with)
    }
    fn insert(&mut self, at: u64, data: &[u8]) -> io::Result<()> {
        self.stream.insert(self.shifted(at..at)?.start, data)
    }
    fn remove(&mut self, range: Range<u64>) -> io::Result<()> {
        self.stream.remove(self.shifted(range)?)
    }
}
