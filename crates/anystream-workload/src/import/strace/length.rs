//! The length of a file while it is not yet known what it was at the beginning.

use crate::Model;

/// How long a file is, as far as the calls so far say.
///
/// Until something sets it, that is the greater of two: its initial length with what was appended
/// since, and the end of what was written or of the room that was made.
#[derive(Debug)]
pub(super) struct Length {
    pub(super) initial: u64,
    /// Whether the initial length may still be found to be greater.
    inferring: bool,
    /// Whether it was set, so that the initial length does not matter any more.
    set: bool,
    shifted: i128,
    written: u64,
}

impl Length {
    /// To find the initial length.
    pub(super) fn inferred() -> Self {
        Length { initial: 0, inferring: true, set: false, shifted: 0, written: 0 }
    }

    /// With the initial length found.
    pub(super) fn known(initial: u64) -> Self {
        Length { initial, inferring: false, ..Length::inferred() }
    }

    #[inline]
    pub(super) fn now(&self) -> u64 {
        let initial = if self.set { 0 } else { self.initial };
        let rest = u64::try_from(i128::from(initial) + self.shifted).unwrap_or(0);
        if self.set { self.written } else { rest.max(self.written) }
    }

    /// Whether it is at least `length`, or has now been found to be.
    #[inline]
    pub(super) fn reaches(&mut self, length: u64) -> bool {
        if self.now() < length && !self.set {
            let initial = u64::try_from(i128::from(length) - self.shifted).unwrap_or(u64::MAX);
            self.was_initially(initial);
        }
        self.now() >= length
    }

    /// It has been found that the initial length is at least so much.
    pub(super) fn was_initially(&mut self, initial: u64) {
        if self.inferring && initial <= Model::LIMIT {
            self.initial = self.initial.max(initial);
        }
    }

    /// How far the end has moved from the initial length, if it still depends on that.
    pub(super) fn grown(&self) -> Option<i128> {
        (!self.set).then_some(self.shifted)
    }

    pub(super) fn set(&mut self, length: u64) {
        self.set = true;
        self.written = length;
    }

    pub(super) fn write_up_to(&mut self, end: u64) {
        self.written = self.written.max(end);
    }

    /// Bytes were appended, put in or, if negative, taken out.
    pub(super) fn shift(&mut self, by: i64) {
        self.shifted += i128::from(by);
        self.written = self.written.saturating_add_signed(by);
    }
}
