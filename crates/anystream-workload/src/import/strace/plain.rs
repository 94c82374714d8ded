//! The calls that most lines of most logs are, read in one go: `pread64(3, ""..., 4096, 0) = 4096`, and
//! `read`, `write` and `pwrite64` alike. What is written in any other way is a [`Call`](super::call::Call).

use super::call::Argument;

/// A read or write of a number as descriptor, of which no data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plain<'a> {
    pub(super) writes: bool,
    pub(super) descriptor: Argument<'a>,
    /// Whether there was nothing more to show.
    pub(super) complete: bool,
    pub(super) asked: u64,
    /// Where, if not at the position.
    pub(super) at: Option<u64>,
    pub(super) moved: u64,
}

impl<'a> Plain<'a> {
    /// Nothing if it is written in any other way.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let (writes, places, rest) = match text {
            [b'r', b'e', b'a', b'd', b'(', rest @ ..] => (false, false, rest),
            [b'w', b'r', b'i', b't', b'e', b'(', rest @ ..] => (true, false, rest),
            [b'p', b'r', b'e', b'a', b'd', b'6', b'4', b'(', rest @ ..] => (false, true, rest),
            [b'p', b'w', b'r', b'i', b't', b'e', b'6', b'4', b'(', rest @ ..] => (true, true, rest),
            _ => return None,
        };
        let (_, behind) = decimal(rest)?;
        let descriptor = Argument(&rest[..rest.len() - behind.len()]);
        let (complete, rest) = match behind {
            [b',', b' ', b'"', b'"', b'.', b'.', b'.', b',', b' ', rest @ ..] => (false, rest),
            [b',', b' ', b'"', b'"', b',', b' ', rest @ ..] => (true, rest),
            _ => return None,
        };
        let (asked, mut rest) = decimal(rest)?;
        let mut at = None;
        if places {
            let (offset, behind) = decimal(rest.strip_prefix(b", ")?)?;
            (at, rest) = (Some(offset), behind);
        }
        let mut rest = rest.strip_prefix(b")")?;
        while let [b' ', behind @ ..] = rest {
            rest = behind;
        }
        let (moved, rest) = decimal(rest.strip_prefix(b"= ")?)?;
        rest.is_empty().then_some(Plain { writes, descriptor, complete, asked, at, moved })
    }
}

/// A decimal number, and what is behind it. Nothing if it may overflow or be octal.
fn decimal(text: &[u8]) -> Option<(u64, &[u8])> {
    const MOST_DIGITS: usize = 18;
    let (mut number, mut digits) = (0_u64, 0);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        digits += 1;
    }
    let octal = digits > 1 && text[0] == b'0';
    ((1..=MOST_DIGITS).contains(&digits) && !octal).then(|| (number, &text[digits..]))
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
            assert_eq!(found.descriptor, call.argument(0));
            assert_eq!(Some(found.complete), call.argument(1).string().map(|shown| shown.complete));
            assert_eq!((Some(found.asked), found.at), (call.argument(2).size(), call.argument(3).size()));
            assert_eq!(Outcome::Returned(found.moved, None), call.outcome);
        }
    }
}
