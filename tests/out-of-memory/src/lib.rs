//! What the tests of memory need: an allocator that can be told to refuse, that counts what is live, and
//! that can mark what nobody has written. It is the allocator of every program that links this crate.
//!
//! (`alloc-chaos` 0.1 runs a closure again and again with one allocation refused each time, but then the
//! set-up within the closure is refused its memory too. Here only the call under test is.)

mod allocator;

pub use allocator::{MARKER, Refuse, Refused, live, marking, refusing};
