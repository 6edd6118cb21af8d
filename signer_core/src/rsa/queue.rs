//! Orders that wait, one queue a key, and the outcomes that wait to be collected.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::scheduler::Order;
use crate::error::Result;

/// Names an order until its outcome is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ticket(u64);

struct Waiting {
    ticket: Ticket,
    order: Order,
    since: Instant,
}

/// See the module.
#[derive(Default)]
pub(super) struct Queue {
    /// The key whose turn it is comes first. None of the queues is empty.
    keys: VecDeque<VecDeque<Waiting>>,
    len: usize,
    last: u64,
    outcomes: HashMap<Ticket, Result<Vec<u8>>>,
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

    /// Adds an order.
    pub(super) fn put(&mut self, order: Order, since: Instant) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        let same_key = |queue: &&mut VecDeque<Waiting>| {
            let first = queue.front();
            first.is_some_and(|first| Arc::ptr_eq(&first.order.0, &order.0))
        };
        let found = self.keys.iter_mut().find(same_key);
        let waiting = Waiting {
            ticket,
            order,
            since,
        };
        match found {
            Some(queue) => queue.push_back(waiting),
            None => self.keys.push_back(VecDeque::from([waiting])),
        }
        self.len += 1;
        ticket
    }

    /// Takes up to `most` orders, one from each key in turn.
    pub(super) fn take(&mut self, most: usize) -> Vec<(Ticket, Order)> {
        let mut taken = Vec::with_capacity(most);
        while taken.len() < most
            && let Some(mut queue) = self.keys.pop_front()
        {
            if let Some(waiting) = queue.pop_front() {
                self.len -= 1;
                taken.push((waiting.ticket, waiting.order));
            }
            if !queue.is_empty() {
                self.keys.push_back(queue);
            }
        }
        taken
    }

    /// Keeps what became of an order until its caller collects it.
    pub(super) fn done(&mut self, ticket: Ticket, outcome: Result<Vec<u8>>) {
        self.outcomes.insert(ticket, outcome);
    }

    /// The outcomes of all these orders, once all are there.
    pub(super) fn collect(&mut self, tickets: &[Ticket]) -> Option<Vec<Result<Vec<u8>>>> {
        let all = tickets
            .iter()
            .all(|ticket| self.outcomes.contains_key(ticket));
        all.then(|| {
            tickets
                .iter()
                .filter_map(|ticket| self.outcomes.remove(ticket))
                .collect()
        })
    }
}
