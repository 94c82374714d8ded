//! First replays in fresh processes.

use std::time::Instant;

use anystream_measure::{Life, order};

use super::{GENERATIONS, Running, limit};
use crate::contestant::Timed;
use crate::interrupt;
use crate::worker::{Reply, Request};

impl Running<'_> {
    /// First replays in fresh processes.
    pub(super) fn cold(&mut self, progress: &mut dyn FnMut(&str, f64)) {
        /// A contender this many times slower when warm cannot be the fastest when cold.
        const HOPELESS: f64 = 6.0;
        const MOST: usize = 25;
        let part = self.effort.share(Life::Short);
        let time = self.effort.time.mul_f64(part);
        let fewest = if self.effort.rounds.is_some_and(|rounds| rounds < 5) { 1 } else { GENERATIONS };
        let fastest = self.fastest();
        let able: Vec<usize> = (self.raced.iter().enumerate())
            .filter(|(_, raced)| raced.outcome.as_ref().is_ok_and(|it| it.median() <= fastest * HOPELESS))
            .map(|(at, _)| at)
            .collect();
        let began = Instant::now();
        for process in 0..MOST {
            let share = began.elapsed().as_secs_f64() / time.as_secs_f64().max(1e-9);
            progress(&format!("fresh process {}", process + 1), 1.0 - part * (1.0 - share.min(1.0)));
            if process >= fewest && (began.elapsed() > time || self.effort.rounds.is_some()) {
                break;
            }
            for place in order(process, able.len()) {
                let Some(raced) = able.get(place).and_then(|at| self.raced.get_mut(*at)) else { continue };
                let limit = limit(fastest * 10.0, self.effort.time);
                let request = Request::Time { replays: 1, limit };
                let mut started = match self.start.start(raced.contender, Life::Short) {
                    Ok(started) => started,
                    Err(_) => continue,
                };
                let reply = started.ask(&request, limit);
                if interrupt::requested() {
                    return;
                }
                if let (Ok(Reply::Timed(Timed::Replay(time))), Ok(times)) = (reply, &mut raced.outcome) {
                    times.cold.push(vec![time]);
                }
            }
            let late = self.began.elapsed() > self.effort.time;
            if late || process >= 2 && began.elapsed() > time * 2 {
                break;
            }
        }
    }
}
