//! Many certificates at once, as snapshots and events of the feed carry them.

use formats::der::{SerialColumn, SerialNumber};
use formats::error::{Error, Result};

use super::record::{Generation, Reason, Record, Status};

/// One column for each member, one row for each certificate of one authority.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// The serial numbers.
    pub serials: SerialColumn<'a>,
    /// Two octets each, little-endian: which of the authority's keys signed it, from 1.
    pub generations: &'a [u8],
    /// Eight octets each, little-endian seconds since 1970, signed: end of validity.
    pub not_after: &'a [u8],
    /// One octet each: 1 good, 2 revoked.
    pub statuses: &'a [u8],
    /// One octet each: the `CRLReason` of a revoked row, 0 otherwise.
    pub reasons: &'a [u8],
    /// As `not_after`: when a revoked row was revoked, 0 otherwise.
    pub revoked_at: &'a [u8],
}

impl Columns<'_> {
    /// Reads every row before any is used.
    pub(super) fn records(&self) -> Result<Vec<(SerialNumber, Record)>> {
        let rows = self.serials.len();
        let fits = self.generations.len() == rows * 2
            && self.not_after.len() == rows * 8
            && self.statuses.len() == rows
            && self.reasons.len() == rows
            && self.revoked_at.len() == rows * 8;
        if !fits {
            return Err(Error::invalid(
                "columns",
                format!("not all have {rows} rows"),
            ));
        }
        self.serials
            .iter()
            .enumerate()
            .map(|(row, serial)| {
                let record = self.record(row).map_err(|error| error.in_row(row))?;
                Ok((serial?, record))
            })
            .collect()
    }

    fn record(&self, row: usize) -> Result<Record> {
        let octets = [self.generations[row * 2], self.generations[row * 2 + 1]];
        let generation = Generation::new(u16::from_le_bytes(octets))
            .ok_or_else(|| Error::invalid("generation", "0 is none"))?;
        let not_after = seconds(self.not_after, row);
        match self.statuses[row] {
            Status::GOOD => Record::good(generation, not_after),
            Status::REVOKED => {
                let reason = Reason::try_from(self.reasons[row])?;
                let at = seconds(self.revoked_at, row);
                Record::revoked(generation, not_after, reason, at)
            }
            other => Err(Error::invalid(
                "status",
                format!("{other} is neither 1, good, nor 2, revoked"),
            )),
        }
    }
}

fn seconds(column: &[u8], row: usize) -> i64 {
    let mut octets = [0; 8];
    octets.copy_from_slice(&column[row * 8..row * 8 + 8]);
    i64::from_le_bytes(octets)
}
