//! How a rope lies in memory after fixed work, as it was recorded in `rope_shapes.txt`.
//!
//! No law says how contents are divided into chunks; cost does. A change that divides or merges elsewhere, keeps
//! more room, or shares less, gives the same bytes and would otherwise show only in benchmarks, as noise. Here it shows as a
//! line that differs. If the new figures are meant, record them, and read the difference before it is committed:
//! `ANYSTREAM_RECORD=1 cargo test -p anystream-tests --test suite rope_shape`.
#![cfg(target_pointer_width = "64")] // nodes are smaller elsewhere

use std::fmt::Write as _;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use anystream::{ByteStream, Bytes, RopeStream};
use anystream_tests::{random, sample};
use anystream_workload::Scratch;
use fastrand::Rng;

const RECORDED: &str = include_str!("rope_shapes.txt");

/// The lines to record, in order.
struct Shapes(String);

impl Shapes {
    fn see(&mut self, work: &str, rope: &RopeStream) {
        let lengths: Vec<usize> = rope.chunks().take(50_000).map(<[u8]>::len).collect();
        let bytes: Vec<u8> = lengths.iter().flat_map(|len| (*len as u32).to_le_bytes()).collect();
        let memory = rope.memory();
        writeln!(
            self.0,
            "{work}: {} bytes in {} runs ({:08x}); live {}, shared {}, spare {}, tree {}, holes {}",
            rope.len(),
            lengths.len(),
            crc32fast::hash(&bytes),
            memory.live,
            memory.shared,
            memory.spare,
            memory.tree,
            memory.holes
        )
        .expect("a string takes all");
    }
}

/// `len` bytes in chunks of the rope's own.
fn written(len: usize) -> RopeStream {
    let mut rope = RopeStream::new();
    for piece in sample::other_bytes(len).chunks(1000) {
        rope.write_all(piece).expect("there is memory");
    }
    rope
}

fn appended(shapes: &mut Shapes) -> std::io::Result<()> {
    for piece in [1, 7, 64, 1000, 1024, 4095, 4096, 16_384, 20_000, 65_536] {
        let mut rope = RopeStream::new();
        let data = sample::other_bytes(piece);
        for count in [1, 2, 3, 10, 100] {
            while rope.len() < (piece * count) as u64 && rope.len() < 400_000 {
                rope.write_all(&data)?;
            }
            shapes.see(&format!("append {piece} bytes {count} times"), &rope);
        }
        let mut given = RopeStream::new();
        for _ in 0..20 {
            given.write_bytes(Bytes::from(data.clone()))?;
        }
        shapes.see(&format!("append {piece} bytes as a value 20 times"), &given);
    }
    Ok(())
}

fn typed(shapes: &mut Shapes) -> std::io::Result<()> {
    for (from, mut rope) in
        [("written", written(100_000)), ("given", RopeStream::from(sample::other_bytes(100_000)))]
    {
        let mut random = Rng::with_seed(1);
        for spree in 0..120_u64 {
            let mut at = random.u64(0..rope.len());
            for key in 0..60 {
                match random.u32(0..10) {
                    0 if at > 0 => {
                        at -= 1;
                        rope.remove(at..at + 1)?;
                    }
                    1 => {
                        rope.insert(at, b"pasted, twenty bytes")?;
                        at += 20;
                    }
                    2 => at = (at + 9).min(rope.len()),
                    3 => at = at.saturating_sub(14),
                    _ => {
                        rope.insert(at, &[b'a' + key % 26])?;
                        at += 1;
                    }
                }
            }
            if spree % 20 == 19 {
                shapes.see(&format!("type into what was {from}, spree {spree}"), &rope);
            }
        }
    }
    Ok(())
}

