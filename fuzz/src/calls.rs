//! Any calls on any streams, compared with the model.

use std::any::Any;

use anystream::{AnyStream, Backend, ByteStream, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_tests::machine::{Edges, Machine, Particular, Step};
use anystream_tests::{Candidate, CloneStream, candidate};
use arbitrary::{Arbitrary, Unstructured};

/// The same steps on every backend, on streams, clones, values and readers at once, each compared with the model.
pub fn laws(bytes: &[u8]) {
    let Some(steps) = steps(bytes) else { return };
    let backends: [&dyn Candidate; 6] = [
        &candidate::<VecStream>(),
        &candidate::<SmallStream<5>>(),
        &candidate::<SmallStream>(),
        &candidate::<RopeStream>(),
        &candidate::<RopeyStream>(),
        &candidate::<AnyStream>(),
    ];
    for backend in backends {
        run(backend, &Converting, &steps);
    }
}

/// As [`laws`], on the rope only, whose invariants are checked after every call.
pub fn rope(bytes: &[u8]) {
    if let Some(steps) = steps(bytes) {
        run(&candidate::<RopeStream>(), &Checking, &steps);
    }
}

/// Where storages change: what is inline, the tiny chunks and the nodes of a rope, the leaf of ropey. No longer, as all
/// contents are looked at after every call.
const EDGES: Edges = Edges { sizes: &[3, 5, 12, 16, 24, 48, 64, 240, 984, 1024], longest: 3 * 984 };

/// More would be slow, and say nothing that fewer do not.
const MOST_STEPS: usize = 200;

fn steps(bytes: &[u8]) -> Option<Vec<Step>> {
    let mut steps = Vec::<Step>::arbitrary_take_rest(Unstructured::new(bytes)).ok()?;
    steps.truncate(MOST_STEPS);
    Some(steps)
}

fn run(candidate: &dyn Candidate, particular: &dyn Particular, steps: &[Step]) {
    let mut machine = Machine::new(candidate, particular, EDGES);
    machine.run(steps);
    machine.finish();
}

/// Changes the backend of a stream that can.
struct Converting;

impl Particular for Converting {
    fn act(&self, stream: &mut dyn CloneStream, choice: u8) {
        if let Some(stream) = (stream as &mut dyn Any).downcast_mut::<AnyStream>() {
            // What lies behind a hole of terabytes only the rope can hold: then nothing changes.
            let _ = stream.convert(Backend::ALL[usize::from(choice) % Backend::ALL.len()]);
        }
    }
}

/// Takes a rope apart and puts it together again, and looks whether all is in order inside.
struct Checking;

impl Particular for Checking {
    fn act(&self, stream: &mut dyn CloneStream, choice: u8) {
        let Some(rope) = (stream as &mut dyn Any).downcast_mut::<RopeStream>() else { return };
        let at = rope.len() / 16 * u64::from(choice / 4 % 17);
        let changed = match choice % 4 {
            0 => rope.compact(),
            1 => rope.split_off(at).and_then(|tail| rope.append(tail)),
            2 => rope.slice(at..rope.len()).and_then(|cut| rope.splice_stream(at..rope.len(), &cut)),
            _ => rope.slice(0..at).and_then(|copy| rope.splice_stream(0..at, &copy)),
        };
        changed.expect("there is memory for a few bytes");
    }

    fn check(&self, stream: &dyn CloneStream) {
        if let Some(rope) = (stream as &dyn Any).downcast_ref::<RopeStream>() {
            rope.check_invariants();
        }
    }
}
