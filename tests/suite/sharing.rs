//! What each backend promises of its memory, beyond the laws.

use std::io::{IoSlice, Read, Seek, SeekFrom, Write};

use anystream::{ByteStream, Bytes, Resident, RopeStream, RopeyStream, SmallStream, VecStream};

#[test]
fn vec_shares_one_memory_between_values() -> std::io::Result<()> {
    let mut s = VecStream::new();
    s.write_all(&[7; 5000])?;
    let (first, second) = (s.getvalue()?, s.getvalue()?);
    assert_eq!(first.as_ptr(), second.as_ptr());
    assert_eq!(first.as_ptr(), s.as_slice().as_ptr());
    s.rewind()?;
    assert_eq!(
        s.read_bytes(100)?.as_ptr(),
        first.as_ptr(),
        "read_bytes of a stream that was not written since"
    );
    Ok(())
}

#[test]
fn vec_takes_a_vector_over_and_gives_it_back() {
    let contents = vec![7; 5000];
    let memory = contents.as_ptr();
    let s = VecStream::from(contents);
    assert_eq!(s.as_slice().as_ptr(), memory);
    let back = s.into_vec();
    assert_eq!(back.as_ptr(), memory);
}

#[test]
fn vec_takes_bytes_over_and_writes_in_place_if_nobody_holds_them() -> std::io::Result<()> {
    let contents = Bytes::from(vec![7; 5000]);
    let memory = contents.as_ptr();
    let mut s = VecStream::from(contents.clone());
    assert_eq!(s.as_slice().as_ptr(), memory);
    assert_eq!(s.getvalue()?.as_ptr(), memory);
    drop(contents);
    s.write_all(b"overwritten")?;
    assert_eq!(s.as_slice().as_ptr(), memory);
    Ok(())
}

#[test]
fn vec_takes_written_bytes_over_when_empty() -> std::io::Result<()> {
    let data = Bytes::from(vec![7; 5000]);
    let mut s = VecStream::new();
    s.write_bytes(data.clone())?;
    assert_eq!(s.as_slice().as_ptr(), data.as_ptr());
    Ok(())
}

#[test]
fn vec_copies_on_write_only_while_a_value_is_held() -> std::io::Result<()> {
    let mut s = VecStream::from(vec![7; 5000]);
    let memory = s.as_slice().as_ptr();
    drop(s.getvalue()?);
    s.write_all(b"nobody holds it")?;
    assert_eq!(s.as_slice().as_ptr(), memory, "no copy after the value was dropped");

    let held = s.getvalue()?;
    s.write_all(b"somebody holds it")?;
    assert_ne!(s.as_slice().as_ptr(), memory);
    assert_eq!((held.as_ptr(), &held[..15]), (memory, &b"nobody holds it"[..]));
    Ok(())
}

#[test]
fn vec_keeps_its_spare_capacity_through_getvalue() -> std::io::Result<()> {
    let mut s = VecStream::with_capacity(10_000);
    s.write_all(&[7; 100])?;
    let memory = s.as_slice().as_ptr();
    for _ in 0..100 {
        drop(s.getvalue()?);
        s.write_all(&[8; 64])?;
    }
    assert_eq!((s.as_slice().as_ptr(), s.len()), (memory, 6500));
    Ok(())
}

/// Fill, hand the value out, clear, fill again: the usual way to use one buffer many times.
#[test]
fn vec_keeps_its_memory_through_getvalue_and_truncate() -> std::io::Result<()> {
    for kept in [0, 10] {
        let mut s = VecStream::with_capacity(5000);
        s.write_all(&[7; 100])?;
        drop(s.getvalue()?);
        s.truncate(kept)?;
        s.write_all(b"x")?;
        assert_eq!(s.len(), 101, "the position stayed behind the end");
        assert!(s.into_vec().capacity() >= 5000);
    }
    Ok(())
}

/// A value of a part is a copy, so that the next write need not copy the whole.
#[test]
fn vec_does_not_copy_on_write_because_a_part_is_held() -> std::io::Result<()> {
    let mut s = VecStream::from(vec![7; 5000]);
    let memory = s.as_slice().as_ptr();
    let part = s.read_bytes(100)?;
    s.rewind()?;
    s.write_all(b"over what was read")?;
    assert_eq!((s.as_slice().as_ptr(), &part[..]), (memory, &[7; 100][..]));
    Ok(())
}

#[test]
fn vec_with_room_keeps_its_own_memory_when_bytes_are_written() -> std::io::Result<()> {
    let mut s = VecStream::with_capacity(5000);
    let memory = s.as_slice().as_ptr();
    s.write_bytes(Bytes::from(vec![7; 5000]))?;
    assert_eq!((s.as_slice().as_ptr(), s.len()), (memory, 5000));
    Ok(())
}

