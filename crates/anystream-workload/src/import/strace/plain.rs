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

/// Reads lines that are plain calls, and remembers how these began: a program makes the same calls over
/// and over, of which only the numbers at the end differ.
#[derive(Debug)]
pub(super) struct PlainLines {
    /// Each in the slot of its text.
    remembered: [Option<Remembered>; SLOTS],
}

/// Everything of a call before the length that it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Beginning {
    process: u32,
    writes: bool,
    /// Whether the call says where.
    places: bool,
    descriptor: u32,
}

/// A beginning, and its text: those bytes of `text` for which `mask` is not 0.
#[derive(Debug, Clone, Copy)]
struct Remembered {
    text: [u128; 2],
    mask: [u128; 2],
    len: usize,
    beginning: Beginning,
}

/// Lines with a longer beginning are left to those who read any call.
const LONGEST_BEGINNING: usize = 2 * size_of::<u128>();

const SLOTS: usize = 64;

impl Default for PlainLines {
    fn default() -> Self {
        PlainLines { remembered: [None; SLOTS] }
    }
}

impl PlainLines {
    /// The call that the first line of `text` is, with its process and the length of that line, without
    /// looking for the line's end first. Nothing if it is written in any other way, if more than a process
    /// is before the call, or if so little text is left that nothing can be remembered of it.
    #[inline(always)]
    pub(super) fn parse(&mut self, text: &[u8]) -> Option<(u32, Plain, usize)> {
        let first = halves(text.first_chunk()?);
        let slot = &mut self.remembered[slot_of(first)];
        if !slot.as_ref().is_some_and(|remembered| remembered.begins(first)) {
            Remembered::put(slot, first, text)?;
        }
        let Remembered { len, beginning, .. } = slot.as_ref()?;
        let (plain, behind) = beginning.take_rest(text.get(*len..)?)?;
        (behind.first() == Some(&b'\n')).then_some((beginning.process, plain, text.len() - behind.len()))
    }
}

impl Remembered {
    #[inline(always)]
    fn begins(&self, first: [u128; 2]) -> bool {
        let Remembered { text, mask, .. } = self;
        ((first[0] ^ text[0]) & mask[0]) | ((first[1] ^ text[1]) & mask[1]) == 0
    }

    /// Remembers how `text` begins. Nothing if it is no plain call, or that is too long.
    #[inline(never)]
    fn put(slot: &mut Option<Remembered>, first: [u128; 2], text: &[u8]) -> Option<()> {
        let (beginning, rest) = Beginning::of_line(text)?;
        let len = text.len() - rest.len();
        if len > LONGEST_BEGINNING {
            return None;
        }
        let mask = [bytes_up_to(len), bytes_up_to(len.saturating_sub(size_of::<u128>()))];
        *slot = Some(Remembered { text: first, mask, len, beginning });
        Some(())
    }
}

fn halves(first: &[u8; LONGEST_BEGINNING]) -> [u128; 2] {
    let (halves, _) = first.as_chunks();
    [u128::from_le_bytes(halves[0]), u128::from_le_bytes(halves[1])]
}

/// Where a text is remembered that begins so. The process, the call and the descriptor mostly stand in
/// the first half.
fn slot_of([first, _]: [u128; 2]) -> usize {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (first as u64 ^ (first >> 64) as u64).wrapping_mul(SPREAD);
    (mixed >> (u64::BITS - SLOTS.ilog2())) as usize
}

/// All ones in the first `len` bytes.
fn bytes_up_to(len: usize) -> u128 {
    match len {
        0..16 => (1 << (8 * len)) - 1,
        _ => u128::MAX,
    }
}

impl Plain {
    /// The call that `text` is. Nothing if it is written in any other way.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (beginning, rest) = Beginning::of_call(ONLY_PROCESS, text)?;
        beginning.take_rest(rest).filter(|(_, behind)| behind.is_empty()).map(|(plain, _)| plain)
    }
}

impl Beginning {
    /// What a line begins with, and what is behind that.
    fn of_line(text: &[u8]) -> Option<(Self, &[u8])> {
        match text.first()? {
            b'0'..=b'9' => {
                let (process, behind) = decimal(text)?;
                Beginning::of_call(u32::try_from(process).ok()?, without_spaces(behind.strip_prefix(b" ")?))
            }
            _ => Beginning::of_call(ONLY_PROCESS, text),
        }
    }

