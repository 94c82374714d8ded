//! What each fuzz target does with the bytes it is given: it panics if a law is broken.
//!
//! ```sh
//! cargo +nightly fuzz run laws     # likewise rope, strace, trace
//! ```
//!
//! Whoever fuzzes sets `--cfg fuzzing` (cargo-fuzz does). The rope's chunks and nodes are then so small that every
//! split and merge happens, and it shows a check of its invariants.
//!
//! The test of this crate replays the corpus, with any compiler:
//!
//! ```sh
//! RUSTFLAGS="--cfg fuzzing" cargo test --no-default-features
//! ```

#![forbid(unsafe_code)]

#[cfg(not(fuzzing))]
compile_error!("set RUSTFLAGS=\"--cfg fuzzing\", as cargo-fuzz does: the rope's chunks are tiny then, and can be checked");

mod broken;
mod calls;

pub use broken::{strace, trace};
pub use calls::{laws, rope};

/// A fuzz target.
pub type Target = fn(&[u8]);

/// The targets, by the names of their binaries and of their folders in `corpus`.
pub const TARGETS: &[(&str, Target)] =
    &[("laws", laws), ("rope", rope), ("strace", strace), ("trace", trace)];
