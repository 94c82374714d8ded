//! Reading a trace.

use std::fmt;
use std::io::BufRead;

use bytes::{Buf, Bytes};

use super::extent::Extent;
use super::frames::{Frame, FrameError, FrameReader};
use super::header::TraceHeader;
use super::record::Record;
use super::wire::{Item, take_item};
use super::{MAGIC, TraceError};

/// Reads a trace: an iterator of what was done, in order. Memory is bounded by a frame (16 MiB, mostly
/// 64 KiB) and the longest contents given to one call.
///
/// After an error it ends.
///
/// ```
/// use anystream_workload::{Op, Outcome, TraceHeader, TraceReader, TraceWriter};
///
/// let mut file = Vec::new();
/// let mut writer = TraceWriter::new(&mut file, &TraceHeader::default())?;
/// writer.op(&Op::Write("hello".into()), Outcome::Number(5))?;
/// writer.finish()?;
///
/// let mut reader = TraceReader::new("app.trace", &file[..])?;
/// for record in &mut reader {
///     println!("{:?}", record?.op);
/// }
/// assert!(reader.complete());
/// assert_eq!(reader.extent().length, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TraceReader<R> {
    trace: String,
    frames: FrameReader<R>,
    header: TraceHeader,
    hold: usize,
    initial: Option<Bytes>,
    /// What of the last frame was not read yet.
    rest: Bytes,
    /// What the next op was given to write.
    pending: Contents,
    extent: Extent,
    sessions: u64,
    records: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Within a session, or where it has to begin.
    Going,
    /// Behind a session that was ended.
    Ended,
    /// At the end of the file, in the middle of something or not.
    AtEnd {
        complete: bool,
    },
    Failed,
}

impl<R: BufRead> TraceReader<R> {
    /// Reads as far as the first operation; `trace` is what errors call the file.
    ///
    /// # Errors
    /// [`TraceError`] says what is wrong, where, and what to do.
    ///
    /// ```
    /// use anystream_workload::{TraceError, TraceReader};
    /// let error = TraceReader::new("app.trace", std::io::empty()).unwrap_err();
    /// assert!(matches!(error, TraceError::Empty { .. }));
    /// ```
    pub fn new(trace: impl Into<String>, reader: R) -> Result<Self, TraceError> {
        let mut reader = TraceReader {
            trace: trace.into(),
            frames: FrameReader::new(reader),
            header: TraceHeader::default(),
            hold: 0,
            initial: None,
            rest: Bytes::new(),
            pending: Contents::default(),
            extent: Extent::default(),
            sessions: 0,
            records: 0,
            state: State::Going,
        };
        reader.read_header()?;
        reader.read_first_session()?;
        Ok(reader)
    }

    fn read_header(&mut self) -> Result<(), TraceError> {
        match self.frames.next() {
            Ok(Frame::Whole(bytes)) => self.rest = bytes,
            Ok(Frame::End) => return Err(TraceError::Empty { trace: self.trace.clone() }),
            Ok(Frame::CutOff) => return Err(self.cut_off()),
            Err(FrameError::NoMagic(first)) => {
                let reason = format!("it begins with the bytes {first:02x?}, not {MAGIC:02x?}");
                return Err(TraceError::NotATrace { trace: self.trace.clone(), reason });
            }
            Err(error) => return Err(self.frame_error(error)),
        }
        let mut records = &self.rest[..];
        (self.header, self.hold) = TraceHeader::take(&self.trace, &mut records)?;
        let taken = self.rest.len() - records.len();
        self.rest.advance(taken);
        Ok(())
    }

    fn read_first_session(&mut self) -> Result<(), TraceError> {
        let begun = loop {
            match self.next_item()? {
                Some(Owned::Begin(extent)) => break extent,
                Some(Owned::Contents) => {}
                Some(_) => return Err(self.bad_record("a session has to begin first".to_owned())),
                None => return Err(self.cut_off()),
            }
        };
        let stated = self.header.initial_length;
        if begun.length != stated {
            let found = begun.length;
            return Err(self.bad_record(format!(
                "the first session begins with {found} bytes, but the header says {stated}"
            )));
        }
        if self.header.contents {
            self.initial = Some(self.take_contents(stated)?);
        }
        self.extent = begun;
        self.sessions = 1;
        Ok(())
    }

