//! A writer goes on while other threads read what was there before.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::sync::mpsc;
use std::thread;

use anystream::{ByteStream, RopeStream};
use anystream_tests::sample;

/// A compile-time claim about the type of `_value`.
fn assert_send_and_sync<T: Send + Sync>(_value: &T) {}

#[test]
fn streams_readers_and_chunks_go_to_other_threads() {
    let rope = RopeStream::from(b"hello");
    assert_send_and_sync(&rope);
    assert_send_and_sync(&rope.reader_at(0));
    assert_send_and_sync(&rope.chunks());
    let mut reader = rope.reader_at(1);
    let read = thread::scope(|scope| scope.spawn(move || io::read_to_string(&mut reader)).join());
    assert_eq!(read.expect("no panic").expect("no error"), "ello");
}

/// What a snapshot must show to be the one of its generation: that number all over, in a length that says so too.
fn generation(number: u64) -> Vec<u8> {
    let mut contents = sample::bytes(200_000);
    for at in (0..contents.len()).step_by(1000) {
        contents[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
    contents.resize(contents.len() + number as usize, b'.');
    contents
}

fn verify(snapshot: &RopeStream, number: u64, reader_number: u64) {
    let expected = generation(number);
    assert_eq!(snapshot.len(), expected.len() as u64);
    // Each thread reads in its own way.
    match reader_number {
        0 => {
            let mut all = Vec::new();
            snapshot.reader_at(0).read_to_end(&mut all).unwrap();
            assert!(all == expected, "generation {number}");
        }
        1 => {
            let mut reader = snapshot.reader_at(7);
            let mut at = 7;
            while at < expected.len() {
                let run = reader.fill_buf().unwrap();
                assert!(expected[at..].starts_with(run), "generation {number} at {at}");
                let n = run.len().min(777);
                reader.consume(n);
                at += n;
            }
        }
        2 => {
            let mut reader = snapshot.reader_at(0);
            for at in (0..expected.len() - 64).rev().step_by(313) {
                let mut buf = [0; 64];
                reader.seek(SeekFrom::Start(at as u64)).unwrap();
                reader.read_exact(&mut buf).unwrap();
                assert!(buf == expected[at..at + 64], "generation {number} at {at}");
            }
        }
        _ => {
            let mut all = Vec::new();
            snapshot.write_to(&mut all).unwrap();
            assert!(all == expected, "generation {number}");
        }
    }
}

#[test]
fn i1_a_writer_goes_on_while_threads_read_snapshots() -> io::Result<()> {
    const READERS: u64 = 4;
    const GENERATIONS: u64 = 60;
    let mut rope = RopeStream::from(generation(0));
    thread::scope(|scope| {
        let senders: Vec<_> = (0..READERS)
            .map(|reader_number| {
                let (sender, snapshots) = mpsc::sync_channel::<(u64, RopeStream)>(2);
                scope.spawn(move || {
                    for (number, snapshot) in snapshots {
                        verify(&snapshot, number, reader_number);
                    }
                });
                sender
            })
            .collect();
        for number in 1..=GENERATIONS {
            // One more byte at the end, and the new number in every place; by overwriting, and now and then by
            // removing and inserting.
            let end = rope.len();
            rope.insert(end, b".")?;
            for at in (0..200_000).step_by(1000) {
                if (at / 1000 + number) % 5 == 0 {
                    rope.remove(at..at + 8)?;
                    rope.insert(at, &number.to_le_bytes())?;
                } else {
                    rope.seek(SeekFrom::Start(at))?;
                    rope.write_all(&number.to_le_bytes())?;
                }
            }
            for sender in &senders {
                sender.send((number, rope.clone())).expect("the reader has not panicked");
            }
        }
        Ok(())
    })
}
