//! From a program to a script.

use bytes::Bytes;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

use super::amount::{MOST_OPERATIONS, Unit};
use super::program::{Action, Amounts, Call, Place, Spot, Step, Times, Whole};
use super::source::wrong;
use super::{Standard, StandardError};
use crate::import::data::{Generated, initial_contents};
use crate::{Model, Op, Script};

mod places;
mod scaled;

use places::Readers;
use scaled::Scaled;

pub(super) fn interpret(workload: &Standard, scale: f64, seed: u64) -> Result<Script, StandardError> {
    if !(scale.is_finite() && scale > 0.0) {
        return Err(StandardError::Scale { scale });
    }
    let program = &workload.program;
    let at = Scaled { workload, scale };
    let length = *at.range(&program.initial)?.end();
    let mut initial =
        initial_contents(seed, length).ok_or_else(|| at.out_of_memory("the initial contents"))?;
    if program.reads_lines {
        initial.iter_mut().for_each(|byte| *byte = TEXT[usize::from(*byte % 64)]);
    }
    let initial = Bytes::from(initial);
    let longest = at.longest_data(&program.steps)?;
    let mut interpreter = Interpreter {
        at,
        text: initial.clone(),
        data: Generated::new(seed, longest).ok_or_else(|| at.out_of_memory("the data to write"))?,
        random: Pcg64::new(seed.into(), DECISIONS),
        steps_taken: 0,
        length,
        position: 0,
        here: 0,
        marks: vec![0; program.marks],
        readers: program.readers.iter().map(|&count| Readers::new(count)).collect(),
        ops: Vec::new(),
    };
    interpreter.steps(&program.steps)?;
    let mut script = Script::new(&workload.name, initial).holding(program.hold);
    script.ops = interpreter.ops;
    Ok(script)
}

/// The generator's stream for what is decided, apart from those for data.
const DECISIONS: u128 = 4;

/// Of which text is made: lines of 64 bytes on average.
const TEXT: [u8; 64] = *b"etaoin shrdlu cmfwyp, vbgkjqxz etaoin shrdlu.0123456789 (ETA);=\n";

struct Interpreter<'a> {
    at: Scaled<'a>,
    /// The initial contents. While lines are read, they are the contents.
    text: Bytes,
    data: Generated,
    random: Pcg64,
    /// Those that were not done included, so that every text comes to an end.
    steps_taken: u64,
    /// Of the contents.
    length: u64,
    /// Of the stream.
    position: u64,
    /// Where the step before ended.
    here: u64,
    marks: Vec<u64>,
    readers: Vec<Readers>,
    ops: Vec<Op>,
}

