//! Contents as bytes, for those who can only look: decoded block by block where they look, and kept until the
//! contents change.

use std::sync::OnceLock;

/// As many bytes are decoded at once.
const BLOCK: usize = 16 * 1024;

#[derive(Default)]
pub(crate) struct Decoded(OnceLock<Box<[Block]>>);

type Block = OnceLock<Box<[u8]>>;

impl Decoded {
    /// The bytes from `offset` on that lie in its block, of contents `len` bytes long. `decode` fills a buffer
    /// from an offset on. `None` if there is no memory.
    pub(crate) fn from(
        &self,
        offset: usize,
        len: usize,
        decode: impl FnOnce(usize, &mut [u8]),
    ) -> Option<&[u8]> {
        let blocks = get_or_make(&self.0, || filled(len.div_ceil(BLOCK), OnceLock::new))?;
        let start = offset - offset % BLOCK;
        let block = get_or_make(blocks.get(offset / BLOCK)?, || {
            let mut bytes = filled(BLOCK.min(len - start), || 0)?;
            decode(start, &mut bytes);
            Some(bytes)
        })?;
        block.get(offset - start..)
    }

    pub(crate) fn forget(&mut self) {
        self.0.take();
    }
}

/// What is decoded is not copied: whoever looks at the clone decodes it.
impl Clone for Decoded {
    fn clone(&self) -> Self {
        Decoded::default()
    }
}

fn get_or_make<T>(place: &OnceLock<T>, make: impl FnOnce() -> Option<T>) -> Option<&T> {
    if place.get().is_none() {
        // If another thread was faster, its value is the same.
        let _ = place.set(make()?);
    }
    place.get()
}

fn filled<T>(len: usize, value: impl FnMut() -> T) -> Option<Box<[T]>> {
    let mut values = Vec::new();
    values.try_reserve_exact(len).ok()?;
    values.resize_with(len, value);
    Some(values.into())
}
