//! The script that inserts and removes instead of moving bytes.

use std::io::SeekFrom;
use std::ops::Range;

use anystream::{ByteStream, Bytes, RopeStream};
use anystream_workload::{Digest, Model, Op, Scratch, Script, run_ops};
use rangemap::RangeSet;

use super::super::walk::{Effect, Step, data, walk};
use super::{Contents, Shift};

/// `script` with a `splice` in place of each of `shifts`, which are in the order of their calls. `None` if there is no
/// memory.
///
/// The room that is made first holds the bytes that the program leaves there, so that it does not matter when the
/// program overwrites them.
pub(super) fn rewritten(script: &Script, steps: &[Step], shifts: &[Shift]) -> Option<Script> {
    let mut out = Script::new(script.name.clone(), script.initial.clone()).holding(script.hold);
    let mut file = RopeStream::from(script.initial.clone());
    let mut done = 0;
    let mut replayed = 0;
    for shift in shifts {
        out.ops.extend_from_slice(script.ops.get(done..shift.calls.start)?);
        run_ops(script.ops.get(replayed..shift.splice_at)?, &mut file, &mut Scratch::default());
        replayed = shift.splice_at;
        let mut writer = Writer { at: steps.get(shift.calls.start)?.before.position, ops: &mut out.ops };
        for call in shift.calls.clone() {
            if call == shift.splice_at {
                writer.ops.push(splice(shift, &file)?);
            }
            writer.call(call, script.ops.get(call)?, steps.get(call)?, shift);
        }
        writer.seek(steps.get(shift.calls.end - 1)?.after.position);
        done = shift.calls.end;
    }
    out.ops.extend_from_slice(script.ops.get(done..)?);
    Some(out)
}

/// Whether both leave the same: contents if they are recorded, else the length.
pub(super) fn ends_the_same(script: &Script, rewritten: &Script, contents: Contents) -> bool {
    match contents {
        Contents::Recorded => digest(script) == digest(rewritten),
        Contents::Generated => final_length(script) == final_length(rewritten),
    }
}

fn digest(script: &Script) -> Digest {
    let mut model = Model::new(&script.initial);
    for op in &script.ops {
        model.apply(op);
    }
    Digest::of(model.contents())
}

fn final_length(script: &Script) -> Option<u64> {
    walk(script).last().map(|step| step.after.length)
}

fn splice(shift: &Shift, file: &RopeStream) -> Option<Op> {
    let at = shift.moved.start;
    if shift.by < 0 {
        return Some(Op::Splice { range: at.checked_add_signed(shift.by)?..at, with: Bytes::new() });
    }
    let mut left = Vec::new();
    let room = usize::try_from(shift.by).ok()?;
    left.try_reserve_exact(room).ok()?;
    left.resize(room, 0);
    file.read_at(at, &mut left).ok()?;
    Some(Op::Splice { range: at..at, with: left.into() })
}

/// Writes calls at absolute positions, with a seek only where one is needed.
struct Writer<'a> {
    at: u64,
    ops: &'a mut Vec<Op>,
}

impl Writer<'_> {
    fn seek(&mut self, to: u64) {
        if self.at != to {
            self.ops.push(Op::Seek(SeekFrom::Start(to)));
            self.at = to;
        }
    }

    /// What is left of a call without its part in `shift`.
    fn call(&mut self, call: usize, op: &Op, step: &Step, shift: &Shift) {
        let parts = |of: &[(usize, Range<u64>)], whole: &Range<u64>| -> Option<Vec<Range<u64>>> {
            let first = of.partition_point(|(it, _)| *it < call);
            let mine: RangeSet<u64> = of
                .iter()
                .skip(first)
                .take_while(|(it, _)| *it == call)
                .map(|(_, range)| range.clone())
                .collect();
            (!mine.is_empty()).then(|| mine.gaps(whole).collect())
        };
        match &step.effect {
            Effect::Read(whole) => match parts(&shift.fetched, whole) {
                None => self.unchanged(op, step),
                Some(rest) => {
                    for part in rest {
                        self.seek(part.start);
                        self.ops.push(Op::Read((part.end - part.start) as usize));
                        self.at = part.end;
                    }
                }
            },
            Effect::Write(whole) => match parts(&shift.pieces, whole) {
                None => self.unchanged(op, step),
                Some(rest) => {
                    let data = data(op);
                    for part in rest {
                        self.seek(part.start);
                        let bytes = (part.start - whole.start) as usize..(part.end - whole.start) as usize;
                        self.ops.push(Op::Write(data.slice(bytes)));
                        self.at = part.end;
                    }
                }
            },
            Effect::SetLen(_) if shift.resized.contains(&call) => {}
            Effect::Nothing if matches!(op, Op::Seek(_)) || step.before == step.after => {}
            _ => self.unchanged(op, step),
        }
    }

    fn unchanged(&mut self, op: &Op, step: &Step) {
        if !matches!(op, Op::ReadAt { .. } | Op::SetLen(_) | Op::Truncate(_)) {
            self.seek(step.before.position);
            self.at = step.after.position;
        }
        self.ops.push(op.clone());
    }
}
