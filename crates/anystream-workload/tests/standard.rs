//! The standard workloads, and the language in which they are written.

use std::io::SeekFrom;

use anystream::{ByteStream, Bytes, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_workload::{
    Answer, Digest, Growth, Kind, Model, Op, Scratch, Script, Standard, StandardError, Summary, run,
    standard, verify,
};

fn script(workload: &Standard, scale: f64) -> Script {
    workload.script(scale, 0).unwrap_or_else(|error| panic!("{error}"))
}

/// A workload with these phases, which begin on line 6.
fn workload(phases: &str) -> String {
    format!(
        "name = \"mine\"\nwho = \"me\"\nwhat = \"this\"\nscales = \"all\"\ngrows = [\"operations\"]\n{phases}"
    )
}

fn parse(phases: &str) -> Standard {
    Standard::parse("mine.toml", &workload(phases)).unwrap_or_else(|error| panic!("{error}"))
}

fn ops(phases: &str) -> Vec<Op> {
    script(&parse(phases), 1.0).ops
}

fn lengths(ops: &[Op]) -> Vec<u64> {
    ops.iter().map(Op::bytes_given).collect()
}

fn verifies<S: ByteStream + From<Bytes>>(scale: f64) {
    for workload in standard() {
        let script = script(workload, scale);
        let verified = verify(&script, &mut S::from(script.initial.clone()))
            .unwrap_or_else(|mismatch| panic!("{mismatch}"));
        assert_eq!(verified.errors, 0, "{} makes calls that fail", workload.name);
    }
}

#[test]
fn every_standard_workload_keeps_the_laws_on_vec() {
    verifies::<VecStream>(0.1);
    verifies::<VecStream>(1.0);
}

#[test]
fn every_standard_workload_keeps_the_laws_on_small() {
    verifies::<SmallStream>(0.1);
    verifies::<SmallStream>(1.0);
}

#[test]
fn every_standard_workload_keeps_the_laws_on_rope() {
    verifies::<RopeStream>(0.1);
    verifies::<RopeStream>(1.0);
}

#[test]
fn every_standard_workload_keeps_the_laws_on_ropey() {
    verifies::<RopeyStream>(0.1);
}

#[test]
fn the_list_is_complete_and_fits_a_line() {
    let names: Vec<_> = standard().iter().map(|workload| workload.name.as_str()).collect();
    let expected = [
        "append-only-log",
        "parse",
        "patched-headers",
        "page-updates",
        "text-editing",
        "tiny-messages",
        "many-snapshots",
        "large-bodies",
        "sparse-file",
        "fan-out",
    ];
    assert_eq!(names, expected);
    for workload in standard() {
        let columns = workload.who.chars().count();
        assert!((1..=70).contains(&columns), "{}: {columns} columns", workload.name);
        assert!(!workload.what.is_empty() && !workload.scales.is_empty() && !workload.grows.is_empty());
    }
}

#[test]
fn each_does_what_it_is_named_after() {
    let summary = |name: &str| {
        let workload = standard().iter().find(|workload| workload.name == name).unwrap();
        Summary::of(&script(workload, 0.1))
    };
    let kinds = |name: &str| summary(name).ops.keys().copied().collect::<Vec<_>>();
    assert_eq!(kinds("append-only-log"), [Kind::Write]);
    assert_eq!(kinds("parse"), [Kind::Read, Kind::Seek]);
    assert_eq!(kinds("patched-headers"), [Kind::Write, Kind::Seek]);
    assert_eq!(kinds("page-updates"), [Kind::Read, Kind::Write, Kind::Seek]);
    assert_eq!(kinds("text-editing"), [Kind::Insert, Kind::Remove]);
    assert_eq!(kinds("tiny-messages"), [Kind::Read, Kind::Write, Kind::Seek, Kind::SetLen]);
    assert_eq!(kinds("many-snapshots"), [Kind::Write, Kind::Seek, Kind::Insert, Kind::GetValue]);
    assert_eq!(kinds("large-bodies"), [Kind::Read, Kind::Write, Kind::Seek, Kind::SetLen]);
    assert_eq!(kinds("sparse-file"), [Kind::Read, Kind::Write, Kind::Seek, Kind::SetLen]);
    assert_eq!(kinds("fan-out"), [Kind::Read, Kind::Write]);
    assert!(summary("tiny-messages").largest_len <= 64);
    assert_eq!(summary("large-bodies").final_len, 0);
    let parsed = summary("parse");
    assert!(parsed.bytes_read > parsed.initial_len / 2 && parsed.bytes_read <= parsed.initial_len);
}

#[test]
fn twice_the_scale_is_twice_what_the_text_says() {
    for workload in standard() {
        let [once, twice] = [1.0, 2.0].map(|scale| Summary::of(&script(workload, scale)));
        let about_twice = |once: u64, twice: u64| (19 * once..=21 * once).contains(&(10 * twice));
        let grows = |growth| workload.grows.contains(&growth);
        assert_eq!(grows(Growth::Operations), about_twice(once.total, twice.total), "{}", workload.name);
        assert_eq!(
            grows(Growth::Length),
            about_twice(once.largest_len, twice.largest_len),
            "{}: {} and {} bytes",
            workload.name,
            once.largest_len,
            twice.largest_len
        );
    }
}

#[test]
fn at_scale_1_none_is_larger_than_16_mib() {
    for workload in standard() {
        let summary = Summary::of(&script(workload, 1.0));
        assert!(summary.largest_len <= 16 << 20, "{}: {} bytes", workload.name, summary.largest_len);
        let least = if workload.name == "tiny-messages" { 16 } else { 10 << 10 };
        assert!(summary.largest_len >= least, "{}: {} bytes", workload.name, summary.largest_len);
    }
}

#[test]
fn snapshots_are_held_and_no_other_workload_holds_values() {
    for workload in standard() {
        let holds = if workload.name == "many-snapshots" { 8 } else { 0 };
        assert_eq!(script(workload, 0.1).hold, holds, "{}", workload.name);
        assert_eq!(script(workload, 1.0).hold, holds, "{} at any scale", workload.name);
    }
}

#[test]
fn a_text_says_how_many_values_are_held_and_none_if_it_does_not() {
    let text = "[[phase]]\nrepeat = \"2 x scale\"\nsteps = [{ do = \"getvalue\" }]";
    assert_eq!(script(&parse(text), 1.0).hold, 0);
    assert_eq!(script(&parse(&format!("hold = 3\n{text}")), 1.0).hold, 3);
}

#[test]
fn the_same_scale_and_seed_make_the_same_script() {
    for workload in standard() {
        assert_eq!(workload.script(0.1, 3).unwrap(), workload.script(0.1, 3).unwrap());
        assert_ne!(workload.script(0.1, 3).unwrap(), workload.script(0.1, 4).unwrap(), "{}", workload.name);
    }
}

/// Every place and operation but `read_line`, which needs contents that nothing changes.
const EVERYTHING: &str = r#"
initial = "10 KiB x scale"

[[phase]]
repeat = "3 x scale"
steps = [
  { do = "read", at = { anywhere = 16 }, size = [1, 100], mark = "a" },
  { do = "read_exact", at = { ahead = [0, 9] }, size = 5 },
  { do = "write", at = { hot = 512 }, size = 512 },
  { do = "read_at", at = { reader = 3 }, size = "2 KiB" },
  { do = "insert", at = { near = 40 }, size = [1, 9] },
  { do = "remove", at = { back = 3 }, size = 3, one_in = 2 },
  { do = "seek", at = "a" },
  { repeat = "to the end", steps = [{ do = "read", size = "1 KiB" }] },
  { do = "getvalue" },
  { do = "set_len", to = "11 KiB x scale" },
  { do = "write", at = "end", size = 7 },
  { do = "read_to_end", at = 0x100 },
  { do = "truncate", to = ["9 KiB", "10 KiB"] },
]
"#;

#[test]
fn a_script_is_the_same_on_every_machine_and_in_every_version() {
    let script = parse(EVERYTHING).script(1.5, 42).unwrap();
    let calls: String = script.ops.iter().map(|op| format!("{op}\n")).collect();
    let verified = verify(&script, &mut VecStream::from(script.initial.clone())).unwrap();
    assert_eq!(
        [Digest::of(calls.as_bytes()), verified.digest].map(|digest| digest.to_string()),
        [
            "2f2bd985a239f192dcb2c3cff01627f2c224ab171294eac67fb75024bff569b8",
            "6b9223c437af3283b473d6b8a82e4bd3a7cca774da6578a0bf454e255c803900",
        ],
        "{calls}"
    );
    assert_eq!(verified.errors, 0);
}

#[test]
fn a_step_without_a_place_goes_on_where_the_one_before_ended() {
    let ops = ops("[[phase]]\nrepeat = \"1 x scale\"\nsteps = [\n\
        { do = \"write\", size = 5 }, { do = \"write\", size = 3 },\n\
        { do = \"insert\", at = 2, size = 4 }, { do = \"insert\", size = 1 }, { do = \"write\", size = 2 }]");
    assert_eq!(lengths(&ops), [5, 3, 4, 1, 0, 2]);
    assert!(matches!(&ops[2], Op::Splice { range, .. } if *range == (2..2)));
    assert!(matches!(&ops[3], Op::Splice { range, .. } if *range == (6..6)), "behind what was inserted");
    assert_eq!(ops[4], Op::Seek(SeekFrom::Start(7)), "an edit leaves the stream's position where it was");
}

#[test]
fn a_mark_is_where_its_step_began() {
    let ops = ops("[[phase]]\nrepeat = \"2 x scale\"\nsteps = [\n\
        { do = \"write\", at = \"end\", size = 4, mark = \"header\" }, { do = \"write\", size = 6 },\n\
        { do = \"write\", at = \"header\", size = 1 }]");
    let seeks: Vec<_> = ops.iter().filter(|op| op.kind() == Kind::Seek).collect();
    let (back, end) = (|n| Op::Seek(SeekFrom::Start(n)), Op::Seek(SeekFrom::End(0)));
    assert_eq!(seeks, [&back(0), &end, &back(10)]);
}

#[test]
fn readers_go_on_where_they_stopped_and_begin_anew_at_the_end() {
    let ops = ops("initial = 10\n[[phase]]\nrepeat = \"8 x scale\"\n\
        steps = [{ do = \"read_at\", at = { reader = 2 }, size = 4 }]");
    let offsets = ops.iter().map(|op| match op {
        Op::ReadAt { offset, .. } => *offset,
        other => panic!("{other}"),
    });
    assert_eq!(offsets.collect::<Vec<_>>(), [0, 0, 4, 4, 8, 8, 0, 0]);
}

#[test]
fn hot_places_are_used_by_zipfs_law_and_all_of_them_are() {
    let ops = ops("initial = 100\n[[phase]]\nrepeat = \"20_000 x scale\"\n\
        steps = [{ do = \"read_at\", at = { hot = 1 }, size = 1 }]");
    let mut uses = [0_u32; 100];
    for op in &ops {
        let Op::ReadAt { offset, .. } = op else { panic!("{op}") };
        uses[*offset as usize] += 1;
    }
    assert!(uses.iter().all(|&uses| uses > 0), "{uses:?}");
    uses.sort_unstable_by(|a, b| b.cmp(a));
    let share = |places: usize| uses[..places].iter().sum::<u32>() * 100 / 20_000;
    assert!((40..70).contains(&share(10)), "the ten hottest of a hundred have {} %", share(10));
    assert!((15..35).contains(&share(1)), "the hottest has {} %", share(1));
}

#[test]
fn lines_are_read_as_lines() {
    let workload = parse(
        "initial = \"10 KiB x scale\"\n[[phase]]\nrepeat = \"to the end\"\n\
        steps = [{ do = \"read_line\" }]",
    );
    let script = script(&workload, 1.0);
    let lines = std::str::from_utf8(&script.initial).unwrap().split_inclusive('\n').count();
    assert_eq!(script.ops, vec![Op::ReadLine; lines]);
    assert!((100..250).contains(&lines), "{lines} lines of about 64 bytes");
}

#[test]
fn edits_of_nothing_and_at_the_edges_fail_nowhere() {
    let workload = parse(
        "[[phase]]\nrepeat = \"50 x scale\"\nsteps = [\n\
        { do = \"remove\", at = { anywhere = 8 }, size = 9 }, { do = \"remove\", at = 1000, size = 1 },\n\
        { do = \"insert\", at = 1000, size = [1, 3], one_in = 2 }, { do = \"read_exact\", size = 9 },\n\
        { do = \"read\", at = { hot = 4096 }, size = 1 }, { do = \"truncate\", to = 2, one_in = 3 },\n\
        { do = \"read_at\", at = { reader = 2 }, size = 1 }, { do = \"insert\", at = { near = 5 }, size = 1 },\n\
        { do = \"seek\", at = { ahead = \"4 GiB\" }, one_in = 2 }, { do = \"read_to_end\" }]",
    );
    let script = script(&workload, 1.0);
    assert_eq!(verify(&script, &mut VecStream::new()).unwrap().errors, 0);
}

/// What stands in a text, where the error is, and what it says.
const WRONG: &[(&str, usize, &str, &str)] = &[
    ("[[phase]]\nsteps = [{ do = \"reed\", size = 1 }]", 7, "do", "\"reed\"; use one of: seek, read,"),
    ("[[phase]]\nsteps = [{ size = 1 }]", 7, "do", "missing here; use one of"),
    ("[[phase]]\nsteps = [\n{ do = \"read\" }]", 8, "size", "missing here; write a number such as 100"),
    (
        "[[phase]]\nsteps = [\n{ do = \"read\", size = 1, length = 1 }]",
        8,
        "length",
        "use one of: one_in, do, size",
    ),
    ("[[phase]]\nsteps = [{ do = \"read\", size = -1 }]", 7, "size", "no number of bytes; write a number"),
    ("[[phase]]\nsteps = [{ do = \"read\", size = 0 }]", 7, "size", "not from 1 to 4294967296 bytes; write"),
    ("[[phase]]\nsteps = [{ do = \"read\", size = 1.5 }]", 7, "size", "must be a number, not float; write"),
    ("[[phase]]\nsteps = [{ do = \"read\", size = \"4 kB\" }]", 7, "size", "\"4 KiB x scale\""),
    ("[[phase]]\nsteps = [{ do = \"read\", size = \"x scale\" }]", 7, "size", "\"4 KiB x scale\""),
    ("[[phase]]\nsteps = [{ do = \"read\", size = \"99999999999999999999 GiB\" }]", 7, "size", "not from 1"),
    ("[[phase]]\nsteps = [{ do = \"read\", size = 9223372036854775807 }]", 7, "size", "not from 1"),
    (
        "[[phase]]\nsteps = [{ do = \"read\", size = [9, 1] }]",
        7,
        "size",
        "ends before it begins; write the least",
    ),
    ("[[phase]]\nsteps = [{ do = \"read\", size = [1, 2, 3] }]", 7, "size", "two ends; write the least"),
    ("[[phase]]\nsteps = [{ do = \"truncate\", size = 1 }]", 7, "to", "missing here; write a number"),
    ("[[phase]]\nsteps = [{ do = \"getvalue\", at = 1 }]", 7, "at", "not known here; remove it"),
    (
        "[[phase]]\nsteps = [{ do = \"seek\", at = \"nowhere\" }]",
        7,
        "at",
        "no step marks a place as \"nowhere\"; write",
    ),
    (
        "[[phase]]\nsteps = [{ do = \"seek\", at = { far = 1 } }]",
        7,
        "far",
        "remove it, or use one of: reader, ahead",
    ),
    ("[[phase]]\nsteps = [{ do = \"seek\", at = { near = 1, hot = 1 } }]", 7, "at", "two places; write"),
    ("[[phase]]\nsteps = [{ do = \"seek\", at = {} }]", 7, "at", "no place; write"),
    ("[[phase]]\nsteps = [{ do = \"seek\", at = true }]", 7, "at", "must be a place, not boolean; write"),
    (
        "[[phase]]\nsteps = [{ do = \"seek\", at = { reader = 9999 } }]",
        7,
        "reader",
        "more than 1024; use fewer",
    ),
    ("[[phase]]\nsteps = [{ do = \"seek\", mark = \"end\" }]", 7, "mark", "place of its own; choose a name"),
    (
        "[[phase]]\nsteps = [{ do = \"seek\", one_in = \"2 x scale\" }]",
        7,
        "one_in",
        "cannot grow with the scale; write 2",
    ),
    ("[[phase]]\nrepeat = \"until dawn\"\nsteps = []", 7, "repeat", "no number of times; write a number"),
    ("[[phase]]\nrepeat = 99_999_999\nsteps = []", 7, "repeat", "not from 1 to 16777216 times"),
    ("[[phase]]\nrepeat = 1\nsteps = []", 8, "steps", "empty; write steps = [{ do = "),
    ("[[phase]]\nrepeat = 1", 6, "steps", "missing here; write steps = [{ do = "),
    ("phase = 3", 6, "phase", "must be a list, not integer; write at least one [[phase]]"),
    ("", 1, "phase", "missing here; write at least one [[phase]]"),
    (
        "phrase = 3\n[[phase]]\nrepeat = \"1 x scale\"\nsteps = [{ do = \"seek\" }]",
        6,
        "phrase",
        "use one of: name, who",
    ),
    (
        "hold = 8\n[[phase]]\nrepeat = \"1 x scale\"\nsteps = [{ do = \"seek\" }]",
        6,
        "hold",
        "no step takes a value that could be held; leave it out, or add",
    ),
    ("hold = 0", 6, "hold", "not from 1 to"),
    ("hold = 65537", 6, "hold", "65537 values are more than 65536; hold fewer"),
    ("hold = \"8 x scale\"", 6, "hold", "cannot grow with the scale; write 8"),
    ("initial = [1, 2]", 6, "initial", "must be a number, not array; write"),
    ("initial = \"many\"", 6, "initial", "no number of bytes; write"),
    (
        "[[phase]]\nsteps = [{ do = \"seek\" }]",
        4,
        "scales",
        "is multiplied by the scale; write x scale behind one",
    ),
    (
        "initial = \"9 x scale\"\n[[phase]]\nsteps = [\n{ do = \"read_line\" },\n{ do = \"write\", size = 1 }]",
        9,
        "do",
        "line 10 changes them; use `read`",
    ),
];

#[test]
fn each_thing_that_is_wrong_is_named_with_file_line_key_and_remedy() {
    for &(phases, line, key, says) in WRONG {
        let error = Standard::parse("mine.toml", &workload(phases)).expect_err(phases).to_string();
        assert!(error.starts_with(&format!("mine.toml, line {line}, key `{key}`: ")), "{phases}\n{error}");
        assert!(error.contains(says), "{phases}\n{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn what_is_wrong_in_the_header_is_named_too() {
    let text = workload("[[phase]]\nrepeat = \"1 x scale\"\nsteps = [{ do = \"seek\" }]");
    for (from, to, line, key, says) in [
        ("who = \"me\"", "", 1, "who", "missing here; write who = "),
        ("who = \"me\"", "who = \" \"", 2, "who", "empty; write it in quotes"),
        ("who = \"me\"", "who = \"a\\nb\"", 2, "who", "line break or a control character in it; write it"),
        ("name = \"mine\"", "name = 3", 1, "name", "must be text, not integer; write it in quotes"),
        ("[\"operations\"]", "[\"everything\"]", 5, "grows", "neither operations nor length; write what"),
        ("[\"operations\"]", "\"length\"", 5, "grows", "must be a list, not string; write what"),
    ] {
        assert!(text.contains(from));
        let error = Standard::parse("mine.toml", &text.replace(from, to)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("mine.toml, line {line}, key `{key}`: ")), "{error}");
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn what_is_no_toml_is_reported_with_its_line() {
    for text in
        ["name = \"a\"\nwho", "name = \"a\"\nname = \"b\"", "name = \"a\"\n\u{0}\u{1}", "\n{\"edits\": 1}"]
    {
        let error = Standard::parse("mine.toml", text).unwrap_err();
        assert!(matches!(error, StandardError::NotToml { line: 2, .. }), "{error}");
        assert!(error.to_string().starts_with("mine.toml, line 2: this is not TOML: "), "{error}");
    }
    let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(Standard::parse("deep", &deep), Err(StandardError::NotToml { line: 1, .. })));
}

#[test]
fn steps_that_lie_too_deep_in_one_another_are_refused() {
    let steps = |depth| {
        (0..depth).fold("{ do = \"seek\" }".to_owned(), |steps, _| format!("{{ steps = [{steps}] }}"))
    };
    let text = |depth| workload(&format!("[[phase]]\nrepeat = \"1 x scale\"\nsteps = [{}]", steps(depth)));
    assert!(Standard::parse("mine.toml", &text(7)).is_ok());
    let error = Standard::parse("mine.toml", &text(8)).unwrap_err().to_string();
    assert!(error.starts_with("mine.toml, line 8, key `steps`: ") && error.contains("flatter"), "{error}");
}

#[test]
fn no_scale_overflows_or_makes_nothing() {
    for workload in standard() {
        let error = workload.script(1e12, 0).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, StandardError::Key { .. }), "{message}");
        assert!(
            message.contains("at scale 1000000000000, ") && message.contains("use a smaller scale"),
            "{message}"
        );
        assert!(message.starts_with(&format!("data/standard/{}.toml, line ", workload.name)), "{message}");
        assert!(workload.script(f64::MAX, 0).is_err());

        for tiny in [1e-9, f64::MIN_POSITIVE] {
            let script = script(workload, tiny);
            assert!(!script.ops.is_empty(), "{}", workload.name);
            verify(&script, &mut VecStream::from(script.initial.clone())).unwrap();
        }
        for impossible in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = workload.script(impossible, 0).unwrap_err();
            assert!(error.to_string().contains("greater than 0"), "{error}");
        }
    }
}

