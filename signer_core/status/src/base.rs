//! Certificates that are not written to any more, in one piece.
//!
//! They stand in buckets, which the first bits of their keys number: each some three rows in one or
//! two lines of memory. A row has what its place does not say of its key, in whole octets, and a code
//! for its generation and end. In a bucket the number of revoked rows comes first (one octet; 255 and
//! four more where that is not enough), then they, each with the reason and four octets of time, then
//! the others. An empty bucket has no octet.

use std::ops::Range;

use super::key::{Key, OCTETS, SHARD_BITS, first_eight};
use super::octets::Octets;
use super::record::{Generation, Reason, Record, Status};
use super::starts::Starts;

/// Octets of a revocation: reason and time.
const REVOCATION: usize = 5;
/// The number of revoked rows that is too great for one octet. Tests reach it.
const MANY: usize = if cfg!(test) { 2 } else { 255 };
/// Rows of a bucket on average: at most so many, at least a half of it once there have been more.
const ROWS: usize = 4;

/// Certificates of one generation end at few moments, the ends of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cohort {
    pub(super) generation: Generation,
    pub(super) not_after: u32,
}

/// A row apart from others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) key: Key,
    /// Of the cohort, among the base's.
    pub(super) code: u32,
    pub(super) record: Record,
}

impl Row {
    /// Whether both are of one certificate.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.key == other.key && self.record.generation == other.record.generation
    }
}

/// What the rows of a base have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// How many bits number the buckets.
    pub(super) bits: u32,
    /// Octets of a key that are in no row.
    dropped: usize,
    /// Octets of a row that is not revoked.
    width: usize,
}

impl Form {
    pub(super) fn new(bits: u32, cohorts: usize) -> Self {
        let dropped = (SHARD_BITS + bits) as usize / 8;
        let highest = (cohorts.max(1) - 1) as u32;
        let code = (4 - highest.leading_zeros() as usize / 8).max(1);
        Self {
            bits,
            dropped,
            width: OCTETS - dropped + code,
        }
    }

    /// How many bits so many rows have, where they have had `bits`.
    pub(super) fn bits(mut bits: u32, rows: usize) -> u32 {
        while rows > ROWS << bits {
            bits += 1;
        }
        while bits > 1 && rows < (ROWS << bits) / 8 {
            bits -= 1;
        }
        bits
    }

    pub(super) fn buckets(self) -> usize {
        1 << self.bits
    }

    /// The revoked rows of a bucket, and the others.
    #[inline]
    fn parts(self, octets: &[u8]) -> (&[u8], &[u8]) {
        let Some((count, rows)) = octets.split_first() else {
            return (&[], &[]);
        };
        let (mut count, mut rows) = (usize::from(*count), rows);
        if count == MANY
            && let Some((many, after)) = rows.split_first_chunk()
        {
            (count, rows) = (u32::from_le_bytes(*many) as usize, after);
        }
        rows.split_at_checked(count * (self.width + REVOCATION))
            .unwrap_or((&[], &[]))
    }

    /// Whether these octets are a bucket: how many rows, or `None`.
    pub(super) fn count(self, octets: &[u8]) -> Option<usize> {
        let (revoked, others) = self.parts(octets);
        let count = revoked.len() / (self.width + REVOCATION);
        let head = if count < MANY { 1 } else { 5 };
        let rows = count + others.len() / self.width;
        let whole = others.len().is_multiple_of(self.width)
            && octets.len() == head + revoked.len() + others.len();
        (octets.is_empty() || (whole && rows > 0)).then_some(rows)
    }

    // All that a row is asked is inlined, also where the compiler would rather not: a call for each takes
    // as long as what it does.
    #[inline(always)]
    fn is(self, row: &[u8], first: u64, key: &Key) -> bool {
        first_eight(row) == first
            && row.get(..OCTETS - self.dropped) == Some(&key.octets()[self.dropped..])
    }

    #[inline]
    fn code(self, row: &[u8]) -> usize {
        let code = &row[OCTETS - self.dropped..self.width];
        code.iter()
            .rev()
            .fold(0, |code, octet| code << 8 | usize::from(*octet))
    }

