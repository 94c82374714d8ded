//! What measuring found: plain data, which `choice` and `overall` judge, `report` shows and `saved` keeps.

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

/// One workload, by everybody who was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    /// In a line, what was recorded and how; nothing is known of a trace from outside.
    pub(crate) origin: Option<String>,
    /// How many times as large as it is by itself (`--scale`).
    pub(crate) scale: f64,
    /// How many lines of the trace were not understood and left out (`--lenient`).
    pub(crate) skipped: usize,
    pub(crate) calls: Calls,
    pub(crate) shape: Shape,
    /// How many calls were measured, from the first, if the log is too long for all of them.
    #[serde(default)]
    pub(crate) measured_calls: Option<u64>,
    /// The log does not show how long the file was before: it is at least as long as `calls.final_len` says.
    #[serde(default)]
    pub(crate) final_len_is_minimum: bool,
    /// What the user must know about the log, in sentences.
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    /// Of the final contents, in hexadecimal; those who were verified all ended with the same.
    pub(crate) digest: Option<String>,
    pub(crate) rounds: u32,
    pub(crate) results: Vec<Standing>,
    /// The same at other sizes, the smallest first; empty if nothing was measured but this one.
    pub(crate) sizes: Vec<Size>,
    /// What helps beyond the choice.
    #[serde(default)]
    pub(crate) advice: Vec<Advice>,
    /// Nothing if no backend can do it.
    pub(crate) choice: Option<Choice>,
}

/// What a workload does, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calls {
    pub(crate) total: u64,
    /// By kind, as `Kind` is written.
    pub(crate) by_kind: BTreeMap<String, u64>,
    pub(crate) bytes_read: u64,
    pub(crate) bytes_written: u64,
    /// Before the first call, in bytes.
    pub(crate) initial_len: u64,
    /// After the last, in bytes.
    pub(crate) final_len: u64,
}

/// What one contender reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) contender: Contender,
    pub(crate) figures: Result<Figures, Refusal>,
}

/// Why there are no figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    /// It has its limits, as the laws allow; or it is a peer and keeps other laws.
    Cannot(String),
    /// It broke a law.
    Failed(String),
}

/// What a contender took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Nanoseconds a replay, warm, one a round, in the order of the rounds.
    pub(crate) times: Vec<f64>,
    /// The same by process: an empty list where it took no part.
    #[serde(default)]
    pub(crate) processes: Vec<Vec<f64>>,
    /// In nanoseconds.
    pub(crate) median: f64,
    /// Where the true median lies, with 95 % confidence.
    pub(crate) interval: Interval,
    /// How many times as long as the best it takes.
    pub(crate) ratio: f64,
    /// Where that ratio lies, with 95 % confidence.
    #[serde(default)]
    pub(crate) ratio_interval: Interval,
    /// Proven to differ from the best by less than what matters. The best itself is not tied.
    pub(crate) tied: bool,
    /// What is known about it and the best; nothing about the best itself.
    #[serde(default)]
    pub(crate) verdict: Option<Verdict>,
    /// It was certainly slower, so less was measured.
    #[serde(default)]
    pub(crate) dropped: bool,
    /// A replay took so long that it was ended: the times are lower bounds.
    #[serde(default)]
    pub(crate) at_least: bool,
    /// The first replay of a fresh process, in nanoseconds; nothing if that was not measured.
    #[serde(default)]
    pub(crate) cold: Option<Cold>,
    /// What one call in a thousand exceeds, by process; only where latency counts.
    #[serde(default)]
    pub(crate) p999: Vec<Vec<f64>>,
    /// How many calls were checked, if time ran out before the last.
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

/// The same workload, smaller or larger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Size {
    /// The greatest length of the contents, in bytes.
    pub(crate) largest_len: u64,
    pub(crate) calls: u64,
    /// The median time of a replay in nanoseconds, for each who can do it.
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

    /// Of replays that all took so long, warm and cold.
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

    /// By process, of this life.
    fn of_life(&self, life: Life) -> &[Vec<f64>] {
        match life {
            Life::Long => &self.processes,
            Life::Short => self.cold.as_ref().map_or(&[], |cold| &cold.processes),
        }
    }

    /// How many times as long as `base` it takes.
    pub(crate) fn compared_with(&self, base: &Figures, life: Life) -> Option<Ratio> {
        let ratio = Ratio::of(self.of_life(life), base.of_life(life))?;
        Some(match (life, self.at_least || base.at_least) {
            // A lower bound proves nothing upwards.
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

/// The figures of a race. Those that have no times yet when the user interrupts are left out.
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

/// Notes how each compares with the best.
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

    /// Those with figures.
    pub(crate) fn measured(&self) -> impl Iterator<Item = (Contender, &Figures)> {
        self.results.iter().filter_map(|standing| {
            standing.figures.as_ref().ok().map(|figures| (standing.contender, figures))
        })
    }

    /// It has a choice that is proven.
    pub(crate) fn is_decided(&self) -> bool {
        self.choice.as_ref().is_some_and(|choice| choice.decided)
    }

    /// A backend broke a law.
    pub(crate) fn failed(&self) -> bool {
        self.results.iter().any(|standing| matches!(standing.figures, Err(Refusal::Failed(_))))
    }

    /// How wide the widest interval is among those near the best, as a share of the median; nothing if all are narrow.
    pub(crate) fn noise(&self) -> Option<f64> {
        const TOO_NOISY: f64 = 0.2;
        let near_the_best = self.measured().filter(|(_, figures)| figures.ratio < 2.0);
        let share = |figures: &Figures| {
            (figures.interval.high - figures.interval.low) / figures.median.max(f64::MIN_POSITIVE)
        };
        let widest = near_the_best.map(|(_, figures)| share(figures)).fold(0.0, f64::max);
        (widest > TOO_NOISY).then_some(widest)
    }

    /// That the machine was too noisy, in a sentence; nothing if it was not.
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
