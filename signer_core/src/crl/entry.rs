//! One entry of `revokedCertificates`.

use std::ops::Range;

use crate::der::{SerialNumber, Time, tag};
use crate::error::{Error, Result};

/// Octets an entry never exceeds: 2 for its header, 22 serial, 17 time, 14 reason.
const MAX_ENTRY_LEN: usize = 55;
/// Octets copied for any entry: a copy of fixed size costs a few instructions, one of the entry's
/// own size a call. What is too much is overwritten by the next.
pub(super) const COPY: usize = 64;
/// Room an entry is made in: it starts in the first 24 octets, and [`COPY`] octets follow that.
pub(super) const ROOM: usize = TIME_AT + COPY;
/// Where the time begins: behind two headers and the longest serial number.
const TIME_AT: usize = 4 + SerialNumber::MAX_OCTETS;
const _: () = assert!(MAX_ENTRY_LEN <= COPY);

/// `crlEntryExtensions` with a reasonCode; the reason is the last octet. Non-critical, as RFC 5280
/// 5.3.1 asks.
const REASON: [u8; 14] = [
    0x30, 0x0c, // crlEntryExtensions
    0x30, 0x0a, // Extension
    0x06, 0x03, 0x55, 0x1d, 0x15, // id-ce-cRLReasons
    0x04, 0x03, 0x0a, 0x01, 0x00, // OCTET STRING around ENUMERATED
];

/// A revoked certificate: which, since when, why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) serial: SerialNumber,
    /// Seconds since 1970.
    pub(super) date: i64,
    /// `CRLReason`, 0 to leave the extension out.
    pub(super) reason: u8,
}

impl Entry {
    /// Octets of the whole entry, once it is known to be one.
    ///
    /// # Errors
    /// `InvalidArgument` when the date is outside 1950 to 9999 or the reason is none of RFC 5280's
    /// for a complete list.
    #[inline]
    pub(super) fn checked_len(&self) -> Result<usize> {
        // 7 is unused; removeFromCRL (8) belongs to delta lists, which are not made here.
        if !matches!(self.reason, 0..=6 | 9 | 10) {
            return Err(Error::InvalidArgument(format!(
                "reason {} is not a CRLReason of a complete list",
                self.reason
            )));
        }
        let reason_len = if self.reason == 0 { 0 } else { REASON.len() };
        let serial_len = 2 + self.serial.content().len();
        Ok(2 + serial_len + Time::rfc5280_len(self.date)? + reason_len)
    }

    /// Writes the entry somewhere into `room` and says where: its parts have fixed places there,
    /// the serial number ending where the time begins, so that copies have fixed sizes.
    ///
    /// # Errors
    /// As [`Self::checked_len`].
    #[inline]
    pub(super) fn write(&self, room: &mut [u8; ROOM]) -> Result<Range<usize>> {
        let serial_len = self.serial.content().len();
        room[TIME_AT - SerialNumber::MAX_OCTETS..TIME_AT].copy_from_slice(self.serial.padded());
        let start = TIME_AT - serial_len - 4;
        let date = Time::from_unix(self.date)?;
        let (time_tag, time) = date.rfc5280();
        room[TIME_AT] = time_tag;
        room[TIME_AT + 1] = time.len().to_le_bytes()[0];
        let mut end = TIME_AT + 2 + time.len();
        room[TIME_AT + 2..end].copy_from_slice(time);
        if self.reason != 0 {
            room[end..end + REASON.len()].copy_from_slice(&REASON);
            end += REASON.len();
            room[end - 1] = self.reason;
        }
        // Everything is below 128 octets: the short form of the length is enough.
        let content_len = (end - start - 2).to_le_bytes()[0];
        let header = [
            tag::SEQUENCE,
            content_len,
            tag::INTEGER,
            serial_len.to_le_bytes()[0],
        ];
        room[start..start + 4].copy_from_slice(&header);
        Ok(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::{Decode, Encode};
    use proptest::prelude::*;
    use x509_cert::crl::RevokedCert;

    proptest! {
        #[test]
        fn entries_read_back_with_the_length_foretold(
            number in proptest::collection::vec(any::<u8>(), 1..=20),
            date in 0_i64..253_402_300_799,
            reason in 0_u8..=12,
        ) {
            let Ok(serial) = SerialNumber::from_unsigned(&number) else {
                return Ok(());
            };
            let entry = Entry { serial, date, reason };
            let Ok(len) = entry.checked_len() else {
                prop_assert!(matches!(reason, 7 | 8 | 11 | 12));
                return Ok(());
            };
            let mut room = [0xaa; ROOM];
            let place = entry.write(&mut room).unwrap();
            prop_assert_eq!(place.len(), len);
            prop_assert!(len <= MAX_ENTRY_LEN);
            let out = &room[place];
            let read = RevokedCert::from_der(out).unwrap();
            prop_assert_eq!(read.serial_number.as_bytes(), serial.content());
            let seconds = read.revocation_date.to_unix_duration().as_secs();
            prop_assert_eq!(i64::try_from(seconds).unwrap(), date);
            match read.crl_entry_extensions {
                None => prop_assert_eq!(reason, 0),
                Some(extensions) => {
                    prop_assert_eq!(extensions.len(), 1);
                    prop_assert!(!extensions[0].critical);
                    prop_assert_eq!(extensions[0].extn_value.as_bytes(), [0x0a, 1, reason]);
                }
            }
            // The strict reader writes the same octets again, so they were DER.
            prop_assert_eq!(RevokedCert::from_der(out).unwrap().to_der().unwrap(), out);
        }
    }
}
