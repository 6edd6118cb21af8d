//! Fields and columns that the tests of this module share.

use std::ops::Range;

use super::{CrlFields, RevocationColumns};
use crate::der::SerialColumn;
use crate::error::Result;
use crate::signing::Hash;

/// `C=JP`.
pub(super) const ISSUER: [u8; 15] = [
    0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 6, 0x13, 2, b'J', b'P',
];
pub(super) const FIELDS: CrlFields<'_> = CrlFields {
    hash: Hash::Sha256,
    issuer: &ISSUER,
    this_update: 1_760_000_000,
    next_update: 1_760_172_800,
    crl_number: 300,
    authority_key_id: &[7; 20],
    issuing_distribution_point: None,
    base_crl_number: None,
    freshest: None,
};

/// Columns that grow row by row.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    pub(super) serials: Vec<u8>,
    pub(super) lengths: Vec<u8>,
    pub(super) dates: Vec<u8>,
    pub(super) reasons: Vec<u8>,
}

impl Rows {
    pub(super) fn push(&mut self, serial: &[u8], date: i64, reason: u8) {
        self.serials.extend(serial);
        self.lengths.push(u8::try_from(serial.len()).unwrap());
        self.dates.extend(date.to_le_bytes());
        self.reasons.push(reason);
    }

    /// Serial numbers of 20 octets in rising order, all with a reason.
    pub(super) fn rising(numbers: Range<u64>) -> Self {
        let mut rows = Self::default();
        let mut serial = [9; 20];
        serial[..4].copy_from_slice(&[0x40, 0, 0, 0]);
        for number in numbers {
            serial[4..12].copy_from_slice(&number.to_be_bytes());
            rows.push(&serial, 1_750_000_000, 1);
        }
        rows
    }

    /// Serial numbers of eight octets, not their shortest form, in falling order, with reasons and
    /// without.
    pub(super) fn falling(count: u32) -> Self {
        let mut rows = Self::default();
        for row in (1..=count).rev() {
            let reason = [0, 1, 3, 5][usize::try_from(row % 4).unwrap()];
            let date = 1_750_000_000 + i64::from(row);
            rows.push(&u64::from(row).to_be_bytes(), date, reason);
        }
        rows
    }

    /// # Errors
    /// As [`RevocationColumns::new`].
    pub(super) fn columns(&self) -> Result<RevocationColumns<'_>> {
        let serials = SerialColumn::new(&self.serials, &self.lengths)?;
        RevocationColumns::new(serials, &self.dates, &self.reasons)
    }
}
