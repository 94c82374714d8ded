//! A piece inserted at one random place and a piece removed at another, over and over.

use std::hint::black_box;
use std::io;

use super::{Definition, Outcome, Witness, Workload};
use crate::abilities::{Edit, Value};
use crate::contenders::Contender;
use crate::{Work, data};

pub(crate) struct Splice {
    contents: Vec<u8>,
    piece: Vec<u8>,
    /// Where to insert and where to remove, in turn.
    offsets: Vec<u64>,
}

impl Splice {
    /// `count` times in and out, `piece` bytes each, in `total`.
    pub(crate) fn new(piece: usize, total: usize, count: usize) -> Self {
        Splice {
            contents: data::bytes(total),
            piece: data::bytes(piece),
            offsets: data::offsets(2 * count, total - piece),
        }
    }
}

impl Definition for Splice {
    fn work(&self) -> Work {
        Work { operations: self.offsets.len() as u64, bytes: 0 }
    }

    fn expected(&self) -> Outcome {
        let mut contents = self.contents.clone();
        for places in self.offsets.chunks_exact(2) {
            let (inserted, removed) = (places[0] as usize, places[1] as usize);
            contents = [&contents[..inserted], &self.piece, &contents[inserted..]].concat();
            contents.drain(removed..removed + self.piece.len());
        }
        Outcome { contents, ..Outcome::default() }
    }
}

impl<S: Edit + Value> Workload<S> for Splice {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        Ok(contender.holding(self.contents.clone()))
    }

    #[inline]
    fn run(&self, _: &impl Contender<Stream = S>, stream: &mut S, _: &mut impl Witness) -> io::Result<()> {
        let piece = black_box(&self.piece[..]);
        for places in self.offsets.chunks_exact(2) {
            stream.insert(places[0], piece)?;
            stream.remove(places[1], piece.len() as u64)?;
        }
        Ok(())
    }

    fn contents(mut stream: S) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
