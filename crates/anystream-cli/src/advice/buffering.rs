//! Whether a program makes many small calls that a buffer would join.

use std::io::SeekFrom;
use std::path::Path;

use anystream::Bytes;
use anystream_workload::{Op, Script};

use super::walk::{Effect, Step, data, walk};
use super::{Advice, Bench, Confidence, Kind, Setup, Variant, bytes, faster};
use crate::report::numbers::count;

/// What `BufReader` and `BufWriter` have by default.
const BUFFER: usize = 8 << 10;

/// Fewer calls are not many.
const MANY: usize = 100;

/// A buffer must make this many times fewer calls.
const FEWER: usize = 4;

/// Advises to buffer, if that makes far fewer calls and is proven faster on a file in `dir`, where each call is a
/// system call.
pub(crate) fn buffering(script: &Script, dir: &Path, bench: &mut dyn Bench) -> Option<Advice> {
    let steps = walk(script);
    let buffered = buffered(script, &steps);
    let after = walk(&buffered);
    let (writes, reads) = (Count::of(&steps, is_write), Count::of(&steps, is_read));
    let (fewer_writes, fewer_reads) = (Count::of(&after, is_write), Count::of(&after, is_read));
    let writes = writes.joined_to(fewer_writes, "write", "`BufWriter`");
    let reads = reads.joined_to(fewer_reads, "read", "`BufReader`");
    if writes.is_none() && reads.is_none() {
        return None;
    }
    let on = Setup::TempFile { dir: dir.to_owned() };
    let compared = bench.compare(&Variant::borrowed(script, on.clone()), &Variant::owned(buffered, on))?;
    if !compared.proves_other_faster() {
        return None;
    }
    let code = match (&writes, &reads) {
        (Some(_), Some(_)) => {
            "let mut reader = std::io::BufReader::new(&file); // and BufWriter::new(&file) to write"
        }
        (Some(_), None) => "let mut file = std::io::BufWriter::new(file);",
        _ => "let mut file = std::io::BufReader::new(file);",
    };
    let said: Vec<String> = writes.into_iter().chain(reads).collect();
    Some(Advice {
        kind: Kind::Buffering,
        sentence: format!(
            "{}; {} on a file in {}.",
            said.join(", and "),
            faster(compared.ratio),
            dir.display()
        ),
        code: Some(code.to_owned()),
        confidence: Confidence::Proven,
    })
}

/// The calls that reach the stream if the program reads through a `BufReader` and writes through a `BufWriter`, which
/// it flushes before every other call.
pub(crate) fn through_buffers(script: &Script) -> Script {
    buffered(script, &walk(script))
}

fn is_write(effect: &Effect) -> Option<u64> {
    match effect {
        Effect::Write(range) => Some(range.end - range.start),
        _ => None,
    }
}

