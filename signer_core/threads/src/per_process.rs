//! What a whole process shares, and a forked child must not take over.

use std::sync::{Arc, Mutex, PoisonError};

/// Something made once in each process.
///
/// `fork` copies all memory but only the thread that called it. A pool or a queue that a child took
/// over from its parent would wait for threads that the child does not have, so the child makes its
/// own.
pub struct PerProcess<T>(Mutex<Option<(u32, Arc<T>)>>);

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> PerProcess<T> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// This process's, made when there is none yet; `make` sees the parent's, if there is one.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn get<E>(&self, make: impl FnOnce(Option<&T>) -> Result<T, E>) -> Result<Arc<T>, E> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        if let Some((owner, shared)) = held.as_ref()
            && *owner == process
        {
            return Ok(Arc::clone(shared));
        }
        let shared = Arc::new(make(held.as_ref().map(|(_, parents)| &**parents))?);
        // Dropping a parent's might wait for threads that are not there.
        std::mem::forget(held.replace((process, Arc::clone(&shared))));
        Ok(shared)
    }
}
