//! Gathers signatures that several callers ask for at the same time into groups for the lanes.
//!
//! Callers that wait need no threads but their own. Where the callers there are, shared among the
//! cores, are too few for a group that pays (`lanes`), each signs its own orders at once, as if there
//! were no queue, as long as a core is free: a caller alone, and every caller on a processor whose lanes
//! gain nothing. Who comes while every core signs waits for one: signing as well would only take time
//! from those who do, and would keep others from coming, so that a crowd never showed (`crowd`). So
//! they all sign at once where it turns out that being put to sleep and woken costs them what the group
//! saves (`trial`).
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
use super::crowd::Crowd;
use super::queue::{Order, Queue, Waiting};
use super::trial::Trial;
use crate::choice::{Choice, Choices};
use crate::release::sign_each;

/// So many callers in a row that meet no others are no crowd any more.
const LULL: usize = 8;

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
    /// Threads that sign what never was.
    direct: usize,
    /// Orders being signed now.
    in_work: usize,
    /// Whether a thread will look again when the oldest order has waited enough.
    watched: bool,
    /// Whether what is waited for is a core: then whoever frees one wakes somebody.
    for_a_core: bool,
    crowd: Crowd,
    /// Callers in a row that met no others.
    lull: usize,
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
        let choice = self.choice_for(orders.len(), orders.first());
        let caller = Arc::new(Caller::of(orders.len()));
        let mut state = self.lock();
        let now = Instant::now();
        state.notice_crowd(orders.len(), now, &choice, self.cores);
        let orders = Waiting::all(&caller, orders, now);
        if state.gathers(&choice, self.cores) {
            state.queue.put(orders);
        } else {
            state = self.sign_these(state, orders.collect(), Origin::Caller);
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
        let choice = self.choice_for(orders.len(), orders.first().map(|(_, order)| order));
        let mut state = self.lock();
        if !state.attended {
            self.start_attendants()?;
            state.attended = true;
        }
        let now = Instant::now();
        state.notice_crowd(orders.len(), now, &choice, self.cores);
        for (number, order) in orders {
            let caller = Arc::new(Caller::absent(number, Arc::clone(listener)));
            state.queue.put(Waiting::all(&caller, [order], now));
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
                self.sign_these(state, group, Origin::Queue)
            }
            Step::Watch(rest) => {
                state.watched = true;
                state.for_a_core = state.is_busy(self.cores);
                let mut state = wait(state, Some(rest));
                state.watched = false;
                state
            }
            Step::Wait => wait(state, None),
        }
    }

    /// What is chosen for the keys of these orders. A caller alone with one of them has no use for
    /// it, and does not wait until it is measured.
    fn choice_for(&self, orders: usize, first: Option<&Order>) -> Choice {
        let alone = self.lock().is_alone(orders);
        match first {
            Some((signer, _)) if !alone => (self.choices)(signer.verifying_key().bits()),
            _ => Choice::SINGLY,
        }
    }

    /// Signs on this thread and tells who waits for it.
    fn sign_these<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        group: Vec<Waiting>,
        from: Origin,
    ) -> MutexGuard<'a, State> {
        *state.threads(from) += 1;
        state.in_work += group.len();
        let next = state.unattended(self.cores);
        drop(state);
        wake(next);
        self.attending.notify_one();
        // Whatever becomes of it, nobody may wait for ever.
        let mut turn = Turn {
            scheduler: self,
            from,
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
        // Callers that sign for themselves keep the cores: not for long, or this is one more of them.
        let busy = self.is_busy(cores);
        let patience = gathering.unwrap_or_else(|| {
            if busy {
                choice.served_singly(1, 1)
            } else {
                choice.patience(wanted)
            }
        });
        let rest = patience.saturating_sub(now.saturating_duration_since(oldest));
        if !busy && self.queue.len() >= wanted || rest.is_zero() {
            // Callers that wait for the next core would rather be in this group.
            let workers = self.queue.callers(free);
            Step::Sign(share(choice, self.queue.len(), workers).max(wanted))
        } else if self.watched {
            Step::Wait
        } else {
            Step::Watch(rest)
        }
    }

    /// Whether callers are served together now: a crowd that is large enough for groups that pay, or
    /// whoever comes while all cores sign. Who then signed for itself would only take time from those
    /// who do, and hide how many there are: most of them would be somewhere else, without a core.
    fn gathers(&mut self, choice: &Choice, cores: usize) -> bool {
        let crowd = share(choice, self.crowd.most(), cores) > 1;
        if crowd || self.is_busy(cores) && choice.smallest_group().is_some() {
            self.lull = 0;
            return self.trial.together();
        }
        self.lull += 1;
        if self.lull >= LULL {
            self.trial.interrupt();
        }
        false
    }

    /// Whether every core has a thread that signs.
    fn is_busy(&self, cores: usize) -> bool {
        self.signing + self.direct >= cores
    }

    fn threads(&mut self, from: Origin) -> &mut usize {
        match from {
            Origin::Caller => &mut self.direct,
            Origin::Queue => &mut self.signing,
        }
    }

    /// How many orders are worth waiting for: of this core's share of what there lately was, without
    /// those that are being signed, because they can't come back soon, what is signed together.
    fn wanted(&self, choice: &Choice, cores: usize) -> usize {
        let expected = self.crowd.expected();
        let may_come = expected.saturating_sub(self.in_work);
        choice.largest(expected.div_ceil(cores.max(1)).min(may_come))
    }

    /// A caller that waits and can look after its order, where nobody does though a core is free.
    fn unattended(&self, cores: usize) -> Option<Arc<Caller>> {
        let looked_after = self.watched && (!self.for_a_core || self.is_busy(cores));
        if self.signing >= cores || looked_after {
            return None;
        }
        self.queue
            .all_callers()
            .find(|caller| caller.waits())
            .cloned()
    }

    /// How many orders there are, with so many new ones.
    fn here_with(&self, orders: usize) -> usize {
        self.queue.len() + self.in_work + orders
    }

    /// Whether there is no order but one new one, and lately was no other.
    fn is_alone(&self, orders: usize) -> bool {
        self.here_with(orders) <= 1 && self.crowd.most() <= 1
    }

    fn notice_crowd(&mut self, orders: usize, now: Instant, choice: &Choice, cores: usize) {
        let here = self.here_with(orders);
        self.crowd
            .notice(here, now, |count| choice.served_singly(count, cores));
    }

    /// When fewer are there than so many, which were waited for, more do not come.
    fn expect_no_more_than(&mut self, wanted: usize) {
        if self.queue.len() < wanted {
            let here = self.here_with(0);
            self.crowd.expect_no_more_than(here);
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

/// Where orders that are signed come from.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// From whoever signs them, past the queue: takes none of the cores' turns, or those who wait for
    /// one might wait for ever.
    Caller,
    Queue,
}

/// A group being signed: hands out the outcomes when it ends, in whatever way.
struct Turn<'a> {
    scheduler: &'a Scheduler,
    from: Origin,
    group: Vec<Waiting>,
    outcomes: Vec<Result<Vec<u8>>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut outcomes = std::mem::take(&mut self.outcomes).into_iter();
        let mut state = self.scheduler.lock();
        *state.threads(self.from) -= 1;
        state.in_work -= self.group.len();
        let (made, crowd) = (self.group.len(), state.crowd.most());
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
        // First whoever signs next, on the core that is free now.
        wake(next);
        let mut told: Vec<Arc<dyn Listener>> = Vec::new();
        for listener in complete.iter().filter_map(|caller| caller.complete()) {
            if !told.iter().any(|other| Arc::ptr_eq(other, &listener)) {
                told.push(listener);
            }
        }
        told.iter().for_each(|listener| listener.told_all());
        self.scheduler.attending.notify_one();
    }
}

#[cfg(test)]
mod tests;