fn is_read(effect: &Effect) -> Option<u64> {
    match effect {
        Effect::Read(range) => Some(range.end - range.start),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Count {
    calls: usize,
    bytes: u64,
}

impl Count {
    fn of(steps: &[Step], bytes: fn(&Effect) -> Option<u64>) -> Self {
        let lens = steps.iter().filter_map(|step| bytes(&step.effect));
        lens.fold(Count { calls: 0, bytes: 0 }, |sum, len| Count {
            calls: sum.calls + 1,
            bytes: sum.bytes + len,
        })
    }

    /// "15,070 writes of about 4 bytes: an 8 KiB `BufWriter` makes 30× fewer calls".
    fn joined_to(self, fewer: Count, call: &str, by: &str) -> Option<String> {
        if self.calls < MANY || self.calls < fewer.calls.saturating_mul(FEWER) {
            return None;
        }
        let mean = self.bytes.div_ceil(self.calls as u64);
        let times = self.calls / fewer.calls.max(1);
        let calls = count(self.calls as u64, call);
        Some(format!("{calls} of about {}: an 8 KiB {by} makes {times}× fewer calls", bytes(mean)))
    }
}

fn buffered(script: &Script, steps: &[Step]) -> Script {
    let mut out = Buffers { ops: Vec::with_capacity(script.ops.len()), pending: Vec::new(), held: 0 };
    for (op, step) in script.ops.iter().zip(steps) {
        match (&step.effect, op) {
            (Effect::Write(_), _) => {
                out.give_back(step.before.position);
                out.write(&data(op));
            }
            // A search in the contents is more than a read.
            (Effect::Read(range), Op::Read(_) | Op::ReadExact(_) | Op::ReadVectored(_)) => {
                out.flush();
                out.read((range.end - range.start) as usize, step.before.length - range.start);
            }
            (Effect::Nothing, Op::Read(_)) if out.held == 0 => {
                out.flush();
                out.ops.push(op.clone());
            }
            (_, Op::Seek(SeekFrom::Start(_) | SeekFrom::End(_))) => {
                out.flush();
                out.held = 0;
                out.ops.push(op.clone());
            }
            _ => {
                out.flush();
                out.give_back(step.before.position);
                out.ops.push(op.clone());
            }
        }
    }
    out.flush();
    if let Some(last) = steps.last() {
        out.give_back(last.after.position);
    }
    Script::new(script.name.clone(), script.initial.clone()).with(out.ops).holding(script.hold)
}

/// A `BufWriter` and a `BufReader`, of which at most one holds something.
struct Buffers {
    ops: Vec<Op>,
    pending: Vec<u8>,
    /// Bytes that were read ahead.
    held: usize,
}

impl Buffers {
    fn write(&mut self, data: &Bytes) {
        if self.pending.len() + data.len() > BUFFER {
            self.flush();
        }
        if data.len() >= BUFFER {
            self.ops.push(Op::Write(data.clone()));
        } else {
            self.pending.extend_from_slice(data);
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.ops.push(Op::Write(std::mem::take(&mut self.pending).into()));
        }
    }

    /// Reads `len` bytes, with `rest` bytes from the program's position to the end of the file.
    fn read(&mut self, len: usize, rest: u64) {
        let mut missing = len.saturating_sub(self.held);
        self.held = self.held.saturating_sub(len);
        let mut rest = rest.saturating_sub((len - missing) as u64);
        while missing > 0 && rest > 0 {
            if missing >= BUFFER {
                self.ops.push(Op::Read(missing));
                return;
            }
            self.ops.push(Op::Read(BUFFER));
            let filled = rest.min(BUFFER as u64) as usize;
            self.held = filled.saturating_sub(missing);
            missing = missing.saturating_sub(filled);
            rest -= filled as u64;
        }
    }

    /// Seeks back to `position`, where the program is, if the stream is ahead.
    fn give_back(&mut self, position: u64) {
        if self.held > 0 {
            self.held = 0;
            self.ops.push(Op::Seek(SeekFrom::Start(position)));
        }
    }
}

#[cfg(test)]
mod tests {
    use anystream_workload::{Digest, Model};

    use super::*;
    use crate::advice::tests::Fake;

    fn digest(script: &Script) -> (Digest, u64) {
        let mut model = Model::new(&script.initial);
        script.ops.iter().for_each(|op| drop(model.apply(op)));
        (Digest::of(model.contents()), model.position())
    }

    fn writes(n: usize, len: usize) -> Vec<Op> {
        (0..n).map(|i| Op::Write(vec![i as u8; len].into())).collect()
    }

    #[test]
    fn small_writes_are_counted_and_confirmed_on_a_file() {
        let script = Script::new("", "").with(writes(15_070, 4));
        let mut bench = Fake::new([Some(12.0)]);
        let advice = buffering(&script, Path::new("/tmp"), &mut bench).unwrap();
        assert_eq!(
            advice.sentence,
            "15,070 writes of about 4 bytes: an 8 KiB `BufWriter` makes 1883× fewer calls; 12× faster on a file in /tmp."
        );
        assert_eq!((bench.asked[0].1, bench.asked[0].3), (15_070, 8));
        assert_eq!(buffering(&script, Path::new("/tmp"), &mut Fake::new([Some(1.01)])), None);
    }

    #[test]
    fn what_a_buffer_cannot_join_is_not_advised() {
        let seeks = (0..1000).flat_map(|i| [Op::Seek(SeekFrom::Start(i * 100)), Op::Write("a".into())]);
        let mut bench = Fake::new([Some(9.0), Some(9.0), Some(9.0)]);
        let apart = Script::new("", "").with(seeks);
        assert_eq!(buffering(&apart, Path::new("/tmp"), &mut bench), None);
        let large = Script::new("", "").with(writes(200, 8192));
        assert_eq!(through_buffers(&large).ops, large.ops);
        assert_eq!(buffering(&large, Path::new("/tmp"), &mut bench), None);
        let few = Script::new("", "").with(writes(99, 4));
        assert_eq!(buffering(&few, Path::new("/tmp"), &mut bench), None);
        assert!(bench.asked.is_empty());
    }

    /// As std's own buffers do it: what they pass on is compared, call by call.
    #[test]
    fn the_calls_are_those_that_the_buffers_of_std_pass_on() {
        use std::io::{BufReader, BufWriter, Read, Write};
        struct Lens(Vec<usize>, usize);
        impl Write for Lens {
            fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
                self.0.push(data.len());
                Ok(data.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        impl Read for Lens {
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.0.push(buf.len());
                let n = buf.len().min(self.1);
                self.1 -= n;
                Ok(n)
            }
        }
        let lens = [4, 8000, 192, 1, 8191, 8192, 3, 20_000, 5, 5, 8190, 2];
        let mut writer = BufWriter::with_capacity(BUFFER, Lens(Vec::new(), 0));
        lens.iter().for_each(|&len| writer.write_all(&vec![0; len]).unwrap());
        let passed_on = writer.into_inner().map_err(|_| ()).unwrap().0;
        let script = Script::new("", "").with(lens.map(|len| Op::Write(vec![0; len].into())));
        let ours: Vec<u64> = through_buffers(&script).ops.iter().map(Op::bytes_given).collect();
        assert_eq!(ours, passed_on.iter().map(|&len| len as u64).collect::<Vec<_>>());

        let small = [4, 8000, 192, 1, 3000, 5000, 9];
        let mut reader = BufReader::with_capacity(BUFFER, Lens(Vec::new(), 100_000));
        small.iter().for_each(|&len| reader.read_exact(&mut vec![0; len]).unwrap());
        let passed_on: Vec<Op> = reader.into_inner().0.into_iter().map(Op::Read).collect();
        let script = Script::new("", vec![0; 100_000]).with(small.map(Op::ReadExact));
        let mut ours = through_buffers(&script).ops;
        assert!(matches!(ours.pop(), Some(Op::Seek(_))), "the position is given back at the end");
        assert_eq!(ours, passed_on);
    }

    #[test]
    fn contents_and_position_stay_the_same() {
        let mut state = 5_u64;
        let mut random = move |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % n
        };
        for _ in 0..300 {
            let mut ops = Vec::new();
            for _ in 0..random(120) {
                let len = [3, 100, 9000][random(3) as usize];
                ops.push(match random(9) {
                    0 => Op::Seek(SeekFrom::Start(random(30_000))),
                    1 => Op::Seek(SeekFrom::Current(random(50) as i64)),
                    2 => Op::SetLen(random(40_000)),
                    3 => Op::ReadAt { offset: random(30_000), len },
                    4 | 5 => Op::Read(len),
                    6 => Op::Splice { range: 0..0, with: "x".into() },
                    _ => Op::Write(vec![random(256) as u8; len].into()),
                });
            }
            let script = Script::new("", vec![7; 20_000]).with(ops);
            assert_eq!(digest(&through_buffers(&script)), digest(&script), "{:?}", script.ops);
        }
    }
}
