//! A seek and a write within the contents, over and over.

use std::hint::black_box;
use std::io;

use super::{Definition, Outcome, Witness, Workload};
use crate::abilities::{Overwriting, Value};
use crate::contenders::Contender;
use crate::{Work, data};

pub(crate) struct Overwrite {
    contents: Vec<u8>,
    piece: Vec<u8>,
    offsets: Vec<u64>,
}

impl Overwrite {
    /// `count` writes of `piece` bytes into `total`.
    pub(crate) fn new(piece: usize, total: usize, count: usize) -> Self {
        Overwrite {
            contents: data::bytes(total),
            piece: data::bytes(piece),
            offsets: data::offsets(count, total - piece),
        }
    }
}

impl Definition for Overwrite {
    fn work(&self) -> Work {
        let operations = self.offsets.len() as u64;
        Work { operations, bytes: operations * self.piece.len() as u64 }
    }

    fn expected(&self) -> Outcome {
        let mut contents = self.contents.clone();
        for &at in &self.offsets {
            contents[at as usize..][..self.piece.len()].copy_from_slice(&self.piece);
        }
        Outcome { contents, ..Outcome::default() }
    }
}

impl<S: Overwriting + Value> Workload<S> for Overwrite {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        Ok(contender.holding(self.contents.clone()))
    }

    #[inline]
    fn run(&self, _: &impl Contender<Stream = S>, stream: &mut S, _: &mut impl Witness) -> io::Result<()> {
        let piece = black_box(&self.piece[..]);
        for &offset in &self.offsets {
            stream.overwrite(offset, piece)?;
        }
        Ok(())
    }

    fn contents(mut stream: S) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
