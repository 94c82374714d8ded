//! How fast an strace log is imported, and in how much memory.
//!
//! `cargo run --release -p anystream-workload --example import_speed [BYTES]` grows `data/strace/sqlite.strace` to
//! `BYTES` (by default 1000000000) by repeating it, imports it with a sink that only counts, and checks
//! the number of operations.

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use anystream_workload::{ImportOptions, Op, Sink, import, import_into};
use bytes::Bytes;

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/strace/sqlite.strace");
/// Ends a repetition, so that the next may do again what the first one did: make the file.
const DELETED: &[u8] = b"11499 unlink(\"out.db\") = 0\n";

#[derive(Default)]
struct Counter {
    ops: u64,
    /// Of the data to be written.
    bytes: u64,
}

impl Sink for Counter {
    fn begin(&mut self, _name: &str, _initial: Bytes) -> io::Result<()> {
        Ok(())
    }

    fn op(&mut self, op: Op) -> io::Result<()> {
        self.ops += 1;
        self.bytes += op.bytes_given();
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: u64 = std::env::args().nth(1).map_or(Ok(1_000_000_000), |bytes| bytes.parse())?;
    let once = [std::fs::read(LOG)?.as_slice(), DELETED].concat();
    let repetitions = wanted.div_ceil(once.len() as u64).max(1);
    let grown = repeated(&once, repetitions)?;
    let len = grown.as_file().metadata()?.len();
    // A repetition adds what makes the file empty again.
    let (first, two) = (operations(LOG.as_ref())?, operations(repeated(&once, 2)?.path())?);
    let expected = first + (repetitions - 1) * (two - first);

    let options = ImportOptions::default();
    let mut counter = Counter::default();
    let memory_before = peak_memory();
    let began = Instant::now();
    let summary = import_into(grown.path(), &options, &mut counter)?;
    let seconds = began.elapsed().as_secs_f64();
    if (counter.ops, summary.ops) != (expected, expected) {
        return Err(format!("{} operations came out, and not {expected}", counter.ops).into());
    }
    let megabytes = len as f64 / 1e6;
    println!(
        "{megabytes:.0} MB of log, {} lines, {} operations that write {} bytes",
        summary.lines, summary.ops, counter.bytes
    );
    println!(
        "{seconds:.2} s, {:.0} MB/s, {:.0} ns a line",
        megabytes / seconds,
        seconds * 1e9 / summary.lines as f64
    );
    match (memory_before, peak_memory()) {
        (Some(before), Some(after)) => println!("peak memory: {after} (before the import: {before})"),
        _ => println!("peak memory: not known on this system"),
    }
    Ok(())
}

fn repeated(log: &[u8], times: u64) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    let mut writer = BufWriter::with_capacity(1 << 20, file.as_file_mut());
    for _ in 0..times {
        writer.write_all(log)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(file)
}

fn operations(log: &Path) -> Result<u64, Box<dyn Error>> {
    Ok(import(log, &ImportOptions::default())?.script.ops.len() as u64)
}

/// The most memory that this process has had, as Linux tells it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
