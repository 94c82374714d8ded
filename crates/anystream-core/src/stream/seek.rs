//! Laws S1 and S2.

use std::io::{self, Seek, SeekFrom};

use super::Stream;
use crate::{Fault, Storage};

/// The position that a seek leads to, from `position` in `len` bytes of contents: laws S1 and S2, for
/// everything that can be sought in. O(1).
///
/// # Errors
/// [`Fault::SeekOutside`] if it lies below 0 or above `u64::MAX`.
///
/// ```
/// use anystream_core::seek_target;
/// use std::io::SeekFrom;
/// assert_eq!(seek_target(SeekFrom::End(-2), 0, 5), Ok(3));
/// assert!(seek_target(SeekFrom::Current(-1), 0, 5).is_err());
/// ```
#[inline]
pub fn seek_target(to: SeekFrom, position: u64, len: u64) -> Result<u64, Fault> {
    let (base, by) = match to {
        SeekFrom::Start(target) => return Ok(target),
        SeekFrom::Current(by) => (position, by),
        SeekFrom::End(by) => (len, by),
    };
    base.checked_add_signed(by).ok_or(Fault::SeekOutside { base, by })
}

impl<S: Storage> Seek for Stream<S> {
    #[inline]
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = seek_target(to, self.position, self.storage.len())?;
        Ok(self.position)
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
        self.seek(SeekFrom::Current(by)).map(drop)
    }
}
