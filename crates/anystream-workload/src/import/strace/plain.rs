//! The calls that most lines of most logs are, read in one go: `pread64(3, ""..., 4096, 0) = 4096`, and
//! `read`, `write` and `pwrite64` alike. What is written in any other way is a [`Call`](super::call::Call).

use super::line::ONLY_PROCESS;

/// A read or write of a number as descriptor, of which no data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) writes: bool,
    pub(super) descriptor: u32,
    pub(super) asked: u64,
    /// Where, if not at the position.
    pub(super) at: Option<u64>,
    pub(super) moved: u64,
}

impl Plain {
    /// Nothing if it is written in any other way.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        Plain::take(text).filter(|(_, behind)| behind.is_empty()).map(|(plain, _)| plain)
    }

    /// The call that the first line of `text` is, with its process and the length of that line, without
    /// looking for the line's end first. Nothing if it is written in any other way, or if more than a
    /// process is before the call.
    #[inline]
    pub(super) fn parse_line(text: &[u8]) -> Option<(u32, Self, usize)> {
        let (process, call) = match text.first()? {
            b'0'..=b'9' => {
                let (process, behind) = decimal(text)?;
                (u32::try_from(process).ok()?, without_spaces(behind.strip_prefix(b" ")?))
            }
            _ => (ONLY_PROCESS, text),
        };
        let (plain, behind) = Plain::take(call)?;
        (behind.first() == Some(&b'\n')).then_some((process, plain, text.len() - behind.len()))
    }

    /// The call that `text` begins with, and what is behind it.
    #[inline(always)]
    fn take(text: &[u8]) -> Option<(Self, &[u8])> {
        let (writes, places, rest) = if let Some(rest) = text.strip_prefix(b"pwrite64(") {
            (true, true, rest)
        } else if let Some(rest) = text.strip_prefix(b"pread64(") {
            (false, true, rest)
        } else if let Some(rest) = text.strip_prefix(b"write(") {
            (true, false, rest)
        } else {
            (false, false, text.strip_prefix(b"read(")?)
        };
        let (descriptor, behind) = match rest {
            [digit @ b'0'..=b'9', behind @ ..] if behind.first() == Some(&b',') => {
                (u32::from(digit - b'0'), behind)
            }
            _ => {
                let (descriptor, behind) = decimal(rest)?;
                (u32::try_from(descriptor).ok()?, behind)
            }
        };
        let behind = behind.strip_prefix(b", \"\"")?;
        let rest = behind.strip_prefix(b"..., ").or_else(|| behind.strip_prefix(b", "))?;
        let (asked, mut rest) = decimal(rest)?;
        let mut at = None;
        if places {
            let (offset, behind) = decimal(rest.strip_prefix(b", ")?)?;
            (at, rest) = (Some(offset), behind);
        }
        let rest = without_spaces(rest.strip_prefix(b")")?);
        let (moved, rest) = decimal(rest.strip_prefix(b"= ")?)?;
        Some((Plain { writes, descriptor, asked, at, moved }, rest))
    }
}

#[inline(always)]
fn without_spaces(mut text: &[u8]) -> &[u8] {
    const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
    // A log is written in columns, so how many there are differs from line to line.
    if let Some((eight, _)) = text.split_first_chunk() {
        let others = u64::from_le_bytes(*eight) ^ SPACES;
        text = &text[others.trailing_zeros() as usize / 8..];
    }
    while let [b' ', behind @ ..] = text {
        text = behind;
    }
    text
}

/// A decimal number, and what is behind it. Nothing if it may overflow or be octal.
#[inline(always)]
fn decimal(text: &[u8]) -> Option<(u64, &[u8])> {
    // Most numbers are short, and have more of the log behind them.
    if let Some((eight, behind)) = text.split_first_chunk() {
        let (number, digits) = first_digits(u64::from_le_bytes(*eight));
        if digits < 8 {
            return decimal_of(text, number, digits);
        }
        if let Some((eight, _)) = behind.split_first_chunk() {
            let (low, more) = first_digits(u64::from_le_bytes(*eight));
            if more < 8 {
                return decimal_of(text, number * TENS[more] + low, digits + more);
            }
        }
    }
    decimal_at_an_end(text)
}

