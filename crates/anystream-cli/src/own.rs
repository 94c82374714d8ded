//! Custom backends, in addition to the built-in ones.

use std::any::type_name;
use std::fmt;
use std::sync::OnceLock;

use anystream::{Backend, ByteStream};

use crate::contender::Contender;
use crate::contestant::{Contestant, of_stream};
use crate::heap;

/// A backend of your own, which takes part in the lab under a name.
///
/// It is measured and listed like the built-in backends: checked against the laws, timed by its own type, and chosen if
/// it is best. If it ties with a built-in backend, the built-in one counts as simpler.
///
/// ```
/// use anystream_cli::OwnBackend;
///
/// let mine = OwnBackend::of::<anystream::SmallStream<256>>("roomy", "256 bytes inline, then a vector");
/// assert_eq!(mine.name(), "roomy");
/// ```
#[derive(Clone, Copy)]
pub struct OwnBackend {
    name: &'static str,
    cost: &'static str,
    type_name: fn() -> &'static str,
    contestant: fn() -> Box<dyn Contestant>,
}

/// Why a lab cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// A name that cannot be given on a command line among others.
    Name(String),
    /// Two of this name.
    Twice(String),
    /// The program's allocator counts nothing, so that every figure of the heap would be 0.
    Uncounted,
    /// The lab of this program is open already.
    Open,
}

/// The program's own backends. One list for the whole program: names are read from arguments and from saved
/// results, where no argument can be passed.
static ENTERED: OnceLock<Vec<OwnBackend>> = OnceLock::new();

impl OwnBackend {
    /// The backend of the stream `S`, called `name` (`deque`: without spaces and commas) and with what it costs in
    /// a line, for the list that people choose from.
    ///
    /// ```
    /// use anystream_cli::OwnBackend;
    ///
    /// let mine = OwnBackend::of::<anystream::VecStream>("mine", "one vector, as vec");
    /// assert_eq!(mine.cost(), "one vector, as vec");
    /// ```
    #[must_use]
    pub fn of<S: ByteStream + Default + From<Vec<u8>> + 'static>(
        name: &'static str,
        cost: &'static str,
    ) -> Self {
        OwnBackend { name, cost, type_name: type_name::<S>, contestant: of_stream::<S> }
    }

    /// The name under which it is listed, and that `--backend` takes.
    ///
    /// ```
    /// # use anystream_cli::OwnBackend;
    /// assert_eq!(OwnBackend::of::<anystream::VecStream>("mine", "as vec").name(), "mine");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// A line about its costs.
    ///
    /// ```
    /// # use anystream_cli::OwnBackend;
    /// assert_eq!(OwnBackend::of::<anystream::VecStream>("mine", "as vec").cost(), "as vec");
    /// ```
    #[must_use]
    pub fn cost(&self) -> &'static str {
        self.cost
    }

    /// The type of its stream, as the compiler writes it.
    pub(crate) fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    pub(crate) fn contestant(&self) -> Box<dyn Contestant> {
        (self.contestant)()
    }
}

/// Adds `own` to the contenders.
pub(crate) fn enter(own: &[OwnBackend]) -> Result<(), Unusable> {
    if !heap::is_counted() {
        return Err(Unusable::Uncounted);
    }
    let taken = Backend::ALL.iter().chain(Backend::WITH_PARAMETERS).map(|backend| backend.name());
    let mut names: Vec<&str> = taken.chain([Contender::Cursor.name(), Contender::BytesMut.name()]).collect();
    for backend in own {
        let apart = |letter: char| letter == ',' || letter.is_whitespace() || letter.is_control();
        if backend.name.is_empty() || backend.name.starts_with('-') || backend.name.contains(apart) {
            return Err(Unusable::Name(backend.name.to_owned()));
        }
        if names.contains(&backend.name) {
            return Err(Unusable::Twice(backend.name.to_owned()));
        }
        names.push(backend.name);
    }
    ENTERED.set(own.to_vec()).map_err(|_| Unusable::Open)
}

/// The custom backends.
pub(crate) fn entered() -> &'static [OwnBackend] {
    ENTERED.get().map_or(&[], Vec::as_slice)
}

/// Names are different from each other.
impl PartialEq for OwnBackend {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OwnBackend {}

impl std::hash::Hash for OwnBackend {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for OwnBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnBackend").field(&self.name).field(&self.type_name()).finish()
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::Name(name) => write!(
                f,
                "a backend cannot be called {name:?}: it would not be one word in a list such as `--backend vec,rope`; \
                 give it a name without spaces and commas that does not begin with a hyphen"
            ),
            Unusable::Twice(name) => {
                write!(f, "there are two backends called {name:?}; give yours another name")
            }
            Unusable::Uncounted => write!(
                f,
                "this program's allocator does not count, so that the heap could not be measured; \
                 make `main` with `anystream_cli::lab!`, or install `anystream_cli::CountingAllocator`"
            ),
            Unusable::Open => write!(f, "`main_with` was called twice; call it once"),
        }
    }
}

#[cfg(test)]
mod tests {
    use anystream::VecStream;

    use super::*;

    #[test]
    fn a_name_that_is_no_one_word_or_is_taken_is_refused_and_nothing_has_entered() {
        let named = |name| OwnBackend::of::<VecStream>(name, "");
        for name in ["", "two words", "a,b", "-x", "line\n"] {
            assert_eq!(enter(&[named(name)]), Err(Unusable::Name(name.to_owned())));
        }
        for taken in ["vec", "small:128", "cursor"] {
            assert_eq!(enter(&[named(taken)]), Err(Unusable::Twice(taken.to_owned())));
        }
        assert_eq!(enter(&[named("mine"), named("mine")]), Err(Unusable::Twice("mine".to_owned())));
        assert_eq!(entered(), []);
    }
}
