//! Create, write a few bytes, seek to 0, read them, drop: many times.

use std::hint::black_box;
use std::io::{self, Write};

use super::{Definition, Outcome, Witness, Workload};
use crate::Work;
use crate::abilities::ReadFrom;
use crate::contenders::Contender;

/// `B` is the bytes that are written, and what they are read into: an array, whose length the compiler
/// knows as that of an integer or a header, or a vector, whose length it does not.
pub(crate) struct Tiny<B> {
    bytes: B,
}

/// How many streams live one after the other in a run.
const STREAMS: usize = 1000;

impl<B> Tiny<B> {
    pub(crate) fn new(bytes: B) -> Self {
        Tiny { bytes }
    }
}

impl<B: AsRef<[u8]>> Definition for Tiny<B> {
    fn work(&self) -> Work {
        Work { operations: STREAMS as u64, bytes: 0 }
    }

    fn expected(&self) -> Outcome {
        Outcome { read: self.bytes.as_ref().repeat(STREAMS), ..Outcome::default() }
    }
}

impl<S: Write + ReadFrom, B: AsRef<[u8]> + AsMut<[u8]> + Clone> Workload<S> for Tiny<B> {
    /// What is read into.
    type State = B;

    fn fresh(&self, _: &impl Contender<Stream = S>) -> io::Result<B> {
        let mut buf = self.bytes.clone();
        buf.as_mut().fill(0);
        Ok(buf)
    }

    #[inline]
    fn run(
        &self,
        contender: &impl Contender<Stream = S>,
        buf: &mut B,
        witness: &mut impl Witness,
    ) -> io::Result<()> {
        for _ in 0..STREAMS {
            let mut stream = contender.empty();
            black_box(&mut stream); // else no stream need exist at all
            stream.write_all(black_box(&self.bytes).as_ref())?;
            stream.read_from(0, buf.as_mut())?;
            witness.show(buf.as_ref());
        }
        Ok(())
    }

    fn contents(_: B) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}
