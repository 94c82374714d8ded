//! Programs whose shifts are known.

use std::io::SeekFrom;

use anystream::{Backend, ByteStream, RopeStream};
use anystream_workload::{Op, Scratch, Script, Summary};

use super::*;
use crate::advice::tests::Fake;

/// How a program moves bytes.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// From the last block to the first: in place, one buffer.
    BackToFront,
    /// Reads ahead as far as the bytes move, and then writes behind.
    FrontToBack,
    /// The whole rest in one read and one write.
    AtOnce,
}

/// Pseudorandom bytes and numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// A program on a file, recorded with contents.
struct Program {
    file: Vec<u8>,
    script: Script,
}

impl Program {
    fn new(random: &mut Random, len: usize) -> Self {
        let file = random.bytes(len);
        Program { script: Script::new("program", file.clone()), file }
    }

    fn op(&mut self, op: Op) {
        self.script.ops.push(op);
    }

    fn read(&mut self, at: usize, len: usize) -> Vec<u8> {
        self.op(Op::Seek(SeekFrom::Start(at as u64)));
        self.op(Op::Read(len));
        self.file[at..(at + len).min(self.file.len())].to_vec()
    }

    fn write(&mut self, at: usize, data: &[u8]) {
        self.op(Op::Seek(SeekFrom::Start(at as u64)));
        self.op(Op::Write(data.to_vec().into()));
        self.file.resize(self.file.len().max(at + data.len()), 0);
        self.file[at..at + data.len()].copy_from_slice(data);
    }

    fn insert(&mut self, at: usize, new: &[u8], block: usize, way: Way) {
        let old = self.file.len();
        match way {
            Way::BackToFront => {
                let mut end = old;
                while end > at {
                    let start = end.saturating_sub(block).max(at);
                    let held = self.read(start, end - start);
                    self.write(start + new.len(), &held);
                    end = start;
                }
                self.write(at, new);
            }
            Way::FrontToBack => {
                let mut held = std::collections::VecDeque::from(new.to_vec());
                let (mut reads, mut writes) = (at, at);
                while reads < old {
                    let len = block.min(old - reads);
                    held.extend(self.read(reads, len));
                    reads += len;
                    let out: Vec<u8> = held.drain(..len).collect();
                    self.write(writes, &out);
                    writes += len;
                }
                let out: Vec<u8> = held.drain(..).collect();
                self.write(writes, &out);
            }
            Way::AtOnce => {
                let held = self.read(at, old - at);
                self.write(at, new);
                self.write(at + new.len(), &held);
            }
        }
    }

    fn remove(&mut self, at: usize, len: usize, block: usize, way: Way) {
        let old = self.file.len();
        let block = if matches!(way, Way::AtOnce) { old } else { block };
        let mut from = at + len;
        while from < old {
            let held = self.read(from, block.min(old - from));
            self.write(from - len, &held);
            from += held.len();
        }
        self.op(Op::SetLen((old - len) as u64));
        self.file.truncate(old - len);
    }

    /// The same with contents that say nothing, as after an import of a log with lengths only.
    fn lengths_only(&self) -> Script {
        let mut random = Random(99);
        let mut script = self.script.clone();
        script.initial = random.bytes(script.initial.len()).into();
        for op in &mut script.ops {
            if let Op::Write(data) = op {
                *data = random.bytes(data.len()).into();
            }
        }
        script
    }
}

fn contents(script: &Script) -> Vec<u8> {
    let mut stream = RopeStream::from(script.initial.clone());
    anystream_workload::run(script, &mut stream, &mut Scratch::default());
    stream.getvalue().unwrap().to_vec()
}

/// Each shift as its distance, and where it begins before the move.
fn found(script: &Script, recorded: Contents) -> Vec<(i64, u64, u64)> {
    let found = without_shifts(script, recorded);
    found.iter().flat_map(|it| &it.shifts).map(|it| (it.by, it.moved.start, it.moved.end)).collect()
}

fn splices(script: &Script) -> usize {
    script.ops.iter().filter(|op| matches!(op, Op::Splice { .. })).count()
}

