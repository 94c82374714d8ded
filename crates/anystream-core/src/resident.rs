//! Bytes that lie in memory can be shown without changing anything: [`Resident`].

use std::io::IoSlice;
use std::iter;
use std::ptr;

use bytes::Bytes;

use crate::{Storage, Stream};

/// Whatever has all of its bytes in memory, in one piece or in several: every stream of this project, their
/// storages, and slices.
///
/// It is what [`bytes::Buf`], `==` and vectored output are made of. A storage that has to fetch, from a disk
/// or a network, is not resident: fetching can fail, and needs `&mut self`.
///
/// ```
/// use anystream::{Resident, VecStream};
/// use std::io::{IoSlice, Write};
///
/// fn send(contents: &impl Resident, mut to: impl Write) -> std::io::Result<usize> {
///     let mut slices = [IoSlice::new(&[]); 16];
///     let n = contents.io_slices(0, &mut slices);
///     to.write_vectored(&slices[..n])
/// }
/// assert_eq!(send(&VecStream::from(b"hello"), Vec::new())?, 5);
/// assert_eq!(VecStream::from(b"hello"), b"hello"); // by contents, wherever the position is
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Resident {
    /// The contiguous bytes from `offset` on, wherever the position is; empty exactly where no byte is.
    ///
    /// As many as lie side by side; how many that are is the storage's to choose. O(1) for a vector, O(log L)
    /// for a tree.
    ///
    /// ```
    /// use anystream::{Resident, VecStream};
    /// let s = VecStream::from(b"hello");
    /// assert_eq!((s.chunk_at(1), s.chunk_at(5)), (&b"ello"[..], &b""[..]));
    /// ```
    fn chunk_at(&self, offset: u64) -> &[u8];

    /// All of the contents in order, wherever the position is, as the chunks they lie in. None is empty; nothing
    /// is copied.
    ///
    /// ```
    /// use anystream::{Resident, VecStream};
    /// assert_eq!(VecStream::from(b"hello").chunks().collect::<Vec<_>>(), [b"hello"]);
    /// ```
    fn chunks(&self) -> impl Iterator<Item = &[u8]>
    where
        Self: Sized,
    {
        chunks_from(self, 0)
    }

    /// Fills `slices` with the chunks from `offset` on, for a vectored write, and returns how many there are: all of
    /// `slices`, or as many as the contents have.
    ///
    /// ```
    /// use anystream::{Resident, VecStream};
    /// use std::io::IoSlice;
    /// let s = VecStream::from(b"hello");
    /// let mut slices = [IoSlice::new(&[]); 8];
    /// assert_eq!(s.io_slices(1, &mut slices), 1);
    /// assert_eq!(&*slices[0], b"ello");
    /// ```
    fn io_slices<'a>(&'a self, offset: u64, slices: &mut [IoSlice<'a>]) -> usize {
        slices
            .iter_mut()
            .zip(chunks_from(self, offset))
            .map(|(slice, chunk)| *slice = IoSlice::new(chunk))
            .count()
    }
}

fn chunks_from<R: Resident + ?Sized>(resident: &R, mut offset: u64) -> impl Iterator<Item = &[u8]> {
    iter::from_fn(move || {
        let chunk = resident.chunk_at(offset);
        offset += chunk.len() as u64;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Whether both hold the same bytes: what `==` of streams is. Memory that both share is not looked at.
#[doc(hidden)]
pub fn same_contents<A: Resident + ?Sized, B: Resident + ?Sized>(a: &A, b: &B) -> bool {
    let mut offset = 0;
    loop {
        let (a, b) = (a.chunk_at(offset), b.chunk_at(offset));
        let n = a.len().min(b.len());
        if n == 0 {
            return a.is_empty() && b.is_empty();
        }
        let (a, b) = (&a[..n], &b[..n]);
        if !ptr::eq(a, b) && a != b {
            return false;
        }
        offset += n as u64;
    }
}

impl<S: Storage + Resident> Resident for Stream<S> {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        self.storage().chunk_at(offset)
    }
}

impl Resident for [u8] {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        crate::memory::tail(self, offset)
    }
}

impl<const N: usize> Resident for [u8; N] {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        self[..].chunk_at(offset)
    }
}

impl Resident for Vec<u8> {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        self[..].chunk_at(offset)
    }
}

impl Resident for Bytes {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        self[..].chunk_at(offset)
    }
}

impl<R: Resident + ?Sized> Resident for &R {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        (**self).chunk_at(offset)
    }
}
