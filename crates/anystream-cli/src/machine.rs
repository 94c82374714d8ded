//! Where and when figures were taken.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, System};

/// Enough to judge whether two sets of figures may be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    /// The core that the program was kept on; nothing if the system would not.
    pub(crate) pinned: Option<usize>,
    pub(crate) system: String,
    /// UTC.
    pub(crate) date: String,
    /// Of this program.
    pub(crate) version: String,
    /// What reading the clock twice takes, in nanoseconds, which is subtracted from the latency of single calls.
    pub(crate) clock_ns: u64,
    /// The program's arguments.
    pub(crate) command: Vec<String>,
}

impl Machine {
    pub(crate) fn here(pinned: Option<usize>, clock: std::time::Duration) -> Self {
        let system = System::new().map(|mut system| {
            system.refresh_cpu_specifics(CpuRefreshKind::nothing());
            system
        });
        let cpu =
            system.ok().and_then(|system| system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()));
        Machine {
            cpu: cpu.filter(|brand| !brand.is_empty()).unwrap_or_else(|| "an unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            pinned,
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            date: Timestamp::now().strftime("%Y-%m-%d %H:%M").to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            clock_ns: clock.as_nanos() as u64,
            command: std::env::args().skip(1).collect(),
        }
    }
}

/// Keeps this thread on one core, the last that it may use, and says which. None where the system does not let it.
pub(crate) fn pin() -> Option<usize> {
    let core = core_affinity::get_core_ids()?.last().copied()?;
    core_affinity::set_for_current(core).then_some(core.id)
}
