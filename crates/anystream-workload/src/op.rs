//! One call on a stream, as data.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, SeekFrom};
use std::ops::Range;

use anystream_core::ByteStream;
use anystream_core::memory::expect_room;
use bytes::Bytes;
use smallvec::SmallVec;

/// One call on a stream. What it is given is here; what it answers is an [`Answer`].
///
/// Bytes to be written are [`Bytes`], so that a script of gigabytes can share one piece of generated
/// data.
///
/// ```
/// use anystream_workload::Op;
/// assert_eq!(Op::Write("hello".into()).to_string(), "write 5 bytes");
/// assert_eq!(Op::ReadAt { offset: 7, len: 2 }.to_string(), "read_at 7, 2 bytes");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)] // each is the method of its name, with that method's arguments
pub enum Op {
    Seek(SeekFrom),
    Read(usize),
    ReadVectored(Vec<usize>),
    ReadExact(usize),
    ReadToEnd,
    ReadToString,
    ReadUntil(u8),
    SkipUntil(u8),
    ReadLine,
    FillBuf,
    Consume(usize),
    ReadBytes(usize),
    ReadAt { offset: u64, len: usize },
    Write(Bytes),
    WriteVectored(Vec<Bytes>),
    WriteFmt(String),
    WriteBytes(Bytes),
    Truncate(u64),
    SetLen(u64),
    Splice { range: Range<u64>, with: Bytes },
    GetValue,
}

/// The kinds of operation that reports count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Kind {
    Read,
    Write,
    Seek,
    Insert,
    Remove,
    Replace,
    SetLen,
    GetValue,
}

/// Where [`Op::perform`] puts what a stream answers, so that a timed run allocates nothing itself.
///
/// ```
/// let scratch = anystream_workload::Scratch::default();
/// # drop(scratch);
/// ```
#[derive(Debug, Default)]
pub struct Scratch {
    /// For reads of a given length. Only ever grows, so that it is zeroed once.
    fixed: Vec<u8>,
    /// For reads of an unknown length.
    collected: Vec<u8>,
    text: String,
    /// The latest values, the oldest first.
    held: VecDeque<Bytes>,
    /// How many values are held at most.
    most_held: usize,
}

/// There is no memory for what a replay itself needs, such as room for the bytes that a call reads. This is no fault of
/// the stream, which was not called.
///
/// ```
/// use anystream_workload::{NoReplayMemory, Op, Scratch};
///
/// let read = Op::Read(usize::MAX / 2);
/// let error = read.perform(&mut anystream::VecStream::new(), &mut Scratch::default()).unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::OutOfMemory);
/// assert_eq!(NoReplayMemory::of(&error), Some(NoReplayMemory { bytes: (usize::MAX / 2) as u64 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not enough memory for the replay, which needs {bytes} bytes for what the call reads")]
pub struct NoReplayMemory {
    /// How much was wanted.
    pub bytes: u64,
}

