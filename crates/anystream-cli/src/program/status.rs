//! How a program ended, as an exit code and in words.

use std::process::ExitStatus;

use super::OWN_FAILURE;

/// The program's exit code; 128 + n if signal n killed it, as shells have it.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(OWN_FAILURE);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(OWN_FAILURE)
}

/// How it ended, to follow the program's name; nothing if it succeeded.
pub(crate) fn in_words(status: ExitStatus) -> Option<String> {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Some(match signal_name(signal) {
            Some(name) => format!("was killed by {name}"),
            None => format!("was killed by signal {signal}"),
        });
    }
    (!status.success()).then(|| format!("ended with exit code {}", exit_code(status)))
}

#[cfg(target_os = "linux")]
fn signal_name(signal: i32) -> Option<&'static str> {
    nix::sys::signal::Signal::try_from(signal).ok().map(nix::sys::signal::Signal::as_str)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn signal_name(_signal: i32) -> Option<&'static str> {
    None
}
