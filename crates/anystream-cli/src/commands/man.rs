//! `anystream man`: the help of all commands as pages of the manual.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_mangen::Man;

use super::Error;
use crate::report;

/// Prints the manual, a page a command; or writes its pages into a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream man | man -l -
  anystream man ~/.local/share/man/man1; man anystream-choose")]
pub(super) struct Manual {
    /// Where to write a file for each page (anystream.1, anystream-choose.1, ...); made if there is none
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(&self, program: Command) -> Result<ExitCode, Error> {
        let pages = pages(program)?;
        match &self.folder {
            None => {
                let all: Vec<u8> = pages.into_iter().flat_map(|(_, page)| page).collect();
                report::verbatim(&all)?;
            }
            Some(folder) => {
                fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
                for (name, page) in pages {
                    let path = folder.join(format!("{name}.1"));
                    fs::write(&path, page).map_err(|source| Error::file(&path, source))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
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
