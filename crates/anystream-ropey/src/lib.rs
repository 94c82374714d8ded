//! The [`ropey`] text rope as a storage of **anystream**: [`RopeyStream`].

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

use std::io;
use std::ops::Range;
use std::slice;

use anystream_core::{Resident, Storage, memory, stream_type};
use bytes::Bytes;
use ropey::Rope;

mod decoded;
mod latin1;

use decoded::Decoded;

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
    /// | `chunks`, `==`, `Buf` | what is not ASCII is decoded in blocks of 16 KiB, kept until the next change |
    /// | `clone` | O(1), sharing everything |
    /// | a far seek and a write | memory for the whole gap |
    ///
    /// Memory: `ropey` aborts the process if it is refused a node of its tree (1 KiB), so what a call may take
    /// (2.5 times what is written, and 96 KiB) is asked for and given back before anything changes, and a refusal
    /// is `OutOfMemory` (law F1). An abort takes another thread that gets the memory in between. Constructors
    /// cannot return an error and abort, `new` with its one node too. Reading, `getvalue` and `clone` are safe.
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
    pub struct RopeyStream(RopeyStorage): Resident;
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
struct RopeyStorage {
    rope: Rope,
    /// The bytes last shown as a run, and the offset of the first: `ropey` can show text only.
    shown: Vec<u8>,
    shown_at: u64,
    /// The bytes that were looked at by those who can change nothing.
    decoded: Decoded,
    /// The rope before it grew, until it changes again: what grew is taken back without memory.
    before_growth: Option<Rope>,
}

/// Bytes are encoded, and memory is asked for, in pieces of this size.
const PIECE: usize = 16 * 1024;

/// What `ropey` may allocate beside the text itself: new nodes on a path, however few bytes there are.
const NODES: usize = 96 * 1024;

/// Checked by the cursor: within the contents, and so within a `usize`.
#[inline]
fn index(offset: u64) -> usize {
    offset as usize
}

impl RopeyStorage {
    /// Asks for the memory that `len` more bytes may take, because `ropey` would abort without it, and returns
    /// a buffer in which they can be encoded.
    ///
    /// Two bytes for each, and a quarter more: the leaves that they come to lie in are not all full.
    fn expect_room(len: usize) -> io::Result<String> {
        let mut text = String::new();
        text.try_reserve_exact(len.min(PIECE) * 2)?;
        let needed = len.checked_mul(2).and_then(|n| n.checked_add(len / 2)?.checked_add(NODES));
        memory::expect_room([needed.ok_or(io::ErrorKind::OutOfMemory)?])?;
        Ok(text)
    }

    /// `text` is a buffer.
    fn insert(&mut self, at: usize, data: &[u8], text: &mut String) {
        self.forget();
        let mut at = at;
        for piece in data.chunks(PIECE) {
            text.clear();
            latin1::encode_into(piece, text);
            self.rope.insert(at, text);
            at += piece.len();
        }
    }

    fn remove(&mut self, range: Range<usize>) {
        self.forget();
        self.rope.remove(range);
    }

    /// Of what was decoded last, the bytes from `offset` on, if it is among them.
    fn shown_from(&self, offset: u64) -> Option<&[u8]> {
        let within = usize::try_from(offset.checked_sub(self.shown_at)?).ok()?;
        self.shown.get(within..).filter(|shown| !shown.is_empty())
    }

    /// The bytes from `start` on into `bytes`, which are as many as there are at most.
    fn decode(&self, start: usize, bytes: &mut [u8]) {
        // By one search a chunk, as `run_at`: an iterator over the chunks allocates, and cannot be refused.
        let mut done = 0;
        while done < bytes.len() {
            let at = start + done;
            let (chunk, _, first_char, _) = self.rope.chunk_at_char(at);
            done += latin1::decode(chunk, at - first_char, &mut bytes[done..]);
        }
    }

    /// What was known of the rope before it changes.
    fn forget(&mut self) {
        self.decoded.forget();
        self.shown.clear();
        self.before_growth = None;
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
        let n = self.len().saturating_sub(offset).min(buf.len() as u64) as usize;
        self.decode(offset as usize, &mut buf[..n]);
        Ok(n)
    }

    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        if offset >= self.len() {
            return Ok(&[]);
        }
        if self.shown_from(offset).is_none() {
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
        let mut text = Self::expect_room(with.len())?;
        let (start, end) = (index(range.start), index(range.end));
        if start < end {
            self.remove(start..end);
        }
        self.insert(start, with, &mut text);
        Ok(())
    }

    fn grow(&mut self, len: u64) -> io::Result<()> {
        let before = self.rope.clone();
        let mut missing = index(len) - before.len_chars();
        let mut text = Self::expect_room(missing)?;
        let zeros = [0; PIECE];
        while missing > 0 {
            let n = missing.min(PIECE);
            self.insert(self.rope.len_chars(), &zeros[..n], &mut text);
            missing -= n;
        }
        self.before_growth = Some(before);
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        match self.before_growth.take() {
            Some(before) if before.len_chars() == index(len) => {
                self.forget();
                self.rope = before;
                Ok(())
            }
            _ => self.splice(len..self.len(), &[]),
        }
    }
}

/// What was decoded last, or a chunk of the rope that is ASCII. Of others, what [`Decoded`] has room for; without
/// memory for that, a byte at a time.
impl Resident for RopeyStorage {
    fn chunk_at(&self, offset: u64) -> &[u8] {
        if let Some(shown) = self.shown_from(offset) {
            return shown;
        }
        if offset >= self.len() {
            return &[];
        }
        let offset = index(offset);
        let (chunk, _, first_char, _) = self.rope.chunk_at_char(offset);
        if chunk.is_ascii() {
            return &chunk.as_bytes()[offset - first_char..];
        }
        let all = self.decoded.from(offset, self.rope.len_chars(), |start, bytes| self.decode(start, bytes));
        all.unwrap_or_else(|| {
            let mut byte = [0];
            latin1::decode(chunk, offset - first_char, &mut byte);
            slice::from_ref(&EVERY_BYTE[usize::from(byte[0])])
        })
    }
}

static EVERY_BYTE: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut value = 0;
    while value < bytes.len() {
        bytes[value] = value as u8;
        value += 1;
    }
    bytes
};

impl From<&[u8]> for RopeyStorage {
    fn from(bytes: &[u8]) -> Self {
        let mut storage = RopeyStorage::default();
        storage.insert(0, bytes, &mut String::new());
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
