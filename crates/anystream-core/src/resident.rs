//! Bytes that lie in memory can be shown without changing anything: [`Resident`].

use std::io::IoSlice;
use std::iter;
use std::ptr;

use bytes::Bytes;

use crate::{Storage, Stream};

/// Whatever has all of its bytes in memory, in one piece or in several: every stream of this project, their
/// storages, and slices.
///
/// It is what [`bytes::Buf`], `==`, and [`chunks`](crate::ByteStreamExt::chunks) are made of. A storage that has to fetch, from a disk
/// or a network, is not resident: fetching can fail, and needs `&mut self`.
///
/// ```
/// use anystream::{Resident, VecStream};
///
/// fn zeros(contents: &impl Resident) -> usize {
///     let (mut offset, mut zeros) = (0, 0);
///     loop {
///         let chunk = contents.chunk_at(offset);
///         if chunk.is_empty() {
///             return zeros;
///         }
///         zeros += chunk.iter().filter(|&&byte| byte == 0).count();
///         offset += chunk.len() as u64;
///     }
/// }
/// assert_eq!(zeros(&VecStream::from(b"a\0b\0")), 2);
/// assert_eq!(VecStream::from(b"hello"), b"hello"); // by contents, wherever the position is
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
}

/// The chunks from `offset` on.
pub(crate) fn chunks_from<R: Resident + ?Sized>(
    resident: &R,
    mut offset: u64,
) -> impl Iterator<Item = &[u8]> {
    iter::from_fn(move || {
        let chunk = resident.chunk_at(offset);
        offset += chunk.len() as u64;
        (!chunk.is_empty()).then_some(chunk)
    })
}

pub(crate) fn io_slices<'a, R: Resident + ?Sized>(
    resident: &'a R,
    offset: u64,
    slices: &mut [IoSlice<'a>],
) -> usize {
    slices
        .iter_mut()
        .zip(chunks_from(resident, offset))
        .map(|(slice, chunk)| *slice = IoSlice::new(chunk))
        .count()
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

/// The bytes of its UTF-8.
impl Resident for str {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        self.as_bytes().chunk_at(offset)
    }
}

macro_rules! resident_behind {
    ($($pointer:ty),*) => {$(
        impl<R: Resident + ?Sized> Resident for $pointer {
            #[inline]
            fn chunk_at(&self, offset: u64) -> &[u8] {
                (**self).chunk_at(offset)
            }
        }
    )*};
}

resident_behind!(&R, &mut R, Box<R>);
