//! The process that replays one script on one stream.
//!
//! The program starts itself again with [`FLAG`] as the first argument. The worker reads one request per line and answers
//! each with one line.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anystream_measure::{Life, Silence, Worker, clock, limit_memory, pin};
use anystream_workload::{Op, Scratch, Script};
use serde::{Deserialize, Serialize};

use crate::advice::Setup;
use crate::contender::Contender;
use crate::contestant::{Contestant, Timed};
use crate::heap::HeapUse;
use crate::interrupt;
use crate::profile::{Profile, Profiler};
use crate::results::Refusal;
use crate::script_file;

/// The first argument of a worker. Users never type it.
pub(crate) const FLAG: &str = "--measure-worker";

/// A request to a worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Check every answer, then measure the heap and the single calls of a replay, each within its own limit.
    Check { verify: Duration, replay: Duration, profile: Duration },
    /// Time this many replays together, and stop at the limit.
    Time { replays: u32, limit: Duration },
}

/// The answer of a worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Reply {
    Checked(Box<Checked>),
    Refused(Refusal),
    Timed(Timed),
}

/// The measurements of a contender that kept the laws on a script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Checked {
    /// The number of checked calls: all, unless time ran out.
    pub(crate) calls: u64,
    pub(crate) final_len: u64,
    /// The digest of the contents after the last checked call.
    pub(crate) digest: String,
    pub(crate) heap: HeapUse,
    pub(crate) profile: Profile,
}

/// Starts processes that replay one script.
pub(crate) struct Starter {
    program: PathBuf,
    script: PathBuf,
    memory: u64,
    /// How many processes of each kind were started: each has another layout of its memory.
    started: RefCell<HashMap<String, usize>>,
}

/// A running worker.
pub(crate) trait Replayer {
    /// Sends a request and waits for the answer, at most about `limit`.
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Reply, Silence>;
}

/// Starts replayers of a contender on a heap of this life.
pub(crate) trait Start {
    fn start(&self, contender: Contender, life: Life) -> Result<Box<dyn Replayer>, Silence>;
}

/// The memory of the program itself, in addition to the replay.
const OVERHEAD: u64 = 256 << 20;

impl Starter {
    /// Starts processes for the script in the file `script`. Each is limited to `memory` bytes.
    pub(crate) fn new(script: &Path, memory: u64) -> io::Result<Self> {
        Ok(Starter {
            program: std::env::current_exe()?,
            script: script.to_owned(),
            memory,
            started: RefCell::default(),
        })
    }
}

impl Start for Starter {
    fn start(&self, contender: Contender, life: Life) -> Result<Box<dyn Replayer>, Silence> {
        self.start_on(&Setup::Contender(contender), life)
    }
}

impl Starter {
    /// Like [`Start::start`], for any setup that can run a script.
    pub(crate) fn start_on(&self, setup: &Setup, life: Life) -> Result<Box<dyn Replayer>, Silence> {
        let setup = serde_json::to_string(setup).map_err(|error| Silence::Ended(error.to_string()))?;
        let layout = {
            let mut started = self.started.borrow_mut();
            let layout = started.entry(format!("{life} {setup}")).or_default();
            *layout += 1;
            *layout
        };
        let mut command = Command::new(&self.program);
        command.arg(FLAG).arg(setup).arg(self.memory.to_string()).arg(&self.script).arg(layout.to_string());
        let worker = Worker::start(&mut command, life);
        worker
            .map(|worker| Box::new(worker) as Box<dyn Replayer>)
            .map_err(|error| Silence::Ended(format!("it could not be started: {error}")))
    }
}

impl Replayer for Worker {
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Reply, Silence> {
        /// Time for starting the process and reading the script.
        const GRACE: Duration = Duration::from_millis(800);
        let request = serde_json::to_string(request).map_err(|error| Silence::Ended(error.to_string()))?;
        let deadline = Instant::now() + limit + limit / 4 + GRACE;
        let answer = Worker::ask(self, &request, Some(deadline), interrupt::requested)?;
        serde_json::from_str(&answer).map_err(|_| Silence::Ended(answer))
    }
}

