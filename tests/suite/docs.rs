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

/// The lines that run the suite, on the type of the guide, exactly as they stand there.
mod as_a_stranger_runs_it {
    use crate::deque::DequeStream;

    anystream_tests::conformance!(deque, DequeStream);
    anystream_tests::resident!(deque_in_memory, DequeStream);

    #[test]
    fn the_guide_shows_these_lines() {
        let file = include_str!("docs.rs");
        let shown = super::blocks(super::GUIDE, "rust,ignore");
        let calls: Vec<_> = shown.lines().filter(|line| line.contains("!(")).collect();
        assert_eq!(calls.len(), 2);
        for call in calls {
            let (call, _) = call.split_once(" //").unwrap_or((call, ""));
            assert!(file.contains(call), "{call}");
        }
    }
}
