//! Laws F1, W6 and P1 on every backend: whichever allocation of whichever call is refused, the call says so,
//! nothing has changed, nothing leaks, and the stream goes on.
//!
//! [`MAY_ABORT`] lists what cannot be refused its memory, and why.

mod subjects;

use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::ops::Range;
use std::process::Command;

use anystream::{Backend, ByteStream, Bytes, RopeyStream, VecStream};
use anystream_out_of_memory::{Refuse, Refused, live, refusing};
use anystream_tests::{Bench, CloneStream, Layout, sample};
use anystream_workload::{Answer, Expected, Model, Op, Scratch};

use subjects::{SUBJECTS, Subject};

/// Allocations that abort the process when they are refused: those of a library that has no other way. The
/// library is called only after as much memory was asked for and given back ([`anystream::memory::expect_room`]),
/// so that an abort takes another thread that gets hold of it in between. Refusing the one allocation and not
/// the one before it, as here, no real allocator does; [`Refuse::Beyond`] refuses as they do, and nothing is
/// let through then.
struct MayAbort {
    /// How the names of the subjects end.
    subject: &'static str,
    /// How the names of the calls begin.
    calls: &'static [&'static str],
    /// The largest of the allocations, in bytes.
    up_to: usize,
    /// Whether so much is asked for first, so that a limit of memory does not lead to an abort.
    asked_first: bool,
    reason: &'static str,
}

const MAY_ABORT: &[MayAbort] = &[
    MayAbort {
        subject: "",
        calls: &["wrong: "],
        up_to: 40,
        asked_first: true,
        reason: "io::Error boxes what it carries. Without memory it carries nothing but its kind.",
    },
    MayAbort {
        subject: "vec",
        calls: &["getvalue", "read_bytes", "truncate", "set_len shorter"],
        up_to: 24,
        asked_first: true,
        reason: "Bytes allocates what counts its owners: when a vector is lent, or when given bytes are \
                 shared for the first time. (truncate and set_len: what is lent out is kept as a shorter value.)",
    },
    MayAbort {
        subject: "rope",
        calls: &["getvalue", "read_bytes"],
        up_to: 24,
        asked_first: true,
        reason: "as for vec",
    },
    MayAbort {
        subject: "ropey",
        calls: &[
            "write",
            "insert",
            "remove",
            "replace",
            "truncate",
            "set_len longer",
            "set_len shorter",
            "wrong: write",
        ],
        up_to: 1024,
        asked_first: true,
        reason: "the nodes of ropey's tree",
    },
];

impl MayAbort {
    fn concerns(&self, subject: &str, call: &str) -> bool {
        subject.ends_with(self.subject) && self.calls.iter().any(|start| call.starts_with(start))
    }
}

/// The sizes of allocation, in bytes, up to which the call may abort: when any is refused, and when memory is
/// limited.
fn spares(subject: &str, call: &str) -> [usize; 2] {
    let listed = || MAY_ABORT.iter().filter(|it| it.concerns(subject, call));
    let any = listed().map(|it| it.up_to).max();
    let limited = listed().filter(|it| !it.asked_first).map(|it| it.up_to).max();
    [any, limited].map(Option::unwrap_or_default)
}

/// A value whose clones need no memory.
fn shared(bytes: Vec<u8>) -> Bytes {
    let bytes = Bytes::from(bytes);
    drop(bytes.clone());
    bytes
}

