//! What a trace holds of one call.

use std::io::{self, ErrorKind, SeekFrom};
use std::ops::Range;

use bytes::Bytes;

use crate::{Answer, Op};

/// One call on a stream and what came of it, as a trace holds it.
///
/// ```
/// use anystream_workload::{Outcome, Record, RecordedOp, record};
/// # let path = std::env::temp_dir().join(format!("record-{}.trace", std::process::id()));
/// use std::io::{BufReader, Write};
/// use anystream_workload::TraceReader;
///
/// let mut stream = record(anystream::VecStream::new(), &path)?;
/// stream.write_all(b"hello")?;
/// stream.finish().1?;
///
/// let mut trace = TraceReader::new("app.trace", BufReader::new(std::fs::File::open(&path)?))?;
/// let Some(Record { op, outcome, contents, .. }) = trace.next().transpose()? else { panic!() };
/// assert_eq!((op, outcome, contents), (RecordedOp::Write(5), Outcome::Number(5), None));
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The call.
    pub op: RecordedOp,
    /// What came of it.
    pub outcome: Outcome,
    /// The bytes it was given to write, pieces joined, if the trace has contents; else nothing.
    pub contents: Option<Bytes>,
}

/// An [`Op`] without the bytes it writes: only how many, which is all that a trace always knows.
///
/// ```
/// use anystream_workload::{Op, RecordedOp};
/// assert_eq!(RecordedOp::from(&Op::Write("hello".into())), RecordedOp::Write(5));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)] // each is the op of its name; all lengths are bytes
pub enum RecordedOp {
    Seek(SeekFrom),
    Read(u64),
    ReadVectored(Vec<u64>),
    ReadExact(u64),
    ReadToEnd,
    ReadToString,
    ReadUntil(u8),
    SkipUntil(u8),
    ReadLine,
    FillBuf,
    Consume(u64),
    ReadBytes(u64),
    ReadAt { offset: u64, len: u64 },
    Write(u64),
    WriteVectored(Vec<u64>),
    WriteFmt(u64),
    WriteBytes(u64),
    Truncate(u64),
    SetLen(u64),
    Splice { range: Range<u64>, with: u64 },
    GetValue,
}

/// What came of a call.
///
/// ```
/// use anystream_workload::Outcome;
/// assert_eq!(Outcome::from(Err(std::io::ErrorKind::OutOfMemory.into())).to_string(), "failed: out of memory");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// `Ok(())`.
    Done,
    /// A number of bytes read, shown or written, or a position.
    Number(u64),
    /// An error of this kind.
    Failed(ErrorKind),
}

impl From<io::Result<Answer<'_>>> for Outcome {
    fn from(answer: io::Result<Answer<'_>>) -> Self {
        match answer {
            Ok(Answer::Done) => Outcome::Done,
            Ok(Answer::Number(n)) => Outcome::Number(n),
            Ok(answer @ (Answer::Bytes(_) | Answer::Run(_) | Answer::Value(_))) => {
                Outcome::Number(answer.moved())
            }
            Err(error) => Outcome::Failed(error.kind()),
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outcome::Done => f.write_str("done"),
            Outcome::Number(n) => write!(f, "{n}"),
            Outcome::Failed(kind) => write!(f, "failed: {kind}"),
        }
    }
}

impl RecordedOp {
    /// How many bytes the call is given to write.
    ///
    /// ```
    /// assert_eq!(anystream_workload::RecordedOp::WriteVectored(vec![2, 3]).bytes_given(), 5);
    /// ```
    #[must_use]
    pub fn bytes_given(&self) -> u64 {
        match self {
            RecordedOp::Write(len)
            | RecordedOp::WriteFmt(len)
            | RecordedOp::WriteBytes(len)
            | RecordedOp::Splice { with: len, .. } => *len,
            RecordedOp::WriteVectored(lens) => total(lens),
            _ => 0,
        }
    }

    /// The outcome that needs no telling: all that was asked for.
    #[inline(always)]
    pub(super) fn as_asked(&self) -> Option<Outcome> {
        match self {
            RecordedOp::Seek(SeekFrom::Start(n))
            | RecordedOp::Read(n)
            | RecordedOp::ReadExact(n)
            | RecordedOp::ReadBytes(n)
            | RecordedOp::ReadAt { len: n, .. }
            | RecordedOp::Write(n) => Some(Outcome::Number(*n)),
            RecordedOp::ReadVectored(lens) | RecordedOp::WriteVectored(lens) => {
                Some(Outcome::Number(total(lens)))
            }
            RecordedOp::Consume(_)
            | RecordedOp::WriteFmt(_)
            | RecordedOp::WriteBytes(_)
            | RecordedOp::Truncate(_)
            | RecordedOp::SetLen(_)
            | RecordedOp::Splice { .. } => Some(Outcome::Done),
            RecordedOp::Seek(SeekFrom::Current(_) | SeekFrom::End(_))
            | RecordedOp::ReadToEnd
            | RecordedOp::ReadToString
            | RecordedOp::ReadUntil(_)
            | RecordedOp::SkipUntil(_)
            | RecordedOp::ReadLine
            | RecordedOp::FillBuf
            | RecordedOp::GetValue => None,
        }
    }
}

impl From<&Op> for RecordedOp {
    fn from(op: &Op) -> Self {
        match op {
            Op::Seek(to) => RecordedOp::Seek(*to),
            Op::Read(n) => RecordedOp::Read(*n as u64),
            Op::ReadVectored(lens) => RecordedOp::ReadVectored(lens.iter().map(|&len| len as u64).collect()),
            Op::ReadExact(n) => RecordedOp::ReadExact(*n as u64),
            Op::ReadToEnd => RecordedOp::ReadToEnd,
            Op::ReadToString => RecordedOp::ReadToString,
            Op::ReadUntil(delimiter) => RecordedOp::ReadUntil(*delimiter),
            Op::SkipUntil(delimiter) => RecordedOp::SkipUntil(*delimiter),
            Op::ReadLine => RecordedOp::ReadLine,
            Op::FillBuf => RecordedOp::FillBuf,
            Op::Consume(n) => RecordedOp::Consume(*n as u64),
            Op::ReadBytes(n) => RecordedOp::ReadBytes(*n as u64),
            Op::ReadAt { offset, len } => RecordedOp::ReadAt { offset: *offset, len: *len as u64 },
            Op::Write(data) => RecordedOp::Write(data.len() as u64),
            Op::WriteVectored(pieces) => {
                RecordedOp::WriteVectored(pieces.iter().map(|piece| piece.len() as u64).collect())
            }
            Op::WriteFmt(text) => RecordedOp::WriteFmt(text.len() as u64),
            Op::WriteBytes(data) => RecordedOp::WriteBytes(data.len() as u64),
            Op::Truncate(size) => RecordedOp::Truncate(*size),
            Op::SetLen(size) => RecordedOp::SetLen(*size),
            Op::Splice { range, with } => {
                RecordedOp::Splice { range: range.clone(), with: with.len() as u64 }
            }
            Op::GetValue => RecordedOp::GetValue,
        }
    }
}

/// The same memory may be named twice, and a file may say anything, so a sum can exceed 64 bits.
pub(super) fn total(lens: &[u64]) -> u64 {
    lens.iter().fold(0, |sum, &len| sum.saturating_add(len))
}
