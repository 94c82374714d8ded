//! The program's allocator: the system's, and counters for the thread that asks.
//!
//! The one place in this program with `unsafe`, without which no allocator can be written. The kept-up
//! counting allocators count what is asked for and held, but none tells what a reallocation moves.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The allocator of a program that measures: passes everything on to the system's allocator, and counts for each
/// thread. [`lab!`](crate::lab) installs it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountingAllocator;

/// What a thread's heap holds and did. A block that another thread frees is counted there, so that a number
/// may be negative.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Heap {
    /// In bytes.
    pub(crate) live: i64,
    /// The most that `live` ever was.
    pub(crate) peak: i64,
    pub(crate) allocations: u64,
    /// The bytes of blocks that a reallocation moved.
    pub(crate) moved: u64,
}

thread_local! {
    static HEAP: Cell<Heap> = const { Cell::new(Heap { live: 0, peak: 0, allocations: 0, moved: 0 }) };
}

/// What this thread's heap holds and did so far.
pub(crate) fn now() -> Heap {
    HEAP.get()
}

/// The same, and from now on the peak is one from now on.
pub(crate) fn restart() -> Heap {
    let mut heap = HEAP.get();
    heap.peak = heap.live;
    HEAP.set(heap);
    heap
}

impl Heap {
    fn changes(&mut self, by: i64) {
        self.live += by;
        self.peak = self.peak.max(self.live);
    }
}

/// Plain stores, so that what is timed hardly notices. A thread that is ending counts no more.
fn count(change: impl FnOnce(&mut Heap)) {
    let _ = HEAP.try_with(|cell| {
        let mut heap = cell.get();
        change(&mut heap);
        cell.set(heap);
    });
}

fn allocated(block: *mut u8, size: usize) -> *mut u8 {
    if !block.is_null() {
        count(|heap| {
            heap.allocations += 1;
            heap.changes(size as i64);
        });
    }
    block
}

// SAFETY: every call is passed on to `System` as it came, and what that returns is returned. Counting neither
// allocates (the counters are a constant and have no destructor) nor unwinds.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of `alloc`, which are those of this method.
        allocated(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `alloc`.
        allocated(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller got `block` from this allocator, so it came from `System` with this layout.
        unsafe { System.dealloc(block, layout) };
        count(|heap| heap.changes(-(layout.size() as i64)));
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let address = block.addr();
        // SAFETY: as for `dealloc`; and the caller promises that `size` is not 0 and no overflow.
        let new = unsafe { System.realloc(block, layout, size) };
        if !new.is_null() {
            count(|heap| {
                heap.allocations += 1;
                heap.changes(size as i64 - layout.size() as i64);
                if new.addr() != address {
                    heap.moved += layout.size().min(size) as u64;
                }
            });
        }
        new
    }
}
