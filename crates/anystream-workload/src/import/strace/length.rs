//! The length of a file while it is not yet known what it was at the beginning.

use crate::Model;

/// How long a file is, as far as the calls so far say.
///
/// Until something sets it, that is the greater of two: its initial length with what was appended
/// since, and the end of what was written or of the room that was made.
#[derive(Debug, Clone)]
pub(super) struct Length {
    /// The least that explains the log so far.
    pub(super) initial: u64,
    /// The most, if the log tells. True if only a short read says so, which may have another cause.
    most: Option<(u64, bool)>,
    /// Whether the initial length may still be found to be greater.
    inferring: bool,
    /// Whether it was set, so that the initial length does not matter any more.
    set: bool,
    shifted: i128,
    written: u64,
    /// Whether that is the end of a write whose place depends on the initial length.
    is_relative: bool,
}

impl Length {
    /// To find the initial length.
    pub(super) fn inferred() -> Self {
        Length {
            initial: 0,
            most: None,
            inferring: true,
            set: false,
            shifted: 0,
            written: 0,
            is_relative: false,
        }
    }

    /// With the initial length found.
    pub(super) fn known(initial: u64) -> Self {
        Length { initial, inferring: false, ..Length::inferred() }
    }

    #[inline]
    pub(super) fn now(&self) -> u64 {
        self.now_with(self.initial)
    }

    #[inline]
    fn now_with(&self, initial: u64) -> u64 {
        if self.set {
            return self.written;
        }
        let rest = u64::try_from(i128::from(initial) + self.shifted).unwrap_or(0);
        rest.max(self.written)
    }

    /// Whether it is at least `length`, or has now been found to be.
    #[inline]
    pub(super) fn reaches(&mut self, length: u64) -> bool {
        if self.now() < length && !self.set {
            self.was_initially(self.initial_for(length));
        }
        self.now() >= length
    }

    /// It has been found that the initial length is at least so much.
    pub(super) fn was_initially(&mut self, initial: u64) {
        let possible = match self.most {
            Some((most, false)) => initial <= most,
            _ => true,
        };
        if self.inferring && possible && initial <= Model::LIMIT {
            self.initial = self.initial.max(initial);
            self.most = self.most.filter(|(most, _)| *most >= initial);
        }
    }

    /// The log tells that it is no longer than this. `by_short_read` may have another cause.
    pub(super) fn is_at_most(&mut self, length: u64, by_short_read: bool) {
        if self.inferring && !self.set && self.written <= length {
            let most = self.initial_for(length);
            if most >= self.initial && self.most.is_none_or(|(known, _)| most <= known) {
                self.most = Some((most, by_short_read));
            }
        }
    }

    /// The log tells that this was the initial length.
    pub(super) fn was_exactly(&mut self, initial: u64) {
        self.was_initially(initial);
        if self.inferring && self.initial == initial {
            self.most = Some((initial, false));
        }
    }

    /// Whether the log determines the initial length.
    pub(super) fn is_initial_known(&self) -> bool {
        !self.inferring || self.most.is_some_and(|(most, _)| most == self.initial)
    }

    /// Whether the log determines the length at this point.
    pub(super) fn is_known(&self) -> bool {
        if self.is_relative {
            return self.is_initial_known();
        }
        !self.inferring || self.set || self.most.is_some_and(|(most, _)| self.now_with(most) == self.now())
    }

    fn initial_for(&self, length: u64) -> u64 {
        u64::try_from((i128::from(length) - self.shifted).max(0)).unwrap_or(u64::MAX)
    }

    /// Whether the initial contents were discarded before the log showed any of them.
    pub(super) fn is_discarded(&self) -> bool {
        self.set && self.initial == 0
    }

    /// How far the end has moved from the initial length, if it still depends on that.
    pub(super) fn grown(&self) -> Option<i128> {
        (!self.set).then_some(self.shifted)
    }

    /// Whatever it held was thrown away. If nothing was learned of that, it may as well have been nothing.
    pub(super) fn emptied(&mut self) {
        if !self.set && (self.initial, self.shifted, self.written) == (0, 0, 0) {
            self.most = Some((0, false));
        }
        self.set(0);
    }

    pub(super) fn set(&mut self, length: u64) {
        self.set = true;
        self.is_relative = false;
        self.written = length;
    }

    pub(super) fn write_up_to(&mut self, end: u64) {
        self.written = self.written.max(end);
    }

    /// The same, at a place that depends on the initial length.
    pub(super) fn write_relative_up_to(&mut self, end: u64) {
        self.is_relative |= self.set;
        self.write_up_to(end);
    }

    /// Bytes were appended, put in or, if negative, taken out.
    pub(super) fn shift(&mut self, by: i64) {
        self.shifted += i128::from(by);
        self.written = self.written.saturating_add_signed(by);
    }
}
