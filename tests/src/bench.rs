//! Where a case gets its streams.

use std::cell::RefCell;

use anystream_core::ByteStream;
use anystream_workload::Op;

use crate::layout::Witness;
use crate::pair::assert_contents;
use crate::{Candidate, CloneStream, Layout, Pair};

/// What a case is given: streams of one candidate in one layout.
///
/// ```
/// use anystream::VecStream;
/// use anystream_core::ByteStream;
/// use anystream_tests::{Bench, Layout, candidate};
///
/// let candidate = candidate::<VecStream>();
/// let bench = Bench::new(&candidate, Layout::Cloned);
/// assert_eq!(bench.stream(b"hello").len(), 5);
/// bench.finish(); // and the original is as it was
/// ```
pub struct Bench<'a> {
    candidate: &'a dyn Candidate,
    layout: Layout,
    witnesses: RefCell<Vec<Witness>>,
}

impl<'a> Bench<'a> {
    /// Streams made by `candidate`, in `layout`.
    #[must_use]
    pub fn new(candidate: &'a dyn Candidate, layout: Layout) -> Self {
        Bench { candidate, layout, witnesses: RefCell::new(Vec::new()) }
    }

    /// What makes the streams, for laws about how they begin.
    #[must_use]
    pub fn candidate(&self) -> &dyn Candidate {
        self.candidate
    }

    /// A stream that holds `contents`, at position 0.
    ///
    /// # Panics
    /// If it could not be brought about, or does not.
    #[track_caller]
    #[must_use]
    pub fn stream(&self, contents: &[u8]) -> Box<dyn CloneStream> {
        let made = self.layout.make(self.candidate, contents);
        let (stream, witnesses) =
            made.unwrap_or_else(|error| panic!("making the contents failed: {error:?}"));
        self.witnesses.borrow_mut().extend(witnesses);
        assert_eq!(stream.tell(), 0, "the position after a rewind (law S1)");
        assert_contents(&*stream, contents, "of a new stream");
        stream
    }

    /// A stream that holds `contents`, at position 0, beside its model.
    #[track_caller]
    #[must_use]
    pub fn pair(&self, contents: &[u8]) -> Pair {
        Pair::new(self.stream(contents), contents)
    }

    /// Makes the calls on a stream that holds `contents` and compares each with the model.
    #[track_caller]
    pub fn compare(&self, contents: &[u8], ops: impl IntoIterator<Item = Op>) {
        self.pair(contents).perform_all(ops);
    }

    /// Asks everyone who shared memory with a stream whether they saw anything change.
    ///
    /// # Panics
    /// If they did (laws I1, R4, V1).
    pub fn finish(self) {
        self.witnesses.borrow().iter().for_each(Witness::testify);
    }
}
