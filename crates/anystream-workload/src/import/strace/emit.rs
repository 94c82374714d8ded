//! The results of a walk: initial contents, or ops.

use std::io::SeekFrom;
use std::ops::Range;

use bytes::Bytes;

use super::access::{Data, Lengths};
use super::spans::Spans;
use super::walk::Output;
use crate::Op;
use crate::import::data::Generated;

/// Finds what of the initial contents the log shows.
#[derive(Debug)]
pub(super) struct Reveal {
    initial: Vec<u8>,
    overwritten: Spans,
}

/// Makes the ops.
#[derive(Debug)]
pub(super) struct Emit {
    /// Those that were made and not taken yet.
    pub(super) ops: Vec<Op>,
    /// Whether some of these hold memory of their own, which may be much.
    pub(super) holds_memory: bool,
    /// The stream's.
    pub(super) position: u64,
    data: Generated,
}

impl Reveal {
    pub(super) fn new(initial: Vec<u8>) -> Self {
        Reveal { initial, overwritten: Spans::default() }
    }

    pub(super) fn into_initial(self) -> Vec<u8> {
        self.initial
    }
}

impl Output for Reveal {
    fn overwrite(&mut self, span: Range<u64>) {
        self.overwritten.add(span.start..span.end.min(self.initial.len() as u64));
    }

    /// Where nothing was written since, the file held it at first.
    fn reveal(&mut self, from: u64, moved: u64, data: &Data<'_>) {
        let end = (from + moved).min(self.initial.len() as u64);
        if from >= end {
            return;
        }
        let Some(data) = data.first(moved) else { return };
        for gap in self.overwritten.gaps(from..end) {
            let (start, end) = (gap.start as usize, gap.end as usize);
            self.initial[start..end].copy_from_slice(&data[start - from as usize..end - from as usize]);
        }
    }
}

impl Emit {
    pub(super) fn new(data: Generated) -> Self {
        Emit { ops: Vec::new(), holds_memory: false, position: 0, data }
    }

    /// Whether the ops must be taken, lest there be too many in memory.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        const MOST: usize = 512;
        self.ops.len() >= MOST || self.holds_memory
    }

    /// The ops that were made since they were taken last.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Op> {
        self.holds_memory = false;
        self.ops.drain(..)
    }

    pub(super) fn seek_to(&mut self, position: u64) {
        if self.position != position {
            self.position = position;
            self.ops.push(Op::Seek(SeekFrom::Start(position)));
        }
    }

    pub(super) fn seek(&mut self, to: SeekFrom, length: u64) {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(by) => self.position.saturating_add_signed(by),
            SeekFrom::End(by) => length.saturating_add_signed(by),
        };
        self.ops.push(Op::Seek(to));
    }

    /// A read at `from`, where there were so many bytes.
    #[inline]
    pub(super) fn read(&mut self, from: u64, keeps_position: bool, asked: &Lengths, moved: u64, there: u64) {
        // The end stopped it, or else something that a stream does not know, such as a signal.
        let ended = moved == there.min(asked.total());
        let asked = if ended { asked.first(LONGEST_REQUEST.max(moved)) } else { asked.first(moved) };
        let len = asked.total() as usize;
        if keeps_position {
            self.ops.push(Op::ReadAt { offset: from, len });
            return;
        }
        self.seek_to(from);
        self.position = from + moved;
        self.ops.push(match asked {
            Lengths::One(_) => Op::Read(len),
            Lengths::Several(lens) => Op::ReadVectored(lens.iter().map(|len| *len as usize).collect()),
        });
    }

    /// A write at the position, up to `end`.
    #[inline]
    pub(super) fn write(&mut self, end: u64, asked: &Lengths, moved: u64, data: &Data<'_>) {
        self.position = end;
        let data = match data.first(moved) {
            Some(shown) => {
                self.holds_memory = true;
                shown
            }
            None => self.data.piece(moved as usize),
        };
        self.ops.push(match asked.first(moved) {
            Lengths::One(_) => Op::Write(data),
            Lengths::Several(lens) => {
                let mut rest = data;
                Op::WriteVectored(
                    lens.iter().map(|len| rest.split_to(rest.len().min(*len as usize))).collect(),
                )
            }
        });
    }

    /// A stream has no call that makes zeros of bytes, so they are written.
    pub(super) fn zeros(&mut self, span: Range<u64>) {
        const PIECE: u64 = 1 << 20;
        let zeros = zeros(PIECE.min(span.end - span.start));
        self.holds_memory = true;
        let mut from = span.start;
        while from < span.end {
            let piece = zeros.slice(..(span.end - from).min(PIECE) as usize);
            self.seek_to(from);
            from += piece.len() as u64;
            self.position = from;
            self.ops.push(Op::Write(piece));
        }
    }
}

impl Output for Emit {
    fn emit(&mut self, make: impl FnOnce(&mut Emit)) {
        make(self);
    }
}

/// A program may ask for far more than there is; the replay asks for no more than this then.
const LONGEST_REQUEST: u64 = 1 << 20;

pub(super) fn zeros(len: u64) -> Bytes {
    vec![0; len as usize].into()
}
