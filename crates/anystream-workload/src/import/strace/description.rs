//! Open file descriptions: a file with a position, which `dup` and `fork` share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::call::Annotation;
use super::files::FileId;
use super::length::Length;
use super::names::NodeId;

/// The result of one `open`, `pipe`, `socket` or the like. It lives until the last descriptor is closed.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) what: What,
    pub(super) appends: Cell<bool>,
    /// Whether the log tells if it appends.
    pub(super) is_told: Cell<bool>,
    /// None: it was open before the log began, or came from elsewhere.
    pub(super) position: Cell<Option<Position>>,
    /// Whether the log does not show how its descriptor was made, so that another may share it.
    pub(super) foreign: bool,
    /// The name that it was opened by.
    pub(super) node: Option<NodeId>,
    /// What `-y` said of it last, which was no contradiction then; and whether it was deleted.
    pub(super) verified: RefCell<(Box<[u8]>, bool)>,
}

#[derive(Debug)]
pub(super) enum What {
    /// The token counts the descriptions of the file.
    File(FileId, #[expect(dead_code, reason = "it is counted")] Rc<()>),
    Directory,
    /// What `pidfd_open` gives.
    Process(u32),
    /// A pipe, a socket, a device or whatever else is no file.
    Other,
    /// Something that the log does not show: why.
    Obscure(String),
}

impl Description {
    pub(super) fn new(what: What) -> Self {
        Description {
            what,
            appends: Cell::new(false),
            is_told: Cell::new(false),
            position: Cell::new(None),
            foreign: false,
            node: None,
            verified: RefCell::default(),
        }
    }

    pub(super) fn other() -> Rc<Self> {
        Rc::new(Description::new(What::Other))
    }

    pub(super) fn obscure(reason: String) -> Rc<Self> {
        Rc::new(Description::new(What::Obscure(reason)))
    }

    /// Its flags were set or told.
    pub(super) fn set_appends(&self, appends: bool) {
        self.appends.set(appends);
        self.is_told.set(true);
    }

    #[inline]
    pub(super) fn file(&self) -> Option<FileId> {
        match self.what {
            What::File(file, _) => Some(file),
            _ => None,
        }
    }

    pub(super) fn is_verified(&self, annotation: Annotation<'_>) -> bool {
        let (text, deleted) = &*self.verified.borrow();
        **text == *annotation.text && *deleted == annotation.deleted
    }

    pub(super) fn verify(&self, annotation: Annotation<'_>) {
        *self.verified.borrow_mut() = (annotation.text.into(), annotation.deleted);
    }
}

/// The position of a description.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    at: u64,
    /// So far behind the file's initial length it is if that is more than was known when something was appended.
    behind_initial: Option<i128>,
}

impl Position {
    pub(super) fn fixed(at: u64) -> Self {
        Position { at, behind_initial: None }
    }

    /// After appended bytes.
    pub(super) fn appended(at: u64, length: &Length) -> Self {
        Position { at, behind_initial: length.grown() }
    }

    /// By as much behind `before`, which leads to `at` by what is known of the initial length now.
    #[inline(always)]
    pub(super) fn advanced(before: Option<Position>, at: u64, by: u64) -> Self {
        let behind = before.and_then(|before| before.behind_initial);
        Position { at, behind_initial: behind.map(|behind| behind + i128::from(by)) }
    }

    /// By what is known of the initial length now.
    pub(super) fn at(self, length: &Length) -> u64 {
        let behind = self.behind_initial.and_then(|by| u64::try_from(i128::from(length.initial) + by).ok());
        behind.unwrap_or(0).max(self.at)
    }

    /// The initial length that would explain a position of `at`.
    pub(super) fn initial_for(self, at: u64) -> Option<u64> {
        self.behind_initial.and_then(|by| u64::try_from(i128::from(at) - by).ok())
    }

    /// Whether it depends on an initial length that may still be found to be greater.
    pub(super) fn is_relative(self) -> bool {
        self.behind_initial.is_some()
    }
}
