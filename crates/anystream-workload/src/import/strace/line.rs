//! One line of a log: whose it is, and what kind of line.

use memchr::memmem;

use super::call::Call;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Signals, blank lines, strace's own messages, stack traces, dumps of data.
    Noise,
    /// strace began to trace a process.
    Attached { process: u32 },
    /// A thread called `exec` and took the place of its process.
    Superseded { process: u32, by: u32 },
    /// A process ended.
    Exited { process: u32 },
    /// A whole call.
    Whole { process: u32, call: &'a [u8] },
    /// The beginning of a call that another process interrupted in the log.
    Unfinished { process: u32, begin: &'a [u8] },
    /// The rest of a call that began earlier.
    Resumed { process: u32, name: &'a [u8], rest: &'a [u8] },
}

/// The process of lines that name none.
pub(super) const ONLY_PROCESS: u32 = 0;

/// Takes off what `-f`, `-t`, `-tt`, `-ttt`, `-r`, `-n`, `-i` and `-Y` put before a call, and looks at
/// what is left. Nothing if it is no line of a log.
pub(super) fn parse(line: &[u8]) -> Option<Line<'_>> {
    if let Some(whole) = plain(line) {
        return Some(whole);
    }
    if line.starts_with(b" > ") || line.starts_with(b" | ") {
        return Some(Line::Noise);
    }
    if is_of_summary(line) {
        return Some(Line::Noise);
    }
    let (process, rest) = without_process(line.trim_ascii());
    let process = process.unwrap_or(ONLY_PROCESS);
    let body = without_times(rest);
    if let Some(message) = body.strip_prefix(b"strace: Process ") {
        let attached = memmem::find(message, b" attached").and_then(|end| process_id(&message[..end]));
        return Some(attached.map_or(Line::Noise, |process| Line::Attached { process }));
    }
    if body.is_empty() || body.starts_with(b"--- ") || body.starts_with(b"strace: ") {
        return Some(Line::Noise);
    }
    if let Some(by) = body.strip_prefix(b"+++ superseded by execve in pid ") {
        let by = by.split(|byte| !byte.is_ascii_digit()).next().and_then(process_id);
        return Some(by.map_or(Line::Noise, |by| Line::Superseded { process, by }));
    }
    if body.starts_with(b"+++ ") {
        let ended = body.starts_with(b"+++ exited") || body.starts_with(b"+++ killed");
        return Some(if ended { Line::Exited { process } } else { Line::Noise });
    }
    if let Some(resumed) = body.strip_prefix(b"<... ") {
        let at = memmem::find(resumed, b" resumed>")?;
        let (name, rest) = (&resumed[..at], &resumed[at + b" resumed>".len()..]);
        // Attached in the middle of a call, strace does not always know which.
        return Some(match name {
            b"????" | b"restart_syscall" => Line::Noise,
            _ => Line::Resumed { process, name, rest },
        });
    }
    if body.starts_with(b"???") {
        return Some(Line::Noise);
    }
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let name = body.iter().position(|byte| !in_name(byte)).unwrap_or(body.len());
    if name == 0 || body.get(name) != Some(&b'(') {
        return None;
    }
    let begin = body.strip_suffix(b"<unfinished ...>").or_else(|| {
        // A thread calls `exec`, and goes on under the number of its process.
        let changed = memmem::rfind(body, b"<pid changed to ").filter(|_| body.ends_with(b" ...>"));
        changed.map(|at| &body[..at])
    });
    Some(match begin {
        Some(begin) => Line::Unfinished { process, begin },
        None => Line::Whole { process, call: body },
    })
}

/// The summary of `-C`: a head, lines of dashes, and lines of numbers with a name at the end.
fn is_of_summary(line: &[u8]) -> bool {
    match line.trim_ascii_start().first() {
        Some(b'%') => line.starts_with(b"% time"),
        Some(b'-') => line.iter().all(|byte| matches!(byte, b'-' | b' ')),
        Some(b'0'..=b'9') => {
            let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).rev();
            let is_number = |word: &[u8]| word.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
            let is_name = words.next().is_some_and(|name| {
                name[0].is_ascii_lowercase()
                    && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            });
            let mut numbers = 0;
            is_name && words.inspect(|_| numbers += 1).all(is_number) && numbers >= 3
        }
        _ => false,
    }
}

