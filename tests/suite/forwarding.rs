//! Wrappers pass every method on: not one provided version sneaks in.

use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::rc::Rc;

use anystream::{ByteStream, Bytes, Limited, VecStream, forward_stream};

/// Notes the name of each method that is called on it.
struct Recorder {
    calls: Rc<RefCell<Vec<String>>>,
    stream: VecStream,
}

macro_rules! record {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Recorder { calls, stream: $stream } => {
                calls.borrow_mut().push(method(stringify!($call)));
                $call
            }
        }
    };
}

forward_stream!(impl for Recorder, record);

/// `Read::read` of `anystream_core::reexports::std::io::Read::read(stream, buf)`.
fn method(call: &str) -> String {
    let path: String = call.split('(').next().unwrap_or_default().split_whitespace().collect();
    let names: Vec<_> = path.rsplit("::").take(2).collect();
    format!("{}::{}", names[1], names[0])
}

/// A wrapper made by `forward_stream!`, around any other stream.
struct Wrapper<'a>(Box<dyn ByteStream + 'a>);

macro_rules! inside {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Wrapper($stream) => $call,
        }
    };
}

forward_stream!(impl for Wrapper<'_>, inside);

/// Every method of the five traits that can be called on any stream, and its name.
#[allow(clippy::unused_io_amount)] // that it was called is all that matters
fn call_each_method<S: ByteStream + ?Sized>(s: &mut S) -> std::io::Result<Vec<&'static str>> {
    let (mut bytes, mut text) = (Vec::new(), String::new());
    s.read(&mut [0; 1])?;
    s.read_vectored(&mut [IoSliceMut::new(&mut [0; 1])])?;
    s.read_to_end(&mut bytes)?;
    s.read_to_string(&mut text)?;
    s.read_exact(&mut [])?;
    s.fill_buf()?;
    s.consume(0);
    s.read_until(b'x', &mut bytes)?;
    s.skip_until(b'x')?;
    s.read_line(&mut text)?;
    s.write(b"x")?;
    s.write_all(b"x")?;
    s.write_vectored(&[IoSlice::new(b"x")])?;
    s.write_fmt(format_args!("{}", 1))?;
    s.flush()?;
    s.seek(SeekFrom::Start(0))?;
    s.rewind()?;
    s.stream_position()?;
    s.seek_relative(1)?;
    s.tell();
    s.len();
    s.is_empty();
    s.getvalue()?;
    s.read_at(0, &mut [0; 1])?;
    s.read_bytes(1)?;
    s.write_bytes(Bytes::from_static(b"x"))?;
    s.truncate(2)?;
    s.set_len(2)?;
    s.splice(0..1, b"x")?;
    s.insert(0, b"x")?;
    s.remove(0..1)?;
    Ok(vec![
        "Read::read",
        "Read::read_vectored",
        "Read::read_to_end",
        "Read::read_to_string",
        "Read::read_exact",
        "BufRead::fill_buf",
        "BufRead::consume",
        "BufRead::read_until",
        "BufRead::skip_until",
        "BufRead::read_line",
        "Write::write",
        "Write::write_all",
        "Write::write_vectored",
        "Write::write_fmt",
        "Write::flush",
        "Seek::seek",
        "Seek::rewind",
        "Seek::stream_position",
        "Seek::seek_relative",
        "ByteStream::tell",
        "ByteStream::len",
        "ByteStream::is_empty",
        "ByteStream::getvalue",
        "ByteStream::read_at",
        "ByteStream::read_bytes",
        "ByteStream::write_bytes",
        "ByteStream::truncate",
        "ByteStream::set_len",
        "ByteStream::splice",
        "ByteStream::insert",
        "ByteStream::remove",
    ])
}

/// Runs the calls through a wrapper and compares them with what arrived at the recorder.
fn check(call: impl FnOnce(Recorder) -> std::io::Result<Vec<&'static str>>) {
    let calls = Rc::new(RefCell::new(Vec::new()));
    let stream = VecStream::from(b"some contents");
    let expected = call(Recorder { calls: Rc::clone(&calls), stream }).expect("none of the calls fails");
    assert_eq!(*calls.borrow(), expected);
}

#[test]
fn the_stream_itself() {
    check(|mut s| call_each_method(&mut s));
}

#[test]
fn a_reference() {
    check(|mut s| call_each_method::<&mut Recorder>(&mut &mut s));
}

#[test]
fn a_reference_to_a_trait_object() {
    check(|mut s| call_each_method::<&mut dyn ByteStream>(&mut (&mut s as &mut dyn ByteStream)));
}

#[test]
fn a_box() {
    check(|s| call_each_method::<Box<Recorder>>(&mut Box::new(s)));
}

#[test]
fn a_boxed_trait_object() {
    check(|s| call_each_method::<Box<dyn ByteStream>>(&mut (Box::new(s) as Box<dyn ByteStream>)));
}

#[test]
fn a_trait_object() {
    check(|mut s| call_each_method::<dyn ByteStream>(&mut s));
}

#[test]
fn a_forwarding_wrapper() {
    check(|s| call_each_method::<Wrapper<'_>>(&mut Wrapper(Box::new(s))));
}

#[test]
fn a_box_of_a_reference_to_a_box() {
    check(|s| {
        let mut inner: Box<dyn ByteStream> = Box::new(s);
        call_each_method::<Box<&mut dyn ByteStream>>(&mut Box::new(&mut inner))
    });
}

/// What a limit asks before it passes a call on are questions about the position and the length.
#[test]
fn a_limit() {
    let questions = |name: &&str| !matches!(*name, "ByteStream::tell" | "ByteStream::len");
    let calls = Rc::new(RefCell::new(Vec::new()));
    let stream = VecStream::from(b"some contents");
    let mut limited = Limited::new(Recorder { calls: Rc::clone(&calls), stream }, 100);
    let mut expected = call_each_method(&mut limited).expect("none of the calls fails");
    // The text is formatted before it is known how long it is.
    let formatted = expected.iter_mut().find(|name| **name == "Write::write_fmt").expect("it was called");
    *formatted = "Write::write_all";
    let calls = calls.borrow();
    let arrived: Vec<&str> = calls.iter().map(String::as_str).filter(questions).collect();
    assert_eq!(arrived, expected.into_iter().filter(questions).collect::<Vec<_>>());
}
