//! Other crates' traits on every stream.

use std::fmt::Debug;
use std::future::Future;
use std::io::{ErrorKind, IoSlice, IoSliceMut, Seek, SeekFrom, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use anystream::bytes::Buf;
use anystream::{AnyStream, Backend, ByteStream, Limited, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_tests::{resident, sample};
use arbitrary::{Arbitrary, Unstructured};
use serde_json::json;

resident!(resident_vec, VecStream);
resident!(resident_small, SmallStream);
resident!(resident_small_5, SmallStream<5>);
resident!(resident_rope, RopeStream);
resident!(resident_ropey, RopeyStream);
resident!(resident_any, AnyStream);

/// Calls a generic function for each stream type.
macro_rules! for_every_stream {
    ($show:ident) => {
        $show::<VecStream>();
        $show::<SmallStream>();
        $show::<SmallStream<5>>();
        $show::<RopeStream>();
        $show::<RopeyStream>();
        $show::<AnyStream>();
        $show::<crate::deque::DequeStream>();
    };
}

fn contents<S: ByteStream + ?Sized>(stream: &mut S) -> Vec<u8> {
    stream.getvalue().expect("the contents").to_vec()
}

#[test]
fn extend_writes_at_the_position() {
    fn show<S: ByteStream + Extend<u8> + From<Vec<u8>>>() {
        for len in [0, 1, 3, 1023, 1024, 1025, 5000] {
            let mut s = S::from(b"hello".to_vec());
            s.seek(SeekFrom::Start(4)).expect("a position");
            let added = sample::bytes(len);
            s.extend(added.iter().copied());
            assert_eq!(s.tell(), 4 + len as u64);
            let expected = [b"hell", &added[..], &b"o"[..usize::from(len == 0)]].concat();
            assert!(contents(&mut s) == expected, "{len} bytes at position 4");
        }
    }
    for_every_stream!(show);
}

#[test]
fn extend_does_not_hide_a_write_that_fails() {
    let mut s = VecStream::new();
    s.seek(SeekFrom::Start(u64::MAX)).expect("a position");
    let refused = std::panic::catch_unwind(move || s.extend([1]));
    let said = *refused.expect_err("there is no such place").downcast::<String>().expect("a message");
    assert!(said.contains("cannot be added to the stream: "), "{said}");
}

#[test]
fn n2_a_stream_collected_from_bytes_is_at_position_0() {
    fn show<S: ByteStream + FromIterator<u8>>() {
        let bytes = sample::bytes(5000);
        let mut s: S = bytes.iter().copied().collect();
        assert_eq!(s.tell(), 0);
        assert!(contents(&mut s) == bytes);
    }
    for_every_stream!(show);
}

#[test]
fn streams_of_different_backends_are_equal_by_contents() {
    let bytes = sample::bytes(70_000);
    let rope = RopeStream::from(bytes.clone());
    for &backend in Backend::ALL {
        let mut any = backend.stream_from(bytes.clone().into());
        let value = anystream::Bytes::from(bytes.clone());
        assert!(any == rope);
        assert!(rope == any);
        any.seek(SeekFrom::Start(7)).expect("a position");
        assert!(any == rope && any == bytes && any == bytes[..] && any == value);
        any.write_all(b"!").expect("a write");
        assert!(any != rope && any != bytes);
        assert!(rope != any);
    }
    assert_eq!(VecStream::from(b"hello"), b"hello");
    assert_eq!(VecStream::from(b"hello"), "hello");
    assert_eq!(Limited::new(VecStream::from(b"hello"), 5), SmallStream::<3>::from(b"hello"));
    assert_ne!(VecStream::new(), [0]);
    assert_eq!(VecStream::new(), []);
}

#[test]
fn limited_streams_are_bufs() {
    let mut s = Limited::new(RopeStream::from(b"\x01\x02hello"), 7);
    assert_eq!((s.get_u16(), s.remaining()), (0x0102, 5));
    assert_eq!(s.copy_to_bytes(5), "hello");
    assert_eq!(s.tell(), 7);
}

#[test]
fn buf_says_what_was_asked_for_and_what_is_left() {
    let mut s = RopeStream::from(b"hello");
    s.advance(2);
    let refused = std::panic::catch_unwind(move || s.copy_to_bytes(4));
    let said = *refused.expect_err("`Buf` asks for it").downcast::<String>().expect("a message");
    assert_eq!(said, "4 bytes were asked for at position 2, where 3 are left");
}

/// What a future gives that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn tokio_reads_writes_and_seeks_at_once() {
    use tokio::io::{
        AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite,
        AsyncWriteExt,
    };

    fn show<S>()
    where
        S: ByteStream + AsyncRead + AsyncBufRead + AsyncWrite + AsyncSeek + Unpin + From<Vec<u8>> + Clone,
    {
        let bytes = sample::bytes(5000);
        at_once(async {
            let mut s = S::from(Vec::new());
            AsyncWriteExt::write_all(&mut s, &bytes).await.expect("a write");
            let pieces = [IoSlice::new(b"one "), IoSlice::new(b"two\n")];
            assert!(AsyncWrite::is_write_vectored(&s));
            assert_eq!(AsyncWriteExt::write_vectored(&mut s, &pieces).await.expect("a write"), 8, "law W4");
            AsyncWriteExt::flush(&mut s).await.expect("nothing to do");
            AsyncWriteExt::shutdown(&mut s).await.expect("nothing to do");
            assert_eq!(s.tell(), 5008);
            let mut rest = Vec::new();
            assert_eq!(
                AsyncReadExt::read_to_end(&mut s, &mut rest).await.expect("nothing"),
                0,
                "it is at the end"
            );
            assert_eq!(AsyncSeekExt::seek(&mut s, SeekFrom::Start(5000)).await.expect("a position"), 5000);
            let mut line = String::new();
            AsyncBufReadExt::read_line(&mut s, &mut line).await.expect("a line");
            assert_eq!(line, "one two\n");
            let beyond = AsyncSeekExt::seek(&mut s, SeekFrom::Current(-6000)).await;
            assert_eq!(beyond.expect_err("before the start").kind(), ErrorKind::InvalidInput, "law S2");
            assert_eq!(AsyncSeekExt::stream_position(&mut s).await.expect("a position"), 5008);
            AsyncSeekExt::rewind(&mut s).await.expect("a position");
            let mut first = vec![0; 4999];
            assert_eq!(
                AsyncReadExt::read(&mut s, &mut first).await.expect("a read"),
                4999,
                "law R1: short at the end alone"
            );
            assert!(first == bytes[..4999]);
            AsyncReadExt::read_to_end(&mut s, &mut rest).await.expect("the rest");
            assert!(rest == [&bytes[4999..], b"one two\n"].concat());

            let mut from = s.clone();
            AsyncSeekExt::rewind(&mut from).await.expect("a position");
            let mut to = S::from(Vec::new());
            assert_eq!(tokio::io::copy(&mut from, &mut to).await.expect("a copy"), 5008);
            assert!(contents(&mut to) == contents(&mut s));
        });
    }
    for_every_stream!(show);
}

#[test]
fn tokio_may_not_write_past_a_limit() {
    use tokio::io::AsyncWriteExt;
    let mut s = Limited::new(VecStream::new(), 4);
    let refused = at_once(AsyncWriteExt::write_all(&mut s, b"hello"));
    assert_eq!(refused.expect_err("over the limit").kind(), ErrorKind::QuotaExceeded);
    assert_eq!((s.tell(), s.len()), (0, 0));
}

#[test]
fn futures_io_reads_writes_and_seeks_at_once() {
    use futures_io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};

    fn ready<T>(poll: Poll<std::io::Result<T>>) -> std::io::Result<T> {
        match poll {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("it waits"),
        }
    }
    fn show<S>()
    where
        S: ByteStream + AsyncRead + AsyncBufRead + AsyncWrite + AsyncSeek + Unpin + From<Vec<u8>>,
    {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut stream = S::from(Vec::new());
        let mut s = Pin::new(&mut stream);
        let bytes = sample::bytes(5000);
        assert_eq!(ready(s.as_mut().poll_write(cx, &bytes)).expect("a write"), 5000);
        let pieces = [IoSlice::new(b"one "), IoSlice::new(b"two\n")];
        assert_eq!(ready(s.as_mut().poll_write_vectored(cx, &pieces)).expect("a write"), 8);
        ready(s.as_mut().poll_flush(cx)).expect("nothing to do");
        ready(s.as_mut().poll_close(cx)).expect("nothing to do");
        assert!(ready(s.as_mut().poll_fill_buf(cx)).expect("nothing").is_empty(), "it is at the end");
        assert_eq!(ready(s.as_mut().poll_seek(cx, SeekFrom::End(-8))).expect("a position"), 5000);
        let refused =
            ready(s.as_mut().poll_seek(cx, SeekFrom::Current(-6000))).expect_err("before the start");
        assert_eq!((refused.kind(), s.tell()), (ErrorKind::InvalidInput, 5000));
        assert!(!ready(s.as_mut().poll_fill_buf(cx)).expect("a run").is_empty());
        s.as_mut().consume(4);
        let (mut word, mut rest) = ([0; 3], [0; 9]);
        let mut bufs = [IoSliceMut::new(&mut word), IoSliceMut::new(&mut rest)];
        assert_eq!(ready(s.as_mut().poll_read_vectored(cx, &mut bufs)).expect("a read"), 4);
        assert_eq!((&word, rest[0]), (b"two", b'\n'));
        ready(s.as_mut().poll_seek(cx, SeekFrom::Start(0))).expect("a position");
        let mut first = vec![0; 4999];
        assert_eq!(ready(s.as_mut().poll_read(cx, &mut first)).expect("a read"), 4999);
        assert!(first == bytes[..4999]);
    }
    for_every_stream!(show);
}

