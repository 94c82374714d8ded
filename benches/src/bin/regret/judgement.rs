//! Whether the advice is good enough.

use std::collections::BTreeSet;

use crate::advice::{Advice, Answer};
use crate::backend::Backend;
use crate::facts::Group;
use crate::stats::{greatest, least, mean};
use crate::truth::Truth;

/// A log, its true times or why it cannot be replayed, and the advice of every run.
pub(crate) struct Judged {
    pub(crate) log: String,
    pub(crate) truth: Result<Truth, String>,
    pub(crate) advice: Vec<Advice>,
}

/// What the advice must reach.
pub(crate) struct Bars {
    pub(crate) mean: f64,
    pub(crate) worst: f64,
    /// By how much the mean regret may exceed that of one backend for everything.
    pub(crate) above_always: f64,
    /// Choices of different runs may differ by this factor.
    pub(crate) flip: f64,
}

impl Bars {
    pub(crate) const QUIET: Bars = Bars { mean: 1.01, worst: 1.10, above_always: 0.005, flip: 1.05 };
    pub(crate) const LOADED: Bars = Bars { mean: 1.05, worst: 1.30, ..Bars::QUIET };
}

/// The backends that `choose` has to beat.
const ALWAYS: [Backend; 2] = [Backend::Vec, Backend::Rope];

pub(crate) struct Verdict {
    pub(crate) groups: Vec<Standing>,
    pub(crate) mean_seconds: f64,
    pub(crate) longest_seconds: f64,
    /// What fails, a sentence each.
    pub(crate) faults: Vec<String>,
}

/// The regrets on a group of logs.
pub(crate) struct Standing {
    pub(crate) group: Group,
    pub(crate) logs: usize,
    pub(crate) choose: Regrets,
    pub(crate) always: Vec<Always>,
}

/// One backend for every log on which it could be timed.
pub(crate) struct Always {
    pub(crate) backend: Backend,
    pub(crate) logs: usize,
    pub(crate) regrets: Regrets,
    /// The mean regret of the advice on the same logs.
    pub(crate) choose_mean: f64,
}

pub(crate) struct Regrets {
    pub(crate) mean: f64,
    pub(crate) worst: f64,
    /// The mean by the shortest replays instead of the medians: if it differs much, the times are noisy.
    pub(crate) mean_by_best: f64,
}

impl Verdict {
    pub(crate) fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Judged {
    /// Every choice, once per run that made one.
    pub(crate) fn choices(&self) -> Vec<Backend> {
        let choice = |advice: &Advice| match advice.answer {
            Answer::Choice { backend, .. } => Some(backend),
            _ => None,
        };
        self.advice.iter().filter_map(choice).collect()
    }

    /// Why the program refused this log, if it did in any run.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.advice.iter().find_map(|advice| match &advice.answer {
            Answer::Refused(why) => Some(why.as_str()),
            _ => None,
        })
    }

    /// By which factor the choices of different runs differ; nothing if all runs chose the same.
    pub(crate) fn flip(&self) -> Option<f64> {
        let different = BTreeSet::from_iter(self.choices());
        if different.len() < 2 {
            return None;
        }
        let truth = self.truth.as_ref().ok()?;
        let times = || different.iter().map(|backend| truth.median_ns(*backend).unwrap_or(f64::INFINITY));
        Some(greatest(times()) / least(times()))
    }

    /// The regret of each choice. Nothing without a choice, or if one was not timed.
    pub(crate) fn regrets(&self) -> Option<Vec<f64>> {
        let truth = self.truth.as_ref().ok()?;
        let regrets: Option<Vec<f64>> =
            self.choices().into_iter().map(|choice| truth.regret(choice)).collect();
        regrets.filter(|regrets| !regrets.is_empty())
    }

    fn is_judged(&self) -> bool {
        self.regrets().is_some()
    }
}

