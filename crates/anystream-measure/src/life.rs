//! The state of a worker's heap.

use std::process::Command;

use serde::{Deserialize, Serialize};

/// How long the process that is modelled has been running.
///
/// The same code takes different times on a fresh heap, where every page is new and the kernel must zero it, and on a
/// heap that has grown before. Neither is wrong, so both are measured, each in processes of its own.
///
/// ```
/// use anystream_measure::Life;
/// assert_eq!(Life::Long.to_string(), "warm");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Life {
    /// **Warm**: a long-running service. The heap keeps its memory: glibc gets `MALLOC_TRIM_THRESHOLD_` at its maximum and
    /// `MALLOC_MMAP_MAX_=0`, so freed memory returns to the heap and never to the kernel.
    Long,
    /// **Cold**: the first use in a fresh process, with the allocator's default settings.
    Short,
}

impl Life {
    /// Gives `command` this heap, whatever allocator settings the environment holds: every variable that configures
    /// glibc's allocator (`MALLOC_*`, `GLIBC_TUNABLES`) is removed first. Other allocators and systems ignore the
    /// settings.
    ///
    /// ```
    /// use std::process::Command;
    /// let mut command = Command::new("worker");
    /// anystream_measure::Life::Long.prepare(&mut command);
    /// assert!(command.get_envs().any(|(name, value)| name == "MALLOC_MMAP_MAX_" && value == Some("0".as_ref())));
    /// ```
    pub fn prepare(self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            let is_setting =
                name.to_str().is_some_and(|it| it.starts_with("MALLOC_") || it == "GLIBC_TUNABLES");
            if is_setting {
                command.env_remove(name);
            }
        }
        if self == Life::Long {
            command.env("MALLOC_TRIM_THRESHOLD_", i64::MAX.to_string()).env("MALLOC_MMAP_MAX_", "0");
        }
    }
}

impl std::fmt::Display for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Life::Long => "warm",
            Life::Short => "cold",
        })
    }
}
