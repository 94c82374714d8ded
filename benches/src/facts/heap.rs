//! The heap that a rope takes, by a counting allocator: bytes as they were asked for, without what the
//! allocator itself needs.

use std::hint::black_box;
use std::io::{Seek, SeekFrom, Write};

use alloc_tracker::{Report, Session};
use anyhow::{Context, Result, ensure};
use anystream::{ByteStream, RopeStream};
use fastrand::Rng;

use super::Fact;
use crate::data;

const LARGE: usize = 64 << 20;
const PIECE: usize = 64;

/// All promises about heap. For a program whose global allocator is `alloc_tracker::Allocator`.
///
/// # Errors
/// The allocator does not count; or what a stream answered, if a call failed.
///
/// ```
/// // This program's allocator does not count.
/// assert!(anystream_benches::heap_facts().is_err());
/// ```
pub fn heap_facts() -> Result<Vec<Fact>> {
    ensure!(held_by(vec![0_u8; 1000])? == 1000, "the allocator of this program does not count");
    Ok(vec![
        share("after appending 64 MiB by 64 B", appended(PIECE)?, |share| share <= 1.15, "at most 1.15")?,
        share(
            "after 100,000 random inserts and deletes of 64 B in 64 MiB",
            edited()?,
            |share| share <= 1.25,
            "at most 1.25",
        )?,
        share(
            "after deleting nine tenths of 64 MiB at random places",
            thinned()?,
            |share| share < 1.5,
            "under 1.50",
        )?,
        bytes("1 B at 1 TiB", held_by(one_byte_at_1_tib()?)?, |held| held < 64 << 10, "under 65536 B"),
        bytes(
            "allocated by an empty stream",
            allocated(|| drop(black_box(RopeStream::new())))?,
            |all| all == 0,
            "0 B",
        ),
        bytes("with 16 B", held_by(tiny()?)?, |held| held <= 128, "at most 128 B"),
    ])
}

fn share(work: &str, rope: RopeStream, holds: impl Fn(f64) -> bool, bar: &str) -> Result<Fact> {
    let len = rope.len();
    let share = held_by(rope)? as f64 / len as f64;
    Ok(Fact {
        work: format!("heap: {work}"),
        bar: format!("{bar} of the contents"),
        figure: format!("{share:.3}"),
        holds: holds(share),
    })
}

fn bytes(work: &str, held: u64, holds: impl Fn(u64) -> bool, bar: &str) -> Fact {
    Fact {
        work: format!("heap: {work}"),
        bar: bar.to_owned(),
        figure: format!("{held} B"),
        holds: holds(held),
    }
}

fn appended(piece: usize) -> Result<RopeStream> {
    let pieces = data::bytes(16 * piece);
    let mut rope = RopeStream::new();
    for data in pieces.chunks_exact(piece).cycle().take(LARGE / piece) {
        rope.write_all(data)?;
    }
    Ok(rope)
}

fn edited() -> Result<RopeStream> {
    let mut rope = appended(64 << 10)?;
    let piece = data::bytes(PIECE);
    for places in data::offsets(100_000, LARGE - PIECE).chunks_exact(2) {
        rope.insert(places[0], &piece)?;
        rope.remove(places[1]..places[1] + PIECE as u64)?;
    }
    Ok(rope)
}

fn thinned() -> Result<RopeStream> {
    let mut rope = appended(64 << 10)?;
    let mut rng = Rng::with_seed(1);
    while rope.len() > LARGE as u64 / 10 {
        let len = rng.u64(64..=4096);
        let at = rng.u64(0..=rope.len() - len);
        rope.remove(at..at + len)?;
    }
    Ok(rope)
}

fn one_byte_at_1_tib() -> Result<RopeStream> {
    let mut rope = RopeStream::new();
    rope.seek(SeekFrom::Start(1 << 40))?;
    rope.write_all(b"!")?;
    Ok(rope)
}

fn tiny() -> Result<RopeStream> {
    let mut rope = RopeStream::new();
    rope.write_all(b"sixteen bytes in")?;
    Ok(rope)
}

/// The bytes that are freed when `value` is dropped.
///
/// The allocator tells only by how much its count rose at most. So the count first sinks by what is
/// looked for, then rises by an allocation of known size, which is never written to and so costs nothing.
fn held_by<T>(value: T) -> Result<u64> {
    const PROBE: usize = 1 << 30;
    let value = black_box(value); // else what nobody looks at need never be allocated
    let report = counted(|| {
        drop(value);
        drop(black_box(Vec::<u8>::with_capacity(PROBE)));
    });
    let peak = operation(&report)?.peak_outstanding_bytes().context("no peak was counted")? as u64;
    Ok((PROBE as u64).saturating_sub(peak))
}

/// All bytes that `work` allocates, whether it keeps them or not.
fn allocated(work: impl FnOnce()) -> Result<u64> {
    Ok(operation(&counted(work))?.total_bytes_allocated())
}

fn counted(work: impl FnOnce()) -> Report {
    let session = Session::new().no_stdout().no_file();
    let operation = session.operation("work");
    {
        let _span = operation.measure_thread().iterations(1);
        work();
    }
    session.to_report()
}

fn operation(report: &Report) -> Result<&alloc_tracker::ReportOperation> {
    Ok(report.operations().next().context("nothing was counted")?.1)
}
