//! A thread that asked for signatures and waits for them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};

/// What becomes of a caller's orders, and the means to wake it. It waits under the scheduler's
/// lock, alone, so that nobody is woken for what is another's.
pub(super) struct Caller {
    wake: Condvar,
    /// Changes under the scheduler's lock only.
    waits: AtomicBool,
    outcomes: Mutex<Outcomes>,
}

struct Outcomes {
    places: Vec<Option<Result<Vec<u8>>>>,
    missing: usize,
}

impl Caller {
    /// With so many orders.
    pub(super) fn of(orders: usize) -> Self {
        Self {
            wake: Condvar::new(),
            waits: AtomicBool::new(false),
            outcomes: Mutex::new(Outcomes {
                places: (0..orders).map(|_| None).collect(),
                missing: orders,
            }),
        }
    }

    /// Keeps what became of one order; whether it was the last one missing.
    pub(super) fn keep(&self, place: usize, outcome: Result<Vec<u8>>) -> bool {
        let mut outcomes = self.outcomes();
        if let Some(kept @ None) = outcomes.places.get_mut(place) {
            *kept = Some(outcome);
            outcomes.missing -= 1;
        }
        outcomes.missing == 0
    }

    /// The outcomes of all orders, in order, once all are there.
    ///
    /// # Errors
    /// Of the first order that failed.
    pub(super) fn collect(&self) -> Option<Result<Vec<Vec<u8>>>> {
        let mut outcomes = self.outcomes();
        let ended = || Err(Error::Key("the thread that signed ended".into()));
        (outcomes.missing == 0).then(|| {
            let places = std::mem::take(&mut outcomes.places);
            places
                .into_iter()
                .map(|outcome| outcome.unwrap_or_else(ended))
                .collect()
        })
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

    fn outcomes(&self) -> MutexGuard<'_, Outcomes> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
