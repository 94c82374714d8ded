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
//! What this is not: it has no asynchronous traits, no files, no locks. A stream belongs to one
//! owner; to share contents, clone the stream or hand out [`getvalue`](ByteStream::getvalue).

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod byte_stream;
mod ext;
mod fault;
mod formatted;
mod forward;
mod limited;
mod lines;
pub mod memory;
mod reader;
mod storage;
mod stream;

pub use byte_stream::ByteStream;
pub use bytes::Bytes;
pub use ext::ByteStreamExt;
pub use fault::Fault;
pub use limited::Limited;
pub use lines::Lines;
pub use reader::Reader;
pub use storage::Storage;
pub use stream::{Stream, seek_target};

/// What the macros of this crate refer to, whatever the calling crate has in scope.
#[doc(hidden)]
pub mod reexports {
    pub use bytes::Bytes;
    pub use std;
}
