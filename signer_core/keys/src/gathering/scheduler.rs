//! Gathers signatures that several callers ask for at the same time into groups for the lanes.
//!
//! Callers that wait need no threads but their own. Where the callers there are, shared among the
//! cores, are too few for a group that pays (`lanes`), each signs its own orders at once, as if there
//! were no queue: a caller alone, and every caller on a processor whose lanes gain nothing. So they do
//! where it turns out that being put to sleep and woken costs them what the group saves (`trial`).
//! Otherwise whoever asks puts its orders into the queue and, while fewer threads sign than there are
//! cores, signs the next group itself: its own order, and what others put there meanwhile. Under load
//! groups fill by themselves while all cores are busy. Only when there lately were several callers,
//! and some of them are neither here nor being served, is a group held back for them, and never longer
//! than the group saves (`Choice::patience`, unless set). Whoever completes the group signs it: nobody
//! has to be woken for that. Who waited in vain expects no more callers than are there.
//!
//! Callers that have no thread to wait with, such as those of an event loop, are told (`submit`).
//! Attendants look after their orders, a thread for each core, which the first such order starts and
//! which otherwise do as a waiting caller does. Nobody holds a group back for what a loop submits next:
//! it submits what there is at once, and hears of a group once.
//!
//! Every key has a queue of its own and a group takes from them in turns, so an authority with a
//! thousand orders delays another's single one by no more than a group.
//!
//! A thread that is about to leave orders unattended, because it signs or returns, wakes the caller
//! of the next one. Nobody else is woken before its own signatures are there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use formats::error::{Error, Kind, Result};

use super::caller::{Caller, Listener, wait_for};
use super::queue::{Order, Queue, Waiting};
use super::trial::Trial;
use crate::choice::{Choice, Choices};
use crate::release::sign_each;

/// No wait is set.
const BY_COSTS: u64 = u64::MAX;

/// The queue that all threads of a process share.
pub(super) struct Scheduler {
    state: Mutex<State>,
    /// Where attendants wait.
    attending: Condvar,
    /// How many threads may sign at the same time.
    cores: usize,
    choices: Choices,
    /// The longest that an order waits for others, in nanoseconds, or [`BY_COSTS`]. Not under the
    /// lock, which a thread may have held in the process that a child was forked from.
    gathering: AtomicU64,
}

