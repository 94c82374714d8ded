//! What `anystream choose` answers.

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::backend::Backend;
use crate::logs::Log;

/// The program that is judged.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// For `--time`.
    pub(crate) time: Option<f64>,
}

/// One answer, and how long it took.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Advice {
    pub(crate) answer: Answer,
    pub(crate) seconds: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Choice {
        backend: Backend,
        /// Nothing if the program does not say it.
        decided: Option<bool>,
    },
    /// Bad input, says the program, and why.
    Refused(String),
    /// Neither a choice nor a refusal: a fault of the program.
    Failed(String),
}

/// The exit code for bad input.
const REFUSED: i32 = 2;

impl Program {
    /// Gives `log` to the program. It runs with this program's environment, on any core.
    pub(crate) fn ask(&self, log: &Log) -> Result<Advice> {
        let mut command = Command::new(&self.path);
        command.args(["choose", "--json", "--no-sizes"]);
        if let Some(time) = self.time {
            command.args(["--time", &time.to_string()]);
        }
        if let Some(file) = &log.file {
            command.args(["--file", file]);
        }
        let start = Instant::now();
        let output = command.arg(&log.path).output().with_context(|| {
            format!(
                "starting {}: build it with `cargo build --release`, or name another with --choose",
                self.path.display()
            )
        })?;
        Ok(Advice { answer: answer(&output), seconds: start.elapsed().as_secs_f64() })
    }
}

fn answer(output: &Output) -> Answer {
    let errors = String::from_utf8_lossy(&output.stderr);
    let message = errors.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let message = message.trim_start_matches("error: ");
    match output.status.code() {
        Some(0) => choice(&output.stdout).unwrap_or_else(|error| Answer::Failed(format!("{error:#}"))),
        Some(REFUSED) => Answer::Refused(message.to_owned()),
        _ => Answer::Failed(format!("{}: {message}", output.status)),
    }
}

fn choice(json: &[u8]) -> Result<Answer> {
    let value: Value = serde_json::from_slice(json).context("its output is not JSON")?;
    let workload = value.pointer("/workloads/0").context("its output has no workload")?;
    let name = workload.get("choice").and_then(Value::as_str).context("its output has no choice")?;
    let backend =
        Backend::named(name).with_context(|| format!("it chose {name}, which is not timed here"))?;
    Ok(Answer::Choice { backend, decided: workload.get("decided").and_then(Value::as_bool) })
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Answer::Choice { backend, decided: Some(false) } => write!(f, "{}, undecided", backend.name())?,
            Answer::Choice { backend, .. } => f.write_str(backend.name())?,
            Answer::Refused(why) => write!(f, "refused: {why}")?,
            Answer::Failed(why) => write!(f, "FAILED: {why}")?,
        }
        write!(f, " ({:.1} s)", self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_that_of_the_first_workload() {
        let chosen = |json: &str| choice(json.as_bytes());
        let vec = |decided| Answer::Choice { backend: Backend::Vec, decided };
        assert_eq!(chosen(r#"{"workloads":[{"choice":"vec"}]}"#).expect("a choice"), vec(None));
        let undecided = r#"{"workloads":[{"choice":"vec","decided":false}]}"#;
        assert_eq!(chosen(undecided).expect("a choice"), vec(Some(false)));
        for bad in [
            "",
            r#"{"workloads":[]}"#,
            r#"{"workloads":[{"choice":null}]}"#,
            r#"{"workloads":[{"choice":"x"}]}"#,
        ] {
            chosen(bad).expect_err(bad);
        }
    }
}
