//! The times of all backends on one log.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use crate::backend::Backend;
use crate::child::Replayed;
use crate::facts::Facts;
use crate::logs::Log;
use crate::stats::{least, median};

/// One line of the file of known times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Truth {
    pub(crate) log: String,
    pub(crate) cpu: String,
    pub(crate) facts: Facts,
    pub(crate) times: BTreeMap<Backend, Times>,
    /// Backends without a time, and why.
    pub(crate) left_out: BTreeMap<Backend, String>,
}

/// The times of one backend, per replay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Times {
    /// The median of the medians of all processes: what regret is computed from.
    pub(crate) median_ns: f64,
    /// The shortest of all.
    pub(crate) best_ns: f64,
    pub(crate) replays: u64,
    pub(crate) processes: usize,
}

/// How much is measured for each log.
pub(crate) struct Effort {
    pub(crate) processes: u32,
    pub(crate) seconds: f64,
}

/// After its first process, a backend that is slower than the fastest by this factor is not measured further.
const HOPELESS: f64 = 4.0;

/// A first replay is abandoned once it takes this many times what the fastest backend takes, and at least this many
/// seconds.
const PATIENCE: f64 = 50.0;
const PATIENCE_SECONDS: f64 = 3.0;
const PATIENCE_OF_THE_FIRST: f64 = 60.0;

/// Settings that make glibc's allocator keep freed memory, as it does in a service that has run for long: nothing is
/// mapped for a single allocation, nothing is returned to the system, and the heap grows in large steps. Other
/// allocators ignore them.
const RETAINED_HEAP: &[(&str, &str)] = &[
    ("MALLOC_TRIM_THRESHOLD_", "1099511627776"),
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TOP_PAD_", "67108864"),
];

/// The times measured so far, kept in a file if one is named.
pub(crate) struct Known {
    path: Option<PathBuf>,
    cpu: String,
    truths: HashMap<String, Truth>,
}

impl Known {
    /// Reads the times of this processor from the file at `path`.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self> {
        let mut known = Known { path: path.map(Path::to_owned), cpu: cpu()?, truths: HashMap::new() };
        let Some(path) = path else { return Ok(known) };
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read.with_context(|| format!("reading {}", path.display()))?,
        };
        for (index, line) in text.lines().enumerate() {
            let at =
                || format!("{}, line {}: not a line of measured times; delete it", path.display(), index + 1);
            let truth: Truth = serde_json::from_str(line).with_context(at)?;
            if truth.cpu == known.cpu {
                known.truths.insert(truth.log.clone(), truth);
            }
        }
        Ok(known)
    }

    /// The times of `log`, measured if the file lacks them or has them for another workload of that name.
    pub(crate) fn times(&mut self, log: &Log, facts: &Facts, effort: &Effort) -> Result<Truth> {
        if let Some(truth) = self.truths.get(&log.name).filter(|truth| truth.facts == *facts) {
            return Ok(truth.clone());
        }
        let truth = measure(log, facts, &self.cpu, effort)?;
        // A backend that was left out may fit once more memory is free.
        if let Some(path) = self.path.as_ref().filter(|_| truth.left_out.is_empty()) {
            let line = serde_json::to_string(&truth)? + "\n";
            OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)
                .and_then(|mut file| file.write_all(line.as_bytes()))
                .with_context(|| format!("writing {}", path.display()))?;
        }
        self.truths.insert(log.name.clone(), truth.clone());
        Ok(truth)
    }
}

impl Truth {
    pub(crate) fn median_ns(&self, backend: Backend) -> Option<f64> {
        self.times.get(&backend).map(|times| times.median_ns)
    }

    /// The fastest backend, unless none could be timed.
    pub(crate) fn fastest(&self) -> Option<(Backend, f64)> {
        let medians = self.times.iter().map(|(backend, times)| (*backend, times.median_ns));
        medians.min_by(|one, other| one.1.total_cmp(&other.1))
    }

    /// By which factor `backend` is slower than the fastest.
    pub(crate) fn regret(&self, backend: Backend) -> Option<f64> {
        Some(self.median_ns(backend)? / self.fastest()?.1)
    }

    /// The same by the shortest replays.
    pub(crate) fn regret_by_best(&self, backend: Backend) -> Option<f64> {
        Some(self.times.get(&backend)?.best_ns / least(self.times.values().map(|times| times.best_ns)))
    }
}

