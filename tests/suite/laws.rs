//! The suite itself: it leaves no law out.

use std::collections::HashSet;

use anystream_tests::{CASES, Law, Layout};

#[test]
fn every_law_is_shown_by_a_case() {
    let shown: HashSet<Law> = CASES.iter().flat_map(anystream_tests::Case::laws).collect();
    let missing: Vec<_> = Law::ALL.iter().filter(|law| !shown.contains(law)).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

#[test]
fn every_law_has_a_case_named_after_it_or_a_file() {
    let named = |law: &Law| CASES.iter().any(|case| case.name.starts_with(&format!("{law}_").to_lowercase()));
    let missing: Vec<_> = Law::ALL.iter().filter(|law| !named(law)).collect();
    assert!(missing.is_empty(), "no case is named after {missing:?}");
}

#[test]
fn a_case_shows_the_law_that_it_is_named_after() {
    for case in CASES {
        let prefix = case.name.split('_').next().unwrap_or_default().to_uppercase();
        if let Ok(law) = prefix.parse::<Law>() {
            assert!(case.laws().contains(&law), "{} does not show {law}", case.name);
        } else {
            assert!(case.file().is_some(), "{} is named after no law and is no file", case.name);
        }
    }
}

#[test]
fn names_are_unique() {
    let names: HashSet<_> = CASES.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), CASES.len());
    let layouts: HashSet<_> = Layout::ALL.iter().map(|layout| layout.name()).collect();
    assert_eq!(layouts.len(), Layout::ALL.len());
}
