//! Logs of real programs, against the sizes that their files really had.

use std::path::Path;

use anystream_workload::{ImportError, ImportOptions, Summary, import};

/// Programs of which the log cannot tell the length, and why.
const REFUSED: &[(&str, &str)] = &[
    ("gdbm", "mapped memory"),
    ("rrdupdate", "mapped memory"),
    ("rrdcreate", "no call on a file is in the log"),
    ("par2", "no call on a file is in the log"),
    ("id3v2", "id.mp3 (deleted at line 282) (279 calls), id.mp3 (23 calls)"),
];

/// Programs that leave the end of a file alone of which the log does not tell where it is.
const MINIMUMS: &[&str] = &["fallocate-insert", "dd-conv"];

#[test]
fn each_program_s_file_ends_as_long_as_it_did_or_is_refused_for_a_reason_that_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/programs");
    let table = std::fs::read_to_string(folder.join("PROGRAMS.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut right = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, size, _, file, ..] = fields[..] else { panic!("{line}") };
        let file = (!file.is_empty()).then(|| file.to_owned());
        let options = ImportOptions { file, ..ImportOptions::default() };
        let expected = REFUSED.iter().find(|(refused, _)| *refused == name);
        match (import(&folder.join(format!("{name}.strace.gz")), &options), expected) {
            (Ok(imported), None) => {
                let found = Summary::of(&imported.script).final_len;
                if MINIMUMS.contains(&name) {
                    assert!(imported.initial_len_is_minimum && imported.final_len_is_minimum, "{name}");
                    assert!(found <= size.parse().unwrap(), "{name}");
                } else if size.parse() == Ok(found) && !imported.final_len_is_minimum {
                    right += 1;
                } else {
                    wrong.push(format!(
                        "{name}: {found} and not {size}, minimum: {}",
                        imported.final_len_is_minimum
                    ));
                }
            }
            (Err(error), Some((_, reason))) if error.to_string().contains(reason) => {}
            (Err(error), _) => wrong.push(format!("{name}: {error}")),
            (Ok(_), Some((_, reason))) => wrong.push(format!("{name} was not refused: {reason}")),
        }
    }
    assert!(wrong.is_empty(), "{right} right\n{}", wrong.join("\n"));
    assert_eq!(right, 58);
}

#[test]
fn an_initial_length_that_the_log_lacks_can_be_given() {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/programs/fallocate-insert.strace.gz");
    let given = |initial_len| {
        import(&log, &ImportOptions { initial_len: Some(initial_len), ..ImportOptions::default() })
    };
    let imported = given(5_292_080).unwrap();
    assert_eq!(Summary::of(&imported.script).final_len, 5_353_520);
    assert!(!imported.initial_len_is_minimum && !imported.final_len_is_minimum);
    let error = given(1000).unwrap_err();
    assert!(matches!(error, ImportError::InitialLength { given: 1000, is_minimum: true, .. }), "{error}");
    assert!(error.to_string().contains("at least") && error.to_string().contains("not 1000"), "{error}");
}
