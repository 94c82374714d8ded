//! `write_to` whatever takes bytes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;

use anystream::{ByteStream, Bytes, RopeStream};
use anystream_tests::sample;

/// Several megabytes in hundreds of pieces of every kind: chunks, shared pieces, holes, edits.
fn rope() -> io::Result<(RopeStream, Vec<u8>)> {
    let mut rope = RopeStream::new();
    for part in 0..40 {
        rope.write_all(&sample::bytes(30_000 + part))?;
        rope.write_bytes(Bytes::from(sample::other_bytes(20_000)))?;
        rope.seek(SeekFrom::Current(10_000))?;
    }
    for at in (0..2_000_000).step_by(20_011) {
        rope.splice(at..at + 3, b"edited")?;
    }
    let mut contents = vec![0; rope.len() as usize];
    assert_eq!(rope.read_at(0, &mut contents)?, contents.len());
    Ok((rope, contents))
}

#[test]
fn a_rope_is_written_to_a_vector() -> io::Result<()> {
    let (rope, contents) = rope()?;
    let mut out = b"before ".to_vec();
    assert_eq!(rope.write_to(&mut out)?, contents.len() as u64);
    assert!(out.strip_prefix(b"before ") == Some(&contents[..]));
    Ok(())
}

/// The other end reads slowly, so that the socket takes part of what it is given.
#[test]
fn a_rope_is_written_to_a_socket() -> io::Result<()> {
    let (rope, contents) = rope()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let reader = thread::spawn(move || -> io::Result<Vec<u8>> {
        let (mut socket, _) = listener.accept()?;
        let mut received = Vec::new();
        let mut buf = [0; 5000];
        loop {
            match socket.read(&mut buf)? {
                0 => return Ok(received),
                n => received.extend_from_slice(&buf[..n]),
            }
            thread::yield_now();
        }
    });
    let mut socket = TcpStream::connect(address)?;
    assert_eq!(rope.write_to(&mut socket)?, contents.len() as u64);
    drop(socket);
    assert!(reader.join().expect("the reader has not panicked")? == contents);
    Ok(())
}

#[test]
fn a_rope_is_written_to_a_file() -> io::Result<()> {
    /// Removed at the end, however that comes.
    struct Temporary(PathBuf);
    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }
    let (rope, contents) = rope()?;
    let name = format!("anystream-rope-output-{}", std::process::id());
    let path = Temporary(std::env::temp_dir().join(name));
    assert_eq!(rope.write_to(&mut File::create(&path.0)?)?, contents.len() as u64);
    assert!(fs::read(&path.0)? == contents);
    Ok(())
}

#[test]
fn the_error_of_a_writer_comes_through() -> io::Result<()> {
    /// Has room for so many bytes.
    struct Disk(usize);
    impl Write for Disk {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let n = data.len().min(self.0);
            self.0 -= n;
            Ok(n)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (rope, contents) = rope()?;
    let error = rope.write_to(&mut Disk(contents.len() - 1)).expect_err("one byte too few");
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(rope.write_to(&mut Disk(contents.len()))?, contents.len() as u64);
    Ok(())
}

#[test]
fn a_writer_that_is_interrupted_is_asked_again() -> io::Result<()> {
    /// Every other time it has taken nothing.
    #[derive(Default)]
    struct Interrupted {
        taken: Vec<u8>,
        calls: usize,
    }
    impl Write for Interrupted {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            if self.calls.is_multiple_of(2) {
                self.taken.write(data)
            } else {
                Err(io::ErrorKind::Interrupted.into())
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (rope, contents) = rope()?;
    let mut out = Interrupted::default();
    assert_eq!(rope.write_to(&mut out)?, contents.len() as u64);
    assert!(out.taken == contents);
    Ok(())
}

#[test]
fn the_error_of_a_reader_says_where_it_is_no_text() {
    let rope = RopeStream::from(b"text \xff".repeat(10));
    let mut reader = rope.reader_at(3);
    let mut text = "before ".to_owned();
    let error = reader.read_to_string(&mut text).expect_err("no text");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().starts_with("the byte at 5 is"), "{error}");
    assert_eq!((reader.tell(), text.as_str()), (3, "before "));
}

#[test]
fn what_debug_shows_of_readers_and_chunks_is_short() {
    let rope = RopeStream::from(b"secret".repeat(10_000));
    assert_eq!(format!("{:?}", rope.reader_at(7)), "RopeReader { position: 7, len: 60000 }");
    let chunks = format!("{:?}", rope.chunks());
    assert!(chunks.starts_with("Chunks") && chunks.len() < 100, "{chunks}");
}
