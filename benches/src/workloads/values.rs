//! The whole contents as a value.

use std::hint::black_box;
use std::io::{self, Write};

use super::{Definition, Outcome, Witness, Workload, batch};
use crate::abilities::Value;
use crate::contenders::Contender;
use crate::{Work, data};

/// The first value of each of many streams, dropped at once.
pub(crate) struct Values {
    contents: Vec<u8>,
}

/// Append a piece, take the value, drop it; over and over on one stream.
pub(crate) struct AppendAndValue {
    contents: Vec<u8>,
    piece: usize,
}

impl Values {
    /// Of streams that hold `size` bytes each.
    pub(crate) fn new(size: usize) -> Self {
        Values { contents: data::bytes(size) }
    }
}

impl AppendAndValue {
    /// In pieces of `piece` bytes, until there are `total`.
    pub(crate) fn new(piece: usize, total: usize) -> Self {
        AppendAndValue { contents: data::bytes(total), piece }
    }
}

impl Definition for Values {
    fn work(&self) -> Work {
        Work { operations: batch(self.contents.len()) as u64, bytes: 0 }
    }

    fn expected(&self) -> Outcome {
        let all = self.contents.repeat(batch(self.contents.len()));
        Outcome { read: all.clone(), contents: all }
    }
}

impl<S: Value> Workload<S> for Values {
    type State = Vec<S>;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<Vec<S>> {
        let count = batch(self.contents.len());
        Ok((0..count).map(|_| contender.holding(self.contents.clone())).collect())
    }

    #[inline]
    fn run(
        &self,
        _: &impl Contender<Stream = S>,
        streams: &mut Vec<S>,
        witness: &mut impl Witness,
    ) -> io::Result<()> {
        for stream in streams {
            witness.show(&stream.value()?);
        }
        Ok(())
    }

    fn contents(streams: Vec<S>) -> io::Result<Vec<u8>> {
        let values = streams.into_iter().map(|mut stream| stream.value());
        Ok(values.collect::<io::Result<Vec<_>>>()?.concat())
    }
}

impl Definition for AppendAndValue {
    fn work(&self) -> Work {
        Work { operations: (self.contents.len() / self.piece) as u64, bytes: 0 }
    }

    fn expected(&self) -> Outcome {
        let ends = (self.piece..=self.contents.len()).step_by(self.piece);
        let read = ends.flat_map(|end| &self.contents[..end]).copied().collect();
        Outcome { read, contents: self.contents.clone() }
    }
}

impl<S: Write + Value> Workload<S> for AppendAndValue {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        Ok(contender.empty())
    }

    #[inline]
    fn run(
        &self,
        _: &impl Contender<Stream = S>,
        stream: &mut S,
        witness: &mut impl Witness,
    ) -> io::Result<()> {
        for piece in black_box(&self.contents[..]).chunks_exact(self.piece) {
            stream.write_all(piece)?;
            witness.show(&stream.value()?);
        }
        Ok(())
    }

    fn contents(mut stream: S) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
