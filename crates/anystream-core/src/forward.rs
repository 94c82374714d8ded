//! Streams behind references and boxes, and the macro for wrappers, so that none loses a faster version of
//! a method.

use std::io;
use std::ops::Range;

use bytes::Bytes;

use crate::ByteStream;

/// `std` forwards `Read`, `BufRead`, `Write` and `Seek` through these types already.
macro_rules! forward_byte_stream {
    ($($pointer:ty),*) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<S: ByteStream + ?Sized> ByteStream for $pointer {
            #[inline]
            fn tell(&self) -> u64 {
                (**self).tell()
            }
            #[inline]
            fn len(&self) -> u64 {
                (**self).len()
            }
            #[inline]
            fn is_empty(&self) -> bool {
                (**self).is_empty()
            }
            #[inline]
            fn getvalue(&mut self) -> io::Result<Bytes> {
                (**self).getvalue()
            }
            #[inline]
            fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
                (**self).read_at(offset, buf)
            }
            #[inline]
            fn read_bytes(&mut self, n: usize) -> io::Result<Bytes> {
                (**self).read_bytes(n)
            }
            #[inline]
            fn write_bytes(&mut self, data: Bytes) -> io::Result<()> {
                (**self).write_bytes(data)
            }
            #[inline]
            fn truncate(&mut self, size: u64) -> io::Result<()> {
                (**self).truncate(size)
            }
            #[inline]
            fn set_len(&mut self, size: u64) -> io::Result<()> {
                (**self).set_len(size)
            }
            #[inline]
            fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
                (**self).splice(range, with)
            }
            #[inline]
            fn insert(&mut self, at: u64, data: &[u8]) -> io::Result<()> {
                (**self).insert(at, data)
            }
            #[inline]
            fn remove(&mut self, range: Range<u64>) -> io::Result<()> {
                (**self).remove(range)
            }
        }
    )*};
}

forward_byte_stream!(&mut S, Box<S>);

