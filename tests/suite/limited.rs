//! `Limited`: whatever would grow the contents past the limit is refused, and nothing has changed.

use std::fmt::Debug;
use std::io::{ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;

use anystream::{AnyStream, Backend, ByteStream, Bytes, Fault, Limited, RopeStream, SmallStream, VecStream};
use anystream_tests::random::Random;
use anystream_tests::{Candidate, CloneStream, candidate, sample};
use anystream_workload::{Expected, Model, Scratch};
use rstest::rstest;

/// Streams of type `S` with a limit, for the whole suite.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LimitedTo<S> {
    limit: u64,
    stream: PhantomData<fn() -> S>,
}

impl<S> LimitedTo<S> {
    pub(crate) const fn new(limit: u64) -> Self {
        LimitedTo { limit, stream: PhantomData }
    }
}

impl<S> Candidate for LimitedTo<S>
where
    S: ByteStream + Clone + Debug + Send + Sync + Default + From<Vec<u8>> + From<Bytes> + 'static,
    S: for<'a> From<&'a [u8]>,
{
    fn empty(&self) -> Box<dyn CloneStream> {
        Box::new(Limited::new(S::default(), self.limit))
    }
    fn with_vec(&self, contents: Vec<u8>) -> Box<dyn CloneStream> {
        Box::new(Limited::new(S::from(contents), self.limit))
    }
    fn with_slice(&self, contents: &[u8]) -> Box<dyn CloneStream> {
        Box::new(Limited::new(S::from(contents), self.limit))
    }
    fn with_bytes(&self, contents: Bytes) -> Box<dyn CloneStream> {
        Box::new(Limited::new(S::from(contents), self.limit))
    }
}

/// What must hold after a call that was refused.
fn assert_unchanged(s: &dyn CloneStream, position: u64, contents: &[u8], what: &str) {
    assert_eq!((s.tell(), s.len()), (position, contents.len() as u64), "{what}");
    let mut found = vec![0; contents.len()];
    assert_eq!(s.read_at(0, &mut found).expect("the contents"), contents.len(), "{what}");
    assert!(found == contents, "{what}: the contents changed");
}

/// Random calls with extreme arguments, compared with the model: what makes it longer than the limit, and
/// longer than it was, must be refused; nothing else may be.
#[rstest]
fn random_calls_grow_to_the_limit_and_no_further(
    #[values(
        &candidate::<VecStream>() as &dyn Candidate,
        &candidate::<RopeStream>(),
        &candidate::<SmallStream<64>>(),
        &candidate::<AnyStream>(),
    )]
    of: &dyn Candidate,
    #[values(0, 1, 700, 5000, 12_000)] limit: u64,
    #[values(1, 2, 3)] seed: u64,
) {
    let contents = sample::bytes(5000);
    let mut model = Model::new(&contents);
    let mut stream = Limited::new(of.with_vec(contents), limit);
    let (mut random, mut scratch, mut refused) = (Random::new(seed), Scratch::default(), 0);
    for step in 0..1500 {
        let op = random.op(model.contents().len());
        let before = model.clone();
        let expected = model.apply(&op);
        let grows = model.length() > before.length() && model.length() > limit;
        let what = format!("limit {limit}, step {step}: {op}");
        let answer = op.perform(&mut stream, &mut scratch);
        if grows || expected == Expected::BeyondTheModel {
            let kind = answer.err().map(|error| error.kind());
            assert_eq!(kind, Some(ErrorKind::QuotaExceeded), "{what}");
            model = before;
            refused += 1;
        } else if let Expected::Error(kind) = expected {
            assert_eq!(answer.err().map(|error| error.kind()), Some(kind), "{what}");
        } else {
            assert!(answer.is_ok(), "{what}: {answer:?}");
        }
        assert_eq!((stream.tell(), stream.len()), (model.position(), model.length()), "{what}");
        assert!(stream.getvalue().expect("the contents") == model.contents(), "{what}");
    }
    assert!(refused > 10, "only {refused} calls would have gone past the limit: they show too little");
}

