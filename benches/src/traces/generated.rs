//! Traces by a seeded generator, for what the recorded ones have little of.

use anyhow::Result;
use fastrand::Rng;

use super::{Maker, Trace};
use crate::data;

/// Typing in bursts, with mistakes taken back, each burst a normally distributed distance from the last.
pub(crate) fn typing() -> Result<Trace> {
    const EDITS: usize = 100_000;
    let mut rng = Rng::with_seed(1);
    let mut made = Maker::default();
    let (mut len, mut at) = (0_u64, 0_u64);
    while made.edits.len() < EDITS {
        at = at.saturating_add_signed(normal(&mut rng, 2000.0)).min(len);
        for _ in 0..rng.u32(5..80) {
            made.splice(at, 0, LETTERS[rng.usize(..LETTERS.len())])?;
            (len, at) = (len + 1, at + 1);
            if rng.u32(..15) == 0 {
                for _ in 0..rng.u64(1..=5).min(at) {
                    (len, at) = (len - 1, at - 1);
                    made.splice(at, 1, "")?;
                }
            }
        }
    }
    Ok(made.finished(String::new()))
}

/// A word replaced wherever it is found in 1 MiB of text, about once in 256 bytes, from the front to the
/// back.
pub(crate) fn replacing() -> Result<Trace> {
    const TOTAL: usize = 1 << 20;
    let mut rng = Rng::with_seed(2);
    let mut made = Maker::default();
    let (old, new) = ("colour", "color");
    let mut text = data::text(TOTAL);
    let mut place = rng.usize(..512);
    // What is behind a word moves forward as the word becomes shorter.
    let mut shift = 0;
    while place + old.len() <= TOTAL {
        text.replace_range(place..place + old.len(), old);
        made.splice((place - shift) as u64, old.len() as u64, new)?;
        shift += old.len() - new.len();
        place += old.len() + rng.usize(..500);
    }
    Ok(made.finished(text))
}

const LETTERS: [&str; 16] = ["e", "t", "a", "o", "i", "n", "s", "h", "r", "d", "l", "u", " ", " ", ",", "\n"];

/// Nearly normal: a sum of 12 evenly distributed numbers has a deviation of 1.
fn normal(rng: &mut Rng, deviation: f64) -> i64 {
    let sum: f64 = (0..12).map(|_| rng.f64()).sum();
    ((sum - 6.0) * deviation) as i64
}
