//! One language for what programs do to byte streams.
//!
//! An [`Op`] is one call, a [`Script`] a list of them. A conformance case, a recorded workload, an
//! strace log, an editing trace and a benchmark are all scripts. The [`Model`] says by the laws what
//! each call must answer.
//!
//! This crate knows the trait, and no backend.

mod model;
mod op;
mod script;

pub use model::{Expected, Model};
pub use op::{Answer, Kind, Op, Scratch};
pub use script::Script;
