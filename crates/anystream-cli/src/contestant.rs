//! Replays a script on a contender: with a new stream for every replay, and by its concrete type.
//!
//! **The timed part** is making the stream, the calls of the script, and the drop of the stream, by static dispatch: each
//! backend's own type, not `AnyStream`. A stream without contents is made by `Default`, as by `new()`. A stream with
//! contents is made from a newly filled `Vec`, as in a program that has read a file. Filling the vector is timed, too,
//! because the drop frees it. The time is the thread's processor time.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anystream::{Backend, ByteStream, Bytes, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_measure::Stopwatch;
use anystream_workload::{
    BytesMutPeer, CursorPeer, Fault, Op, Scratch, Script, Verified, run_ops, verify_until,
};
use serde::{Deserialize, Serialize};

use crate::contender::Contender;
use crate::heap::{self, HeapUse};
use crate::profile::Profiler;
use crate::results::Refusal;
use crate::shape::first_beyond;

pub(crate) trait Contestant {
    /// Replays `script` until `deadline` and checks every answer. The error names the call that broke a law or exceeded a
    /// limit.
    fn verify(
        &self,
        script: &Script,
        deadline: Option<Instant>,
        scratch: &mut Scratch,
    ) -> Result<Verified, Refusal>;

    /// The mean time of `replays` replays, each on a new stream.
    fn time(&self, script: &Script, replays: u32, limit: Duration, scratch: &mut Scratch) -> Timed;

    /// The heap use of a replay: the stream and the values it returns. A `scratch` that was used for this script before
    /// adds nothing.
    fn heap(&self, script: &Script, deadline: Instant, scratch: &mut Scratch) -> HeapUse;

    /// Replays with `profiler` timing every call.
    fn profile(&self, script: &Script, profiler: &mut Profiler, deadline: Instant, scratch: &mut Scratch);
}

/// How long a replay takes, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Timed {
    /// The time of a replay.
    Replay(f64),
    /// A lower bound: the limit was reached.
    Longer(f64),
}

/// Returns `contender` by its concrete type. A backend whose type this program does not know runs as `AnyStream`.
pub(crate) fn contestant(contender: Contender) -> Box<dyn Contestant> {
    match contender {
        Contender::Backend(Backend::Vec) => of_stream::<VecStream>(),
        Contender::Backend(Backend::Small) => of_stream::<SmallStream>(),
        Contender::Backend(Backend::Rope) => of_stream::<RopeStream>(),
        Contender::Backend(Backend::Ropey) => of_stream::<RopeyStream>(),
        Contender::Backend(Backend::Small16) => of_stream::<SmallStream<16>>(),
        Contender::Backend(Backend::Small32) => of_stream::<SmallStream<32>>(),
        Contender::Backend(Backend::Small128) => of_stream::<SmallStream<128>>(),
        Contender::Backend(other) => Box::new(MadeBy {
            empty: move || other.stream(),
            from: move |vec| other.stream_from(Bytes::from(vec)),
        }),
        Contender::Cursor => Box::new(Peer { name: "Cursor", made_by: made_by::<CursorPeer>() }),
        Contender::BytesMut => Box::new(Peer { name: "BytesMut", made_by: made_by::<BytesMutPeer>() }),
        Contender::Own(own) => own.contestant(),
    }
}

/// A contestant for a backend that keeps the laws.
pub(crate) fn of_stream<S: ByteStream + Default + From<Vec<u8>> + 'static>() -> Box<dyn Contestant> {
    Box::new(made_by::<S>())
}

fn made_by<S: Default + From<Vec<u8>>>() -> MadeBy<impl Fn() -> S, impl Fn(Vec<u8>) -> S> {
    MadeBy { empty: S::default, from: |vec| S::from(vec) }
}

/// A contestant whose streams are made by `empty` and `from`.
pub(crate) fn made_with<S: ByteStream + 'static>(
    empty: impl Fn() -> S + 'static,
    from: impl Fn(Vec<u8>) -> S + 'static,
) -> Box<dyn Contestant> {
    Box::new(MadeBy { empty, from })
}

/// Between two readings of the clock there are so many calls: enough that it does not matter.
const PART: usize = 4096;

struct MadeBy<E, F> {
    empty: E,
    from: F,
}

