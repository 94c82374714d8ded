//! What happens if bytes move by one distance from some call on.

use std::ops::Range;

use rangemap::RangeSet;

use super::super::walk::{Effect, Step};

/// The moves by one distance that follow a call.
pub(super) struct Run {
    pub(super) by: i64,
    /// The length of the file before.
    pub(super) length: u64,
    /// The first moved byte; all from there to `length` are moved.
    pub(super) start: u64,
    /// As in `Shift`, but for all moved bytes.
    pub(super) pieces: Vec<(usize, Range<u64>)>,
    pub(super) fetched: Vec<(usize, Range<u64>)>,
    pub(super) resized: Vec<usize>,
    /// The whole ranges of reads, with their calls.
    pub(super) reads: Vec<(usize, Range<u64>)>,
    /// The whole ranges of writes, with their calls.
    pub(super) writes: Vec<(usize, Range<u64>)>,
    /// The last call.
    pub(super) last: usize,
}

/// The moves by `by` from call `first` on. `None` unless they reach the end of the file and change its length by `by`.
/// With `whole_writes`, a write moves bytes only if it moves nothing but bytes. Takes the number of calls it looks at
/// from `budget`.
pub(super) fn follow(
    steps: &[Step],
    first: usize,
    by: i64,
    whole_writes: bool,
    budget: &mut usize,
) -> Option<Run> {
    /// A program that does so much else is no longer moving bytes.
    const MOST_BETWEEN: usize = 1024;
    let length = steps.get(first)?.before.length;
    let new_length = length.checked_add_signed(by)?;
    let mut run = Run {
        by,
        length,
        start: length,
        pieces: Vec::new(),
        fetched: Vec::new(),
        resized: Vec::new(),
        reads: Vec::new(),
        writes: Vec::new(),
        last: first,
    };
    // Of the file as it was before: what the program has in memory, and what is overwritten in the file.
    let (mut held, mut overwritten, mut moved) = (RangeSet::new(), RangeSet::new(), RangeSet::new());
    let mut between = 0;
    for (call, step) in steps.iter().enumerate().skip(first) {
        *budget = budget.checked_sub(1)?;
        match &step.effect {
            Effect::Nothing => {}
            Effect::Read(range) => {
                run.reads.push((call, range.clone()));
                let before = range.start..range.end.min(length);
                if before.is_empty() {
                    continue;
                }
                let parts: Vec<Range<u64>> = overwritten.gaps(&before).collect();
                for part in parts {
                    run.fetched.push((call, part.clone()));
                    held.insert(part);
                }
            }
            Effect::Write(range) if by > 0 && range.end > new_length => break,
            Effect::Write(range) => {
                run.writes.push((call, range.clone()));
                let mut parts = moves(range, by, length, &held, &moved);
                let all = shifted(range, -by).map(|from| from.start..from.end.min(length));
                if whole_writes && parts.first() != all.as_ref() {
                    parts.clear();
                }
                between = if parts.is_empty() { between + 1 } else { 0 };
                for part in parts {
                    run.last = call;
                    run.pieces.push((call, shifted(&part, by)?));
                    moved.insert(part);
                }
                overwritten.insert(range.clone());
            }
            Effect::SetLen(to) if *to == new_length => {
                run.resized.push(call);
                if by < 0 {
                    run.last = call;
                    break;
                }
            }
            Effect::SetLen(_) | Effect::Splice | Effect::Value => break,
        }
        if between > MOST_BETWEEN {
            break;
        }
    }
    run.start = moved.get(&length.checked_sub(1)?)?.start;
    run.resized.retain(|call| *call <= run.last);
    (steps.get(run.last)?.after.length == new_length).then_some(run)
}

/// The bytes, as positions before, that a write to `range` moves by `by`.
fn moves(
    range: &Range<u64>,
    by: i64,
    length: u64,
    held: &RangeSet<u64>,
    moved: &RangeSet<u64>,
) -> Vec<Range<u64>> {
    let back = |at: u64| at.saturating_add_signed(-by).min(length);
    let source = back(range.start)..back(range.end);
    if source.is_empty() {
        return Vec::new();
    }
    let held = held.overlapping(&source).map(|part| part.start.max(source.start)..part.end.min(source.end));
    held.flat_map(|part| moved.gaps(&part).collect::<Vec<_>>()).collect()
}

pub(super) fn shifted(range: &Range<u64>, by: i64) -> Option<Range<u64>> {
    Some(range.start.checked_add_signed(by)?..range.end.checked_add_signed(by)?)
}