#[derive(Default)]
struct State {
    queue: Queue,
    /// Threads that sign what was queued now.
    signing: usize,
    /// Orders being signed now.
    in_work: usize,
    /// Whether a thread will look again when the oldest order has waited enough.
    watched: bool,
    /// The most orders there were at once, lately.
    crowd: usize,
    /// Until when they count: then all of them could have been signed one by one, and who has not
    /// come back is gone.
    crowd_until: Option<Instant>,
    trial: Trial,
    /// Whether there are attendants.
    attended: bool,
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
    pub(super) fn new(choices: Choices, gathering: Option<Duration>) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            state: Mutex::default(),
            attending: Condvar::new(),
            cores,
            choices,
            gathering: AtomicU64::new(nanoseconds(gathering)),
        }
    }

    /// What was set.
    pub(super) fn gathering(&self) -> Option<Duration> {
        let set = self.gathering.load(Ordering::Relaxed);
        (set != BY_COSTS).then(|| Duration::from_nanos(set))
    }

    pub(super) fn set_gathering(&self, gathering: Option<Duration>) {
        self.gathering
            .store(nanoseconds(gathering), Ordering::Relaxed);
    }

    /// One verified signature for each order, in order. Returns when all are made.
    ///
    /// # Errors
    /// As [`crate::sign_requests`], of the first order that failed.
    pub(super) fn sign(&self, orders: Vec<Order>) -> Result<Vec<Vec<u8>>> {
        let choice = self.choice_for(&orders);
        let caller = Arc::new(Caller::of(orders.len()));
        let mut state = self.lock();
        let now = Instant::now();
        state.notice_crowd(orders.len(), now, &choice, self.cores);
        let orders = Waiting::all(&caller, orders, now);
        if state.gathers(&choice, self.cores) {
            state.queue.put(orders);
        } else {
            state = self.sign_these(state, orders, 0);
        }
        loop {
            if let Some(outcomes) = caller.collect() {
                let next = state.unattended(self.cores);
                drop(state);
                wake(next);
                return outcomes;
            }
            state = self.go_on(state, &choice, |state, rest| caller.wait(state, rest));
        }
    }

    /// Has orders signed and somebody told of them by their numbers, on whatever thread signs them.
    ///
    /// # Errors
    /// `System` when there is no thread that would; nobody is told then.
    pub(super) fn submit(
        self: &Arc<Self>,
        orders: Vec<(u64, Order)>,
        listener: &Arc<dyn Listener>,
    ) -> Result<()> {
        let (numbers, orders): (Vec<_>, Vec<_>) = orders.into_iter().unzip();
        let choice = self.choice_for(&orders);
        let mut state = self.lock();
        if !state.attended {
            self.start_attendants()?;
            state.attended = true;
        }
        let now = Instant::now();
        state.notice_crowd(orders.len(), now, &choice, self.cores);
        for (number, order) in numbers.into_iter().zip(orders) {
            let caller = Arc::new(Caller::absent(number, Arc::clone(listener)));
            state.queue.put(Waiting::all(&caller, vec![order], now));
        }
        drop(state);
        self.attending.notify_one();
        Ok(())
    }

    /// They stay for as long as the process.
    fn start_attendants(self: &Arc<Self>) -> Result<()> {
        for number in 0..self.cores {
            let scheduler = Arc::clone(self);
            let started = thread::Builder::new()
                .name(format!("attendant-{number}"))
                .spawn(move || {
                    loop {
                        // Whoever waits for a signature of a turn that ends so is told.
                        let _ = catch_unwind(AssertUnwindSafe(|| scheduler.attend()));
                    }
                });
            // One is enough to go on.
            if number == 0
                && let Err(error) = started
            {
                return Err(Error::new(
                    Kind::System,
                    format!("no thread: {}", error.kind()),
                ));
            }
        }
        Ok(())
    }

    fn attend(&self) {
        let mut state = self.lock();
        loop {
            let Some(bits) = state.queue.bits_for_absent() else {
                state = wait_for(&self.attending, state, None);
                continue;
            };
            // What it costs may still have to be measured.
            drop(state);
            let choice = (self.choices)(bits);
            state = self.lock();
            state = self.go_on(state, &choice, |state, rest| {
                wait_for(&self.attending, state, rest)
            });
        }
    }

    /// Does what there is to do next, on this thread: signs a group, or waits as `wait` does.
    fn go_on<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        choice: &Choice,
        wait: impl FnOnce(MutexGuard<'a, State>, Option<Duration>) -> MutexGuard<'a, State>,
    ) -> MutexGuard<'a, State> {
        match state.step(choice, self.cores, self.gathering(), Instant::now()) {
            Step::Sign(size) => {
                state.expect_no_more_than(size);
                let group = state.queue.take(size);
                self.sign_these(state, group, 1)
            }
            Step::Watch(rest) => {
                state.watched = true;
                let mut state = wait(state, Some(rest));
                state.watched = false;
                state
            }
            Step::Wait => wait(state, None),
        }
    }

    /// What is chosen for the keys of these orders. A caller alone with one of them has no use for
    /// it, and does not wait until it is measured.
    fn choice_for(&self, orders: &[Order]) -> Choice {
        let alone = self.lock().crowd_with(orders.len(), Instant::now()) <= 1;
        match orders.first() {
            Some((signer, _)) if !alone => (self.choices)(signer.verifying_key().bits()),
            _ => Choice::SINGLY,
        }
    }

    /// Signs on this thread and tells who waits for it. `turn` is 1 for what was queued. What never
    /// was takes none of the cores' turns, or those who wait for one might wait for ever.
    fn sign_these<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        group: Vec<Waiting>,
        turn: usize,
    ) -> MutexGuard<'a, State> {
        state.signing += turn;
        state.in_work += group.len();
        let next = state.unattended(self.cores);
        drop(state);
        wake(next);
        self.attending.notify_one();
        // Whatever becomes of it, nobody may wait for ever.
        let mut turn = Turn {
            scheduler: self,
            turn,
            group,
            outcomes: Vec::new(),
        };
        let orders = turn.group.iter().map(|waiting| &waiting.order);
        let pairs: Vec<_> = orders
            .map(|(signer, digest)| (&**signer, *digest))
            .collect();
        turn.outcomes = sign_each(&pairs, self.choices);
        drop(turn);
        self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn step(
        &self,
        choice: &Choice,
        cores: usize,
        gathering: Option<Duration>,
        now: Instant,
    ) -> Step {
        let free = cores.saturating_sub(self.signing);
        let Some(oldest) = self.queue.oldest().filter(|_| free > 0) else {
            return Step::Wait;
        };
        let wanted = self.wanted(choice, cores);
        let patience = gathering.unwrap_or_else(|| choice.patience(wanted));
        let rest = patience.saturating_sub(now.saturating_duration_since(oldest));
        if self.queue.len() >= wanted || rest.is_zero() {
            // Callers that wait for the next core would rather be in this group.
            let workers = self.queue.callers(free);
            Step::Sign(share(choice, self.queue.len(), workers).max(wanted))
        } else if self.watched {
            Step::Wait
        } else {
            Step::Watch(rest)
        }
    }

    /// Whether the crowd is large enough for groups that pay, and is now served so.
    fn gathers(&mut self, choice: &Choice, cores: usize) -> bool {
        if share(choice, self.crowd, cores) <= 1 {
            self.trial.interrupt();
            return false;
        }
        self.trial.together()
    }

    /// How many orders are worth waiting for: of this core's share of what there lately was, without
    /// those that are being signed, because they can't come back soon, what is signed together.
    fn wanted(&self, choice: &Choice, cores: usize) -> usize {
        let may_come = self.crowd.saturating_sub(self.in_work);
        choice.largest(self.crowd.div_ceil(cores.max(1)).min(may_come))
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

    /// How many orders there are or lately were, with so many new ones.
    fn crowd_with(&self, orders: usize, now: Instant) -> usize {
        let here = self.queue.len() + self.in_work + orders;
        let counts = self.crowd_until.is_some_and(|until| now <= until);
        if counts { here.max(self.crowd) } else { here }
    }

    fn notice_crowd(&mut self, orders: usize, now: Instant, choice: &Choice, cores: usize) {
        let here = self.queue.len() + self.in_work + orders;
        let crowd = self.crowd_with(orders, now);
        if crowd == here {
            self.crowd_until = now.checked_add(choice.served_singly(here, cores));
        }
        self.crowd = crowd;
    }

    /// When fewer are there than so many, which were waited for, more do not come.
    fn expect_no_more_than(&mut self, wanted: usize) {
        if self.queue.len() < wanted {
            self.crowd = self.queue.len() + self.in_work;
        }
    }
}

