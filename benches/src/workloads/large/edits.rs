//! Inserting and deleting at random places in large contents.

use std::cell::OnceCell;
use std::hint::black_box;
use std::io;

use super::filled;
use crate::abilities::{TextEdit, Value};
use crate::contenders::Contender;
use crate::data::SharedText;
use crate::workloads::{Definition, Outcome, Witness, Workload};
use crate::{Work, data};

pub(crate) struct RandomEdits {
    text: SharedText,
    piece: String,
    /// Where to insert and where to delete, in turn.
    offsets: Vec<u64>,
    end: OnceCell<Vec<u8>>,
}

impl RandomEdits {
    /// `count` inserts and deletes of `piece` bytes, half of them each.
    pub(crate) fn new(piece: usize, count: usize, text: SharedText) -> Self {
        let offsets = data::offsets(count, text.len() - piece);
        RandomEdits { text, piece: data::text(piece), offsets, end: OnceCell::new() }
    }
}

impl Definition for RandomEdits {
    fn work(&self) -> Work {
        Work { operations: self.offsets.len() as u64, bytes: 0 }
    }

    fn expected(&self) -> Outcome {
        let contents = self.end.get_or_init(|| {
            let mut blocks = Blocks::of(self.text.as_str().as_bytes());
            for places in self.offsets.chunks_exact(2) {
                blocks.insert(places[0] as usize, self.piece.as_bytes());
                blocks.remove(places[1] as usize, self.piece.len());
            }
            blocks.0.concat()
        });
        Outcome { contents: contents.clone(), ..Outcome::default() }
    }
}

impl<S: TextEdit + Value> Workload<S> for RandomEdits {
    type State = S;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<S> {
        filled(contender, self.text.as_str())
    }

    #[inline]
    fn run(&self, _: &impl Contender<Stream = S>, stream: &mut S, _: &mut impl Witness) -> io::Result<()> {
        let piece = black_box(&self.piece[..]);
        for places in self.offsets.chunks_exact(2) {
            stream.splice_text(places[0], 0, piece)?;
            stream.splice_text(places[1], piece.len() as u64, "")?;
        }
        Ok(())
    }

    fn contents(mut stream: S) -> io::Result<Vec<u8>> {
        Ok(stream.value()?.into())
    }
}

/// Plain vectors one behind the other: a single one of 64 MiB would take minutes for the right answer.
struct Blocks(Vec<Vec<u8>>);

impl Blocks {
    fn of(contents: &[u8]) -> Self {
        Blocks(contents.chunks(16 << 10).map(Vec::from).collect())
    }

    fn insert(&mut self, at: usize, data: &[u8]) {
        let mut before = 0;
        for block in &mut self.0 {
            if at <= before + block.len() {
                block.splice(at - before..at - before, data.iter().copied());
                return;
            }
            before += block.len();
        }
    }

    fn remove(&mut self, at: usize, len: usize) {
        let (mut before, mut left) = (0, len);
        for block in &mut self.0 {
            let size = block.len();
            if left > 0 && at < before + size {
                let start = at.saturating_sub(before);
                let end = size.min(start + left);
                block.drain(start..end);
                left -= end - start;
            }
            before += size;
            if left == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_give_what_one_vector_gives() {
        let text = SharedText::of(100_000);
        let edits = RandomEdits::new(64, 1000, text.clone());
        let mut contents = Vec::from(text.as_str());
        for places in edits.offsets.chunks_exact(2) {
            let (inserted, removed) = (places[0] as usize, places[1] as usize);
            contents.splice(inserted..inserted, edits.piece.bytes());
            contents.drain(removed..removed + edits.piece.len());
        }
        assert!(edits.expected().contents == contents);
    }
}
