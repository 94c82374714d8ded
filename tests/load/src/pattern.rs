//! What a cell holds: a function of its stamp, so that any byte can be checked without a copy of it.

/// Says what the bytes of a cell are. Cells with different stamps differ, and so does a cell from itself shifted.
pub(crate) type Stamp = u32;

/// The stamp of a cell of zeros: what `set_len` grew by.
pub(crate) const ZEROS: Stamp = 0;

/// Fills `bytes`, one cell, with what `stamp` says.
pub(crate) fn fill(stamp: Stamp, bytes: &mut [u8]) {
    if stamp == ZEROS {
        return bytes.fill(0);
    }
    let mut words = Words::of(stamp);
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        chunk.copy_from_slice(&words.next());
    }
    let rest = chunks.into_remainder();
    let word = words.next();
    rest.copy_from_slice(&word[..rest.len()]);
}

/// Whether `bytes`, one cell, is what `stamp` says.
pub(crate) fn is_whole(stamp: Stamp, bytes: &[u8]) -> bool {
    if stamp == ZEROS {
        return bytes.iter().all(|&byte| byte == 0);
    }
    let mut words = Words::of(stamp);
    let mut chunks = bytes.chunks_exact(8);
    if !chunks.all(|chunk| *chunk == words.next()) {
        return false;
    }
    let rest = bytes.chunks_exact(8).remainder();
    *rest == words.next()[..rest.len()]
}

struct Words(u64);

impl Words {
    fn of(stamp: Stamp) -> Self {
        Words(u64::from(stamp).wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    fn next(&mut self) -> [u8; 8] {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (self.0 ^ (self.0 >> 31)).to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_a_shift_and_another_stamp_are_seen() {
        for len in [1, 7, 8, 61, 509] {
            let mut cell = vec![0; len];
            fill(7, &mut cell);
            assert!(is_whole(7, &cell));
            assert!(len < 7 || !is_whole(8, &cell));
            for at in 0..len {
                cell[at] ^= 0x10;
                assert!(!is_whole(7, &cell), "byte {at} of {len}");
                cell[at] ^= 0x10;
            }
            if len >= 8 {
                cell.rotate_left(1);
                assert!(!is_whole(7, &cell));
            }
        }
        assert!(is_whole(ZEROS, &[0; 9]) && !is_whole(ZEROS, &[0, 0, 1]));
    }
}
