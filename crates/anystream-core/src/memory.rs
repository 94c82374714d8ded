//! Small helpers for storages: offsets into slices, writes into vectors, copying out of runs.

use std::hint::black_box;
use std::io::{self, BufRead};
use std::ops::Range;

use crate::Storage;

/// The greatest length of one contiguous allocation: `isize::MAX` bytes.
///
/// ```
/// assert_eq!(anystream_core::memory::MAX_CONTIGUOUS, isize::MAX as u64);
/// ```
pub const MAX_CONTIGUOUS: u64 = isize::MAX as u64;

/// The bytes of `all` from `offset` on; empty if it lies at or past the end. O(1).
///
/// ```
/// use anystream_core::memory::tail;
/// assert_eq!(tail(b"hello", 3), b"lo");
/// assert_eq!(tail(b"hello", u64::MAX), b"");
/// ```
#[inline]
#[must_use]
pub fn tail(all: &[u8], offset: u64) -> &[u8] {
    &all[offset.min(all.len() as u64) as usize..]
}

/// Where the first `byte` of `run` is, if there is one.
///
/// ```
/// assert_eq!(anystream_core::memory::find(b"hello", b'l'), Some(2));
/// ```
#[must_use]
pub fn find(run: &[u8], byte: u8) -> Option<usize> {
    // std's own search for a byte is vectorised, and this is how it is reached.
    let mut behind = run;
    let searched = behind.skip_until(byte).ok()?;
    searched.checked_sub(1).filter(|&at| run[at] == byte)
}

/// Copies as much of `run` as fits into `buf` and returns how much that was.
///
/// ```
/// let mut buf = [0; 3];
/// assert_eq!(anystream_core::memory::copy_from(b"hello", &mut buf), 3);
/// assert_eq!(&buf, b"hel");
/// ```
#[inline]
pub fn copy_from(run: &[u8], buf: &mut [u8]) -> usize {
    let n = run.len().min(buf.len());
    buf[..n].copy_from_slice(&run[..n]);
    n
}

/// Copies `data` into `vec` at `offset` if it has the room, be it over bytes that are there, be it at
/// its end, and returns whether it did: [`Storage::write_in_place`] for a storage that is one vector.
///
/// ```
/// use anystream_core::memory::write_in_place;
/// let mut vec = b"hello".to_vec();
/// assert!(write_in_place(&mut vec, 1, b"u"));
/// assert!(!write_in_place(&mut vec, 6, b"a gap lies before this"));
/// assert_eq!(vec, b"hullo");
/// ```
#[inline]
pub fn write_in_place(vec: &mut Vec<u8>, offset: u64, data: &[u8]) -> bool {
    let len = vec.len();
    if offset == len as u64 {
        let fits = data.len() <= vec.capacity() - len;
        if fits {
            vec.extend_from_slice(data);
        }
        return fits;
    }
    let over = usize::try_from(offset).ok().and_then(|start| vec.get_mut(start..)?.get_mut(..data.len()));
    if let Some(over) = over {
        copy(over, data);
        return true;
    }
    false
}

/// Overwrites `vec` from `offset`, which is at most its length, on and then extends it: a write on a
/// storage that is one vector.
///
/// # Errors
/// `OutOfMemory`; `vec` is then as it was.
///
/// ```
/// let mut vec = b"hello".to_vec();
/// anystream_core::memory::write_at(&mut vec, 3, b"p me")?;
/// assert_eq!(vec, b"help me");
/// # Ok::<(), std::io::Error>(())
/// ```
#[inline]
pub fn write_at(vec: &mut Vec<u8>, offset: usize, data: &[u8]) -> io::Result<()> {
    if offset == vec.len() {
        reserve(vec, data.len())?;
        vec.extend_from_slice(data);
        return Ok(());
    }
    let (over, beyond) = data.split_at(data.len().min(vec.len() - offset));
    reserve(vec, beyond.len())?;
    vec[offset..offset + over.len()].copy_from_slice(over);
    vec.extend_from_slice(beyond);
    Ok(())
}

/// [`write_at`] of the concatenation of `pieces`, which is `total` bytes long: room for all of them is
/// made before the first is written, so that none is written if there is no memory.
///
/// # Errors
/// `OutOfMemory`; `vec` is then as it was.
///
/// ```
/// use std::io::IoSlice;
/// let mut vec = b"hello".to_vec();
/// let pieces = [IoSlice::new(b"p"), IoSlice::new(b" me")];
/// anystream_core::memory::write_pieces_at(&mut vec, 3, &pieces, 4)?;
/// assert_eq!(vec, b"help me");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_pieces_at(
    vec: &mut Vec<u8>,
    offset: usize,
    pieces: &[io::IoSlice<'_>],
    total: usize,
) -> io::Result<()> {
    reserve(vec, (offset + total).saturating_sub(vec.len()))?;
    let mut at = offset;
    for piece in pieces {
        write_at(vec, at, piece)?;
        at += piece.len();
    }
    Ok(())
}

