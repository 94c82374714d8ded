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
use foldhash::HashSet;

use super::access::{Action, Data, Lengths, Transfer, Whence};
use super::description::{Description, Position};
use super::emit::{Emit, zeros};
use super::files::FileId;
use super::length::Length;
use super::record::{Observer, Site};
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

/// A walk along the accesses to some of a log's files.
pub(super) struct Along<O> {
    /// The last of them, which mostly is the only one.
    last: Option<FileId>,
    files: HashSet<FileId>,
    pub(super) walk: Walk<O>,
    /// What the accesses before cannot explain: the number of the line, its text, and why.
    pub(super) contradictions: Vec<(u64, String, String)>,
}

impl<O> Along<O> {
    pub(super) fn new(files: &[FileId], walk: Walk<O>) -> Self {
        Along {
            last: files.last().copied(),
            files: files.iter().copied().collect(),
            walk,
            contradictions: Vec::new(),
        }
    }
}

impl<O: Output> Observer for Along<O> {
    #[inline(always)]
    fn access(&mut self, site: Site<'_>, file: FileId, action: &Action<'_, '_>) {
        if (self.last == Some(file) || self.files.contains(&file))
            && let Err(reason) = self.walk.step(action)
        {
            self.contradictions.push((site.line, shown(site.text), reason));
        }
    }
}

type Step = Result<(), String>;

impl<O: Output> Walk<O> {
    /// What is wrong with the access, if anything. Positions then are where the log says.
    #[inline(always)] // what the action is, is known where it is made
    pub(super) fn step(&mut self, action: &Action<'_, '_>) -> Step {
        match action {
            Action::Open { description, emptied } => {
                stand(description, 0);
                if *emptied {
                    self.empty();
                }
                Ok(())
            }
            Action::Seek { description, whence, by, to } => self.seek(description, *whence, *by, *to),
            Action::Read(transfer) => self.read(transfer),
            Action::Write { transfer, at_end } => self.write(transfer, *at_end),
            Action::Resize(length) => self.resize(*length),
            Action::Reserve(length) => self.grow(*length),
            Action::Zero { offset, len, may_grow } => self.zero(*offset, *len, *may_grow),
            Action::Collapse { offset, len } => self.collapse(*offset, *len),
            Action::Insert { offset, len } => self.insert(*offset, *len),
            Action::Length(length) => self.has_length(*length),
            Action::Unclear { reason } => Err(reason.clone().into_owned()),
        }
    }

    fn empty(&mut self) {
        if self.length.now() > 0 {
            self.op(Op::Truncate(0));
        }
        self.output.overwrite(0..u64::MAX);
        self.length.emptied();
    }

    fn seek(&mut self, description: &Description, whence: Whence, by: i64, to: u64) -> Step {
        let before = description.position.get();
        stand(description, to);
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
            self.length.was_exactly(initial);
        }
        before.at(&self.length) == from
    }

    fn emit_seek(&mut self, to: SeekFrom) -> Step {
        let length = self.length.now();
        self.output.emit(|emit| emit.seek(to, length));
        Ok(())
    }

    #[inline(always)]
    fn read(&mut self, transfer: &Transfer<'_>) -> Step {
        let Transfer { description, at, asked, moved, data } = transfer;
        let from = place(description, &self.length, *at)?;
        let is_certain = at.is_some() || description.position.get().is_some_and(|at| !at.is_relative());
        let end = end_of(from, *moved)?;
        if at.is_none() {
            advance(description, end, *moved);
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
        if is_certain && *moved < asked.total() {
            self.length.is_at_most(end, *moved > 0);
        }
        self.output.reveal(from, *moved, data);
        self.output.emit(|emit| emit.read(from, at.is_some(), asked, *moved, there));
        Ok(())
    }

    #[inline(always)]
    fn write(&mut self, transfer: &Transfer<'_>, at_end: bool) -> Step {
        let Transfer { description, at, asked, moved, data } = transfer;
        let length = self.length.now();
        let from = if at_end { length } else { place(description, &self.length, *at)? };
        let end = end_of(from, *moved)?;
        let is_relative = at.is_none() && description.position.get().is_some_and(Position::is_relative);
        if at.is_none() {
            advance(description, end, *moved);
        }
        within(asked, *moved)?;
        can_be_replayed(end)?;
        match at_end {
            true => {
                self.length.shift(*moved as i64);
                if at.is_none() && *moved > 0 {
                    description.position.set(Some(Position::appended(end, &self.length)));
                }
            }
            false if *moved > 0 && is_relative => self.length.write_relative_up_to(end),
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
        // Linux refuses to take the end out, and to insert there.
        if !self.length.reaches(end.saturating_add(1)) {
            return Err(format!("by the calls before, the file has {} bytes", self.length.now()));
        }
        self.output.overwrite(offset..u64::MAX);
        self.length.shift(-(len as i64));
        self.op(Op::Splice { range: offset..end, with: Bytes::new() });
        Ok(())
    }

    fn insert(&mut self, offset: u64, len: u64) -> Step {
        if !self.length.reaches(offset.saturating_add(1)) {
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
            self.length.is_at_most(length, false);
            return Ok(());
        }
        let now = self.length.now();
        Err(format!("the file has {length} bytes here, but by the calls before it has {now}"))
    }

    fn op(&mut self, op: Op) {
        self.output.emit(|emit| emit.ops.push(op));
    }
}

#[inline(always)]
fn stand(description: &Description, at: u64) {
    description.position.set(Some(Position::fixed(at)));
}

/// A transfer moved so many bytes, up to `end`.
#[inline(always)]
fn advance(description: &Description, end: u64, moved: u64) {
    let position = &description.position;
    position.set(Some(Position::advanced(position.get(), end, moved)));
}

/// Where a transfer takes place.
#[inline(always)]
fn place(description: &Description, length: &Length, at: Option<u64>) -> Result<u64, String> {
    at.or_else(|| description.position.get().map(|position| position.at(length))).ok_or_else(|| {
        "where this descriptor stands is not known, for it was open before the log began: start strace \
         before the program opens the file"
            .to_owned()
    })
}

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
