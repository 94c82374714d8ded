//! How long single calls take, and how time and memory grow over a run.
//!
//! Each call is timed alone, in separate replays. Reading the clock twice takes as long as a fast call, so these times
//! compare calls with each other and do not add up to a replay. The time of the clock itself is measured and subtracted.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anystream::ByteStream;
use anystream_workload::{Answer, Kind, Op, Scratch, Script};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::heap;

/// The times of single calls.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// All calls together.
    pub(crate) latency: Latency,
    /// By kind of call, in the order of [`Kind`].
    pub(crate) by_kind: Vec<(String, Latency)>,
    /// The mean time by kind of call in the fastest replay, in nanoseconds: an undisturbed replay shows the cost of a call
    /// best.
    #[serde(default)]
    pub(crate) cost_by_kind: Vec<(String, f64)>,
    /// The cumulative distribution: the share of calls that took at most this many nanoseconds.
    pub(crate) curve: Vec<(f64, u64)>,
    /// Time and memory of one replay, at even distances from beginning to end.
    pub(crate) growth: Vec<Growth>,
}

/// In nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Latency {
    /// The number of timed calls.
    pub(crate) calls: u64,
    pub(crate) mean: f64,
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
    pub(crate) max: u64,
}

/// A point of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Growth {
    /// The number of calls so far.
    pub(crate) calls: u64,
    /// Their total time, in nanoseconds.
    pub(crate) time: f64,
    /// The peak heap use of the stream since the previous point, in bytes.
    pub(crate) heap: u64,
    /// The length of the contents, in bytes.
    pub(crate) len: u64,
}

/// Takes profiles of one script, replay by replay.
pub(crate) struct Profiler {
    clock: u64,
    all: Histogram<u64>,
    by_kind: Vec<(Kind, Histogram<u64>)>,
    cost_by_kind: Vec<(Kind, Cost)>,
    growth: Vec<Growth>,
}

/// The times of one kind of call in one replay.
#[derive(Clone, Copy, Default)]
struct Cost {
    calls: u64,
    time: u64,
}

const POINTS: usize = 60;

/// Longer calls count as this long: an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// The shares of calls that a curve shows.
const CURVE: [f64; 16] =
    [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999, 1.0];

impl Profiler {
    /// Allocates all memory for replays of `script` in advance.
    pub(crate) fn new(script: &Script, clock: Duration) -> Self {
        let kinds: BTreeSet<Kind> = script.ops.iter().map(Op::kind).collect();
        Profiler {
            clock: nanoseconds(clock),
            all: histogram(),
            cost_by_kind: kinds.iter().map(|&kind| (kind, Cost::default())).collect(),
            by_kind: kinds.into_iter().map(|kind| (kind, histogram())).collect(),
            growth: Vec::new(),
        }
    }

    /// Replays `script` on `stream`, which holds its initial contents, and times each call until `deadline`.
    pub(crate) fn replay(
        &mut self,
        script: &Script,
        stream: &mut impl ByteStream,
        deadline: Instant,
        scratch: &mut Scratch,
    ) {
        let mut growth = Vec::with_capacity(POINTS + 1);
        let mut costs: Vec<(Kind, Cost)> =
            self.cost_by_kind.iter().map(|&(kind, _)| (kind, Cost::default())).collect();
        // After the notes are allocated, so the heap use excludes them.
        let start = heap::restart().live;
        let (mut time, mut next, mut made) = (0, 0, 0);
        scratch.hold(script.hold);
        for (calls, op) in script.ops.iter().enumerate() {
            if calls >= next {
                growth.push(grown(calls, time, start, stream));
                next = (growth.len() * script.ops.len()).div_ceil(POINTS).max(calls + 1);
            }
            let begin = Instant::now();
            if begin > deadline {
                break;
            }
            made = calls + 1;
            let value = black_box(op.perform(stream, scratch)).ok().and_then(Answer::into_value);
            if let Some(value) = value {
                // Without memory to note it, it is dropped, as if none were held.
                let _ = scratch.keep(value);
            }
            let took = nanoseconds(begin.elapsed()).saturating_sub(self.clock);
            time += took;
            self.all.saturating_record(took);
            if let Some((_, times)) = self.by_kind.iter_mut().find(|(kind, _)| *kind == op.kind()) {
                times.saturating_record(took);
            }
            if let Some((_, cost)) = costs.iter_mut().find(|(kind, _)| *kind == op.kind()) {
                cost.calls += 1;
                cost.time += took;
            }
        }
        growth.push(grown(made, time, start, stream));
        scratch.hold(0);
        let is_fastest = |last: &Growth| made == script.ops.len() && time as f64 <= last.time;
        if self.growth.last().is_none_or(is_fastest) {
            self.growth = growth;
            self.cost_by_kind = costs;
        }
    }

