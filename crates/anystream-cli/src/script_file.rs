//! A script as a file, for the processes that measure it.
//!
//! Bytes that several calls share are stored once: the writes of an imported log are slices of one generated piece, so
//! a log that writes gigabytes takes little space here and little memory in every process.

use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use anystream::Bytes;
use anystream_workload::{Op, Script};
use serde::{Deserialize, Serialize};

/// Writes `script` to `file`.
pub(crate) fn write(script: &Script, mut file: impl Write) -> io::Result<()> {
    let pool = Pool::of(script);
    let mut encoded = Vec::new();
    for op in &script.ops {
        encoded = postcard::to_extend(&pool.call(op)?, encoded).map_err(io::Error::other)?;
    }
    let header = Header {
        name: script.name.clone(),
        hold: script.hold,
        initial: pool.piece(&script.initial),
        calls: script.ops.len(),
        pool: pool.len,
    };
    file.write_all(&postcard::to_stdvec(&header).map_err(io::Error::other)?)?;
    for piece in pool.runs.iter().flat_map(|run| &run.pieces) {
        file.write_all(piece)?;
    }
    file.write_all(&encoded)?;
    file.flush()
}

/// Reads a script that [`write()`] wrote. All bytes share one allocation with the file's contents, and reading frees
/// nothing, which keeps the heap fresh.
pub(crate) fn read(path: &Path) -> io::Result<Script> {
    let file = Bytes::from(fs::read(path)?);
    let (header, rest) = postcard::take_from_bytes::<Header>(&file).map_err(io::Error::other)?;
    let begin = file.len() - rest.len();
    let end = begin.checked_add(header.pool as usize).filter(|end| *end <= file.len());
    let pool = file.slice(begin..end.ok_or(io::ErrorKind::UnexpectedEof)?);
    let mut script = Script::new(header.name, slice(&pool, &header.initial)?).holding(header.hold);
    script.ops.reserve_exact(header.calls);
    let mut rest = file.get(begin + pool.len()..).unwrap_or_default();
    for _ in 0..header.calls {
        let (call, after) = postcard::take_from_bytes::<Call>(rest).map_err(io::Error::other)?;
        script.ops.push(call.op(&pool)?);
        rest = after;
    }
    Ok(script)
}

#[derive(Serialize, Deserialize)]
struct Header {
    name: String,
    hold: usize,
    initial: Range<u64>,
    calls: usize,
    /// The length of the data that follows. The calls come after it.
    pool: u64,
}

/// An [`Op`] whose bytes are ranges of the pool.
#[derive(Serialize, Deserialize)]
enum Call {
    SeekStart(u64),
    SeekCurrent(i64),
    SeekEnd(i64),
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
    Write(Range<u64>),
    WriteVectored(Vec<Range<u64>>),
    WriteFmt(String),
    WriteBytes(Range<u64>),
    Truncate(u64),
    SetLen(u64),
    Splice { range: Range<u64>, with: Range<u64> },
    GetValue,
}

impl Call {
    fn op(self, pool: &Bytes) -> io::Result<Op> {
        use io::SeekFrom;
        Ok(match self {
            Call::SeekStart(to) => Op::Seek(SeekFrom::Start(to)),
            Call::SeekCurrent(by) => Op::Seek(SeekFrom::Current(by)),
            Call::SeekEnd(by) => Op::Seek(SeekFrom::End(by)),
            Call::Read(n) => Op::Read(n),
            Call::ReadVectored(lens) => Op::ReadVectored(lens),
            Call::ReadExact(n) => Op::ReadExact(n),
            Call::ReadToEnd => Op::ReadToEnd,
            Call::ReadToString => Op::ReadToString,
            Call::ReadUntil(byte) => Op::ReadUntil(byte),
            Call::SkipUntil(byte) => Op::SkipUntil(byte),
            Call::ReadLine => Op::ReadLine,
            Call::FillBuf => Op::FillBuf,
            Call::Consume(n) => Op::Consume(n),
            Call::ReadBytes(n) => Op::ReadBytes(n),
            Call::ReadAt { offset, len } => Op::ReadAt { offset, len },
            Call::Write(data) => Op::Write(slice(pool, &data)?),
            Call::WriteVectored(pieces) => {
                Op::WriteVectored(pieces.iter().map(|piece| slice(pool, piece)).collect::<io::Result<_>>()?)
            }
            Call::WriteFmt(text) => Op::WriteFmt(text),
            Call::WriteBytes(data) => Op::WriteBytes(slice(pool, &data)?),
            Call::Truncate(size) => Op::Truncate(size),
            Call::SetLen(size) => Op::SetLen(size),
            Call::Splice { range, with } => Op::Splice { range, with: slice(pool, &with)? },
            Call::GetValue => Op::GetValue,
        })
    }
}

fn slice(pool: &Bytes, range: &Range<u64>) -> io::Result<Bytes> {
    let (start, end) = (range.start as usize, range.end as usize);
    match start <= end && end <= pool.len() {
        true => Ok(pool.slice(start..end)),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// The bytes of a script, without duplicates of shared memory.
struct Pool<'a> {
    /// Runs of memory, sorted by address and disjoint.
    runs: Vec<Run<'a>>,
    len: u64,
}

struct Run<'a> {
    memory: Range<usize>,
    /// Its offset in the pool.
    place: u64,
    /// Its bytes, in adjacent pieces.
    pieces: Vec<&'a [u8]>,
}

fn memory(bytes: &[u8]) -> Range<usize> {
    let start = bytes.as_ptr() as usize;
    start..start + bytes.len()
}

