//! The one list of backends: the whole suite on each, and [`on_every_backend!`] for further tests.

use anystream::{AnyStream, Backend, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_tests::{CandidateOf, candidate, conformance};
use anystream_workload::Model;

use crate::deque::DequeStream;
use crate::limited::LimitedTo;
use crate::made::Made;
use crate::model::RopeBehindAHole;

macro_rules! matrix {
    ($($name:ident: $type:ty = $candidate:expr;)*) => {
        matrix!([$] $($name: $type = $candidate;)*);
    };
    ([$dollar:tt] $($name:ident: $type:ty = $candidate:expr;)*) => {
        $(conformance!($name, candidate: crate::matrix::candidates::$name);)*

        /// Makes `fn name(candidate)` one test for each backend; further arguments are rstest's.
        macro_rules! on_every_backend {
            (fn $dollar test:ident($dollar backend:ident $dollar (, $dollar ($dollar rest:tt)+)?) $dollar body:block) => {
                #[rstest::rstest]
                $(#[case::$name(&crate::matrix::candidates::$name as &dyn anystream_tests::Candidate)])*
                fn $dollar test(
                    #[case] $dollar backend: &dyn anystream_tests::Candidate
                    $dollar (, $dollar ($dollar rest)+)?
                ) $dollar body
            };
        }
        pub(crate) use on_every_backend;

        /// What makes the streams of each backend.
        #[allow(non_upper_case_globals)]
        pub(crate) mod candidates {
            use super::*;
            $(pub(crate) const $name: $type = $candidate;)*

            /// All of them, by name.
            pub(crate) const ALL: &[(&str, &dyn anystream_tests::Candidate)] =
                &[$((stringify!($name), &$name)),*];
        }
    };
}

// A backend is one line.
matrix! {
    vec: CandidateOf<VecStream> = candidate();
    small: CandidateOf<SmallStream> = candidate();
    small_0: CandidateOf<SmallStream<0>> = candidate();
    small_5: CandidateOf<SmallStream<5>> = candidate();
    rope: CandidateOf<RopeStream> = candidate();
    ropey: CandidateOf<RopeyStream> = candidate();
    any: CandidateOf<AnyStream> = candidate();
    any_rope_from_vec: Made = Made::in_one(Backend::Vec).then_in(Backend::Rope);
    any_vec_from_rope: Made = Made::in_one(Backend::Rope).then_in(Backend::Vec);
    any_small_from_ropey: Made = Made::in_one(Backend::Ropey).then_in(Backend::Small);
    any_ropey_from_small: Made = Made::in_one(Backend::Small).then_in(Backend::Ropey);
    limited_vec: LimitedTo<VecStream> = LimitedTo::new(Model::LIMIT);
    limited_rope: LimitedTo<RopeStream> = LimitedTo::new(u64::MAX);
    limited_any: LimitedTo<AnyStream> = LimitedTo::new(Model::LIMIT);
    rope_behind_a_hole: RopeBehindAHole<{ 1 << 47 }> = RopeBehindAHole;
    rope_past_2_to_the_63: RopeBehindAHole<{ (1 << 63) + 1 }> = RopeBehindAHole;
    deque_of_a_stranger: CandidateOf<DequeStream> = candidate();
}
