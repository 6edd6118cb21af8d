//! Signatures that held before.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::Sha256;

/// Signatures that held, by object and key, for all threads. Only successes are kept: what is found
/// here needs no verification again, and costs no budget.
///
/// A place is SHA-256 of the whole object, signature included, and of the key's
/// SubjectPublicKeyInfo; nothing that a stranger sends can be taken for something else.
#[derive(Debug)]
pub struct VerifiedCache {
    shards: [Mutex<Shard>; SHARDS],
    /// Of each half of a shard.
    capacity: usize,
}

/// Two generations: the younger is asked first, and when it is full it becomes the older one.
#[derive(Debug, Default)]
struct Shard {
    young: HashSet<[u8; 64]>,
    old: HashSet<[u8; 64]>,
}

/// So that threads seldom wait for each other.
const SHARDS: usize = 16;

impl VerifiedCache {
    /// Room for about `capacity` signatures; the older half goes when it is full. 64 octets each,
    /// and the sets' free room.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            shards: Default::default(),
            capacity: (capacity / (2 * SHARDS)).max(1),
        }
    }

    pub(super) fn knows(&self, object: &Sha256, key: &Sha256) -> bool {
        let place = place(object, key);
        let mut shard = self.shard(object);
        if shard.young.contains(&place) {
            return true;
        }
        let known = shard.old.remove(&place);
        if known {
            shard.add(place, self.capacity);
        }
        known
    }

    pub(super) fn remember(&self, object: &Sha256, key: &Sha256) {
        self.shard(object).add(place(object, key), self.capacity);
    }

    fn shard(&self, object: &Sha256) -> std::sync::MutexGuard<'_, Shard> {
        // A set of successes is whole at every moment: a panic elsewhere leaves it usable.
        self.shards[usize::from(object[0]) % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn add(&mut self, place: [u8; 64], capacity: usize) {
        if self.young.len() >= capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(place);
    }
}

fn place(object: &Sha256, key: &Sha256) -> [u8; 64] {
    let mut place = [0; 64];
    place[..32].copy_from_slice(object);
    place[32..].copy_from_slice(key);
    place
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

    #[test]
    fn it_stays_within_its_room_and_keeps_what_is_asked_for() {
        let cache = VerifiedCache::new(64);
        let mut object = [0; 32];
        cache.remember(&object, &[9; 32]);
        for count in 1..2000_u16 {
            object[1..3].copy_from_slice(&count.to_be_bytes());
            cache.remember(&object, &[9; 32]);
            assert!(cache.knows(&[0; 32], &[9; 32]), "{count}");
        }
        let kept: usize = cache
            .shards
            .iter()
            .map(|shard| {
                let shard = shard.lock().unwrap();
                shard.young.len() + shard.old.len()
            })
            .sum();
        assert!(kept <= 64 + SHARDS, "{kept}");
    }
}
