//! What a rope keeps in memory, and how to make that less.

use std::collections::HashMap;
use std::io;

use triomphe::Arc;

use crate::chunk::{Chunk, FULL};
use crate::node::{Child, Node};
use crate::piece::{Piece, Shared};
use crate::tree::Tree;
use crate::{NoMemory, RopeStorage, RopeStream};

/// The memory that a rope keeps, in bytes: what [`RopeStream::memory`] returns.
///
/// `live`, `spare` and `tree` add up to what it keeps in all, but for what the allocator itself needs. Memory
/// that several streams share is counted by each of them.
///
/// ```
/// use anystream_rope::RopeStream;
/// let memory = RopeStream::new().memory();
/// assert_eq!(memory.live + memory.spare + memory.tree, 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryUse {
    /// What holds contents. Those of a few bytes lie in the stream itself.
    pub live: u64,
    /// Of `live`, what others can see too: a clone, a value, or who gave it to `write_bytes`; or what lies in
    /// one memory with other parts of this rope. It is copied when it is written.
    pub shared: u64,
    /// What is kept but holds no contents: room for inserts, and what was cut out of a `Bytes` that is kept
    /// whole as long as any byte of it is left. [`RopeStream::compact`] gives it back.
    pub spare: u64,
    /// What it takes to find the contents.
    pub tree: u64,
    /// Of the contents, the zeros that take no memory.
    pub holes: u64,
}

impl RopeStream {
    /// What the rope keeps in memory, now. O(pieces): for looking into a program, not for every write.
    ///
    /// A `Bytes` given to `write_bytes` counts with the length that it was given with. If it was a slice of
    /// a larger one already, nobody but who made it can know.
    ///
    /// ```
    /// use anystream_core::{Bytes, ByteStream};
    /// use anystream_rope::RopeStream;
    ///
    /// let mut rope = RopeStream::from(Bytes::from(vec![7; 1 << 20]));
    /// rope.truncate(10_000)?; // shows 10 KB, but keeps the megabyte
    /// assert!(rope.memory().spare > 1_000_000);
    /// rope.compact()?;
    /// assert!(rope.memory().spare < 1_000);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn memory(&self) -> MemoryUse {
        let storage = self.0.storage();
        let mut tally = Tally { storage, memory: MemoryUse::default(), wholes: Wholes::default() };
        if let Some(root) = storage.tree().root() {
            tally.add_node(root, false);
        }
        tally.memory.live += storage.short().len() as u64;
        if let Some(hot) = storage.hot() {
            // The hole that stands in for it is none.
            tally.memory.holes -= hot.in_tree;
            tally.add_chunk(&hot.chunk, false);
        }
        if let Some(tail) = storage.tail() {
            tally.add_shared(&tail.bytes, false);
        }
        let mut memory = tally.memory;
        memory.spare += tally.wholes.values().map(|whole| whole.len - whole.live).sum::<u64>();
        memory
    }

    /// Gives back the memory that holds no contents: copies what is left of a `Bytes` of which less than half
    /// is still in use, and makes full chunks of those that edits left with room. Contents, position, clones
    /// and values stay as they are. O(L) at worst, O(pieces) if there is nothing to be gained.
    ///
    /// # Errors
    /// `OutOfMemory`; nothing changed.
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_rope::RopeStream;
    ///
    /// let mut rope = RopeStream::from(vec![7; 100_000]);
    /// for at in (0..50_000).step_by(100) {
    ///     rope.remove(at..at + 90)?; // leaves room everywhere
    /// }
    /// let before = rope.memory();
    /// rope.compact()?;
    /// let after = rope.memory();
    /// assert!(after.spare < before.spare && after.live == before.live);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn compact(&mut self) -> io::Result<()> {
        let storage = self.0.storage_mut();
        let compact = storage.change_tree(|tree| {
            let mut wholes = Wholes::default();
            for (_, piece) in tree.pieces_from(0) {
                if let Piece::Shared(part) = piece {
                    note_whole(part, &mut wholes)?;
                }
            }
            let mut new = Compacted { tree: Tree::default(), pending: Vec::new() };
            for (_, piece) in tree.pieces_from(0) {
                new.add(piece, &wholes)?;
            }
            new.flush()?;
            *tree = new.tree;
            Ok(())
        });
        Ok(compact?)
    }
}

