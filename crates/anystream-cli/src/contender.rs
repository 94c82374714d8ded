//! The contenders: the backends, and the types that programs use instead of them.

use std::fmt;
use std::str::FromStr;

use anystream::Backend;
use serde::{Deserialize, Serialize};

use crate::own::{self, OwnBackend};

/// A backend, or a peer that is measured beside them but never chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Contender {
    Backend(Backend),
    /// `std::io::Cursor<Vec<u8>>`.
    Cursor,
    /// `bytes::BytesMut`.
    BytesMut,
    /// A backend that this program was given.
    Own(&'static OwnBackend),
}

impl Contender {
    /// All contenders: backends, peers, then custom backends. Excludes backends with unusual parameters, which run only on
    /// request.
    pub(crate) fn all() -> impl Iterator<Item = Contender> {
        let backends = Backend::ALL.iter().copied().map(Contender::Backend);
        let own = own::entered().iter().map(Contender::Own);
        backends.chain([Contender::Cursor, Contender::BytesMut]).chain(own)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Contender::Backend(backend) => backend.name(),
            Contender::Cursor => "cursor",
            Contender::BytesMut => "bytesmut",
            Contender::Own(own) => own.name(),
        }
    }

    /// Whether it is only compared and never chosen.
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Contender::Cursor | Contender::BytesMut)
    }

    /// A line about its costs.
    pub(crate) fn cost(self) -> &'static str {
        match self {
            Contender::Backend(backend) => backend.cost(),
            Contender::Cursor => {
                "std's cursor over a vector: a peer, to compare with; cannot insert or remove"
            }
            Contender::BytesMut => {
                "the bytes crate's buffer: a peer, to compare with; cannot insert or remove"
            }
            Contender::Own(own) => own.cost(),
        }
    }

    /// The type to write in code.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Contender::Backend(Backend::Vec) => "anystream::VecStream",
            Contender::Backend(Backend::Small) => "anystream::SmallStream",
            Contender::Backend(Backend::Rope) => "anystream::RopeStream",
            Contender::Backend(Backend::Ropey) => "anystream::RopeyStream",
            Contender::Backend(Backend::Small16) => "anystream::SmallStream<16>",
            Contender::Backend(Backend::Small32) => "anystream::SmallStream<32>",
            Contender::Backend(Backend::Small128) => "anystream::SmallStream<128>",
            Contender::Backend(_) => "anystream::AnyStream",
            Contender::Cursor => "std::io::Cursor<Vec<u8>>",
            Contender::BytesMut => "bytes::BytesMut",
            Contender::Own(own) => own.type_name(),
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
        let with_parameters = || Backend::WITH_PARAMETERS.iter().copied().map(Contender::Backend);
        Contender::all().chain(with_parameters()).find(|contender| contender.name() == name).ok_or_else(
            || {
                let names: Vec<_> = Contender::all().map(Contender::name).collect();
                let more: Vec<_> = with_parameters().map(Contender::name).collect();
                format!(
                    "there is no backend {name:?}; there are {}, and by parameter {}",
                    names.join(", "),
                    more.join(", ")
                )
            },
        )
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
        assert_eq!(
            "small:128".parse::<Contender>().map(Contender::type_name),
            Ok("anystream::SmallStream<128>")
        );
        let unknown = "rop".parse::<Contender>().unwrap_err();
        assert!(unknown.contains("ropey, cursor, bytesmut, and by parameter small:16, "), "{unknown}");
    }
}
