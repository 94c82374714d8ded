//! A rope longer than 32 bits can say.
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
    Ok(())
}