/// Times the backends interleaved, each time in a fresh process. Each round starts with another backend.
fn measure(log: &Log, facts: &Facts, cpu: &str, effort: &Effort) -> Result<Truth> {
    let mut left_out = BTreeMap::new();
    let half = free_memory() / 2;
    let mut racing: Vec<Backend> = Backend::ALL.to_vec();
    racing.retain(|backend| {
        let need = facts.need(*backend);
        let fits = need <= half;
        if !fits {
            let why = format!("may need {need} bytes, and half of the free memory is {half}");
            eprintln!("  {} is left out: {why}", backend.name());
            left_out.insert(*backend, why);
        }
        fits
    });

    let mut measured: BTreeMap<Backend, Vec<Replayed>> = BTreeMap::new();
    for round in 0..effort.processes {
        let mut order = racing.clone();
        if !order.is_empty() {
            let first = round as usize % order.len();
            order.rotate_left(first);
        }
        for backend in order {
            match replay(log, backend, effort.seconds, patience(&measured)) {
                Ok(replayed) => measured.entry(backend).or_default().push(replayed),
                Err(error) => {
                    eprintln!("  {} is left out: {error:#}", backend.name());
                    left_out.insert(backend, format!("{error:#}"));
                }
            }
        }
        let fastest = fastest_ns(&measured);
        racing.retain(|backend| {
            let hopeless =
                |replayed: &Replayed| replayed.replays == 0 || replayed.best_ns > fastest * HOPELESS;
            !left_out.contains_key(backend) && !measured[backend].iter().any(hopeless)
        });
    }
    measured.retain(|backend, _| !left_out.contains_key(backend));
    let times = measured.into_iter().map(|(backend, processes)| (backend, Times::of(&processes))).collect();
    Ok(Truth { log: log.name.clone(), cpu: cpu.to_owned(), facts: *facts, times, left_out })
}

impl Times {
    fn of(processes: &[Replayed]) -> Self {
        Times {
            median_ns: median(processes.iter().map(|process| process.median_ns).collect()),
            best_ns: least(processes.iter().map(|process| process.best_ns)),
            replays: processes.iter().map(|process| process.replays).sum(),
            processes: processes.len(),
        }
    }
}

fn fastest_ns(measured: &BTreeMap<Backend, Vec<Replayed>>) -> f64 {
    least(measured.values().flatten().map(|replayed| replayed.median_ns))
}

fn patience(measured: &BTreeMap<Backend, Vec<Replayed>>) -> f64 {
    match fastest_ns(measured) {
        fastest if fastest.is_finite() => {
            (fastest / 1e9 * PATIENCE).clamp(PATIENCE_SECONDS, PATIENCE_OF_THE_FIRST)
        }
        _ => PATIENCE_OF_THE_FIRST,
    }
}

/// Has a fresh process of this program replay `log`, with a heap that keeps its memory.
fn replay(log: &Log, backend: Backend, seconds: f64, patience: f64) -> Result<Replayed> {
    let mut command = Command::new(env::current_exe().context("finding this program, to start it again")?);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("MALLOC_") || name == "GLIBC_TUNABLES" {
            command.env_remove(name);
        }
    }
    command.envs(RETAINED_HEAP.iter().copied());
    command.args([
        "--child",
        backend.name(),
        "--replay",
        &seconds.to_string(),
        "--patience",
        &patience.to_string(),
    ]);
    if let Some(file) = &log.file {
        command.args(["--file", file]);
    }
    let output = command
        .arg("--")
        .arg(&log.path)
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("starting a process for {} on {}", log.name, backend.name()))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        anyhow::bail!("{} ({})", why.trim().trim_start_matches("regret: "), output.status);
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("reading the times of {} on {}", log.name, backend.name()))
}

/// Of the control group if there is one.
fn free_memory() -> u64 {
    let Ok(mut system) = System::new() else { return u64::MAX };
    system.refresh_memory();
    let free = system.available_memory();
    system.cgroup_limits().map_or(free, |group| free.min(group.free_memory))
}

fn cpu() -> Result<String> {
    let known = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = System::new_with_specifics(known).context("asking for the model of the CPU")?;
    Ok(system.cpus().first().map_or("unknown", |cpu| cpu.brand()).trim().to_owned())
}
