//! One in-memory byte stream, like Python's `io.BytesIO`, over interchangeable storages.
//!
//! ```
//! # #[cfg(feature = "vec")] {
//! use anystream::{ByteStream, VecStream};
//! use std::io::{Read, Seek, Write};
//!
//! let mut s = VecStream::new();
//! s.write_all(b"hello")?;
//! let mut text = String::new();
//! s.read_to_string(&mut text)?;
//! assert_eq!(text, ""); // nothing: a write leaves the position behind what it wrote
//! s.rewind()?;
//! s.read_to_string(&mut text)?;
//! assert_eq!(text, "hello");
//! assert_eq!(&s.getvalue()?[..], b"hello"); // the whole contents, wherever the position is
//! # }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`ByteStream`] is the trait, with its numbered laws; [`ByteStreamExt`] adds readers with a position of their own
//! (`s.reader_at(0)` reads what was just written, and the writer stays where it is), `peek`, `copy_to` and
//! lines within a limit. The streams differ in nothing but cost:
//!
//! - `VecStream`: one contiguous vector. The default choice.
//! - `SmallStream<N>`: up to `N` bytes with no allocation. For streams that stay tiny.
//! - `RopeStream`: a B+tree of chunks. For inserts in the middle, many snapshots, holes, large pieces.
//! - `RopeyStream`: the `ropey` text rope. For comparison, or for a view as text.
//! - `AnyStream`: one of them, chosen while the program runs by a `Backend`.
//! - [`Limited`]: any of them, refusing to grow past a length. For what strangers send.
//!
//! Each is behind a cargo feature of its backend's name (`vec`, `small`, `rope`, `ropey`), all on by
//! default.
//!
//! Write library code against the trait, and let the caller choose:
//!
//! ```
//! use anystream::ByteStream;
//!
//! fn parse<S: ByteStream>(s: &mut S) -> std::io::Result<u32> {
//!     let mut word = [0; 4];
//!     s.read_exact(&mut word)?; // or UnexpectedEof, and the position stays
//!     Ok(u32::from_le_bytes(word))
//! }
//! ```

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

pub use anystream_core::{
    ByteStream, ByteStreamExt, Bytes, Fault, Limited, Lines, Reader, Resident, Storage, Stream,
    async_interfaces, bytes, forward_resident, forward_stream, memory, seek_target, stream_interfaces,
    stream_type,
};

#[cfg(feature = "rope")]
pub use anystream_rope::{Chunks, MemoryUse, RopeReader, RopeStream};
#[cfg(feature = "ropey")]
pub use anystream_ropey::RopeyStream;
#[cfg(feature = "small")]
pub use anystream_small::SmallStream;
#[cfg(feature = "vec")]
pub use anystream_vec::VecStream;

#[cfg(any(feature = "vec", feature = "small", feature = "rope", feature = "ropey"))]
mod any;

#[cfg(any(feature = "vec", feature = "small", feature = "rope", feature = "ropey"))]
pub use any::{AnyStream, Backend, UnknownBackend};

/// What the README shows runs.
#[cfg(all(doctest, feature = "vec", feature = "small", feature = "rope", feature = "ropey"))]
#[doc = include_str!("../../../README.md")]
mod readme {}