/// The main function of a worker, with the arguments after [`FLAG`].
pub(crate) fn main(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let mut text = || arguments.next().and_then(|it| it.into_string().ok()).unwrap_or_default();
    let (setup, memory) = (serde_json::from_str::<Setup>(&text()), text().parse::<u64>());
    let script = arguments.next().map(PathBuf::from).unwrap_or_default();
    let layout = arguments.next().and_then(|it| it.to_str()?.parse().ok()).unwrap_or_default();
    let contestant = setup.ok().and_then(|setup| setup.contestant());
    let served = match (contestant, memory) {
        (Some(contestant), Ok(memory)) => {
            limit_memory(memory.saturating_add(OVERHEAD));
            // The parent reports a system that cannot pin.
            let _ = pin();
            script_file::read(&script).and_then(|script| {
                shift(layout);
                serve(&script, &*contestant)
            })
        }
        _ => Err(io::Error::other("a worker is started by the program alone")),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Moves all later memory away from the script's by another distance in each layout. How source and destination of a copy
/// are aligned to one another changes its time, up to three times for copies that just fit into a cache, and would
/// otherwise be the same in every process.
fn shift(layout: usize) {
    const STEP: usize = 16;
    const PAGE: usize = 4096;
    // 97 steps of 256: any few layouts are spread over the page.
    let bytes = layout.wrapping_mul(97 * STEP) % PAGE;
    std::mem::forget(std::hint::black_box(Vec::<u8>::with_capacity(bytes + 1)));
}

fn serve(script: &Script, contestant: &dyn Contestant) -> io::Result<()> {
    let mut scratch = Scratch::default();
    prepare(script, &mut scratch);
    for request in io::stdin().lock().lines() {
        let reply = match serde_json::from_str(&request?)? {
            Request::Check { verify, replay, profile } => {
                let verified = contestant.verify(script, Some(Instant::now() + verify), &mut scratch);
                match verified {
                    Err(refusal) => Reply::Refused(refusal),
                    Ok(verified) => Reply::Checked(Box::new(Checked {
                        calls: verified.ops as u64,
                        final_len: verified.final_len,
                        digest: verified.digest.to_string(),
                        heap: contestant.heap(script, Instant::now() + replay, &mut scratch),
                        profile: profiled(script, contestant, profile, &mut scratch),
                    })),
                }
            }
            Request::Time { replays, limit } => {
                Reply::Timed(contestant.time(script, replays, limit, &mut scratch))
            }
        };
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, &reply)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}

/// Allocates the read buffer in advance: it belongs to the program, not to the storage.
fn prepare(script: &Script, scratch: &mut Scratch) {
    let longest = script.ops.iter().map(|op| match op {
        Op::Read(len) | Op::ReadExact(len) | Op::ReadAt { len, .. } => *len,
        Op::ReadVectored(lens) => lens.iter().fold(0_usize, |sum, len| sum.saturating_add(*len)),
        _ => 0,
    });
    // If it cannot be allocated, the replay reports that.
    let _ = Op::Read(longest.max().unwrap_or_default()).perform(&mut anystream::VecStream::new(), scratch);
}

/// Replays until the p99.9 latency has enough calls, or until `time` is over.
fn profiled(script: &Script, contestant: &dyn Contestant, time: Duration, scratch: &mut Scratch) -> Profile {
    const CALLS: usize = 200_000;
    let mut profiler = Profiler::new(script, clock());
    let deadline = Instant::now() + time;
    let mut calls = 0;
    loop {
        contestant.profile(script, &mut profiler, deadline, scratch);
        calls += script.ops.len();
        if calls >= CALLS || Instant::now() >= deadline {
            return profiler.finish();
        }
    }
}
