//! An allocator that refuses memory when it is told to: the allocator of every program that links this
//! crate.
//!
//! (`alloc-chaos` 0.1 runs a closure again and again with one allocation refused each time, but then the
//! set-up within the closure is refused its memory too. Here only the call under test is.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Which allocations are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuse {
    /// The one that so many others come before.
    Once(usize),
    /// That one and all that follow, as when memory has really run out.
    From(usize),
}

/// Makes `call` while allocations of this thread are refused, and returns its result and whether any
/// was. Other threads get what they ask for, and so does a panic, to be able to say why.
///
/// ```
/// use anystream_out_of_memory::{Refuse, refusing};
///
/// let reserve = || Vec::<u8>::new().try_reserve(10);
/// assert!(matches!(refusing(Refuse::Once(0), reserve), (Err(_), true)));
/// assert!(matches!(refusing(Refuse::Once(1), reserve), (Ok(()), false)));
/// let twice = || (reserve().is_ok(), reserve().is_ok());
/// assert_eq!(refusing(Refuse::Once(0), twice), ((false, true), true));
/// assert_eq!(refusing(Refuse::From(0), twice), ((false, false), true));
/// ```
pub fn refusing<R>(refuse: Refuse, call: impl FnOnce() -> R) -> (R, bool) {
    /// Gives memory again, also if `call` panics.
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            STATE.set(State { refuse: None, asked: 0, refused: false });
        }
    }
    let restore = Restore;
    STATE.set(State { refuse: Some(refuse), asked: 0, refused: false });
    let result = call();
    let refused = STATE.get().refused;
    drop(restore);
    (result, refused)
}

#[derive(Clone, Copy)]
struct State {
    refuse: Option<Refuse>,
    /// How many allocations there were since `refuse` was set.
    asked: usize,
    refused: bool,
}

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State { refuse: None, asked: 0, refused: false }) };
}

/// Whether the allocation that is asked for now is to be refused.
fn is_refused() -> bool {
    let refused = STATE.try_with(|state| {
        let State { refuse: Some(refuse), asked, refused } = state.get() else { return false };
        if std::thread::panicking() {
            return false;
        }
        let now = match refuse {
            Refuse::Once(at) => asked == at,
            Refuse::From(at) => asked >= at,
        };
        state.set(State { refuse: Some(refuse), asked: asked + 1, refused: refused || now });
        now
    });
    refused.unwrap_or(false)
}

struct Refusing;

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

#[allow(unsafe_code)] // an allocator cannot be written without
// SAFETY: every call goes on to the system's allocator, which keeps the contract, or returns null, which is how
// an allocator refuses. `is_refused` allocates nothing and does not unwind.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        if is_refused() { std::ptr::null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        if is_refused() { std::ptr::null_mut() } else { unsafe { System.alloc_zeroed(layout) } }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; `memory` came from the system's allocator, as all does.
        if is_refused() { std::ptr::null_mut() } else { unsafe { System.realloc(memory, layout, size) } }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}
