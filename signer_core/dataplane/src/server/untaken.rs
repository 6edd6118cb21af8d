//! Answers that wait for their client's window, of one connection.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// Between two looks at what nobody takes.
const LOOKS: Duration = Duration::from_secs(1);

/// By when each should have been taken.
#[derive(Default)]
pub(crate) struct Untaken(Mutex<(u64, BTreeSet<(Instant, u64)>)>);

/// One of them, until it is dropped.
pub(crate) struct Waits {
    of: Arc<Untaken>,
    place: (Instant, u64),
}

impl Untaken {
    pub(crate) fn add(self: &Arc<Self>, until: Instant) -> Waits {
        let mut all = self.lock();
        all.0 += 1;
        let place = (until, all.0);
        all.1.insert(place);
        let of = Arc::clone(self);
        Waits { of, place }
    }

    /// Whether one waits for longer than its call could take.
    pub(crate) fn is_late(&self, now: Instant) -> bool {
        self.lock().1.first().is_some_and(|(until, _)| *until < now)
    }

    /// Until one does.
    pub(crate) async fn late(&self) {
        while !self.is_late(Instant::now()) {
            sleep(LOOKS).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, (u64, BTreeSet<(Instant, u64)>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.of.lock().1.remove(&self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_late_counts() {
        let (untaken, now) = (Arc::new(Untaken::default()), Instant::now());
        let later = now + Duration::from_secs(1);
        assert!(!untaken.is_late(later));
        let (long, short) = (untaken.add(later), untaken.add(now));
        let same = untaken.add(now);
        assert!(untaken.is_late(later));
        assert!(!untaken.is_late(now));
        drop(short);
        assert!(untaken.is_late(later));
        drop(same);
        assert!(!untaken.is_late(later));
        drop(long);
        assert!(untaken.lock().1.is_empty());
    }
}
