//! Rows that are looked at and written together.
//!
//! Nearly all entries have one shape: a serial number of 20 octets, a date that UTCTime can name,
//! a reason or none. Whether all rows of a block have it is found out in a few loops over one
//! column each, without a branch, most of them in vectors. Then every member of an entry has its
//! fixed place, and writing one is ten stores at constant offsets. Blocks with any other row go
//! row by row through [`Entry`], which takes and refuses everything.

use super::dates::{UTC_DATE_LEN, utc_time};
use super::entry::{Entry, REASON, SERIAL_AT, SLOT, is_reason};
use crate::der::{SerialNumber, Time, UTC_TIME_LEN, tag};
use crate::error::{Error, Result};

/// Rows of a block, but for the last: enough to make the loops over columns worth it, few enough
/// to stay in the nearest cache from the look to the writing.
pub(super) const ROWS: usize = 64;
/// Octets of room that every block fits in, one slot a row.
pub(super) const ROOM: usize = ROWS * SLOT;

const SERIAL_LEN: usize = SerialNumber::MAX_OCTETS;
const TIME_AT: usize = SERIAL_AT + SERIAL_LEN;
const MINUTE_AT: usize = TIME_AT + UTC_DATE_LEN;
const SECOND_AT: usize = MINUTE_AT + 4;
const REASON_AT: usize = TIME_AT + UTC_TIME_LEN;
/// Octets of an entry of the usual shape with a reason.
const FULL_LEN: usize = REASON_AT + REASON.len();
const _: () = assert!(FULL_LEN <= SLOT && FULL_LEN - 2 < 0x80);

/// A serial number's octets as [`SerialNumber::padded`] gives them.
pub(super) type Padded = [u8; SERIAL_LEN];

/// Up to [`ROWS`] rows.
pub(super) struct Block<'a> {
    pub(super) serials: &'a [u8],
    pub(super) lengths: &'a [u8],
    pub(super) dates: &'a [[u8; 8]],
    pub(super) reasons: &'a [u8],
    /// The number of the first row.
    pub(super) row: usize,
}

impl<'a> Block<'a> {
    /// The serial numbers, when every row has the usual shape: nothing in the block can be refused
    /// then.
    #[inline]
    pub(super) fn usual(&self) -> Option<&'a [Padded]> {
        let (serials, []) = self.serials.as_chunks() else {
            return None;
        };
        // Octets side by side are compared in vectors, all of them in any case: a loop that can
        // end before would not be. The others are too far apart, or too wide, for that to pay.
        let octets = all(self.lengths, |length| usize::from(*length) == SERIAL_LEN)
            & all(self.reasons, |reason| is_reason(*reason));
        let usual = octets
            && self.dates.iter().all(|date| Time::is_utc(i64::from_le_bytes(*date)))
            // With a first octet of 1 to 127 a number is positive and its own shortest form.
            && serials.iter().all(|serial: &Padded| serial[0].wrapping_sub(1) < 0x7f);
        usual.then_some(serials)
    }

    /// Octets of so many entries of the usual shape.
    #[inline]
    pub(super) fn usual_len(&self) -> usize {
        // Counted in octets, which a vector holds most of: there are fewer than 256 rows.
        let with_reason: u8 = self.reasons.iter().map(|one| u8::from(*one != 0)).sum();
        self.reasons.len() * REASON_AT + usize::from(with_reason) * REASON.len()
    }

    /// The rows one by one; an error names its row.
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries {
            block: self,
            serials: self.serials,
            at: 0,
        }
    }

    /// Writes the entries at the start of `out` and says how many octets they have; those behind
    /// are of no use.
    ///
    /// # Errors
    /// `InvalidArgument` naming the first row that is no entry.
    #[inline]
    pub(super) fn write(&self, out: &mut [u8; ROOM]) -> Result<usize> {
        match self.usual() {
            Some(serials) => Ok(self.write_usual(serials, out)),
            None => self.write_any(out),
        }
    }

    /// [`Self::write`] for rows that are all [`Self::usual`].
    #[inline]
    pub(super) fn write_usual(&self, serials: &[Padded], out: &mut [u8; ROOM]) -> usize {
        let mut at = 0;
        for ((serial, date), reason) in serials.iter().zip(self.dates).zip(self.reasons) {
            // One check of bounds an entry: all places below are constants.
            let slot = &mut out[at..at + FULL_LEN];
            let len = REASON_AT + usize::from(*reason != 0) * REASON.len();
            slot[..SERIAL_AT].copy_from_slice(&[
                tag::SEQUENCE,
                (len - 2).to_le_bytes()[0],
                tag::INTEGER,
                SERIAL_LEN.to_le_bytes()[0],
            ]);
            slot[SERIAL_AT..TIME_AT].copy_from_slice(serial);
            let (day, minute, second) = utc_time(i64::from_le_bytes(*date));
            slot[TIME_AT..MINUTE_AT].copy_from_slice(day);
            slot[MINUTE_AT..SECOND_AT].copy_from_slice(minute);
            // An octet too many, in exchange for a single store; the next overwrites it.
            slot[SECOND_AT..SECOND_AT + 4].copy_from_slice(second);
            // Laid down in any case: whether its octets count is arithmetic.
            slot[REASON_AT..].copy_from_slice(&REASON);
            slot[FULL_LEN - 1] = *reason;
            at += len;
        }
        at
    }

    /// [`Self::write`] for any rows.
    ///
    /// # Errors
    /// As there.
    pub(super) fn write_any(&self, out: &mut [u8; ROOM]) -> Result<usize> {
        let mut at = 0;
        for entry in self.entries() {
            let (row, entry) = entry?;
            let Some(slot) = out[at..].first_chunk_mut() else {
                return Err(Error::invalid("entries", "have no room left"));
            };
            at += entry.write(slot).map_err(|error| error.in_row(row))?;
        }
        Ok(at)
    }
}

