//! What real programs did to a file, replayed.

use std::cell::OnceCell;
use std::io;

use anystream::ByteStream;
use anystream_workload::{Expected, Model, Scratch, Script, run};

use super::{Definition, Outcome, Witness, Workload};
use crate::Work;
use crate::abilities::Value;
use crate::contenders::Contender;

pub(crate) struct Replay {
    script: Script,
    expected: OnceCell<(u64, Vec<u8>)>,
}

impl Replay {
    pub(crate) fn of(script: Script) -> Self {
        Replay { script, expected: OnceCell::new() }
    }
}

impl Definition for Replay {
    fn work(&self) -> Work {
        Work { operations: self.script.ops.len() as u64, bytes: 0 }
    }

    /// How many calls fail, and the final contents, by the model: a vector and a position.
    fn expected(&self) -> Outcome {
        let (errors, contents) = self.expected.get_or_init(|| {
            let mut model = Model::new(&self.script.initial);
            let answers = self.script.ops.iter().map(|op| model.apply(op));
            let errors = answers.filter(|answer| matches!(answer, Expected::Error(_))).count() as u64;
            (errors, model.contents().to_vec())
        });
        Outcome { read: errors.to_le_bytes().to_vec(), contents: contents.clone() }
    }
}

impl<S: ByteStream> Workload<S> for Replay {
    type State = (S, Scratch);

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<(S, Scratch)> {
        Ok((contender.holding(self.script.initial.to_vec()), Scratch::default()))
    }

    #[inline]
    fn run(
        &self,
        _: &impl Contender<Stream = S>,
        (stream, scratch): &mut (S, Scratch),
        witness: &mut impl Witness,
    ) -> io::Result<()> {
        let errors = run(&self.script, stream, scratch);
        witness.show(&errors.to_le_bytes());
        Ok(())
    }

    fn contents((mut stream, _): (S, Scratch)) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