    /// The bucket of these rows.
    pub(super) fn write(self, rows: &[Row], octets: &mut Vec<u8>) {
        if rows.is_empty() {
            return;
        }
        let revoked = || rows.iter().filter(|row| row.record.revocation().is_some());
        let count = revoked().count();
        octets.push(count.min(MANY) as u8);
        if count >= MANY {
            octets.extend((count as u32).to_le_bytes());
        }
        let others = rows.iter().filter(|row| row.record.revocation().is_none());
        for row in revoked().chain(others) {
            octets.extend(&row.key.octets()[self.dropped..]);
            let code = self.width + self.dropped - OCTETS;
            octets.extend(&row.code.to_le_bytes()[..code]);
            if let Some((reason, at)) = row.record.revocation() {
                octets.push(reason.code());
                octets.extend(at.to_le_bytes());
            }
        }
    }
}

/// Certificates of one shard.
pub(super) struct Base {
    pub(super) form: Form,
    pub(super) cohorts: Vec<Cohort>,
    /// One more than there are buckets: the last is the end of all.
    starts: Starts,
    octets: Octets,
    pub(super) count: usize,
}

impl Base {
    /// Without a bucket yet; [`Self::push`] as many as the form says.
    pub(super) fn begun(form: Form, cohorts: Vec<Cohort>) -> Self {
        Self {
            form,
            cohorts,
            starts: Starts::with_capacity(form.buckets() + 1),
            octets: Octets::default(),
            count: 0,
        }
    }

    /// Takes in the next bucket.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.starts.push(self.octets.push(octets));
    }

    /// Takes in these buckets of another base of the same form: as many at once as stand together
    /// there and fit together here.
    pub(super) fn push_all(&mut self, other: &Self, mut buckets: Range<usize>) {
        while let Some(bucket) = buckets.next() {
            let (start, room) = (other.starts.get(bucket), self.octets.room());
            let mut place = start..other.starts.get(bucket + 1);
            let mut together = 0;
            for next in bucket + 1..buckets.end {
                let end = other.starts.get(next + 1);
                if !Octets::in_one_piece(start, end) || end - start > room {
                    break;
                }
                (place.end, together) = (end, together + 1);
            }
            let moved = self.octets.push(other.bucket(place));
            self.starts.push(moved);
            for _ in 0..together {
                let next = buckets.next().unwrap_or_default();
                self.starts.push(other.starts.get(next) - start + moved);
            }
        }
    }

    /// All buckets are there, with so many rows.
    pub(super) fn finished(mut self, count: usize) -> Self {
        self.starts.push(self.octets.end());
        self.octets.tighten();
        self.count = count;
        self
    }

    /// Where the bucket is.
    #[inline]
    pub(super) fn place(&self, bucket: usize) -> Range<usize> {
        self.starts.get(bucket)..self.starts.get(bucket + 1)
    }

    #[inline]
    pub(super) fn bucket(&self, place: Range<usize>) -> &[u8] {
        self.octets.get(place)
    }

    /// The status of the first certificate with the key, a revoked one before a good one.
    #[inline(always)]
    pub(super) fn find(&self, bucket: &[u8], key: &Key, generation: Option<Generation>) -> Status {
        let form = self.form;
        let first = first_eight(&key.octets()[form.dropped..]);
        let (mut revoked, mut others) = form.parts(bucket);
        // Not in chunks of a length known only here: those divide.
        while let Some((row, after)) = revoked.split_at_checked(form.width + REVOCATION) {
            if self.is_asked(row, first, key, generation) {
                let (reason, at) = revocation(&row[form.width..]);
                let at = i64::from(at);
                return Status::Revoked { reason, at };
            }
            revoked = after;
        }
        while let Some((row, after)) = others.split_at_checked(form.width) {
            if self.is_asked(row, first, key, generation) {
                return Status::Good;
            }
            others = after;
        }
        Status::Unknown
    }

    #[inline(always)]
    fn is_asked(&self, row: &[u8], first: u64, key: &Key, generation: Option<Generation>) -> bool {
        let form = self.form;
        form.is(row, first, key)
            && generation.is_none_or(|asked| self.cohorts[form.code(row)].generation == asked)
    }

    /// What is held of one certificate.
    pub(super) fn record(&self, key: &Key, generation: Generation) -> Option<Record> {
        let bucket = self.bucket(self.place(key.bucket(self.form.bits)));
        let first = first_eight(&key.octets()[self.form.dropped..]);
        self.rows(bucket).find_map(|(row, revocation)| {
            let held = || self.recorded(row, revocation);
            let asked = |record: &Record| record.generation == generation;
            self.form.is(row, first, key).then(held).filter(asked)
        })
    }

    /// The rows of a bucket of this shard.
    pub(super) fn decoded(&self, shard: usize, bucket: usize, rows: &mut Vec<Row>) {
        let shard = (shard as u64) << (u64::BITS - SHARD_BITS);
        let first = shard | (bucket as u64) << (u64::BITS - SHARD_BITS - self.form.bits);
        let octets = self.bucket(self.place(bucket));
        rows.extend(self.rows(octets).map(|(row, revocation)| Row {
            key: Key::joined(first, &row[..OCTETS - self.form.dropped]),
            code: self.form.code(row) as u32,
            record: self.recorded(row, revocation),
        }));
    }

    /// Each row, and what is kept of its revocation.
    pub(super) fn rows<'a>(
        &self,
        bucket: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], Option<(Reason, u32)>)> + use<'a> {
        let (form, (revoked, others)) = (self.form, self.form.parts(bucket));
        let revoked = revoked
            .chunks_exact(form.width + REVOCATION)
            .map(move |row| (&row[..form.width], Some(revocation(&row[form.width..]))));
        revoked.chain(others.chunks_exact(form.width).map(|row| (row, None)))
    }

    /// The code of each row.
    pub(super) fn codes(&self) -> impl Iterator<Item = usize> {
        (0..self.form.buckets()).flat_map(move |bucket| {
            let rows = self.rows(self.bucket(self.place(bucket)));
            rows.map(move |(row, _)| self.form.code(row))
        })
    }

    /// Whether a row, which may come from a file, is one of this bucket and this base.
    pub(super) fn may_have(&self, shard: usize, bucket: usize, row: &[u8]) -> bool {
        let bits = SHARD_BITS + self.form.bits;
        let number = (shard as u64) << self.form.bits | bucket as u64;
        let first = number << (u64::BITS - bits);
        let key = Key::joined(first, &row[..OCTETS - self.form.dropped]);
        key.head() >> (u64::BITS - bits) == number && self.form.code(row) < self.cohorts.len()
    }

    /// No certificate ended before then.
    pub(super) fn earliest(&self) -> i64 {
        let ends = self.cohorts.iter().map(|cohort| cohort.not_after);
        ends.min().map_or(i64::MAX, i64::from)
    }

    fn recorded(&self, row: &[u8], revocation: Option<(Reason, u32)>) -> Record {
        Record::held(self.cohorts[self.form.code(row)], revocation)
    }
}

