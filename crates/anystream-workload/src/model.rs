//! The normative form of the laws: a vector and a position, in obvious lines.

use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;

use bytes::Bytes;

use crate::Op;

/// What every backend is compared with: contents `c` and a position `p`, nothing else.
///
/// It answers each [`Op`] as the laws say. Slow, and free of every trick.
///
/// ```
/// use anystream_workload::{Expected, Model, Op};
///
/// let mut model = Model::new(b"fizz");
/// assert_eq!(model.apply(&Op::Write("hello".into())), Expected::Number(5)); // law N2: from the start
/// assert_eq!(model.apply(&Op::Read(8)), Expected::Bytes(vec![])); // law R1: at the end
/// assert_eq!(model.contents(), b"hello");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    contents: Vec<u8>,
    position: u64,
}

/// What a stream must answer.
///
/// ```
/// use anystream_workload::{Expected, Model, Op};
/// let answer = Model::new(b"").apply(&Op::ReadExact(1));
/// assert_eq!(answer, Expected::Error(std::io::ErrorKind::UnexpectedEof)); // law R2
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// `Ok(())`.
    Done,
    /// This number.
    Number(u64),
    /// These bytes.
    Bytes(Vec<u8>),
    /// A run of at least one byte with which these begin; or an empty one if these are none (law R3).
    RunOf(Vec<u8>),
    /// An error of this kind, and nothing changed (law F1).
    Error(ErrorKind),
    /// The end lies past [`Model::LIMIT`]: whether a stream can do it depends on its storage.
    BeyondTheModel,
}

use Expected::{BeyondTheModel, Done, Error, Number, RunOf};

impl Model {
    /// The greatest length that the model, which really holds its bytes, takes part in.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Model::LIMIT, 4 << 30);
    /// ```
    pub const LIMIT: u64 = 4 << 30;

    /// Contents, and the position 0 (laws N1, N2).
    ///
    /// ```
    /// assert_eq!(anystream_workload::Model::new(b"fizz").position(), 0);
    /// ```
    #[must_use]
    pub fn new(contents: &[u8]) -> Self {
        Model { contents: contents.to_vec(), position: 0 }
    }

    /// `c`.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Model::new(b"fizz").contents(), b"fizz");
    /// ```
    #[must_use]
    pub fn contents(&self) -> &[u8] {
        &self.contents
    }

    /// `p`.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Model::default().position(), 0);
    /// ```
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// `L`.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Model::new(b"fizz").length(), 4);
    /// ```
    #[must_use]
    pub fn length(&self) -> u64 {
        self.contents.len() as u64
    }

    /// Does what `op` does by the laws, and returns what it must answer.
    ///
    /// ```
    /// use anystream_workload::{Expected, Model, Op};
    /// let mut model = Model::new(b"hello");
    /// assert_eq!(model.apply(&Op::Truncate(2)), Expected::Done);
    /// assert_eq!(model.contents(), b"he");
    /// ```
    pub fn apply(&mut self, op: &Op) -> Expected {
        match op {
            Op::Seek(to) => self.seek(*to),
            Op::Read(n) | Op::ReadBytes(n) => self.take(*n),
            Op::ReadVectored(lens) => self.take(lens.iter().fold(0, |sum, len| sum.saturating_add(*len))),
            Op::ReadExact(n) if *n > self.rest().len() => Error(ErrorKind::UnexpectedEof),
            Op::ReadExact(n) => self.take(*n),
            Op::ReadToEnd => self.take(usize::MAX),
            Op::ReadToString => self.take_text(self.rest().len()),
            Op::ReadUntil(delimiter) => self.take(self.distance_behind(*delimiter)),
            Op::SkipUntil(delimiter) => self.skip(self.distance_behind(*delimiter)),
            Op::ReadLine => self.take_text(self.distance_behind(b'\n')),
            Op::FillBuf => RunOf(self.rest().to_vec()),
            Op::Consume(n) => {
                self.take(*n);
                Done
            }
            Op::ReadAt { offset, len } => Expected::Bytes(first(self.from(*offset), *len)),
            Op::Write(data) => self.write(data, Number(data.len() as u64)),
            Op::WriteVectored(pieces) => {
                let all = pieces.concat();
                self.write(&all, Number(all.len() as u64))
            }
            Op::WriteFmt(text) => self.write(text.as_bytes(), Done),
            Op::WriteBytes(data) => self.write(data, Done),
            Op::Truncate(size) => {
                self.contents.truncate(usize::try_from(*size).unwrap_or(usize::MAX));
                Done
            }
            Op::SetLen(size) if *size > Model::LIMIT => BeyondTheModel,
            Op::SetLen(size) => {
                self.contents.resize(*size as usize, 0);
                Done
            }
            Op::Splice { range, with } => self.splice(range, with),
            Op::GetValue => Expected::Bytes(self.contents.clone()),
        }
    }

    /// The contents from `offset` on; none at or past the end.
    fn from(&self, offset: u64) -> &[u8] {
        usize::try_from(offset).ok().and_then(|start| self.contents.get(start..)).unwrap_or(&[])
    }

    fn rest(&self) -> &[u8] {
        self.from(self.position)
    }

    fn take(&mut self, n: usize) -> Expected {
        let taken = first(self.rest(), n);
        self.position += taken.len() as u64;
        Expected::Bytes(taken)
    }

    fn take_text(&mut self, n: usize) -> Expected {
        match std::str::from_utf8(&self.rest()[..n]) {
            Ok(_) => self.take(n),
            Err(_) => Error(ErrorKind::InvalidData),
        }
    }

    fn skip(&mut self, n: usize) -> Expected {
        self.position += n as u64;
        Number(n as u64)
    }

    fn distance_behind(&self, delimiter: u8) -> usize {
        let rest = self.rest();
        rest.iter().position(|&byte| byte == delimiter).map_or(rest.len(), |at| at + 1)
    }

    fn seek(&mut self, to: SeekFrom) -> Expected {
        let position = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
        };
        let Some(position) = position else { return Error(ErrorKind::InvalidInput) };
        self.position = position;
        Number(position)
    }

    fn write(&mut self, data: &[u8], answer: Expected) -> Expected {
        if data.is_empty() {
            return answer;
        }
        let Some(end) = self.position.checked_add(data.len() as u64) else {
            return Error(ErrorKind::FileTooLarge);
        };
        if end > Model::LIMIT {
            return BeyondTheModel;
        }
        if self.length() < end {
            self.contents.resize(end as usize, 0);
        }
        self.contents[self.position as usize..end as usize].copy_from_slice(data);
        self.position = end;
        answer
    }

    fn splice(&mut self, range: &Range<u64>, with: &Bytes) -> Expected {
        if range.start > range.end || range.end > self.length() {
            return Error(ErrorKind::InvalidInput);
        }
        self.contents.splice(range.start as usize..range.end as usize, with.iter().copied());
        Done
    }
}

fn first(bytes: &[u8], n: usize) -> Vec<u8> {
    bytes[..n.min(bytes.len())].to_vec()
}
