//! `Extend` and `FromIterator`, which every stream has.

use std::io::Write;

/// Writes all `bytes` at the position, in pieces.
///
/// # Panics
/// If a write fails: `Extend` cannot say so, and `Vec` panics or aborts in its place.
#[allow(clippy::panic, reason = "`Extend` has no other way to say that a write failed")]
pub fn extend<S: Write>(stream: &mut S, bytes: impl IntoIterator<Item = u8>) {
    let mut piece = [0; 1024];
    let mut bytes = bytes.into_iter();
    loop {
        let n = piece.iter_mut().zip(&mut bytes).map(|(place, byte)| *place = byte).count();
        if n == 0 {
            return;
        }
        if let Err(error) = stream.write_all(&piece[..n]) {
            panic!("bytes cannot be added to the stream: {error}");
        }
    }
}

/// Implements the interfaces of a stream type that can be made from bytes (it has `Default`, `From<Vec<u8>>` and
/// [`ByteStream`](crate::ByteStream)): `Extend`, `FromIterator`, and those of the cargo features that are on: `tokio`, `futures-io`, `serde`,
/// `arbitrary`. [`stream_type!`](crate::stream_type) does it; this is for wrappers.
///
/// ```
/// use anystream::{ByteStream, VecStream};
/// use anystream_core::{forward_stream, stream_interfaces};
///
/// #[derive(Default)]
/// struct Counted(VecStream, u32);
/// macro_rules! inner {
///     ($self:expr, $stream:ident => $call:expr) => {
///         match $self {
///             Counted($stream, _) => $call,
///         }
///     };
/// }
/// forward_stream!(impl for Counted, inner);
/// impl From<Vec<u8>> for Counted {
///     fn from(bytes: Vec<u8>) -> Self {
///         Counted(bytes.into(), 0)
///     }
/// }
/// stream_interfaces!(impl for Counted);
///
/// let mut s: Counted = (0..4).collect();
/// s.extend([9, 9]); // at the position, which is 0 (law N2)
/// assert_eq!(&s.getvalue()?[..], [9, 9, 2, 3]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[macro_export]
macro_rules! stream_interfaces {
    (impl $([$($generics:tt)*])? for $type:ty) => {
        /// Writes the bytes at the position, as any write does: over what is there, and then beyond the end.
        ///
        /// # Panics
        /// If a write fails. `write_all` returns an error instead.
        impl<$($($generics)*)?> Extend<u8> for $type {
            fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
                $crate::reexports::extend(self, bytes);
            }
        }

        /// A stream that holds the bytes, at position 0 (law N2).
        impl<$($($generics)*)?> FromIterator<u8> for $type {
            fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Self {
                Self::from(bytes.into_iter().collect::<$crate::reexports::std::vec::Vec<u8>>())
            }
        }

        $crate::async_interfaces!(impl [$($($generics)*)?] for $type);
        $crate::serde_interface!([$($($generics)*)?] $type);
        $crate::arbitrary_interface!([$($($generics)*)?] $type);
    };
}

/// Implements the asynchronous interfaces of the cargo features that are on, `tokio` and `futures-io`, for a stream
/// type, which must be `Unpin`. They are always ready: nothing here waits. Part of
/// [`stream_interfaces!`].
///
/// ```
/// use anystream::VecStream;
/// use anystream_core::{async_interfaces, forward_stream};
///
/// struct Quiet(VecStream);
/// macro_rules! inner {
///     ($self:expr, $stream:ident => $call:expr) => {
///         match $self {
///             Quiet($stream) => $call,
///         }
///     };
/// }
/// forward_stream!(impl for Quiet, inner);
/// async_interfaces!(impl for Quiet);
/// ```
#[macro_export]
macro_rules! async_interfaces {
    (impl $([$($generics:tt)*])? for $type:ty) => {
        $crate::tokio_interface!([$($($generics)*)?] $type);
        $crate::futures_io_interface!([$($($generics)*)?] $type);
    };
}
