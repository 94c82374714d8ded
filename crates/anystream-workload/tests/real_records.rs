//! The records that come with the crate, against what the recorded programs left behind.

use anystream::Backend;
use anystream_workload::{ImportOptions, Summary, builtin, builtin_scripts, import, verify};

#[test]
fn files_end_as_long_as_the_programs_left_them() {
    let lengths: Vec<(String, u64)> = builtin_scripts(0)
        .unwrap()
        .iter()
        .map(|script| (script.name.clone(), Summary::of(script).final_len))
        .collect();
    let expected = [
        ("sqlite", 557_056),
        ("zip", 3_063_315),
        ("wav", 819_244),
        ("hdf5", 1_350_221),
        ("mp4", 389_883),
        ("tar", 8_970_240),
        ("sveltecomponent", 18_451),
        ("rustcode", 65_218),
        ("automerge-paper", 104_852),
    ];
    assert_eq!(lengths, expected.map(|(name, length)| (name.to_owned(), length)));
}

#[test]
fn the_length_of_a_file_that_had_contents_is_inferred() {
    let tar = builtin().iter().find(|workload| workload.name == "tar").unwrap();
    // GNU tar read 873 records and found the end of the archive in the last one.
    assert_eq!(tar.script(0).unwrap().initial.len(), 8_939_520);
}

#[test]
fn every_record_verifies_on_every_backend_with_one_digest() {
    for script in builtin_scripts(7).unwrap() {
        let mut digests = Vec::new();
        for &backend in Backend::ALL {
            let verified = verify(&script, &mut backend.stream_from(script.initial.clone()));
            digests.push(verified.unwrap_or_else(|mismatch| panic!("{backend}: {mismatch}")).digest);
        }
        assert!(digests.iter().all(|digest| *digest == digests[0]), "{}", script.name);
    }
}

#[test]
fn data_that_was_not_logged_depends_on_the_seed_and_on_nothing_else() {
    let sqlite = builtin()[0];
    assert_eq!(sqlite.script(1).unwrap(), sqlite.script(1).unwrap());
    assert_ne!(sqlite.script(1).unwrap(), sqlite.script(2).unwrap());
}

#[test]
fn a_log_that_holds_all_data_leads_to_the_very_file_that_the_program_left() {
    // Writes, vectored and not, through two descriptors, a child and four threads; with `-f -y -s 1000`.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/forks-and-threads.strace");
    let script = import(path.as_ref(), &ImportOptions::default()).unwrap().script;
    let verified = verify(&script, &mut Backend::ALL[0].stream_from(script.initial.clone())).unwrap();
    let left_by_the_program = "eb857ff8f3009bda5d0ec4fa1f755fe27e8e1b30c96d83268777d1a5d3b8b8d5";
    assert_eq!(verified.digest.to_string(), left_by_the_program);
    assert_eq!(script.name, "forks-and-threads");
}

#[test]
fn scripts_move_as_many_bytes_as_the_programs_did() {
    let moved = |name: &str| {
        let workload = builtin().iter().find(|workload| workload.name == name).unwrap();
        let summary = Summary::of(&workload.script(0).unwrap());
        (summary.bytes_read, summary.bytes_written)
    };
    // Sums of the results of the calls in the logs.
    assert_eq!(moved("mp4"), (383285, 773144));
    assert_eq!(moved("tar"), (8939520, 40960));
    assert_eq!(moved("sqlite"), (8265808, 8347648));
}
