//! Timing on a cold heap: in a process of its own, that has used no memory yet.
//!
//! What a heap was given it keeps, and no safe code can make it give all of that back. A process that
//! has just begun has nothing: it gets every page from the system, as a program does that loads a large
//! file first of all. So the program starts itself again for each run, on the core that it is pinned to,
//! and the child answers with the time of that one run, without the time to start.

use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::suite;

/// The argument by which a child is known.
const CHILD: &str = "--time-on-a-cold-heap";

/// Whether this program answers when it is started as a child.
static ANSWERS: AtomicBool = AtomicBool::new(false);

/// The first thing a program does that times benchmarks: if it was started to time a single run on a
/// cold heap, this does so, and returns true: the program is to end.
///
/// # Errors
/// What the run answered; or there is no such benchmark.
///
/// ```
/// assert!(!anystream_benches::answer_as_child()?);
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn answer_as_child() -> Result<bool> {
    ANSWERS.store(true, Ordering::Relaxed);
    let mut arguments = env::args().skip(1);
    if arguments.next().as_deref() != Some(CHILD) {
        return Ok(false);
    }
    let id = arguments.next().unwrap_or_default();
    let benchmarks = suite::on_a_cold_heap();
    let benchmark = benchmarks.iter().find(|one| one.id() == id);
    let time = benchmark.with_context(|| format!("no benchmark on a cold heap is {id:?}"))?.time_here(1)?;
    println!("{}", time.as_nanos());
    Ok(true)
}

pub(crate) fn time_in_a_child(id: &str) -> Result<Duration> {
    ensure!(
        ANSWERS.load(Ordering::Relaxed),
        "{id} is timed in a process of its own: the program must begin with answer_as_child"
    );
    let program = env::current_exe().context("finding this program, to start it again")?;
    let output = Command::new(program).args([CHILD, id]).output();
    let output = output.with_context(|| format!("starting a process for {id}"))?;
    let (answer, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "the process for {id} failed: {}", errors.trim());
    let nanoseconds = answer.trim().parse();
    Ok(Duration::from_nanos(nanoseconds.with_context(|| format!("the process for {id} said {answer:?}"))?))
}
