//! Who is measured: the backends, and what programs use instead of them.

use std::fmt;
use std::str::FromStr;

use anystream::Backend;
use serde::{Deserialize, Serialize};

/// A backend, or a peer that is measured beside them but never chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Contender {
    Backend(Backend),
    /// `std::io::Cursor<Vec<u8>>`.
    Cursor,
    /// `bytes::BytesMut`.
    BytesMut,
}

impl Contender {
    /// Everybody, the backends first.
    pub(crate) fn all() -> impl Iterator<Item = Contender> {
        Backend::ALL.iter().copied().map(Contender::Backend).chain([Contender::Cursor, Contender::BytesMut])
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Contender::Backend(backend) => backend.name(),
            Contender::Cursor => "cursor",
            Contender::BytesMut => "bytesmut",
        }
    }

    pub(crate) fn backend(self) -> Option<Backend> {
        match self {
            Contender::Backend(backend) => Some(backend),
            Contender::Cursor | Contender::BytesMut => None,
        }
    }

    /// In a line, what it costs.
    pub(crate) fn cost(self) -> &'static str {
        match self {
            Contender::Backend(backend) => backend.cost(),
            Contender::Cursor => {
                "std's cursor over a vector: a peer, to compare with; cannot insert or remove"
            }
            Contender::BytesMut => {
                "the bytes crate's buffer: a peer, to compare with; cannot insert or remove"
            }
        }
    }

    /// The type to write in code.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Contender::Backend(Backend::Vec) => "anystream::VecStream",
            Contender::Backend(Backend::Small) => "anystream::SmallStream",
            Contender::Backend(Backend::Rope) => "anystream::RopeStream",
            Contender::Backend(Backend::Ropey) => "anystream::RopeyStream",
            Contender::Backend(_) => "anystream::AnyStream",
            Contender::Cursor => "std::io::Cursor<Vec<u8>>",
            Contender::BytesMut => "bytes::BytesMut",
        }
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Contender {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Contender::all().find(|contender| contender.name() == name).ok_or_else(|| {
            let names: Vec<_> = Contender::all().map(Contender::name).collect();
            format!("there is no backend {name:?}; there are {}", names.join(", "))
        })
    }
}

impl From<Contender> for String {
    fn from(contender: Contender) -> Self {
        contender.name().to_owned()
    }
}

impl TryFrom<String> for Contender {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::Contender;

    #[test]
    fn every_name_is_read_back_and_an_unknown_one_lists_them() {
        for contender in Contender::all() {
            assert_eq!(contender.name().parse(), Ok(contender));
        }
        assert!("rop".parse::<Contender>().unwrap_err().ends_with("ropey, cursor, bytesmut"));
    }
}
