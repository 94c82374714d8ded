//! The rope storage of **anystream**: [`RopeStream`], a B+tree of byte chunks.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

use std::io;

use anystream_core::stream_type;

mod chunk;
mod chunks;
mod compose;
mod node;
mod piece;
mod reader;
mod runs;
mod short;
mod storage;
#[cfg(test)]
mod tests;
mod tree;
mod usage;

pub use chunks::Chunks;
pub use reader::RopeReader;
use storage::RopeStorage;
pub use usage::MemoryUse;

/// An allocation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoMemory;

impl From<NoMemory> for io::Error {
    fn from(NoMemory: NoMemory) -> Self {
        io::ErrorKind::OutOfMemory.into()
    }
}

stream_type! {
    /// A byte stream over a rope: a B+tree of chunks that clones share.
    ///
    /// For inserts and removals in the middle, for many snapshots, for contents with holes, and for
    /// large pieces that are passed through without being copied.
    ///
    /// | operation | cost |
    /// |---|---|
    /// | create; write, edit and read while there are at most 31 bytes | O(1), in the stream itself: no allocation |
    /// | read | O(log L) to find the place, then O(bytes); a read that goes on where the last one was need not search |
    /// | append, overwrite | O(log L + bytes) |
    /// | insert, remove, `splice` | O(log L + bytes); O(bytes) where the last edit was |
    /// | `clone` | O(1), sharing everything; what either writes afterwards is copied, about 1 KiB around it |
    /// | [`splice_stream`](Self::splice_stream), [`append`](Self::append), [`split_off`](Self::split_off), [`slice`](Self::slice) | O(log L), sharing everything |
    /// | `write_bytes` of more than a chunk (8 KiB) | O(log L): keeps the memory, all of it while any byte of it is left |
    /// | `read_bytes`, `getvalue` | O(log L) where the bytes lie in one large piece, or are most of one chunk, sharing it; else a copy |
    /// | a far seek and a write, `set_len` | O(log L): the hole takes no memory |
    /// | [`reader_at`](Self::reader_at), [`chunks`](Self::chunks) | O(log L), then O(1) a piece |
    ///
    /// Memory: 1.01 to 1.07 times the contents after appending, about 1.1 times after many inserts and removals
    /// (docs/BENCHMARKS.md). What it is used for, [`memory`](Self::memory) says; what is not used,
    /// [`compact`](Self::compact) gives back. A refused allocation is `OutOfMemory`, and nothing has changed; only
    /// `From` aborts the process, as `Vec::from` does. The 24 bytes in which `Bytes` counts its owners (`getvalue`,
    /// `read_bytes`) cannot be refused either; so they are asked for first, and an abort takes another thread that
    /// gets the last of the memory in between.
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_rope::RopeStream;
    /// use std::io::{Seek, SeekFrom, Write};
    ///
    /// let mut s = RopeStream::from(b"hello world");
    /// let snapshot = s.clone(); // O(1)
    /// s.insert(5, b", wide")?;
    /// s.seek(SeekFrom::Start(1 << 40))?;
    /// s.write_all(b"!")?; // one byte at 1 TiB: the hole before it takes no memory
    /// assert_eq!((s.len(), snapshot.len()), ((1 << 40) + 1, 11));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub struct RopeStream(RopeStorage): Resident;
}

#[cfg(fuzzing)]
impl RopeStream {
    /// For fuzzers. Panics unless the tree is as it must be between any two calls.
    pub fn check_invariants(&self) {
        self.0.storage().check();
    }
}
