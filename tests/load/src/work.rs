//! The work: the same in every lap but for what is chosen at random, so that laps can be compared.

use std::collections::VecDeque;
use std::ops::Range;

use anyhow::{Context, Result};
use anystream::Backend;
use cpu_time::ThreadTime;

use crate::calibration::Calibration;
use crate::fleet::{
    self, BIG_ROPE, BIG_VEC, Inserts, MIDDLE_ANY, MIDDLE_ROPES, MIDDLE_VECS, PLANS, SMALL_ANY,
};
use crate::meter::Spent;
use crate::subject::{Subject, Tools, Value};

/// After so many laps the patrol has read every stream from end to end.
pub(crate) const PATROL: usize = 8;
/// Values and clones of small streams that are held at a time.
const HELD: usize = 256;
/// What is cloned and given out as one value in single steps.
const SMALL: usize = 1 << 20;
/// The calls of the patrol, in bytes.
const PIECE: usize = 1 << 18;

pub(crate) struct Work {
    pub(crate) tools: Tools,
    pub(crate) groups: Vec<Vec<Subject>>,
    pub(crate) calibration: Calibration,
    /// For each group, what its steps came to.
    pub(crate) steps: Vec<Spent>,
    pub(crate) lap: usize,
    values: VecDeque<Value>,
    clones: VecDeque<Subject>,
    /// Of the large streams, from one lap to the next.
    lent: Option<Value>,
    large_clones: Vec<Subject>,
    /// The memory of the process after each part of a lap, in bytes, until somebody takes it.
    pub(crate) resident: Vec<u64>,
}

impl Work {
    pub(crate) fn begin(seed: u64, bytes: u64) -> Result<Self> {
        let mut tools = Tools::new(seed);
        let groups = fleet::fill(bytes, &mut tools)?;
        Ok(Work {
            tools,
            groups,
            calibration: Calibration::new(),
            steps: vec![Spent::default(); PLANS.len()],
            lap: 0,
            values: VecDeque::new(),
            clones: VecDeque::new(),
            lent: None,
            large_clones: Vec::new(),
            resident: Vec::new(),
        })
    }

    /// Some seconds of everything.
    pub(crate) fn lap(&mut self) -> Result<()> {
        self.part("large streams are cloned and lent", Work::share_large)?;
        for half in 0..2 {
            for (group, plan) in PLANS.iter().enumerate() {
                self.part(plan.name, |work| work.steps(group, half))?;
            }
        }
        self.part("ropes are put together", Work::compose)?;
        self.part("streams are converted", Work::convert)?;
        self.part("the patrol", Work::patrol)?;
        self.part("the window is compacted", Work::compact_window)?;
        self.part("clones of large streams are dropped", Work::let_go_large)?;
        self.lap += 1;
        Ok(())
    }

    /// Everything that is held, and every stream from end to end.
    pub(crate) fn check_all(&mut self) -> Result<()> {
        for value in std::mem::take(&mut self.values) {
            value.check(&mut self.tools).context("at the end")?;
        }
        for mut clone in std::mem::take(&mut self.clones) {
            clone.check_all(&mut self.tools).context("a clone, at the end")?;
        }
        if let Some(value) = self.lent.take() {
            value.check(&mut self.tools).context("the value of the large vector, at the end")?;
        }
        for (group, streams) in self.groups.iter_mut().enumerate() {
            for (number, subject) in streams.iter_mut().enumerate() {
                let place = || format!("stream {number} of \"{}\", at the end", PLANS[group].name);
                subject.check_all(&mut self.tools).with_context(place)?;
            }
        }
        Ok(())
    }

    fn part(&mut self, name: &str, part: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        part(self).with_context(|| format!("lap {}, {name}", self.lap))?;
        self.calibration.run();
        self.resident.extend(crate::resident::bytes());
        Ok(())
    }

    fn steps(&mut self, group: usize, half: usize) -> Result<()> {
        let plan = &PLANS[group];
        let (begun, calls) = (ThreadTime::now(), self.tools.meter.total());
        for step in 0..plan.steps / 2 {
            let number = self.tools.random.usize(..plan.streams);
            let place = || format!("step {step} of half {half}, stream {number}");
            self.step(group, number).with_context(place)?;
        }
        self.steps[group].calls += self.tools.meter.total() - calls;
        self.steps[group].time += begun.elapsed();
        Ok(())
    }

