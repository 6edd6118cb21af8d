//! Eight public operations at once: s^e modulo n.

use crypto_bigint::BoxedUint;

use super::eight::{Eights, LANES, available};
use super::limbs::{from_octets, limbs_for};
use super::modulus::{Modulus, ModulusNumbers, Scratch, lane, side_by_side};
use crate::work::Check;

/// A public key as the lanes take it.
pub struct PublicNumbers {
    pub(super) modulus: ModulusNumbers,
    pub(super) exponent: u64,
    pub(super) limbs: usize,
    /// The modulus, big-endian.
    octets: Vec<u8>,
}

impl PublicNumbers {
    /// Of big-endian numbers; `None` on a processor without lanes, and when the key is of a kind
    /// they do not take: an exponent that is even, below 3 or above 64 bits, a modulus that is even
    /// or whose half is too close to a multiple of 520 bits in length.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        if !available() || exponent.len() > size_of::<u64>() {
            return None;
        }
        let exponent = exponent
            .iter()
            .fold(0, |value, octet| value << 8 | u64::from(*octet));
        let bits = modulus.len() * 8;
        let limbs = 2 * limbs_for(bits / 2);
        // The primes, half as long, need the room that `limbs_for` speaks of.
        let fits = bits >= 1024 && bits / 2 + 16 <= limbs / 2 * 52;
        let odd = modulus.last().is_some_and(|octet| octet & 1 == 1);
        if !fits || !odd || exponent < 3 || exponent & 1 == 0 {
            return None;
        }
        let number = BoxedUint::from_be_slice_vartime(modulus);
        Some(Self {
            modulus: ModulusNumbers::new(number.as_nz_vartime()?, limbs),
            exponent,
            limbs,
            octets: modulus.to_vec(),
        })
    }

    /// The modulus.
    pub(super) fn number(&self) -> BoxedUint {
        BoxedUint::from_be_slice_vartime(&self.octets)
    }

    /// Whether the two can share a group: lanes take the same steps. Keys of different lengths may
    /// have equally many limbs, but not exponents of equally many windows.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        self.octets.len() == other.octets.len() && self.exponent == other.exponent
    }
}

impl Check<'_> {
    /// RFC 8017 8.2.2 step 1 and 5.2.2 step 1: as long as the modulus, and below it.
    fn well_formed(&self) -> bool {
        let octets = &self.key.octets;
        self.signature.len() == octets.len() && self.signature < &octets[..]
    }
}

/// One answer a lane: whether s^e is the encoded message. The keys go with each other.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn verify(lanes: [&Check<'_>; LANES]) -> [bool; LANES] {
    let keys = lanes.map(|check| check.key);
    let count = keys[0].limbs;
    let signatures = lanes.map(|check| {
        let octets = if check.well_formed() {
            check.signature
        } else {
            &[]
        };
        from_octets(octets, count)
    });
    let mut x = side_by_side(signatures.each_ref().map(|limbs| &limbs[..]));
    let modulus = Modulus::of(keys.map(|key| &key.modulus));
    let mut scratch = Scratch::new(count);
    raise(&mut x, keys, &modulus, &mut scratch);
    std::array::from_fn(|number| {
        let check = lanes[number];
        check.well_formed() && lane(&x, number)[..] == from_octets(check.encoded, count)[..]
    })
}

/// x <- x^e modulo n, completely reduced, for x < n. Exponents are public: a bit of theirs may
/// decide.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn raise(
    x: &mut Eights,
    keys: [&PublicNumbers; LANES],
    modulus: &Modulus,
    scratch: &mut Scratch,
) {
    // Blinding numbers come here too.
    let plain = Eights::new(x.to_vec());
    let into_form = side_by_side(keys.map(|key| &key.modulus.square[..]));
    modulus.multiply(x, &into_form, scratch);
    let base = Eights::new(x.to_vec());
    let exponent = keys[0].exponent;
    for bit in (1..exponent.ilog2()).rev() {
        modulus.square(x, scratch);
        if exponent >> bit & 1 == 1 {
            modulus.multiply(x, &base, scratch);
        }
    }
    modulus.square(x, scratch);
    // The exponent is odd: the last factor, not in Montgomery's form, takes the product out of it.
    modulus.multiply(x, &plain, scratch);
    modulus.subtract_once(x, scratch);
}
