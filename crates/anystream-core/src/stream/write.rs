//! Laws W1 to W6.

use std::fmt;
use std::io::{self, IoSlice, Write};

use super::Stream;
use crate::formatted::with_formatted;
use crate::{Fault, Storage};

impl<S: Storage> Stream<S> {
    /// Writes `len` bytes, which are not none, by `write` at the position: checks the end, fills a
    /// gap with zeros, and takes it back if the write fails.
    pub(super) fn write_with(
        &mut self,
        len: usize,
        write: impl FnOnce(&mut S, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        let before = self.storage.len();
        let room = self.storage.max_len().saturating_sub(self.position);
        let mut written = Ok(());
        if self.position > before || len as u64 > room {
            written = self.fill_gap(len as u64);
        }
        match written.and_then(|()| write(&mut self.storage, self.position)) {
            Ok(()) => {
                self.position += len as u64;
                Ok(())
            }
            Err(error) => self.take_back_gap(before, len as u64, error),
        }
    }

    /// Whatever a write can be but a copy into memory that is there.
    #[inline(never)]
    fn write_slowly(&mut self, data: &[u8]) -> io::Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        self.write_with(data.len(), |storage, offset| storage.write_at(offset, data))
    }

    #[cold]
    fn fill_gap(&mut self, len: u64) -> io::Result<()> {
        self.end(self.position, len)?;
        self.storage.grow(self.position)
    }

    #[cold]
    fn take_back_gap(&mut self, before: u64, len: u64, error: io::Error) -> io::Result<()> {
        if self.storage.len() > before {
            self.storage.truncate(before)?;
        }
        let at = self.position;
        Err(Fault::with_memory_asked_for(error, at, before, before.max(at.saturating_add(len))))
    }
}

impl<S: Storage> Write for Stream<S> {
    #[inline]
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.write_all(data)?;
        Ok(data.len())
    }

    #[inline(always)] // a few dozen instructions; a call is a third of what a short write costs
    fn write_all(&mut self, data: &[u8]) -> io::Result<()> {
        if self.storage.write_in_place(self.position, data) {
            self.position += data.len() as u64;
            return Ok(());
        }
        self.write_slowly(data)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut total = 0_usize;
        for piece in pieces {
            // The same memory may be named twice, so the sum can exceed what fits into memory.
            let limit = self.storage.max_len();
            total = total.checked_add(piece.len()).ok_or(Fault::TooLarge { len: None, limit })?;
        }
        match pieces {
            _ if total == 0 => return Ok(0),
            [all] => self.write_all(all)?,
            _ => self.write_with(total, |storage, offset| storage.write_pieces_at(offset, pieces, total))?,
        }
        Ok(total)
    }

    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        with_formatted(args, |text| self.write_all(text))
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