    fn step(&mut self, group: usize, number: usize) -> Result<()> {
        let plan = &PLANS[group];
        let tools = &mut self.tools;
        let subject = &mut self.groups[group][number];
        let len = subject.cells.len();
        let is_small = len * subject.cell <= SMALL;
        // Mostly few cells, sometimes many.
        let most = 1 << tools.random.u32(..=plan.largest);
        let count = tools.random.usize(1..=most);
        let within = |random: &mut fastrand::Rng| {
            let count = count.min(len);
            let start = random.usize(..=len - count);
            start..start + count
        };
        match tools.random.u32(..100) {
            0..30 => {
                let cells = within(&mut tools.random);
                subject.read(cells, tools)
            }
            30..38 => {
                let cells = within(&mut tools.random);
                subject.read_at(cells, tools)
            }
            38..42 => {
                let cells = within(&mut tools.random);
                subject.read_runs(cells, tools)
            }
            42..66 => {
                // Sometimes past the end, where it becomes an append.
                let cells = within(&mut tools.random);
                subject.overwrite(cells.start, cells.len(), tools)?;
                if tools.random.bool() { subject.read(cells, tools) } else { Ok(()) }
            }
            66..76 => {
                subject.append(count, tools)?;
                self.cut(group, number)
            }
            76..78 => {
                subject.grow(count, tools)?;
                self.cut(group, number)
            }
            78..90 => {
                let at = self.insertion(group, number);
                let (tools, subject) = (&mut self.tools, &mut self.groups[group][number]);
                if len <= subject.target {
                    subject.insert(at, count, tools)
                } else {
                    subject.remove(at..(at + count).min(len), tools)
                }
            }
            90..93 => {
                let at = self.insertion(group, number);
                let (tools, subject) = (&mut self.tools, &mut self.groups[group][number]);
                let removed = tools.random.usize(1..=most).min(len - at);
                let added = if len <= subject.target { count } else { tools.random.usize(..=removed) };
                subject.splice(at..at + removed, added, tools)
            }
            93..95 => {
                let cells = within(&mut tools.random);
                subject.write_bytes(cells.start, cells.len(), tools)
            }
            95..97 => {
                let cells = within(&mut tools.random);
                let value = subject.read_bytes(cells, tools)?;
                self.hold(value)
            }
            97 if is_small => {
                let value = subject.value(tools)?;
                self.hold(value)
            }
            98 if is_small => {
                let clone = subject.cloned(tools)?;
                self.clones.push_back(clone);
                self.let_go_clones()
            }
            99 if is_small && subject.stream.backend() == Backend::Rope => subject.compact(tools),
            _ => {
                let cells = within(&mut tools.random);
                subject.read(cells, tools)
            }
        }
    }

    /// Takes a stream that has become longer back to its length.
    fn cut(&mut self, group: usize, number: usize) -> Result<()> {
        let subject = &mut self.groups[group][number];
        if subject.cells.len() > subject.target + subject.target / 64 {
            let target = subject.target;
            subject.truncate(target, &mut self.tools)?;
        }
        Ok(())
    }

    /// Where a cell can be inserted without too much moving.
    fn insertion(&mut self, group: usize, number: usize) -> usize {
        let subject = &self.groups[group][number];
        let len = subject.cells.len();
        let range = match PLANS[group].inserts {
            Inserts::Anywhere => 0..len,
            Inserts::NearTheEnd => len - len.min(4096)..len,
            Inserts::InWindow => window(self.lap, len),
        };
        self.tools.random.usize(range.start..=range.end)
    }

    fn hold(&mut self, value: Value) -> Result<()> {
        self.values.push_back(value);
        if self.values.len() > HELD
            && let Some(value) = self.values.pop_front()
        {
            value.check(&mut self.tools)?;
        }
        Ok(())
    }

