//! A comparison of two measurements.

use anystream_measure::MATTERS;
use serde::Serialize;

use crate::contender::Contender;
use crate::results::{Figures, Outcome};
use crate::saved::Saved;

/// The changes from one measurement to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Comparison {
    /// In the order of the new measurement.
    pub(crate) changes: Vec<Change>,
    /// Workloads and backends that occur in only one of the two.
    pub(crate) unmatched: Vec<String>,
    /// Reasons why the two are hard to compare, in sentences.
    pub(crate) warnings: Vec<String>,
}

/// One contender on one workload.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Change {
    pub(crate) workload: String,
    pub(crate) contender: Contender,
    /// Medians in nanoseconds.
    pub(crate) old: f64,
    pub(crate) new: f64,
    /// The new median divided by the old one.
    pub(crate) ratio: f64,
    /// The 95 % confidence interval of the ratio.
    pub(crate) ratio_low: f64,
    pub(crate) ratio_high: f64,
    /// Of heap at the peak, in bytes.
    pub(crate) old_peak: u64,
    pub(crate) new_peak: u64,
    pub(crate) verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Slower,
    Faster,
    /// Any difference is proven to be smaller than matters.
    Same,
    /// The interval of the ratio allows both that nothing changed and that it matters.
    Undecided,
}

impl Change {
    /// The largest factor by which the two may differ.
    pub(crate) fn up_to(&self) -> f64 {
        self.ratio_high.max(1.0 / self.ratio_low.max(f64::MIN_POSITIVE))
    }
}

impl Comparison {
    pub(crate) fn anything_slower(&self) -> bool {
        self.changes.iter().any(|change| change.verdict == Verdict::Slower)
    }
}

/// Of several measurements of one workload in a file, the last counts.
pub(crate) fn compare(old: &[Saved], new: &[Saved]) -> Comparison {
    let mut comparison =
        Comparison { changes: Vec::new(), unmatched: Vec::new(), warnings: warnings(old, new) };
    let (before, after) = (latest(old), latest(new));
    for now in &after {
        match before.iter().find(|was| was.name == now.name && was.scale == now.scale) {
            Some(was) => comparison.workload(was, now),
            None => comparison.unmatched.push(format!("{}: only in the new results", now.name)),
        }
    }
    for was in &before {
        if !after.iter().any(|now| was.name == now.name && was.scale == now.scale) {
            comparison.unmatched.push(format!("{}: only in the old results", was.name));
        }
    }
    comparison
}

impl Comparison {
    fn workload(&mut self, was: &Outcome, now: &Outcome) {
        if was.calls != now.calls {
            let why = format!("{}: it is not the same workload in both: other calls", now.name);
            self.unmatched.push(why);
            return;
        }
        for standing in &now.results {
            let contender = standing.contender;
            match (was.of(contender), now.of(contender)) {
                (Some(old), Some(new)) => self.changes.push(change(&now.name, contender, old, new)),
                (None, None) => {}
                (old, _) => {
                    let which = if old.is_some() { "old" } else { "new" };
                    self.unmatched.push(format!("{}, {contender}: only in the {which} results", now.name));
                }
            }
        }
    }
}

fn change(workload: &str, contender: Contender, old: &Figures, new: &Figures) -> Change {
    let ratio = new.median / old.median;
    let (ratio_low, ratio_high) = interval_of_ratio(old, new);
    let most = 1.0 + MATTERS;
    let verdict = match () {
        // The same measurement.
        () if (old.median, &old.times) == (new.median, &new.times) => Verdict::Same,
        () if new.interval.low > old.interval.high && ratio > most => Verdict::Slower,
        () if new.interval.high < old.interval.low && ratio < 1.0 / most => Verdict::Faster,
        () if ratio_low > 1.0 / most && ratio_high < most => Verdict::Same,
        () => Verdict::Undecided,
    };
    Change {
        workload: workload.to_owned(),
        contender,
        old: old.median,
        new: new.median,
        ratio,
        ratio_low,
        ratio_high,
        old_peak: old.heap.peak,
        new_peak: new.heap.peak,
        verdict,
    }
}

/// The two were measured independently, so that their uncertainties, as logarithms, add up as squares.
fn interval_of_ratio(old: &Figures, new: &Figures) -> (f64, f64) {
    let ratio = (new.median / old.median).ln();
    let margin = |a: f64, b: f64| a.ln().hypot(b.ln());
    let down = margin(new.median / new.interval.low, old.interval.high / old.median);
    let up = margin(new.interval.high / new.median, old.median / old.interval.low);
    ((ratio - down).exp(), (ratio + up).exp())
}

fn latest(saved: &[Saved]) -> Vec<&Outcome> {
    let mut latest: Vec<&Outcome> = Vec::new();
    for Saved { workload, .. } in saved {
        match latest.iter_mut().find(|known| known.name == workload.name && known.scale == workload.scale) {
            Some(known) => *known = workload,
            None => latest.push(workload),
        }
    }
    latest
}

fn warnings(old: &[Saved], new: &[Saved]) -> Vec<String> {
    let mut warnings = Vec::new();
    if let (Some(old), Some(new)) = (old.last(), new.last()) {
        let machine =
            |it: &Saved| format!("{}, {} cores, {}", it.machine.cpu, it.machine.cores, it.machine.system);
        if machine(old) != machine(new) {
            warnings.push(format!(
                "The machines differ ({}; {}), so times do, too: look at which backend is the best, not at these.",
                machine(old),
                machine(new)
            ));
        }
    }
    let noisy = new.iter().chain(old).filter_map(|saved| saved.workload.noise()).fold(0.0, f64::max);
    if noisy > 0.0 {
        warnings.push(format!(
            "The machine was noisy (medians known to {:.0} % only): differences may have gone unnoticed.",
            noisy * 100.0
        ));
    }
    warnings
}
