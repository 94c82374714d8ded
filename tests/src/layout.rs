//! The ways in which the same contents come about.

use std::io::Write;

use anystream_core::{ByteStream, Bytes};

use crate::pair::{assert_contents, assert_same};
use crate::{Candidate, CloneStream};

macro_rules! layouts {
    ($($layout:ident $name:ident $meaning:literal;)*) => {
        /// How the contents of a stream under test came about, and who shares its memory.
        ///
        /// No law depends on it: that is what running every case in every layout shows.
        ///
        /// ```
        /// use anystream_tests::Layout;
        /// assert_eq!(Layout::ValueHeld.name(), "value_held");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Layout {
            $(#[doc = $meaning] $layout,)*
        }

        impl Layout {
            /// Every layout.
            ///
            /// ```
            /// assert!(anystream_tests::Layout::ALL.len() > 10);
            /// ```
            pub const ALL: &'static [Layout] = &[$(Layout::$layout,)*];

            /// As it stands in the name of a test.
            ///
            /// ```
            /// assert_eq!(anystream_tests::Layout::OverAHole.name(), "over_a_hole");
            /// ```
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Layout::$layout => stringify!($name),)*
                }
            }
        }

        /// One test for each layout, inside a module named after the case.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! conformance_case {
            ($case:ident) => {
                mod $case {
                    $(
                        #[test]
                        fn $name() {
                            $crate::run(
                                &super::candidate_under_test(),
                                $crate::reexports::std::stringify!($case),
                                $crate::Layout::$layout,
                                super::DECLINED,
                            );
                        }
                    )*
                }
            };
        }
    };
}

layouts! {
    FromVec from_vec "Taken over from a `Vec`.";
    FromSlice from_slice "Copied from a slice.";
    FromBytes from_bytes "Taken over from `Bytes` that nobody else holds.";
    FromHeldBytes from_held_bytes "Taken over from a part of `Bytes` that somebody else holds.";
    Written written "Written in one piece.";
    WrittenInPieces written_in_pieces "Written in pieces, single bytes first, then of odd lengths.";
    Inserted inserted "Inserted before what was there, and in its middle.";
    Carved carved "What remained when everything around and inside it was removed.";
    AfterLongerContents after_longer_contents "Written over longer contents, which were then truncated: stale bytes lie behind.";
    AfterEmptying after_emptying "Written after longer contents were truncated to nothing.";
    OverAHole over_a_hole "Written with far seeks that leave a hole wherever there are zeros.";
    ValueHeld value_held "Shared with a value from `getvalue` that is held.";
    PartHeld part_held "Shared with values from `read_bytes` that are held.";
    ValueDropped value_dropped "Shared with a value from `getvalue` until that was dropped.";
    CloneHeld clone_held "Shared with a clone that is held.";
    Cloned cloned "A clone whose original is held.";
    FromHeldValue from_held_value "Taken over from the value of another stream, which goes on holding it.";
}

/// Somebody else who can see what the stream's contents were, and must go on seeing just that.
pub(crate) enum Witness {
    Value { value: Bytes, contents: Vec<u8> },
    Stream { stream: Box<dyn CloneStream>, position: u64, contents: Vec<u8> },
}

impl Witness {
    /// Panics if the witness saw something change (laws I1, R4, V1).
    pub(crate) fn testify(&self) {
        match self {
            Witness::Value { value, contents } => {
                assert_same(value, contents, "a held value after later calls (laws R4, V1)");
            }
            Witness::Stream { stream, position, contents } => {
                assert_eq!(
                    stream.tell(),
                    *position,
                    "the position of a clone after calls on the other (law I1)"
                );
                assert_contents(&**stream, contents, "of a clone after calls on the other (law I1)");
            }
        }
    }
}

