//! Whoever shares memory with a stream reads it, changes a clone and lets go of it in other threads while the stream
//! goes on. Under ThreadSanitizer (`bash .ci/reliability threads`) an access without an order is found even if no
//! byte comes out wrong.
//!
//! Threads are told to begin by a barrier and of nothing afterwards: an order that a channel or a lock of the test
//! makes would hide one that the stream owes.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::sync::{Barrier, mpsc};
use std::thread;

use anystream::{AnyStream, Backend, ByteStream, Bytes, RopeStream, VecStream};
use anystream_tests::random::Random;
use anystream_tests::{CloneStream, sample};
use anystream_workload::{Expected, Model, Scratch};
use rstest::rstest;

use crate::matrix::on_every_backend;

/// Of contents: more than two of a rope's chunks, and what random calls keep about that long.
const LENGTH: usize = Random::LENGTH;

/// How often memory is shared anew, from contents that the calls of the round before have left.
const ROUNDS: u64 = 6;

/// Long enough for readers to let go while calls are still made, which is when memory may be written again.
const CALLS: usize = 250;

/// Makes random calls on a stream, and sees that it is as the model afterwards.
fn go_on(stream: &mut dyn CloneStream, seed: u64) {
    let mut contents = vec![0; usize::try_from(stream.len()).expect("contents that fit into memory")];
    stream.read_at(0, &mut contents).expect("the contents");
    let mut model = Model::new(&contents);
    stream.rewind().expect("any position is one");
    let (mut random, mut scratch) = (Random::new(seed), Scratch::default());
    for _ in 0..CALLS {
        let op = random.op(model.contents().len());
        match model.apply(&op) {
            Expected::BeyondTheModel => continue,
            Expected::Error(kind) => {
                let answer = op.perform(stream, &mut scratch).map(drop);
                assert_eq!(answer.expect_err("the laws refuse it").kind(), kind, "seed {seed}: {op}");
            }
            _ => drop(
                op.perform(stream, &mut scratch).unwrap_or_else(|error| panic!("seed {seed}: {op}: {error}")),
            ),
        }
    }
    assert_eq!(stream.tell(), model.position(), "seed {seed}");
    read(stream, model.contents(), seed);
}

/// Reads all of it, in one of several ways, and compares.
fn read(stream: &mut dyn CloneStream, expected: &[u8], way: u64) {
    assert_eq!(stream.len(), expected.len() as u64);
    let position = stream.tell();
    stream.rewind().expect("any position is one");
    let mut found = Vec::new();
    match way % 4 {
        0 => drop(stream.read_to_end(&mut found).expect("the contents")),
        1 => {
            // By runs, of which each is used up in two steps.
            loop {
                let run = stream.fill_buf().expect("a run");
                if run.is_empty() {
                    break;
                }
                let n = run.len().div_ceil(2);
                found.extend_from_slice(&run[..n]);
                stream.consume(n);
            }
        }
        2 => {
            found.resize(expected.len(), 0);
            for (index, piece) in found.chunks_mut(777).enumerate().rev() {
                assert_eq!(stream.read_at(777 * index as u64, piece).expect("the contents"), piece.len());
            }
        }
        _ => found.extend_from_slice(&stream.read_bytes(usize::MAX).expect("the contents")),
    }
    assert!(found == expected, "read in the way {}", way % 4);
    stream.seek(SeekFrom::Start(position)).expect("any position is one");
}

/// Runs the jobs, each in a thread of its own, and begins all at once.
fn at_once(jobs: Vec<Box<dyn FnOnce() + Send + '_>>) {
    let begin = Barrier::new(jobs.len());
    thread::scope(|scope| {
        for job in jobs {
            scope.spawn(|| {
                begin.wait();
                job();
            });
        }
    });
}

