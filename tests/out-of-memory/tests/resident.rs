//! Law P1 for those who can only look: chunks, `==` and `Buf` show everything without memory too.

use std::io::IoSlice;

use anystream::bytes::Buf;
use anystream::{AnyStream, Backend, ByteStreamExt};
use anystream_out_of_memory::{Refuse, refusing};
use anystream_tests::sample;

/// Made of pieces, none of them ASCII.
fn stream(backend: Backend, contents: &[u8]) -> AnyStream {
    use std::io::Write;
    let mut stream = backend.stream();
    for piece in contents.chunks(700) {
        stream.write_all(piece).expect("there is memory");
    }
    std::io::Seek::rewind(&mut stream).expect("a position");
    stream
}

#[test]
fn p1_chunks_and_equality_need_no_memory() {
    let contents = sample::bytes(40_000);
    for &backend in Backend::ALL {
        for allowed in 0..4 {
            let s = stream(backend, &contents);
            let look = || {
                let mut offset = 0;
                for chunk in s.chunks() {
                    assert!(contents[offset..].starts_with(chunk));
                    offset += chunk.len();
                }
                let mut slices = [IoSlice::new(&[]); 4];
                let n = s.io_slices(39_999, &mut slices);
                (offset, n, s == contents, s == contents[1..])
            };
            let (seen, _) = refusing(Refuse::From(allowed), 0, look);
            assert_eq!(seen, (40_000, 1, true, false), "{backend}, {allowed} allocations allowed");
        }
    }
}

#[test]
fn p1_a_buf_is_read_to_its_end_without_memory() {
    let contents = sample::bytes(5000);
    for &backend in Backend::ALL {
        let mut s = stream(backend, &contents);
        let (mut read, mut seen) = (vec![0; 4999], 0);
        let read_all = || {
            seen = s.get_u8();
            s.copy_to_slice(&mut read);
            s.remaining()
        };
        let (left, _) = refusing(Refuse::From(0), 0, read_all);
        assert_eq!((left, seen), (0, contents[0]), "{backend}");
        assert!(read == contents[1..], "{backend}");
    }
}

#[test]
fn w6_a_lack_of_memory_says_for_what() {
    use std::io::{Seek, SeekFrom, Write};
    for backend in [Backend::Vec, Backend::Small, Backend::Ropey] {
        let mut s = backend.stream_from(sample::bytes(5).into());
        s.seek(SeekFrom::Start(1 << 60)).expect("a position");
        let said = s.write_all(b"!").expect_err("there is no such memory").to_string();
        let expected = "at byte 1152921504606846976 of 5: there is no memory for 1152921504606846977 bytes; \
                        nothing was changed";
        assert!(said.starts_with(expected), "{backend}: {said}");
        let said = anystream::ByteStream::set_len(&mut s, 1 << 60).expect_err("nor for zeros").to_string();
        assert!(
            said.starts_with("at byte 1152921504606846976 of 5: there is no memory for 1152921504606846976 ")
        );
    }
    let mut sparse = anystream::RopeStream::new();
    anystream::ByteStream::set_len(&mut sparse, 1 << 60).expect("a hole");
    let said = anystream::ByteStream::getvalue(&mut sparse).expect_err("one piece").to_string();
    assert!(
        said.starts_with(
            "at byte 0 of 1152921504606846976: there is no memory for 1152921504606846976 bytes"
        )
    );
}
