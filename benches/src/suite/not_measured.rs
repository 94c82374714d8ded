//! Who is not measured at what, and why.

use super::{BYTES_MUT, CONTROL, CROP, CURSOR, JUMP_ROPE, JUMP_ROPE_BUF, ROPEY, VEC};

/// Contenders that are not measured in some groups.
///
/// ```
/// for one in anystream_benches::NOT_MEASURED {
///     println!("{:?} in {:?}: {}", one.contenders, one.groups, one.why);
/// }
/// ```
#[derive(Debug)]
pub struct NotMeasured {
    /// Who.
    pub contenders: &'static [&'static str],
    /// In which groups.
    pub groups: &'static [&'static str],
    /// A sentence without its end.
    pub why: &'static str,
}

impl NotMeasured {
    /// Whether it says why `contender` is not in `group`.
    ///
    /// ```
    /// let reasons = anystream_benches::NOT_MEASURED;
    /// assert!(reasons.iter().any(|one| one.concerns("BytesMut", "splice")));
    /// ```
    #[must_use]
    pub fn concerns(&self, contender: &str, group: &str) -> bool {
        self.contenders.contains(&contender) && self.groups.contains(&group)
    }
}

/// Why each contender that is missing somewhere is missing there.
///
/// ```
/// assert!(anystream_benches::NOT_MEASURED.iter().all(|one| !one.why.is_empty()));
/// ```
pub const NOT_MEASURED: &[NotMeasured] = &[
    NotMeasured {
        contenders: &[VEC, BYTES_MUT],
        groups: &["scripts"],
        why: "no position, and a script seeks",
    },
    NotMeasured { contenders: &[BYTES_MUT], groups: &["splice"], why: "no insert and no remove" },
    NotMeasured {
        contenders: &[JUMP_ROPE_BUF, JUMP_ROPE, CROP, ROPEY],
        groups: &[
            "append",
            "sequential read",
            "random read",
            "overwrite",
            "tiny",
            "splice",
            "getvalue",
            "clone",
            "scripts",
        ],
        why: "for text only, and this is about random bytes",
    },
    NotMeasured {
        contenders: &[
            "VecStream",
            "AnyStream vec",
            "SmallStream<64>",
            "AnyStream small",
            "AnyStream rope",
            "RopeyStream",
            "AnyStream ropey",
        ],
        groups: &[
            "traces",
            "traces in 64 MiB",
            "64 MiB: append, cold heap",
            "64 MiB: sequential read",
            "64 MiB: random read",
            "64 MiB: overwrite",
            "64 MiB: insert and delete",
            "64 MiB: clone",
        ],
        why: "this is about the rope; the other groups compare the backends, scripts the same recorded traces on them",
    },
    NotMeasured {
        contenders: &[BYTES_MUT],
        groups: &["traces", "traces in 64 MiB", "64 MiB: insert and delete"],
        why: "no insert and no remove",
    },
    NotMeasured {
        contenders: &[BYTES_MUT],
        groups: &[
            "64 MiB: append, cold heap",
            "64 MiB: sequential read",
            "64 MiB: random read",
            "64 MiB: overwrite",
        ],
        why: "a flat buffer, for which the vector stands here",
    },
    NotMeasured {
        contenders: &[CURSOR, CONTROL, VEC],
        groups: &["traces in 64 MiB", "64 MiB: insert and delete"],
        why: "every edit moves 32 MiB, which takes minutes",
    },
    NotMeasured {
        contenders: &[JUMP_ROPE, ROPEY],
        groups: &["traces in 64 MiB"],
        why: "what a text around a trace costs is shown by the faster of each kind",
    },
    NotMeasured {
        contenders: &[JUMP_ROPE_BUF],
        groups: &["64 MiB: append, cold heap"],
        why: "it keeps everything back in one string until somebody looks",
    },
    NotMeasured {
        contenders: &[JUMP_ROPE_BUF],
        groups: &["64 MiB: sequential read", "64 MiB: random read"],
        why: "it reads through the JumpRope inside, which is here",
    },
    NotMeasured {
        contenders: &[CURSOR, CONTROL, VEC, BYTES_MUT, JUMP_ROPE_BUF, JUMP_ROPE],
        groups: &["64 MiB: clone"],
        why: "a clone is a copy, and 200 of them are 13 GB",
    },
];
