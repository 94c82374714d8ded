//! Data that a log does not hold.

use bytes::Bytes;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

/// Generated data, the same for the same seed on every machine and in every version: the output of
/// PCG XSL RR 128/64, little endian.
#[derive(Debug)]
pub(crate) struct Generated {
    /// What every piece is a slice of, so that gigabytes of writes take little memory.
    pool: Bytes,
    places: Pcg64,
}

/// The generator's streams: what differs between data for writes, places in it, and initial contents.
const POOL: u128 = 1;
const PLACES: u128 = 2;
const CONTENTS: u128 = 3;

impl Generated {
    /// For pieces of at most `longest` bytes. Nothing if there is no memory.
    pub(crate) fn new(seed: u64, longest: u64) -> Option<Self> {
        const SLACK: u64 = 64 << 10;
        let pool = generate(seed, POOL, longest.checked_add(SLACK)?)?;
        Some(Generated { pool: pool.into(), places: Pcg64::new(seed.into(), PLACES) })
    }

    /// The next piece.
    #[inline]
    pub(crate) fn piece(&mut self, len: usize) -> Bytes {
        let last = self.pool.len().saturating_sub(len) as u64;
        let start = (self.places.next_u64() % (last + 1)) as usize;
        self.pool.slice(start..start + len)
    }
}

/// What a file held before the log began. Nothing if there is no memory.
pub(crate) fn initial_contents(seed: u64, len: u64) -> Option<Vec<u8>> {
    generate(seed, CONTENTS, len)
}

fn generate(seed: u64, stream: u128, len: u64) -> Option<Vec<u8>> {
    let len = usize::try_from(len).ok()?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).ok()?;
    bytes.resize(len, 0);
    let mut random = Pcg64::new(seed.into(), stream);
    random.fill_bytes(&mut bytes);
    Some(bytes)
}
