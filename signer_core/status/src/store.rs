//! The shards and their lock.
//!
//! Whoever writes does so in a turn, and holds the shards' lock only to put some news or a finished
//! base in its place. A base is made while look-ups go on in the one before.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use formats::der::SerialNumber;
use formats::error::Result;

use super::base::Base;
use super::columns::Columns;
use super::key::{Key, SHARDS};
use super::merge::merged;
use super::mixing::Mixing;
use super::record::{Generation, Record, Status};
use super::shard::{LEAST_FILLING, LEAST_NEWS, Shard};
use super::together::{self, TOGETHER};
use super::turns::Turns;

/// The last one that an index of this process was given.
static VERSIONS: AtomicU64 = AtomicU64::new(0);

/// The certificates of one authority, each known by serial number and generation. Another authority
/// has another index: news of one prefecture hold up nobody who asks about another.
pub struct StatusIndex {
    mixing: Mixing,
    turns: Turns,
    version: AtomicU64,
    shards: RwLock<[Shard; SHARDS]>,
}

impl Default for StatusIndex {
    fn default() -> Self {
        Self::mixed(Mixing::drawn())
    }
}

impl StatusIndex {
    /// An empty index: every number is unknown. It draws what it mixes numbers with.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// [`Self::new`] that mixes numbers with these instead, the same in every run of a test.
    #[must_use]
    pub fn seeded(seed: [u64; 4]) -> Self {
        Self::mixed(Mixing::of(seed))
    }

    fn mixed(mixing: Mixing) -> Self {
        Self::of(mixing, std::array::from_fn(|_| Shard::default()))
    }

    pub(super) fn of(mixing: Mixing, shards: [Shard; SHARDS]) -> Self {
        Self {
            mixing,
            turns: Turns::default(),
            version: AtomicU64::new(next_version()),
            shards: RwLock::new(shards),
        }
    }

    pub(super) fn mixing(&self) -> &Mixing {
        &self.mixing
    }

    /// Takes in rows of a snapshot or events: all of them, or nothing when one is refused. Look-ups
    /// go on meanwhile and may see part of it.
    ///
    /// An issued certificate that is known keeps its status. A revoked one need not be known: it
    /// must never be told as unknown. The last revocation of a certificate stands.
    ///
    /// # Errors
    /// `InvalidArgument` naming the row and the rule.
    pub fn apply(&self, columns: &Columns<'_>) -> Result<()> {
        self.take(columns, LEAST_NEWS)
    }

    /// [`Self::apply`] of an index that nobody asks yet, in less time: [`Self::settle`] ends it.
    ///
    /// # Errors
    /// As of [`Self::apply`].
    pub fn fill(&self, columns: &Columns<'_>) -> Result<()> {
        self.take(columns, LEAST_FILLING)
    }

    /// Gives back the memory that filling takes beside what is held.
    pub fn settle(&self) {
        for number in 0..SHARDS {
            self.settled(number);
        }
    }

    fn take(&self, columns: &Columns<'_>, least: usize) -> Result<()> {
        let records = columns.records()?;
        // One turn for all: a sweep would make a shard anew after each piece.
        let _turn = self.turns.take();
        // Look-ups go on after each piece.
        for piece in records.chunks(TOGETHER) {
            self.write(piece, least);
        }
        Ok(())
    }

    /// In a turn.
    fn write(&self, rows: &[(SerialNumber, Record)], least: usize) {
        let mut keys = [None; TOGETHER];
        for (key, (serial, _)) in keys.iter_mut().zip(rows) {
            *key = Some(Key::of(serial, &self.mixing));
        }
        // What is held of them comes near while look-ups go on.
        together::find(&read(&self.shards), &keys, |_| ());
        let mut full = 0_u64;
        let mut shards = self.writing();
        for (key, (_, news)) in keys.into_iter().flatten().zip(rows) {
            let number = key.shard();
            full |= u64::from(shards[number].update(key, *news, least)) << number;
        }
        drop(shards);
        for number in (0..SHARDS).filter(|number| full >> number & 1 == 1) {
            self.merge(number, None);
        }
    }

    /// Makes a shard's news and base into one, in a turn; how many certificates ended before the
    /// instant and were left out.
    fn merge(&self, number: usize, before: Option<i64>) -> usize {
        let (base, news, len) = {
            let shard = &read(&self.shards)[number];
            (Arc::clone(&shard.base), shard.news.sorted(), shard.len())
        };
        let shard = Shard::new(merged(number, &base, &news, before));
        let forgotten = len - shard.len();
        // What was there is freed after look-ups have got their turn.
        let _old = std::mem::replace(&mut self.writing()[number], shard);
        forgotten
    }

