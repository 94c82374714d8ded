//! A stream that writes down what is done to it.

use std::fmt;
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use anystream_core::ByteStream;
use bytes::Bytes;

use super::extent::Extent;
use super::record::{Outcome, RecordedOp};
use super::writer::{MOST_PIECES, TraceWriter};

/// A stream that writes down what is done to it, and else is the stream within: the same answers, the
/// same errors. [`record`](crate::record()) makes one in a line, [`Recording`](crate::Recording) in more.
///
/// Each call is one record: which, with which lengths and offsets, what came of it; what was written,
/// only if asked for. `tell`, `len`, `is_empty` and `flush` do nothing to a stream and are not recorded. A vectored
/// call of more than 1,048,576 pieces is recorded as one of a single piece.
///
/// The trace can never disturb the program: if it cannot be written, recording stops, and
/// [`finish`](Self::finish) tells why. Dropping the recorder completes the trace, too. If the program is
/// killed, all is there but the last frame: 16,384 records or 64 KiB of them, unless
/// [`flush_trace`](Self::flush_trace) is called.
///
/// ```
/// use anystream::{RopeStream, ByteStream};
/// use anystream_workload::{ImportOptions, Op, read_script, record};
/// use std::io::Write;
/// # let path = std::env::temp_dir().join(format!("recorder-{}.trace", std::process::id()));
///
/// let mut stream = record(RopeStream::new(), &path)?;
/// stream.write_all(b"hello")?;
/// stream.insert(0, b"oh, ")?;
/// let (stream, written) = stream.finish();
/// written?;
/// assert_eq!(stream.len(), 9);
///
/// let file = std::fs::read(&path)?;
/// let script = read_script("app.trace", &file[..], &ImportOptions::default())?.script;
/// assert_eq!(script.ops.len(), 2);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Recorder<S> {
    stream: S,
    /// Locked for `read_at` only: every other call has the recorder to itself.
    tape: Mutex<Tape>,
}

/// What is recorded on.
pub(super) type Out = Box<dyn Write + Send>;

enum Tape {
    Running(Box<TraceWriter<Out>>),
    Stopped(io::Error),
}

impl Tape {
    #[inline(always)]
    fn note(&mut self, op: RecordedOp, outcome: Outcome) {
        if let Tape::Running(writer) = self
            && let Err(error) = writer.call(&op, outcome)
        {
            self.stop(error);
        }
    }

    #[cold]
    fn stop(&mut self, error: io::Error) {
        *self = Tape::Stopped(error);
    }

    /// For what a call is given to write. Before the call, for then `data` is still there.
    #[inline]
    fn contents(&mut self, data: &[u8]) {
        if let Tape::Running(writer) = self
            && writer.has_contents()
            && let Err(error) = writer.contents(data)
        {
            self.stop(error);
        }
    }

    #[inline]
    fn has_contents(&self) -> bool {
        matches!(self, Tape::Running(writer) if writer.has_contents())
    }
}

impl<S: ByteStream> Recorder<S> {
    pub(super) fn over(stream: S, writer: TraceWriter<Out>) -> Self {
        Recorder { stream, tape: Mutex::new(Tape::Running(Box::new(writer))) }
    }

    /// The stream within, to look at. What only it can do is not recorded.
    ///
    /// ```
    /// use anystream_workload::Recording;
    /// let recorder = Recording::new().to_writer(anystream::VecStream::from(b"abc"), Vec::new())?;
    /// assert_eq!(anystream::ByteStream::len(recorder.stream()), 3);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// Whether it still records: false after the trace could not be written.
    ///
    /// ```
    /// use anystream_workload::Recording;
    /// let recorder = Recording::new().to_writer(anystream::VecStream::new(), Vec::new())?;
    /// assert!(recorder.is_recording());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_recording(&self) -> bool {
        matches!(*self.tape.lock().unwrap_or_else(PoisonError::into_inner), Tape::Running(_))
    }

    /// Writes what was recorded so far, so that it stays readable even if the program is killed. Costs a
    /// frame, tens of microseconds. If it cannot be written, recording stops; `finish` tells.
    ///
    /// ```
    /// use anystream_workload::Recording;
    /// let mut recorder = Recording::new().to_writer(anystream::VecStream::new(), Vec::new())?;
    /// recorder.flush_trace();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn flush_trace(&mut self) {
        let tape = self.tape.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Tape::Running(writer) = tape
            && let Err(error) = writer.flush()
        {
            tape.stop(error);
        }
    }

    /// Ends the session, and returns the stream, which is whole whatever became of the trace.
    ///
    /// The second is the first error of the trace, at which recording stopped.
    ///
    /// ```
    /// use anystream_workload::Recording;
    /// let recorder = Recording::new().to_writer(anystream::VecStream::new(), Vec::new())?;
    /// let (stream, written) = recorder.finish();
    /// written?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn finish(self) -> (S, io::Result<()>) {
        let written = match self.tape.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Tape::Running(writer) => writer.finish().map(drop),
            Tape::Stopped(error) => Err(error),
        };
        (self.stream, written)
    }

    #[inline]
    fn tape(&mut self) -> &mut Tape {
        self.tape.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call that was just made.
    #[inline(always)]
    fn note(&mut self, op: RecordedOp, outcome: Outcome) {
        let extent = extent(&self.stream);
        let tape = self.tape();
        tape.note(op, outcome);
        if let Tape::Running(writer) = tape {
            writer.extent = extent;
        }
    }

    /// What formatting wrote, which only the stream knows.
    #[cold]
    fn contents_between(&mut self, mut from: u64, to: u64) {
        let mut piece = vec![0; to.saturating_sub(from).min(32 << 10) as usize];
        while from < to {
            let wanted = (to - from).min(piece.len() as u64) as usize;
            let read = self.stream.read_at(from, piece.get_mut(..wanted).unwrap_or_default());
            match read.map(|n| piece.get(..n)) {
                Ok(Some(bytes @ [_, ..])) => {
                    from += bytes.len() as u64;
                    self.tape.get_mut().unwrap_or_else(PoisonError::into_inner).contents(bytes);
                }
                Ok(_) => return self.tape().stop(io::ErrorKind::UnexpectedEof.into()),
                Err(error) => return self.tape().stop(error),
            }
        }
    }
}

