//! The tests that a mutant meets, from the quickest to the most thorough.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
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
    Stage("out-of-memory", "rope", &[]),
    Stage("out-of-memory", "every_backend", &["f1_rope", "f1_any_rope"]),
    Stage("tests", "suite", &["rope_", "matrix::rope::", "model::", "threads::", "sharing::"]),
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
    limits: HashMap<&'static Stage, Mutex<Option<Duration>>>,
    patience: u32,
}

impl Trial {
    /// Of these stages, by these programs in which no mutant is active. With one, a stage may take `patience` times as long
    /// as without.
    pub(crate) fn new(programs: Programs, stages: &[&'static Stage], patience: u32) -> Trial {
        let limits = stages.iter().map(|&stage| (stage, Mutex::new(None))).collect();
        Trial { programs, limits, patience }
    }

    /// How this stage finds this mutant, or nothing.
    pub(crate) fn of(&self, stage: &'static Stage, mutant: usize) -> Result<Option<Outcome>> {
        self.of_these(&self.programs, stage, mutant)
    }

    /// The same by other programs, in which a mutant is that cannot be chosen.
    pub(crate) fn of_these(
        &self,
        programs: &Programs,
        stage: &'static Stage,
        mutant: usize,
    ) -> Result<Option<Outcome>> {
        Ok(match run(programs, stage, mutant, self.limit(stage)?)? {
            End::Passed => None,
            End::Failed => Some(Outcome::Caught { by: stage.name() }),
            End::TooLate => Some(Outcome::TimedOut { by: stage.name() }),
        })
    }

    /// Runs the stage without a mutant when it is first asked for.
    fn limit(&self, stage: &'static Stage) -> Result<Duration> {
        let limit = self.limits.get(stage).context("every stage was built")?;
        let mut limit = limit.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limit) = *limit {
            return Ok(limit);
        }
        let begun = Instant::now();
        let end = run(&self.programs, stage, NONE, Duration::from_secs(3600))?;
        ensure!(end == End::Passed, "without a mutant, {} {:?}", stage.name(), end);
        eprintln!("{:>6.1} s without a mutant: {}", begun.elapsed().as_secs_f64(), stage.name());
        Ok(*limit.insert(Duration::from_secs(5) + begun.elapsed() * self.patience))
    }
}

fn run(programs: &Programs, stage: &Stage, mutant: usize, limit: Duration) -> Result<End> {
    let Stage(package, target, arguments) = stage;
    let (program, folder) = programs
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

#[derive(Debug, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    TooLate,
}
