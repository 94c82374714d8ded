//! A backend as a stranger would write it, quoted by docs/ADDING-A-BACKEND.md.
#![allow(unreachable_pub)] // in the stranger's crate it is reachable

use std::collections::VecDeque;
use std::io;
use std::ops::Range;

use anystream::{Bytes, Resident, Storage, memory, stream_type};

stream_type! {
    /// A byte stream over a double-ended queue: cheap to cut at the front as well as to append to.
    pub struct DequeStream(DequeStorage): Resident;
}

/// The bytes of a [`DequeStream`].
#[derive(Default, Clone)]
pub struct DequeStorage(VecDeque<u8>);

impl Storage for DequeStorage {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let (front, back) = self.0.as_slices();
        let n = memory::copy_from(memory::tail(front, offset), buf);
        let within_back = offset.saturating_sub(front.len() as u64);
        Ok(n + memory::copy_from(memory::tail(back, within_back), &mut buf[n..]))
    }

    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        Ok(Resident::chunk_at(self, offset))
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        // All or nothing: what can fail comes first.
        self.0.try_reserve(with.len())?;
        // The caller has checked that the range lies within the contents, and so within a usize.
        let (start, end) = (range.start as usize, range.end as usize);
        let behind = self.0.len() - end;
        self.0.rotate_left(start);
        self.0.drain(..end - start);
        self.0.extend(with);
        self.0.rotate_left(behind);
        Ok(())
    }

    // Not required, but it asks once for all the memory that a far seek and a write would take.
    fn grow(&mut self, len: u64) -> io::Result<()> {
        let len = len as usize;
        self.0.try_reserve(len - self.0.len())?;
        self.0.resize(len, 0);
        Ok(())
    }
}

impl Resident for DequeStorage {
    fn chunk_at(&self, offset: u64) -> &[u8] {
        let (front, back) = self.0.as_slices();
        match offset.checked_sub(front.len() as u64) {
            None => memory::tail(front, offset),
            Some(within_back) => memory::tail(back, within_back),
        }
    }
}

impl From<Vec<u8>> for DequeStorage {
    fn from(bytes: Vec<u8>) -> Self {
        DequeStorage(bytes.into())
    }
}

impl From<&[u8]> for DequeStorage {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Bytes> for DequeStorage {
    fn from(bytes: Bytes) -> Self {
        Vec::from(bytes).into()
    }
}
