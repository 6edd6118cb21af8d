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

    /// For so many octets; nothing where there is none now.
    pub(super) fn take(&self, octets: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(octets.div_ceil(UNIT)).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(units).ok()
    }
}
