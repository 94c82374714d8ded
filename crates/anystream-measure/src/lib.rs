//! Honest timing of interchangeable implementations.
//!
//! Timing one implementation after another in one process measures the allocator's history and the machine's drift as
//! much as the code. This crate offers the pieces that avoid both:
//!
//! - [`Worker`]: a separate process for each implementation, with a heap in a known state ([`Life`]).
//! - [`order`]: interleaved rounds, so a drift of the machine affects all implementations equally.
//! - [`Ratio`]: how two implementations compare, with an interval that includes the spread between processes.
//! - [`Stopwatch`]: the processor time of a thread, which other load of the machine hardly affects.
//! - [`Machine`], [`pin`], [`free_memory`], [`limit_memory`], [`clock`]: facts about the machine, and its control.
//!
//! The crate knows nothing about streams. The program `anystream` uses it for `choose`.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod life;
mod machine;
mod rounds;
mod stats;
mod stopwatch;
mod worker;

pub use life::Life;
pub use machine::{Machine, clock, free_memory, limit_memory, pin, with_memory_limit};
pub use rounds::order;
pub use stats::{Interval, MATTERS, Ratio, Verdict, geometric_mean, median, median_interval};
pub use stopwatch::Stopwatch;
pub use worker::{Silence, Worker};
