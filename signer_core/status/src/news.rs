//! What came since the base was made, which it is asked before.

use hashbrown::HashTable;

use super::key::Key;
use super::record::{Generation, Record, Status};

/// Certificates that are new or changed, each with all that is known of it.
#[derive(Default)]
pub(super) struct News {
    held: HashTable<(Key, Record)>,
    /// A bit for each bucket of the base: whether one of its keys is here. Most are not, and these
    /// bits stay near, so news cost look-ups little.
    touched: Vec<u64>,
    /// How many the base does not have.
    pub(super) added: usize,
}

impl News {
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    #[inline]
    pub(super) fn may_have(&self, bucket: usize) -> bool {
        let word = self.touched.get(bucket / 64).copied().unwrap_or_default();
        word >> (bucket % 64) & 1 == 1
    }

    /// The status of a certificate with the key, a revoked one before a good one.
    pub(super) fn find(&self, key: &Key, generation: Option<Generation>) -> Status {
        let mut found = Status::Unknown;
        for (held, record) in self.held.iter_hash(hash(key)) {
            if held == key && generation.is_none_or(|asked| asked == record.generation) {
                found = record.status();
                if found != Status::Good {
                    break;
                }
            }
        }
        found
    }

    pub(super) fn record(&self, key: &Key, generation: Generation) -> Option<Record> {
        let is = |(held, record): &(Key, Record)| held == key && record.generation == generation;
        self.held.find(hash(key), is).map(|(_, record)| *record)
    }

    /// Puts it in the place of what is held of the certificate. `bits` are the base's; there is room
    /// for `most` from the first on, since it is moving what grows that look-ups would wait for.
    pub(super) fn put(&mut self, bits: u32, most: usize, key: Key, record: Record) {
        if self.touched.is_empty() {
            self.held.reserve(most, |(held, _)| hash(held));
            self.touched = vec![0; (1_usize << bits).div_ceil(64)];
        }
        let bucket = key.bucket(bits);
        self.touched[bucket / 64] |= 1 << (bucket % 64);
        let same = |held: &(Key, Record)| held.0 == key && held.1.generation == record.generation;
        self.held
            .entry(hash(&key), same, |(held, _)| hash(held))
            .insert((key, record));
    }

    /// All, in the order of their keys.
    pub(super) fn sorted(&self) -> Vec<(Key, Record)> {
        let mut all: Vec<_> = self.held.iter().copied().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    pub(super) fn any_ended_before(&self, instant: i64) -> bool {
        self.held
            .iter()
            .any(|(_, record)| record.ended_before(instant))
    }
}

/// Keys are even already, but their first bits are the shard's and the same for all here. The table
/// begins to search by the lowest bits and tells its entries apart by the uppermost seven: what is the
/// same stands between them.
fn hash(key: &Key) -> u64 {
    key.head().rotate_right(u64::BITS / 2)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use formats::der::SerialNumber;

    use super::*;
    use crate::mixing::Mixing;
    use crate::tests::SEED;

    #[test]
    fn hashes_of_a_shard_differ_where_the_table_looks() {
        let mixing = Mixing::of(SEED);
        // Those that begin alike in six bits, as those of a shard do.
        let hashes: Vec<_> = (1..=1_u32 << 16)
            .map(|number| SerialNumber::from_unsigned(&number.to_be_bytes()).unwrap())
            .map(|serial| Key::of(&serial, &mixing))
            .filter(|key| key.head() >> 58 == 0b10_1101)
            .map(|key| hash(&key))
            .collect();
        assert!((900..1150).contains(&hashes.len()), "{}", hashes.len());
        let places: HashSet<_> = hashes.iter().map(|hash| hash % 1024).collect();
        // Of random ones 647 are expected, give or take 10.
        assert!((580..720).contains(&places.len()), "{}", places.len());
        let tags: HashSet<_> = hashes.iter().map(|hash| hash >> 57).collect();
        assert_eq!(tags.len(), 128);
    }
}
