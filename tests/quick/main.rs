//! A quick look at whether anything is broken, in seconds: `cargo test -p anystream-tests --test quick`.
//!
//! The suite asks every backend every case in every layout, one test each. Here each backend is asked every case
//! once, each time in another layout; then it does the machine's first steps and the scripts that CPython answered. So it
//! is small to build and stops at the first failure: for a look between two edits, and for mutation testing, which
//! builds and runs it a thousand times (`docs/MUTANTS.md`). What the types promise beyond the laws is
//! the suite's own files, as they are.

#[path = "../suite/any_stream.rs"]
mod any_stream;
#[path = "../suite/bare.rs"]
mod bare;
#[path = "../suite/bounds.rs"]
mod bounds;
#[path = "../suite/deque.rs"]
mod deque;
#[path = "../suite/faults.rs"]
mod faults;
#[path = "../suite/forwarding.rs"]
mod forwarding;
#[path = "../suite/interfaces.rs"]
mod interfaces;
#[path = "../suite/limited.rs"]
mod limited;
#[path = "../suite/provided.rs"]
mod provided;
#[path = "../suite/regressions.rs"]
mod regressions;
#[path = "../suite/rope_appended.rs"]
mod rope_appended;
#[path = "../suite/rope_gap.rs"]
mod rope_gap;
#[path = "../suite/rope_memory.rs"]
mod rope_memory;
#[path = "../suite/rope_output.rs"]
mod rope_output;
#[path = "../suite/rope_refused.rs"]
mod rope_refused;
#[path = "../suite/rope_shape.rs"]
mod rope_shape;
#[path = "../suite/sharing.rs"]
mod sharing;

use anystream::{AnyStream, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_tests::differential::Tally;
use anystream_tests::machine::{Edges, Machine, any_step};
use anystream_tests::python::{DIFFERENCES, Recording};
use anystream_tests::{CASES, Candidate, Layout, candidate, run};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rstest::rstest;

/// So many machines, of so many steps each.
const MACHINES: usize = 12;
const STEPS: usize = 60;

#[rstest]
#[case::vec(0, &candidate::<VecStream>())]
#[case::small(1, &candidate::<SmallStream>())]
#[case::small_5(2, &candidate::<SmallStream<5>>())]
#[case::ropey(3, &candidate::<RopeyStream>())]
#[case::rope(4, &candidate::<RopeStream>())]
#[case::limited_any(5, &limited::LimitedTo::<AnyStream>::new(anystream_workload::Model::LIMIT))]
#[case::deque_of_a_stranger(6, &candidate::<deque::DequeStream>())]
fn the_laws_are_kept(#[case] index: usize, #[case] candidate: &dyn Candidate) {
    for (number, case) in CASES.iter().enumerate() {
        run(candidate, case.name, Layout::ALL[(number + index) % Layout::ALL.len()], &[]);
    }
    let mut random = TestRunner::deterministic();
    for _ in 0..MACHINES {
        let steps = proptest::collection::vec(any_step(), STEPS);
        let steps = steps.new_tree(&mut random).expect("any step will do").current();
        let mut machine = Machine::new(candidate, &(), Edges::OF_THE_BACKENDS);
        machine.run(&steps);
        machine.finish();
    }
    let recording =
        Recording::parse(include_str!("../python/cpython-3.11.txt")).expect("it can be understood");
    recording.replay(candidate, &mut Tally::new(DIFFERENCES));
}