/// The number that `text` begins with: so many digits.
#[inline(always)]
fn decimal_of(text: &[u8], number: u64, digits: usize) -> Option<(u64, &[u8])> {
    const MOST_DIGITS: usize = 18;
    let octal = digits > 1 && text[0] == b'0';
    ((1..=MOST_DIGITS).contains(&digits) && !octal).then(|| (number, &text[digits..]))
}

/// The powers of ten.
const TENS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// The number that the digits at the beginning of eight bytes are, and how many these are.
#[inline(always)]
fn first_digits(eight: u64) -> (u64, usize) {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    let values = eight ^ (LOWEST * 0x30);
    // The top bit of each byte that is no digit, up to the first: carries only reach what is behind it.
    let others = (values.wrapping_add(LOWEST * 0x76) | values) & (LOWEST * 0x80);
    let digits = others.trailing_zeros() as usize / 8;
    if digits == 0 {
        return (0, 0);
    }
    // Zeros before the digits, and then neighbours joined: to pairs, to fours, to all eight.
    let values = values << (64 - 8 * digits);
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    let all = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    (all, digits)
}

/// Of a text that ends soon, or a number that is very long.
#[cold]
fn decimal_at_an_end(text: &[u8]) -> Option<(u64, &[u8])> {
    let (mut number, mut digits) = (0_u64, 0);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        digits += 1;
    }
    decimal_of(text, number, digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::strace::call::{Call, Outcome};

    #[test]
    fn means_what_the_call_means() {
        for (text, plain) in [
            ("read(3, \"\"..., 4096) = 12", true),
            ("write(13, \"\", 0)       = 0", true),
            ("pread64(3, \"\"..., 4096, 8192) = 4096", true),
            ("pwrite64(3, \"\"..., 4096, 0) = 4096", true),
            ("pread64(3, \"\"..., 4096) = 4096", false),
            ("pwrite64(3, \"\"..., 4096, 010) = 4096", false),
            ("read(3</a>, \"\"..., 4096) = 12", false),
            ("read(3, \"a\"..., 4096) = 12", false),
            ("read(3, \"\"..., 4096) = 12 <0.000012>", false),
            ("read(3, \"\"..., 4096) = -1 EINTR", false),
            ("write(3, \"\"..., 99999999999999999999) = 12", false),
            ("writev(3, [...], 2) = 12", false),
        ] {
            let Some(found) = Plain::parse(text.as_bytes()) else {
                assert!(!plain, "{text}");
                continue;
            };
            assert!(plain, "{text}");
            let call = Call::parse(text.as_bytes()).unwrap();
            assert_eq!(Some(found.descriptor), call.argument(0).descriptor().0);
            assert_eq!((Some(found.asked), found.at), (call.argument(2).size(), call.argument(3).size()));
            assert_eq!(Outcome::Returned(found.moved, None), call.outcome);
            let lines = format!("4711  {text}\nmore");
            assert_eq!(
                Plain::parse_line(lines.as_bytes()),
                Some((4711, found, lines.len() - "\nmore".len()))
            );
        }
    }

    #[test]
    fn reads_numbers_of_every_length() {
        for digits in 1..=18_u32 {
            for number in
                [10_u64.pow(digits - 1), 10_u64.pow(digits) - 1, 123_456_789_012_345_678 % 10_u64.pow(digits)]
            {
                for behind in ["", ",", "\n", ")           ", "/:;<=>?@", "\u{ff}\u{ff}\u{ff}\u{ff}"] {
                    let text = format!("{number}{behind}");
                    assert_eq!(decimal(text.as_bytes()), Some((number, behind.as_bytes())), "{text:?}");
                }
            }
        }
        for text in [
            "",
            " 1",
            "x",
            "         ",
            "01",
            "0123456789",
            "007)      ",
            "1234567890123456789",
            "-1        ",
        ] {
            assert_eq!(decimal(text.as_bytes()), None, "{text:?}");
        }
    }
}
