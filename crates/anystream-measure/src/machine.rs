//! Facts about the machine, and its control.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, System};

/// The facts that decide whether two sets of figures may be compared.
///
/// ```
/// assert!(anystream_measure::Machine::here().cores >= 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// How many cores this process may use. Ask before pinning.
    pub cores: usize,
    /// Operating system and architecture.
    pub system: String,
}

impl Machine {
    /// The machine this runs on.
    ///
    /// ```
    /// assert!(anystream_measure::Machine::here().system.contains(std::env::consts::ARCH));
    /// ```
    #[must_use]
    pub fn here() -> Self {
        let system = System::new().map(|mut system| {
            system.refresh_cpu_specifics(CpuRefreshKind::nothing());
            system
        });
        let cpu =
            system.ok().and_then(|system| system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()));
        Machine {
            cpu: cpu.filter(|brand| !brand.is_empty()).unwrap_or_else(|| "an unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

/// Keeps this thread on the last core it may use, and returns that core. `None` if the system refuses.
///
/// Child processes inherit it, so call it in a worker, not in a program that starts programs of the user.
///
/// ```
/// std::thread::spawn(|| println!("{:?}", anystream_measure::pin())).join().unwrap();
/// ```
#[must_use]
pub fn pin() -> Option<usize> {
    let core = core_affinity::get_core_ids()?.last().copied()?;
    core_affinity::set_for_current(core).then_some(core.id)
}

/// The free memory in bytes: of the machine, or of the control group if that has less. `u64::MAX` on a system that
/// does not tell.
///
/// ```
/// assert!(anystream_measure::free_memory() > 0);
/// ```
#[must_use]
pub fn free_memory() -> u64 {
    let Ok(mut system) = System::new() else { return address_space_left() };
    system.refresh_memory();
    let free = system.available_memory().min(address_space_left());
    system.cgroup_limits().map_or(free, |group| free.min(group.free_memory))
}

/// How many bytes this process may still map (`ulimit -v`), or `u64::MAX` without a limit.
fn address_space_left() -> u64 {
    #[cfg(unix)]
    if let Ok((soft, _)) = rlimit::Resource::AS.get()
        && soft < rlimit::INFINITY
    {
        return soft.saturating_sub(mapped());
    }
    u64::MAX
}

/// How many bytes this process has mapped, or 0 if the system does not tell.
#[cfg(unix)]
fn mapped() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or_default().saturating_mul(1024)
}

/// Does `work`, while the system refuses this process more than `bytes` of further memory, as [`limit_memory`] does.
/// The limit that held before holds again afterwards.
///
/// ```
/// let vector = anystream_measure::with_memory_limit(1 << 30, || vec![0; 1 << 20]);
/// assert_eq!(vector.len(), 1 << 20);
/// ```
pub fn with_memory_limit<T>(bytes: u64, work: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    if let Ok((soft, hard)) = rlimit::Resource::AS.get() {
        let limit = mapped().saturating_add(bytes).min(soft);
        // Where limits may not be set, nothing is lost but the refusal.
        let _ = rlimit::Resource::AS.set(limit, hard);
        let worked = work();
        let _ = rlimit::Resource::AS.set(soft, hard);
        return worked;
    }
    work()
}

/// Has the system refuse this process memory past `bytes`, or past its own limit if that is lower, and returns the
/// limit that holds.
///
/// Works on Unix, by `RLIMIT_AS`; elsewhere, and where limits may not be set, nothing changes and `bytes` is returned.
/// Child processes inherit it.
///
/// ```no_run
/// assert!(anystream_measure::limit_memory(1 << 30) <= 1 << 30);
/// ```
pub fn limit_memory(bytes: u64) -> u64 {
    #[cfg(unix)]
    if let Ok((soft, hard)) = rlimit::Resource::AS.get() {
        let limit = soft.min(bytes);
        // Where limits may not be set, callers that check the number before allocating still respect it.
        let _ = rlimit::Resource::AS.set(limit, hard);
        return limit;
    }
    bytes
}

/// The time that reading the clock twice takes: the shortest mean over a thousand readings, because a clock may not
/// resolve single nanoseconds.
///
/// ```
/// assert!(anystream_measure::clock().as_millis() < 1);
/// ```
#[must_use]
pub fn clock() -> Duration {
    const READINGS: u32 = 1000;
    let batch = || {
        let begin = Instant::now();
        for _ in 0..READINGS {
            black_box(Instant::now());
        }
        begin.elapsed() / READINGS
    };
    (0..20).map(|_| batch()).min().unwrap_or_default()
}