    /// The oldest clone is written, which nobody else may see, read and dropped.
    fn let_go_clones(&mut self) -> Result<()> {
        if self.clones.len() > HELD
            && let Some(mut clone) = self.clones.pop_front()
        {
            if clone.cells.len() > 0 {
                clone.overwrite(clone.cells.len() / 2, 1, &mut self.tools)?;
            }
            clone.check_all(&mut self.tools).context("a clone")?;
        }
        Ok(())
    }

    /// The large vector's value is lent in every second lap, and let go in the other: the first write copies it.
    /// One of the other vectors and one of the ropes is cloned, and the large rope.
    fn share_large(&mut self) -> Result<()> {
        let tools = &mut self.tools;
        match self.lent.take() {
            None => self.lent = Some(self.groups[BIG_VEC][0].value(tools)?),
            Some(value) => {
                let eighth = eighth(self.lap / 2, value.len());
                value.check_cells(eighth, tools)?;
            }
        }
        for group in [MIDDLE_VECS, MIDDLE_ROPES, BIG_ROPE] {
            let streams = &self.groups[group];
            self.large_clones.push(streams[self.lap % streams.len()].cloned(tools)?);
        }
        Ok(())
    }

    /// Clones from the beginning of this lap have seen nothing of it; nor do others see what is written to them.
    fn let_go_large(&mut self) -> Result<()> {
        for mut clone in std::mem::take(&mut self.large_clones) {
            let len = clone.cells.len();
            for _ in 0..1000 {
                let start = self.tools.random.usize(..len - 8);
                clone.read_at(start..start + 8, &mut self.tools).context("a clone")?;
            }
            clone.overwrite(self.tools.random.usize(..len - 8), 8, &mut self.tools)?;
            let window = window(self.lap, len);
            clone.check(window, PIECE, &mut self.tools).context("a clone")?;
        }
        Ok(())
    }

    /// Two of the ropes exchange a part each; a part of one is shared with the other, written there, and
    /// cut out again; one is compacted.
    fn compose(&mut self) -> Result<()> {
        let tools = &mut self.tools;
        let streams = &mut self.groups[MIDDLE_ROPES];
        let count = streams.len();
        let (first, second) = (self.lap % count, (self.lap + 1) % count);
        let [one, other] = streams.get_disjoint_mut([first, second])?;

        let part = one.cells.len().min(other.cells.len()) / 16;
        let mut behind_one = one.split_off(tools.random.usize(..one.cells.len() - part), tools)?;
        let mut behind_other = other.split_off(tools.random.usize(..other.cells.len() - part), tools)?;
        let one_rest = behind_one.split_off(part, tools)?;
        let other_rest = behind_other.split_off(part, tools)?;
        one.append_rope(behind_other, tools)?;
        other.append_rope(behind_one, tools)?;
        one.append_rope(one_rest, tools)?;
        other.append_rope(other_rest, tools)?;

        let start = tools.random.usize(..other.cells.len() - part);
        let mut shared = other.slice(start..start + part, tools)?;
        let at = tools.random.usize(..=one.cells.len());
        one.splice_stream(at, &mut shared, tools)?;
        for _ in 0..100 {
            let cell = tools.random.usize(at..at + part - 8);
            one.overwrite(cell, 8, tools)?;
        }
        one.check(at..at + part, PIECE, tools)?;
        shared.check_all(tools).context("what was shared")?;
        one.remove(at..at + part, tools)?;
        one.compact(tools)
    }

    fn convert(&mut self) -> Result<()> {
        for (group, count) in [(MIDDLE_ANY, 1), (SMALL_ANY, 20)] {
            let streams = &mut self.groups[group];
            for turn in 0..count {
                let number = (self.lap * count + turn) % streams.len();
                let subject = &mut streams[number];
                let now = Backend::ALL.iter().position(|&backend| backend == subject.stream.backend());
                let next = Backend::ALL[(now.unwrap_or(0) + 1) % Backend::ALL.len()];
                subject
                    .convert(next, &mut self.tools)
                    .with_context(|| format!("stream {number} to {next}"))?;
                subject.check_all(&mut self.tools).with_context(|| format!("stream {number} as {next}"))?;
            }
        }
        Ok(())
    }

