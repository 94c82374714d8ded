//! `serde`: a stream is its contents and its position, as CPython pickles a `BytesIO` (`__getstate__` in
//! `Modules/_io/bytesio.c`).

use std::io::SeekFrom;

use serde_bytes::{ByteBuf, Bytes};
use serde_core::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::{ByteStream, memory};

/// A pair: the contents as bytes, and the position.
pub fn serialize<S: ByteStream + ?Sized, F: Serializer>(stream: &S, format: F) -> Result<F::Ok, F::Error> {
    let contents = copy(stream).map_err(ser::Error::custom)?;
    (Bytes::new(&contents), stream.tell()).serialize(format)
}

fn copy<S: ByteStream + ?Sized>(stream: &S) -> std::io::Result<Vec<u8>> {
    let len = memory::length(stream.len())?;
    let mut contents = Vec::new();
    contents.try_reserve_exact(len)?;
    contents.resize(len, 0);
    let read = stream.read_at(0, &mut contents)?;
    contents.truncate(read);
    Ok(contents)
}

/// What [`serialize`] wrote.
pub fn deserialize<'de, S: ByteStream + From<Vec<u8>>, F: Deserializer<'de>>(
    format: F,
) -> Result<S, F::Error> {
    let (contents, position) = <(ByteBuf, u64)>::deserialize(format)?;
    let mut stream = S::from(contents.into_vec());
    stream.seek(SeekFrom::Start(position)).map_err(de::Error::custom)?;
    Ok(stream)
}

#[doc(hidden)]
#[macro_export]
macro_rules! serde_interface {
    ([$($generics:tt)*] $type:ty) => {
        const _: () = {
            use $crate::reexports::serde_core::{Deserialize, Deserializer, Serialize, Serializer};

            /// With the feature `serde`. As a pair: the contents as bytes, and the position.
            impl<$($generics)*> Serialize for $type {
                fn serialize<F: Serializer>(&self, format: F) -> Result<F::Ok, F::Error> {
                    $crate::reexports::serialize(self, format)
                }
            }

            /// With the feature `serde`. From a pair, whichever stream it was made of: the contents as bytes, and the position.
            impl<'de, $($generics)*> Deserialize<'de> for $type {
                fn deserialize<F: Deserializer<'de>>(format: F) -> Result<Self, F::Error> {
                    $crate::reexports::deserialize(format)
                }
            }
        };
    };
}
