//! Gathers signatures that several threads ask for at the same time into full groups.
//!
//! There are no threads of its own. Whoever asks puts its request into the queue and, while fewer
//! threads sign than there are cores, signs the next group itself: its own request, and whatever
//! others put there meanwhile. A caller alone therefore signs at once, on its own thread, as if
//! there were no queue; under load groups fill by themselves while all cores are busy. Only when
//! there lately were several callers, and fewer wait now, does a thread wait for the others to come
//! back, and never longer than [`GATHERING`] after the oldest request came.
//!
//! Every key has a queue of its own and a group takes from them in turns, so an authority with a
//! thousand requests delays another's single one by no more than a group.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use super::batch::sign_each;
use super::groups::FEWEST;
use super::hash::Digest;
use super::multibuffer::LANES;
use super::queue::{Queue, Ticket};
use super::signer::BatchSigner;
use crate::error::{Error, Result};

/// The longest that a request waits for others to fill its group.
const GATHERING: Duration = Duration::from_micros(500);
/// How long a number of callers counts as the number there lately were.
const LATELY: Duration = Duration::from_millis(4);

/// One signature asked for, by a key that threads share.
pub(super) type Order = (Arc<dyn BatchSigner>, Digest);

/// The queue that all threads of a process share.
pub(super) struct Scheduler {
    state: Mutex<State>,
    changed: Condvar,
    /// How many threads may sign at the same time.
    cores: usize,
}

#[derive(Default)]
struct State {
    queue: Queue,
    /// Threads that sign a group now.
    signing: usize,
    /// Orders being signed now.
    in_work: usize,
    /// Whether a thread waits for its group to fill.
    gathering: bool,
    /// The most orders there were at once, lately.
    crowd: usize,
    crowd_seen: Option<Instant>,
}

impl Scheduler {
    /// For as many threads at a time as there are cores.
    pub(super) fn new() -> Self {
        Self::with_cores(available_parallelism().map_or(1, usize::from))
    }

    fn with_cores(cores: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            cores,
        }
    }

    /// One verified signature for each order, in order. Returns when all are made.
    ///
    /// # Errors
    /// As [`super::sign_requests`], of the first order that failed.
    pub(super) fn sign(&self, orders: Vec<Order>) -> Result<Vec<Vec<u8>>> {
        let mut state = self.lock();
        let now = Instant::now();
        let tickets: Vec<Ticket> = orders
            .into_iter()
            .map(|order| state.queue.put(order, now))
            .collect();
        state.notice_crowd(now);
        if state.gathering {
            self.changed.notify_all();
        }
        loop {
            if let Some(outcomes) = state.queue.collect(&tickets) {
                return outcomes.into_iter().collect();
            }
            state = if state.signing < self.cores && state.may_take() {
                self.sign_group(state)
            } else {
                self.wait(state)
            };
        }
    }

    /// Signs the next group on this thread and tells who waits for it.
    fn sign_group<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state = self.gather(state);
        // While this thread gathered, others may have taken the last free core.
        let free = self.cores.saturating_sub(state.signing);
        let share = share(state.queue.len(), free);
        let group = state.queue.take(share);
        if group.is_empty() {
            return state;
        }
        let (tickets, orders): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        if state.queue.len() > 0 {
            // More than a group came meanwhile: another core need not wait for this one.
            self.changed.notify_all();
        }
        state.signing += 1;
        state.in_work += tickets.len();
        drop(state);
        // Whatever becomes of it, nobody may wait for ever.
        let mut turn = Turn {
            scheduler: self,
            tickets,
            outcomes: Vec::new(),
        };
        turn.outcomes = sign_each(&orders);
        drop(turn);
        self.lock()
    }

    /// Waits until as many orders are there as lately were at once, or the oldest waited enough.
    fn gather<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let wanted = share(state.crowd, self.cores);
        state.gathering = true;
        while state.queue.len() < wanted
            && let Some(oldest) = state.queue.oldest()
            && let Some(rest) = GATHERING.checked_sub(oldest.elapsed())
            && !rest.is_zero()
        {
            let woken = self.changed.wait_timeout(state, rest);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.gathering = false;
        state
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether there is something for another thread to sign: one that gathers is enough, unless a
    /// full group is there already.
    fn may_take(&self) -> bool {
        let len = self.queue.len();
        len >= LANES || (len > 0 && !self.gathering)
    }

    fn notice_crowd(&mut self, now: Instant) {
        let crowd = self.queue.len() + self.in_work;
        let stale = self
            .crowd_seen
            .is_none_or(|seen| now.duration_since(seen) > LATELY);
        if crowd >= self.crowd || stale {
            self.crowd = crowd;
            self.crowd_seen = Some(now);
        }
    }
}

/// How many of so many orders one thread should sign together while so many cores are free, its own
/// included. One at a time when too few for a group wait, or when two turns of single signatures
/// serve them all: a group takes longer than that.
fn share(orders: usize, free: usize) -> usize {
    if orders < FEWEST || orders <= 2 * free {
        1
    } else {
        orders.min(LANES)
    }
}

/// A group being signed: puts the outcomes into the queue when it ends, in whatever way.
struct Turn<'a> {
    scheduler: &'a Scheduler,
    tickets: Vec<Ticket>,
    outcomes: Vec<Result<Vec<u8>>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.scheduler.lock();
        state.signing -= 1;
        state.in_work -= self.tickets.len();
        let mut outcomes = std::mem::take(&mut self.outcomes).into_iter();
        for ticket in &self.tickets {
            let ended = || Err(Error::Key("the thread that signed ended".into()));
            let outcome = outcomes.next().unwrap_or_else(ended);
            state.queue.done(*ticket, outcome);
        }
        drop(state);
        self.scheduler.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