impl Default for Base {
    fn default() -> Self {
        let form = Form::new(1, 0);
        let mut base = Self::begun(form, Vec::new());
        (0..form.buckets()).for_each(|_| base.push(&[]));
        base.finished(0)
    }
}

/// Reason and time.
#[inline]
fn revocation(octets: &[u8]) -> (Reason, u32) {
    match *octets {
        [reason, a, b, c, d] => (Reason::known(reason), u32::from_le_bytes([a, b, c, d])),
        _ => (Reason::known(0), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_takes_as_many_octets_as_there_are_cohorts_for() {
        for (cohorts, octets) in [
            (0, 1),
            (1, 1),
            (1 << 8, 1),
            ((1 << 8) + 1, 2),
            (1 << 16, 2),
            ((1 << 16) + 1, 3),
            (1 << 24, 3),
            ((1 << 24) + 1, 4),
        ] {
            let form = Form::new(1, cohorts);
            assert_eq!(form.width, OCTETS - form.dropped + octets, "{cohorts}");
        }
    }

    #[test]
    fn buckets_grow_with_the_rows_and_shrink_late() {
        assert_eq!(Form::bits(1, 0), 1);
        assert_eq!(Form::bits(1, 8), 1);
        assert_eq!(Form::bits(1, 9), 2);
        assert_eq!(Form::bits(2, 2), 2);
        assert_eq!(Form::bits(2, 1), 1);
        assert_eq!(Form::bits(1, 1_562_500), 19);
        assert_eq!(Form::bits(19, 300_000), 19);
        assert_eq!(Form::bits(19, 200_000), 18);
    }
}
