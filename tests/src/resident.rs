//! What a stream that lies in memory shows of itself: `Resident`, `bytes::Buf` and `==`, in every layout.

use std::any::Any;
use std::io::{IoSlice, Seek, SeekFrom};

use anystream_core::bytes::Buf;
use anystream_core::{ByteStream, ByteStreamExt, Bytes, Resident};

use crate::candidate::{CloneStream, candidate};
use crate::layout::{Layout, Witness};
use crate::pair::{assert_contents, assert_same};
use crate::sample::{self, behind};

/// One `#[test]` for each claim about a stream type whose storage is [`Resident`]: its chunks are the contents, it
/// is `bytes::Buf` from the position on, and equality looks at the contents alone.
///
/// ```
/// # mod backend { pub use anystream::VecStream as MyStream; }
/// use backend::MyStream;
///
/// anystream_tests::resident!(my_resident_backend, MyStream);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! resident {
    ($name:ident, $stream:ty) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[test]
            fn chunks_are_the_contents() {
                $crate::resident::chunks_are_the_contents::<$stream>();
            }
            #[test]
            fn buf_is_what_is_left_from_the_position_on() {
                $crate::resident::buf_is_what_is_left_from_the_position_on::<$stream>();
            }
            #[test]
            fn buf_shares_or_copies_but_never_shows_later_writes() {
                $crate::resident::buf_shares_or_copies_but_never_shows_later_writes::<$stream>();
            }
            #[test]
            fn buf_never_goes_past_the_end() {
                $crate::resident::buf_never_goes_past_the_end::<$stream>();
            }
            #[test]
            fn equal_is_what_has_equal_contents() {
                $crate::resident::equal_is_what_has_equal_contents::<$stream>();
            }
        }
    };
}

/// What these tests ask of a type.
pub trait ResidentStream:
    CloneStream + Resident + Buf + Clone + Default + From<Vec<u8>> + From<Bytes> + for<'a> From<&'a [u8]> + Eq
{
}

impl<S> ResidentStream for S where
    S: CloneStream
        + Resident
        + Buf
        + Clone
        + Default
        + From<Vec<u8>>
        + From<Bytes>
        + for<'a> From<&'a [u8]>
        + Eq
{
}

/// Streams of that type with contents of several lengths in every layout, at position 0; afterwards, nobody who
/// shares their memory has seen a change.
fn in_every_layout<S: ResidentStream>(mut show: impl FnMut(&mut S, &[u8])) {
    for &layout in Layout::ALL {
        for size in [0, 1, 65, 4097] {
            let contents = sample::bytes(size);
            let (stream, witnesses) = layout.make(&candidate::<S>(), &contents).expect("there is memory");
            let stream: Box<dyn Any> = stream;
            let mut stream = stream.downcast::<S>().expect("the candidate makes this type");
            show(&mut stream, &contents);
            witnesses.iter().for_each(Witness::testify);
        }
    }
}

fn seek<S: Seek>(stream: &mut S, position: u64) {
    stream.seek(SeekFrom::Start(position)).expect("any position is one");
}

