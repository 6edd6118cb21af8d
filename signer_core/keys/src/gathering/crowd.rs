//! How many orders there are at once, lately: whether groups are worth forming, and who is waited for.
//!
//! Pure: time comes in. Callers that are served together come back one after the other, so between two
//! groups there are few for a moment. What counts is therefore the most that there were at once: for as
//! long as it takes to sign so many one by one, and then the most that there were meanwhile, never what
//! there happens to be at the moment when that time is over.

use std::time::{Duration, Instant};

#[derive(Default)]
pub(super) struct Crowd {
    most: usize,
    /// Until when they count: then all of them could have been signed one by one.
    until: Option<Instant>,
    /// The most that there were at once since that was set.
    since: usize,
    /// How many of them may come back: who was waited for in vain does not.
    expected: usize,
}

impl Crowd {
    /// So many orders are here now; `served` is the time in which so many are signed one by one.
    pub(super) fn notice(&mut self, here: usize, now: Instant, served: impl Fn(usize) -> Duration) {
        let most = self.at(now, &served).max(here);
        if here == most || self.is_over(now) {
            (self.most, self.since) = (most, 0);
            self.until = now.checked_add(served(most));
        }
        if here < most {
            self.since = self.since.max(here);
        }
        self.expected = self.expected.clamp(here.min(most), most);
    }

    /// The most that there were at once, as of the last [`Self::notice`].
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many of them there may be again.
    pub(super) fn expected(&self) -> usize {
        self.expected
    }

    /// Who was waited for until now and is not among so many is not waited for again.
    pub(super) fn expect_no_more_than(&mut self, here: usize) {
        self.expected = self.expected.min(here);
    }

    /// What counts of those who were here: nobody, once there was time to serve twice as many.
    fn at(&self, now: Instant, served: impl Fn(usize) -> Duration) -> usize {
        match self.until {
            Some(until) if now <= until => self.most,
            Some(until)
                if until
                    .checked_add(served(self.since))
                    .is_some_and(|end| now <= end) =>
            {
                self.since
            }
            _ => 0,
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now > until)
    }
}

#[cfg(test)]
mod tests;
