//! From the accesses to one file to a script: what it held before, and each access as an op.
//!
//! A stream has one position, and each opening of a file has its own. So an op that works at the
//! position is preceded by a seek wherever the stream's position is another one. `pread` needs none,
//! because `read_at` leaves the position alone; `pwrite` does. An `lseek` of the program is a seek of
//! the script, needed or not.
//!
//! The length of the file before the log began is the least that explains what the log shows: bytes
//! that were read, distances from the end, sizes that were told. Its contents are the bytes that were
//! read, where the log holds them, else generated.

use std::collections::HashMap;
use std::io::SeekFrom;
use std::ops::Range;

use bytes::Bytes;

use super::access::{Access, Action, Lengths, Opening, Transfer, Whence};
use super::length::Length;
use super::spans::Spans;
use crate::import::ImportError;
use crate::import::data::{Generated, initial_contents};
use crate::import::lines::Report;
use crate::{Model, Op};

/// The initial contents, and the ops.
pub(super) fn of(
    accesses: &[Access],
    seed: u64,
    report: &mut Report<'_>,
) -> Result<(Bytes, Vec<Op>), ImportError> {
    let no_memory = |bytes| ImportError::OutOfMemory { record: report.record.to_owned(), bytes };
    let len = initial_length(accesses);
    let initial = initial_contents(seed, len).ok_or_else(|| no_memory(len))?;
    let longest = accesses.iter().map(|access| longest_write(&access.action)).max().unwrap_or(0);
    let data = Generated::new(seed, longest).ok_or_else(|| no_memory(longest))?;

    let output = Output { ops: Vec::new(), position: 0, data, initial, overwritten: Spans::default() };
    let mut walk = Walk { length: Length::known(len), positions: HashMap::new(), output: Some(output) };
    for access in accesses {
        if let Err(reason) = walk.step(&access.action) {
            report.skip(access.line, &access.text, reason)?;
        }
    }
    Ok(walk.output.map(|output| (output.initial.into(), output.ops)).unwrap_or_default())
}

/// What is found early in a log may depend on what only shows later: where an append went to.
fn initial_length(accesses: &[Access]) -> u64 {
    const PASSES: usize = 8;
    let mut found = 0;
    for _ in 0..PASSES {
        let mut walk = Walk { length: Length::inferred_from(found), positions: HashMap::new(), output: None };
        for access in accesses {
            // Contradictions are reported when the ops are made.
            let _ = walk.step(&access.action);
        }
        if walk.length.initial == found {
            break;
        }
        found = walk.length.initial;
    }
    found
}

fn longest_write(action: &Action) -> u64 {
    match action {
        Action::Write { transfer: Transfer { data: None, moved, .. }, .. } => *moved,
        _ => 0,
    }
}

/// Goes through the accesses: once to find the initial length, once more to make the ops.
struct Walk {
    length: Length,
    positions: HashMap<Opening, Position>,
    output: Option<Output>,
}

#[derive(Debug, Clone, Copy)]
struct Position {
    at: u64,
    /// Whether it depends on the initial length.
    appended: bool,
}

struct Output {
    ops: Vec<Op>,
    /// The stream's.
    position: u64,
    data: Generated,
    initial: Vec<u8>,
    overwritten: Spans,
}

type Step = Result<(), String>;

impl Walk {
    /// What is wrong with the access, if anything. Positions then are where the log says.
    fn step(&mut self, action: &Action) -> Step {
        match action {
            Action::Open { opening, emptied } => {
                self.stand(*opening, 0);
                if *emptied {
                    self.empty();
                }
                Ok(())
            }
            Action::Seek { opening, whence, by, to } => self.seek(*opening, *whence, *by, *to),
            Action::Read(transfer) => self.read(transfer),
            Action::Write { transfer, at_end } => self.write(transfer, *at_end),
            Action::Resize(length) => self.resize(*length),
            Action::Reserve(length) if self.length.now() < *length => self.resize(*length),
            Action::Reserve(_) => Ok(()),
            Action::Zero { offset, len, may_grow } => self.zero(*offset, *len, *may_grow),
            Action::Collapse { offset, len } => self.collapse(*offset, *len),
            Action::Insert { offset, len } => self.insert(*offset, *len),
            Action::Length(length) => self.has_length(*length),
            Action::Unclear { reason, position } => {
                if let Some((opening, at)) = position {
                    self.stand(*opening, *at);
                }
                Err(reason.clone())
            }
        }
    }

