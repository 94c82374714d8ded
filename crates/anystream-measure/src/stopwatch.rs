//! Time that a piece of work takes, whatever else the machine does.

use std::time::Duration;

/// Measures the processor time of the thread that started it: on a busy machine the time in which others run does not
/// count. On an idle machine it is the time that passes. The kernel's work for the thread, such as mapping pages, is
/// included; waiting for a disk is not.
///
/// On systems that do not tell a thread's time, it measures the time that passes.
///
/// ```
/// use std::time::Duration;
/// use anystream_measure::Stopwatch;
///
/// let stopwatch = Stopwatch::start();
/// std::thread::sleep(Duration::from_millis(20));
/// # #[cfg(unix)]
/// assert!(stopwatch.elapsed() < Duration::from_millis(20));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Reading);

#[cfg(unix)]
type Reading = Duration;
#[cfg(not(unix))]
type Reading = std::time::Instant;

impl Stopwatch {
    /// Starts one. Reading the clock takes some hundred nanoseconds.
    ///
    /// ```
    /// let stopwatch = anystream_measure::Stopwatch::start();
    /// # drop(stopwatch);
    /// ```
    #[must_use]
    pub fn start() -> Self {
        Stopwatch(now())
    }

    /// The time since the start. Ask on the thread that started it.
    ///
    /// ```
    /// let stopwatch = anystream_measure::Stopwatch::start();
    /// assert!(stopwatch.elapsed() <= stopwatch.elapsed());
    /// ```
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        #[cfg(unix)]
        return now().saturating_sub(self.0);
        #[cfg(not(unix))]
        return self.0.elapsed();
    }
}

#[cfg(unix)]
fn now() -> Reading {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    // The time that a thread has run is neither negative nor more nanoseconds than a second has.
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

#[cfg(not(unix))]
fn now() -> Reading {
    std::time::Instant::now()
}