    /// How many of the latest values that `getvalue` and `read_bytes` gave the program keeps alive, as
    /// [`Script::hold`](crate::Script::hold); 0 if whoever recorded it did not say.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceReader, TraceWriter};
    /// let file = TraceWriter::new(Vec::new(), &TraceHeader::default())?.finish()?;
    /// assert_eq!(TraceReader::new("app.trace", &file[..])?.hold(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn hold(&self) -> usize {
        self.hold
    }

    /// What the trace says of itself.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceReader, TraceWriter};
    /// let file = TraceWriter::new(Vec::new(), &TraceHeader::default())?.finish()?;
    /// assert!(!TraceReader::new("app.trace", &file[..])?.header().contents);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn header(&self) -> &TraceHeader {
        &self.header
    }

    /// What the stream held before the first session, if the trace has contents. Shared, not copied.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceReader, TraceWriter};
    /// let file = TraceWriter::new(Vec::new(), &TraceHeader::default())?.finish()?;
    /// assert_eq!(TraceReader::new("app.trace", &file[..])?.initial(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn initial(&self) -> Option<&Bytes> {
        self.initial.as_ref()
    }

    /// How long the stream was, and where it stood, after the last operation that was read; at first,
    /// where the first session began.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceReader, TraceWriter};
    /// let file = TraceWriter::new(Vec::new(), &TraceHeader::default())?.finish()?;
    /// assert_eq!(TraceReader::new("app.trace", &file[..])?.extent().position, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// How many sessions have begun so far: 1, and one more for each time that recording went on.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceReader, TraceWriter};
    /// let file = TraceWriter::new(Vec::new(), &TraceHeader::default())?.finish()?;
    /// assert_eq!(TraceReader::new("app.trace", &file[..])?.sessions(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.sessions
    }

    /// Whether the trace was read to its end without an error, and its last session was ended by the
    /// program. False if the program was killed: then all but the last frame was read.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceReader, TraceWriter};
    /// let file = TraceWriter::new(Vec::new(), &TraceHeader::default())?.finish()?;
    /// let mut reader = TraceReader::new("app.trace", &file[..file.len() - 1])?;
    /// assert!(reader.next().is_none());
    /// assert!(!reader.complete());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn complete(&self) -> bool {
        self.state == State::AtEnd { complete: true }
    }

    /// How many operations were read.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Where the first frame begins that was not read, or is not whole.
    pub(super) fn offset(&self) -> u64 {
        self.frames.offset
    }

    fn step(&mut self) -> Result<Option<Record>, TraceError> {
        while let Some(item) = self.next_item()? {
            match item {
                Owned::Contents => {}
                Owned::Begin(found) => {
                    self.sessions += 1;
                    self.pending = Contents::default();
                    if found != self.extent {
                        return Err(self.seam(found));
                    }
                    self.state = State::Going;
                }
                Owned::End(found) => {
                    if found != self.extent {
                        let expected = self.extent;
                        return Err(self.contradiction(
                            self.records,
                            format!(
                                "after it the stream is at {found}, where the records lead to {expected}"
                            ),
                        ));
                    }
                    self.state = State::Ended;
                }
                Owned::Record(_) if self.state == State::Ended => {
                    return Err(self.bad_record("an operation follows the end of a session".to_owned()));
                }
                Owned::Record(mut record) => {
                    if self.header.contents {
                        record.contents = match record.op.bytes_given() {
                            0 => None,
                            given => Some(self.take_contents(given)?),
                        };
                    }
                    if let Err(reason) = self.extent.follow(&record.op, record.outcome) {
                        return Err(self.contradiction(self.records + 1, reason));
                    }
                    self.records += 1;
                    return Ok(Some(record));
                }
            }
        }
        Ok(None)
    }

    /// What comes next, or nothing at the end of the file.
    fn next_item(&mut self) -> Result<Option<Owned>, TraceError> {
        while self.rest.is_empty() {
            match self.frames.next() {
                Ok(Frame::Whole(bytes)) => self.rest = bytes,
                Ok(Frame::CutOff) => {
                    self.state = State::AtEnd { complete: false };
                    return Ok(None);
                }
                Ok(Frame::End) => {
                    self.state = State::AtEnd { complete: self.state == State::Ended };
                    return Ok(None);
                }
                Err(error) => return Err(self.frame_error(error)),
            }
        }
        let mut bytes = &self.rest[..];
        let item = match take_item(&mut bytes) {
            Ok(Item::Op(op, outcome)) => Owned::Record(Record { op, outcome, contents: None }),
            Ok(Item::Begin(extent)) => Owned::Begin(extent),
            Ok(Item::End(extent)) => Owned::End(extent),
            Ok(Item::Contents(_)) if !self.header.contents => {
                return Err(
                    self.bad_record("it holds contents, but the header says that there are none".to_owned())
                );
            }
            Ok(Item::Contents(piece)) => {
                let added = self.pending.add(self.rest.slice_ref(piece));
                added.map_err(|bytes| TraceError::OutOfMemory { trace: self.trace.clone(), bytes })?;
                Owned::Contents
            }
            Err(reason) => return Err(self.bad_record(reason)),
        };
        let taken = self.rest.len() - bytes.len();
        self.rest.advance(taken);
        Ok(Some(item))
    }

    fn take_contents(&mut self, given: u64) -> Result<Bytes, TraceError> {
        let contents = std::mem::take(&mut self.pending).into_bytes();
        if contents.len() as u64 == given {
            return Ok(contents);
        }
        Err(self
            .bad_record(format!("{given} bytes are given to it, but its contents have {}", contents.len())))
    }

    fn cut_off(&self) -> TraceError {
        TraceError::CutOff { trace: self.trace.clone(), bytes: self.frames.bytes_read() }
    }

    fn frame_error(&self, error: FrameError) -> TraceError {
        let trace = self.trace.clone();
        let damaged = |reason| TraceError::Frame {
            trace: self.trace.clone(),
            offset: self.frames.offset,
            record: self.records,
            reason,
        };
        match error {
            FrameError::NoMagic(first) => {
                damaged(format!("it begins with the bytes {first:02x?}, not {MAGIC:02x?}"))
            }
            FrameError::Damaged(reason) => damaged(reason),
            FrameError::Unreadable(source) => {
                TraceError::Unreadable { trace, offset: self.frames.bytes_read(), source }
            }
            FrameError::OutOfMemory => {
                TraceError::OutOfMemory { trace, bytes: super::frames::LARGEST as u64 }
            }
        }
    }

    fn bad_record(&self, reason: String) -> TraceError {
        TraceError::Record {
            trace: self.trace.clone(),
            record: self.records + 1,
            offset: self.frames.offset,
            reason,
        }
    }

    pub(super) fn contradiction(&self, record: u64, reason: String) -> TraceError {
        TraceError::Contradiction { trace: self.trace.clone(), record, reason }
    }

    fn seam(&self, found: Extent) -> TraceError {
        TraceError::Seam {
            trace: self.trace.clone(),
            session: self.sessions,
            record: self.records,
            expected: self.extent,
            found,
        }
    }
}

