//! The allocator. Whatever it is told, it is told for the thread that tells it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Which allocations are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuse {
    /// The one that so many others come before.
    Once(usize),
    /// That one and all that follow.
    From(usize),
    /// Those with which the call would hold more than so many bytes: what a limit of memory does. What is
    /// given back can be had again.
    Beyond(usize),
}

/// What [`refusing`] saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refused {
    /// How many allocations were refused.
    pub refused: usize,
    /// The most bytes that the call held at once, of its own.
    pub peak: usize,
}

/// Makes `call` while allocations of this thread are refused, but for those of at most `spare` bytes, which do
/// not count, and returns its result and what happened. Other threads get what they ask for, and so does a panic, to be
/// able to say why.
///
/// ```
/// use anystream_out_of_memory::{Refuse, refusing};
///
/// let reserve = || Vec::<u8>::new().try_reserve(10).is_ok();
/// let refused = |refuse, spare| refusing(refuse, spare, || (reserve(), reserve())).0;
/// assert_eq!(refused(Refuse::Once(0), 0), (false, true));
/// assert_eq!(refused(Refuse::From(0), 0), (false, false));
/// assert_eq!(refused(Refuse::From(1), 0), (true, false));
/// assert_eq!(refused(Refuse::From(0), 10), (true, true));
/// assert_eq!(refused(Refuse::Beyond(10), 0), (true, true), "it was given back in between");
/// assert_eq!(refused(Refuse::Beyond(9), 0), (false, false));
/// ```
pub fn refusing<R>(refuse: Refuse, spare: usize, call: impl FnOnce() -> R) -> (R, Refused) {
    /// Gives memory again, also if `call` panics.
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            ORDERS.set(None);
        }
    }
    let restore = Restore;
    let orders = Orders { refuse, spare, asked: 0, before: live(), seen: Refused::default() };
    ORDERS.set(Some(orders));
    let result = call();
    let seen = ORDERS.get().map_or_else(Refused::default, |orders| orders.seen);
    drop(restore);
    (result, seen)
}

/// How many bytes this thread has allocated and not given back, since it began. Less than none if it gave
/// back what others allocated.
///
/// ```
/// use anystream_out_of_memory::live;
/// let before = live();
/// let held = vec![0_u8; 100];
/// assert_eq!(live() - before, 100);
/// drop(held);
/// assert_eq!(live(), before);
/// ```
#[must_use]
pub fn live() -> isize {
    LIVE.get()
}

/// What [`marking`] fills memory with.
pub const MARKER: u8 = 0xA5;

/// Makes `call` while all memory that this thread is given, or gives back, is filled with the [`MARKER`]:
/// whatever shows bytes that nobody wrote shows that.
///
/// ```
/// // Memory that is asked for as zeros is, and what is written stays written.
/// let zeros = anystream_out_of_memory::marking(|| vec![0_u8; 100]);
/// assert_eq!(zeros, [0; 100]);
/// ```
pub fn marking<R>(call: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            MARKING.set(self.0);
        }
    }
    let _restore = Restore(MARKING.replace(true));
    call()
}

#[derive(Clone, Copy)]
struct Orders {
    refuse: Refuse,
    /// Allocations of at most so many bytes are granted all the same.
    spare: usize,
    /// How many allocations there were that can be refused.
    asked: usize,
    /// What was live before.
    before: isize,
    seen: Refused,
}

thread_local! {
    static ORDERS: Cell<Option<Orders>> = const { Cell::new(None) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static MARKING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the allocation of `size` bytes that is asked for now is to be refused.
fn is_refused(size: usize) -> bool {
    let refused = ORDERS.try_with(|cell| {
        let Some(mut orders) = cell.get().filter(|_| !std::thread::panicking()) else { return false };
        let held = (LIVE.get() - orders.before).saturating_add_unsigned(size);
        let held = usize::try_from(held).unwrap_or(0);
        let refused = size > orders.spare
            && match orders.refuse {
                Refuse::Once(at) => orders.asked == at,
                Refuse::From(at) => orders.asked >= at,
                Refuse::Beyond(most) => held > most,
            };
        orders.asked += usize::from(size > orders.spare);
        orders.seen.refused += usize::from(refused);
        if !refused {
            orders.seen.peak = orders.seen.peak.max(held);
        }
        cell.set(Some(orders));
        refused
    });
    refused.unwrap_or(false)
}

fn count(bytes: isize) {
    // Not there while a thread ends, when nobody counts.
    let _ = LIVE.try_with(|live| live.set(live.get() + bytes));
}

fn is_marking() -> bool {
    MARKING.try_with(Cell::get).unwrap_or(false)
}

struct Faulty;

#[global_allocator]
static ALLOCATOR: Faulty = Faulty;

#[allow(unsafe_code)] // an allocator cannot be written without
// SAFETY: every call goes on to the system's allocator, which keeps the contract, or returns null, which is how
// an allocator refuses. What is counted and asked before allocates nothing and does not unwind. Memory is filled
// only while it belongs to nobody: before it is handed out, and before it is given back.
unsafe impl GlobalAlloc for Faulty {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_refused(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        let memory = unsafe { System.alloc(layout) };
        if !memory.is_null() {
            count(layout.size() as isize);
            if is_marking() {
                // SAFETY: the memory is new, and `size` bytes long.
                unsafe { memory.write_bytes(MARKER, layout.size()) };
            }
        }
        memory
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_refused(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: as above.
        let memory = unsafe { System.alloc_zeroed(layout) };
        if !memory.is_null() {
            count(layout.size() as isize);
        }
        memory
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if is_refused(size) {
            return std::ptr::null_mut();
        }
        if !is_marking() {
            // SAFETY: as above; `memory` came from the system's allocator, as all does.
            let moved = unsafe { System.realloc(memory, layout, size) };
            if !moved.is_null() {
                count(size as isize - layout.size() as isize);
            }
            return moved;
        }
        // Another place always, so that the old one can be marked.
        // SAFETY: the caller promises that `size` is one that a layout can have. Both places are at least as long
        // as what is copied, and apart.
        unsafe {
            let moved = System.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                count(size as isize);
                moved.write_bytes(MARKER, size);
                moved.copy_from_nonoverlapping(memory, size.min(layout.size()));
                self.dealloc(memory, layout);
            }
            moved
        }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        if is_marking() {
            // SAFETY: whoever gives it back does not use it again, and it is `size` bytes long.
            unsafe { memory.write_bytes(MARKER, layout.size()) };
        }
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(unsafe_code)] // what nobody has written cannot be read without
    fn memory_is_marked_when_it_is_given_out_and_moved() {
        let layout = Layout::array::<u8>(100).expect("a small layout");
        marking(|| {
            // SAFETY: the memory is as long as the layouts say, is given back once, and was all written, by the
            // allocator itself.
            unsafe {
                let memory = ALLOCATOR.alloc(layout);
                assert_eq!(std::slice::from_raw_parts(memory, 100), [MARKER; 100]);
                memory.write_bytes(7, 100);
                let memory = ALLOCATOR.realloc(memory, layout, 5000);
                let (kept, new) = std::slice::from_raw_parts(memory, 5000).split_at(100);
                assert!(kept.iter().all(|&byte| byte == 7) && new.iter().all(|&byte| byte == MARKER));
                ALLOCATOR.dealloc(memory, Layout::array::<u8>(5000).expect("a small layout"));
            }
        });
    }
}