/// Every call of `ByteStream`, `Read`, `BufRead`, `Write` and `Seek` that could need memory, and those that
/// fail for another reason, on contents of `len` bytes; with the position at which it is made.
fn calls(len: u64) -> Vec<(&'static str, u64, Op)> {
    let middle = len / 2;
    let few = |n: u64| n.min(len - middle);
    let data = |n: usize| shared(sample::other_bytes(n));
    let write = |n: usize| Op::Write(data(n));
    let write_bytes = |n: usize| Op::WriteBytes(data(n));
    let splice = |range: Range<u64>, n: usize| Op::Splice { range, with: data(n) };
    let vectored = || Op::WriteVectored(vec![data(50), data(9000), data(3)]);
    vec![
        ("write a byte at the end", len, write(1)),
        ("write at the end", len, write(3000)),
        ("write much at the end", len, write(40_000)),
        ("write over", middle, write(few(3000) as usize)),
        ("write across the end", len.saturating_sub(20), write(1000)),
        ("write from the start on", 0, write(len as usize + 700)),
        ("write behind a gap", len + 5000, write(10)),
        ("write much behind a gap", len + 700, write(40_000)),
        ("write pieces at the end", len, vectored()),
        ("write pieces in the middle", middle, vectored()),
        ("write pieces behind a gap", len + 30, vectored()),
        ("write formatted", middle, Op::WriteFmt("formatted, of some length".repeat(20))),
        ("write formatted behind a gap", len + 9, Op::WriteFmt("formatted".repeat(50))),
        ("write bytes at the end", len, write_bytes(9000)),
        ("write bytes at the start", 0, write_bytes(9000)),
        ("write bytes in the middle", middle, write_bytes(100)),
        ("write bytes behind a gap", len + 700, write_bytes(40_000)),
        ("insert a byte", 5, splice(middle..middle, 1)),
        ("insert", 5, splice(middle..middle, 3000)),
        ("insert much at the start", 5, splice(0..0, 40_000)),
        ("insert at the end", 5, splice(len..len, 9000)),
        ("remove a byte", 5, splice(middle..middle + few(1), 0)),
        ("remove", 5, splice(middle..middle + few(3000), 0)),
        ("remove all", 5, splice(0..len, 0)),
        ("replace", 5, splice(middle..middle + few(10), 15)),
        ("replace much", 5, splice(middle / 3..middle + few(2000), 2500)),
        ("truncate", 7, Op::Truncate(middle)),
        ("truncate to nothing", 7, Op::Truncate(0)),
        ("set_len shorter", 7, Op::SetLen(len / 3)),
        ("set_len longer", 7, Op::SetLen(len + 10)),
        ("set_len longer by much", 7, Op::SetLen(len + 100_000)),
        ("read", 3, Op::Read(few(20_000) as usize)),
        ("read pieces", 3, Op::ReadVectored(vec![5, 0, 5000, 7])),
        ("read_exact", middle, Op::ReadExact(few(5000) as usize)),
        ("read_to_end", 3, Op::ReadToEnd),
        ("read_until", 3, Op::ReadUntil(77)),
        ("skip_until", 3, Op::SkipUntil(77)),
        ("fill_buf", middle, Op::FillBuf),
        ("consume", middle, Op::Consume(100)),
        ("read_at", 3, Op::ReadAt { offset: middle, len: 3000 }),
        ("read_bytes of a few", 3, Op::ReadBytes(20)),
        ("read_bytes of half", 0, Op::ReadBytes(middle as usize)),
        ("read_bytes of all", 0, Op::ReadBytes(usize::MAX)),
        ("getvalue", 3, Op::GetValue),
        ("seek", 3, Op::Seek(SeekFrom::End(-(few(10) as i64)))),
        ("wrong: seek", 3, Op::Seek(SeekFrom::Current(-4))),
        ("wrong: read_exact", middle, Op::ReadExact(len as usize + 1)),
        ("wrong: read_to_string", 0, Op::ReadToString),
        ("wrong: read_line", 0, Op::ReadLine),
        ("wrong: splice", 3, splice(0..len + 1, 1)),
        ("wrong: set_len", 3, Op::SetLen(u64::MAX)),
        ("wrong: write at 2^63", 1 << 63, write(1)),
        ("wrong: write up to isize::MAX", isize::MAX as u64 - 1, write(1)),
        ("wrong: write bytes at 2^63", 1 << 63, write_bytes(9000)),
        ("wrong: write past u64::MAX", u64::MAX - 1, write(2)),
    ]
}

