//! Medians, and how sure they are.
//!
//! Times of one machine are not normal: they have a hard lower edge and a long tail, and drift with
//! clock and neighbours. So nothing here assumes a distribution. Two backends are compared round by
//! round, as the ratio of their times in the same round, which a drift leaves alone.

use serde::{Deserialize, Serialize};

/// Where the true median lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// The fewest values for which [`median_interval`] can be 95 % sure of anything.
pub(crate) const ENOUGH: usize = 6;

/// A difference below this share is never called one. Where code and memory happen to lie makes that
/// much by itself, the same in every round, so that no number of rounds shows it.
pub(crate) const LAYOUT: f64 = 0.03;

/// The middle value, or the mean of the two in the middle; 0 of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    match (sorted.get(sorted.len().wrapping_sub(1) / 2), sorted.get(sorted.len() / 2)) {
        (Some(below), Some(above)) => (below + above) / 2.0,
        _ => 0.0,
    }
}

/// The 95 % confidence interval of the median by order statistics: the k-th smallest and the k-th
/// greatest value, with the greatest k for which a fair coin thrown once per value shows fewer than
/// k heads at most 2.5 % of the time.
///
/// With fewer than [`ENOUGH`] values it is their whole range, and less sure.
pub(crate) fn median_interval(values: &[f64]) -> Interval {
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

/// Whether `slower` took longer than `faster` by no more than [`LAYOUT`], as far as the rounds can tell.
pub(crate) fn is_tie(slower: &[f64], faster: &[f64]) -> bool {
    at_least(&paired_ratios(slower, faster)) <= 1.0 + LAYOUT
}

/// The lower end of the interval of the median. Fewer than [`ENOUGH`] values cannot tell noise from anything else: then
/// it is their median.
pub(crate) fn at_least(values: &[f64]) -> f64 {
    if values.len() < ENOUGH { median(values) } else { median_interval(values).low }
}

/// How many times as long as `of` each took, round by round.
pub(crate) fn paired_ratios(times: &[f64], of: &[f64]) -> Vec<f64> {
    times.iter().zip(of).map(|(time, of)| time / of).collect()
}

/// The geometric mean; 1 of none.
pub(crate) fn geometric_mean(values: &[f64]) -> f64 {
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
    use super::{Interval, geometric_mean, is_tie, median, median_interval, paired_ratios};

    #[test]
    fn a_tie_is_what_enough_rounds_cannot_tell_apart() {
        assert!(is_tie(&[1.03; 3], &[1.0; 3]) && !is_tie(&[1.04; 3], &[1.0; 3]));
        // One round in which a neighbour was busy.
        let (slower, faster) = ([3.0, 3.1, 3.2, 3.3, 3.4, 3.5], [1.0, 1.0, 9.0, 1.0, 1.0, 1.0]);
        assert!(
            !is_tie(&slower[..5], &faster[..5]),
            "three times as long is no tie because the rounds are few"
        );
        assert!(is_tie(&slower, &faster), "the least of six ratios is the lower end of the interval");
    }

    fn first(n: u32) -> Vec<f64> {
        (1..=n).rev().map(f64::from).collect()
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), 3.0);
        assert_eq!(median(&[5.0]), 5.0);
        assert_eq!(median(&[]), 0.0);
    }

    /// The ranks that tables of the sign test give for 95 %.
    #[test]
    fn the_interval_has_the_ranks_of_the_sign_test() {
        for (n, low, high) in
            [(6, 1.0, 6.0), (8, 1.0, 8.0), (9, 2.0, 8.0), (20, 6.0, 15.0), (100, 40.0, 61.0)]
        {
            assert_eq!(median_interval(&first(n)), Interval { low, high }, "{n} values");
        }
    }

    #[test]
    fn the_interval_of_too_few_values_is_their_range() {
        assert_eq!(median_interval(&[3.0]), Interval { low: 3.0, high: 3.0 });
        assert_eq!(median_interval(&first(5)), Interval { low: 1.0, high: 5.0 });
    }

    #[test]
    fn the_interval_of_a_thousand_values_does_not_underflow() {
        assert_eq!(median_interval(&first(1000)), Interval { low: 469.0, high: 532.0 });
    }

    #[test]
    fn a_drift_that_both_see_leaves_the_ratio_alone() {
        assert_eq!(paired_ratios(&[2.0, 20.0, 8.0], &[1.0, 10.0, 4.0]), [2.0, 2.0, 2.0]);
    }

    #[test]
    fn the_geometric_mean_of_a_ratio_and_its_inverse_is_one() {
        assert!((geometric_mean(&[4.0, 0.25]) - 1.0).abs() < 1e-12);
        assert_eq!(geometric_mean(&[]), 1.0);
    }
}
