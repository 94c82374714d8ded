//! `Cursor<Vec<u8>>` beside the model: it differs where the contract says, and nowhere else.

use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use anystream_tests::random::Random;
use anystream_tests::sample;
use anystream_workload::{Expected, Model, Op};

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

/// Everywhere else they agree.
#[test]
fn cursor_agrees_with_the_model_otherwise() {
    for seed in 1..=8 {
        let contents = sample::bytes(3000);
        let (mut cursor, mut model) = (Cursor::new(contents.clone()), Model::new(&contents));
        let mut random = Random::new(seed);
        let mut compared = 0;
        while compared < 1000 {
            let op = random.op(model.contents().len());
            let before = model.clone();
            let expected = model.apply(&op);
            let in_reach = expected != Expected::BeyondTheModel && before.position() < Model::LIMIT;
            let answer = match &op {
                Op::Seek(to) => cursor.seek(*to).map(Expected::Number),
                Op::Read(n) => {
                    let mut buf = vec![0; *n];
                    cursor.read(&mut buf).map(|n| Expected::Bytes(buf[..n].to_vec()))
                }
                // The exception R2.
                Op::ReadExact(n) if expected != Expected::Error(ErrorKind::UnexpectedEof) => {
                    let mut buf = vec![0; *n];
                    cursor.read_exact(&mut buf).map(|()| Expected::Bytes(buf))
                }
                Op::ReadToEnd => {
                    let mut buf = Vec::new();
                    cursor.read_to_end(&mut buf).map(|_| Expected::Bytes(buf))
                }
                // The exceptions W3, and F1 at the last offset.
                Op::Write(data) if !data.is_empty() && in_reach => {
                    cursor.write(data).map(|n| Expected::Number(n as u64))
                }
                // It has no such call, but its vector has; without it the contents would only grow.
                Op::Truncate(size) => {
                    cursor.get_mut().truncate(usize::try_from(*size).unwrap_or(usize::MAX));
                    Ok(Expected::Done)
                }
                _ => {
                    model = before; // no call that `Cursor` has, or an exception
                    continue;
                }
            };
            assert_eq!(answer.unwrap_or_else(|error| Expected::Error(error.kind())), expected, "{op}");
            assert_eq!(
                (cursor.position(), cursor.get_ref().as_slice()),
                (model.position(), model.contents()),
                "{op}"
            );
            compared += 1;
        }
    }
}
