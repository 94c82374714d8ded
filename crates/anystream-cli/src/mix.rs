//! What would change the choice: the share of a kind of call at which another backend is faster.
//!
//! Computed, not measured: what a call takes on average is the sum over the kinds of share times cost. One
//! share changes and the other kinds keep their proportions, so that this is a straight line for every backend,
//! and two of them cross at most once.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::choice::simplest;
use crate::contender::Contender;
use crate::interval::LAYOUT;
use crate::mind::MARGIN;
use crate::results::{Calls, Figures, Standing};

/// With fewer calls of a kind, chance decides what they cost.
const FEWEST_CALLS: u64 = 32;

/// Costs that are closer together than these nanoseconds are the same to a clock.
const A_CLOCK: f64 = 10.0;

/// No program makes calls of a kind, or of all others, more rarely than this.
const RAREST: f64 = 0.001;

/// No more kinds than these are named.
const MOST_KINDS: usize = 2;

/// In a sentence, the shares nearest to those of now at which another backend overtakes `chosen`; nothing if
/// there are none.
pub(crate) fn change(chosen: Contender, calls: &Calls, standings: &[Standing]) -> Option<String> {
    let costs: Vec<Costs<'_>> = standings.iter().filter_map(|standing| Costs::of(standing, calls)).collect();
    let own = costs.iter().find(|costs| costs.backend == chosen)?;
    let mut crossings: Vec<Crossing<'_>> =
        own.by_kind.keys().filter_map(|kind| nearest(own, &costs, kind, calls)).collect();
    // Equal distances come from two kinds that are all there is: then the one that costs so differently.
    crossings.sort_by_key(|it| ((it.distance() * 1e6) as u64, Reverse(it.difference as u64)));
    // Of two kinds, what is said of one is said of the other.
    crossings.truncate(MOST_KINDS.min(own.by_kind.len().saturating_sub(1)));
    let clauses: Vec<String> = crossings.iter().map(Crossing::clause).collect();
    (!clauses.is_empty()).then(|| {
        let said = clauses.join("; ").replacen("were", "Were", 1);
        format!("{said} (computed from what each kind of call took, not measured by a run of its own).")
    })
}

/// What the calls of a backend cost, in nanoseconds.
struct Costs<'a> {
    backend: Contender,
    /// Share of the calls, and the cost of one.
    by_kind: BTreeMap<&'a str, (f64, f64)>,
}

impl<'a> Costs<'a> {
    /// Nothing for peers, and for those of whose calls too little is known.
    fn of(Standing { contender, figures }: &Standing, calls: &'a Calls) -> Option<Self> {
        let figures = figures.as_ref().ok().filter(|_| !contender.is_peer())?;
        let mut by_kind = BTreeMap::new();
        for (kind, of_kind) in &calls.by_kind {
            let cost = figures.profile.cost_by_kind.iter().find(|(it, _)| it == kind)?.1;
            by_kind.insert(&kind[..], (*of_kind as f64 / calls.total.max(1) as f64, cost));
        }
        let mut costs = Costs { backend: *contender, by_kind };
        let added = costs.added_by_timing(figures, calls)?;
        for (_, cost) in costs.by_kind.values_mut() {
            *cost = (*cost - added).max(0.0);
        }
        Some(costs)
    }

    /// What a call takes longer where each is timed by itself: the same for all kinds. Nothing if the two differ by
    /// more than that can be, for then something else disturbed one of them.
    fn added_by_timing(&self, figures: &Figures, calls: &Calls) -> Option<f64> {
        const MOST_ADDED: f64 = 50.0;
        let in_rounds = figures.median / calls.total.max(1) as f64;
        let added = self.mean() - in_rounds;
        (added.abs() <= MOST_ADDED.max(in_rounds * (MARGIN - 1.0))).then_some(added)
    }

    fn mean(&self) -> f64 {
        self.by_kind.values().map(|(share, cost)| share * cost).sum()
    }

    fn cost(&self, kind: &str) -> f64 {
        self.by_kind.get(kind).map_or(0.0, |(_, cost)| *cost)
    }

    fn share(&self, kind: &str) -> f64 {
        self.by_kind.get(kind).map_or(0.0, |(share, _)| *share)
    }

    /// Of a call of any other kind.
    fn others(&self, kind: &str) -> f64 {
        let share = self.share(kind);
        (self.mean() - share * self.cost(kind)) / (1.0 - share)
    }

    /// Of a call if so many were of `kind`.
    fn mean_with(&self, kind: &str, share: f64) -> f64 {
        share * self.cost(kind) + (1.0 - share) * self.others(kind)
    }
}

/// Where a rival overtakes.
#[derive(Clone, Copy)]
struct Crossing<'a> {
    kind: &'a str,
    rival: Contender,
    now: f64,
    share: f64,
    /// Of the costs of a call of this kind, in nanoseconds.
    difference: f64,
}

