//! The interpreter: runs a script's steps in their order, each in its process or thread.
//!
//! All tasks share the number of the step whose turn it is, in memory that is no file and survives `exec`, so that the log
//! shows nothing but the program's own calls.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::perform::Performer;
use crate::script::{Action, Birth, Script, Slot, Task};
use crate::sys::{self, Shared};
use crate::witness::{TOLD, USED, note, told, used};

/// The word that holds the step whose turn it is; those after it say which tasks have ended.
const TURN: usize = 0;

/// One process or thread of a program.
#[derive(Clone)]
struct Actor {
    script: Arc<Script>,
    shared: Shared,
    task: Task,
    performer: Performer,
    /// The tasks of the same process.
    group: Arc<Mutex<Vec<Task>>>,
    /// Program, script, directory, and where the witness writes if there is one, as `exec` passes them on.
    paths: [String; 4],
}

/// Runs a script. `arguments` are this program, the script, the directory, and the file for the witness or nothing; after
/// `exec` also the shared memory, the task, the step, and the slots.
///
/// # Errors
/// An argument is missing, or the script can't be read.
pub fn act(arguments: &[String]) -> Result<()> {
    let [program, script, root, witness, more @ ..] = arguments else {
        bail!("act needs a script, a directory and a witness")
    };
    let text = std::fs::read_to_string(script).with_context(|| format!("{script} cannot be read"))?;
    let number = |at: usize| more.get(at).and_then(|text: &String| text.parse::<usize>().ok());
    let id = number(0).and_then(|id| i32::try_from(id).ok());
    // `exec` of the last process that had the shared memory has removed it: then nobody else needs it.
    let shared = id.and_then(|id| Shared::attach(Some(id))).or_else(|| Shared::attach(None));
    let shared = shared.context("no shared memory")?;
    let task = number(1).unwrap_or(0);
    let mut slots: BTreeMap<Slot, i32> = (0..3).map(|number| (number as Slot, number)).collect();
    if let Some(given) = more.get(3) {
        let pairs = given.split(',').filter_map(|pair| pair.split_once('='));
        slots = pairs.filter_map(|(slot, number)| Some((slot.parse().ok()?, number.parse().ok()?))).collect();
    }
    let mut actor = Actor {
        script: Arc::new(Script::of_text(&text)?),
        shared,
        task,
        performer: Performer { root: root.clone(), slots: Arc::new(Mutex::new(slots)) },
        group: Arc::new(Mutex::new(vec![task])),
        paths: [program.clone(), script.clone(), root.clone(), witness.clone()],
    };
    let first = match number(2) {
        Some(step) => {
            actor.pass_over(step);
            step + 1
        }
        None => 0,
    };
    actor.run(first, true);
    actor.end(true);
    sys::exit()
}

impl Actor {
    /// Takes the task's steps from `first` on.
    fn run(&mut self, first: usize, is_process: bool) {
        let mut threads = Vec::new();
        let script = Arc::clone(&self.script);
        for (at, step) in script.steps.iter().enumerate().skip(first) {
            if step.task != self.task {
                continue;
            }
            self.wait_for(at);
            match &step.action {
                Action::Birth { child, how: Birth::Thread } => {
                    let mut thread = self.child(*child);
                    thread.group = Arc::clone(&self.group);
                    thread.performer = self.performer.clone();
                    self.group.lock().unwrap_or_else(PoisonError::into_inner).push(*child);
                    threads.push(std::thread::spawn(move || {
                        thread.run(at + 1, false);
                        thread.end(false);
                    }));
                }
                Action::Birth { child, how } => self.birth(at, *child, *how),
                Action::Exec { by_descriptor } => self.exec(at, *by_descriptor),
                Action::Kill => {
                    self.end(true);
                    self.pass_on(at);
                    let own = sys::Arg::Int(std::process::id().into());
                    sys::call(libc::SYS_kill, &mut [own, sys::Arg::Int(libc::SIGKILL.into())]);
                }
                Action::Exit => {
                    if is_process {
                        self.end(true);
                        self.pass_on(at);
                        sys::exit();
                    }
                    break;
                }
                action => {
                    if step.early {
                        self.pass_on(at);
                    }
                    let result = self.performer.perform(at, action);
                    let witness = self.paths[3].as_str();
                    if result >= 0 && !witness.is_empty() {
                        for (kind, files) in [(TOLD, told(action)), (USED, used(action))] {
                            files.iter().for_each(|file| note(witness, kind, &self.performer.path_of(file)));
                        }
                    }
                }
            }
            self.pass_on(at);
        }
        if is_process {
            threads.into_iter().for_each(|thread| drop(thread.join()));
            while sys::call(
                libc::SYS_wait4,
                &mut [sys::Arg::Int(-1), sys::Arg::Null, sys::Arg::Int(0), sys::Arg::Null],
            ) > 0
            {}
        }
    }

