//! What has no type of its own among the backends: `Stream` over a storage as it is, and what reads a borrowed stream.

use std::io::{self, BufRead, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use anystream::bytes::Buf;
use anystream::{Backend, ByteStream, ByteStreamExt, Bytes, Resident, Storage, Stream, VecStream, memory};

/// Shows three bytes at a time, and has no memory for values.
#[derive(Default)]
struct Narrow(Vec<u8>);

impl Resident for Narrow {
    fn chunk_at(&self, offset: u64) -> &[u8] {
        let rest = memory::tail(&self.0, offset);
        &rest[..rest.len().min(3)]
    }
}

impl Storage for Narrow {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(memory::copy_from(memory::tail(&self.0, offset), buf))
    }

    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        Ok(Resident::chunk_at(self, offset))
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        memory::splice(&mut self.0, range.start as usize..range.end as usize, with)
    }

    fn share(&mut self, _: Range<u64>) -> io::Result<Bytes> {
        Err(ErrorKind::OutOfMemory.into())
    }
}

fn narrow(contents: &[u8]) -> Stream<Narrow> {
    Stream::over(Narrow(contents.to_vec()))
}

#[test]
fn bare_streams_are_equal_if_their_contents_are() {
    let mut stream = narrow(b"seven..");
    stream.seek(SeekFrom::End(0)).expect("a seek");
    for (other, equal) in [
        (&b"seven.."[..], true),
        (b"seven.", false),
        (b"seven...", false),
        (b"sevem..", false),
        (b"Seven..", false),
        (b"", false),
    ] {
        let (vec, bare) = (VecStream::from(other), narrow(other));
        assert_eq!([stream == vec, stream == bare, stream == *other], [equal; 3], "{other:?}");
    }
}

#[test]
fn a_bare_stream_shows_as_many_chunks_as_there_are_slices() {
    let mut stream = narrow(b"0123456789");
    stream.seek(SeekFrom::Start(2)).expect("a seek");
    for (slices, expected) in [(0, &[][..]), (1, &["234"]), (2, &["234", "567"]), (9, &["234", "567", "89"])]
    {
        let mut shown = vec![IoSlice::new(b"untouched"); slices];
        let n = stream.chunks_vectored(&mut shown);
        let shown: Vec<_> =
            shown[..n].iter().map(|slice| std::str::from_utf8(slice).expect("text")).collect();
        assert_eq!(shown, expected);
    }
}

/// `Buf` has no way to say that there is no memory to share: then it is copied.
#[test]
fn what_cannot_be_shared_is_copied_for_a_buf() {
    let mut stream = narrow(b"0123456789");
    stream.advance(2);
    assert_eq!(stream.copy_to_bytes(5), "23456");
    assert_eq!((stream.tell(), stream.remaining()), (7, 3));
}

#[test]
fn a_reader_tells_where_it_is_and_moves_nobody() {
    let mut stream = VecStream::new();
    stream.write_all(b"hello").expect("room");
    let mut reader = stream.reader_at(1);
    let mut two = [0; 2];
    assert_eq!(reader.tell(), 1);
    reader.read_exact(&mut two).expect("two bytes");
    assert_eq!((reader.tell(), &two), (3, b"el"));
    let mut again = reader.clone();
    reader.seek(SeekFrom::End(4)).expect("a seek");
    assert_eq!((reader.tell(), again.tell()), (9, 3));
    assert_eq!(
        (reader.fill_buf().expect("nothing"), again.fill_buf().expect("the rest")),
        (&b""[..], &b"lo"[..])
    );
    assert_eq!(stream.tell(), 5);
}

#[test]
fn what_debug_shows_is_the_position_and_the_length_but_no_contents() {
    let mut stream = Stream::over(Narrow(b"secret".repeat(1000)));
    stream.seek(SeekFrom::Start(17)).expect("a seek");
    assert_eq!(format!("{stream:?}"), "Stream { position: 17, len: 6000 }");
    assert_eq!(format!("{:?}", stream.reader_at(7)), "Reader { position: 7, len: 6000 }");
    assert_eq!(format!("{:?}", stream.readlines(80)), "Lines { position: 17, limit: 80 }");
}

#[test]
fn an_unknown_backend_is_told_which_there_are() {
    let error = "cord".parse::<Backend>().expect_err("no backend").to_string();
    let names: Vec<_> =
        Backend::ALL.iter().chain(Backend::WITH_PARAMETERS).map(ToString::to_string).collect();
    assert_eq!(error, format!("there is no backend `cord`; there are: {}", names.join(", ")));
}
