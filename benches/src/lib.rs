//! What each backend costs, beside `Cursor<Vec<u8>>`, `Vec<u8>`, `BytesMut` and ropes of text.
//!
//! A workload is written once, generic over what it does to a stream, and carries its right answer;
//! the contenders are a list. [`benchmarks`] is every pair of the two, ready to be timed and
//! verified. What is promised but is no speed, such as heap in use, is a [`Fact`]. Two programs take it
//! from there:
//!
//! - `cargo bench -p anystream-benches`: criterion, one contender after the other;
//! - `cargo run --release -p anystream-benches --bin bars`: all contenders of a case in turn, so that
//!   their ratio survives a noisy machine, and whether the promised bars hold.
//!
//! What is held constant: every run begins with fresh state that was made outside the measured time,
//! nothing grows from one run to the next, data and offsets are the same for all, and the heap is
//! warm, or cold where that is said. Data is random bytes, half of them 0x80 or above, which is what binary
//! formats hold and the worst case for `RopeyStream`; where ropes of text take part it is ASCII.

mod abilities;
mod benchmark;
mod cold;
mod contenders;
mod data;
mod facts;
mod peers;
mod suite;
mod traces;
mod workloads;

pub use benchmark::{Benchmark, Work};
pub use cold::answer_as_child;
pub use facts::{Fact, heap_facts, timed_facts};
pub use suite::{CONTROL, CROP, CURSOR, JUMP_ROPE_BUF, NOT_MEASURED, NotMeasured, ROPE, benchmarks};
