//! In a crowd, signatures are handed to their askers some groups at a time.
//!
//! Each handing over wakes a thread, which takes the processor from the next signatures, and finds
//! nothing of what it works on in the processor's caches, where a group of signatures has gone through.

use std::time::{Duration, Instant};

/// So many are handed over together.
const TOGETHER: usize = 32;
/// It is a crowd while so many more are to be made: a group of the lanes.
const CROWD: usize = 8;
/// None waits for another one that is made later than this after it: with the group that is being made
/// then, which takes as long at most, 2 ms are added (ADR 29).
const LONGEST: Duration = Duration::from_millis(1);

/// Since when the first one that is made waits.
#[derive(Default)]
pub(super) struct KeptBack(Option<Instant>);

impl KeptBack {
    /// Whether what is made waits for what is made next. Asked each time that something is made, so
    /// nothing waits where nothing else is to be made.
    pub(super) fn waits(&mut self, made: usize, left: usize, now: Instant) -> bool {
        let since = *self.0.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        let waits = made < TOGETHER && left >= CROWD && passed < LONGEST;
        if !waits {
            self.0 = None;
        }
        waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_told_together() {
        let (mut kept, now) = (KeptBack::default(), Instant::now());
        let told = [8, 16, 24, 32].map(|made| !kept.waits(made, 64 - made, now));
        assert_eq!(told, [false, false, false, true]);
    }

    #[test]
    fn who_is_one_of_few_waits_for_nobody() {
        let (mut kept, now) = (KeptBack::default(), Instant::now());
        for left in 0..CROWD {
            assert!(!kept.waits(1, left, now));
        }
        assert!(kept.waits(1, CROWD, now));
        assert!(!kept.waits(2, CROWD - 1, now), "the last ones");
    }

    #[test]
    fn nobody_waits_for_long() {
        let (mut kept, now) = (KeptBack::default(), Instant::now());
        assert!(kept.waits(8, 100, now));
        assert!(!kept.waits(16, 92, now + LONGEST));
        // From its own first one on.
        assert!(kept.waits(8, 84, now + LONGEST));
        assert!(kept.waits(16, 76, now + LONGEST + LONGEST / 2));
    }
}
