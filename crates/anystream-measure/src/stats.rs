//! Medians, ratios, and how certain they are.
//!
//! Times on one machine are not normal: they have a hard lower edge and a long tail, drift with the clock and the
//! neighbours, and differ between processes, because code and memory are laid out anew in each. So two subjects are
//! compared round by round within a process, where a drift leaves the ratio alone, and the spread between processes
//! is part of the interval.

use serde::{Deserialize, Serialize};

/// Differences below this share do not matter: two subjects tie if the difference is *proven* to be smaller.
pub const MATTERS: f64 = 0.05;

/// A range that holds the true value with 95 % confidence.
///
/// ```
/// let interval = anystream_measure::median_interval(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!((interval.low, interval.high), (1.0, 6.0));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// How many times as long one subject takes as another.
///
/// ```
/// use anystream_measure::{Ratio, Verdict};
///
/// let slow = vec![vec![3.0; 9]; 5]; // five processes, nine rounds in each
/// let fast = vec![vec![1.0; 9]; 5];
/// let ratio = Ratio::of(&slow, &fast).unwrap();
/// assert!((ratio.value - 3.0).abs() < 1e-9 && ratio.low > 2.9);
/// assert_eq!(ratio.verdict(), Verdict::Slower);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The best estimate.
    pub value: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end of its 95 % interval.
    pub high: f64,
}

/// The conclusion that a [`Ratio`] proves about the first subject.
///
/// ```
/// use anystream_measure::{Ratio, Verdict};
/// assert_eq!(Ratio { value: 1.0, low: 0.98, high: 1.02 }.verdict(), Verdict::Tie);
/// assert_eq!(Ratio { value: 1.0, low: 0.9, high: 1.1 }.verdict(), Verdict::Undecided);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The difference is below [`MATTERS`].
    Tie,
    /// It takes longer.
    Slower,
    /// It takes less time.
    Faster,
    /// The interval is too wide for a conclusion.
    Undecided,
}

impl Ratio {
    /// Compares `times` with `base`: for each process, the times of its rounds; an empty list where a subject was not
    /// measured. Processes are paired by their place, and rounds within them. `None` if no process measured both.
    ///
    /// The value is the mean of the processes' median log ratios, without the extreme ones from five processes on
    /// (a 20 % trimmed mean). The interval is Tukey and McLaughlin's for trimmed means, moderated for few processes:
    /// processes are assumed to differ by 2 % until they show otherwise, weighted like two processes. With fewer than five
    /// processes it is not narrower than the rounds within them allow.
    #[must_use]
    pub fn of(times: &[Vec<f64>], base: &[Vec<f64>]) -> Option<Self> {
        let processes = times.iter().zip(base).filter(|(times, base)| !times.is_empty() && !base.is_empty());
        let logs: Vec<Vec<f64>> = processes
            .map(|(times, base)| times.iter().zip(base).map(|(time, base)| (time / base).ln()).collect())
            .collect();
        Ratio::of_logs(&logs)
    }

    /// Where a value lies that several processes measured, each in several rounds: the estimate and its interval, by
    /// the same rules as [`Ratio::of`]. `None` without values.
    ///
    /// ```
    /// let median = anystream_measure::Ratio::across(&vec![vec![250.0; 9]; 5]).unwrap();
    /// assert!((median.value - 250.0).abs() < 1e-6);
    /// ```
    #[must_use]
    pub fn across(values: &[Vec<f64>]) -> Option<Self> {
        let processes = values.iter().filter(|rounds| !rounds.is_empty());
        let logs: Vec<Vec<f64>> = processes
            .map(|rounds| rounds.iter().map(|value| value.max(f64::MIN_POSITIVE).ln()).collect())
            .collect();
        Ratio::of_logs(&logs)
    }

    fn of_logs(processes: &[Vec<f64>]) -> Option<Self> {
        let medians: Vec<f64> = processes.iter().map(|rounds| median(rounds)).collect();
        let within = processes.iter().map(|rounds| variance_of_median(rounds)).sum::<f64>();
        let n = medians.len();
        if n == 0 {
            return None;
        }
        let (mean, variance, kept) = trimmed(&medians);
        let freedom = PRIOR_WEIGHT + (kept - 1) as f64;
        let between = (PRIOR_WEIGHT * PRIOR_SPREAD.powi(2) + (kept - 1) as f64 * variance) / freedom;
        // From five processes on, their spread shows the noise within them, too.
        let variance = if n < 5 { between.max(within / n as f64) } else { between };
        let error = (variance / n as f64).sqrt();
        let margin = error * student(freedom as usize);
        let value = |log: f64| log.exp();
        Some(Ratio { value: value(mean), low: value(mean - margin), high: value(mean + margin) })
    }

