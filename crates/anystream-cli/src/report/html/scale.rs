//! From values to places on an axis.

use indicatif::{HumanBytes, HumanCount};

use crate::report::numbers::duration;

/// What the values of an axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nanoseconds.
    Time,
    Bytes,
    Count,
}

/// How values lie on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// From nothing.
    Linear { high: f64, unit: Unit },
    /// Equal distances are equal ratios.
    Log { low: f64, high: f64, unit: Unit },
    /// Shares of a whole, each further nine as wide as the one before, up to all but one in 10 to the power
    /// of `nines`; all of it is at the end.
    Tail { nines: f64 },
}

/// A place on an axis, from 0 to 1, and what is written there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

impl Unit {
    pub(super) fn write(self, value: f64) -> String {
        match self {
            Unit::Time => duration(value),
            Unit::Bytes => HumanBytes(value as u64).to_string(),
            Unit::Count => HumanCount(value as u64).to_string(),
        }
    }

    /// Without zeros behind the point, and held together.
    fn write_round(self, value: f64) -> String {
        let written = self.write(value);
        let (number, unit) = written.split_once(' ').unwrap_or((&written, ""));
        let number =
            if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
        if unit.is_empty() || value == 0.0 { number.to_owned() } else { format!("{number}\u{a0}{unit}") }
    }

    /// The round number that is no less than `value`.
    fn round_up(self, value: f64) -> f64 {
        match self {
            Unit::Bytes => value.log2().ceil().exp2(),
            Unit::Time | Unit::Count => {
                let decade = 10_f64.powf(value.log10().floor());
                let found = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * decade >= value * (1.0 - 1e-9));
                found.unwrap_or(10.0) * decade
            }
        }
    }
}

impl Scale {
    pub(super) fn linear(values: impl IntoIterator<Item = f64>, unit: Unit) -> Self {
        let high = values.into_iter().fold(0.0, f64::max);
        Scale::Linear { high: if high > 0.0 { high } else { 1.0 }, unit }
    }

    /// Values below 1 count as 1, the least that can be told.
    pub(super) fn log(values: impl IntoIterator<Item = f64>, unit: Unit) -> Self {
        let ends = |(low, high): (f64, f64), value: f64| (low.min(value.max(1.0)), high.max(value));
        let (low, high) = values.into_iter().fold((f64::INFINITY, 1.0), ends);
        let low = low.min(high);
        // All the same: in the middle.
        let room = if high / low < 1.5 { 1.5 } else { 1.0 };
        Scale::Log { low: low / room, high: high * room, unit }
    }

    /// For the shares of `calls` calls: what is more than all but one of them is all.
    pub(super) fn tail(calls: u64) -> Self {
        Scale::Tail { nines: (calls.max(10) as f64).log10() }
    }

    /// From 0 to 1.
    pub(super) fn at(self, value: f64) -> f64 {
        let at = match self {
            Scale::Linear { high, .. } => value / high,
            Scale::Log { low, high, .. } => (value.max(1.0) / low).ln() / (high / low).ln(),
            Scale::Tail { nines } => -(1.0 - value).log10() / nines,
        };
        if at.is_nan() { 0.0 } else { at.clamp(0.0, 1.0) }
    }

    pub(super) fn is_log(self) -> bool {
        matches!(self, Scale::Log { .. })
    }

    pub(super) fn write(self, value: f64) -> String {
        match self {
            Scale::Linear { unit, .. } | Scale::Log { unit, .. } => unit.write(value),
            Scale::Tail { .. } if value >= 1.0 => "max".to_owned(),
            Scale::Tail { .. } => share(value),
        }
    }

