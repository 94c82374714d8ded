//! What large pieces and holes cost.

use std::hint::black_box;
use std::io::{self, Read, Seek};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use anystream::{ByteStream, Bytes, RopeStream};

use super::Fact;
use crate::data::{self, size_name};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// How often each is timed; the median counts.
const ROUNDS: usize = 21;

/// All promises about what large pieces and holes cost.
///
/// # Errors
/// What a stream answered, if a call failed.
///
/// ```no_run
/// for fact in anystream_benches::timed_facts()? {
///     println!("{}: {}, {}", fact.work, fact.bar, fact.figure);
/// }
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn timed_facts() -> Result<Vec<Fact>> {
    Ok(vec![
        whatever_the_size("write_bytes", writing)?,
        whatever_the_size("read_bytes", reading)?,
        value_of_one_piece()?,
        hole()?,
    ])
}

/// That a piece takes the same time whatever its size: nobody copies it.
fn whatever_the_size(call: &str, time: impl Fn(&Bytes) -> io::Result<Duration>) -> Result<Fact> {
    const SIZES: [usize; 3] = [64 * KIB, MIB, 16 * MIB];
    const SHORT: Duration = Duration::from_micros(1);
    let mut samples = SIZES.map(|size| (Bytes::from(data::bytes(size)), Vec::new()));
    for _ in 0..ROUNDS {
        for (piece, times) in &mut samples {
            times.push(time(piece)? / PIECES);
        }
    }
    let times = samples.map(|(_, times)| median(times));
    let (fastest, slowest) = (times.iter().min().copied(), times.iter().max().copied());
    let (fastest, slowest) = (fastest.unwrap_or_default(), slowest.unwrap_or_default());
    let figures = SIZES.iter().zip(times).map(|(&size, time)| format!("{}: {time:?}", size_name(size)));
    Ok(Fact {
        work: format!("{call} of 64 KiB, 1 MiB, 16 MiB"),
        bar: "the slowest at most 2 times the fastest, or under 1 us".to_owned(),
        figure: figures.collect::<Vec<_>>().join(", "),
        holds: slowest <= 2 * fastest || slowest < SHORT,
    })
}

/// Pieces in a sample.
const PIECES: u32 = 64;

fn writing(piece: &Bytes) -> io::Result<Duration> {
    let mut rope = RopeStream::new();
    let start = Instant::now();
    for _ in 0..PIECES {
        black_box(&mut rope).write_bytes(piece.clone())?;
    }
    Ok(start.elapsed())
}

fn reading(piece: &Bytes) -> io::Result<Duration> {
    let mut rope = RopeStream::new();
    for _ in 0..PIECES {
        rope.write_bytes(piece.clone())?;
    }
    rope.rewind()?;
    let start = Instant::now();
    for _ in 0..PIECES {
        drop(black_box(rope.read_bytes(piece.len())?));
    }
    let time = start.elapsed();
    rope.rewind()?;
    if rope.read_bytes(piece.len())? != piece {
        return Err(io::Error::other("read_bytes gave other bytes than were written"));
    }
    Ok(time)
}

/// That the value of a stream held in one piece is that piece.
fn value_of_one_piece() -> Result<Fact> {
    let given = Bytes::from(data::bytes(16 * MIB));
    let mut same = true;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut rope = RopeStream::new();
        rope.write_bytes(given.clone())?;
        let start = Instant::now();
        let value = black_box(&mut rope).getvalue()?;
        times.push(start.elapsed());
        same &= (value.as_ptr(), value.len()) == (given.as_ptr(), given.len());
    }
    let found = if same { "the same memory" } else { "a copy" };
    Ok(Fact {
        work: "getvalue of 16 MiB in one piece".to_owned(),
        bar: "the memory that was given".to_owned(),
        figure: format!("{found}, {:?}", median(times)),
        holds: same,
    })
}

/// That zeros which are nowhere are read as fast as memory is filled with zeros.
fn hole() -> Result<Fact> {
    const BAR: f64 = 0.8;
    const BUFFER: usize = 64 * KIB;
    const TIMES: usize = 1024;
    let mut rope = RopeStream::new();
    rope.set_len((BUFFER * TIMES) as u64)?;
    let mut buf = vec![1_u8; BUFFER];
    rope.read_exact(&mut buf)?;
    ensure!(buf.iter().all(|&byte| byte == 0), "a hole gave something else than zeros");
    let (mut reads, mut fills) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rope.rewind()?;
        let start = Instant::now();
        for _ in 0..TIMES {
            black_box(&mut rope).read_exact(black_box(&mut buf))?;
        }
        reads.push(start.elapsed());
        let start = Instant::now();
        for _ in 0..TIMES {
            black_box(&mut buf).fill(0);
        }
        fills.push(start.elapsed());
    }
    let speed = |times| (BUFFER * TIMES) as f64 / median(times).as_nanos() as f64;
    let (read, fill) = (speed(reads), speed(fills));
    Ok(Fact {
        work: "reading a hole, 64 KiB at a time".to_owned(),
        bar: format!("at least {BAR} of the speed of memset"),
        figure: format!("{:.2} ({read:.1} GB/s, memset {fill:.1} GB/s)", read / fill),
        holds: read >= BAR * fill,
    })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
