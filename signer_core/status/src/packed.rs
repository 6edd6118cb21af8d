//! Rows of a snapshot as ca has PostgreSQL pack them: one value a row costs a fraction of six.

use formats::der::SerialNumber;

use super::record::{Generation, Reason, Status};

/// From 1970, which seconds are counted from, to 2000, which PostgreSQL counts from.
const BETWEEN_EPOCHS: i64 = 946_684_800;
const MICROSECONDS: i64 = 1_000_000;

/// One certificate and its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed<'a> {
    /// Big-endian, as it is stored.
    pub serial: &'a [u8],
    /// Which of the authority's keys signed it.
    pub generation: Generation,
    /// Seconds since 1970.
    pub not_after: u32,
    /// Why it was revoked, and when: seconds since 1970.
    pub revocation: Option<(Reason, u32)>,
}

impl<'a> Packed<'a> {
    /// Reads an octet for the status, 1 good, 2 revoked; eight for the generation and eight for the
    /// end of validity; of a revocation two for the reason and eight for its moment; the serial
    /// number. Numbers are big-endian; moments microseconds since 2000, fractions are cut off.
    ///
    /// `None` for what no index takes.
    #[must_use]
    pub fn read(row: &'a [u8]) -> Option<Self> {
        let (&[status], row) = row.split_first_chunk()?;
        let (generation, row) = row.split_first_chunk()?;
        let generation = u16::try_from(i64::from_be_bytes(*generation)).ok()?;
        let (not_after, row) = moment(row)?;
        let (revocation, serial) = match status {
            Status::GOOD => (None, row),
            Status::REVOKED => {
                let (reason, row) = row.split_first_chunk()?;
                let reason = u8::try_from(i16::from_be_bytes(*reason)).ok()?;
                let (at, row) = moment(row)?;
                (Some((Reason::try_from(reason).ok()?, at)), row)
            }
            _ => return None,
        };
        SerialNumber::from_unsigned(serial).ok()?;
        Some(Self {
            serial,
            generation: Generation::new(generation)?,
            not_after,
            revocation,
        })
    }
}

fn moment(row: &[u8]) -> Option<(u32, &[u8])> {
    let (octets, rest) = row.split_first_chunk()?;
    let seconds = i64::from_be_bytes(*octets).div_euclid(MICROSECONDS);
    Some((u32::try_from(seconds + BETWEEN_EPOCHS).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    #[test]
    fn a_good_row_is_read() {
        let end = 1_999_999_i64.to_be_bytes();
        let packed = row(&[&[1], &7_i64.to_be_bytes(), &end, &[0x40; 20]]);
        let read = Packed::read(&packed).unwrap();
        assert_eq!(read.serial, [0x40; 20]);
        assert_eq!(read.generation.get(), 7);
        assert_eq!(read.not_after, 946_684_801);
        assert_eq!(read.revocation, None);
    }

    #[test]
    fn a_revoked_row_is_read() {
        let (end, at) = (0_i64.to_be_bytes(), (-1_i64).to_be_bytes());
        let parts: [&[u8]; 6] = [&[2], &1_i64.to_be_bytes(), &end, &[0, 10], &at, &[5]];
        let packed = row(&parts);
        let read = Packed::read(&packed).unwrap();
        let reason = Reason::try_from(10).unwrap();
        assert_eq!(read.revocation, Some((reason, 946_684_799)));
        assert_eq!(read.serial, [5]);
    }

    #[test]
    fn what_no_index_takes_is_not_read() {
        let (one, end) = (1_i64.to_be_bytes(), 0_i64.to_be_bytes());
        let good = |generation: i64, end: i64, serial: &[u8]| {
            row(&[&[1], &generation.to_be_bytes(), &end.to_be_bytes(), serial])
        };
        assert!(Packed::read(&good(1, 0, &[1])).is_some());
        assert!(Packed::read(&good(65_535, 0, &[1])).is_some());
        for generation in [0, -1, 65_536, i64::MIN, i64::MAX] {
            assert_eq!(Packed::read(&good(generation, 0, &[1])), None);
        }
        for seconds in [-946_684_801, 4_294_967_296 - 946_684_800] {
            assert_eq!(Packed::read(&good(1, seconds * 1_000_000, &[1])), None);
        }
        // PostgreSQL has these for infinities.
        for end in [i64::MIN, i64::MAX] {
            assert_eq!(Packed::read(&good(1, end, &[1])), None);
        }
        for serial in [&[][..], &[0; 20], &[0x80; 20], &[1; 21]] {
            assert_eq!(Packed::read(&good(1, 0, serial)), None);
        }
        for reason in [7_i16, 8, 11, 255, 256, -1] {
            let reason = reason.to_be_bytes();
            let packed = row(&[&[2], &one, &end, &reason, &end, &[1]]);
            assert_eq!(Packed::read(&packed), None);
        }
        for status in [0, 3, 255] {
            assert_eq!(Packed::read(&row(&[&[status], &one, &end, &[1]])), None);
        }
        let whole = row(&[&[2], &one, &end, &[0, 1], &end, &[1]]);
        for count in 0..whole.len() {
            assert_eq!(Packed::read(&whole[..count]), None);
        }
    }
}
