//! A real file next to memory.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anystream::RopeStream;
use anystream_workload::{Op, Scratch, Script, Verified, verify_until};
use indicatif::HumanBytes;

use super::{Advice, Bench, Confidence, Kind, Setup, Variant, faster};
use crate::contender::Contender;
use crate::contestant::{Contestant, Timed};
use crate::heap::HeapUse;
use crate::profile::Profiler;
use crate::results::Refusal;

/// Says how much faster memory is than a file in `dir`, if that is proven either way.
pub(crate) fn memory_or_file(
    script: &Script,
    chosen: Contender,
    dir: &Path,
    bench: &mut dyn Bench,
) -> Option<Advice> {
    if first_beyond_a_file(script).is_some() {
        return None;
    }
    let file = Variant::borrowed(script, Setup::TempFile { dir: dir.to_owned() });
    let compared = bench.compare(&file, &Variant::borrowed(script, Setup::Contender(chosen)))?;
    let place = place(dir);
    let (sentence, code) = if compared.proves_other_faster() {
        let sentence = format!("In memory {} than a file in {place}.", faster(compared.ratio));
        (sentence, format!("let mut stream = {}::default();", chosen.type_name()))
    } else if 1.0 / compared.high >= super::WORTH_IT {
        let sentence = format!("A file in {place} is {} than memory", faster(1.0 / compared.ratio));
        match script.initial.len() {
            0 => (sentence + ".", "let mut file = tempfile::tempfile()?;".to_owned()),
            // Only memory has to be filled with them.
            len => (
                format!("{sentence}, which must first be filled with {}.", HumanBytes(len as u64)),
                "let mut file = File::options().read(true).write(true).open(path)?;".to_owned(),
            ),
        }
    } else {
        return None;
    };
    Some(Advice { kind: Kind::MemoryOrFile, sentence, code: Some(code), confidence: Confidence::Proven })
}

/// Replays scripts on `std::fs::File`s in a folder, each in a new file, deleted afterwards.
///
/// Only the calls are timed: a program would open its file, not write the initial contents.
pub(crate) struct TempFile {
    pub(crate) dir: PathBuf,
}

impl TempFile {
    fn open(&self, script: &Script) -> io::Result<File> {
        let mut file = tempfile::tempfile_in(&self.dir)?;
        file.write_all(&script.initial)?;
        file.rewind()?;
        Ok(file)
    }

