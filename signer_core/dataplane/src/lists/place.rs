//! What is held of one list, and what is being asked of it.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{List, Outcome};

/// A list of which the authority has said that there is a newer one is sent for so long, where that one
/// can't be had: whoever was told to revoke does not wait until the old one ends.
pub(super) const SUPERSEDED: Duration = Duration::from_secs(60);

/// Of one list.
#[derive(Default)]
pub(super) struct Place {
    inside: Mutex<Inside>,
    /// When it was asked for last, counted.
    pub(super) used: AtomicU64,
}

#[derive(Default)]
pub(super) struct Inside {
    pub(super) found: Option<Found>,
    /// Of what is being asked, once for all who wait for it.
    pub(super) asked: Option<watch::Receiver<Outcome>>,
    /// Octets of the list that there was no room for.
    pub(super) needs: usize,
}

pub(super) struct Found {
    pub(super) list: Arc<List>,
    pub(super) heard: Instant,
    /// Whether that was an answer by which it is.
    pub(super) is_newest: bool,
    /// Since when there is a newer one, and whether it was told that it can't be had.
    pub(super) superseded: Option<(Instant, bool)>,
}

impl Place {
    pub(super) fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// The authority has said so.
    pub(super) fn superseded(&mut self) {
        if let Some(found) = &mut self.found {
            found.is_newest = false;
            found.superseded.get_or_insert((Instant::now(), false));
        }
    }
}

impl Found {
    /// The newest, as was heard just now.
    pub(super) fn new(list: Arc<List>) -> Self {
        Self {
            list,
            heard: Instant::now(),
            is_newest: true,
            superseded: None,
        }
    }

    /// Whether it is sent where nothing newer can be had.
    pub(super) fn counts(&self, now: i64) -> bool {
        self.list.is_in_force(now) && self.counts_still()
    }

    /// Whether that is so as long as it is in force.
    pub(super) fn counts_still(&self) -> bool {
        self.superseded
            .is_none_or(|(since, _)| since.elapsed() < SUPERSEDED)
    }

    /// Nothing could be had now. Whether that is to be told: there is a newer one.
    pub(super) fn not_had(&mut self) -> bool {
        (self.heard, self.is_newest) = (Instant::now(), false);
        let told = self.superseded.as_mut().map(|(_, told)| told);
        told.is_some_and(|told| !std::mem::replace(told, true))
    }
}
