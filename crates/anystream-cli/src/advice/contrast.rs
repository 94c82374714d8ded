//! Why the best backend beats the next: the calls that cost the next one more, verified by leaving them out.

use std::collections::BTreeMap;
use std::io::SeekFrom;

use anystream::Bytes;
use anystream_workload::{Kind as Call, Op, Script};

use super::walk::{Effect, Step, walk};
use super::{Advice, Bench, Compared, Confidence, Kind, Setup, Variant, bytes};
use crate::contender::Contender;
use crate::report::numbers::{count, duration, significant};

/// A backend and what its calls cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) contender: Contender,
    /// Mean nanoseconds by kind of call, as in a profile.
    pub(crate) cost_by_kind: &'a [(String, f64)],
}

/// Without the blamed calls the ratio is this close to 1, or its distance from 1 halves.
const GONE: f64 = 1.05;

/// How many kinds of calls are tried.
const MOST_KINDS: usize = 2;

/// The calls that cost `next` more than `best`, if leaving them out proves it. How many times as long it takes is said
/// with the choice.
pub(crate) fn contrast(
    script: &Script,
    best: Side<'_>,
    next: Side<'_>,
    bench: &mut dyn Bench,
) -> Option<Advice> {
    let full = compare(script, best, next, bench)?;
    if !full.proves_other_faster() {
        return None;
    }
    let steps = walk(script);
    let blamed = suspects(script, &steps, best, next).into_iter().find_map(|suspect| {
        let without = without(script, &steps, &suspect);
        let rest = compare(&without, best, next, bench)?;
        let extra = (full.base_ns - full.other_ns) - (rest.base_ns - rest.other_ns);
        let then = if rest.ratio <= GONE {
            "the difference disappears".to_owned()
        } else {
            format!("it takes {}× as long", significant(rest.ratio))
        };
        // A part costs no more than the whole. Without it, later calls can be cheaper, too: holes replace writes.
        let cost = extra.min(full.base_ns - full.other_ns);
        let them = if suspect.calls.len() == 1 { "it" } else { "them" };
        let sentence = || format!("{}; without {them}, {then}", suspect.sentence(cost));
        (explains(&full, &rest) && extra > 0.0).then(sentence)
    })?;
    Some(Advice {
        kind: Kind::Contrast,
        sentence: format!("Why not {}? Its {blamed}.", next.contender),
        code: None,
        confidence: Confidence::Proven,
    })
}

fn compare(script: &Script, best: Side<'_>, next: Side<'_>, bench: &mut dyn Bench) -> Option<Compared> {
    let on = |side: Side<'_>| Variant::borrowed(script, Setup::Contender(side.contender));
    bench.compare(&on(next), &on(best))
}

fn explains(full: &Compared, rest: &Compared) -> bool {
    rest.ratio <= GONE || rest.ratio - 1.0 <= (full.ratio - 1.0) / 2.0
}

/// Calls that may be the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Suspect {
    call: Call,
    /// By index.
    calls: Vec<usize>,
    bytes: u64,
}

impl Suspect {
    /// "14 reads of 27 KB cost 8.00 µs more".
    fn sentence(&self, extra: f64) -> String {
        let n = self.calls.len() as u64;
        let called = match self.call {
            Call::GetValue => count(n, "call") + " of getvalue",
            Call::SetLen => count(n, "call") + " of set_len",
            call => count(n, &call.to_string()),
        };
        let mean = self.bytes / n.max(1);
        let size = if self.bytes == 0 { String::new() } else { format!(" of {}", bytes(mean)) };
        let verb = if n == 1 { "costs" } else { "cost" };
        format!("{called}{size} {verb} {} more", duration(extra))
    }
}

