//! Numbers of one lane as limbs of 52 bits, and what Montgomery's method needs of a modulus.

use crypto_bigint::{BoxedUint, NonZero};
use zeroize::Zeroizing;

use super::eight::{LIMB_BITS, LIMB_MASK};

/// Limbs that may be secret: wiped when dropped.
pub(super) type Limbs = Zeroizing<Vec<u64>>;

/// How many limbs hold numbers of so many bits: a multiple of ten, because the products are made in
/// tiles of ten limbs, and with some 16 bits to spare, so that sums below 2^6 m need no reduction.
pub(super) fn limbs_for(bits: usize) -> usize {
    bits.div_ceil(520) * 10
}

/// Big-endian octets as `count` limbs; what lies above is dropped. The steps depend on the lengths
/// alone.
#[inline(never)] // read on its own by `make inspect-kernel`
pub(super) fn from_octets(octets: &[u8], count: usize) -> Limbs {
    let mut limbs = Zeroizing::new(vec![0; count]);
    for (place, octet) in octets.iter().rev().enumerate() {
        let bit = place * 8;
        let (limb, shift) = (bit / 52, bit % 52);
        let value = u64::from(*octet);
        if let Some(limb) = limbs.get_mut(limb) {
            *limb |= (value << shift) & LIMB_MASK;
        }
        if shift > 44
            && let Some(above) = limbs.get_mut(limb + 1)
        {
            *above |= value >> (52 - shift);
        }
    }
    limbs
}

/// Limbs as big-endian octets, `length` of them; what lies above is dropped.
pub(super) fn to_octets(limbs: &[u64], length: usize) -> Vec<u8> {
    let mut octets = vec![0; length];
    for (place, octet) in octets.iter_mut().rev().enumerate() {
        let bit = place * 8;
        let (limb, shift) = (bit / 52, bit % 52);
        let low = limbs.get(limb).map_or(0, |value| value >> shift);
        let high = if shift > 44 {
            limbs.get(limb + 1).map_or(0, |value| value << (52 - shift))
        } else {
            0
        };
        *octet = ((low | high) & 0xff) as u8;
    }
    octets
}

/// A number as `count` limbs.
pub(super) fn from_uint(number: &BoxedUint, count: usize) -> Limbs {
    from_octets(&Zeroizing::new(number.to_be_bytes().into_vec()), count)
}

/// 2^exponent modulo the modulus, in constant time.
pub(super) fn power_of_two(exponent: u32, modulus: &NonZero<BoxedUint>) -> Zeroizing<BoxedUint> {
    let power = BoxedUint::one_with_precision(exponent + 1).shl(exponent);
    Zeroizing::new(power.rem(modulus))
}

/// -1/m modulo 2^52 for an odd m, by Newton's iteration: each step doubles the right bits.
pub(super) fn negative_inverse(lowest: u64) -> u64 {
    let mut inverse = lowest; // right for three bits: m·m = 1 modulo 8
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(lowest.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg() & LIMB_MASK
}

/// (k·m + 1) / 2^52 with k = -1/m modulo 2^52: see `friendly` in the module's mathematics.
#[inline(never)] // read on its own by `make inspect-kernel`
pub(super) fn friendly(modulus: &[u64], k: u64) -> Limbs {
    let mut quotient = Zeroizing::new(vec![0; modulus.len()]);
    let mut carry = 1_u128;
    for (place, limb) in modulus.iter().enumerate() {
        let sum = u128::from(*limb) * u128::from(k) + carry;
        if place > 0 {
            quotient[place - 1] = (sum as u64) & LIMB_MASK;
        }
        carry = sum >> LIMB_BITS;
    }
    if let Some(last) = quotient.last_mut() {
        *last = carry as u64;
    }
    quotient
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_come_back() {
        let octets: Vec<u8> = (0..=255).rev().collect();
        for length in [0, 1, 6, 7, 13, 128, 256] {
            let limbs = from_octets(&octets[..length], limbs_for(length * 8).max(10));
            assert!(limbs.iter().all(|limb| *limb <= LIMB_MASK));
            assert_eq!(to_octets(&limbs, length), &octets[..length], "{length}");
        }
        assert_eq!(from_octets(&[0; 300], 2)[..], [0, 0]);
        assert_eq!(from_octets(&[1, 0, 0, 0, 0, 0, 0], 2)[..], [1 << 48, 0]);
        assert_eq!(
            from_octets(&[0xff, 0, 0, 0, 0, 0, 0], 2)[..],
            [0xf << 48, 0xf]
        );
    }

    #[test]
    fn sizes_leave_room() {
        for (bits, limbs) in [(1024, 20), (1536, 30), (2048, 40), (3072, 60), (4096, 80)] {
            assert_eq!(limbs_for(bits), limbs);
            assert!(limbs * 52 - bits >= 16);
        }
    }

    #[test]
    fn inverses_invert() {
        for lowest in [1, 3, 5, LIMB_MASK, 0x0001_2345_6789_abcd] {
            let product = negative_inverse(lowest).wrapping_mul(lowest);
            assert_eq!(product & LIMB_MASK, LIMB_MASK, "{lowest:x}: -1");
        }
    }
}
