//! What has been promised, and whether it holds.

use anystream_benches::{Benchmark, CONTROL, CROP, CURSOR, JUMP_ROPE_BUF, ROPE};
use serde::Serialize;

use crate::measure::{Case, Measured};

/// What `contender` promises for `group`.
struct Bar {
    contender: &'static str,
    group: &'static str,
    /// In this case; if there is none, in every case of the group.
    case: Option<&'static str>,
    promise: Promise,
}

#[derive(Clone, Copy)]
enum Promise {
    /// At least so many times as fast as the peer.
    Speed(f64, &'static str),
    /// At most so many microseconds for each operation.
    Microseconds(f64),
}

use Promise::{Microseconds, Speed};

const fn bar(
    contender: &'static str,
    group: &'static str,
    case: Option<&'static str>,
    promise: Promise,
) -> Bar {
    Bar { contender, group, case, promise }
}

const BARS: &[Bar] = &[
    bar("VecStream", "append", None, Speed(0.95, CURSOR)),
    bar("VecStream", "sequential read", None, Speed(0.95, CURSOR)),
    bar("VecStream", "random read", None, Speed(0.95, CURSOR)),
    bar("VecStream", "overwrite", None, Speed(0.95, CURSOR)),
    bar("SmallStream<64>", "tiny", Some("16 B"), Speed(3.0, CURSOR)),
    bar(ROPE, "traces", None, Speed(2.25, JUMP_ROPE_BUF)),
    bar(ROPE, "traces", None, Speed(5.0, CROP)),
    bar(ROPE, "traces in 64 MiB", None, Speed(2.0, JUMP_ROPE_BUF)),
    bar(ROPE, "64 MiB: overwrite", None, Speed(5.0, CROP)),
    bar(ROPE, "64 MiB: insert and delete", None, Speed(1.75, CROP)),
    bar(ROPE, "64 MiB: random read", None, Speed(1.0 / 1.3, CURSOR)),
    bar(ROPE, "64 MiB: sequential read", Some("64 B"), Speed(0.85, CURSOR)),
    bar(ROPE, "64 MiB: sequential read", Some("4 KiB"), Speed(0.65, CURSOR)),
    bar(ROPE, "64 MiB: sequential read", Some("64 KiB"), Speed(0.8, CURSOR)),
    bar(ROPE, "64 MiB: append, cold heap", None, Speed(0.88, CURSOR)),
    bar(ROPE, "64 MiB: clone", None, Microseconds(5.0)),
    bar(ROPE, "tiny", None, Speed(1.0 / 1.5, CURSOR)),
];

impl Bar {
    fn concerns(&self, group: &str, case: &str) -> bool {
        group == self.group && self.case.is_none_or(|name| case == name)
    }

    fn needs(&self, contender: &str) -> bool {
        contender == self.contender
            || match self.promise {
                Speed(_, CURSOR) => [CURSOR, CONTROL].contains(&contender),
                Speed(_, peer) => contender == peer,
                Microseconds(_) => false,
            }
    }
}

/// Whether the rope's bars cannot be judged without this one.
pub(crate) fn is_for_the_rope(one: &Benchmark) -> bool {
    let bars = BARS.iter().filter(|bar| bar.contender == ROPE);
    bars.filter(|bar| bar.concerns(one.group, &one.case)).any(|bar| bar.needs(&one.contender))
}

/// One bar in one case.
#[derive(Serialize)]
pub(crate) struct Verdict {
    pub(crate) contender: &'static str,
    /// Whom a speed is compared with; nobody where the bar is a time.
    pub(crate) peer: Option<&'static str>,
    pub(crate) group: &'static str,
    pub(crate) case: String,
    /// At least so many times as fast as the peer, or at most so many microseconds each.
    pub(crate) bar: f64,
    /// By the medians, which decide.
    pub(crate) by_median: f64,
    pub(crate) by_best: f64,
    /// Where the peer is the cursor, the slower of the two: what noise alone did in this case. Else 1.
    pub(crate) control: f64,
    pub(crate) holds: Holds,
}

/// Whether a bar holds.
#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Holds {
    Yes,
    /// It is missed, but one of the cursors would miss it too by as much: this run cannot tell.
    WithinNoise,
    No,
}

impl Holds {
    fn judge(speed: f64, bar: f64, control: f64) -> Self {
        if speed >= bar {
            Holds::Yes
        } else if speed >= bar * control {
            Holds::WithinNoise
        } else {
            Holds::No
        }
    }
}

/// Every bar in every case that was measured on the contender and on the peer.
pub(crate) fn judge(cases: &[Case]) -> Vec<Verdict> {
    let pairs = BARS.iter().flat_map(|bar| {
        let cases = cases.iter().filter(|case| bar.concerns(&case.group, &case.case));
        cases.filter_map(move |case| verdict(bar, case))
    });
    pairs.collect()
}

fn verdict(bar: &Bar, case: &Case) -> Option<Verdict> {
    let one = result(case, bar.contender)?;
    let verdict = |peer, limit, by_median, by_best, control, holds| Verdict {
        contender: bar.contender,
        peer,
        group: bar.group,
        case: case.case.clone(),
        bar: limit,
        by_median,
        by_best,
        control,
        holds,
    };
    Some(match bar.promise {
        Microseconds(most) => {
            let each = |ns: f64| ns / case.operations as f64 / 1e3;
            let (median, best) = (each(one.median_ns), each(one.best_ns));
            verdict(None, most, median, best, 1.0, if median <= most { Holds::Yes } else { Holds::No })
        }
        Speed(least, CURSOR) => {
            let (speed, control) = (one.speed_by_median, control(case));
            verdict(
                Some(CURSOR),
                least,
                speed,
                one.speed_by_best,
                control,
                Holds::judge(speed, least, control),
            )
        }
        Speed(least, peer) => {
            let other = result(case, peer)?;
            let (speed, best) = (other.median_ns / one.median_ns, other.best_ns / one.best_ns);
            verdict(Some(peer), least, speed, best, 1.0, Holds::judge(speed, least, 1.0))
        }
    })
}

fn result<'a>(case: &'a Case, contender: &str) -> Option<&'a Measured> {
    case.results.iter().find(|one| one.contender == contender)
}

fn control(case: &Case) -> f64 {
    let cursors = [CURSOR, CONTROL].into_iter().filter_map(|name| result(case, name));
    cursors.map(|one| one.speed_by_median).fold(1.0, f64::min)
}