#[test]
fn a_program_that_never_ends_or_outgrows_the_model_is_refused() {
    for (phases, says) in [
        (
            "initial = \"9 x scale\"\n[[phase]]\nrepeat = \"to the end\"\nsteps = [{ do = \"getvalue\" }]",
            "stay at byte 0",
        ),
        (
            "initial = \"9 x scale\"\n[[phase]]\nrepeat = \"to the end\"\nsteps = [{ do = \"seek\", at = \"start\" }]",
            "let them read",
        ),
        (
            "[[phase]]\nrepeat = \"9000 x scale\"\nsteps = [{ repeat = 9000, steps = [{ do = \"getvalue\", one_in = 9_000_000 }] }]",
            "more than 16777216 steps to take; use a smaller",
        ),
        (
            "[[phase]]\nsteps = [{ do = \"write\", at = \"4 GiB\", size = \"1 x scale\" }]",
            "longer than 4294967296 bytes; use a smaller",
        ),
        (
            "[[phase]]\nrepeat = \"9 x scale\"\nsteps = [{ do = \"set_len\", to = \"4 GiB\" }, { do = \"insert\", size = 1 }]",
            "longer than 4294967296 bytes; use a smaller",
        ),
    ] {
        let error = parse(phases).script(1.0, 0).unwrap_err().to_string();
        assert!(error.starts_with("mine.toml, line ") && error.contains(says), "{error}");
    }
    assert_eq!(Model::LIMIT, 4_294_967_296, "as the messages say");
}

#[test]
fn a_read_of_the_whole_body_sees_what_was_written() {
    let workload = standard().iter().find(|workload| workload.name == "large-bodies").unwrap();
    let script = script(workload, 0.1);
    let (mut stream, mut scratch) = (RopeStream::new(), Scratch::default());
    let (mut written, mut read) = (Vec::new(), Vec::new());
    for op in &script.ops {
        if let Op::Write(data) = op {
            written.extend_from_slice(data);
        }
        if let Ok(Answer::Bytes(bytes)) = op.perform(&mut stream, &mut scratch) {
            read.extend_from_slice(bytes);
        }
    }
    assert_eq!(run(&script, &mut RopeStream::new(), &mut scratch), 0);
    assert!(!written.is_empty() && written == read);
}
