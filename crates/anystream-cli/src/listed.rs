//! Values that a shell completes: some are listed, others are understood, too.

use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};

use crate::contender::Contender;
use crate::goal::Goal;

/// Parses any `T`; offers the values that `values` lists.
#[derive(Clone)]
pub(crate) struct Listed<T> {
    parse: fn(&str) -> Result<T, String>,
    values: fn() -> Vec<&'static str>,
}

/// A contender, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    One(Contender),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if name == "all" { Ok(Wanted::All) } else { name.parse().map(Wanted::One) }
    }
}

/// For `--backend`.
pub(crate) fn contenders() -> Listed<Wanted> {
    Listed {
        parse: str::parse,
        values: || std::iter::once("all").chain(Contender::all().map(Contender::name)).collect(),
    }
}

/// For `--for`. Weights are understood, too.
pub(crate) fn goals() -> Listed<Goal> {
    Listed { parse: str::parse, values: || vec!["speed", "memory", "latency"] }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Listed<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let parse = self.parse;
        TypedValueParser::parse_ref(&move |text: &str| parse(text), command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.values)().into_iter().map(PossibleValue::new)))
    }
}