impl NoReplayMemory {
    /// What `error` says, if it is of the replay and not of the stream.
    ///
    /// ```
    /// use anystream_workload::NoReplayMemory;
    /// assert_eq!(NoReplayMemory::of(&std::io::ErrorKind::OutOfMemory.into()), None);
    /// ```
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// Where there is no memory for the error either, one without details.
#[cold]
fn no_memory(bytes: u64) -> io::Error {
    const OF_IO: usize = 32;
    match expect_room([size_of::<NoReplayMemory>(), OF_IO]) {
        Ok(()) => io::Error::new(io::ErrorKind::OutOfMemory, NoReplayMemory { bytes }),
        Err(error) => error,
    }
}

/// What a stream answered to one call.
///
/// ```
/// use anystream_workload::Answer;
/// assert!(Answer::Bytes(b"abc").moved() == 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// `Ok(())`.
    Done,
    /// A number of bytes, or a position.
    Number(u64),
    /// Bytes that were read.
    Bytes(&'a [u8]),
    /// A run shown by `fill_buf`: how long it is depends on the storage.
    Run(&'a [u8]),
    /// A value from `getvalue` or `read_bytes`.
    Value(Bytes),
}

impl Answer<'_> {
    /// How many bytes the answer carries.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Answer::Done.moved(), 0);
    /// ```
    #[must_use]
    pub fn moved(&self) -> u64 {
        match self {
            Answer::Done | Answer::Number(_) => 0,
            Answer::Bytes(bytes) | Answer::Run(bytes) => bytes.len() as u64,
            Answer::Value(bytes) => bytes.len() as u64,
        }
    }

    /// The value, if it is one: what [`Scratch::keep`] takes.
    ///
    /// ```
    /// use anystream_workload::Answer;
    /// assert_eq!(Answer::Value("abc".into()).into_value(), Some("abc".into()));
    /// assert_eq!(Answer::Bytes(b"abc").into_value(), None);
    /// ```
    #[must_use]
    pub fn into_value(self) -> Option<Bytes> {
        match self {
            Answer::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// Vectored calls of more pieces than these allocate a list of them; programs rarely make such.
const PIECES_IN_PLACE: usize = 16;

impl Scratch {
    /// Lets go of all values that are held, and holds so many of those that come: a replay of a
    /// [`Script`](crate::Script) begins with its [`hold`](crate::Script::hold) and ends with 0.
    ///
    /// ```
    /// let mut scratch = anystream_workload::Scratch::default();
    /// scratch.hold(1);
    /// scratch.keep("old".into())?;
    /// scratch.keep("new".into())?; // the old one is dropped
    /// scratch.hold(0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn hold(&mut self, values: usize) {
        self.held.clear();
        self.most_held = values;
    }

    /// Takes a value that a stream gave, and drops it once as many newer ones were taken as are held:
    /// at once, if none are.
    ///
    /// # Errors
    /// `OutOfMemory` if there is no room to note one more; the value is dropped then.
    ///
    /// ```
    /// anystream_workload::Scratch::default().keep("dropped".into())?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn keep(&mut self, value: Bytes) -> io::Result<()> {
        if self.most_held == 0 {
            return Ok(());
        }
        if self.held.len() >= self.most_held {
            self.held.pop_front();
        }
        self.held.try_reserve(1).map_err(|_| no_memory(size_of::<Bytes>() as u64))?;
        self.held.push_back(value);
        Ok(())
    }

    /// Makes room for so many bytes that `op` reads into a buffer which the stream lets grow, so that it is not the stream
    /// that finds no memory for it.
    pub(crate) fn make_room(&mut self, op: &Op, len: usize) -> Result<(), NoReplayMemory> {
        let reserved = match op {
            Op::ReadToEnd | Op::ReadUntil(_) => {
                self.collected.clear();
                self.collected.try_reserve(len)
            }
            Op::ReadToString | Op::ReadLine => {
                self.text.clear();
                self.text.try_reserve(len)
            }
            _ => Ok(()),
        };
        reserved.map_err(|_| NoReplayMemory { bytes: len as u64 })
    }

    #[inline]
    fn fixed(&mut self, len: usize) -> io::Result<&mut [u8]> {
        if self.fixed.len() < len {
            self.grow(len)?;
        }
        Ok(&mut self.fixed[..len])
    }

    #[cold]
    fn grow(&mut self, len: usize) -> io::Result<()> {
        self.fixed.try_reserve(len - self.fixed.len()).map_err(|_| no_memory(len as u64))?;
        self.fixed.resize(len, 0);
        Ok(())
    }
}

impl Op {
    /// Makes the call on `stream`: the one place where an operation becomes a call, for checking and
    /// for timing alike.
    ///
    /// # Errors
    /// Whatever the stream answers; and `OutOfMemory` around a [`NoReplayMemory`] if there is none for what is to be
    /// read.
    ///
    /// ```
    /// use anystream::VecStream;
    /// use anystream_workload::{Answer, Op, Scratch};
    ///
    /// let mut s = VecStream::from(b"hello");
    /// let mut scratch = Scratch::default();
    /// assert_eq!(Op::Read(2).perform(&mut s, &mut scratch)?, Answer::Bytes(b"he"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn perform<'a, S: ByteStream + ?Sized>(
        &self,
        stream: &'a mut S,
        scratch: &'a mut Scratch,
    ) -> io::Result<Answer<'a>> {
        Ok(match self {
            Op::Seek(to) => Answer::Number(stream.seek(*to)?),
            Op::Read(len) => {
                let buf = scratch.fixed(*len)?;
                let n = stream.read(buf)?;
                read_into(buf, n)?
            }
            Op::ReadVectored(lens) => read_vectored(lens, stream, scratch)?,
            Op::ReadExact(len) => {
                let buf = scratch.fixed(*len)?;
                stream.read_exact(buf)?;
                Answer::Bytes(buf)
            }
            Op::ReadToEnd => {
                scratch.collected.clear();
                stream.read_to_end(&mut scratch.collected)?;
                Answer::Bytes(&scratch.collected)
            }
            Op::ReadToString => {
                scratch.text.clear();
                stream.read_to_string(&mut scratch.text)?;
                Answer::Bytes(scratch.text.as_bytes())
            }
            Op::ReadUntil(delimiter) => {
                scratch.collected.clear();
                stream.read_until(*delimiter, &mut scratch.collected)?;
                Answer::Bytes(&scratch.collected)
            }
            Op::SkipUntil(delimiter) => Answer::Number(stream.skip_until(*delimiter)? as u64),
            Op::ReadLine => {
                scratch.text.clear();
                stream.read_line(&mut scratch.text)?;
                Answer::Bytes(scratch.text.as_bytes())
            }
            Op::FillBuf => Answer::Run(stream.fill_buf()?),
            Op::Consume(n) => {
                stream.consume(*n);
                Answer::Done
            }
            Op::ReadBytes(n) => Answer::Value(stream.read_bytes(*n)?),
            Op::ReadAt { offset, len } => {
                let buf = scratch.fixed(*len)?;
                let n = stream.read_at(*offset, buf)?;
                read_into(buf, n)?
            }
            Op::Write(data) => Answer::Number(stream.write(data)? as u64),
            Op::WriteVectored(pieces) => Answer::Number(write_vectored(pieces, stream)? as u64),
            Op::WriteFmt(text) => write_text(text, stream).map(|()| Answer::Done)?,
            Op::WriteBytes(data) => {
                stream.write_bytes(data.clone())?;
                Answer::Done
            }
            Op::Truncate(size) => {
                stream.truncate(*size)?;
                Answer::Done
            }
            Op::SetLen(size) => {
                stream.set_len(*size)?;
                Answer::Done
            }
            Op::Splice { range, with } => {
                stream.splice(range.clone(), with)?;
                Answer::Done
            }
            Op::GetValue => Answer::Value(stream.getvalue()?),
        })
    }

