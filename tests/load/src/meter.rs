//! Counts calls by their kind.

use std::io;
use std::time::Duration;

use anyhow::{Context, Result};

/// Makes [`Kind`] and the names of its values.
macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        /// What is called. A `seek` before a read or write is part of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($kind,)* }

        impl Kind {
            pub(crate) const NAMES: &[&str] = &[$($name,)*];
        }
    };
}

kinds! {
    Overwrite "overwrite",
    Append "append",
    Truncate "truncate",
    Grow "set_len, longer",
    WriteBytes "write_bytes",
    Insert "insert",
    Remove "remove",
    Splice "splice",
    Read "read",
    ReadAt "read_at",
    FillBuf "fill_buf, consume",
    ReadBytes "read_bytes",
    Value "getvalue",
    Clone "clone",
    Convert "convert",
    Compact "compact",
    SpliceStream "splice_stream",
    SplitOff "split_off",
    AppendStream "append, a rope",
    Slice "slice",
}

/// All calls so far.
#[derive(Default)]
pub(crate) struct Meter {
    pub(crate) calls: [u64; Kind::NAMES.len()],
}

/// Calls, and the thread's processor time for them and for checking what they did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) calls: u64,
    pub(crate) time: Duration,
}

impl Meter {
    /// Makes the call and counts it.
    pub(crate) fn call<T>(&mut self, kind: Kind, call: impl FnOnce() -> io::Result<T>) -> Result<T> {
        self.calls[kind as usize] += 1;
        call().with_context(|| format!("{} was refused", Kind::NAMES[kind as usize]))
    }

    pub(crate) fn total(&self) -> u64 {
        self.calls.iter().sum()
    }
}
