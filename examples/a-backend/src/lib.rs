//! A byte stream over a gap buffer, as editors have it: the room for inserts lies where the last edit was.
//!
//! This is a stranger's crate: it follows `docs/ADDING-A-BACKEND.md`, and needs nothing that is private.

use std::io;
use std::ops::Range;

use anystream::{Bytes, Resident, Storage, memory, stream_type};

stream_type! {
    /// A byte stream over a gap buffer: an edit near the last one moves next to nothing.
    pub struct GapStream(GapStorage): Resident;
}

/// The bytes of a [`GapStream`]: those before the gap, the gap, and those behind it.
#[derive(Default, Clone)]
pub struct GapStorage {
    memory: Vec<u8>,
    gap: Range<usize>,
}

impl GapStorage {
    fn before(&self) -> &[u8] {
        &self.memory[..self.gap.start]
    }

    fn behind(&self) -> &[u8] {
        &self.memory[self.gap.end..]
    }

    /// Makes the gap at least `room` bytes long, wherever it is. After an error nothing has changed.
    fn widen(&mut self, room: usize) -> io::Result<()> {
        if self.gap.len() < room {
            // A part of the length more, so that many small inserts do not each move everything.
            let more = room - self.gap.len() + self.memory.len() / 8 + 64;
            let behind = self.gap.end..self.memory.len();
            self.memory.try_reserve_exact(more)?;
            self.memory.resize(behind.end + more, 0);
            self.memory.copy_within(behind.clone(), behind.start + more);
            self.gap.end += more;
        }
        Ok(())
    }

    fn move_gap(&mut self, to: usize) {
        let Range { start, end } = self.gap;
        if to < start {
            self.memory.copy_within(to..start, end - (start - to));
        } else {
            self.memory.copy_within(end..end + (to - start), start);
        }
        self.gap = to..to + (end - start);
    }
}

impl Storage for GapStorage {
    fn len(&self) -> u64 {
        (self.memory.len() - self.gap.len()) as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let n = memory::copy_from(memory::tail(self.before(), offset), buf);
        let within_behind = offset.saturating_sub(self.gap.start as u64);
        Ok(n + memory::copy_from(memory::tail(self.behind(), within_behind), &mut buf[n..]))
    }

    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        Ok(Resident::chunk_at(self, offset))
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        // The caller has checked that the range lies within the contents, and so within a usize.
        let (start, removed) = (range.start as usize, (range.end - range.start) as usize);
        // All or nothing: what can fail comes first.
        self.widen(with.len().saturating_sub(removed))?;
        self.move_gap(start);
        self.gap.end += removed;
        self.memory[start..start + with.len()].copy_from_slice(with);
        self.gap.start += with.len();
        Ok(())
    }
}

impl Resident for GapStorage {
    fn chunk_at(&self, offset: u64) -> &[u8] {
        match offset.checked_sub(self.gap.start as u64) {
            None => memory::tail(self.before(), offset),
            Some(within_behind) => memory::tail(self.behind(), within_behind),
        }
    }
}

impl From<Vec<u8>> for GapStorage {
    fn from(bytes: Vec<u8>) -> Self {
        GapStorage { gap: bytes.len()..bytes.len(), memory: bytes }
    }
}

impl From<&[u8]> for GapStorage {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Bytes> for GapStorage {
    fn from(bytes: Bytes) -> Self {
        Vec::from(bytes).into()
    }
}