impl Interpreter<'_> {
    fn steps(&mut self, steps: &[Step]) -> Result<(), StandardError> {
        for step in steps {
            self.count(step.spot)?;
            if self.below(step.one_in) == 0 {
                self.step(step)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), StandardError> {
        match &step.action {
            Action::Repeat { times: Times::Count(times), steps } => {
                for _ in 0..self.draw(times)? {
                    self.steps(steps)?;
                }
                Ok(())
            }
            Action::Repeat { times: Times::ToTheEnd, steps } => self.until_the_end(step.spot, steps),
            Action::At { place, mark, call } => {
                let start = self.resolve(place)?;
                if let Some(mark) = mark.and_then(|mark| self.marks.get_mut(mark)) {
                    *mark = start;
                }
                self.here = self.call(call, place, start, step.spot)?;
                self.stop_reader(place);
                Ok(())
            }
            Action::Whole(Whole::GetValue) => self.push(Op::GetValue),
            Action::Whole(Whole::Truncate(to)) => {
                let to = self.draw(to)?;
                self.length = self.length.min(to);
                self.push(Op::Truncate(to))
            }
            Action::Whole(Whole::SetLen(to)) => {
                self.length = self.draw(to)?;
                self.push(Op::SetLen(self.length))
            }
        }
    }

    fn until_the_end(&mut self, spot: Spot, steps: &[Step]) -> Result<(), StandardError> {
        while self.here < self.length {
            let before = self.here;
            self.steps(steps)?;
            if self.here <= before {
                let reason =
                    format!("these steps do not lead to the end: they stay at byte {before} or go back");
                let remedy = "let them read, or seek ahead, each time (without one_in)";
                let spot = Spot { key: "repeat", ..spot };
                return Err(wrong(&self.at.workload.file, spot, reason, remedy));
            }
        }
        Ok(())
    }

    /// Makes the call, which begins at `start`, and returns where it ends.
    fn call(&mut self, call: &Call, place: &Place, start: u64, spot: Spot) -> Result<u64, StandardError> {
        let left = self.length.saturating_sub(start);
        let read = match call {
            Call::Seek => {
                self.seek(place, start)?;
                return Ok(start);
            }
            Call::Write(size) => {
                self.go_to(place, start)?;
                let data = self.data(size)?;
                let end = self.end(start, data.len(), spot)?;
                (self.length, self.position) = (self.length.max(end), end);
                self.push(Op::Write(data))?;
                return Ok(end);
            }
            Call::Insert(size) => {
                let (start, with) = (start.min(self.length), self.data(size)?);
                self.length = self.end(self.length, with.len(), spot)?;
                let end = start + with.len() as u64;
                self.push(Op::Splice { range: start..start, with })?;
                return Ok(end);
            }
            Call::Remove(size) => {
                let removed = self.draw(size)?.min(left);
                let start = start.min(self.length);
                if removed > 0 {
                    self.length -= removed;
                    self.push(Op::Splice { range: start..start + removed, with: Bytes::new() })?;
                }
                return Ok(start);
            }
            Call::ReadAt(size) => {
                let len = self.draw(size)?;
                self.push(Op::ReadAt { offset: start, len: in_memory(len) })?;
                return Ok(start + len.min(left));
            }
            Call::Read(size) => {
                let len = self.draw(size)?;
                (Op::Read(in_memory(len)), len.min(left))
            }
            Call::ReadExact(size) => {
                let len = self.draw(size)?.min(left);
                (Op::ReadExact(in_memory(len)), len)
            }
            Call::ReadLine => (Op::ReadLine, self.line_at(start)),
            Call::ReadToEnd => (Op::ReadToEnd, left),
        };
        let (op, len) = read;
        self.go_to(place, start)?;
        self.push(op)?;
        self.position = start + len;
        Ok(self.position)
    }

    /// How long the rest of the line at `start` is, its end included.
    fn line_at(&self, start: u64) -> u64 {
        let rest = usize::try_from(start).ok().and_then(|start| self.text.get(start..)).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1) as u64
    }

    /// The seek that a call at a place needs, unless the stream is there.
    fn go_to(&mut self, place: &Place, to: u64) -> Result<(), StandardError> {
        if to == self.position { Ok(()) } else { self.seek(place, to) }
    }

    fn seek(&mut self, place: &Place, to: u64) -> Result<(), StandardError> {
        use std::io::SeekFrom::{Current, End, Start};
        let by = i64::try_from(i128::from(to) - i128::from(self.position));
        self.position = to;
        self.push(Op::Seek(match (place, by) {
            (Place::End, _) => End(0),
            (Place::Ahead(_) | Place::Back(_), Ok(by)) => Current(by),
            _ => Start(to),
        }))
    }

    fn data(&mut self, size: &Amounts) -> Result<Bytes, StandardError> {
        let size = self.draw(size)?;
        Ok(self.data.piece(in_memory(size)))
    }

    fn end(&self, start: u64, len: usize, spot: Spot) -> Result<u64, StandardError> {
        let end = start.saturating_add(len as u64);
        if end > Model::LIMIT {
            let (spot, most, unit) = (Spot { key: "size", ..spot }, Model::LIMIT, Unit::Bytes.name());
            return Err(self.at.too_much(spot, format!("this makes the contents longer than {most} {unit}")));
        }
        Ok(end)
    }

    fn draw(&mut self, amounts: &Amounts) -> Result<u64, StandardError> {
        let range = self.at.range(amounts)?;
        Ok(range.start() + self.below(range.end() - range.start() + 1))
    }

    /// A number below `end`; 0 if there is none.
    fn below(&mut self, end: u64) -> u64 {
        if end < 2 { 0 } else { self.random.next_u64() % end }
    }

    fn count(&mut self, spot: Spot) -> Result<(), StandardError> {
        self.steps_taken += 1;
        if self.steps_taken > MOST_OPERATIONS {
            return Err(self
                .at
                .too_much(spot, format!("there are more than {MOST_OPERATIONS} steps to take")));
        }
        Ok(())
    }

    fn push(&mut self, op: Op) -> Result<(), StandardError> {
        self.ops.try_reserve(1).map_err(|_| self.at.out_of_memory("the operations"))?;
        self.ops.push(op);
        Ok(())
    }
}

/// No contents are longer than this, whatever a program asks for.
fn in_memory(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
