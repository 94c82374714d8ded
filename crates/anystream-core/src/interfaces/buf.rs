//! `bytes::Buf`: a stream is what is left of it from the position on.

use std::io::{BufRead, IoSlice};

use bytes::{Buf, Bytes};

use crate::{ByteStream, Resident, Storage, Stream, resident};

/// What is left from the position on. Reading through it moves the position, as any read does.
///
/// [`advance`](Buf::advance) stops at the end, as `consume` does (law R3). The `get_` and `copy_to_` methods
/// panic if less is left than they need, as `Buf` says; their `try_` forms do not. `copy_to_bytes` shares memory
/// where the storage can (law R4), and aborts if it is refused memory, as `Vec` does;
/// [`read_bytes`](ByteStream::read_bytes) is for those who want the error.
impl<S: Storage + Resident> Buf for Stream<S> {
    #[inline]
    fn remaining(&self) -> usize {
        usize::try_from(self.left()).unwrap_or(usize::MAX)
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self.chunk_at(self.tell())
    }

    #[inline]
    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        resident::io_slices(self, self.tell(), slices)
    }

    #[inline]
    fn advance(&mut self, n: usize) {
        self.consume(n);
        // `chunk` can change nothing; a storage that has to look for the place, or to decode, does so here.
        let position = self.tell();
        let _ = self.storage_mut().run_at(position);
    }

    fn copy_to_bytes(&mut self, len: usize) -> Bytes {
        let left = self.remaining();
        assert!(len <= left, "{len} bytes were asked for at position {}, where {left} are left", self.tell());
        // What `Buf` does itself if it cannot share: it has no other answer to a lack of memory than to abort.
        self.read_bytes(len).unwrap_or_else(|_| bytes_by_copy(self, len))
    }
}

#[cold]
fn bytes_by_copy(buf: &mut impl Buf, len: usize) -> Bytes {
    let mut copy = vec![0; len];
    buf.copy_to_slice(&mut copy);
    copy.into()
}

/// Implements [`Resident`], [`bytes::Buf`], `==` with whatever is resident, and `Eq` for a stream type whose storage
/// is, by passing them on. [`stream_type!`](crate::stream_type) does it by `: Resident`; this is for wrappers, and
/// its arguments are those of [`forward_stream!`](crate::forward_stream).
///
/// Streams are equal if their contents are, whatever their storages, and wherever their positions are.
///
/// ```
/// use anystream::{ByteStream, VecStream};
/// use anystream_core::{forward_resident, forward_stream, bytes::Buf};
///
/// #[derive(Default)]
/// struct Named(VecStream, &'static str);
/// macro_rules! inner {
///     ($self:expr, $stream:ident => $call:expr) => {
///         match $self {
///             Named($stream, _) => $call,
///         }
///     };
/// }
/// forward_stream!(impl for Named, inner);
/// forward_resident!(impl for Named, inner);
///
/// let mut s = Named(VecStream::from(b"\x01\x02hello"), "greeting");
/// assert!(s == VecStream::from(b"\x01\x02hello"));
/// assert_eq!((s.get_u16(), s.chunk()), (0x0102, &b"hello"[..]));
/// ```
#[macro_export]
macro_rules! forward_resident {
    (impl $([$($generics:tt)*])? for $type:ty, $each:path) => {
        impl<$($($generics)*)?> $crate::Resident for $type {
            #[inline]
            fn chunk_at(&self, offset: u64) -> &[u8] {
                $each!(self, stream => $crate::Resident::chunk_at(stream, offset))
            }
        }

        /// What is left from the position on. Reading through it moves the position, as any read does.
        ///
        /// `advance` stops at the end, as `consume` does (law R3). The `get_` and `copy_to_` methods panic if
        /// less is left than they need; their `try_` forms do not. `copy_to_bytes` shares memory where the storage can (law
        /// R4), and aborts if it is refused memory; `read_bytes` is for those who want the error.
        impl<$($($generics)*)?> $crate::bytes::Buf for $type {
            #[inline]
            fn remaining(&self) -> usize {
                $each!(self, stream => $crate::bytes::Buf::remaining(stream))
            }
            #[inline]
            fn chunk(&self) -> &[u8] {
                $each!(self, stream => $crate::bytes::Buf::chunk(stream))
            }
            #[inline]
            fn chunks_vectored<'a>(
                &'a self,
                slices: &mut [$crate::reexports::std::io::IoSlice<'a>],
            ) -> usize {
                $each!(self, stream => $crate::bytes::Buf::chunks_vectored(stream, slices))
            }
            #[inline]
            fn advance(&mut self, n: usize) {
                $each!(self, stream => $crate::bytes::Buf::advance(stream, n));
            }
            #[inline]
            fn copy_to_bytes(&mut self, len: usize) -> $crate::Bytes {
                $each!(self, stream => $crate::bytes::Buf::copy_to_bytes(stream, len))
            }
        }

        /// Equal contents, whatever the storages, and wherever the positions are. O(L).
        impl<Other: $crate::Resident + ?Sized, $($($generics)*)?> PartialEq<Other> for $type {
            fn eq(&self, other: &Other) -> bool {
                $crate::reexports::same_contents(self, other)
            }
        }

        impl<$($($generics)*)?> Eq for $type {}
    };
}

/// Equal contents, whatever the storages, and wherever the positions are. O(L).
impl<S: Storage + Resident, Other: Resident + ?Sized> PartialEq<Other> for Stream<S> {
    fn eq(&self, other: &Other) -> bool {
        resident::same_contents(self, other)
    }
}

impl<S: Storage + Resident> Eq for Stream<S> {}