/// Judges the advice on all logs that were timed and answered.
pub(crate) fn judge(judged: &[Judged], bars: &Bars) -> Verdict {
    let mut faults = faults_of_logs(judged, bars);
    let groups: Vec<Standing> = Group::ALL.into_iter().filter_map(|group| standing(judged, group)).collect();
    if groups.is_empty() {
        faults.push("no log was both timed and answered".to_owned());
    }
    for Standing { group, choose, always, .. } in &groups {
        let group_name = group.name();
        if *group == Group::All {
            if choose.mean > bars.mean {
                faults.push(format!("the mean regret is {:.3}, and may be {}", choose.mean, bars.mean));
            }
            if choose.worst > bars.worst {
                faults.push(format!("the worst regret is {:.3}, and may be {}", choose.worst, bars.worst));
            }
        }
        for Always { backend, regrets, choose_mean, .. } in always {
            if *choose_mean > regrets.mean + bars.above_always {
                faults.push(format!(
                    "{group_name}: the mean regret is {choose_mean:.3}, and {:.3} with {} for every log",
                    regrets.mean,
                    backend.name()
                ));
            }
        }
    }
    let seconds: Vec<f64> = judged.iter().flat_map(|one| &one.advice).map(|advice| advice.seconds).collect();
    let longest_seconds = greatest(seconds.iter().copied());
    Verdict { groups, mean_seconds: mean(&seconds), longest_seconds, faults }
}

fn faults_of_logs(judged: &[Judged], bars: &Bars) -> Vec<String> {
    let mut faults = Vec::new();
    for one in judged {
        let log = &one.log;
        if let Some(factor) = one.flip().filter(|factor| *factor > bars.flip) {
            faults.push(format!(
                "{log}: the runs choose differently, between backends that differ {factor:.2}x"
            ));
        }
        let failure = one.advice.iter().find_map(|advice| match &advice.answer {
            Answer::Failed(why) => Some(why),
            _ => None,
        });
        if let Some(why) = failure {
            faults.push(format!("{log}: choose failed: {why}"));
        }
        if let (Ok(truth), Some(choice)) = (&one.truth, one.choices().first())
            && !truth.times.is_empty()
            && let Some(why) = truth.left_out.get(choice)
        {
            faults.push(format!("{log}: choose picks {}, which could not be timed: {why}", choice.name()));
        }
    }
    faults
}

fn standing(judged: &[Judged], group: Group) -> Option<Standing> {
    let belongs = |truth: &Truth| truth.facts.is_in(group);
    let members: Vec<&Judged> =
        judged.iter().filter(|one| one.truth.as_ref().is_ok_and(belongs) && one.is_judged()).collect();
    let choose = Regrets::of(&members, Judged::choices)?;
    let always = |backend| {
        let timed = |one: &Judged| one.truth.as_ref().is_ok_and(|truth| truth.times.contains_key(&backend));
        let members: Vec<&Judged> = members.iter().copied().filter(|one| timed(one)).collect();
        let regrets = Regrets::of(&members, |_| vec![backend])?;
        let choose_mean = Regrets::of(&members, Judged::choices)?.mean;
        Some(Always { backend, logs: members.len(), regrets, choose_mean })
    };
    let always = ALWAYS.into_iter().filter_map(always).collect();
    Some(Standing { group, logs: members.len(), choose, always })
}

