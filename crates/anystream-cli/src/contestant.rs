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
use anystream_workload::{BytesMutPeer, CursorPeer, Op, Scratch, Script, Verified, run, verify};

use crate::contender::Contender;
use crate::heap::{self, HeapUse};
use crate::profile::Profiler;
use crate::results::Refusal;
use crate::shape::first_beyond;

pub(crate) trait Contestant {
    /// Replays `script` and checks every answer. An error says which call broke which law, or is beyond it.
    fn verify(&self, script: &Script, scratch: &mut Scratch) -> Result<Verified, Refusal>;

    /// How long `replays` replays take together, each on a stream of its own.
    fn time(&self, script: &Script, replays: usize, scratch: &mut Scratch) -> Duration;

    /// What a replay does to the heap: the stream, and what it returns. A `scratch` that has done this script
    /// before adds nothing.
    fn heap(&self, script: &Script, scratch: &mut Scratch) -> HeapUse;

    /// Has `profiler` time every call of a replay.
    fn profile(&self, script: &Script, profiler: &mut Profiler, scratch: &mut Scratch);
}

/// `contender` by its concrete type; a backend that this program does not know by type goes as `AnyStream`.
pub(crate) fn contestant(contender: Contender) -> Box<dyn Contestant> {
    match contender {
        Contender::Backend(Backend::Vec) => of_stream::<VecStream>(),
        Contender::Backend(Backend::Small) => of_stream::<SmallStream>(),
        Contender::Backend(Backend::Rope) => of_stream::<RopeStream>(),
        Contender::Backend(Backend::Ropey) => of_stream::<RopeyStream>(),
        Contender::Backend(Backend::Small16) => of_stream::<SmallStream<16>>(),
        Contender::Backend(Backend::Small32) => of_stream::<SmallStream<32>>(),
        Contender::Backend(Backend::Small128) => of_stream::<SmallStream<128>>(),
        Contender::Backend(other) => Box::new(MadeBy(move |bytes: Bytes| other.stream_from(bytes))),
        Contender::Cursor => Box::new(Peer {
            name: "Cursor",
            made_by: MadeBy(|bytes: Bytes| CursorPeer::from(Vec::from(bytes))),
        }),
        Contender::BytesMut => Box::new(Peer {
            name: "BytesMut",
            made_by: MadeBy(|bytes: Bytes| BytesMutPeer::from(Vec::from(bytes))),
        }),
        Contender::Own(own) => own.contestant(),
    }
}

/// A backend that keeps the laws, by its stream.
pub(crate) fn of_stream<S: ByteStream + From<Bytes> + 'static>() -> Box<dyn Contestant> {
    Box::new(MadeBy(|bytes: Bytes| S::from(bytes)))
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
    fn verify(&self, script: &Script, scratch: &mut Scratch) -> Result<Verified, Refusal> {
        let verified = verify(script, &mut self.stream(script));
        let verified = verified.map_err(|mismatch| Refusal::Failed(mismatch.to_string()))?;
        if verified.errors == 0 {
            return Ok(verified);
        }
        match first_beyond(script, &mut self.stream(script), scratch) {
            None => Ok(verified),
            Some(beyond) => Err(Refusal::Cannot(beyond.to_string())),
        }
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

    fn heap(&self, script: &Script, scratch: &mut Scratch) -> HeapUse {
        heap::used_by(|| {
            let mut stream = self.stream(script);
            black_box(run(script, &mut stream, scratch));
            heap::now()
        })
    }

    fn profile(&self, script: &Script, profiler: &mut Profiler, scratch: &mut Scratch) {
        profiler.replay(script, &mut self.stream(script), scratch);
    }
}

/// One that is no backend: it need not keep the laws, and what it cannot do it does not try.
struct Peer<F> {
    name: &'static str,
    made_by: MadeBy<F>,
}

impl<S: ByteStream, F: Fn(Bytes) -> S> Contestant for Peer<F> {
    fn verify(&self, script: &Script, scratch: &mut Scratch) -> Result<Verified, Refusal> {
        /// It is one piece of memory that grows without asking, so that a far write would end the program.
        const MOST: u64 = 1 << 32;
        let name = self.name;
        let cannot = |(index, op): (usize, &Op)| {
            format!("{name} cannot insert or remove: op {index} of {} ({op})", script.ops.len())
        };
        let changes_length = |(_, op): &(usize, &Op)| match op {
            Op::Splice { range, with } => range.end.wrapping_sub(range.start) != with.len() as u64,
            _ => false,
        };
        if let Some(found) = script.ops.iter().enumerate().find(changes_length) {
            return Err(Refusal::Cannot(cannot(found)));
        }
        if let Some((index, op)) = first_longer_than(MOST, script) {
            return Err(Refusal::Cannot(format!(
                "{name} would fill the memory up to there with zeros: op {index} of {} ({op})",
                script.ops.len()
            )));
        }
        self.made_by.verify(script, scratch).map_err(|refusal| match refusal {
            Refusal::Failed(why) => Refusal::Cannot(format!("{name} keeps another law: {why}")),
            cannot => cannot,
        })
    }

    fn time(&self, script: &Script, replays: usize, scratch: &mut Scratch) -> Duration {
        self.made_by.time(script, replays, scratch)
    }

    fn heap(&self, script: &Script, scratch: &mut Scratch) -> HeapUse {
        self.made_by.heap(script, scratch)
    }

    fn profile(&self, script: &Script, profiler: &mut Profiler, scratch: &mut Scratch) {
        self.made_by.profile(script, profiler, scratch);
    }
}

/// The first call after which the contents are longer than `most` bytes.
fn first_longer_than(most: u64, script: &Script) -> Option<(usize, &Op)> {
    let mut stream = RopeStream::from(script.initial.clone());
    let mut scratch = Scratch::default();
    script.ops.iter().enumerate().find(|(_, op)| {
        let _ = op.perform(&mut stream, &mut scratch); // an error changes nothing
        stream.len() > most
    })
}
