//! What a replay adds to each call: `run` on a stream that does nothing.
//!
//! `cargo run --release -p anystream-workload --example replay_overhead`

use std::error::Error;
use std::hint::black_box;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::time::Instant;

use anystream_core::ByteStream;
use anystream_workload::{Scratch, Script, builtin, run, standard};
use bytes::Bytes;

/// Answers at once, with what costs nothing. What a call is given must be there, as for any backend, for to
/// fetch it is the replay's: it is in the answer, which `run` looks at, or else in a `black_box`.
struct Nothing;

impl Read for Nothing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(buf.len())
    }
    fn read_exact(&mut self, _: &mut [u8]) -> io::Result<()> {
        Ok(())
    }
    fn read_to_end(&mut self, _: &mut Vec<u8>) -> io::Result<usize> {
        Ok(0)
    }
    fn read_to_string(&mut self, _: &mut String) -> io::Result<usize> {
        Ok(0)
    }
}

impl BufRead for Nothing {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(&[])
    }
    fn consume(&mut self, _: usize) {}
    fn read_until(&mut self, _: u8, _: &mut Vec<u8>) -> io::Result<usize> {
        Ok(0)
    }
    fn read_line(&mut self, _: &mut String) -> io::Result<usize> {
        Ok(0)
    }
    fn skip_until(&mut self, _: u8) -> io::Result<usize> {
        Ok(0)
    }
}

impl Write for Nothing {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(black_box(data).len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Nothing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        Ok(match to {
            SeekFrom::Start(to) => to,
            SeekFrom::Current(by) | SeekFrom::End(by) => by as u64,
        })
    }
}

impl ByteStream for Nothing {
    fn tell(&self) -> u64 {
        0
    }
    fn len(&self) -> u64 {
        0
    }
    fn getvalue(&mut self) -> io::Result<Bytes> {
        Ok(Bytes::new())
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        black_box(offset);
        Ok(buf.len())
    }
    fn read_bytes(&mut self, _: usize) -> io::Result<Bytes> {
        Ok(Bytes::new())
    }
    fn write_bytes(&mut self, _: Bytes) -> io::Result<()> {
        Ok(())
    }
    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
    fn set_len(&mut self, size: u64) -> io::Result<()> {
        black_box(size);
        Ok(())
    }
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        black_box((range.start, range.end));
        black_box(with);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:20} {:>9} {:>8} {:>8}", "workload", "calls", "best", "median");
    let mut scripts: Vec<Script> = Vec::new();
    for workload in builtin() {
        scripts.push(workload.script(0)?);
    }
    for workload in standard() {
        scripts.push(workload.script(1.0, 0)?);
    }
    for script in &scripts {
        let mut scratch = Scratch::default();
        let replays = (100_000 / script.ops.len()).max(1);
        let mut times = Vec::new();
        for _ in 0..101 {
            let start = Instant::now();
            for _ in 0..replays {
                run(script, &mut Nothing, &mut scratch);
            }
            times.push(start.elapsed().as_secs_f64() * 1e9 / (replays * script.ops.len()) as f64);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{:20} {:>9} {:>5.1} ns {:>5.1} ns",
            script.name,
            script.ops.len(),
            times[0],
            times[times.len() / 2]
        );
    }
    Ok(())
}
