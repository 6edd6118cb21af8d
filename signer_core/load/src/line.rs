//! Requests that are due, and workers who have none.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::sleep;

use crate::schedule::Schedule;

/// tokio's timers go by milliseconds, and come late rather than early: the rest is waited for by
/// looking at the clock, and at the sockets meanwhile.
const LOOKED_AT: Duration = Duration::from_millis(3);

/// Moments at which requests were meant to be sent and have not been.
#[derive(Default)]
pub struct Line {
    inside: RefCell<Inside>,
}

#[derive(Default)]
struct Inside {
    due: VecDeque<Instant>,
    idle: VecDeque<Waker>,
    ended: bool,
}

impl Line {
    /// Puts moments in the line as they come, until the schedule ends.
    pub async fn keep(&self, schedule: &Schedule, begin: Instant) {
        for number in 0.. {
            let Some(after) = schedule.at(number) else {
                break;
            };
            let moment = begin + after;
            until(moment).await;
            self.put(moment);
        }
        self.end();
    }

    /// The next moment that has come; nothing once there will be no more. Whoever waits longest is
    /// first, so that all connections are used.
    pub async fn take(&self) -> Option<Instant> {
        poll_fn(|context| {
            let mut inside = self.inside.borrow_mut();
            if let Some(moment) = inside.due.pop_front() {
                return Poll::Ready(Some(moment));
            }
            if inside.ended {
                return Poll::Ready(None);
            }
            inside.idle.push_back(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// How many are due.
    pub fn waiting(&self) -> usize {
        self.inside.borrow().due.len()
    }

    /// Lets go of what is still due: how many.
    pub fn drop_due(&self) -> usize {
        std::mem::take(&mut self.inside.borrow_mut().due).len()
    }

    fn put(&self, moment: Instant) {
        let mut inside = self.inside.borrow_mut();
        inside.due.push_back(moment);
        if let Some(waker) = inside.idle.pop_front() {
            waker.wake();
        }
    }

    fn end(&self) {
        let mut inside = self.inside.borrow_mut();
        inside.ended = true;
        inside.idle.drain(..).for_each(Waker::wake);
    }
}

async fn until(moment: Instant) {
    loop {
        match moment.checked_duration_since(Instant::now()) {
            None | Some(Duration::ZERO) => return,
            Some(left) if left > LOOKED_AT => sleep(left - LOOKED_AT).await,
            Some(_) => yield_now().await,
        }
    }
}