/// One call on one stream, and what it must lead to.
struct Trial<'a> {
    subject: Subject,
    layout: Layout,
    contents: &'a [u8],
    call: &'a str,
    position: u64,
    op: &'a Op,
    expected: Expected,
    after: Model,
}

impl<'a> Trial<'a> {
    fn new(
        subject: Subject,
        layout: Layout,
        contents: &'a [u8],
        (call, position, op): &'a (&'static str, u64, Op),
    ) -> Self {
        let mut after = Model::new(contents);
        after.apply(&Op::Seek(SeekFrom::Start(*position)));
        let expected = after.apply(op);
        Trial { subject, layout, contents, call, position: *position, op, expected, after }
    }

    /// Makes the call with each of its allocations refused in turn, in each way, until it needs no more. The
    /// number of refusals; or what went wrong first.
    fn run(&self, [spare, spare_when_limited]: [usize; 2]) -> Result<usize, String> {
        let mut refusals = 0;
        let mut attempt = |refuse, spare| {
            let before = live();
            let seen = self.attempt(refuse, spare).map_err(|what| self.failure(refuse, &what))?;
            if live() != before {
                let what = format!("{} bytes leaked", live() - before);
                return Err(self.failure(refuse, &what));
            }
            refusals += usize::from(seen.refused > 0);
            Ok(seen)
        };
        for mode in [Refuse::Once, Refuse::From] {
            let mut number = 0;
            loop {
                let seen = attempt(mode(number), spare)?;
                if seen.refused == 0 {
                    break;
                }
                number += 1;
            }
        }
        // Down from what it needs, byte by byte where that makes a difference.
        let mut most = attempt(Refuse::Beyond(usize::MAX), 0)?.peak;
        while most > 0 {
            let seen = attempt(Refuse::Beyond(most - 1), spare_when_limited)?;
            if seen.refused == 0 {
                break;
            }
            most = seen.peak.min(most - 1);
        }
        Ok(refusals)
    }

    fn failure(&self, refuse: Refuse, what: &str) -> String {
        let Trial { subject: (name, _), layout, call, contents, .. } = self;
        format!("{name}, {} bytes {}: {call}, {refuse:?}: {what}", contents.len(), layout.name())
    }

    fn attempt(&self, refuse: Refuse, spare: usize) -> Result<Refused, String> {
        let bench = Bench::new(self.subject.1, self.layout);
        let mut stream = bench.stream(self.contents);
        stream.seek(SeekFrom::Start(self.position)).unwrap();
        let mut scratch = Scratch::default();
        let (answer, seen) = refusing(refuse, spare, || self.op.perform(&mut *stream, &mut scratch));
        let failed = match answer {
            Err(error) => Some(error.kind()),
            Ok(_) if matches!(self.expected, Expected::Error(_)) => return Err("it did not fail".into()),
            Ok(_) if self.expected == Expected::BeyondTheModel => return Ok(seen), // a rope can
            Ok(answer) if !agrees(&answer, &self.expected) => return Err("a wrong answer".into()),
            Ok(_) => None,
        };
        if let Some(kind) = failed {
            let lawful = match &self.expected {
                Expected::Error(expected) if kind == *expected => true,
                Expected::BeyondTheModel => matches!(
                    kind,
                    ErrorKind::OutOfMemory | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded
                ),
                _ => kind == ErrorKind::OutOfMemory && seen.refused > 0,
            };
            if !lawful {
                return Err(format!("it failed with {kind:?}"));
            }
            let before = Model::new(self.contents);
            self.check(&*stream, before.contents(), self.position)
                .map_err(|what| what + " after it failed")?;
            if matches!(self.expected, Expected::Error(_) | Expected::BeyondTheModel) {
                bench.finish();
                return Ok(seen);
            }
            let again = self.op.perform(&mut *stream, &mut scratch);
            again.map_err(|error| format!("made again, with memory, it failed with {error:?}"))?;
        }
        self.check(&*stream, self.after.contents(), self.after.position())?;
        // Whatever is wrong inside would come to light when the stream goes on.
        let (mut plain, middle) = (self.after.contents().to_vec(), self.after.contents().len() / 2);
        stream.insert(middle as u64, b"goes on").map_err(|error| format!("going on: {error:?}"))?;
        plain.splice(middle..middle, *b"goes on");
        plain.pop();
        stream.truncate(plain.len() as u64).map_err(|error| format!("going on: {error:?}"))?;
        self.check(&*stream, &plain, self.after.position()).map_err(|what| what + " when it goes on")?;
        bench.finish(); // nobody who shares memory with it has seen anything change
        Ok(seen)
    }

    fn check(&self, stream: &dyn CloneStream, contents: &[u8], position: u64) -> Result<(), String> {
        let mut found = vec![0; contents.len() + 1];
        let n = stream.read_at(0, &mut found).map_err(|error| format!("{error:?}"))?;
        if (stream.tell(), stream.len()) != (position, contents.len() as u64) {
            return Err(format!("position {}, length {}", stream.tell(), stream.len()));
        }
        if found.get(..n) == Some(contents) { Ok(()) } else { Err("wrong contents".into()) }
    }
}

