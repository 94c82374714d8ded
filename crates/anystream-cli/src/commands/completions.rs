//! `anystream completions`: what a shell needs to complete the program's arguments.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::Error;
use crate::report;

/// Prints a script with which a shell completes commands, options and files.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream completions bash > ~/.local/share/bash-completion/completions/anystream
  anystream completions zsh > ~/.zfunc/_anystream      with ~/.zfunc in fpath
  anystream completions fish > ~/.config/fish/completions/anystream.fish
  anystream completions powershell | Out-String | Invoke-Expression
  eval (anystream completions elvish | slurp)")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, mut program: Command) -> Result<ExitCode, Error> {
        // First into memory: the generator panics where it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, called(), &mut script);
        report::verbatim(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The name by which this program was called: a lab of one's own has another.
fn called() -> String {
    let called = std::env::args_os().next();
    let name = called.as_ref().and_then(|path| Path::new(path).file_stem()).and_then(|name| name.to_str());
    name.unwrap_or("anystream").to_owned()
}