    fn of_call(process: u32, text: &[u8]) -> Option<(Self, &[u8])> {
        let (writes, places, rest) = if let Some(rest) = text.strip_prefix(b"pwrite64(") {
            (true, true, rest)
        } else if let Some(rest) = text.strip_prefix(b"pread64(") {
            (false, true, rest)
        } else if let Some(rest) = text.strip_prefix(b"write(") {
            (true, false, rest)
        } else {
            (false, false, text.strip_prefix(b"read(")?)
        };
        let (descriptor, behind) = decimal(rest)?;
        let behind = behind.strip_prefix(b", \"\"")?;
        let rest = behind.strip_prefix(b"..., ").or_else(|| behind.strip_prefix(b", "))?;
        Some((Beginning { process, writes, places, descriptor: u32::try_from(descriptor).ok()? }, rest))
    }

    /// The call that began so, and what is behind it.
    #[inline(always)]
    fn take_rest<'a>(&self, text: &'a [u8]) -> Option<(Plain, &'a [u8])> {
        let Beginning { writes, places, descriptor, .. } = *self;
        let (asked, mut rest) = decimal(text)?;
        let digits = text.len() - rest.len();
        let mut at = None;
        if places {
            let (offset, behind) = decimal(rest.strip_prefix(b", ")?)?;
            (at, rest) = (Some(offset), behind);
        }
        let rest = without_spaces(rest.strip_prefix(b")")?);
        let rest = rest.strip_prefix(b"= ")?;
        // Mostly all that was asked for was moved.
        let (moved, rest) = match same_digits(text, rest, digits) {
            true => (asked, &rest[digits..]),
            false => decimal(rest)?,
        };
        Some((Plain { writes, descriptor, asked, at, moved }, rest))
    }
}

