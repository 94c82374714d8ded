//! Each example runs on every backend, and does what it says.
#![allow(dead_code)] // each has a `main` too

use std::io::{Cursor, ErrorKind, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::thread;

use anystream::{Backend, ByteStream, VecStream};

#[path = "../examples/codec.rs"]
mod codec;
#[path = "../examples/csv.rs"]
mod csv;
#[path = "../examples/tail.rs"]
mod tail;
#[path = "../examples/undo.rs"]
mod undo;
#[path = "../examples/upload.rs"]
mod upload;
#[path = "../examples/wav.rs"]
mod wav;
#[path = "../examples/zip.rs"]
mod zip_archive;

#[test]
fn an_archive_gives_back_what_was_packed_and_is_the_same_on_every_backend() {
    let long = "a line\n".repeat(5000);
    let files = [("a.txt", long.as_str()), ("b/c.txt", ""), ("d", "short")];
    let mut archives = Vec::new();
    for &backend in Backend::ALL {
        let mut stream = backend.stream();
        zip_archive::pack(&mut stream, &files).expect("an archive");
        for (name, text) in files {
            assert_eq!(zip_archive::unpack(&stream, name).expect("the file"), text);
        }
        assert!(zip_archive::unpack(&stream, "e").is_err());
        archives.push(stream);
    }
    assert!(archives.iter().all(|archive| *archive == archives[0]));
}

#[test]
fn a_sound_has_the_lengths_that_were_patched_in() {
    for &backend in Backend::ALL {
        let mut stream = backend.stream();
        wav::write_wav(&mut stream, wav::tone()).expect("a sound");
        assert_eq!((stream.tell(), stream.len()), (44 + 16_000, 44 + 16_000));
        let value = stream.getvalue().expect("the contents");
        let mut sound = hound::WavReader::new(Cursor::new(&value)).expect("a WAV file");
        assert!(sound.samples::<i16>().map(|sample| sample.expect("a sample")).eq(wav::tone()));
    }
}

#[test]
fn every_step_can_be_undone_and_done_again() {
    let mut document = undo::Document::new(b"one two three".to_vec());
    document.edit(4..7, "2").expect("a range");
    document.edit(0..3, "1").expect("a range");
    assert!(document.edit(5..99, "").is_err(), "outside");
    assert_eq!((document.contents(), document.steps()), (&b"1 2 three"[..].into(), 2));
    assert!(document.undo());
    assert_eq!(*document.contents(), b"one 2 three");
    assert!(document.undo() && !document.undo());
    assert_eq!(*document.contents(), b"one two three");
    assert!(document.redo() && document.redo() && !document.redo());
    assert_eq!(*document.contents(), b"1 2 three");
    document.undo();
    document.edit(0..1, "O").expect("a range");
    assert!(!document.redo(), "another way was taken");
}

#[test]
fn csv_has_quotes_commas_and_lines_within_fields() {
    let text = b"a,b\r\n\"x,\"\"y\"\"\nz\",\r\n,\"\"\nlast";
    for &backend in Backend::ALL {
        let mut stream = backend.stream_from(text.to_vec().into());
        let mut records = Vec::new();
        while let Some(record) = csv::record(&mut stream).expect("records") {
            records.push(record);
        }
        let expected: [&[&[u8]]; 4] = [&[b"a", b"b"], &[b"x,\"y\"\nz", b""], &[b"", b""], &[b"last"]];
        assert_eq!(records, expected);
    }
}

#[test]
fn csv_says_where_it_is_wrong_and_stays_at_the_record() {
    for (text, said) in [
        ("ok\nx,\"never", "the quote at byte 5 is never closed"),
        ("ok\n\"x\"y\n", "at byte 6, a comma or the end of the line was expected"),
    ] {
        let mut stream = VecStream::from(text.as_bytes());
        csv::record(&mut stream).expect("the first");
        assert_eq!(csv::record(&mut stream).expect_err("wrong").to_string(), said);
        assert_eq!(stream.tell(), 3);
    }
}

#[test]
fn a_tail_sees_each_line_once_when_it_is_finished() {
    for &backend in Backend::ALL {
        let mut log = backend.stream();
        let mut tail = tail::Tail::default();
        assert!(tail.new_lines(&log).expect("none").is_empty());
        log.write_all(b"one\ntwo\nthr").expect("a write");
        assert_eq!(tail.new_lines(&log).expect("lines"), ["one", "two"]);
        assert!(tail.new_lines(&log).expect("none").is_empty());
        log.write_all(b"ee\n").expect("a write");
        assert_eq!(tail.new_lines(&log).expect("lines"), ["three"]);
        assert_eq!(log.tell(), 14);
        log.write_all(&[b'x'; 450]).expect("a line that does not end");
        let cut: Vec<_> = tail.new_lines(&log).expect("lines").iter().map(String::len).collect();
        assert_eq!(cut, [200, 200]);
    }
}

#[test]
fn an_upload_is_counted_or_refused_and_the_server_goes_on() {
    let wrong: [(&[u8], &str); 6] = [
        (b"POST / HTTP/1.1\r\n\r\n", "411 "),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", "400 "),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort", "400 "),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501 "),
        (b"\0\0\0", "400 "),
        (b"POST / HT", "400 "),
    ];
    let endless_head = [b"GET / HTTP/1.1\r\nX: ", &[b'x'; 9000][..]].concat();
    for &backend in Backend::ALL {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let server = thread::spawn(move || upload::serve(&listener, backend, 10));
        let ask = |request: &[u8]| upload::ask(address, request).expect("an answer");
        assert!(ask(&upload::post(250)).ends_with("\r\n\r\n250 bytes, 3 lines\n"));
        assert!(ask(&upload::post(65_537)).starts_with("HTTP/1.1 413 Content Too Large\r\n"));
        for (request, status) in wrong {
            assert!(ask(request).starts_with(&format!("HTTP/1.1 {status}")), "{status}");
        }
        assert!(ask(&endless_head).starts_with("HTTP/1.1 431 "));
        assert!(ask(&upload::post(65_536)).ends_with("65536 bytes, 656 lines\n"));
        server.join().expect("no panic").expect("no error");
    }
}

#[tokio::test]
async fn frames_arrive_as_they_were_sent() {
    let lengths = [0, 1, 4096, 70_000, 0, codec::LONGEST as usize, 3];
    for &backend in Backend::ALL {
        let frames = codec::through_a_socket(backend, &lengths).await.expect("frames");
        assert_eq!(frames.len(), lengths.len());
        for (number, (frame, length)) in frames.iter().zip(lengths).enumerate() {
            assert!(*frame == vec![number as u8; length]);
        }
    }
}

#[tokio::test]
async fn a_frame_that_is_cut_or_too_long_is_refused() {
    for (sent, kind) in [
        (&b"\0\0\0\x05hell"[..], ErrorKind::UnexpectedEof),
        (b"\0\0", ErrorKind::UnexpectedEof),
        (b"\xff\xff\xff\xff", ErrorKind::InvalidData),
    ] {
        let mut frames = codec::Frames::new(sent, Backend::Rope);
        assert_eq!(frames.next().await.expect_err("wrong").kind(), kind);
    }
    let mut too_long = Backend::Rope.stream();
    too_long.seek(SeekFrom::Start(u64::from(codec::LONGEST))).expect("a position");
    too_long.write_all(b"!").expect("a write");
    let refused = codec::send(&mut Vec::new(), &mut too_long).await;
    assert_eq!(refused.expect_err("too long").kind(), ErrorKind::InvalidInput);
}
