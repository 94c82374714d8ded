//! Data and offsets: the same in every run and for every contender.

use fastrand::Rng;

/// `len` random bytes.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    Rng::with_seed(len as u64).fill(&mut bytes);
    bytes
}

/// `count` random offsets, each at most `last`.
pub(crate) fn offsets(count: usize, last: usize) -> Vec<u64> {
    let mut rng = Rng::with_seed(last as u64);
    (0..count).map(|_| rng.u64(0..=last as u64)).collect()
}

/// A size as people write it.
pub(crate) fn size_name(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match bytes {
        MIB.. if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        KIB.. if bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} B"),
    }
}
