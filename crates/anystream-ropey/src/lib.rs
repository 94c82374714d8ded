//! The [`ropey`] text rope as a storage of **anystream**: [`RopeyStream`].

use std::io;
use std::ops::Range;

use anystream_core::{Storage, memory, stream_type};
use bytes::Bytes;
use ropey::Rope;

mod latin1;

stream_type! {
    /// A byte stream over the `ropey` text rope, holding any bytes: each is the character
    /// U+0000..=U+00FF of its value, so that a character index is a byte offset.
    ///
    /// It is there for comparison, and for those who want a [`ropey::Rope`] view of a stream. For
    /// bytes without that wish, `RopeStream` does the same work faster.
    ///
    /// | operation | cost |
    /// |---|---|
    /// | storage | **two bytes for each byte of 0x80 and above** |
    /// | read | translated character by character: many times slower than a vector |
    /// | write, insert, remove, `splice` | O(log L + bytes) |
    /// | `getvalue`, `read_bytes` | O(bytes): always a copy |
    /// | `clone` | O(1), sharing everything |
    /// | a far seek and a write | memory for the whole gap |
    ///
    /// Memory: what a call is going to need is asked for, and given back, before anything changes,
    /// and a refusal is `OutOfMemory`; but `ropey` itself aborts the process if the little that it
    /// then allocates is refused all the same.
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_ropey::RopeyStream;
    ///
    /// let mut s = RopeyStream::from(b"hello world");
    /// s.splice(0..5, b"goodbye")?;
    /// assert_eq!(s.rope().to_string(), "goodbye world");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub struct RopeyStream(RopeyStorage);
}

impl RopeyStream {
    /// The contents as the rope of text that they are kept in: character `i` has the value of byte
    /// `i`. O(1). Contents that are ASCII read as what they say; other bytes read as Latin-1.
    ///
    /// ```
    /// use anystream_ropey::RopeyStream;
    /// let s = RopeyStream::from(b"caf\xe9");
    /// assert_eq!(s.rope().to_string(), "café");
    /// ```
    #[must_use]
    pub fn rope(&self) -> &Rope {
        &self.0.storage().rope
    }
}

/// The bytes of a [`RopeyStream`].
#[derive(Default, Clone)]
pub struct RopeyStorage {
    rope: Rope,
    /// The bytes last shown as a run, and the offset of the first: `ropey` can show text only.
    shown: Vec<u8>,
    shown_at: u64,
}

/// Bytes are encoded, and memory is asked for, in pieces of this size.
const PIECE: usize = 16 * 1024;

/// What `ropey` may allocate beside the text itself for one piece: new nodes on a path.
const NODES: usize = 64 * 1024;

/// Checked by the cursor: within the contents, and so within a `usize`.
#[inline]
fn index(offset: u64) -> usize {
    offset as usize
}

impl RopeyStorage {
    /// Asks for the memory that `len` more bytes may take, because `ropey` would abort without it.
    fn expect_room(len: usize) -> io::Result<()> {
        let needed =
            len.checked_mul(2).and_then(|n| n.checked_add(NODES)).ok_or(io::ErrorKind::OutOfMemory)?;
        Vec::<u8>::new().try_reserve_exact(needed)?;
        Ok(())
    }

    fn insert(&mut self, at: usize, data: &[u8]) {
        self.shown.clear();
        let mut text = String::new();
        let mut at = at;
        for piece in data.chunks(PIECE) {
            text.clear();
            latin1::encode_into(piece, &mut text);
            self.rope.insert(at, &text);
            at += piece.len();
        }
    }

    fn remove(&mut self, range: Range<usize>) {
        self.shown.clear();
        self.rope.remove(range);
    }
}

impl Storage for RopeyStorage {
    fn len(&self) -> u64 {
        self.rope.len_chars() as u64
    }

    /// Half of what is addressable otherwise: a byte may take two.
    fn max_len(&self) -> u64 {
        memory::MAX_CONTIGUOUS / 2
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset >= self.len() {
            return Ok(0);
        }
        let (chunks, _, first_char, _) = self.rope.chunks_at_char(index(offset));
        let mut skip = index(offset) - first_char;
        let mut done = 0;
        for chunk in chunks {
            done += latin1::decode(chunk, skip, &mut buf[done..]);
            skip = 0;
            if done == buf.len() {
                break;
            }
        }
        Ok(done)
    }

    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        if offset >= self.len() {
            return Ok(&[]);
        }
        let within = |s: &Self| offset >= s.shown_at && offset - s.shown_at < s.shown.len() as u64;
        if !within(self) {
            let (chunk, _, first_char, _) = self.rope.chunk_at_char(index(offset));
            self.shown.clear();
            self.shown.try_reserve(chunk.len())?;
            self.shown.resize(chunk.len(), 0);
            let n = latin1::decode(chunk, 0, &mut self.shown);
            self.shown.truncate(n);
            self.shown_at = first_char as u64;
        }
        Ok(memory::tail(&self.shown, offset - self.shown_at))
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        Self::expect_room(with.len())?;
        let (start, end) = (index(range.start), index(range.end));
        if start < end {
            self.remove(start..end);
        }
        self.insert(start, with);
        Ok(())
    }

    fn grow(&mut self, len: u64) -> io::Result<()> {
        let mut missing = index(len) - self.rope.len_chars();
        Self::expect_room(missing)?;
        let zeros = [0; PIECE];
        while missing > 0 {
            let n = missing.min(PIECE);
            self.insert(self.rope.len_chars(), &zeros[..n]);
            missing -= n;
        }
        Ok(())
    }
}

impl From<&[u8]> for RopeyStorage {
    fn from(bytes: &[u8]) -> Self {
        let mut storage = RopeyStorage::default();
        storage.insert(0, bytes);
        storage
    }
}

impl From<Vec<u8>> for RopeyStorage {
    fn from(bytes: Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
}

impl From<Bytes> for RopeyStorage {
    fn from(bytes: Bytes) -> Self {
        bytes[..].into()
    }
}
