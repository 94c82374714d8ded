//! The contiguous storage of **anystream**: [`VecStream`].

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

use std::io;
use std::mem;
use std::ops::Range;

use anystream_core::{Resident, Storage, memory, stream_type};
use bytes::Bytes;
use triomphe::Arc;

stream_type! {
    /// A byte stream over one contiguous `Vec<u8>`: the default choice, as `BytesIO` is in Python.
    ///
    /// Append, read and overwrite run at the speed of `Cursor<Vec<u8>>`. `getvalue` lends the memory
    /// out instead of copying it, and the stream copies only if it is written while that value is
    /// still held, as CPython's `BytesIO` does.
    ///
    /// | operation | cost |
    /// |---|---|
    /// | read, overwrite | O(bytes moved) |
    /// | append | O(bytes moved), amortised; growing moves the contents |
    /// | `getvalue`, `read_bytes` | O(1) for `getvalue`, and for `read_bytes` of a stream that was not written since; else the stream copies what it returns |
    /// | insert, remove, `splice` | O(L): the tail moves |
    /// | `clone` | O(L); O(1) while a value is shared |
    /// | a far seek and a write | memory for the whole gap |
    ///
    /// Memory: a refused allocation is `OutOfMemory`, and nothing has changed (law F1). What cannot return an
    /// error aborts the process instead, as `Vec` does: `From<&[u8]>`, [`with_capacity`](Self::with_capacity), and
    /// `clone` and [`into_vec`](Self::into_vec) where they copy. To be told, write to an empty stream, and make a
    /// stream of `getvalue`, which shares the memory, instead of a clone. The 24 bytes in which `Bytes` counts its
    /// owners (`getvalue`, `read_bytes`, and `truncate` of what is shared) cannot be refused either; so they
    /// are asked for first, and an abort takes another thread that gets the last of the memory in between.
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_vec::VecStream;
    /// use std::io::{Read, Seek, Write};
    ///
    /// let mut s = VecStream::new();
    /// s.write_all(b"hello")?;
    /// let held = s.getvalue()?; // O(1): shares the stream's memory
    /// s.write_all(b" world")?; // `held` is alive, so this copies once
    /// assert_eq!((&held[..], s.as_slice()), (&b"hello"[..], &b"hello world"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub struct VecStream(VecStorage): Resident;
}

impl VecStream {
    /// An empty stream at position 0 with room for `capacity` bytes before it must allocate again.
    ///
    /// Aborts the process if there is no memory, as `Vec::with_capacity` does.
    ///
    /// ```
    /// use anystream_vec::VecStream;
    /// assert!(VecStream::with_capacity(100).into_vec().capacity() >= 100);
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Vec::with_capacity(capacity).into()
    }

    /// The whole contents, wherever the position is. O(1).
    ///
    /// ```
    /// use anystream_vec::VecStream;
    /// assert_eq!(VecStream::from(b"hello").as_slice(), b"hello");
    /// ```
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.0.storage().as_slice()
    }

    /// The whole contents as a vector. O(1), unless a value from `getvalue` is still held or the
    /// stream still is the `Bytes` that it was made from and those are shared: then it copies.
    ///
    /// ```
    /// use anystream_vec::VecStream;
    /// assert_eq!(VecStream::from(b"hello").into_vec(), b"hello");
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self.0.into_storage().0 {
            Memory::Owned(vec) => vec,
            Memory::Shared(Shared::Lent { vec, value }) => {
                drop(value);
                Arc::try_unwrap(vec).unwrap_or_else(|shared| shared.to_vec())
            }
            Memory::Shared(Shared::Given(value)) => value.into(),
        }
    }
}

/// The bytes of a [`VecStream`].
#[derive(Default, Clone)]
struct VecStorage(Memory);

