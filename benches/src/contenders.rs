//! Whom a workload is done to: how a stream of a type is made.

use std::hint::black_box;
use std::marker::PhantomData;

use anystream::{AnyStream, Backend};

/// Makes streams, or peers, of one kind.
pub(crate) trait Contender: 'static {
    type Stream;

    fn name(&self) -> String;
    fn empty(&self) -> Self::Stream;
    fn holding(&self, contents: Vec<u8>) -> Self::Stream;
}

/// The type itself: static dispatch.
pub(crate) struct Static<S> {
    name: &'static str,
    stream: PhantomData<fn() -> S>,
}

impl<S> Static<S> {
    pub(crate) fn named(name: &'static str) -> Self {
        Static { name, stream: PhantomData }
    }
}

impl<S: Default + From<Vec<u8>> + 'static> Contender for Static<S> {
    type Stream = S;

    fn name(&self) -> String {
        self.name.to_owned()
    }

    #[inline]
    fn empty(&self) -> S {
        S::default()
    }

    fn holding(&self, contents: Vec<u8>) -> S {
        contents.into()
    }
}

/// The same stream inside an `AnyStream`, chosen while the program runs.
pub(crate) struct Dispatched<S> {
    backend: Backend,
    stream: PhantomData<fn() -> S>,
}

impl<S: Default + Into<AnyStream>> Dispatched<S> {
    pub(crate) fn new() -> Self {
        Dispatched { backend: S::default().into().backend(), stream: PhantomData }
    }
}

impl<S: From<Vec<u8>> + Into<AnyStream> + 'static> Contender for Dispatched<S> {
    type Stream = AnyStream;

    fn name(&self) -> String {
        format!("AnyStream {}", self.backend)
    }

    #[inline]
    fn empty(&self) -> AnyStream {
        black_box(self.backend).stream()
    }

    fn holding(&self, contents: Vec<u8>) -> AnyStream {
        S::from(contents).into()
    }
}
