//! What a rope is given little by little, in memory as large as it really is: it lies in pieces of its own kind, which
//! become chunks when they are edited.

use std::io::{self, Seek, SeekFrom, Write};

use anystream::{ByteStream, RopeStream};
use anystream_tests::sample;

/// Written in parts of 45 bytes, of which every few thousand fill a piece exactly.
fn appended(contents: &[u8]) -> io::Result<RopeStream> {
    let mut rope = RopeStream::new();
    for part in contents.chunks(45) {
        rope.write_all(part)?;
    }
    Ok(rope)
}

fn contents(rope: &RopeStream) -> Vec<u8> {
    rope.chunks().collect::<Vec<_>>().concat()
}

#[test]
fn what_was_cut_off_while_a_clone_saw_it_does_not_come_back() -> io::Result<()> {
    let plain = sample::bytes(50_000);
    for cut in [1, 30, 700] {
        let mut rope = appended(&plain)?;
        let clone = rope.clone();
        rope.truncate(50_000 - cut)?;
        assert_eq!(contents(&clone), plain);
        drop(clone);
        rope.seek(SeekFrom::End(0))?;
        rope.write_all(b"new")?;
        assert_eq!(contents(&rope), [&plain[..50_000 - cut as usize], b"new"].concat());
    }
    Ok(())
}

#[test]
fn a_clone_does_not_see_what_is_appended_or_overwritten_later() -> io::Result<()> {
    let plain = sample::bytes(50_000);
    for (at, data) in
        [(50_000, &b"appended"[..]), (49_990, b"overwritten"), (20_000, b"far before"), (49_000, &[7; 990])]
    {
        let mut rope = appended(&plain)?;
        let clone = rope.clone();
        rope.seek(SeekFrom::Start(at))?;
        rope.write_all(data)?;
        let at = at as usize;
        let behind = plain.get(at + data.len()..).unwrap_or_default();
        assert_eq!(contents(&rope), [&plain[..at], data, behind].concat(), "{data:?} at {at}");
        assert_eq!(contents(&clone), plain, "{data:?} at {at}");
    }
    Ok(())
}

#[test]
fn a_value_stays_as_it_is_when_what_it_shows_is_edited() -> io::Result<()> {
    let plain = sample::bytes(50_000);
    type Edit = fn(&mut RopeStream) -> io::Result<()>;
    let edits: [Edit; 4] = [
        |rope| rope.write_all(b"overwritten"),
        |rope| rope.insert(30_000, b"inserted"),
        |rope| rope.remove(29_000..31_000),
        |rope| rope.truncate(30_010),
    ];
    for edit in edits {
        let mut rope = appended(&plain)?;
        let run = rope.chunks().nth(3).map(<[u8]>::len).expect("there are several pieces");
        let start = rope.chunks().take(3).map(<[u8]>::len).sum::<usize>();
        rope.seek(SeekFrom::Start(start as u64))?;
        let value = rope.read_bytes(run)?;
        assert_eq!(value.as_ptr(), rope.chunks().nth(3).expect("as before").as_ptr(), "it is no copy");
        rope.seek(SeekFrom::Start(start as u64 + 5))?;
        edit(&mut rope)?;
        drop(rope);
        assert!(value == plain[start..start + run]);
    }
    Ok(())
}

#[test]
fn it_takes_little_more_memory_than_its_contents() -> io::Result<()> {
    const LEN: u64 = 1 << 20;
    let mut rope = appended(&sample::bytes(LEN as usize))?;
    let memory = rope.memory();
    assert_eq!((memory.live, memory.shared, memory.holes), (LEN, 0, 0));
    assert!(memory.spare + memory.tree < LEN / 50, "{memory:?}");

    // What is left of a piece does not keep all of it.
    for at in (0..100_000).rev().step_by(500) {
        rope.remove(at * 5..at * 5 + 2450)?;
    }
    let memory = rope.memory();
    assert_eq!((memory.live, memory.shared), (rope.len(), 0));
    assert!(memory.spare < LEN / 8, "{memory:?}");
    Ok(())
}
