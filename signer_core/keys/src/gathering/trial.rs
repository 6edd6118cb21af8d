//! Whether a crowd is served sooner together or each caller by itself: tried, because no cost measured
//! beforehand says what it takes to put callers to sleep and to wake them.
//!
//! Pure: time comes in. A stretch is so many signatures that every caller had several; both ways are
//! compared over stretches in turns, next to each other, so that whatever else changes meanwhile
//! changes both. Being served together must gain more than noise; a tie is no gain.

use std::time::{Duration, Instant};

use crate::choice::NOISE;

/// Signatures for each caller in a stretch.
const EACH: usize = 16;
/// Stretches until the other way is tried: at first, and at most, when again and again it was worse.
const SOON: usize = 4;
const SELDOM: usize = 64;
/// The way that is usual and the other one are tried twice each.
const TURNS: usize = 4;

/// How a crowd is served now, and how it does.
pub(super) struct Trial {
    /// What is usual: together, by what the signatures cost, until a trial says otherwise.
    together: bool,
    /// Stretches until the next trial.
    interval: usize,
    /// Stretches since the last one; from `interval` on a trial's turns.
    stretch: usize,
    /// What the usual way and the other took for each signature, added up over the trial's turns.
    took: [Duration; 2],
    /// When this stretch began; not before those who were served the other way are done.
    began: Option<Instant>,
    made: usize,
}

impl Default for Trial {
    fn default() -> Self {
        Self {
            together: true,
            interval: SOON,
            stretch: 0,
            took: [Duration::ZERO; 2],
            began: None,
            made: 0,
        }
    }
}

impl Trial {
    /// Whether callers are served together now.
    pub(super) fn together(&self) -> bool {
        self.together != self.tries_the_other()
    }

    /// So many signatures of a crowd were made.
    pub(super) fn made(&mut self, signatures: usize, crowd: usize, now: Instant) {
        self.made += signatures;
        let Some(began) = self.began else {
            if self.made >= crowd {
                (self.began, self.made) = (Some(now), 0);
            }
            return;
        };
        if self.made < crowd * EACH {
            return;
        }
        if self.stretch >= self.interval {
            let signatures = u32::try_from(self.made).unwrap_or(u32::MAX);
            let each = now.saturating_duration_since(began) / signatures.max(1);
            self.took[usize::from(self.tries_the_other())] += each;
        }
        self.stretch += 1;
        (self.began, self.made) = (None, 0);
        if self.stretch == self.interval + TURNS {
            self.decide();
        }
    }

    /// There was no crowd for a while: what this stretch, or this trial, took says nothing.
    pub(super) fn interrupt(&mut self) {
        (self.began, self.made) = (None, 0);
        self.took = [Duration::ZERO; 2];
        self.stretch = self.stretch.min(self.interval);
    }

    /// Whether a stretch is under way.
    #[cfg(test)]
    pub(super) fn has_begun(&self) -> bool {
        self.began.is_some()
    }

    fn tries_the_other(&self) -> bool {
        self.stretch
            .checked_sub(self.interval)
            .is_some_and(|turn| turn % 2 == 1)
    }

    fn decide(&mut self) {
        let [usual, other] = self.took;
        let [together, apart] = if self.together {
            [usual, other]
        } else {
            [other, usual]
        };
        let gains = together + together / NOISE < apart;
        self.interval = if gains == self.together {
            SELDOM.min(self.interval * 2)
        } else {
            SOON
        };
        self.together = gains;
        (self.stretch, self.took) = (0, [Duration::ZERO; 2]);
    }
}

#[cfg(test)]
mod tests;