    fn stand(&mut self, opening: Opening, at: u64) {
        self.positions.insert(opening, Position { at, appended: false });
    }

    fn position(&self, opening: Opening) -> Result<Position, String> {
        self.positions.get(&opening).copied().ok_or_else(|| {
            "where this descriptor stands is not known, for it was open before the log began: start strace \
             before the program opens the file"
                .to_owned()
        })
    }

    fn empty(&mut self) {
        if let Some(output) = self.output.as_mut().filter(|_| self.length.now() > 0) {
            output.ops.push(Op::Truncate(0));
        }
        self.overwrite(0..u64::MAX);
        self.length.set(0);
    }

    fn seek(&mut self, opening: Opening, whence: Whence, by: i64, to: u64) -> Step {
        let before = self.positions.get(&opening).copied();
        self.stand(opening, to);
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
                    return Err(format!("by the calls before, this seek starts from {}", before.at));
                };
                if self.output.as_ref().is_some_and(|output| output.position == from) {
                    return self.emit_seek(SeekFrom::Current(by));
                }
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
        match from.checked_sub(before.at) {
            Some(0) => true,
            Some(more) if before.appended => {
                self.length.reaches(self.length.now().saturating_add(more)) && self.output.is_none()
            }
            _ => false,
        }
    }

    fn emit_seek(&mut self, to: SeekFrom) -> Step {
        let length = self.length.now();
        if let Some(output) = &mut self.output {
            output.seek(to, length);
        }
        Ok(())
    }

    fn read(&mut self, transfer: &Transfer) -> Step {
        let Transfer { opening, at, asked, moved, data } = transfer;
        let from = self.place(*opening, *at)?;
        let end = end_of(from, *moved)?;
        if at.is_none() {
            self.stand(*opening, end);
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
        let Some(output) = &mut self.output else { return Ok(()) };
        if let Some(data) = data {
            output.reveal(from, data);
        }
        // The end stopped it, or else something that a stream does not know, such as a signal.
        let ended = *moved == there.min(asked.total());
        let asked = if ended { asked.first(LONGEST_REQUEST.max(*moved)) } else { asked.first(*moved) };
        let len = asked.total() as usize;
        if at.is_some() {
            output.ops.push(Op::ReadAt { offset: from, len });
            return Ok(());
        }
        output.seek_to(from);
        output.position = end;
        output.ops.push(match asked {
            Lengths::One(_) => Op::Read(len),
            Lengths::Several(lens) => Op::ReadVectored(lens.iter().map(|len| *len as usize).collect()),
        });
        Ok(())
    }

    fn write(&mut self, transfer: &Transfer, at_end: bool) -> Step {
        let Transfer { opening, at, asked, moved, data } = transfer;
        let length = self.length.now();
        let from = if at_end { length } else { self.place(*opening, *at)? };
        let end = end_of(from, *moved)?;
        if at.is_none() {
            self.positions.insert(*opening, Position { at: end, appended: at_end });
        }
        within(asked, *moved)?;
        can_be_replayed(end)?;
        match at_end {
            true => self.length.shift(*moved as i64),
            false if *moved > 0 => self.length.write_up_to(end),
            false => {}
        }
        self.overwrite(from.min(length)..end);
        let Some(output) = &mut self.output else { return Ok(()) };
        match at_end {
            true if output.position != length => output.seek(SeekFrom::End(0), length),
            true => {}
            false => output.seek_to(from),
        }
        output.position = end;
        let data = data.clone().unwrap_or_else(|| output.data.piece(*moved as usize));
        output.ops.push(match asked.first(*moved) {
            Lengths::One(_) => Op::Write(data),
            Lengths::Several(lens) => {
                let mut rest = data;
                Op::WriteVectored(
                    lens.iter().map(|len| rest.split_to(rest.len().min(*len as usize))).collect(),
                )
            }
        });
        Ok(())
    }

    fn place(&self, opening: Opening, at: Option<u64>) -> Result<u64, String> {
        at.map_or_else(|| self.position(opening).map(|position| position.at), Ok)
    }

    fn resize(&mut self, length: u64) -> Step {
        can_be_replayed(length)?;
        self.overwrite(length..u64::MAX);
        self.length.set(length);
        self.emit(Op::SetLen(length));
        Ok(())
    }

    /// A stream has no call that makes zeros of bytes, so they are written.
    fn zero(&mut self, offset: u64, len: u64, may_grow: bool) -> Step {
        const PIECE: u64 = 1 << 20;
        let end = end_of(offset, len)?;
        if may_grow && end > self.length.now() {
            self.resize(end)?;
        }
        let end = end.min(self.length.now());
        self.overwrite(offset..end);
        let Some(output) = &mut self.output else { return Ok(()) };
        let zeros = zeros(PIECE.min(end.saturating_sub(offset)));
        let mut from = offset;
        while from < end {
            let piece = zeros.slice(..(end - from).min(PIECE) as usize);
            output.seek_to(from);
            from += piece.len() as u64;
            output.position = from;
            output.ops.push(Op::Write(piece));
        }
        Ok(())
    }

    fn collapse(&mut self, offset: u64, len: u64) -> Step {
        let end = end_of(offset, len)?;
        if !self.length.reaches(end) {
            return Err(format!("by the calls before, the file has {} bytes", self.length.now()));
        }
        self.overwrite(offset..u64::MAX);
        self.length.shift(-(len as i64));
        self.emit(Op::Splice { range: offset..end, with: Bytes::new() });
        Ok(())
    }

    fn insert(&mut self, offset: u64, len: u64) -> Step {
        if !self.length.reaches(offset) {
            return Err(format!("by the calls before, the file has {} bytes", self.length.now()));
        }
        can_be_replayed(end_of(self.length.now(), len)?)?;
        self.overwrite(offset..u64::MAX);
        self.length.shift(len as i64);
        if self.output.is_some() {
            self.emit(Op::Splice { range: offset..offset, with: zeros(len) });
        }
        Ok(())
    }

    fn has_length(&mut self, length: u64) -> Step {
        if self.length.reaches(length) && self.length.now() == length {
            return Ok(());
        }
        let now = self.length.now();
        Err(format!("the file has {length} bytes here, but by the calls before it has {now}"))
    }

    fn overwrite(&mut self, span: Range<u64>) {
        if let Some(output) = self.output.as_mut().filter(|output| !output.initial.is_empty()) {
            output.overwritten.add(span);
        }
    }

    fn emit(&mut self, op: Op) {
        if let Some(output) = &mut self.output {
            output.ops.push(op);
        }
    }
}

