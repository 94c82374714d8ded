//! Where and when figures were taken.

use anystream_measure::clock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Enough to judge whether two sets of figures may be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    /// The core that measuring is pinned to. `None` if the system refuses.
    pub(crate) pinned: Option<usize>,
    pub(crate) system: String,
    /// UTC.
    pub(crate) date: String,
    /// Of this program.
    pub(crate) version: String,
    /// The time of reading the clock twice, in nanoseconds. It is subtracted from the latency of single calls.
    pub(crate) clock_ns: u64,
    /// The program's arguments.
    pub(crate) command: Vec<String>,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let anystream_measure::Machine { cpu, cores, system } = anystream_measure::Machine::here();
        Machine {
            cpu,
            cores,
            // On a thread that ends: the programs that this one starts must not inherit it.
            pinned: std::thread::spawn(anystream_measure::pin).join().ok().flatten(),
            system,
            date: Timestamp::now().strftime("%Y-%m-%d %H:%M").to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            clock_ns: clock().as_nanos() as u64,
            command: std::env::args().skip(1).collect(),
        }
    }
}
