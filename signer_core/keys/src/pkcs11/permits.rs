//! A counting semaphore whose waiters give up at a deadline.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use formats::error::{Error, Kind, Result};

/// How many sessions may be in use at once.
#[derive(Debug)]
pub(super) struct Permits {
    free: Mutex<usize>,
    returned: Condvar,
}

/// The right to use one session; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit<'p>(&'p Permits);

impl Permits {
    pub(super) fn new(count: usize) -> Self {
        Self {
            free: Mutex::new(count),
            returned: Condvar::new(),
        }
    }

    /// Waits for a free permit; `DeviceUnavailable` when none came back in time.
    pub(super) fn acquire(&self, deadline: Instant) -> Result<Permit<'_>> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut free, timeout) = self
            .returned
            .wait_timeout_while(free, wait, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() && *free == 0 {
            return Err(Error::new(
                Kind::DeviceUnavailable,
                "all sessions stayed busy past the waiting time",
            ));
        }
        *free -= 1;
        Ok(Permit(self))
    }

    /// A deadline this far from now.
    pub(super) fn deadline(wait: Duration) -> Instant {
        Instant::now() + wait
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_the_count_and_given_back() {
        let permits = Permits::new(1);
        let soon = || Permits::deadline(Duration::from_millis(20));
        let first = permits.acquire(soon()).expect("free");
        let refused = permits.acquire(soon()).err().map(|error| error.kind());
        assert_eq!(refused, Some(Kind::DeviceUnavailable));
        drop(first);
        assert!(permits.acquire(soon()).is_ok());
    }
}
