//! The built-in workloads.

use anystream_workload::{Builtin, Standard, builtin, standard};

/// A built-in workload.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry {
    /// A recording of a real program.
    Recorded(&'static Builtin),
    /// A model of a kind of program, at any scale.
    Standard(&'static Standard),
}

impl Entry {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Entry::Recorded(builtin) => builtin.name,
            Entry::Standard(standard) => &standard.name,
        }
    }
}

/// All workloads, the recorded ones first.
pub(crate) fn all() -> impl Iterator<Item = Entry> {
    recorded().chain(standard().iter().map(Entry::Standard))
}

/// The workloads with these names, in this order. `recorded` and `standard` select a whole kind; without names, the
/// recorded workloads are selected. The error is the first unknown name.
pub(crate) fn find(names: &[String]) -> Result<Vec<Entry>, String> {
    if names.is_empty() {
        return Ok(recorded().collect());
    }
    let mut found: Vec<Entry> = Vec::new();
    for name in names {
        let matches = |entry: &Entry| match (entry, &name[..]) {
            (Entry::Recorded(_), "recorded") | (Entry::Standard(_), "standard") => true,
            (entry, name) => entry.name() == name,
        };
        let before = found.len();
        found.extend(all().filter(matches));
        if found.len() == before {
            return Err(name.clone());
        }
    }
    Ok(found)
}

fn recorded() -> impl Iterator<Item = Entry> {
    builtin().iter().map(Entry::Recorded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_given_twice_or_means_a_kind() {
        let mut names: Vec<_> = all().map(|entry| entry.name()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(!names.contains(&"standard") && !names.contains(&"recorded"));
    }

    #[test]
    fn kinds_and_names_are_found_and_others_are_not() {
        let find = |names: &[&str]| find(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(find(&["standard"]).unwrap().len(), standard().len());
        assert_eq!(find(&["zip", "parse"]).unwrap()[1].name(), "parse");
        assert_eq!(find(&["zip", "zap"]).unwrap_err(), "zap");
    }
}
