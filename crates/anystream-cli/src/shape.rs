//! Properties of a script that explain a choice: the bytes that inserts move, and the holes.

use std::fmt;
use std::io::{self, ErrorKind, Seek, SeekFrom};

use anystream::{ByteStream, Bytes, RopeStream};
use anystream_workload::{Kind, Model, Op, Scratch, Script};
use serde::{Deserialize, Serialize};

use crate::results::Calls;

/// The properties of a script that explain a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Shape {
    /// The number of calls that insert, remove, or replace by another length.
    pub(crate) splices: u64,
    /// The sum of the bytes after those places: a vector moves them.
    pub(crate) bytes_behind: u64,
    /// The zero bytes added by writes past the end and by `set_len`.
    pub(crate) bytes_skipped: u64,
    /// The greatest length, in bytes.
    pub(crate) largest_len: u64,
}

/// The calls of a script and its properties.
pub(crate) struct Looked {
    pub(crate) calls: Calls,
    pub(crate) shape: Shape,
    /// How many calls from the beginning fit into [`Most`].
    pub(crate) part: usize,
}

/// The limits of a part of a script.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// The time of a replay, as a rough estimate.
    pub(crate) nanoseconds: f64,
    /// The length of the contents, in bytes.
    pub(crate) len: u64,
}

/// Replays `script` on the storage with the fewest limits: a rope, whose holes take no memory and which shares written
/// bytes with the script.
pub(crate) fn look(script: &Script, most: Most) -> Looked {
    /// Rough costs, in nanoseconds.
    const CALL: f64 = 60.0;
    const BYTE: f64 = 0.25;
    let mut stream = RopeStream::from(Bytes::clone(&script.initial));
    let mut scratch = Scratch::default();
    let len = script.initial.len() as u64;
    let mut shape = Shape { largest_len: len, ..Shape::default() };
    let mut calls = Calls { initial_len: len, ..Calls::default() };
    let (mut cost, mut part) = (0.0, script.ops.len());
    for (index, op) in script.ops.iter().enumerate() {
        let kind = op.kind();
        *calls.by_kind.entry(kind.to_string()).or_default() += 1;
        calls.total += 1;
        let (position, len) = (stream.tell(), stream.len());
        let Ok(read) = perform(op, &mut stream, &mut scratch) else { continue };
        shape.largest_len = shape.largest_len.max(stream.len());
        if stream.len() > Model::LIMIT && stream.len() > len {
            // The verification undoes such a call, too.
            let _ = stream.truncate(len).and_then(|()| stream.seek(SeekFrom::Start(position)));
            continue;
        }
        let read = if kind == Kind::Read { read.max(stream.tell().saturating_sub(position)) } else { read };
        calls.bytes_read = calls.bytes_read.saturating_add(read);
        calls.bytes_written = calls.bytes_written.saturating_add(op.bytes_given());
        match op {
            Op::Splice { range, with } if range.end - range.start != with.len() as u64 => {
                shape.splices += 1;
                shape.bytes_behind = shape.bytes_behind.saturating_add(len.saturating_sub(range.end));
            }
            Op::SetLen(size) => shape.skip(len, *size),
            _ if kind == Kind::Write && op.bytes_given() > 0 => shape.skip(len, position),
            _ => {}
        }
        cost += CALL + (read + op.bytes_given()) as f64 * BYTE;
        if (cost > most.nanoseconds || stream.len() > most.len) && part > index {
            part = index + 1;
        }
    }
    calls.final_len = stream.len();
    Looked { calls, shape, part }
}

/// Makes the call without copying written bytes. Returns the number of bytes read.
fn perform(op: &Op, stream: &mut RopeStream, scratch: &mut Scratch) -> io::Result<u64> {
    match op {
        Op::Write(data) => stream.write_bytes(Bytes::clone(data)).map(|()| 0),
        Op::WriteVectored(pieces) => {
            pieces.iter().try_for_each(|piece| stream.write_bytes(Bytes::clone(piece))).map(|()| 0)
        }
        _ => op.perform(stream, scratch).map(|answer| answer.moved()),
    }
}

impl Shape {
    fn skip(&mut self, from: u64, to: u64) {
        self.bytes_skipped = self.bytes_skipped.saturating_add(to.saturating_sub(from));
    }
}