/// Who else can see the bytes.
///
/// Two cases and no more, so that finding the bytes is one branch: every call begins with that.
#[derive(Clone)]
enum Memory {
    /// Nobody: the vector can be written.
    Owned(Vec<u8>),
    /// Perhaps others.
    Shared(Shared),
}

#[derive(Clone)]
enum Shared {
    /// These were given to the stream, or remain of what it lent out, and whoever else has them holds a clone.
    Given(Bytes),
    /// The vector was lent out: others hold clones of `value`, which shows all of it and was made when it
    /// was first asked for. When they have let go, it can be had back with its spare capacity. (`Bytes` made
    /// of the vector itself could be had back too, but only by a move of all its bytes.)
    Lent { vec: Arc<Vec<u8>>, value: Option<Bytes> },
}

/// What keeps a lent vector alive inside a `Bytes`.
struct Lender(Arc<Vec<u8>>);

impl AsRef<[u8]> for Lender {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Default for Memory {
    fn default() -> Self {
        Memory::Owned(Vec::new())
    }
}

impl VecStorage {
    #[inline]
    fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Memory::Owned(vec) => vec,
            Memory::Shared(memory) => shared(memory),
        }
    }

    /// The vector to write to; taken back, or copied with room for `extra` more bytes, if it is shared.
    #[inline]
    #[allow(clippy::unreachable, reason = "`unshare` is out of line and leaves an owned vector")]
    fn writable(&mut self, extra: usize) -> io::Result<&mut Vec<u8>> {
        if !matches!(self.0, Memory::Owned(_)) {
            self.unshare(extra)?;
        }
        let Memory::Owned(vec) = &mut self.0 else { unreachable!("unshare leaves it owned") };
        Ok(vec)
    }

    /// Makes the vector one that can be written. After an error nothing has changed.
    #[cold]
    fn unshare(&mut self, extra: usize) -> io::Result<()> {
        if self.reclaim().is_none() {
            let mut copy = Vec::new();
            copy.try_reserve(self.as_slice().len().saturating_add(extra))?;
            copy.extend_from_slice(self.as_slice());
            self.0 = Memory::Owned(copy);
        }
        Ok(())
    }

    /// The vector, without a copy, if nobody else holds it.
    fn reclaim(&mut self) -> Option<&mut Vec<u8>> {
        self.0 = match mem::take(&mut self.0) {
            Memory::Shared(Shared::Lent { vec, value }) => {
                // The value holds the vector too, so it has to go before one can know.
                drop(value);
                match Arc::try_unwrap(vec) {
                    Ok(vec) => Memory::Owned(vec),
                    Err(vec) => Memory::Shared(Shared::Lent { vec, value: None }),
                }
            }
            Memory::Shared(Shared::Given(value)) => match value.try_into_mut() {
                Ok(unshared) => Memory::Owned(unshared.into()),
                Err(value) => value.into(),
            },
            owned => owned,
        };
        match &mut self.0 {
            Memory::Owned(vec) => Some(vec),
            Memory::Shared(_) => None,
        }
    }

    /// The whole contents, which are not empty, as a value that shares the vector's memory.
    #[allow(clippy::unreachable, reason = "what was owned has just been lent")]
    fn lend(&mut self) -> io::Result<&Bytes> {
        if let Memory::Owned(vec) = &mut self.0 {
            let mut lent = Arc::try_new(Vec::new()).map_err(|_| io::ErrorKind::OutOfMemory)?;
            if let Some(place) = Arc::get_mut(&mut lent) {
                mem::swap(place, vec);
            }
            self.0 = Memory::Shared(Shared::Lent { vec: lent, value: None });
        }
        match &mut self.0 {
            Memory::Owned(_) => unreachable!("it was lent"),
            Memory::Shared(Shared::Lent { value: Some(value), .. }) => Ok(value),
            Memory::Shared(Shared::Lent { vec, value }) => {
                memory::expect_room_to_share()?;
                Ok(value.insert(Bytes::from_owner(Lender(vec.clone()))))
            }
            Memory::Shared(Shared::Given(value)) => {
                if value.is_unique() {
                    memory::expect_room_to_share()?;
                }
                Ok(value)
            }
        }
    }
}

