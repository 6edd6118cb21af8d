//! What is kept for as long as somebody asks for it, and no more than so much of it.

use std::sync::{Mutex, PoisonError};

use crate::maps::Map;

/// Entries, twice over.
const MOST: usize = 16 * 1024;
const PARTS: usize = 16;

/// Two halves: when the young one is full it becomes the old one, and what nobody asked for since is
/// forgotten.
struct Two<V> {
    young: Map<Box<[u8]>, V>,
    old: Map<Box<[u8]>, V>,
}

impl<V> Default for Two<V> {
    fn default() -> Self {
        Self {
            young: Map::default(),
            old: Map::default(),
        }
    }
}

impl<V> Two<V> {
    fn put(&mut self, key: Box<[u8]>, value: V) {
        if self.young.len() >= MOST / PARTS && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// In parts with a lock each.
pub(crate) struct Halves<V>([Mutex<Two<V>>; PARTS]);

impl<V> Default for Halves<V> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl<V: Clone> Halves<V> {
    /// What there is, where it serves.
    pub(crate) fn get(&self, key: &[u8], serves: impl FnOnce(&V) -> bool) -> Option<V> {
        let mut part = self
            .part(key)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = part.young.get(key) {
            return serves(found).then(|| found.clone());
        }
        let (key, found) = part.old.remove_entry(key)?;
        if !serves(&found) {
            return None;
        }
        part.put(key, found.clone());
        Some(found)
    }

    pub(crate) fn put(&self, key: &[u8], value: V) {
        if let Some(part) = self.part(key) {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            part.put(key.into(), value);
        }
    }

    /// All octets only spread the locks.
    fn part(&self, key: &[u8]) -> Option<&Mutex<Two<V>>> {
        let all = key.iter().fold(0, |all, octet| all ^ octet);
        self.0.get(usize::from(all) % PARTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> [u8; 8] {
        number.to_be_bytes()
    }

    #[test]
    fn what_is_asked_for_stays_and_no_more_than_twice_the_most() {
        let kept = Halves::default();
        kept.put(&key(0), 0);
        for number in 1..10 * MOST {
            kept.put(&key(number), number);
            assert_eq!(kept.get(&key(0), |_| true), Some(0), "{number}");
        }
        let left = (0..10 * MOST).filter(|it| kept.get(&key(*it), |_| true).is_some());
        assert!((MOST..=2 * MOST).contains(&left.count()));
    }

    #[test]
    fn what_does_not_serve_is_not_given() {
        let kept = Halves::default();
        kept.put(b"one", 1);
        assert_eq!(kept.get(b"one", |it| *it == 2), None);
        assert_eq!(kept.get(b"one", |it| *it == 1), Some(1));
        assert_eq!(kept.get(b"other", |_| true), None);
    }
}
