//! Numbers for people.

use indicatif::HumanCount;

/// Three significant digits, as far as the decimal point allows.
pub(crate) fn significant(value: f64) -> String {
    if value >= 999.5 {
        return HumanCount(value.round() as u64).to_string();
    }
    let decimals = match value.abs() {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// Nanoseconds in the unit that suits them.
pub(crate) fn duration(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ..999.5 => (nanoseconds, "ns"),
        ..999.5e3 => (nanoseconds / 1e3, "µs"),
        ..999.5e6 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    format!("{} {unit}", significant(value))
}

/// A share of a whole, rounded, but neither to none of it nor to all of it.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    match percent {
        _ if part == 0 || part >= whole => format!("{percent:.0} %"),
        ..1.0 => "under 1 %".to_owned(),
        99.0.. => "over 99 %".to_owned(),
        _ => format!("{percent:.0} %"),
    }
}

/// "1 call", "2 calls".
pub(crate) fn count(n: u64, what: &str) -> String {
    format!("{} {what}{}", HumanCount(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{count, duration, percent, significant};

    #[test]
    fn three_digits_are_shown() {
        let shown = [1.0, 9.994, 9.995, 12.34, 99.94, 99.95, 123.4, 9876.0].map(significant);
        assert_eq!(shown, ["1.00", "9.99", "10.0", "12.3", "99.9", "100", "123", "9,876"]);
    }

    #[test]
    fn durations_change_unit_before_they_need_four_digits() {
        let shown = [0.4, 999.4, 999.6, 1.5e6, 999.6e6].map(duration);
        assert_eq!(shown, ["0.40 ns", "999 ns", "1.00 µs", "1.50 ms", "1.00 s"]);
    }

    #[test]
    fn a_small_share_is_not_none_and_a_large_one_not_all() {
        let shown =
            [(0, 9), (1, 1000), (1, 3), (999, 1000), (7, 7)].map(|(part, whole)| percent(part, whole));
        assert_eq!(shown, ["0 %", "under 1 %", "33 %", "over 99 %", "100 %"]);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([count(1, "call"), count(1200, "call")], ["1 call", "1,200 calls"]);
    }
}
