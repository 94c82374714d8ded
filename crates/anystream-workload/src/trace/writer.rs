//! Writing a trace.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

use super::extent::Extent;
use super::frames::FrameWriter;
use super::header::TraceHeader;
use super::record::{Outcome, RecordedOp};
use super::wire;
use crate::Op;

/// Writes a trace, in frames of about 64 KiB before compression; memory does not grow with it.
///
/// [`Recorder`](crate::Recorder) makes one of what is done to a stream. This is for whoever knows of
/// calls in another way, an importer for one.
///
/// Dropping it ends the session, too, and hides errors.
///
/// ```
/// use anystream_workload::{Op, Outcome, TraceHeader, TraceReader, TraceWriter};
///
/// let mut file = Vec::new();
/// let header = TraceHeader { name: "app".to_owned(), ..TraceHeader::default() };
/// let mut writer = TraceWriter::new(&mut file, &header)?;
/// writer.op(&Op::Write("hello".into()), Outcome::Number(5))?;
/// writer.finish()?;
/// assert_eq!(TraceReader::new("app.trace", &file[..])?.count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TraceWriter<W: Write> {
    /// Nothing once it is finished, or an error stopped it.
    frames: Option<FrameWriter<W>>,
    pub(super) extent: Extent,
    contents: bool,
    limits: Limits,
    records_in_frame: u32,
}

/// When a frame is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Once it has this many bytes before compression.
    pub(super) bytes: usize,
    /// Once it has this many records.
    pub(super) records: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 << 10, records: 16 << 10 }
    }
}

/// A vectored call of so many pieces fits into a frame behind other records, however long each piece is.
pub(super) const MOST_PIECES: usize = 1 << 20;

/// What a record takes at most, lists and contents aside, so that a frame has room for one more.
const RECORD: usize = 64;

