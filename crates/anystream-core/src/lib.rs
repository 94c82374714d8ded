//! The contract of **anystream**: one in-memory byte stream over interchangeable storages.
//!
//! Programs use [`ByteStream`], and read its laws there. Backend authors implement [`Storage`], bytes
//! at an offset, and let [`Stream`] put the position on top. Wrappers forward with
//! [`forward_stream!`]; [`Limited`] is one, which refuses to grow past a length. [`ByteStreamExt`] is
//! what is convenient on each.
//!
//! Users take the crate `anystream`, which re-exports the trait and brings the backends. This crate
//! knows none of them (its examples borrow one).
//!
//! [`Resident`] is for storages that have all of their bytes in memory: their streams are [`bytes::Buf`] too, and
//! compare with `==`. The features `tokio`, `futures-io`, `serde` and `arbitrary` make every stream implement the
//! traits of the crates of that name.
//!
//! What this is not: it has no files, no locks. A stream belongs to one owner; to share contents, clone the
//! stream or hand out [`getvalue`](ByteStream::getvalue).

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod byte_stream;
mod ext;
mod fault;
mod formatted;
mod forward;
mod interfaces;
mod limited;
mod lines;
pub mod memory;
mod reader;
mod resident;
mod storage;
mod stream;
mod stream_type;

pub use byte_stream::ByteStream;
/// The crate whose [`Bytes`] values are, and whose [`Buf`](bytes::Buf) every stream is.
pub use bytes;
pub use bytes::Bytes;
pub use ext::ByteStreamExt;
pub use fault::Fault;
pub use limited::Limited;
pub use lines::Lines;
pub use reader::Reader;
pub use resident::Resident;
pub use storage::Storage;
pub use stream::{Stream, seek_target};

/// What the macros of this crate refer to, whatever the calling crate has in scope.
#[doc(hidden)]
pub mod reexports {
    #[cfg(feature = "arbitrary")]
    pub use arbitrary;
    #[cfg(feature = "futures-io")]
    pub use futures_io;
    #[cfg(feature = "serde")]
    pub use serde_core;
    pub use std;
    #[cfg(feature = "tokio")]
    pub use tokio;

    pub use crate::interfaces::*;
    pub use crate::resident::same_contents;
}
