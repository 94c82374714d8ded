//! Replays one script by everybody: checked first, then timed in interleaved rounds.
//!
//! - **Fresh state.** Every replay begins on a stream made for it.
//! - **Interleaved.** A round times each contender once, in an order that changes from round to round, so
//!   that a drift of the machine meets all of them alike.
//! - **Batches.** A short script is replayed several times a sample, so that a sample takes a
//!   millisecond or more and the clock's resolution does not matter.
//! - **Heap and single calls** are measured in replays of their own, which are no samples.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anystream_workload::{Scratch, Script, Verified};

use crate::contender::Contender;
use crate::contestant::Contestant;
use crate::heap::HeapUse;
use crate::interrupt;
use crate::interval::{median, median_interval};
use crate::profile::{Profile, Profiler};
use crate::results::{Figures, Refusal, Size, Standing};

/// How much to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// As many rounds as this; else what fits into `time`, within limits.
    pub(crate) rounds: Option<u32>,
    /// What the rounds of one workload should take.
    pub(crate) time: Duration,
    /// What reading the clock twice takes.
    pub(crate) clock: Duration,
}

pub(crate) struct Measured {
    pub(crate) rounds: u32,
    pub(crate) verified: Option<Verified>,
    pub(crate) standings: Vec<Standing>,
}

/// Those who take part, by name.
pub(crate) type Field = Vec<(Contender, Box<dyn Contestant>)>;

/// The fewest rounds that are chosen freely: with 9 the interval of noise leaves the least and the
/// greatest ratio out, which one disturbance is enough to distort.
const FEWEST: u32 = 9;
const MOST: u32 = 101;
/// Past this a workload gets fewer than [`FEWEST`] rounds.
const TOO_LONG: Duration = Duration::from_secs(30);

const SHORTEST_SAMPLE: Duration = Duration::from_millis(1);
/// What a sample may copy of initial contents, which is not timed but takes its time.
const COPIED_A_SAMPLE: usize = 64 << 20;

/// One that passed: what it takes to time it.
struct Runner {
    contestant: Box<dyn Contestant>,
    replay_time: Duration,
    /// How many replays make a sample.
    replays: usize,
    /// In no more rounds than these does it take part.
    rounds: u32,
    times: Vec<f64>,
    heap: HeapUse,
    profile: Profile,
}

/// Measures `script` on all of `field`; tells `progress` what it does and which share is done. When the user
/// interrupts, what has been measured counts.
pub(crate) fn measure(
    script: &Script,
    field: Field,
    effort: Effort,
    progress: &mut dyn FnMut(&str, f64),
) -> Measured {
    let mut scratch = Scratch::default();
    let mut verified = None;
    let mut runners: Vec<(Contender, Result<Runner, Refusal>)> = Vec::new();
    let contenders = field.len().max(1) as f64;
    for (at, (contender, contestant)) in field.into_iter().enumerate() {
        if interrupt::requested() {
            break;
        }
        progress(&format!("checking {contender}"), CHECKING * at as f64 / contenders);
        let runner = check(script, &*contestant, &mut scratch).map(|verification| {
            verified.get_or_insert(verification);
            warm_up(script, contestant, effort, &mut scratch)
        });
        runners.push((contender, runner));
    }

    let mut passed: Vec<&mut Runner> =
        runners.iter_mut().filter_map(|(_, runner)| runner.as_mut().ok()).collect();
    leave_out_the_slow(&mut passed);
    let round_time =
        passed.iter().filter(|it| it.rounds > ROUNDS_OF_THE_SLOW).map(|it| it.sample_time()).sum();
    let rounds = if passed.is_empty() { 0 } else { effort.rounds_of(round_time) };
    let mut done = 0;
    while done < rounds && !(interrupt::requested() && done > 0) {
        let share = CHECKING + (1.0 - CHECKING) * f64::from(done) / f64::from(rounds);
        progress(&format!("round {} of {rounds}", done + 1), share);
        for at in order(done as usize, passed.len()) {
            if let Some(runner) = passed.get_mut(at).filter(|runner| done < runner.rounds) {
                runner.sample(script, &mut scratch);
            }
        }
        done += 1;
    }
    Measured { rounds: done, verified, standings: standings(runners) }
}

