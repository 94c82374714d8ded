//! The sizes of the contents at which another backend becomes faster.

use std::cmp::Ordering;

use indicatif::HumanBytes;

use crate::contender::Contender;
use crate::results::Size;

/// A smaller difference does not change the choice.
pub(crate) const MARGIN: f64 = 1.1;

/// Sizes closer together than this don't show an influence of size.
const RANGE: f64 = 1.5;

/// In sentences: the nearest smaller and the nearest larger size at which another backend is clearly faster
/// than `chosen`; or the range in which none is. `sizes` must have what was measured at `own_len`, too.
pub(crate) fn changes(chosen: Contender, own_len: u64, sizes: &[Size]) -> Vec<String> {
    let mut sizes: Vec<&Size> = sizes.iter().filter(|size| size.of(chosen).is_some()).collect();
    sizes.sort_by_key(|size| size.largest_len);
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else { return Vec::new() };
    if (last.largest_len as f64) < first.largest_len.max(1) as f64 * RANGE {
        return Vec::new();
    }
    let smaller: Vec<&Size> =
        sizes.iter().rev().copied().filter(|size| size.largest_len <= own_len).collect();
    let larger: Vec<&Size> = sizes.iter().copied().filter(|size| size.largest_len >= own_len).collect();
    let sentence = |where_: &str, found: Option<(u64, Contender)>| {
        found.map(|(len, rival)| format!("{where_} about {} {rival} is faster.", HumanBytes(len)))
    };
    let found: Vec<String> = [
        sentence("Below", nearest_crossing(chosen, &smaller)),
        sentence("Above", nearest_crossing(chosen, &larger)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !found.is_empty() {
        return found;
    }
    vec![format!(
        "From {} to {} no other backend is clearly faster.",
        HumanBytes(first.largest_len),
        HumanBytes(last.largest_len)
    )]
}

impl Size {
    fn of(&self, contender: Contender) -> Option<f64> {
        self.medians.iter().find(|(it, median)| *it == contender && *median > 0.0).map(|(_, median)| *median)
    }
}

/// Going along `sizes`, the first length at which a rival overtakes, and who.
fn nearest_crossing(chosen: Contender, sizes: &[&Size]) -> Option<(u64, Contender)> {
    let rivals = sizes.first()?.medians.iter().map(|(it, _)| *it);
    let rivals = rivals.filter(|it| !it.is_peer() && *it != chosen);
    let distance = |len: u64| (len.max(1) as f64 / sizes[0].largest_len.max(1) as f64).ln().abs();
    rivals
        .filter_map(|rival| Some((crossing(chosen, rival, sizes)?, rival)))
        .min_by(|(a, _), (b, _)| distance(*a).partial_cmp(&distance(*b)).unwrap_or(Ordering::Equal))
}

/// Where the times of the two are equal, if the rival becomes clearly faster: between the last size at which it
/// was not and the first at which it is, by a straight line in logarithms.
fn crossing(chosen: Contender, rival: Contender, sizes: &[&Size]) -> Option<u64> {
    let mut before: Option<(f64, f64)> = None;
    for size in sizes {
        let (Some(own), Some(other)) = (size.of(chosen), size.of(rival)) else { continue };
        let (len, lead) = ((size.largest_len.max(1) as f64).ln(), (other / own).ln());
        if lead < -MARGIN.ln() {
            let (len_before, lead_before) = before?;
            let share = if lead_before > 0.0 { lead_before / (lead_before - lead) } else { 0.0 };
            return Some((len_before + share * (len - len_before)).exp().round() as u64);
        }
        before = Some((len, lead));
    }
    None
}

#[cfg(test)]
mod tests {
    use anystream::Backend;

    use super::*;

    const VEC: Contender = Contender::Backend(Backend::Vec);
    const ROPE: Contender = Contender::Backend(Backend::Rope);

    fn size(largest_len: u64, vec: f64, rope: f64) -> Size {
        Size { largest_len, calls: 1, medians: vec![(VEC, vec), (ROPE, rope), (Contender::Cursor, 0.001)] }
    }

    #[test]
    fn the_size_below_which_another_is_faster_is_found_between_two() {
        let sizes = [size(1024, 1.0, 2.0), size(4096, 2.0, 1.0), size(16384, 9.0, 1.0)];
        assert_eq!(changes(ROPE, 16384, &sizes), ["Below about 2.00 KiB vec is faster."]);
        assert_eq!(changes(VEC, 1024, &sizes), ["Above about 2.00 KiB rope is faster."]);
    }

    #[test]
    fn within_the_margin_nothing_changes() {
        let sizes = [size(1024, 1.0, 1.05), size(16384, 9.0, 1.0)];
        let said = changes(ROPE, 16384, &sizes);
        assert_eq!(said, ["From 1.00 KiB to 16.00 KiB no other backend is clearly faster."]);
    }

    #[test]
    fn sizes_that_hardly_differ_say_nothing() {
        assert!(changes(ROPE, 1100, &[size(1024, 1.0, 2.0), size(1100, 2.0, 1.0)]).is_empty());
        assert!(changes(ROPE, 1100, &[]).is_empty());
    }

    #[test]
    fn peers_are_never_said_to_be_the_better_choice() {
        let sizes = [size(1024, 2.0, 1.0), size(4096, 2.0, 1.0)];
        assert!(changes(ROPE, 4096, &sizes).iter().all(|said| !said.contains("cursor")));
    }
}
