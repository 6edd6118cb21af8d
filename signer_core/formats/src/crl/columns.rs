//! What is revoked, as a database gives it: one column for each member of an entry.

use super::block::{Block, ROWS};
use crate::der::{SerialColumn, sum};
use crate::error::{Error, Result};

/// Octets of one revocation date.
const DATE_OCTETS: usize = 8;

/// The columns of a list's entries, in the order they will have in the list.
#[derive(Debug, Clone, Copy)]
pub struct RevocationColumns<'a> {
    serials: SerialColumn<'a>,
    dates: &'a [[u8; DATE_OCTETS]],
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
        let octets = dates.len();
        let (dates, rest) = dates.as_chunks();
        if dates.len() != rows || !rest.is_empty() {
            return Err(Error::invalid(
                "revocation_dates",
                format!("{octets} octets for {rows} serials; eight each are needed"),
            ));
        }
        if reasons.len() != rows {
            return Err(Error::invalid(
                "reasons",
                format!(
                    "{} octets for {rows} serials; one each is needed",
                    reasons.len()
                ),
            ));
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

    /// The rows in turn, [`ROWS`] at a time.
    pub(super) fn blocks(&self) -> Blocks<'a> {
        let (packed, lengths) = self.serials.parts();
        Blocks {
            packed,
            lengths,
            dates: self.dates,
            reasons: self.reasons,
            row: 0,
        }
    }
}

/// What is left of columns that fit each other.
pub(super) struct Blocks<'a> {
    packed: &'a [u8],
    lengths: &'a [u8],
    dates: &'a [[u8; DATE_OCTETS]],
    reasons: &'a [u8],
    row: usize,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    #[inline]
    fn next(&mut self) -> Option<Block<'a>> {
        let rows = self.lengths.len().min(ROWS);
        if rows == 0 {
            return None;
        }
        let lengths = self.lengths.split_off(..rows)?;
        let octets = sum(lengths);
        let block = Block {
            serials: self.packed.split_off(..octets)?,
            lengths,
            dates: self.dates.split_off(..rows)?,
            reasons: self.reasons.split_off(..rows)?,
            row: self.row,
        };
        self.row += rows;
        Some(block)
    }
}
