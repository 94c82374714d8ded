//! What came out, mutant by mutant and in sum.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::mutant::Mutant;
use crate::trial::Outcome;

/// One mutant's, a line of the file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) mutant: String,
    pub(crate) outcome: Outcome,
}

/// The lines of an earlier run.
pub(crate) fn read(file: &Path) -> Result<Vec<Line>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    text.lines().map(|line| serde_json::from_str(line).context("not a line of results")).collect()
}

/// What came out so far, in a file too: nothing is lost if it is interrupted.
pub(crate) struct Results {
    so_far: Mutex<(File, Table)>,
    progress: ProgressBar,
}

impl Results {
    pub(crate) fn new(folder: &Path, len: usize) -> Result<Results> {
        let path = folder.join("results.jsonl");
        let file = File::create(&path).with_context(|| path.display().to_string())?;
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta} {msg}")?;
        let progress = ProgressBar::new(len as u64).with_style(style);
        Ok(Results { so_far: Mutex::new((file, Table::default())), progress })
    }

    /// Adds what was tried now.
    pub(crate) fn add(&self, mutant: &Mutant, outcome: Outcome) -> Result<()> {
        if outcome == Outcome::Survived {
            self.progress.suspend(|| println!("survived: {}", mutant.name));
        }
        self.keep(&Line { mutant: mutant.name.clone(), outcome })?;
        self.progress.inc(1);
        Ok(())
    }

    /// Adds what was tried earlier.
    pub(crate) fn keep(&self, line: &Line) -> Result<()> {
        let (file, table) = &mut *self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{}", serde_json::to_string(line)?)?;
        table.add(line);
        Ok(())
    }

    pub(crate) fn finish(self) -> Table {
        self.progress.finish_and_clear();
        self.so_far.into_inner().unwrap_or_else(PoisonError::into_inner).1
    }
}

/// How many came out how, by part of the project; shown as Markdown.
#[derive(Default)]
pub(crate) struct Table {
    parts: BTreeMap<String, Counts>,
    all: Counts,
}

#[derive(Default)]
struct Counts {
    do_not_compile: usize,
    caught: usize,
    timed_out: usize,
    survived: usize,
}

impl Table {
    fn add(&mut self, line: &Line) {
        let path = line.mutant.split(':').next().unwrap_or_default();
        let part = match path {
            _ if path.ends_with("src/model.rs") => "the model",
            _ if path.contains("/import/") => "the importers",
            _ => path.trim_start_matches("crates/").split('/').next().unwrap_or_default(),
        };
        self.parts.entry(part.to_owned()).or_default().add(&line.outcome);
        self.all.add(&line.outcome);
    }

    /// How many of all that compile were caught.
    pub(crate) fn caught_percent(&self) -> f64 {
        self.all.caught_percent()
    }
}

impl Counts {
    fn add(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::DoesNotCompile => &mut self.do_not_compile,
            Outcome::Caught { .. } => &mut self.caught,
            Outcome::TimedOut { .. } => &mut self.timed_out,
            Outcome::Survived => &mut self.survived,
        } += 1;
    }

    fn caught_percent(&self) -> f64 {
        let caught = self.caught + self.timed_out;
        100.0 * caught as f64 / (caught + self.survived).max(1) as f64
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | tried | do not compile | caught by a test | by the clock | survived | caught |")?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|")?;
        for (part, counts) in
            self.parts.iter().map(|(part, counts)| (part.as_str(), counts)).chain([("all", &self.all)])
        {
            let Counts { do_not_compile, caught, timed_out, survived } = counts;
            let tried = do_not_compile + caught + timed_out + survived;
            let percent = counts.caught_percent();
            writeln!(
                f,
                "| {part} | {tried} | {do_not_compile} | {caught} | {timed_out} | {survived} | {percent:.1} % |"
            )?;
        }
        Ok(())
    }
}