/// When the contents move, because they were shared or no longer fit inline, there is room for what they become, at
/// most doubled as a vector grows.
#[test]
fn a_move_takes_memory_for_what_the_contents_become_and_no_more() -> std::io::Result<()> {
    type Call = fn(&mut dyn ByteStream) -> std::io::Result<()>;
    let calls: [(&str, Call); 5] = [
        ("write", |s| s.write_all(&[1; 100])),
        ("write_vectored", |s| s.write_vectored(&[IoSlice::new(&[1; 40]), IoSlice::new(&[2; 60])]).map(drop)),
        ("write_bytes", |s| s.write_bytes(vec![1; 100].into())),
        ("set_len", |s| s.set_len(1100)),
        ("splice", |s| s.splice(500..600, &[1; 200])),
    ];
    for (name, call) in calls {
        let mut vec = VecStream::from(vec![7; 1000]);
        let held = vec.getvalue()?;
        let mut small = SmallStream::<1000>::from(vec![7; 1000]);
        for stream in [&mut vec as &mut dyn ByteStream, &mut small] {
            stream.seek(SeekFrom::Start(1000))?;
            call(stream)?;
            assert_eq!(stream.len(), 1100, "{name}");
        }
        drop(held);
        for capacity in [vec.into_vec().capacity(), small.into_vec().capacity()] {
            assert!((1100..=2200).contains(&capacity), "{name}: memory for {capacity} bytes");
        }
    }
    Ok(())
}

#[test]
fn small_on_the_heap_needs_no_more_memory_to_be_overwritten() -> std::io::Result<()> {
    let mut s = SmallStream::<8>::from(vec![7; 5000]);
    let halves = [IoSlice::new(&[1; 2500]), IoSlice::new(&[2; 2500])];
    assert_eq!(s.write_vectored(&halves)?, 5000);
    assert_eq!(s.into_vec().capacity(), 5000);
    Ok(())
}

#[test]
fn small_stays_inline_when_pieces_fit() -> std::io::Result<()> {
    for (start, lens, inline) in [
        (0, [3, 4], true),
        (14, [25, 25], true),
        (0, [32, 32], true),
        (14, [25, 26], false),
        (0, [64, 1], false),
    ] {
        let mut s = <SmallStream>::from(&vec![7; start][..]);
        s.seek(SeekFrom::Start(start as u64))?;
        let pieces = lens.map(|len| vec![8; len]);
        let written = s.write_vectored(&[IoSlice::new(&pieces[0]), IoSlice::new(&pieces[1])])?;
        assert_eq!((written, s.inline()), (lens[0] + lens[1], inline), "{start} bytes, and {lens:?}");
    }
    Ok(())
}

#[test]
fn small_is_inline_up_to_its_limit_and_not_beyond() -> std::io::Result<()> {
    let mut s = <SmallStream>::new();
    s.write_all(&[7; 64])?;
    assert!(s.inline());
    s.rewind()?;
    s.write_all(&[8; 64])?;
    drop((s.getvalue()?, s.clone()));
    assert!(s.inline(), "overwriting, values and clones need no heap");
    s.write_all(&[9])?;
    assert!(!s.inline());
    assert_eq!(s.as_slice().len(), 65);

    for (size, inline) in [(0, true), (63, true), (64, true), (65, false)] {
        assert_eq!(<SmallStream>::from(vec![7; size]).inline(), inline, "{size} bytes of a vector");
        assert_eq!(<SmallStream>::from(&vec![7; size][..]).inline(), inline, "{size} bytes of a slice");
        assert_eq!(<SmallStream>::from(Bytes::from(vec![7; size])).inline(), inline, "{size} Bytes");
    }
    let mut s = <SmallStream>::from(&[7; 60]);
    s.seek(SeekFrom::Start(63))?;
    s.write_all(b"x")?;
    assert!(s.inline(), "a gap that fits");
    s.splice(0..10, &[6; 10])?;
    assert!(s.inline(), "a splice that fits");
    Ok(())
}

#[test]
fn ropey_shows_its_rope() -> std::io::Result<()> {
    let mut s = RopeyStream::from(b"caf\xe9 \x00\xff");
    s.insert(0, b"le ")?;
    assert_eq!(s.rope().to_string(), "le caf\u{e9} \0\u{ff}");
    assert_eq!(s.rope().len_chars() as u64, s.len());
    Ok(())
}

/// What only looks has what is no text decoded for it, in blocks that are kept until the contents change.
#[test]
fn ropey_decodes_in_blocks_and_anew_after_a_change() -> std::io::Result<()> {
    let mut contents = vec![0xe9; 40_000];
    let mut s = RopeyStream::from(&contents[..]);
    for change in [0..0, 20_000..20_001, 0..39_999] {
        s.splice(change.clone(), b"\xff")?;
        contents.splice(change.start as usize..change.end as usize, *b"\xff");
        for offset in [0, 1, 16_383, 16_384, 16_385, 20_000, 39_999] {
            let rest = contents.get(offset..).unwrap_or_default();
            let shown = s.chunk_at(offset as u64);
            assert!(rest.starts_with(shown), "other bytes at {offset}");
            assert!(shown.len() >= rest.len().min(16_384 - offset % 16_384), "{} at {offset}", shown.len());
        }
        assert_eq!(s.chunk_at(16_390).as_ptr(), s.chunk_at(16_390).as_ptr(), "decoded once");
    }
    Ok(())
}

