//! Logs with the lengths that they left on disk, for machines without strace.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::run::{Options, Outcome};
use crate::trial::trial_of;

/// A program that ran once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// The seed of program and options.
    pub seed: u64,
    /// How it was traced.
    pub options: Options,
    /// The files it left.
    pub outcome: Outcome,
}

const INDEX: &str = "lengths.jsonl";
/// Longer logs are left out, in bytes of the compressed log.
const LONGEST: usize = 6000;

/// Runs programs from `seed` on, and records `count` of them in `directory`: logs, and a list of lengths.
///
/// # Errors
/// A file can't be written.
pub fn record(own: &Path, seed: u64, count: u64, directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    // Logs hold the path of the interpreter, which is that of a build directory otherwise.
    let place = tempfile::tempdir()?;
    let interpreter = place.path().join("anystream-kernel-tests");
    fs::copy(own, &interpreter)?;
    let mut index = String::new();
    let mut recorded = 0;
    for seed in seed.. {
        let Ok(trial) = trial_of(&interpreter, seed) else { continue };
        let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
        compressed.write_all(&trial.log)?;
        let compressed = compressed.finish()?;
        if compressed.len() > LONGEST || !trial.outcome.files.iter().any(|file| file.told) {
            continue;
        }
        fs::write(directory.join(format!("{seed}.strace.gz")), compressed)?;
        let Options { strace, to_file } = trial.options;
        let entry = Recorded { seed, options: Options { strace, to_file }, outcome: trial.outcome };
        index += &(serde_json::to_string(&entry)? + "\n");
        recorded += 1;
        if recorded == count {
            break;
        }
    }
    fs::write(directory.join(INDEX), index).context("the list cannot be written")
}

/// Returns the runs that [`record`] wrote in `directory`, with their logs.
///
/// # Errors
/// The list or a log can't be read.
pub fn recorded(directory: &Path) -> Result<Vec<(Recorded, Vec<u8>)>> {
    let index = fs::read_to_string(directory.join(INDEX)).context(INDEX)?;
    let mut all = Vec::new();
    for line in index.lines() {
        let entry: Recorded = serde_json::from_str(line)?;
        let path = directory.join(format!("{}.strace.gz", entry.seed));
        let compressed = fs::read(&path).with_context(|| path.display().to_string())?;
        let mut log = Vec::new();
        GzDecoder::new(&compressed[..]).read_to_end(&mut log)?;
        all.push((entry, log));
    }
    Ok(all)
}
