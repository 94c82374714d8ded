//! What a piece of work does to the heap, by the allocator that counts.

mod allocator;

pub use allocator::CountingAllocator;
pub(crate) use allocator::{Heap, now, restart};

use serde::{Deserialize, Serialize};

/// What a replay did to the heap, its initial contents included. Bytes as they were asked of the allocator,
/// without its own bookkeeping.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeapUse {
    /// The most that was held at once, in bytes. While a vector grows it counts at its new size only:
    /// what `realloc` takes inside the allocator is not seen.
    pub(crate) peak: u64,
    /// What was held at the end, before the stream was dropped, in bytes.
    pub(crate) at_end: u64,
    /// How often memory was asked for, growing and shrinking included.
    pub(crate) allocations: u64,
    /// The bytes that came along when a reallocation moved them elsewhere.
    pub(crate) moved: u64,
}

/// What this thread's heap did during `work`, which says when it is at its end: what it returned
/// there is what it held then.
pub(crate) fn used_by(work: impl FnOnce() -> Heap) -> HeapUse {
    let before = restart();
    let at_end = work();
    let after = now();
    HeapUse {
        peak: after.peak.saturating_sub(before.live).max(0) as u64,
        at_end: at_end.live.saturating_sub(before.live).max(0) as u64,
        allocations: at_end.allocations - before.allocations,
        moved: at_end.moved - before.moved,
    }
}

/// Whether this program's allocator is the one that counts.
pub(crate) fn is_counted() -> bool {
    let before = now().allocations;
    drop(std::hint::black_box(Box::new(0_u8)));
    now().allocations > before
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::{HeapUse, now, used_by};

    #[test]
    fn the_peak_is_what_was_held_at_once_not_the_sum() {
        let held_before = black_box(vec![0_u8; 1 << 20]);
        let heap = used_by(|| {
            for _ in 0..3 {
                drop(black_box(vec![0_u8; 1000]));
            }
            now()
        });
        assert_eq!(heap, HeapUse { peak: 1000, at_end: 0, allocations: 3, moved: 0 });
        drop(held_before);
    }

    #[test]
    fn what_is_held_at_the_end_is_told() {
        let mut kept = Vec::new();
        let heap = used_by(|| {
            kept.push(black_box(vec![0_u8; 500]));
            now()
        });
        assert!(heap.at_end >= 500 && heap.at_end == heap.peak, "{heap:?}");
    }

    #[test]
    fn a_vector_that_grows_where_others_lie_behind_it_is_moved() {
        let mut between = Vec::with_capacity(100);
        let heap = used_by(|| {
            let mut grown = black_box(Vec::<u8>::with_capacity(64));
            for size in [200, 400, 800, 1600] {
                between.push(black_box(vec![0_u8; 64]));
                grown.reserve_exact(size);
            }
            now()
        });
        assert!(heap.moved >= 64, "{heap:?}");
    }

    #[test]
    fn no_allocation_is_zero_bytes() {
        assert_eq!(used_by(now), HeapUse::default());
    }

    #[test]
    fn an_allocation_that_failed_does_not_count() {
        let heap = used_by(|| {
            assert!(Vec::<u8>::new().try_reserve(isize::MAX as usize).is_err());
            now()
        });
        assert_eq!(heap, HeapUse::default());
    }
}
