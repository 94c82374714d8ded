use anystream_workload::{Op, Script};

use super::*;
use crate::results::{Cold, Refusal, compare_with_the_best};
use crate::shape::{Most, look};

fn backend(backend: Backend, time: f64) -> Standing {
    Standing { contender: Contender::Backend(backend), figures: Ok(Figures::steady(time)) }
}

fn changed(standing: Standing, change: impl FnOnce(&mut Figures)) -> Standing {
    let Standing { contender, figures } = standing;
    Standing {
        contender,
        figures: figures.map(|mut figures| {
            change(&mut figures);
            figures
        }),
    }
}

/// Five processes that took these times.
fn processes(times: [f64; 5]) -> Vec<Vec<f64>> {
    times.iter().map(|time| vec![*time; 9]).collect()
}

fn refused(backend: Backend) -> Standing {
    let figures = Err(Refusal::Cannot("no memory".to_owned()));
    Standing { contender: Contender::Backend(backend), figures }
}

fn choose_for(goal: &str, life: Life, standings: &[Standing], script: &Script) -> Option<Choice> {
    let looked = look(script, Most { nanoseconds: f64::INFINITY, len: u64::MAX });
    let mut standings = standings.to_vec();
    compare_with_the_best(&mut standings);
    choose(&standings, &looked.calls, &looked.shape, Wish { goal: goal.parse().unwrap(), life })
}

fn choice(standings: &[Standing]) -> Choice {
    choose_for("speed", Life::Long, standings, &write()).expect("some backend has figures")
}

fn write() -> Script {
    Script::new("", "").with([Op::Write("0123456789".into())])
}

#[test]
fn the_fastest_is_chosen_and_the_next_is_named() {
    let insert = Op::Splice { range: 0..0, with: "x".into() };
    let inserts = Script::new("", vec![0; 2048]).with([insert.clone(), insert]);
    let standings = [backend(Backend::Vec, 20.0), backend(Backend::Rope, 10.0)];
    let Choice { backend, decided, reason, .. } =
        choose_for("speed", Life::Long, &standings, &inserts).unwrap();
    assert_eq!((backend.name(), decided), ("rope", true));
    assert!(reason.starts_with("Take rope: the next, vec, takes 2.00 times as long; 100 % of"), "{reason}");
}

#[test]
fn of_those_that_are_about_as_good_the_simplest_is_chosen() {
    let standings =
        [backend(Backend::Ropey, 10.0), backend(Backend::Rope, 10.2), backend(Backend::Small, 30.0)];
    let Choice { backend, decided, reason, .. } = choice(&standings);
    assert_eq!((backend.name(), decided), ("rope", true));
    assert!(reason.contains("ropey is within 5 %, and rope is the simplest; the next, small,"), "{reason}");
}

#[test]
fn a_choice_that_is_not_proven_says_by_how_much_the_others_may_be_better() {
    let wild = |figures: &mut Figures| figures.processes = processes([0.5, 2.0, 4.0, 0.7, 3.0]);
    let standings = [backend(Backend::Vec, 1.0), changed(backend(Backend::Rope, 4.0), wild)];
    let Choice { backend, decided, reason, .. } = choice(&standings);
    assert_eq!((backend.name(), decided), ("vec", false));
    assert!(reason.contains("Undecided between vec and rope: these may differ by up to"), "{reason}");
}

#[test]
fn the_choice_depends_neither_on_order_nor_on_peers_nor_on_backends_that_lose() {
    let field = [
        backend(Backend::Small, 10.1),
        backend(Backend::Rope, 10.0),
        backend(Backend::Vec, 10.2),
        backend(Backend::Ropey, 900.0),
        Standing { contender: Contender::Cursor, figures: Ok(Figures::steady(5.0)) },
    ];
    for turns in 0..field.len() {
        let mut turned = field.clone();
        turned.rotate_left(turns);
        assert_eq!(choice(&turned).backend.name(), "vec");
        turned.reverse();
        assert_eq!(choice(&turned).backend.name(), "vec");
    }
    assert_eq!(choice(&field[..3]).backend.name(), "vec");
    assert_eq!(choice(&field[1..3]).backend.name(), "vec");
}

