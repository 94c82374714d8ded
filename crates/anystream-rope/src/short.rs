//! Contents of a few bytes, in the stream itself.

use std::ops::Range;

use anystream_core::memory;

/// Up to [`CAPACITY`] bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Short {
    bytes: [u8; CAPACITY],
    len: u8,
}

/// With the length, as much as four words.
pub(crate) const CAPACITY: usize = if cfg!(any(test, fuzzing)) { 7 } else { 31 };

impl Short {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len.into()]
    }

    /// Replaces `range`, which lies within the bytes, by `with`, if there is room.
    #[inline]
    pub(crate) fn splice(&mut self, range: Range<u64>, with: &[u8]) -> bool {
        let (start, end, len) = (range.start as usize, range.end as usize, usize::from(self.len));
        let new_end = start + with.len();
        if new_end + (len - end) > CAPACITY {
            return false;
        }
        if end < len && end != new_end {
            self.bytes.copy_within(end..len, new_end);
        }
        memory::copy_from(with, &mut self.bytes[start..]);
        self.len = (new_end + (len - end)) as u8;
        true
    }
}
