//! The results of a measurement as plain data. `choice` and `overall` judge it, `report` shows it, `saved` stores it.

use std::collections::BTreeMap;

use anystream_measure::{Interval, Life, Ratio, Verdict};
use serde::{Deserialize, Serialize};

use crate::advice::Advice;
use crate::choice::Choice;
use crate::contender::Contender;
use crate::heap::HeapUse;
use crate::measure::{Race, Raced, Times, fastest};
use crate::profile::Profile;
use crate::shape::Shape;

/// The results of one workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    /// A line about the origin. Foreign traces have none.
    pub(crate) origin: Option<String>,
    /// The multiple of its own size (`--scale`).
    pub(crate) scale: f64,
    /// The number of lines that were not understood and skipped (`--lenient`).
    pub(crate) skipped: usize,
    pub(crate) calls: Calls,
    pub(crate) shape: Shape,
    /// The number of calls measured from the beginning, if the log is too long to measure all.
    #[serde(default)]
    pub(crate) measured_calls: Option<u64>,
    /// The log does not show the initial length, so `calls.final_len` is a minimum.
    #[serde(default)]
    pub(crate) final_len_is_minimum: bool,
    /// Remarks about the log, in sentences.
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    /// The digest of the final contents in hexadecimal. All verified contenders have the same.
    pub(crate) digest: Option<String>,
    pub(crate) rounds: u32,
    pub(crate) results: Vec<Standing>,
    /// Times at other sizes, the smallest first. Empty if only the original size was measured.
    pub(crate) sizes: Vec<Size>,
    /// Advice beyond the choice.
    #[serde(default)]
    pub(crate) advice: Vec<Advice>,
    /// `None` if no backend can do the workload.
    pub(crate) choice: Option<Choice>,
}

/// The calls of a workload, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calls {
    pub(crate) total: u64,
    /// Calls by kind; the key is the name of `Kind`.
    pub(crate) by_kind: BTreeMap<String, u64>,
    pub(crate) bytes_read: u64,
    pub(crate) bytes_written: u64,
    /// The length before the first call, in bytes.
    pub(crate) initial_len: u64,
    /// The length after the last call, in bytes.
    pub(crate) final_len: u64,
}

/// The result of one contender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) contender: Contender,
    pub(crate) figures: Result<Figures, Refusal>,
}

/// Why a contender has no figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    /// A limit that the laws allow, or a call that a peer does not support.
    Cannot(String),
    /// It broke a law.
    Failed(String),
}

/// The figures of a contender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Warm nanoseconds per replay, one per round, in order.
    pub(crate) times: Vec<f64>,
    /// The same times by process. The list is empty for a generation after it dropped out.
    #[serde(default)]
    pub(crate) processes: Vec<Vec<f64>>,
    /// In nanoseconds.
    pub(crate) median: f64,
    /// The 95 % confidence interval of the median.
    pub(crate) interval: Interval,
    /// Its time relative to the best.
    pub(crate) ratio: f64,
    /// The 95 % confidence interval of `ratio`.
    #[serde(default)]
    pub(crate) ratio_interval: Interval,
    /// Whether the difference from the best is proven too small to matter. Never true for the best itself.
    pub(crate) tied: bool,
    /// The verdict of the comparison with the best. `None` for the best itself.
    #[serde(default)]
    pub(crate) verdict: Option<Verdict>,
    /// Whether it dropped out because it was certainly slower.
    #[serde(default)]
    pub(crate) dropped: bool,
    /// Whether a replay was stopped at a limit, so the times are lower bounds.
    #[serde(default)]
    pub(crate) at_least: bool,
    /// The first replay of a fresh process, in nanoseconds, if measured.
    #[serde(default)]
    pub(crate) cold: Option<Cold>,
    /// The p99.9 latency by process. Empty unless latency counts.
    #[serde(default)]
    pub(crate) p999: Vec<Vec<f64>>,
    /// The number of checked calls, if time ran out before the last.
    #[serde(default)]
    pub(crate) checked_calls: Option<u64>,
    pub(crate) heap: HeapUse,
    pub(crate) profile: Profile,
}

/// Figures of fresh processes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cold {
    pub(crate) median: f64,
    pub(crate) interval: Interval,
    /// By process.
    pub(crate) processes: Vec<Vec<f64>>,
}

/// The times of the workload at another size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Size {
    /// The greatest length of the contents, in bytes.
    pub(crate) largest_len: u64,
    pub(crate) calls: u64,
    /// The median time of a replay in nanoseconds, by contender.
    pub(crate) medians: Vec<(Contender, f64)>,
}

impl Calls {
    /// Read and written, in bytes.
    pub(crate) fn bytes_moved(&self) -> u64 {
        self.bytes_read.saturating_add(self.bytes_written)
    }
}

impl Figures {
    fn of(times: Times, calls: u64) -> Self {
        let Times { checked, warm, cold, p999, dropped, at_least, .. } = times;
        let across = Ratio::across(&warm).unwrap_or(Ratio { value: 0.0, low: 0.0, high: 0.0 });
        let cold = Ratio::across(&cold).map(|ratio| Cold {
            median: ratio.value,
            interval: Interval { low: ratio.low, high: ratio.high },
            processes: cold,
        });
        let mut profile = checked.profile;
        if let Some(found) = Ratio::across(&p999) {
            profile.latency.p999 = found.value.round() as u64;
        }
        Figures {
            times: warm.iter().flatten().copied().collect(),
            median: across.value,
            interval: Interval { low: across.low, high: across.high },
            processes: warm,
            ratio: 1.0,
            ratio_interval: Interval { low: 1.0, high: 1.0 },
            tied: false,
            verdict: None,
            dropped,
            at_least,
            cold,
            p999,
            checked_calls: (checked.calls < calls).then_some(checked.calls),
            heap: checked.heap,
            profile,
        }
    }

