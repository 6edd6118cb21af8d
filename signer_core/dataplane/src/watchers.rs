//! Who is to be told when a certificate's status changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// One stream's certificates, and those of them that changed since it last asked.
///
/// What is waiting is a set of its own certificates, so it never grows beyond what is watched
/// however slowly the stream is read.
pub(crate) struct Watcher {
    serials: Vec<Box<[u8]>>,
    waiting: Mutex<Waiting>,
    news: Notify,
}

/// By the place of each in what is watched.
struct Waiting {
    order: Vec<usize>,
    is_waiting: Vec<bool>,
    since: Option<Instant>,
}

impl Watcher {
    /// Of these, each once.
    pub(crate) fn new(serials: Vec<Box<[u8]>>) -> Arc<Self> {
        let is_waiting = vec![false; serials.len()];
        Arc::new(Self {
            serials,
            waiting: Mutex::new(Waiting {
                order: Vec::new(),
                is_waiting,
                since: None,
            }),
            news: Notify::new(),
        })
    }

    pub(crate) fn serials(&self) -> &[Box<[u8]>] {
        &self.serials
    }

    /// What changed since the last time, waiting so long for something.
    pub(crate) async fn take(&self, longest: Duration) -> Vec<usize> {
        let _ = tokio::time::timeout(longest, self.news.notified()).await;
        let mut waiting = self.waiting();
        waiting.since = None;
        let order = std::mem::take(&mut waiting.order);
        for place in &order {
            waiting.is_waiting[*place] = false;
        }
        order
    }

    /// How long the oldest change has waited to be taken.
    pub(crate) fn behind(&self) -> Duration {
        let since = self.waiting().since;
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn notify(&self, places: impl Iterator<Item = usize>) {
        let mut waiting = self.waiting();
        for place in places {
            if !std::mem::replace(&mut waiting.is_waiting[place], true) {
                waiting.order.push(place);
            }
        }
        if waiting.order.is_empty() {
            return;
        }
        waiting.since.get_or_insert_with(Instant::now);
        drop(waiting);
        self.news.notify_one();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type BySerial = HashMap<Box<[u8]>, Vec<(Arc<Watcher>, usize)>>;

/// The watchers of one authority.
#[derive(Default)]
pub struct Watchers(Mutex<BySerial>);

impl Watchers {
    /// From now on it is told.
    pub(crate) fn add(&self, watcher: &Arc<Watcher>) {
        let mut watched = self.lock();
        for (place, serial) in watcher.serials.iter().enumerate() {
            let told = watched.entry(serial.clone()).or_default();
            told.push((Arc::clone(watcher), place));
        }
    }

    /// It is told no more.
    pub(crate) fn remove(&self, watcher: &Arc<Watcher>) {
        let mut watched = self.lock();
        for serial in &watcher.serials {
            let Some(told) = watched.get_mut(serial) else {
                continue;
            };
            told.retain(|(one, _)| !Arc::ptr_eq(one, watcher));
            if told.is_empty() {
                watched.remove(serial);
            }
        }
    }

    /// How many serial numbers are watched.
    #[must_use]
    pub fn watched(&self) -> usize {
        self.lock().len()
    }

    /// Tells whoever watches these.
    pub fn changed<'a>(&self, serials: impl Iterator<Item = &'a [u8]>) {
        let watched = self.lock();
        if watched.is_empty() {
            return;
        }
        for serial in serials {
            for (watcher, place) in watched.get(serial).into_iter().flatten() {
                watcher.notify(std::iter::once(*place));
            }
        }
    }

    /// After a new snapshot: events between may have been missed.
    pub fn all_may_have_changed(&self) {
        for (watcher, place) in self.lock().values().flatten() {
            // Each has its first certificate in one place.
            if *place == 0 {
                watcher.notify(0..watcher.serials.len());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BySerial> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watcher(serials: &[&[u8]]) -> Arc<Watcher> {
        Watcher::new(serials.iter().map(|it| Box::from(*it)).collect())
    }

    async fn taken(watcher: &Watcher) -> Vec<usize> {
        watcher.take(Duration::ZERO).await
    }

    #[tokio::test]
    async fn a_change_is_told_once_to_whoever_watches_it() {
        let watchers = Watchers::default();
        let (one, other) = (watcher(&[&[1], &[2]]), watcher(&[&[2]]));
        watchers.add(&one);
        watchers.add(&other);
        watchers.changed([&[2][..], &[2], &[3]].into_iter());
        assert_eq!(taken(&one).await, [1]);
        assert_eq!(taken(&other).await, [0]);
        assert!(taken(&one).await.is_empty());
        watchers.all_may_have_changed();
        assert_eq!(taken(&one).await, [0, 1]);
    }

    #[tokio::test]
    async fn who_has_gone_is_told_nothing_and_kept_nowhere() {
        let watchers = Watchers::default();
        let (one, other) = (watcher(&[&[1]]), watcher(&[&[1]]));
        watchers.add(&one);
        watchers.add(&other);
        watchers.remove(&one);
        watchers.changed([&[1][..]].into_iter());
        assert!(taken(&one).await.is_empty());
        assert_eq!(taken(&other).await, [0]);
        watchers.remove(&other);
        assert_eq!(watchers.watched(), 0);
    }

    #[tokio::test]
    async fn how_long_a_change_waits_counts_from_the_first() {
        let watchers = Watchers::default();
        let one = watcher(&[&[1], &[2]]);
        watchers.add(&one);
        assert_eq!(one.behind(), Duration::ZERO);
        watchers.changed([&[1][..]].into_iter());
        let since = one.waiting().since;
        watchers.changed([&[2][..]].into_iter());
        assert_eq!(one.waiting().since, since);
        assert_eq!(taken(&one).await.len(), 2);
        assert_eq!(one.behind(), Duration::ZERO);
    }
}
