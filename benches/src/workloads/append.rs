//! An empty stream, and pieces written one behind the other.

use std::hint::black_box;
use std::io::{self, Write};

use super::{Definition, Outcome, Witness, Workload};
use crate::abilities::Value;
use crate::contenders::Contender;
use crate::{Work, data};

pub(crate) struct Append {
    /// Pieces that differ, written over and over.
    pieces: Vec<u8>,
    piece: usize,
    rounds: usize,
}

/// How many pieces differ.
const DIFFERENT: usize = 16;

impl Append {
    /// `total` bytes in pieces of `piece` bytes.
    pub(crate) fn new(piece: usize, total: usize) -> Self {
        let pieces = data::bytes(piece * DIFFERENT);
        let rounds = total / pieces.len();
        Append { pieces, piece, rounds }
    }
}

impl Definition for Append {
    fn work(&self) -> Work {
        let operations = (DIFFERENT * self.rounds) as u64;
        Work { operations, bytes: operations * self.piece as u64 }
    }

    fn expected(&self) -> Outcome {
        Outcome { contents: self.pieces.repeat(self.rounds), ..Outcome::default() }
    }
}

impl<S: Write + Value> Workload<S> for Append {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        Ok(contender.empty())
    }

    #[inline]
    fn run(&self, _: &impl Contender<Stream = S>, stream: &mut S, _: &mut impl Witness) -> io::Result<()> {
        let (pieces, piece) = black_box((&self.pieces[..], self.piece));
        for _ in 0..self.rounds {
            for data in pieces.chunks_exact(piece) {
                stream.write_all(data)?;
            }
        }
        Ok(())
    }

    fn contents(mut stream: S) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
