//! Laws S1 and S2.

use std::io::{self, Seek, SeekFrom};

use super::Stream;
use crate::{Fault, Storage};

impl<S: Storage> Stream<S> {
    #[inline]
    fn seek_by(&mut self, base: u64, by: i64) -> io::Result<u64> {
        match base.checked_add_signed(by) {
            Some(position) => {
                self.position = position;
                Ok(position)
            }
            None => Err(Fault::SeekOutside { base, by }.into()),
        }
    }
}

impl<S: Storage> Seek for Stream<S> {
    #[inline]
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(position) => {
                self.position = position;
                Ok(position)
            }
            SeekFrom::Current(by) => self.seek_by(self.position, by),
            SeekFrom::End(by) => self.seek_by(self.storage.len(), by),
        }
    }

    #[inline]
    fn rewind(&mut self) -> io::Result<()> {
        self.position = 0;
        Ok(())
    }

    #[inline]
    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.position)
    }

    #[inline]
    fn seek_relative(&mut self, by: i64) -> io::Result<()> {
        self.seek_by(self.position, by).map(drop)
    }
}