    /// The lock of whoever writes. The version changes under it: who has read the new one looks up after
    /// the writing, and who looked up before it has read the one before.
    fn writing(&self) -> RwLockWriteGuard<'_, [Shard; SHARDS]> {
        let shards = write(&self.shards);
        self.version.store(next_version(), Ordering::Release);
        shards
    }

    /// Of what is held now: no other index of this process has had it, nor had this one before it was
    /// written to last. While it is the same, a look-up finds what one found that began after it was
    /// read.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// A shard's certificates without news beside them. It stays as it is while others come.
    pub(super) fn settled(&self, number: usize) -> Arc<Base> {
        let _turn = self.turns.take();
        if read(&self.shards)[number].news.len() > 0 {
            self.merge(number, None);
        }
        Arc::clone(&read(&self.shards)[number].base)
    }

    /// Status of the certificate that this generation of the authority's key signed; of whichever
    /// has the number when no generation is named.
    ///
    /// A number of another generation is unknown: its issuer is another one. Should two have the
    /// same number against RFC 5280 4.1.2.2, a revoked one is not hidden behind a good one.
    #[must_use]
    pub fn lookup(&self, serial: &SerialNumber, generation: Option<Generation>) -> Status {
        let key = Key::of(serial, &self.mixing);
        read(&self.shards)[key.shard()].lookup(&key, generation)
    }

    /// [`Self::lookup`]; `None` when that would have to wait for somebody who writes.
    #[must_use]
    pub fn try_lookup(
        &self,
        serial: &SerialNumber,
        generation: Option<Generation>,
    ) -> Option<Status> {
        let key = Key::of(serial, &self.mixing);
        Some(try_read(&self.shards)?[key.shard()].lookup(&key, generation))
    }

    /// Status of each number in turn, whichever generation has it. `None` stands for a query about
    /// something that can't be a serial number, which was therefore never issued.
    #[must_use]
    pub fn lookup_batch(
        &self,
        serials: impl IntoIterator<Item = Option<SerialNumber>>,
    ) -> Vec<Status> {
        let mut serials = serials.into_iter();
        let mut found = Vec::with_capacity(serials.size_hint().0);
        loop {
            let (mut keys, mut count) = ([None; TOGETHER], 0);
            for (key, serial) in keys.iter_mut().zip(serials.by_ref()) {
                *key = serial.map(|serial| Key::of(&serial, &self.mixing));
                count += 1;
            }
            together::find(&read(&self.shards), &keys[..count], |it| found.push(it));
            if count < TOGETHER {
                return found;
            }
        }
    }

    /// Forgets the certificates whose validity ended before this instant, seconds since 1970; says
    /// how many. News get their turn after each shard, look-ups always.
    pub fn forget_ended(&self, before: i64) -> usize {
        let mut forgotten = 0;
        for number in 0..SHARDS {
            let _turn = self.turns.take();
            let any = read(&self.shards)[number].any_ended_before(before);
            if any {
                forgotten += self.merge(number, Some(before));
            }
        }
        forgotten
    }

    /// How many certificates are known.
    #[must_use]
    pub fn len(&self) -> usize {
        read(&self.shards).iter().map(Shard::len).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

// A panic while the shards are locked can leave no record half-written: each is one assignment.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn try_read<T>(lock: &RwLock<T>) -> Option<RwLockReadGuard<'_, T>> {
    match lock.try_read() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn next_version() -> u64 {
    VERSIONS.fetch_add(1, Ordering::Relaxed) + 1
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{SEED, issue};

    #[test]
    fn a_look_up_that_would_wait_for_a_writer_says_so() {
        let (index, serial) = (
            StatusIndex::seeded(SEED),
            SerialNumber::from_unsigned(&[1]).unwrap(),
        );
        assert_eq!(index.try_lookup(&serial, None), Some(Status::Unknown));
        let reader = read(&index.shards);
        assert_eq!(index.try_lookup(&serial, None), Some(Status::Unknown));
        drop(reader);
        let _writer = write(&index.shards);
        assert_eq!(index.try_lookup(&serial, None), None);
    }

    #[test]
    fn a_version_is_of_what_one_index_holds_alone() {
        let (index, other) = (StatusIndex::seeded(SEED), StatusIndex::seeded(SEED));
        let mut seen = vec![index.version(), other.version()];
        let serial = SerialNumber::from_unsigned(&[1]).unwrap();
        let _ = (index.lookup(&serial, None), index.len());
        assert_eq!(index.version(), seen[0]);
        for number in 1..=20 {
            issue(&index, number);
            seen.push(index.version());
        }
        assert_eq!(index.forget_ended(i64::MAX), 20);
        seen.push(index.version());
        assert_eq!(other.version(), seen[1]);
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }

    #[test]
    fn look_ups_wait_for_no_base_that_is_being_made() {
        let (index, serial) = (
            StatusIndex::seeded(SEED),
            SerialNumber::from_unsigned(&[1]).unwrap(),
        );
        let _writer = index.turns.take();
        assert_eq!(index.try_lookup(&serial, None), Some(Status::Unknown));
        assert_eq!(index.lookup(&serial, None), Status::Unknown);
    }
}
