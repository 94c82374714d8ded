//! Other crates' traits on every stream. The types that have them lie in other crates too, so each is a macro, in a
//! file of its own; one whose feature is off makes nothing.

mod absent;
mod buf;
mod collections;

#[cfg(feature = "arbitrary")]
mod arbitrary;
#[cfg(feature = "futures-io")]
mod futures_io;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(feature = "arbitrary")]
pub use arbitrary::arbitrary_stream;
pub use collections::extend;
#[cfg(feature = "serde")]
pub use serde::{deserialize, serialize};
#[cfg(feature = "tokio")]
pub use tokio::read;

crate::async_interfaces!(impl [S: crate::ByteStream + Unpin] for crate::Limited<S>);
crate::async_interfaces!(impl [S: crate::Storage + Unpin] for crate::Stream<S>);