impl Regrets {
    /// Of `choices` on `members`, which must all be timed. Every log counts once in the mean, however many choices
    /// there are. Nothing if there are no members.
    fn of(members: &[&Judged], choices: impl Fn(&Judged) -> Vec<Backend>) -> Option<Self> {
        let all = |of: fn(&Truth, Backend) -> Option<f64>| -> Vec<Vec<f64>> {
            let truths = members.iter().filter_map(|one| Some((one.truth.as_ref().ok()?, choices(one))));
            truths
                .map(|(truth, choices)| choices.into_iter().filter_map(|choice| of(truth, choice)).collect())
                .collect()
        };
        let mean_of = |regrets: &[Vec<f64>]| mean(&regrets.iter().map(|one| mean(one)).collect::<Vec<_>>());
        let by_median = all(Truth::regret);
        (!members.is_empty()).then(|| Regrets {
            mean: mean_of(&by_median),
            worst: greatest(by_median.iter().flatten().copied()),
            mean_by_best: mean_of(&all(Truth::regret_by_best)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::facts::Facts;
    use crate::truth::Times;

    fn log(name: &str, facts: Facts, times: &[(Backend, f64)], choices: &[Backend]) -> Judged {
        let times = times
            .iter()
            .map(|&(backend, ns)| (backend, Times { median_ns: ns, best_ns: ns, replays: 1, processes: 1 }));
        let truth = Truth {
            log: name.to_owned(),
            cpu: String::new(),
            facts,
            times: times.collect(),
            left_out: BTreeMap::new(),
        };
        let advice = choices
            .iter()
            .map(|&backend| Advice { answer: Answer::Choice { backend, decided: None }, seconds: 1.0 });
        Judged { log: name.to_owned(), truth: Ok(truth), advice: advice.collect() }
    }

    fn reading() -> Facts {
        Facts { reads: 9, bytes_written: 10, writes: 1, initial_len: 20, final_len: 20, ..Facts::default() }
    }

    fn growing() -> Facts {
        Facts { writes: 9, bytes_written: 10, final_len: 10, ..Facts::default() }
    }

    #[test]
    fn the_best_choice_everywhere_passes() {
        let judged = [
            log("a", growing(), &[(Backend::Vec, 100.0), (Backend::Rope, 200.0)], &[Backend::Vec]),
            log("b", reading(), &[(Backend::Vec, 300.0), (Backend::Rope, 200.0)], &[Backend::Rope]),
        ];
        let verdict = judge(&judged, &Bars::QUIET);
        assert!(verdict.holds(), "{:?}", verdict.faults);
        let all = &verdict.groups[0];
        assert_eq!((all.logs, all.choose.mean, all.choose.worst), (2, 1.0, 1.0));
        assert_eq!((all.always[0].regrets.mean, all.always[1].regrets.worst), (1.25, 2.0));
        let groups: Vec<_> = verdict.groups.iter().map(|standing| (standing.group, standing.logs)).collect();
        assert_eq!(groups, [(Group::All, 2), (Group::Growing, 1), (Group::ReadMostly, 1)]);
    }

    #[test]
    fn each_bar_can_fail() {
        let near = [(Backend::Vec, 100.0), (Backend::Rope, 104.0), (Backend::Small, 112.0)];
        let faults = |choices: &[Backend], bars| judge(&[log("a", growing(), &near, choices)], bars).faults;
        assert_eq!(faults(&[Backend::Vec], &Bars::QUIET), [""; 0]);
        // The mean, and always-vec on all logs and on the growing ones.
        assert_eq!(faults(&[Backend::Rope], &Bars::QUIET).len(), 3);
        assert!(
            faults(&[Backend::Small], &Bars::QUIET)
                .iter()
                .any(|fault| fault.contains("worst regret is 1.120"))
        );
        assert!(!faults(&[Backend::Small], &Bars::LOADED).iter().any(|fault| fault.contains("worst")));
        let flips =
            |choices: &[Backend]| faults(choices, &Bars::QUIET).iter().any(|fault| fault.contains("differ"));
        assert!(!flips(&[Backend::Vec, Backend::Rope]));
        assert!(flips(&[Backend::Vec, Backend::Rope, Backend::Small]));
    }

    #[test]
    fn refused_logs_count_in_no_mean_and_failures_are_faults() {
        let times = [(Backend::Vec, 100.0), (Backend::Rope, 900.0)];
        let answered = |name: &str, answer| Judged {
            advice: vec![Advice { answer, seconds: 1.0 }],
            ..log(name, growing(), &times, &[])
        };
        let refused = answered("b", Answer::Refused("mapped".to_owned()));
        assert_eq!(refused.refusal(), Some("mapped"));
        let verdict = judge(&[log("a", growing(), &times, &[Backend::Vec]), refused], &Bars::QUIET);
        assert!(verdict.holds());
        assert_eq!(verdict.groups[0].logs, 1);

        let failed = answered("c", Answer::Failed("signal 6".to_owned()));
        let verdict = judge(&[log("a", growing(), &times, &[Backend::Vec]), failed], &Bars::QUIET);
        assert_eq!(verdict.faults, ["c: choose failed: signal 6"]);
    }

    #[test]
    fn a_backend_that_was_not_timed_must_not_be_chosen() {
        let mut judged = log("a", growing(), &[(Backend::Rope, 100.0)], &[Backend::Vec]);
        let truth = judged.truth.as_mut().expect("times");
        truth.left_out.insert(Backend::Vec, "no memory".to_owned());
        let verdict =
            judge(&[judged, log("b", reading(), &[(Backend::Vec, 1.0)], &[Backend::Vec])], &Bars::QUIET);
        assert_eq!(verdict.faults, ["a: choose picks vec, which could not be timed: no memory"]);
        assert_eq!(verdict.groups[0].logs, 1);
    }
}
