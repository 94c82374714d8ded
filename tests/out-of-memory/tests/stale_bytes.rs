//! Laws W2 and C2: what nobody wrote is zero. Never what a buffer held before, nor what the allocator left in it:
//! here all memory is filled with a marker when it is given out and when it is given back, and so is whatever
//! the contents are cut of.

mod subjects;

use std::io::{self, IoSlice, IoSliceMut, SeekFrom};
use std::ops::Range;

use anystream::{Backend, Bytes, Storage, Stream, memory};
use anystream_out_of_memory::{MARKER, marking};
use anystream_tests::{Candidate, CloneStream, candidate, random};
use anystream_workload::verify;

use subjects::SUBJECTS;

/// What stays of the contents when the markers behind it are cut off.
const KEPT: &[u8] = b"kept";

/// Lengths before the cut: inline, at its edge, on the heap, more than a chunk, many chunks.
const LENGTHS: &[usize] = &[40, 65, 300, 9000, 20_000];

type Cut = (&'static str, fn(&mut dyn CloneStream) -> io::Result<()>);

/// Ways to cut the contents to [`KEPT`].
const CUTS: &[Cut] = &[
    ("truncate", |s| s.truncate(KEPT.len() as u64)),
    ("set_len", |s| s.set_len(KEPT.len() as u64)),
    ("remove", |s| s.remove(KEPT.len() as u64..s.len())),
    ("splice of all", |s| s.splice(0..s.len(), KEPT)),
    ("truncate to nothing", |s| {
        s.truncate(0)?;
        s.rewind()?;
        s.write_all(KEPT)
    }),
    ("truncate to nothing, and a value", |s| {
        s.truncate(0)?;
        s.rewind()?;
        s.write_bytes(Bytes::from_static(KEPT))
    }),
    ("remove piece by piece", |s| {
        while s.len() > KEPT.len() as u64 {
            s.remove(s.len().saturating_sub(1000).max(KEPT.len() as u64)..s.len())?;
        }
        Ok(())
    }),
];

type Growth = (&'static str, fn(&mut dyn CloneStream, u64) -> io::Result<()>);

fn behind(s: &mut dyn CloneStream, end: u64) -> io::Result<&mut dyn CloneStream> {
    s.seek(SeekFrom::Start(end - 3))?;
    Ok(s)
}

/// Ways to make them as long again, with zeros or an `end` behind zeros.
const GROWTHS: &[Growth] = &[
    ("set_len", |s, end| s.set_len(end)),
    ("set_len step by step", |s, end| {
        let before = s.len();
        (1..=5).try_for_each(|step| s.set_len(before + (end - before) * step / 5))
    }),
    ("write", |s, end| behind(s, end)?.write(b"end").map(drop)),
    ("write_all", |s, end| behind(s, end)?.write_all(b"end")),
    ("write_fmt", |s, end| {
        let text = String::from("end");
        write!(behind(s, end)?, "{text}")
    }),
    ("write_bytes", |s, end| behind(s, end)?.write_bytes(Bytes::from_static(b"end"))),
    ("write_vectored", |s, end| {
        behind(s, end)?.write_vectored(&[IoSlice::new(b"e"), IoSlice::new(b"nd")]).map(drop)
    }),
    ("write and splices in the gap", |s, end| {
        behind(s, end)?.write_all(b"end")?;
        let middle = (KEPT.len() as u64 + end) / 2;
        s.insert(middle, &[0; 9])?;
        s.remove(middle - 3..middle + 6)?;
        s.splice(middle - 5..middle + 5, &[0; 10])
    }),
    ("set_len, less, more", |s, end| {
        s.set_len(end)?;
        s.truncate(end / 2 + 2)?;
        s.set_len(end)
    }),
];

/// Everything that shows contents, each way by which it can be seen. Each ends behind what it saw.
fn seen(s: &mut dyn CloneStream) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let len = s.len() as usize;
    let mut all = Vec::new();
    let mut see = |name, bytes: Vec<u8>| all.push((name, bytes));
    see("getvalue", s.getvalue()?.to_vec());
    let mut buf = vec![MARKER; len];
    let n = s.read_at(0, &mut buf)?;
    see("read_at", buf[..n].to_vec());
    s.rewind()?;
    let mut bytes = Vec::new();
    s.read_to_end(&mut bytes)?;
    see("read_to_end", bytes);
    s.rewind()?;
    // A marker is not UTF-8.
    let marker = |_| String::from_utf8_lossy(&[MARKER]).into_owned();
    let mut text = String::new();
    let read = s.read_to_string(&mut text).map(|_| text);
    see("read_to_string", read.unwrap_or_else(marker).into_bytes());
    s.rewind()?;
    let mut text = String::new();
    let read = s.read_line(&mut text).map(|_| text);
    see("read_line", read.unwrap_or_else(marker).into_bytes());
    s.rewind()?;
    let mut bytes = Vec::new();
    s.read_until(MARKER, &mut bytes)?; // to the end, if there is none
    see("read_until", bytes);
    s.rewind()?;
    see("skip_until", vec![0; s.skip_until(MARKER)?]); // so far no marker
    s.rewind()?;
    let mut bytes = vec![MARKER; len];
    s.read_exact(&mut bytes)?;
    see("read_exact", bytes);
    s.rewind()?;
    let (mut bytes, mut buf) = (Vec::new(), [MARKER; 37]);
    while let n @ 1.. = s.read(&mut buf)? {
        bytes.extend_from_slice(&buf[..n]);
    }
    see("read", bytes);
    s.rewind()?;
    let (mut first, mut second) = (vec![MARKER; len / 3], vec![MARKER; len - len / 3]);
    let n = s.read_vectored(&mut [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)])?;
    let mut bytes = [first, second].concat();
    bytes.truncate(n);
    see("read_vectored", bytes);
    s.rewind()?;
    let mut bytes = Vec::new();
    while let run @ [_, ..] = s.fill_buf()? {
        bytes.extend_from_slice(run);
        let n = run.len();
        s.consume(n);
    }
    see("fill_buf", bytes);
    s.rewind()?;
    let mut bytes = s.read_bytes(len / 2)?.to_vec();
    bytes.extend(s.read_bytes(usize::MAX)?);
    see("read_bytes", bytes);
    Ok(all)
}

