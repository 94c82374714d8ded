//! A server that buffers what strangers send, within a limit, and answers: a real one, on a loopback socket.
//!
//! `cargo run -p anystream-examples --example upload [BACKEND]`
//!
//! Without a limit, whoever goes on sending takes all of the memory. `Limited` refuses the write that would pass it, as
//! `QuotaExceeded`, and the server answers instead of falling over.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anystream::prelude::*;
use anystream::{AnyStream, Backend, Limited};

const LONGEST_HEAD: u64 = 8 * 1024;
const LONGEST_BODY: u64 = 64 * 1024;

/// What is answered: a status line's number and words, and a body.
pub type Answer = (&'static str, String);

/// Reads one request from the socket and says what to answer.
pub fn answer(mut socket: impl Read, backend: Backend) -> io::Result<Answer> {
    let mut head = Limited::new(backend.stream(), LONGEST_HEAD);
    let (body_at, length) = loop {
        let mut piece = [0; 1024];
        let n = socket.read(&mut piece)?;
        if n == 0 {
            return Ok(("400 Bad Request", "the request ended within its head\n".into()));
        }
        if let Err(error) = head.write_all(&piece[..n]) {
            return too_long(error, "431 Request Header Fields Too Large");
        }
        // In one piece, without a copy where the storage can, wherever the position is.
        let so_far = head.getvalue()?;
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(&so_far) {
            Ok(httparse::Status::Partial) => {}
            Ok(httparse::Status::Complete(end)) => match length_of(&request) {
                Ok(length) => break (end as u64, length),
                Err(refusal) => return Ok(refusal),
            },
            Err(error) => return Ok(("400 Bad Request", format!("{error}\n"))),
        }
    };

    let mut body = Limited::new(backend.stream(), LONGEST_BODY);
    head.seek(SeekFrom::Start(body_at))?;
    head.copy_to(&mut body)?; // what came together with the head
    let missing = length.saturating_sub(body.len());
    match io::copy(&mut socket.take(missing), &mut body) {
        Ok(copied) if copied < missing => {
            Ok(("400 Bad Request", "the body is shorter than was said\n".into()))
        }
        Ok(_) => Ok(("200 OK", summary(body.into_inner())?)),
        Err(error) => too_long(error, "413 Content Too Large"),
    }
}

/// How long the body will be.
fn length_of(request: &httparse::Request<'_, '_>) -> Result<u64, Answer> {
    let field = |name: &str| request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    if field("Transfer-Encoding").is_some() {
        return Err(("501 Not Implemented", "send a Content-Length, not chunks\n".into()));
    }
    let Some(field) = field("Content-Length") else {
        return Err(("411 Length Required", "send a Content-Length\n".into()));
    };
    let text = std::str::from_utf8(field.value).ok();
    let length = text.and_then(|text| text.trim().parse::<u64>().ok());
    length.ok_or(("400 Bad Request", "the Content-Length is no number\n".into()))
}

fn too_long(error: io::Error, status: &'static str) -> io::Result<Answer> {
    match error.kind() {
        ErrorKind::QuotaExceeded => Ok((status, format!("{error}\n"))),
        _ => Err(error), // the connection broke, or there is no memory
    }
}

/// What the service does with a body: it counts lines.
fn summary(mut body: AnyStream) -> io::Result<String> {
    body.rewind()?;
    let mut lines = 0;
    while body.skip_until(b'\n')? > 0 {
        lines += 1;
    }
    Ok(format!("{} bytes, {lines} lines\n", body.len()))
}

/// Serves `requests` connections, one after the other.
pub fn serve(listener: &TcpListener, backend: Backend, requests: usize) -> io::Result<()> {
    for _ in 0..requests {
        let (mut socket, _) = listener.accept()?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        let (status, text) = answer(&socket, backend)?;
        let length = text.len();
        write!(socket, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")?;
        // What is still on its way would otherwise reset the connection before the answer is read.
        socket.shutdown(std::net::Shutdown::Write)?;
        io::copy(&mut socket.take(1 << 20), &mut io::sink())?;
    }
    Ok(())
}

/// What a client sees that sends these bytes.
pub fn ask(server: SocketAddr, request: &[u8]) -> io::Result<String> {
    let mut socket = TcpStream::connect(server)?;
    socket.write_all(request)?;
    socket.shutdown(std::net::Shutdown::Write)?;
    io::read_to_string(socket)
}

/// A request with a body of that many bytes, a line each hundred.
pub fn post(length: usize) -> Vec<u8> {
    let mut request =
        format!("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    request.extend((1..=length).map(|i| if i % 100 == 0 { b'\n' } else { b'x' }));
    request
}

fn main() -> Result<(), Box<dyn Error>> {
    for backend in anystream_examples::backends()? {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let requests = [post(1000), post(LONGEST_BODY as usize), post(LONGEST_BODY as usize + 1)];
        let count = requests.len();
        let server = thread::spawn(move || serve(&listener, backend, count));
        for request in requests {
            let response = ask(address, &request)?;
            let (status, text) = (response.lines().next(), response.lines().last());
            println!("{backend}: {} -> {}", status.unwrap_or_default(), text.unwrap_or_default());
        }
        server.join().map_err(|_| "the server panicked")??;
    }
    Ok(())
}
