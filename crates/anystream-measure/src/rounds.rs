//! Interleaving.

/// The order of `n` subjects in a round. Each is first in some round, and odd rounds go backwards, so no subject
/// always follows the same one.
///
/// ```
/// use anystream_measure::order;
/// assert_eq!(order(0, 3), [0, 1, 2]);
/// assert_eq!(order(1, 3), [2, 1, 0]);
/// assert_eq!(order(2, 3), [1, 2, 0]);
/// ```
#[must_use]
pub fn order(round: usize, n: usize) -> Vec<usize> {
    let rotated = (0..n).map(|i| (i + round / 2) % n);
    if round.is_multiple_of(2) { rotated.collect() } else { rotated.rev().collect() }
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn every_order_has_each_subject_once() {
        for (round, n) in [(0, 4), (1, 4), (2, 4), (7, 4), (5, 1), (3, 2), (4, 0)] {
            let mut order = order(round, n);
            order.sort_unstable();
            assert_eq!(order, (0..n).collect::<Vec<_>>());
        }
    }
}
