//! Random steps, until some fail, and then the fewest that do.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::collection::vec;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestError, TestRunner};

use super::{Edges, Machine, Particular, any_step};
use crate::Candidate;

/// The environment variable that says how many calls on streams a search makes, for a long one with steps of its own.
///
/// Without it a search makes the same steps each time, so that a test that passed once does not fail by chance.
pub const CALLS_VARIABLE: &str = "ANYSTREAM_MODEL_CALLS";

/// So many steps one machine does at most.
const STEPS: usize = 120;

/// About so many calls one machine makes, to know how many machines it takes.
const CALLS_OF_A_CASE: u64 = 50;

/// A search for steps at which a stream and its model differ.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// The file in which the seeds of failures are kept: all are tried first. `None` where failures are expected.
    pub seeds: Option<&'static str>,
    /// The lengths that matter.
    pub edges: Edges,
    /// How many calls on streams are made if [`CALLS_VARIABLE`] does not say.
    pub calls: u64,
}

impl Search {
    /// Runs machines of `candidate` until enough calls were made, and returns how many.
    ///
    /// ```
    /// use anystream::VecStream;
    /// use anystream_tests::{candidate, machine::{Edges, Search}};
    /// let search = Search { seeds: None, edges: Edges::OF_THE_BACKENDS, calls: 10_000 };
    /// assert!(search.run(&candidate::<VecStream>(), &()) >= 10_000);
    /// ```
    ///
    /// # Panics
    /// At the first failure, with the fewest steps that were found to bring it about, as calls. Its seed is then
    /// in the file [`seeds`](Self::seeds).
    pub fn run(&self, candidate: &dyn Candidate, particular: &dyn Particular) -> u64 {
        let (wanted, long) = match std::env::var(CALLS_VARIABLE) {
            Ok(calls) => (
                calls.replace('_', "").parse().unwrap_or_else(|error| {
                    panic!("{CALLS_VARIABLE} must be a number of calls, not `{calls}`: {error}")
                }),
                true,
            ),
            Err(_) => (self.calls, false),
        };
        let calls = Cell::new(0);
        while calls.get() < wanted {
            let mut runner = TestRunner::new(Config {
                cases: u32::try_from((wanted - calls.get()) / CALLS_OF_A_CASE + 1).unwrap_or(u32::MAX),
                max_shrink_iters: 20_000,
                rng_seed: if long { RngSeed::Random } else { RngSeed::Fixed(calls.get()) },
                failure_persistence: self
                    .seeds
                    .map(|file| Box::new(FileFailurePersistence::Direct(file)) as _),
                ..Config::default()
            });
            let outcome = runner.run(&vec(any_step(), 1..=STEPS), |steps| {
                let mut machine = Machine::new(candidate, particular, self.edges);
                machine.run(&steps);
                calls.set(calls.get() + machine.finish());
                Ok(())
            });
            match outcome {
                Ok(()) => {}
                Err(TestError::Abort(reason)) => panic!("no steps could be made: {reason}"),
                Err(TestError::Fail(reason, steps)) => {
                    let mut machine = Machine::new(candidate, particular, self.edges);
                    machine.log = Some(Vec::new());
                    let _ = catch_unwind(AssertUnwindSafe(|| machine.run(&steps)));
                    let log = machine.log.unwrap_or_default().join("\n  ");
                    panic!("{reason}\nafter {} calls, by these:\n  {log}\nfrom {steps:#?}", calls.get());
                }
            }
        }
        calls.get()
    }
}
