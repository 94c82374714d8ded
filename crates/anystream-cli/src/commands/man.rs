//! `anystream man`: the help of all commands as pages of the manual.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Command, ValueHint};
use clap_mangen::Man;

use super::Error;
use crate::output::{Paths, Unwritable};
use crate::report;

/// Prints the manual page of a command, or of all commands, or writes all pages into a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream man | man -l -
  anystream man choose | man -l -
  anystream man --all ~/.local/share/man/man1; man anystream-choose")]
pub(super) struct Manual {
    /// The command [default: all of them]
    #[arg(value_name = "COMMAND", conflicts_with = "all")]
    command: Option<String>,

    /// Write a file for each page into this folder (anystream.1, anystream-choose.1, ...), creating it if necessary
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    all: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(&self, program: Command) -> Result<ExitCode, Error> {
        let pages = pages(program)?;
        match (&self.all, &self.command) {
            (Some(folder), _) => write(folder, pages)?,
            // No command has such a name.
            (None, Some(folder)) if folder.contains(std::path::is_separator) => {
                write(Path::new(folder), pages)?
            }
            (None, Some(command)) => {
                let called = |(name, _): &(String, _)| {
                    name == command || name.split_once('-').is_some_and(|(_, rest)| rest == command)
                };
                match pages.into_iter().find(called) {
                    Some((_, page)) => report::verbatim(&page)?,
                    None => return Err(Error::NoSuchPage { name: command.clone() }),
                }
            }
            (None, None) => {
                let all: Vec<u8> = pages.into_iter().flat_map(|(_, page)| page).collect();
                report::verbatim(&all)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes each page into `folder`, whole or not at all.
fn write(folder: &Path, pages: Vec<(String, Vec<u8>)>) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
    let mut paths = Paths::default();
    let checked: Result<Vec<_>, Unwritable> = pages
        .into_iter()
        .map(|(name, page)| Ok((paths.output(&folder.join(format!("{name}.1")))?, page)))
        .collect();
    for (output, page) in checked? {
        output.write(&page).map_err(|source| Error::file(output.path(), source))?;
    }
    Ok(())
}

/// The page of the program, and of each command; with their names.
fn pages(program: Command) -> Result<Vec<(String, Vec<u8>)>, Error> {
    // Without `help`, which says the same.
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let commands: Vec<Command> = program.get_subcommands().cloned().collect();
    let name = program.get_name().to_owned();
    let mut pages = vec![(name.clone(), page(program)?)];
    for command in commands {
        let name = format!("{name}-{}", command.get_name());
        let command = command.display_name(&name);
        pages.push((name, page(command)?));
    }
    Ok(pages)
}

fn page(command: Command) -> Result<Vec<u8>, Error> {
    let mut page = Vec::new();
    Man::new(command).source(concat!("anystream ", env!("CARGO_PKG_VERSION"))).render(&mut page)?;
    Ok(page)
}