impl Output {
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

    /// The log holds what was read: where nothing was written since, the file held it at first.
    fn reveal(&mut self, from: u64, data: &[u8]) {
        let end = (from + data.len() as u64).min(self.initial.len() as u64);
        if from >= end {
            return;
        }
        for gap in self.overwritten.gaps(from..end) {
            let (start, end) = (gap.start as usize, gap.end as usize);
            self.initial[start..end].copy_from_slice(&data[start - from as usize..end - from as usize]);
        }
    }
}

/// A program may ask for far more than there is; the replay asks for no more than this then.
const LONGEST_REQUEST: u64 = 1 << 20;

fn within(asked: &Lengths, moved: u64) -> Step {
    match asked.total() {
        asked if moved > asked => Err(format!("{moved} bytes were moved, but only {asked} asked for")),
        _ => Ok(()),
    }
}

fn end_of(offset: u64, len: u64) -> Result<u64, String> {
    let end = offset.checked_add(len).filter(|end| *end <= i64::MAX as u64);
    end.ok_or_else(|| "no file reaches that far".to_owned())
}

fn can_be_replayed(end: u64) -> Step {
    match end {
        ..=Model::LIMIT => Ok(()),
        _ => Err(format!("the file has {end} bytes here, and no more than {} can be replayed", Model::LIMIT)),
    }
}

fn zeros(len: u64) -> Bytes {
    vec![0; len as usize].into()
}
