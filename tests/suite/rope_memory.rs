//! What a rope neither copies nor keeps.

use std::io::{self, Read, Seek, SeekFrom, Write};

use anystream::{ByteStream, Bytes, RopeStream};
use anystream_tests::sample;

#[test]
fn what_is_written_as_bytes_comes_out_at_the_same_address() -> io::Result<()> {
    for len in [64 << 10, 1 << 20, 16 << 20] {
        let piece = Bytes::from(sample::bytes(len));
        let mut rope = RopeStream::new();
        rope.write_bytes(piece.clone())?;
        assert_eq!(rope.getvalue()?.as_ptr(), piece.as_ptr());
        rope.rewind()?;
        let value = rope.read_bytes(len)?;
        assert_eq!((value.as_ptr(), value.len()), (piece.as_ptr(), len));
        let chunks: Vec<_> = rope.chunks().collect();
        assert_eq!(chunks.len(), 1);
        assert_eq!((chunks[0].as_ptr(), chunks[0].len()), (piece.as_ptr(), len));
    }
    Ok(())
}

#[test]
fn what_is_cut_out_or_put_together_stays_at_its_address() -> io::Result<()> {
    let piece = Bytes::from(sample::bytes(1 << 20));
    let part = 100_000..900_000;
    let whole = RopeStream::from(piece.clone());
    let mut cut = whole.slice(part.start as u64..part.end as u64)?;
    assert_eq!(cut.getvalue()?.as_ptr(), piece[part.start..].as_ptr());

    let mut page = RopeStream::from(b"head and foot");
    page.splice_stream(4..4, &cut)?;
    page.append(whole)?;
    let addresses: Vec<_> = page.chunks().map(<[u8]>::as_ptr).collect();
    assert!(addresses.contains(&piece[part.start..].as_ptr()));
    assert!(addresses.contains(&piece.as_ptr()));
    let mut tail = page.split_off(4)?;
    assert_eq!(tail.read_bytes(800_000)?.as_ptr(), piece[part.start..].as_ptr());
    Ok(())
}

#[test]
fn a_byte_at_a_tebibyte_takes_less_than_64_kib() -> io::Result<()> {
    const TIB: u64 = 1 << 40;
    let mut rope = RopeStream::new();
    rope.seek(SeekFrom::Start(TIB))?;
    rope.write_all(b"!")?;
    let memory = rope.memory();
    assert_eq!((memory.live, memory.holes), (1, TIB));
    assert!(memory.live + memory.spare + memory.tree < 64 << 10, "{memory:?}");

    // The hole shows as runs of zeros, as many as one cares to look at.
    let runs: Vec<_> = rope.chunks().take(1000).collect();
    assert!(runs.iter().all(|run| !run.is_empty() && run.iter().all(|&byte| byte == 0)));
    assert_eq!(io::read_to_string(rope.reader_at(TIB - 2))?, "\0\0!");
    let mut tail = rope.slice(TIB - 1..TIB + 1)?;
    assert_eq!(tail.getvalue()?, &b"\0!"[..]);
    rope.compact()?;
    assert_eq!(rope.memory().holes, TIB);
    Ok(())
}

#[test]
fn compact_lets_go_of_a_piece_of_which_little_is_left() -> io::Result<()> {
    let piece = Bytes::from(sample::bytes(1 << 20));
    let mut rope = RopeStream::from(b"head");
    rope.seek(SeekFrom::End(0))?;
    rope.write_bytes(piece.clone())?;
    rope.remove(10_000..1 << 20)?;
    assert!(!piece.is_unique(), "a few bytes of it are left");
    assert!(rope.memory().spare > 1_000_000, "{:?}", rope.memory());
    rope.compact()?;
    assert!(piece.is_unique(), "compacted");
    assert!(rope.memory().spare < 1_000, "{:?}", rope.memory());
    Ok(())
}

/// A rope remembers where it was read, by one more reference to what lies there.
#[test]
fn what_has_been_read_is_shared_with_nobody() -> io::Result<()> {
    let contents = sample::bytes(100_000);
    let mut appended = RopeStream::new();
    for part in contents.chunks(45) {
        appended.write_all(part)?;
    }
    for mut rope in [appended, RopeStream::from(&contents[..]), RopeStream::from(contents)] {
        let before = rope.memory();
        assert_eq!(before.shared, 0);
        rope.rewind()?;
        let mut buf = [0; 64];
        while rope.read(&mut buf)? > 0 {
            assert_eq!(rope.memory(), before, "at {}", rope.tell());
        }
    }
    Ok(())
}