/// A call that exceeds a limit of a storage: its memory or its address range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beyond {
    op_index: usize,
    ops: usize,
    op: String,
    error: String,
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "op {} of {} ({}): {}", self.op_index, self.ops, self.op, self.error)
    }
}

/// Returns the first of the first `calls` calls of `script` that exceeds a limit of `stream`.
///
/// The laws allow limits (W6), so this is not a failure, but times of refused calls would be meaningless. A write that
/// ends past `u64::MAX` does not count: every storage must refuse it.
pub(crate) fn first_beyond(
    script: &Script,
    calls: usize,
    stream: &mut impl ByteStream,
    scratch: &mut Scratch,
) -> Option<Beyond> {
    script.ops.iter().take(calls).enumerate().find_map(|(op_index, op)| {
        let end = stream.tell().checked_add(op.bytes_given());
        let error = op.perform(stream, scratch).err()?;
        (end.is_some() && is_a_limit(&error)).then(|| Beyond {
            op_index,
            ops: script.ops.len(),
            op: op.to_string(),
            error: error.to_string(),
        })
    })
}

fn is_a_limit(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::OutOfMemory | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use anystream::VecStream;

    use super::*;

    fn shape(script: &Script) -> Shape {
        look(script, Most { nanoseconds: f64::INFINITY, len: u64::MAX }).shape
    }

    #[test]
    fn a_part_ends_where_its_cost_or_its_length_is_reached() {
        let script = Script::new("", "").with(vec![Op::Write("0123456789".into()); 1000]);
        let part = |nanoseconds, len| look(&script, Most { nanoseconds, len }).part;
        assert_eq!(part(f64::INFINITY, u64::MAX), 1000);
        assert_eq!(part(f64::INFINITY, 995), 100);
        assert!((100..200).contains(&part(10_000.0, u64::MAX)));
    }

    #[test]
    fn looking_counts_what_the_model_counts() {
        for script in anystream_workload::builtin_scripts(0).unwrap() {
            let summary = anystream_workload::Summary::of(&script);
            let Calls { total, bytes_read, bytes_written, final_len, .. } =
                look(&script, Most { nanoseconds: 0.0, len: 0 }).calls;
            assert_eq!(
                (total, bytes_read, bytes_written, final_len),
                (summary.total, summary.bytes_read, summary.bytes_written, summary.final_len),
                "{}",
                script.name
            );
        }
    }

    #[test]
    fn only_calls_that_move_what_is_behind_them_are_splices() {
        let splice = |range, with: &'static str| Op::Splice { range, with: with.into() };
        let script =
            Script::new("", "0123456789").with([splice(4..4, "ab"), splice(0..2, "xy"), splice(10..12, "")]);
        let expected = Shape { splices: 2, bytes_behind: 6, bytes_skipped: 0, largest_len: 12 };
        assert_eq!(shape(&script), expected);
    }

    #[test]
    fn a_far_write_and_a_longer_length_skip_bytes_and_an_empty_write_does_not() {
        let seek = Op::Seek(SeekFrom::Start(100));
        let script =
            Script::new("", "").with([seek, Op::Write("".into()), Op::Write("x".into()), Op::SetLen(111)]);
        assert_eq!(shape(&script).bytes_skipped, 110);
    }

    #[test]
    fn a_write_that_no_vector_can_do_is_beyond_it() {
        let script = Script::new("", "").with([Op::Seek(SeekFrom::Start(1 << 63)), Op::Write("x".into())]);
        let beyond = first_beyond(&script, usize::MAX, &mut VecStream::new(), &mut Scratch::default())
            .expect("2^63 is past isize::MAX");
        assert!(beyond.to_string().starts_with("op 1 of 2 (write 1 bytes): "), "{beyond}");
    }

    #[test]
    fn a_write_past_all_positions_and_a_short_read_exact_are_answers_like_any_other() {
        let script = Script::new("", "").with([
            Op::ReadExact(1),
            Op::Seek(SeekFrom::Start(u64::MAX)),
            Op::Write("x".into()),
        ]);
        assert_eq!(first_beyond(&script, usize::MAX, &mut VecStream::new(), &mut Scratch::default()), None);
    }
}
