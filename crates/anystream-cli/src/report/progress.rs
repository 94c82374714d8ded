//! How far it is, on standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A line that names the workload and what is done with it. It is drawn between samples and never by a
/// thread of its own, which would disturb what is timed.
pub(crate) struct Progress {
    bar: ProgressBar,
    workload: String,
    done: usize,
}

/// The parts of one workload's share of the bar.
const PARTS: u64 = 1000;

impl Progress {
    pub(crate) fn of(workloads: usize) -> Self {
        let bar = ProgressBar::new(workloads as u64 * PARTS);
        let style = ProgressStyle::with_template("{bar:24.cyan/dim} {eta:>4} left {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, workload: String::new(), done: 0 }
    }

    pub(crate) fn begin(&mut self, workload: &str) {
        self.workload = workload.to_owned();
        self.show("", 0.0);
    }

    pub(crate) fn show(&self, what: &str, share: f64) {
        self.bar.set_position(self.done as u64 * PARTS + (share * PARTS as f64) as u64);
        self.bar.set_message(format!("{}: {what}", self.workload));
    }

    /// Ends a workload; `show` writes its results with the line out of the way.
    pub(crate) fn end<T>(&mut self, show: impl FnOnce() -> T) -> T {
        self.done += 1;
        self.bar.suspend(show)
    }
}

/// The line goes away with it, also where writing results has failed.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
