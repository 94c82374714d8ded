//! A case in a process of its own, so that its figures do not depend on which cases came before it.
//!
//! What others left of the heap decides where the pieces of a rope come to lie: behind some of the
//! others, its random reads took half as long again as alone.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::measure::Case;

/// Has this program, with the arguments that it was given, measure only `case`.
pub(crate) fn measure(case: &str) -> Result<Case> {
    let program = env::current_exe().context("finding this program, to start it again")?;
    let output = Command::new(program)
        .args(env::args_os().skip(1))
        .args(["--case", case])
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting a process for {case}"))?;
    ensure!(output.status.success(), "{case} could not be measured");
    serde_json::from_slice(&output.stdout).with_context(|| format!("reading what was measured of {case}"))
}
