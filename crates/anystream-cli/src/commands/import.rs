//! `anystream import`: makes a trace of a log.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anystream::Bytes;
use anystream_workload::{ImportOptions, Op, Sink, TraceHeader, TraceWriter, import_into, is_trace};
use clap::Args;

use super::Error;
use super::recording::readable;
use crate::interrupt;
use crate::output::{Paths, Writing};
use crate::report::{json, table};
use crate::size;

/// Makes a trace of an strace log or of an editing trace: smaller, and read faster.
///
/// The log is read line by line, so it can be longer than memory.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream import my.strace --output my.trace
  anystream import --file out.db my.strace.gz --output db.trace
  anystream choose db.trace

Exit codes: 0 done, 2 bad input or usage.")]
pub(super) struct Import {
    /// An strace log, or an editing trace (.jsonl or .jsonl.gz); - is standard input
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// The trace to write; an existing file is replaced at the end
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// The file to look at, if an strace log is about several
    #[arg(long, value_name = "NAME")]
    file: Option<String>,

    /// How long the file was before the log began [default: the least length that explains the log]
    #[arg(long, value_name = "SIZE", value_parser = size::bytes)]
    initial_len: Option<u64>,

    /// Keep the written bytes, not only their lengths
    #[arg(long)]
    contents: bool,

    /// The seed of generated data where the log has no contents, for --contents
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Skip and count lines that are not understood
    #[arg(long)]
    lenient: bool,

    /// Print one JSON object instead of a sentence
    #[arg(long)]
    json: bool,
}

/// The result of an import.
#[derive(Debug, serde::Serialize)]
pub(crate) struct ImportedTrace {
    pub(crate) name: String,
    pub(crate) operations: u64,
    pub(crate) skipped: u64,
    /// In bytes.
    pub(crate) log_size: u64,
    /// In bytes.
    pub(crate) trace_size: u64,
}

impl Import {
    pub(super) fn run(&self) -> Result<ExitCode, Error> {
        let output = Paths::with_inputs([self.log.as_path()]).output(&self.output)?;
        if begins_a_trace(&self.log) {
            return Err(Error::TraceAlready { path: self.log.clone() });
        }
        let unwritable = |source| Error::file(&self.output, source);
        let out = output.begin().map_err(unwritable)?;
        if let Some(unfinished) = out.unfinished() {
            interrupt::delete_and_end(unfinished.to_owned());
        }
        let mut sink = ToTrace { out: Some(BufWriter::new(out)), writer: None, contents: self.contents };
        let options = ImportOptions {
            seed: self.seed,
            lenient: self.lenient,
            file: self.file.clone(),
            initial_len: self.initial_len,
        };
        let summary = import_into(&readable(&self.log), &options, &mut sink)?;
        sink.finish().and_then(Writing::finish).map_err(unwritable)?;

        let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let imported = ImportedTrace {
            name: summary.name,
            operations: summary.ops,
            skipped: summary.skipped,
            log_size: size(&self.log),
            trace_size: size(&self.output),
        };
        match self.json {
            // The trace itself went there.
            _ if output.is_standard_output() => {}
            true => json::imported(&imported)?,
            false => table::imported(&self.output, &imported)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reading from a pipe would take the bytes from the import, so this looks into files only.
fn begins_a_trace(path: &Path) -> bool {
    let mut first = [0; 4];
    path.is_file()
        && File::open(path).and_then(|mut file| io::Read::read_exact(&mut file, &mut first)).is_ok()
        && is_trace(&first)
}

/// Writes what is imported as a trace.
struct ToTrace {
    /// Until the header is known.
    out: Option<BufWriter<Writing>>,
    writer: Option<TraceWriter<BufWriter<Writing>>>,
    contents: bool,
}

impl ToTrace {
    fn finish(self) -> io::Result<Writing> {
        let mut out = match (self.writer, self.out) {
            (Some(writer), _) => writer.finish()?,
            (None, Some(out)) => out,
            (None, None) => return Err(io::ErrorKind::Other.into()),
        };
        out.flush()?;
        out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Sink for ToTrace {
    fn begin(&mut self, name: &str, initial: Bytes) -> io::Result<()> {
        let Some(out) = self.out.take() else { return Ok(()) };
        let header = TraceHeader {
            name: name.to_owned(),
            initial_length: initial.len() as u64,
            contents: self.contents,
            program: None,
        };
        self.writer = Some(if self.contents {
            TraceWriter::with_contents(out, &header, &initial[..])?
        } else {
            TraceWriter::new(out, &header)?
        });
        Ok(())
    }

    fn op(&mut self, op: Op) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.lawful(&op))
    }
}
