//! What kind of record it is, by what it begins with; and what else it may be.

use super::lines::{BYTE_ORDER_MARK, shown};
use super::{ImportError, ImportOptions, import_bytes};

/// The records that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Trace,
    Edits,
    Strace,
}

/// The kind of record that begins with `first`; nothing if it holds nothing.
pub(super) fn kind_of(first: &[u8]) -> Option<Kind> {
    let text = first.strip_prefix(BYTE_ORDER_MARK).unwrap_or(first).trim_ascii_start();
    match first {
        [] => None,
        _ if crate::is_trace(first) => Some(Kind::Trace),
        _ if text.starts_with(b"{") => Some(Kind::Edits),
        _ => Some(Kind::Strace),
    }
}

/// Whether a record that begins with `head`, of which the last line may be cut off, can be one. What is not refused here
/// may still turn out to be none.
pub(super) fn check_head(record: &str, head: &[u8]) -> Result<(), ImportError> {
    check_text(record, head)?;
    // A single line may be long.
    let Some(end) = memchr::memrchr(b'\n', head) else { return Ok(()) };
    if kind_of(head) != Some(Kind::Strace) {
        return Ok(());
    }
    match import_bytes(record, head.get(..=end).unwrap_or(head), &ImportOptions::default()) {
        Err(error @ ImportError::Unrecognised { .. }) => Err(error),
        _ => Ok(()),
    }
}

/// Whether a record that begins with `first` is a trace, or text that is not blank: what is not is refused before a line
/// of it is looked for, which may be long.
pub(super) fn check_text(record: &str, first: &[u8]) -> Result<(), ImportError> {
    const MANY: usize = 4 << 10;
    /// Few bytes may be printable by chance.
    const SHORT: usize = 8;
    let blank = first.len() >= MANY && first.trim_ascii().is_empty();
    let line = memchr::memchr(b'\n', first).and_then(|end| first.get(..end)).unwrap_or(first);
    // Of a log that was damaged further on, the line that is says more.
    let binary = is_binary(first) && (line.len() < SHORT || is_binary(line));
    if kind_of(first) == Some(Kind::Trace) || !(blank || binary) {
        return Ok(());
    }
    let what = if blank { "it begins with thousands of blank lines" } else { "it is a binary file" };
    Err(ImportError::Unrecognised {
        record: record.to_owned(),
        line: 1,
        text: shown(line),
        looks_like: looks_like(line).or(Some(what)),
    })
}

/// Whether much of it is neither printable, nor white space, nor UTF-8.
fn is_binary(first: &[u8]) -> bool {
    let is_text = |byte: &&u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let others = first.len() - first.iter().filter(is_text).count();
    let utf8 = || match std::str::from_utf8(first) {
        Ok(text) => !text.contains('\0'),
        // The last character may be cut off.
        Err(error) => error.error_len().is_none(),
    };
    others > first.len() / 3 && !utf8()
}

/// What a line that strace did not write may come from instead, with what to do.
pub(super) fn looks_like(line: &[u8]) -> Option<&'static str> {
    let compressed_or_encoded: [(&[u8], &str); 7] = [
        (b"\x28\xb5\x2f\xfd", "it is compressed with zstd: decompress it first (zstd -d)"),
        (b"\xfd7zXZ", "it is compressed with xz: decompress it first (xz -d)"),
        (b"BZh", "it is compressed with bzip2: decompress it first (bzip2 -d)"),
        (b"PK\x03\x04", "it is a zip archive: unpack it first"),
        (b"\x7fELF", "it is a program, not a log of one"),
        (b"\xff\xfe", "it is UTF-16 text: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)"),
        (b"\xfe\xff", "it is UTF-16 text: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)"),
    ];
    let has = |what: &[u8]| memchr::memmem::find(line, what).is_some();
    if let Some((_, what)) = compressed_or_encoded.iter().find(|(magic, _)| line.starts_with(magic)) {
        return Some(what);
    }
    if line.contains(&0) {
        return Some("it holds NUL bytes: it is a binary file, or was damaged when the machine stopped");
    }
    if has(b" ms): ") || has(b"dfd: CWD") {
        return Some("it looks like a log of perf trace");
    }
    if has(b" CALL  ") || has(b" RET   ") || has(b" NAMI  ") {
        return Some("it looks like a log of ktrace");
    }
    if has(b" ERR#") || has(b" Err#") {
        return Some("it looks like a log of truss");
    }
    if line.starts_with(b"SYSCALL(args)") {
        return Some("it looks like a log of dtruss");
    }
    // `program->function(arguments)`; strace writes arrows only behind the bracket.
    let name = memchr::memchr(b'(', line).map_or(&b""[..], |open| &line[..open]);
    if memchr::memmem::find(name, b"->").is_some() {
        return Some("it looks like a log of ltrace");
    }
    None
}

/// Whether this is a function of the C library that no system call is named after: ltrace logs those.
pub(super) fn is_library_function(name: &[u8]) -> bool {
    const NAMES: &[&str] = &[
        "__libc_start_main",
        "malloc",
        "calloc",
        "realloc",
        "free",
        "fopen",
        "fopen64",
        "fclose",
        "fread",
        "fwrite",
        "fseek",
        "fseeko",
        "ftell",
        "fputs",
        "fgets",
        "fputc",
        "fgetc",
        "fflush",
        "printf",
        "__printf_chk",
        "fprintf",
        "__fprintf_chk",
        "puts",
        "putchar",
        "strlen",
        "strcmp",
        "strncmp",
        "strcpy",
        "strchr",
        "strrchr",
        "memcpy",
        "memset",
        "memmove",
        "setlocale",
        "getenv",
        "_setjmp",
        "SYS_read",
        "SYS_write",
        "SYS_open",
        "SYS_openat",
    ];
    NAMES.iter().any(|known| known.as_bytes() == name)
}
