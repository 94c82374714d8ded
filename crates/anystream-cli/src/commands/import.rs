//! `anystream import`: makes a trace of a log.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anystream::Bytes;
use anystream_workload::{ImportOptions, Op, Sink, TraceHeader, TraceWriter, import_into, is_trace};
use clap::Args;
use tempfile::NamedTempFile;

use super::Error;
use crate::report::{json, table};

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
    /// An strace log, or an editing trace (.jsonl or .jsonl.gz)
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// The trace to write; a file of this name is replaced when all is done
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// The file to look at, if an strace log is about several
    #[arg(long, value_name = "NAME")]
    file: Option<String>,

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
        if begins_a_trace(&self.log) {
            return Err(Error::TraceAlready { path: self.log.clone() });
        }
        let unwritable = |source| Error::file(&self.output, source);
        // Beside its place, so that what has that name is replaced at once or not at all.
        let folder = self.output.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(unwritable)?;

        let mut sink = ToTrace { out: Some(BufWriter::new(file)), writer: None, contents: self.contents };
        let options = ImportOptions {
            seed: self.seed,
            lenient: self.lenient,
            file: self.file.clone(),
            ..ImportOptions::default()
        };
        let summary = import_into(&self.log, &options, &mut sink)?;
        let file = sink.finish().map_err(unwritable)?;
        file.persist(&self.output).map_err(|error| unwritable(error.error))?;

        let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let imported = ImportedTrace {
            name: summary.name,
            operations: summary.ops,
            skipped: summary.skipped,
            log_size: size(&self.log),
            trace_size: size(&self.output),
        };
        if self.json {
            json::imported(&imported)?;
        } else {
            table::imported(&self.output, &imported)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn begins_a_trace(path: &Path) -> bool {
    let mut first = [0; 4];
    File::open(path).and_then(|mut file| io::Read::read_exact(&mut file, &mut first)).is_ok()
        && is_trace(&first)
}

/// Writes what is imported as a trace.
struct ToTrace {
    /// Until the header is known.
    out: Option<BufWriter<NamedTempFile>>,
    writer: Option<TraceWriter<BufWriter<NamedTempFile>>>,
    contents: bool,
}

impl ToTrace {
    fn finish(self) -> io::Result<NamedTempFile> {
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
