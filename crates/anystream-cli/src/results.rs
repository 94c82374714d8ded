//! What measuring found: plain data, which `choice` and `overall` judge, `report` shows and `saved` keeps.

use std::collections::BTreeMap;

use anystream_workload::{Summary, Verified};
use serde::{Deserialize, Serialize};

use crate::choice::Choice;
use crate::contender::Contender;
use crate::heap::HeapUse;
use crate::interval::{ENOUGH, Interval, is_tie};
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
    /// Of the final contents, in hexadecimal; those who were verified all ended with the same.
    pub(crate) digest: Option<String>,
    pub(crate) rounds: u32,
    pub(crate) results: Vec<Standing>,
    /// The same at other sizes, the smallest first; empty if nothing was measured but this one.
    pub(crate) sizes: Vec<Size>,
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
    /// Nanoseconds a replay, one a round, in the order of the rounds.
    pub(crate) times: Vec<f64>,
    /// In nanoseconds.
    pub(crate) median: f64,
    /// Where the true median lies, with 95 % confidence.
    pub(crate) interval: Interval,
    /// The median, as a multiple of the least median.
    pub(crate) ratio: f64,
    /// Whether the difference to the best is within noise. The best itself is not tied.
    pub(crate) tied: bool,
    pub(crate) heap: HeapUse,
    pub(crate) profile: Profile,
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
    pub(crate) fn of(summary: &Summary, verified: Option<&Verified>) -> Self {
        Calls {
            total: summary.total,
            by_kind: summary.ops.iter().map(|(kind, calls)| (kind.to_string(), *calls)).collect(),
            bytes_read: summary.bytes_read,
            bytes_written: summary.bytes_written,
            initial_len: summary.initial_len,
            final_len: verified.map_or(summary.final_len, |verified| verified.final_len),
        }
    }

    /// Read and written, in bytes.
    pub(crate) fn bytes_moved(&self) -> u64 {
        self.bytes_read.saturating_add(self.bytes_written)
    }
}

impl Figures {
    /// Whether it is faster than `slower` by no more than noise.
    pub(crate) fn ties_with(&self, slower: &Figures) -> bool {
        is_tie(&slower.times, &self.times)
    }

    /// Whether it is among the best.
    pub(crate) fn is_among_the_best(&self) -> bool {
        self.tied || self.ratio == 1.0
    }

    /// How wide the interval of the median is, as a share of it.
    pub(crate) fn noise(&self) -> f64 {
        (self.interval.high - self.interval.low) / self.median.max(f64::MIN_POSITIVE)
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

    /// A backend broke a law.
    pub(crate) fn failed(&self) -> bool {
        self.results.iter().any(|standing| matches!(standing.figures, Err(Refusal::Failed(_))))
    }

    /// How noisy the machine was, if it was too noisy to tell small differences: the widest interval of those
    /// near the best, as a share of the median.
    pub(crate) fn noise(&self) -> Option<f64> {
        const TOO_NOISY: f64 = 0.2;
        let near_the_best =
            self.measured().filter(|(_, figures)| figures.ratio < 2.0 && figures.times.len() >= ENOUGH);
        let widest = near_the_best.map(|(_, figures)| figures.noise()).fold(0.0, f64::max);
        (widest > TOO_NOISY).then_some(widest)
    }

    /// That the machine was too noisy, in a sentence; nothing if it was not.
    pub(crate) fn noise_warning(&self) -> Option<String> {
        /// A median that is known to no better than this is hardly known.
        const HARDLY: f64 = 1.0;
        self.noise().map(|noise| {
            let known = if noise > HARDLY {
                "medians are hardly known at all".to_owned()
            } else {
                format!("medians are known to {:.0} % only", noise * 100.0)
            };
            format!("The machine is noisy: {known}. Measure again when less is going on.")
        })
    }
}
