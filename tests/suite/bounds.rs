//! What the types promise to those who hold them, checked when this compiles.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::io::ErrorKind;
use std::str::FromStr;

use anystream::{AnyStream, Backend, ByteStream, Bytes, RopeStream, RopeyStream, SmallStream, VecStream};
use rstest::rstest;

trait Promised:
    ByteStream
    + Default
    + Clone
    + Debug
    + From<Vec<u8>>
    + From<Bytes>
    + for<'a> From<&'a [u8]>
    + for<'a> From<&'a [u8; 5]>
    + Send
    + Sync
    + 'static
{
}
impl Promised for VecStream {}
impl Promised for SmallStream {}
impl Promised for SmallStream<0> {}
impl Promised for SmallStream<1000> {}
impl Promised for RopeStream {}
impl Promised for RopeyStream {}
impl Promised for AnyStream {}

const fn is_a_name<N: Copy + Eq + Hash + Debug + Display + FromStr + Send + Sync + 'static>() {}
const _: () = is_a_name::<Backend>();

#[rstest]
#[case::vec(VecStream::new())]
#[case::small(<SmallStream>::new())]
#[case::rope(RopeStream::new())]
#[case::ropey(RopeyStream::new())]
#[case::any(AnyStream::new())]
fn debug_stays_short(#[case] mut stream: impl Promised) {
    stream.write_all(&[7; 100_000]).expect("a small write");
    assert!(stream.is_object_safe());
    let shown = format!("{stream:?}");
    assert!(shown.len() < 100 && shown.contains("100000"), "{shown}");
}

#[rstest]
#[case::vec(VecStream::from(b"hello"))]
#[case::small(<SmallStream>::from(b"hello"))]
#[case::rope(RopeStream::from(b"hello"))]
#[case::ropey(RopeyStream::from(b"hello"))]
#[case::any(AnyStream::from(b"hello"))]
fn n2_a_stream_made_of_an_array_holds_it(#[case] mut stream: impl Promised) {
    assert_eq!(stream.tell(), 0);
    assert_eq!(stream.getvalue().expect("a few bytes"), "hello");
}

/// W6: what no storage of the kind could address is too large; what this machine has no memory for is another thing.
#[rstest]
#[case::vec(VecStream::from(b"hello"), 1 << 63)]
#[case::small(<SmallStream>::from(b"hello"), 1 << 63)]
#[case::ropey(RopeyStream::from(b"hello"), 1 << 62)] // a byte may take two
#[case::any(AnyStream::from(b"hello"), 1 << 63)]
fn w6_the_kind_says_whether_it_is_too_long_or_memory_is_short(
    #[case] mut stream: impl Promised,
    #[case] too_long: u64,
) {
    assert_eq!(stream.set_len(too_long).expect_err("too long").kind(), ErrorKind::FileTooLarge);
    assert_eq!(stream.set_len(too_long - 1).expect_err("no memory").kind(), ErrorKind::OutOfMemory);
    assert_eq!(stream.getvalue().expect("a few bytes"), "hello");
}

trait ObjectSafe {
    fn is_object_safe(&mut self) -> bool;
}

impl<S: ByteStream> ObjectSafe for S {
    fn is_object_safe(&mut self) -> bool {
        let as_object: &mut dyn ByteStream = self;
        as_object.len() == self.len()
    }
}

#[test]
fn backends_have_the_names_of_the_contract() {
    let names: Vec<_> = Backend::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["vec", "rope", "small", "ropey"]);
    for &backend in Backend::ALL {
        assert_eq!(backend.name().parse(), Ok(backend));
        assert_eq!(backend.stream().backend(), backend);
        assert_eq!((backend.stream().tell(), backend.stream().len()), (0, 0));
        assert_eq!(format!("[{backend:>6}]").len(), 8, "Display pads, for tables");
    }
    let distinct: std::collections::HashSet<_> = Backend::ALL.iter().collect();
    assert_eq!(distinct.len(), Backend::ALL.len());
}

#[rstest]
fn an_unknown_backend_is_told_the_names(#[values("", "Vec", " vec", "cord", "naïve")] name: &str) {
    let message = name.parse::<Backend>().expect_err("no such backend").to_string();
    assert!(message.contains(&format!("`{name}`")), "{message}");
    assert!(Backend::ALL.iter().all(|backend| message.contains(backend.name())), "{message}");
}
