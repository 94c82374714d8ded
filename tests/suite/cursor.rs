//! Where `Cursor<Vec<u8>>` differs from the laws, one by one. That it differs nowhere else, `standard` shows.

use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

/// W3: an empty write past the end pads up to the position.
#[test]
fn w3_cursor_pads_on_an_empty_write() {
    let mut cursor = Cursor::new(b"hello".to_vec());
    cursor.seek(SeekFrom::Start(8)).expect("any position is one");
    assert_eq!(cursor.write(b"").expect("nothing to write"), 0);
    assert_eq!(cursor.get_ref(), b"hello\0\0\0"); // by law W3 still `hello`
}

/// R2: a `read_exact` that fails moves to the end, which may be backwards.
#[test]
fn r2_cursor_moves_when_read_exact_fails() {
    for before in [3, 9] {
        let mut cursor = Cursor::new(b"hello".to_vec());
        cursor.set_position(before);
        let error = cursor.read_exact(&mut [0; 4]).expect_err("too few are left");
        assert_eq!((error.kind(), cursor.position()), (ErrorKind::UnexpectedEof, 5)); // by law R2 still `before`
    }
}

/// F1, P1: a write at the last offset panics.
#[test]
fn p1_cursor_panics_at_the_last_offset() {
    let panicked = std::panic::catch_unwind(|| {
        let mut cursor = Cursor::new(b"hello".to_vec());
        cursor.set_position(u64::MAX);
        let _ = cursor.write(b"x");
    });
    assert!(panicked.is_err());
}
