//! What was used lately, shared by threads and bounded.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Sha256;

/// Values by key, each in the shard of some SHA-256 that belongs to the key, so that threads seldom
/// wait for each other.
///
/// A shard has two generations: the younger is asked first, and when it is full it becomes the older
/// one. So what is asked for stays, and the rest goes without anybody keeping its order.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    shards: [Mutex<Shard<K, V>>; SHARDS],
    /// Of each half of a shard.
    capacity: usize,
}

#[derive(Debug)]
struct Shard<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

const SHARDS: usize = 16;

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// Room for about `capacity`; the older half goes when it is full.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            capacity: (capacity / (2 * SHARDS)).max(1),
        }
    }

    pub(super) fn get(&self, sha256: &Sha256, key: &K) -> Option<V> {
        let mut shard = self.shard(sha256);
        if let Some(value) = shard.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = shard.old.remove_entry(key)?;
        shard.add(key, value.clone(), self.capacity);
        Some(value)
    }

    pub(super) fn add(&self, sha256: &Sha256, key: K, value: V) {
        self.shard(sha256).add(key, value, self.capacity);
    }

    fn shard(&self, sha256: &Sha256) -> MutexGuard<'_, Shard<K, V>> {
        // A map is whole at every moment: a panic elsewhere leaves it usable.
        self.shards[usize::from(sha256[0]) % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Shard<K, V> {
    fn add(&mut self, key: K, value: V, capacity: usize) {
        if self.young.len() >= capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

impl<K, V> Default for Shard<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_within_its_room_and_keeps_what_is_asked_for() {
        let recent = Recent::new(64);
        let mut key = [0; 32];
        recent.add(&key, key, 0);
        for count in 1..2000_u16 {
            key[1..3].copy_from_slice(&count.to_be_bytes());
            recent.add(&key, key, count);
            assert_eq!(recent.get(&[0; 32], &[0; 32]), Some(0), "{count}");
            assert_eq!(recent.get(&key, &key), Some(count));
        }
        let kept: usize = recent
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
