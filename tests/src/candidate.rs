//! What is tested: something that makes streams.

use std::any::Any;
use std::fmt::Debug;
use std::marker::PhantomData;

use anystream_core::{ByteStream, Bytes};

/// A stream that the suite can clone and show, whatever its type: cases are compiled once, not once
/// for each backend.
///
/// Every `ByteStream + Clone + Debug + Send + Sync + 'static` is one. What it really is can be asked of
/// [`Any`], by those who know more calls than the suite.
pub trait CloneStream: ByteStream + Debug + Send + Sync + Any {
    /// The clone of law I1.
    ///
    /// ```
    /// use anystream::VecStream;
    /// use anystream_core::ByteStream;
    /// use anystream_tests::CloneStream;
    /// assert_eq!(VecStream::from(b"hello").clone_boxed().len(), 5);
    /// ```
    fn clone_boxed(&self) -> Box<dyn CloneStream>;
}

impl<S: ByteStream + Clone + Debug + Send + Sync + 'static> CloneStream for S {
    fn clone_boxed(&self) -> Box<dyn CloneStream> {
        Box::new(self.clone())
    }
}

/// Makes the streams that the suite tests: the constructors of laws N1 and N2.
///
/// [`candidate`] is the one for a type. Write another only for streams that are made in a special
/// way, such as one chosen while the program runs.
#[allow(missing_docs)] // each is a stream made of its argument
pub trait Candidate {
    fn empty(&self) -> Box<dyn CloneStream>;
    fn with_vec(&self, contents: Vec<u8>) -> Box<dyn CloneStream>;
    fn with_slice(&self, contents: &[u8]) -> Box<dyn CloneStream>;
    fn with_bytes(&self, contents: Bytes) -> Box<dyn CloneStream>;
}

/// The streams of type `S`, made by `Default` and `From`.
///
/// ```
/// use anystream::VecStream;
/// use anystream_core::ByteStream;
/// use anystream_tests::{Candidate, candidate};
/// assert_eq!(candidate::<VecStream>().with_slice(b"hello").len(), 5);
/// ```
#[must_use]
pub const fn candidate<S>() -> CandidateOf<S> {
    CandidateOf(PhantomData)
}

/// See [`candidate`].
#[derive(Debug, Clone, Copy)]
pub struct CandidateOf<S>(PhantomData<fn() -> S>);

impl<S> Candidate for CandidateOf<S>
where
    S: CloneStream + Default + From<Vec<u8>> + From<Bytes> + for<'a> From<&'a [u8]> + 'static,
{
    fn empty(&self) -> Box<dyn CloneStream> {
        Box::new(S::default())
    }
    fn with_vec(&self, contents: Vec<u8>) -> Box<dyn CloneStream> {
        Box::new(S::from(contents))
    }
    fn with_slice(&self, contents: &[u8]) -> Box<dyn CloneStream> {
        Box::new(S::from(contents))
    }
    fn with_bytes(&self, contents: Bytes) -> Box<dyn CloneStream> {
        Box::new(S::from(contents))
    }
}