    /// At most `most` of them.
    pub(super) fn ticks(self, most: usize) -> Vec<Tick> {
        let tick = |value: f64, unit: Unit| Tick { at: self.at(value), label: unit.write_round(value) };
        match self {
            Scale::Linear { high, unit } => {
                let step = unit.round_up(high / (most.max(2) - 1) as f64);
                let step = if unit == Unit::Time { step } else { step.max(1.0) };
                let steps = (high / step + 1e-9).floor() as usize;
                (0..=steps).map(|i| tick(i as f64 * step, unit)).collect()
            }
            Scale::Log { low, high, unit } => {
                let candidates = match unit {
                    Unit::Bytes => [1, 2, 4, 8, 16, 32].map(|bits| powers(2.0_f64.powi(bits), &[1.0])),
                    Unit::Time | Unit::Count => [
                        (1, &[1.0, 2.0, 5.0][..]),
                        (1, &[1.0, 3.0]),
                        (1, &[1.0]),
                        (2, &[1.0]),
                        (3, &[1.0]),
                        (6, &[1.0]),
                    ]
                    .map(|(decades, digits)| powers(10.0_f64.powi(decades), digits)),
                };
                let inside = |values: Vec<f64>| -> Vec<f64> {
                    let visible = |value: &f64| (low * 0.999..=high * 1.001).contains(value);
                    values.into_iter().filter(visible).collect()
                };
                let chosen = candidates.into_iter().map(inside).find(|values| values.len() <= most);
                chosen.into_iter().flatten().map(|value| tick(value, unit)).collect()
            }
            Scale::Tail { nines } => {
                let shares = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
                let clear_of_the_end = |at: &f64| self.at(*at) < 1.0 - 0.4 / nines;
                let mut ticks: Vec<Tick> = shares
                    .into_iter()
                    .filter(clear_of_the_end)
                    .map(|value| Tick { at: self.at(value), label: share(value) })
                    .collect();
                ticks.push(Tick { at: 1.0, label: "max".to_owned() });
                ticks
            }
        }
    }
}

/// The digits times the powers of `base`, up to more than is ever shown.
fn powers(base: f64, digits: &[f64]) -> Vec<f64> {
    let powers = (0..).map(|power| base.powi(power)).take_while(|power| *power < 1e20);
    powers.flat_map(|power| digits.iter().map(move |digit| digit * power)).collect()
}

/// 0.999 as "99.9 %", as few digits as it takes.
pub(super) fn share(share: f64) -> String {
    let percent = format!("{:.3}", share * 100.0);
    format!("{}\u{a0}%", percent.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, most: usize) -> Vec<String> {
        scale.ticks(most).into_iter().map(|tick| tick.label.replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_begin_with_nothing() {
        assert_eq!(labels(Scale::linear([3.4e6], Unit::Time), 5), ["0", "1 ms", "2 ms", "3 ms"]);
        assert_eq!(labels(Scale::linear([100e3], Unit::Bytes), 5), ["0", "32 KiB", "64 KiB", "96 KiB"]);
        assert_eq!(labels(Scale::linear([2.0], Unit::Count), 5), ["0", "1", "2"]);
        assert_eq!(labels(Scale::linear([], Unit::Bytes), 5), ["0", "1 B"]);
    }

    #[test]
    fn logarithmic_ticks_are_as_many_as_fit() {
        assert_eq!(labels(Scale::log([10.0, 2e6], Unit::Time), 6).len(), 6);
        assert_eq!(labels(Scale::log([20.0, 100.0], Unit::Time), 6), ["20 ns", "50 ns", "100 ns"]);
        assert_eq!(
            labels(Scale::log([1024.0, 1e6], Unit::Bytes), 6).first().map(String::as_str),
            Some("1 KiB")
        );
        for high in [1.0, 10.0, 1e3, 1e6, 1e9, 1e12, 1e18] {
            for unit in [Unit::Time, Unit::Bytes, Unit::Count] {
                let ticks = Scale::log([1.0, high], unit).ticks(6);
                assert!((1..=6).contains(&ticks.len()), "{high} {unit:?} {ticks:?}");
            }
        }
    }

    #[test]
    fn every_value_has_a_place_on_the_axis() {
        let scales = [
            Scale::linear([], Unit::Time),
            Scale::log([], Unit::Time),
            Scale::log([5.0], Unit::Bytes),
            Scale::tail(0),
        ];
        for scale in scales {
            for value in [0.0, 0.5, 1.0, 5.0, 1e300, f64::INFINITY, f64::NAN] {
                assert!((0.0..=1.0).contains(&scale.at(value)), "{scale:?} {value}");
            }
        }
    }

    #[test]
    fn each_nine_of_the_tail_is_as_wide_as_the_one_before() {
        let scale = Scale::tail(100_000);
        assert!((scale.at(0.99) - 0.4).abs() < 1e-9 && (scale.at(0.999) - 0.6).abs() < 1e-9);
        assert_eq!(labels(scale, 9), ["50 %", "90 %", "99 %", "99.9 %", "99.99 %", "max"]);
    }
}
