//! Ctrl-C: decided results are shown. A second Ctrl-C ends the program at once.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a program that was interrupted.
pub(crate) const CODE: u8 = 130;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on the first interrupt is recorded for [`requested`]. On a system where interrupts cannot be caught, they
/// still end the program.
pub(crate) fn catch() {
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            process::exit(CODE.into());
        }
    });
}

/// From now on an interrupt deletes the temporary file at `unfinished` and ends the program.
pub(crate) fn delete_and_end(unfinished: PathBuf) {
    let _ = ctrlc::set_handler(move || {
        // Once it has been renamed, there is nothing to delete.
        let _ = fs::remove_file(&unfinished);
        process::exit(CODE.into());
    });
}

/// Whether the user interrupted the program.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
