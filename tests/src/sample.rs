//! The lengths at which things break, and bytes to put there.

/// The lengths, in bytes, at which things break: none, one, around what fits inline (64), around the
/// sizes of chunks, and several chunks.
pub const SIZES: &[usize] =
    &[0, 1, 63, 64, 65, 1023, 1024, 1025, 4031, 4032, 4033, 4095, 4096, 4097, 3 * 4096 + 1, 70_000];

/// Fewer of them, for cases that try many calls at each.
pub const FEW_SIZES: &[usize] = &[0, 1, 64, 65, 1024, 4033, 4097, 3 * 4096 + 1];

/// `len` bytes: no two neighbouring kilobytes alike, every value there is, and zeros in the middle
/// third, where a [`Layout`](crate::Layout) may leave a hole.
///
/// ```
/// use anystream_tests::sample::bytes;
/// assert_eq!(bytes(3), bytes(3));
/// assert_eq!(bytes(300)[100..200], [0; 100]);
/// ```
#[must_use]
pub fn bytes(len: usize) -> Vec<u8> {
    let hole = if len < 48 { 0..0 } else { len / 3..len / 3 * 2 };
    (0..len).map(|i| if hole.contains(&i) { 0 } else { (i ^ (i >> 8)).wrapping_mul(167) as u8 | 1 }).collect()
}

/// `len` bytes that differ from [`bytes()`] nearly everywhere, to be written over them.
///
/// ```
/// assert_eq!(anystream_tests::sample::other_bytes(2), [0xF0, 0xF1]);
/// ```
#[must_use]
pub fn other_bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| 0xF0 | (i % 16) as u8).collect()
}

/// Of `contents`, those from `position` on, if there are any.
pub(crate) fn behind(contents: &[u8], position: u64) -> &[u8] {
    usize::try_from(position).ok().and_then(|position| contents.get(position..)).unwrap_or_default()
}

/// The positions worth trying in contents of `len` bytes, within and past the end.
///
/// ```
/// assert_eq!(anystream_tests::sample::positions(2), [0, 1, 2, 3, 102]);
/// ```
#[must_use]
pub fn positions(len: usize) -> Vec<u64> {
    let len = len as u64;
    let mut all = vec![0, 1, len / 2, len.saturating_sub(1), len, len + 1, len + 100];
    all.sort_unstable();
    all.dedup();
    all
}