impl<R: BufRead> Iterator for TraceReader<R> {
    type Item = Result<Record, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::AtEnd { .. } | State::Failed) {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.state = State::Failed;
        }
        step.transpose()
    }
}

impl<R> fmt::Debug for TraceReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceReader")
            .field("trace", &self.trace)
            .field("header", &self.header)
            .field("records", &self.records)
            .field("extent", &self.extent)
            .finish_non_exhaustive()
    }
}

/// As [`Item`], without a borrow: pieces of contents are kept in the reader.
enum Owned {
    Record(Record),
    Contents,
    Begin(Extent),
    End(Extent),
}

/// Contents in one or more pieces. One alone stays in the memory of its frame.
#[derive(Default)]
struct Contents {
    first: Bytes,
    all: Vec<u8>,
}

impl Contents {
    /// After an error, how much memory there was none for.
    fn add(&mut self, piece: Bytes) -> Result<(), u64> {
        if self.first.is_empty() {
            self.first = piece;
            return Ok(());
        }
        let kept = if self.all.is_empty() { &self.first[..] } else { &[] };
        let more = kept.len() + piece.len();
        self.all.try_reserve(more).map_err(|_| (self.all.len() + more) as u64)?;
        self.all.extend_from_slice(kept);
        self.all.extend_from_slice(&piece);
        Ok(())
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}
