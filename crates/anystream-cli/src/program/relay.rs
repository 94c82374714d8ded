//! Runs a program and passes signals on to it.
//!
//! Signals are blocked and read from a descriptor. Their dispositions don't change, so the program inherits those
//! of this process, such as the ignored SIGHUP of `nohup`. Programs inherit blocked signals, too, so signals
//! are blocked only after the program has started.

use std::fs;
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};
use std::{io, process};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;

use crate::report::note;

/// What others send to end or to steer a program.
const PASSED_ON: [Signal; 8] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGWINCH,
];

/// How long processes that outlive the program run before the user hears of them.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs `command` to its end. `name` is what the user calls the program.
pub(super) fn run(command: &mut Command, to: To, name: &str) -> io::Result<ExitStatus> {
    let mut child = command.spawn()?;
    Relay::begin()?.wait(&mut child, to, name)
}

/// While it lives, signals go to the program that it waits for, and not to this process.
#[derive(Debug)]
struct Relay {
    signals: SignalFd,
    /// The signals that were blocked before.
    blocked: SigSet,
}

/// Where signals go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// To the child itself.
    Child,
    /// To the program that the child traces.
    Traced,
}

impl Relay {
    fn begin() -> io::Result<Self> {
        let mut set = SigSet::empty();
        set.extend(PASSED_ON);
        // Only to wake up when the child ends.
        set.add(Signal::SIGCHLD);
        let blocked = set.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK)?;
        match SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC) {
            Ok(signals) => Ok(Relay { signals, blocked }),
            Err(error) => {
                let _ = blocked.thread_set_mask();
                Err(error.into())
            }
        }
    }

    fn wait(&self, child: &mut Child, to: To, name: &str) -> io::Result<ExitStatus> {
        let own = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        let mut program = if to == To::Child { Some(own) } else { None };
        // Since when there is no program: it has ended, or strace has not started it yet.
        let mut ended: Option<Instant> = None;
        let mut told = false;
        let mut waiting = Vec::new();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            self.sleep()?;
            if to == To::Traced {
                program = traced_child(own);
                ended = if program.is_some() { None } else { ended.or(Some(Instant::now())) };
            }
            while let Some(received) = self.next()? {
                let left: Vec<Pid> = if ended.is_some() { traced_by(own).collect() } else { Vec::new() };
                if !left.is_empty() && received.ends_programs() {
                    left.into_iter().for_each(|pid| send(pid, Signal::SIGTERM));
                } else if received.sent {
                    // Until the program is there.
                    waiting.push(received.signal);
                }
            }
            if let Some(program) = program {
                waiting.drain(..).for_each(|signal| send(program, signal));
            }
            if !told && ended.is_some_and(|ended| ended.elapsed() > PATIENCE) {
                told = true;
                let left: Vec<String> = traced_by(own).map(|pid| pid.to_string()).collect();
                if !left.is_empty() {
                    note(&still_running(name, &left));
                }
            }
        }
    }

    /// Until something happened, or for a moment.
    fn sleep(&self) -> io::Result<()> {
        let moment = PollTimeout::from(200_u8);
        let mut events = [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        match poll(&mut events, moment) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn next(&self) -> io::Result<Option<Received>> {
        /// A terminal signals the program itself, too: it is in the same process group.
        const FROM_THE_KERNEL: i32 = 0x80;
        let Some(info) = self.signals.read_signal()? else { return Ok(None) };
        let signal = i32::try_from(info.ssi_signo).ok().and_then(|number| Signal::try_from(number).ok());
        let signal = signal.unwrap_or(Signal::SIGCHLD);
        let sent = signal != Signal::SIGCHLD && info.ssi_code != FROM_THE_KERNEL;
        Ok(Some(Received { signal, sent }))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.blocked.thread_set_mask();
    }
}

struct Received {
    signal: Signal,
    /// By a process and not by a terminal.
    sent: bool,
}

impl Received {
    fn ends_programs(&self) -> bool {
        matches!(self.signal, Signal::SIGHUP | Signal::SIGINT | Signal::SIGQUIT | Signal::SIGTERM)
    }
}

fn still_running(name: &str, left: &[String]) -> String {
    let (processes, pids) = (if left.len() == 1 { "a process" } else { "processes" }, left.join(" "));
    format!(
        "{name} has ended, but {processes} that it started still run{} ({pids}). The recording goes on until the \
         end; press Ctrl-C or run `kill {pids}` to end it.",
        if left.len() == 1 { "s" } else { "" }
    )
}

/// A process that has just ended gets no signal, and needs none.
fn send(to: Pid, signal: Signal) {
    let _ = kill(to, signal);
}

/// The program that `tracer` started: its only child.
fn traced_child(tracer: Pid) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{tracer}/task/{tracer}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok().map(Pid::from_raw)
}

/// Every process that `tracer` traces, also if its parent has ended.
fn traced_by(tracer: Pid) -> impl Iterator<Item = Pid> {
    let wanted = format!("TracerPid:\t{tracer}");
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let own = i32::try_from(process::id()).unwrap_or_default();
    pids.filter(move |pid| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        *pid != own && status.lines().any(|line| line == wanted)
    })
    .map(Pid::from_raw)
}
