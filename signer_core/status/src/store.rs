//! The tables and their locks.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use formats::der::SerialNumber;
use formats::error::Result;

use super::record::{Reason, Record, Status};
use super::snapshot::SnapshotColumns;

/// Rows a snapshot writes before look-ups get their turn again.
const ROWS_PER_LOCK: usize = 4096;

/// Records by hash. Not a map, because a batch works out all its hashes first.
type Table = hashbrown::HashTable<(SerialNumber, Record)>;

/// One table for each authority, each behind its own lock: news of one prefecture hold up nobody
/// who asks about another.
#[derive(Default)]
pub struct StatusIndex {
    authorities: RwLock<HashMap<u32, Arc<RwLock<Table>>>>,
    hasher: foldhash::quality::RandomState,
}

impl StatusIndex {
    /// An empty index: every number is unknown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in that the authority issued this number. A number that is known keeps its status.
    ///
    /// # Errors
    /// `InvalidArgument` when `not_after` is outside 1970 to 2105.
    pub fn issue(
        &self,
        authority: u32,
        serial: SerialNumber,
        not_after: Option<i64>,
    ) -> Result<()> {
        let record = Record::good(not_after)?;
        self.update(&mut write(&self.table_or_new(authority)), serial, record);
        Ok(())
    }

    /// Takes in a revocation, of a number not seen before too: it must never be told as unknown.
    /// The last one of a number stands.
    ///
    /// # Errors
    /// `InvalidArgument` when `at` is outside 1970 to 2105.
    pub fn revoke(
        &self,
        authority: u32,
        serial: SerialNumber,
        reason: Reason,
        at: i64,
    ) -> Result<()> {
        let record = Record::revoked(reason, at, None)?;
        self.update(&mut write(&self.table_or_new(authority)), serial, record);
        Ok(())
    }

    /// Takes in a whole page of a snapshot: all of it, or nothing when a row is refused. Look-ups
    /// go on meanwhile and may see part of it.
    ///
    /// # Errors
    /// `InvalidArgument` naming the row and the rule.
    pub fn apply(&self, authority: u32, columns: &SnapshotColumns<'_>) -> Result<()> {
        let records = columns.records()?;
        let table = self.table_or_new(authority);
        for piece in records.chunks(ROWS_PER_LOCK) {
            let mut table = write(&table);
            for (serial, record) in piece {
                self.update(&mut table, *serial, *record);
            }
        }
        Ok(())
    }

    /// Status of one number.
    #[must_use]
    pub fn lookup(&self, authority: u32, serial: &SerialNumber) -> Status {
        let hash = self.hasher.hash_one(serial);
        let table = self.table(authority);
        status(table.and_then(|table| find(&read(&table), hash, serial)))
    }

    /// Status of one number; `None` when that would have to wait for somebody who writes.
    #[must_use]
    pub fn try_lookup(&self, authority: u32, serial: &SerialNumber) -> Option<Status> {
        let authorities = try_read(&self.authorities)?;
        let Some(table) = authorities.get(&authority) else {
            return Some(Status::Unknown);
        };
        let hash = self.hasher.hash_one(serial);
        Some(status(find(&*try_read(table)?, hash, serial)))
    }

    /// Status of each number in turn, under one lock. `None` stands for a query about something
    /// that can't be a serial number, which was therefore never issued.
    ///
    /// All hashes come first: then what is left of one look-up is so short that the processor has
    /// several of them waiting for memory at the same time, which is where the time goes.
    pub fn lookup_batch(
        &self,
        authority: u32,
        serials: &[Option<SerialNumber>],
        mut each: impl FnMut(Status),
    ) {
        let Some(table) = self.table(authority) else {
            return serials.iter().for_each(|_| each(Status::Unknown));
        };
        let hashes: Vec<u64> = serials
            .iter()
            .map(|serial| serial.map_or(0, |serial| self.hasher.hash_one(serial)))
            .collect();
        let table = read(&table);
        let records: Vec<Option<Record>> = serials
            .iter()
            .zip(hashes)
            .map(|(serial, hash)| find(&table, hash, serial.as_ref()?))
            .collect();
        drop(table);
        for record in records {
            each(status(record));
        }
    }

    /// Forgets one number; says whether it was known.
    pub fn remove(&self, authority: u32, serial: &SerialNumber) -> bool {
        let hash = self.hasher.hash_one(serial);
        self.table(authority).is_some_and(|table| {
            let mut table = write(&table);
            let found = table.find_entry(hash, |(held, _)| held == serial);
            found
                .map(hashbrown::hash_table::OccupiedEntry::remove)
                .is_ok()
        })
    }

    /// Forgets the authority's certificates whose validity ended before this instant, seconds since
    /// 1970; says how many. Those whose end is not known stay.
    pub fn expire(&self, authority: u32, before: i64) -> usize {
        self.table(authority).map_or(0, |table| {
            let mut table = write(&table);
            let held = table.len();
            table.retain(|(_, record)| !record.ended_before(before));
            held - table.len()
        })
    }

    /// How many certificates of the authority are known, or of all authorities.
    #[must_use]
    pub fn len(&self, authority: Option<u32>) -> usize {
        match authority {
            Some(authority) => self.table(authority).map_or(0, |table| read(&table).len()),
            None => read(&self.authorities)
                .values()
                .map(|table| read(table).len())
                .sum(),
        }
    }

    fn update(&self, table: &mut Table, serial: SerialNumber, news: Record) {
        let rehash = |(held, _): &(SerialNumber, Record)| self.hasher.hash_one(held);
        table
            .entry(
                self.hasher.hash_one(serial),
                |(held, _)| *held == serial,
                rehash,
            )
            .and_modify(|(_, record)| record.update(news))
            .or_insert((serial, news));
    }

    fn table(&self, authority: u32) -> Option<Arc<RwLock<Table>>> {
        read(&self.authorities).get(&authority).cloned()
    }

    fn table_or_new(&self, authority: u32) -> Arc<RwLock<Table>> {
        self.table(authority)
            .unwrap_or_else(|| Arc::clone(write(&self.authorities).entry(authority).or_default()))
    }
}

#[inline]
fn find(table: &Table, hash: u64, serial: &SerialNumber) -> Option<Record> {
    let found = table.find(hash, |(held, _)| held == serial);
    found.map(|(_, record)| *record)
}

fn status(record: Option<Record>) -> Status {
    record.map_or(Status::Unknown, |record| record.status())
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