    /// Figures whose replays, warm and cold, all took `time`.
    #[cfg(test)]
    pub(crate) fn steady(time: f64) -> Self {
        let checked = crate::worker::Checked {
            calls: 1,
            final_len: 0,
            digest: String::new(),
            heap: HeapUse::default(),
            profile: Profile::default(),
        };
        let (warm, cold) = (vec![vec![time; 9]; 5], vec![vec![time]; 5]);
        Figures::of(Times { warm, cold, ..Times::of(checked) }, 1)
    }

    /// The times of this life, by process.
    fn of_life(&self, life: Life) -> &[Vec<f64>] {
        match life {
            Life::Long => &self.processes,
            Life::Short => self.cold.as_ref().map_or(&[], |cold| &cold.processes),
        }
    }

    /// Its time relative to `base`.
    pub(crate) fn compared_with(&self, base: &Figures, life: Life) -> Option<Ratio> {
        let ratio = Ratio::of(self.of_life(life), base.of_life(life))?;
        Some(match (life, self.at_least || base.at_least) {
            // A lower bound has no upper limit.
            (Life::Long, true) => Ratio { high: f64::MAX, ..ratio },
            _ => ratio,
        })
    }

    pub(crate) fn time(&self, life: Life) -> Option<f64> {
        match life {
            Life::Long => (!self.times.is_empty()).then_some(self.median),
            Life::Short => self.cold.as_ref().map(|cold| cold.median),
        }
    }
}

/// The figures of a race. After an interrupt, contenders without times are left out.
pub(crate) fn standings(race: Race, calls: u64) -> Vec<Standing> {
    let of = |Raced { contender, outcome }: Raced| Standing {
        contender,
        figures: outcome.map(|times| Figures::of(times, calls)),
    };
    let mut standings: Vec<Standing> = race.raced.into_iter().map(of).collect();
    standings.retain(|it| it.figures.as_ref().is_ok_and(|it| !it.times.is_empty()) || it.figures.is_err());
    compare_with_the_best(&mut standings);
    standings
}

/// Compares every contender with the best.
pub(crate) fn compare_with_the_best(standings: &mut [Standing]) {
    let measured = standings.iter().filter_map(|it| Some((it.contender, it.figures.as_ref().ok()?.median)));
    let best = fastest(measured);
    let base = standings.iter().find(|it| Some(it.contender) == best).and_then(|it| it.figures.clone().ok());
    let others = standings.iter_mut().filter(|standing| Some(standing.contender) != best);
    for figures in others.filter_map(|standing| standing.figures.as_mut().ok()) {
        let Some(ratio) = base.as_ref().and_then(|base| figures.compared_with(base, Life::Long)) else {
            continue;
        };
        figures.ratio = ratio.value;
        figures.ratio_interval = Interval { low: ratio.low, high: ratio.high };
        figures.verdict = Some(ratio.verdict());
        figures.tied = ratio.verdict() == Verdict::Tie;
    }
}

impl Outcome {
    pub(crate) fn ns_per_call(&self, figures: &Figures) -> f64 {
        figures.median / self.calls.total.max(1) as f64
    }

    /// Bytes read and written a second.
    pub(crate) fn throughput(&self, figures: &Figures) -> f64 {
        self.calls.bytes_moved() as f64 / (figures.median / 1e9).max(f64::MIN_POSITIVE)
    }

    pub(crate) fn of(&self, contender: Contender) -> Option<&Figures> {
        self.results.iter().find(|standing| standing.contender == contender)?.figures.as_ref().ok()
    }

    /// The contenders that have figures.
    pub(crate) fn measured(&self) -> impl Iterator<Item = (Contender, &Figures)> {
        self.results.iter().filter_map(|standing| {
            standing.figures.as_ref().ok().map(|figures| (standing.contender, figures))
        })
    }

    /// Whether it has a proven choice.
    pub(crate) fn is_decided(&self) -> bool {
        self.choice.as_ref().is_some_and(|choice| choice.decided)
    }

    /// Whether a backend broke a law.
    pub(crate) fn failed(&self) -> bool {
        self.results.iter().any(|standing| matches!(standing.figures, Err(Refusal::Failed(_))))
    }

    /// The widest interval of the backends near the best, as a share of the median. `None` if all are narrow.
    pub(crate) fn noise(&self) -> Option<f64> {
        const TOO_NOISY: f64 = 0.2;
        let near_the_best = self.measured().filter(|(_, figures)| figures.ratio < 2.0);
        let share = |figures: &Figures| {
            (figures.interval.high - figures.interval.low) / figures.median.max(f64::MIN_POSITIVE)
        };
        let widest = near_the_best.map(|(_, figures)| share(figures)).fold(0.0, f64::max);
        (widest > TOO_NOISY).then_some(widest)
    }

    /// A sentence about a machine that was too noisy, if it was.
    pub(crate) fn noise_warning(&self) -> Option<String> {
        let undecided = self.choice.as_ref().is_some_and(|choice| !choice.decided);
        self.noise().filter(|_| undecided).map(|noise| {
            format!(
                "The machine is noisy: medians are known to {:.0} % only. Measure again when it is idle, or give it more \
                 time (--time 60).",
                noise * 100.0
            )
        })
    }
}
