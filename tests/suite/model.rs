//! Random calls on many streams, clones, held values, readers and holes at once, each compared with the model.
//!
//! A short search by default. A long one, of a million calls for each backend:
//! `ANYSTREAM_MODEL_CALLS=1_000_000 cargo test -p anystream-tests --test suite model:: -- --nocapture`

use std::any::Any;
use std::io::{Seek, SeekFrom};
use std::time::Instant;

use anystream::{AnyStream, Backend, ByteStream, ByteStreamExt, Bytes, Limited, RopeStream};
use anystream_tests::machine::{Edges, Particular, Reader, Search};
use anystream_tests::{Behind, Candidate, CloneStream};

use crate::matrix::on_every_backend;

const SEARCH: Search = Search {
    seeds: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/model.txt")),
    edges: Edges::OF_THE_BACKENDS,
    calls: 10_000,
};

on_every_backend! {
    fn whatever_is_done_each_stream_is_as_its_model(candidate) {
        let begun = Instant::now();
        let calls = SEARCH.run(candidate, &OfTheBackends);
        let thread = std::thread::current();
        println!("{}: {calls} calls in {:.0?}", thread.name().unwrap_or_default(), begun.elapsed());
    }
}

/// What the types of this workspace can do beyond the laws.
struct OfTheBackends;

impl Particular for OfTheBackends {
    fn act(&self, stream: &mut dyn CloneStream, choice: u8) {
        let stream = stream as &mut dyn Any;
        if let Some(any) = stream.downcast_mut::<AnyStream>() {
            convert(any, choice);
        } else if let Some(limited) = stream.downcast_mut::<Limited<AnyStream>>() {
            let limit = limited.limit();
            let mut any = limited.clone().into_inner();
            convert(&mut any, choice);
            *limited = Limited::new(any, limit);
        } else if let Some(rope) = stream.downcast_mut::<RopeStream>() {
            change(rope, choice);
        }
    }

    fn with_reader(&self, stream: &dyn CloneStream, offset: u64, then: &mut dyn FnMut(&mut dyn Reader)) {
        let rope = match (stream as &dyn Any).downcast_ref::<AnyStream>() {
            Some(AnyStream::Rope(rope)) => Some(rope),
            _ => (stream as &dyn Any).downcast_ref::<RopeStream>(),
        };
        match rope {
            // The one of its own, or that of every stream.
            Some(rope) if offset.is_multiple_of(2) => then(&mut rope.reader_at(offset)),
            _ => then(&mut stream.reader_at(offset)),
        }
    }
}

/// To another backend, which may have no memory for what lies behind a hole; the stream then stays as it is.
fn convert(any: &mut AnyStream, choice: u8) {
    let backend = Backend::ALL[usize::from(choice) % Backend::ALL.len()];
    let before = any.backend();
    match any.convert(backend) {
        Ok(()) => assert_eq!(any.backend(), backend),
        Err(error) => {
            assert!(any.len() > 1 << 40, "converting {} bytes: {error:?}", any.len());
            assert_eq!(any.backend(), before);
        }
    }
}

/// Takes a rope apart and puts it together again, or gives memory back.
fn change(rope: &mut RopeStream, choice: u8) {
    let at = rope.len() / 4 * u64::from(choice / 4 % 5);
    match choice % 4 {
        0 => rope.compact().expect("there is memory"),
        1 => {
            let tail = rope.split_off(at).expect("it lies within the contents");
            rope.append(tail).expect("there is memory");
        }
        2 => {
            let cut = rope.slice(at..rope.len()).expect("it lies within the contents");
            rope.splice_stream(at..rope.len(), &cut).expect("it is what was there");
        }
        _ => {
            let position = rope.tell();
            let whole = rope.slice(0..rope.len()).expect("it is all of it");
            *rope = whole;
            rope.seek(SeekFrom::Start(position)).expect("any position is one");
        }
    }
}

/// Ropes that begin behind a hole, for the whole suite: what works near the start works at `OFFSET`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RopeBehindAHole<const OFFSET: u64>;

impl<const OFFSET: u64> RopeBehindAHole<OFFSET> {
    fn holding(contents: Bytes) -> Box<dyn CloneStream> {
        let head = RopeStream::from(b"what lies before the hole");
        let mut behind = Behind::new(Box::new(head), OFFSET).expect("a hole takes no memory");
        behind.write_bytes(contents).expect("a rope holds it");
        behind.rewind().expect("any position is one");
        Box::new(behind)
    }
}

impl<const OFFSET: u64> Candidate for RopeBehindAHole<OFFSET> {
    fn empty(&self) -> Box<dyn CloneStream> {
        Self::holding(Bytes::new())
    }
    fn with_vec(&self, contents: Vec<u8>) -> Box<dyn CloneStream> {
        Self::holding(contents.into())
    }
    fn with_slice(&self, contents: &[u8]) -> Box<dyn CloneStream> {
        Self::holding(Bytes::copy_from_slice(contents))
    }
    fn with_bytes(&self, contents: Bytes) -> Box<dyn CloneStream> {
        Self::holding(contents)
    }
}
