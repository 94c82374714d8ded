//! On what it was measured, and what.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, RefreshKind, System};

/// What figures mean nothing without.
#[derive(Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    /// The core that all of it ran on; nothing if this system does not let a program choose.
    pub(crate) core: Option<usize>,
    /// In UTC.
    pub(crate) date: String,
    pub(crate) rustc: &'static str,
    /// Name and version.
    pub(crate) crates: Vec<(String, String)>,
}

/// The crates that do the work which is measured.
const MEASURED: &[&str] = &[
    "anystream",
    "anystream-vec",
    "anystream-small",
    "anystream-rope",
    "anystream-ropey",
    "bytes",
    "crop",
    "jumprope",
    "ropey",
    "smallvec",
];

/// Keeps this program on the last core, the one that systems leave alone the longest, and says which
/// that is.
pub(crate) fn pin() -> Option<usize> {
    let last = core_affinity::get_core_ids()?.pop()?;
    core_affinity::set_for_current(last).then_some(last.id)
}

impl Machine {
    /// This one, now.
    pub(crate) fn this(core: Option<usize>) -> Result<Self> {
        let known = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
        let system = System::new_with_specifics(known).context("asking for the model of the CPU")?;
        let cpu = system.cpus().first().map_or("unknown", |cpu| cpu.brand()).trim().to_owned();
        Ok(Machine {
            cpu,
            cores: system.cpus().len(),
            core,
            date: jiff::Timestamp::now().strftime("%F").to_string(),
            rustc: env!("RUSTC_VERSION"),
            crates: crates()?,
        })
    }
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

fn crates() -> Result<Vec<(String, String)>> {
    let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"));
    let lock: Lock = toml::from_str(lock).context("reading the versions in Cargo.lock")?;
    let measured = lock.package.into_iter().filter(|package| MEASURED.contains(&package.name.as_str()));
    Ok(measured.map(|package| (package.name, package.version)).collect())
}
