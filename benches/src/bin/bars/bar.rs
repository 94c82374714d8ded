//! What has been promised, and whether it holds.

use anystream_benches::{CONTROL, CURSOR};
use serde::Serialize;

use crate::measure::Case;

/// `contender` is at least `speed` times as fast as the cursor.
struct Bar {
    contender: &'static str,
    group: &'static str,
    /// In this case; if there is none, in every case of the group.
    case: Option<&'static str>,
    speed: f64,
}

const BARS: &[Bar] = &[
    Bar { contender: "VecStream", group: "append", case: None, speed: 0.95 },
    Bar { contender: "VecStream", group: "sequential read", case: None, speed: 0.95 },
    Bar { contender: "VecStream", group: "random read", case: None, speed: 0.95 },
    Bar { contender: "VecStream", group: "overwrite", case: None, speed: 0.95 },
    Bar { contender: "SmallStream<64>", group: "tiny", case: Some("16 B"), speed: 3.0 },
];

/// One bar in one case.
#[derive(Serialize)]
pub(crate) struct Verdict {
    pub(crate) contender: &'static str,
    pub(crate) peer: &'static str,
    pub(crate) group: &'static str,
    pub(crate) case: String,
    /// At least so many times as fast as the peer.
    pub(crate) bar: f64,
    /// By the ratio of the medians, which decides.
    pub(crate) speed_by_median: f64,
    pub(crate) speed_by_best: f64,
    /// The slower of the two cursors, by the same baseline: what noise alone did in this case.
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

fn control(case: &Case) -> f64 {
    let cursors = case.results.iter().filter(|one| [CURSOR, CONTROL].contains(&one.contender.as_str()));
    cursors.map(|one| one.speed_by_median).fold(1.0, f64::min)
}

/// Every bar in every case that was measured.
pub(crate) fn judge(cases: &[Case]) -> Vec<Verdict> {
    let pairs = BARS.iter().flat_map(|bar| {
        let concerned =
            |case: &&Case| case.group == bar.group && bar.case.is_none_or(|name| case.case == name);
        let cases = cases.iter().filter(concerned);
        cases.flat_map(move |case| {
            let results = case.results.iter().filter(|one| one.contender == bar.contender);
            results.map(move |one| (bar, case, one))
        })
    });
    pairs
        .map(|(bar, case, one)| Verdict {
            contender: bar.contender,
            peer: CURSOR,
            group: bar.group,
            case: case.case.clone(),
            bar: bar.speed,
            speed_by_median: one.speed_by_median,
            speed_by_best: one.speed_by_best,
            control: control(case),
            holds: Holds::judge(one.speed_by_median, bar.speed, control(case)),
        })
        .collect()
}
