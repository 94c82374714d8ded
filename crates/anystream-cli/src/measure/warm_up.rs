//! Warming up a process, and how many replays make a sample.

use std::time::Duration;

use anystream_measure::Silence;

use super::nanoseconds;
use crate::contestant::Timed;
use crate::worker::{Replayer, Reply, Request};

/// In nanoseconds.
const SHORTEST_SAMPLE: f64 = 1e6;
const MOST_REPLAYS: u32 = 1_000_000;

/// The result of a warm-up.
pub(crate) enum WarmedUp {
    /// The time of a replay, in nanoseconds.
    Replay(f64),
    /// A replay takes longer than this.
    Longer(f64),
    Silent(Silence),
}

/// Replays once on a fresh heap. Then doubles the replays per sample until a sample is long compared with the clock and
/// with waking up a process.
pub(crate) fn warm_up(process: &mut dyn Replayer, limit: Duration) -> WarmedUp {
    let (mut replay, mut replays) = (f64::INFINITY, 1_u32);
    for warm_up in 0..20 {
        match process.ask(&Request::Time { replays, limit }, limit) {
            Ok(Reply::Timed(Timed::Replay(time))) if warm_up == 0 && time <= nanoseconds(limit) => continue,
            Ok(Reply::Timed(Timed::Replay(time))) => replay = replay.min(time),
            Ok(Reply::Timed(Timed::Longer(time))) => return WarmedUp::Longer(time),
            Ok(_) => return WarmedUp::Silent(Silence::Ended("it answered another question".to_owned())),
            Err(Silence::Late) => return WarmedUp::Longer(nanoseconds(limit)),
            Err(silence) => return WarmedUp::Silent(silence),
        }
        if replay * f64::from(replays) >= SHORTEST_SAMPLE {
            break;
        }
        let enough = (1.2 * SHORTEST_SAMPLE / replay.max(1.0)).ceil() as u32;
        replays = enough.clamp(replays.saturating_mul(2), replays.saturating_mul(100)).min(MOST_REPLAYS);
    }
    WarmedUp::Replay(replay)
}

/// How many replays of `replay` nanoseconds make a sample that is long enough.
pub(crate) fn replays_a_sample(replay: f64) -> u32 {
    ((SHORTEST_SAMPLE / replay.max(1.0)).ceil() as u32).clamp(1, MOST_REPLAYS)
}
