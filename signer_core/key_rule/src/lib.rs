//! Which RSA keys anything is verified with: the one rule, wherever a public key enters.
//!
//! What verifying costs grows with the square of the modulus and with the exponent, and both are
//! the choice of whoever sends the key: so numbers are judged before anything is computed with
//! them. A door may ask for more than this, never for less.
#![forbid(unsafe_code)]

/// The least modulus, in bits. A test policy may go below.
pub const MINIMUM_BITS: usize = 2048;
/// The greatest modulus, in bits.
pub const MAXIMUM_BITS: usize = 8192;
/// The greatest exponent, in bits. FIPS 186-5 A.1.1 allows 256; the cryptographic library verifies by
/// no more than these, and so do nearly all.
pub const MAXIMUM_EXPONENT_BITS: usize = 33;

/// Judges a modulus and an exponent, big-endian, leading zeros or not; how many bits the modulus has.
/// [`MINIMUM_BITS`] is the caller's to ask for, who may know another least size.
///
/// # Errors
/// The rule that is broken, in constant words.
pub fn judge(modulus: &[u8], exponent: &[u8]) -> Result<usize, &'static str> {
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let bits = bits_of(modulus);
    if bits > MAXIMUM_BITS {
        Err("the RSA modulus is longer than 8192 bits")
    } else if !is_odd(modulus) {
        Err("the RSA modulus is even")
    } else if !is_odd(exponent) || exponent == [1] {
        Err("the RSA exponent is even or 1")
    } else if bits_of(exponent) > MAXIMUM_EXPONENT_BITS {
        Err("the RSA exponent is longer than 33 bits")
    } else {
        Ok(bits)
    }
}

/// How many bits a big-endian number has, leading zeros or not.
#[must_use]
pub fn bits_of(number: &[u8]) -> usize {
    let number = without_zeros(number);
    number.first().map_or(0, |first| {
        let top = 8 - usize::try_from(first.leading_zeros()).unwrap_or(0);
        (number.len() - 1) * 8 + top
    })
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    &number[zeros..]
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of so many bits, odd.
    fn number(bits: usize) -> Vec<u8> {
        let mut octets = vec![0; bits.div_ceil(8)];
        octets[0] = 1 << ((bits + 7) % 8);
        *octets.last_mut().unwrap() |= 1;
        octets
    }

    #[test]
    fn sizes_are_those_of_the_number_and_not_of_its_octets() {
        assert_eq!(bits_of(&[]), 0);
        assert_eq!(bits_of(&[0, 0]), 0);
        assert_eq!(bits_of(&[0, 1]), 1);
        assert_eq!(bits_of(&[0x80, 0]), 16);
        for bits in [2047, 2048, 2049, 8192] {
            assert_eq!(judge(&number(bits), &[3]), Ok(bits));
            assert_eq!(
                judge(&[&[0], &*number(bits)].concat(), &[1, 0, 1]),
                Ok(bits)
            );
        }
    }

    #[test]
    fn each_bound_is_where_it_is_said_to_be() {
        let modulus = number(2048);
        assert!(judge(&number(8193), &[3]).is_err());
        assert!(judge(&number(120_000), &[3]).is_err());
        assert!(judge(&modulus, &number(33)).is_ok());
        for exponent in [
            &number(34)[..],
            &number(100_000),
            &[1],
            &[0, 1],
            &[2],
            &[0],
            &[],
        ] {
            assert!(judge(&modulus, exponent).is_err());
        }
        let mut even = modulus;
        even[255] = 2;
        for none in [&even[..], &[], &[0]] {
            assert!(judge(none, &[3]).is_err());
        }
    }
}
