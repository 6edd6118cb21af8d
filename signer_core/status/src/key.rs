//! A serial number as the index knows it.

use formats::der::SerialNumber;

use super::mixing::Mixing;

/// Octets of a key, and of a serial number.
pub(super) const OCTETS: usize = SerialNumber::MAX_OCTETS;
/// How many of a key's first bits say its shard. Tests have few shards, so that these grow.
pub(super) const SHARD_BITS: u32 = if cfg!(test) { 1 } else { 6 };
/// Parts of an index.
pub(super) const SHARDS: usize = 1 << SHARD_BITS;

/// A serial number whose first eight octets are mixed with its last twelve.
///
/// Each number has one key and each key is of one number alone, so that equal keys are equal
/// numbers; and whatever numbers look like (two fixed bits, short ones that begin with zeros, ones
/// that rise), keys are spread evenly, which is what their places are worked out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key([u8; OCTETS]);

impl Key {
    #[inline]
    pub(super) fn of(serial: &SerialNumber, mixing: &Mixing) -> Self {
        let mut octets = *serial.padded();
        let head = mixing.head(&octets);
        octets[..8].copy_from_slice(&head.to_be_bytes());
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