/// The initial contents and the data of all calls.
fn data(script: &Script) -> impl Iterator<Item = &Bytes> {
    let of_calls = script.ops.iter().flat_map(|op| match op {
        Op::Write(data) | Op::WriteBytes(data) | Op::Splice { with: data, .. } => std::slice::from_ref(data),
        Op::WriteVectored(pieces) => pieces,
        _ => &[],
    });
    std::iter::once(&script.initial).chain(of_calls).filter(|bytes| !bytes.is_empty())
}

impl<'a> Pool<'a> {
    fn of(script: &'a Script) -> Self {
        let mut all: Vec<&Bytes> = data(script).collect();
        all.sort_unstable_by_key(|bytes| (memory(bytes).start, bytes.len()));
        let mut pool = Pool { runs: Vec::new(), len: 0 };
        for bytes in all {
            let Range { start, end } = memory(bytes);
            match pool.runs.last_mut() {
                Some(last) if start <= last.memory.end => {
                    let new = bytes.get(last.memory.end - start..).unwrap_or_default();
                    if !new.is_empty() {
                        last.memory.end = end;
                        last.pieces.push(new);
                        pool.len += new.len() as u64;
                    }
                }
                _ => {
                    pool.runs.push(Run { memory: start..end, place: pool.len, pieces: vec![bytes] });
                    pool.len += bytes.len() as u64;
                }
            }
        }
        pool
    }

    /// The range of `bytes` in the pool.
    fn piece(&self, bytes: &Bytes) -> Range<u64> {
        if bytes.is_empty() {
            return 0..0;
        }
        let start = memory(bytes).start;
        let at = self.runs.partition_point(|run| run.memory.start <= start).saturating_sub(1);
        let place = self.runs.get(at).map_or(0, |run| run.place + (start - run.memory.start) as u64);
        place..place + bytes.len() as u64
    }

    fn call(&self, op: &Op) -> io::Result<Call> {
        use io::SeekFrom;
        Ok(match op {
            Op::Seek(SeekFrom::Start(to)) => Call::SeekStart(*to),
            Op::Seek(SeekFrom::Current(by)) => Call::SeekCurrent(*by),
            Op::Seek(SeekFrom::End(by)) => Call::SeekEnd(*by),
            Op::Read(n) => Call::Read(*n),
            Op::ReadVectored(lens) => Call::ReadVectored(lens.clone()),
            Op::ReadExact(n) => Call::ReadExact(*n),
            Op::ReadToEnd => Call::ReadToEnd,
            Op::ReadToString => Call::ReadToString,
            Op::ReadUntil(byte) => Call::ReadUntil(*byte),
            Op::SkipUntil(byte) => Call::SkipUntil(*byte),
            Op::ReadLine => Call::ReadLine,
            Op::FillBuf => Call::FillBuf,
            Op::Consume(n) => Call::Consume(*n),
            Op::ReadBytes(n) => Call::ReadBytes(*n),
            Op::ReadAt { offset, len } => Call::ReadAt { offset: *offset, len: *len },
            Op::Write(data) => Call::Write(self.piece(data)),
            Op::WriteVectored(pieces) => {
                Call::WriteVectored(pieces.iter().map(|piece| self.piece(piece)).collect())
            }
            Op::WriteFmt(text) => Call::WriteFmt(text.clone()),
            Op::WriteBytes(data) => Call::WriteBytes(self.piece(data)),
            Op::Truncate(size) => Call::Truncate(*size),
            Op::SetLen(size) => Call::SetLen(*size),
            Op::Splice { range, with } => Call::Splice { range: range.clone(), with: self.piece(with) },
            Op::GetValue => Call::GetValue,
            other => return Err(io::Error::other(format!("a call that no worker knows: {other}"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::SeekFrom;

    use anystream_workload::builtin_scripts;

    use super::*;

    fn read_back(script: &Script) -> (Script, u64) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write(script, file.as_file_mut()).unwrap();
        (read(file.path()).unwrap(), file.path().metadata().unwrap().len())
    }

    #[test]
    fn every_kind_of_call_is_read_back_as_it_was() {
        let data = Bytes::from_static(b"0123456789");
        let script = Script::new("all", data.slice(2..4)).holding(3).with([
            Op::Seek(SeekFrom::Start(u64::MAX)),
            Op::Seek(SeekFrom::Current(-1)),
            Op::Seek(SeekFrom::End(i64::MIN)),
            Op::Read(1),
            Op::ReadVectored(vec![2, 3]),
            Op::ReadExact(usize::MAX),
            Op::ReadToEnd,
            Op::ReadToString,
            Op::ReadUntil(7),
            Op::SkipUntil(8),
            Op::ReadLine,
            Op::FillBuf,
            Op::Consume(9),
            Op::ReadBytes(10),
            Op::ReadAt { offset: 11, len: 12 },
            Op::Write(data.clone()),
            Op::Write(Bytes::new()),
            Op::WriteVectored(vec![data.slice(1..3), Bytes::from("other"), data.slice(2..)]),
            Op::WriteFmt("text".to_owned()),
            Op::WriteBytes(data.slice(5..)),
            Op::Truncate(13),
            Op::SetLen(14),
            Op::Splice { range: 15..16, with: data.slice(..5) },
            Op::GetValue,
        ]);
        assert_eq!(read_back(&script).0, script);
    }

    #[test]
    fn real_workloads_are_read_back_and_what_their_calls_share_is_stored_once() {
        for script in builtin_scripts(0).unwrap() {
            assert!(read_back(&script).0 == script, "{}", script.name);
        }
        let data = Bytes::from(vec![7; 1 << 20]);
        let script = Script::new("shared", "").with((0..100).map(|at| Op::Write(data.slice(at..))));
        let (read, size) = read_back(&script);
        assert!(read == script && size < 2 << 20, "{size}");
    }
}
