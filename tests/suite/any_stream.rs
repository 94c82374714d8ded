//! `AnyStream::convert`: another storage, the same stream.

use std::io::{Read, Seek, SeekFrom, Write};

use anystream::{AnyStream, Backend, ByteStream, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_tests::{random::Random, sample};
use anystream_workload::{Expected, Model, Scratch};
use rstest::rstest;

#[rstest]
fn convert_keeps_contents_and_position(
    #[values(Backend::Vec, Backend::Rope, Backend::Small, Backend::Ropey)] from: Backend,
    #[values(Backend::Vec, Backend::Rope, Backend::Small, Backend::Ropey)] to: Backend,
) {
    for &size in sample::SIZES {
        let contents = sample::bytes(size);
        for position in sample::positions(size).into_iter().chain([1 << 63, u64::MAX]) {
            let mut s = from.stream_from(contents.clone().into());
            s.seek(SeekFrom::Start(position)).expect("any position is one");
            let held = s.getvalue().expect("the contents");
            s.convert(to).expect("it fits");
            assert_eq!((s.backend(), s.tell(), s.len()), (to, position, size as u64));
            assert!(s.getvalue().expect("the contents") == contents);
            s.rewind().expect("it cannot fail");
            s.write_all(b"changed").expect("a small write");
            assert!(held == contents, "a value that is held through the conversion changed (law V1)");
        }
    }
}

/// A live stream that moves from backend to backend while it works.
#[rstest]
fn random_calls_between_conversions(#[values(1, 2, 3, 4, 5, 6)] seed: u64) {
    let contents = sample::bytes(3000);
    let mut stream = AnyStream::from(contents.clone());
    let mut model = Model::new(&contents);
    let (mut random, mut scratch) = (Random::new(seed), Scratch::default());
    for step in 0..1200 {
        if step % 7 == 0 {
            let backend = Backend::ALL[(step / 7 * 3 + seed as usize) % Backend::ALL.len()];
            stream.convert(backend).expect("it fits");
        }
        let op = random.op(model.contents().len());
        // A rope alone may do what lies beyond the model, so the other backends could not follow.
        if model.clone().apply(&op) == Expected::BeyondTheModel {
            continue;
        }
        model.apply(&op);
        // What it answers is the matrix's business; here: that nothing is lost on the way.
        let _ = op.perform(&mut stream, &mut scratch);
        assert_eq!((stream.tell(), stream.len()), (model.position(), model.length()), "step {step}: {op}");
        let mut found = vec![0; model.contents().len()];
        stream.read_at(0, &mut found).expect("the contents");
        assert!(found == model.contents(), "step {step}: {op}");
    }
}

#[test]
fn each_stream_becomes_the_any_stream_of_its_backend() {
    let streams: [AnyStream; 4] = [
        VecStream::from(b"hello").into(),
        RopeStream::from(b"hello").into(),
        <SmallStream>::from(b"hello").into(),
        RopeyStream::from(b"hello").into(),
    ];
    for (mut s, &backend) in streams.into_iter().zip(Backend::ALL) {
        assert_eq!(s.backend(), backend);
        let mut text = String::new();
        s.read_to_string(&mut text).expect("it is text");
        assert_eq!(text, "hello");
    }
}

/// F1: what only a rope can hold stays in the rope.
#[rstest]
fn a_conversion_that_fails_changes_nothing(
    #[values(Backend::Vec, Backend::Small, Backend::Ropey)] to: Backend,
) {
    let mut s = Backend::Rope.stream();
    s.seek(SeekFrom::Start(1 << 50)).expect("any position is one");
    s.write_all(b"x").expect("a rope holds it");
    s.convert(to).expect_err("nobody has a pebibyte of memory");
    assert_eq!((s.backend(), s.tell(), s.len()), (Backend::Rope, (1 << 50) + 1, (1 << 50) + 1));
    let mut end = [1; 3];
    assert_eq!(s.read_at((1 << 50) - 2, &mut end).expect("the end"), 3);
    assert_eq!(&end, b"\0\0x");
}

#[test]
fn a_backend_with_a_parameter_is_one_of_that_kind() {
    assert_eq!("small:64".parse(), Ok(Backend::Small), "the parameter that it has anyway");
    let names: Vec<_> = Backend::WITH_PARAMETERS.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["small:16", "small:32", "small:128"]);
    for &backend in Backend::WITH_PARAMETERS {
        assert_eq!(backend.to_string().parse(), Ok(backend));
        assert!(!backend.cost().is_empty());
        let mut s = backend.stream();
        s.write_all(&sample::bytes(20)).expect("a small write");
        for other in [Backend::Rope, Backend::Small, backend] {
            s.convert(other).expect("it fits");
            assert_eq!((s.backend(), s.tell()), (other, 20));
            assert_eq!(s, sample::bytes(20));
        }
    }
}

#[test]
fn small_holds_as_many_bytes_inline_as_its_parameter_says() {
    for inline in [16, 32, 64, 128] {
        for len in [inline, inline + 1] {
            let backend: Backend = format!("small:{inline}").parse().expect("a backend");
            let held = match backend.stream_from(sample::bytes(len).into()) {
                AnyStream::Small16(s) => s.inline(),
                AnyStream::Small32(s) => s.inline(),
                AnyStream::Small(s) => s.inline(),
                AnyStream::Small128(s) => s.inline(),
                other => panic!("{other:?}"),
            };
            assert_eq!(held, len == inline, "{len} bytes in {backend}");
        }
    }
}

#[rstest]
fn a_parameter_that_a_backend_does_not_take_is_told_what_there_is(
    #[values("small:100", "small:", "small:-1", "vec:16", "rope:x", ":", "small:128:1")] name: &str,
) {
    let said = name.parse::<Backend>().expect_err("no such backend").to_string();
    let expected = format!(
        "there is no backend `{name}`; there are: vec, rope, small, ropey, small:16, small:32, small:128"
    );
    assert_eq!(said, expected);
}
