//! One look at the columns before anything is written: are they entries, how long, in what order?

use super::columns::{RevocationColumns, in_row};
use crate::der::SerialNumber;
use crate::error::Result;

/// What is known of entries that were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survey {
    /// Octets of all entries together.
    pub(super) octets: usize,
    /// Whether each serial number is above the one before it, so that none returns.
    pub(super) rises: bool,
}

impl Survey {
    /// Looks at every entry.
    ///
    /// # Errors
    /// `InvalidArgument` naming the first row that is no entry.
    pub(super) fn of(columns: &RevocationColumns<'_>) -> Result<Self> {
        let mut survey = Self {
            octets: 0,
            rises: true,
        };
        let mut last = (0, 0);
        for (row, entry) in columns.entries().enumerate() {
            let entry = entry?;
            survey.octets += entry.checked_len().map_err(|error| in_row(row, &error))?;
            let value = value(&entry.serial);
            survey.rises &= last < value;
            last = value;
        }
        Ok(survey)
    }
}

/// The number in two machine numbers, the higher first: compared without a call.
#[inline]
pub(super) fn value(serial: &SerialNumber) -> (u128, u32) {
    let [high @ .., a, b, c, d] = *serial.padded();
    (u128::from_be_bytes(high), u32::from_be_bytes([a, b, c, d]))
}
