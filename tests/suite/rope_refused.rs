//! What only a rope can do, with ranges and lengths that it must refuse.

use std::io::{self, ErrorKind, Seek, SeekFrom};

use anystream::{ByteStream, Fault, RopeStream};

#[test]
fn e1_what_lies_outside_a_rope_is_refused_and_nothing_changes() -> io::Result<()> {
    let mut other = RopeStream::from(b"other");
    let mut rope = RopeStream::from(b"hello");
    rope.seek(SeekFrom::Start(3))?;
    for (start, end) in [(6, 6), (0, 6), (3, 2), (5, u64::MAX), (u64::MAX, u64::MAX), (u64::MAX, 0)] {
        let spliced = rope.splice_stream(start..end, &other);
        for error in [spliced.expect_err("outside"), rope.slice(start..end).expect_err("outside")] {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{start}..{end}");
            let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
            assert_eq!(fault, Some(&Fault::RangeOutside { range: start..end, len: 5 }));
        }
    }
    for at in [6, u64::MAX] {
        assert_eq!(rope.split_off(at).expect_err("outside").kind(), ErrorKind::InvalidInput, "at {at}");
    }
    assert_eq!((rope.tell(), &rope.getvalue()?[..]), (3, &b"hello"[..]));
    assert_eq!((other.tell(), &other.getvalue()?[..]), (0, &b"other"[..]));
    Ok(())
}

#[test]
fn w6_ropes_are_joined_up_to_the_last_length_there_is() -> io::Result<()> {
    let mut rope = RopeStream::from(b"hello");
    rope.set_len(1 << 63)?;
    rope.seek(SeekFrom::Start(2))?;
    let other = rope.clone();
    let middle = 1 << 62;
    for error in [
        rope.append(other.clone()).expect_err("2^64 bytes"),
        rope.splice_stream(middle..middle, &other).expect_err("2^64 bytes"),
    ] {
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
        assert_eq!(fault, Some(&Fault::TooLarge { len: None, limit: u64::MAX }));
        assert_eq!((rope.tell(), rope.len()), (2, 1 << 63));
    }
    // One byte less is the greatest length.
    rope.splice_stream(middle..middle + 1, &other)?;
    assert_eq!((rope.tell(), rope.len()), (2, u64::MAX));
    for (offset, found) in [(0, *b"hello"), (middle, *b"hello"), (u64::MAX - 5, [0; 5])] {
        let mut buf = [1; 5];
        assert_eq!(rope.read_at(offset, &mut buf)?, 5);
        assert_eq!(buf, found, "at {offset}");
    }
    Ok(())
}
