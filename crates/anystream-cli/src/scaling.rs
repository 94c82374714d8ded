//! The same workload at other sizes.

use anystream_workload::{Op, Script};

/// Smaller and larger forms of a script, the smallest first, and the script itself not among them.
///
/// Smaller are its beginnings: what had been done when so many of its calls were made. Larger is it in
/// the midst of more contents, where that leaves its answers alone: if all calls say where they work.
/// What a call costs may depend on what lies behind it, so that is where the contents are added.
pub(crate) fn scaled(script: &Script, largest_len: u64) -> Vec<Script> {
    let beginnings = [16, 8, 4, 2].into_iter().filter_map(|parts| beginning(script, parts));
    let larger = [4, 16].into_iter().filter_map(|times| followed(script, largest_len, times));
    beginnings.chain(larger).collect()
}

/// With fewer calls than this, chance decides which they are.
const FEWEST_CALLS: usize = 64;

/// No more contents than this are added.
const MOST_ADDED: u64 = 64 << 20;

fn beginning(script: &Script, parts: usize) -> Option<Script> {
    let calls = script.ops.len() / parts;
    (calls >= FEWEST_CALLS).then(|| {
        Script::new(script.name.clone(), script.initial.clone()).with(script.ops[..calls].iter().cloned())
    })
}

fn followed(script: &Script, largest_len: u64, times: u64) -> Option<Script> {
    let by_place = |op: &Op| matches!(op, Op::Splice { .. } | Op::ReadAt { .. });
    let added = largest_len.checked_mul(times - 1).filter(|added| (1..=MOST_ADDED).contains(added))?;
    let fits = script.ops.len() >= FEWEST_CALLS && script.ops.iter().all(by_place);
    fits.then(|| {
        let mut initial = script.initial.to_vec();
        initial.resize(initial.len() + added as usize, b' ');
        Script::new(script.name.clone(), initial).with(script.ops.iter().cloned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(calls: u64) -> Script {
        let insert = |at| Op::Splice { range: at..at, with: "x".into() };
        Script::new("typed", "abc").with((0..calls).map(insert))
    }

    #[test]
    fn beginnings_are_shorter_and_contents_are_added_behind() {
        let script = typed(1024);
        let sizes: Vec<_> =
            scaled(&script, 1027).iter().map(|script| (script.ops.len(), script.initial.len())).collect();
        assert_eq!(
            sizes,
            [(64, 3), (128, 3), (256, 3), (512, 3), (1024, 3 + 3 * 1027), (1024, 3 + 15 * 1027)]
        );
        assert!(scaled(&script, 1027).iter().all(|script| script.initial.starts_with(b"abc")));
    }

    #[test]
    fn nothing_is_added_where_calls_depend_on_the_end() {
        let mut script = typed(1024);
        script.ops.push(Op::ReadToEnd);
        assert_eq!(scaled(&script, 1027).len(), 4);
    }

    #[test]
    fn what_is_too_short_or_too_large_is_not_scaled() {
        assert!(scaled(&typed(63), 66).is_empty());
        assert!(scaled(&typed(64), u64::MAX).is_empty());
    }
}
