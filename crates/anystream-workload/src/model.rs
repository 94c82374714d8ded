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
///
/// `C` holds the contents: a vector, or for scripts whose files are mostly holes what [`verify`](crate::verify) takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model<C = Vec<u8>> {
    contents: C,
    position: u64,
}

/// Where a model keeps its contents.
pub(crate) trait Contents {
    fn len(&self) -> u64;

    /// The bytes of `range`, which ends at most at the end.
    fn copy(&self, range: Range<u64>) -> Vec<u8>;

    /// The first place of `byte` at or after `from`.
    fn find(&self, byte: u8, from: u64) -> Option<u64>;

    /// Cuts off, or appends zeros.
    fn resize(&mut self, len: u64);

    /// Replaces bytes that are there.
    fn overwrite(&mut self, at: u64, data: &[u8]);

    /// Replaces `range` by `with`.
    fn splice(&mut self, range: Range<u64>, with: &[u8]);
}

impl Contents for Vec<u8> {
    fn len(&self) -> u64 {
        Vec::len(self) as u64
    }

    fn copy(&self, range: Range<u64>) -> Vec<u8> {
        self[range.start as usize..range.end as usize].to_vec()
    }

    fn find(&self, byte: u8, from: u64) -> Option<u64> {
        let at = self[from as usize..].iter().position(|&it| it == byte)?;
        Some(from + at as u64)
    }

    fn resize(&mut self, len: u64) {
        Vec::resize(self, len as usize, 0);
    }

    fn overwrite(&mut self, at: u64, data: &[u8]) {
        self[at as usize..at as usize + data.len()].copy_from_slice(data);
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) {
        drop(Vec::splice(self, range.start as usize..range.end as usize, with.iter().copied()));
    }
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

const LIMIT: u64 = 4 << 30;

impl Model {
    /// The greatest length that the model, which really holds its bytes, takes part in.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Model::LIMIT, 4 << 30);
    /// ```
    pub const LIMIT: u64 = LIMIT;

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
}

impl<C> Model<C> {
    /// `p`.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Model::new(b"fizz").position(), 0);
    /// ```
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

#[allow(private_bounds)] // which contents there are is no business of callers
impl<C: Contents> Model<C> {
    pub(crate) fn with(contents: C) -> Self {
        Model { contents, position: 0 }
    }

    /// `L`.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Model::new(b"fizz").length(), 4);
    /// ```
    #[must_use]
    pub fn length(&self) -> u64 {
        self.contents.len()
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
            Op::Read(n) | Op::ReadBytes(n) => self.take(*n as u64),
            Op::ReadVectored(lens) => {
                self.take(lens.iter().fold(0, |sum: u64, len| sum.saturating_add(*len as u64)))
            }
            Op::ReadExact(n) if *n as u64 > self.rest() => Error(ErrorKind::UnexpectedEof),
            Op::ReadExact(n) => self.take(*n as u64),
            Op::ReadToEnd => self.take(u64::MAX),
            Op::ReadToString => self.take_text(self.rest()),
            Op::ReadUntil(delimiter) => self.take(self.distance_behind(*delimiter)),
            Op::SkipUntil(delimiter) => self.skip(self.distance_behind(*delimiter)),
            Op::ReadLine => self.take_text(self.distance_behind(b'\n')),
            Op::FillBuf => RunOf(self.copy(self.position, u64::MAX)),
            Op::Consume(n) => {
                self.position += self.rest().min(*n as u64);
                Done
            }
            Op::ReadAt { offset, len } => Expected::Bytes(self.copy(*offset, *len as u64)),
            Op::Write(data) => self.write(data, Number(data.len() as u64)),
            Op::WriteVectored(pieces) => {
                let all = pieces.concat();
                self.write(&all, Number(all.len() as u64))
            }
            Op::WriteFmt(text) => self.write(text.as_bytes(), Done),
            Op::WriteBytes(data) => self.write(data, Done),
            Op::Truncate(size) => {
                self.contents.resize((*size).min(self.length()));
                Done
            }
            Op::SetLen(size) if *size > LIMIT => BeyondTheModel,
            Op::SetLen(size) => {
                self.contents.resize(*size);
                Done
            }
            Op::Splice { range, with } => self.splice(range, with),
            Op::GetValue => Expected::Bytes(self.copy(0, u64::MAX)),
        }
    }

    /// At most `n` bytes from `offset` on; none at or past the end.
    pub(crate) fn copy(&self, offset: u64, n: u64) -> Vec<u8> {
        let end = offset.saturating_add(n).min(self.length());
        self.contents.copy(offset.min(end)..end)
    }

    /// How many bytes follow the position.
    fn rest(&self) -> u64 {
        self.length().saturating_sub(self.position)
    }

    fn take(&mut self, n: u64) -> Expected {
        let taken = self.copy(self.position, n);
        self.position += taken.len() as u64;
        Expected::Bytes(taken)
    }

    fn take_text(&mut self, n: u64) -> Expected {
        match std::str::from_utf8(&self.copy(self.position, n)) {
            Ok(_) => self.take(n),
            Err(_) => Error(ErrorKind::InvalidData),
        }
    }

    fn skip(&mut self, n: u64) -> Expected {
        self.position += n;
        Number(n)
    }

    fn distance_behind(&self, delimiter: u8) -> u64 {
        let rest = self.rest();
        let found = if rest == 0 { None } else { self.contents.find(delimiter, self.position) };
        found.map_or(rest, |at| at - self.position + 1)
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
        if end > LIMIT {
            return BeyondTheModel;
        }
        if self.length() < end {
            self.contents.resize(end);
        }
        self.contents.overwrite(self.position, data);
        self.position = end;
        answer
    }

    fn splice(&mut self, range: &Range<u64>, with: &Bytes) -> Expected {
        if range.start > range.end || range.end > self.length() {
            return Error(ErrorKind::InvalidInput);
        }
        self.contents.splice(range.clone(), with);
        Done
    }
}
