//! The tables and their locks.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::record::{Reason, Record, Status};
use super::snapshot::SnapshotColumns;
use crate::der::SerialNumber;
use crate::error::Result;

/// Rows a snapshot writes before look-ups get their turn again.
const ROWS_PER_LOCK: usize = 4096;

type Table = HashMap<SerialNumber, Record, foldhash::quality::RandomState>;

/// One table for each authority, each behind its own lock: news of one prefecture hold up nobody
/// who asks about another.
#[derive(Default)]
pub struct StatusIndex {
    authorities: RwLock<HashMap<u32, Arc<RwLock<Table>>>>,
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
        update(&mut write(&self.table_or_new(authority)), serial, record);
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
        update(&mut write(&self.table_or_new(authority)), serial, record);
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
            table.reserve(piece.len());
            for (serial, record) in piece {
                update(&mut table, *serial, *record);
            }
        }
        Ok(())
    }

    /// Status of one number.
    #[must_use]
    pub fn lookup(&self, authority: u32, serial: &SerialNumber) -> Status {
        self.table(authority)
            .map_or(Status::Unknown, |table| status(&read(&table), Some(serial)))
    }

    /// Status of each number in turn, under one lock. `None` stands for a query about something
    /// that can't be a serial number, which was therefore never issued.
    pub fn lookup_batch(
        &self,
        authority: u32,
        serials: impl Iterator<Item = Option<SerialNumber>>,
        mut each: impl FnMut(Status),
    ) {
        match self.table(authority) {
            None => serials.for_each(|_| each(Status::Unknown)),
            Some(table) => {
                let table = read(&table);
                serials.for_each(|serial| each(status(&table, serial.as_ref())));
            }
        }
    }

    /// Forgets one number; says whether it was known.
    pub fn remove(&self, authority: u32, serial: &SerialNumber) -> bool {
        self.table(authority)
            .is_some_and(|table| write(&table).remove(serial).is_some())
    }

    /// Forgets the authority's certificates whose validity ended before this instant, seconds since
    /// 1970; says how many. Those whose end is not known stay.
    pub fn expire(&self, authority: u32, before: i64) -> usize {
        self.table(authority).map_or(0, |table| {
            let mut table = write(&table);
            let held = table.len();
            table.retain(|_, record| !record.ended_before(before));
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

    fn table(&self, authority: u32) -> Option<Arc<RwLock<Table>>> {
        read(&self.authorities).get(&authority).cloned()
    }

    fn table_or_new(&self, authority: u32) -> Arc<RwLock<Table>> {
        self.table(authority)
            .unwrap_or_else(|| Arc::clone(write(&self.authorities).entry(authority).or_default()))
    }
}

fn status(table: &Table, serial: Option<&SerialNumber>) -> Status {
    serial
        .and_then(|serial| table.get(serial))
        .map_or(Status::Unknown, Record::status)
}

fn update(table: &mut Table, serial: SerialNumber, news: Record) {
    table
        .entry(serial)
        .and_modify(|record| record.update(news))
        .or_insert(news);
}

// A panic while a table is locked can leave no record half-written: each is one assignment.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
