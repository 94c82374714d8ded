//! A rope longer than 32 bits can say, and positions that an `i64` cannot hold.
//!
//! `cargo test --release -p anystream-tests --test suite rope_large -- --ignored --nocapture`

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Instant;

use anystream::{ByteStream, RopeStream};

const PIECE: usize = 1 << 16;
const PIECES: u64 = (8 << 30) / PIECE as u64;

/// Different in each piece, and in each eight bytes of it.
fn piece(number: u64) -> Vec<u8> {
    (0..PIECE as u64 / 8).flat_map(|word| (number << 16 | word).to_le_bytes()).collect()
}

#[test]
#[ignore = "takes 9 GB of memory and a minute: by hand, after a change of offsets"]
fn eight_gigabytes_in_one_stream_are_read_edited_and_cut() -> io::Result<()> {
    let begun = Instant::now();
    let mut rope = RopeStream::new();
    for number in 0..PIECES {
        rope.write_all(&piece(number))?;
    }
    assert_eq!(rope.len(), 8 << 30);
    println!("{} bytes appended in {:.1?}", rope.len(), begun.elapsed());

    // Every piece, in an order that hops about.
    let mut buf = vec![0; PIECE];
    for step in 0..PIECES {
        let number = step * 48_271 % PIECES;
        assert_eq!(rope.read_at(number * PIECE as u64, &mut buf)?, PIECE);
        assert!(buf == piece(number), "piece {number}");
    }

    // Edits on both sides of 2^32, each behind the others, so that no piece before them has moved.
    let mut inserted = Vec::new();
    for gigabyte in [3_u64, 4, 5, 7] {
        let at = (gigabyte << 30) + 12_345;
        rope.insert(at + inserted.len() as u64, &[gigabyte as u8; 7])?;
        inserted.extend([gigabyte as u8; 7]);
        let snapshot = rope.clone();
        rope.remove(0..8)?;
        rope.insert(0, &snapshot.slice(0..8)?.getvalue()?)?;
        rope.seek(SeekFrom::Start(at + inserted.len() as u64 - 7))?;
        let mut seen = [0; 9];
        rope.read_exact(&mut seen)?;
        assert_eq!(seen[..7], [gigabyte as u8; 7]);
        assert_eq!(seen[7..], piece(at / PIECE as u64)[(at % PIECE as u64) as usize..][..2]);
    }
    let len = (8 << 30) + inserted.len() as u64;
    assert_eq!(rope.len(), len);

    let tail = rope.split_off((6 << 30) + 21)?;
    assert_eq!((rope.len(), tail.len()), ((6 << 30) + 21, len - (6 << 30) - 21));
    rope.append(tail)?;
    rope.truncate((5 << 30) + 1000)?;
    let kept = 5 << 30;
    // Two of the inserts lie before 5 GB.
    assert_eq!(rope.read_at(kept + 14, &mut buf[..986])?, 986);
    assert!(buf[..986] == piece(kept / PIECE as u64)[..986]);
    println!("edited and cut after {:.1?}", begun.elapsed());

    beyond_signed(&mut rope)?;
    assert_eq!(rope.len(), kept + 1000);

    // What was never edited is where it was; what lies behind the two inserts has moved by 14 bytes.
    for number in 0..kept / PIECE as u64 {
        let start = number * PIECE as u64;
        let at = |gigabyte: u64| (gigabyte << 30) + 12_345;
        let moved = if start > at(4) { 14 } else { u64::from(start > at(3)) * 7 };
        if (start..start + PIECE as u64).contains(&at(3)) || (start..start + PIECE as u64).contains(&at(4)) {
            continue; // looked at when the bytes were inserted
        }
        assert_eq!(rope.read_at(start + moved, &mut buf)?, PIECE);
        assert!(buf == piece(number), "piece {number}, moved by {moved}");
    }
    println!("all read again after {:.1?}", begun.elapsed());
    Ok(())
}

/// Writes, inserts and reads past 2^63, with real contents below and a hole in between, and cuts it all off again.
fn beyond_signed(rope: &mut RopeStream) -> io::Result<()> {
    const FAR: u64 = (1 << 63) + 5;
    let len = rope.len();
    rope.seek(SeekFrom::Start(FAR))?;
    rope.write_all(b"beyond")?;
    assert_eq!((rope.tell(), rope.len()), (FAR + 6, FAR + 6));
    rope.insert(FAR + 3, b"...")?;
    rope.seek_relative(-7)?;
    let mut seen = [0xff; 12];
    assert_eq!(rope.read(&mut seen)?, 10);
    assert_eq!(&seen[..10], b"\0bey...ond");
    assert_eq!(rope.read_at(len, &mut seen)?, 12);
    assert_eq!(seen, [0; 12]);

    // Up to the last byte that a `u64` can count, and none further.
    rope.seek(SeekFrom::Start(u64::MAX - 4))?;
    rope.write_all(b"last")?;
    assert_eq!((rope.tell(), rope.len()), (u64::MAX, u64::MAX));
    assert_eq!(rope.write_all(b"!").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(rope.insert(len, b"!").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(rope.read_at(u64::MAX - 5, &mut seen)?, 5);
    assert_eq!(&seen[..5], b"\0last");

    let mut tail = rope.split_off(FAR)?;
    assert_eq!((rope.len(), tail.len()), (FAR, u64::MAX - FAR));
    assert_eq!(&tail.read_bytes(10)?[..], b"bey...ond\0");
    rope.truncate(len)
}