#[test]
fn an_insertion_is_found_whatever_the_place_the_direction_and_the_blocks() {
    let mut random = Random(1);
    for (len, at, new) in [(3000, 0, 24), (3000, 1200, 24), (200_000, 70_001, 5000), (3000, 1000, 1)] {
        for block in [1, 7, 512, 4096, 1 << 20] {
            if len / block > 4000 {
                continue;
            }
            for way in [Way::BackToFront, Way::AtOnce, Way::FrontToBack] {
                let mut program = Program::new(&mut random, len);
                program.insert(at, &vec![b'n'; new], block, way);
                let case = format!("{new} bytes at {at} of {len}, blocks of {block}, {way:?}");
                let recorded = without_shifts(&program.script, Contents::Recorded).expect(&case);
                let [shift] = &recorded.shifts[..] else { panic!("{case}: {:?}", recorded.shifts) };
                assert_eq!((shift.by, shift.moved.end), (new as i64, len as u64), "{case}");
                // Bytes that happen to be equal may count as moved.
                assert!(shift.moved.start.abs_diff(at as u64) <= 2, "{case}: {:?}", shift.moved);
                assert_eq!(contents(&recorded.script), program.file, "{case}");
                assert_eq!(splices(&recorded.script), 1, "{case}");
                assert!(Summary::of(&recorded.script).bytes_written <= 2 * new as u64 + 8, "{case}");
            }
        }
    }
}

#[test]
fn a_removal_is_found_whatever_the_place_and_the_blocks() {
    let mut random = Random(2);
    for (len, at, gone) in [(3000, 0, 24), (3000, 1200, 24), (200_000, 70_001, 5000), (3000, 1000, 1)] {
        for block in [1, 7, 512, 4096, 1 << 20] {
            if len / block > 4000 {
                continue;
            }
            for way in [Way::FrontToBack, Way::AtOnce] {
                let mut program = Program::new(&mut random, len);
                program.remove(at, gone, block, way);
                let case = format!("{gone} bytes at {at} of {len}, blocks of {block}, {way:?}");
                for (script, known) in [
                    (program.script.clone(), Contents::Recorded),
                    (program.lengths_only(), Contents::Generated),
                ] {
                    let found = without_shifts(&script, known).unwrap_or_else(|| panic!("{case}, {known:?}"));
                    let [shift] = &found.shifts[..] else { panic!("{case}: {:?}", found.shifts) };
                    assert_eq!((shift.by, shift.moved.end), (-(gone as i64), len as u64), "{case}");
                    assert!(shift.moved.start.abs_diff((at + gone) as u64) <= 2, "{case}: {:?}", shift.moved);
                    assert_eq!(contents(&found.script).len(), program.file.len(), "{case}");
                    assert_eq!(Summary::of(&found.script).bytes_written, 0, "{case}");
                    if known == Contents::Recorded {
                        assert_eq!(contents(&found.script), program.file, "{case}");
                    }
                }
            }
        }
    }
}

#[test]
fn lengths_suggest_an_insertion_where_blocks_are_written_elsewhere_than_they_were_read() {
    let mut random = Random(3);
    for (at, new) in [(0, 24), (1200, 24), (1200, 1000)] {
        for way in [Way::BackToFront, Way::AtOnce] {
            let mut program = Program::new(&mut random, 5000);
            program.insert(at, &vec![b'n'; new], 512, way);
            let expected = [(new as i64, at as u64, 5000)];
            assert_eq!(found(&program.lengths_only(), Contents::Generated), expected, "{at} {new} {way:?}");
        }
    }
}

