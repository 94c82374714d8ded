//! The facts about heap, from the program that counts it.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use anystream_benches::Fact;

/// Builds `heap` from the same sources, if it is not there yet, and runs it.
pub(crate) fn facts() -> Result<Vec<Fact>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--manifest-path", manifest, "--bin", "heap"])
        .stderr(Stdio::inherit())
        .output()
        .context("starting cargo to run `heap`, which counts heap")?;
    ensure!(output.status.success(), "`heap`, which counts heap, failed");
    serde_json::from_slice(&output.stdout).context("reading what `heap` counted")
}