/// Whether this is a call without the bracket that ends it.
pub(super) fn is_half(line: &[u8]) -> bool {
    // Nearly all lines end in a digit.
    if line.last().is_none_or(u8::is_ascii_digit) || memmem::find(line, b") = ").is_some() {
        return false;
    }
    match parse(line) {
        Some(Line::Whole { call, .. }) => Call::parse(call).is_none() && !call.ends_with(b"...>"),
        _ => false,
    }
}

/// Whether this may be the beginning of a line, so short that it does not show of which call.
pub(super) fn may_begin(line: &[u8]) -> bool {
    let (_, rest) = without_process(line.trim_ascii());
    let is_text =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_[]:.<+- ".contains(byte);
    rest.len() < 64 && without_times(rest).iter().all(is_text)
}

/// The part of a line before a message of strace that broke it in two, and that message.
pub(super) fn broken(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = line.strip_suffix(b" attached")?;
    let digits = end.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = end[..end.len() - digits].strip_suffix(b"strace: Process ")?;
    (digits > 0 && !before.trim_ascii().is_empty()).then(|| line.split_at(before.len()))
}

/// `11516 name(...) = 5`, as most lines are: a process, nothing else before the call, and a number at
/// its end. Nothing if it is written in any other way.
fn plain(line: &[u8]) -> Option<Line<'_>> {
    let digits = line.iter().position(|byte| !byte.is_ascii_digit())?;
    let process = process_id(&line[..digits])?;
    let mut call = line[digits..].strip_prefix(b" ")?;
    while let [b' ', rest @ ..] = call {
        call = rest;
    }
    let name = call.iter().position(|byte| !(byte.is_ascii_lowercase() || byte.is_ascii_digit()))?;
    let is_call = call[0].is_ascii_lowercase() && call[name] == b'(' && call.last()?.is_ascii_digit();
    is_call.then_some(Line::Whole { process, call })
}

/// `11516 `, `11516<sqlite3> `, `[pid 11516] `, `[pid 11516<sqlite3>] `.
fn without_process(line: &[u8]) -> (Option<u32>, &[u8]) {
    let bracket = line.strip_prefix(b"[pid");
    let number = bracket.unwrap_or(line).trim_ascii_start();
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, mut rest) = number.split_at(digits);
    let Some(process) = process_id(digits) else { return (None, line) };
    if rest.starts_with(b"<") {
        let Some(end) = memchr::memchr(b'>', rest) else { return (None, line) };
        rest = &rest[end + 1..];
    }
    let behind = if bracket.is_some() { b"]".as_slice() } else { b" " };
    match rest.strip_prefix(behind) {
        Some(rest) => (Some(process), rest.trim_ascii_start()),
        None => (None, line),
    }
}

fn process_id(digits: &[u8]) -> Option<u32> {
    let add = |number: u32, digit: &u8| number.checked_mul(10)?.checked_add(u32::from(digit - b'0'));
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

/// `12:34:56`, `12:34:56.789012`, `1700000000.123456`, `(+     0.000012)`, `[  257]`.
fn without_times(mut rest: &[u8]) -> &[u8] {
    loop {
        let end = match rest.first() {
            Some(b'0'..=b'9') => {
                let end = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.')).count();
                Some(end).filter(|end| rest.get(*end) == Some(&b' '))
            }
            Some(b'(') => memchr::memchr(b')', rest).map(|end| end + 1),
            Some(b'[') => memchr::memchr(b']', rest).map(|end| end + 1),
            _ => None,
        };
        match end {
            Some(end) => rest = rest[end..].trim_ascii_start(),
            None => return rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else they are read in another way, to the same end: only the time would tell.
    #[test]
    fn lines_as_most_are_are_read_the_short_way() {
        for call in ["read(3, \"\"..., 4096) = 12", "pwrite64(3, \"\", 0, 7)   = 0", "close(3) = 0"] {
            let line = format!("4711  {call}");
            let whole = Some(Line::Whole { process: 4711, call: call.as_bytes() });
            assert_eq!(plain(line.as_bytes()), whole, "{line}");
            assert_eq!(parse(format!("[pid  4711] {call}").as_bytes()), whole, "{call}");
        }
        for line in
            ["read(3, \"\", 0) = 0", "7 12:34:56 close(3) = 0", "7 close(3) = ?", "7 _exit(0) = 0", "7 "]
        {
            assert_eq!(plain(line.as_bytes()), None, "{line}");
        }
    }
}