    /// Replays `script`, and returns the time of the calls in nanoseconds.
    fn replay(&self, script: &Script, deadline: Instant, buffer: &mut Vec<u8>) -> io::Result<(File, f64)> {
        const PART: usize = 256;
        let mut file = self.open(script)?;
        let begin = Instant::now();
        for part in script.ops.chunks(PART) {
            for op in part {
                // A call that fails is part of the script.
                let _ = black_box(perform(op, &mut file, buffer));
            }
            if Instant::now() > deadline {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        Ok((file, begin.elapsed().as_secs_f64() * 1e9))
    }
}

impl Contestant for TempFile {
    fn verify(
        &self,
        script: &Script,
        deadline: Option<Instant>,
        _scratch: &mut Scratch,
    ) -> Result<Verified, Refusal> {
        if let Some((index, op)) = first_beyond_a_file(script) {
            let ops = script.ops.len();
            return Err(Refusal::Cannot(format!(
                "a file cannot do this in one call: op {index} of {ops} ({op})"
            )));
        }
        let failed = |error: io::Error| {
            Refusal::Cannot(format!("cannot use a file in {}: {error}", self.dir.display()))
        };
        let mut rope = RopeStream::from(script.initial.clone());
        let verified = verify_until(script, &mut rope, deadline);
        let verified = verified.map_err(|mismatch| Refusal::Failed(mismatch.to_string()))?;
        let far = Instant::now() + Duration::from_secs(3600);
        let (mut file, _) = self.replay(script, deadline.unwrap_or(far), &mut Vec::new()).map_err(failed)?;
        file.rewind().map_err(failed)?;
        let mut contents = Vec::new();
        file.read_to_end(&mut contents).map_err(failed)?;
        match anystream_workload::Digest::of(&contents) == verified.digest {
            true => Ok(verified),
            false => Err(Refusal::Failed("the file ends with other contents".to_owned())),
        }
    }

    fn time(&self, script: &Script, replays: u32, limit: Duration, _scratch: &mut Scratch) -> Timed {
        let mut buffer = Vec::new();
        let deadline = Instant::now() + limit;
        let mut total = 0.0;
        for replay in 0..replays {
            match self.replay(script, deadline, &mut buffer) {
                Ok((_, time)) => total += time,
                Err(_) => return Timed::Longer(limit.as_secs_f64() * 1e9 / f64::from(replay.max(1))),
            }
        }
        Timed::Replay(total / f64::from(replays.max(1)))
    }

    fn heap(&self, _script: &Script, _deadline: Instant, _scratch: &mut Scratch) -> HeapUse {
        HeapUse::default()
    }

    fn profile(&self, _: &Script, _: &mut Profiler, _: Instant, _: &mut Scratch) {}
}

/// The first call that a file cannot do: an insertion, a removal, or a search for a byte.
fn first_beyond_a_file(script: &Script) -> Option<(usize, &Op)> {
    script.ops.iter().enumerate().find(|(_, op)| match op {
        Op::Splice { range, with } => range.end.checked_sub(range.start) != Some(with.len() as u64),
        Op::ReadUntil(_) | Op::SkipUntil(_) | Op::ReadLine | Op::FillBuf | Op::Consume(_) => true,
        _ => false,
    })
}

fn perform(op: &Op, file: &mut File, buffer: &mut Vec<u8>) -> io::Result<u64> {
    let mut room = |len: usize| {
        if buffer.len() < len {
            buffer.resize(len, 0);
        }
        len
    };
    match op {
        Op::Seek(to) => file.seek(*to),
        Op::Read(len) | Op::ReadBytes(len) => {
            let len = room(*len);
            file.read(&mut buffer[..len]).map(|n| n as u64)
        }
        Op::ReadVectored(lens) => {
            let len = room(lens.iter().sum());
            file.read(&mut buffer[..len]).map(|n| n as u64)
        }
        Op::ReadExact(len) => {
            let (len, position) = (room(*len), file.stream_position()?);
            match file.read_exact(&mut buffer[..len]) {
                Ok(()) => Ok(len as u64),
                // A stream stays where it was.
                Err(error) => file.seek(SeekFrom::Start(position)).and(Err(error)),
            }
        }
        Op::ReadToEnd | Op::ReadToString => {
            buffer.clear();
            file.read_to_end(buffer).map(|n| n as u64)
        }
        Op::ReadAt { offset, len } => {
            let len = room(*len);
            at(file, *offset, |file| file.read(&mut buffer[..len]).map(|n| n as u64))
        }
        Op::Write(data) | Op::WriteBytes(data) => file.write_all(data).map(|()| data.len() as u64),
        Op::WriteVectored(pieces) => {
            let slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
            let written = file.write_vectored(&slices)?;
            let rest = pieces.concat().split_off(written);
            file.write_all(&rest).map(|()| (written + rest.len()) as u64)
        }
        Op::WriteFmt(text) => file.write_all(text.as_bytes()).map(|()| text.len() as u64),
        Op::Truncate(size) if *size >= file.metadata()?.len() => Ok(0),
        Op::Truncate(size) | Op::SetLen(size) => file.set_len(*size).map(|()| 0),
        Op::Splice { range, with } => at(file, range.start, |file| file.write_all(with).map(|()| 0)),
        Op::GetValue => {
            buffer.clear();
            at(file, 0, |file| file.read_to_end(buffer).map(|n| n as u64))
        }
        _ => Err(ErrorKind::Unsupported.into()),
    }
}

/// Does something at `offset` and returns to the position. Like `pread`, but on every system.
fn at(file: &mut File, offset: u64, call: impl FnOnce(&mut File) -> io::Result<u64>) -> io::Result<u64> {
    let position = file.stream_position()?;
    file.seek(SeekFrom::Start(offset))?;
    let answer = call(file);
    file.seek(SeekFrom::Start(position))?;
    answer
}

/// The folder, and that it is in memory itself, if so.
fn place(dir: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let real = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    match file_system(&mounts, &real) {
        Some(kind @ ("tmpfs" | "ramfs")) => format!("{} ({kind}: memory, too)", dir.display()),
        Some(kind) => format!("{} ({kind})", dir.display()),
        None => dir.display().to_string(),
    }
}

/// The kind of file system that `dir` is in: that of the longest mount point above it; of equal ones, the last.
fn file_system<'a>(mounts: &'a str, dir: &Path) -> Option<&'a str> {
    let entry = |line: &'a str| {
        let mut fields = line.split(' ');
        let point = fields.nth(1)?.replace("\\040", " ");
        dir.starts_with(&point).then_some((point.len(), fields.next()?))
    };
    mounts.lines().filter_map(entry).max_by_key(|(len, _)| *len).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use anystream::Backend;

    use super::*;
    use crate::advice::tests::Fake;

    const VEC: Contender = Contender::Backend(Backend::Vec);

    fn every_call() -> Script {
        Script::new("", "hello, world").with([
            Op::Seek(SeekFrom::End(-5)),
            Op::Read(3),
            Op::ReadVectored(vec![1, 9]),
            Op::Seek(SeekFrom::Start(20)),
            Op::Write("abc".into()),
            Op::WriteVectored(vec!["de".into(), "f".into()]),
            Op::WriteFmt("ghi".to_owned()),
            Op::ReadExact(99),
            Op::WriteBytes("jk".into()),
            Op::ReadAt { offset: 2, len: 4 },
            Op::Splice { range: 1..3, with: "EL".into() },
            Op::Truncate(900),
            Op::SetLen(40),
            Op::GetValue,
            Op::Truncate(25),
            Op::Seek(SeekFrom::Current(-4)),
            Op::ReadToEnd,
            Op::Write("!".into()),
        ])
    }

    #[test]
    fn a_file_ends_with_what_a_stream_ends_with() {
        let file = TempFile { dir: std::env::temp_dir() };
        let verified = file.verify(&every_call(), None, &mut Scratch::default()).unwrap();
        assert_eq!(verified.ops, every_call().ops.len());
        let limit = Duration::from_secs(600);
        assert!(matches!(file.time(&every_call(), 2, limit, &mut Scratch::default()), Timed::Replay(_)));
    }

    #[test]
    fn what_a_file_cannot_do_is_refused() {
        let insert = Script::new("", "ab").with([Op::Splice { range: 1..1, with: "x".into() }]);
        let file = TempFile { dir: std::env::temp_dir() };
        let refused = file.verify(&insert, None, &mut Scratch::default());
        assert!(matches!(refused, Err(Refusal::Cannot(why)) if why.contains("op 0 of 1")));
        let mut bench = Fake::new([Some(12.0)]);
        assert_eq!(memory_or_file(&insert, VEC, Path::new("/"), &mut bench), None);
        let nowhere = TempFile { dir: "/no such folder".into() };
        let refused = nowhere.verify(&every_call(), None, &mut Scratch::default());
        assert!(matches!(refused, Err(Refusal::Cannot(why)) if why.contains("/no such folder")));
    }

    #[test]
    fn the_faster_of_the_two_is_named_if_that_is_proven() {
        let said = |ratio| {
            let dir = Path::new("/no such folder");
            let mut script = every_call();
            script.initial = Default::default();
            memory_or_file(&script, VEC, dir, &mut Fake::new([ratio])).map(|advice| advice.sentence)
        };
        assert!(said(Some(12.1)).unwrap().starts_with("In memory 12× faster than a file in /no such folder"));
        assert!(said(Some(0.5)).unwrap().ends_with("is 2.0× faster than memory."));
        assert_eq!(said(Some(1.0)), None);
        assert_eq!(said(None), None);
    }

    #[test]
    fn a_file_that_is_there_already_is_opened_and_not_made() {
        let dir = Path::new("/no such folder");
        let advice = memory_or_file(&every_call(), VEC, dir, &mut Fake::new([Some(0.5)])).unwrap();
        let why = "is 2.0× faster than memory, which must first be filled with 12 B.";
        assert!(advice.sentence.ends_with(why), "{}", advice.sentence);
        assert!(advice.code.unwrap().contains("open(path)"));
    }

    #[test]
    fn the_file_system_is_that_of_the_longest_mount_point() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\ntmpfs /tmpfiles xfs rw 0 0\n\
                      a /with\\040space btrfs rw 0 0\nb /tmp/over overlay rw 0 0\n";
        let kind = |dir: &str| file_system(mounts, Path::new(dir));
        assert_eq!(kind("/home"), Some("ext4"));
        assert_eq!(kind("/tmp/x"), Some("tmpfs"));
        assert_eq!(kind("/tmp/over/x"), Some("overlay"));
        assert_eq!(kind("/with space/x"), Some("btrfs"));
        assert_eq!(file_system("", Path::new("/")), None);
    }
}