    /// What kind of operation it counts as in reports.
    ///
    /// ```
    /// use anystream_workload::{Kind, Op};
    /// assert_eq!(Op::Splice { range: 4..4, with: "x".into() }.kind(), Kind::Insert);
    /// ```
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Op::Seek(_) => Kind::Seek,
            Op::Read(_)
            | Op::ReadVectored(_)
            | Op::ReadExact(_)
            | Op::ReadToEnd
            | Op::ReadToString
            | Op::ReadUntil(_)
            | Op::SkipUntil(_)
            | Op::ReadLine
            | Op::FillBuf
            | Op::Consume(_)
            | Op::ReadBytes(_)
            | Op::ReadAt { .. } => Kind::Read,
            Op::Write(_) | Op::WriteVectored(_) | Op::WriteFmt(_) | Op::WriteBytes(_) => Kind::Write,
            Op::Truncate(_) | Op::SetLen(_) => Kind::SetLen,
            Op::Splice { range, .. } if range.is_empty() => Kind::Insert,
            Op::Splice { with, .. } if with.is_empty() => Kind::Remove,
            Op::Splice { .. } => Kind::Replace,
            Op::GetValue => Kind::GetValue,
        }
    }

    /// How many bytes of memory a replay needs for what the call reads, as far as the call itself says it.
    ///
    /// ```
    /// use anystream_workload::Op;
    /// assert_eq!(Op::ReadAt { offset: 7, len: 2 }.bytes_wanted(), 2);
    /// assert_eq!(Op::ReadToEnd.bytes_wanted(), 0);
    /// ```
    #[must_use]
    pub fn bytes_wanted(&self) -> u64 {
        match self {
            Op::Read(len) | Op::ReadExact(len) | Op::ReadAt { len, .. } => *len as u64,
            Op::ReadVectored(lens) => lens.iter().fold(0, |sum, &len| sum.saturating_add(len as u64)),
            _ => 0,
        }
    }

    /// How many bytes the call is given to write.
    ///
    /// ```
    /// use anystream_workload::Op;
    /// assert_eq!(Op::Write("hello".into()).bytes_given(), 5);
    /// ```
    #[must_use]
    pub fn bytes_given(&self) -> u64 {
        match self {
            Op::Write(data) | Op::WriteBytes(data) | Op::Splice { with: data, .. } => data.len() as u64,
            Op::WriteVectored(pieces) => pieces.iter().map(|piece| piece.len() as u64).sum(),
            Op::WriteFmt(text) => text.len() as u64,
            _ => 0,
        }
    }
}

