//! Runs random programs under strace and compares the length of each imported file with the length on disk.
//!
//! `cargo run --release -p anystream-kernel-tests -- --programs 10000 --seed 1`
//!
//! **Programs.** A list of steps (`script.rs`), each a system call or a few, that several processes and
//! threads take in one order, from a seed (`generate.rs`). The order is that of the list, so a run can be repeated; calls on
//! files that one task alone uses may overlap. An interpreter in this package (`actor.rs`) makes the calls, with strace
//! around it and random options.
//!
//! **Comparison.** The final length of the imported script must equal the length on disk. An answer is right, a minimum
//! ("at least"), refused, or wrong. No answer may be wrong.
#![cfg(target_os = "linux")]

mod actor;
mod generate;
mod judge;
mod minimise;
mod perform;
mod recorded;
mod run;
mod script;
mod sys;
mod tally;
mod trial;
mod witness;

pub use actor::act;
pub use generate::program;
pub use judge::{Judged, Verdict, judge};
pub use minimise::minimise;
pub use recorded::{Recorded, record, recorded};
pub use run::{Found, Options, Outcome, run, why_not};
pub use script::{
    Action, Age, Base, Birth, Dup, NUMBERS, Name, Place, Script, Setup, Slot, Step, Target, Task,
};
pub use tally::{Row, Tally};
pub use trial::{Trial, trial, trial_of};
