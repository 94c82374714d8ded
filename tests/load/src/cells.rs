//! What a stream must hold: the stamps of its cells, in order, in four bytes a cell.

use std::ops::Range;
use std::rc::Rc;

use crate::pattern::Stamp;

/// The stamps of a stream's cells. Cheap to change anywhere, and to clone: the blocks are shared.
#[derive(Clone, Default)]
pub(crate) struct Cells {
    blocks: Vec<Rc<Vec<Stamp>>>,
    /// The lengths of the blocks, side by side to be searched fast. None is 0.
    counts: Vec<u32>,
    len: usize,
}

/// No block is longer.
const BLOCK: usize = 4096;

impl Cells {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Appends the stamps in `range` to `to`.
    pub(crate) fn copy_to(&self, range: Range<usize>, to: &mut Vec<Stamp>) {
        let (mut block, mut at) = self.find(range.start);
        let mut left = range.len();
        while left > 0 {
            let stamps = &self.blocks[block][at..];
            let stamps = &stamps[..stamps.len().min(left)];
            to.extend_from_slice(stamps);
            left -= stamps.len();
            (block, at) = (block + 1, 0);
        }
    }

    /// Replaces the stamps from `start` on, as many as there are in `with`.
    pub(crate) fn overwrite(&mut self, start: usize, mut with: &[Stamp]) {
        let (mut block, mut at) = self.find(start);
        while !with.is_empty() {
            let stamps = &mut Rc::make_mut(&mut self.blocks[block])[at..];
            let (now, later) = with.split_at(stamps.len().min(with.len()));
            stamps[..now.len()].copy_from_slice(now);
            with = later;
            (block, at) = (block + 1, 0);
        }
    }

    pub(crate) fn insert(&mut self, start: usize, with: &[Stamp]) {
        let (block, at) = self.find(start);
        self.len += with.len();
        match self.blocks.get_mut(block) {
            Some(stamps) if stamps.len() + with.len() <= BLOCK => {
                Rc::make_mut(stamps).splice(at..at, with.iter().copied());
                self.counts[block] += with.len() as u32;
            }
            Some(stamps) => {
                let stamps = Rc::make_mut(stamps);
                stamps.splice(at..at, with.iter().copied());
                // In halves, so that the next one finds room.
                let pieces: Vec<_> = stamps.chunks(BLOCK / 2).map(|piece| Rc::new(piece.to_vec())).collect();
                self.counts.splice(block..=block, pieces.iter().map(|piece| piece.len() as u32));
                self.blocks.splice(block..=block, pieces);
            }
            None => {
                for piece in with.chunks(BLOCK / 2) {
                    self.push(Rc::new(piece.to_vec()));
                }
            }
        }
    }

    pub(crate) fn remove(&mut self, range: Range<usize>) {
        let (mut block, mut at) = self.find(range.start);
        let mut left = range.len();
        self.len -= left;
        while left > 0 {
            let take = left.min(self.blocks[block].len() - at);
            left -= take;
            if take == self.blocks[block].len() {
                self.blocks.remove(block);
                self.counts.remove(block);
            } else {
                Rc::make_mut(&mut self.blocks[block]).drain(at..at + take);
                self.counts[block] -= take as u32;
                (block, at) = (block + 1, 0);
            }
        }
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> Cells {
        let mut slice = Cells::default();
        let (mut block, mut at) = self.find(range.start);
        let mut left = range.len();
        while left > 0 {
            let stamps = &self.blocks[block];
            let take = left.min(stamps.len() - at);
            let whole = take == stamps.len();
            slice.append_block(if whole { stamps.clone() } else { Rc::new(stamps[at..at + take].to_vec()) });
            left -= take;
            (block, at) = (block + 1, 0);
        }
        slice
    }

    pub(crate) fn split_off(&mut self, at: usize) -> Cells {
        let tail = self.slice(at..self.len);
        *self = self.slice(0..at);
        tail
    }

    pub(crate) fn append(&mut self, other: Cells) {
        for block in other.blocks {
            self.append_block(block);
        }
    }

    fn append_block(&mut self, block: Rc<Vec<Stamp>>) {
        match (self.blocks.last_mut(), self.counts.last_mut()) {
            (Some(last), Some(count)) if last.len() + block.len() <= BLOCK / 2 => {
                Rc::make_mut(last).extend_from_slice(&block);
                *count += block.len() as u32;
                self.len += block.len();
            }
            _ => {
                self.len += block.len();
                self.push(block);
            }
        }
    }

    /// `len` counts it already.
    fn push(&mut self, block: Rc<Vec<Stamp>>) {
        self.counts.push(block.len() as u32);
        self.blocks.push(block);
    }

    /// The block that holds the cell `index` and where in it. The end lies behind the last cell of the last block.
    fn find(&self, index: usize) -> (usize, usize) {
        let mut at = index;
        for (block, &count) in self.counts.iter().enumerate() {
            let count = count as usize;
            if at < count || (at == count && block + 1 == self.counts.len()) {
                return (block, at);
            }
            at -= count;
        }
        (0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_changes_do_what_they_do_to_a_vector() {
        let mut random = fastrand::Rng::with_seed(5);
        let (mut cells, mut vec) = (Cells::default(), Vec::new());
        let mut held = Vec::new();
        for step in 0..20_000_u32 {
            let a = random.usize(..=vec.len());
            let b = random.usize(a..=vec.len().min(a + 6000));
            let with: Vec<Stamp> =
                (0..random.u32(..if step % 50 == 0 { 9000 } else { 40 })).map(|i| step + i).collect();
            match random.u32(..9) {
                0..4 if vec.len() < 60_000 => {
                    cells.insert(a, &with);
                    vec.splice(a..a, with);
                }
                0..5 => {
                    cells.remove(a..b);
                    vec.drain(a..b);
                }
                5 => {
                    let with = &with[..with.len().min(vec.len() - a)];
                    cells.overwrite(a, with);
                    vec[a..a + with.len()].copy_from_slice(with);
                }
                6 => {
                    let tail = cells.split_off(a);
                    let other = tail.slice(0..b - a);
                    assert_eq!((cells.len(), tail.len(), other.len()), (a, vec.len() - a, b - a));
                    cells.append(tail);
                }
                7 => held.push((cells.clone(), vec.clone())),
                _ => held.truncate(3),
            }
            assert_eq!(cells.len(), vec.len());
            assert!(cells.counts.iter().all(|&count| count > 0 && count as usize <= 2 * BLOCK));
            let mut seen = Vec::new();
            let range = random.usize(..=a.min(vec.len()))..a.min(vec.len());
            cells.copy_to(range.clone(), &mut seen);
            assert!(seen == vec[range]);
        }
        held.push((cells, vec));
        for (cells, vec) in held {
            let mut seen = Vec::new();
            cells.copy_to(0..cells.len(), &mut seen);
            assert!(seen == vec);
        }
    }
}
