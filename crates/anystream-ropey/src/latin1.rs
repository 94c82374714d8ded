//! Bytes as the characters U+0000..=U+00FF, and back.

/// Appends the character of each byte to `text`.
pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    match std::str::from_utf8(bytes) {
        Ok(ascii) if bytes.is_ascii() => text.push_str(ascii),
        _ => text.extend(bytes.iter().map(|&byte| char::from(byte))),
    }
}

/// Writes the bytes of the characters of `text`, from the `skip`-th on, into `buf` until either is
/// used up, and returns how many that were. `text` holds nothing above U+00FF.
pub(crate) fn decode(text: &str, skip: usize, buf: &mut [u8]) -> usize {
    if text.is_ascii() {
        let rest = &text.as_bytes()[skip..];
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        return n;
    }
    let mut n = 0;
    for (slot, character) in buf.iter_mut().zip(text.chars().skip(skip)) {
        *slot = character as u32 as u8;
        n += 1;
    }
    n
}
