//! What measuring found: plain data, which `choice` and `overall` judge and `report` shows.

use anystream::Backend;
use anystream_workload::{Summary, Verified};

use crate::choice::Choice;
use crate::interval::{LAYOUT, median_interval, paired_ratios};

/// One workload, on every backend that was asked for.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    /// In a line, what was recorded and how; nothing is known of a trace from outside.
    pub(crate) origin: Option<&'static str>,
    /// How many lines of the trace were not understood and left out (`--lenient`).
    pub(crate) skipped: usize,
    pub(crate) summary: Summary,
    /// The greatest length, also where a storage went further than the model does.
    pub(crate) largest_len: u64,
    /// What the first backend that was verified ended with; all those that were ended with the same.
    pub(crate) verified: Option<Verified>,
    pub(crate) rounds: u32,
    pub(crate) results: Vec<BackendResult>,
    /// Nothing if no backend can do it.
    pub(crate) choice: Option<Choice>,
}

#[derive(Debug)]
pub(crate) struct BackendResult {
    pub(crate) backend: Backend,
    pub(crate) figures: Result<Figures, Refusal>,
}

/// Why there are no figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The storage has its limits, as the laws allow.
    Cannot(String),
    /// It broke a law.
    Failed(String),
}

/// What a backend took.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    /// Nanoseconds a replay, one a round, in the order of the rounds.
    pub(crate) times: Vec<f64>,
    /// In nanoseconds.
    pub(crate) median: f64,
    /// The median, as a multiple of the least median.
    pub(crate) ratio: f64,
    /// Whether the difference to the best is within noise. The best itself is not tied.
    pub(crate) tied: bool,
    pub(crate) peak_bytes: u64,
}

impl Figures {
    /// Whether it is faster than `other` by no more than noise.
    pub(crate) fn ties_with(&self, slower: &Figures) -> bool {
        median_interval(&paired_ratios(&slower.times, &self.times)).low <= 1.0 + LAYOUT
    }
}

impl Outcome {
    pub(crate) fn ns_per_op(&self, figures: &Figures) -> f64 {
        figures.median / self.summary.total.max(1) as f64
    }

    pub(crate) fn of(&self, backend: Backend) -> Option<&Figures> {
        self.results.iter().find(|result| result.backend == backend)?.figures.as_ref().ok()
    }

    pub(crate) fn failed(&self) -> bool {
        self.results.iter().any(|result| matches!(result.figures, Err(Refusal::Failed(_))))
    }
}
