//! One language for what programs do to byte streams.
//!
//! An [`Op`] is one call, a [`Script`] a list of them. A conformance case, a recorded workload, an
//! strace log, an editing trace and a benchmark are all scripts. The [`Model`] says by the laws what
//! each call must answer; [`verify`] compares a stream with it, and [`run`] is the form that is timed.
//! [`import()`] turns records of real programs into scripts, and [`import_into`] gives them call by call to
//! whatever takes them; [`builtin()`] lists the records that come with this crate, and [`standard()`] the
//! workloads that are described rather than recorded and grow with a scale. [`record()`] writes what is done to
//! a stream down as a trace.
//!
//! This crate knows the trait, and no backend.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod builtin;
mod import;
mod model;
mod op;
mod peers;
mod replay;
mod script;
mod sparse;
mod standard;
mod summary;
mod trace;

pub use builtin::{Builtin, builtin, builtin_scripts};
pub use import::{
    FileUse, ImportError, ImportOptions, ImportSummary, Imported, RECORD, STRACE_OPTIONS, Sink, Skipped,
    files, import, import_bytes, import_into, import_reader, import_reader_into,
};
pub use model::{Expected, Model};
pub use op::{Answer, Kind, NoReplayMemory, Op, Scratch};
pub use peers::{BytesMutPeer, BytesMutStorage, CursorPeer};
pub use replay::{Digest, Fault, Mismatch, Verified, run, run_ops, verify, verify_until};
pub use script::Script;
pub use standard::{Growth, Standard, StandardError, standard};
pub use summary::Summary;
pub use trace::{Extent, Outcome, Record, RecordedOp, Recorder, Recording, TraceError, TraceHeader};
pub use trace::{TraceReader, TraceScript, TraceWriter, is_trace, read_script, record};
