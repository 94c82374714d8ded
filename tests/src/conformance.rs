//! The suite, run on a type with one line.

use crate::{Bench, CASES, Candidate, Layout};

/// Runs the whole suite on a stream type: one `#[test]` for each case in each layout, in a module of
/// the given name.
///
/// ```
/// use anystream::VecStream;
/// anystream_tests::conformance!(my_backend, VecStream);
/// # fn main() {}
/// ```
///
/// A backend that cannot pass a case may decline it, with a reason that is printed when the test runs:
///
/// ```
/// use anystream::VecStream;
/// anystream_tests::conformance!(my_backend, VecStream, declines {
///     p1_random_script_1: "an example; nothing is declined by the backends here",
/// });
/// # fn main() {}
/// ```
///
/// Streams that `Default` and `From` alone do not make come from a [`Candidate`](crate::Candidate):
///
/// ```
/// # use anystream::VecStream;
/// use anystream_tests::{candidate, conformance};
/// conformance!(my_backend, candidate: candidate::<VecStream>());
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance {
    ($name:ident, candidate: $candidate:expr $(, declines { $($case:ident: $reason:literal),+ $(,)? })?) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn candidate_under_test() -> impl $crate::Candidate {
                $candidate
            }

            const DECLINED: &[(&str, &str)] =
                &[$($(($crate::reexports::std::stringify!($case), $reason),)+)?];

            $crate::conformance_cases!($crate::conformance_case);
        }
    };
    ($name:ident, $stream:ty $(, declines { $($declined:tt)+ })?) => {
        $crate::conformance!($name, candidate: $crate::candidate::<$stream>() $(, declines { $($declined)+ })?);
    };
}

/// Runs the case of that name on streams of `candidate` in `layout`, unless it is among `declined`,
/// which are names of cases with reasons.
///
/// ```
/// use anystream::VecStream;
/// use anystream_tests::{Layout, candidate, run};
/// run(&candidate::<VecStream>(), "n1_new_is_empty", Layout::FromVec, &[]);
/// ```
///
/// # Panics
/// If a law is broken, or if there is no such case, or a declined one has no reason.
pub fn run(candidate: &dyn Candidate, case: &str, layout: Layout, declined: &[(&str, &str)]) {
    let find = |name: &str| CASES.iter().find(|case| case.name == name);
    for (name, reason) in declined {
        assert!(find(name).is_some(), "the case `{name}` that is declined does not exist");
        assert!(!reason.trim().is_empty(), "the case `{name}` is declined without a reason");
        if *name == case {
            println!("declined: {reason}");
            return;
        }
    }
    let found = find(case).unwrap_or_else(|| panic!("there is no case `{case}`"));
    let bench = Bench::new(candidate, layout);
    found.check(&bench);
    bench.finish();
}
