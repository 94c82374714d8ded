//! Editing traces, and what is wrong with damaged ones.

use anystream::RopeStream;
use anystream_workload::{ImportError, ImportOptions, Kind, Op, Summary, import_bytes, verify};

const TRACE: &str = "{\"name\":\"small\",\"start\":\"held\",\"end\":\"hello wörld\",\"edits\":3}\n\
                     [3,1,\"lo w\u{f6}rld\"]\n[3,0,\"\"]\n[0,0,\"\"]\n";

fn error(trace: &str) -> ImportError {
    import_bytes("t.jsonl", trace.as_bytes(), &ImportOptions::default()).unwrap_err()
}

#[test]
fn each_line_is_a_splice_in_bytes() {
    let script = import_bytes("t.jsonl", TRACE.as_bytes(), &ImportOptions::default()).unwrap().script;
    assert_eq!((script.name.as_str(), &script.initial[..]), ("small", b"held".as_slice()));
    assert_eq!(Summary::of(&script).ops.get(&Kind::Replace), Some(&1));
    assert_eq!(verify(&script, &mut RopeStream::from(script.initial.clone())).unwrap().final_len, 12);
}

#[test]
fn the_end_and_the_number_of_edits_must_be_as_stated() {
    let message = error(&TRACE.replace("\"edits\":3", "\"edits\":4")).to_string();
    assert!(message.contains("states 4 edits, but there are 3"), "{message}");
    let message = error(&TRACE.replace("hello", "hallo")).to_string();
    assert!(message.contains("do not lead to the end"), "{message}");
}

#[test]
fn a_line_that_is_no_edit_is_reported_with_its_number() {
    for bad in [
        "[1,2]",
        "[1,-2,\"a\"]",
        "{}",
        "lorem",
        "[900,0,\"a\"]",
        "[0,900,\"a\"]",
        "[18446744073709551615,1,\"\"]",
        "[0,0,\"\\ud800\"]",
    ] {
        let trace = format!("{TRACE}{bad}\n");
        let error = error(&trace);
        assert!(matches!(error, ImportError::Line { line: 5, .. }), "{bad}: {error}");
        let lenient = ImportOptions { lenient: true, ..ImportOptions::default() };
        assert_eq!(import_bytes("t", trace.as_bytes(), &lenient).unwrap().skipped[0].line, 5);
    }
}

#[test]
fn where_lines_were_left_out_the_end_need_not_be_as_stated() {
    let lenient = ImportOptions { lenient: true, ..ImportOptions::default() };
    let damaged = TRACE.replace("[3,1,", "[3,1").replace("[0,0,\"\"]", "[0,0]");
    let imported = import_bytes("t.jsonl", damaged.as_bytes(), &lenient).unwrap();
    assert_eq!(imported.skipped.iter().map(|skipped| skipped.line).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(imported.script.ops.len(), 1);
}

#[test]
fn inserted_texts_share_their_memory() {
    let edits = 1000;
    let header =
        format!("{{\"name\":\"t\",\"start\":\"\",\"end\":\"{}\",\"edits\":{edits}}}\n", "abc".repeat(edits));
    let trace = header + &"[0,0,\"abc\"]\n".repeat(edits);
    let script = import_bytes("t.jsonl", trace.as_bytes(), &ImportOptions::default()).unwrap().script;
    let texts: Vec<_> = script
        .ops
        .iter()
        .map(|op| match op {
            Op::Splice { with, .. } => with.as_ptr_range(),
            other => panic!("{other}"),
        })
        .collect();
    assert!(texts.windows(2).all(|two| two[0].end == two[1].start), "each follows the one before");
}

#[test]
fn a_first_line_that_is_no_header_is_reported() {
    for bad in ["{", "{}", "{\"name\":1}", "{\"name\":\"a\",\"start\":\"\",\"end\":\"\",\"edits\":-1}"] {
        assert!(
            matches!(error(&format!("{bad}\n[0,0,\"a\"]\n")), ImportError::Line { line: 1, .. }),
            "{bad}"
        );
    }
}
