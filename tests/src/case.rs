//! The list of cases.

use crate::script::CaseFile;
use crate::{Bench, Law, cases};

/// What shows that a backend keeps a law.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The law first, then what is claimed.
    pub name: &'static str,
    source: Source,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    Program { laws: &'static [Law], check: fn(&Bench<'_>) },
    File(&'static str),
}

impl Case {
    /// The laws that it shows.
    ///
    /// ```
    /// use anystream_tests::{CASES, Law};
    /// let case = CASES.iter().find(|case| case.name == "n1_new_is_empty").unwrap();
    /// assert_eq!(case.laws(), [Law::N1, Law::T1]);
    /// ```
    ///
    /// # Panics
    /// If its file cannot be read.
    #[must_use]
    pub fn laws(&self) -> Vec<Law> {
        match self.source {
            Source::Program { laws, .. } => laws.to_vec(),
            Source::File(text) => self.parse(text).laws,
        }
    }

    /// The text of its file, if it is one.
    ///
    /// ```
    /// use anystream_tests::CASES;
    /// assert!(CASES.iter().any(|case| case.file().is_some_and(|text| text.contains("fizz"))));
    /// ```
    #[must_use]
    pub fn file(&self) -> Option<&'static str> {
        match self.source {
            Source::Program { .. } => None,
            Source::File(text) => Some(text),
        }
    }

    /// Runs it on the streams of `bench`.
    ///
    /// ```
    /// use anystream::VecStream;
    /// use anystream_tests::{Bench, CASES, Layout, candidate};
    /// CASES[0].check(&Bench::new(&candidate::<VecStream>(), Layout::Written));
    /// ```
    ///
    /// # Panics
    /// If a law is broken.
    pub fn check(&self, bench: &Bench<'_>) {
        match self.source {
            Source::Program { check, .. } => check(bench),
            Source::File(text) => self.parse(text).check(bench),
        }
    }

    fn parse(&self, text: &str) -> CaseFile {
        text.parse().unwrap_or_else(|error| panic!("cases/{}.case: {error}", self.name))
    }
}

/// The one list of cases: [`CASES`] and the tests of `conformance!` are made from it. A case is one
/// line: the laws it shows and a function of its name in `cases`, or a file of its name in `cases/`,
/// which says its laws itself.
macro_rules! list {
    ($($name:ident $source:tt)*) => {
        /// Every case.
        ///
        /// ```
        /// use anystream_tests::{CASES, Law};
        /// assert!(Law::ALL.iter().all(|law| CASES.iter().any(|case| case.laws().contains(law))));
        /// ```
        pub const CASES: &[Case] = &[$(Case { name: stringify!($name), source: source!($name $source) },)*];

        /// Calls a macro with the name of each case.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! conformance_cases {
            ($then:path) => {
                $($then!($name);)*
            };
        }
    };
}

macro_rules! source {
    ($name:ident [$($law:ident)*]) => {
        Source::Program { laws: &[$(Law::$law),*], check: cases::$name }
    };
    ($name:ident file) => {
        Source::File(include_str!(concat!("../cases/", stringify!($name), ".case")))
    };
}

list! {
    founding_question file
    seeking file
    reading file
    text file
    writing file
    gaps file
    lengths file
    splicing file
    extremes file
    refusals file
    n1_new_is_empty [N1 T1]
    n2_from_bytes_begins_at_0 [N2 T1 W1]
    n2_bytes_taken_over_are_not_written [N2 I1]
    t1_tell_and_len [T1 S1 P1]
    s1_every_position [S1 T1 R1 P1]
    s2_relative_seeks_are_checked [S2 F1 P1]
    r1_short_only_at_the_end [R1]
    r1_to_the_end [R1]
    r1_appends_to_the_buffer [R1]
    r2_read_exact [R2 F1]
    r3_runs_make_up_the_contents [R3]
    r3_consume_stops_at_the_end [R3 P1]
    r3_read_until_across_chunks [R3]
    r4_read_bytes [R4]
    r4_later_writes_do_not_show [R4]
    r5_read_at [R5]
    r5_peek [R5]
    r1_copy_to_takes_the_rest [R1]
    c1_clear_leaves_nothing_and_goes_to_the_start [C1]
    f1_copy_to_stays_if_the_writer_fails [F1]
    r4_readline_is_as_long_as_its_limit [R4]
    i1_readers_are_independent [I1 R1]
    w1_overwrites_then_extends [W1]
    w1_many_appends [W1]
    w2_gap_becomes_zeros [W2]
    w2_no_stale_bytes [W2 C1 C2]
    w3_empty_writes_change_nothing [W3 P1]
    w4_write_vectored [W4]
    w5_write_bytes [W5]
    w5_own_value [W5 V1]
    f1_failing_calls_change_nothing [F1 W6 E1 S2 R2]
    f1_failing_display [F1]
    w6_append_up_to_the_last_offset [W6 F1 P1]
    f1_callers_text_stays [F1]
    f1_gap_is_taken_back [F1 W6]
    w6_past_the_last_offset [W6 F1 P1]
    w6_more_than_memory [W6 F1 P1]
    v1_getvalue [V1]
    v1_later_writes_do_not_show [V1]
    c1_truncate [C1]
    c2_set_len [C2]
    e1_splice [E1]
    e1_insert_and_remove [E1]
    e1_ranges_are_checked [E1 F1]
    i1_clones_are_independent [I1]
    p1_random_script_1 [P1]
    p1_random_script_2 [P1]
    p1_random_script_3 [P1]
    p1_random_script_4 [P1]
}
