//! `anystream rank`: one ranking of all saved results.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Error;
use crate::overall;
use crate::report::{json, table};
use crate::results::Outcome;
use crate::saved::{Saved, keep};

/// Ranks the backends over all saved results by the geometric mean of their ratios to the best.
///
/// If a workload was measured several times, the last measurement counts.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream rank results.jsonl
  anystream rank monday.jsonl tuesday.jsonl --json | jq -r '.overall[0].backend'")]
pub(super) struct Rank {
    /// Results as `choose --save` wrote them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

impl Rank {
    pub(super) fn run(&self) -> Result<ExitCode, Error> {
        let mut saved = Vec::new();
        for file in &self.files {
            for result in Saved::read(file)? {
                keep(&mut saved, result);
            }
        }
        let outcomes: Vec<Outcome> = saved.into_iter().map(|saved| saved.workload).collect();
        let ranks = overall::rank(&outcomes);
        if self.json {
            json::ranking(&outcomes, &ranks)?;
        } else {
            table::ranking(&outcomes, &ranks)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