/// Whether both begin with the same so many bytes, and then the second number ends. May say no if
/// little of the log is left, or if these are many.
#[inline(always)]
fn same_digits(first: &[u8], second: &[u8], digits: usize) -> bool {
    let (Some((first, _)), Some((second, _))) = (first.split_first_chunk(), second.split_first_chunk::<8>())
    else {
        return false;
    };
    let differing = u64::from_le_bytes(*first) ^ u64::from_le_bytes(*second);
    (1..8).contains(&digits) && differing << (64 - 8 * digits) == 0 && !second[digits].is_ascii_digit()
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
    use crate::import::strace::line;

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
            let mut plain_lines = PlainLines::default();
            for _ in ["first", "remembered"] {
                let length = lines.len() - "\nmore".len();
                assert_eq!(plain_lines.parse(lines.as_bytes()), Some((4711, found, length)));
            }
        }
    }

    /// What `text` is read as by what has just read other lines, and by what has read none.
    fn read_both(remembering: &mut PlainLines, text: &[u8]) -> [Option<(u32, Plain, usize)>; 2] {
        [remembering.parse(text), PlainLines::default().parse(text)]
    }

    #[test]
    fn what_is_remembered_changes_nothing_of_what_is_read_in_real_logs() {
        let mut plain = 0;
        for log in ["sqlite", "py-wave", "py-zipfile", "py-h5", "ffmpeg-mp4", "tar-append"] {
            let path = format!("{}/data/strace/{log}.strace", env!("CARGO_MANIFEST_DIR"));
            let log = std::fs::read(path).unwrap();
            let (mut lines, mut rest) = (PlainLines::default(), &log[..]);
            while !rest.is_empty() {
                let [remembered, anew] = read_both(&mut lines, rest);
                assert_eq!(remembered, anew, "{}", String::from_utf8_lossy(&rest[..rest.len().min(80)]));
                let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len() - 1);
                if let Some((process, found, len)) = anew {
                    assert_eq!(len, end);
                    let Some(line::Line::Whole { process: whose, call }) = line::parse(&rest[..end]) else {
                        panic!("no whole call");
                    };
                    let call = Call::parse(call).unwrap();
                    assert_eq!((process, found.asked), (whose, call.argument(2).size().unwrap()));
                    assert_eq!(call.outcome, Outcome::Returned(found.moved, None));
                    assert_eq!(found.writes, call.name.contains(&b'w'));
                    plain += 1;
                }
                rest = &rest[end + 1..];
            }
        }
        assert!(plain > 7000, "most lines are plain: {plain}");
    }

    #[test]
    fn what_is_remembered_changes_nothing_of_what_is_read_in_damaged_lines() {
        let begins = [
            "11499 pwrite64(4, \"\"..., ",
            "7 read(12, \"\", ",
            "write(3, \"\"..., ",
            "4194304  pread64(65535, \"\"..., ",
        ];
        for begin in begins {
            let at = if begin.contains("64(") { ", 331776" } else { "" };
            let line = format!("{begin}4096{at})    = 4096\n{}", "x".repeat(40));
            for index in 0..line.len() - 40 {
                for byte in [b'0', b'4', b'9', b' ', b',', b'(', b')', b'"', b'=', b'.', b'\n', b'p', 0, 0xff]
                {
                    let mut lines = PlainLines::default();
                    assert!(lines.parse(line.as_bytes()).is_some(), "{line}");
                    let mut damaged = line.clone().into_bytes();
                    damaged[index] = byte;
                    for cut in [damaged.len(), line.len() - 40, index + 1] {
                        let [remembered, anew] = read_both(&mut lines, &damaged[..cut]);
                        assert_eq!(remembered, anew, "{}", String::from_utf8_lossy(&damaged[..cut]));
                    }
                }
            }
        }
    }

    /// Else it is read anew, to the same end: only the time would tell.
    #[test]
    fn a_call_that_differs_in_its_numbers_begins_as_the_one_that_is_remembered() {
        let first =
            |text: &str| halves(format!("{text}{}", "x".repeat(40)).as_bytes().first_chunk().unwrap());
        for beginning in [
            "read(3, \"\", ",
            "7 read(12, \"\", ",
            "write(3, \"\"..., ",
            "4194304  pread64(65, \"\"..., ",
            "4194304  pread64(655350, \"\"..., ", // as long as can be
        ] {
            assert!(beginning.len() <= LONGEST_BEGINNING);
            let line = |number: &str| format!("{beginning}{number}");
            let mut slot = None;
            let text = line("4096) = 4096\n");
            Remembered::put(&mut slot, first(&text), text.as_bytes()).unwrap();
            for number in ["1) = 1", "77777, 88888) = 99999", ""] {
                assert!(slot.as_ref().unwrap().begins(first(&line(number))), "{text:?}, {number:?}");
            }
            for at in 0..beginning.len() {
                let mut other = text.clone().into_bytes();
                other[at] ^= 1;
                let other = first(std::str::from_utf8(&other).unwrap());
                assert!(!slot.as_ref().unwrap().begins(other), "{text:?}, another byte at {at}");
            }
        }
    }

    #[test]
    fn calls_of_a_program_are_remembered_beside_each_other() {
        for start in ["read(", "4711  pread64("] {
            let slots: std::collections::HashSet<_> = (3..35)
                .map(|descriptor| format!("{start}{descriptor}, \"\"..., 4096, 4096) = 4096"))
                .map(|text| slot_of(halves(text.as_bytes().first_chunk().unwrap())))
                .collect();
            assert!(slots.len() >= 20, "{} slots for 32 that begin with {start}", slots.len());
        }
    }

    #[test]
    fn what_is_asked_for_is_known_again_in_what_was_moved() {
        for digits in 1..=9 {
            let text = &"123456789"[..digits];
            let [first, same, more] =
                [", 0) = ", "\nread(3, ", "0\nread(3, "].map(|end| format!("{text}{end}"));
            let known = same_digits(first.as_bytes(), same.as_bytes(), digits);
            assert_eq!(known, digits < 8, "{text}");
            assert!(!same_digits(first.as_bytes(), more.as_bytes(), digits), "{text}");
            let other = same.replacen(&text[digits - 1..], "x", 1);
            assert!(!same_digits(first.as_bytes(), other.as_bytes(), digits), "{text}, {other}");
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