    /// The profile of all replays. Growth is from the fastest.
    pub(crate) fn finish(self) -> Profile {
        Profile {
            latency: Latency::of(&self.all),
            by_kind: self
                .by_kind
                .iter()
                .map(|(kind, times)| (kind.to_string(), Latency::of(times)))
                .collect(),
            cost_by_kind: self
                .cost_by_kind
                .iter()
                .map(|(kind, cost)| (kind.to_string(), cost.mean()))
                .collect(),
            curve: CURVE.iter().map(|&share| (share, self.all.value_at_quantile(share))).collect(),
            growth: self.growth,
        }
    }
}

/// The heap is the peak since the previous point: a call may use more heap than remains after it.
fn grown(calls: usize, time: u64, start: i64, stream: &impl ByteStream) -> Growth {
    let peak = heap::now().peak;
    heap::restart();
    let heap = peak.saturating_sub(start).max(0) as u64;
    Growth { calls: calls as u64, time: time as f64, heap, len: stream.len() }
}

impl Cost {
    fn mean(self) -> f64 {
        self.time as f64 / self.calls.max(1) as f64
    }
}

impl Latency {
    fn of(times: &Histogram<u64>) -> Self {
        let at = |quantile| times.value_at_quantile(quantile);
        Latency {
            calls: times.len(),
            mean: times.mean(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: times.max(),
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Exact to one part in a hundred.
fn histogram() -> Histogram<u64> {
    // These bounds are among those that are allowed.
    Histogram::new_with_bounds(1, LONGEST, 2).unwrap_or_else(|_| unreachable!())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anystream::VecStream;

    fn profile(script: &Script, replays: usize) -> Profile {
        let mut profiler = Profiler::new(script, anystream_measure::clock());
        for _ in 0..replays {
            let deadline = Instant::now() + Duration::from_secs(60);
            profiler.replay(script, &mut VecStream::new(), deadline, &mut Scratch::default());
        }
        profiler.finish()
    }

    #[test]
    fn every_call_of_every_replay_is_counted_by_its_kind() {
        let script =
            Script::new("", "").with([Op::Write("hello".into()), Op::Write("x".into()), Op::GetValue]);
        let profile = profile(&script, 3);
        let kinds: Vec<_> =
            profile.by_kind.iter().map(|(kind, latency)| (&kind[..], latency.calls)).collect();
        assert_eq!(kinds, [("write", 6), ("getvalue", 3)]);
        assert_eq!(profile.latency.calls, 9);
        let costs: Vec<_> = profile.cost_by_kind.iter().map(|(kind, _)| &kind[..]).collect();
        assert_eq!(costs, ["write", "getvalue"]);
        let Latency { p50, p90, p99, p999, max, .. } = profile.latency;
        assert!([p50, p90, p99, p999, max].is_sorted());
    }

    #[test]
    fn growth_goes_from_nothing_to_everything_however_few_or_many_calls_there_are() {
        for calls in [0_usize, 1, 59, 60, 61, 1000] {
            let script = Script::new("", "").with(vec![Op::Write("0123456789".into()); calls]);
            let growth = profile(&script, 1).growth;
            let made: Vec<u64> = growth.iter().map(|point| point.calls).collect();
            assert!(made.is_sorted_by(|a, b| a < b) && growth.len() <= POINTS + 1, "{made:?}");
            assert_eq!((made[0], made[made.len() - 1]), (0, calls as u64));
            let last = growth[growth.len() - 1];
            assert_eq!(last.len, 10 * calls as u64);
            assert!(last.heap >= last.len);
        }
    }
}
