//! A stream in place of `BytesMut` in a small tokio codec: frames of a length and as many bytes, over a real socket.
//!
//! `cargo run -p anystream-examples --example codec [BACKEND]`
//!
//! What a `BytesMut` does with `put`, `split_to` and `reserve`, a stream does by its position: bytes arrive at the end, frames are read
//! at the position, and what was read is removed in front. A frame is a `Bytes`, shared with the stream where the
//! storage can.

use std::error::Error;
use std::io::{self, ErrorKind};

use anystream::prelude::{ByteStream, Seek, SeekFrom, Write};
use anystream::{AnyStream, Backend, Bytes, Limited};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// No frame may be longer, whatever its header says.
pub const LONGEST: u32 = 1 << 20;

/// The frames that come from a socket.
pub struct Frames<R> {
    from: R,
    /// What has come and was not yet given out, from the position on.
    buffer: Limited<AnyStream>,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    /// Those that `from` sends, in a buffer on that backend.
    pub fn new(from: R, backend: Backend) -> Self {
        Frames { from, buffer: Limited::new(backend.stream(), 2 * u64::from(LONGEST)) }
    }

    /// The next frame, or `None` at the end.
    ///
    /// # Errors
    /// `InvalidData` for a frame that is too long, `UnexpectedEof` for one that is cut, and those of the socket.
    pub async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(frame) = self.complete()? {
                return Ok(Some(frame));
            }
            let mut piece = [0; 4096];
            let n = self.from.read(&mut piece).await?;
            if n == 0 {
                let left = self.buffer.len() - self.buffer.tell();
                return if left == 0 { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
            }
            self.append(&piece[..n])?;
        }
    }

    /// A frame that has come whole.
    fn complete(&mut self) -> io::Result<Option<Bytes>> {
        let start = self.buffer.tell();
        let mut header = [0; 4];
        if self.buffer.read_at(start, &mut header)? < header.len() {
            return Ok(None);
        }
        let length = u32::from_be_bytes(header);
        if length > LONGEST {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                format!("a frame of {length} bytes is too long"),
            ));
        }
        if self.buffer.len() - start < 4 + u64::from(length) {
            return Ok(None);
        }
        self.buffer.seek(SeekFrom::Start(start + 4))?;
        self.buffer.read_bytes(length as usize).map(Some)
    }

    /// Puts what came at the end, in place of what was given out already.
    fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        self.buffer.remove(0..self.buffer.tell())?; // the position stays (law E1),
        self.buffer.seek(SeekFrom::End(0))?; // so it has to be set
        Write::write_all(&mut self.buffer, piece)?; // tokio has a `write_all` too
        self.buffer.rewind()
    }
}

/// Sends one frame. A stream is `AsyncRead` itself (feature `tokio`), so its contents can be sent as they lie.
pub async fn send<W: AsyncWrite + Unpin>(to: &mut W, frame: &mut AnyStream) -> io::Result<()> {
    let length = u32::try_from(frame.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or(ErrorKind::InvalidInput)?;
    to.write_all(&length.to_be_bytes()).await?;
    Seek::rewind(frame)?;
    tokio::io::copy(frame, to).await?;
    Ok(())
}

/// Sends frames of these lengths through a socket and returns those that arrive.
pub async fn through_a_socket(backend: Backend, lengths: &[usize]) -> io::Result<Vec<Bytes>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let sending = async {
        let mut socket = TcpStream::connect(address).await?;
        for (number, &length) in lengths.iter().enumerate() {
            let mut frame = backend.stream_from(vec![number as u8; length].into());
            send(&mut socket, &mut frame).await?;
        }
        socket.shutdown().await
    };
    let receiving = async {
        let (socket, _) = listener.accept().await?;
        let mut frames = Frames::new(socket, backend);
        let mut all = Vec::new();
        while let Some(frame) = frames.next().await? {
            all.push(frame);
        }
        Ok(all)
    };
    let (sent, received) = tokio::join!(sending, receiving);
    sent?;
    received
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for backend in anystream_examples::backends()? {
        let frames = through_a_socket(backend, &[0, 5, 100_000]).await?;
        println!("{backend}: frames of {:?} bytes", frames.iter().map(Bytes::len).collect::<Vec<_>>());
    }
    Ok(())
}
