//! `anystream workloads`: the built-in workloads.

use std::process::ExitCode;

use clap::Args;

use super::Error;
use crate::catalogue;
use crate::report::{json, table};

/// Lists the built-in workloads, each with examples of programs that behave like it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream workloads
  anystream workloads --json | jq -r '.workloads[] | select(.scalable) | .name'
  anystream choose --workload page-updates --scale 10")]
pub(super) struct Workloads {
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

impl Workloads {
    pub(super) fn run(&self) -> Result<ExitCode, Error> {
        if self.json {
            json::workloads(catalogue::all())?;
        } else {
            table::workloads(catalogue::all())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
