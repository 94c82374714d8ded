//! Mistakes that were found, by the law that they broke, in the fewest calls.

use std::io::{BufRead, ErrorKind, Read};

use anystream::RopeStream;

/// A reader had moved behind the bytes that it refused. Found by random steps.
#[test]
fn f1_a_reader_of_a_rope_stays_before_what_is_not_utf8() {
    let rope = RopeStream::from(b"\x80");
    let mut reader = rope.reader_at(0);
    let mut text = String::from("before");
    assert_eq!(reader.read_line(&mut text).expect_err("not UTF-8").kind(), ErrorKind::InvalidData);
    assert_eq!(reader.tell(), 0);
    assert_eq!(reader.read_to_string(&mut text).expect_err("not UTF-8").kind(), ErrorKind::InvalidData);
    assert_eq!((reader.tell(), text.as_str()), (0, "before"));
}
