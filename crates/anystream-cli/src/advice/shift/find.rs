//! Finds shifts: proposes distances from pairs of reads and writes, and keeps those that hold to the end.

use std::collections::HashSet;
use std::ops::Range;

use anystream::{ByteStream, RopeStream};
use anystream_workload::{Scratch, Script, run_ops};
use rangemap::RangeSet;

use super::super::walk::{Effect, Step, data};
use super::evidence::{lengths_suggest, uses_the_room};
use super::follow::{Run, follow, shifted};
use super::{Contents, Shift};

/// Fewer bytes are not worth a word.
const LEAST_MOVED: u64 = 512;

/// All calls that are looked at, over all distances: a second at most.
const BUDGET: usize = 2_000_000;

/// How many writes back a distance is followed.
const MOST_WRITES: usize = 256;

/// How many reads back a write is compared with.
const RECENT: usize = 8;

pub(super) fn find(script: &Script, steps: &[Step], contents: Contents) -> Vec<Shift> {
    let mut search = Search {
        script,
        steps,
        contents,
        lengths: steps.iter().flat_map(|step| [step.before.length, step.after.length]).collect(),
        tried: HashSet::new(),
        budget: BUDGET,
    };
    let mut shifts = Vec::new();
    let mut seen = Seen::default();
    let mut call = 0;
    while let Some(step) = steps.get(call) {
        call += 1;
        match &step.effect {
            Effect::Read(range) => seen.read(call - 1, range),
            Effect::Write(range) => {
                seen.writes.push((call - 1, range.clone()));
                if let Some(shift) = search.at(&seen, call - 1, range) {
                    call = shift.calls.end;
                    shifts.push(shift);
                    seen = Seen::default();
                }
            }
            _ => {}
        }
    }
    shifts
}

/// Reads and writes since the last shift.
#[derive(Default)]
struct Seen {
    reads: Vec<(usize, Range<u64>)>,
    writes: Vec<(usize, Range<u64>)>,
    /// Reads without a gap up to the latest read: the first call, and all they read.
    run: Option<(usize, Range<u64>)>,
    all: RangeSet<u64>,
}

impl Seen {
    fn read(&mut self, call: usize, range: &Range<u64>) {
        match &mut self.run {
            Some((_, run)) if run.end == range.start => run.end = range.end,
            run => *run = Some((call, range.clone())),
        }
        self.reads.push((call, range.clone()));
        self.all.insert(range.clone());
    }

    /// The call of the latest read that has the byte at `at`.
    fn reader_of(&self, at: u64) -> Option<usize> {
        self.reads.iter().rev().take(4096).find(|(_, range)| range.contains(&at)).map(|(call, _)| *call)
    }
}

struct Search<'a> {
    script: &'a Script,
    steps: &'a [Step],
    contents: Contents,
    lengths: HashSet<u64>,
    /// Distances and first calls that led to nothing.
    tried: HashSet<(i64, usize)>,
    budget: usize,
}

