//! The lines of a stream, none longer than a limit.

use std::fmt;
use std::io;
use std::iter::FusedIterator;

use bytes::Bytes;

use crate::{ByteStream, ByteStreamExt};

/// Lines, as [`ByteStreamExt::readlines`] gives them. After an error, which moved nothing, there are no more.
///
/// ```
/// use anystream::{ByteStream, ByteStreamExt, VecStream};
/// let mut s = VecStream::from(b"a\nb\n");
/// assert_eq!(s.readlines(80).next().unwrap()?, "a\n");
/// assert_eq!(s.tell(), 2); // no line more than was asked for has been read
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Lines<'a, S: ?Sized> {
    stream: &'a mut S,
    limit: usize,
}

impl<'a, S: ?Sized> Lines<'a, S> {
    pub(crate) fn new(stream: &'a mut S, limit: usize) -> Self {
        Lines { stream, limit }
    }
}

impl<S: ByteStream + ?Sized> Iterator for Lines<'_, S> {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<io::Result<Bytes>> {
        let line = self.stream.readline(self.limit);
        if line.is_err() {
            self.limit = 0;
        }
        match line {
            Ok(line) if line.is_empty() => None,
            line => Some(line),
        }
    }
}

/// At the end it stays there: a stream that is borrowed does not grow.
impl<S: ByteStream + ?Sized> FusedIterator for Lines<'_, S> {}

impl<S: ByteStream + ?Sized> fmt::Debug for Lines<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("position", &self.stream.tell()).field("limit", &self.limit).finish()
    }
}
