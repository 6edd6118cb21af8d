//! One look at the columns before anything is written: are they entries, how long, in what order?

use super::columns::RevocationColumns;
use super::order::Rising;
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
        let mut order = Rising::new();
        for block in columns.blocks() {
            if let Some(serials) = block.usual() {
                survey.octets += block.usual_len();
                // Once out of order, always: the rest need not be compared.
                survey.rises = survey.rises && order.take_all(serials);
                continue;
            }
            for entry in block.entries() {
                let (row, entry) = entry?;
                survey.octets += entry.checked_len().map_err(|error| error.in_row(row))?;
                survey.rises &= order.take(entry.serial.padded());
            }
        }
        Ok(survey)
    }
}
