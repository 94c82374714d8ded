//! The laws of [`ByteStream`](anystream_core::ByteStream) as tests that any backend can run.
//!
//! A backend of your own runs the whole suite with one line in its tests:
//!
//! ```
//! # mod backend { pub use anystream::VecStream as MyStream; }
//! use backend::MyStream;
//!
//! anystream_tests::conformance!(my_backend, MyStream);
//! # fn main() {}
//! ```
//!
//! That makes one `#[test]` for each [`Case`] in each [`Layout`], so that a failure has a name such as
//! `my_backend::w2_gap_becomes_zeros::after_longer_contents`: the backend, the law with what is claimed, and
//! how the contents had come about. `cargo test my_backend::w2` runs what you are working on.
//!
//! - A [`Case`] shows one or more [`Law`]s. Some are programs in Rust, compared with the
//!   [`Model`](anystream_workload::Model); some are files in `cases/`, in the language of [`script`],
//!   with every answer written out.
//! - A [`Layout`] is a way to the same contents: written in odd pieces, shared with a held value, a
//!   clone, over a hole, behind stale bytes. No law depends on it, but mistakes do.
//! - A [`Candidate`] makes the streams under test.
//! - A [`machine`] does random steps on several streams, values and readers at once, and finds the fewest that
//!   break a law.
//!
//! This package is for tests: it panics where a law is broken, and says how.

mod behind;
mod bench;
mod candidate;
mod case;
mod cases;
mod conformance;
pub mod differential;
mod law;
mod layout;
pub mod machine;
mod pair;
pub mod python;
pub mod random;
pub mod resident;
pub mod sample;
pub mod script;

pub use behind::Behind;
pub use bench::Bench;
pub use candidate::{Candidate, CandidateOf, CloneStream, candidate};
pub use case::{CASES, Case};
pub use conformance::run;
pub use law::Law;
pub use layout::Layout;
pub use pair::Pair;

/// What [`conformance!`] refers to, whatever the calling crate has in scope.
#[doc(hidden)]
pub mod reexports {
    pub use std;
}
