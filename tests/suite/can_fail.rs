//! The suite finds what it is for: storages with one mistake each, and the case that must catch it.

use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use anystream::{Bytes, Storage, Stream, memory};
use anystream_tests::machine::{Edges, Search};
use anystream_tests::{Layout, candidate, run};
use rstest::rstest;

/// What is wrong with a [`Faulty`] storage.
const NOTHING: u8 = 0;
const STALE_GAPS: u8 = 1;
const SHORT_READS: u8 = 2;
const LIVE_CLONES: u8 = 3;
const WRITES_THEN_FAILS: u8 = 4;
const SHORT_VALUES: u8 = 5;
const EMPTY_RUNS: u8 = 6;
const OVERWRITES_TOO_MUCH: u8 = 7;

type FaultyStream<const FAULT: u8> = Stream<Faulty<FAULT>>;

#[derive(Debug, Default)]
struct Faulty<const FAULT: u8> {
    bytes: Vec<u8>,
    /// What clones see of each other when that is the mistake.
    latest: Arc<Mutex<Vec<u8>>>,
}

impl<const FAULT: u8> Clone for Faulty<FAULT> {
    fn clone(&self) -> Self {
        Faulty { bytes: self.bytes.clone(), latest: Arc::clone(&self.latest) }
    }
}

impl<const FAULT: u8> Storage for Faulty<FAULT> {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if FAULT == LIVE_CLONES && offset == 0 {
            let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(memory::copy_from(&latest, buf));
        }
        let most = if FAULT == SHORT_READS { 4096.min(buf.len()) } else { buf.len() };
        Ok(memory::copy_from(memory::tail(&self.bytes, offset), &mut buf[..most]))
    }

    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        let run = memory::tail(&self.bytes, offset);
        Ok(if FAULT == EMPTY_RUNS && offset == 4096 { &[] } else { run })
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let too_much = FAULT == WRITES_THEN_FAILS && with.len() > 4096;
        self.bytes.try_reserve(with.len())?;
        let end =
            if FAULT == OVERWRITES_TOO_MUCH && range.end % 64 == 63 { range.end + 1 } else { range.end };
        let end = end.min(self.len());
        self.bytes.splice(range.start as usize..end as usize, with.iter().copied());
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&self.bytes);
        if too_much { Err(io::ErrorKind::OutOfMemory.into()) } else { Ok(()) }
    }

    fn grow(&mut self, len: u64) -> io::Result<()> {
        let len = len as usize;
        self.bytes.try_reserve(len - self.bytes.len())?;
        self.bytes.resize(len, if FAULT == STALE_GAPS { 0xAA } else { 0 });
        Ok(())
    }

    fn share(&mut self, range: Range<u64>) -> io::Result<Bytes> {
        let mut copy = self.bytes[range.start as usize..range.end as usize].to_vec();
        if FAULT == SHORT_VALUES && copy.len() > 64 {
            copy.pop();
        }
        Ok(copy.into())
    }
}

impl<const FAULT: u8> From<Vec<u8>> for Faulty<FAULT> {
    fn from(bytes: Vec<u8>) -> Self {
        Faulty { latest: Arc::new(Mutex::new(bytes.clone())), bytes }
    }
}

impl<const FAULT: u8> From<&[u8]> for Faulty<FAULT> {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl<const FAULT: u8> From<Bytes> for Faulty<FAULT> {
    fn from(bytes: Bytes) -> Self {
        bytes.to_vec().into()
    }
}

fn passes<const FAULT: u8>(case: &str) -> bool {
    let candidate = candidate::<FaultyStream<FAULT>>();
    catch_unwind(AssertUnwindSafe(|| run(&candidate, case, Layout::FromVec, &[]))).is_ok()
}

#[rstest]
#[case::stale_gaps(passes::<STALE_GAPS>, "w2_gap_becomes_zeros")]
#[case::stale_growth(passes::<STALE_GAPS>, "c2_set_len")]
#[case::short_reads(passes::<SHORT_READS>, "r5_read_at")]
#[case::live_clones(passes::<LIVE_CLONES>, "i1_clones_are_independent")]
#[case::writes_then_fails(passes::<WRITES_THEN_FAILS>, "e1_splice")]
#[case::short_values(passes::<SHORT_VALUES>, "v1_getvalue")]
#[case::short_values_read(passes::<SHORT_VALUES>, "r4_read_bytes")]
#[case::empty_runs(passes::<EMPTY_RUNS>, "r3_runs_make_up_the_contents")]
#[case::empty_runs_read(passes::<EMPTY_RUNS>, "r1_short_only_at_the_end")]
#[case::overwrites_too_much(passes::<OVERWRITES_TOO_MUCH>, "p1_random_script_1")]
fn a_mistake_is_caught(#[case] passes_with_the_mistake: fn(&str) -> bool, #[case] case: &str) {
    assert!(passes::<NOTHING>(case), "{case} fails on a storage without a mistake");
    assert!(!passes_with_the_mistake(case), "{case} does not find the mistake");
}

fn passes_the_machine<const FAULT: u8>() -> bool {
    // Some mistakes show at one position alone: the search for them may be long, as it ends with the first failure.
    let calls = if FAULT == NOTHING { 10_000 } else { 300_000 };
    let search = Search { seeds: None, edges: Edges::OF_THE_BACKENDS, calls };
    let candidate = candidate::<FaultyStream<FAULT>>();
    catch_unwind(AssertUnwindSafe(|| search.run(&candidate, &()))).is_ok()
}

#[rstest]
#[case::stale_gaps(passes_the_machine::<STALE_GAPS>)]
#[case::short_reads(passes_the_machine::<SHORT_READS>)]
#[case::live_clones(passes_the_machine::<LIVE_CLONES>)]
#[case::writes_then_fails(passes_the_machine::<WRITES_THEN_FAILS>)]
#[case::short_values(passes_the_machine::<SHORT_VALUES>)]
#[case::empty_runs(passes_the_machine::<EMPTY_RUNS>)]
#[case::overwrites_too_much(passes_the_machine::<OVERWRITES_TOO_MUCH>)]
fn random_steps_find_the_mistake(#[case] passes_with_the_mistake: fn() -> bool) {
    assert!(passes_the_machine::<NOTHING>(), "a storage without a mistake fails");
    assert!(!passes_with_the_mistake(), "the mistake is not found");
}

#[test]
fn a_declined_case_does_not_run() {
    let candidate = candidate::<FaultyStream<STALE_GAPS>>();
    run(&candidate, "c2_set_len", Layout::FromVec, &[("c2_set_len", "its gaps are stale on purpose")]);
}

#[rstest]
#[case::without_a_reason(&[("c2_set_len", " ")])]
#[case::of_an_unknown_case(&[("c9_nothing", "there is no such case")])]
#[should_panic(expected = "declined")]
fn declining_needs(#[case] declined: &[(&str, &str)]) {
    run(&candidate::<FaultyStream<NOTHING>>(), "c1_truncate", Layout::FromVec, declined);
}
