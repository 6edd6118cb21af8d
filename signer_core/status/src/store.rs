//! The table and its lock.

use std::hash::BuildHasher;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use formats::der::SerialNumber;
use formats::error::Result;

use super::columns::Columns;
use super::record::{Generation, Record, Status};

/// Rows written, or places looked through, before look-ups get their turn again.
const PER_LOCK: usize = 4096;

/// Records by hash of their serial number. Not a map, because a batch works out all its hashes
/// first, and because a number alone finds the certificates of every generation.
type Table = hashbrown::HashTable<(SerialNumber, Record)>;

/// The certificates of one authority, each known by serial number and generation. Another authority
/// has another index: news of one prefecture hold up nobody who asks about another.
#[derive(Default)]
pub struct StatusIndex {
    table: RwLock<Table>,
    hasher: foldhash::quality::RandomState,
}

impl StatusIndex {
    /// An empty index: every number is unknown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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
        let records = columns.records()?;
        for piece in records.chunks(PER_LOCK) {
            let mut table = write(&self.table);
            for (serial, record) in piece {
                self.update(&mut table, *serial, *record);
            }
        }
        Ok(())
    }

    /// Status of the certificate that this generation of the authority's key signed; of whichever
    /// has the number when no generation is named.
    ///
    /// A number of another generation is unknown: its issuer is another one. Should two have the
    /// same number against RFC 5280 4.1.2.2, a revoked one is not hidden behind a good one.
    #[must_use]
    pub fn lookup(&self, serial: &SerialNumber, generation: Option<Generation>) -> Status {
        let hash = self.hasher.hash_one(serial);
        find(&read(&self.table), hash, serial, generation)
    }

    /// [`Self::lookup`]; `None` when that would have to wait for somebody who writes.
    #[must_use]
    pub fn try_lookup(
        &self,
        serial: &SerialNumber,
        generation: Option<Generation>,
    ) -> Option<Status> {
        let hash = self.hasher.hash_one(serial);
        Some(find(&*try_read(&self.table)?, hash, serial, generation))
    }

    /// Status of each number in turn, whichever generation has it, under one lock. `None` stands for
    /// a query about something that can't be a serial number, which was therefore never issued.
    ///
    /// All hashes come first: then what is left of one look-up is so short that the processor has
    /// several of them waiting for memory at the same time, which is where the time goes.
    #[must_use]
    pub fn lookup_batch(&self, serials: &[Option<SerialNumber>]) -> Vec<Status> {
        let hashes: Vec<u64> = serials
            .iter()
            .map(|serial| serial.map_or(0, |serial| self.hasher.hash_one(serial)))
            .collect();
        let table = read(&self.table);
        serials
            .iter()
            .zip(hashes)
            .map(|(serial, hash)| match serial {
                Some(serial) => find(&table, hash, serial, None),
                None => Status::Unknown,
            })
            .collect()
    }

    /// Forgets the certificates whose validity ended before this instant, seconds since 1970; says
    /// how many. Look-ups and news get their turn after every few thousand places of the table; a
    /// certificate that growth of the table moves meanwhile may be left for the next time.
    pub fn forget_ended(&self, before: i64) -> usize {
        let (mut forgotten, mut place) = (0, 0);
        loop {
            let mut table = write(&self.table);
            let places = table.num_buckets();
            for place in place..places.min(place + PER_LOCK) {
                if let Ok(entry) = table.get_bucket_entry(place)
                    && entry.get().1.ended_before(before)
                {
                    entry.remove();
                    forgotten += 1;
                }
            }
            place += PER_LOCK;
            if place >= places {
                return forgotten;
            }
        }
    }

    /// How many certificates are known.
    #[must_use]
    pub fn len(&self) -> usize {
        read(&self.table).len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn update(&self, table: &mut Table, serial: SerialNumber, news: Record) {
        let rehash = |(held, _): &(SerialNumber, Record)| self.hasher.hash_one(held);
        table
            .entry(
                self.hasher.hash_one(serial),
                |(held, record)| *held == serial && record.generation == news.generation,
                rehash,
            )
            .and_modify(|(_, record)| record.update(news))
            .or_insert((serial, news));
    }
}

#[inline]
fn find(table: &Table, hash: u64, serial: &SerialNumber, generation: Option<Generation>) -> Status {
    let mut found = Status::Unknown;
    for (held, record) in table.iter_hash(hash) {
        if held == serial && generation.is_none_or(|generation| generation == record.generation) {
            found = record.status();
            if found != Status::Good {
                break;
            }
        }
    }
    found
}

// A panic while a table is locked can leave no record half-written: each is one assignment.
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

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
