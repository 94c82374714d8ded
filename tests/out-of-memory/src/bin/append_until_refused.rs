//! Appends to a stream of the backend it is told until there is no memory, then looks whether everything that
//! was written is there, and goes on. For a shell with a limit:
//!
//! ```text
//! (ulimit -v 100000; append_until_refused rope)
//! ```
//!
//! It has the system's allocator, and aborts, or panics, where a law is broken.

use std::error::Error;
use std::io::{ErrorKind, SeekFrom, Write};

use anystream::{Backend, ByteStream, Limited};

/// The byte at `offset`: every value there is, in no short period.
fn pattern(offset: u64) -> u8 {
    (offset ^ (offset >> 8) ^ (offset >> 17)).wrapping_mul(167) as u8
}

const BLOCK: usize = 4099;

/// The bytes from `offset` on.
fn block(offset: u64) -> [u8; BLOCK] {
    std::array::from_fn(|i| pattern(offset + i as u64))
}

/// Appends until that is refused.
fn append(s: &mut dyn ByteStream) -> Result<(), Box<dyn Error>> {
    s.seek(SeekFrom::End(0))?;
    loop {
        let len = s.len();
        if let Err(error) = s.write_all(&block(len)) {
            assert_eq!(error.kind(), ErrorKind::OutOfMemory, "{error}");
            assert_eq!((s.tell(), s.len()), (len, len), "a refused write changed something");
            return Ok(());
        }
    }
}

/// Reads everything, into memory that is there.
fn check(s: &mut dyn ByteStream) -> Result<(), Box<dyn Error>> {
    s.rewind()?;
    let mut found = [0; BLOCK];
    loop {
        let offset = s.tell();
        let n = s.read(&mut found)?;
        if n == 0 {
            assert_eq!(offset, s.len(), "a short read");
            return Ok(());
        }
        assert!(found[..n] == block(offset)[..n], "what was written is not there, behind byte {offset}");
    }
}

/// Calls that no memory would do for: refused, or done with a hole and taken back. They never abort.
fn far(s: &mut dyn ByteStream) -> Result<(), Box<dyn Error>> {
    let len = s.len();
    for end in [isize::MAX as u64 - 1, isize::MAX as u64, 1 << 63, u64::MAX - 1, u64::MAX] {
        s.seek(SeekFrom::Start(end))?;
        let results =
            [s.write_all(b"x"), s.write_bytes(vec![7; 1].into()), s.set_len(end), s.insert(len, b"")];
        for error in results.into_iter().filter_map(Result::err) {
            let kind = error.kind();
            assert!(
                matches!(kind, ErrorKind::OutOfMemory | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded),
                "{error}"
            );
        }
        s.truncate(len)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("which backend?")?;
    println!("{name}: appending"); // which also allocates what printing takes
    let mut s: Box<dyn ByteStream> = match name.strip_prefix("limited ") {
        Some(name) => Box::new(Limited::new(name.parse::<Backend>()?.stream(), 1 << 40)),
        None => Box::new(name.parse::<Backend>()?.stream()),
    };
    append(&mut *s)?;
    let len = s.len();
    println!("{name}: refused at {len} bytes");
    check(&mut *s)?;
    append(&mut *s)?; // nothing more, or little
    far(&mut *s)?;
    for _ in 0..3 {
        check(&mut *s)?;
        s.truncate(len / 2)?;
        check(&mut *s)?;
        append(&mut *s)?;
        assert!(s.len() >= len / 4 * 3, "only {} bytes fit where {len} did", s.len());
    }
    match s.getvalue() {
        Ok(value) => assert_eq!(value.len() as u64, s.len()),
        Err(error) => assert_eq!(error.kind(), ErrorKind::OutOfMemory),
    }
    check(&mut *s)?;
    s.truncate(0)?;
    s.rewind()?;
    s.write_all(&block(0))?;
    check(&mut *s)?;
    println!("{name}: everything was there");
    Ok(())
}