    fn child(&self, task: Task) -> Self {
        let group = Arc::new(Mutex::new(vec![task]));
        Actor { task, group, performer: self.performer.copied(), ..self.clone() }
    }

    fn birth(&mut self, at: usize, child: Task, how: Birth) {
        let mut actor = self.child(child);
        let mut go = move || {
            actor.run(at + 1, true);
            actor.end(true);
            sys::exit();
        };
        let made = match how {
            Birth::Fork => sys::fork(),
            Birth::Clone(flags) => sys::clone(flags, false),
            Birth::Clone3(flags) => sys::clone(flags, true),
            Birth::Vfork | Birth::Spawn | Birth::Thread => {
                self.pass_on(at);
                let made = if how == Birth::Vfork { sys::vfork(&mut go) } else { sys::spawn(&mut go) };
                made.then_some(false)
            }
        };
        match made {
            Some(true) => go(),
            Some(false) => {}
            None => self.mark_ended(child),
        }
    }

    fn exec(&mut self, at: usize, by_descriptor: bool) {
        let others = self.group.lock().unwrap_or_else(PoisonError::into_inner).clone();
        others.into_iter().filter(|task| *task != self.task).for_each(|task| self.mark_ended(task));
        let slots = self.performer.slots.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let slots: Vec<String> = slots.iter().map(|(slot, number)| format!("{slot}={number}")).collect();
        let [program, script, root, witness] = self.paths.clone();
        let numbers = [self.shared.id.to_string(), self.task.to_string(), at.to_string(), slots.join(",")];
        let arguments = [&[program, "act".to_owned(), script, root, witness], &numbers[..]].concat();
        let arguments: Vec<CString> =
            arguments.into_iter().filter_map(|text| CString::new(text).ok()).collect();
        sys::exec(&arguments[0], by_descriptor, &arguments);
        self.end(true);
        self.pass_on(at);
        sys::exit()
    }

    /// Waits for the turn of step `at`, and passes over the steps of tasks that have ended.
    fn wait_for(&self, at: usize) {
        loop {
            let turn = self.shared.get(TURN);
            if turn as usize >= at {
                return;
            }
            match self.script.steps.get(turn as usize) {
                Some(step) if self.shared.get(1 + step.task) != 0 => self.shared.change(TURN, turn, turn + 1),
                _ => self.shared.wait(TURN, turn),
            }
        }
    }

    fn pass_on(&self, at: usize) {
        self.shared.change(TURN, at as u32, at as u32 + 1);
    }

    /// Passes on, also if the shared memory is new. Then only this task is left, and the tasks that it will start.
    fn pass_over(&self, at: usize) {
        if self.shared.get(TURN) == 0 && at > 0 {
            let mut left = BTreeSet::from([self.task]);
            for step in self.script.steps.iter().skip(at) {
                if let Action::Birth { child, .. } = step.action
                    && left.contains(&step.task)
                {
                    left.insert(child);
                }
            }
            let tasks: BTreeSet<Task> = self.script.steps.iter().map(|step| step.task).collect();
            tasks.difference(&left).for_each(|task| self.shared.change(1 + task, 0, 1));
            self.shared.change(TURN, 0, at as u32);
        }
        self.pass_on(at);
    }

    /// The task takes no more steps, and if it is a process, neither do its threads.
    fn end(&self, is_process: bool) {
        let group = self.group.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match is_process {
            true => group.into_iter().for_each(|task| self.mark_ended(task)),
            false => self.mark_ended(self.task),
        }
    }

    /// Ends the task, and the tasks that it would have started.
    fn mark_ended(&self, task: Task) {
        let first = self.shared.get(TURN) as usize;
        self.shared.change(1 + task, 0, 1);
        for step in self.script.steps.iter().skip(first) {
            match step.action {
                Action::Birth { child, .. } if step.task == task && child != task => self.mark_ended(child),
                _ => {}
            }
        }
    }
}