/// All memory of which several pieces may show a part, by where it lies.
type Wholes = HashMap<usize, Whole>;

struct Whole {
    len: u64,
    /// How much of it this rope shows.
    live: u64,
}

fn note_whole(part: &Shared, wholes: &mut Wholes) -> Result<(), NoMemory> {
    let whole = (Arc::as_ptr(part.whole()) as usize, part.whole().size() as u64);
    note(whole, part.as_slice().len() as u64, wholes)
}

fn note((place, len): (usize, u64), live: u64, wholes: &mut Wholes) -> Result<(), NoMemory> {
    wholes.try_reserve(1).map_err(|_| NoMemory)?;
    let whole = wholes.entry(place).or_insert(Whole { len, live: 0 });
    // The same part may be there several times.
    whole.live = (whole.live + live).min(len);
    Ok(())
}

/// Adds up what a rope keeps.
struct Tally<'a> {
    storage: &'a RopeStorage,
    memory: MemoryUse,
    wholes: Wholes,
}

impl Tally<'_> {
    fn add_node(&mut self, node: &Arc<Node>, within_shared: bool) {
        let shared = within_shared || Arc::count(node) > 1 + usize::from(self.storage.remembers_leaf(node));
        self.memory.tree += size_of::<Node>() as u64;
        for child in node.children() {
            match child {
                Child::Node(child) => self.add_node(child, shared),
                Child::Piece(Piece::Chunk(chunk)) => self.add_chunk(chunk, shared),
                Child::Piece(Piece::Shared(part)) => self.add_shared(part, shared),
                Child::Piece(Piece::Hole(len)) => self.memory.holes += len,
                Child::Nothing => {}
            }
        }
    }

    fn add_shared(&mut self, part: &Shared, within_shared: bool) {
        let len = part.as_slice().len() as u64;
        let parts = 1 + usize::from(self.storage.remembers_whole(part.whole()));
        self.memory.live += len;
        self.memory.shared += if within_shared || !part.is_seen_by(parts) { len } else { 0 };
        // Without memory to note it, it is not counted as spare.
        let _ = note_whole(part, &mut self.wholes);
    }

    fn add_chunk(&mut self, chunk: &Chunk, within_shared: bool) {
        let len = chunk.len() as u64;
        let others =
            Arc::count(chunk.memory()) > 1 + usize::from(self.storage.remembers_memory(chunk.memory()));
        self.memory.live += len;
        if within_shared || others {
            self.memory.shared += len;
        }
        if others {
            // Other chunks of this rope may show other parts of the same memory.
            let place = Arc::as_ptr(chunk.memory()).cast::<u8>() as usize;
            let _ = note((place, chunk.memory().len() as u64), len, &mut self.wholes);
        } else {
            self.memory.spare += chunk.spare() as u64;
        }
    }
}

/// A new tree, and what is to be its next chunk.
struct Compacted {
    tree: Tree,
    pending: Vec<u8>,
}

impl Compacted {
    fn add(&mut self, piece: &Piece, wholes: &Wholes) -> Result<(), NoMemory> {
        let stays = match piece {
            Piece::Chunk(chunk) => {
                self.pending.is_empty() && chunk.len() >= FULL / 2 && chunk.spare() <= FULL / 16
            }
            Piece::Shared(shared) => wholes
                .get(&(Arc::as_ptr(shared.whole()) as usize))
                .is_none_or(|whole| whole.live >= whole.len / 2),
            Piece::Hole(_) => true,
        };
        if stays {
            self.flush()?;
            return self.tree.push(piece.clone());
        }
        let mut at = 0;
        while at < piece.len() {
            let run = piece.run_from(at);
            let take = run.len().min(FULL - self.pending.len());
            self.pending.try_reserve(take).map_err(|_| NoMemory)?;
            self.pending.extend_from_slice(&run[..take]);
            at += take as u64;
            if self.pending.len() == FULL {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), NoMemory> {
        if !self.pending.is_empty() {
            self.tree.push(Piece::Chunk(Chunk::of(&self.pending)?))?;
            self.pending.clear();
        }
        Ok(())
    }
}
