//! A call as text: its name, arguments and outcome.

use memchr::{memchr, memchr2, memmem};
use smallvec::SmallVec;

/// `name(arguments) = outcome`, still as the log writes them.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) name: &'a [u8],
    arguments: Arguments<'a>,
    pub(super) outcome: Outcome<'a>,
}

/// What a call returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome<'a> {
    /// It succeeded; the second is what `-y` says of a returned descriptor.
    Returned(u64, Option<Annotation<'a>>),
    /// It failed with this error and did nothing.
    Failed(&'a [u8]),
    /// It was not done: strace made the result up, or the kernel starts it once more.
    NotDone,
    /// `?`: it never returned.
    Unknown,
}

/// One argument, as the log writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Argument<'a>(pub(super) &'a [u8]);

/// The annotation of a descriptor by `-y` or `-yy`, still escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Annotation<'a> {
    pub(super) text: &'a [u8],
    /// Whether `(deleted)` follows it.
    pub(super) deleted: bool,
}

/// Calls have up to six.
type Arguments<'a> = SmallVec<[Argument<'a>; 6]>;

/// What is shown of each piece of a vectored call, and its length.
type Pieces<'a> = SmallVec<[(Option<Shown<'a>>, u64); 4]>;

/// Bytes that a log shows, and whether these are all there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown<'a> {
    escaped: &'a [u8],
    pub(super) complete: bool,
}

impl Shown<'_> {
    /// How many bytes are shown.
    pub(super) fn len(self) -> u64 {
        let mut len = 0;
        unescape(self.escaped, |run| len += run.len() as u64);
        len
    }

    pub(super) fn unescape_into(self, bytes: &mut Vec<u8>) {
        unescape(self.escaped, |run| bytes.extend_from_slice(run));
    }
}

impl<'a> Call<'a> {
    /// Nothing if the text is cut off or not a call.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let open = text.iter().position(|byte| *byte == b'(')?;
        let name = &text[..open];
        let (arguments, behind) = split(&text[open + 1..], Some(b')'))?;
        Some(Call { name, arguments, outcome: outcome(behind)? })
    }

    pub(super) fn argument(&self, index: usize) -> Argument<'a> {
        self.arguments.get(index).copied().unwrap_or(Argument(b""))
    }

    pub(super) fn arguments(&self) -> &[Argument<'a>] {
        &self.arguments
    }
}

impl<'a> Argument<'a> {
    /// Whether it is `NULL` or not there.
    pub(super) fn is_absent(self) -> bool {
        self.0.is_empty() || self.0 == b"NULL"
    }

    /// Whether it has this flag among those it combines.
    pub(super) fn has(self, flag: &str) -> bool {
        let is_between = |byte: &u8| !(byte.is_ascii_alphanumeric() || *byte == b'_');
        self.0.len() >= flag.len() && self.0.split(is_between).any(|word| word == flag.as_bytes())
    }

    pub(super) fn number(self) -> Option<i64> {
        number(self.0).or_else(|| number(self.without_comment().0))
    }

