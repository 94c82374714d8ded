//! From a trace to a script.

use std::io::{BufRead, ErrorKind, SeekFrom};

use bytes::Bytes;

use super::extent::Extent;
use super::record::{Outcome, Record, RecordedOp, total};
use super::{TraceError, TraceReader};
use crate::import::data::{Generated, initial_contents};
use crate::{ImportOptions, Op, Script};

/// A script that was made of a trace.
///
/// ```
/// use anystream_workload::{ImportOptions, Op, TraceHeader, TraceWriter, read_script};
/// let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default())?;
/// writer.lawful(&Op::SetLen(7))?;
/// let file = writer.finish()?;
/// let trace = read_script("app.trace", &file[..], &ImportOptions::default())?;
/// assert!(trace.complete && trace.left_out == 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceScript {
    /// What was done.
    pub script: Script,
    /// Whether the trace is complete; if not, the program was killed, and its last calls are missing.
    pub complete: bool,
    /// How many calls were left out: those that failed for a reason which no script holds, such as a
    /// full disk.
    pub left_out: u64,
}

/// Reads a trace as a [`Script`] that replays to the same lengths and positions, and if the trace has
/// contents, to the same bytes. `name` is what errors call it.
///
/// Without contents, what was written is generated from the options' seed, the other options do not
/// matter, and calls whose effect depends on contents become such as move by the recorded length:
/// `read_until`, `read_line` and `read_to_string` a `read_exact`, `skip_until` a seek.
///
/// # Errors
/// [`TraceError`] says what is wrong, where, and what to do.
///
/// ```
/// use anystream_workload::{ImportOptions, Op, Outcome, TraceHeader, TraceWriter, read_script};
///
/// let header = TraceHeader { name: "app".to_owned(), initial_length: 9, ..TraceHeader::default() };
/// let mut writer = TraceWriter::new(Vec::new(), &header)?;
/// writer.op(&Op::ReadLine, Outcome::Number(4))?;
/// writer.op(&Op::Truncate(4), Outcome::Done)?;
/// let file = writer.finish()?;
///
/// let trace = read_script("app.trace", &file[..], &ImportOptions::default())?;
/// assert_eq!(trace.script.initial.len(), 9);
/// assert_eq!(trace.script.ops, [Op::ReadExact(4), Op::Truncate(4)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_script(
    name: &str,
    reader: impl BufRead,
    options: &ImportOptions,
) -> Result<TraceScript, TraceError> {
    let mut ops = TraceOps::new(name, reader, options)?;
    let mut script = Script::new(ops.name(), ops.initial()).holding(ops.hold());
    while let Some(op) = ops.next()? {
        script.ops.push(op);
    }
    Ok(TraceScript { script, complete: ops.complete(), left_out: ops.left_out() })
}

/// Reads a trace as [`read_script`] does, but op by op: what is in memory does not grow with its length.
pub(crate) struct TraceOps<R> {
    trace: String,
    reader: TraceReader<R>,
    initial: Bytes,
    data: Data,
    /// The first op, if the trace does not begin at the beginning of the stream.
    first: Option<Op>,
    left_out: u64,
}

impl<R: BufRead> TraceOps<R> {
    pub(crate) fn new(trace: &str, reader: R, options: &ImportOptions) -> Result<Self, TraceError> {
        let no_memory = |bytes| TraceError::OutOfMemory { trace: trace.to_owned(), bytes };
        let reader = TraceReader::new(trace, reader)?;
        let length = reader.header().initial_length;
        let initial = match reader.initial() {
            Some(initial) => initial.clone(),
            None => initial_contents(options.seed, length).ok_or_else(|| no_memory(length))?.into(),
        };
        let data = Data::new(reader.header().contents, options.seed);
        let data = data.ok_or_else(|| no_memory(LONGEST_AT_FIRST))?;
        let start = reader.extent().position;
        let first = (start != 0).then_some(Op::Seek(SeekFrom::Start(start)));
        Ok(TraceOps { trace: trace.to_owned(), reader, initial, data, first, left_out: 0 })
    }

    /// What the workload is called.
    pub(crate) fn name(&self) -> &str {
        &self.reader.header().name
    }

    /// How many values stay alive.
    pub(crate) fn hold(&self) -> usize {
        self.reader.hold()
    }

    /// What the stream holds before the first op.
    pub(crate) fn initial(&self) -> Bytes {
        self.initial.clone()
    }

    /// The next op. At the end of a trace of nothing, an error.
    pub(crate) fn next(&mut self) -> Result<Option<Op>, TraceError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        loop {
            let before = self.reader.extent();
            let Some(record) = self.reader.next().transpose()? else { break };
            match replayable(record, before, self.data.recorded) {
                Some(record) => return self.op(record).map(Some),
                None => self.left_out += 1,
            }
        }
        match self.reader.records() {
            0 => Err(TraceError::NothingDone { trace: self.trace.clone() }),
            _ => Ok(None),
        }
    }

    /// Whether the trace is complete, once all of it was read.
    pub(crate) fn complete(&self) -> bool {
        self.reader.complete()
    }

    /// How many calls were left out so far.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }

    fn op(&mut self, record: Record) -> Result<Op, TraceError> {
        let given = record.op.bytes_given();
        op(record, &mut self.data).map_err(|fault| match fault {
            Fault::NoMemory => TraceError::OutOfMemory { trace: self.trace.clone(), bytes: given },
            Fault::NotText => {
                let reason = "formatted text is not UTF-8".to_owned();
                self.reader.contradiction(self.reader.records(), reason)
            }
        })
    }
}