impl Layout {
    /// A stream that holds `contents`, at position 0, and the witnesses of what it shares.
    pub(crate) fn make(
        self,
        candidate: &dyn Candidate,
        contents: &[u8],
    ) -> std::io::Result<(Box<dyn CloneStream>, Vec<Witness>)> {
        let value_of = |value: Bytes| Witness::Value { contents: value.to_vec(), value };
        let stream_of = |stream: Box<dyn CloneStream>| Witness::Stream {
            position: stream.tell(),
            contents: contents.to_vec(),
            stream,
        };
        let mut witnesses = Vec::new();
        let mut stream = match self {
            Layout::FromVec => candidate.with_vec(contents.to_vec()),
            Layout::FromSlice => candidate.with_slice(contents),
            Layout::FromBytes => candidate.with_bytes(Bytes::copy_from_slice(contents)),
            Layout::FromHeldBytes => {
                let around = Bytes::from([b"before", contents, b"behind"].concat());
                let part = around.slice(6..6 + contents.len());
                witnesses.push(value_of(around));
                candidate.with_bytes(part)
            }
            Layout::FromHeldValue => {
                let mut other = candidate.with_slice(contents);
                let value = other.getvalue()?;
                witnesses.push(stream_of(other));
                candidate.with_bytes(value)
            }
            _ => candidate.empty(),
        };
        match self {
            Layout::FromVec
            | Layout::FromSlice
            | Layout::FromBytes
            | Layout::FromHeldBytes
            | Layout::FromHeldValue => {}
            Layout::Written => stream.write_all(contents)?,
            Layout::WrittenInPieces => {
                let mut rest = contents;
                for count in 0.. {
                    let len = if count < 130 { 1 } else { (count - 129) * 37 % 613 };
                    let (piece, behind) = rest.split_at(len.min(rest.len()));
                    stream.write_all(piece)?;
                    rest = behind;
                    if rest.is_empty() {
                        break;
                    }
                }
            }
            Layout::Inserted => {
                let (first, rest) = contents.split_at(contents.len() / 3);
                let (middle, last) = rest.split_at(rest.len() / 2);
                stream.insert(0, last)?;
                stream.insert(0, first)?;
                for (i, piece) in middle.chunks(700).enumerate() {
                    stream.insert((first.len() + i * 700) as u64, piece)?;
                }
            }
            Layout::Carved => {
                let (first, last) = contents.split_at(contents.len() / 2);
                let junk = [0xAA; 5000];
                stream.write_all(&[&junk, first, &junk, last, &junk].concat())?;
                stream.truncate((10_000 + contents.len()) as u64)?;
                stream.remove((5000 + first.len()) as u64..(10_000 + first.len()) as u64)?;
                stream.remove(0..5000)?;
            }
            Layout::AfterLongerContents => {
                stream.write_all(&vec![0xAA; contents.len() + 9000])?;
                stream.rewind()?;
                stream.write_all(contents)?;
                stream.truncate(contents.len() as u64)?;
            }
            Layout::AfterEmptying => {
                stream.write_all(&vec![0xAA; contents.len() + 300])?;
                stream.truncate(0)?;
                stream.rewind()?;
                stream.write_all(contents)?;
            }
            Layout::OverAHole => {
                for (at, piece) in
                    contents.chunks(16).enumerate().filter(|(_, piece)| piece.iter().any(|&b| b != 0))
                {
                    stream.seek(std::io::SeekFrom::Start(at as u64 * 16))?;
                    stream.write_all(piece)?;
                }
                stream.set_len(contents.len() as u64)?;
            }
            Layout::ValueHeld => {
                stream.write_all(contents)?;
                witnesses.push(value_of(stream.getvalue()?));
            }
            Layout::PartHeld => {
                stream.write_all(contents)?;
                stream.rewind()?;
                witnesses.push(value_of(stream.read_bytes(contents.len() / 2)?));
                witnesses.push(value_of(stream.read_bytes(usize::MAX)?));
            }
            Layout::ValueDropped => {
                stream.write_all(contents)?;
                drop(stream.getvalue()?);
            }
            Layout::CloneHeld => {
                stream.write_all(contents)?;
                witnesses.push(stream_of(stream.clone_boxed()));
            }
            Layout::Cloned => {
                stream.write_all(contents)?;
                let clone = stream.clone_boxed();
                witnesses.push(stream_of(std::mem::replace(&mut stream, clone)));
            }
        }
        stream.rewind()?;
        Ok((stream, witnesses))
    }
}
