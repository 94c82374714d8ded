#![cfg_attr(
    all(feature = "vec", feature = "small", feature = "rope", feature = "ropey"),
    doc = include_str!("introduction.md")
)]
#![cfg_attr(
    not(all(feature = "vec", feature = "small", feature = "rope", feature = "ropey")),
    doc = "One in-memory byte stream, like Python's `io.BytesIO`, over interchangeable storages.\n\n"
)]
#![cfg_attr(
    not(all(feature = "vec", feature = "small", feature = "rope", feature = "ropey")),
    doc = "The introduction is in the documentation with all backends, which are this crate's default features."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
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

/// What most programs that use a stream import: the trait, what is convenient on it, and `std::io`'s traits, which have
/// `read`, `write` and `seek`.
///
#[cfg_attr(feature = "vec", doc = "```")]
#[cfg_attr(not(feature = "vec"), doc = "```ignore")]
/// use anystream::{VecStream, prelude::*};
///
/// let mut s = VecStream::new();
/// s.write_all(b"hello")?;
/// s.seek(SeekFrom::Start(1))?;
/// assert_eq!(s.read_bytes(4)?, "ello");
/// # Ok::<(), std::io::Error>(())
/// ```
pub mod prelude {
    pub use std::io::{BufRead, Read, Seek, SeekFrom, Write};

    pub use crate::{ByteStream, ByteStreamExt};
}

/// What the README shows runs.
#[cfg(all(doctest, feature = "vec", feature = "small", feature = "rope", feature = "ropey"))]
#[doc = include_str!("../../../README.md")]
mod readme {}

/// So does what is answered to those who ask,
#[cfg(all(doctest, feature = "vec", feature = "small", feature = "rope", feature = "ropey"))]
#[doc = include_str!("../../../docs/FAQ.md")]
mod faq {}

/// and to those who know another stream.
#[cfg(all(doctest, feature = "vec", feature = "small", feature = "rope", feature = "ropey"))]
#[doc = include_str!("../../../docs/COMING-FROM.md")]
mod coming_from {}