/// Large pieces go in and come out by reference.
#[test]
fn rope_neither_copies_large_bytes_in_nor_out() -> std::io::Result<()> {
    let piece = Bytes::from(anystream_tests::sample::bytes(1 << 20));
    let mut s = RopeStream::new();
    s.write_all(b"a header")?;
    s.write_bytes(piece.clone())?;
    s.write_all(b"a trailer")?;
    s.seek(SeekFrom::Start(8))?;
    let back = s.read_bytes(piece.len())?;
    assert!(back == piece);
    assert_eq!(back.as_ptr(), piece.as_ptr());
    assert_eq!(s.tell(), 8 + piece.len() as u64);
    Ok(())
}

#[test]
fn rope_takes_a_vector_or_bytes_over() -> std::io::Result<()> {
    let contents = anystream_tests::sample::bytes(1 << 20);
    let memory = contents.as_ptr();
    assert_eq!(RopeStream::from(contents).read_bytes(usize::MAX)?.as_ptr(), memory);
    let contents = Bytes::from(vec![7; 1 << 20]);
    assert_eq!(RopeStream::from(contents.clone()).getvalue()?.as_ptr(), contents.as_ptr());
    Ok(())
}

#[test]
fn rope_clones_share_large_pieces() -> std::io::Result<()> {
    let piece = Bytes::from(vec![7; 1 << 20]);
    let mut s = RopeStream::new();
    s.write_bytes(piece.clone())?;
    let mut clone = s.clone();
    s.rewind()?;
    s.write_all(b"overwritten")?;
    clone.rewind()?;
    assert_eq!(clone.read_bytes(usize::MAX)?.as_ptr(), piece.as_ptr());
    Ok(())
}

/// A hole takes no memory: this machine has no tebibyte.
/// A program that keeps a clone of every state pays for what is around each edit, not for all that was typed.
#[test]
fn rope_copies_little_of_what_was_typed_after_a_clone() -> std::io::Result<()> {
    type Edit = fn(&mut RopeStream, u64) -> std::io::Result<()>;
    let edits: [(&str, Edit); 4] = [
        ("insert", |s, at| s.insert(at, b"typed")),
        ("remove", |s, at| s.remove(at..at + 3)),
        ("overwrite", |s, at| {
            s.seek(SeekFrom::Start(at))?;
            s.write_all(b"over")
        }),
        ("insert at the end", |s, _| s.insert(s.len(), b"typed")),
    ];
    for (name, edit) in edits {
        let mut s = RopeStream::new();
        for n in 0..20_000 {
            s.insert(n, b"x")?;
        }
        let mut kept = vec![s.clone()];
        for n in 0..20 {
            edit(&mut s, 9_000 + n)?;
            let memory = s.memory();
            let copied = memory.live - memory.shared;
            assert!(copied < 2_000, "{name} {n}: {copied} bytes are this stream's own");
            kept.push(s.clone());
        }
        assert!(kept.iter().all(|clone| clone.len() >= 19_900));
    }
    Ok(())
}

#[test]
fn rope_holds_a_byte_at_a_tebibyte() -> std::io::Result<()> {
    const TIB: u64 = 1 << 40;
    let mut s = RopeStream::from(b"hello");
    s.seek(SeekFrom::Start(TIB))?;
    s.write_all(b"x")?;
    assert_eq!((s.tell(), s.len()), (TIB + 1, TIB + 1));
    for (offset, expected) in [(3, *b"lo\0\0"), (TIB / 2, [0; 4]), (TIB - 3, *b"\0\0\0x"), (5, [0; 4])] {
        let mut found = [1; 4];
        s.seek(SeekFrom::Start(offset))?;
        s.read_exact(&mut found)?;
        assert_eq!(found, expected, "at {offset}");
        assert_eq!(s.read_at(offset, &mut found)?, 4);
        assert_eq!(found, expected, "at {offset}");
    }
    let mut clone = s.clone();
    s.seek(SeekFrom::Start(TIB / 2))?;
    s.write_all(b"in the hole")?;
    s.remove(TIB / 4..TIB / 2)?;
    s.seek(SeekFrom::Start(TIB / 4))?;
    assert_eq!(&s.read_bytes(11)?[..], b"in the hole");
    s.set_len(3)?;
    assert_eq!(&s.getvalue()?[..], b"hel");
    clone.seek(SeekFrom::End(-2))?;
    assert_eq!(&clone.read_bytes(9)?[..], b"\0x");
    Ok(())
}

#[test]
fn rope_set_len_far_out_is_a_hole() -> std::io::Result<()> {
    let mut s = RopeStream::new();
    s.set_len(1 << 50)?;
    s.seek(SeekFrom::End(-3))?;
    assert_eq!(&s.read_bytes(100)?[..], [0; 3]);
    s.truncate(2)?;
    assert_eq!(&s.getvalue()?[..], [0; 2]);
    Ok(())
}
