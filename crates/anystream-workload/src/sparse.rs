//! Contents that are mostly holes: only pages that were written take memory.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::Contents;

/// Pages by their number. A page that is missing is zeros, and so is everything past the end of the last.
#[derive(Debug, Default)]
pub(crate) struct Sparse {
    pages: BTreeMap<u64, Box<[u8]>>,
    len: u64,
}

const PAGE: u64 = 64 << 10;

impl Sparse {
    pub(crate) fn of(contents: &[u8]) -> Self {
        let mut sparse = Sparse { pages: BTreeMap::new(), len: contents.len() as u64 };
        sparse.overwrite(0, contents);
        sparse
    }
}

/// Where `range` lies in each page: the page, the offset within it, and how many bytes.
fn in_pages(range: Range<u64>) -> impl Iterator<Item = (u64, usize, usize)> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        (at < range.end).then(|| {
            let (page, offset) = (at / PAGE, at % PAGE);
            let len = (PAGE - offset).min(range.end - at);
            at += len;
            (page, offset as usize, len as usize)
        })
    })
}

impl Contents for Sparse {
    fn len(&self) -> u64 {
        self.len
    }

    fn copy(&self, range: Range<u64>) -> Vec<u8> {
        let mut copy = vec![0; (range.end - range.start) as usize];
        let mut rest = &mut copy[..];
        for (page, offset, len) in in_pages(range) {
            let (piece, behind) = rest.split_at_mut(len);
            if let Some(page) = self.pages.get(&page) {
                piece.copy_from_slice(&page[offset..offset + len]);
            }
            rest = behind;
        }
        copy
    }

    fn find(&self, byte: u8, from: u64) -> Option<u64> {
        let mut at = from;
        for (page, offset, len) in in_pages(from..self.len) {
            let found = match self.pages.get(&page) {
                Some(page) => page[offset..offset + len].iter().position(|&it| it == byte),
                None => (byte == 0).then_some(0),
            };
            if let Some(found) = found {
                return Some(at + found as u64);
            }
            at += len as u64;
        }
        None
    }

    fn resize(&mut self, len: u64) {
        if len < self.len {
            drop(self.pages.split_off(&len.div_ceil(PAGE)));
            if let Some(page) = self.pages.get_mut(&(len / PAGE)) {
                page[(len % PAGE) as usize..].fill(0);
            }
        }
        self.len = len;
    }

    fn overwrite(&mut self, at: u64, data: &[u8]) {
        let mut rest = data;
        for (page, offset, len) in in_pages(at..at + data.len() as u64) {
            let (piece, behind) = rest.split_at(len);
            let page = self.pages.entry(page).or_insert_with(|| vec![0; PAGE as usize].into());
            page[offset..offset + len].copy_from_slice(piece);
            rest = behind;
        }
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) {
        let behind: Vec<(u64, Vec<u8>)> = self
            .pages
            .range(range.end / PAGE..)
            .map(|(page, _)| (page * PAGE).max(range.end)..((page + 1) * PAGE).min(self.len))
            .filter(|piece| piece.start < piece.end)
            .map(|piece| (piece.start - range.end, self.copy(piece)))
            .collect();
        let len_behind = self.len - range.end;
        self.resize(range.start);
        let moved_to = range.start + with.len() as u64;
        self.resize(moved_to + len_behind);
        self.overwrite(range.start, with);
        for (offset, piece) in behind {
            self.overwrite(moved_to + offset, &piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::SeekFrom;

    use rand_pcg::Pcg64;
    use rand_pcg::rand_core::Rng;

    use super::*;
    use crate::{Model, Op};

    /// A call near one of a few page borders, far apart.
    fn any_op(random: &mut Pcg64, length: u64) -> Op {
        let mut near = || {
            let border = [0, PAGE, 3 * PAGE, 9 * PAGE][random.next_u64() as usize % 4];
            (border + random.next_u64() % 40).saturating_sub(20)
        };
        let (place, other) = (near(), near());
        let data = vec![1 + random.next_u64() as u8 % 9; random.next_u64() as usize % 50];
        let (start, end) = (place.min(other).min(length), place.max(other).min(length));
        match random.next_u64() % 9 {
            0 | 1 => Op::Seek(SeekFrom::Start(place)),
            2 | 3 => Op::Write(data.into()),
            4 => Op::Read(random.next_u64() as usize % 100),
            5 => Op::SetLen(place),
            6 => Op::Splice { range: start..end, with: data.into() },
            7 => Op::ReadUntil((random.next_u64() % 3) as u8),
            _ => Op::Truncate(place),
        }
    }

    #[test]
    fn sparse_contents_answer_every_call_as_a_vector_does() {
        for seed in 0..20 {
            let mut random = Pcg64::new(seed, 0);
            let (mut dense, mut sparse) = (Model::new(b"start"), Model::with(Sparse::of(b"start")));
            for call in 0..300 {
                let op = any_op(&mut random, dense.length());
                assert_eq!(dense.apply(&op), sparse.apply(&op), "seed {seed}, call {call}: {op}");
                assert_eq!(dense.length(), sparse.length(), "seed {seed}, call {call}: {op}");
            }
            assert!(dense.apply(&Op::GetValue) == sparse.apply(&Op::GetValue), "seed {seed}");
        }
    }

    #[test]
    fn a_hole_takes_no_memory() {
        let mut model = Model::with(Sparse::default());
        model.apply(&Op::Seek(SeekFrom::Start(3 << 30)));
        model.apply(&Op::Write("end".into()));
        assert_eq!((model.length(), model.copy((3 << 30) - 1, 9)), ((3 << 30) + 3, b"\0end".to_vec()));
    }
}
