//! Showing results: the only place that writes to the terminal.

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

/// Says on standard error why nothing came of it, and which exit code that is: 2. A reader of the output
/// who has gone wants to hear nothing more, and that is no error.
pub(crate) fn error(error: &Error) -> ExitCode {
    if matches!(error, Error::Output(error) if error.kind() == ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    // Nobody may be there to hear this either; the exit code says it still.
    let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {}", visible(&error.to_string()));
    ExitCode::from(2)
}

/// Says on standard error what was done, or what is not as it should be. Nobody may be there to hear it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", visible(text));
}

/// Text for another program to read: as it is, without colours.
pub(crate) fn verbatim(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()
}
