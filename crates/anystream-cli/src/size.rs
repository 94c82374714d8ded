//! Sizes as users write them.

use std::str::FromStr;

use bytesize::ByteSize;

/// A number of bytes: plain, or with a unit such as `64K` (1,000 bytes each) or `4MiB`.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    ByteSize::from_str(text)
        .map(|size| size.as_u64())
        .map_err(|_| format!("unknown size {text:?}: expected bytes, or a unit such as 64KiB or 4MiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        assert_eq!(bytes("5292080"), Ok(5_292_080));
        assert_eq!(bytes("4MiB"), Ok(4 << 20));
        assert_eq!(bytes("64 KiB"), Ok(64 << 10));
        assert_eq!(bytes("1K"), Ok(1000));
        for wrong in ["", "x", "-1", "4Q", "99999999999999999999999"] {
            assert!(bytes(wrong).is_err(), "{wrong}: {:?}", bytes(wrong));
        }
    }
}
