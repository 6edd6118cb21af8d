//! Many certificates at once, as a snapshot of the feed carries them.

use formats::der::{SerialColumn, SerialNumber};
use formats::error::{Error, Result};

use super::record::{Reason, Record, Status};

/// One column for each member, one row for each certificate of one authority.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotColumns<'a> {
    /// The serial numbers.
    pub serials: SerialColumn<'a>,
    /// One octet each: 1 good, 2 revoked.
    pub statuses: &'a [u8],
    /// One octet each: the `CRLReason` of a revoked row, 0 otherwise.
    pub reasons: &'a [u8],
    /// Eight octets each, little-endian seconds since 1970, signed: when a revoked row was revoked,
    /// 0 otherwise.
    pub revoked_at: &'a [u8],
    /// The same, end of validity; `None` when it is not tracked.
    pub not_after: Option<&'a [u8]>,
}

impl SnapshotColumns<'_> {
    /// Reads every row before any is used.
    pub(super) fn records(&self) -> Result<Vec<(SerialNumber, Record)>> {
        let rows = self.serials.len();
        let fits = self.statuses.len() == rows
            && self.reasons.len() == rows
            && self.revoked_at.len() == rows * 8
            && self.not_after.is_none_or(|column| column.len() == rows * 8);
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
        let not_after = self.not_after.map(|column| seconds(column, row));
        match self.statuses[row] {
            Status::GOOD => Record::good(not_after),
            Status::REVOKED => {
                let reason = Reason::try_from(self.reasons[row])?;
                Record::revoked(reason, seconds(self.revoked_at, row), not_after)
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
