//! Showing results: the only place that writes to the terminal.

mod columns;
pub(crate) mod files;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod numbers;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod used;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::commands::Error;
use crate::visible::visible;

/// Prints the error on standard error and returns the exit code 2. A closed pipe is not an error.
pub(crate) fn error(error: &Error) -> ExitCode {
    if matches!(error, Error::Output(error) if error.kind() == ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    // If standard error is closed, too, the exit code still tells.
    let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {}", visible(&error.to_string()));
    ExitCode::from(2)
}

/// Prints a message on standard error. A closed standard error is ignored.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", visible(text));
}

/// Prints text for another program, unchanged and without colours.
pub(crate) fn verbatim(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()
}
