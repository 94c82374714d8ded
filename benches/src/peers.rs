//! What programs use where there is no anystream.

mod buffers;
mod cursor;

pub(crate) use buffers::{PeerBytesMut, PeerVec};
pub(crate) use cursor::PeerCursor;
