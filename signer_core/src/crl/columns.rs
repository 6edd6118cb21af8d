//! What is revoked, as a database gives it: one column for each member of an entry.

use super::entry::Entry;
use crate::der::SerialColumn;
use crate::error::{Error, Result};

/// Octets of one revocation date.
const DATE_OCTETS: usize = 8;

/// The columns of a list's entries, in the order they will have in the list.
#[derive(Debug, Clone, Copy)]
pub struct RevocationColumns<'a> {
    serials: SerialColumn<'a>,
    dates: &'a [u8],
    reasons: &'a [u8],
}

impl<'a> RevocationColumns<'a> {
    /// `dates` holds eight octets for each entry, little-endian seconds since 1970, signed;
    /// `reasons` one octet, a `CRLReason` or 0 to leave it out.
    ///
    /// # Errors
    /// `InvalidArgument` when the columns differ in length.
    pub fn new(serials: SerialColumn<'a>, dates: &'a [u8], reasons: &'a [u8]) -> Result<Self> {
        let rows = serials.len();
        if dates.len() != rows * DATE_OCTETS {
            return Err(Error::InvalidArgument(format!(
                "revocation_dates: {} octets for {rows} serials; eight each are needed",
                dates.len()
            )));
        }
        if reasons.len() != rows {
            return Err(Error::InvalidArgument(format!(
                "reasons: {} octets for {rows} serials; one each is needed",
                reasons.len()
            )));
        }
        Ok(Self {
            serials,
            dates,
            reasons,
        })
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.serials.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.serials.is_empty()
    }

    pub(super) fn serials(&self) -> SerialColumn<'a> {
        self.serials
    }

    /// The entries in turn; an error names its row.
    pub(super) fn entries(&self) -> impl Iterator<Item = Result<Entry>> + use<'a> {
        let dates = self.dates.chunks_exact(DATE_OCTETS).map(|octets| {
            let mut date = [0; DATE_OCTETS];
            date.copy_from_slice(octets);
            i64::from_le_bytes(date)
        });
        self.serials
            .iter()
            .zip(dates)
            .zip(self.reasons)
            .map(|((serial, date), reason)| {
                Ok(Entry {
                    serial: serial?,
                    date,
                    reason: *reason,
                })
            })
    }
}