#[test]
fn serde_keeps_contents_and_position() {
    fn show<S>()
    where
        S: ByteStream + From<Vec<u8>> + serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
    {
        for size in [0, 1, 64, 5000] {
            for position in sample::positions(size).into_iter().chain([u64::MAX]) {
                let mut s = S::from(sample::bytes(size));
                s.seek(SeekFrom::Start(position)).expect("a position");
                let text = serde_json::to_string(&s).expect("JSON");
                let mut cbor = Vec::new();
                ciborium::into_writer(&s, &mut cbor).expect("CBOR");
                assert!(cbor.len() < size + 20, "bytes as bytes, where the format has them");
                let again: [S; 2] = [
                    serde_json::from_str(&text).expect("what was written"),
                    ciborium::from_reader(&cbor[..]).expect("what was written"),
                ];
                for again in again {
                    assert_eq!((again.tell(), again.len()), (position, size as u64));
                    assert!(again == s);
                }
                // What one backend wrote another reads.
                let other: AnyStream = serde_json::from_str(&text).expect("what was written");
                assert_eq!(other.tell(), position);
            }
        }
        for wrong in
            [json!(null), json!([[1, 2]]), json!([[256], 0]), json!([[1], -1]), json!([[1], 0, 0]), json!({})]
        {
            assert!(serde_json::from_value::<S>(wrong.clone()).is_err(), "{wrong}");
        }
    }
    for_every_stream!(show);
    let mut s = VecStream::from(b"hi");
    s.seek(SeekFrom::Start(1)).expect("a position");
    assert_eq!(
        serde_json::to_value(&s).expect("JSON"),
        json!([[104, 105], 1]),
        "a pair, as CPython pickles it"
    );
}

#[test]
fn arbitrary_makes_streams_with_positions_within_and_beyond() {
    fn show<S: ByteStream + for<'a> Arbitrary<'a>>() {
        let bytes: Vec<u8> = (0..40_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let (mut within, mut beyond, mut filled) = (0, 0, 0);
        for start in 0..400 {
            let s =
                S::arbitrary(&mut Unstructured::new(&bytes[start * 99..])).expect("there are bytes enough");
            if s.tell() <= s.len() {
                within += 1;
            } else {
                beyond += 1;
            }
            filled += u32::from(!s.is_empty());
        }
        assert!(
            within > 200 && beyond > 10 && filled > 100,
            "{within} within, {beyond} beyond, {filled} filled"
        );
        assert!(S::arbitrary(&mut Unstructured::new(&[])).is_ok_and(|s| s.is_empty()));
    }
    for_every_stream!(show);
}