/// The likeliest first: of the kinds with the greatest difference, the calls of the size that moves the most bytes,
/// and then all of the kind.
fn suspects(script: &Script, steps: &[Step], best: Side<'_>, next: Side<'_>) -> Vec<Suspect> {
    let mut kinds: BTreeMap<Call, BTreeMap<u32, Suspect>> = BTreeMap::new();
    for (index, (op, step)) in script.ops.iter().zip(steps).enumerate() {
        let size = size(op, step);
        // Powers of four.
        let class = size.checked_ilog2().map_or(0, |log| log / 2 + 1);
        let call = op.kind();
        let suspects = kinds.entry(call).or_default();
        let suspect = suspects.entry(class).or_insert(Suspect { call, calls: Vec::new(), bytes: 0 });
        suspect.calls.push(index);
        suspect.bytes += size;
    }
    let cost = |side: Side<'_>, call: Call| {
        side.cost_by_kind.iter().find(|(kind, _)| *kind == call.to_string()).map(|(_, cost)| *cost)
    };
    let mut ranked: Vec<(f64, Vec<Suspect>)> = kinds
        .into_iter()
        .filter(|(call, _)| !matches!(call, Call::Seek | Call::SetLen))
        .filter_map(|(call, classes)| {
            let classes: Vec<Suspect> = classes.into_values().collect();
            let calls: usize = classes.iter().map(|suspect| suspect.calls.len()).sum();
            let more = (cost(next, call)? - cost(best, call)?) * calls as f64;
            (more > 0.0).then_some((more, classes))
        })
        .collect();
    ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    ranked.truncate(MOST_KINDS);
    ranked.into_iter().flat_map(|(_, classes)| narrow_then_all(classes)).collect()
}

fn narrow_then_all(classes: Vec<Suspect>) -> Vec<Suspect> {
    let mut suspects: Vec<Suspect> = Vec::new();
    if classes.len() > 1 {
        suspects.extend(classes.iter().max_by_key(|suspect| suspect.bytes).cloned());
    }
    let all = classes.into_iter().reduce(|mut all, suspect| {
        all.calls.extend(suspect.calls);
        all.bytes += suspect.bytes;
        all
    });
    suspects.extend(all);
    suspects.iter_mut().for_each(|suspect| suspect.calls.sort_unstable());
    suspects
}

/// The bytes that a call moves.
fn size(op: &Op, step: &Step) -> u64 {
    match (&step.effect, op) {
        (Effect::Read(range) | Effect::Write(range), _) => range.end - range.start,
        (Effect::Splice, Op::Splice { range, with }) => (range.end - range.start).max(with.len() as u64),
        (Effect::Value, _) => step.before.length,
        _ => 0,
    }
}

/// `script` without these calls, but with the same lengths and positions before all other calls. Growth moves
/// to the end of the stream.
fn without(script: &Script, steps: &[Step], suspect: &Suspect) -> Script {
    let mut ops = Vec::with_capacity(script.ops.len());
    let mut blamed = suspect.calls.iter().peekable();
    // Where the program is, if that differs from where the stream is.
    let mut ahead = None;
    for (index, (op, step)) in script.ops.iter().zip(steps).enumerate() {
        if blamed.next_if(|next| **next == index).is_none() {
            if let Some(to) = ahead.take()
                && !matches!(op, Op::Seek(SeekFrom::Start(_) | SeekFrom::End(_)))
            {
                ops.push(Op::Seek(SeekFrom::Start(to)));
            }
            ops.push(op.clone());
            continue;
        }
        if step.after.position != step.before.position {
            ahead = Some(step.after.position);
        }
        match op {
            Op::Splice { range, with } if step.effect == Effect::Splice => {
                let end = step.before.length;
                let removed = range.end - range.start;
                ops.push(Op::Splice { range: end - removed..end, with: with.clone() });
            }
            _ if step.after.length != step.before.length => ops.push(Op::SetLen(step.after.length)),
            _ => {}
        }
    }
    Script::new(script.name.clone(), Bytes::clone(&script.initial)).with(ops).holding(script.hold)
}

#[cfg(test)]
mod tests {
    use anystream::Backend;

    use super::*;
    use crate::advice::tests::Fake;