fn agrees(answer: &Answer<'_>, expected: &Expected) -> bool {
    match (answer, expected) {
        (Answer::Done, Expected::Done) => true,
        (Answer::Number(found), Expected::Number(number)) => found == number,
        (Answer::Bytes(found), Expected::Bytes(bytes)) => found == bytes,
        (Answer::Value(found), Expected::Bytes(bytes)) => found == bytes,
        (Answer::Run(run), Expected::RunOf(rest)) => {
            rest.starts_with(run) && run.is_empty() == rest.is_empty()
        }
        _ => false,
    }
}

/// The lengths that the contents have: none, inline, on the heap, more than a chunk.
const LENGTHS: &[usize] = &[0, 40, 300, 9000];

/// What is passed on needs fewer.
fn lengths(name: &str) -> &'static [usize] {
    if name.starts_with("any") { &[40, 300] } else { LENGTHS }
}

fn every_call_on(name: &str) {
    let subject = *SUBJECTS.iter().find(|(it, _)| *it == name).expect("a subject of that name");
    let (mut violations, mut refusals) = (Vec::new(), 0);
    for &len in lengths(name) {
        let contents = sample::bytes(len);
        for call in &calls(len as u64) {
            for &layout in Layout::ALL {
                match Trial::new(subject, layout, &contents, call).run(spares(name, call.0)) {
                    Ok(some) => refusals += some,
                    Err(what) => violations.push(what),
                }
            }
        }
    }
    println!("{name}: {refusals} refusals");
    assert!(refusals > 1000, "only {refusals} refusals: that shows little");
    assert!(violations.is_empty(), "{} calls broke a law:\n{}", violations.len(), violations.join("\n"));
}

