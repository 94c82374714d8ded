//! Everything in the corpus is done again.

use std::fs;
use std::path::Path;

use anystream_fuzz::TARGETS;

#[test]
fn the_corpus_breaks_no_law() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        for file in files {
            eprintln!("{}", file.display()); // shown if it fails
            target(&fs::read(&file).unwrap());
        }
    }
}
