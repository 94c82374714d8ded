//! A backend as it takes part: made afresh for every replay, called as its own concrete type.
//!
//! **What is timed.** The calls of the script and the drop of the stream, by static dispatch: each
//! backend's own type, not `AnyStream`. Not timed: making the stream from its initial contents, which
//! a program does in its own way, and copying them for it. Each replay gets its own copy, because a
//! stream that still shares memory with the script would show neither the time nor the memory that
//! the contents cost.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anystream::{Backend, ByteStream, Bytes, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_workload::{Scratch, Script, Verified, run, verify};

use crate::heap;
use crate::shape::{Beyond, first_beyond};

pub(crate) trait Contestant {
    /// Replays `script` and checks every answer; an error says which call broke which law.
    fn verify(&self, script: &Script) -> Result<Verified, String>;

    /// The first call of `script` that is beyond this storage, if one is.
    fn first_beyond(&self, script: &Script, scratch: &mut Scratch) -> Option<Beyond>;

    /// How long `replays` replays take together, each on a stream of its own.
    fn time(&self, script: &Script, replays: usize, scratch: &mut Scratch) -> Duration;

    /// The most heap bytes that the stream and what it returned held at once, the initial contents
    /// included. A `scratch` that has done this script before adds nothing.
    fn peak_heap(&self, script: &Script, scratch: &mut Scratch) -> u64;
}

/// `backend` by its concrete type; one that this program does not know by type goes as `AnyStream`.
pub(crate) fn contestant(backend: Backend) -> Box<dyn Contestant> {
    match backend {
        Backend::Vec => Box::new(MadeBy(|bytes: Bytes| VecStream::from(bytes))),
        Backend::Small => Box::new(MadeBy(|bytes: Bytes| <SmallStream>::from(bytes))),
        Backend::Rope => Box::new(MadeBy(|bytes: Bytes| RopeStream::from(bytes))),
        Backend::Ropey => Box::new(MadeBy(|bytes: Bytes| RopeyStream::from(bytes))),
        other => Box::new(MadeBy(move |bytes: Bytes| other.stream_from(bytes))),
    }
}

/// How many streams are made before they are timed: so many that the clock does not matter for the
/// shortest script, and so few that they stay in the cache.
const BATCH: usize = 256;

struct MadeBy<F>(F);

impl<S: ByteStream, F: Fn(Bytes) -> S> MadeBy<F> {
    fn stream(&self, script: &Script) -> S {
        (self.0)(Bytes::from(script.initial.to_vec()))
    }
}

impl<S: ByteStream, F: Fn(Bytes) -> S> Contestant for MadeBy<F> {
    fn verify(&self, script: &Script) -> Result<Verified, String> {
        verify(script, &mut self.stream(script)).map_err(|mismatch| mismatch.to_string())
    }

    fn first_beyond(&self, script: &Script, scratch: &mut Scratch) -> Option<Beyond> {
        first_beyond(script, &mut self.stream(script), scratch)
    }

    fn time(&self, script: &Script, replays: usize, scratch: &mut Scratch) -> Duration {
        let mut time = Duration::ZERO;
        for first in (0..replays).step_by(BATCH) {
            let batch = BATCH.min(replays - first);
            let streams: Vec<S> = (0..batch).map(|_| self.stream(script)).collect();
            let start = Instant::now();
            for mut stream in streams {
                black_box(run(script, &mut stream, scratch));
            }
            time += start.elapsed();
        }
        time
    }

    fn peak_heap(&self, script: &Script, scratch: &mut Scratch) -> u64 {
        heap::peak(|| {
            let mut stream = self.stream(script);
            black_box(run(script, &mut stream, scratch));
        })
    }
}
