//! The workloads: each written once, for every contender, with its right answer.

use std::io;

use crate::Work;
use crate::contenders::Contender;

mod append;
mod clones;
mod large;
mod overwrite;
mod read;
mod scripts;
mod splice;
mod tiny;
mod traces;
mod values;

pub(crate) use append::Append;
pub(crate) use clones::{AfterCloning, Clones};
pub(crate) use large::{ClonesKept, DependentReads, LargeAppend, LargeRead, RandomEdits, RandomOverwrites};
pub(crate) use overwrite::Overwrite;
pub(crate) use read::{RandomRead, SequentialRead};
pub(crate) use scripts::Replay;
pub(crate) use splice::Splice;
pub(crate) use tiny::Tiny;
pub(crate) use traces::Edits;
pub(crate) use values::{AppendAndValue, Values};

/// What a workload is, whomever it is done to.
pub(crate) trait Definition {
    /// How much one run does.
    fn work(&self) -> Work;

    /// The right answer, computed on plain vectors.
    fn expected(&self) -> Outcome;
}

/// What comes out of one run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Everything that was read, one piece behind the other.
    pub(crate) read: Vec<u8>,
    /// Everything that is held afterwards.
    pub(crate) contents: Vec<u8>,
}

/// A workload that can be done to an `S`.
pub(crate) trait Workload<S>: Definition {
    /// What one run needs: a stream, or many.
    type State;

    /// Makes it; not timed.
    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<Self::State>;

    /// The run, timed. Shows `witness` all that it reads.
    fn run(
        &self,
        contender: &impl Contender<Stream = S>,
        state: &mut Self::State,
        witness: &mut impl Witness,
    ) -> io::Result<()>;

    /// What is held afterwards; not timed.
    fn contents(state: Self::State) -> io::Result<Vec<u8>>;
}

/// Who sees what is read: nobody, where time is taken, and else whoever compares it.
pub(crate) trait Witness {
    fn show(&mut self, bytes: &[u8]);
}

/// How many things of `size` bytes to have in one run, so that a clock can time it and it fits into
/// the caches of the second level.
fn batch(size: usize) -> usize {
    const TOTAL: usize = 1 << 20;
    (TOTAL / size).clamp(1, 256)
}
