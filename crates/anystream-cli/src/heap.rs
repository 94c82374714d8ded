//! What a piece of work held on the heap at its peak, by the counting allocator.

use alloc_tracker::Session;

/// The most bytes that this thread held during `work` above what it held before.
///
/// Bytes as they were asked of the allocator, without its own bookkeeping. While a vector grows it
/// counts at its new size only: `realloc` moves it, and what that takes inside the allocator is not seen.
pub(crate) fn peak(work: impl FnOnce()) -> u64 {
    let session = Session::new().no_stdout().no_file();
    let operation = session.operation("replay");
    {
        let _span = operation.measure_thread().iterations(1);
        work();
    }
    let report = session.to_report();
    let bytes = report.operations().next().and_then(|(_, replay)| replay.peak_outstanding_bytes());
    bytes.unwrap_or_default() as u64
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::peak;

    #[test]
    fn the_peak_is_what_was_held_at_once_not_the_sum() {
        let held_before = black_box(vec![0_u8; 1 << 20]);
        let bytes = peak(|| {
            for _ in 0..3 {
                drop(black_box(vec![0_u8; 1000]));
            }
        });
        assert_eq!(bytes, 1000);
        drop(held_before);
    }

    #[test]
    fn no_allocation_is_zero_bytes() {
        assert_eq!(peak(|| ()), 0);
    }

    #[test]
    fn an_allocation_that_failed_does_not_count() {
        let bytes = peak(|| assert!(Vec::<u8>::new().try_reserve(isize::MAX as usize).is_err()));
        assert_eq!(bytes, 0);
    }
}
