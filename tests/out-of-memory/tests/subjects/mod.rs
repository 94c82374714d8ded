//! The streams under test.

use anystream::{Backend, Bytes, Limited, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_tests::{Candidate, CloneStream, candidate};

/// What makes the streams, by name.
pub(crate) type Subject = (&'static str, &'static (dyn Candidate + Sync));

/// Streams with a limit that they do not reach: what is refused is memory.
struct LimitedVec;
/// `AnyStream`s of one backend.
struct Any(Backend);

macro_rules! made_from_bytes {
    ($type:ty, $self:ident, $bytes:ident => $make:expr) => {
        impl Candidate for $type {
            fn empty(&self) -> Box<dyn CloneStream> {
                self.with_bytes(Bytes::new())
            }
            fn with_vec(&self, contents: Vec<u8>) -> Box<dyn CloneStream> {
                self.with_bytes(contents.into())
            }
            fn with_slice(&self, contents: &[u8]) -> Box<dyn CloneStream> {
                self.with_bytes(contents.to_vec().into())
            }
            fn with_bytes(&$self, $bytes: Bytes) -> Box<dyn CloneStream> {
                Box::new($make)
            }
        }
    };
}
made_from_bytes!(LimitedVec, self, bytes => Limited::new(VecStream::from(bytes), 1 << 40));
made_from_bytes!(Any, self, bytes => self.0.stream_from(bytes));

/// Every backend, by itself and in an `AnyStream`, and one with a limit.
pub(crate) const SUBJECTS: &[Subject] = &[
    ("vec", &candidate::<VecStream>()),
    ("small", &candidate::<SmallStream>()),
    ("small of none inline", &candidate::<SmallStream<0>>()),
    ("rope", &candidate::<RopeStream>()),
    ("ropey", &candidate::<RopeyStream>()),
    ("any vec", &Any(Backend::Vec)),
    ("any small", &Any(Backend::Small)),
    ("any rope", &Any(Backend::Rope)),
    ("any ropey", &Any(Backend::Ropey)),
    ("limited vec", &LimitedVec),
];