    /// The digits that it begins with.
    pub(super) fn first_number(self) -> Option<u32> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        number(&self.0[..digits]).and_then(|number| u32::try_from(number).ok())
    }

    /// A number that counts bytes or says where.
    pub(super) fn size(self) -> Option<u64> {
        self.number().and_then(|number| u64::try_from(number).ok())
    }

    /// `[8]`, or `[8] => [16]`: what a pointer to a number pointed to when the call began.
    pub(super) fn pointed_size(self) -> Option<u64> {
        let inside = self.0.strip_prefix(b"[")?;
        Argument(&inside[..memchr(b']', inside)?]).size()
    }

    /// `3`, or `3</the/path>` with `-y`; also `AT_FDCWD</the/directory>`, which has no number.
    pub(super) fn descriptor(self) -> (Option<u32>, Option<Annotation<'a>>) {
        if let Some(number) = decimal(self.0) {
            return (u32::try_from(number).ok(), None);
        }
        let (name, path) = annotated(self.0);
        let name = name.split(|byte| *byte == b' ').next().unwrap_or(name);
        (number(name).and_then(|number| u32::try_from(number).ok()), path)
    }

    /// Whether it is `AT_FDCWD`, in any spelling.
    pub(super) fn is_current_directory(self) -> bool {
        [b"AT_FDCWD".as_slice(), b"-100", b"0xffffff9c", b"4294967196"]
            .iter()
            .any(|name| self.0.starts_with(name))
    }

    /// `"text"` or `"text"...`.
    pub(super) fn string(self) -> Option<Shown<'a>> {
        let text = self.0.strip_prefix(b"\"")?;
        let end = string_end(text)?;
        Some(Shown { escaped: &text[..end], complete: !text[end + 1..].starts_with(b"...") })
    }

    /// The text of a path, if this is a string.
    pub(super) fn path(self) -> Option<String> {
        self.string().map(|shown| path_text(shown.escaped))
    }

    /// What follows `name=` in a struct such as `{st_mode=S_IFREG|0644, st_size=12, ...}`.
    pub(super) fn field(self, name: &str) -> Option<Argument<'a>> {
        self.parts(b'{')?.into_iter().find_map(|field| {
            let value = field.0.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            Some(Argument(value))
        })
    }

    /// The parts of `[a, b]` or `{a, b}`, whichever `bracket` opens.
    pub(super) fn parts(self, bracket: u8) -> Option<Arguments<'a>> {
        let close = if bracket == b'[' { b']' } else { b'}' };
        let inside = self.0.strip_prefix(&[bracket])?;
        split(inside, Some(close)).map(|(parts, _)| parts)
    }

    /// The pieces of an `iovec` array: what is shown of each, and its length. Nothing if the log left
    /// some out.
    pub(super) fn pieces(self) -> Option<Pieces<'a>> {
        let piece = |element: Argument<'a>| {
            let fields = element.parts(b'{')?;
            let named =
                |name: &[u8], index: usize| {
                    fields.iter().find_map(|field| field.0.strip_prefix(name)).map(Argument).or_else(|| {
                        fields.get(index).copied().filter(|field| memchr(b'=', field.0).is_none())
                    })
                };
            // Logs of older versions have no names in `{"data", 4}`.
            let base = named(b"iov_base=", 0).or_else(|| fields.first().copied());
            let len = named(b"iov_len=", 1)?.size()?;
            Some((base.and_then(Argument::string), len))
        };
        self.parts(b'[')?.into_iter().map(piece).collect()
    }
}

/// What may begin or end a part of a call, or a string or note in which commas mean nothing.
const PUNCTUATION: [bool; 256] = {
    let mut table = [false; 256];
    let marks = b"\"</()[]{},";
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    table
};

/// Splits at commas, as deep as brackets go, up to `close`. Returns also what is behind that.
fn split(text: &[u8], close: Option<u8>) -> Option<(Arguments<'_>, &[u8])> {
    let mut parts = Arguments::new();
    let (mut at, mut from, mut depth) = (0, 0, 0_usize);
    loop {
        let byte = *text.get(at)?;
        at += 1;
        if !PUNCTUATION[usize::from(byte)] {
            continue;
        }
        match byte {
            b'"' => at += string_end(&text[at..])? + 1,
            b'<' if begins_annotation(text, at - 1) => at += annotation_end(&text[at..])? + 1,
            b'/' if text.get(at) == Some(&b'*') => at += memmem::find(&text[at..], b"*/")? + 2,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b',' if depth == 0 => {
                parts.push(Argument(text[from..at - 1].trim_ascii()));
                from = at;
            }
            _ if depth == 0 && Some(byte) == close => {
                let last = text[from..at - 1].trim_ascii();
                if !last.is_empty() || !parts.is_empty() {
                    parts.push(Argument(last));
                }
                return Some((parts, &text[at..]));
            }
            _ => {}
        }
    }
}

/// Where the string ends of which `text` is what follows its opening quote.
fn string_end(text: &[u8]) -> Option<usize> {
    // As with `-s 0`.
    if text.first() == Some(&b'"') {
        return Some(0);
    }
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// `3<` and `AT_FDCWD<` begin what `-y` says of a descriptor; `1<<3` does not.
fn begins_annotation(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    // The slash ends a comment: `-100 /* AT_FDCWD */</tmp>`.
    before.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'D' | b'/'))
        && text.get(at + 1) != Some(&b'<')
}

/// Where the annotation ends of which `text` is what follows its `<`. It may hold `[a->b]` and `<c>`.
fn annotation_end(text: &[u8]) -> Option<usize> {
    let (mut angles, mut squares) = (0_usize, 0_usize);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'[' => squares += 1,
            b']' => squares = squares.saturating_sub(1),
            b'<' if squares == 0 => angles += 1,
            b'>' if squares == 0 && angles == 0 => return Some(at),
            b'>' if squares == 0 => angles -= 1,
            _ => {}
        }
    }
    // A path may have unequal brackets.
    memchr(b'>', text)
}

/// `3</path>`: the number or name, and the annotation.
fn annotated(text: &[u8]) -> (&[u8], Option<Annotation<'_>>) {
    let Some(open) = memchr(b'<', text) else { return (text, None) };
    let inside = &text[open + 1..];
    let annotation = annotation_end(inside).map(|end| {
        let deleted = b"(deleted)";
        Annotation { text: &inside[..end], deleted: inside[end + 1..].starts_with(deleted) }
    });
    (&text[..open], annotation)
}

