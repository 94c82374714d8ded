use std::cell::RefCell;
use std::rc::Rc;

use anystream::Backend;

use super::*;
use crate::heap::HeapUse;
use crate::profile::Profile;

/// The behaviour of every process of a contender.
#[derive(Clone, Copy)]
enum Behaviour {
    /// A replay takes this many nanoseconds, and ten times as long in a fresh process.
    Takes(f64),
    Refuses,
    Dies,
    /// Never ends a replay.
    Hangs,
}

use Behaviour::{Dies, Hangs, Refuses, Takes};

struct Stage {
    field: Vec<(Backend, Behaviour)>,
    /// The backend and process of each timing.
    timed: Rc<RefCell<Vec<(Backend, usize)>>>,
    processes: RefCell<usize>,
}

struct Actor {
    backend: Backend,
    behaviour: Behaviour,
    life: Life,
    process: usize,
    timed: Rc<RefCell<Vec<(Backend, usize)>>>,
}

impl Start for Stage {
    fn start(&self, contender: Contender, life: Life) -> Result<Box<dyn Replayer>, Silence> {
        let found = self.field.iter().find(|(backend, _)| Contender::Backend(*backend) == contender);
        let &(backend, behaviour) = found.expect("it is on the stage");
        *self.processes.borrow_mut() += 1;
        let process = *self.processes.borrow();
        Ok(Box::new(Actor { backend, behaviour, life, process, timed: Rc::clone(&self.timed) }))
    }
}

impl Replayer for Actor {
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Reply, Silence> {
        let Request::Time { replays, .. } = request else {
            return Ok(match self.behaviour {
                Refuses => Reply::Refused(Refusal::Cannot("as staged".to_owned())),
                Dies => return Err(Silence::Ended("signal: 6 (SIGABRT)".to_owned())),
                Takes(_) | Hangs => Reply::Checked(Box::new(Checked {
                    calls: 1,
                    final_len: 5,
                    digest: "d".to_owned(),
                    heap: HeapUse { peak: 7, ..HeapUse::default() },
                    profile: Profile::default(),
                })),
            });
        };
        assert!(*replays >= 1);
        self.timed.borrow_mut().push((self.backend, self.process));
        Ok(Reply::Timed(match (self.behaviour, self.life) {
            (Takes(time), Life::Long) => Timed::Replay(time),
            (Takes(time), Life::Short) => Timed::Replay(10.0 * time),
            _ => Timed::Longer(limit.as_secs_f64() * 1e9),
        }))
    }
}

const EFFORT: Effort = Effort {
    rounds: None,
    time: Duration::from_millis(200),
    life: Life::Long,
    goal: Goal::SPEED,
    largest_len: 0,
    side_by_side: true,
};

fn staged(effort: Effort, field: &[(Backend, Behaviour)]) -> (Race, Vec<(Backend, usize)>) {
    let timed = Rc::default();
    let stage = Stage { field: field.to_vec(), timed: Rc::clone(&timed), processes: RefCell::new(0) };
    let contenders = field.iter().map(|(backend, _)| (Contender::Backend(*backend), None)).collect();
    let race = race(&stage, contenders, effort, &mut |_, _| ());
    let timed = timed.borrow().clone();
    (race, timed)
}

