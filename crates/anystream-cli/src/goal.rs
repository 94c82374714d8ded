//! What a user cares about.

use std::fmt;
use std::str::FromStr;

/// How much each of three things weighs: time, heap at its peak, and the latency that one call in a hundred
/// exceeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Goal {
    pub(crate) speed: f64,
    pub(crate) memory: f64,
    pub(crate) latency: f64,
}

impl Goal {
    pub(crate) const SPEED: Goal = Goal { speed: 1.0, memory: 0.0, latency: 0.0 };

    pub(crate) fn is_speed_alone(self) -> bool {
        self.memory == 0.0 && self.latency == 0.0
    }

    fn weights(&mut self) -> [(&'static str, &mut f64); 3] {
        [("speed", &mut self.speed), ("memory", &mut self.memory), ("latency", &mut self.latency)]
    }
}

impl FromStr for Goal {
    type Err = String;

    /// `speed`, `memory`, `latency`; or several with their weights, as in `speed=2,memory=1`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut goal = Goal { speed: 0.0, memory: 0.0, latency: 0.0 };
        for part in text.split(',') {
            let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
            let weight: f64 = match weight.trim().parse() {
                Ok(weight) if (0.0..=1000.0).contains(&weight) => weight,
                _ => return Err(format!("{weight:?} is not a weight from 0 to 1000")),
            };
            let mut weights = goal.weights();
            let known = weights.iter_mut().find(|(known, _)| *known == name.trim());
            let Some((_, place)) = known else {
                return Err(format!(
                    "unknown goal {name:?}: expected speed, memory, latency, or weights such as speed=2,memory=1"
                ));
            };
            **place = weight;
        }
        if goal.speed + goal.memory + goal.latency == 0.0 {
            return Err("all weights are 0".to_owned());
        }
        Ok(goal)
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut goal = *self;
        let weighty: Vec<_> = goal.weights().into_iter().filter(|(_, weight)| **weight > 0.0).collect();
        match &weighty[..] {
            [(one, _)] => f.write_str(one),
            several => {
                let parts: Vec<_> = several.iter().map(|(name, weight)| format!("{name}={weight}")).collect();
                f.write_str(&parts.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Goal;

    #[test]
    fn one_word_or_weights() {
        assert_eq!("speed".parse(), Ok(Goal::SPEED));
        assert_eq!("memory".parse(), Ok(Goal { speed: 0.0, memory: 1.0, latency: 0.0 }));
        assert_eq!("speed=2,latency=0.5".parse(), Ok(Goal { speed: 2.0, memory: 0.0, latency: 0.5 }));
    }

    #[test]
    fn what_is_no_goal_says_what_would_be() {
        for (text, says) in [
            ("fast", "expected speed, memory, latency, or weights"),
            ("speed=x", "not a weight"),
            ("speed=-1", "not a weight"),
            ("speed=NaN", "not a weight"),
            ("speed=0", "all weights are 0"),
            ("", "expected speed"),
        ] {
            assert!(text.parse::<Goal>().is_err_and(|error| error.contains(says)), "{text}");
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in ["speed", "memory", "speed=2,latency=0.5"] {
            assert_eq!(text.parse::<Goal>().map(|goal| goal.to_string()).as_deref(), Ok(text));
        }
    }
}