    /// An eighth of every large stream, and every eighth of the others.
    fn patrol(&mut self) -> Result<()> {
        for (group, streams) in self.groups.iter_mut().enumerate() {
            let many = streams.len() > PATROL;
            for (number, subject) in streams.iter_mut().enumerate() {
                let place = || format!("stream {number} of \"{}\"", PLANS[group].name);
                if !many {
                    let cells = eighth(self.lap, subject.cells.len());
                    subject.check(cells, PIECE, &mut self.tools).with_context(place)?;
                } else if number % PATROL == self.lap % PATROL {
                    subject.check_all(&mut self.tools).with_context(place)?;
                }
            }
        }
        Ok(())
    }

    /// The part of the large rope that was edited is cut out, compacted, and put back.
    fn compact_window(&mut self) -> Result<()> {
        let (rope, tools) = (&mut self.groups[BIG_ROPE][0], &mut self.tools);
        let cells = window(self.lap, rope.cells.len());
        let mut part = rope.split_off(cells.start, tools)?;
        let rest = part.split_off(cells.len(), tools)?;
        part.compact(tools)?;
        rope.append_rope(part, tools)?;
        rope.append_rope(rest, tools)
    }
}

fn eighth(lap: usize, len: usize) -> Range<usize> {
    let part = lap % PATROL;
    len * part / PATROL..len * (part + 1) / PATROL
}

/// Hops about, so that neighbours are not edited one after the other.
fn window(lap: usize, len: usize) -> Range<usize> {
    let part = lap * 7 % 16;
    len * part / 16..len * (part + 1) / 16
}

#[cfg(test)]
mod tests {
    use anystream::ByteStream;
    use std::io::{Seek, SeekFrom, Write};

    use super::*;

    /// A byte that no call has written, in any group and anywhere in its streams, is found by one round of the patrol.
    #[test]
    fn the_patrol_finds_a_changed_byte() -> Result<()> {
        let mut work = Work::begin(3, 20_000_000)?;
        let mut random = fastrand::Rng::with_seed(4);
        for (group, plan) in PLANS.iter().enumerate() {
            let number = random.usize(..plan.streams);
            let stream = &mut work.groups[group][number].stream;
            let at = random.u64(..stream.len());
            let mut byte = [0];
            stream.read_at(at, &mut byte)?;
            stream.seek(SeekFrom::Start(at))?;
            stream.write_all(&[byte[0] ^ 1])?;
            let found = (0..PATROL).find_map(|lap| {
                work.lap = lap;
                work.patrol().err()
            });
            let found = format!("{:#}", found.context(plan.name)?);
            assert!(found.starts_with(&format!("stream {number} of \"{}\"", plan.name)), "{found}");
            let stream = &mut work.groups[group][number].stream;
            stream.seek(SeekFrom::Start(at))?;
            stream.write_all(&byte)?;
        }
        work.check_all()
    }

    /// Bytes that have moved are found too, and a length that no call has made.
    #[test]
    fn the_check_at_the_end_finds_what_has_moved() -> Result<()> {
        let mut work = Work::begin(5, 20_000_000)?;
        let stream = &mut work.groups[BIG_ROPE][0].stream;
        stream.remove(1_000_000..1_000_001)?;
        stream.insert(1_500_000, &[0])?;
        assert!(work.check_all().is_err());
        let mut work = Work::begin(5, 20_000_000)?;
        work.groups[MIDDLE_VECS][3].stream.write_all(&[])?;
        work.check_all()?;
        work.groups[MIDDLE_VECS][3].stream.seek(SeekFrom::End(0))?;
        work.groups[MIDDLE_VECS][3].stream.write_all(&[0])?;
        assert!(work.check_all().is_err());
        Ok(())
    }

    /// All kinds of calls are made, none finds anything wrong, and lengths stay.
    #[test]
    fn a_lap_makes_every_kind_of_call() -> Result<()> {
        let mut work = Work::begin(6, 20_000_000)?;
        let length = fleet::length(&work.groups);
        work.lap()?;
        work.lap()?;
        work.check_all()?;
        assert!(work.tools.meter.calls.iter().all(|&calls| calls > 0), "{:?}", work.tools.meter.calls);
        assert!(fleet::length(&work.groups).abs_diff(length) < length / 10);
        Ok(())
    }
}
