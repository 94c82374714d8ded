//! Processes that measure.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::Life;

/// A process that answers each line on its standard input with one line on its standard output.
///
/// Dropping it kills the process.
///
/// ```
/// # #[cfg(unix)] {
/// use std::process::Command;
/// use anystream_measure::{Life, Worker};
///
/// let mut worker = Worker::start(&mut Command::new("cat"), Life::Long)?;
/// assert_eq!(worker.ask("hello", None, || false).unwrap(), "hello");
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Worker {
    process: Child,
    /// Taken when the process is asked to end.
    requests: Option<ChildStdin>,
    answers: Receiver<io::Result<String>>,
    /// The end of its standard error.
    last_words: Option<JoinHandle<String>>,
}

/// Why a worker gave no answer. It has been killed, or ended.
///
/// ```
/// # #[cfg(unix)] {
/// use std::process::Command;
/// use anystream_measure::{Life, Silence, Worker};
///
/// let mut worker = Worker::start(&mut Command::new("false"), Life::Long).unwrap();
/// assert!(matches!(worker.ask("hello", None, || false), Err(Silence::Ended(_))));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// `interrupted` said so.
    Interrupted,
    /// The deadline passed.
    Late,
    /// The process ended: how, and the last line it wrote to standard error.
    Ended(String),
}

/// How often a wait looks up.
const LOOK_UP: Duration = Duration::from_millis(20);

impl Worker {
    /// Starts `command` on a heap of this [`Life`]. On Unix it gets a process group of its own, so that Ctrl-C reaches
    /// this process alone, which then decides.
    ///
    /// # Errors
    /// The process, or a thread that reads its output, could not be started.
    pub fn start(command: &mut Command, life: Life) -> io::Result<Self> {
        life.prepare(command);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (Some(output), Some(errors)) = (process.stdout.take(), process.stderr.take()) else {
            return Err(io::Error::other("the worker's output is not a pipe"));
        };
        let (sender, answers) = channel();
        thread::Builder::new().name("answers".to_owned()).spawn(move || {
            for line in BufReader::new(output).lines() {
                if sender.send(line).is_err() {
                    break;
                }
            }
        })?;
        let last_words = thread::Builder::new().name("errors".to_owned()).spawn(move || last_line(errors))?;
        let requests = process.stdin.take();
        Ok(Worker { process, requests, answers, last_words: Some(last_words) })
    }

    /// Sends `request`, which must be one line, and waits for the answer: until `deadline`, and while `interrupted`
    /// says no. It is asked every 20 ms.
    ///
    /// # Errors
    /// [`Silence`] says why there is no answer. The process is dead then, and asking again gives
    /// [`Silence::Ended`].
    pub fn ask(
        &mut self,
        request: &str,
        deadline: Option<Instant>,
        interrupted: impl Fn() -> bool,
    ) -> Result<String, Silence> {
        if let Some(requests) = &mut self.requests {
            // If the process has ended, there is no answer either.
            let _ = requests.write_all(format!("{request}\n").as_bytes()).and_then(|()| requests.flush());
        }
        loop {
            match self.answers.recv_timeout(LOOK_UP) {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(if interrupted() { Silence::Interrupted } else { self.ended() });
                }
                Err(RecvTimeoutError::Timeout) if interrupted() => {
                    self.kill();
                    return Err(Silence::Interrupted);
                }
                Err(RecvTimeoutError::Timeout) if deadline.is_some_and(|it| Instant::now() > it) => {
                    self.kill();
                    return Err(Silence::Late);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn ended(&mut self) -> Silence {
        self.requests = None;
        let status = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let words = self.last_words.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        Silence::Ended(if words.is_empty() { status } else { format!("{status}: {words}") })
    }

    fn kill(&mut self) {
        self.requests = None;
        // It may have ended already; then both say so, and nothing is left to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The last line that has words in it, and at most 500 characters of it.
fn last_line(errors: impl Read) -> String {
    let mut last = String::new();
    for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if !line.trim().is_empty() {
            last = line.trim().chars().take(500).collect();
        }
    }
    last
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Worker {
        Worker::start(Command::new("sh").args(["-c", script]), Life::Short).unwrap()
    }

    #[test]
    fn an_answer_that_does_not_come_in_time_ends_the_process() {
        let mut worker = shell("exec sleep 60");
        let soon = Instant::now() + Duration::from_millis(30);
        assert_eq!(worker.ask("x", Some(soon), || false), Err(Silence::Late));
        assert!(matches!(worker.ask("x", None, || false), Err(Silence::Ended(_))));
    }

    #[test]
    fn an_interrupt_ends_the_wait() {
        assert_eq!(shell("exec sleep 60").ask("x", None, || true), Err(Silence::Interrupted));
    }

    #[test]
    fn a_process_that_fails_is_quoted() {
        let ended = shell("read line; echo memory allocation failed >&2; exit 3").ask("x", None, || false);
        assert!(
            matches!(ended, Err(Silence::Ended(why)) if why.contains('3') && why.contains("allocation failed"))
        );
    }

    #[test]
    fn allocator_settings_of_the_environment_reach_no_worker() {
        let heap_of = |life: Life| {
            let mut command = Command::new("sh");
            command.args(["-c", "read line; env | grep -c MALLOC_; true"]);
            Worker::start(&mut command, life).unwrap().ask("x", None, || false).unwrap()
        };
        // Two settings for a warm heap, and none for a cold one.
        assert_eq!((heap_of(Life::Long).as_str(), heap_of(Life::Short).as_str()), ("2", "0"));
    }
}
