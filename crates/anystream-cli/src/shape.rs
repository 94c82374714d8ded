//! What a script asks of a storage beyond its counts: what an insert must move, what nobody wrote.

use std::fmt;
use std::io::{self, ErrorKind};

use anystream::{ByteStream, Bytes, RopeStream};
use anystream_workload::{Kind, Op, Scratch, Script};
use serde::{Deserialize, Serialize};

/// The traits of a script from which a choice is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Shape {
    /// How many calls insert, remove, or replace by another length.
    pub(crate) splices: u64,
    /// The bytes behind those places, summed: what one vector has to move.
    pub(crate) bytes_behind: u64,
    /// The bytes that writes past the end and `set_len` brought in as zeros.
    pub(crate) bytes_skipped: u64,
    /// The greatest length, in bytes.
    pub(crate) largest_len: u64,
}

impl Shape {
    /// Of `script`, found by replaying it on the storage that can do the most: a rope, for which a hole
    /// takes no memory.
    pub(crate) fn of(script: &Script) -> Self {
        let mut shape = Shape { largest_len: script.initial.len() as u64, ..Shape::default() };
        let mut stream = RopeStream::from(Bytes::clone(&script.initial));
        let mut scratch = Scratch::default();
        for op in &script.ops {
            let (position, len) = (stream.tell(), stream.len());
            if op.perform(&mut stream, &mut scratch).is_err() {
                continue;
            }
            match op {
                Op::Splice { range, with } if range.end - range.start != with.len() as u64 => {
                    shape.splices += 1;
                    shape.bytes_behind = shape.bytes_behind.saturating_add(len.saturating_sub(range.end));
                }
                Op::SetLen(size) => shape.skip(len, *size),
                _ if op.kind() == Kind::Write && op.bytes_given() > 0 => shape.skip(len, position),
                _ => {}
            }
            shape.largest_len = shape.largest_len.max(stream.len());
        }
        shape
    }

    fn skip(&mut self, from: u64, to: u64) {
        self.bytes_skipped = self.bytes_skipped.saturating_add(to.saturating_sub(from));
    }
}

/// A call that a storage answered with "I cannot": no memory, or further than it can address.
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

/// The first call of `script` that is beyond `stream`, if one is.
///
/// The laws allow a storage to have its limits (W6), so that this is no failure; but what it takes for
/// a script whose calls it refuses says nothing. A write that ends past `u64::MAX` does not count: no
/// storage can do that, and refusing it is the answer.
pub(crate) fn first_beyond(
    script: &Script,
    stream: &mut impl ByteStream,
    scratch: &mut Scratch,
) -> Option<Beyond> {
    script.ops.iter().enumerate().find_map(|(op_index, op)| {
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
    use std::io::SeekFrom;

    use anystream::VecStream;

    use super::*;

    #[test]
    fn only_calls_that_move_what_is_behind_them_are_splices() {
        let splice = |range, with: &'static str| Op::Splice { range, with: with.into() };
        let script =
            Script::new("", "0123456789").with([splice(4..4, "ab"), splice(0..2, "xy"), splice(10..12, "")]);
        let shape = Shape { splices: 2, bytes_behind: 6, bytes_skipped: 0, largest_len: 12 };
        assert_eq!(Shape::of(&script), shape);
    }

    #[test]
    fn a_far_write_and_a_longer_length_skip_bytes_and_an_empty_write_does_not() {
        let seek = Op::Seek(SeekFrom::Start(100));
        let script =
            Script::new("", "").with([seek, Op::Write("".into()), Op::Write("x".into()), Op::SetLen(111)]);
        assert_eq!(Shape::of(&script).bytes_skipped, 110);
    }

    #[test]
    fn a_write_that_no_vector_can_do_is_beyond_it() {
        let script = Script::new("", "").with([Op::Seek(SeekFrom::Start(1 << 63)), Op::Write("x".into())]);
        let beyond = first_beyond(&script, &mut VecStream::new(), &mut Scratch::default())
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
        assert_eq!(first_beyond(&script, &mut VecStream::new(), &mut Scratch::default()), None);
    }
}
