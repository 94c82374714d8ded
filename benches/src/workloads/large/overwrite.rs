//! Overwriting at random places in large contents.

use std::hint::black_box;
use std::io;

use super::filled;
use crate::abilities::{TextEdit, Value};
use crate::contenders::Contender;
use crate::data::SharedText;
use crate::workloads::{Definition, Outcome, Witness, Workload};
use crate::{Work, data};

pub(crate) struct RandomOverwrites {
    text: SharedText,
    piece: String,
    offsets: Vec<u64>,
}

impl RandomOverwrites {
    /// `count` times `piece` bytes.
    pub(crate) fn new(piece: usize, count: usize, text: SharedText) -> Self {
        let offsets = data::offsets(count, text.len() - piece);
        RandomOverwrites { text, piece: data::text(piece), offsets }
    }
}

impl Definition for RandomOverwrites {
    fn work(&self) -> Work {
        let operations = self.offsets.len() as u64;
        Work { operations, bytes: operations * self.piece.len() as u64 }
    }

    fn expected(&self) -> Outcome {
        let mut contents = Vec::from(self.text.as_str());
        for &at in &self.offsets {
            contents[at as usize..][..self.piece.len()].copy_from_slice(self.piece.as_bytes());
        }
        Outcome { contents, ..Outcome::default() }
    }
}

impl<S: TextEdit + Value> Workload<S> for RandomOverwrites {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        filled(contender, self.text.as_str())
    }

    #[inline]
    fn run(&self, _: &impl Contender<Stream = S>, stream: &mut S, _: &mut impl Witness) -> io::Result<()> {
        let piece = black_box(&self.piece[..]);
        for &offset in &self.offsets {
            stream.overwrite_text(offset, piece)?;
        }
        Ok(())
    }

    fn contents(mut stream: S) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}
