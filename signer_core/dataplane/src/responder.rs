//! Who answers in an authority's name (RFC 6960 4.2.2.2).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use formats::ocsp::ResponderTemplate;
use formats::signing::Signer;
use keys::SoftwareKey;

use crate::clock::Micros;

/// Where a responder's key is.
pub enum Key {
    /// In this process's memory: signed with together with whoever else asks.
    Memory(Arc<SoftwareKey>),
    /// On a device: a thread waits for it.
    Device(Arc<dyn Signer + Send>),
}

/// A responder of one generation of an authority's key.
pub struct Responder {
    /// What all its answers share.
    pub template: Arc<ResponderTemplate>,
    /// Its key.
    pub key: Key,
    /// What metrics call the key.
    pub label: Arc<str>,
    /// Its certificate's.
    pub not_before: Micros,
    /// Its certificate's.
    pub not_after: Micros,
    /// Answers that wait for its signature, or are being signed.
    pub(crate) waiting: AtomicUsize,
}

impl Responder {
    /// A responder.
    #[must_use]
    pub fn new(
        template: Arc<ResponderTemplate>,
        key: Key,
        label: &str,
        not_before: Micros,
        not_after: Micros,
    ) -> Self {
        Self {
            template,
            key,
            label: label.into(),
            not_before,
            not_after,
            waiting: AtomicUsize::new(0),
        }
    }

    pub(crate) fn holds(&self, now: Micros) -> bool {
        self.not_before <= now && now < self.not_after
    }

    /// A place among those that wait; nothing when there are so many already.
    pub(crate) fn enter(self: &Arc<Self>, most: usize) -> Option<Waiting> {
        let taken = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Waiting(Arc::clone(self));
        (taken < most).then_some(place)
    }
}

/// A place among those that wait for a responder, given back when it is dropped.
pub(crate) struct Waiting(pub(crate) Arc<Responder>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