/// The last byte that fits, and the first that does not, for each call that can grow a stream.
#[rstest]
fn each_call_that_grows_stops_at_the_limit(
    #[values(
        LimitedTo::<VecStream>::new(10).with_slice(b"hello"),
        LimitedTo::<RopeStream>::new(10).with_slice(b"hello"),
        LimitedTo::<AnyStream>::new(10).with_slice(b"hello"),
    )]
    stream: Box<dyn CloneStream>,
) {
    let text = |n: usize| "x".repeat(n);
    type Call<'a> = (&'a str, u64, Box<dyn Fn(&mut dyn CloneStream, usize) -> std::io::Result<()> + 'a>);
    let calls: [Call<'_>; 11] = [
        ("write", 4, Box::new(|s, n| s.write(&vec![1; n + 1]).map(drop))),
        ("write_all", 5, Box::new(|s, n| s.write_all(&vec![1; n]))),
        ("write_all behind a gap", 8, Box::new(|s, n| s.write_all(&vec![1; n - 3]))),
        (
            "write_vectored",
            4,
            Box::new(|s, n| {
                let (a, b) = (vec![1; n], [2]);
                s.write_vectored(&[IoSlice::new(&a), IoSlice::new(&[]), IoSlice::new(&b)]).map(drop)
            }),
        ),
        (
            "write_vectored of one",
            5,
            Box::new(|s, n| s.write_vectored(&[IoSlice::new(&vec![1; n])]).map(drop)),
        ),
        ("write_fmt", 5, Box::new(|s, n| write!(s, "{}", text(n)))),
        ("write_bytes", 5, Box::new(|s, n| s.write_bytes(vec![1; n].into()))),
        ("set_len", 99, Box::new(|s, n| s.set_len(n as u64 + 5))),
        ("splice", 99, Box::new(|s, n| s.splice(1..3, &vec![1; n + 2]))),
        ("insert", 99, Box::new(|s, n| s.insert(5, &vec![1; n]))),
        ("insert at the start", 99, Box::new(|s, n| s.insert(0, &vec![1; n]))),
    ];
    for (name, position, call) in calls {
        let mut s = stream.clone_boxed();
        s.seek(SeekFrom::Start(position)).expect("any position is one");
        for too_much in [6, 7, 100_000] {
            let error = call(&mut *s, too_much).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::QuotaExceeded, "{name}");
            let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
            let Some(Fault::OverLimit { len: 5, limit: 10, wanted, .. }) = fault else {
                panic!("{name}: {fault:?}")
            };
            assert_eq!(*wanted, too_much as u64 + 5, "{name}");
            let message = error.to_string();
            assert!(message.contains("of 5:") && message.contains("limit of 10"), "{name}: {message}");
            assert_unchanged(&*s, position, b"hello", name);
        }
        call(&mut *s, 5).expect(name);
        assert_eq!(s.len(), 10, "{name}");
    }
}

#[test]
fn contents_longer_than_the_limit_stay_but_do_not_grow() {
    let mut s = Limited::new(RopeStream::from(b"hello world"), 4);
    let over = |result: std::io::Result<()>| {
        assert_eq!(result.expect_err("past the limit").kind(), ErrorKind::QuotaExceeded);
    };
    s.write_all(b"HELLO").expect("an overwrite makes nothing longer");
    s.splice(0..5, b"howdy").expect("nor does a splice of as many bytes");
    s.splice(0..5, b"bye").expect("or fewer");
    s.set_len(9).expect("no change");
    over(s.insert(0, b"x"));
    over(s.set_len(10));
    s.seek(SeekFrom::End(-1)).expect("within the contents");
    over(s.write_all(b"xy"));
    s.write_all(b"").expect("an empty write changes nothing (law W3)");
    s.seek(SeekFrom::Start(1 << 40)).expect("any position is one");
    s.write_all(b"").expect("an empty write changes nothing (law W3)");
    assert_eq!(s.getvalue().expect("the contents"), "bye world");
    s.truncate(3).expect("shorter is always allowed");
    s.insert(3, b"!").expect("up to the limit");
    over(s.insert(3, b"!"));
    s.set_limit(6);
    s.insert(4, b"!!").expect("up to the new limit");
    s.rewind().expect("it cannot fail");
    let mut text = String::new();
    s.read_to_string(&mut text).expect("text");
    assert_eq!((text.as_str(), s.limit(), s.inner().len()), ("bye!!!", 6, 6));
    assert_eq!(s.into_inner().getvalue().expect("the contents"), "bye!!!");
}

/// Wrong for two reasons: the other one is reported, as by a stream without a limit.
#[rstest]
fn other_faults_come_first(#[values(0, 5, u64::MAX - 1)] limit: u64) {
    let mut s = Limited::new(Backend::Rope.stream_from("hello".into()), limit);
    s.seek(SeekFrom::Start(u64::MAX - 1)).expect("any position is one");
    assert_eq!(s.write_all(b"two").expect_err("past u64::MAX").kind(), ErrorKind::FileTooLarge);
    assert_eq!(s.write_bytes("two".into()).expect_err("past u64::MAX").kind(), ErrorKind::FileTooLarge);
    assert_eq!(write!(s, "two{limit}").expect_err("past u64::MAX").kind(), ErrorKind::FileTooLarge);
    for (start, end) in [(6, 6), (0, 6), (3, 2), (u64::MAX, u64::MAX), (u64::MAX, 0)] {
        let error = s.splice(start..end, &[7; 100]).expect_err("no range within the contents");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(s.insert(6, b"x").expect_err("past the end").kind(), ErrorKind::InvalidInput);
    assert_eq!((s.tell(), s.len()), (u64::MAX - 1, 5));
}

/// A `Display` that fails has written nothing, and a limit does not call it twice.
#[test]
fn what_is_formatted_is_formatted_once() {
    struct Counting(std::cell::Cell<usize>);
    impl std::fmt::Display for Counting {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.set(self.0.get() + 1);
            write!(f, "{}", self.0.get())
        }
    }
    let mut s = Limited::new(VecStream::new(), 4);
    write!(s, "<{}>", Counting(0.into())).expect("three bytes");
    assert_eq!(s.inner().as_slice(), b"<1>");
}
