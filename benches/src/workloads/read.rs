//! Reading from the front to the end, and at random places.

use std::hint::black_box;
use std::io::{self, Read};

use super::{Definition, Outcome, Witness, Workload};
use crate::abilities::{ReadFrom, ReadThrough, Value};
use crate::contenders::Contender;
use crate::{Work, data};

/// `read` until it gives nothing. What was read is the result: `BytesMut` is empty afterwards.
pub(crate) struct SequentialRead {
    contents: Vec<u8>,
    piece: usize,
}

/// A seek and `read_exact`, over and over; no place depends on what was read before.
pub(crate) struct RandomRead {
    contents: Vec<u8>,
    piece: usize,
    offsets: Vec<u64>,
}

impl SequentialRead {
    /// `total` bytes in pieces of `piece` bytes.
    pub(crate) fn new(piece: usize, total: usize) -> Self {
        SequentialRead { contents: data::bytes(total), piece }
    }
}

impl RandomRead {
    /// `count` reads of `piece` bytes out of `total`.
    pub(crate) fn new(piece: usize, total: usize, count: usize) -> Self {
        RandomRead { contents: data::bytes(total), piece, offsets: data::offsets(count, total - piece) }
    }
}

impl Definition for SequentialRead {
    fn work(&self) -> Work {
        Work {
            operations: self.contents.len().div_ceil(self.piece) as u64,
            bytes: self.contents.len() as u64,
        }
    }

    fn expected(&self) -> Outcome {
        Outcome { read: self.contents.clone(), ..Outcome::default() }
    }
}

impl<S: ReadThrough> Workload<S> for SequentialRead {
    type State = (S, Vec<u8>);

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<(S, Vec<u8>)> {
        Ok((contender.holding(self.contents.clone()), vec![0; self.piece]))
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

/// To the end, a full `buf` at a time.
#[inline]
pub(super) fn read_through(
    stream: &mut impl ReadThrough,
    buf: &mut [u8],
    witness: &mut impl Witness,
) -> io::Result<()> {
    let mut reader = stream.reader();
    let buf = black_box(buf);
    loop {
        let n = reader.read(buf)?;
        if n == 0 {
            return Ok(());
        }
        witness.show(&buf[..n]);
    }
}

impl Definition for RandomRead {
    fn work(&self) -> Work {
        let operations = self.offsets.len() as u64;
        Work { operations, bytes: operations * self.piece as u64 }
    }

    fn expected(&self) -> Outcome {
        let pieces = self.offsets.iter().map(|&at| &self.contents[at as usize..][..self.piece]);
        Outcome { read: pieces.flatten().copied().collect(), contents: self.contents.clone() }
    }
}

impl<S: ReadFrom + Value> Workload<S> for RandomRead {
    type State = (S, Vec<u8>);

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<(S, Vec<u8>)> {
        Ok((contender.holding(self.contents.clone()), vec![0; self.piece]))
    }

    #[inline]
    fn run(
        &self,
        _: &impl Contender<Stream = S>,
        (stream, buf): &mut (S, Vec<u8>),
        witness: &mut impl Witness,
    ) -> io::Result<()> {
        let buf = black_box(&mut buf[..]);
        for &offset in &self.offsets {
            stream.read_from(offset, buf)?;
            witness.show(buf);
        }
        Ok(())
    }

    fn contents((mut stream, _): (S, Vec<u8>)) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
