//! A sound whose header is patched when its length is known: seek back, overwrite, go on at the end.
//!
//! `cargo run -p anystream-examples --example wav [BACKEND]`

use std::error::Error;
use std::io;

use anystream::ByteStream;
use anystream::prelude::*;

const RATE: u32 = 8000;

/// A header of 44 bytes with lengths of zero, the samples, and then the lengths.
pub fn write_wav<S: ByteStream>(to: &mut S, samples: impl Iterator<Item = i16>) -> io::Result<()> {
    to.write_all(b"RIFF\0\0\0\0WAVEfmt ")?;
    to.write_all(&16_u32.to_le_bytes())?; // the length of what follows here
    to.write_all(&1_u16.to_le_bytes())?; // samples are integers,
    to.write_all(&1_u16.to_le_bytes())?; // of one channel
    to.write_all(&RATE.to_le_bytes())?;
    to.write_all(&(RATE * 2).to_le_bytes())?;
    to.write_all(&2_u16.to_le_bytes())?;
    to.write_all(&16_u16.to_le_bytes())?; // bits
    to.write_all(b"data\0\0\0\0")?;
    for sample in samples {
        to.write_all(&sample.to_le_bytes())?;
    }
    let end = to.tell();
    let too_long = |_| io::Error::new(io::ErrorKind::FileTooLarge, "a WAV file ends before 4 GiB");
    let lengths = [(4, end - 8), (40, end - 44)];
    for (at, length) in lengths {
        let length = u32::try_from(length).map_err(too_long)?;
        to.seek(SeekFrom::Start(at))?;
        to.write_all(&length.to_le_bytes())?;
    }
    to.seek(SeekFrom::Start(end))?; // where who writes more expects to be
    Ok(())
}

/// A second of a tone of 440 Hz.
pub fn tone() -> impl Iterator<Item = i16> {
    (0..RATE)
        .map(|i| ((f64::from(i) * 440.0 * std::f64::consts::TAU / f64::from(RATE)).sin() * 8000.0) as i16)
}

fn main() -> Result<(), Box<dyn Error>> {
    for backend in anystream_examples::backends()? {
        let mut stream = backend.stream();
        write_wav(&mut stream, tone())?;
        // Read by a crate that knows nothing of streams.
        let wav = hound::WavReader::new(stream.reader_at(0))?;
        println!("{backend}: {} bytes, {} samples, position {}", stream.len(), wav.duration(), stream.tell());
    }
    Ok(())
}