impl<S: ByteStream, E: Fn() -> S, F: Fn(Vec<u8>) -> S> MadeBy<E, F> {
    fn stream(&self, script: &Script) -> S {
        if script.initial.is_empty() { (self.empty)() } else { (self.from)(script.initial.to_vec()) }
    }

    /// Replays `script` on `stream`, and says whether all calls were made before `deadline`.
    #[inline(always)]
    fn replay(script: &Script, stream: &mut S, deadline: Instant, scratch: &mut Scratch) -> bool {
        scratch.hold(script.hold);
        let mut rest = &script.ops[..];
        loop {
            let (part, behind) = rest.split_at(rest.len().min(PART));
            black_box(run_ops(part, stream, scratch));
            rest = behind;
            if rest.is_empty() || Instant::now() > deadline {
                scratch.hold(0);
                return rest.is_empty();
            }
        }
    }
}

impl<S: ByteStream, E: Fn() -> S, F: Fn(Vec<u8>) -> S> Contestant for MadeBy<E, F> {
    fn verify(
        &self,
        script: &Script,
        deadline: Option<Instant>,
        scratch: &mut Scratch,
    ) -> Result<Verified, Refusal> {
        let verified = verify_until(script, &mut self.stream(script), deadline);
        let verified = verified.map_err(|mismatch| match mismatch.fault {
            // That memory runs out breaks no law (W6).
            Fault::ReplayMemory | Fault::StreamMemory => Refusal::Cannot(mismatch.to_string()),
            _ => Refusal::Failed(mismatch.to_string()),
        })?;
        if verified.errors == 0 {
            return Ok(verified);
        }
        match first_beyond(script, verified.ops, &mut self.stream(script), scratch) {
            None => Ok(verified),
            Some(beyond) => Err(Refusal::Cannot(beyond.to_string())),
        }
    }

    fn time(&self, script: &Script, replays: u32, limit: Duration, scratch: &mut Scratch) -> Timed {
        let deadline = Instant::now() + limit;
        let stopwatch = Stopwatch::start();
        for replay in 0..replays {
            // Seldom, so that the clock does not matter for the shortest script.
            let late = replay.is_multiple_of(64) && replay > 0 && Instant::now() > deadline;
            let mut stream = self.stream(script);
            if late || !Self::replay(script, &mut stream, deadline, scratch) {
                return Timed::Longer(nanoseconds(stopwatch) / f64::from(replay.max(1)));
            }
        }
        Timed::Replay(nanoseconds(stopwatch) / f64::from(replays.max(1)))
    }

    fn heap(&self, script: &Script, deadline: Instant, scratch: &mut Scratch) -> HeapUse {
        heap::used_by(|| {
            let mut stream = self.stream(script);
            Self::replay(script, &mut stream, deadline, scratch);
            heap::now()
        })
    }

    fn profile(&self, script: &Script, profiler: &mut Profiler, deadline: Instant, scratch: &mut Scratch) {
        profiler.replay(script, &mut self.stream(script), deadline, scratch);
    }
}

fn nanoseconds(stopwatch: Stopwatch) -> f64 {
    stopwatch.elapsed().as_secs_f64() * 1e9
}

/// One that is no backend: it need not keep the laws, and what it cannot do it does not try.
struct Peer<M> {
    name: &'static str,
    made_by: M,
}

impl<M: Contestant> Contestant for Peer<M> {
    fn verify(
        &self,
        script: &Script,
        deadline: Option<Instant>,
        scratch: &mut Scratch,
    ) -> Result<Verified, Refusal> {
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
        self.made_by.verify(script, deadline, scratch).map_err(|refusal| match refusal {
            Refusal::Failed(why) => Refusal::Cannot(format!("{name} keeps another law: {why}")),
            cannot => cannot,
        })
    }

    fn time(&self, script: &Script, replays: u32, limit: Duration, scratch: &mut Scratch) -> Timed {
        self.made_by.time(script, replays, limit, scratch)
    }

    fn heap(&self, script: &Script, deadline: Instant, scratch: &mut Scratch) -> HeapUse {
        self.made_by.heap(script, deadline, scratch)
    }

    fn profile(&self, script: &Script, profiler: &mut Profiler, deadline: Instant, scratch: &mut Scratch) {
        self.made_by.profile(script, profiler, deadline, scratch);
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
