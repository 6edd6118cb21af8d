//! Orders that wait, one queue a key.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use formats::signing::Digest;

use super::caller::Caller;
use crate::signer::BatchSigner;

/// One signature asked for, by a key that threads share.
pub(super) type Order = (Arc<dyn BatchSigner>, Digest);

/// An order, and where its outcome goes.
pub(super) struct Waiting {
    pub(super) order: Order,
    pub(super) caller: Arc<Caller>,
    /// Which of its caller's orders it is.
    pub(super) place: usize,
    since: Instant,
}

impl Waiting {
    /// The orders of one caller.
    pub(super) fn all(
        caller: &Arc<Caller>,
        orders: impl IntoIterator<Item = Order>,
        since: Instant,
    ) -> impl Iterator<Item = Self> {
        let waiting = move |(place, order)| Self {
            order,
            caller: Arc::clone(caller),
            place,
            since,
        };
        orders.into_iter().enumerate().map(waiting)
    }
}

/// The orders that no thread signs yet.
#[derive(Default)]
pub(super) struct Queue {
    /// The key whose turn it is comes first. None of the queues is empty.
    keys: VecDeque<VecDeque<Waiting>>,
    len: usize,
}

impl Queue {
    /// How many orders wait.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// When the order that waits longest came.
    pub(super) fn oldest(&self) -> Option<Instant> {
        let firsts = self.keys.iter().filter_map(VecDeque::front);
        firsts.map(|waiting| waiting.since).min()
    }

    /// The size of the next one's key, where orders of callers without a thread are among them.
    pub(super) fn bits_for_absent(&self) -> Option<usize> {
        let next = self.keys.front().and_then(VecDeque::front)?;
        let absent = self.all_callers().any(|caller| caller.is_absent());
        absent.then(|| next.order.0.verifying_key().bits())
    }

    /// The callers of all orders, the next one's first.
    pub(super) fn all_callers(&self) -> impl Iterator<Item = &Arc<Caller>> {
        self.keys.iter().flatten().map(|waiting| &waiting.caller)
    }

    /// How many different callers there are, but no more than `most`.
    pub(super) fn callers(&self, most: usize) -> usize {
        let mut seen: Vec<&Arc<Caller>> = Vec::with_capacity(most);
        for caller in self.all_callers() {
            if seen.len() == most {
                break;
            }
            if !seen.iter().any(|other| Arc::ptr_eq(other, caller)) {
                seen.push(caller);
            }
        }
        seen.len()
    }

    /// Adds a caller's orders.
    pub(super) fn put(&mut self, orders: impl Iterator<Item = Waiting>) {
        for waiting in orders {
            let same_key = |queue: &&mut VecDeque<Waiting>| {
                let first = queue.front();
                first.is_some_and(|first| Arc::ptr_eq(&first.order.0, &waiting.order.0))
            };
            match self.keys.iter_mut().find(same_key) {
                Some(queue) => queue.push_back(waiting),
                None => self.keys.push_back(VecDeque::from([waiting])),
            }
            self.len += 1;
        }
    }

    /// Takes up to `most` orders, one from each key in turn.
    pub(super) fn take(&mut self, most: usize) -> Vec<Waiting> {
        let mut taken = Vec::with_capacity(most);
        while taken.len() < most
            && let Some(mut queue) = self.keys.pop_front()
        {
            if let Some(waiting) = queue.pop_front() {
                self.len -= 1;
                taken.push(waiting);
            }
            if !queue.is_empty() {
                self.keys.push_back(queue);
            }
        }
        taken
    }
}
