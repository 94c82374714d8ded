//! `anystream backends`: the backends and their costs.

use std::process::ExitCode;

use clap::Args;

use super::Error;
use crate::contender::Contender;
use crate::report;

/// Lists the backends and their costs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream backends
  anystream backends --json | jq -r '.backends[].name'")]
pub(super) struct Backends {
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

impl Backends {
    pub(super) fn run(&self) -> Result<ExitCode, Error> {
        if self.json {
            report::json::backends(Contender::all())?;
        } else {
            report::table::backends(Contender::all())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