// Two clones, one read and one changed, the whole value, and a part of it.
on_every_backend! {
    fn i1_what_shares_memory_goes_on_in_threads_while_the_original_is_written(candidate) {
        let mut original = candidate.with_vec(sample::bytes(LENGTH));
        for round in 0..ROUNDS {
            let mut contents = original.getvalue().expect("the contents").to_vec();
            if contents.len() < LENGTH / 2 {
                contents = sample::bytes(LENGTH);
                original.splice(0..original.len(), &contents).expect("there is memory");
            }
            let (mut snapshot, mut branch) = (original.clone_boxed(), original.clone_boxed());
            let value = original.getvalue().expect("the contents");
            original.seek(SeekFrom::Start(100)).expect("any position is one");
            let part = original.read_bytes(LENGTH / 3).expect("a part");
            let expected = contents.as_slice();
            at_once(vec![
                Box::new(move || {
                    for way in 0..=round {
                        read(&mut *snapshot, expected, way);
                    }
                    // Dropped here, as all that is given to a thread.
                    drop(snapshot);
                }),
                Box::new(move || go_on(&mut *branch, 1000 + round)),
                Box::new(move || {
                    assert!(value == expected);
                    assert!(value.slice(50..).clone() == expected[50..]);
                    drop(value);
                }),
                Box::new(move || {
                    assert!(part == expected[100..100 + part.len()]);
                    drop(part);
                }),
                Box::new(|| go_on(&mut *original, round)),
            ]);
        }
    }
}

// Also of contents that nobody has shared yet: the first clone then makes what counts the owners.
on_every_backend! {
    fn i1_threads_read_and_clone_through_one_reference(candidate) {
        let contents = sample::bytes(LENGTH);
        let mut written = candidate.empty();
        for piece in contents.chunks(1000) {
            written.write_all(piece).expect("there is memory");
        }
        let streams = [
            candidate.with_vec(contents.clone()),
            candidate.with_slice(&contents),
            candidate.with_bytes(contents.clone().into()),
            candidate.with_bytes(Bytes::copy_from_slice(&contents).slice(..)),
            written,
        ];
        for stream in &streams {
            let reader = |way: u64| {
                let contents = &contents;
                Box::new(move || {
                    let mut clone = stream.clone_boxed();
                    let mut buf = [0; 999];
                    for offset in [0, 4000, 12_345] {
                        assert_eq!(stream.read_at(offset, &mut buf).expect("the contents"), buf.len());
                        assert_eq!(buf, contents[offset as usize..offset as usize + buf.len()]);
                    }
                    read(&mut *clone, contents, way);
                    go_on(&mut *clone, way);
                }) as Box<dyn FnOnce() + Send + '_>
            };
            at_once((0..4).map(reader).collect());
            read(&mut *stream.clone_boxed(), &contents, 0);
        }
    }
}

// Whoever is the last to let go frees the memory, or takes it over and writes to it.
on_every_backend! {
    fn v1_values_outlive_the_stream_and_the_last_owner_may_be_any_thread(candidate) {
        for round in 0..ROUNDS {
            let mut stream = candidate.with_vec(sample::bytes(LENGTH));
            go_on(&mut *stream, round);
            stream.write_bytes(sample::bytes(LENGTH).into()).expect("there is memory");
            let value = stream.getvalue().expect("the contents");
            let (contents, second, taken) = (value.to_vec(), value.clone(), value.clone());
            stream.rewind().expect("any position is one");
            let part = stream.read_bytes(contents.len() / 2).expect("a part");
            let mut clone = stream.clone_boxed();
            let expected = contents.as_slice();
            at_once(vec![
                Box::new(move || drop(stream)),
                Box::new(move || read(&mut *clone, expected, round)),
                Box::new(move || assert!(value == expected)),
                Box::new(move || {
                    assert!(second == expected);
                    // A stream that takes the value over, and writes in place if it is the last who has it.
                    let mut other = VecStream::from(second);
                    other.write_all(b"written").expect("there is memory");
                    assert!(other.as_slice()[7..] == expected[7..]);
                }),
                Box::new(move || {
                    let mut owned = Vec::from(taken);
                    owned.fill(round as u8);
                }),
                Box::new(move || assert!(part == expected[..part.len()])),
            ]);
        }
    }
}