    /// The conclusion that it proves.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        let most = 1.0 + MATTERS;
        match self {
            Ratio { low, high, .. } if low > 1.0 / most && high < most => Verdict::Tie,
            Ratio { low, .. } if low > 1.0 => Verdict::Slower,
            Ratio { high, .. } if high < 1.0 => Verdict::Faster,
            _ => Verdict::Undecided,
        }
    }

    /// By how much the two may differ at most, as a share: 0.2 is 20 %.
    ///
    /// ```
    /// let ratio = anystream_measure::Ratio { value: 1.0, low: 0.8, high: 1.1 };
    /// assert!((ratio.largest_difference() - 0.25).abs() < 1e-9);
    /// ```
    #[must_use]
    pub fn largest_difference(self) -> f64 {
        self.high.max(1.0 / self.low.max(f64::MIN_POSITIVE)) - 1.0
    }
}

/// The assumed difference between processes, as a standard deviation of log ratios, and its weight in processes.
const PRIOR_SPREAD: f64 = 0.02;
const PRIOR_WEIGHT: f64 = 2.0;

/// The mean without the extremes, the variance of a single value that gives its error, and how many values were kept.
fn trimmed(values: &[f64]) -> (f64, f64, usize) {
    let values = sorted(values);
    let n = values.len();
    let cut = n / 5;
    let kept = n - 2 * cut;
    let inner = values.get(cut..n - cut).unwrap_or_default();
    let mean = inner.iter().sum::<f64>() / kept.max(1) as f64;
    let (Some(&low), Some(&high)) = (inner.first(), inner.last()) else { return (mean, 0.0, kept) };
    let winsorized: Vec<f64> = values.iter().map(|value| value.clamp(low, high)).collect();
    let middle = winsorized.iter().sum::<f64>() / n as f64;
    let squares: f64 = winsorized.iter().map(|value| (value - middle).powi(2)).sum();
    let share = kept as f64 / n as f64;
    (mean, squares / (n.max(2) - 1) as f64 / share.powi(2), kept)
}

/// How uncertain the median of a process's rounds is. A few rounds show little of their spread, so something is added.
fn variance_of_median(rounds: &[f64]) -> f64 {
    let Interval { low, high } = median_interval(rounds);
    let range = high - low;
    match rounds.len() {
        0 | 1 => 0.1_f64.powi(2),
        2 => (range / 2.0).powi(2) + 0.05_f64.powi(2),
        3..6 => (range / 2.0).powi(2) + 0.03_f64.powi(2),
        _ => (range / 3.92).powi(2),
    }
}

/// The 97.5 % quantile of Student's t.
fn student(freedom: usize) -> f64 {
    const QUANTILES: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145,
        2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048,
        2.045, 2.042,
    ];
    QUANTILES.get(freedom.max(1) - 1).copied().unwrap_or(1.96 + 2.4 / freedom as f64)
}

/// The middle value, or the mean of the two in the middle; 0 without values.
///
/// ```
/// assert_eq!(anystream_measure::median(&[9.0, 1.0, 2.0]), 2.0);
/// ```
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    match (sorted.get(sorted.len().wrapping_sub(1) / 2), sorted.get(sorted.len() / 2)) {
        (Some(below), Some(above)) => (below + above) / 2.0,
        _ => 0.0,
    }
}

/// The 95 % confidence interval of the median by order statistics: the k-th smallest and the k-th greatest value, with
/// the greatest k for which a fair coin thrown once per value shows fewer than k heads at most 2.5 % of the time.
/// With fewer than six values it is their whole range, and less certain.
///
/// ```
/// let interval = anystream_measure::median_interval(&[3.0]);
/// assert_eq!((interval.low, interval.high), (3.0, 3.0));
/// ```
#[must_use]
pub fn median_interval(values: &[f64]) -> Interval {
    let sorted = sorted(values);
    let n = sorted.len();
    let mut chance_of_exactly = 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX));
    let mut chance_of_fewer = 0.0;
    let mut k = 0;
    while k < n / 2 {
        chance_of_fewer += chance_of_exactly;
        if chance_of_fewer > 0.025 {
            break;
        }
        chance_of_exactly *= (n - k) as f64 / (k + 1) as f64;
        k += 1;
    }
    let at = |i: usize| sorted.get(i).copied().unwrap_or_default();
    let from_edge = k.saturating_sub(1);
    Interval { low: at(from_edge), high: at(n.saturating_sub(1 + from_edge)) }
}