/// Where a stream is.
#[inline]
pub(super) fn extent<S: ByteStream>(stream: &S) -> Extent {
    Extent { length: stream.len(), position: stream.tell() }
}

#[inline]
fn number(answer: &io::Result<usize>) -> Outcome {
    match answer {
        Ok(n) => Outcome::Number(*n as u64),
        Err(error) => Outcome::Failed(error.kind()),
    }
}

/// Of a call that answers with no number, but does `n`.
#[inline]
fn all(n: usize, answer: &io::Result<()>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Number(n as u64),
        Err(error) => Outcome::Failed(error.kind()),
    }
}

#[inline]
fn done(answer: &io::Result<()>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Failed(error.kind()),
    }
}

impl<S: ByteStream> Read for Recorder<S> {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let answer = self.stream.read(buf);
        self.note(RecordedOp::Read(buf.len() as u64), number(&answer));
        answer
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let op = match bufs.len() {
            ..=MOST_PIECES => RecordedOp::ReadVectored(bufs.iter().map(|buf| buf.len() as u64).collect()),
            _ => RecordedOp::Read(bufs.iter().map(|buf| buf.len() as u64).fold(0, u64::saturating_add)),
        };
        let answer = self.stream.read_vectored(bufs);
        self.note(op, number(&answer));
        answer
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let answer = self.stream.read_to_end(buf);
        self.note(RecordedOp::ReadToEnd, number(&answer));
        answer
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        let answer = self.stream.read_to_string(text);
        self.note(RecordedOp::ReadToString, number(&answer));
        answer
    }

    #[inline]
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let answer = self.stream.read_exact(buf);
        self.note(RecordedOp::ReadExact(buf.len() as u64), all(buf.len(), &answer));
        answer
    }
}

impl<S: ByteStream> BufRead for Recorder<S> {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let tape = self.tape.get_mut().unwrap_or_else(PoisonError::into_inner);
        let answer = self.stream.fill_buf();
        let outcome = match &answer {
            Ok(run) => Outcome::Number(run.len() as u64),
            Err(error) => Outcome::Failed(error.kind()),
        };
        tape.note(RecordedOp::FillBuf, outcome);
        answer
    }

    #[inline]
    fn consume(&mut self, n: usize) {
        self.stream.consume(n);
        self.note(RecordedOp::Consume(n as u64), Outcome::Done);
    }

    fn read_until(&mut self, delimiter: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        let answer = self.stream.read_until(delimiter, buf);
        self.note(RecordedOp::ReadUntil(delimiter), number(&answer));
        answer
    }

    fn skip_until(&mut self, delimiter: u8) -> io::Result<usize> {
        let answer = self.stream.skip_until(delimiter);
        self.note(RecordedOp::SkipUntil(delimiter), number(&answer));
        answer
    }

    fn read_line(&mut self, text: &mut String) -> io::Result<usize> {
        let answer = self.stream.read_line(text);
        self.note(RecordedOp::ReadLine, number(&answer));
        answer
    }
}

