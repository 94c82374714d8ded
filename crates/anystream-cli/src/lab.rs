//! From a workload to an outcome: measured as it is, at other sizes, and judged.

use std::time::Duration;

use anystream_workload::{Model, Scratch, Script, Summary};

use crate::choice::choose;
use crate::contender::Contender;
use crate::contestant::contestant;
use crate::goal::Goal;
use crate::interrupt;
use crate::measure::{Effort, Field, measure, measure_size};
use crate::mind;
use crate::mix;
use crate::results::{Calls, Outcome, Size};
use crate::scaling::scaled;
use crate::shape::Shape;
use crate::visible::visible_name;

/// A script, and what is known about where it comes from.
pub(crate) struct Workload {
    pub(crate) script: Script,
    pub(crate) shape: Shape,
    pub(crate) origin: Option<String>,
    pub(crate) scale: f64,
    pub(crate) skipped: usize,
    /// Makes it at so many times its size, if it is one that can say what that means. Else its beginnings are
    /// its smaller forms.
    pub(crate) at_scale: Option<AtScale>,
}

pub(crate) type AtScale = Box<dyn Fn(f64) -> Option<Script>>;

/// What is asked of a measurement.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) contenders: Vec<Contender>,
    pub(crate) goal: Goal,
    pub(crate) effort: Effort,
    /// Whether other sizes are measured, too.
    pub(crate) sizes: bool,
}

/// Why a workload cannot be measured.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// It says nothing about any backend.
    NoCalls,
    /// Its check alone would take more memory than the machine has to give. In bytes.
    TooLarge { largest_len: u64, needed: u64, available: u64 },
}

/// How many times its length a stream may take while it is checked: the model, the stream, which may
/// have doubled to grow, and what either returned.
const MEMORY_FOR_CHECKING: u64 = 5;

impl Workload {
    /// Of a script that is as it was recorded, if there is memory enough.
    pub(crate) fn new(mut script: Script, available: u64) -> Result<Self, Unfit> {
        // It is shown in many places, and somebody else may have chosen it.
        script.name = visible_name(&script.name);
        if script.ops.is_empty() {
            return Err(Unfit::NoCalls);
        }
        let shape = Shape::of(&script);
        let largest_len = shape.largest_len;
        let needed = needed_for(largest_len);
        if needed > available {
            return Err(Unfit::TooLarge { largest_len, needed, available });
        }
        Ok(Workload { script, shape, origin: None, scale: 1.0, skipped: 0, at_scale: None })
    }

    /// Measures it; tells `progress` what it does and which share is done.
    pub(crate) fn measure(&self, question: &Question, progress: &mut dyn FnMut(&str, f64)) -> Outcome {
        /// The share of the work that is done when it is measured as it is.
        const AS_IT_IS: f64 = 0.8;
        let field = |contenders: &[Contender]| -> Field {
            contenders.iter().map(|&contender| (contender, contestant(contender))).collect()
        };
        let measured =
            measure(&self.script, field(&question.contenders), question.effort, &mut |what, share| {
                progress(what, share * AS_IT_IS);
            });
        let summary = Summary::of(&self.script);
        let calls = Calls::of(&summary, measured.verified.as_ref());
        let mut outcome = Outcome {
            name: self.script.name.clone(),
            origin: self.origin.clone(),
            scale: self.scale,
            skipped: self.skipped,
            choice: choose(&measured.standings, &calls, &self.shape, question.goal),
            calls,
            shape: self.shape,
            digest: measured.verified.map(|verified| verified.digest.to_string()),
            rounds: measured.rounds,
            results: measured.standings,
            sizes: Vec::new(),
        };
        if question.sizes && outcome.choice.is_some() {
            /// Those who are so many times as slow are so at other sizes, too.
            const FAR_BEHIND: f64 = 12.0;
            let able = outcome.measured().filter(|(_, figures)| figures.ratio < FAR_BEHIND);
            let able: Vec<Contender> = able.map(|(contender, _)| contender).collect();
            outcome.sizes =
                self.sizes(&outcome, &field(&able), question.effort.time / 4, &mut |what, share| {
                    progress(what, AS_IT_IS + share * (1.0 - AS_IT_IS));
                });
        }
        // On a machine that is too noisy, sizes would say more than is known.
        let can_tell = question.goal.is_speed_alone() && outcome.noise().is_none();
        let sizes = &outcome.sizes;
        if let Some(choice) = outcome.choice.as_mut().filter(|_| can_tell) {
            choice.otherwise = mind::changes(choice.backend, self.shape.largest_len, sizes);
            choice.otherwise.extend(mix::change(choice.backend, &outcome.calls, &outcome.results));
        }
        outcome
    }

    /// The workload at other sizes, this one among them.
    fn sizes(
        &self,
        outcome: &Outcome,
        field: &Field,
        time: Duration,
        progress: &mut dyn FnMut(&str, f64),
    ) -> Vec<Size> {
        const SCALES: [f64; 5] = [1.0 / 16.0, 1.0 / 8.0, 1.0 / 4.0, 1.0 / 2.0, 4.0];
        let scripts: Vec<Script> = match &self.at_scale {
            Some(at_scale) => SCALES.iter().filter_map(|scale| at_scale(self.scale * scale)).collect(),
            None => scaled(&self.script, self.shape.largest_len),
        };
        let mut sizes = vec![Size {
            largest_len: self.shape.largest_len,
            calls: outcome.calls.total,
            medians: outcome.measured().map(|(contender, figures)| (contender, figures.median)).collect(),
        }];
        let mut scratch = Scratch::default();
        for (at, script) in scripts.iter().enumerate() {
            progress(&format!("size {} of {}", at + 1, scripts.len()), at as f64 / scripts.len() as f64);
            let largest_len = Shape::of(script).largest_len;
            if interrupt::requested() || largest_len > Model::LIMIT {
                continue;
            }
            sizes.push(measure_size(script, largest_len, field, time / scripts.len() as u32, &mut scratch));
        }
        sizes.sort_by_key(|size| (size.largest_len, size.calls));
        sizes
    }
}

fn needed_for(largest_len: u64) -> u64 {
    largest_len.min(Model::LIMIT).saturating_mul(MEMORY_FOR_CHECKING)
}