/// For `kind`, the share nearest to that of now at which anybody overtakes; of those who do so together, the simplest.
fn nearest<'a>(own: &Costs<'a>, all: &[Costs<'_>], kind: &'a str, calls: &Calls) -> Option<Crossing<'a>> {
    let of_kind = calls.by_kind.get(kind).copied().unwrap_or_default();
    if of_kind < FEWEST_CALLS || calls.total.saturating_sub(of_kind) < FEWEST_CALLS {
        return None;
    }
    let found: Vec<(&Costs<'_>, Crossing<'a>)> =
        all.iter().filter_map(|rival| Some((rival, crossing(own, rival, kind)?))).collect();
    let (_, first) = found.iter().min_by(|(_, a), (_, b)| a.distance().total_cmp(&b.distance()))?;
    let mean = own.mean_with(kind, first.share);
    let together = found.iter().filter(|(rival, it)| {
        it.is_more() == first.is_more() && rival.mean_with(kind, first.share) <= mean * (1.0 + LAYOUT)
    });
    let simplest = simplest(together.map(|(rival, _)| rival.backend))?;
    found.iter().map(|(_, it)| *it).find(|it| it.rival == simplest)
}

/// Where the two cost the same, if `rival` is clearly slower now and clearly faster at the end.
fn crossing<'a>(own: &Costs<'a>, rival: &Costs<'_>, kind: &'a str) -> Option<Crossing<'a>> {
    let clearly_less = |a: f64, b: f64| a * MARGIN < b && a + A_CLOCK < b;
    let of_kind = (own.cost(kind), rival.cost(kind));
    let others = (own.others(kind), rival.others(kind));
    let ahead_at_an_end = clearly_less(of_kind.1, of_kind.0) || clearly_less(others.1, others.0);
    if own.mean() * MARGIN >= rival.mean() || !ahead_at_an_end {
        return None;
    }
    let (loss_of_kind, loss_of_others) = (of_kind.1 - of_kind.0, others.1 - others.0);
    let share = loss_of_others / (loss_of_others - loss_of_kind);
    let crossing =
        Crossing { kind, rival: rival.backend, now: own.share(kind), share, difference: loss_of_kind.abs() };
    let believable = (RAREST..=1.0 - RAREST).contains(&share);
    (believable && percentage(share) != percentage(crossing.now)).then_some(crossing)
}

impl Crossing<'_> {
    fn is_more(&self) -> bool {
        self.share > self.now
    }

    /// How much would have to change: from 1 % to 2 % is about as far as from 98 % to 99 %.
    fn distance(&self) -> f64 {
        let odds = |share: f64| (share / (1.0 - share)).ln();
        (odds(self.share) - odds(self.now)).abs()
    }

    fn clause(&self) -> String {
        let direction = if self.is_more() { "more" } else { "fewer" };
        let (share, now) = (percentage(self.share), percentage(self.now));
        let Crossing { kind, rival, .. } = self;
        format!("were {direction} than {share} of the calls {kind}s ({now} now), {rival} would be faster")
    }
}

fn percentage(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = usize::from(!(9.95..=90.05).contains(&percent));
    format!("{percent:.decimals$} %")
}

#[cfg(test)]
mod tests {
    use anystream::Backend;

    use super::*;
    use crate::profile::Profile;

    const VEC: Contender = Contender::Backend(Backend::Vec);
    const SMALL: Contender = Contender::Backend(Backend::Small);
    const ROPE: Contender = Contender::Backend(Backend::Rope);

    fn calls(by_kind: &[(&str, u64)]) -> Calls {
        let by_kind: BTreeMap<String, u64> =
            by_kind.iter().map(|(kind, calls)| ((*kind).to_owned(), *calls)).collect();
        Calls { total: by_kind.values().sum(), by_kind, ..Calls::default() }
    }

    /// Whose calls cost so much by kind, in nanoseconds, and `added` more where each is timed by itself.
    fn standing(contender: Contender, calls: &Calls, costs: &[(&str, f64)], added: f64) -> Standing {
        let median = costs.iter().map(|(kind, cost)| calls.by_kind[*kind] as f64 * cost).sum();
        let cost_by_kind = costs.iter().map(|(kind, cost)| ((*kind).to_owned(), cost + added)).collect();
        let figures = Figures {
            times: vec![median],
            median,
            interval: crate::interval::Interval::default(),
            ratio: 1.0,
            tied: false,
            heap: crate::heap::HeapUse::default(),
            profile: Profile { cost_by_kind, ..Profile::default() },
        };
        Standing { contender, figures: Ok(figures) }
    }

