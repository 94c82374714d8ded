//! From the accesses to one file to a workload: what it held before, and each access as an op.
//!
//! A stream has one position, and each opening of a file has its own. So an op that works at the
//! position is preceded by a seek wherever the stream's position is another one. `pread` needs none,
//! because `read_at` leaves the position alone; `pwrite` does. An `lseek` of the program is a seek of
//! the workload, needed or not.
//!
//! The length of the file before the log began is the least that explains what the log shows: bytes
//! that were read, distances from the end, sizes that were told. Its contents are the bytes that were
//! read, where the log holds them, else generated.

use std::io::SeekFrom;
use std::ops::Range;

use bytes::Bytes;

use super::access::{Action, Data, Lengths, Transfer, Whence};
use super::files::FileId;
use super::length::Length;
use super::openings::{OpeningId, Openings, Position};
use super::record::{Observer, Site};
use super::spans::Spans;
use crate::import::data::Generated;
use crate::import::lines::shown;
use crate::{Model, Op};

/// Goes through the accesses to a file: to find its initial length, then what it held, then to make the
/// ops.
#[derive(Debug)]
pub(super) struct Walk<O> {
    pub(super) length: Length,
    pub(super) output: O,
}

/// What a walk is for.
pub(super) trait Output {
    /// Something was written there, or the bytes behind moved.
    fn overwrite(&mut self, _span: Range<u64>) {}

    /// This was read there.
    fn reveal(&mut self, _from: u64, _moved: u64, _data: &Data<'_>) {}

    /// Makes ops, if it is for them.
    fn emit(&mut self, _make: impl FnOnce(&mut Emit)) {}
}

/// Finds the initial length, and nothing else.
#[derive(Debug)]
pub(super) struct Infer;

impl Output for Infer {}

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
    ops: Vec<Op>,
    /// Whether some of these hold memory of their own, which may be much.
    holds_memory: bool,
    /// The stream's.
    position: u64,
    data: Generated,
}

/// A walk along the accesses to some of a log's files.
pub(super) struct Along<'a, O> {
    files: &'a [FileId],
    pub(super) walk: Walk<O>,
    /// What the accesses before cannot explain: the line, and why.
    pub(super) contradictions: Vec<(String, String)>,
}

impl<'a, O> Along<'a, O> {
    pub(super) fn new(files: &'a [FileId], walk: Walk<O>) -> Self {
        Along { files, walk, contradictions: Vec::new() }
    }
}

impl<O: Output> Observer for Along<'_, O> {
    #[inline(always)]
    fn access(&mut self, site: Site<'_>, file: FileId, action: &Action<'_, '_>, openings: &mut Openings) {
        if self.files.contains(&file)
            && let Err(reason) = self.walk.step(action, openings)
        {
            self.contradictions.push((shown(site.text), reason));
        }
    }
}

type Step = Result<(), String>;

impl<O: Output> Walk<O> {
    /// What is wrong with the access, if anything. Positions then are where the log says.
    #[inline(always)] // what the action is, is known where it is made
    pub(super) fn step(&mut self, action: &Action<'_, '_>, openings: &mut Openings) -> Step {
        match action {
            Action::Open { opening, emptied } => {
                stand(openings, *opening, 0);
                if *emptied {
                    self.empty();
                }
                Ok(())
            }
            Action::Seek { opening, whence, by, to } => self.seek(openings, *opening, *whence, *by, *to),
            Action::Read(transfer) => self.read(openings, transfer),
            Action::Write { transfer, at_end } => self.write(openings, transfer, *at_end),
            Action::Resize(length) => self.resize(*length),
            Action::Reserve(length) => self.grow(*length),
            Action::Zero { offset, len, may_grow } => self.zero(*offset, *len, *may_grow),
            Action::Collapse { offset, len } => self.collapse(*offset, *len),
            Action::Insert { offset, len } => self.insert(*offset, *len),
            Action::Length(length) => self.has_length(*length),
            Action::Unclear { reason, position } => {
                if let Some((opening, at)) = position {
                    stand(openings, *opening, *at);
                }
                Err(reason.clone().into_owned())
            }
        }
    }

    fn empty(&mut self) {
        if self.length.now() > 0 {
            self.op(Op::Truncate(0));
        }
        self.output.overwrite(0..u64::MAX);
        self.length.set(0);
    }

