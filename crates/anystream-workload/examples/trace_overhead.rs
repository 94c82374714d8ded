//! What recording adds to an operation, in nanoseconds: a warm `VecStream` alone and in a `Recorder`
//! that writes to a file, in turns; of many rounds the best, which other programs disturbed least. Each
//! round writes frames, so their cost is in it.
//!
//! `cargo run --release -p anystream-workload --example trace_overhead`

use std::hint::black_box;
use std::io::{self, IoSlice, SeekFrom};
use std::time::Instant;

use anystream::{ByteStream, VecStream};
use anystream_workload::{Recorder, Recording};

const ROUNDS: usize = 200;
const OPS: usize = 50_000;
/// Small enough to stay in the caches.
const LEN: u64 = 64 << 10;

/// Makes about as many calls as it is told, and returns how many.
type Work<S> = fn(&mut S, usize) -> io::Result<usize>;

fn writes<S: ByteStream>(stream: &mut S, ops: usize) -> io::Result<usize> {
    for i in 0..ops {
        if i % 8000 == 0 {
            stream.rewind()?;
        }
        stream.write_all(black_box(b"8 bytes!"))?;
    }
    Ok(ops)
}

fn vectored_writes<S: ByteStream>(stream: &mut S, ops: usize) -> io::Result<usize> {
    for i in 0..ops {
        if i % 4000 == 0 {
            stream.rewind()?;
        }
        let _ = stream.write_vectored(black_box(&[IoSlice::new(b"8 bytes!"), IoSlice::new(b"8 more..")]))?;
    }
    Ok(ops)
}

fn reads<S: ByteStream>(stream: &mut S, ops: usize) -> io::Result<usize> {
    let mut buf = [0; 8];
    for i in 0..ops {
        if i % 8000 == 0 {
            stream.rewind()?;
        }
        black_box(stream.read(&mut buf)?);
    }
    Ok(ops)
}

/// A seek, then a write and a read of 1 to 300 bytes, all over the contents.
fn mixed<S: ByteStream>(stream: &mut S, ops: usize) -> io::Result<usize> {
    let mut buf = [7; 300];
    let mut random = 1_u64;
    for _ in 0..ops / 3 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let len = 1 + (random >> 40) as usize % 300;
        stream.seek(SeekFrom::Start((random >> 33) % (LEN - 600)))?;
        stream.write_all(buf.get(..len).unwrap_or_default())?;
        black_box(stream.read(buf.get_mut(..len).unwrap_or_default())?);
    }
    Ok(ops / 3 * 3)
}

fn looks<S: ByteStream>(stream: &mut S, ops: usize) -> io::Result<usize> {
    for i in 0..ops / 2 {
        if i % 8000 == 0 {
            stream.rewind()?;
        }
        black_box(stream.fill_buf()?.first());
        stream.consume(5);
    }
    Ok(ops / 2 * 2)
}

fn read_ats<S: ByteStream>(stream: &mut S, ops: usize) -> io::Result<usize> {
    let mut buf = [0; 8];
    for i in 0..ops as u64 {
        black_box(stream.read_at(i * 13 % LEN, &mut buf)?);
    }
    Ok(ops)
}

fn main() -> io::Result<()> {
    let path = std::env::temp_dir().join(format!("trace-overhead-{}.trace", std::process::id()));
    println!("{:<28} {:>8} {:>9} {:>9} {:>12}", "", "alone", "recorded", "overhead", "bytes an op");
    type Pair = (&'static str, Work<VecStream>, Work<Recorder<VecStream>>);
    let works: [Pair; 6] = [
        ("write_all, 8 bytes", writes, writes),
        ("write_vectored, 2 of 8 bytes", vectored_writes, vectored_writes),
        ("read, 8 bytes", reads, reads),
        ("seek, write, read, 1..300", mixed, mixed),
        ("fill_buf, consume", looks, looks),
        ("read_at, 8 bytes", read_ats, read_ats),
    ];
    for (name, alone, recorded) in works {
        let mut stream = VecStream::from(vec![b'.'; LEN as usize]);
        let mut recorder = Recording::new().to_file(stream.clone(), &path)?;
        let (mut plain, mut with) = (Vec::new(), Vec::new());
        let mut ops = 0;
        for _ in 0..ROUNDS {
            plain.push(nanoseconds(&mut stream, alone)?);
            with.push(nanoseconds(&mut recorder, recorded)?);
            ops += OPS;
        }
        recorder.finish().1?;
        let size = std::fs::metadata(&path)?.len();
        let (plain, with) = (best(&plain), best(&with));
        let each = size as f64 / ops as f64;
        println!("{name:<28} {plain:>6.1}ns {with:>7.1}ns {:>7.1}ns {each:>12.2}", with - plain);
    }
    std::fs::remove_file(path)
}

/// A call's, on average.
fn nanoseconds<S>(stream: &mut S, work: Work<S>) -> io::Result<f64> {
    let start = Instant::now();
    let ops = work(stream, OPS)?;
    Ok(start.elapsed().as_nanos() as f64 / ops as f64)
}

fn best(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(f64::INFINITY, f64::min)
}
