//! `CertificateSerialNumber` (RFC 5280 4.1.2.2) and columns of them.

use std::hash::{Hash, Hasher};

use super::length::strip_leading_zeros;
use crate::error::{Error, Result};

/// A serial number: positive, at most 20 octets as a DER INTEGER, so below 2^159.
///
/// Held right-aligned in 20 octets, which makes equal numbers equal octets whatever zeros they
/// came with, and makes the type small enough for tables of millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SerialNumber([u8; Self::MAX_OCTETS]);

impl SerialNumber {
    /// The most octets a serial number may take.
    pub const MAX_OCTETS: usize = 20;

    /// Takes a big-endian unsigned number; leading zeros are allowed.
    ///
    /// # Errors
    /// `InvalidArgument` when it is empty, zero, or needs more than 20 octets, the one DER asks for
    /// its sign included.
    #[inline]
    pub fn from_unsigned(big_endian: &[u8]) -> Result<Self> {
        // Almost every number has all 20 octets: one load of fixed size.
        let octets = match <[u8; Self::MAX_OCTETS]>::try_from(big_endian) {
            Ok(full) => full,
            Err(_) => pad(big_endian)?,
        };
        if octets[0] & 0x80 != 0 {
            return Err(Error::invalid("serial", "needs more than 20 octets in DER"));
        }
        if octets == [0; Self::MAX_OCTETS] {
            return Err(Error::invalid("serial", "must be positive"));
        }
        Ok(Self(octets))
    }

    /// The content octets of the DER INTEGER: shortest form, sign octet included.
    #[inline]
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.0[Self::MAX_OCTETS - self.content_len()..]
    }

    /// How many they are.
    #[inline]
    #[must_use]
    pub fn content_len(&self) -> usize {
        let [high @ .., a, b, c, d] = self.0;
        let bits = match u128::from_be_bytes(high) {
            0 => u32::BITS - u32::from_be_bytes([a, b, c, d]).leading_zeros(),
            high => u128::BITS + u32::BITS - high.leading_zeros(),
        };
        // One bit more than the number has: the first is the sign.
        bits as usize / 8 + 1
    }

    /// The number in 20 octets, big-endian.
    #[must_use]
    pub fn padded(&self) -> &[u8; Self::MAX_OCTETS] {
        &self.0
    }
}

// All octets are one write: the derived code would add their constant number.
impl Hash for SerialNumber {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

fn pad(big_endian: &[u8]) -> Result<[u8; SerialNumber::MAX_OCTETS]> {
    let mut octets = [0; SerialNumber::MAX_OCTETS];
    // Numbers of one length are common, and a copy of fixed size is no call: UUIDs take the first.
    if let Ok(number) = <[u8; 16]>::try_from(big_endian) {
        octets[4..].copy_from_slice(&number);
        return Ok(octets);
    }
    let digits = strip_leading_zeros(big_endian);
    let Some(start) = octets.len().checked_sub(digits.len()) else {
        return Err(Error::invalid("serial", "has more than 20 octets"));
    };
    octets[start..].copy_from_slice(digits);
    Ok(octets)
}

/// Many serial numbers end to end, with the octets each takes: what joining a database column
/// gives without touching the rows one by one.
#[derive(Debug, Clone, Copy)]
pub struct SerialColumn<'a> {
    packed: &'a [u8],
    lengths: &'a [u8],
}

impl<'a> SerialColumn<'a> {
    /// `packed` holds the numbers one after the other, `lengths` one octet for each.
    ///
    /// # Errors
    /// `InvalidArgument` when the lengths do not add up to the octets there are.
    pub fn new(packed: &'a [u8], lengths: &'a [u8]) -> Result<Self> {
        let expected = sum(lengths);
        if expected == packed.len() {
            Ok(Self { packed, lengths })
        } else {
            Err(Error::invalid(
                "serials",
                format!(
                    "{} octets, but serial_lengths add up to {expected}",
                    packed.len()
                ),
            ))
        }
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// The octets and the lengths, for a loop of its own over several columns.
    pub(crate) fn parts(&self) -> (&'a [u8], &'a [u8]) {
        (self.packed, self.lengths)
    }

    /// Each number in turn, or why it is none; the error names its row.
    pub fn iter(&self) -> impl Iterator<Item = Result<SerialNumber>> + use<'a> {
        let mut rest = self.packed;
        self.lengths.iter().enumerate().map(move |(row, length)| {
            let (number, after) = rest.split_at(usize::from(*length));
            rest = after;
            SerialNumber::from_unsigned(number).map_err(|error| error.in_row(row))
        })
    }
}

/// What octets add up to. Added in 16 bits as far as these reach: a vector holds four times as many
/// of them as of whole numbers.
#[inline]
pub(crate) fn sum(octets: &[u8]) -> usize {
    let parts = octets.chunks(usize::from(u8::MAX));
    let sums = parts.map(|part| part.iter().map(|octet| u16::from(*octet)).sum::<u16>());
    sums.map(usize::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_the_shortest_der_form() {
        for (number, content) in [
            (&[1_u8][..], &[1_u8][..]),
            (&[0, 0, 1], &[1]),
            (&[0x7f], &[0x7f]),
            (&[0x80], &[0, 0x80]),
            (&[0, 0xff, 0], &[0, 0xff, 0]),
            (&[0x7f; 20], &[0x7f; 20]),
        ] {
            assert_eq!(
                SerialNumber::from_unsigned(number).unwrap().content(),
                content
            );
        }
        let mut nineteen = [0_u8; 20];
        nineteen[1] = 0x80;
        assert_eq!(
            SerialNumber::from_unsigned(&nineteen).unwrap().content(),
            nineteen
        );
    }

    #[test]
    fn what_is_no_serial_number_is_refused() {
        for number in [&[][..], &[0], &[0; 20], &[0x80; 20], &[1; 21], &[0; 21]] {
            assert!(SerialNumber::from_unsigned(number).is_err(), "{number:?}");
        }
    }

    #[test]
    fn equal_numbers_are_equal_whatever_their_zeros() {
        let long = [[0; 20], [9; 20]].concat();
        assert_eq!(
            SerialNumber::from_unsigned(&long).unwrap().content(),
            [9; 20]
        );
        let short = SerialNumber::from_unsigned(&[1, 2]).unwrap();
        assert_eq!(SerialNumber::from_unsigned(&[0, 0, 1, 2]).unwrap(), short);
        assert!(SerialNumber::from_unsigned(&[1, 3]).unwrap() > short);
    }

    #[test]
    fn columns_read_back_and_name_the_bad_row() {
        let column = SerialColumn::new(&[1, 0, 2, 9], &[1, 2, 1]).unwrap();
        let numbers: Vec<_> = column
            .iter()
            .map(|n| n.unwrap().content().to_vec())
            .collect();
        assert_eq!(numbers, [[1], [2], [9]]);
        assert!(SerialColumn::new(&[1, 2], &[1]).is_err());
        assert!(SerialColumn::new(&[1], &[1, 1]).is_err());
        let bad = SerialColumn::new(&[1, 0], &[1, 1]).unwrap();
        let error = bad.iter().find_map(Result::err).unwrap();
        assert_eq!(error.to_string(), "row 1: serial: must be positive");
    }
}