    const VEC: Contender = Contender::Backend(Backend::Vec);
    const ROPE: Contender = Contender::Backend(Backend::Rope);

    fn costs(costs: &[(&str, f64)]) -> Vec<(String, f64)> {
        costs.iter().map(|(kind, cost)| ((*kind).to_owned(), *cost)).collect()
    }

    /// Costs a fixed time for every byte read in calls of at least 20,000 bytes on the rope, and 100 ns for any call.
    struct Model;

    impl Bench for Model {
        fn compare(&mut self, base: &Variant<'_>, other: &Variant<'_>) -> Option<Compared> {
            let time = |variant: &Variant<'_>| -> f64 {
                let large = |op: &&Op| matches!(op, Op::Read(n) if *n >= 20_000);
                let calls = variant.script.ops.len() as f64 * 100.0;
                let slow = variant.script.ops.iter().filter(large).count() as f64 * 570.0;
                if variant.on == Setup::Contender(ROPE) { calls + slow } else { calls }
            };
            let ratio = time(base) / time(other);
            let (base_ns, other_ns) = (time(base), time(other));
            Some(Compared { base_ns, other_ns, ratio, low: ratio, high: ratio })
        }
    }

    fn script() -> Script {
        let reads = |n: usize, len| (0..n).map(move |_| Op::Read(len));
        Script::new("", vec![0; 600_000]).with(reads(14, 27_000).chain(reads(100, 10)))
    }

    #[test]
    fn the_calls_that_make_the_difference_are_named_with_what_they_cost() {
        let (vec, rope) = (costs(&[("read", 100.0)]), costs(&[("read", 170.0)]));
        let best = Side { contender: VEC, cost_by_kind: &vec };
        let next = Side { contender: ROPE, cost_by_kind: &rope };
        let advice = contrast(&script(), best, next, &mut Model).unwrap();
        assert_eq!(
            advice.sentence,
            "Why not rope? Its 14 reads of 27 KB cost 7.98 µs more; without them, the difference disappears."
        );
        assert_eq!(advice.confidence, Confidence::Proven);
    }

    #[test]
    fn a_reason_that_is_not_verified_is_not_given() {
        let (vec, rope) = (costs(&[("read", 100.0)]), costs(&[("read", 170.0)]));
        let best = Side { contender: VEC, cost_by_kind: &vec };
        let next = Side { contender: ROPE, cost_by_kind: &rope };
        let mut bench = Fake::new([Some(1.46), Some(1.40), Some(1.30)]);
        assert_eq!(contrast(&script(), best, next, &mut bench), None);
        assert_eq!(bench.asked.len(), 3, "large reads, then all reads");
        assert_eq!(contrast(&script(), best, next, &mut Fake::new([Some(1.02)])), None, "no difference");
    }

    #[test]
    fn without_calls_lengths_and_positions_stay() {
        let script = Script::new("", "0123456789").with([
            Op::Read(4),
            Op::Write("ab".into()),
            Op::Read(2),
            Op::Splice { range: 1..3, with: "xyz!".into() },
            Op::Write("long enough to grow".into()),
            Op::Seek(SeekFrom::Current(-3)),
            Op::Read(1),
            Op::Splice { range: 0..4, with: Bytes::new() },
            Op::Read(1),
        ]);
        let steps = walk(&script);
        for call in [Call::Read, Call::Write, Call::Replace, Call::Remove] {
            let calls: Vec<usize> = (0..script.ops.len()).filter(|&i| script.ops[i].kind() == call).collect();
            let kept: Vec<&Step> =
                (0..steps.len()).filter(|i| !calls.contains(i)).map(|i| &steps[i]).collect();
            let without = without(&script, &steps, &Suspect { call, calls, bytes: 0 });
            let rest = walk(&without);
            // The replacements are extra steps between these.
            let mut rest = rest.iter();
            for step in kept {
                assert!(
                    rest.any(|it| it.before == step.before && it.effect == step.effect),
                    "{call:?} {step:?}"
                );
            }
        }
    }
}