/// `-movflags +faststart`: reads through one buffer, writes through another, and then fills the room.
#[test]
fn faststart_makes_room_for_the_index() {
    let (data, index) = (393_737_usize, 9043_usize);
    let mut random = Random(4);
    let mut program = Program::new(&mut random, data);
    let held = program.file[32..].to_vec();
    program.op(Op::Seek(SeekFrom::Start(0)));
    for _ in 0..9 {
        program.op(Op::Read(32768));
    }
    program.write(32 + index, &held[..262_144]);
    program.op(Op::Seek(SeekFrom::Start(9 * 32768)));
    for _ in 0..4 {
        program.op(Op::Read(32768));
    }
    program.write(32 + index + 262_144, &held[262_144..]);
    program.write(32, &vec![b'i'; index]);
    let expected = [(index as i64, 32, data as u64)];
    assert_eq!(found(&program.lengths_only(), Contents::Generated), expected);
    assert_eq!(found(&program.script, Contents::Recorded), expected);

    let mut bench = Fake::new([Some(11.2)]);
    let (vec, rope) = (Contender::Backend(Backend::Vec), Contender::Backend(Backend::Rope));
    let advice = advice(&program.script, Contents::Recorded, vec, rope, &mut bench).unwrap();
    assert_eq!(
        advice.sentence,
        "The program moves 394 KB to make room for 9,043 bytes; with `insert` on a rope: 11× faster."
    );
    assert_eq!(advice.code.as_deref(), Some("stream.insert(32, &new_bytes)?; // 9043 new bytes"));
    assert_eq!(advice.confidence, Confidence::Proven);
}

#[test]
fn a_file_rewritten_by_a_line_editor_shows_its_shift_only_in_contents() {
    let mut random = Random(5);
    let mut program = Program::new(&mut random, 20_000);
    let mut text = program.read(0, 20_000);
    text.splice(8000..8000, b"a new line".iter().copied());
    program.write(0, &text);
    assert_eq!(found(&program.lengths_only(), Contents::Generated), [], "it may be another text");
    let found = without_shifts(&program.script, Contents::Recorded).unwrap();
    assert_eq!(found.shifts.len(), 1);
    assert_eq!(contents(&found.script), text);
}

#[test]
fn other_programs_do_not_shift() {
    let mut random = Random(6);
    let check = |what: &str, program: &Program, known: &[Contents]| {
        for &known in known {
            let script = match known {
                Contents::Recorded => program.script.clone(),
                Contents::Generated => program.lengths_only(),
            };
            assert_eq!(found(&script, known), [], "{what}, {known:?}");
        }
    };
    let both = [Contents::Recorded, Contents::Generated];

    let mut copy = Program::new(&mut random, 8192);
    for at in (0..8192).step_by(1024) {
        let block = copy.read(at, 1024);
        copy.write(8192 + at, &block);
    }
    check("a copy that keeps the original", &copy, &both);

    let mut in_place = Program::new(&mut random, 8192);
    for at in (0..8192).step_by(1024) {
        let block = in_place.read(at, 1024);
        in_place.write(at, &block);
    }
    in_place.write(8192, &[1; 1024]);
    check("blocks rewritten in place, then one appended", &in_place, &both);

    let mut longer = Program::new(&mut random, 8192);
    (0..8).for_each(|i| drop(longer.read(i * 1024, 1024)));
    (0..9).for_each(|i| longer.write(i * 1024, &[i as u8; 1024]));
    check("a file read and written anew, one block longer", &longer, &both);

    let mut pages = Program::new(&mut random, 64 << 10);
    for _ in 0..500 {
        let pages_now = pages.file.len() as u64 / 4096;
        let (from, to) = (random.below(pages_now) as usize, random.below(pages_now + 1) as usize);
        drop(pages.read(from * 4096, 4096));
        pages.write(to * 4096, &[random.next() as u8; 4096]);
    }
    check("pages of a database", &pages, &both);

    let mut other = Program::new(&mut random, 8192);
    other.insert(1000, &[b'n'; 24], 512, Way::BackToFront);
    for op in &mut other.script.ops {
        if let Op::Write(data) = op {
            *data = vec![7; data.len()].into();
        }
    }
    check("blocks in the places of a shift, but with other bytes", &other, &[Contents::Recorded]);
}

