//! Gathers signatures that several threads ask for at the same time into groups for the lanes.
//!
//! There are no threads of its own. Whoever asks puts its orders into the queue and, while fewer
//! threads sign than there are cores, signs the next group itself: its own order, and what others
//! put there meanwhile. A caller alone therefore signs at once, on its own thread, as if there were
//! no queue; under load groups fill by themselves while all cores are busy. Only when there lately
//! were several callers, and some of them are neither here nor being served, is a group held back
//! for them, and never longer than the bound ([`GATHERING`] unless set) after its oldest order came.
//! Whoever completes the group signs it: nobody has to be woken for that.
//!
//! Every key has a queue of its own and a group takes from them in turns, so an authority with a
//! thousand orders delays another's single one by no more than a group.
//!
//! A thread that is about to leave orders unattended, because it signs or returns, wakes the caller
//! of the next one. Nobody else is woken before its own signatures are there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use formats::error::{Error, Result};
use rsa_lanes::{LANES, PAIRS};

use super::caller::Caller;
use super::queue::{Order, Queue, Waiting};
use crate::release::sign_each;

/// The longest that an order waits for others to fill its group, unless set otherwise.
pub(super) const GATHERING: Duration = Duration::from_micros(500);
/// How long a number of orders counts as the number there lately were.
const LATELY: Duration = Duration::from_millis(4);

/// The queue that all threads of a process share.
pub(super) struct Scheduler {
    state: Mutex<State>,
    /// How many threads may sign at the same time.
    cores: usize,
    /// The longest that an order waits for others, in nanoseconds. Not under the lock, which a
    /// thread may have held in the process that a child was forked from.
    gathering: AtomicU64,
}

#[derive(Default)]
struct State {
    queue: Queue,
    /// Threads that sign a group now.
    signing: usize,
    /// Orders being signed now.
    in_work: usize,
    /// Whether a thread will look again when the oldest order has waited enough.
    watched: bool,
    /// The most orders there were at once, lately.
    crowd: usize,
    crowd_seen: Option<Instant>,
}

/// What a thread whose signatures are not there yet does next.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Sign a group of so many.
    Sign(usize),
    /// Look again after so long, for all.
    Watch(Duration),
    /// Wait to be woken.
    Wait,
}

impl Scheduler {
    /// For as many threads at a time as there are cores; an order waits for others so long at most.
    pub(super) fn new(gathering: Duration) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            state: Mutex::default(),
            cores,
            gathering: AtomicU64::new(nanoseconds(gathering)),
        }
    }

    pub(super) fn gathering(&self) -> Duration {
        Duration::from_nanos(self.gathering.load(Ordering::Relaxed))
    }

    pub(super) fn set_gathering(&self, gathering: Duration) {
        self.gathering
            .store(nanoseconds(gathering), Ordering::Relaxed);
    }

    /// One verified signature for each order, in order. Returns when all are made.
    ///
    /// # Errors
    /// As [`crate::sign_requests`], of the first order that failed.
    pub(super) fn sign(&self, orders: Vec<Order>) -> Result<Vec<Vec<u8>>> {
        let caller = Arc::new(Caller::of(orders.len()));
        let mut state = self.lock();
        let now = Instant::now();
        state.queue.put(&caller, orders, now);
        state.notice_crowd(now);
        loop {
            if let Some(outcomes) = caller.collect() {
                let next = state.unattended(self.cores);
                drop(state);
                wake(next);
                return outcomes;
            }
            state = match state.step(self.cores, self.gathering(), Instant::now()) {
                Step::Sign(size) => self.sign_group(state, size),
                Step::Watch(rest) => {
                    state.watched = true;
                    let mut state = caller.wait(state, Some(rest));
                    state.watched = false;
                    state
                }
                Step::Wait => caller.wait(state, None),
            };
        }
    }

    /// Signs the next group on this thread and tells who waits for it.
    fn sign_group<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        size: usize,
    ) -> MutexGuard<'a, State> {
        let group = state.queue.take(size);
        state.signing += 1;
        state.in_work += group.len();
        let next = state.unattended(self.cores);
        drop(state);
        wake(next);
        // Whatever becomes of it, nobody may wait for ever.
        let mut turn = Turn {
            scheduler: self,
            group,
            outcomes: Vec::new(),
        };
        let orders = turn.group.iter().map(|waiting| &waiting.order);
        let pairs: Vec<_> = orders
            .map(|(signer, digest)| (&**signer, *digest))
            .collect();
        turn.outcomes = sign_each(&pairs);
        drop(turn);
        self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn step(&self, cores: usize, gathering: Duration, now: Instant) -> Step {
        let free = cores.saturating_sub(self.signing);
        let Some(oldest) = self.queue.oldest().filter(|_| free > 0) else {
            return Step::Wait;
        };
        let wanted = self.wanted(cores);
        let rest = gathering.saturating_sub(now.saturating_duration_since(oldest));
        if self.queue.len() >= wanted || rest.is_zero() {
            // Callers that wait for the next core would rather be in this group.
            let workers = self.queue.callers(free);
            Step::Sign(share(self.queue.len(), workers).max(wanted))
        } else if self.watched {
            Step::Wait
        } else {
            Step::Watch(rest)
        }
    }

    /// How many orders are worth waiting for: this core's share of what there lately was, without
    /// those that are being signed, because they can't come back soon.
    fn wanted(&self, cores: usize) -> usize {
        let may_come = self.crowd.saturating_sub(self.in_work);
        share(self.crowd, cores).min(may_come).max(1)
    }

    /// A caller that waits and can look after its order, where nobody does though a core is free.
    fn unattended(&self, cores: usize) -> Option<Arc<Caller>> {
        if self.signing >= cores || self.watched {
            return None;
        }
        self.queue
            .all_callers()
            .find(|caller| caller.waits())
            .cloned()
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

/// How many of so many orders one of so many threads signs: in few lanes on every core rather than
/// in all lanes on one. Five to seven would take as long as eight, twice as long as four.
fn share(orders: usize, threads: usize) -> usize {
    match orders.div_ceil(threads.max(1)) {
        all if all >= LANES => LANES,
        few => few.clamp(1, PAIRS),
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn wake(caller: Option<Arc<Caller>>) {
    if let Some(caller) = caller {
        caller.wake();
    }
}

/// A group being signed: hands out the outcomes when it ends, in whatever way.
struct Turn<'a> {
    scheduler: &'a Scheduler,
    group: Vec<Waiting>,
    outcomes: Vec<Result<Vec<u8>>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut outcomes = std::mem::take(&mut self.outcomes).into_iter();
        let mut state = self.scheduler.lock();
        state.signing -= 1;
        state.in_work -= self.group.len();
        let next = state.unattended(self.scheduler.cores);
        let mut complete = Vec::with_capacity(self.group.len() + 1);
        for waiting in &self.group {
            let ended = || Err(Error::key("the thread that signed ended"));
            let outcome = outcomes.next().unwrap_or_else(ended);
            if waiting.caller.keep(waiting.place, outcome) {
                complete.push(Arc::clone(&waiting.caller));
            }
        }
        drop(state);
        complete.extend(next);
        complete.iter().for_each(|caller| caller.wake());
    }
}

#[cfg(test)]
mod tests;