impl<W: Write> TraceWriter<W> {
    /// A new trace without contents. Its header is written at once.
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceWriter};
    /// let mut file = Vec::new();
    /// drop(TraceWriter::new(&mut file, &TraceHeader::default())?);
    /// assert!(anystream_workload::is_trace(&file));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(out: W, header: &TraceHeader) -> io::Result<Self> {
        let header = TraceHeader { contents: false, ..header.clone() };
        let extent = Extent { length: header.initial_length, position: 0 };
        Self::begin(out, &header, 0, &mut io::empty(), extent, Limits::default())
    }

    /// A new trace with contents, of which `initial` are the first: as many as the header says.
    ///
    /// # Errors
    /// Those of `out` and `initial`; `UnexpectedEof` if there are fewer bytes.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceReader, TraceWriter};
    /// let mut file = Vec::new();
    /// let header = TraceHeader { initial_length: 4, ..TraceHeader::default() };
    /// TraceWriter::with_contents(&mut file, &header, &b"fizz"[..])?.finish()?;
    /// let reader = TraceReader::new("app.trace", &file[..])?;
    /// assert_eq!(reader.initial().map(|bytes| &bytes[..]), Some(&b"fizz"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_contents(out: W, header: &TraceHeader, initial: impl Read) -> io::Result<Self> {
        let header = TraceHeader { contents: true, ..header.clone() };
        let extent = Extent { length: header.initial_length, position: 0 };
        Self::begin(out, &header, 0, initial, extent, Limits::default())
    }

    /// A new trace of a stream that is at `extent`, in a program that keeps so many of its values.
    pub(super) fn begin(
        out: W,
        header: &TraceHeader,
        hold: usize,
        initial: impl Read,
        extent: Extent,
        limits: Limits,
    ) -> io::Result<Self> {
        let mut writer = Self::over(out, header.contents, extent, limits);
        writer.fill(|block| block.extend_from_slice(header.line(hold).as_bytes()))?;
        if header.contents {
            writer.initial(initial, header.initial_length)?;
        }
        writer.begin_session()?;
        Ok(writer)
    }

    /// Another session behind those that `out` is at the end of.
    pub(super) fn go_on(out: W, contents: bool, extent: Extent, limits: Limits) -> io::Result<Self> {
        let mut writer = Self::over(out, contents, extent, limits);
        writer.begin_session()?;
        Ok(writer)
    }

    fn over(out: W, contents: bool, extent: Extent, limits: Limits) -> Self {
        let frames = Some(FrameWriter::new(out, limits.bytes.saturating_add(RECORD)));
        TraceWriter { frames, extent, contents, limits, records_in_frame: 0 }
    }

    fn initial(&mut self, mut initial: impl Read, mut left: u64) -> io::Result<()> {
        let mut piece = vec![0; PIECE];
        while left > 0 {
            let len = left.min(PIECE as u64);
            let piece = piece.get_mut(..len as usize).unwrap_or_default();
            initial.read_exact(piece)?;
            self.contents(piece)?;
            left -= len;
        }
        Ok(())
    }

    fn begin_session(&mut self) -> io::Result<()> {
        let extent = self.extent;
        self.fill(|block| wire::put_begin(block, extent))?;
        self.flush()
    }

    /// Adds a call, and what it was given to write if the trace has contents.
    ///
    /// # Errors
    /// `InvalidInput` if `outcome` is none that `op` can have, or cannot have come of it where the stream
    /// is, or for a vectored call of more than 1,048,576 pieces; then nothing is added. Else those of the file: what was not in it yet is lost, and the trace
    /// must not be written on.
    ///
    /// ```
    /// use anystream_workload::{Op, Outcome, TraceHeader, TraceWriter};
    /// let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default())?;
    /// writer.op(&Op::SetLen(7), Outcome::Done)?;
    /// assert!(writer.op(&Op::ReadToEnd, Outcome::Number(8)).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn op(&mut self, op: &Op, outcome: Outcome) -> io::Result<()> {
        let recorded = RecordedOp::from(op);
        let after = self.after(&recorded, outcome)?;
        if self.contents {
            match op {
                Op::Write(data) | Op::WriteBytes(data) | Op::Splice { with: data, .. } => {
                    self.contents(data)?;
                }
                Op::WriteVectored(pieces) => pieces.iter().try_for_each(|piece| self.contents(piece))?,
                Op::WriteFmt(text) => self.contents(text.as_bytes())?,
                _ => {}
            }
        }
        self.call(&recorded, outcome)?;
        self.extent = after;
        Ok(())
    }

    /// Adds a call that answered as the laws say.
    ///
    /// # Errors
    /// As [`op`](Self::op); `InvalidInput` also if contents decide what `op` answers.
    ///
    /// ```
    /// use anystream_workload::{Op, TraceHeader, TraceWriter};
    /// let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default())?;
    /// writer.lawful(&Op::Write("hello".into()))?;
    /// writer.lawful(&Op::Read(8))?; // answers 0
    /// assert!(writer.lawful(&Op::ReadLine).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn lawful(&mut self, op: &Op) -> io::Result<()> {
        match self.extent.lawful(&RecordedOp::from(op)) {
            Some(outcome) => self.op(op, outcome),
            None => Err(invalid(format!("contents decide what comes of {op}: give the outcome to `op`"))),
        }
    }

    /// As [`op`](Self::op), for a call of which only lengths are known.
    ///
    /// # Errors
    /// As [`op`](Self::op); `InvalidInput` also if the trace has contents and this call is given some.
    ///
    /// ```
    /// use anystream_workload::{Outcome, RecordedOp, TraceHeader, TraceWriter};
    /// let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default())?;
    /// writer.recorded_op(&RecordedOp::Write(5 << 30), Outcome::Number(5 << 30))?;
    /// assert_eq!(writer.extent().length, 5 << 30);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn recorded_op(&mut self, op: &RecordedOp, outcome: Outcome) -> io::Result<()> {
        let after = self.after(op, outcome)?;
        if self.contents && op.bytes_given() > 0 {
            return Err(invalid(format!(
                "this trace has contents, but what {op:?} writes is missing: use `op`"
            )));
        }
        self.call(op, outcome)?;
        self.extent = after;
        Ok(())
    }

    fn after(&self, op: &RecordedOp, outcome: Outcome) -> io::Result<Extent> {
        if let RecordedOp::ReadVectored(lens) | RecordedOp::WriteVectored(lens) = op
            && lens.len() > MOST_PIECES
        {
            return Err(invalid(format!(
                "a vectored call of {} pieces does not fit into a record: give the same bytes as one piece, or as \
                 at most {MOST_PIECES}",
                lens.len()
            )));
        }
        let mut extent = self.extent;
        let followed = extent.follow(op, outcome);
        followed.map(|()| extent).map_err(|reason| invalid(format!("{op:?} cannot have happened: {reason}")))
    }

    /// How long the recorded stream is now, and where it stands.
    ///
    /// ```
    /// use anystream_workload::{Extent, TraceHeader, TraceWriter};
    /// let writer = TraceWriter::new(Vec::new(), &TraceHeader::default())?;
    /// assert_eq!(writer.extent(), Extent { length: 0, position: 0 });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Adds a call. What it was given to write was added before; where the stream is afterwards, the
    /// caller says.
    #[inline(always)]
    pub(super) fn call(&mut self, op: &RecordedOp, outcome: Outcome) -> io::Result<()> {
        let mut known = true;
        self.fill(|block| known = wire::put_op(block, op, outcome))?;
        if known { Ok(()) } else { Err(impossible(op, outcome)) }
    }

    /// Adds what the next call is given to write.
    pub(super) fn contents(&mut self, data: &[u8]) -> io::Result<()> {
        data.chunks(PIECE).try_for_each(|piece| self.fill(|block| wire::put_contents(block, piece)))
    }

    /// Whether what calls are given to write is to be added.
    #[inline]
    pub(super) fn has_contents(&self) -> bool {
        self.contents
    }

    /// Adds one record, and writes the frame if it is full.
    #[inline(always)]
    fn fill(&mut self, put: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let Some(frames) = &mut self.frames else { return Err(stopped()) };
        put(&mut frames.block);
        self.records_in_frame += 1;
        if frames.block.len() < self.limits.bytes && self.records_in_frame < self.limits.records {
            return Ok(());
        }
        self.flush()
    }

    /// Writes what there is, so that it stays readable whatever happens to the program. Costs a frame,
    /// so not after every call.
    ///
    /// # Errors
    /// Those of the file.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceWriter};
    /// TraceWriter::new(Vec::new(), &TraceHeader::default())?.flush()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cold]
    pub fn flush(&mut self) -> io::Result<()> {
        self.records_in_frame = 0;
        let written = self.frames.as_mut().ok_or_else(stopped)?.write_frame();
        if written.is_err() {
            self.frames = None; // what lies behind half a frame could not be read
        }
        written
    }

    /// Ends the session and returns what was written to. Without this, or dropping, a reader takes the
    /// trace for that of a program that was killed.
    ///
    /// # Errors
    /// Those of the file.
    ///
    /// ```
    /// use anystream_workload::{TraceHeader, TraceWriter};
    /// let file: Vec<u8> = TraceWriter::new(Vec::new(), &TraceHeader::default())?.finish()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn finish(mut self) -> io::Result<W> {
        self.end()?;
        self.frames.take().map(FrameWriter::into_inner).ok_or_else(stopped)
    }

    fn end(&mut self) -> io::Result<()> {
        let extent = self.extent;
        self.fill(|block| wire::put_end(block, extent))?;
        self.flush()
    }
}

/// How long a piece of contents is at most.
const PIECE: usize = 32 << 10;

#[cold]
fn stopped() -> io::Error {
    io::Error::other("an earlier error stopped the writing of this trace; begin another")
}

#[cold]
fn impossible(op: &RecordedOp, outcome: Outcome) -> io::Error {
    invalid(format!("{outcome:?} cannot come of {op:?}"))
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, reason)
}

impl<W: Write> Drop for TraceWriter<W> {
    fn drop(&mut self) {
        // An error here has nobody to tell; `finish` tells it.
        let _ = self.end();
    }
}

impl<W: Write> fmt::Debug for TraceWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceWriter").field("extent", &self.extent).field("contents", &self.contents).finish()
    }
}