impl<S: ByteStream> Write for Recorder<S> {
    #[inline]
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.tape().contents(data);
        let answer = self.stream.write(data);
        self.note(RecordedOp::Write(data.len() as u64), number(&answer));
        answer
    }

    #[inline]
    fn write_all(&mut self, data: &[u8]) -> io::Result<()> {
        self.tape().contents(data);
        let answer = self.stream.write_all(data);
        self.note(RecordedOp::Write(data.len() as u64), all(data.len(), &answer));
        answer
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        pieces.iter().for_each(|piece| self.tape().contents(piece));
        let answer = self.stream.write_vectored(pieces);
        let op = match pieces.len() {
            ..=MOST_PIECES => {
                RecordedOp::WriteVectored(pieces.iter().map(|piece| piece.len() as u64).collect())
            }
            _ => {
                RecordedOp::Write(pieces.iter().map(|piece| piece.len() as u64).fold(0, u64::saturating_add))
            }
        };
        self.note(op, number(&answer));
        answer
    }

    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        let before = self.stream.tell();
        let answer = self.stream.write_fmt(args);
        // After an error nothing was written, and how much it would have been nobody knows.
        let after = if answer.is_ok() { self.stream.tell() } else { before };
        if self.tape().has_contents() {
            self.contents_between(before, after);
        }
        self.note(RecordedOp::WriteFmt(after.saturating_sub(before)), done(&answer));
        answer
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<S: ByteStream> Seek for Recorder<S> {
    #[inline]
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let answer = self.stream.seek(to);
        self.note(RecordedOp::Seek(to), position(&answer));
        answer
    }

    #[inline]
    fn rewind(&mut self) -> io::Result<()> {
        let answer = self.stream.rewind();
        self.note(RecordedOp::Seek(SeekFrom::Start(0)), all(0, &answer));
        answer
    }

    #[inline]
    fn stream_position(&mut self) -> io::Result<u64> {
        let answer = self.stream.stream_position();
        self.note(RecordedOp::Seek(SeekFrom::Current(0)), position(&answer));
        answer
    }

    #[inline]
    fn seek_relative(&mut self, by: i64) -> io::Result<()> {
        let answer = self.stream.seek_relative(by);
        let outcome = match &answer {
            Ok(()) => Outcome::Number(self.stream.tell()),
            Err(error) => Outcome::Failed(error.kind()),
        };
        self.note(RecordedOp::Seek(SeekFrom::Current(by)), outcome);
        answer
    }
}

#[inline]
fn position(answer: &io::Result<u64>) -> Outcome {
    match answer {
        Ok(position) => Outcome::Number(*position),
        Err(error) => Outcome::Failed(error.kind()),
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: ByteStream> ByteStream for Recorder<S> {
    #[inline]
    fn tell(&self) -> u64 {
        self.stream.tell()
    }

    #[inline]
    fn len(&self) -> u64 {
        self.stream.len()
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.stream.is_empty()
    }

    fn getvalue(&mut self) -> io::Result<Bytes> {
        let answer = self.stream.getvalue();
        self.note(RecordedOp::GetValue, value(&answer));
        answer
    }

    #[inline]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let answer = self.stream.read_at(offset, buf);
        let op = RecordedOp::ReadAt { offset, len: buf.len() as u64 };
        self.tape.lock().unwrap_or_else(PoisonError::into_inner).note(op, number(&answer));
        answer
    }

    fn read_bytes(&mut self, n: usize) -> io::Result<Bytes> {
        let answer = self.stream.read_bytes(n);
        self.note(RecordedOp::ReadBytes(n as u64), value(&answer));
        answer
    }

    fn write_bytes(&mut self, data: Bytes) -> io::Result<()> {
        let len = data.len() as u64;
        self.tape().contents(&data);
        let answer = self.stream.write_bytes(data);
        self.note(RecordedOp::WriteBytes(len), done(&answer));
        answer
    }

    #[inline]
    fn truncate(&mut self, size: u64) -> io::Result<()> {
        let answer = self.stream.truncate(size);
        self.note(RecordedOp::Truncate(size), done(&answer));
        answer
    }

    #[inline]
    fn set_len(&mut self, size: u64) -> io::Result<()> {
        let answer = self.stream.set_len(size);
        self.note(RecordedOp::SetLen(size), done(&answer));
        answer
    }

    #[inline]
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        self.tape().contents(with);
        let answer = self.stream.splice(range.clone(), with);
        self.note(RecordedOp::Splice { range, with: with.len() as u64 }, done(&answer));
        answer
    }

    #[inline]
    fn insert(&mut self, at: u64, data: &[u8]) -> io::Result<()> {
        self.tape().contents(data);
        let answer = self.stream.insert(at, data);
        self.note(RecordedOp::Splice { range: at..at, with: data.len() as u64 }, done(&answer));
        answer
    }

    #[inline]
    fn remove(&mut self, range: Range<u64>) -> io::Result<()> {
        let answer = self.stream.remove(range.clone());
        self.note(RecordedOp::Splice { range, with: 0 }, done(&answer));
        answer
    }
}

#[inline]
fn value(answer: &io::Result<Bytes>) -> Outcome {
    match answer {
        Ok(value) => Outcome::Number(value.len() as u64),
        Err(error) => Outcome::Failed(error.kind()),
    }
}

impl<S: fmt::Debug> fmt::Debug for Recorder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("stream", &self.stream).finish_non_exhaustive()
    }
}
