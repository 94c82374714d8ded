//! The process that replays one script on one stream.
//!
//! The program starts itself again for it: the first argument is [`FLAG`]. It reads a request a line and answers
//! each with a line.

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

/// The first argument of a worker; no user types it.
pub(crate) const FLAG: &str = "--measure-worker";

/// What a worker is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Check every answer, for at most this long; then find the heap and the single calls of a replay, each for at most
    /// as long as it says.
    Check { verify: Duration, replay: Duration, profile: Duration },
    /// Time so many replays together, and give up at the limit.
    Time { replays: u32, limit: Duration },
}

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Reply {
    Checked(Box<Checked>),
    Refused(Refusal),
    Timed(Timed),
}

/// A contender that keeps the laws on a script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Checked {
    /// How many calls were checked: all, unless time ran out.
    pub(crate) calls: u64,
    pub(crate) final_len: u64,
    /// Of the contents after the last call that was checked.
    pub(crate) digest: String,
    pub(crate) heap: HeapUse,
    pub(crate) profile: Profile,
}

/// Starts processes that replay one script.
pub(crate) struct Starter {
    program: PathBuf,
    script: PathBuf,
    memory: u64,
}

/// A running one.
pub(crate) trait Replayer {
    /// The answer, which takes at most about `limit`.
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Reply, Silence>;
}

/// Starts replayers of a contender on a heap of this life.
pub(crate) trait Start {
    fn start(&self, contender: Contender, life: Life) -> Result<Box<dyn Replayer>, Silence>;
}

/// What the program itself needs besides what it replays.
const OVERHEAD: u64 = 256 << 20;

impl Starter {
    /// For the script in the file `script`; a process gets no more than `memory` bytes.
    pub(crate) fn new(script: &Path, memory: u64) -> io::Result<Self> {
        Ok(Starter { program: std::env::current_exe()?, script: script.to_owned(), memory })
    }
}

impl Start for Starter {
    fn start(&self, contender: Contender, life: Life) -> Result<Box<dyn Replayer>, Silence> {
        self.start_on(&Setup::Contender(contender), life)
    }
}

impl Starter {
    /// As [`Start::start`], for everything that a script can run on.
    pub(crate) fn start_on(&self, setup: &Setup, life: Life) -> Result<Box<dyn Replayer>, Silence> {
        let setup = serde_json::to_string(setup).map_err(|error| Silence::Ended(error.to_string()))?;
        let mut command = Command::new(&self.program);
        command.arg(FLAG).arg(setup).arg(self.memory.to_string()).arg(&self.script);
        let worker = Worker::start(&mut command, life);
        worker
            .map(|worker| Box::new(worker) as Box<dyn Replayer>)
            .map_err(|error| Silence::Ended(format!("it could not be started: {error}")))
    }
}

impl Replayer for Worker {
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Reply, Silence> {
        /// For what happens beside the request: starting, reading the script.
        const GRACE: Duration = Duration::from_millis(800);
        let request = serde_json::to_string(request).map_err(|error| Silence::Ended(error.to_string()))?;
        let deadline = Instant::now() + limit + limit / 4 + GRACE;
        let answer = Worker::ask(self, &request, Some(deadline), interrupt::requested)?;
        serde_json::from_str(&answer).map_err(|_| Silence::Ended(answer))
    }
}

/// The whole program of a worker, whose arguments after [`FLAG`] are these.
pub(crate) fn main(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let mut text = || arguments.next().and_then(|it| it.into_string().ok()).unwrap_or_default();
    let (setup, memory) = (serde_json::from_str::<Setup>(&text()), text().parse::<u64>());
    let script = arguments.next().map(PathBuf::from).unwrap_or_default();
    let contestant = setup.ok().and_then(|setup| setup.contestant());
    let served = match (contestant, memory) {
        (Some(contestant), Ok(memory)) => {
            limit_memory(memory.saturating_add(OVERHEAD));
            // Where the system does not pin, the parent says so.
            let _ = pin();
            script_file::read(&script).and_then(|script| serve(&script, &*contestant))
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

/// Makes the buffer that reads go to, which is the program's and not the storage's.
fn prepare(script: &Script, scratch: &mut Scratch) {
    let longest = script.ops.iter().map(|op| match op {
        Op::Read(len) | Op::ReadExact(len) | Op::ReadAt { len, .. } => *len,
        Op::ReadVectored(lens) => lens.iter().fold(0_usize, |sum, len| sum.saturating_add(*len)),
        _ => 0,
    });
    // Without memory for it, the replay says so.
    let _ = Op::Read(longest.max().unwrap_or_default()).perform(&mut anystream::VecStream::new(), scratch);
}

/// Enough replays for the rarest latency that is shown, as far as the time allows.
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
