//! The flags of calls, as names, as numbers (`-X raw`) or as both (`-X verbose`).

use super::call::Argument;

/// Names with their bits, as Linux has them on most machines.
pub(super) type Names = &'static [(&'static str, u64)];

pub(super) const O_CREAT: u64 = 0x40;
pub(super) const O_EXCL: u64 = 0x80;
pub(super) const O_TRUNC: u64 = 0x200;
pub(super) const O_APPEND: u64 = 0x400;
pub(super) const O_DIRECTORY: u64 = 0x1_0000;
pub(super) const O_NOFOLLOW: u64 = 0x2_0000;
pub(super) const O_CLOEXEC: u64 = 0x8_0000;
pub(super) const O_PATH: u64 = 0x20_0000;
pub(super) const O_TMPFILE: u64 = 0x40_0000;

/// Of `open` and of every call that makes a descriptor: all of these have the value of `O_CLOEXEC`.
pub(super) const OPEN: Names = &[
    ("O_CREAT", O_CREAT),
    ("O_EXCL", O_EXCL),
    ("O_TRUNC", O_TRUNC),
    ("O_APPEND", O_APPEND),
    ("O_DIRECTORY", O_DIRECTORY),
    ("O_NOFOLLOW", O_NOFOLLOW),
    ("O_CLOEXEC", O_CLOEXEC),
    ("O_PATH", O_PATH),
    ("O_TMPFILE", O_TMPFILE),
    ("SOCK_CLOEXEC", O_CLOEXEC),
    ("EFD_CLOEXEC", O_CLOEXEC),
    ("EPOLL_CLOEXEC", O_CLOEXEC),
    ("TFD_CLOEXEC", O_CLOEXEC),
    ("SFD_CLOEXEC", O_CLOEXEC),
    ("IN_CLOEXEC", O_CLOEXEC),
    ("OPEN_TREE_CLOEXEC", O_CLOEXEC),
    ("UFFD_CLOEXEC", O_CLOEXEC),
];

/// As far as [`OPEN`]'s names go, `memfd_create` and others have a bit of their own.
pub(super) const FIRST_BIT_CLOEXEC: Names =
    &[("MFD_CLOEXEC", 1), ("FAN_CLOEXEC", 1), ("FSOPEN_CLOEXEC", 1), ("PERF_FLAG_FD_CLOEXEC", 8)];

pub(super) const AT_REMOVEDIR: u64 = 0x200;
pub(super) const AT_SYMLINK_NOFOLLOW: u64 = 0x100;
pub(super) const AT_SYMLINK_FOLLOW: u64 = 0x400;
pub(super) const AT_EMPTY_PATH: u64 = 0x1000;
pub(super) const AT: Names = &[
    ("AT_REMOVEDIR", AT_REMOVEDIR),
    ("AT_SYMLINK_NOFOLLOW", AT_SYMLINK_NOFOLLOW),
    ("AT_SYMLINK_FOLLOW", AT_SYMLINK_FOLLOW),
    ("AT_EMPTY_PATH", AT_EMPTY_PATH),
];

pub(super) const RESOLVE_IN_ROOT: u64 = 0x10;
pub(super) const RESOLVE: Names = &[("RESOLVE_IN_ROOT", RESOLVE_IN_ROOT)];

pub(super) const CLONE_VM: u64 = 0x100;
pub(super) const CLONE_FS: u64 = 0x200;
pub(super) const CLONE_FILES: u64 = 0x400;
pub(super) const CLONE_THREAD: u64 = 0x1_0000;
pub(super) const CLONE: Names = &[
    ("CLONE_VM", CLONE_VM),
    ("CLONE_FS", CLONE_FS),
    ("CLONE_FILES", CLONE_FILES),
    ("CLONE_THREAD", CLONE_THREAD),
];

pub(super) const KEEP_SIZE: u64 = 1;
pub(super) const PUNCH_HOLE: u64 = 2;
pub(super) const COLLAPSE_RANGE: u64 = 8;
pub(super) const ZERO_RANGE: u64 = 0x10;
pub(super) const INSERT_RANGE: u64 = 0x20;
pub(super) const UNSHARE_RANGE: u64 = 0x40;
pub(super) const FALLOCATE: Names = &[
    ("FALLOC_FL_KEEP_SIZE", KEEP_SIZE),
    ("FALLOC_FL_PUNCH_HOLE", PUNCH_HOLE),
    ("FALLOC_FL_COLLAPSE_RANGE", COLLAPSE_RANGE),
    ("FALLOC_FL_ZERO_RANGE", ZERO_RANGE),
    ("FALLOC_FL_INSERT_RANGE", INSERT_RANGE),
    ("FALLOC_FL_UNSHARE_RANGE", UNSHARE_RANGE),
];

