//! Memory that lists may take, all together: also of those that were replaced and that somebody still
//! takes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const UNIT: usize = 1024;

#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn new(octets: usize) -> Self {
        Self(Arc::new(Semaphore::new(octets / UNIT)))
    }

    /// What is left, in octets.
    pub(super) fn left(&self) -> usize {
        self.0.available_permits() * UNIT
    }

    /// Of what was taken, as much as so many octets need; the rest is given back.
    pub(super) fn of(mut taken: OwnedSemaphorePermit, octets: usize) -> OwnedSemaphorePermit {
        taken.split(octets.div_ceil(UNIT)).unwrap_or(taken)
    }

    /// Octets that so many need beside what was taken.
    pub(super) fn missing(taken: &OwnedSemaphorePermit, octets: usize) -> usize {
        octets.saturating_sub(taken.num_permits() * UNIT)
    }

    /// For so many octets; nothing where there is none now.
    pub(super) fn take(&self, octets: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(octets.div_ceil(UNIT)).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(units).ok()
    }
}
