//! Numbers of bytes and of times, some of them multiplied by the scale.

use crate::Model;

/// How many operations a script may have, and how many steps may be looked at to make it.
pub(super) const MOST_OPERATIONS: u64 = 1 << 24;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Bytes,
    Times,
}

/// A number as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) number: u64,
    pub(super) scaled: bool,
}

impl Unit {
    pub(super) fn most(self) -> u64 {
        match self {
            Unit::Bytes => Model::LIMIT,
            Unit::Times => MOST_OPERATIONS,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Unit::Bytes => "bytes",
            Unit::Times => "times",
        }
    }

    pub(super) fn examples(self) -> &'static str {
        match self {
            Unit::Bytes => "write a number such as 100, \"4 KiB\" or \"4 KiB x scale\"",
            Unit::Times => "write a number such as 100 or \"100 x scale\"",
        }
    }

    fn factor(self, suffix: &str) -> Option<u64> {
        match (self, suffix) {
            (_, "") | (Unit::Bytes, "B") => Some(1),
            (Unit::Bytes, "KiB") => Some(1 << 10),
            (Unit::Bytes, "MiB") => Some(1 << 20),
            (Unit::Bytes, "GiB") => Some(1 << 30),
            _ => None,
        }
    }
}

impl Amount {
    pub(super) fn fixed(number: u64) -> Self {
        Amount { number, scaled: false }
    }

    /// Reads `4096`, `4 KiB` or `4 KiB x scale`. A number past `u64::MAX` becomes `u64::MAX`, which is
    /// past every limit too.
    pub(super) fn parse(text: &str, unit: Unit) -> Option<Self> {
        let text = text.trim();
        let (text, scaled) = match text.strip_suffix("scale") {
            Some(before) => (before.trim_end().strip_suffix('x')?.trim_end(), true),
            None => (text, false),
        };
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
        let (digits, suffix) = text.split_at(digits);
        let number = digits.bytes().filter(u8::is_ascii_digit).fold(None, |number: Option<u64>, digit| {
            let digit = u64::from(digit - b'0');
            Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit))
        })?;
        Some(Amount { number: number.saturating_mul(unit.factor(suffix.trim_start())?), scaled })
    }

    /// How much it is at `scale`, which is greater than 0: rounded, at least 1 unless it is 0, and at
    /// most `u64::MAX`.
    pub(super) fn at(self, scale: f64) -> u64 {
        if !self.scaled || self.number == 0 {
            return self.number;
        }
        // Of additions and multiplications alone, so that it is the same everywhere.
        ((self.number as f64 * scale + 0.5) as u64).max(1)
    }
}
