//! Streams chosen while the program runs, and converted.

use anystream::{AnyStream, Backend, Bytes};
use anystream_tests::{Candidate, CloneStream};

/// `AnyStream`s that begin in one backend and are then converted to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    first: Backend,
    then: Backend,
}

impl Made {
    pub(crate) const fn in_one(backend: Backend) -> Self {
        Made { first: backend, then: backend }
    }

    pub(crate) const fn then_in(self, backend: Backend) -> Self {
        Made { then: backend, ..self }
    }

    fn convert(self, mut stream: AnyStream) -> Box<dyn CloneStream> {
        stream.convert(self.then).expect("contents that another backend holds fit into this one");
        assert_eq!(stream.backend(), self.then);
        Box::new(stream)
    }
}

impl Candidate for Made {
    fn empty(&self) -> Box<dyn CloneStream> {
        self.convert(self.first.stream())
    }
    fn with_vec(&self, contents: Vec<u8>) -> Box<dyn CloneStream> {
        self.with_bytes(contents.into())
    }
    fn with_slice(&self, contents: &[u8]) -> Box<dyn CloneStream> {
        self.with_bytes(Bytes::copy_from_slice(contents))
    }
    fn with_bytes(&self, contents: Bytes) -> Box<dyn CloneStream> {
        self.convert(self.first.stream_from(contents))
    }
}
