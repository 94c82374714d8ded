//! The code in docs/ADDING-A-BACKEND.md is the code that runs here.

const GUIDE: &str = include_str!("../../docs/ADDING-A-BACKEND.md");

/// The code blocks of `guide` in `language`, joined by an empty line.
fn blocks(guide: &str, language: &str) -> String {
    let opening = format!("```{language}\n");
    let blocks: Vec<_> = guide.split(&opening).skip(1).filter_map(|rest| rest.split("```").next()).collect();
    blocks.join("\n")
}

#[test]
fn the_guide_quotes_a_backend_that_passes_the_suite() {
    let file = include_str!("deque.rs");
    let (_, code) = file.split_once("\n\n").expect("a line about the file, then the code");
    assert_eq!(blocks(GUIDE, "rust"), code);
}

/// The line that runs the suite, on the type of the guide, exactly as it stands there.
mod as_a_stranger_runs_it {
    use crate::deque::DequeStream;

    anystream_tests::conformance!(deque, DequeStream);

    #[test]
    fn the_guide_shows_this_line() {
        let file = include_str!("docs.rs");
        let line = super::blocks(super::GUIDE, "rust,ignore");
        assert!(line.contains("use ") && line.lines().count() <= 4);
        let call = line.lines().last().expect("the line that runs the suite");
        assert!(file.contains(call), "{call}");
    }
}