/// What is left of the rows of a block. A step is a few loads and no call.
pub(super) struct Entries<'a> {
    block: &'a Block<'a>,
    serials: &'a [u8],
    at: usize,
}

impl Iterator for Entries<'_> {
    type Item = Result<(usize, Entry)>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(*self.block.lengths.get(self.at)?);
        let (serial, rest) = self.serials.split_at_checked(length)?;
        let date = i64::from_le_bytes(*self.block.dates.get(self.at)?);
        let reason = *self.block.reasons.get(self.at)?;
        let row = self.block.row + self.at;
        self.serials = rest;
        self.at += 1;
        Some(match SerialNumber::from_unsigned(serial) {
            Ok(serial) => Ok((
                row,
                Entry {
                    serial,
                    date,
                    reason,
                },
            )),
            Err(error) => Err(error.in_row(row)),
        })
    }
}

/// Whether all have it, each of them looked at: a loop without an exit becomes vectors.
#[inline]
fn all<T>(column: &[T], has: impl Fn(&T) -> bool) -> bool {
    column.iter().fold(true, |all, one| all & has(one))
}

#[cfg(test)]
mod tests {
    use super::super::samples::Rows;
    use super::super::survey::Survey;
    use super::*;
    use proptest::prelude::*;

    /// Rows of every shape, most of them usual, so that blocks of both kinds follow each other.
    fn any_rows() -> impl Strategy<Value = Vec<(Vec<u8>, i64, u8)>> {
        let usual = prop::array::uniform20(any::<u8>()).prop_map(|mut serial| {
            serial[0] = serial[0] % 0x7f + 1;
            serial.to_vec()
        });
        let short = prop::collection::vec(any::<u8>(), 1..=20);
        let serial = prop_oneof![200 => usual, 1 => short];
        let date = prop_oneof![
            200 => -631_152_000_i64..2_524_608_000,
            1 => -631_152_000_i64..253_402_300_800,
        ];
        let reason = prop::sample::select(vec![0, 1, 2, 3, 4, 5, 6, 9, 10]);
        prop::collection::vec((serial, date, reason), 0..400)
    }

    proptest! {
        #[test]
        fn blocks_are_their_entries_one_after_the_other(
            mut rows in any_rows(),
            sorted in any::<bool>(),
        ) {
            rows.retain(|(serial, ..)| SerialNumber::from_unsigned(serial).is_ok());
            if sorted {
                rows.sort_by_key(|(serial, ..)| SerialNumber::from_unsigned(serial).unwrap());
            }
            let (mut columns, mut numbers, mut expected) = (Rows::default(), vec![], vec![]);
            for (serial, date, reason) in &rows {
                columns.push(serial, *date, *reason);
                let serial = SerialNumber::from_unsigned(serial).unwrap();
                let mut slot = [0; SLOT];
                let len = Entry { serial, date: *date, reason: *reason }.write(&mut slot).unwrap();
                expected.extend_from_slice(&slot[..len]);
                numbers.push(serial);
            }
            let columns = columns.columns().unwrap();
            let mut written = vec![];
            for block in columns.blocks() {
                prop_assert_eq!(block.row % ROWS, 0);
                let mut room = [0xaa; ROOM];
                let len = block.write(&mut room).unwrap();
                prop_assert!(block.usual().is_none() || block.usual_len() == len);
                written.extend_from_slice(&room[..len]);
            }
            prop_assert!(written == expected);
            let rises = numbers.is_sorted_by(|a, b| a < b);
            let survey = Survey::of(&columns).unwrap();
            prop_assert_eq!(survey, Survey { octets: expected.len(), rises });
        }

        #[test]
        fn one_row_that_is_no_entry_is_refused_wherever_it_is(
            at in 0_u64..200,
            (serial, date, reason) in prop::sample::select(vec![
                ([0x80; 20], 0, 1),
                ([0; 20], 0, 1),
                ([1; 20], -631_152_001, 1),
                ([1; 20], 253_402_300_800, 1),
                ([1; 20], i64::MIN, 1),
                ([1; 20], 0, 7),
                ([1; 20], 0, 8),
                ([1; 20], 0, 11),
                ([1; 20], 0, 255),
            ]),
        ) {
            let mut rows = Rows::rising(0..at);
            rows.push(&serial, date, reason);
            let behind = Rows::rising(at..200);
            rows.serials.extend(behind.serials);
            rows.lengths.extend(behind.lengths);
            rows.dates.extend(behind.dates);
            rows.reasons.extend(behind.reasons);
            let columns = rows.columns().unwrap();
            let named = format!("row {at}: ");
            let surveyed = Survey::of(&columns).unwrap_err().to_string();
            prop_assert!(surveyed.starts_with(&named), "{}", surveyed);
            let mut blocks = columns.blocks();
            let written = blocks.find_map(|block| block.write(&mut [0; ROOM]).err());
            let written = written.unwrap().to_string();
            prop_assert!(written.starts_with(&named), "{}", written);
        }
    }
}
