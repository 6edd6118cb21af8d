//! A thread that asked for signatures and waits for them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use formats::error::Result;

/// What becomes of a caller's orders, and the means to wake it: a condition variable of its own, used
/// with the scheduler's lock, so that each waking reaches only the thread that it concerns.
pub(super) struct Caller {
    wake: Condvar,
    /// Changes under the scheduler's lock only.
    waits: AtomicBool,
    outcomes: Mutex<Vec<Option<Result<Vec<u8>>>>>,
}

impl Caller {
    /// With so many orders.
    pub(super) fn of(orders: usize) -> Self {
        Self {
            wake: Condvar::new(),
            waits: AtomicBool::new(false),
            outcomes: Mutex::new(vec![None; orders]),
        }
    }

    /// Keeps what became of one order; whether it was the last one missing.
    pub(super) fn keep(&self, place: usize, outcome: Result<Vec<u8>>) -> bool {
        let mut outcomes = self.outcomes();
        if let Some(kept @ None) = outcomes.get_mut(place) {
            *kept = Some(outcome);
        }
        outcomes.iter().all(Option::is_some)
    }

    /// The outcomes of all orders, in order, once all are there.
    ///
    /// # Errors
    /// Of the first order that failed.
    pub(super) fn collect(&self) -> Option<Result<Vec<Vec<u8>>>> {
        let mut outcomes = self.outcomes();
        let all = outcomes.iter().all(Option::is_some);
        all.then(|| outcomes.drain(..).flatten().collect())
    }

    /// Gives up the scheduler's lock until somebody calls [`Self::wake`], or for so long.
    pub(super) fn wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        longest: Option<Duration>,
    ) -> MutexGuard<'a, T> {
        self.waits.store(true, Ordering::Relaxed);
        let guard = match longest {
            None => self
                .wake
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner),
            Some(longest) => {
                let woken = self.wake.wait_timeout(guard, longest);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        self.waits.store(false, Ordering::Relaxed);
        guard
    }

    /// Whether it waits, and does not sign for others. Only under the scheduler's lock.
    pub(super) fn waits(&self) -> bool {
        self.waits.load(Ordering::Relaxed)
    }

    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    fn outcomes(&self) -> MutexGuard<'_, Vec<Option<Result<Vec<u8>>>>> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