fn times(race: &Race, at: usize) -> &Times {
    race.raced[at].outcome.as_ref().unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

#[test]
fn a_backend_that_fails_or_cannot_is_reported_and_not_timed_and_the_others_go_on() {
    let field = [(Backend::Small, Dies), (Backend::Ropey, Refuses), (Backend::Vec, Takes(1e6))];
    let (race, timed) = staged(EFFORT, &field);
    assert!(matches!(&race.raced[0].outcome, Err(Refusal::Failed(why)) if why.contains("SIGABRT")));
    assert!(matches!(&race.raced[1].outcome, Err(Refusal::Cannot(why)) if why == "as staged"));
    assert_eq!(times(&race, 2).checked.heap.peak, 7);
    assert!(timed.iter().all(|(backend, _)| *backend == Backend::Vec) && !timed.is_empty());
}

#[test]
fn where_all_fail_nothing_is_timed() {
    let (race, timed) = staged(EFFORT, &[(Backend::Vec, Dies)]);
    assert_eq!((race.rounds, timed.len()), (0, 0));
}

#[test]
fn each_generation_is_a_new_process_and_warm_and_cold_are_apart() {
    let (race, _) = staged(EFFORT, &[(Backend::Vec, Takes(1e6)), (Backend::Rope, Takes(1.1e6))]);
    let vec = times(&race, 0);
    assert!(vec.warm.len() >= GENERATIONS && vec.cold.len() >= 3, "{:?}", vec.warm);
    assert!(vec.warm.iter().flatten().all(|time| *time == 1e6));
    assert!(vec.cold.iter().flatten().all(|time| *time == 1e7));
}

#[test]
fn rounds_are_interleaved_within_a_generation() {
    let (_, timed) = staged(EFFORT, &[(Backend::Vec, Takes(1e6)), (Backend::Rope, Takes(1e6))]);
    // Two replays of each warm it up; then they take turns.
    for round in timed[4..10].chunks(2) {
        assert_ne!(round[0].0, round[1].0, "{timed:?}");
    }
}

#[test]
fn one_that_is_certainly_slower_leaves_the_race_and_keeps_its_place_in_every_generation() {
    let (race, timed) = staged(EFFORT, &[(Backend::Ropey, Takes(2e7)), (Backend::Vec, Takes(1e6))]);
    let (ropey, vec) = (times(&race, 0), times(&race, 1));
    assert!(ropey.dropped && !vec.dropped && !ropey.at_least);
    assert_eq!((ropey.median(), ropey.warm.len()), (2e7, vec.warm.len()));
    assert_eq!(timed.iter().filter(|(backend, _)| *backend == Backend::Ropey).count(), 2, "its warm-up");
}

#[test]
fn a_replay_that_does_not_end_gives_a_lower_bound() {
    let (race, _) = staged(EFFORT, &[(Backend::Ropey, Hangs), (Backend::Vec, Takes(1e6))]);
    let ropey = times(&race, 0);
    assert!(ropey.dropped && ropey.at_least && ropey.median() > 0.0);
    assert!(!times(&race, 1).dropped);
}

#[test]
fn as_many_rounds_are_made_as_are_asked_for() {
    for rounds in [1, 2, 4, 9, 50] {
        let effort = Effort { rounds: Some(rounds), ..EFFORT };
        let (race, _) = staged(effort, &[(Backend::Vec, Takes(1e6)), (Backend::Ropey, Takes(1e9))]);
        let made = |at| times(&race, at).warm.iter().flatten().count();
        assert_eq!((race.rounds, made(0), made(1)), (rounds, rounds as usize, rounds as usize));
    }
}

#[test]
fn processes_that_do_not_fit_side_by_side_run_one_after_the_other() {
    let effort = Effort { side_by_side: false, ..EFFORT };
    let (race, timed) = staged(effort, &[(Backend::Vec, Takes(1e6)), (Backend::Rope, Takes(1.1e6))]);
    let processes: Vec<usize> = timed.iter().map(|(_, process)| *process).collect();
    assert!(processes.is_sorted(), "a process ends before the next one starts");
    assert!(times(&race, 0).warm.len() >= GENERATIONS);
}

#[test]
fn best_is_the_fastest_backend_even_if_a_peer_is_faster() {
    let vec = Contender::Backend(Backend::Vec);
    assert_eq!(fastest([(Contender::Cursor, 1.0), (vec, 2.0)].into_iter()), Some(vec));
    assert_eq!(fastest([(Contender::Cursor, 1.0)].into_iter()), Some(Contender::Cursor));
    assert_eq!(fastest(std::iter::empty()), None);
}
