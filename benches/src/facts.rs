//! What is promised and is no speed beside a peer: heap in use, what is not copied, what is not allocated.

use serde::{Deserialize, Serialize};

mod heap;
mod timed;

pub use heap::heap_facts;
pub use timed::timed_facts;

/// Something that was promised about [`RopeStream`](anystream::RopeStream), and what was found.
///
/// ```
/// let fact = anystream_benches::Fact {
///     work: "heap: with 16 B".to_owned(),
///     bar: "at most 128 B".to_owned(),
///     figure: "96 B".to_owned(),
///     holds: true,
/// };
/// assert!(fact.holds);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What was done, and what was looked at.
    pub work: String,
    /// What was promised.
    pub bar: String,
    /// What was found.
    pub figure: String,
    /// Whether the promise holds.
    pub holds: bool,
}
