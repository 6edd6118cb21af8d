//! What is timed, and in which two classes.

pub(super) mod picks;
pub(super) mod powers;
pub(super) mod signs;
pub(super) mod subtractions;

use crypto_bigint::BoxedUint;

use super::measure::random;
use crate::ifma::eight::{Eights, LANES};
use crate::ifma::limbs::{from_octets, limbs_for};
use crate::ifma::modulus::{Modulus, ModulusNumbers, Scratch, side_by_side};

/// Eight random odd moduli of the size of a prime, and room for their products. Nothing here asks
/// whether they are primes.
struct Field {
    bits: usize,
    /// The moduli, big-endian, in a row.
    octets: Vec<u8>,
    prepared: [ModulusNumbers; LANES],
    modulus: Modulus,
    scratch: Scratch,
}

impl Field {
    fn of(bits: usize) -> Self {
        let count = limbs_for(bits);
        let mut octets = random(LANES * bits / 8);
        for modulus in octets.chunks_mut(bits / 8) {
            modulus[0] |= 0x80;
            modulus[bits / 8 - 1] |= 1;
        }
        let prepared = std::array::from_fn(|lane| {
            let number = &octets[lane * bits / 8..][..bits / 8];
            let number = BoxedUint::from_be_slice_vartime(number);
            ModulusNumbers::new(number.as_nz_vartime().expect("odd"), count)
        });
        Self {
            bits,
            octets,
            modulus: Modulus::of(prepared.each_ref()),
            prepared,
            scratch: Scratch::new(count),
        }
    }

    /// 1 in Montgomery's form.
    fn one(&self) -> Eights {
        side_by_side(self.prepared.each_ref().map(|number| &number.one[..]))
    }

    /// Eight numbers of big-endian octets, in a row, each as long as a modulus.
    fn numbers(&self, octets: &[u8]) -> Eights {
        let limbs: Vec<_> = octets
            .chunks(self.bits / 8)
            .map(|octets| from_octets(octets, limbs_for(self.bits)))
            .collect();
        side_by_side(std::array::from_fn(|lane| &limbs[lane][..]))
    }
}