// Apart from `perform`, lest their lists take the registers of the loop around it.

#[inline(never)]
fn read_vectored<'a, S: ByteStream + ?Sized>(
    lens: &[usize],
    stream: &mut S,
    scratch: &'a mut Scratch,
) -> io::Result<Answer<'a>> {
    let total = lens.iter().try_fold(0_usize, |sum, &len| sum.checked_add(len));
    let buf = scratch.fixed(total.ok_or_else(|| no_memory(u64::MAX))?)?;
    let n = {
        let mut pieces = SmallVec::<[_; PIECES_IN_PLACE]>::with_capacity(lens.len());
        let mut rest = &mut *buf;
        for &len in lens {
            let (piece, behind) = rest.split_at_mut(len);
            pieces.push(IoSliceMut::new(piece));
            rest = behind;
        }
        stream.read_vectored(&mut pieces)?
    };
    read_into(buf, n)
}

#[inline(never)]
fn write_vectored<S: ByteStream + ?Sized>(pieces: &[Bytes], stream: &mut S) -> io::Result<usize> {
    let pieces: SmallVec<[_; PIECES_IN_PLACE]> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    stream.write_vectored(&pieces)
}

#[inline(never)]
fn write_text<S: ByteStream + ?Sized>(text: &str, stream: &mut S) -> io::Result<()> {
    stream.write_fmt(format_args!("{text}"))
}

/// The first `n` bytes, if a stream can have read so many into `buf`.
#[inline]
fn read_into(buf: &[u8], n: usize) -> io::Result<Answer<'_>> {
    match buf.get(..n) {
        Some(read) => Ok(Answer::Bytes(read)),
        None => Err(read_too_much(buf.len(), n)),
    }
}

#[cold]
fn read_too_much(room: usize, n: usize) -> io::Error {
    io::Error::other(format!("the stream claims to have read {n} bytes into room for {room}"))
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Seek(SeekFrom::Start(n)) => write!(f, "seek to {n}"),
            Op::Seek(SeekFrom::Current(n)) => write!(f, "seek by {n}"),
            Op::Seek(SeekFrom::End(n)) => write!(f, "seek to the end and by {n}"),
            Op::Read(n) => write!(f, "read {n} bytes"),
            Op::ReadVectored(lens) => write!(f, "read_vectored {lens:?}"),
            Op::ReadExact(n) => write!(f, "read_exact {n} bytes"),
            Op::ReadToEnd => f.write_str("read_to_end"),
            Op::ReadToString => f.write_str("read_to_string"),
            Op::ReadUntil(byte) => write!(f, "read_until {byte:#04x}"),
            Op::SkipUntil(byte) => write!(f, "skip_until {byte:#04x}"),
            Op::ReadLine => f.write_str("read_line"),
            Op::FillBuf => f.write_str("fill_buf"),
            Op::Consume(n) => write!(f, "consume {n}"),
            Op::ReadBytes(n) => write!(f, "read_bytes {n}"),
            Op::ReadAt { offset, len } => write!(f, "read_at {offset}, {len} bytes"),
            Op::Write(data) => write!(f, "write {} bytes", data.len()),
            Op::WriteVectored(pieces) => {
                write!(f, "write_vectored {:?}", pieces.iter().map(Bytes::len).collect::<Vec<_>>())
            }
            Op::WriteFmt(text) => write!(f, "write_fmt {} bytes", text.len()),
            Op::WriteBytes(data) => write!(f, "write_bytes {} bytes", data.len()),
            Op::Truncate(n) => write!(f, "truncate to {n}"),
            Op::SetLen(n) => write!(f, "set_len to {n}"),
            Op::Splice { range, with } => {
                write!(f, "splice {} bytes over {}..{}", with.len(), range.start, range.end)
            }
            Op::GetValue => f.write_str("getvalue"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Read => "read",
            Kind::Write => "write",
            Kind::Seek => "seek",
            Kind::Insert => "insert",
            Kind::Remove => "remove",
            Kind::Replace => "replace",
            Kind::SetLen => "set_len",
            Kind::GetValue => "getvalue",
        })
    }
}
