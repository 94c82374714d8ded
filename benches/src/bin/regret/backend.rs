//! The backends that are timed.

use serde::{Deserialize, Serialize};

/// Named as `choose` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    Vec,
    Rope,
    Small,
    Ropey,
}

impl Backend {
    pub(crate) const ALL: [Backend; 4] = [Backend::Vec, Backend::Rope, Backend::Small, Backend::Ropey];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Backend::Vec => "vec",
            Backend::Rope => "rope",
            Backend::Small => "small",
            Backend::Ropey => "ropey",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }
}