/// Replaces the bytes of `vec` in `range`, which lies within it, by `with`: a splice on a storage that
/// is one vector. The tail moves once, by whole blocks, unlike with `Vec::splice`.
///
/// # Errors
/// `OutOfMemory`; `vec` is then as it was.
///
/// ```
/// let mut vec = b"hello".to_vec();
/// anystream_core::memory::splice(&mut vec, 1..3, b"ipp")?;
/// assert_eq!(vec, b"hipplo");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn splice(vec: &mut Vec<u8>, range: Range<usize>, with: &[u8]) -> io::Result<()> {
    let before = vec.len();
    let after = before - range.len() + with.len();
    let end = range.start + with.len();
    if after > before {
        reserve(vec, after - before)?;
        vec.resize(after, 0);
    }
    vec.copy_within(range.end..before, end);
    vec[range.start..end].copy_from_slice(with);
    vec.truncate(after);
    Ok(())
}

/// Makes room for `extra` more bytes, growing as a vector does.
///
/// # Errors
/// `OutOfMemory`; `vec` is then as it was.
///
/// ```
/// let mut vec = Vec::new();
/// anystream_core::memory::reserve(&mut vec, 5)?;
/// assert!(vec.capacity() >= 5);
/// # Ok::<(), std::io::Error>(())
/// ```
#[inline]
pub fn reserve(vec: &mut Vec<u8>, extra: usize) -> io::Result<()> {
    if extra > vec.capacity() - vec.len() {
        vec.try_reserve(extra)?;
    }
    Ok(())
}

/// Asks for blocks of memory of these sizes in bytes, all at once, and gives them back: for use just before
/// a library is called that would abort the process if it were refused them. An allocator that had them a
/// moment ago has them still, unless another thread takes the last of it.
///
/// # Errors
/// `OutOfMemory` if one of them is refused.
///
/// ```
/// use anystream_core::memory::expect_room;
/// use std::io::ErrorKind;
/// assert!(expect_room([24, 40]).is_ok());
/// assert_eq!(expect_room([usize::MAX]).unwrap_err().kind(), ErrorKind::OutOfMemory);
/// ```
pub fn expect_room<const BLOCKS: usize>(sizes: [usize; BLOCKS]) -> io::Result<()> {
    let mut blocks = [const { Vec::<u8>::new() }; BLOCKS];
    for (block, size) in blocks.iter_mut().zip(sizes) {
        block.try_reserve_exact(size)?;
    }
    // Else the compiler sees that nobody uses them, and does not ask at all.
    black_box(&mut blocks);
    Ok(())
}

/// [`expect_room`] for what `Bytes` allocates when its memory begins to be shared.
///
/// # Errors
/// `OutOfMemory` if it is refused.
///
/// ```
/// let value = bytes::Bytes::from(vec![1, 2, 3]);
/// anystream_core::memory::expect_room_to_share()?;
/// let shared = value.clone(); // this allocates what counts the owners
/// # drop(shared);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn expect_room_to_share() -> io::Result<()> {
    // A pointer, a capacity and a count, or a count and an owner that is one pointer.
    expect_room([3 * size_of::<usize>()])
}

/// `to.copy_from_slice(from)`, for lengths that are equal, without a call for 8 to 64 bytes: two
/// blocks of a fixed size that may overlap cover every length between that size and its double. (More
/// cases than these, or the same in writes, make their callers too long to be inlined, which costs more.)
///
/// # Panics
/// If the lengths differ, as `copy_from_slice` does.
///
/// ```
/// let mut to = [0; 16];
/// anystream_core::memory::copy(&mut to, b"sixteen bytes in");
/// assert_eq!(&to, b"sixteen bytes in");
/// ```
#[inline(always)]
pub fn copy(to: &mut [u8], from: &[u8]) {
    #[inline(always)]
    fn ends<const BLOCK: usize>(to: &mut [u8], from: &[u8]) -> bool {
        let (Some(first), Some(last)) = (from.first_chunk::<BLOCK>(), from.last_chunk::<BLOCK>()) else {
            return false;
        };
        if let Some(to) = to.first_chunk_mut() {
            *to = *first;
        }
        if let Some(to) = to.last_chunk_mut() {
            *to = *last;
        }
        true
    }
    match from.len() {
        33..=64 => _ = ends::<32>(to, from),
        17..=32 => _ = ends::<16>(to, from),
        8..=16 => _ = ends::<8>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// As a length in memory, or `OutOfMemory` if no memory could be that long.
pub(crate) fn length(len: u64) -> io::Result<usize> {
    usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// Appends the bytes in `range`, which are there, to `buf`, run by run. After an error `buf` is as it
/// was, but for its capacity.
pub(crate) fn append_runs<S: Storage + ?Sized>(
    storage: &mut S,
    range: Range<u64>,
    buf: &mut Vec<u8>,
) -> io::Result<()> {
    let before = buf.len();
    buf.try_reserve(length(range.end - range.start)?)?;
    let mut offset = range.start;
    while offset < range.end {
        match storage.run_at(offset) {
            Ok([]) => {
                buf.truncate(before);
                return Err(io::Error::other("the storage shows no bytes before the end that it reports"));
            }
            Ok(run) => {
                let take = usize::try_from(range.end - offset).map_or(run.len(), |left| left.min(run.len()));
                buf.extend_from_slice(&run[..take]);
                offset += take as u64;
            }
            Err(error) => {
                buf.truncate(before);
                return Err(error);
            }
        }
    }
    Ok(())
}
