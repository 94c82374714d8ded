//! Where a step begins.

use super::Interpreter;
use crate::standard::StandardError;
use crate::standard::program::Place;

/// Some that read the same contents in turn.
pub(super) struct Readers {
    stopped: Vec<u64>,
    turn: usize,
}

impl Interpreter<'_> {
    pub(super) fn resolve(&mut self, place: &Place) -> Result<u64, StandardError> {
        Ok(match place {
            Place::Here => self.here,
            Place::Start => 0,
            Place::End => self.length,
            Place::Mark(mark) => self.marks.get(*mark).copied().unwrap_or_default(),
            Place::Offset(offset) => self.draw(offset)?,
            Place::Ahead(by) => self.here.saturating_add(self.draw(by)?),
            Place::Back(by) => self.here.saturating_sub(self.draw(by)?),
            Place::Near(by) => {
                let by = self.draw(by)?;
                let low = self.here.saturating_sub(by).min(self.length);
                let high = self.here.saturating_add(by).min(self.length);
                low + self.below(high - low + 1)
            }
            Place::Anywhere(unit) => {
                let unit = self.draw(unit)?.max(1);
                self.below(self.length / unit) * unit
            }
            Place::Hot(unit) => {
                let unit = self.draw(unit)?.max(1);
                self.hot(self.length / unit) * unit
            }
            Place::Reader(readers) => match self.readers.get(*readers).and_then(Readers::place) {
                Some(place) if place < self.length => place,
                _ => 0,
            },
        })
    }

    /// One of `places`, the n-th oftenest about as often as 1/n: Zipf's law, in whole numbers. The often
    /// used ones lie scattered, and stay where they are while the contents grow to their double.
    fn hot(&mut self, places: u64) -> u64 {
        const SCATTER: u64 = 0x9e37_79b1; // odd, so that no two ranks meet
        let Some(log) = places.checked_ilog2() else { return 0 };
        let doublings = u64::from(u64::BITS - (places - 1).leading_zeros());
        let among = (1_u64 << self.below(doublings + 1)).min(places);
        let rank = self.below(among);
        let scattered = 1_u64 << log;
        if rank < scattered { rank.wrapping_mul(SCATTER) & (scattered - 1) } else { rank }
    }

    pub(super) fn stop_reader(&mut self, place: &Place) {
        if let Place::Reader(readers) = place
            && let Some(readers) = self.readers.get_mut(*readers)
        {
            readers.stop(self.here);
        }
    }
}

impl Readers {
    /// All at the start.
    pub(super) fn new(count: usize) -> Self {
        Readers { stopped: vec![0; count], turn: 0 }
    }

    fn place(&self) -> Option<u64> {
        self.stopped.get(self.turn).copied()
    }

    fn stop(&mut self, at: u64) {
        if let Some(stopped) = self.stopped.get_mut(self.turn) {
            *stopped = at;
        }
        self.turn = (self.turn + 1) % self.stopped.len().max(1);
    }
}