/// The geometric mean; 1 without values.
///
/// ```
/// assert!((anystream_measure::geometric_mean(&[4.0, 0.25]) - 1.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn geometric_mean(values: &[f64]) -> f64 {
    let sum: f64 = values.iter().map(|value| value.ln()).sum();
    (sum / values.len().max(1) as f64).exp()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(n: u32) -> Vec<f64> {
        (1..=n).rev().map(f64::from).collect()
    }

    /// Processes whose rounds all took the same time.
    fn steady(times: &[f64]) -> Vec<Vec<f64>> {
        times.iter().map(|&time| vec![time; 9]).collect()
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), 3.0);
        assert_eq!(median(&[5.0]), 5.0);
        assert_eq!(median(&[]), 0.0);
    }

    /// The ranks that tables of the sign test give for 95 %.
    #[test]
    fn the_interval_of_a_median_has_the_ranks_of_the_sign_test() {
        for (n, low, high) in [
            (6, 1.0, 6.0),
            (8, 1.0, 8.0),
            (9, 2.0, 8.0),
            (20, 6.0, 15.0),
            (100, 40.0, 61.0),
            (1000, 469.0, 532.0),
        ] {
            assert_eq!(median_interval(&first(n)), Interval { low, high }, "{n} values");
        }
        assert_eq!(median_interval(&first(5)), Interval { low: 1.0, high: 5.0 });
    }

    #[test]
    fn a_drift_that_both_subjects_meet_leaves_the_ratio_alone() {
        let (times, base) = (vec![vec![2.0, 20.0, 8.0]], vec![vec![1.0, 10.0, 4.0]]);
        assert!((Ratio::of(&times, &base).unwrap().value - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_tie_is_proven_never_assumed() {
        let base = steady(&[1.0; 5]);
        assert_eq!(Ratio::of(&steady(&[1.01; 5]), &base).unwrap().verdict(), Verdict::Tie);
        // Four times as long, measured so badly that nothing is certain: undecided, not a tie.
        let wild = Ratio::of(&steady(&[4.0, 0.1, 40.0, 0.5, 90.0]), &base).unwrap();
        assert_eq!(wild.verdict(), Verdict::Undecided);
        assert!(wild.largest_difference() > 3.0, "{wild:?}");
    }

    #[test]
    fn the_spread_between_processes_widens_the_interval_however_steady_each_process_is() {
        let base = steady(&[1.0; 5]);
        let agreeing = Ratio::of(&steady(&[1.1; 5]), &base).unwrap();
        let differing = Ratio::of(&steady(&[0.9, 1.0, 1.1, 1.2, 1.3]), &base).unwrap();
        assert_eq!((agreeing.verdict(), differing.verdict()), (Verdict::Slower, Verdict::Undecided));
    }

    #[test]
    fn one_disturbed_process_of_five_moves_neither_value_nor_verdict() {
        let disturbed = Ratio::of(&steady(&[1.2, 1.2, 9.0, 1.2, 1.2]), &steady(&[1.0; 5])).unwrap();
        assert!((disturbed.value - 1.2).abs() < 1e-9);
        assert_eq!(disturbed.verdict(), Verdict::Slower);
    }

    #[test]
    fn one_round_proves_only_a_large_difference() {
        let once = |time: f64| Ratio::of(&[vec![time]], &[vec![1.0]]).unwrap().verdict();
        assert_eq!((once(1.3), once(3.0)), (Verdict::Undecided, Verdict::Slower));
    }

    #[test]
    fn only_processes_that_measured_both_are_compared() {
        let ratio = Ratio::of(&[vec![], vec![2.0; 9]], &[vec![1.0; 9], vec![1.0; 9]]).unwrap();
        assert!((ratio.value - 2.0).abs() < 1e-9);
        assert_eq!(Ratio::of(&[vec![], vec![2.0]], &[vec![1.0], vec![]]), None);
    }

    #[test]
    fn the_verdicts_of_a_ratio_and_its_inverse_mirror_each_other() {
        for (value, low, high) in [(1.2, 1.1, 1.3), (1.0, 0.97, 1.03), (1.1, 0.9, 1.3), (0.5, 0.4, 0.6)] {
            let (ratio, inverse) =
                (Ratio { value, low, high }, Ratio { value: 1.0 / value, low: 1.0 / high, high: 1.0 / low });
            let mirrored = match inverse.verdict() {
                Verdict::Slower => Verdict::Faster,
                Verdict::Faster => Verdict::Slower,
                same => same,
            };
            assert_eq!(ratio.verdict(), mirrored);
        }
    }
}