#[test]
fn where_the_lives_disagree_the_one_that_was_asked_for_decides_and_the_other_is_named() {
    let cold = |figures: &mut Figures| {
        let processes = vec![vec![1.0]; 5];
        figures.cold = Some(Cold { median: 1.0, interval: Default::default(), processes });
    };
    let standings = [backend(Backend::Vec, 10.0), changed(backend(Backend::Rope, 20.0), cold)];
    let warm = choice(&standings);
    assert_eq!(warm.backend.name(), "vec");
    assert!(warm.reason.contains("In a fresh process, rope is 10.0 times as fast"), "{}", warm.reason);
    let cold = choose_for("speed", Life::Short, &standings, &write()).unwrap();
    assert_eq!(cold.backend.name(), "rope");
    assert!(cold.reason.contains("In a long-running process, vec is 2.00 times as fast"), "{}", cold.reason);
}

#[test]
fn the_order_of_simplicity_is_vec_small_rope_ropey() {
    let mut backends =
        [Backend::Ropey, Backend::Rope, Backend::Small, Backend::Vec].map(Contender::Backend).to_vec();
    let mut order = Vec::new();
    while let Some(next) = simplest(backends.iter().copied()) {
        backends.retain(|&backend| backend != next);
        order.push(next.name());
    }
    assert_eq!(order, ["vec", "small", "rope", "ropey"]);
}

#[test]
fn small_says_that_it_allocates_nothing_only_where_it_does_not() {
    for (peak, inline) in [(0, true), (80, false)] {
        let small = changed(backend(Backend::Small, 10.0), |it| it.heap.peak = peak);
        let reason = choice(&[backend(Backend::Vec, 30.0), small]).reason;
        assert_eq!(reason.contains("never longer than 10 B and fits inline"), inline, "{reason}");
    }
}

#[test]
fn holes_are_a_reason_only_where_they_took_no_memory() {
    let script = Script::new("", "").with([Op::SetLen(1 << 20), Op::Write("x".into())]);
    for (peak, free) in [(100, true), (2 << 20, false)] {
        let rope = changed(backend(Backend::Rope, 10.0), |it| it.heap.peak = peak);
        let standings = [rope, refused(Backend::Vec)];
        let reason = choose_for("speed", Life::Long, &standings, &script).unwrap().reason;
        assert!(reason.contains("no other backend that was compared can do it"), "{reason}");
        assert_eq!(reason.contains("holes take no memory"), free, "{reason}");
    }
}

#[test]
fn one_that_needs_half_the_heap_is_named_with_its_price() {
    let standings = [
        changed(backend(Backend::Vec, 10.0), |it| it.heap.peak = 100_000),
        changed(backend(Backend::Rope, 15.0), |it| it.heap.peak = 40_000),
    ];
    let reason = choice(&standings).reason;
    let price = "If heap matters more: rope needs 39.06 KiB instead of 97.66 KiB, at 1.50 times the time.";
    assert!(reason.ends_with(price), "{reason}");
}

#[test]
fn without_figures_there_is_no_choice() {
    assert_eq!(choose_for("speed", Life::Long, &[refused(Backend::Vec)], &write()), None);
}

#[test]
fn what_weighs_decides() {
    let mut standings = [
        changed(backend(Backend::Vec, 10.0), |it| it.heap.peak = 1 << 20),
        changed(backend(Backend::Rope, 15.0), |it| it.heap.peak = 1 << 18),
    ];
    let choice = |goal, standings: &[Standing]| choose_for(goal, Life::Long, standings, &write()).unwrap();
    assert_eq!(choice("memory", &standings).backend.name(), "rope");
    assert_eq!(choice("speed=9,memory=1", &standings).backend.name(), "vec");
    let weighed = choice("speed=1,memory=1", &standings);
    assert_eq!(weighed.backend.name(), "rope");
    assert!(weighed.reason.contains("256.00 KiB of heap (vec 1.00 MiB)"), "{}", weighed.reason);

    for (standing, p999) in standings.iter_mut().zip([5000_u32, 50]) {
        if let Ok(figures) = &mut standing.figures {
            figures.profile.latency.p999 = p999.into();
            figures.p999 = processes([f64::from(p999); 5]);
        }
    }
    let latency = choice("latency", &standings);
    assert_eq!((latency.backend.name(), latency.decided), ("rope", true));
    assert!(latency.reason.contains("999 of 1,000 calls within 50.0 ns (vec 5.00 µs)"), "{}", latency.reason);
}

#[test]
fn a_lower_bound_of_a_replay_that_was_ended_is_called_one() {
    let ended = changed(backend(Backend::Ropey, 200.0), |it| it.at_least = true);
    let reason = choice(&[backend(Backend::Vec, 10.0), ended]).reason;
    assert!(reason.contains("the next, ropey, takes more than 20.0 times as long"), "{reason}");
}
