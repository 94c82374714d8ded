//! One program: run, imported and compared.

use std::path::Path;

use anyhow::Result;

use crate::judge::{Judged, judge};
use crate::run::{Options, Outcome, run};
use crate::script::Script;

/// A program that ran, and the answers about its files.
#[derive(Debug, Clone)]
pub struct Trial {
    /// How it was traced.
    pub options: Options,
    /// The program.
    pub script: Script,
    /// The log.
    pub log: Vec<u8>,
    /// The files it left.
    pub outcome: Outcome,
    /// The answers.
    pub judged: Vec<Judged>,
}

/// Runs `script` with the interpreter `program` in a temporary directory, and compares.
///
/// # Errors
/// As [`run()`].
pub fn trial(program: &Path, script: Script, options: Options) -> Result<Trial> {
    let directory = tempfile::tempdir()?;
    let outcome = run(program, &script, &options, directory.path())?;
    let log = directory.path().join("log");
    let judged = judge(&log, &outcome);
    Ok(Trial { options, script, log: std::fs::read(log)?, outcome, judged })
}

/// Runs the program of `seed` with the options of `seed`, and compares.
///
/// # Errors
/// As [`run()`].
pub fn trial_of(program: &Path, seed: u64) -> Result<Trial> {
    let options = Options::random(seed);
    trial(program, crate::generate::program(seed, &options), options)
}
