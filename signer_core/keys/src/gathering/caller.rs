//! Who asked for signatures: a thread that waits for them, or somebody who is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use formats::error::{Error, Result};

/// Takes the outcomes of orders whose callers do not wait. Called by the threads that sign: neither
/// call should take any time.
pub trait Listener: Send + Sync {
    /// What became of the order of this number.
    fn told(&self, number: u64, outcome: Result<Vec<u8>>);

    /// What was signed together has been told.
    fn told_all(&self);
}

/// What becomes of a caller's orders, and the means to wake it: a condition variable of its own, used
/// with the scheduler's lock, so that each waking reaches only the thread that it concerns.
pub(super) struct Caller {
    wake: Condvar,
    /// Changes under the scheduler's lock only.
    waits: AtomicBool,
    outcomes: Mutex<Vec<Option<Result<Vec<u8>>>>>,
    /// Of a caller without a thread, until it was told.
    listener: Mutex<Option<(u64, Arc<dyn Listener>)>>,
    absent: bool,
}

impl Caller {
    /// With so many orders.
    pub(super) fn of(orders: usize) -> Self {
        Self {
            wake: Condvar::new(),
            waits: AtomicBool::new(false),
            outcomes: Mutex::new(vec![None; orders]),
            listener: Mutex::new(None),
            absent: false,
        }
    }

    /// Without a thread, with one order.
    pub(super) fn absent(number: u64, listener: Arc<dyn Listener>) -> Self {
        Self {
            listener: Mutex::new(Some((number, listener))),
            absent: true,
            ..Self::of(1)
        }
    }

    /// Whether no thread of its own looks after its order.
    pub(super) fn is_absent(&self) -> bool {
        self.absent
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
        let guard = wait_for(&self.wake, guard, longest);
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

    /// All outcomes are there. Not under the scheduler's lock. Who was told, of several of a group.
    pub(super) fn complete(&self) -> Option<Arc<dyn Listener>> {
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((number, listener)) = listener.take() else {
            self.wake();
            return None;
        };
        let outcome = self.outcomes().pop().flatten();
        let none = || Err(Error::key("the order has no outcome"));
        listener.told(number, outcome.unwrap_or_else(none));
        Some(listener)
    }

    fn outcomes(&self) -> MutexGuard<'_, Vec<Option<Result<Vec<u8>>>>> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives up the lock until the condition is notified, or for so long.
pub(super) fn wait_for<'a, T>(
    condition: &Condvar,
    guard: MutexGuard<'a, T>,
    longest: Option<Duration>,
) -> MutexGuard<'a, T> {
    match longest {
        None => condition
            .wait(guard)
            .unwrap_or_else(PoisonError::into_inner),
        Some(longest) => {
            let woken = condition.wait_timeout(guard, longest);
            woken.unwrap_or_else(PoisonError::into_inner).0
        }
    }
}
