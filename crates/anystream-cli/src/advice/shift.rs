//! Bytes that a program moves by hand, because its files have no `insert` and no `remove`.
//!
//! A program that makes room inside a file reads everything after that place and writes it again, further back; one
//! that removes something moves the rest forward and truncates. Block sizes, direction and buffering differ. Common to
//! all is one distance: each byte between some place and the end of the file is read, and then written that far away,
//! and the length changes by exactly that distance.
//!
//! [`find`] looks for such distances in what a script reads and writes, [`rewrite::rewritten`] replaces the moves with
//! one `splice`, and [`advice`] measures what that gains.

mod evidence;
mod find;
mod follow;
mod rewrite;
#[cfg(test)]
mod tests;

use std::ops::Range;

use anystream_workload::Script;

use super::walk::walk;
use super::{Advice, Bench, Confidence, Kind, Setup, Variant, bytes, faster};
use crate::contender::Contender;
use crate::report::numbers::count;

/// Whether the bytes in a script are those that the program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Recorded: a shift moves equal bytes, or it is none.
    Recorded,
    /// Generated from a seed. Only lengths and positions are known.
    Generated,
}

/// One insertion or removal that a program does by moving the rest of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shift {
    /// How far the bytes move: positive to make room, negative to remove.
    pub(crate) by: i64,
    /// The bytes that move, as positions before the move. They reach to the end of the file.
    pub(crate) moved: Range<u64>,
    /// The calls it is made of, among other calls.
    pub(crate) calls: Range<usize>,
    /// The first call of these that changes the moved part of the file: the place for the `splice`.
    splice_at: usize,
    /// The parts of writes that only move bytes, as (call, where it writes them).
    pieces: Vec<(usize, Range<u64>)>,
    /// The parts of reads that only fetch bytes to move.
    fetched: Vec<(usize, Range<u64>)>,
    /// Calls that only change the length.
    resized: Vec<usize>,
}

/// A script without its manual shifts.
#[derive(Debug, Clone)]
pub(crate) struct Rewritten {
    pub(crate) script: Script,
    pub(crate) shifts: Vec<Shift>,
}

/// Finds the shifts in `script` and replaces them with insertions and removals. `None` if there are none, or if the
/// result would differ: in its length, and where contents are recorded, in any byte.
pub(crate) fn without_shifts(script: &Script, contents: Contents) -> Option<Rewritten> {
    let steps = walk(script);
    let shifts = find::find(script, &steps, contents);
    if shifts.is_empty() {
        return None;
    }
    let rewritten = rewrite::rewritten(script, &steps, &shifts)?;
    rewrite::ends_the_same(script, &rewritten, contents).then_some(Rewritten { script: rewritten, shifts })
}

/// Advises to `insert` and `remove`, if the rewritten script on `rope` is proven faster than the original on `chosen`.
pub(crate) fn advice(
    script: &Script,
    contents: Contents,
    chosen: Contender,
    rope: Contender,
    bench: &mut dyn Bench,
) -> Option<Advice> {
    let rewritten = without_shifts(script, contents)?;
    let base = Variant::borrowed(script, Setup::Contender(chosen));
    let compared = bench.compare(&base, &Variant::borrowed(&rewritten.script, Setup::Contender(rope)))?;
    if !compared.proves_other_faster() {
        return None;
    }
    let confidence = match contents {
        Contents::Recorded => Confidence::Proven,
        Contents::Generated => Confidence::Suggested,
    };
    let inserts = rewritten.shifts.iter().any(|shift| shift.by > 0);
    let removes = rewritten.shifts.iter().any(|shift| shift.by < 0);
    let call = match (inserts, removes) {
        (true, true) => "`insert` and `remove`",
        (true, false) => "`insert`",
        _ => "`remove`",
    };
    let known = match confidence {
        Confidence::Proven => "",
        Confidence::Suggested => {
            " The log has lengths only: they suggest it; a trace with contents proves it."
        }
    };
    let sentence = format!(
        "The program {}; with {call} on a rope: {}.{known}",
        what_moves(&rewritten.shifts),
        faster(compared.ratio)
    );
    Some(Advice { kind: Kind::ManualShifting, sentence, code: code(&rewritten.shifts), confidence })
}

/// "moves 394 KB to make room for 9,043 bytes".
fn what_moves(shifts: &[Shift]) -> String {
    let total = |of: &dyn Fn(&Shift) -> u64| shifts.iter().map(of).sum::<u64>();
    let moved = total(&|shift| shift.moved.end - shift.moved.start);
    let room = total(&|shift| shift.by.max(0).unsigned_abs());
    let removed = total(&|shift| shift.by.min(0).unsigned_abs());
    let times =
        if shifts.len() > 1 { format!(" in {}", count(shifts.len() as u64, "shift")) } else { String::new() };
    let purpose = match (room, removed) {
        (room, 0) => format!("make room for {}", bytes(room)),
        (0, removed) => format!("remove {}", bytes(removed)),
        (room, removed) => format!("make room for {} and to remove {}", bytes(room), bytes(removed)),
    };
    format!("moves {}{times} to {purpose}", bytes(moved))
}

/// The largest shift as a call.
fn code(shifts: &[Shift]) -> Option<String> {
    let largest = shifts.iter().max_by_key(|shift| shift.moved.end - shift.moved.start)?;
    let at = largest.moved.start;
    Some(match largest.by {
        0.. => format!("stream.insert({at}, &new_bytes)?; // {} new bytes", largest.by),
        by => format!("stream.remove({}..{at})?;", at.checked_add_signed(by)?),
    })
}
