//! Whether the choice matters at all: the time of the stream calls next to the time of the program.

use super::{Advice, Confidence, Kind};
use crate::choice::simplest;
use crate::contender::Contender;
use crate::report::numbers::duration;

/// How long the program ran.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wall {
    pub(crate) ns: f64,
    /// Under strace, which slows the program.
    pub(crate) traced: bool,
}

/// A difference below this share of the run time cannot be noticed.
const NOTICEABLE: f64 = 0.01;

/// A program that does nothing but system calls is at most about this much slower under strace.
const STRACE_SLOWS: f64 = 100.0;

/// Says that the choice does not matter, if so. `times` are nanoseconds per replay of every backend that can do the
/// workload, and `chosen` is the backend that was chosen.
pub(crate) fn relevance(times: &[(Contender, f64)], chosen: Contender, wall: Wall) -> Option<Advice> {
    let backends = || times.iter().filter(|(contender, _)| !contender.is_peer());
    let best = backends().map(|(_, ns)| *ns).min_by(f64::total_cmp)?;
    let own = backends().find(|(contender, _)| *contender == chosen)?.1;
    if wall.ns <= 0.0 || own > wall.ns {
        return None;
    }
    let slowed = if wall.traced { STRACE_SLOWS } else { 1.0 };
    let noticeable = |ns: f64| (ns - best) * slowed / wall.ns >= NOTICEABLE;
    let (slow, close): (Vec<_>, Vec<_>) = backends().partition(|(_, ns)| noticeable(*ns));
    let which = match (&slow[..], close.len()) {
        ([], 2..) => "any backend".to_owned(),
        ([(slow, _)], 2..) => format!("any backend but {slow}"),
        _ if wall.traced => return share(own, wall),
        _ => return None,
    };
    let simple = simplest(close.iter().map(|(contender, _)| *contender))?;
    let times = format!("{} of {}", small(own), duration(wall.ns));
    let traced = if wall.traced { " under strace, which slows the program" } else { "" };
    Some(Advice {
        kind: Kind::Relevance,
        sentence: format!("{times}{traced}: {which} will do; use {simple}."),
        code: Some(format!("let mut stream = {}::default();", simple.type_name())),
        confidence: Confidence::Proven,
    })
}

/// Only the time under strace is known, and it is too short to prove that any backend will do.
fn share(own: f64, wall: Wall) -> Option<Advice> {
    let percent = own / wall.ns * 100.0;
    if percent >= 10.0 {
        return None;
    }
    let percent = format!("{percent:.*} %", if percent < 0.01 { 4 } else { 2 });
    Some(Advice {
        kind: Kind::Relevance,
        sentence: format!(
            "The stream calls take {} of {} under strace, which slows the program: at least {percent}. --repeatable \
             measures the true share.",
            small(own),
            duration(wall.ns)
        ),
        code: None,
        confidence: Confidence::Suggested,
    })
}

/// In milliseconds above 10 µs, so that it compares with the run time at a glance.
fn small(ns: f64) -> String {
    match ns {
        10e3..1e6 => format!("{:.2} ms", ns / 1e6),
        _ => duration(ns),
    }
}

#[cfg(test)]
mod tests {
    use anystream::Backend;

    use super::*;

    const VEC: Contender = Contender::Backend(Backend::Vec);
    const ROPE: Contender = Contender::Backend(Backend::Rope);
    const ROPEY: Contender = Contender::Backend(Backend::Ropey);

    fn said(times: &[(Contender, f64)], ns: f64, traced: bool) -> Option<String> {
        relevance(times, times[0].0, Wall { ns, traced }).map(|advice| advice.sentence)
    }

    #[test]
    fn a_difference_below_one_percent_of_the_run_time_does_not_matter() {
        let times = [(ROPE, 30e3), (VEC, 45e3)];
        let any = "0.03 ms of 220 ms: any backend will do; use vec.";
        assert_eq!(said(&times, 220e6, false).as_deref(), Some(any));
        assert_eq!(said(&times, 1.6e6, false).map(|it| it.contains("any backend will do")), Some(true));
        assert_eq!(said(&times, 1.5e6, false), None, "15 µs are one percent");
    }

    #[test]
    fn the_one_backend_that_would_be_noticed_is_named() {
        let times = [(VEC, 30e3), (ROPE, 45e3), (ROPEY, 9e6), (Contender::Cursor, 1e9)];
        let said = said(&times, 220e6, false).unwrap();
        assert_eq!(said, "0.03 ms of 220 ms: any backend but ropey will do; use vec.");
    }

    #[test]
    fn the_time_under_strace_settles_it_only_with_much_to_spare() {
        let times = [(VEC, 30e3), (ROPE, 45e3)];
        let said = |ns| said(&times, ns, true).unwrap();
        assert!(
            said(220e6).starts_with("0.03 ms of 220 ms under strace, which slows the program: any backend")
        );
        assert_eq!(
            said(20e6),
            "The stream calls take 0.03 ms of 20.0 ms under strace, which slows the program: at least 0.15 %. \
             --repeatable measures the true share."
        );
    }

    #[test]
    fn nothing_is_said_where_the_stream_calls_are_the_program() {
        assert_eq!(said(&[(VEC, 30e6), (ROPE, 40e6)], 35e6, false), None);
        assert_eq!(said(&[(VEC, 30e6), (ROPE, 40e6)], 35e6, true), None);
        assert_eq!(said(&[(VEC, 30e6)], 0.0, false), None);
    }
}
