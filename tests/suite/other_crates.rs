//! Crates that nobody here wrote do their work on every backend, with the same bytes as on `Cursor`.

use std::io::{Cursor, Read, Result, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::matrix::on_every_backend;

fn on_cursor<E: std::fmt::Debug>(
    work: impl FnOnce(&mut Cursor<Vec<u8>>) -> std::result::Result<(), E>,
) -> Vec<u8> {
    let mut cursor = Cursor::new(Vec::new());
    work(&mut cursor).expect("it works on a cursor");
    cursor.into_inner()
}

/// Two files, one deflated, so that sizes and sums are patched into the headers by seeking back.
fn write_zip<S: Write + Seek>(stream: S) -> zip::result::ZipResult<()> {
    let mut archive = ZipWriter::new(stream);
    let options = SimpleFileOptions::default().last_modified_time(DateTime::DEFAULT);
    archive.start_file("stored.bin", options.compression_method(CompressionMethod::Stored))?;
    archive.write_all(&anystream_tests::sample::bytes(20_000))?;
    archive.start_file("folder/deflated.txt", options.compression_method(CompressionMethod::Deflated))?;
    for line in 0..2000 {
        writeln!(archive, "line {line}")?;
    }
    archive.finish()?;
    Ok(())
}

on_every_backend! {
    fn zip_writes_and_reads_an_archive(candidate) {
        let mut s = candidate.empty();
        write_zip(&mut s).expect("it writes");
        let expected = on_cursor(|cursor| write_zip(cursor));
        assert!(s.getvalue().expect("the contents") == expected);

        let mut archive = ZipArchive::new(&mut s).expect("it is an archive");
        let mut stored = Vec::new();
        archive.by_name("stored.bin").expect("the file").read_to_end(&mut stored).expect("its bytes");
        assert!(stored == anystream_tests::sample::bytes(20_000));
        let mut text = String::new();
        archive.by_name("folder/deflated.txt").expect("the file").read_to_string(&mut text).expect("its text");
        assert_eq!(text.lines().count(), 2000);
    }
}

/// The header is written with lengths of 0 and patched at the end.
fn write_wav<S: Write + Seek>(stream: S) -> hound::Result<()> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::new(stream, spec)?;
    for i in 0..6000_i16 {
        wav.write_sample(i.wrapping_mul(77))?;
    }
    wav.finalize()
}

on_every_backend! {
    fn hound_writes_and_reads_a_sound(candidate) {
        let mut s = candidate.empty();
        write_wav(&mut s).expect("it writes");
        let expected = on_cursor(|cursor| write_wav(cursor));
        assert!(s.getvalue().expect("the contents") == expected);

        s.rewind().expect("it cannot fail");
        let samples: hound::Result<Vec<i16>> = hound::WavReader::new(&mut s).expect("it is a sound").samples().collect();
        assert!(samples.expect("its samples").into_iter().eq((0..6000_i16).map(|i| i.wrapping_mul(77))));
    }
}

fn write_json<S: Write>(stream: S) -> Result<()> {
    let numbers: Vec<_> =
        (0..500).map(|i| serde_json::json!({ "i": i, "text": format!("\u{e9}{i}\n") })).collect();
    Ok(serde_json::to_writer_pretty(stream, &numbers)?)
}

on_every_backend! {
    fn serde_json_writes_and_reads_values(candidate) {
        let mut s = candidate.empty();
        write_json(&mut s).expect("it writes");
        let expected = on_cursor(|cursor| write_json(cursor));
        assert!(s.getvalue().expect("the contents") == expected);

        s.rewind().expect("it cannot fail");
        let read: serde_json::Value = serde_json::from_reader(&mut s).expect("it is JSON");
        assert_eq!(read[499]["text"], "\u{e9}499\n");
        assert_eq!(s.tell(), s.len());
    }
}
