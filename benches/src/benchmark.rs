//! One workload on one contender: how it is timed, and how its result is checked.

use std::hint::black_box;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::cold;
use crate::contenders::Contender;
use crate::workloads::{Witness, Workload};

/// One case of one workload on one contender.
///
/// ```
/// let benchmarks = anystream_benches::benchmarks()?;
/// let one = benchmarks.iter().find(|one| one.id() == "tiny/16 B/VecStream").unwrap();
/// one.verify()?;
/// assert!(one.time(2)? > std::time::Duration::ZERO);
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Benchmark {
    /// The workload.
    pub group: &'static str,
    /// Which of its sizes.
    pub case: String,
    /// Whom it is done to.
    pub contender: String,
    heap: Heap,
    work: Box<dyn Fn() -> Work>,
    time: Box<dyn Fn(u64) -> io::Result<Duration>>,
    verify: Box<dyn Fn() -> Result<()>>,
}

/// In which state a run finds the heap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heap {
    /// It has been used, and keeps what is freed.
    Warm,
    /// All memory is fresh from the system: each run has a process of its own.
    Cold,
}

/// How much one run does.
///
/// ```
/// let work = anystream_benches::Work { operations: 16, bytes: 1024 };
/// assert_eq!(work.bytes / work.operations, 64);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Calls, or small groups of calls that belong together, such as a seek and a read.
    pub operations: u64,
    /// Bytes that go in or out; 0 where bytes are not what it is about.
    pub bytes: u64,
}

impl Benchmark {
    pub(crate) fn new<C, W>(group: &'static str, case: &str, contender: C, workload: &Rc<W>) -> Self
    where
        C: Contender,
        W: Workload<C::Stream> + 'static,
    {
        let contender = Rc::new(contender);
        Benchmark {
            group,
            case: case.to_owned(),
            contender: contender.name(),
            heap: Heap::Warm,
            work: {
                let workload = Rc::clone(workload);
                Box::new(move || workload.work())
            },
            time: {
                let (workload, contender) = (Rc::clone(workload), Rc::clone(&contender));
                Box::new(move |runs| time(&*workload, &*contender, runs))
            },
            verify: {
                let workload = Rc::clone(workload);
                Box::new(move || verify(&*workload, &*contender))
            },
        }
    }

    pub(crate) fn on_a_cold_heap(self) -> Self {
        Benchmark { heap: Heap::Cold, ..self }
    }

    /// How much one run does.
    ///
    /// ```
    /// let benchmarks = anystream_benches::benchmarks()?;
    /// assert!(benchmarks[0].work().bytes > 0);
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    #[must_use]
    pub fn work(&self) -> Work {
        (self.work)()
    }

    /// Group, case and contender: what filters match.
    ///
    /// ```
    /// let benchmarks = anystream_benches::benchmarks()?;
    /// assert!(benchmarks.iter().any(|one| one.id() == "append/8 B/VecStream"));
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}/{}", self.group, self.case, self.contender)
    }

    /// Does the work once, untimed, and compares all that was read and all that is held afterwards
    /// with what plain vectors give.
    ///
    /// # Errors
    /// What failed, or where the first wrong byte is.
    ///
    /// ```
    /// let benchmarks = anystream_benches::benchmarks()?;
    /// benchmarks[0].verify()?;
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    pub fn verify(&self) -> Result<()> {
        (self.verify)().with_context(|| self.id())
    }

    /// The time that `runs` runs take together. Each begins with fresh state; making that and dropping
    /// it is not counted, unless it is what the workload is about.
    ///
    /// # Errors
    /// What the contender answered, if a call failed; and where the heap must be cold, if the program
    /// does not begin with [`answer_as_child`](crate::answer_as_child).
    ///
    /// ```
    /// let benchmarks = anystream_benches::benchmarks()?;
    /// println!("{:?}", benchmarks[0].time(1)?);
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    pub fn time(&self, runs: u64) -> Result<Duration> {
        match self.heap {
            Heap::Warm => self.time_here(runs),
            Heap::Cold => (0..runs).map(|_| cold::time_in_a_child(&self.id())).sum(),
        }
    }

    /// In this process, whatever its heap is like.
    pub(crate) fn time_here(&self, runs: u64) -> Result<Duration> {
        (self.time)(runs).with_context(|| self.id())
    }
}

fn time<C: Contender, W: Workload<C::Stream>>(
    workload: &W,
    contender: &C,
    runs: u64,
) -> io::Result<Duration> {
    let mut total = Duration::ZERO;
    for index in 0..runs {
        // Where memory happens to lie decides by as much as the bars leave (a 64 B copy may or may not
        // cross cache lines), the same way for a whole process. So it lies elsewhere in each run.
        let _shift = black_box(Vec::<u8>::with_capacity(16 * fastrand::usize(1..256)));
        let mut state = workload.fresh(contender)?;
        if index == 0 {
            rest();
        }
        let start = Instant::now();
        run(workload, contender, &mut state)?;
        total += start.elapsed();
    }
    Ok(total)
}

/// Lets the core come back to its usual speed: behind somebody who moved much memory, everything takes up to a tenth longer
/// for most of a millisecond, which is all of a short run and nothing of a long one. (A rope on rustcode behind the cursor:
/// 625 us; after a rest of 0.3 ms 600, of 1 or 2 ms 548. crop: 3.0 ms, and 2.92.) Presumably wide instructions lower the clock.
fn rest() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1) {
        std::hint::spin_loop();
    }
}

/// A function of its own, so that the state lies in memory, as a stream does that was handed to a
/// library, and so that profilers show it under one name.
#[inline(never)]
fn run<C: Contender, W: Workload<C::Stream>>(
    workload: &W,
    contender: &C,
    state: &mut W::State,
) -> io::Result<()> {
    workload.run(contender, state, &mut Discarded)
}

fn verify<C: Contender, W: Workload<C::Stream>>(workload: &W, contender: &C) -> Result<()> {
    let mut state = workload.fresh(contender).context("making fresh state")?;
    let mut shown = Collected(Vec::new());
    workload.run(contender, &mut state, &mut shown).context("running it")?;
    let contents = W::contents(state).context("looking at the contents afterwards")?;
    let expected = workload.expected();
    same("what was read", &shown.0, &expected.read)?;
    same("the contents afterwards", &contents, &expected.contents)
}

fn same(what: &str, found: &[u8], expected: &[u8]) -> Result<()> {
    let differs = found.iter().zip(expected).position(|(found, expected)| found != expected);
    ensure!(differs.is_none(), "{what}: wrong from byte {} on", differs.unwrap_or_default());
    ensure!(found.len() == expected.len(), "{what}: {} bytes instead of {}", found.len(), expected.len());
    Ok(())
}

/// For timing: the bytes must have been read, and nobody keeps them.
struct Discarded;

impl Witness for Discarded {
    #[inline]
    fn show(&mut self, bytes: &[u8]) {
        black_box(bytes);
    }
}

/// For verifying.
struct Collected(Vec<u8>);

impl Witness for Collected {
    fn show(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_byte_is_reported_with_its_place() {
        let error = same("what was read", b"hellO", b"hello").unwrap_err();
        assert_eq!(error.to_string(), "what was read: wrong from byte 4 on");
    }

    #[test]
    fn missing_bytes_are_reported() {
        let error = same("the contents afterwards", b"hell", b"hello").unwrap_err();
        assert_eq!(error.to_string(), "the contents afterwards: 4 bytes instead of 5");
    }
}
