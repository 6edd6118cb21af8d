//! Calls are begun where they come: most have all they need by then, and are over at once.
//!
//! Were each a task of its own, each answer would wake its connection, which would write it alone, in a
//! record of TLS and a call of the system of its own. So the answers to calls that came together are
//! written together. What has to wait for something becomes a task, and so does what comes when much was
//! begun in this turn of the connection already: others have their turn on this thread, too.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::rt::Executor;

/// Calls that are begun in one turn.
const MOST: u32 = 32;
/// None is begun later in it.
const LONGEST: Duration = Duration::from_millis(1);

/// What may still be begun in this turn, and until when.
type Left = Option<(u32, Instant)>;

/// Of one connection.
#[derive(Clone, Default)]
pub(super) struct AtOnce(Arc<Mutex<Left>>);

impl AtOnce {
    /// A turn begins.
    pub(super) fn begin(&self) {
        *self.left() = Some((MOST, Instant::now() + LONGEST));
    }

    /// It is over: what comes now becomes a task.
    pub(super) fn end(&self) {
        *self.left() = None;
    }

    fn takes(&self) -> bool {
        let mut left = self.left();
        let more = left.and_then(|(calls, until)| Some((calls.checked_sub(1)?, until)));
        *left = more.filter(|(_, until)| Instant::now() < *until);
        left.is_some()
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F> Executor<F> for AtOnce
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, call: F) {
        if !self.takes() {
            tokio::spawn(call);
            return;
        }
        let mut call = Box::pin(call);
        // Nobody is woken by what it waits for: as a task it is asked again, and then somebody is.
        let mut context = Context::from_waker(Waker::noop());
        // As a task's, a fault of its ends its stream, and not its connection.
        let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut context)));
        if let Ok(Poll::Pending) = polled {
            tokio::spawn(call);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::oneshot::channel;

    use super::*;

    #[tokio::test]
    async fn what_has_to_wait_goes_on_as_a_task() {
        let at_once = AtOnce::default();
        for begun in [true, false] {
            let ((asks, asked), (said, hears)) = (channel::<u8>(), channel());
            if begun {
                at_once.begin();
            } else {
                at_once.end();
            }
            at_once.execute(async move {
                let _ = said.send(asked.await);
            });
            asks.send(2).unwrap();
            assert_eq!(hears.await, Ok(Ok(2)));
        }
    }

    #[tokio::test]
    async fn only_so_much_is_done_in_one_turn() {
        let (at_once, done) = (AtOnce::default(), Arc::<AtomicU32>::default());
        let execute = || {
            let done = Arc::clone(&done);
            at_once.execute(async move {
                done.fetch_add(1, Ordering::Relaxed);
            });
        };
        execute();
        assert_eq!(done.load(Ordering::Relaxed), 0, "before there is a turn");
        at_once.begin();
        (0..2 * MOST).for_each(|_| execute());
        assert!(done.load(Ordering::Relaxed) <= MOST);
        *at_once.left() = Some((MOST, Instant::now()));
        let before = done.load(Ordering::Relaxed);
        execute();
        assert_eq!(done.load(Ordering::Relaxed), before, "too late in it");
        // The others are done all the same.
        while done.load(Ordering::Relaxed) < 2 * MOST + 2 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_fault_ends_its_call_alone() {
        let at_once = AtOnce::default();
        at_once.begin();
        at_once.execute(async { assert!(std::thread::panicking(), "a fault") });
        let (said, hears) = channel();
        at_once.execute(async move {
            let _ = said.send(1);
        });
        assert_eq!(hears.await, Ok(1));
    }
}
