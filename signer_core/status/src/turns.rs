//! Who writes, one after the other.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// std's locks hand nothing over: whoever lets go of one and takes it again at once has it before those
/// who wait for it. So whoever is next waits with a second one, which keeps out all who come later.
#[derive(Default)]
pub(super) struct Turns {
    next: Mutex<()>,
    now: Mutex<()>,
}

impl Turns {
    /// Waits for a turn, which lasts as long as what is given back.
    pub(super) fn take(&self) -> MutexGuard<'_, ()> {
        let _next = lock(&self.next);
        lock(&self.now)
    }
}

fn lock(lock: &Mutex<()>) -> MutexGuard<'_, ()> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn who_waits_goes_before_who_comes_again() {
        let (turns, had) = (Turns::default(), AtomicUsize::new(0));
        for count in 0..100 {
            thread::scope(|scope| {
                let turn = turns.take();
                scope.spawn(|| {
                    let _turn = turns.take();
                    had.fetch_add(1, Ordering::Relaxed);
                });
                while turns.next.try_lock().is_ok() {
                    thread::yield_now();
                }
                drop(turn);
                let _again = turns.take();
                assert_eq!(had.load(Ordering::Relaxed), count + 1);
            });
        }
    }
}
