//! Random programs from a seed.
//!
//! The generator keeps a rough picture of what each task has open and what the directory holds, to make calls that mostly
//! succeed. It need not be right: the kernel says what happened.

use std::collections::BTreeMap;

use crate::run::Options;
use crate::script::{Action, Birth, NUMBERS, Name, Script, Setup, Slot, Step, Task};

mod calls;
mod paths;
mod world;

/// The believed meaning of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    File,
    Dir(String),
    PipeRead,
    PipeWrite,
    Socket,
    Other,
}

#[derive(Debug, Clone)]
struct TaskState {
    alive: bool,
    /// Threads share these.
    slots: usize,
    /// The working directory, which threads share.
    directory: usize,
    /// The first task of the process.
    process: Task,
    /// Whether it shares its parent's memory until it execs.
    suspends: Option<Task>,
}

/// The kinds of calls; each program favours some.
const THEMES: usize = 10;

struct Generator {
    /// Whether the log shows the paths of descriptors.
    names_descriptors: bool,
    /// Whether the log shows all calls. strace's groups `file`, `desc`, `process` and `network` have neither `close_range` nor
    /// `unshare`.
    traces_all: bool,
    random: fastrand::Rng,
    tasks: Vec<TaskState>,
    slots: Vec<BTreeMap<Slot, Kind>>,
    directories: Vec<String>,
    next_slot: Slot,
    files: Vec<String>,
    /// Those that were there before, and whether they lead to directories. Only `open` uses them, because no other call's log
    /// shows where they lead.
    symlinks: Vec<(String, bool)>,
    folders: Vec<String>,
    weights: [u32; THEMES],
    /// How odd names are.
    odd: bool,
    /// Whether some task has another root directory.
    rooted: bool,
    steps: Vec<Step>,
}

/// The program of `seed`. Without calls that a log with these options does not show, if its other lines can't make up for them.
#[must_use]
pub fn program(seed: u64, options: &Options) -> Script {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut weights = [10, 30, 14, 7, 10, 6, 8, 5, 6, 6];
    for weight in &mut weights {
        match random.u32(0..10) {
            0..=2 => *weight = 0,
            3..=4 => *weight *= 3,
            _ => {}
        }
    }
    (weights[0], weights[1]) = (weights[0].max(10), weights[1].max(20));
    let mut generator = Generator {
        names_descriptors: options.names_descriptors(),
        traces_all: options.traces_all(),
        odd: random.u8(0..3) == 0,
        rooted: false,
        random,
        tasks: vec![TaskState { alive: true, slots: 0, directory: 0, process: 0, suspends: None }],
        slots: vec![(0..2).map(|slot| (slot, Kind::Other)).collect()],
        directories: vec![String::new()],
        next_slot: 3,
        files: Vec::new(),
        symlinks: Vec::new(),
        folders: vec![String::new()],
        weights,
        steps: Vec::new(),
    };
    let (setup, stdout) = generator.setup();
    let count = [4, 8, 14, 25, 45, 80][generator.random.usize(0..6)];
    while generator.steps.len() < count {
        generator.step();
    }
    Script { setup, stdout, steps: generator.steps }.normalised()
}

impl Generator {
    /// What a log can't show is left out: second names that a file had before, and, where descriptors aren't logged with
    /// their paths, that the standard output is a file that is also opened by name.
    fn setup(&mut self) -> (Vec<Setup>, Option<(Name, bool)>) {
        let mut setup = Vec::new();
        for _ in 0..self.random.usize(0..4) {
            let name = self.fresh_name();
            self.folders.push(name.clone());
            setup.push(Setup::Dir(Name::decoded(&name)));
        }
        for _ in 0..self.random.usize(0..6) {
            let name = self.fresh_name();
            let len = [0, 1, 10, 500, 4096, 5000, 40_000][self.random.usize(0..7)];
            setup.push(Setup::File(Name::decoded(&name), len));
            self.files.push(name);
        }
        for at in 0..self.random.usize(0..3) {
            let known = if self.random.u8(0..3) > 0 { &self.files } else { &self.folders };
            let target = self.random.choice(known).cloned().unwrap_or_default();
            if self.names_descriptors && !target.is_empty() {
                let is_directory = self.folders.contains(&target);
                let name = format!("link{at}");
                setup.push(Setup::Symlink(Name::of(&name), Name::decoded(&target)));
                self.symlinks.push((name, is_directory));
            }
        }
        if self.random.u8(0..8) > 0 {
            return (setup, None);
        }
        let mut name = self.random.choice(&self.files).cloned().filter(|_| self.names_descriptors);
        if name.is_none() {
            name = Some("standard-output".to_owned());
            setup.push(Setup::File(Name::of("standard-output"), self.random.u64(0..3000)));
        }
        self.slots[0].insert(1, Kind::File);
        (setup, name.map(|name| (Name::decoded(&name), self.random.bool())))
    }

    fn push(&mut self, task: Task, action: Action) {
        self.steps.push(Step { task, early: false, action });
    }

