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
/// A log is read line by line and never in memory as a whole, so that it may be as long as you like.
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

    /// The trace to write; a file of this name is replaced when all is done
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// The file to look at, if an strace log is about several
    #[arg(long, value_name = "NAME")]
    file: Option<String>,

    /// How long the file was before the log began [default: the least length that explains the log]
    #[arg(long, value_name = "SIZE", value_parser = size::bytes)]
    initial_len: Option<u64>,

    /// Keep what was written, too, and not only how much
    #[arg(long)]
    contents: bool,

    /// What data that a log does not hold is generated from, for --contents
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Skip and count lines that cannot be understood
    #[arg(long)]
    lenient: bool,

    /// Print one JSON object instead of a sentence
    #[arg(long)]
    json: bool,
}

/// What an import came to.
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

/// What is read of a pipe is gone, so only files are looked into.
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