fn outcome(behind: &[u8]) -> Option<Outcome<'_>> {
    let value = behind.trim_ascii().strip_prefix(b"=")?.trim_ascii_start();
    if let Some(returned) = decimal(value) {
        return Some(Outcome::Returned(returned as u64, None));
    }
    let end = memchr(b' ', value).unwrap_or(value.len());
    let end = match memchr(b'<', &value[..end]) {
        Some(open) => open + 1 + annotation_end(&value[open + 1..])? + 1,
        None => end,
    };
    let word = &value[..end];
    let rest = value[end..].trim_ascii_start();
    if is_injected(rest) {
        return Some(Outcome::NotDone);
    }
    if word == b"?" {
        return Some(if rest.starts_with(b"ERESTART") { Outcome::NotDone } else { Outcome::Unknown });
    }
    let (name, mut path) = annotated(word);
    if let Some(path) = &mut path {
        path.deleted |= rest.starts_with(b"(deleted)") || value[end..].starts_with(b"(deleted)");
    }
    let returned = number(name)?;
    let address = name.starts_with(b"0x");
    if returned < 0 && !address {
        let error = rest.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
        return Some(Outcome::Failed(error));
    }
    Some(Outcome::Returned(returned as u64, path))
}

/// Whether strace made the result up instead of making the call.
fn is_injected(behind: &[u8]) -> bool {
    // `(INJECTED: args)` was done, with other arguments.
    memmem::find(behind, b"(INJECTED)").is_some()
        || memmem::find(behind, b"(INJECTED: args, retval)").is_some()
        || memmem::find(behind, b"(INJECTED: retval)").is_some()
}

/// A decimal, hexadecimal or octal number, as C writes them.
fn number(text: &[u8]) -> Option<i64> {
    if let Some(number) = decimal(text) {
        return Some(number);
    }
    let text = std::str::from_utf8(text).ok()?;
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|number| number as i64);
    }
    if text.starts_with('0') {
        return i64::from_str_radix(text, 8).ok();
    }
    text.parse().ok()
}

/// A number as nearly all are: decimal, not negative, and so short that it cannot overflow.
fn decimal(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 || (text.len() > 1 && text[0] == b'0') {
        return None;
    }
    text.iter().try_fold(0, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 { Some(number * 10 + i64::from(digit)) } else { None }
    })
}

/// Undoes C's escapes: `\n`, `\0`, `\123`, `\x7f` and the like. Gives the bytes in runs.
fn unescape(text: &[u8], mut give: impl FnMut(&[u8])) {
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        give(&rest[..at]);
        rest = &rest[at + 1..];
        let Some((&letter, behind)) = rest.split_first() else { return };
        let (byte, used) = match letter {
            b'n' => (b'\n', 1),
            b't' => (b'\t', 1),
            b'r' => (b'\r', 1),
            b'v' => (0x0b, 1),
            b'f' => (0x0c, 1),
            b'a' => (0x07, 1),
            b'b' => (0x08, 1),
            b'e' => (0x1b, 1),
            b'0'..=b'7' => digits(rest, 8, 3),
            b'x' => {
                let (byte, used) = digits(behind, 16, 2);
                (byte, used + 1)
            }
            other => (other, 1),
        };
        give(&[byte]);
        rest = &rest[used..];
    }
    give(rest);
}

/// A path as the log writes it, as text. Bytes that are no UTF-8 become escapes, lest two paths become one.
pub(super) fn path_text(escaped: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(escaped.len());
    unescape(escaped, |run| bytes.extend_from_slice(run));
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::new();
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
        }
        text
    })
}

/// The value of up to `most` digits, and how many there were.
fn digits(text: &[u8], radix: u32, most: usize) -> (u8, usize) {
    let digits = text.iter().take(most).map_while(|byte| char::from(*byte).to_digit(radix));
    let (value, used) = digits.fold((0_u32, 0), |(value, used), digit| (value * radix + digit, used + 1));
    (value as u8, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else it is read in another way, to the same end: only the time would tell.
    #[test]
    fn a_number_as_nearly_all_are_is_read_the_short_way() {
        for text in ["0", "7", "10", "4096", "999999999999999999"] {
            assert_eq!(decimal(text.as_bytes()), text.parse().ok(), "{text}");
        }
        for (text, value) in [("-1", -1), ("010", 8), ("0x1f", 31), ("1000000000000000000", 10_i64.pow(18))] {
            assert_eq!((decimal(text.as_bytes()), number(text.as_bytes())), (None, Some(value)), "{text}");
        }
        for text in ["", "x", "1x", "/", ":"] {
            assert_eq!((decimal(text.as_bytes()), number(text.as_bytes())), (None, None), "{text}");
        }
    }
}
