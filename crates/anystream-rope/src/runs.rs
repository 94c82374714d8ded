//! Looking at the contents from `&RopeStorage`, piece by piece, without searching for each.

use std::mem;

use crate::RopeStorage;
use crate::chunk::Chunk;
use crate::piece::Piece;
use crate::storage::Hot;
use crate::tree::Pieces;

/// The runs of the contents in order: every byte from some offset on is in exactly one, and none is empty.
#[derive(Clone)]
pub(crate) struct Runs<'a> {
    pieces: Pieces<'a>,
    /// The chunk that is checked out of the tree, until its place is passed.
    hot: Option<&'a Hot>,
    /// What lies behind everything else, until it is reached.
    tail: &'a [u8],
    current: Source<'a>,
    /// How much of `current` has been passed.
    at: u64,
}

#[derive(Clone)]
enum Source<'a> {
    Nothing,
    Piece(&'a Piece),
    Hot(&'a Chunk),
    Bytes(&'a [u8]),
}

impl Source<'_> {
    fn len(&self) -> u64 {
        match self {
            Source::Nothing => 0,
            Source::Piece(piece) => piece.len(),
            Source::Hot(chunk) => chunk.len() as u64,
            Source::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

impl<'a> Runs<'a> {
    /// Those of `storage` from `offset` on. O(log n).
    pub(crate) fn from(storage: &'a RopeStorage, offset: u64) -> Self {
        let tree = storage.tree();
        let nothing = tree.pieces_from(u64::MAX);
        let mut runs = Runs { pieces: nothing, hot: None, tail: &[], current: Source::Nothing, at: 0 };
        if offset >= anystream_core::Storage::len(storage) {
            return runs;
        }
        match (storage.in_tree(offset), storage.hot()) {
            (None, Some(hot)) => {
                runs.pieces = tree.pieces_from(hot.start + hot.in_tree);
                runs.current = Source::Hot(&hot.chunk);
                runs.at = offset - hot.start;
            }
            (Some(in_tree), hot) => {
                runs.pieces = tree.pieces_from(in_tree);
                runs.hot = hot.filter(|hot| offset < hot.start);
                runs.tail = storage.tail().map_or(&[], |tail| tail.bytes.as_slice());
                (runs.current, runs.at) = match runs.pieces.next() {
                    Some((start, piece)) => (Source::Piece(piece), in_tree - start),
                    None => (Source::Bytes(storage.short()), offset),
                };
            }
            (None, None) => {
                if let Some(tail) = storage.tail() {
                    (runs.current, runs.at) = (Source::Bytes(tail.bytes.as_slice()), offset - tail.start);
                }
            }
        }
        runs
    }

    /// Goes on to the next source; returns whether there is one.
    fn advance(&mut self) -> bool {
        self.at = 0;
        self.current = match (self.pieces.next(), self.hot) {
            // Its stand-in in the tree; or it is behind everything.
            (Some((start, _)), Some(hot)) if start == hot.start => self.take_hot(hot),
            (None, Some(hot)) => self.take_hot(hot),
            (Some((_, piece)), _) => Source::Piece(piece),
            (None, None) if !self.tail.is_empty() => Source::Bytes(mem::take(&mut self.tail)),
            (None, None) => Source::Nothing,
        };
        !matches!(self.current, Source::Nothing)
    }

    fn take_hot(&mut self, hot: &'a Hot) -> Source<'a> {
        self.hot = None;
        Source::Hot(&hot.chunk)
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while self.at == self.current.len() {
            if !self.advance() {
                return None;
            }
        }
        let run = match self.current {
            Source::Nothing => &[],
            Source::Piece(piece) => piece.run_from(self.at),
            Source::Hot(chunk) => chunk.run_from(self.at as usize),
            Source::Bytes(bytes) => &bytes[self.at as usize..],
        };
        self.at += run.len() as u64;
        Some(run)
    }
}
