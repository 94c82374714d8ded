//! What programs use where there is no anystream.

mod buffers;
mod crop;
mod jumprope;
mod ropey;
mod runs;

pub(crate) use anystream_workload::CursorPeer as PeerCursor;
pub(crate) use buffers::{PeerBytesMut, PeerVec};
pub(crate) use crop::PeerCrop;
pub(crate) use jumprope::{PeerJumpRope, PeerJumpRopeBuf};
pub(crate) use ropey::PeerRopey;