/// Looks at all of `s`: kept bytes, zeros, and perhaps the `end`, in `len` bytes.
fn look(s: &mut dyn CloneStream, len: usize, what: &str) -> Result<(), String> {
    for (way, bytes) in seen(s).map_err(|error| format!("{what}: {error}"))? {
        let gap = KEPT.len()..len - 3;
        let stale = bytes.contains(&MARKER);
        let zeros = bytes.get(gap).is_some_and(|gap| gap.iter().all(|&byte| byte == 0));
        if stale || !zeros || bytes.len() != len {
            return Err(format!("{what}: {way} shows {}", if stale { "the marker" } else { "no zeros" }));
        }
    }
    Ok(())
}

/// Cuts and grows streams of `candidate` in every way, with and without somebody who shares the memory.
fn cut_and_grow(candidate: &dyn Candidate) -> Result<usize, String> {
    let mut looks = 0;
    for &len in LENGTHS {
        let contents = [KEPT, &vec![MARKER; len - KEPT.len()]].concat();
        for (cut_name, cut) in CUTS {
            for (growth_name, grow) in GROWTHS {
                for sharing in 0..4 {
                    let what = format!("{len} bytes, {cut_name}, {growth_name}, sharing {sharing}");
                    let failed = |error: io::Error| format!("{what}: {error}");
                    let mut s = candidate.with_slice(&contents);
                    let value = (sharing == 1).then(|| s.getvalue()).transpose().map_err(failed)?;
                    let clone = (sharing == 2).then(|| s.clone_boxed());
                    cut(&mut *s).map_err(failed)?;
                    if sharing == 3 {
                        // The clone grows, while the original is there as it was cut.
                        let original = std::mem::replace(&mut s, candidate.empty());
                        s = original.clone_boxed();
                        grow(&mut *s, len as u64).map_err(failed)?;
                        look(&mut *s, len, &what)?;
                        s = original;
                    }
                    grow(&mut *s, len as u64).map_err(failed)?;
                    look(&mut *s, len, &what)?;
                    look(&mut *s.clone_boxed(), len, &what)?;
                    if let Some(value) = value {
                        assert!(value == contents, "{what}: a held value changed");
                    }
                    drop(clone);
                    looks += 1;
                }
            }
        }
    }
    Ok(looks)
}

