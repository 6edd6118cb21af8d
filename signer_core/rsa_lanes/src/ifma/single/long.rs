//! What is left of a long number by a modulus: Horner's rule, so many bits at a time as a modulus has.
//!
//! Whoever looks for a factor that a modulus has in common with known numbers takes them all as one, their
//! product, of which hundreds of thousands of bits have to be taken modulo each modulus. Nothing here is
//! secret.

use super::{Number, OCTETS, SingleNumbers, limbs_in, limbs_of, number_of};
use crate::ifma::limbs::to_octets;

/// Of what is left, which has a few bits more than a modulus.
const REMAINDER_OCTETS: usize = OCTETS + 1;

/// A number that is taken modulo many others.
pub struct LongNumber {
    /// Of 2,048 bits, the uppermost first.
    parts: Vec<Number>,
}

impl LongNumber {
    /// Of its big-endian octets.
    #[must_use]
    pub fn new(octets: &[u8]) -> Self {
        let parts = octets.rchunks(OCTETS).rev().map(|part| {
            let mut whole = [0; OCTETS];
            whole[OCTETS - part.len()..].copy_from_slice(part);
            number_of(&limbs_of(&whole))
        });
        Self {
            parts: parts.collect(),
        }
    }

    /// A number of 257 octets that is the same as this one modulo the key's, though not the least one.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(in crate::ifma) fn left(&self, by: &SingleNumbers) -> Vec<u8> {
        let mut left = Number::default();
        for part in &self.parts {
            // Below 2^2048 + 3m, and what takes it up is below 3m: their product is far below 2^16 R m.
            left = by.product_and(&left, &by.up, part);
        }
        to_octets(&limbs_in(&left), REMAINDER_OCTETS)
    }
}
