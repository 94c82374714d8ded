//! The tests that a mutant meets, from the quickest to the most thorough.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use wait_timeout::ChildExt;

use crate::tree::Programs;

/// The number of no mutant. It is passed on like any other, so that only the mistake makes a difference.
pub(crate) const NONE: usize = usize::MAX;

/// A test program and which of its tests: a package's folder, its target, arguments for the program.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stage(pub(crate) &'static str, pub(crate) &'static str, &'static [&'static str]);

const QUICK: Stage = Stage("tests", "quick", &["--skip=ropey"]);
const QUICK_ROPEY: Stage = Stage("tests", "quick", &["ropey"]);
const REFUSED: Stage = Stage("out-of-memory", "every_backend", &[]);
const REFUSED_CHUNKS: Stage = Stage("out-of-memory", "resident", &[]);

const ROPE: &[Stage] = &[
    Stage("tests", "quick", &["rope_shape"]),
    Stage(
        "anystream-rope",
        "anystream_rope",
        &["tests::chunks", "tests::looking", "tests::edges::every", "tests::typing", "balance::rem"],
    ),
    QUICK,
    Stage("anystream-rope", "anystream_rope", &["whatever_is_done"]),
    Stage(
        "anystream-rope",
        "anystream_rope",
        &["--skip=tiny_rope", "--skip=a_million", "--skip=whatever_is_done"],
    ),
    REFUSED_CHUNKS,
    Stage("tests", "suite", &["rope_", "matrix::rope::", "model::", "threads::", "sharing::"]),
    Stage("out-of-memory", "rope", &[]),
];
const ROPEY: &[Stage] = &[QUICK_ROPEY, QUICK, REFUSED, REFUSED_CHUNKS, Stage("tests", "suite", &["ropey"])];
const MODEL: &[Stage] = &[QUICK, Stage("tests", "suite", &["can_fail", "model"])];
const IMPORT: &[Stage] = &[
    Stage("anystream-workload", "anystream_workload", &[]),
    Stage("anystream-workload", "strace", &[]),
    Stage("anystream-workload", "strace_calls", &[]),
    Stage("anystream-workload", "trace", &[]),
    Stage("anystream-workload", "editing_traces", &[]),
    Stage("anystream-workload", "hostile_records", &[]),
    Stage("anystream-workload", "real_records", &[]),
];
const OTHERS: &[Stage] = &[
    QUICK,
    REFUSED_CHUNKS,
    QUICK_ROPEY,
    REFUSED,
    Stage("out-of-memory", "stale_bytes", &[]),
    Stage("tests", "suite", &["--skip=matrix::ropey::"]),
];

/// What becomes of a mutant in this file.
pub(crate) fn stages(file: &str) -> &'static [Stage] {
    match file {
        _ if file.starts_with("crates/anystream-rope/") => ROPE,
        _ if file.starts_with("crates/anystream-ropey/") => ROPEY,
        _ if file.ends_with("/model.rs") => MODEL,
        _ if file.starts_with("crates/anystream-workload/") => IMPORT,
        _ => OTHERS,
    }
}

impl Stage {
    /// What cargo is to build for it.
    pub(crate) fn build(&self) -> [String; 2] {
        let Stage(folder, target, _) = self;
        let (package, library) = match folder.strip_prefix("anystream-") {
            Some(_) => ((*folder).to_owned(), *target == folder.replace('-', "_")),
            None => (format!("anystream-{folder}"), false),
        };
        [format!("-p={package}"), if library { "--lib".to_owned() } else { format!("--test={target}") }]
    }

    pub(crate) fn name(&self) -> String {
        let Stage(package, target, _) = self;
        format!("{package} {target}")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// A test failed.
    Caught { by: String },
    /// A test did not end.
    TimedOut { by: String },
    /// All tests passed.
    Survived,
    /// The compiler does not accept it.
    DoesNotCompile,
}

/// The stages that some of these files meet, each once.
pub(crate) fn stages_of<'a>(files: impl Iterator<Item = &'a str>) -> Vec<&'static Stage> {
    let mut all: Vec<&'static Stage> = Vec::new();
    for stage in files.flat_map(stages) {
        if !all.contains(&stage) {
            all.push(stage);
        }
    }
    all
}

/// The programs, and how long each stage takes where nothing is wrong.
pub(crate) struct Trial {
    programs: Programs,
    limits: HashMap<&'static Stage, Duration>,
}

impl Trial {
    /// Runs these stages without a mutant. One with a mutant may take `patience` times as long.
    pub(crate) fn new(programs: Programs, stages: &[&'static Stage], patience: u32) -> Result<Trial> {
        let mut trial = Trial { programs, limits: HashMap::new() };
        for &stage in stages {
            let begun = Instant::now();
            let end = trial.run(stage, NONE, Duration::from_secs(3600))?;
            ensure!(end == End::Passed, "without a mutant, {} {:?}", stage.name(), end);
            let limit = Duration::from_secs(5) + begun.elapsed() * patience;
            eprintln!("{:>6.1} s without a mutant: {}", begun.elapsed().as_secs_f64(), stage.name());
            trial.limits.insert(stage, limit);
        }
        Ok(trial)
    }

    /// How long all stages of this file may take together.
    pub(crate) fn limit(&self, file: &str) -> Duration {
        stages(file).iter().filter_map(|stage| self.limits.get(stage)).sum()
    }

    pub(crate) fn with(&self, programs: Programs) -> Trial {
        Trial { programs, limits: self.limits.clone() }
    }

    /// The first stage that finds this mutant, or nothing.
    pub(crate) fn of(&self, stage: &'static Stage, mutant: usize) -> Result<Option<Outcome>> {
        let limit = *self.limits.get(stage).context("every stage was run")?;
        Ok(match self.run(stage, mutant, limit)? {
            End::Passed => None,
            End::Failed => Some(Outcome::Caught { by: stage.name() }),
            End::TooLate => Some(Outcome::TimedOut { by: stage.name() }),
        })
    }

    fn run(&self, stage: &Stage, mutant: usize, limit: Duration) -> Result<End> {
        let Stage(package, target, arguments) = stage;
        let (program, folder) = self
            .programs
            .get(&((*package).to_owned(), (*target).to_owned()))
            .with_context(|| format!("{} was not built", stage.name()))?;
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            // As cargo would; and with the harness's way to stop at the first failure, which is not stable.
            .env("CARGO_MANIFEST_DIR", folder)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("ANYSTREAM_MUTANT", mutant.to_string())
            .args(["-Zunstable-options", "--fail-fast", "--test-threads=1"])
            .args(*arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| program.display().to_string())?;
        Ok(match child.wait_timeout(limit)? {
            Some(status) if status.success() => End::Passed,
            Some(_) => End::Failed,
            None => {
                child.kill()?;
                child.wait()?;
                End::TooLate
            }
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    TooLate,
}