#[test]
fn w2_no_stale_bytes_on_any_backend() {
    for (name, candidate) in SUBJECTS {
        marking(|| cut_and_grow(*candidate)).unwrap_or_else(|what| panic!("{name}, {what}"));
    }
}

/// Contents that were cut in one backend grow in another.
#[test]
fn w2_no_stale_bytes_after_a_conversion() {
    marking(|| {
        for (&from, &to) in Backend::ALL.iter().flat_map(|from| Backend::ALL.iter().map(move |to| (from, to)))
        {
            for &len in LENGTHS {
                for (cut_name, cut) in CUTS {
                    for (growth_name, grow) in GROWTHS {
                        let what = format!("{from} to {to}, {len} bytes, {cut_name}, {growth_name}");
                        let contents = [KEPT, &vec![MARKER; len - KEPT.len()]].concat();
                        let mut s = from.stream_from(contents.into());
                        cut(&mut s).expect(&what);
                        s.convert(to).expect(&what);
                        grow(&mut s, len as u64).expect(&what);
                        look(&mut s, len, &what).unwrap();
                        s.convert(from).expect(&what);
                        look(&mut s, len, &what).unwrap();
                    }
                }
            }
        }
    });
}

/// Random calls, where the model says what every byte is.
#[test]
fn p1_random_calls_in_marked_memory() {
    for (name, candidate) in SUBJECTS {
        for seed in 100..104 {
            let script = random::script(seed);
            let mut stream = candidate.with_slice(&script.initial);
            if let Err(mismatch) = marking(|| verify(&script, &mut *stream)) {
                panic!("{name}, seed {seed}: {mismatch}");
            }
        }
    }
}

/// The test itself: a storage that shows what its buffer held is found out.
#[test]
fn a_storage_with_stale_bytes_is_found() {
    #[derive(Debug, Clone, Default)]
    struct Stale {
        memory: Vec<u8>,
        len: usize,
    }
    impl Storage for Stale {
        fn len(&self) -> u64 {
            self.len as u64
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            Ok(memory::copy_from(memory::tail(&self.memory[..self.len], offset), buf))
        }
        fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
            Ok(memory::tail(&self.memory[..self.len], offset))
        }
        fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
            self.memory.truncate(self.len);
            self.memory.splice(range.start as usize..range.end as usize, with.iter().copied());
            self.len = self.memory.len();
            Ok(())
        }
        fn truncate(&mut self, len: u64) -> io::Result<()> {
            self.len = len as usize;
            Ok(())
        }
        fn grow(&mut self, len: u64) -> io::Result<()> {
            self.len = len as usize;
            self.memory.resize(self.len.max(self.memory.len()), 0);
            Ok(())
        }
    }
    impl From<&[u8]> for Stale {
        fn from(bytes: &[u8]) -> Self {
            Stale { memory: bytes.to_vec(), len: bytes.len() }
        }
    }
    impl From<Vec<u8>> for Stale {
        fn from(bytes: Vec<u8>) -> Self {
            bytes[..].into()
        }
    }
    impl From<Bytes> for Stale {
        fn from(bytes: Bytes) -> Self {
            bytes[..].into()
        }
    }
    let found = cut_and_grow(&candidate::<Stream<Stale>>()).expect_err("it is stale");
    assert!(found.contains("shows the marker"), "{found}");
}
