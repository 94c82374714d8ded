//! `anystream compare`: differences between two measurements that exceed noise.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Error;
use crate::comparison::compare;
use crate::report::{json, table};
use crate::saved::Saved;

/// Compares two measurements and names differences that exceed noise.
///
/// Workloads and backends that occur in only one of them are named but not compared. Measurements from different
/// machines are compared with a warning.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream choose --save old.jsonl
  anystream choose --save new.jsonl
  anystream compare old.jsonl new.jsonl
  anystream compare --json old.jsonl new.jsonl | jq '.changes[] | select(.verdict == \"slower\")'

Exit codes: 0 nothing became slower, 1 something did, 2 bad input or usage.")]
pub(super) struct Compare {
    /// The results before, as `choose --save` wrote them
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The results after
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

impl Compare {
    pub(super) fn run(&self) -> Result<ExitCode, Error> {
        let comparison = compare(&Saved::read(&self.old)?, &Saved::read(&self.new)?);
        if self.json {
            json::comparison(&comparison)?;
        } else {
            table::comparison(&comparison)?;
        }
        Ok(ExitCode::from(u8::from(comparison.anything_slower())))
    }
}
