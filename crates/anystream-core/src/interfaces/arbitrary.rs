//! `arbitrary`: streams out of a fuzzer's bytes.

use std::io::SeekFrom;

use ::arbitrary::{Arbitrary, Error, Result, Unstructured};

use crate::ByteStream;

/// Any contents; a position mostly within them, sometimes anywhere.
pub fn arbitrary_stream<S: ByteStream + From<Vec<u8>>>(u: &mut Unstructured<'_>) -> Result<S> {
    let anywhere = u.ratio(1, 8)?;
    let drawn: u64 = u.arbitrary()?;
    let contents = Vec::arbitrary(u)?;
    let position = if anywhere { drawn } else { drawn % (contents.len() as u64 + 1) };
    let mut stream = S::from(contents);
    stream.seek(SeekFrom::Start(position)).map_err(|_| Error::IncorrectFormat)?;
    Ok(stream)
}

#[doc(hidden)]
#[macro_export]
macro_rules! arbitrary_interface {
    ([$($generics:tt)*] $type:ty) => {
        /// With the feature `arbitrary`. Any contents; a position mostly within them, sometimes anywhere.
        impl<'a, $($generics)*> $crate::reexports::arbitrary::Arbitrary<'a> for $type {
            fn arbitrary(
                u: &mut $crate::reexports::arbitrary::Unstructured<'a>,
            ) -> $crate::reexports::arbitrary::Result<Self> {
                $crate::reexports::arbitrary_stream(u)
            }
            fn size_hint(depth: usize) -> (usize, $crate::reexports::std::option::Option<usize>) {
                <$crate::reexports::std::vec::Vec<u8> as $crate::reexports::arbitrary::Arbitrary>::size_hint(depth)
            }
        }
    };
}
