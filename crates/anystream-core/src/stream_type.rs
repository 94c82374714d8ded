//! The macro that makes a stream type over a storage.

/// Makes a stream type of its own name over a storage: the five traits, `new`, `Default`, `Clone`,
/// `Debug`, `From<Vec<u8>>`, `From<&[u8]>`, `From<&[u8; N]>`, `From<Bytes>`, and the interfaces of
/// [`stream_interfaces!`](crate::stream_interfaces). With `: Resident` behind the storage, which must be that, also those of
/// [`forward_resident!`](crate::forward_resident): `bytes::Buf`, `==`.
///
/// The storage must be `Default`, `Clone`, `From<Vec<u8>>`, `From<&[u8]>` and `From<Bytes>`. Within the crate that
/// calls this, the [`Stream`](crate::Stream) inside is the field `.0`; outside it is private, so the
/// new type shows of its storage only what it chooses to.
///
/// ```
/// use anystream_core::{Bytes, ByteStream, Storage, memory, stream_type};
/// use std::{io, io::Write, ops::Range};
///
/// /// The storage: bytes at an offset.
/// #[derive(Default, Clone)]
/// pub struct PlainStorage(Vec<u8>);
///
/// impl Storage for PlainStorage {
///     fn len(&self) -> u64 {
///         self.0.len() as u64
///     }
///     fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
///         Ok(memory::copy_from(memory::tail(&self.0, offset), buf))
///     }
///     fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
///         Ok(memory::tail(&self.0, offset))
///     }
///     fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
///         self.0.try_reserve(with.len())?;
///         self.0.splice(range.start as usize..range.end as usize, with.iter().copied());
///         Ok(())
///     }
/// }
/// impl From<Vec<u8>> for PlainStorage {
///     fn from(bytes: Vec<u8>) -> Self {
///         PlainStorage(bytes)
///     }
/// }
/// impl From<&[u8]> for PlainStorage {
///     fn from(bytes: &[u8]) -> Self {
///         PlainStorage(bytes.into())
///     }
/// }
/// impl From<Bytes> for PlainStorage {
///     fn from(bytes: Bytes) -> Self {
///         PlainStorage(bytes.into())
///     }
/// }
///
/// stream_type! {
///     /// A stream over one plain vector.
///     pub struct PlainStream(PlainStorage);
/// }
///
/// let mut s = PlainStream::from(b"fizz");
/// s.write_all(b"hello")?;
/// assert_eq!(&s.getvalue()?[..], b"hello");
/// # Ok::<(), std::io::Error>(())
/// ```
#[macro_export]
macro_rules! stream_type {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident $(<const $n:ident: usize = $default:literal>)? ($storage:ty): Resident;
    ) => {
        $crate::stream_type! {
            $(#[$attribute])*
            $visibility struct $name $(<const $n: usize = $default>)? ($storage);
        }
        $crate::forward_resident!(impl [$(const $n: usize)?] for $name $(<$n>)?, $crate::first_field);
    };
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident $(<const $n:ident: usize = $default:literal>)? ($storage:ty);
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Default)]
        $visibility struct $name $(<const $n: usize = $default>)? ($crate::Stream<$storage>);

        impl $(<const $n: usize>)? $name $(<$n>)? {
            /// An empty stream at position 0 (law N1). The type's own docs show it.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }
        }

        /// The position and the length, however long the contents are.
        impl $(<const $n: usize>)? $crate::reexports::std::fmt::Debug for $name $(<$n>)? {
            fn fmt(
                &self,
                f: &mut $crate::reexports::std::fmt::Formatter<'_>,
            ) -> $crate::reexports::std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("position", &$crate::ByteStream::tell(self))
                    .field("len", &$crate::ByteStream::len(self))
                    .finish()
            }
        }

        /// The stream takes the vector over where the storage can, at position 0 (law N2).
        impl $(<const $n: usize>)? From<$crate::reexports::std::vec::Vec<u8>> for $name $(<$n>)? {
            fn from(bytes: $crate::reexports::std::vec::Vec<u8>) -> Self {
                Self($crate::Stream::over(bytes.into()))
            }
        }

        /// The stream holds a copy, at position 0 (law N2).
        impl $(<const $n: usize>)? From<&[u8]> for $name $(<$n>)? {
            fn from(bytes: &[u8]) -> Self {
                Self($crate::Stream::over(bytes.into()))
            }
        }

        /// The stream holds a copy, at position 0 (law N2).
        impl<const LEN: usize $(, const $n: usize)?> From<&[u8; LEN]> for $name $(<$n>)? {
            fn from(bytes: &[u8; LEN]) -> Self {
                Self::from(bytes.as_slice())
            }
        }

        /// The stream takes the bytes over where the storage can, at position 0 (law N2).
        impl $(<const $n: usize>)? From<$crate::Bytes> for $name $(<$n>)? {
            fn from(bytes: $crate::Bytes) -> Self {
                Self($crate::Stream::over(bytes.into()))
            }
        }

        $crate::forward_stream!(impl [$(const $n: usize)?] for $name $(<$n>)?, $crate::first_field);
        $crate::stream_interfaces!(impl [$(const $n: usize)?] for $name $(<$n>)?);
    };
}

/// The stream inside a tuple struct, for [`forward_stream!`].
#[doc(hidden)]
#[macro_export]
macro_rules! first_field {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Self($stream) => $call,
        }
    };
}