/// What does the same to length and position of any stream that keeps the laws; nothing if the call
/// failed and would not fail again.
fn replayable(record: Record, before: Extent, has_contents: bool) -> Option<Record> {
    let lawful = before.lawful(&record.op);
    let op = match record.outcome {
        outcome if lawful == Some(outcome) => record.op,
        Outcome::Failed(kind) => {
            let again = has_contents
                && kind == ErrorKind::InvalidData
                && matches!(record.op, RecordedOp::ReadToString | RecordedOp::ReadLine);
            again.then_some(record.op)?
        }
        Outcome::Done => return None, // of no call that gets this far: `follow` refuses it
        Outcome::Number(n) => match record.op {
            // What stays the same whatever it answers.
            op @ (RecordedOp::FillBuf | RecordedOp::ReadAt { .. } | RecordedOp::GetValue) => op,
            op if has_contents && lawful.is_none() => op,
            RecordedOp::Seek(_) => RecordedOp::Seek(SeekFrom::Start(n)),
            RecordedOp::SkipUntil(_) => match i64::try_from(n) {
                Ok(by) => RecordedOp::Seek(SeekFrom::Current(by)),
                Err(_) => RecordedOp::Consume(n),
            },
            // Shorter than the laws demand: of a stream that does not keep them.
            RecordedOp::Write(_) | RecordedOp::WriteVectored(_) => {
                let contents = record.contents.map(|all| all.slice(..all.len().min(n as usize)));
                return Some(Record { op: RecordedOp::Write(n), contents, ..record });
            }
            _ => RecordedOp::ReadExact(n),
        },
    };
    Some(Record { op, ..record })
}

/// Where the bytes that calls are given come from.
struct Data {
    recorded: bool,
    seed: u64,
    /// What `generated` can make at most, in bytes.
    longest: u64,
    generated: Generated,
}

/// Most calls write less; a trace is read once, so its longest write is not known before.
const LONGEST_AT_FIRST: u64 = 64 << 10;

enum Fault {
    NoMemory,
    NotText,
}

impl Data {
    fn new(recorded: bool, seed: u64) -> Option<Self> {
        let longest = if recorded { 0 } else { LONGEST_AT_FIRST };
        Some(Data { recorded, seed, longest, generated: Generated::new(seed, longest)? })
    }

    fn take(&mut self, contents: Option<Bytes>, len: u64) -> Result<Bytes, Fault> {
        if self.recorded {
            return Ok(contents.unwrap_or_default());
        }
        if len > self.longest {
            // Twofold, so that ever longer writes do not each generate all anew.
            self.longest = len.checked_next_power_of_two().ok_or(Fault::NoMemory)?;
            self.generated = Generated::new(self.seed, self.longest).ok_or(Fault::NoMemory)?;
        }
        Ok(self.generated.piece(size(len)?))
    }
}

fn op(record: Record, data: &mut Data) -> Result<Op, Fault> {
    let contents = record.contents;
    Ok(match record.op {
        RecordedOp::Seek(to) => Op::Seek(to),
        RecordedOp::Read(n) => Op::Read(size(n)?),
        RecordedOp::ReadVectored(lens) => Op::ReadVectored(sizes(&lens)?),
        RecordedOp::ReadExact(n) => Op::ReadExact(size(n)?),
        RecordedOp::ReadToEnd => Op::ReadToEnd,
        RecordedOp::ReadToString => Op::ReadToString,
        RecordedOp::ReadUntil(delimiter) => Op::ReadUntil(delimiter),
        RecordedOp::SkipUntil(delimiter) => Op::SkipUntil(delimiter),
        RecordedOp::ReadLine => Op::ReadLine,
        RecordedOp::FillBuf => Op::FillBuf,
        RecordedOp::Consume(n) => Op::Consume(usize::try_from(n).unwrap_or(usize::MAX)),
        RecordedOp::ReadBytes(n) => Op::ReadBytes(usize::try_from(n).unwrap_or(usize::MAX)),
        RecordedOp::ReadAt { offset, len } => Op::ReadAt { offset, len: size(len)? },
        RecordedOp::Write(n) => Op::Write(data.take(contents, n)?),
        RecordedOp::WriteVectored(lens) => {
            let mut all = data.take(contents, total(&lens))?;
            let lens = sizes(&lens)?;
            Op::WriteVectored(lens.into_iter().map(|len| all.split_to(len.min(all.len()))).collect())
        }
        RecordedOp::WriteFmt(n) => {
            let recorded = data.recorded;
            let bytes: Vec<u8> = data.take(contents, n)?.into();
            let text = if recorded { bytes } else { bytes.into_iter().map(printable).collect() };
            Op::WriteFmt(String::from_utf8(text).map_err(|_| Fault::NotText)?)
        }
        RecordedOp::WriteBytes(n) => Op::WriteBytes(data.take(contents, n)?),
        RecordedOp::Truncate(size) => Op::Truncate(size),
        RecordedOp::SetLen(size) => Op::SetLen(size),
        RecordedOp::Splice { range, with } => Op::Splice { range, with: data.take(contents, with)? },
        RecordedOp::GetValue => Op::GetValue,
    })
}

/// A length in this machine's memory. Only a 32-bit machine refuses what a 64-bit one recorded.
fn size(n: u64) -> Result<usize, Fault> {
    usize::try_from(n).map_err(|_| Fault::NoMemory)
}

fn sizes(lens: &[u64]) -> Result<Vec<usize>, Fault> {
    lens.iter().map(|&len| size(len)).collect()
}

/// One of 64 characters from the space to the underscore.
fn printable(byte: u8) -> u8 {
    b' ' + byte % 64
}