    fn seek(
        &mut self,
        openings: &mut Openings,
        opening: OpeningId,
        whence: Whence,
        by: i64,
        to: u64,
    ) -> Step {
        let before = openings.at(opening).position;
        stand(openings, opening, to);
        match whence {
            Whence::Start if u64::try_from(by) != Ok(to) => {
                return Err(format!("this seek to {by} cannot have led to {to}"));
            }
            Whence::Start => {}
            Whence::Current => {
                // A position that was not known is now.
                let Some(before) = before else { return self.emit_seek(SeekFrom::Start(to)) };
                let from = to.checked_add_signed(by.saturating_neg());
                let Some(from) = from.filter(|from| self.explains(before, *from)) else {
                    let before = before.at(&self.length);
                    return Err(format!("by the calls before, this seek starts from {before}"));
                };
                let length = self.length.now();
                self.output.emit(|emit| match emit.position == from {
                    true => emit.seek(SeekFrom::Current(by), length),
                    false => emit.seek(SeekFrom::Start(to), length),
                });
                return Ok(());
            }
            Whence::End => {
                let length = to.checked_add_signed(by.saturating_neg());
                self.has_length(length.ok_or("this seek cannot have led there")?)?;
                return self.emit_seek(SeekFrom::End(by));
            }
        }
        self.emit_seek(SeekFrom::Start(to))
    }

    /// Whether the opening can stand at `from`: it does, or the file was longer than was known.
    fn explains(&mut self, before: Position, from: u64) -> bool {
        if let Some(initial) = before.initial_for(from) {
            self.length.was_initially(initial);
        }
        before.at(&self.length) == from
    }

    fn emit_seek(&mut self, to: SeekFrom) -> Step {
        let length = self.length.now();
        self.output.emit(|emit| emit.seek(to, length));
        Ok(())
    }

    #[inline(always)]
    fn read(&mut self, openings: &mut Openings, transfer: &Transfer<'_>) -> Step {
        let Transfer { opening, at, asked, moved, data } = transfer;
        let from = place(openings, &self.length, *opening, *at)?;
        let end = end_of(from, *moved)?;
        if at.is_none() {
            advance(openings, *opening, end, *moved);
        }
        within(asked, *moved)?;
        if *moved > 0 && !self.length.reaches(end) {
            let length = self.length.now();
            return Err(format!(
                "{moved} bytes were read at {from}, but by the calls before the file has {length}"
            ));
        }
        let there = self.length.now().saturating_sub(from);
        if *moved == 0 && asked.total() > 0 && there > 0 {
            let length = self.length.now();
            return Err(format!(
                "nothing was read at {from}, but by the calls before the file has {length} bytes"
            ));
        }
        self.output.reveal(from, *moved, data);
        self.output.emit(|emit| emit.read(from, at.is_some(), asked, *moved, there));
        Ok(())
    }

    #[inline(always)]
    fn write(&mut self, openings: &mut Openings, transfer: &Transfer<'_>, at_end: bool) -> Step {
        let Transfer { opening, at, asked, moved, data } = transfer;
        let length = self.length.now();
        let from = if at_end { length } else { place(openings, &self.length, *opening, *at)? };
        let end = end_of(from, *moved)?;
        if at.is_none() {
            advance(openings, *opening, end, *moved);
        }
        within(asked, *moved)?;
        can_be_replayed(end)?;
        match at_end {
            true => {
                self.length.shift(*moved as i64);
                if at.is_none() {
                    openings.at_mut(*opening).position = Some(Position::appended(end, &self.length));
                }
            }
            false if *moved > 0 => self.length.write_up_to(end),
            false => {}
        }
        self.output.overwrite(from.min(length)..end);
        self.output.emit(|emit| {
            match at_end {
                true if emit.position != length => emit.seek(SeekFrom::End(0), length),
                true => {}
                false => emit.seek_to(from),
            }
            emit.write(end, asked, *moved, data);
        });
        Ok(())
    }

    fn resize(&mut self, length: u64) -> Step {
        can_be_replayed(length)?;
        self.output.overwrite(length..u64::MAX);
        self.length.set(length);
        self.op(Op::SetLen(length));
        Ok(())
    }

    /// Makes the file at least so long.
    fn grow(&mut self, length: u64) -> Step {
        if self.length.now() < length {
            can_be_replayed(length)?;
            self.length.write_up_to(length);
            self.op(Op::SetLen(length));
        }
        Ok(())
    }

