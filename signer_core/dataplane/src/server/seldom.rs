//! What seldom happens is asked only when something says that it may have happened.
//!
//! A connection waits for its peer and for all that may end it: a stop, its age, silence, others that
//! need its place. A task is asked as a whole, so each of these would be looked at, by locks and lists
//! of timers, in all the four or more turns that one answer takes.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// A future with a waker of its own.
pub(super) struct Seldom<F> {
    future: Pin<Box<F>>,
    bell: Arc<Bell>,
    /// Made of the bell, once.
    rings: Waker,
    /// Whom the bell wakes; kept here too, to be compared without a lock.
    wakes: Option<Waker>,
}

struct Bell {
    rung: AtomicBool,
    wakes: Mutex<Option<Waker>>,
}

impl<F: Future> Seldom<F> {
    pub(super) fn new(future: F) -> Self {
        let bell = Arc::new(Bell {
            // Nothing has looked at it yet.
            rung: AtomicBool::new(true),
            wakes: Mutex::default(),
        });
        Self {
            future: Box::pin(future),
            rings: Arc::clone(&bell).into(),
            bell,
            wakes: None,
        }
    }
}

impl<F: Future> Future for Seldom<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let inner = self.get_mut();
        let task = context.waker();
        if !inner.wakes.as_ref().is_some_and(|it| it.will_wake(task)) {
            inner.wakes = Some(task.clone());
            *inner.bell.wakes() = Some(task.clone());
        }
        // After whom it wakes is set: what rings from here on is heard by this task, what rang before
        // is seen here.
        if !inner.bell.rung.swap(false, Ordering::AcqRel) {
            return Poll::Pending;
        }
        let mut context = Context::from_waker(&inner.rings);
        inner.future.as_mut().poll(&mut context)
    }
}

impl Bell {
    fn wakes(&self) -> MutexGuard<'_, Option<Waker>> {
        self.wakes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        let wakes = self.wakes().clone();
        if let Some(task) = wakes {
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::AtomicU32;

    use tokio::sync::oneshot;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicU32);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_is_asked_when_it_was_woken_and_at_no_other_time() {
        let (woken, other) = (Arc::<Woken>::default(), Arc::<Woken>::default());
        let (task, another) = (Arc::clone(&woken).into(), Arc::clone(&other).into());
        let (mut context, mut moved) = (Context::from_waker(&task), Context::from_waker(&another));
        let (tells, mut told) = oneshot::channel::<u8>();
        let asked = AtomicU32::new(0);
        let mut seldom = pin!(Seldom::new(poll_fn(|context| {
            asked.fetch_add(1, Ordering::Relaxed);
            Pin::new(&mut told).poll(context)
        })));
        for _ in 0..3 {
            assert_eq!(seldom.as_mut().poll(&mut context), Poll::Pending);
        }
        // Another task has it now.
        assert_eq!(seldom.as_mut().poll(&mut moved), Poll::Pending);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tells.send(7).unwrap();
        let counts = [&woken, &other].map(|it| it.0.load(Ordering::Relaxed));
        assert_eq!(counts, [0, 1]);
        assert_eq!(seldom.as_mut().poll(&mut moved), Poll::Ready(Ok(7)));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}
