//! The replay that is timed: a plain loop of calls on a stream of one type.

use std::hint::black_box;
use std::io::{self, IoSlice, IoSliceMut};

use anystream::ByteStream;
use anystream_workload::{Op, Script};

/// A stream as a program makes one.
pub(crate) trait Fresh: ByteStream + Default + From<Vec<u8>> {}
impl<S: ByteStream + Default + From<Vec<u8>>> Fresh for S {}

/// The program's own memory, which it reads into.
pub(crate) struct Room {
    fixed: Vec<u8>,
    growing: Vec<u8>,
}

impl Room {
    /// Enough for every read of `script`.
    pub(crate) fn of(script: &Script) -> Self {
        let longest = script.ops.iter().map(|op| match op {
            Op::Read(len) | Op::ReadExact(len) | Op::ReadAt { len, .. } => *len,
            Op::ReadVectored(lens) => lens.iter().sum(),
            _ => 0,
        });
        Room { fixed: vec![0; longest.max().unwrap_or(0)], growing: Vec::new() }
    }
}

/// One life of a stream: built from the initial contents, used, and dropped.
pub(crate) fn live<S: Fresh>(script: &Script, room: &mut Room) -> io::Result<()> {
    let mut stream = open::<S>(script);
    perform(&script.ops, &mut stream, room)?;
    drop(black_box(stream));
    Ok(())
}

/// The initial contents are copied first: a program reads them from somewhere into a vector.
pub(crate) fn open<S: Fresh>(script: &Script) -> S {
    if script.initial.is_empty() { S::default() } else { S::from(script.initial.to_vec()) }
}

/// Makes the calls. Stops at the first error: recorded calls succeeded.
pub(crate) fn perform<S: ByteStream>(ops: &[Op], stream: &mut S, room: &mut Room) -> io::Result<()> {
    for op in ops {
        match op {
            Op::Write(data) => _ = black_box(stream.write(data)?),
            Op::Seek(to) => _ = black_box(stream.seek(*to)?),
            Op::Read(len) => {
                let read = &mut room.fixed[..*len];
                black_box(stream.read(read)?);
                black_box(read);
            }
            Op::ReadAt { offset, len } => {
                let read = &mut room.fixed[..*len];
                black_box(stream.read_at(*offset, read)?);
                black_box(read);
            }
            Op::SetLen(size) => stream.set_len(*size)?,
            Op::Truncate(size) => stream.truncate(*size)?,
            Op::Splice { range, with } => stream.splice(range.clone(), with)?,
            rarer => perform_rarer(rarer, stream, room)?,
        }
    }
    Ok(())
}

/// Kept out of the loop, whose registers it would take.
#[inline(never)]
fn perform_rarer<S: ByteStream>(op: &Op, stream: &mut S, room: &mut Room) -> io::Result<()> {
    match op {
        Op::WriteVectored(pieces) => {
            let pieces: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
            black_box(stream.write_vectored(&pieces)?);
        }
        Op::ReadVectored(lens) => {
            let mut pieces = Vec::with_capacity(lens.len());
            let mut rest = room.fixed.as_mut_slice();
            for &len in lens {
                let (piece, after) = rest.split_at_mut(len);
                pieces.push(IoSliceMut::new(piece));
                rest = after;
            }
            black_box(stream.read_vectored(&mut pieces)?);
            black_box(&room.fixed);
        }
        Op::ReadExact(len) => {
            let read = &mut room.fixed[..*len];
            stream.read_exact(read)?;
            black_box(read);
        }
        Op::ReadToEnd => {
            room.growing.clear();
            stream.read_to_end(&mut room.growing)?;
            black_box(&room.growing);
        }
        Op::ReadBytes(len) => drop(black_box(stream.read_bytes(*len)?)),
        Op::WriteBytes(data) => stream.write_bytes(data.clone())?,
        Op::GetValue => drop(black_box(stream.getvalue()?)),
        other => return Err(io::Error::other(format!("no program's log holds such a call: {other}"))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::SeekFrom;

    use anystream::{RopeStream, RopeyStream, SmallStream, VecStream};

    use super::*;
    use crate::facts;

    /// One call of each kind that logs hold.
    fn script() -> Script {
        Script::new("every kind", "0123456789").with([
            Op::Read(4),
            Op::Write("abcdefghij".into()),
            Op::Seek(SeekFrom::End(6)),
            Op::WriteVectored(vec!["xy".into(), "".into(), "z".into()]),
            Op::Seek(SeekFrom::Start(0)),
            Op::ReadVectored(vec![3, 5]),
            Op::ReadAt { offset: 20, len: 40 },
            Op::ReadExact(2),
            Op::ReadBytes(1),
            Op::Splice { range: 2..5, with: "".into() },
            Op::Splice { range: 1..1, with: "0000".into() },
            Op::SetLen(100),
            Op::Truncate(31),
            Op::GetValue,
            Op::ReadToEnd,
            Op::Seek(SeekFrom::Current(3)),
            Op::WriteBytes("end".into()),
        ])
    }

    fn len_after<S: Fresh>(script: &Script) -> (u64, u64) {
        let mut stream = open::<S>(script);
        perform(&script.ops, &mut stream, &mut Room::of(script)).expect("every call succeeds");
        live::<S>(script, &mut Room::of(script)).expect("every call succeeds");
        (stream.len(), stream.tell())
    }

    #[test]
    fn every_backend_ends_where_the_facts_say() {
        let script = script();
        let facts = facts::of(&script).expect("calls of logs only");
        assert_eq!((facts.initial_len, facts.final_len, facts.largest_len), (10, 37, 100));
        assert_eq!(len_after::<VecStream>(&script), (37, 37));
        assert_eq!(len_after::<RopeStream>(&script), (37, 37));
        assert_eq!(len_after::<SmallStream>(&script), (37, 37));
        assert_eq!(len_after::<RopeyStream>(&script), (37, 37));
    }

    #[test]
    fn a_call_that_fails_ends_the_replay() {
        let script = Script::new("too short", "abc").with([Op::ReadExact(4)]);
        live::<VecStream>(&script, &mut Room::of(&script)).expect_err("three bytes only");
    }
}
