//! Whether a stream created with room for all it will hold is faster.

use anystream::{Backend, VecStream};
use anystream_workload::Script;

use super::walk::walk;
use super::{Advice, Bench, Confidence, Kind, Setup, Variant, bytes, faster};
use crate::contender::Contender;
use crate::contestant::{Contestant, made_with};

/// Growth by less than this is one or two allocations.
const LEAST_GROWTH: u64 = 4096;

/// Advises to reserve, if that is proven faster on `chosen`. Only a vector can reserve.
pub(crate) fn capacity(script: &Script, chosen: Contender, bench: &mut dyn Bench) -> Option<Advice> {
    if chosen != Contender::Backend(Backend::Vec) {
        return None;
    }
    let initial = script.initial.len() as u64;
    let largest = walk(script).iter().map(|step| step.after.length).max()?;
    if largest < initial.saturating_add(LEAST_GROWTH) {
        return None;
    }
    let base = Variant::borrowed(script, Setup::Contender(chosen));
    let reserved = Variant::borrowed(script, Setup::Reserved { contender: chosen, capacity: largest });
    let compared = bench.compare(&base, &reserved)?;
    compared.proves_other_faster().then(|| Advice {
        kind: Kind::Capacity,
        sentence: format!("Reserve {}: {}, no reallocation.", bytes(largest), faster(compared.ratio)),
        code: Some(code(initial, largest)),
        confidence: Confidence::Proven,
    })
}

/// `contender` with room for `capacity` bytes from the start: what [`Setup::Reserved`] means. `None` if it cannot reserve.
pub(crate) fn contestant(contender: Contender, capacity: u64) -> Option<Box<dyn Contestant>> {
    let capacity = usize::try_from(capacity).ok()?;
    (contender == Contender::Backend(Backend::Vec)).then(|| {
        made_with(
            move || VecStream::with_capacity(capacity),
            move |mut vec: Vec<u8>| {
                vec.reserve_exact(capacity.saturating_sub(vec.len()));
                VecStream::from(vec)
            },
        )
    })
}

fn code(initial: u64, capacity: u64) -> String {
    match initial {
        0 => format!("let mut stream = VecStream::with_capacity({capacity});"),
        _ => format!(
            "contents.reserve_exact({capacity} - contents.len()); let mut stream = VecStream::from(contents);"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use anystream_workload::{Op, Scratch};

    use super::*;
    use crate::advice::tests::Fake;
    use crate::contestant::Timed;

    const VEC: Contender = Contender::Backend(Backend::Vec);

    fn appends(initial: &'static str) -> Script {
        Script::new("", initial).with((0..300).map(|_| Op::Write(vec![1; 100].into())))
    }

    #[test]
    fn the_greatest_length_is_reserved_and_the_code_says_how() {
        let script = appends("").with([Op::SetLen(5)]);
        let mut bench = Fake::new([Some(1.13)]);
        let advice = capacity(&script, VEC, &mut bench).unwrap();
        assert_eq!(advice.sentence, "Reserve 30 KB: 13 % faster, no reallocation.");
        assert_eq!(advice.code.as_deref(), Some("let mut stream = VecStream::with_capacity(30000);"));
        let reserved = Setup::Reserved { contender: VEC, capacity: 30_000 };
        assert_eq!((&bench.asked[0].0, &bench.asked[0].2), (&Setup::Contender(VEC), &reserved));
    }

    #[test]
    fn nothing_is_said_without_proof_or_growth_or_a_vector() {
        assert_eq!(
            capacity(&appends(""), VEC, &mut Fake::new([Some(1.05)])),
            None,
            "the interval begins below"
        );
        assert_eq!(capacity(&appends(""), VEC, &mut Fake::new([None])), None, "out of time");
        let mut bench = Fake::new([Some(2.0), Some(2.0)]);
        assert_eq!(capacity(&appends(""), Contender::Backend(Backend::Rope), &mut bench), None);
        let reads = Script::new("", "x".repeat(9000)).with([Op::Read(9000), Op::Write("y".into())]);
        assert_eq!(capacity(&reads, VEC, &mut bench), None);
        assert!(bench.asked.is_empty());
    }

    #[test]
    fn a_reserved_vector_does_not_reallocate() {
        let capacity = 30_007_usize;
        let mut vec = b"initial".to_vec();
        vec.reserve_exact(capacity - vec.len());
        let stream = VecStream::from(vec);
        assert!(stream.into_vec().capacity() >= capacity, "the stream keeps what the vector reserved");

        let mut scratch = Scratch::default();
        let deadline = Instant::now() + Duration::from_secs(600);
        for initial in ["", "initial"] {
            let script = appends(initial);
            let reserved = contestant(VEC, capacity as u64).unwrap();
            reserved.verify(&script, None, &mut scratch).unwrap();
            let timed = reserved.time(&script, 1, Duration::from_secs(600), &mut scratch);
            assert!(matches!(timed, Timed::Replay(_)));
            let used = reserved.heap(&script, deadline, &mut scratch);
            assert!(used.allocations <= 2, "{initial}: {used:?}");
        }
        assert!(contestant(Contender::Backend(Backend::Rope), 9).is_none());
    }
}