#[test]
fn programs_that_shift_again_and_again_end_the_same_when_rewritten() {
    for seed in 1..60 {
        let mut random = Random(seed * 7919);
        let len = 2000 + random.below(20_000) as usize;
        let mut program = Program::new(&mut random, len);
        let mut shifts = 0;
        for _ in 0..1 + random.below(6) {
            let len = program.file.len();
            let block = 1 + random.below(3000) as usize;
            let at = random.below(len as u64 - 1000) as usize;
            let by = 1 + random.below(400) as usize;
            match random.below(5) {
                0 => program.insert(at, &random.bytes(by), block.max(64), Way::BackToFront),
                1 => program.insert(at, &random.bytes(by), block.max(64), Way::FrontToBack),
                2 => program.insert(at, &random.bytes(by), block, Way::AtOnce),
                3 => program.remove(at, by, block.max(64), Way::FrontToBack),
                _ => {
                    let data = random.bytes(by);
                    program.write(at, &data);
                    drop(program.read(at, block));
                    continue;
                }
            }
            shifts += 1;
        }
        let rewritten = without_shifts(&program.script, Contents::Recorded);
        let all = rewritten.as_ref().map(|it| {
            it.shifts.iter().map(|it| (it.by, it.moved.clone(), it.calls.clone())).collect::<Vec<_>>()
        });
        assert_eq!(
            rewritten.as_ref().map_or(0, |it| it.shifts.len()),
            shifts,
            "seed {seed} {all:?} {:?}",
            program.script.ops.iter().enumerate().map(|(i, o)| format!("{i} {o}")).collect::<Vec<_>>()
        );
        if let Some(rewritten) = rewritten {
            assert_eq!(contents(&rewritten.script), program.file, "seed {seed}");
        }
        if let Some(rewritten) = without_shifts(&program.lengths_only(), Contents::Generated) {
            assert_eq!(contents(&rewritten.script).len(), program.file.len(), "seed {seed}");
        }
    }
}

#[test]
fn the_sentence_counts_several_shifts_and_says_when_only_lengths_are_known() {
    let mut program = Program::new(&mut Random(8), 50_000);
    program.insert(100, &[b'n'; 24], 4096, Way::BackToFront);
    program.remove(100, 24, 4096, Way::FrontToBack);
    let (vec, rope) = (Contender::Backend(Backend::Vec), Contender::Backend(Backend::Rope));
    let said = |ratio| {
        let script = program.lengths_only();
        advice(&script, Contents::Generated, vec, rope, &mut Fake::new([ratio]))
    };
    let advice = said(Some(1.5)).unwrap();
    assert_eq!(
        advice.sentence,
        "The program moves 100 KB in 2 shifts to make room for 24 bytes and to remove 24 bytes; with `insert` and \
         `remove` on a rope: 50 % faster. The log has lengths only: they suggest it; a trace with contents proves it."
    );
    assert_eq!(advice.confidence, Confidence::Suggested);
    assert_eq!(said(Some(1.04)), None, "not worth it");
    assert_eq!(said(None), None, "interrupted");
}

#[test]
fn tmp_logs() {
    let Ok(list) = std::env::var("SHIFT_LOGS") else { return };
    for line in list.split_whitespace() {
        let (path, file) = line.split_once('=').unwrap_or((line, ""));
        let options = anystream_workload::ImportOptions {
            file: (!file.is_empty()).then(|| file.to_owned()),
            lenient: true,
            ..Default::default()
        };
        let t = std::time::Instant::now();
        match anystream_workload::import(path.as_ref(), &options) {
            Err(e) => eprintln!("{path}: ERR {}", e.to_string().chars().take(100).collect::<String>()),
            Ok(i) => {
                let t1 = t.elapsed();
                eprintln!(
                    "{path}: {} ops {:?} {:?} {:?}",
                    i.script.ops.len(),
                    t1,
                    {
                        let f = without_shifts(&i.script, Contents::Generated);
                        f.map(|f| {
                            (
                                f.shifts.len(),
                                what_moves(&f.shifts),
                                f.shifts
                                    .iter()
                                    .map(|s| (s.by, s.moved.clone(), s.calls.clone()))
                                    .take(3)
                                    .collect::<Vec<_>>(),
                            )
                        })
                    },
                    t.elapsed() - t1
                );
            }
        }
    }
}
