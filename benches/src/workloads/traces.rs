//! An editing trace, replayed: by itself, or in the middle of a large text.

use std::cell::OnceCell;
use std::hint::black_box;
use std::io;

use super::large::filled;
use super::{Definition, Outcome, Witness, Workload};
use crate::Work;
use crate::abilities::{TextEdit, Value};
use crate::contenders::Contender;
use crate::data::SharedText;
use crate::traces::{SharedTrace, Trace};

pub(crate) struct Edits {
    trace: SharedTrace,
    around: SharedText,
    /// What the trace itself leads to.
    end: OnceCell<Vec<u8>>,
}

impl Edits {
    /// In the middle of `around`.
    pub(crate) fn of(trace: SharedTrace, around: SharedText) -> Self {
        Edits { trace, around, end: OnceCell::new() }
    }

    fn trace(&self) -> io::Result<&Trace> {
        self.trace.trace().map_err(io::Error::other)
    }

    fn middle(&self) -> usize {
        self.around.len() / 2
    }
}

impl Definition for Edits {
    fn work(&self) -> Work {
        let edits = self.trace().map_or(0, Trace::len);
        Work { operations: edits as u64, bytes: 0 }
    }

    fn expected(&self) -> Outcome {
        let end = self.end.get_or_init(|| self.trace().map(replayed).unwrap_or_default());
        let (before, behind) = self.around.as_str().as_bytes().split_at(self.middle());
        Outcome { contents: [before, end, behind].concat(), ..Outcome::default() }
    }
}

fn replayed(trace: &Trace) -> Vec<u8> {
    let mut text = trace.initial.clone().into_bytes();
    for (offset, removed, inserted) in trace.edits() {
        let start = offset as usize;
        text.splice(start..start + removed as usize, inserted.bytes());
    }
    text
}

impl<S: TextEdit + Value> Workload<S> for Edits {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        let mut stream = filled(contender, self.around.as_str())?;
        let trace = self.trace()?;
        if !trace.initial.is_empty() {
            stream.splice_text(self.middle() as u64, 0, &trace.initial)?;
        }
        // Whoever came before may have left the edits in no cache; what is timed is not their way there.
        black_box(trace.edits().fold(0, |sum, (offset, _, inserted)| sum + offset + inserted.len() as u64));
        Ok(stream)
    }

    #[inline]
    fn run(&self, _: &impl Contender<Stream = S>, stream: &mut S, _: &mut impl Witness) -> io::Result<()> {
        let (trace, middle) = black_box((self.trace()?, self.middle() as u64));
        for (offset, removed, inserted) in trace.edits() {
            stream.splice_text(middle + offset, removed, inserted)?;
        }
        Ok(())
    }

    fn contents(mut stream: S) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
