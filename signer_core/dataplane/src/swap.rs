//! A value that is replaced as a whole, and read by any number of threads.

use std::sync::{Arc, PoisonError, RwLock};

pub(crate) struct Swap<T>(RwLock<Arc<T>>);

impl<T> Swap<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(RwLock::new(Arc::new(value)))
    }

    pub(crate) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn put(&self, value: T) {
        let fresh = Arc::new(value);
        let before = {
            let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *held, fresh)
        };
        // Not under the lock: it may be large.
        drop(before);
    }

    /// Puts what `change` makes of the present one. Writers take turns.
    pub(crate) fn update(&self, change: impl FnOnce(&T) -> T) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(change(&held));
    }
}