macro_rules! every_call_on {
    ($($test:ident $name:literal;)*) => {
        $(#[test] fn $test() { every_call_on($name); })*

        #[test]
        fn no_backend_is_left_out() {
            assert_eq!([$($name),*].to_vec(), SUBJECTS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        }
    };
}

every_call_on! {
    f1_vec "vec";
    f1_small "small";
    f1_small_of_none_inline "small of none inline";
    f1_rope "rope";
    f1_ropey "ropey";
    f1_any_vec "any vec";
    f1_any_small "any small";
    f1_any_rope "any rope";
    f1_any_ropey "any ropey";
    f1_limited_vec "limited vec";
}

/// The list is exact: each of its entries does abort where what it may not be refused is refused.
#[test]
fn what_is_listed_as_aborting_does() {
    let program = std::env::current_exe().expect("this test");
    for (number, entry) in MAY_ABORT.iter().enumerate() {
        for call in entry.calls {
            let child = Command::new(&program)
                .args(["--ignored", "--exact", "aborts"])
                .env(ENTRY, format!("{number} {call}"))
                .env("RUST_BACKTRACE", "0")
                .output()
                .expect("this test, once more");
            let shown = String::from_utf8_lossy(&child.stderr);
            assert!(
                !child.status.success() && shown.contains("memory allocation of"),
                "`{call}` on {} does not abort any more, though it is listed: {}",
                entry.subject,
                entry.reason
            );
        }
    }
}

/// Which entry of the list [`aborts`] is to try.
const ENTRY: &str = "ANYSTREAM_MAY_ABORT";

#[test]
#[ignore = "aborts the process on purpose; run by what_is_listed_as_aborting_does"]
fn aborts() {
    let Ok(entry) = std::env::var(ENTRY) else { return };
    let (number, call) = entry.split_once(' ').expect("a number and a call");
    let entry = &MAY_ABORT[number.parse::<usize>().expect("a number")];
    let subject = *SUBJECTS.iter().find(|(name, _)| entry.concerns(name, call)).expect("a subject");
    for &len in LENGTHS {
        let contents = sample::bytes(len);
        for case in calls(len as u64).iter().filter(|(name, _, _)| name.starts_with(call)) {
            for &layout in Layout::ALL {
                Trial::new(subject, layout, &contents, case)
                    .run([0, usize::MAX])
                    .expect("the law, or an abort");
            }
        }
    }
}

/// `AnyStream::convert`, from each backend to each: refused, it stays in the one where it was.
#[test]
fn f1_convert() {
    let mut refusals = 0;
    for (&from, &to) in Backend::ALL.iter().flat_map(|from| Backend::ALL.iter().map(move |to| (from, to))) {
        let spares = [spares(from.name(), "getvalue"), spares(to.name(), "write bytes")];
        let spares = [0, 1].map(|which| spares.map(|spares| spares[which]).into_iter().max().unwrap_or(0));
        for &len in LENGTHS {
            let contents = sample::bytes(len);
            let attempt = |refuse, spare| {
                let what = format!("{from} to {to}, {len} bytes, {refuse:?}");
                let before = live();
                let mut s = from.stream();
                s.write_all(&contents).unwrap();
                s.seek(SeekFrom::Start(7)).unwrap();
                let (result, seen) = refusing(refuse, spare, || s.convert(to));
                if let Err(error) = &result {
                    assert_eq!((error.kind(), seen.refused > 0), (ErrorKind::OutOfMemory, true), "{what}");
                }
                assert_eq!(s.backend(), if result.is_ok() { to } else { from }, "{what}");
                assert_eq!((s.tell(), s.len()), (7, len as u64), "{what}");
                assert!(s.getvalue().unwrap() == contents, "{what}");
                s.convert(to).unwrap();
                s.insert(0, b"goes on").unwrap();
                assert!(s.getvalue().unwrap()[7..] == contents, "{what}");
                drop((s, result));
                assert_eq!(live(), before, "{what}: it leaked");
                seen
            };
            for mode in [Refuse::Once, Refuse::From] {
                let all = (0..).map(|number| attempt(mode(number), spares[0]).refused);
                refusals += all.take_while(|&refused| refused > 0).count();
            }
            let mut most = attempt(Refuse::Beyond(usize::MAX), 0).peak;
            while most > 0 {
                let seen = attempt(Refuse::Beyond(most - 1), spares[1]);
                most = if seen.refused > 0 { seen.peak.min(most - 1) } else { 0 };
            }
        }
    }
    assert!(refusals > 50, "only {refusals} refusals: that shows little");
}

/// What the caller had in a buffer is there, and nothing else, after a read into it that was refused memory.
#[test]
fn f1_the_callers_buffers_stay() {
    type Read = fn(&mut dyn CloneStream, &mut Vec<u8>, &mut String) -> io::Result<usize>;
    let reads: [(&str, Read); 4] = [
        ("read_to_end", |s, bytes, _| s.read_to_end(bytes)),
        ("read_until", |s, bytes, _| s.read_until(b'!', bytes)),
        ("read_to_string", |s, _, text| s.read_to_string(text)),
        ("read_line", |s, _, text| s.read_line(text)),
    ];
    let line = "a line of text, and many more of them".repeat(300);
    for (name, candidate) in SUBJECTS {
        for had in ["", "what the caller had"] {
            for (call, read) in reads {
                let mut s = candidate.with_slice(line.as_bytes());
                let refusals = (0..).take_while(|&number| {
                    let (mut bytes, mut text) = (Vec::from(had), String::from(had));
                    let order = Refuse::From(number);
                    let (result, seen) = refusing(order, 0, || read(&mut *s, &mut bytes, &mut text));
                    let read = if result.is_ok() { &*line } else { "" };
                    assert!(
                        bytes == had.as_bytes() || bytes == [had, read].concat().as_bytes(),
                        "{name}: {call}"
                    );
                    assert!(text == had || text == [had, read].concat(), "{name}: {call}");
                    assert_eq!(bytes.len() + text.len(), 2 * had.len() + read.len(), "{name}: {call}");
                    assert_eq!(s.tell(), read.len() as u64, "{name}: {call}");
                    assert!(result.is_ok() != (seen.refused > 0), "{name}: {call}: {result:?}");
                    result.is_err()
                });
                assert!(refusals.count() > 0, "{name}: {call} needed no memory");
            }
        }
    }
}

/// `ropey` aborts without memory, so what it takes is asked for first: that must be enough, however much is
/// written, and whatever is shared.
#[test]
fn f1_ropey_asks_for_as_much_as_it_takes() {
    type Call<'a> = &'a dyn Fn(&mut RopeyStream) -> io::Result<()>;
    for base in [0, 300_000] {
        for (byte, held) in [(b'a', false), (0xFF, false), (0xFF, true)] {
            for len in [1, 100, 3000, 16_384, 50_000, 200_000, 1 << 20] {
                let mut s = RopeyStream::from(vec![b'x'; base]);
                for step in 0..200_u64 {
                    s.insert(step * 7919 % (s.len() + 1), &[b'q'; 37]).unwrap();
                }
                let (data, at) = (vec![byte; len], s.len() / 3);
                let clone = held.then(|| s.clone());
                let calls: [Call<'_>; 4] = [
                    &|s| s.insert(at, &data),
                    &|s| s.splice(at..at * 2, &data),
                    &|s| s.set_len(s.len() + len as u64),
                    &|s| s.seek(SeekFrom::End(0)).and_then(|_| s.write_all(&data)),
                ];
                for (number, call) in calls.iter().enumerate() {
                    // At the edge: what is asked for is granted, and nothing more.
                    let mut most = refusing(Refuse::Beyond(usize::MAX), 0, || call(&mut s.clone())).1.peak;
                    for _ in 0..3 {
                        let mut s = s.clone();
                        let (result, seen) = refusing(Refuse::Beyond(most), 0, || call(&mut s));
                        assert_eq!(result.is_ok(), seen.refused == 0, "{number}, {len} into {base}");
                        most = seen.peak.saturating_sub(1);
                    }
                }
                drop(clone);
            }
        }
    }
}

/// An error says what is wrong even if there is no memory for more than its kind.
#[test]
fn an_error_without_memory_has_its_kind() {
    let mut s = VecStream::from(b"hello");
    let (error, seen) = refusing(Refuse::Beyond(0), 0, || s.seek(SeekFrom::Current(-1)).unwrap_err());
    assert_eq!((error.kind(), seen.refused > 0), (ErrorKind::InvalidInput, true));
    assert!(error.get_ref().is_none());
    assert!(s.seek(SeekFrom::Current(-1)).unwrap_err().get_ref().is_some());
}
