//! One entry of `revokedCertificates`.

use super::dates::utc_time;
use crate::der::{GENERALIZED_TIME_LEN, SerialNumber, Time, UTC_TIME_LEN, tag};
use crate::error::{Error, Result};

/// Octets an entry never exceeds: 2 for its header, 22 serial, 17 time, 14 reason.
const MAX_ENTRY_LEN: usize = 55;
/// Octets of room for an entry, with some to spare: what is too much is overwritten by the next.
pub(super) const SLOT: usize = 64;
/// Where the serial number begins: behind the entry's header and its own.
pub(super) const SERIAL_AT: usize = 4;
const _: () = assert!(MAX_ENTRY_LEN <= SLOT);

/// `crlEntryExtensions` with a reasonCode; the reason is the last octet. Non-critical, as RFC 5280
/// 5.3.1 asks.
pub(super) const REASON: [u8; 14] = [
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
        check_reason(self.reason)?;
        let reason_len = if self.reason == 0 { 0 } else { REASON.len() };
        Ok(SERIAL_AT
            + self.serial.content_len()
            + Time::rfc5280_len(self.date).map_err(of_the_date)?
            + reason_len)
    }

    /// Writes the entry at the start of `slot` and says how many octets it has; those behind it
    /// are of no use. The usual shape is written without this, by [`super::block::Block`].
    ///
    /// # Errors
    /// As [`Self::checked_len`].
    #[inline]
    pub(super) fn write(&self, slot: &mut [u8; SLOT]) -> Result<usize> {
        check_reason(self.reason)?;
        let serial_len = self.serial.content_len();
        // Copies are of a fixed size, a few instructions where one of its own size would be a
        // call; what is too much is overwritten by the next.
        let mut serial = [0; 2 * SerialNumber::MAX_OCTETS];
        serial[..SerialNumber::MAX_OCTETS].copy_from_slice(self.serial.padded());
        let from = SerialNumber::MAX_OCTETS - serial_len;
        slot[SERIAL_AT..SERIAL_AT + SerialNumber::MAX_OCTETS]
            .copy_from_slice(&serial[from..from + SerialNumber::MAX_OCTETS]);
        let time_at = SERIAL_AT + serial_len;
        let reason_at = time_at + write_time(self.date, &mut slot[time_at..])?;
        slot[reason_at..reason_at + REASON.len()].copy_from_slice(&REASON);
        slot[reason_at + REASON.len() - 1] = self.reason;
        // Laid down in any case: whether its octets count is arithmetic.
        let len = reason_at + usize::from(self.reason != 0) * REASON.len();
        // Everything is below 128 octets: the short form of the length is enough.
        let length = |octets: usize| octets.to_le_bytes()[0];
        slot[..SERIAL_AT].copy_from_slice(&[
            tag::SEQUENCE,
            length(len - 2),
            tag::INTEGER,
            length(serial_len),
        ]);
        Ok(len)
    }
}

/// Writes the element RFC 5280 asks for at the start of `out`; how many octets of it count.
#[inline]
fn write_time(seconds: i64, out: &mut [u8]) -> Result<usize> {
    if Time::is_utc(seconds) {
        let (day, minute, second) = utc_time(seconds);
        out[..8].copy_from_slice(day);
        out[8..12].copy_from_slice(minute);
        out[12..16].copy_from_slice(second);
        return Ok(UTC_TIME_LEN);
    }
    let time = Time::from_unix(seconds).map_err(of_the_date)?;
    out[..2].copy_from_slice(&[tag::GENERALIZED_TIME, 15]);
    out[2..GENERALIZED_TIME_LEN].copy_from_slice(time.generalized());
    Ok(GENERALIZED_TIME_LEN)
}

#[cold]
fn of_the_date(error: Error) -> Error {
    error.in_field("revocation_date")
}

/// 7 is unused. removeFromCRL (8) belongs to delta lists, and those made here take nobody away: a
/// revocation is final, and who expired leaves by the next complete list.
#[inline]
pub(super) fn is_reason(reason: u8) -> bool {
    matches!(reason, 0..=6 | 9 | 10)
}

#[inline]
fn check_reason(reason: u8) -> Result<()> {
    if is_reason(reason) {
        return Ok(());
    }
    Err(Error::invalid(
        "reason",
        format!("{reason} is not a CRLReason that is stated"),
    ))
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
            let mut slot = [0xaa; SLOT];
            prop_assert_eq!(entry.write(&mut slot).unwrap(), len);
            prop_assert!(len <= MAX_ENTRY_LEN);
            let out = &slot[..len];
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
