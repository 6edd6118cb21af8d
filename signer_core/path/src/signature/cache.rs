//! Signatures that held before.

use super::recent::Recent;
use crate::Sha256;

/// Signatures that held, by object and key, for all threads. Only successes are kept: what is found
/// here needs no verification again, and costs no budget.
///
/// A place is SHA-256 of the whole object, signature included, and of the key's
/// SubjectPublicKeyInfo; nothing that a stranger sends can be taken for something else.
#[derive(Debug)]
pub struct VerifiedCache(Recent<[Sha256; 2], ()>);

impl VerifiedCache {
    /// Room for about `capacity` signatures; the older half goes when it is full. 64 octets each,
    /// and the maps' free room.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Recent::new(capacity))
    }

    pub(super) fn knows(&self, object: &Sha256, key: &Sha256) -> bool {
        self.0.get(object, &[*object, *key]).is_some()
    }

    pub(super) fn remember(&self, object: &Sha256, key: &Sha256) {
        self.0.add(object, [*object, *key], ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_remembered_is_known_under_its_key_alone() {
        let cache = VerifiedCache::new(1000);
        cache.remember(&[1; 32], &[2; 32]);
        assert!(cache.knows(&[1; 32], &[2; 32]));
        assert!(!cache.knows(&[1; 32], &[3; 32]));
        assert!(!cache.knows(&[2; 32], &[1; 32]));
    }
}
