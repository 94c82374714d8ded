//! Whether lengths alone suggest a shift.
//!
//! A program that reads a whole file and writes it again, somewhat longer, fits a shift too. So lengths count as
//! evidence only where blocks are written elsewhere than they were read, with boundaries that fit the distance and
//! would not fit if the bytes had stayed where they were.

use std::collections::HashSet;
use std::ops::Range;

use super::super::walk::{Effect, Step};
use super::follow::{Run, shifted};

pub(super) fn lengths_suggest(run: &Run, steps: &[Step]) -> bool {
    let Some(target) = shifted(&(run.start..run.length), run.by) else { return false };
    let far = run.by.unsigned_abs().saturating_mul(2) > target.end - target.start;
    if far || !no_other_writes(run, &target) {
        return false;
    }
    let moving: HashSet<usize> = run.pieces.iter().map(|(call, _)| *call).collect();
    let moves = || run.writes.iter().filter(|(call, _)| moving.contains(call));
    let first_move = moves().map(|(call, _)| *call).min().unwrap_or_default();
    // Reads between the writes: the program works block by block.
    let interleaved = run.fetched.iter().any(|(call, _)| (first_move + 1..run.last).contains(call));
    if in_place(run, &moving, interleaved) {
        return false;
    }
    let reads: HashSet<&Range<u64>> = run.reads.iter().map(|(_, range)| range).collect();
    let exact = |range: &Range<u64>| shifted(range, -run.by).is_some_and(|from| reads.contains(&from));
    let length = |range: &Range<u64>| range.end - range.start;
    let exact: u64 = moves().map(|(_, range)| range).filter(|range| exact(range)).map(length).sum();
    if exact * 2 >= target.end - target.start {
        return true;
    }
    jumps(&run.writes, target.start) && (jumps(&run.reads, run.start) || fills_the_gap(run, steps))
}

/// Whether the moves may as well be blocks that are changed where they are, in a file that also grows or shrinks.
fn in_place(run: &Run, moving: &HashSet<usize>, interleaved: bool) -> bool {
    let moves = || run.writes.iter().filter(|(call, _)| moving.contains(call));
    let starts: HashSet<u64> = run.reads.iter().map(|(_, range)| range.start).collect();
    if !moves().all(|(_, range)| starts.contains(&range.start)) {
        return false;
    }
    let last_read =
        |call: usize| run.reads.get(run.reads.partition_point(|(read, _)| *read < call).wrapping_sub(1));
    let at_once =
        moves().all(|(call, range)| last_read(*call).is_some_and(|(_, read)| read.start == range.start));
    at_once || !interleaved || (run.by > 0 && moves().map(|(_, range)| range.start).is_sorted())
}

/// Whether the program writes anything where it made room. Otherwise it copies: the original is still needed.
pub(super) fn uses_the_room(run: &Run, steps: &[Step]) -> bool {
    const SOON: usize = 4096;
    let Some(end) = run.start.checked_add_signed(run.by) else { return false };
    let Some((first, _)) = run.pieces.first() else { return false };
    let Some((first_read, _)) = run.fetched.first() else { return false };
    steps.iter().take(run.last + SOON).skip((*first_read).min(*first)).any(|step| match &step.effect {
        Effect::Write(range) => range.start < end && run.start < range.end,
        _ => false,
    })
}

/// Whether, from the first to the last move, the program writes nothing that the moves would overwrite.
fn no_other_writes(run: &Run, target: &Range<u64>) -> bool {
    let mut moved = rangemap::RangeSet::new();
    let mut pieces = run.pieces.iter().peekable();
    run.writes.iter().take_while(|(call, _)| *call <= run.last).all(|(call, range)| {
        while let Some((_, piece)) = pieces.next_if(|(of, _)| of == call) {
            moved.insert(piece.clone());
        }
        let inside = range.start.max(target.start)..range.end.min(target.end);
        inside.is_empty() || moved.gaps(&inside).next().is_none()
    })
}

/// Whether a call starts at `at` and does not continue from the call before.
fn jumps(ranges: &[(usize, Range<u64>)], at: u64) -> bool {
    let mut end = None;
    ranges.iter().any(|(_, range)| {
        let before = end.replace(range.end);
        range.start == at && before != Some(at)
    })
}

/// Whether the room that was made is filled exactly after the moves.
fn fills_the_gap(run: &Run, steps: &[Step]) -> bool {
    const SOON: usize = 64;
    let Some(end) = run.start.checked_add_signed(run.by).filter(|_| run.by > 0) else { return false };
    let mut at = run.start;
    for step in steps.iter().skip(run.last + 1).take(SOON) {
        match &step.effect {
            Effect::Write(range) if range.start == at => at = range.end,
            _ => {}
        }
        if at >= end {
            return at == end;
        }
    }
    false
}