/// Implements `Read`, `BufRead`, `Write`, `Seek` and [`ByteStream`] for a type by passing every
/// method on, provided ones too.
///
/// A generic wrapper names its parameters in brackets: `impl [S: ByteStream] for Counted<S>`.
///
/// `$each` names a macro that is called as `each!(self, stream => call)` and expands to `call` with
/// `stream` bound to the stream inside `self`, however many variants `self` may have.
///
/// ```
/// use anystream::VecStream;
/// use anystream_core::{ByteStream, forward_stream};
/// use std::io::Write;
///
/// /// A stream with a name.
/// struct Named {
///     name: &'static str,
///     stream: VecStream,
/// }
/// macro_rules! inner {
///     ($self:expr, $stream:ident => $call:expr) => {
///         match $self {
///             Named { stream: $stream, .. } => $call,
///         }
///     };
/// }
/// forward_stream!(impl for Named, inner);
///
/// let mut s = Named { name: "log", stream: VecStream::new() };
/// write!(s, "opened")?;
/// assert_eq!((s.name, s.len()), ("log", 6));
/// # Ok::<(), std::io::Error>(())
/// ```
#[macro_export]
macro_rules! forward_stream {
    (impl $([$($generics:tt)*])? for $type:ty, $each:path) => {
        $crate::forward_stream!(@read [$($($generics)*)?] $type, $each);
        $crate::forward_stream!(@write [$($($generics)*)?] $type, $each);
        $crate::forward_stream!(@seek [$($($generics)*)?] $type, $each);
        $crate::forward_stream!(@bytes [$($($generics)*)?] $type, $each);
    };
    // The parts, for a wrapper that passes on all but some of them.
    (@read [$($generics:tt)*] $type:ty, $each:path) => {
        impl<$($generics)*> $crate::reexports::std::io::Read for $type {
            #[inline]
            fn read(&mut self, buf: &mut [u8]) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::Read::read(stream, buf))
            }
            #[inline]
            fn read_vectored(
                &mut self,
                bufs: &mut [$crate::reexports::std::io::IoSliceMut<'_>],
            ) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::Read::read_vectored(stream, bufs))
            }
            #[inline]
            fn read_to_end(
                &mut self,
                buf: &mut $crate::reexports::std::vec::Vec<u8>,
            ) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::Read::read_to_end(stream, buf))
            }
            #[inline]
            fn read_to_string(
                &mut self,
                text: &mut $crate::reexports::std::string::String,
            ) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::Read::read_to_string(stream, text))
            }
            #[inline]
            fn read_exact(&mut self, buf: &mut [u8]) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::reexports::std::io::Read::read_exact(stream, buf))
            }
        }

        impl<$($generics)*> $crate::reexports::std::io::BufRead for $type {
            #[inline]
            fn fill_buf(&mut self) -> $crate::reexports::std::io::Result<&[u8]> {
                $each!(self, stream => $crate::reexports::std::io::BufRead::fill_buf(stream))
            }
            #[inline]
            fn consume(&mut self, n: usize) {
                $each!(self, stream => $crate::reexports::std::io::BufRead::consume(stream, n))
            }
            #[inline]
            fn read_until(
                &mut self,
                delimiter: u8,
                buf: &mut $crate::reexports::std::vec::Vec<u8>,
            ) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::BufRead::read_until(stream, delimiter, buf))
            }
            #[inline]
            fn skip_until(&mut self, delimiter: u8) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::BufRead::skip_until(stream, delimiter))
            }
            #[inline]
            fn read_line(
                &mut self,
                text: &mut $crate::reexports::std::string::String,
            ) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::BufRead::read_line(stream, text))
            }
        }
    };
    (@write [$($generics:tt)*] $type:ty, $each:path) => {
        impl<$($generics)*> $crate::reexports::std::io::Write for $type {
            #[inline]
            fn write(&mut self, data: &[u8]) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::Write::write(stream, data))
            }
            #[inline]
            fn write_all(&mut self, data: &[u8]) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::reexports::std::io::Write::write_all(stream, data))
            }
            #[inline]
            fn write_vectored(
                &mut self,
                pieces: &[$crate::reexports::std::io::IoSlice<'_>],
            ) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::reexports::std::io::Write::write_vectored(stream, pieces))
            }
            #[inline]
            fn write_fmt(
                &mut self,
                args: $crate::reexports::std::fmt::Arguments<'_>,
            ) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::reexports::std::io::Write::write_fmt(stream, args))
            }
            #[inline]
            fn flush(&mut self) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::reexports::std::io::Write::flush(stream))
            }
        }
    };
    (@seek [$($generics:tt)*] $type:ty, $each:path) => {
        impl<$($generics)*> $crate::reexports::std::io::Seek for $type {
            #[inline]
            fn seek(
                &mut self,
                to: $crate::reexports::std::io::SeekFrom,
            ) -> $crate::reexports::std::io::Result<u64> {
                $each!(self, stream => $crate::reexports::std::io::Seek::seek(stream, to))
            }
            #[inline]
            fn rewind(&mut self) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::reexports::std::io::Seek::rewind(stream))
            }
            #[inline]
            fn stream_position(&mut self) -> $crate::reexports::std::io::Result<u64> {
                $each!(self, stream => $crate::reexports::std::io::Seek::stream_position(stream))
            }
            #[inline]
            fn seek_relative(&mut self, by: i64) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::reexports::std::io::Seek::seek_relative(stream, by))
            }
        }
    };
    (@bytes [$($generics:tt)*] $type:ty, $each:path) => {
        impl<$($generics)*> $crate::ByteStream for $type {
            #[inline]
            fn tell(&self) -> u64 {
                $each!(self, stream => $crate::ByteStream::tell(stream))
            }
            #[inline]
            fn len(&self) -> u64 {
                $each!(self, stream => $crate::ByteStream::len(stream))
            }
            #[inline]
            fn is_empty(&self) -> bool {
                $each!(self, stream => $crate::ByteStream::is_empty(stream))
            }
            #[inline]
            fn getvalue(&mut self) -> $crate::reexports::std::io::Result<$crate::Bytes> {
                $each!(self, stream => $crate::ByteStream::getvalue(stream))
            }
            #[inline]
            fn read_at(&self, offset: u64, buf: &mut [u8]) -> $crate::reexports::std::io::Result<usize> {
                $each!(self, stream => $crate::ByteStream::read_at(stream, offset, buf))
            }
            #[inline]
            fn read_bytes(&mut self, n: usize) -> $crate::reexports::std::io::Result<$crate::Bytes> {
                $each!(self, stream => $crate::ByteStream::read_bytes(stream, n))
            }
            #[inline]
            fn write_bytes(&mut self, data: $crate::Bytes) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::ByteStream::write_bytes(stream, data))
            }
            #[inline]
            fn truncate(&mut self, size: u64) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::ByteStream::truncate(stream, size))
            }
            #[inline]
            fn set_len(&mut self, size: u64) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::ByteStream::set_len(stream, size))
            }
            #[inline(always)] // or the short way would begin with a call
            fn splice(
                &mut self,
                range: $crate::reexports::std::ops::Range<u64>,
                with: &[u8],
            ) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::ByteStream::splice(stream, range, with))
            }
            #[inline(always)]
            fn insert(&mut self, at: u64, data: &[u8]) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::ByteStream::insert(stream, at, data))
            }
            #[inline(always)]
            fn remove(
                &mut self,
                range: $crate::reexports::std::ops::Range<u64>,
            ) -> $crate::reexports::std::io::Result<()> {
                $each!(self, stream => $crate::ByteStream::remove(stream, range))
            }
        }
    };
}
