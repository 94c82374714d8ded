//! The suite of the laws and its state machine on a rope of tiny chunks and nodes, every call followed by a
//! check of the tree's invariants.

use std::any::Any;
use std::io::{Seek, SeekFrom};

use anystream_core::{ByteStream, ByteStreamExt};
use anystream_tests::machine::{Edges, Particular, Reader, Search};
use anystream_tests::{CloneStream, candidate};

use crate::RopeStream;
use crate::chunk::FULL;
use crate::piece::Shared;

anystream_tests::conformance!(tiny_rope, RopeStream);

/// A long run: `ANYSTREAM_MODEL_CALLS=1_000_000 cargo test -p anystream-rope --lib model::whatever -- --nocapture`
#[test]
fn whatever_is_done_to_tiny_ropes_they_are_as_their_models() {
    let search = Search {
        seeds: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/model.txt")),
        edges: Edges {
            sizes: &[3, FULL / 8, FULL / 2, FULL, 2 * FULL, 10 * FULL, 40 * FULL, Shared::LONGEST],
            longest: 3 * Shared::LONGEST,
        },
        calls: 10_000,
    };
    let calls = search.run(&candidate::<RopeStream>(), &Tree);
    println!("{calls} calls");
}

/// What a rope can do beyond the laws, and what must hold inside it.
struct Tree;

impl Particular for Tree {
    fn act(&self, stream: &mut dyn CloneStream, choice: u8) {
        let Some(rope) = (stream as &mut dyn Any).downcast_mut::<RopeStream>() else { return };
        let at = rope.len() / 16 * u64::from(choice / 4 % 17);
        match choice % 4 {
            0 => rope.compact().unwrap(),
            1 => {
                let tail = rope.split_off(at).unwrap();
                rope.append(tail).unwrap();
            }
            2 => {
                let cut = rope.slice(at..rope.len()).unwrap();
                rope.splice_stream(at..rope.len(), &cut).unwrap();
            }
            _ => {
                let position = rope.tell();
                *rope = rope.slice(0..rope.len()).unwrap();
                rope.seek(SeekFrom::Start(position)).unwrap();
            }
        }
    }

    fn check(&self, stream: &dyn CloneStream) {
        if let Some(rope) = (stream as &dyn Any).downcast_ref::<RopeStream>() {
            rope.0.storage().check();
        }
    }

    fn with_reader(&self, stream: &dyn CloneStream, offset: u64, then: &mut dyn FnMut(&mut dyn Reader)) {
        match (stream as &dyn Any).downcast_ref::<RopeStream>() {
            Some(rope) => then(&mut rope.reader_at(offset)),
            None => then(&mut stream.reader_at(offset)),
        }
    }
}
