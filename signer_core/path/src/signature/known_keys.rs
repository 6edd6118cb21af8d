//! Keys that verified something before, ready to verify again.

use std::sync::Arc;

use super::algorithm::Algorithm;
use super::ready::ReadyKey;
use super::recent::Recent;
use crate::Sha256;

/// The same few authorities sign what most questions are about, and whoever asks sends their
/// certificates again. To make one of their keys ready, for RSA the constants of its modulus, takes
/// half as long as a verification does; so keys that were used stay ready, by SHA-256 of the
/// SubjectPublicKeyInfo. No verdict depends on it: the octets make the key, and every signature is
/// verified.
#[derive(Debug)]
pub struct KnownKeys(Recent<(Sha256, Algorithm), Arc<ReadyKey>>);

/// About four megabytes of RSA keys.
const CAPACITY: usize = 1024;

impl Default for KnownKeys {
    fn default() -> Self {
        Self(Recent::new(CAPACITY))
    }
}

impl KnownKeys {
    /// The key ready for this algorithm; nothing when `make` says that it is no such key.
    pub(super) fn get_or_make(
        &self,
        key: &Sha256,
        algorithm: Algorithm,
        make: impl FnOnce() -> Option<Arc<ReadyKey>>,
    ) -> Option<Arc<ReadyKey>> {
        let place = (*key, algorithm);
        if let Some(ready) = self.0.get(key, &place) {
            return Some(ready);
        }
        // Other threads need not wait for it; two that make one come to the same.
        let ready = make()?;
        self.0.add(key, place, Arc::clone(&ready));
        Some(ready)
    }
}