fn edited_at_random(shapes: &mut Shapes) -> std::io::Result<()> {
    for (from, mut rope) in
        [("written", written(300_000)), ("given", RopeStream::from(sample::other_bytes(300_000)))]
    {
        for (most, steps) in [(2, 400), (64, 1500), (300, 400), (3000, 100), (40_000, 20)] {
            let mut random = Rng::with_seed(2);
            for step in 0..steps {
                let at = random.u64(0..=rope.len());
                let cut = random.u64(0..=most).min(rope.len() - at);
                let put = sample::other_bytes(random.usize(0..=most as usize));
                match step % 3 {
                    0 => rope.insert(at, &put)?,
                    1 => rope.remove(at..at + cut)?,
                    _ => rope.splice(at..at + cut, &put)?,
                }
            }
            shapes.see(&format!("{steps} edits of up to {most} bytes in what was {from}"), &rope);
        }
        let mut random = Rng::with_seed(3);
        while rope.len() > 30_000 {
            let at = random.u64(0..rope.len() - 100);
            rope.remove(at..at + random.u64(1..100))?;
        }
        shapes.see(&format!("of what was {from}, a tenth is left"), &rope);
        rope.compact()?;
        shapes.see(&format!("of what was {from}, a tenth is left, compacted"), &rope);
    }
    Ok(())
}

/// Lengths about which a rope decides otherwise: what is small, what is worth copying, what fits into a chunk.
const LENGTHS: [u64; 20] = [
    1, 2, 16, 64, 128, 506, 507, 1013, 1014, 1015, 1352, 2027, 2028, 2029, 4056, 4057, 7605, 8111, 8112, 8113,
];

/// Edits that begin and end where chunks do, a byte beside that, or so far from there that it makes a difference; in
/// chunks that clones share and in those that nobody shares.
fn edited_at_edges(shapes: &mut Shapes) -> std::io::Result<()> {
    let data = sample::other_bytes(10_000);
    for seed in 0..12 {
        let mut random = Rng::with_seed(seed);
        let mut rope = match seed % 3 {
            0 => written(250_000),
            1 => RopeStream::from(sample::other_bytes(250_000)),
            _ => RopeStream::new(),
        };
        let mut held = None;
        for step in 1..=1200 {
            let chunks: Vec<u64> = rope.chunks().map(|chunk| chunk.len() as u64).collect();
            let chosen = random.usize(0..=chunks.len());
            let start: u64 = chunks.iter().take(chosen).sum();
            let end = start + chunks.get(chosen).unwrap_or(&0);
            let mut length =
                || if random.bool() { LENGTHS[random.usize(..LENGTHS.len())] } else { random.u64(0..4) };
            let (off, cut, put) = (length(), length(), length() as usize);
            let at = if random.bool() { start + off } else { end.saturating_sub(off) }.min(rope.len());
            let to = if random.bool() { end.max(at) } else { at + cut }.min(rope.len());
            match random.u32(0..12) {
                0 | 1 => rope.insert(at, &data[..put])?,
                2 | 3 => rope.remove(at..to)?,
                4 => rope.splice(at..to, &data[..put])?,
                5 | 6 => {
                    rope.seek(SeekFrom::Start(at))?;
                    rope.write_all(&data[..put])?;
                }
                7 => (0..20).try_for_each(|key| rope.insert((at + key).min(rope.len()), b"k"))?,
                8 => (0..20).try_for_each(|key| {
                    let last = at.saturating_sub(key);
                    rope.remove(last..(last + 1).min(rope.len()))
                })?,
                9 if rope.len() < 300_000 => rope.splice_stream(at..to, &written(20_000))?,
                9 => rope.remove(at..(at + 50_000).min(rope.len()))?,
                10 => held = Some(rope.clone()),
                _ => held = None,
            }
            if step % 150 == 0 {
                shapes.see(&format!("{step} edits at edges, seed {seed}"), &rope);
            }
        }
        drop(held);
    }
    Ok(())
}

