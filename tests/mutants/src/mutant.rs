//! The mutants: what cargo-mutants lists, with places as bytes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// One mistake in one place.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Mutant {
    /// As cargo-mutants calls it, with file, line and column.
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) file: String,
    pub(crate) genre: Genre,
    /// What stands there instead.
    pub(crate) replacement: String,
    span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub(crate) enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

#[derive(Debug, Clone, Deserialize)]
struct Span {
    start: LineColumn,
    end: LineColumn,
}

/// Both from 1, the column in characters.
#[derive(Debug, Clone, Deserialize)]
struct LineColumn {
    line: usize,
    column: usize,
}

/// Those of the workspace in `folder`, in the order of their files; of the packages and files that `arguments` name.
pub(crate) fn list(folder: &Path, arguments: &[String]) -> Result<Vec<Mutant>> {
    let output = Command::new("cargo")
        .current_dir(folder)
        .args(["mutants", "--list", "--json"])
        .args(arguments)
        .output()
        .context("cargo cannot be started")?;
    ensure!(
        output.status.success(),
        "`cargo mutants --list` failed; is it there? To have it: cargo install cargo-mutants\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("the list of cargo-mutants is not understood")
}

/// The numbers of the mutants (from 0) by the file that they are in.
pub(crate) fn by_file(mutants: &[Mutant]) -> BTreeMap<&str, Vec<usize>> {
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for (number, mutant) in mutants.iter().enumerate() {
        files.entry(mutant.file.as_str()).or_default().push(number);
    }
    files
}

impl Mutant {
    /// The bytes of `source` that it replaces.
    pub(crate) fn range(&self, source: &str) -> Range<usize> {
        offset(source, &self.span.start)..offset(source, &self.span.end)
    }

    /// `source` with the mistake.
    pub(crate) fn applied(&self, source: &str) -> String {
        let mut text = source.to_owned();
        text.replace_range(self.range(source), &self.replacement);
        text
    }
}

fn offset(source: &str, place: &LineColumn) -> usize {
    let line_start = source.split_inclusive('\n').take(place.line - 1).map(str::len).sum::<usize>();
    let columns = source[line_start..].chars().take(place.column - 1);
    line_start + columns.map(char::len_utf8).sum::<usize>()
}
