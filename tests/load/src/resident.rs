//! The memory that the process has, as the system counts it.

/// In bytes; none where there is no `/proc`.
pub(crate) fn bytes() -> Option<u64> {
    // In kilobytes, where `statm` counts in pages of a size that would have to be asked for.
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