fn overwritten(shapes: &mut Shapes) -> std::io::Result<()> {
    for (from, rope) in
        [("written", written(200_000)), ("given", RopeStream::from(sample::other_bytes(200_000)))]
    {
        for size in [1, 64, 1000, 5000] {
            let data = vec![0x11; size];
            let mut rope = rope.clone();
            let mut random = Rng::with_seed(4);
            let mut snapshots = Vec::new();
            for step in 0..60 {
                rope.seek(SeekFrom::Start(random.u64(0..rope.len())))?;
                rope.write_all(&data)?;
                if step % 20 == 7 {
                    snapshots.push(rope.clone());
                }
            }
            shapes.see(&format!("overwrite {size} bytes in what was {from}"), &rope);
            shapes.see(&format!("a snapshot from before 40 of these, {size}, {from}"), &snapshots[0]);
            snapshots.clear();
            let from_here = rope.len() / 2;
            rope.seek(SeekFrom::Start(from_here))?;
            for _ in 0..50 {
                rope.write_all(&data)?;
            }
            shapes.see(&format!("overwrite {size} bytes one after the other in what was {from}"), &rope);
            rope.compact()?;
            shapes.see(&format!("the same, {size}, {from}, compacted"), &rope);
        }
    }
    Ok(())
}

fn with_holes(shapes: &mut Shapes) -> std::io::Result<()> {
    let mut rope = RopeStream::new();
    let mut random = Rng::with_seed(5);
    for step in 0..200 {
        rope.seek(SeekFrom::Start(random.u64(0..1 << 40)))?;
        rope.write_all(&sample::other_bytes(random.usize(1..300)))?;
        if step % 50 == 49 {
            shapes.see(&format!("{step} writes here and there"), &rope);
        }
    }
    rope.insert(1 << 30, &sample::other_bytes(10_000))?;
    rope.remove(1 << 20..1 << 39)?;
    shapes.see("half of it cut out", &rope);
    rope.set_len(1 << 41)?;
    rope.truncate((1 << 38) + 5)?;
    shapes.see("grown and cut", &rope);
    rope.compact()?;
    shapes.see("grown and cut, compacted", &rope);
    Ok(())
}

fn put_together(shapes: &mut Shapes) -> std::io::Result<()> {
    let mut random = Rng::with_seed(6);
    let mut rope = written(50_000);
    let parts = [written(3), written(700), written(9000), RopeStream::from(sample::other_bytes(40_000))];
    for step in 0..40 {
        let part = &parts[step % parts.len()];
        let at = random.u64(0..=rope.len());
        let end = (at + random.u64(0..2000)).min(rope.len());
        rope.splice_stream(at..end, part)?;
        let half = random.u64(0..=rope.len());
        let tail = rope.split_off(half)?;
        rope.append(tail)?;
        if step % 10 == 9 {
            shapes.see(&format!("{step} ropes in a rope"), &rope);
        }
    }
    for (start, end) in [(0, 10), (1000, 1001), (5000, 60_000), (70_000, 70_500)] {
        shapes.see(&format!("cut out {start} to {end}"), &rope.slice(start..end)?);
    }
    Ok(())
}

fn any_calls(shapes: &mut Shapes) -> std::io::Result<()> {
    for seed in 1..=12 {
        let script = random::script(seed);
        let mut rope = RopeStream::from(script.initial.clone());
        let mut scratch = Scratch::default();
        for (step, op) in script.ops.iter().enumerate() {
            let _ = op.perform(&mut rope, &mut scratch); // some are refused, by law
            if step % 500 == 499 {
                shapes.see(&format!("{step} calls of seed {seed}"), &rope);
            }
        }
    }
    Ok(())
}

#[test]
fn a_rope_lies_in_memory_as_it_did_when_that_was_measured() {
    let mut shapes = Shapes(String::new());
    for work in
        [appended, typed, edited_at_random, edited_at_edges, overwritten, with_holes, put_together, any_calls]
    {
        work(&mut shapes).expect("there is memory");
    }
    if std::env::var_os("ANYSTREAM_RECORD").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/rope_shapes.txt");
        std::fs::write(path, &shapes.0).expect("the file can be written");
        return;
    }
    for (now, recorded) in shapes.0.lines().zip(RECORDED.lines()) {
        assert_eq!(now, recorded);
    }
    assert_eq!(shapes.0.lines().count(), RECORDED.lines().count());
}
