//! The one timer of a connection, for whatever its requests wait for in turn.
//!
//! hyper makes a timer for each request's header, and drops it when that has come, some microseconds
//! later: tokio's list of timers would be locked twice and sorted twice for an answer. What is dropped
//! here before its time goes back as it is, and is used again. It rings when the first of its deadlines
//! is over, and is set to the present one then: once in a time-out, however many requests come.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt;
use tokio::time;

type Armed = Pin<Box<time::Sleep>>;

/// Of one connection. Those who wait at the same time each have one of their own.
#[derive(Clone, Default)]
pub(super) struct OneTimer(Arc<Mutex<Option<Armed>>>);

struct Until {
    deadline: time::Instant,
    armed: Option<Armed>,
    of: OneTimer,
}

impl OneTimer {
    fn spare(&self) -> MutexGuard<'_, Option<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl rt::Timer for OneTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Until {
            deadline: deadline.into(),
            armed: self.spare().take(),
            of: self.clone(),
        })
    }

    fn now(&self) -> Instant {
        time::Instant::now().into()
    }
}

impl Future for Until {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let armed = self
            .armed
            .get_or_insert_with(|| Box::pin(time::sleep_until(deadline)));
        if armed.deadline() > deadline {
            armed.as_mut().reset(deadline);
        }
        loop {
            ready!(armed.as_mut().poll(context));
            if armed.deadline() >= deadline {
                return Poll::Ready(());
            }
            armed.as_mut().reset(deadline);
        }
    }
}

impl rt::Sleep for Until {}

impl Drop for Until {
    fn drop(&mut self) {
        if let Some(armed) = self.armed.take() {
            *self.of.spare() = Some(armed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use hyper::rt::Timer;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(20);

    async fn look(sleep: &mut Pin<Box<dyn rt::Sleep>>) -> bool {
        poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test]
    async fn each_deadline_is_kept_whichever_the_timer_was_set_to_before() {
        let timer = OneTimer::default();
        for waits in [3, 1, 2, 2, 1] {
            let mut dropped = timer.sleep(5 * MOMENT);
            assert!(!look(&mut dropped).await);
            drop(dropped);
            let began = Instant::now();
            timer.sleep(waits * MOMENT).await;
            assert!(began.elapsed() >= waits * MOMENT, "{waits}");
            assert!(began.elapsed() < 5 * MOMENT, "{waits}");
        }
    }

    #[tokio::test]
    async fn it_is_set_once_for_all_that_come_before_it_rings() {
        let timer = OneTimer::default();
        let mut first = timer.sleep(MOMENT);
        assert!(!look(&mut first).await);
        drop(first);
        let set = timer.spare().as_ref().unwrap().deadline();
        for _ in 0..3 {
            let mut later = timer.sleep(100 * MOMENT);
            assert!(!look(&mut later).await);
            drop(later);
            assert_eq!(timer.spare().as_ref().unwrap().deadline(), set);
        }
        let mut later = timer.sleep(3 * MOMENT);
        tokio::time::sleep(2 * MOMENT).await;
        assert!(!look(&mut later).await, "the first one's time is not its");
        later.await;
        assert!(timer.spare().as_ref().unwrap().deadline() > set);
    }

    #[tokio::test]
    async fn who_waits_at_the_same_time_has_another() {
        let timer = OneTimer::default();
        let (mut one, mut other) = (timer.sleep(100 * MOMENT), timer.sleep(MOMENT));
        assert!(!look(&mut one).await && !look(&mut other).await);
        other.await;
        assert!(!look(&mut one).await);
    }
}