    fn changed(chosen: Contender, calls: &Calls, all: &[(Contender, &[(&str, f64)])]) -> Option<String> {
        let standings: Vec<Standing> =
            all.iter().map(|(contender, costs)| standing(*contender, calls, costs, 0.0)).collect();
        change(chosen, calls, &standings)
    }

    const COMPUTED: &str = "(computed from what each kind of call took, not measured by a run of its own).";

    /// 10 (1 - s) + 1010 s = 30 (1 - s) + 30 s at s = 2 %.
    #[test]
    fn the_share_below_which_another_is_faster_is_where_the_lines_cross() {
        let calls = calls(&[("insert", 410), ("read", 590)]);
        let (vec, rope) = ([("insert", 1010.0), ("read", 10.0)], [("insert", 30.0), ("read", 30.0)]);
        let said =
            format!("Were fewer than 2.0 % of the calls inserts (41 % now), vec would be faster {COMPUTED}");
        assert_eq!(changed(ROPE, &calls, &[(VEC, &vec), (ROPE, &rope)]), Some(said.clone()));
        let timed = [standing(VEC, &calls, &vec, 20.0), standing(ROPE, &calls, &rope, 40.0)];
        assert_eq!(change(ROPE, &calls, &timed), Some(said), "what timing adds to each call is taken off");
    }

    /// 100 (1 - s) + 900 s = 400 (1 - s) + 300 s at s = 1/3, the other kinds keeping their proportions:
    /// a read and a seek are 100 and 400 on average.
    #[test]
    fn the_share_above_which_another_is_faster_keeps_the_proportions_of_the_others() {
        let calls = calls(&[("insert", 100), ("read", 450), ("seek", 450)]);
        let vec = [("insert", 900.0), ("read", 150.0), ("seek", 50.0)];
        let rope = [("insert", 300.0), ("read", 750.0), ("seek", 50.0)];
        let said = changed(VEC, &calls, &[(VEC, &vec), (ROPE, &rope)]).expect("a sentence");
        assert!(said.contains("Were more than 33 % of the calls inserts (10 % now), rope would be faster"));
        // The others of a read: 600 saved by an insert, of which there are 10 in 55; a read loses 600.
        assert!(
            said.contains("were fewer than 15 % of the calls reads (45 % now), rope would be faster"),
            "{said}"
        );
    }

    #[test]
    fn of_those_who_overtake_together_the_simplest_is_named() {
        let calls = calls(&[("insert", 500), ("read", 500)]);
        let all: [(Contender, &[(&str, f64)]); 3] = [
            (SMALL, &[("insert", 1010.0), ("read", 10.0)]),
            (VEC, &[("insert", 1012.0), ("read", 10.0)]),
            (ROPE, &[("insert", 30.0), ("read", 30.0)]),
        ];
        assert!(changed(ROPE, &calls, &all).is_some_and(|said| said.contains("vec would be faster")));
    }

    #[test]
    fn nothing_is_said_where_no_share_makes_another_clearly_faster() {
        let mixed = calls(&[("insert", 500), ("read", 500)]);
        let rope: &[(&str, f64)] = &[("insert", 30.0), ("read", 30.0)];
        let said = |vec: [f64; 2]| {
            let vec = [("insert", vec[0]), ("read", vec[1])];
            changed(ROPE, &mixed, &[(VEC, &vec), (ROPE, rope)])
        };
        assert_eq!(said([1000.0, 40.0]), None, "slower at everything");
        assert_eq!(said([1000.0, 29.0]), None, "within noise of reads");
        assert_eq!(said([31.0, 10.0]), None, "the rival is faster already");
        assert_eq!(said([100_000.0, 10.0]), None, "so few inserts that nobody has them");
        assert!(said([1000.0, 10.0]).is_some());
    }

    #[test]
    fn nothing_is_said_of_few_calls_or_of_one_kind_or_of_peers_or_of_a_disturbed_profile() {
        let vec: &[(&str, f64)] = &[("insert", 1000.0), ("read", 10.0)];
        let rope: &[(&str, f64)] = &[("insert", 30.0), ("read", 30.0)];
        let few = calls(&[("insert", 31), ("read", 500)]);
        assert_eq!(changed(ROPE, &few, &[(VEC, vec), (ROPE, rope)]), None);
        let one = calls(&[("insert", 500)]);
        assert_eq!(changed(ROPE, &one, &[(VEC, &vec[..1]), (ROPE, &rope[..1])]), None);
        let many = calls(&[("insert", 500), ("read", 500)]);
        assert_eq!(changed(ROPE, &many, &[(Contender::Cursor, vec), (ROPE, rope)]), None);
        let disturbed = [standing(VEC, &many, vec, 100.0), standing(ROPE, &many, rope, 0.0)];
        assert_eq!(change(ROPE, &many, &disturbed), None);
    }
}