fn joined(slices: &[IoSlice<'_>]) -> Vec<u8> {
    slices.iter().flat_map(|slice| slice.iter().copied()).collect()
}

#[doc(hidden)]
pub fn chunks_are_the_contents<S: ResidentStream>() {
    in_every_layout::<S>(|s, contents| {
        // Wherever the last read or edit was.
        for was in [0, contents.len() / 2] {
            let mut byte = [0];
            seek(s, was as u64);
            let n = s.read(&mut byte).expect("a read");
            s.splice(was as u64..(was + n) as u64, &byte[..n]).expect("one byte, as it was");
            seek(s, 7);
            assert_same(&s.chunks().collect::<Vec<_>>().concat(), contents, "the chunks in turn");
            assert!(s.chunks().all(|chunk| !chunk.is_empty()));
            for offset in sample::positions(contents.len()).into_iter().chain([u64::MAX]) {
                let expected = behind(contents, offset);
                let chunk = s.chunk_at(offset);
                assert_eq!(chunk.is_empty(), expected.is_empty(), "empty where no byte is, and only there");
                assert!(expected.starts_with(chunk));
                let mut slices = [IoSlice::new(&[]); 3];
                let n = s.io_slices(offset, &mut slices);
                let shown = joined(&slices[..n]);
                assert!(expected.starts_with(&shown));
                assert!(n == slices.len() || shown.len() == expected.len());
            }
            assert_eq!(s.tell(), 7);
        }
    });
}

#[doc(hidden)]
pub fn buf_is_what_is_left_from_the_position_on<S: ResidentStream>() {
    in_every_layout::<S>(|s, contents| {
        for position in sample::positions(contents.len()).into_iter().chain([u64::MAX]) {
            let mut expected = behind(contents, position);
            seek(s, position);
            for step in [1, 2, 60, 1000, 1].into_iter().cycle() {
                assert_eq!((s.remaining(), s.has_remaining()), (expected.len(), !expected.is_empty()));
                assert!(expected.starts_with(s.chunk()));
                assert_eq!(s.chunk().is_empty(), expected.is_empty());
                let mut slices = [IoSlice::new(&[]); 2];
                let n = s.chunks_vectored(&mut slices);
                assert!(expected.starts_with(&joined(&slices[..n])));
                assert!(n > 0 || expected.is_empty());
                if expected.is_empty() {
                    break;
                }
                if step == 1 {
                    assert_eq!(s.get_u8(), expected.get_u8());
                } else {
                    let n = step.min(expected.len());
                    let mut copy = vec![0; n];
                    s.copy_to_slice(&mut copy);
                    assert_same(&copy, &expected[..n], "what was copied");
                    expected.advance(n);
                }
            }
            assert_eq!(s.tell(), position.max(contents.len() as u64));
            assert!(s.try_get_u16().is_err());
        }
        seek(s, 0);
        assert_same(
            &{ Buf::take(&mut *s, 100) }.copy_to_bytes(contents.len().min(100)),
            &contents[..contents.len().min(100)],
            "100",
        );
        assert_contents(s, contents, "after it was read as a Buf");
    });
}

#[doc(hidden)]
pub fn buf_shares_or_copies_but_never_shows_later_writes<S: ResidentStream>() {
    in_every_layout::<S>(|s, contents| {
        let half = contents.len() / 2;
        let first = s.copy_to_bytes(half);
        let second = s.copy_to_bytes(contents.len() - half);
        assert_eq!(s.tell(), contents.len() as u64);
        seek(s, 0);
        s.write_all(&sample::other_bytes(contents.len())).expect("a write");
        assert_same(&[first, second].concat(), contents, "values that are held through a write (law R4)");
    });
}

#[doc(hidden)]
pub fn buf_never_goes_past_the_end<S: ResidentStream>() {
    in_every_layout::<S>(|s, contents| {
        for position in sample::positions(contents.len()).into_iter().chain([u64::MAX]) {
            for n in [1, contents.len() + 1, usize::MAX] {
                seek(s, position);
                s.advance(n);
                let left = behind(contents, position).len();
                assert_eq!(s.tell(), position + left.min(n) as u64, "as `consume` (law R3)");
            }
            seek(s, position);
            s.advance(0);
            assert_eq!(s.tell(), position);
        }
    });
}

#[doc(hidden)]
pub fn equal_is_what_has_equal_contents<S: ResidentStream>() {
    in_every_layout::<S>(|s, contents| {
        let mut other = S::from(contents);
        seek(&mut other, 3);
        assert!(*s == other, "whatever the positions");
        assert!(*s == s.clone());
        if !contents.is_empty() {
            for at in [0, contents.len() / 2, contents.len() - 1] {
                let mut changed = contents.to_vec();
                changed[at] ^= 1;
                assert!(*s != S::from(changed), "byte {at} differs");
            }
            assert!(*s != S::from(&contents[1..]) && S::from(&contents[1..]) != *s);
            assert!(*s != S::from(&contents[..contents.len() - 1]));
        }
        assert!(*s != S::from([contents, b"1"].concat()));
    });
}