/// How many of so many orders one of so many threads signs at once: on every core rather than in more
/// lanes of one.
fn share(choice: &Choice, orders: usize, threads: usize) -> usize {
    choice.largest(orders.div_ceil(threads.max(1)))
}

fn nanoseconds(gathering: Option<Duration>) -> u64 {
    gathering.map_or(BY_COSTS, |set| {
        u64::try_from(set.as_nanos()).unwrap_or(BY_COSTS)
    })
}

fn wake(caller: Option<Arc<Caller>>) {
    if let Some(caller) = caller {
        caller.wake();
    }
}

/// A group being signed: hands out the outcomes when it ends, in whatever way.
struct Turn<'a> {
    scheduler: &'a Scheduler,
    turn: usize,
    group: Vec<Waiting>,
    outcomes: Vec<Result<Vec<u8>>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut outcomes = std::mem::take(&mut self.outcomes).into_iter();
        let mut state = self.scheduler.lock();
        state.signing -= self.turn;
        state.in_work -= self.group.len();
        let (made, crowd) = (self.group.len(), state.crowd);
        state.trial.made(made, crowd, Instant::now());
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
        let mut told: Vec<Arc<dyn Listener>> = Vec::new();
        for listener in complete.iter().filter_map(|caller| caller.complete()) {
            if !told.iter().any(|other| Arc::ptr_eq(other, &listener)) {
                told.push(listener);
            }
        }
        told.iter().for_each(|listener| listener.told_all());
        wake(next);
        self.scheduler.attending.notify_one();
    }
}

#[cfg(test)]
mod tests;
