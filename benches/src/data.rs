//! Data and offsets: the same in every run and for every contender.

use std::cell::OnceCell;
use std::rc::Rc;

use fastrand::Rng;

/// `len` random bytes.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    Rng::with_seed(len as u64).fill(&mut bytes);
    bytes
}

/// `len` random characters of ASCII that can be seen, and a line end now and then.
pub(crate) fn text(len: usize) -> String {
    let mut rng = Rng::with_seed(len as u64);
    (0..len).map(|_| char::from(rng.u8(b' '..=b'~'))).map(|c| if c == '`' { '\n' } else { c }).collect()
}

/// Random text of a given length that is made when it is first needed, and is then there for all.
#[derive(Clone)]
pub(crate) struct SharedText {
    len: usize,
    text: Rc<OnceCell<String>>,
}

impl SharedText {
    pub(crate) fn of(len: usize) -> Self {
        SharedText { len, text: Rc::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_str(&self) -> &str {
        self.text.get_or_init(|| text(self.len))
    }
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
