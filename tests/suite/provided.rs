//! What the traits provide, where nothing faster is put in its place: every backend here overrides it.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use anystream::{ByteStream, Bytes, Storage, VecStream, memory, stream_type};
use anystream_tests::{CASES, Layout, candidate, run};

stream_type! {
    /// A stream over the least that a storage must say.
    struct LeastStream(LeastStorage);
}

/// The four methods that are required.
#[derive(Default, Clone)]
struct LeastStorage(Vec<u8>);

impl Storage for LeastStorage {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(memory::copy_from(memory::tail(&self.0, offset), buf))
    }

    /// Short runs, so that whatever reads has to ask again.
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        let rest = memory::tail(&self.0, offset);
        Ok(&rest[..rest.len().min(7)])
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        memory::splice(&mut self.0, range.start as usize..range.end as usize, with)
    }
}

impl From<Vec<u8>> for LeastStorage {
    fn from(bytes: Vec<u8>) -> Self {
        LeastStorage(bytes)
    }
}

impl From<&[u8]> for LeastStorage {
    fn from(bytes: &[u8]) -> Self {
        LeastStorage(bytes.into())
    }
}

impl From<Bytes> for LeastStorage {
    fn from(bytes: Bytes) -> Self {
        LeastStorage(bytes.into())
    }
}

/// A stream written by hand that says no more than it must.
struct ByHand(VecStream);

impl Read for ByHand {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl BufRead for ByHand {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }
    fn consume(&mut self, n: usize) {
        self.0.consume(n);
    }
}

impl Write for ByHand {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for ByHand {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl ByteStream for ByHand {
    fn tell(&self) -> u64 {
        self.0.tell()
    }
    fn len(&self) -> u64 {
        self.0.len()
    }
    fn getvalue(&mut self) -> io::Result<Bytes> {
        self.0.getvalue()
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buf)
    }
    fn read_bytes(&mut self, n: usize) -> io::Result<Bytes> {
        self.0.read_bytes(n)
    }
    fn write_bytes(&mut self, data: Bytes) -> io::Result<()> {
        self.0.write_bytes(data)
    }
    fn truncate(&mut self, size: u64) -> io::Result<()> {
        self.0.truncate(size)
    }
    fn set_len(&mut self, size: u64) -> io::Result<()> {
        self.0.set_len(size)
    }
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        self.0.splice(range, with)
    }
}

/// Each case once, each time in another layout.
#[test]
fn the_least_that_a_storage_must_say_makes_a_stream_that_keeps_the_laws() {
    for (number, case) in CASES.iter().enumerate() {
        run(&candidate::<LeastStream>(), case.name, Layout::ALL[number % Layout::ALL.len()], &[]);
    }
}

#[test]
fn t1_a_stream_by_hand_is_empty_if_it_has_no_bytes() -> io::Result<()> {
    let mut s = ByHand(VecStream::new());
    assert!(s.is_empty());
    s.seek(SeekFrom::Start(5))?;
    assert!(s.is_empty(), "wherever the position is");
    s.write_all(b"x")?;
    assert!(!s.is_empty());
    Ok(())
}

#[test]
fn e1_a_stream_by_hand_inserts_and_removes() -> io::Result<()> {
    let mut s = ByHand(VecStream::from(b"hello"));
    s.insert(2, b"--")?;
    assert_eq!(s.getvalue()?, "he--llo");
    s.remove(1..4)?;
    assert_eq!((s.tell(), &s.getvalue()?[..]), (0, &b"hllo"[..]));
    assert_eq!(s.insert(5, b"x").expect_err("past the end").kind(), ErrorKind::InvalidInput);
    assert_eq!(s.remove(3..5).expect_err("past the end").kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
fn f1_text_that_was_there_stays_when_what_is_read_spans_runs() {
    let mut s = LeastStream::from(b"hello, reader of many runs");
    let mut text = String::from("it said: ");
    s.read_to_string(&mut text).expect("it is UTF-8");
    assert_eq!(text, "it said: hello, reader of many runs");

    let mut s = LeastStream::from(b"hello, reader\xff of many runs");
    s.seek(SeekFrom::Start(3)).expect("a position");
    let error = s.read_to_string(&mut text).expect_err("it is not UTF-8");
    assert!(error.to_string().starts_with("the byte at 13 is not valid UTF-8"), "{error}");
    assert_eq!((text.as_str(), s.tell()), ("it said: hello, reader of many runs", 3));
    let mut empty = String::new();
    assert!(s.read_line(&mut empty).is_err());
    assert_eq!((empty.as_str(), s.tell()), ("", 3));
}

stream_type! {
    /// A stream whose storage grows piece by piece, and has no more than so much room.
    struct FullStream(FullStorage);
}

#[derive(Default, Clone)]
struct FullStorage(LeastStorage);

impl FullStorage {
    const ROOM: u64 = 50_000;
}

impl Storage for FullStorage {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buf)
    }

    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        self.0.run_at(offset)
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        if self.len() - (range.end - range.start) + with.len() as u64 > Self::ROOM {
            return Err(ErrorKind::StorageFull.into());
        }
        self.0.splice(range, with)
    }
}

impl<B> From<B> for FullStorage
where
    LeastStorage: From<B>,
{
    fn from(bytes: B) -> Self {
        FullStorage(bytes.into())
    }
}

#[test]
fn f1_growth_that_fails_half_way_is_taken_back() {
    for before in [0, 1, 20_000] {
        let contents = anystream_tests::sample::bytes(before);
        let mut s = FullStream::from(contents.clone());
        assert_eq!(s.set_len(FullStorage::ROOM + 1).expect_err("no room").kind(), ErrorKind::StorageFull);
        assert_eq!((s.tell(), s.len()), (0, before as u64));
        s.seek(SeekFrom::Start(FullStorage::ROOM)).expect("a position");
        assert_eq!(s.write(b"!").expect_err("no room").kind(), ErrorKind::StorageFull);
        assert_eq!((s.tell(), s.len()), (FullStorage::ROOM, before as u64));
        assert!(s.getvalue().expect("the contents") == contents);
        s.set_len(FullStorage::ROOM).expect("there is just this room");
    }
}