impl From<Bytes> for Memory {
    fn from(value: Bytes) -> Self {
        Memory::Shared(Shared::Given(value))
    }
}

/// Out of line, so that it is a branch, which is predicted. Else the compiler computes from which of
/// the two the length is to be loaded, and every read waits for that.
#[cold]
fn shared(memory: &Shared) -> &[u8] {
    match memory {
        Shared::Given(value) => value,
        Shared::Lent { vec, .. } => vec,
    }
}

/// Checked by the cursor: within the contents, and so within a `usize`.
#[inline]
fn index(offset: u64) -> usize {
    offset as usize
}

impl Storage for VecStorage {
    #[inline]
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    #[inline]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(memory::copy_from(memory::tail(self.as_slice(), offset), buf))
    }

    #[inline]
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        Ok(memory::tail(self.as_slice(), offset))
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let range = index(range.start)..index(range.end);
        memory::splice(self.writable(with.len().saturating_sub(range.len()))?, range, with)
    }

    #[inline]
    fn write_in_place(&mut self, offset: u64, data: &[u8]) -> bool {
        match &mut self.0 {
            Memory::Owned(vec) => memory::write_in_place(vec, offset, data),
            Memory::Shared(_) => false,
        }
    }

    #[inline]
    fn write_at(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let extra = (index(offset) + data.len()).saturating_sub(self.as_slice().len());
        memory::write_at(self.writable(extra)?, index(offset), data)
    }

    fn write_bytes_at(&mut self, offset: u64, data: Bytes) -> io::Result<()> {
        if self.is_empty() && offset == 0 && !self.has_spare(data.len()) {
            self.0 = data.into();
            return Ok(());
        }
        self.write_at(offset, &data)
    }

    fn write_pieces_at(&mut self, offset: u64, pieces: &[io::IoSlice<'_>], total: usize) -> io::Result<()> {
        let extra = (index(offset) + total).saturating_sub(self.as_slice().len());
        memory::write_pieces_at(self.writable(extra)?, index(offset), pieces, total)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        match &mut self.0 {
            Memory::Owned(vec) => vec.truncate(index(len)),
            Memory::Shared(_) => match self.reclaim() {
                Some(vec) => vec.truncate(index(len)),
                None => self.0 = self.lend()?.slice(..index(len)).into(),
            },
        }
        Ok(())
    }

    fn grow(&mut self, len: u64) -> io::Result<()> {
        let extra = index(len) - self.as_slice().len();
        let vec = self.writable(extra)?;
        memory::reserve(vec, extra)?;
        vec.resize(index(len), 0);
        Ok(())
    }

    fn share(&mut self, range: Range<u64>) -> io::Result<Bytes> {
        let all = 0..self.len();
        let (start, end) = (index(range.start), index(range.end));
        match &self.0 {
            _ if range.is_empty() => Ok(Bytes::new()),
            // Lending all of it for a part would make the next write copy the whole.
            Memory::Owned(_) if range != all => self.copy(range),
            _ => Ok(self.lend()?.slice(start..end)),
        }
    }
}

impl Resident for VecStorage {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        memory::tail(self.as_slice(), offset)
    }
}

impl VecStorage {
    /// Whether writing `len` bytes into the empty vector would use memory that it already has.
    fn has_spare(&self, len: usize) -> bool {
        matches!(&self.0, Memory::Owned(vec) if vec.capacity() >= len)
    }
}

impl From<Vec<u8>> for VecStorage {
    fn from(bytes: Vec<u8>) -> Self {
        VecStorage(Memory::Owned(bytes))
    }
}

impl From<&[u8]> for VecStorage {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Bytes> for VecStorage {
    fn from(bytes: Bytes) -> Self {
        VecStorage(bytes.into())
    }
}