/// From each backend to each, while a clone is converted back and forth and the value is read.
#[rstest]
fn i1_an_any_stream_is_converted_in_one_thread_while_clones_are_used_in_others(
    #[values(Backend::Vec, Backend::Small, Backend::Rope, Backend::Ropey)] from: Backend,
    #[values(Backend::Vec, Backend::Small, Backend::Rope, Backend::Ropey)] to: Backend,
) {
    let contents = sample::bytes(LENGTH);
    let expected = contents.as_slice();
    for round in 0..ROUNDS {
        let mut stream = from.stream_from(contents.clone().into());
        let value = stream.getvalue().expect("the contents");
        let (mut reader, mut other): (_, AnyStream) = (stream.clone(), stream.clone());
        at_once(vec![
            Box::new(move || {
                stream.convert(to).expect("there is memory");
                go_on(&mut stream, round);
            }),
            Box::new(move || {
                for backend in [to, from, to] {
                    other.convert(backend).expect("there is memory");
                    read(&mut other, expected, round);
                }
            }),
            Box::new(move || read(&mut reader, expected, round)),
            Box::new(move || assert!(value == expected)),
        ]);
    }
}

/// Parts, copies and joins of one rope share its nodes and chunks.
#[test]
fn i1_ropes_are_cut_and_joined_in_threads_while_the_original_is_written() {
    let contents = sample::bytes(200_000);
    for round in 0..ROUNDS {
        let mut rope = RopeStream::new();
        for piece in contents.chunks(1000 + 7000 * (round as usize % 3)) {
            rope.write_all(piece).expect("there is memory");
        }
        let at = 10_000 * (round + 1);
        let middle = at as usize;
        let cut = rope.slice(at..150_000).expect("it lies within the contents");
        let (mut halved, mut doubled, mut compacted) = (rope.clone(), rope.clone(), rope.clone());
        let shared = &rope.clone();
        let expected = contents.as_slice();
        at_once(vec![
            Box::new(move || {
                let mut copy = Vec::new();
                cut.write_to(&mut copy).expect("a vector takes all");
                assert!(copy == expected[middle..150_000]);
            }),
            Box::new(move || {
                let tail = halved.split_off(at).expect("it lies within the contents");
                assert!(tail.chunks().flatten().eq(&expected[middle..]));
                halved.insert(at, b"!").expect("there is memory");
                halved.append(tail).expect("there is memory");
                assert!(
                    halved
                        .chunks()
                        .flatten()
                        .eq(expected[..middle].iter().chain(b"!").chain(&expected[middle..]))
                );
            }),
            Box::new(move || {
                doubled.splice_stream(at..at, shared).expect("there is memory");
                doubled.remove(at..at + 200_000).expect("it lies within the contents");
                assert!(doubled.chunks().flatten().eq(expected));
            }),
            Box::new(move || {
                compacted.remove(0..at).expect("it lies within the contents");
                compacted.compact().expect("there is memory");
                assert!(compacted.chunks().flatten().eq(&expected[middle..]));
            }),
            Box::new(move || {
                let mut reader = shared.reader_at(at);
                let mut found = vec![0; 50_000];
                reader.read_exact(&mut found).expect("the contents");
                assert!(found == expected[middle..middle + 50_000]);
            }),
            Box::new(|| {
                for step in 0..200 {
                    rope.seek(SeekFrom::Start(step * 997)).expect("any position is one");
                    rope.write_all(b"over").expect("there is memory");
                    rope.remove(step * 500..step * 500 + 90).expect("it lies within the contents");
                    rope.insert(step * 500, &[7; 100]).expect("there is memory");
                }
                assert_eq!(rope.len(), 202_000);
            }),
        ]);
    }
}

/// A vector is had back without a copy by whoever is the last that holds it.
#[test]
fn v1_a_vector_is_had_back_in_one_thread_while_its_values_are_let_go_in_others() {
    let contents = sample::bytes(LENGTH);
    let expected = contents.as_slice();
    for round in 0..20 * ROUNDS {
        let mut stream = VecStream::from(contents.clone());
        let values: Vec<_> = (0..3).map(|_| stream.getvalue().expect("the contents")).collect();
        let release =
            |value: Bytes| Box::new(move || assert!(value == expected)) as Box<dyn FnOnce() + Send + '_>;
        let mut jobs: Vec<_> = values.into_iter().map(release).collect();
        jobs.push(Box::new(move || {
            if round % 2 == 0 {
                let mut vec = stream.into_vec();
                vec.fill(1);
            } else {
                for at in 0..200 {
                    stream.splice(at..at + 1, b"!").expect("there is memory");
                }
                stream.truncate(300).expect("there is memory");
                assert!(stream.as_slice()[200..] == expected[200..300]);
            }
        }));
        at_once(jobs);
    }
}

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
