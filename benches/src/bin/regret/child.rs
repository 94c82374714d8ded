//! One backend in a process of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use anystream::{RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_workload::Script;
use serde::{Deserialize, Serialize};

use crate::backend::Backend;
use crate::facts;
use crate::logs::script;
use crate::replay::{Fresh, Room, live, open, perform};
use crate::stats::{least, median};

/// The times that one process measured, per replay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Replayed {
    pub(crate) best_ns: f64,
    pub(crate) median_ns: f64,
    /// How many replays were timed; 0 if the first one was abandoned, and the times are that of a part of it.
    pub(crate) replays: u64,
}

/// Short replays are timed several at a time, so that reading the clock costs nothing.
const SAMPLE_NS: f64 = 20_000.0;

/// This share of the time goes to replays that are not counted.
const WARM_UP: f64 = 0.2;

/// Replays the log for about `seconds`. Abandons the first replay after `patience` seconds.
pub(crate) fn run(
    backend: Backend,
    path: &Path,
    file: Option<String>,
    seconds: f64,
    patience: f64,
) -> Result<Replayed> {
    // The last core: systems use it least.
    if let Some(core) = core_affinity::get_core_ids().and_then(|mut cores| cores.pop()) {
        core_affinity::set_for_current(core);
    }
    let script = script(path, file)?;
    shift();
    let time = Duration::from_secs_f64(seconds);
    let patience = Duration::from_secs_f64(patience);
    let replayed = match backend {
        Backend::Vec => measure::<VecStream>(&script, time, patience),
        Backend::Rope => measure::<RopeStream>(&script, time, patience),
        Backend::Small => measure::<SmallStream>(&script, time, patience),
        Backend::Ropey => measure::<RopeyStream>(&script, time, patience),
    };
    replayed.with_context(|| format!("replaying {} on {}", script.name, backend.name()))
}

/// Moves all later memory away from the script's, by another distance in each process: how source and destination of a
/// copy are aligned to one another changes its time, and no layout may decide.
fn shift() {
    let bytes = std::process::id() as usize * 97 % 256 * 16;
    std::mem::forget(std::hint::black_box(Vec::<u8>::with_capacity(bytes + 1)));
}

fn measure<S: Fresh>(script: &Script, time: Duration, patience: Duration) -> Result<Replayed> {
    let mut room = Room::of(script);
    if let Some(abandoned) = first::<S>(script, &mut room, patience)? {
        let ns = abandoned.as_secs_f64() * 1e9;
        return Ok(Replayed { best_ns: ns, median_ns: ns, replays: 0 });
    }

    let mut together = 1;
    let start = Instant::now();
    while start.elapsed() < time.mul_f64(WARM_UP) {
        let each = sample::<S>(script, &mut room, together)?;
        if each * f64::from(together) < SAMPLE_NS {
            together = together.saturating_mul(2);
        }
    }

    let mut samples = Vec::with_capacity(100_000);
    let mut replays = 0;
    let start = Instant::now();
    while samples.is_empty() || (start.elapsed() < time && samples.len() < samples.capacity()) {
        samples.push(sample::<S>(script, &mut room, together)?);
        replays += u64::from(together);
    }
    Ok(Replayed { best_ns: least(samples.iter().copied()), median_ns: median(samples), replays })
}

/// The mean time of `together` replays, in nanoseconds.
fn sample<S: Fresh>(script: &Script, room: &mut Room, together: u32) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..together {
        live::<S>(script, room)?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e9 / f64::from(together))
}

/// The first replay, with the final length checked. Returns the time so far if it was abandoned.
fn first<S: Fresh>(script: &Script, room: &mut Room, patience: Duration) -> Result<Option<Duration>> {
    let expected = facts::of(script)?.final_len;
    let start = Instant::now();
    let mut stream = open::<S>(script);
    for part in script.ops.chunks(16) {
        perform(part, &mut stream, room)?;
        if start.elapsed() > patience {
            return Ok(Some(start.elapsed()));
        }
    }
    let found = stream.len();
    ensure!(found == expected, "the replay ends with {found} bytes, and the calls make {expected}");
    Ok(None)
}