/// The share of the work that is done when everybody has been checked.
const CHECKING: f64 = 0.3;

/// Times `script`, which is one that was measured at another size, by those who could do that. A few rounds, since
/// sizes differ by factors.
pub(crate) fn measure_size(
    script: &Script,
    largest_len: u64,
    field: &Field,
    time: Duration,
    scratch: &mut Scratch,
) -> Size {
    const ROUNDS: usize = 5;
    let mut times: Vec<(Contender, Vec<f64>)> = field.iter().map(|(it, _)| (*it, Vec::new())).collect();
    let began = Instant::now();
    for round in 0..ROUNDS {
        if round > 0 && (began.elapsed() > time || interrupt::requested()) {
            break;
        }
        for at in order(round, field.len()) {
            let (Some((_, contestant)), Some((_, times))) = (field.get(at), times.get_mut(at)) else {
                continue;
            };
            let once = contestant.time(script, 1, scratch);
            let more = replays_a_sample(once, script.initial.len()).min(100);
            times.push(contestant.time(script, more, scratch).as_secs_f64() * 1e9 / more as f64);
        }
    }
    let medians = times.iter().map(|(contender, times)| (*contender, median(times))).collect();
    Size { largest_len, calls: script.ops.len() as u64, medians }
}

impl Effort {
    fn rounds_of(self, round_time: Duration) -> u32 {
        let rounds_in = |time: Duration| (time.as_secs_f64() / round_time.as_secs_f64().max(1e-9)) as u32;
        let fewest = rounds_in(TOO_LONG).clamp(1, FEWEST);
        self.rounds.unwrap_or_else(|| rounds_in(self.time).clamp(fewest, MOST))
    }
}

/// Who takes so many times as long as the fastest is out of the running.
pub(crate) const SLOW: u32 = 12;
pub(crate) const ROUNDS_OF_THE_SLOW: u32 = 3;

/// Those who are far behind take part in a few rounds only, which is enough to see that; the time is for those
/// among whom there is a choice.
fn leave_out_the_slow(passed: &mut [&mut Runner]) {
    let Some(fastest) = passed.iter().map(|runner| runner.replay_time).min() else { return };
    for runner in passed {
        if runner.replay_time > fastest.saturating_mul(SLOW) {
            runner.rounds = ROUNDS_OF_THE_SLOW;
            runner.replays = runner.replays.min(4);
        }
    }
}

impl Runner {
    fn sample_time(&self) -> Duration {
        self.replay_time.saturating_mul(self.replays as u32)
    }

    fn sample(&mut self, script: &Script, scratch: &mut Scratch) {
        let time = self.contestant.time(script, self.replays, scratch);
        self.times.push(time.as_secs_f64() * 1e9 / self.replays as f64);
    }
}

/// Verifies one. A panic breaks a law as well (P1), and the others go on.
fn check(script: &Script, contestant: &dyn Contestant, scratch: &mut Scratch) -> Result<Verified, Refusal> {
    let checked = catch_unwind(AssertUnwindSafe(|| contestant.verify(script, scratch)));
    checked.unwrap_or_else(|_| Err(Refusal::Failed("it panicked (law P1)".to_owned())))
}

/// Warms caches and allocator; finds what the heap holds, what single calls take, and how many replays make a
/// sample. The check has made `scratch` large enough already.
fn warm_up(
    script: &Script,
    contestant: Box<dyn Contestant>,
    effort: Effort,
    scratch: &mut Scratch,
) -> Runner {
    let heap = contestant.heap(script, scratch);
    let cold_time = contestant.time(script, 1, scratch);
    let some = replays_a_sample(cold_time, script.initial.len());
    let replay_time =
        if some == 1 { cold_time } else { contestant.time(script, some, scratch) / some as u32 };
    let replays = replays_a_sample(replay_time, script.initial.len());
    let profile = profile(script, &*contestant, effort, scratch);
    Runner { contestant, replay_time, replays, rounds: u32::MAX, times: Vec::new(), heap, profile }
}

/// Enough replays for the rarest latency that is shown, as far as a small share of the time allows.
fn profile(script: &Script, contestant: &dyn Contestant, effort: Effort, scratch: &mut Scratch) -> Profile {
    const CALLS: usize = 200_000;
    let mut profiler = Profiler::new(script, effort.clock);
    let began = Instant::now();
    let mut calls = 0;
    loop {
        contestant.profile(script, &mut profiler, scratch);
        calls += script.ops.len();
        if calls >= CALLS || began.elapsed() > effort.time / 40 || interrupt::requested() {
            return profiler.finish();
        }
    }
}