    fn zero(&mut self, offset: u64, len: u64, may_grow: bool) -> Step {
        let end = end_of(offset, len)?;
        if may_grow {
            self.grow(end)?;
        }
        let end = end.min(self.length.now()).max(offset);
        self.output.overwrite(offset..end);
        self.output.emit(|emit| emit.zeros(offset..end));
        Ok(())
    }

    fn collapse(&mut self, offset: u64, len: u64) -> Step {
        let end = end_of(offset, len)?;
        if !self.length.reaches(end) {
            return Err(format!("by the calls before, the file has {} bytes", self.length.now()));
        }
        self.output.overwrite(offset..u64::MAX);
        self.length.shift(-(len as i64));
        self.op(Op::Splice { range: offset..end, with: Bytes::new() });
        Ok(())
    }

    fn insert(&mut self, offset: u64, len: u64) -> Step {
        if !self.length.reaches(offset) {
            return Err(format!("by the calls before, the file has {} bytes", self.length.now()));
        }
        can_be_replayed(end_of(self.length.now(), len)?)?;
        self.output.overwrite(offset..u64::MAX);
        self.length.shift(len as i64);
        self.output.emit(|emit| {
            emit.holds_memory = true;
            emit.ops.push(Op::Splice { range: offset..offset, with: zeros(len) });
        });
        Ok(())
    }

    fn has_length(&mut self, length: u64) -> Step {
        if self.length.reaches(length) && self.length.now() == length {
            return Ok(());
        }
        let now = self.length.now();
        Err(format!("the file has {length} bytes here, but by the calls before it has {now}"))
    }

    fn op(&mut self, op: Op) {
        self.output.emit(|emit| emit.ops.push(op));
    }
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

    fn seek_to(&mut self, position: u64) {
        if self.position != position {
            self.position = position;
            self.ops.push(Op::Seek(SeekFrom::Start(position)));
        }
    }

    fn seek(&mut self, to: SeekFrom, length: u64) {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(by) => self.position.saturating_add_signed(by),
            SeekFrom::End(by) => length.saturating_add_signed(by),
        };
        self.ops.push(Op::Seek(to));
    }

    /// A read at `from`, where there were so many bytes.
    #[inline]
    fn read(&mut self, from: u64, keeps_position: bool, asked: &Lengths, moved: u64, there: u64) {
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
    fn write(&mut self, end: u64, asked: &Lengths, moved: u64, data: &Data<'_>) {
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
    fn zeros(&mut self, span: Range<u64>) {
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

#[inline(always)]
fn stand(openings: &mut Openings, opening: OpeningId, at: u64) {
    openings.at_mut(opening).position = Some(Position::fixed(at));
}

/// A transfer moved so many bytes, up to `end`.
#[inline(always)]
fn advance(openings: &mut Openings, opening: OpeningId, end: u64, moved: u64) {
    let position = &mut openings.at_mut(opening).position;
    *position = Some(Position::advanced(*position, end, moved));
}

/// Where a transfer takes place.
#[inline(always)]
fn place(openings: &Openings, length: &Length, opening: OpeningId, at: Option<u64>) -> Result<u64, String> {
    at.or_else(|| openings.at(opening).position.map(|position| position.at(length))).ok_or_else(|| {
        "where this descriptor stands is not known, for it was open before the log began: start strace \
         before the program opens the file"
            .to_owned()
    })
}

/// A program may ask for far more than there is; the replay asks for no more than this then.
const LONGEST_REQUEST: u64 = 1 << 20;

#[inline(always)]
fn within(asked: &Lengths, moved: u64) -> Step {
    match asked.total() {
        asked if moved > asked => Err(format!("{moved} bytes were moved, but only {asked} asked for")),
        _ => Ok(()),
    }
}

#[inline(always)]
fn end_of(offset: u64, len: u64) -> Result<u64, String> {
    let end = offset.checked_add(len).filter(|end| *end <= i64::MAX as u64);
    end.ok_or_else(|| "no file reaches that far".to_owned())
}

#[inline(always)]
fn can_be_replayed(end: u64) -> Step {
    match end {
        ..=Model::LIMIT => Ok(()),
        _ => Err(format!("the file has {end} bytes here, and no more than {} can be replayed", Model::LIMIT)),
    }
}

fn zeros(len: u64) -> Bytes {
    vec![0; len as usize].into()
}
