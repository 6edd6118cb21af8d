//! What is revoked, as a database gives it: one column for each member of an entry.

use super::entry::Entry;
use crate::der::{SerialColumn, SerialNumber};
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
    pub(super) fn entries(&self) -> Entries<'a> {
        let (packed, lengths) = self.serials.parts();
        Entries {
            packed,
            lengths,
            dates: self.dates,
            reasons: self.reasons,
            row: 0,
        }
    }
}

/// The rows of columns that fit each other. One step is a few loads and no call, which is why this
/// is not a chain of iterators over the columns: a list of a nation takes ten million steps, twice.
pub(super) struct Entries<'a> {
    packed: &'a [u8],
    lengths: &'a [u8],
    dates: &'a [u8],
    reasons: &'a [u8],
    row: usize,
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry>;

    #[inline(always)]
    fn next(&mut self) -> Option<Result<Entry>> {
        let length = usize::from(*self.lengths.get(self.row)?);
        let (serial, packed) = self.packed.split_at_checked(length)?;
        let (date, dates) = self.dates.split_first_chunk()?;
        let reason = *self.reasons.get(self.row)?;
        self.packed = packed;
        self.dates = dates;
        let row = self.row;
        self.row += 1;
        let date = i64::from_le_bytes(*date);
        Some(match SerialNumber::from_unsigned(serial) {
            Ok(serial) => Ok(Entry {
                serial,
                date,
                reason,
            }),
            Err(error) => Err(in_row(row, &error)),
        })
    }
}

/// The error with the row it was found in.
#[cold]
pub(super) fn in_row(row: usize, error: &Error) -> Error {
    Error::InvalidArgument(format!("row {row}: {error}"))
}
