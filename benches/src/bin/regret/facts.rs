//! The lengths and counts of a log, computed from its calls alone.

use std::io::SeekFrom;

use anyhow::{Result, bail};
use anystream_workload::{Op, Script};
use serde::{Deserialize, Serialize};

use crate::backend::Backend;
use crate::logs::Log;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) calls: u64,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) bytes_read: u64,
    pub(crate) bytes_written: u64,
    pub(crate) initial_len: u64,
    pub(crate) final_len: u64,
    pub(crate) largest_len: u64,
}

/// A group of logs on which the advice is judged separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    All,
    /// The final length is more than four times the bytes written.
    Sparse,
    /// The file grows, and most calls that move bytes are writes.
    Growing,
    /// More reads than writes.
    ReadMostly,
}

impl Group {
    pub(crate) const ALL: [Group; 4] = [Group::All, Group::Sparse, Group::Growing, Group::ReadMostly];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Group::All => "all",
            Group::Sparse => "sparse",
            Group::Growing => "growing",
            Group::ReadMostly => "read-mostly",
        }
    }
}

impl Facts {
    pub(crate) fn is_in(&self, group: Group) -> bool {
        match group {
            Group::All => true,
            Group::Sparse => self.final_len > self.bytes_written.saturating_mul(4),
            Group::Growing => self.final_len > self.initial_len && self.writes >= self.reads,
            Group::ReadMostly => self.reads > self.writes,
        }
    }

    /// An upper estimate of the bytes that a replay on `backend` takes. It includes the initial contents twice: in the
    /// imported log, and in the vector that the stream is built from.
    pub(crate) fn need(&self, backend: Backend) -> u64 {
        let stored = match backend {
            // A vector may grow while both its old and its doubled memory exist.
            Backend::Vec | Backend::Small => self.largest_len.saturating_mul(3),
            // Holes take no memory. A chunk may be half empty.
            Backend::Rope => self.largest_len.min(self.initial_len + self.bytes_written).saturating_mul(2),
            // Text: many bytes take two.
            Backend::Ropey => self.largest_len.saturating_mul(4),
        };
        stored.saturating_add(self.initial_len.saturating_mul(2))
    }
}

/// The facts of `log`, or why it cannot be replayed.
pub(crate) fn of_log(log: &Log) -> Result<Facts> {
    of(&log.script()?)
}

/// Follows the position and the length through the calls of `script`.
pub(crate) fn of(script: &Script) -> Result<Facts> {
    let initial_len = script.initial.len() as u64;
    let mut facts = Facts { initial_len, calls: script.ops.len() as u64, ..Facts::default() };
    let (mut position, mut len) = (0_u64, initial_len);
    facts.largest_len = len;
    for op in &script.ops {
        let rest = len.saturating_sub(position);
        let mut wrote = None;
        let mut read = None;
        match op {
            Op::Seek(SeekFrom::Start(to)) => position = *to,
            Op::Seek(SeekFrom::Current(by)) => position = position.saturating_add_signed(*by),
            Op::Seek(SeekFrom::End(by)) => position = len.saturating_add_signed(*by),
            Op::Read(n) | Op::ReadExact(n) | Op::ReadBytes(n) => read = Some((*n as u64).min(rest)),
            Op::ReadVectored(lens) => read = Some(lens.iter().map(|n| *n as u64).sum::<u64>().min(rest)),
            Op::ReadToEnd => read = Some(rest),
            Op::ReadAt { offset, len: n } => {
                facts.reads += 1;
                facts.bytes_read += (*n as u64).min(len.saturating_sub(*offset));
            }
            Op::Write(data) | Op::WriteBytes(data) => wrote = Some(data.len() as u64),
            Op::WriteVectored(pieces) => wrote = Some(pieces.iter().map(|piece| piece.len() as u64).sum()),
            Op::Truncate(size) => len = len.min(*size),
            Op::SetLen(size) => len = *size,
            Op::Splice { range, with } => {
                facts.writes += 1;
                facts.bytes_written += with.len() as u64;
                len = len - (range.end - range.start) + with.len() as u64;
            }
            Op::GetValue => {}
            other => bail!("{}: no program's log holds such a call: {other}", script.name),
        }
        if let Some(bytes) = read {
            facts.reads += 1;
            facts.bytes_read += bytes;
            position += bytes;
        }
        if let Some(bytes) = wrote {
            facts.writes += 1;
            facts.bytes_written += bytes;
            position = position.saturating_add(bytes);
            if bytes > 0 {
                len = len.max(position);
            }
        }
        facts.largest_len = facts.largest_len.max(len);
    }
    facts.final_len = len;
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_write_is_sparse_and_needs_memory_only_where_holes_take_some() {
        let far = Script::new("far", "").with([Op::Seek(SeekFrom::Start(1 << 30)), Op::Write("x".into())]);
        let facts = of(&far).expect("calls of logs only");
        assert_eq!((facts.final_len, facts.bytes_written), ((1 << 30) + 1, 1));
        assert!(facts.is_in(Group::Sparse) && facts.is_in(Group::Growing) && !facts.is_in(Group::ReadMostly));
        assert!(facts.need(Backend::Vec) > 1 << 30);
        assert!(facts.need(Backend::Rope) < 100);
    }

    #[test]
    fn short_reads_and_empty_writes_count_as_what_they_do() {
        let script =
            Script::new("", "abc").with([Op::Read(10), Op::Seek(SeekFrom::Start(9)), Op::Write("".into())]);
        let facts = of(&script).expect("calls of logs only");
        assert_eq!((facts.bytes_read, facts.final_len, facts.largest_len), (3, 3, 3));
        assert!(!facts.is_in(Group::Growing));
    }

    #[test]
    fn calls_that_depend_on_contents_are_refused() {
        of(&Script::new("", "abc").with([Op::ReadUntil(b'b')])).expect_err("no log of a program holds them");
    }
}
