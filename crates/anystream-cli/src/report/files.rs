//! The files that `choose` writes: a page, tables and saved results.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::{html, markdown, note};
use crate::commands::Error;
use crate::machine::Machine;
use crate::output::{Output, Paths, Unwritable};
use crate::overall::Rank;
use crate::results::Outcome;
use crate::saved::Saved;

/// The requested output files, checked before measuring.
#[derive(Debug)]
pub(crate) struct Files {
    html: Option<Output>,
    markdown: Option<Output>,
    save: Option<Output>,
    /// Whether the reader of standard output closed it.
    reader_gone: Cell<bool>,
}

impl Files {
    /// Checks every path: a bad one stops the program before it measures.
    pub(crate) fn check<'a>(
        inputs: impl IntoIterator<Item = &'a Path>,
        html: Option<&Path>,
        markdown: Option<&Path>,
        save: Option<&Path>,
    ) -> Result<Self, Unwritable> {
        let mut paths = Paths::with_inputs(inputs);
        let html = html.map(|path| paths.output(path)).transpose()?;
        let markdown = markdown.map(|path| paths.output(path)).transpose()?;
        let save = save.map(|path| paths.append(path)).transpose()?;
        markdown.as_ref().map_or(Ok(()), markdown::check)?;
        save.as_ref().map_or(Ok(()), Saved::check)?;
        Ok(Files { html, markdown, save, reader_gone: Cell::new(false) })
    }

    /// A closed standard output (`| head`) ends the tables, but the files are still written.
    pub(crate) fn unless_gone(&self, shown: io::Result<()>) -> io::Result<()> {
        match shown {
            Err(error) if error.kind() == ErrorKind::BrokenPipe && self.any() => {
                self.reader_gone.set(true);
                Ok(())
            }
            shown => shown,
        }
    }

    fn any(&self) -> bool {
        self.html.is_some() || self.markdown.is_some() || self.save.is_some()
    }

    /// Writes each file, also after another one failed. Returns the first error and prints further ones.
    pub(crate) fn write(&self, machine: &Machine, outcomes: &[Outcome], ranks: &[Rank]) -> Result<(), Error> {
        let save = self.save.as_ref().map(|it| (it, Saved::append(it, machine, outcomes)));
        let html = self.html.as_ref().map(|it| (it, html::write(it, machine, outcomes, ranks)));
        let markdown = self.markdown.as_ref().map(|it| (it, markdown::write(it, machine, outcomes)));
        let mut failed = None;
        for (output, written) in [html, markdown, save].into_iter().flatten() {
            match written {
                Ok(()) if output.file().is_none() || self.reader_gone.get() => {}
                Ok(()) => note(&format!("wrote {}", output.path().display())),
                Err(source) => {
                    let error = Error::file(output.path(), source);
                    match &failed {
                        None => failed = Some(error),
                        Some(_) => note(&format!("error: {error}")),
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}