fn replays_a_sample(replay_time: Duration, initial_len: usize) -> usize {
    let for_the_clock = SHORTEST_SAMPLE.as_nanos().div_ceil(replay_time.as_nanos().max(1)) as usize;
    for_the_clock.clamp(1, (COPIED_A_SAMPLE / initial_len.max(1)).clamp(1, 100_000))
}

/// The order of `n` backends in a round: each begins in turn, and odd rounds go backwards, so that
/// none always runs behind the same one.
fn order(round: usize, n: usize) -> Vec<usize> {
    let rotated = (0..n).map(|i| (i + round / 2) % n);
    if round.is_multiple_of(2) { rotated.collect() } else { rotated.rev().collect() }
}

/// Figures from times: the medians, their ratios to the least, and which of them are ties.
fn standings(runners: Vec<(Contender, Result<Runner, Refusal>)>) -> Vec<Standing> {
    let mut standings: Vec<Standing> = runners
        .into_iter()
        .map(|(contender, runner)| {
            let figures = runner.map(|Runner { times, heap, profile, .. }| Figures {
                median: median(&times),
                interval: median_interval(&times),
                times,
                ratio: 1.0,
                tied: false,
                heap,
                profile,
            });
            Standing { contender, figures }
        })
        .collect();
    let figures = || standings.iter().filter_map(|standing| standing.figures.as_ref().ok());
    if let Some(best) = figures().min_by(|a, b| a.median.total_cmp(&b.median)).cloned() {
        for figures in standings.iter_mut().filter_map(|standing| standing.figures.as_mut().ok()) {
            figures.ratio = figures.median / best.median;
            figures.tied = *figures != best && best.ties_with(figures);
        }
    }
    standings
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use anystream::{Backend, VecStream};
    use anystream_workload::{Op, verify};

    use super::*;

    #[derive(Clone, Copy, PartialEq)]
    enum Behaviour {
        Lawful,
        Lawless,
        Panicking,
        Limited,
    }

    use Behaviour::{Lawful, Lawless, Limited, Panicking};

    /// Answers what it is told to, and notes when it is timed.
    struct Staged {
        backend: Backend,
        behaviour: Behaviour,
        time: Duration,
        timed: Rc<RefCell<Vec<Backend>>>,
    }

    impl Contestant for Staged {
        fn verify(&self, script: &Script, _: &mut Scratch) -> Result<Verified, Refusal> {
            assert!(self.behaviour != Panicking, "as staged");
            if self.behaviour == Limited {
                return Err(Refusal::Cannot("as staged".to_owned()));
            }
            let mut stream = VecStream::from(if self.behaviour == Lawless { b"hillo" } else { b"hello" });
            verify(script, &mut stream).map_err(|mismatch| Refusal::Failed(mismatch.to_string()))
        }

        fn time(&self, _: &Script, replays: usize, _: &mut Scratch) -> Duration {
            self.timed.borrow_mut().push(self.backend);
            self.time * replays as u32
        }

        fn heap(&self, _: &Script, _: &mut Scratch) -> HeapUse {
            HeapUse { peak: 7, ..HeapUse::default() }
        }

        fn profile(&self, script: &Script, profiler: &mut Profiler, scratch: &mut Scratch) {
            profiler.replay(script, &mut VecStream::from(b"hello"), scratch);
        }
    }

    /// Measures backends of which each takes so many milliseconds.
    fn staged(field: &[(Backend, u64, Behaviour)]) -> (Measured, Vec<Backend>) {
        let timed = Rc::new(RefCell::new(Vec::new()));
        let contestants = field.iter().map(|&(backend, milliseconds, behaviour)| {
            let time = Duration::from_millis(milliseconds);
            let staged = Staged { backend, behaviour, time, timed: Rc::clone(&timed) };
            (Contender::Backend(backend), Box::new(staged) as Box<dyn Contestant>)
        });
        let script = Script::new("greeting", "hello").with([Op::Read(5)]);
        let effort = Effort { rounds: Some(9), time: Duration::ZERO, clock: Duration::ZERO };
        let measured = measure(&script, contestants.collect(), effort, &mut |_, _| ());
        let timed = timed.borrow().clone();
        (measured, timed)
    }

    fn figures(measured: &Measured, at: usize) -> &Figures {
        measured.standings[at].figures.as_ref().expect("it passed")
    }

    #[test]
    fn a_backend_that_fails_or_cannot_is_reported_and_not_timed_and_the_others_go_on() {
        let (measured, timed) = staged(&[
            (Backend::Small, 1, Lawless),
            (Backend::Rope, 1, Panicking),
            (Backend::Ropey, 1, Limited),
            (Backend::Vec, 1, Lawful),
        ]);
        let refusal = |at: usize| measured.standings[at].figures.clone().expect_err("it did not pass");
        assert!(matches!(refusal(0), Refusal::Failed(why) if why.contains("law N2")));
        assert!(matches!(refusal(1), Refusal::Failed(why) if why.contains("law P1")));
        assert!(matches!(refusal(2), Refusal::Cannot(why) if why == "as staged"));
        assert_eq!((figures(&measured, 3).times.len(), figures(&measured, 3).heap.peak), (9, 7));
        assert!(timed.iter().all(|&backend| backend == Backend::Vec));
    }

    #[test]
    fn where_all_fail_nothing_is_timed() {
        let (measured, timed) = staged(&[(Backend::Vec, 1, Lawless)]);
        assert_eq!((measured.rounds, measured.verified, timed.len()), (0, None, 0));
    }

    #[test]
    fn ratios_are_to_the_least_median_and_only_what_is_near_ties() {
        let field =
            [(Backend::Vec, 202, Lawful), (Backend::Small, 200, Lawful), (Backend::Rope, 220, Lawful)];
        let (measured, _) = staged(&field);
        let found: Vec<_> = (0..3).map(|at| figures(&measured, at)).map(|f| (f.ratio, f.tied)).collect();
        assert_eq!(found, [(1.01, true), (1.0, false), (1.1, false)]);
    }

    #[test]
    fn rounds_are_interleaved() {
        let (_, timed) = staged(&[(Backend::Vec, 1, Lawful), (Backend::Rope, 1, Lawful)]);
        let rounds = &timed[timed.len() - 18..];
        for round in rounds.chunks(2) {
            assert_ne!(round[0], round[1]);
        }
    }

    #[test]
    fn every_order_has_each_backend_once() {
        for (round, n) in [(0, 4), (1, 4), (2, 4), (7, 4), (5, 1), (3, 2)] {
            let mut order = order(round, n);
            order.sort_unstable();
            assert_eq!(order, (0..n).collect::<Vec<_>>(), "round {round} of {n}");
        }
        assert!(order(3, 0).is_empty());
    }

    #[test]
    fn every_backend_begins_and_follows_every_neighbour() {
        let orders: Vec<_> = (0..8).map(|round| order(round, 4)).collect();
        for backend in 0..4 {
            assert!(orders.iter().any(|order| order[0] == backend));
        }
        assert!(orders.iter().any(|order| order.windows(2).any(|pair| pair == [1, 2])));
        assert!(orders.iter().any(|order| order.windows(2).any(|pair| pair == [2, 1])));
    }

    #[test]
    fn a_short_script_is_batched_and_a_large_one_is_not() {
        assert_eq!(replays_a_sample(Duration::from_micros(10), 0), 100);
        assert_eq!(replays_a_sample(Duration::from_secs(1), 0), 1);
        assert_eq!(replays_a_sample(Duration::from_nanos(10), 100 << 20), 1);
    }

    #[test]
    fn rounds_fit_the_time_unless_they_are_given() {
        let effort = Effort { rounds: None, time: Duration::from_secs(2), clock: Duration::ZERO };
        assert_eq!(effort.rounds_of(Duration::from_millis(50)), 40);
        assert_eq!(effort.rounds_of(Duration::from_millis(1)), 101);
        assert_eq!(effort.rounds_of(Duration::from_secs(1)), 9);
        assert_eq!(effort.rounds_of(Duration::from_secs(600)), 1);
        assert_eq!(Effort { rounds: Some(3), ..effort }.rounds_of(Duration::from_secs(600)), 3);
    }
}
