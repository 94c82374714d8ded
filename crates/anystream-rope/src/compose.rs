//! Ropes made of ropes: their chunks are shared, not copied.

use std::io;
use std::ops::Range;

use anystream_core::{ByteStream, Fault, Storage, Stream};

use crate::tree::Tree;
use crate::{NoMemory, RopeStorage, RopeStream};

impl RopeStream {
    /// Replaces the bytes in `range` with all of `with`, sharing its memory (law E1, with a stream for the
    /// bytes). Both positions stay, and `with` is as it was. O(log L): but for a chunk at each seam, nothing
    /// is copied.
    ///
    /// # Errors
    /// `InvalidInput` if the range does not lie within the contents, `FileTooLarge` if they would end past
    /// `u64::MAX`, `OutOfMemory`; nothing changed (F1).
    ///
    /// ```
    /// use anystream_core::{Bytes, ByteStream};
    /// use anystream_rope::RopeStream;
    ///
    /// let body = RopeStream::from(Bytes::from(vec![b'.'; 1 << 30]));
    /// let mut page = RopeStream::from(b"<p></p>");
    /// page.splice_stream(3..3, &body)?; // a gigabyte, in the time of a few bytes
    /// assert_eq!(page.len(), (1 << 30) + 7);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn splice_stream(&mut self, range: Range<u64>, with: &RopeStream) -> io::Result<()> {
        let len = self.len();
        check(&range, len)?;
        check_sum(len - (range.end - range.start), with.len())?;
        let new = settled(with)?;
        self.0.storage_mut().change_tree(|tree| tree.replace_by_tree(range, new))?;
        Ok(())
    }

    /// Adds all of `other` at the end, sharing its memory. The position stays. O(log L).
    ///
    /// # Errors
    /// `FileTooLarge` if the contents would end past `u64::MAX`, `OutOfMemory`; nothing changed (F1).
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_rope::RopeStream;
    /// let mut rope = RopeStream::from(b"hello");
    /// rope.append(RopeStream::from(b" world"))?;
    /// assert_eq!(&rope.getvalue()?[..], b"hello world");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn append(&mut self, other: RopeStream) -> io::Result<()> {
        let end = self.len();
        self.splice_stream(end..end, &other)
    }

    /// Cuts off everything from `at` on and returns it as a stream of its own, at position 0, sharing the
    /// memory. The position of this one stays, so it may lie past the end afterwards. O(log L).
    ///
    /// # Errors
    /// `InvalidInput` if `at` lies past the end, `OutOfMemory`; nothing changed (F1).
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_rope::RopeStream;
    /// let mut rope = RopeStream::from(b"hello world");
    /// let mut tail = rope.split_off(5)?;
    /// assert_eq!((&rope.getvalue()?[..], &tail.getvalue()?[..]), (&b"hello"[..], &b" world"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn split_off(&mut self, at: u64) -> io::Result<RopeStream> {
        let len = self.len();
        check(&(at..at.max(len)), len)?;
        let tail = self.slice(at..len)?;
        self.truncate(at)?;
        Ok(tail)
    }

    /// The bytes in `range` as a stream of their own, at position 0, sharing the memory. O(log L).
    ///
    /// # Errors
    /// `InvalidInput` if the range does not lie within the contents, `OutOfMemory`.
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_rope::RopeStream;
    /// let rope = RopeStream::from(b"hello world");
    /// assert_eq!(&rope.slice(3..8)?.getvalue()?[..], b"lo wo");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn slice(&self, range: Range<u64>) -> io::Result<RopeStream> {
        check(&range, self.len())?;
        let (_, behind) = settled(self)?.split(range.start)?;
        let (cut, _) = behind.split(range.end - range.start)?;
        Ok(RopeStream(Stream::over(cut.into())))
    }
}

/// The tree of a stream, which knows all of its contents.
fn settled(stream: &RopeStream) -> Result<Tree, NoMemory> {
    let mut storage: RopeStorage = stream.0.storage().clone();
    storage.change_tree(|tree| Ok(tree.clone()))
}

fn check(range: &Range<u64>, len: u64) -> Result<(), Fault> {
    if range.start > range.end || range.end > len {
        return Err(Fault::RangeOutside { range: range.clone(), len });
    }
    Ok(())
}

fn check_sum(len: u64, extra: u64) -> Result<(), Fault> {
    match len.checked_add(extra) {
        Some(_) => Ok(()),
        None => Err(Fault::TooLarge { len: None, limit: RopeStorage::default().max_len() }),
    }
}
