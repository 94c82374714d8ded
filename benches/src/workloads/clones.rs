//! Cloning: alone, and with a first write to the clone, which is when sharing is paid for.

use std::hint::black_box;
use std::io;

use super::{Definition, Outcome, Witness, Workload, batch};
use crate::abilities::{Overwriting, Value};
use crate::contenders::Contender;
use crate::{Work, data};

pub(crate) struct Clones {
    contents: Vec<u8>,
    after: AfterCloning,
}

/// What is done to the clone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterCloning {
    Nothing,
    /// Four bytes in the middle are overwritten.
    Overwrite,
}

const WRITTEN: [u8; 4] = *b"4you";

impl Clones {
    /// Of streams that hold `size` bytes each.
    pub(crate) fn new(size: usize, after: AfterCloning) -> Self {
        Clones { contents: data::bytes(size), after }
    }

    fn middle(&self) -> usize {
        self.contents.len() / 2
    }
}

impl Definition for Clones {
    fn work(&self) -> Work {
        Work { operations: batch(self.contents.len()) as u64, bytes: 0 }
    }

    fn expected(&self) -> Outcome {
        let mut clone = self.contents.clone();
        if self.after == AfterCloning::Overwrite {
            clone[self.middle()..][..WRITTEN.len()].copy_from_slice(&WRITTEN);
        }
        let count = batch(self.contents.len());
        Outcome {
            contents: [self.contents.repeat(count), clone.repeat(count)].concat(),
            ..Outcome::default()
        }
    }
}

/// Both are kept until the end, and dropped outside the measured time.
pub(crate) struct Pairs<S> {
    originals: Vec<S>,
    clones: Vec<S>,
}

impl<S: Clone + Overwriting + Value> Workload<S> for Clones {
    type State = Pairs<S>;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<Pairs<S>> {
        let count = batch(self.contents.len());
        let originals = (0..count).map(|_| contender.holding(self.contents.clone())).collect();
        Ok(Pairs { originals, clones: Vec::with_capacity(count) })
    }

    #[inline]
    fn run(
        &self,
        _: &impl Contender<Stream = S>,
        pairs: &mut Pairs<S>,
        _: &mut impl Witness,
    ) -> io::Result<()> {
        let written = black_box(&WRITTEN[..]);
        for original in &pairs.originals {
            let mut clone = original.clone();
            if self.after == AfterCloning::Overwrite {
                clone.overwrite(self.middle() as u64, written)?;
            }
            pairs.clones.push(clone);
        }
        Ok(())
    }

    fn contents(pairs: Pairs<S>) -> io::Result<Vec<u8>> {
        let streams = pairs.originals.into_iter().chain(pairs.clones);
        let values = streams.map(|mut stream| stream.value());
        Ok(values.collect::<io::Result<Vec<_>>>()?.concat())
    }
}