    /// A few steps of one task.
    fn step(&mut self) {
        let suspended: Vec<Task> =
            self.tasks.iter().filter(|task| task.alive).filter_map(|task| task.suspends).collect();
        let able: Vec<Task> = (0..self.tasks.len())
            .filter(|task| self.tasks[*task].alive && !suspended.contains(task))
            .collect();
        let Some(&task) = self.random.choice(&able) else {
            self.steps.resize_with(self.steps.len() + 100, || Step {
                task: 0,
                early: false,
                action: Action::Exit,
            });
            return;
        };
        // A process that shares its parent's memory does a little, then becomes another program.
        if let Some(child) =
            (0..self.tasks.len()).find(|task| self.tasks[*task].alive && self.tasks[*task].suspends.is_some())
        {
            for _ in 0..self.random.usize(0..4) {
                self.plain(child);
            }
            self.become_program(child);
            return;
        }
        for _ in 0..self.random.usize(1..4) {
            let sum: u32 = self.weights.iter().sum();
            let mut chosen = self.random.u32(0..sum);
            let theme = self.weights.iter().position(|weight| {
                let here = chosen < *weight;
                chosen = chosen.saturating_sub(*weight);
                here
            });
            match theme {
                Some(8) => {
                    self.process(task);
                    return;
                }
                Some(9) => {
                    self.burst(task);
                    return;
                }
                Some(theme) => self.call(task, theme),
                None => {}
            }
        }
    }

    /// A call that a child makes before it execs.
    fn plain(&mut self, task: Task) {
        let theme = [0, 2, 2, 2, 1][self.random.usize(0..5)];
        self.call(task, theme);
    }

    fn become_program(&mut self, task: Task) {
        if self.random.u8(0..8) == 0 {
            self.tasks[task].alive = false;
            self.push(task, Action::Exit);
            return;
        }
        let by_descriptor = self.random.u8(0..6) == 0;
        self.push(task, Action::Exec { by_descriptor });
        self.tasks[task].suspends = None;
        let process = self.tasks[task].process;
        for other in 0..self.tasks.len() {
            if other != task && self.tasks[other].process == process {
                self.tasks[other].alive = false;
            }
        }
        self.tasks[task].process = task;
        self.slots.push(self.slots[self.tasks[task].slots].clone());
        self.tasks[task].slots = self.slots.len() - 1;
    }

    /// Processes and threads come and go.
    fn process(&mut self, task: Task) {
        let alive = self.tasks.iter().filter(|task| task.alive).count();
        match self.random.u8(0..12) {
            0..=6 if self.tasks.len() < 8 && alive < 5 => self.birth(task),
            7 | 8 => self.become_program(task),
            9 if alive > 1 => {
                let killed = self.tasks[task].process == task && self.random.u8(0..3) == 0;
                self.push(task, if killed { Action::Kill } else { Action::Exit });
                let is_leader = self.tasks[task].process == task;
                for other in 0..self.tasks.len() {
                    if other == task || (is_leader && self.tasks[other].process == task) {
                        self.tasks[other].alive = false;
                    }
                }
            }
            10 if self.traces_all => {
                let flags = [libc::CLONE_FILES, libc::CLONE_FS, libc::CLONE_FILES | libc::CLONE_FS];
                let flags = flags[self.random.usize(0..3)];
                self.push(task, Action::Unshare { flags });
            }
            _ => self.push(task, Action::Wait),
        }
    }

    fn birth(&mut self, task: Task) {
        let sharing = [0, libc::CLONE_FILES, libc::CLONE_FS, libc::CLONE_FILES | libc::CLONE_FS];
        let flags = sharing[self.random.usize(0..4)];
        let how = match self.random.u8(0..12) {
            0..=3 => Birth::Fork,
            4 => Birth::Vfork,
            5 => Birth::Spawn,
            6 | 7 => Birth::Clone(flags),
            8 => Birth::Clone3(flags),
            _ => Birth::Thread,
        };
        let child = self.tasks.len();
        self.push(task, Action::Birth { child, how });
        let mut state = self.tasks[task].clone();
        if how != Birth::Thread {
            state.process = child;
            self.slots.push(self.slots[state.slots].clone());
            state.slots = self.slots.len() - 1;
        }
        let shares_directory = match how {
            Birth::Thread => true,
            Birth::Clone(flags) | Birth::Clone3(flags) => flags & libc::CLONE_FS != 0,
            _ => false,
        };
        if !shares_directory {
            self.directories.push(self.directories[state.directory].clone());
            state.directory = self.directories.len() - 1;
        }
        state.suspends = matches!(how, Birth::Vfork | Birth::Spawn).then_some(task);
        self.tasks.push(state);
    }

    /// Whether some process waits for the child that shares its memory.
    fn suspended(&self) -> bool {
        self.tasks.iter().any(|task| task.alive && task.suspends.is_some())
    }

    fn new_slot(&mut self) -> Slot {
        // Slots are used again now and then: the number before is forgotten, but stays open.
        self.next_slot += 1;
        self.next_slot - 1
    }

    fn slots_of(&self, task: Task, wanted: impl Fn(&Kind) -> bool) -> Vec<Slot> {
        let all = &self.slots[self.tasks[task].slots];
        all.iter().filter(|(_, kind)| wanted(kind)).map(|(slot, _)| *slot).collect()
    }

    /// A slot of a file, or at times a low descriptor number.
    fn file(&mut self, task: Task) -> Slot {
        let mut files = self.slots_of(task, |kind| *kind == Kind::File);
        if files.is_empty() {
            self.open_by_name(task);
            files = self.slots_of(task, |kind| *kind == Kind::File);
        }
        match self.random.u8(0..40) {
            0 => NUMBERS + self.random.u32(3..9),
            1 => *self.random.choice(&self.slots_of(task, |_| true)).unwrap_or(&3),
            _ => {
                // The newest are the most used.
                let back = self.random.usize(0..=files.len()).min(self.random.usize(0..=files.len()));
                files.iter().rev().nth(back).or(files.last()).copied().unwrap_or(3)
            }
        }
    }

    fn remember(&mut self, task: Task, slot: Slot, kind: Kind) {
        let table = self.tasks[task].slots;
        self.slots[table].insert(slot, kind);
    }
}
