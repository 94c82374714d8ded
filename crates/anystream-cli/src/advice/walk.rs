//! Where each call of a script reads and writes.

use std::ops::Range;

use anystream::Bytes;
use anystream_workload::{Extent, Model, Op, Outcome, RecordedOp, Script};

/// What one call did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) effect: Effect,
    /// Before the call.
    pub(super) before: Extent,
    /// After the call.
    pub(super) after: Extent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Read(Range<u64>),
    Write(Range<u64>),
    /// `set_len`, or a `truncate` that cuts something off.
    SetLen(u64),
    /// A seek, or a call that moves nothing.
    Nothing,
    /// An insert, a removal or a replacement.
    Splice,
    /// The whole contents as a value.
    Value,
}

/// The effect of each call of `script`, in order.
pub(super) fn walk(script: &Script) -> Vec<Step> {
    let needs_contents =
        |op: &Op| matches!(op, Op::ReadToString | Op::ReadUntil(_) | Op::SkipUntil(_) | Op::ReadLine);
    // The contents matter only to calls that search in them, and copying them costs far more than the arithmetic.
    let mut model = script.ops.iter().any(needs_contents).then(|| Model::new(&script.initial));
    let mut extent = Extent { length: script.initial.len() as u64, position: 0 };
    let step = |op: &Op| {
        let before = extent;
        match &mut model {
            Some(model) => {
                model.apply(op);
                extent = Extent { length: model.length(), position: model.position() };
            }
            None => {
                let call = RecordedOp::from(op);
                if let Some(outcome @ (Outcome::Done | Outcome::Number(_))) = extent.lawful(&call) {
                    // A lawful outcome always fits.
                    let _ = extent.follow(&call, outcome);
                }
            }
        }
        Step { effect: effect(op, before, extent), before, after: extent }
    };
    script.ops.iter().map(step).collect()
}

fn effect(op: &Op, before: Extent, after: Extent) -> Effect {
    let moved = before.position..after.position;
    let range = |range: Range<u64>, effect: fn(Range<u64>) -> Effect| {
        if range.is_empty() { Effect::Nothing } else { effect(range) }
    };
    match op {
        Op::Seek(_) | Op::FillBuf => Effect::Nothing,
        Op::ReadAt { offset, len } => {
            let end = offset.saturating_add(*len as u64).min(before.length);
            range(*offset..end, Effect::Read)
        }
        Op::Write(_) | Op::WriteVectored(_) | Op::WriteFmt(_) | Op::WriteBytes(_) => {
            range(moved, Effect::Write)
        }
        Op::Truncate(_) | Op::SetLen(_) if after.length == before.length => Effect::Nothing,
        Op::Truncate(size) | Op::SetLen(size) => Effect::SetLen(*size),
        Op::Splice { .. } => Effect::Splice,
        Op::GetValue => Effect::Value,
        _ => range(moved, Effect::Read),
    }
}

/// The bytes a call writes, in one piece.
pub(super) fn data(op: &Op) -> Bytes {
    match op {
        Op::Write(data) | Op::WriteBytes(data) => data.clone(),
        Op::WriteVectored(pieces) => pieces.concat().into(),
        Op::WriteFmt(text) => text.clone().into(),
        _ => Bytes::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::SeekFrom;

    use super::*;

    #[test]
    fn reads_end_at_the_end_of_the_file_and_seeks_relative_to_it_are_resolved() {
        let script = Script::new("", "0123456789").with([
            Op::Seek(SeekFrom::End(-4)),
            Op::Read(100),
            Op::Write("ab".into()),
            Op::ReadAt { offset: 11, len: 9 },
            Op::Truncate(3),
            Op::Truncate(3),
        ]);
        let effects: Vec<Effect> = walk(&script).into_iter().map(|step| step.effect).collect();
        assert_eq!(
            effects,
            [
                Effect::Nothing,
                Effect::Read(6..10),
                Effect::Write(10..12),
                Effect::Read(11..12),
                Effect::SetLen(3),
                Effect::Nothing,
            ]
        );
    }

    #[test]
    fn lines_are_as_long_as_the_contents_say() {
        let script = Script::new("", "one\nthree\n").with([Op::ReadLine, Op::ReadLine]);
        let ranges: Vec<Effect> = walk(&script).into_iter().map(|step| step.effect).collect();
        assert_eq!(ranges, [Effect::Read(0..4), Effect::Read(4..10)]);
    }
}