impl Search<'_> {
    /// The shift that the write of `call` to `range` takes part in.
    fn at(&mut self, seen: &Seen, call: usize, range: &Range<u64>) -> Option<Shift> {
        let reads = seen.reads.iter().rev().take(RECENT).map(|(_, read)| read);
        let reads = reads.chain(seen.run.iter().map(|(_, run)| run));
        let mut distances: Vec<i64> = Vec::new();
        for read in reads {
            for (to, from) in [(range.start, read.start), (range.end, read.end)] {
                let Some(by) = to.checked_signed_diff(from) else { continue };
                if by != 0 && !distances.contains(&by) {
                    distances.push(by);
                }
            }
        }
        distances.retain(|by| self.lengths_differ_by(*by, call));
        let found: Vec<Shift> = distances.into_iter().filter_map(|by| self.by(seen, call, by)).collect();
        found.into_iter().max_by_key(|shift| shift.moved.end - shift.moved.start)
    }

    /// Whether the length around `call` ever differs by `by`.
    fn lengths_differ_by(&self, by: i64, call: usize) -> bool {
        let step = &self.steps[call];
        let has =
            |length: u64, by: i64| length.checked_add_signed(by).is_some_and(|it| self.lengths.contains(&it));
        has(step.before.length, by) || has(step.after.length, -by)
    }

    fn by(&mut self, seen: &Seen, call: usize, by: i64) -> Option<Shift> {
        let first_write =
            |range: &Range<u64>| shifted(range, -by).is_some_and(|from| covered(&seen.all, &from));
        let whole = self.contents == Contents::Generated;
        let mut writes = seen.writes.iter().rev();
        let (_, own) = writes.next()?;
        // Earlier writes that fit, for a distance that shows only at the end of a run.
        let earliest = writes
            .take(MOST_WRITES)
            .take_while(|(_, range)| first_write(range))
            .last()
            .map(|(_, range)| range);
        for write in [earliest, Some(own)].into_iter().flatten() {
            let Some(source) = write.end.checked_sub(1).and_then(|at| at.checked_add_signed(-by)) else {
                continue;
            };
            let reader = seen.reader_of(source);
            let run = seen.run.as_ref().map(|(first, _)| *first).filter(|first| *first < call);
            for first in [run, reader].into_iter().flatten() {
                if !self.tried.insert((by, first)) {
                    continue;
                }
                if let Some(shift) =
                    follow(self.steps, first, by, whole, &mut self.budget).and_then(|run| self.shift(run))
                {
                    return Some(shift);
                }
            }
        }
        None
    }

    /// The shift that `run` is, if contents or lengths say so.
    fn shift(&self, mut run: Run) -> Option<Shift> {
        if self.contents == Contents::Recorded {
            run.start = self.first_equal(&run)?;
        }
        let moved = run.start..run.length;
        if moved.end - moved.start < LEAST_MOVED {
            return None;
        }
        let target = shifted(&moved, run.by)?;
        run.pieces = within(&run.pieces, &target);
        run.fetched = within(&run.fetched, &moved);
        run.last = run.pieces.iter().map(|(call, _)| *call).chain(run.resized.last().copied()).max()?;
        run.fetched.retain(|(call, _)| *call <= run.last);
        run.resized.retain(|call| *call <= run.last);
        if self.steps.get(run.last)?.after.length != target.end {
            return None;
        }
        if self.contents == Contents::Generated && !lengths_suggest(&run, self.steps) {
            return None;
        }
        if run.by > 0 && !uses_the_room(&run, self.steps) {
            return None;
        }
        let changes = |effect: &Effect| match effect {
            Effect::Write(range) => range.end > moved.start.min(target.start),
            Effect::SetLen(_) => true,
            _ => false,
        };
        let first = run.fetched.first()?.0;
        let splice_at = (first..=run.last).find(|&call| changes(&self.steps[call].effect))?;
        Some(Shift {
            by: run.by,
            moved,
            calls: first..run.last + 1,
            splice_at,
            pieces: run.pieces,
            fetched: run.fetched,
            resized: run.resized,
        })
    }

    /// The first byte from which on all bytes of `run` are written as they were read.
    fn first_equal(&self, run: &Run) -> Option<u64> {
        let first = run.reads.first()?.0;
        let mut before = RopeStream::from(self.script.initial.clone());
        run_ops(self.script.ops.get(..first)?, &mut before, &mut Scratch::default());
        let mut pieces: Vec<_> = run.pieces.iter().filter(|(_, to)| to.end > 0).collect();
        pieces.sort_by_key(|(_, to)| std::cmp::Reverse(to.end));
        let mut start = run.length;
        for (call, to) in pieces {
            let from = shifted(to, -run.by)?;
            let Effect::Write(whole) = &self.steps.get(*call)?.effect else { return None };
            if from.end != start {
                break;
            }
            let mut read = vec![0; usize::try_from(from.end - from.start).ok()?];
            let there = before.read_at(from.start, &mut read).ok()?;
            let written = data(self.script.ops.get(*call)?);
            let written = written.get((to.start - whole.start) as usize..(to.end - whole.start) as usize)?;
            let equal =
                written.iter().rev().zip(read.get(..there)?.iter().rev()).take_while(|(a, b)| a == b).count();
            start -= equal as u64;
            if equal < read.len() {
                break;
            }
        }
        Some(start)
    }
}

fn covered(set: &RangeSet<u64>, range: &Range<u64>) -> bool {
    !range.is_empty() && set.gaps(range).next().is_none()
}

/// The parts of `pieces` inside `bounds`.
fn within(pieces: &[(usize, Range<u64>)], bounds: &Range<u64>) -> Vec<(usize, Range<u64>)> {
    let cut = |(call, range): &(usize, Range<u64>)| {
        (*call, range.start.max(bounds.start)..range.end.min(bounds.end))
    };
    pieces.iter().map(cut).filter(|(_, range)| !range.is_empty()).collect()
}