pub(super) const RENAME_EXCHANGE: u64 = 2;
pub(super) const RENAME_WHITEOUT: u64 = 4;
pub(super) const RENAME: Names =
    &[("RENAME_NOREPLACE", 1), ("RENAME_EXCHANGE", RENAME_EXCHANGE), ("RENAME_WHITEOUT", RENAME_WHITEOUT)];

pub(super) const RWF_APPEND: u64 = 0x10;
pub(super) const RWF_NOAPPEND: u64 = 0x20;
pub(super) const RWF: Names = &[("RWF_APPEND", RWF_APPEND), ("RWF_NOAPPEND", RWF_NOAPPEND)];

pub(super) const CLOSE_RANGE_UNSHARE: u64 = 2;
pub(super) const CLOSE_RANGE_CLOEXEC: u64 = 4;
pub(super) const CLOSE_RANGE: Names =
    &[("CLOSE_RANGE_UNSHARE", CLOSE_RANGE_UNSHARE), ("CLOSE_RANGE_CLOEXEC", CLOSE_RANGE_CLOEXEC)];

pub(super) const FCNTL: Names =
    &[("F_DUPFD", 0), ("F_SETFD", 2), ("F_GETFL", 3), ("F_SETFL", 4), ("F_DUPFD_CLOEXEC", 1030)];
pub(super) const FD_CLOEXEC: Names = &[("FD_CLOEXEC", 1)];

pub(super) const PROT_WRITE: u64 = 2;
pub(super) const PROT: Names = &[("PROT_WRITE", PROT_WRITE)];
pub(super) const MAP_SHARED: u64 = 1;
pub(super) const MAP: Names =
    &[("MAP_SHARED", MAP_SHARED), ("MAP_SHARED_VALIDATE", MAP_SHARED), ("MAP_PRIVATE", 2)];

pub(super) const FIOCLEX: u64 = 0x5451;
pub(super) const FIONCLEX: u64 = 0x5450;
pub(super) const CLONE_FILE: u64 = 0x4004_9409;
pub(super) const CLONE_FILE_RANGE: u64 = 0x4020_940d;
pub(super) const IOCTL: Names = &[
    ("FIOCLEX", FIOCLEX),
    ("FIONCLEX", FIONCLEX),
    ("FICLONE", CLONE_FILE),
    ("BTRFS_IOC_CLONE", CLONE_FILE),
    ("FICLONERANGE", CLONE_FILE_RANGE),
    ("BTRFS_IOC_CLONE_RANGE", CLONE_FILE_RANGE),
];

impl Argument<'_> {
    /// The bits of the flags that it combines; unknown names have none.
    pub(super) fn flags(self, names: Names) -> u64 {
        let text = self.without_comment();
        text.0.split(|byte| *byte == b'|').fold(0, |bits, word| {
            let word = word.trim_ascii();
            let named =
                || names.iter().find(|(name, _)| name.as_bytes() == word).map_or(0, |(_, value)| *value);
            bits | Argument(word).number().map_or_else(named, |number| number as u64)
        })
    }

    /// The value of the one name that it is. Nothing if it is no name of these and no number.
    pub(super) fn constant(self, names: Names) -> Option<u64> {
        let text = self.without_comment();
        let named = || names.iter().find(|(name, _)| name.as_bytes() == text.0).map(|(_, value)| *value);
        text.number().map(|number| number as u64).or_else(named)
    }

    /// `S_IFREG|0644` or `0100644`: whether that is the mode of a regular file.
    pub(super) fn is_regular_file(self) -> bool {
        const TYPE: i64 = 0o170_000;
        const REGULAR: i64 = 0o100_000;
        self.has("S_IFREG") || self.without_comment().number().is_some_and(|mode| mode & TYPE == REGULAR)
    }

    /// `0x241 /* O_WRONLY|O_CREAT|O_TRUNC */` without the comment.
    pub(super) fn without_comment(self) -> Self {
        match memchr::memmem::find(self.0, b"/*") {
            Some(at) => Argument(self.0[..at].trim_ascii()),
            None => self,
        }
    }
}
