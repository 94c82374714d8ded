//! Reading through large contents, and hopping about in them.

use std::hint::black_box;
use std::io;

use super::filled;
use crate::Work;
use crate::abilities::{ReadFrom, ReadThrough, TextEdit};
use crate::contenders::Contender;
use crate::data::SharedText;
use crate::workloads::read::read_through;
use crate::workloads::{Definition, Outcome, Witness, Workload};

/// From the front to the end.
pub(crate) struct LargeRead {
    text: SharedText,
    piece: usize,
}

/// Reads at random places of which nobody can know the next before having read the last.
pub(crate) struct DependentReads {
    text: SharedText,
    count: u64,
}

/// What a dependent read reads.
const PIECE: usize = 64;

impl LargeRead {
    /// In pieces of `piece` bytes.
    pub(crate) fn new(piece: usize, text: SharedText) -> Self {
        LargeRead { text, piece }
    }
}

impl DependentReads {
    /// `count` reads of 64 bytes.
    pub(crate) fn new(count: u64, text: SharedText) -> Self {
        DependentReads { text, count }
    }

    /// Calls `read` with one place after the other; it puts there what lies at the place.
    #[inline]
    fn hop(&self, mut read: impl FnMut(u64, &mut [u8; PIECE]) -> io::Result<()>) -> io::Result<()> {
        let last = (self.text.len() - PIECE) as u64;
        let mut piece = [0; PIECE];
        let mut offset = last / 2;
        for step in 0..self.count {
            read(offset, &mut piece)?;
            let [a, b, c, d, e, f, g, h, ..] = piece;
            // With the step in it, so that it does not go round in circles.
            let seen = u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ step;
            offset = (seen.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16) % last;
        }
        Ok(())
    }
}

impl Definition for LargeRead {
    fn work(&self) -> Work {
        let bytes = self.text.len();
        Work { operations: bytes.div_ceil(self.piece) as u64, bytes: bytes as u64 }
    }

    fn expected(&self) -> Outcome {
        Outcome { read: self.text.as_str().into(), ..Outcome::default() }
    }
}

impl<S: TextEdit + ReadFrom + ReadThrough> Workload<S> for LargeRead {
    type State = (S, Vec<u8>);

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<(S, Vec<u8>)> {
        let mut stream = filled(contender, self.text.as_str())?;
        stream.read_from(0, &mut [])?; // takes those that have a position back to the front
        Ok((stream, vec![0; self.piece]))
    }

    #[inline]
    fn run(
        &self,
        _: &impl Contender<Stream = S>,
        (stream, buf): &mut (S, Vec<u8>),
        witness: &mut impl Witness,
    ) -> io::Result<()> {
        read_through(stream, buf, witness)
    }

    fn contents(_: (S, Vec<u8>)) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

impl Definition for DependentReads {
    fn work(&self) -> Work {
        Work { operations: self.count, bytes: self.count * PIECE as u64 }
    }

    fn expected(&self) -> Outcome {
        let text = self.text.as_str().as_bytes();
        let mut read = Vec::new();
        let hopped = self.hop(|offset, piece| {
            piece.copy_from_slice(&text[offset as usize..][..PIECE]);
            read.extend_from_slice(piece);
            Ok(())
        });
        Outcome { read: hopped.map_or_else(|_| Vec::new(), |()| read), ..Outcome::default() }
    }
}

impl<S: TextEdit + ReadFrom> Workload<S> for DependentReads {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        filled(contender, self.text.as_str())
    }

    #[inline]
    fn run(
        &self,
        _: &impl Contender<Stream = S>,
        stream: &mut S,
        witness: &mut impl Witness,
    ) -> io::Result<()> {
        let this = black_box(self);
        this.hop(|offset, piece| {
            stream.read_from(offset, piece)?;
            witness.show(piece);
            Ok(())
        })
    }

    fn contents(_: S) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}
