//! A serial number as the index knows it.

use formats::der::SerialNumber;

/// Octets of a key, and of a serial number.
pub(super) const OCTETS: usize = SerialNumber::MAX_OCTETS;
/// How many of a key's first bits say its shard. Tests have few shards, so that these grow.
pub(super) const SHARD_BITS: u32 = if cfg!(test) { 1 } else { 6 };
/// Parts of an index.
pub(super) const SHARDS: usize = 1 << SHARD_BITS;

// Digits of pi, as nobody chose them, the last one odd. Files hold keys: other numbers are another
// version of them.
const FIRST: u64 = 0x243f_6a88_85a3_08d3;
const SECOND: u64 = 0x1319_8a2e_0370_7344;
const THIRD: u64 = 0xa409_3822_299f_31d1;

/// A serial number whose first eight octets are mixed with its last twelve.
///
/// Each number has one key and each key is of one number alone, so that equal keys are equal
/// numbers; and whatever numbers look like (two fixed bits, short ones that begin with zeros, ones
/// that rise), keys are spread evenly, which is what their places are worked out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key([u8; OCTETS]);

impl Key {
    #[inline]
    pub(super) fn of(serial: &SerialNumber) -> Self {
        let mut octets = *serial.padded();
        let head = first_eight(&octets) ^ mixed(&octets);
        octets[..8].copy_from_slice(&spread(head).to_be_bytes());
        Self(octets)
    }

    /// The key whose first octets are those of `first` and whose others are given.
    pub(super) fn joined(first: u64, others: &[u8]) -> Self {
        let mut octets = [0; OCTETS];
        octets[..8].copy_from_slice(&first.to_be_bytes());
        octets[OCTETS - others.len()..].copy_from_slice(others);
        Self(octets)
    }

    /// Its first 64 bits, which are as good as random.
    #[inline]
    pub(super) fn head(&self) -> u64 {
        first_eight(&self.0)
    }

    #[inline]
    pub(super) fn shard(&self) -> usize {
        (self.head() >> (u64::BITS - SHARD_BITS)) as usize
    }

    /// The bits after those of the shard, so many; at least one.
    #[inline]
    pub(super) fn bucket(&self, bits: u32) -> usize {
        ((self.head() << SHARD_BITS) >> (u64::BITS - bits)) as usize
    }

    #[inline]
    pub(super) fn octets(&self) -> &[u8; OCTETS] {
        &self.0
    }
}

/// Eight octets as a number, the first the highest. The callers' slices are all long enough.
#[inline]
pub(super) fn first_eight(octets: &[u8]) -> u64 {
    octets
        .first_chunk()
        .map_or(0, |octets| u64::from_be_bytes(*octets))
}

/// What the last twelve octets make of the first eight.
#[inline]
fn mixed(octets: &[u8; OCTETS]) -> u64 {
    let [.., a, b, c, d] = *octets;
    let last = u64::from(u32::from_be_bytes([a, b, c, d]));
    folded(first_eight(&octets[8..]) ^ FIRST, last ^ SECOND)
}

#[inline]
fn folded(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product as u64) ^ ((product >> 64) as u64)
}

/// One number of another, each of one alone: every step can be undone.
#[inline]
fn spread(number: u64) -> u64 {
    let number = (number ^ (number >> 32)).wrapping_mul(THIRD);
    let number = (number ^ (number >> 29)).wrapping_mul(THIRD);
    number ^ (number >> 32)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn key(octets: &[u8]) -> Key {
        Key::of(&SerialNumber::from_unsigned(octets).unwrap())
    }

    /// The number that `spread` made this of.
    fn gathered(number: u64) -> u64 {
        // Newton: each step doubles the bits that are right.
        let inverse = (0..6).fold(THIRD, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(THIRD.wrapping_mul(inverse)))
        });
        let number = (number ^ (number >> 32)).wrapping_mul(inverse);
        let number = (number ^ (number >> 29) ^ (number >> 58)).wrapping_mul(inverse);
        number ^ (number >> 32)
    }

    proptest! {
        #[test]
        fn a_key_gives_its_number_back(mut octets in any::<[u8; OCTETS]>()) {
            octets[0] &= 0x7f;
            octets[19] |= 1;
            let mut back = *key(&octets).octets();
            let head = gathered(first_eight(&back)) ^ mixed(&back);
            back[..8].copy_from_slice(&head.to_be_bytes());
            prop_assert_eq!(back, octets);
        }
    }

    #[test]
    fn numbers_that_rise_are_spread_wherever_they_do() {
        for place in 0..=18 {
            let mut octets = [1; OCTETS];
            let places: HashSet<usize> = (1..=1024_u16)
                .map(|number| {
                    octets[place..place + 2].copy_from_slice(&number.to_be_bytes());
                    key(&octets).bucket(10)
                })
                .collect();
            // Of random ones 647 are expected, give or take 10.
            assert!(
                (580..720).contains(&places.len()),
                "{place}: {}",
                places.len()
            );
        }
    }
}
