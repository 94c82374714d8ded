//! An empty stream that becomes large, piece by piece.

use std::cell::OnceCell;
use std::hint::black_box;
use std::io;

use crate::abilities::{TextEdit, Value};
use crate::contenders::Contender;
use crate::workloads::{Definition, Outcome, Witness, Workload};
use crate::{Work, data};

pub(crate) struct LargeAppend {
    piece: usize,
    rounds: usize,
    /// Pieces that differ, written over and over. Made late: where the heap must be cold, memory that
    /// others used before is not.
    pieces: OnceCell<Vec<String>>,
}

/// How many pieces differ.
const DIFFERENT: usize = 16;

impl LargeAppend {
    /// `total` bytes in pieces of `piece` bytes.
    pub(crate) fn new(piece: usize, total: usize) -> Self {
        LargeAppend { piece, rounds: total / (piece * DIFFERENT), pieces: OnceCell::new() }
    }

    fn pieces(&self) -> &[String] {
        self.pieces.get_or_init(|| {
            let pieces = (0..DIFFERENT).map(|nth| {
                let mut text = data::text(self.piece + nth); // each length gives another text
                text.truncate(self.piece);
                text
            });
            pieces.collect()
        })
    }
}

impl Definition for LargeAppend {
    fn work(&self) -> Work {
        let operations = (DIFFERENT * self.rounds) as u64;
        Work { operations, bytes: operations * self.piece as u64 }
    }

    fn expected(&self) -> Outcome {
        Outcome { contents: self.pieces().concat().repeat(self.rounds).into(), ..Outcome::default() }
    }
}

impl<S: TextEdit + Value> Workload<S> for LargeAppend {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        self.pieces();
        Ok(contender.empty())
    }

    #[inline]
    fn run(&self, _: &impl Contender<Stream = S>, stream: &mut S, _: &mut impl Witness) -> io::Result<()> {
        let pieces = black_box(self.pieces());
        for _ in 0..self.rounds {
            for piece in pieces {
                stream.append_text(piece)?;
            }
        }
        Ok(())
    }

    fn contents(mut stream: S) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
